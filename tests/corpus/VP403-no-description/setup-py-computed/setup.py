from setuptools import setup
from helpers import describe
setup(
    name="mine",
    version="1.0",
    description=describe(),
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
