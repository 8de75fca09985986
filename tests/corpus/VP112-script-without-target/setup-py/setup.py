from setuptools import setup

setup(
    name="mine",
    version="1.0",
    
    entry_points={
        "console_scripts": ["mine-cli = mine.cli:man"],
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
