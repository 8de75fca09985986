"""Files that are no distribution, and archives that would write where they must not."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from vplug.release.artifacts import judge


def test_files_that_are_no_distribution(tmp_path: Path, make) -> None:
    sdist, wheel = make.sdist(), make.wheel()
    cases = {
        "mine-1.0.txt": (b"text", "neither a wheel nor an sdist"),
        "mine-1.0-py3-none-any.whl": (b"", "is empty"),
        "other-1.0-py3-none-any.whl": (b"no zip", "is not a readable zip archive"),
        "mine-1.1-py3-none-any.whl": (sdist.read_bytes(), "is a tar archive"),
        "mine-1.0.tar.gz": (
            wheel.read_bytes(),
            "is a zip archive, not a tar archive: it was renamed",
        ),
        "mine-1.1.tar.gz": (sdist.read_bytes()[:-200], "is not a readable archive"),
        "mine-1.2-py3-none-any.whl": (wheel.read_bytes()[:-30], "is not a readable zip archive"),
    }
    for name, (data, words) in cases.items():
        path = tmp_path / name
        path.write_bytes(data)
        found = judge([path], None)
        assert [f.code for f in found] == ["VP501"], found
        assert words in found[0].message
        assert found[0].location is not None
        assert found[0].location.path == name
    missing = judge([tmp_path / "gone-1.0.tar.gz"], None)
    assert [(f.code, f.message) for f in missing] == [("VP501", "gone-1.0.tar.gz is no file")]


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path, make) -> None:
    path = tmp_path / "mine-1.0-py3-none-any.whl"
    path.write_bytes(b"no zip")
    found = judge([path, make.sdist({".env": ""})], None)
    assert [f.code for f in found] == ["VP501", "VP521"]


@pytest.mark.parametrize(
    ("name", "kind", "link", "words"),
    [
        ("/etc/passwd", tarfile.REGTYPE, "", "has an absolute path"),
        ("mine-1.0/../../x", tarfile.REGTYPE, "", "climbs out of the archive by '..'"),
        ("mine-1.0/C:\\x", tarfile.REGTYPE, "", "has a backslash"),
        ("mine-1.0/home", tarfile.SYMTYPE, "../../etc", "is a symbolic link out of the archive"),
        ("mine-1.0/home", tarfile.SYMTYPE, "/etc/passwd", "is a symbolic link out of the archive"),
        ("mine-1.0/hard", tarfile.LNKTYPE, "/etc/passwd", "is a hard link out of the archive"),
        ("mine-1.0/null", tarfile.CHRTYPE, "", "is a device file"),
        ("mine-1.0/pipe", tarfile.FIFOTYPE, "", "is a named pipe"),
    ],
)
def test_unsafe_members_of_a_tar(make, tar_member, name, kind, link, words) -> None:
    found = judge([make.sdist(odd=(tar_member(name, kind, link),))], None)
    (unsafe,) = [f for f in found if f.code == "VP502"]
    assert words in unsafe.message
    assert unsafe.severity == "error"


def test_links_within_are_safe(make, tar_member) -> None:
    inside = tar_member("mine-1.0/mine/link.py", tarfile.SYMTYPE, "../LICENSE")
    assert judge([make.sdist(odd=(inside,))], None) == ()


def test_unsafe_members_of_a_wheel(make) -> None:
    found = judge([make.wheel({"../evil.py": "x", "mine\\evil.py": "x"})], None)
    unsafe = [f for f in found if f.code == "VP502"]
    assert len(unsafe) == 2
    assert not (make.folder / "evil.py").exists()
    path = make.wheel()
    link = zipfile.ZipInfo("mine/link")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/passwd")
    messages = [f.message for f in judge([path], None) if f.code == "VP502"]
    assert messages == [
        "the member mine/link is a symbolic link out of the archive, to /etc/passwd"
    ]


def test_a_bomb_is_told_and_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "mine-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mine/zeros.bin", bytes(2**27))
    (found,) = judge([path], None)
    assert found.code == "VP501"
    assert "unpacks to more than vplug reads" in found.message
