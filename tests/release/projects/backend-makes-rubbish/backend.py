from pathlib import Path

from setuptools.build_meta import build_sdist, prepare_metadata_for_build_wheel  # noqa: F401


def build_wheel(folder, config_settings=None, metadata_directory=None):
    Path(folder, "demo-1.0-py3-none-any.whl").write_text("no zip")
    return "demo-1.0-py3-none-any.whl"
