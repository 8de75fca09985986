from setuptools import setup

from helpers import plugins

setup(entry_points={"vllm.general_plugins": plugins()})
