from setuptools import setup
from helpers import python
setup(
    name="mine",
    version="1.0",
    python_requires=python(),
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
