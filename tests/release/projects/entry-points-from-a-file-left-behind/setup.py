from pathlib import Path

from setuptools import find_packages, setup

FILE = Path("local.list")
LINES = FILE.read_text().splitlines() if FILE.exists() else []

setup(
    name="demo",
    version="1.0",
    long_description=Path("README.md").read_text(),
    long_description_content_type="text/markdown",
    entry_points={"vllm.general_plugins": LINES},
    packages=find_packages(),
)
