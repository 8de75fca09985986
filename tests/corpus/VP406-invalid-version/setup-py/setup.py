from setuptools import setup

setup(
    name="mine",
    version="latest",
    
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
