from setuptools import setup

from helpers import plugins

setup(name="mine", version="1.0", entry_points={"vllm.general_plugins": plugins()})
