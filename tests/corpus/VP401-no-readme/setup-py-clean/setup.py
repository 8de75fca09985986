from setuptools import setup

setup(
    name="mine",
    version="1.0",
    long_description=open("README.md").read(),
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
