from setuptools import setup

setup(
    name="mine",
    version="1.0",
    extras_require={"vllm": ["vllm>=0.20"]},
    entry_points={
        "vllm.general_plugins": [
            "mine = mine:register",
        ],
    },
)
