"""Paths and base64: what may be read, and what is refused."""

import base64
import os
from pathlib import Path

import pytest

from {{ cookiecutter.package }}.environment import INPUT_ROOTS, Limits
from {{ cookiecutter.package }}.schema import GeoRequest
from {{ cookiecutter.package }}.sources import read_base64, read_path, read_source


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.tif").write_bytes(b"picture")
    (tmp_path / "secret.tif").write_bytes(b"secret")
    return folder.resolve()


def test_a_file_below_a_root_is_read(root: Path) -> None:
    limits = Limits(input_roots=(root,))
    (root / "deep").mkdir()
    (root / "deep" / "link.tif").symlink_to(root / "a.tif")
    for name in ("a.tif", "deep/../a.tif", "deep/link.tif"):
        request = GeoRequest(data=f"{root}/{name}", data_format="path")
        assert read_source(request, limits) == b"picture"


def test_without_roots_no_path_is_read(root: Path) -> None:
    with pytest.raises(ValueError, match=f"{INPUT_ROOTS} is not set"):
        read_path(str(root / "a.tif"), Limits())


def test_what_lies_elsewhere_is_refused_and_not_told_apart(root: Path) -> None:
    limits = Limits(input_roots=(root,))
    (root / "out.tif").symlink_to(root.parent / "secret.tif")
    (root / "up").symlink_to(root.parent)
    os.mkfifo(root / "pipe.tif")
    for name in (
        "../secret.tif",
        "../absent.tif",
        "out.tif",
        "up/secret.tif",
        "absent.tif",
        "pipe.tif",
        "",
        "a.tif/b.tif",
    ):
        with pytest.raises(ValueError, match="there is no such file") as caught:
            read_path(f"{root}/{name}", limits)
        assert "secret" not in str(caught.value)


def test_a_sister_of_a_root_is_not_below_it(root: Path) -> None:
    sister = root.parent / "root-2"
    sister.mkdir()
    (sister / "a.tif").touch()
    with pytest.raises(ValueError, match="there is no such file"):
        read_path(str(sister / "a.tif"), Limits(input_roots=(root,)))


@pytest.mark.parametrize("name", ["a.tif", "~/a.tif", "/vsicurl/http://x/a.tif\0", "file:///a.tif"])
def test_a_path_must_be_absolute(name: str, root: Path) -> None:
    with pytest.raises(ValueError, match="a path must be absolute"):
        read_path(name, Limits(input_roots=(root,)))


def test_gdals_virtual_files_are_no_files(root: Path) -> None:
    with pytest.raises(ValueError, match="there is no such file"):
        read_path("/vsicurl/http://127.0.0.1/a.tif", Limits(input_roots=(root,)))


def test_base64_is_read_and_bounded() -> None:
    text = base64.b64encode(b"12345").decode()
    assert read_base64(text, Limits(max_bytes=5)) == b"12345"
    for limit in (1, 4):
        with pytest.raises(ValueError, match=f"more than {limit} bytes"):
            read_base64(text, Limits(max_bytes=limit))
    with pytest.raises(ValueError, match="is not base64"):
        read_base64("data:image/tiff;base64,AAAA", Limits())


def test_a_big_file_is_refused(root: Path) -> None:
    with pytest.raises(ValueError, match="more than 6 bytes"):
        read_path(str(root / "a.tif"), Limits(input_roots=(root,), max_bytes=6))
