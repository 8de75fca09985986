from setuptools import setup
PYTHON = ">=3.11"
setup(
    name="mine",
    version="1.0",
    python_requires=PYTHON,
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
