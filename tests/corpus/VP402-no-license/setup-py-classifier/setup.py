from setuptools import setup

setup(
    name="mine",
    version="1.0",
    classifiers=["License :: OSI Approved :: Apache Software License"],
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
