from setuptools import setup

setup(
    name="mine",
    version="1.0",
    python_requires="<3.10",
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
