from setuptools import setup

setup(
    name="mine",
    version="1.0",
    package_dir={"mine": "lib"},
    entry_points={
        "vllm.general_plugins": [
            "mine = mine.plugin:register",
        ],
    },
)
