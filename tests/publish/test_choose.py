"""Which files are taken, and which are refused by name."""

from __future__ import annotations

import os
import shutil
import tarfile
from pathlib import Path

import pytest
from tests.publish.made import METADATA, PYPROJECT, sdist, wheel
from tests.support import make_tar, write

from vplug.errors import NothingFound, Unreadable, UsageFault, VplugError
from vplug.release.publish.choose import choose, unchanged

WHEEL, SDIST = "demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz"


def names(*words: str | Path) -> list[str]:
    return [file.name for file in choose([str(word) for word in words]).files]


def refused(kind: type[VplugError], *words: str | Path) -> str:
    with pytest.raises(kind) as caught:
        choose([str(word) for word in words])
    assert type(caught.value) is kind
    return f"{caught.value.message} | {caught.value.hint}"


def test_a_projects_dist_wheels_first(plugin: Path) -> None:
    chosen = choose([str(plugin)])
    assert [file.name for file in chosen.files] == [WHEEL, SDIST]
    assert (chosen.distribution, chosen.version, chosen.project) == ("demo", "1.0", plugin)
    assert chosen.files[0].size == (plugin / "dist" / WHEEL).stat().st_size


def test_the_current_folder_without_words(plugin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(plugin)
    assert names() == [WHEEL, SDIST]


def test_files_patterns_and_a_folder_of_files(plugin: Path, tmp_path: Path) -> None:
    dist = plugin / "dist"
    assert names(dist / WHEEL) == [WHEEL]
    assert names(dist / "*") == [WHEEL, SDIST]
    assert names(dist) == [WHEEL, SDIST]
    assert choose([str(dist / WHEEL)]).project == plugin
    elsewhere = shutil.copytree(dist, tmp_path / "elsewhere")
    assert choose([str(elsewhere)]).project is None


def test_one_file_twice_is_sent_once(plugin: Path) -> None:
    assert names(plugin / "dist" / WHEEL, plugin / "dist" / "*.whl") == [WHEEL]


def test_notes_on_what_is_missing_and_left_out(plugin: Path) -> None:
    (plugin / "dist" / SDIST).unlink()
    write(
        plugin / "dist",
        {"SHA256SUMS": "x", ".gitignore": "*", f"{WHEEL}.publish.attestation": "{}"},
    )
    notes = choose([str(plugin)]).notes
    assert len(notes) == 1
    assert "SHA256SUMS" in notes[0]
    old = plugin / "dist" / WHEEL
    platform = old.with_name(WHEEL.replace("none-any", "none-win_amd64"))
    old.rename(platform)
    assert "no sdist" in choose([str(platform)]).notes[0]


def test_nothing_built(plugin: Path) -> None:
    for path in (plugin / "dist").iterdir():
        path.unlink()
    assert "is empty: nothing to publish | run `vplug build" in refused(NothingFound, plugin)
    (plugin / "dist").rmdir()
    assert "has no dist folder" in refused(NothingFound, plugin)


def test_an_empty_folder_that_is_no_project(tmp_path: Path) -> None:
    assert "nothing to publish" in refused(NothingFound, tmp_path)
    write(tmp_path, {"notes.txt": "x"})
    assert "only notes.txt" in refused(NothingFound, tmp_path)


def test_several_releases_are_named_with_the_files_of_the_newest(plugin: Path) -> None:
    wheel(plugin / "dist", "1.10")
    wheel(plugin / "dist", "1.9")
    said = refused(UsageFault, plugin)
    assert "3 releases" in said
    assert f"demo 1.0: {WHEEL}, {SDIST}" in said
    assert "demo 1.9: demo-1.9-py3-none-any.whl" in said
    assert said.startswith(f"{plugin}/dist holds")
    assert f"those of the newest: {plugin}/dist/demo-1.10-py3-none-any.whl" in said


def test_two_distributions(plugin: Path) -> None:
    wheel(plugin / "dist", "1.0", "other")
    assert "2 releases" in refused(UsageFault, plugin)


def test_an_old_build(plugin: Path) -> None:
    write(plugin, {"pyproject.toml": PYPROJECT.replace('"1.0"', '"1.1"')})
    assert "dist holds demo 1.0, and the project is at 1.1" in refused(UsageFault, plugin)
    assert names(plugin / "dist" / WHEEL) == [WHEEL]


def test_another_projects_files(plugin: Path) -> None:
    write(plugin, {"pyproject.toml": PYPROJECT.replace('"demo"', '"mine"', 1)})
    assert "is mine, and its dist holds demo" in refused(UsageFault, plugin)


def test_a_version_that_is_computed_is_no_reason_to_refuse(plugin: Path) -> None:
    text = PYPROJECT.replace('version = "1.0"', 'dynamic = ["version"]')
    write(plugin, {"pyproject.toml": text})
    assert names(plugin) == [WHEEL, SDIST]


def test_a_file_that_is_no_distribution(plugin: Path) -> None:
    assert "README.md is no distribution" in refused(
        UsageFault, write(plugin, {"README.md": "x"}) / "README.md"
    )
    assert "no such file" in refused(UsageFault, plugin / "gone.whl")
    assert "no file matches it" in refused(UsageFault, plugin / "*.whl")
    assert "is a folder among 2 names" in refused(UsageFault, plugin, plugin / "dist" / WHEEL)


def test_old_formats_in_dist(plugin: Path) -> None:
    write(plugin / "dist", {"demo-1.0.zip": b"x"})
    assert "demo-1.0.zip" in refused(UsageFault, plugin)


def test_a_url_among_the_files_does_not_show_its_password() -> None:
    said = refused(UsageFault, "https://bob:canary@host/legacy/")
    assert "canary" not in said
    assert "--repository-url" in said


@pytest.mark.parametrize(
    "name", ["demo-2.0-py3-none-any.whl", "other-1.0-py3-none-any.whl"], ids=["version", "name"]
)
def test_a_renamed_wheel(plugin: Path, name: str) -> None:
    (plugin / "dist" / WHEEL).rename(plugin / "dist" / name)
    assert f"{name} was renamed: its metadata says demo 1.0" in refused(
        UsageFault, plugin / "dist" / name
    )


@pytest.mark.parametrize("name", ["demo.whl", "demo-1.0-py3.whl", "nodash.tar.gz"])
def test_a_name_that_is_no_distributions(plugin: Path, name: str) -> None:
    shutil.copy(plugin / "dist" / WHEEL, plugin / name)
    assert f"{name} is not named as a distribution is" in refused(UsageFault, plugin / name)


def test_damaged_files(plugin: Path) -> None:
    write(plugin / "dist", {WHEEL: b"PK\x03\x04 no zip"})
    assert WHEEL in refused(Unreadable, plugin)
    write(plugin / "dist", {WHEEL: b""})
    assert WHEEL in refused(Unreadable, plugin)


def test_unsafe_sdists(tmp_path: Path) -> None:
    files = {
        "demo-1.0/PKG-INFO": METADATA.format(version="1.0"),
        "demo-1.0/pyproject.toml": PYPROJECT,
    }
    make_tar(tmp_path / SDIST, {**files, "/etc/passwd": "x"})
    assert SDIST in refused(Unreadable, tmp_path / SDIST)
    make_tar(tmp_path / SDIST, {**files, "demo-1.0/../../x": "x"})
    assert SDIST in refused(Unreadable, tmp_path / SDIST)
    make_tar(tmp_path / SDIST, files, [("demo-1.0/out", "/etc/passwd", tarfile.SYMTYPE)])
    assert SDIST in refused(Unreadable, tmp_path / SDIST)


def test_links(plugin: Path, tmp_path: Path) -> None:
    (tmp_path / WHEEL).symlink_to(plugin / "dist" / WHEEL)
    assert names(tmp_path / WHEEL) == [WHEEL]
    (plugin / "dist" / WHEEL).unlink()
    assert "leads nowhere" in refused(UsageFault, tmp_path / WHEEL)


def test_two_sdists_and_one_name_from_two_folders(plugin: Path, tmp_path: Path) -> None:
    shutil.copy(plugin / "dist" / SDIST, plugin / "dist" / "Demo-1.0.tar.gz")
    assert "2 sdists" in refused(UsageFault, plugin)
    other = shutil.copy(plugin / "dist" / WHEEL, tmp_path / WHEEL)
    assert "two folders" in refused(UsageFault, plugin / "dist" / WHEEL, other)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(plugin: Path) -> None:
    (plugin / "dist" / WHEEL).chmod(0)
    assert "cannot read" in refused(Unreadable, plugin)


def test_attestations(plugin: Path) -> None:
    with pytest.raises(UsageFault, match=rf"{WHEEL}\.publish\.attestation is not there"):
        choose([str(plugin)], attestations=True)
    dist = plugin / "dist"
    files = {f"{name}.publish.attestation": '{"version": 1}' for name in (WHEEL, SDIST)}
    write(dist, files)
    chosen = choose([str(dist / "*")], attestations=True)
    assert [[path.name for path in file.attestations] for file in chosen.files] == [
        [f"{WHEEL}.publish.attestation"],
        [f"{SDIST}.publish.attestation"],
    ]
    write(dist, {f"{WHEEL}.publish.attestation": "no json"})
    with pytest.raises(Unreadable, match="is no attestation"):
        choose([str(plugin)], attestations=True)


def test_files_that_change_after_they_were_judged(plugin: Path) -> None:
    chosen = choose([str(plugin)])
    unchanged(chosen.files)
    sdist(plugin / "dist").write_bytes(b"other")
    with pytest.raises(VplugError, match="was changed after it was judged"):
        unchanged(chosen.files)
    (plugin / "dist" / SDIST).unlink()
    with pytest.raises(VplugError, match="was changed after it was judged"):
        unchanged(chosen.files)
