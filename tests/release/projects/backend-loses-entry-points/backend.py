import zipfile
from pathlib import Path

from setuptools import build_meta
from setuptools.build_meta import build_sdist, prepare_metadata_for_build_wheel  # noqa: F401


def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = build_meta.build_wheel(folder, config_settings)
    path = Path(folder, name)
    with zipfile.ZipFile(path) as wheel:
        members = {n: wheel.read(n) for n in wheel.namelist() if not n.endswith("entry_points.txt")}
    with zipfile.ZipFile(path, "w") as wheel:
        for member, data in members.items():
            wheel.writestr(member, data)
    return name
