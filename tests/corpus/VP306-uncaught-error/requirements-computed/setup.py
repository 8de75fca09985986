from setuptools import setup

setup(install_requires=read_requirements())
