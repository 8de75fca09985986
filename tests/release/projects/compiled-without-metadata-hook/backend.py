from setuptools import build_meta


def build_sdist(folder, config_settings=None):
    return build_meta.build_sdist(folder, config_settings)


def build_wheel(folder, config_settings=None, metadata_directory=None):
    return build_meta.build_wheel(folder, config_settings)
