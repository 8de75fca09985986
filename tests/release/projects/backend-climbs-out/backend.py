from setuptools.build_meta import build_sdist  # noqa: F401


def build_wheel(folder, config_settings=None, metadata_directory=None):
    return "../../etc/x.whl"
