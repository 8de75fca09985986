from pathlib import Path


def build_sdist(folder, config_settings=None):
    Path(folder, "demo-1.0.zip").touch()
    return "demo-1.0.zip"
