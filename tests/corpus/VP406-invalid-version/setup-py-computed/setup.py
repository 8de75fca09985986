from setuptools import setup

setup(
    name="mine",
    version=read_version(),
    
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
