from setuptools import Extension, setup

setup(ext_modules=[Extension(name="mine._C", sources=["csrc/ops.c"])])
