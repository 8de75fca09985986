"""Reading ``setup.cfg`` and the entry-point sections that setuptools shares with it."""

from __future__ import annotations

import configparser
import re

from vplug.discovery.metadata import parse_entry_points
from vplug.discovery.partial import Partial, extra_requirements
from vplug.discovery.tree import Tree, decode
from vplug.errors import Unreadable

_NAME = "setup.cfg"


def read_setup_cfg(tree: Tree) -> Partial | None:
    """Return what ``setup.cfg`` says; ``None`` where there is none.

    Raises:
        Unreadable: not UTF-8, or not an INI file.
    """
    if not tree.is_file(_NAME):
        return None
    text = decode(tree.read(_NAME), tree.display(_NAME))
    config = _parse(text, tree.display(_NAME))
    partial = Partial(_NAME)
    metadata = dict(config["metadata"]) if config.has_section("metadata") else {}
    options = dict(config["options"]) if config.has_section("options") else {}
    for key, field in (
        ("name", "name"),
        ("version", "version"),
        ("description", "description"),
        ("license", "license"),
        ("long_description", "readme"),
        ("url", "homepage"),
    ):
        value = metadata.get(key) or metadata.get(key.replace("_", "-"))
        if value and key == "version" and value.startswith(("attr:", "file:")):
            partial.cannot_tell("version", f"version comes from `{value}`", _line(text, key))
        elif value:
            partial.fields[field] = value
    partial.take_classifiers(_lines(metadata.get("classifiers", "")))
    if options.get("python_requires"):
        partial.fields["requires-python"] = options["python_requires"]
    requires = _lines(options.get("install_requires", ""))
    if config.has_section("options.extras_require"):
        for extra, value in config["options.extras_require"].items():
            requires += extra_requirements(extra, _lines(value))
    if requires or "install_requires" in options:
        partial.fields["dependencies"] = requires
    for entry in _lines(options.get("package_dir", "")):
        package, _, folder = entry.partition("=")
        partial.package_dir[package.strip()] = folder.strip()
    if config.has_section("options.packages.find"):
        where = config["options.packages.find"].get("where")
        if where:
            partial.package_dir.setdefault("", where.strip())
    _read_entry_points_option(
        partial, tree, options.get("entry_points", ""), _line(text, "entry_points")
    )
    if config.has_section("options.entry_points"):
        for group, value in config["options.entry_points"].items():
            seen: dict[str, int] = {}
            for entry in _lines(value):
                name, _, target = entry.partition("=")
                seen[entry] = seen.get(entry, 0) + 1
                line = _entry_line(text, group, entry, seen[entry])
                partial.add(group, name.strip(), target.strip(), line)
    return partial


def _read_entry_points_option(partial: Partial, tree: Tree, value: str, line: int | None) -> None:
    """Take ``[options] entry_points``: ``file:`` with names, or the sections themselves.

    Source: ``setuptools/config/setupcfg.py`` (84.2.1), ``_parse_file`` for the whole option.
    """
    if not value.strip():
        return
    if not value.strip().startswith("file:"):
        read_entry_point_sections(partial, _NAME, value, line or 1)
        return
    for name in value.strip().removeprefix("file:").replace("\n", ",").split(","):
        path = name.strip()
        if path and tree.is_file(path):
            shown = tree.display(path)
            read_entry_point_sections(partial, path, decode(tree.read(path), shown))
        elif path:
            partial.cannot_tell("entry-points", f"they come from {path}, which is not here", line)


def read_entry_point_sections(partial: Partial, path: str, text: str, start: int = 1) -> None:
    """Add the entry points of an ``entry_points.txt``-like text to ``partial``.

    Args:
        partial: what they are added to.
        path: the file the text stands in.
        text: sections of ``name = value`` lines.
        start: the line of ``path`` on which the text begins.
    """
    for entry_point in parse_entry_points(text, path):
        line = entry_point.location.line if entry_point.location is not None else None
        place = line + start - 1 if line is not None else None
        partial.add(entry_point.group, entry_point.name, entry_point.value, place, path)


def _parse(text: str, shown: str) -> configparser.ConfigParser:
    config = configparser.ConfigParser(
        delimiters=("=",), interpolation=None, strict=False, comment_prefixes=("#", ";")
    )
    config.optionxform = str  # type: ignore[assignment,method-assign] # names are case-sensitive
    try:
        config.read_string(text)
    except configparser.Error as error:
        message = " ".join(str(error).split())
        raise Unreadable(f"{shown} is not a valid INI file: {message}") from error
    return config


def _lines(value: str) -> list[str]:
    lines = (line.strip() for line in value.replace("\r", "").split("\n"))
    return [line for line in lines if line and not line.startswith("#")]


def _entry_line(text: str, group: str, entry: str, count: int) -> int | None:
    """Return the line of the ``count``-th ``entry`` below its group's key."""
    inside = False
    for number, line in enumerate(text.splitlines(), start=1):
        if re.match(rf"^{re.escape(group)}\s*=", line):
            inside = True
        elif inside and line[:1].strip() and not line.startswith("#"):
            inside = False
        if inside and entry in (line.strip(), line.partition("=")[2].strip()):
            count -= 1
        if inside and count == 0:
            return number
    return _line(text, entry.partition("=")[0].strip())


def _line(text: str, name: str) -> int | None:
    match = re.search(rf"^\s*{re.escape(name)}\s*=", text, re.MULTILINE)
    return text.count("\n", 0, match.start() + len(match[0]) - 1) + 1 if match else None
