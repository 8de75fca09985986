"""Wheels and sdists: read in place, within limits, and never out of their own bounds."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
from tests.support import make_tar, make_wheel, plugin_wheel

from vplug.discovery.archive import read_sdist, read_wheel
from vplug.discovery.open import Surroundings, open_target
from vplug.discovery.target import Target
from vplug.errors import Unreadable, UsageFault
from vplug.model import OriginKind

G = "vllm.general_plugins"
INFO = "demo-1.0.dist-info"
PYPROJECT = (
    "[project]\nname = 'demo'\nversion = '1.0'\n"
    f"[project.entry-points.'{G}']\nmine = 'demo:register'\n"
)
SETUP = "from setuptools import setup\nsetup(name=NAME(), version=V(), entry_points=EP())\n"
PKG_INFO = (
    "Metadata-Version: 2.1\nName: demo\nVersion: 3.1\nSummary: computed\n"
    "License-Expression: MIT\nRequires-Python: >=3.10\nRequires-Dist: vllm>=0.20\n\nLong text.\n"
)


def opened(path: Path) -> Target:
    def never() -> Surroundings:
        raise AssertionError("no environment is needed for a file")

    (target,) = open_target(str(path), never)
    return target


def points(target: Target) -> list[tuple[str, str, str]]:
    return [(str(e.location), e.name, e.value) for e in target.distribution.entry_points]


def test_a_wheel(tmp_path: Path) -> None:
    target = opened(plugin_wheel(tmp_path / "demo-1.0-py3-none-any.whl"))
    assert target.kind is OriginKind.WHEEL
    assert target.distribution.label == "demo 1.0"
    assert points(target) == [(f"{INFO}/entry_points.txt:2", "mine", "demo:register")]
    assert target.tree.is_file("demo/__init__.py")
    assert target.tree.is_dir("demo")
    assert target.tree.is_dir("")
    assert not target.tree.is_dir("nowhere")
    assert target.tree.listdir("demo") == ("__init__.py",)
    assert target.tree.listdir("nowhere") == ()


def test_a_wheel_without_entry_points(tmp_path: Path) -> None:
    path = make_wheel(tmp_path / "d.whl", {f"{INFO}/METADATA": "Name: demo\nVersion: 1\n"})
    assert opened(path).distribution.entry_points == ()


def test_a_data_folder_is_a_root(tmp_path: Path) -> None:
    path = plugin_wheel(tmp_path / "d.whl", **{"demo-1.0.data/purelib/other/__init__.py": ""})
    assert [root.folder for root in opened(path).roots] == ["", "demo-1.0.data/purelib"]


def test_metadata_that_is_not_utf8(tmp_path: Path) -> None:
    path = plugin_wheel(
        tmp_path / "d.whl", **{f"{INFO}/METADATA": "Name: demo\nAuthor: J\xf6\n".encode("latin-1")}
    )
    assert opened(path).distribution.name == "demo"


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"demo/__init__.py": ""}, "no \\*.dist-info/METADATA"),
        ({f"{INFO}/WHEEL": ""}, "no \\*.dist-info/METADATA"),
        ({}, "no \\*.dist-info/METADATA"),
        (
            {f"{INFO}/METADATA": "Name: a\n", "other-2.0.dist-info/METADATA": "Name: b\n"},
            "more than one",
        ),
        (
            {f"{INFO}/METADATA": "Name: a\n", f"{INFO}/entry_points.txt": b"[x]\n\xff = y\n"},
            "entry_points.txt:2 is not UTF-8",
        ),
    ],
)
def test_wheels_that_are_none(tmp_path: Path, members: dict[str, str | bytes], words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        opened(make_wheel(tmp_path / "d.whl", members))


def test_two_dist_info_folders_the_first_without_metadata(tmp_path: Path) -> None:
    path = plugin_wheel(tmp_path / "d.whl", **{"aaa-1.0.dist-info/RECORD": ""})
    with pytest.raises(Unreadable, match="more than one"):
        opened(path)


@pytest.mark.parametrize("keep", [0, 1, 10, 200])
def test_a_truncated_wheel(tmp_path: Path, keep: int) -> None:
    whole = plugin_wheel(tmp_path / "whole.whl").read_bytes()
    path = tmp_path / "d.whl"
    path.write_bytes(whole[:keep])
    with pytest.raises(Unreadable, match="not a readable zip"):
        opened(path)


def test_a_damaged_member(tmp_path: Path) -> None:
    path = plugin_wheel(
        tmp_path / "d.whl", **{f"{INFO}/entry_points.txt": f"[{G}]\n" + "x = y:z\n" * 99}
    )
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(f"{INFO}/entry_points.txt")
    start = info.header_offset + 30 + len(info.filename)
    data[start : start + 8] = b"\xff" * 8
    path.write_bytes(data)
    with pytest.raises(Unreadable, match=r"entry_points.txt cannot be read"):
        opened(path)


def test_an_encrypted_member(tmp_path: Path) -> None:
    path = plugin_wheel(tmp_path / "d.whl")
    data = path.read_bytes().replace(b"PK\x03\x04\x14\x00\x00", b"PK\x03\x04\x14\x00\x01")
    path.write_bytes(
        data.replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01")
    )
    with pytest.raises(Unreadable, match="encrypted"):
        opened(path)


def test_an_unknown_compression(tmp_path: Path) -> None:
    path = plugin_wheel(tmp_path / "d.whl")
    data = path.read_bytes()
    path.write_bytes(
        data.replace(
            b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x08", b"PK\x01\x02\x14\x03\x14\x00\x00\x00\x63"
        )
    )
    with pytest.raises(Unreadable):
        opened(path)


CLIMBING = [
    "../evil.py",
    "demo/../../evil.py",
    "/etc/evil",
    "C:/evil.py",
    "C:evil.py",
    "..\\evil.py",
    "\\\\server\\share",
    "demo/..",
]


@pytest.mark.parametrize("name", CLIMBING)
def test_a_wheel_whose_members_climb_out(tmp_path: Path, name: str) -> None:
    with pytest.raises(Unreadable, match="climbs out"):
        opened(plugin_wheel(tmp_path / "d.whl", **{name: ""}))


@pytest.mark.parametrize("name", CLIMBING)
def test_an_sdist_whose_members_climb_out(tmp_path: Path, name: str) -> None:
    path = make_tar(tmp_path / "d-1.tar.gz", {"demo-1.0/pyproject.toml": PYPROJECT, name: ""})
    with pytest.raises(Unreadable, match="climbs out"):
        opened(path)


@pytest.mark.parametrize("name", ["demo/a..b.py", "demo/...", "a:b", "demo/C:x"])
def test_names_that_only_look_like_it(tmp_path: Path, name: str) -> None:
    path = plugin_wheel(tmp_path / "d.whl", **{name: ""})
    if name == "a:b":  # as good as a drive letter
        with pytest.raises(Unreadable):
            opened(path)
    else:
        assert opened(path).tree.is_file(name)


@pytest.mark.parametrize(
    ("name", "target", "kind"),
    [
        ("demo-1.0/link", "../../etc/passwd", tarfile.SYMTYPE),
        ("demo-1.0/link", "/etc/passwd", tarfile.SYMTYPE),
        ("demo-1.0/a/link", "../../../x", tarfile.SYMTYPE),
        ("demo-1.0/link", "../outside", tarfile.LNKTYPE),
        ("demo-1.0/link", "/etc/passwd", tarfile.LNKTYPE),
    ],
)
def test_links_that_lead_out(tmp_path: Path, name: str, target: str, kind: bytes) -> None:
    path = make_tar(
        tmp_path / "d-1.tar.gz", {"demo-1.0/pyproject.toml": PYPROJECT}, [(name, target, kind)]
    )
    with pytest.raises(Unreadable, match="points out of the archive"):
        opened(path)


def test_links_inside_are_let_be(tmp_path: Path) -> None:
    path = make_tar(
        tmp_path / "d-1.tar.gz",
        {"demo-1.0/pyproject.toml": PYPROJECT, "demo-1.0/a/x.py": ""},
        [
            ("demo-1.0/a/link", "../pyproject.toml", tarfile.SYMTYPE),
            ("demo-1.0/hard", "demo-1.0/a/x.py", tarfile.LNKTYPE),
            ("demo-1.0/self", "self", tarfile.SYMTYPE),
        ],
    )
    assert opened(path).distribution.name == "demo"


def test_a_pyproject_that_is_a_link_inside_is_read(tmp_path: Path) -> None:
    """`python -m build` keeps such links; installers follow them."""
    path = make_tar(
        tmp_path / "d-1.tar.gz",
        {"demo-1.0/real.toml": PYPROJECT, "demo-1.0/setup.cfg": ""},
        [("demo-1.0/pyproject.toml", "real.toml", tarfile.SYMTYPE)],
    )
    assert opened(path).distribution.name == "demo"


def test_links_stand_for_what_they_lead_to(tmp_path: Path) -> None:
    path = make_tar(
        tmp_path / "d-1.tar.gz",
        {"demo-1.0/real.toml": PYPROJECT, "demo-1.0/lib/demo/a.py": "A = 1", "demo-1.0/x.bin": "x"},
        [
            ("demo-1.0/pyproject.toml", "again.toml", tarfile.SYMTYPE),
            ("demo-1.0/again.toml", "demo-1.0/real.toml", tarfile.LNKTYPE),
            ("demo-1.0/demo", "lib/demo", tarfile.SYMTYPE),
            ("demo-1.0/lib/up", "..", tarfile.SYMTYPE),
            ("demo-1.0/gone", "nowhere", tarfile.SYMTYPE),
            ("demo-1.0/one", "two", tarfile.SYMTYPE),
            ("demo-1.0/two", "one", tarfile.SYMTYPE),
            ("demo-1.0/lib/demo/a.py", "../../real.toml", tarfile.SYMTYPE),
        ],
    )
    target = opened(path)
    assert target.distribution.name == "demo"
    assert target.tree.read("demo/a.py") == b"A = 1"
    assert target.tree.read("lib/demo/a.py") == b"A = 1"
    assert not any(map(target.tree.is_file, ("gone", "one", "two")))
    assert not target.tree.is_dir("lib/up")


def test_devices_and_fifos_are_passed_over(tmp_path: Path) -> None:
    path = make_tar(
        tmp_path / "d-1.tar.gz",
        {"demo-1.0/pyproject.toml": PYPROJECT},
        [("demo-1.0/fifo", "", tarfile.FIFOTYPE), ("demo-1.0/dev", "", tarfile.CHRTYPE)],
    )
    target = opened(path)
    assert not target.tree.is_file("fifo")


# bombs


def test_a_wheel_with_a_bomb_for_metadata(tmp_path: Path) -> None:
    path = plugin_wheel(tmp_path / "d.whl", **{f"{INFO}/entry_points.txt": b"\n" * (8 << 20)})
    assert path.stat().st_size < 1 << 20
    with pytest.raises(Unreadable, match="unpacks to"):
        opened(path)


def test_a_member_larger_than_it_says(tmp_path: Path) -> None:
    """The directory's size lies: what is read stays within the limit all the same."""
    path = plugin_wheel(tmp_path / "d.whl", **{f"{INFO}/entry_points.txt": b"#" * (20 << 20)})
    real = (20 << 20).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(real, (100).to_bytes(4, "little")))
    with pytest.raises(Unreadable):
        opened(path)


def test_too_many_members(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vplug.discovery.tree.MAX_ARCHIVE_MEMBERS", 3)
    path = plugin_wheel(tmp_path / "d.whl")
    with pytest.raises(Unreadable, match="more than vplug reads"):
        opened(path)
    sdist = make_tar(
        tmp_path / "d-1.tar.gz",
        {"demo-1.0/pyproject.toml": PYPROJECT} | {f"demo-1.0/{n}": "" for n in range(4)},
    )
    with pytest.raises(Unreadable, match="more than vplug reads"):
        opened(sdist)


def test_an_sdist_that_is_a_bomb(tmp_path: Path) -> None:
    path = tmp_path / "d-1.tar.gz"
    chunk = b"\0" * (1 << 20)
    with gzip.open(path, "wb", compresslevel=9) as handle:
        info = tarfile.TarInfo("demo-1.0/pyproject.toml")
        info.size = 128 << 20
        handle.write(info.tobuf())
        for _ in range(128):
            handle.write(chunk)
        handle.write(b"\0" * 1024)
    assert path.stat().st_size < 1 << 20
    with pytest.raises(Unreadable, match="times its size"):
        opened(path)


def test_an_sdist_that_claims_more_than_there_is(tmp_path: Path) -> None:
    path = tmp_path / "d-1.tar.gz"
    with gzip.open(path, "wb") as handle:
        info = tarfile.TarInfo("demo-1.0/pyproject.toml")
        info.size = 9 << 30
        handle.write(info.tobuf(format=tarfile.GNU_FORMAT))
        handle.write(b"[project]\n")
    with pytest.raises(Unreadable):
        opened(path)


# sdists


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        ("d-1.tar.gz", "w:gz"),
        ("d-1.tgz", "w:gz"),
        ("d-1.tar.bz2", "w:bz2"),
        ("d-1.tar.xz", "w:xz"),
        ("d-1.tar", "w"),
        ("d-1.TAR.GZ", "w:gz"),
        ("no-suffix", "w:gz"),
    ],
)
def test_sdists_however_packed(tmp_path: Path, name: str, mode: str) -> None:
    files = {"demo-1.0/pyproject.toml": PYPROJECT, "demo-1.0/src/demo/__init__.py": ""}
    target = opened(make_tar(tmp_path / name, files, mode=mode))
    assert target.kind is OriginKind.SDIST
    assert points(target) == [("pyproject.toml:5", "mine", "demo:register")]
    assert target.tree.is_file("src/demo/__init__.py")
    assert target.tree.listdir("src/demo") == ("__init__.py",)


@pytest.mark.parametrize("name", ["demo-1.0.zip", "demo-1.0.ZIP"])
def test_an_sdist_as_a_zip(tmp_path: Path, name: str) -> None:
    path = make_wheel(tmp_path / name, {"demo-1.0/pyproject.toml": PYPROJECT})
    assert opened(path).kind is OriginKind.SDIST


def test_a_wheel_without_its_suffix(tmp_path: Path) -> None:
    assert opened(plugin_wheel(tmp_path / "downloaded")).kind is OriginKind.WHEEL


def test_a_wheel_called_zip_is_no_sdist(tmp_path: Path) -> None:
    """Installers take a .zip for an sdist too, and refuse this one."""
    with pytest.raises(Unreadable, match="is no sdist"):
        opened(plugin_wheel(tmp_path / "demo-1.0-py3-none-any.zip"))


def test_members_that_begin_with_a_dot_slash(tmp_path: Path) -> None:
    target = opened(make_tar(tmp_path / "d-1.tar.gz", {"./demo-1.0/pyproject.toml": PYPROJECT}))
    assert target.distribution.name == "demo"


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"README": ""},
        {"pyproject.toml": PYPROJECT},
        {"a/pyproject.toml": PYPROJECT, "b/pyproject.toml": PYPROJECT},
        {"a/b/pyproject.toml": PYPROJECT},
    ],
)
def test_archives_that_are_no_sdists(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    with pytest.raises(Unreadable, match="is no sdist"):
        opened(make_tar(tmp_path / "d-1.tar.gz", files))


@pytest.mark.parametrize("keep", [0, 5, 30, 100])
def test_a_truncated_sdist(tmp_path: Path, keep: int) -> None:
    whole = make_tar(
        tmp_path / "whole.tar.gz",
        {"demo-1.0/pyproject.toml": PYPROJECT, "demo-1.0/x.py": "import os\n" * 999},
    ).read_bytes()
    path = tmp_path / "d-1.tar.gz"
    path.write_bytes(whole[:keep])
    with pytest.raises(Unreadable):
        opened(path)


def test_an_sdist_whose_end_is_missing(tmp_path: Path) -> None:
    noise = "".join(f"{n * n * n}\n" for n in range(5000))
    path = make_tar(
        tmp_path / "d-1.tar.gz", {"demo-1.0/pyproject.toml": PYPROJECT, "demo-1.0/x.py": noise}
    )
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(Unreadable):
        opened(path)


def test_garbage_called_tar_gz(tmp_path: Path) -> None:
    path = tmp_path / "d-1.tar.gz"
    path.write_bytes(b"not a tar at all" * 100)
    with pytest.raises(Unreadable, match="not a readable tar"):
        opened(path)


def test_a_file_that_is_nothing(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello\n")
    with pytest.raises(UsageFault, match="no wheel, sdist or project"):
        opened(path)


def test_what_setup_py_computes_is_taken_from_pkg_info(tmp_path: Path) -> None:
    target = opened(
        make_tar(
            tmp_path / "demo-3.1.tar.gz",
            {
                "demo-3.1/setup.py": SETUP,
                "demo-3.1/PKG-INFO": PKG_INFO,
                "demo-3.1/demo.egg-info/entry_points.txt": f"[{G}]\nmine = demo:register\n",
            },
        )
    )
    ours = target.distribution
    assert (ours.name, ours.version, ours.summary) == ("demo", "3.1", "computed")
    assert (ours.license, ours.requires_python) == ("MIT", ">=3.10")
    assert ours.requires == ("vllm>=0.20",)
    assert ours.readme == "long description"
    assert points(target) == [("demo.egg-info/entry_points.txt:2", "mine", "demo:register")]
    assert target.undecided == ()


def test_egg_info_under_src(tmp_path: Path) -> None:
    target = opened(
        make_tar(
            tmp_path / "demo-3.1.tar.gz",
            {
                "demo-3.1/setup.py": SETUP,
                "demo-3.1/PKG-INFO": PKG_INFO,
                "demo-3.1/src/demo.egg-info/entry_points.txt": f"[{G}]\nmine = demo:register\n",
            },
        )
    )
    assert [row[1] for row in points(target)] == ["mine"]


def test_computed_entry_points_without_egg_info_stay_undecided(tmp_path: Path) -> None:
    target = opened(
        make_tar(
            tmp_path / "demo-3.1.tar.gz",
            {"demo-3.1/setup.py": SETUP, "demo-3.1/PKG-INFO": PKG_INFO},
        )
    )
    assert target.undecided_about("entry-points") is not None
    assert target.undecided_about("version") is None


def test_an_egg_info_with_no_entry_points_decides_that_there_are_none(tmp_path: Path) -> None:
    """An egg-info that lists sources was made by a build: no entry_points.txt means no entry points."""
    target = opened(
        make_tar(
            tmp_path / "demo-3.1.tar.gz",
            {
                "demo-3.1/setup.py": SETUP,
                "demo-3.1/PKG-INFO": PKG_INFO,
                "demo-3.1/demo.egg-info/SOURCES.txt": "setup.py\n",
            },
        )
    )
    assert target.distribution.entry_points == ()


def test_an_egg_info_does_not_overrule_what_the_files_say(tmp_path: Path) -> None:
    target = opened(
        make_tar(
            tmp_path / "demo-1.0.tar.gz",
            {
                "demo-1.0/pyproject.toml": PYPROJECT,
                "demo-1.0/PKG-INFO": PKG_INFO,
                "demo-1.0/demo.egg-info/entry_points.txt": f"[{G}]\nstale = demo:old\n",
            },
        )
    )
    assert [row[1] for row in points(target)] == ["mine"]


def test_a_binary_member_is_not_kept(tmp_path: Path) -> None:
    target = opened(
        make_tar(
            tmp_path / "d-1.tar.gz",
            {"demo-1.0/pyproject.toml": PYPROJECT, "demo-1.0/data.bin": b"\0\1"},
        )
    )
    assert target.tree.is_file("data.bin")
    with pytest.raises(Unreadable, match="no text file"):
        target.tree.read("data.bin")
    with pytest.raises(Unreadable, match="no member"):
        target.tree.read("gone.py")


def test_a_member_given_twice_counts_as_its_last(tmp_path: Path) -> None:
    path = tmp_path / "d-1.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for text in ("[project]\nname = 'old'\n", PYPROJECT):
            info = tarfile.TarInfo("demo-1.0/pyproject.toml")
            info.size = len(text)
            archive.addfile(info, io.BytesIO(text.encode()))
    assert opened(path).distribution.name == "demo"


def test_functions_and_open_agree(tmp_path: Path) -> None:
    wheel = plugin_wheel(tmp_path / "d.whl")
    assert (
        read_wheel(wheel, "x").distribution.entry_points == opened(wheel).distribution.entry_points
    )
    sdist = make_tar(tmp_path / "d-1.tar.gz", {"demo-1.0/pyproject.toml": PYPROJECT})
    assert read_sdist(sdist, "x").distribution.name == opened(sdist).distribution.name


def test_archives_are_read_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from concurrent.futures import ThreadPoolExecutor

    from vplug.discovery import tree as module

    monkeypatch.setattr(module, "_OPEN_ZIPS", 1)
    trees = [
        module.ZipTree(make_wheel(tmp_path / f"{number}.whl", {"a.py": f"{number}\n" * 9_000}))
        for number in range(4)
    ]
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda turn: trees[turn % 4].read("a.py")[:2], range(400)))
    assert read == [f"{turn % 4}\n".encode() for turn in range(400)]
    for item in trees:
        item.close()


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ("License-Expression: MIT\nLicense: x\n", "MIT"),
        ("License: MIT License\nClassifier: License :: OSI Approved :: Apache\n", "MIT License"),
        (
            "License: Apache License\n        Version 2.0\nClassifier: License :: OSI Approved :: Apache\n",
            "Apache",
        ),
        ("License: Apache License\n        Version 2.0\n", "Apache License"),
        ("License: UNKNOWN\nClassifier: License :: OSI Approved :: Apache\n", "Apache"),
        ("License-File: LICENSE\n", "license files"),
        ("", None),
    ],
)
def test_the_licence_of_metadata(fields: str, licence: str | None) -> None:
    from vplug.discovery.metadata import build_distribution
    from vplug.model import Origin, OriginKind

    text = f"Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n{fields}"
    found = build_distribution(text, [], Origin(OriginKind.WHEEL, "x.whl"))
    assert found.license == licence
