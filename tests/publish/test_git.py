"""A clean tree and a tag of the version, in real repositories."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.publish.made import committed, git
from tests.support import write

from vplug.model import OutcomeKind
from vplug.release.publish.choose import choose
from vplug.release.publish.git import fits, git_gate
from vplug.release.publish.nouns import Gate


def judged(folder: Path, allow_dirty: bool = False) -> Gate:
    return git_gate(choose([str(folder)]), allow_dirty)


@pytest.mark.parametrize("tag", ["v1.0", "1.0", "demo-v1.0", "demo/1.0.0", "Demo@1.0"])
def test_clean_and_tagged(plugin: Path, tag: str) -> None:
    gate = judged(committed(plugin, tag))
    assert gate.outcome is OutcomeKind.PASS
    assert gate.message.endswith(f"is {tag}")


def test_changed_untracked_and_renamed_files(plugin: Path) -> None:
    committed(plugin)
    write(plugin, {"demo/__init__.py": "x = 1\n", "new file.txt": "x"})
    git(plugin, "mv", "pyproject.toml", "moved.toml")
    git(plugin, "mv", "moved.toml", "pyproject.toml")
    gate = judged(plugin)
    assert gate.outcome is OutcomeKind.FAIL
    assert gate.details == ("changed demo/__init__.py", "untracked new file.txt")
    assert "2 paths" in gate.message
    assert "--allow-dirty" in str(gate.hint)


def test_dist_does_not_count_though_git_does_not_ignore_it(plugin: Path) -> None:
    committed(plugin)
    write(plugin, {".gitignore": "nothing\n"})
    git(plugin, "commit", "-aqm", "y")
    git(plugin, "tag", "-f", "v1.0")
    assert judged(plugin).outcome is OutcomeKind.PASS


def test_no_tag_another_tag_and_a_tag_elsewhere(plugin: Path) -> None:
    committed(plugin, None)
    gate = judged(plugin)
    assert gate.outcome is OutcomeKind.FAIL
    assert "is not tagged 1.0" in gate.message
    assert "`git tag v1.0`" in str(gate.hint)
    git(plugin, "tag", "v0.9")
    assert "but v0.9" in judged(plugin).message
    git(plugin, "tag", "-d", "v0.9")
    git(plugin, "tag", "v1.0")
    git(plugin, "commit", "--allow-empty", "-qm", "y")
    gate = judged(plugin)
    assert ": v1.0 is at " in gate.message
    # The tag is there: making it again would fail.
    assert "`git tag v1.0`" not in str(gate.hint)
    assert "check out v1.0 and build there, or raise the version" in str(gate.hint)


def test_a_repository_without_a_commit(plugin: Path) -> None:
    git(plugin, "init", "-q")
    assert judged(plugin).outcome is OutcomeKind.FAIL
    assert "no commit yet" in judged(plugin).message


def test_no_repository_cannot_be_told(plugin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(plugin.parent))
    gate = judged(plugin)
    assert gate.outcome is OutcomeKind.UNKNOWN
    assert "is not in a git repository" in gate.message
    assert gate.hint == (
        "`git init`, commit, and `git tag v1.0`; or --allow-dirty, to leave this out"
    )


def test_git_that_is_not_installed(plugin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    gate = judged(plugin)
    assert (gate.outcome, gate.message) == (OutcomeKind.UNKNOWN, "git is not installed")


def test_not_asked(plugin: Path) -> None:
    assert judged(plugin, allow_dirty=True).outcome is OutcomeKind.SKIPPED
    alone = replace(choose([str(plugin)]), project=None)
    assert git_gate(alone, False).outcome is OutcomeKind.SKIPPED


def test_one_project_of_several(plugin: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = plugin.parent
    write(root, {"other/x.py": "1", ".gitignore": "dist/\n"})
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    git(root, "tag", "demo-v1.0")
    write(root, {"other/x.py": "2"})
    assert judged(plugin).outcome is OutcomeKind.PASS
    write(plugin, {"demo/new.py": "2"})
    assert judged(plugin).details == ("untracked demo/new.py",)
    monkeypatch.setenv("GIT_DIR", str(root / "nowhere"))
    assert judged(plugin).details == ("untracked demo/new.py",)


def test_no_program_of_the_repositorys_configuration_is_run(plugin: Path, tmp_path: Path) -> None:
    committed(plugin)
    monitor = tmp_path / "monitor"
    monitor.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    monitor.chmod(0o755)
    git(plugin, "config", "core.fsmonitor", str(monitor))
    assert judged(plugin).outcome is OutcomeKind.PASS
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("tag", "right"),
    [
        ("v1.2.3", True),
        ("1.2.3", True),
        ("V1.2.3", True),
        ("release/1.2.3", True),
        ("my_plugin-1.2.3", True),
        ("pkgs/my-plugin/v1.2.3", True),
        ("v1.2.3-rc1", False),
        ("v1.2.4", False),
        ("other-1.2.3", False),
        ("other/1.2.3", False),
        ("latest", False),
        ("my-plugin", False),
    ],
)
def test_tags(tag: str, right: bool) -> None:
    assert fits(tag, "my-plugin", "1.2.3") is right


def test_a_release_candidates_tag() -> None:
    assert fits("v1.2.3-rc1", "x", "1.2.3rc1")
