from setuptools import setup

setup(
    name="mine",
    version="1.0",
    description="Mine",
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
