from setuptools.build_meta import build_sdist  # noqa: F401


def build_wheel(folder, config_settings=None, metadata_directory=None):
    import no_such_module_here

    return no_such_module_here.name
