from setuptools import setup

PACKAGE = "mine"
PLUGINS = {"vllm.general_plugins": [f"{PACKAGE} = {PACKAGE}.plugin:register"]}

setup(name=PACKAGE, version="1.0", entry_points=PLUGINS)
