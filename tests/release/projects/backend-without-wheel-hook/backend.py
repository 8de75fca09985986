from setuptools.build_meta import build_sdist  # noqa: F401
