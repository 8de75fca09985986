from pathlib import Path

from setuptools import setup

setup(
    name="demo",
    version="1.0",
    long_description=Path("README.md").read_text(),
    long_description_content_type="text/markdown",
    entry_points={"vllm.general_plugins": ["demo = demo:register"]},
    packages=["demo"],
)
