"""Whether what is published can be found again: a clean tree, its tag, and files built from it."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from vplug.model import OutcomeKind
from vplug.release.output import printable
from vplug.release.publish.nouns import Chosen, Gate
from vplug.release.publish.sources import differing

_SECONDS = 60
_SHOWN = 10
_NAMED = 3
#: Set inside hooks, where they would lead away from the project's folder.
_LEADING = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR")


class _Trouble(Exception):
    """Git could not answer; the text says why."""


def git_gate(chosen: Chosen, allow_dirty: bool) -> Gate:
    """Return whether the project's tree is clean, tagged with the version, and what was built.

    Only the project's folder is looked at, so one of several projects in a repository can be
    published; ``dist`` itself does not count. A tag is the version, with ``v`` or the project's name
    before it or not: ``1.2``, ``v1.2``, ``name-v1.2``, ``name/1.2``, ``name@1.2``. Tracked files that
    the built files hold must be the same there: see :func:`vplug.release.publish.sources.differing`.

    Raises:
        Unreadable: a built file is damaged.
    """
    if allow_dirty:
        return Gate("git", OutcomeKind.SKIPPED, "not asked: --allow-dirty")
    if chosen.project is None:
        return Gate("git", OutcomeKind.SKIPPED, "the project's folder is not at hand")
    folder = chosen.project
    hint = "or --allow-dirty, to leave this out"
    try:
        return _judge(folder, chosen)
    except FileNotFoundError:
        reason, hint = "git is not installed", f"install it; {hint}"
    except subprocess.TimeoutExpired:
        reason, hint = f"git gave no answer in {_SECONDS} s", "--allow-dirty leaves this out"
    except _Trouble as trouble:
        reason = str(trouble)
        if "not a git repository" in reason:
            reason = f"{folder} is not in a git repository: no commit holds what is published"
            hint = f"`git init`, commit, and `git tag v{chosen.version}`; {hint}"
        else:
            hint = f"mend what git says; {hint}"
    return Gate("git", OutcomeKind.UNKNOWN, reason, hint=hint)


def _judge(folder: Path, chosen: Chosen) -> Gate:
    prefix = _git(folder, "rev-parse", "--show-prefix").strip()
    status = _git(
        *(folder, "status", "--porcelain=v1", "-z", "--untracked-files=normal", "--"),
        *(".", ":(exclude)dist"),
    )
    dirty = _paths(status, prefix)
    try:
        head = _git(folder, "rev-parse", "--verify", "--short", "HEAD").strip()
    except _Trouble:
        return Gate(
            "git", OutcomeKind.FAIL, f"{folder} has no commit yet", hint="commit, and tag it"
        )
    tags = [tag for tag in _git(folder, "tag", "--points-at", "HEAD").splitlines() if tag]
    fitting = [tag for tag in tags if fits(tag, chosen.distribution, chosen.version)]
    details = [f"{kind} {path}" for kind, path in dirty[:_SHOWN]]
    if len(dirty) > _SHOWN:
        details.append(f"and {len(dirty) - _SHOWN} more")
    faults, hints = [], []
    if dirty:
        faults.append(f"the tree is not clean: {len(dirty)} {_files(len(dirty))}")
        hints.append("commit the changes, or list what is built in .gitignore")
    # The folder is what HEAD holds where the tree is clean; where it is not, the gate fails anyway.
    tracked = _git(folder, "ls-files", "-z", "--recurse-submodules").split("\0")
    other = differing(folder, tracked, [file.path for file in chosen.files], chosen.version)
    if other:
        more = f" and {len(other) - _NAMED} more" if len(other) > _NAMED else ""
        what = "differs" if len(other) == 1 else "differ"
        names = ", ".join(map(printable, other[:_NAMED]))
        faults.append(f"the files were built from other sources: {names}{more} {what}")
        hints.append("run `vplug build`")
    if not fitting:
        elsewhere = _elsewhere(folder, chosen)
        instead = ""
        if elsewhere is not None:
            instead = f": {printable(elsewhere[0])} is at {elsewhere[1]}"
            hints.append(
                f"check out {printable(elsewhere[0])} and build there, or raise the version"
            )
        else:
            if tags:
                instead = f", but {', '.join(map(printable, tags[:3]))}"
            hints.append(
                f"`git tag v{chosen.version}` at the commit that was built; a CI checkout must fetch tags"
            )
        faults.append(f"HEAD ({head}) is not tagged {chosen.version}{instead}")
    if faults:
        hints.append("--allow-dirty leaves this out")
        return Gate("git", OutcomeKind.FAIL, "; ".join(faults), tuple(details), "; ".join(hints))
    return Gate("git", OutcomeKind.PASS, f"the tree is clean, and HEAD ({head}) is {fitting[0]}")


def _files(number: int) -> str:
    return "path" if number == 1 else "paths"


def _elsewhere(folder: Path, chosen: Chosen) -> tuple[str, str] | None:
    """The version's tag where it stands at another commit, and that commit."""
    for tag in _git(folder, "tag", "--list").splitlines():
        if fits(tag, chosen.distribution, chosen.version):
            return tag, _git(folder, "rev-parse", "--short", f"{tag}^{{commit}}").strip()
    return None


def fits(tag: str, name: str, version: str) -> bool:
    """Return whether a tag stands for a version of a distribution."""
    start, _, rest = tag.rpartition("/")
    if (
        start
        and not _names(start.rpartition("/")[2], name)
        and start not in ("release", "releases")
    ):
        return False
    for candidate in (rest, *_after_name(rest, name)):
        try:
            if Version(candidate) == Version(version):
                return True
        except InvalidVersion:
            continue
    return False


def _after_name(text: str, name: str) -> list[str]:
    return [
        text[match.end() :]
        for match in re.finditer(r"[-_@=]+", text)
        if _names(text[: match.start()], name)
    ]


def _names(text: str, name: str) -> bool:
    return canonicalize_name(text) == canonicalize_name(name)


def _paths(status: str, prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    records = iter(status.split("\0"))
    for record in records:
        if len(record) < 4:
            continue
        code, path = record[:2], record[3:].removeprefix(prefix)
        if code[0] in "RC":
            next(records, None)  # where it came from
        found.append(("untracked" if code == "??" else "changed", printable(path)))
    return found


def _git(folder: Path, *words: str) -> str:
    environment = {key: value for key, value in os.environ.items() if key not in _LEADING}
    done = subprocess.run(
        # A file-system monitor is a program that the repository's configuration names.
        ["git", "--no-optional-locks", "-c", "core.fsmonitor=false", *words],  # noqa: S607
        cwd=folder,
        env={**environment, "LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        lines = [printable(line) for line in done.stderr.splitlines() if line.strip()]
        raise _Trouble(f"git {words[0]}: {lines[0].removeprefix('fatal: ') if lines else 'failed'}")
    return done.stdout
