from setuptools import setup
from helpers import find_dirs
setup(
    name="mine",
    version="1.0",
    package_dir=find_dirs(),
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
