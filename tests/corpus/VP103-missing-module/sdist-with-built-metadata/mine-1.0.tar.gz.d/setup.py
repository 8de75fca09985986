from setuptools import setup

from helpers import plugins

setup(entry_points=plugins())
