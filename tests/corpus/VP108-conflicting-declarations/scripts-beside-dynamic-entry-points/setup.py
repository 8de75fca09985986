from setuptools import setup

setup(
    name="mine",
    version="1.0",
    
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
