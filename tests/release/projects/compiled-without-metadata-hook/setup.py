from setuptools import Distribution, setup


class Compiled(Distribution):
    """Says that it holds compiled code, so that the wheel gets a platform tag."""

    def has_ext_modules(self):
        return True


setup(distclass=Compiled)
