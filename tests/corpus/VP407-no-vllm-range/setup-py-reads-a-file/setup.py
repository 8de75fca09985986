from setuptools import setup

setup(
    name="mine",
    version="1.0",
    install_requires=open("requirements.txt").read().splitlines(),
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
