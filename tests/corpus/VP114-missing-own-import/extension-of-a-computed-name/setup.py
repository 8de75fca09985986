from setuptools import setup

from build_ext import extensions

setup(ext_modules=extensions())
