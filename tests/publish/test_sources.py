"""Built files that were not built from what is tagged, and what a build may change."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.publish.made import PYPROJECT, committed, git, sdist, wheel
from tests.support import make_tar, vplug_here, write

from vplug.model import OutcomeKind
from vplug.release.publish.choose import choose
from vplug.release.publish.git import git_gate
from vplug.release.publish.nouns import Gate
from vplug.release.publish.sources import differing

WHEEL, SDIST = "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"
CHANGED = "def register():\n    return 1\n"


def judged(folder: Path, allow_dirty: bool = False) -> Gate:
    return git_gate(choose([str(folder)]), allow_dirty)


@pytest.mark.parametrize("kept", [{WHEEL, SDIST}, {WHEEL}, {SDIST}], ids=["both", "wheel", "sdist"])
def test_files_built_before_the_commit_that_is_tagged(plugin: Path, kept: set[str]) -> None:
    for path in (plugin / "dist").iterdir():
        if path.name not in kept:
            path.unlink()
    committed(plugin, None)
    write(plugin, {"demo/__init__.py": CHANGED})
    git(plugin, "commit", "-aqm", "y")
    git(plugin, "tag", "v1.0")
    gate = judged(plugin)
    assert gate.outcome is OutcomeKind.FAIL
    assert gate.message == "the files were built from other sources: demo/__init__.py differs"
    assert str(gate.hint).startswith("run `vplug build`")
    assert judged(plugin, allow_dirty=True).outcome is OutcomeKind.SKIPPED


def test_a_real_build_passes_until_a_source_is_edited(tmp_path: Path) -> None:
    files = {
        "pyproject.toml": PYPROJECT.replace('["demo"]', '["src/demo"]'),
        "src/demo/__init__.py": "def register():\n    pass\n",
        "src/demo/data.txt": "x",
        "README.md": "# Demo\n",
    }
    folder = committed(write(tmp_path / "real", files))
    built = vplug_here("build", "--no-isolation", cwd=folder)
    assert (folder / "dist" / WHEEL).is_file(), built.stdout + built.stderr
    assert judged(folder).outcome is OutcomeKind.PASS
    write(folder, {"src/demo/data.txt": "y", "README.md": "# Other\n"})
    git(folder, "commit", "-aqm", "y")
    git(folder, "tag", "-f", "v1.0")
    assert "README.md, src/demo/data.txt differ" in judged(folder).message


def one(tmp_path: Path, path: str, source: str | bytes, built: str | bytes) -> tuple[str, ...]:
    """What differs between a folder and an sdist of one file each."""
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_bytes(source.encode() if isinstance(source, str) else source)
    file = make_tar(tmp_path / SDIST, {f"demo-1.0/{path}": built})
    return differing(tmp_path, [path], [file], "1.0")


@pytest.mark.parametrize(
    ("path", "source", "built"),
    [
        ("a.py", "x = 1\r\n", "x = 1\n"),
        ("a.py", '__version__ = "0.0.0"\ny = 1\n', '__version__ = "1.0"\ny = 1\n'),
        ("pyproject.toml", '[project]\nversion = "0"\n', '[project]\nversion = "1.0"\n'),
        ("demo/_version.py", "keywords = {}\n", "x = 2\n"),
        ("PKG-INFO", "a", "b"),
        ("demo.egg-info/SOURCES.txt", "a", "b"),
        (".git_archival.txt", "node: $Format:%H$\nref: x\n", "node: 0123\nref: x\n"),
        (
            "setup.cfg",
            "# a\n[metadata]\nname = demo\n",
            "[metadata]\nname = demo\n\n[egg_info]\ntag_build = \ntag_date = 0\n\n",
        ),
    ],
)
def test_what_a_build_may_change(tmp_path: Path, path: str, source: str, built: str) -> None:
    assert one(tmp_path, path, source, built) == ()


@pytest.mark.parametrize(
    ("path", "source", "built"),
    [
        ("a.py", "x = 1\n", "x = 2\n"),
        ("a.py", 'version = "1.0"\nx = 1\n', 'version = "1.0"\nx = 2\n'),
        ("a.py", 'needs = "foo>=2.0"\n', 'needs = "foo>=1.0"\n'),
        ("b.txt", "node: $Format:%H$\nref: x\n", "node: 0123\nref: y\n"),
        ("setup.cfg", "[metadata]\nname = demo\n", "[metadata]\nname = other\n"),
        ("setup.cfg", "no section\n", "none either\n"),
        ("data.bin", b"\xff\x00", b"\xff\x01"),
    ],
)
def test_what_it_may_not(
    tmp_path: Path, path: str, source: str | bytes, built: str | bytes
) -> None:
    assert one(tmp_path, path, source, built) == (path,)


def test_files_that_are_in_one_place_alone(tmp_path: Path) -> None:
    write(tmp_path, {"demo/new.py": "x", "tests/demo/__init__.py": CHANGED})
    files = [wheel(tmp_path / "dist", **{"demo/made.py": "y"}), sdist(tmp_path / "dist")]
    assert differing(tmp_path, ["demo/new.py", "gone.py"], files, "1.0") == ()


def test_a_wheels_module_is_any_of_the_files_that_end_in_its_path(tmp_path: Path) -> None:
    plain = "def register():\n    pass\n"
    write(tmp_path, {"python/demo/__init__.py": plain, "tests/demo/__init__.py": CHANGED})
    tracked = ["python/demo/__init__.py", "tests/demo/__init__.py"]
    files = [wheel(tmp_path / "dist")]
    assert differing(tmp_path, tracked, files, "1.0") == ()
    write(tmp_path, {"python/demo/__init__.py": CHANGED})
    assert differing(tmp_path, tracked, files, "1.0") == ("python/demo/__init__.py",)
