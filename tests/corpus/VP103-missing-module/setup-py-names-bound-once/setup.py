from setuptools import find_packages, setup

PACKAGE = "mine"
PLUGINS = {"vllm.general_plugins": [f"{PACKAGE} = {PACKAGE}.plugin:register"]}

setup(name=PACKAGE, version="1.0", packages=find_packages(), entry_points=PLUGINS)
