from pathlib import Path

from setuptools import find_packages, setup

NAMES = [name.lower() for name in ("Demo",)]

setup(
    name="demo",
    version="1.0",
    long_description=Path("README.md").read_text(),
    long_description_content_type="text/markdown",
    entry_points={"vllm.general_plugins": [f"{n} = demo:register" for n in NAMES]},
    packages=find_packages(),
)
