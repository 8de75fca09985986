from setuptools import setup

setup(entry_points={"vllm.general_plugins": ["mine = mine:regster"]})
