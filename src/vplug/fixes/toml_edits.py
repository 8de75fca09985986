"""Changes of ``pyproject.toml`` that keep every comment and blank, each proved by parsing the result."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Callable
from typing import Any

from vplug.discovery.toml_lines import key_lines

_BOM = b"\xef\xbb\xbf"
#: Keys of [project] after which a new one looks at home, the best first.
_NEIGHBOURS = ("readme", "description", "version", "name")
_BARE = re.compile(r"^[A-Za-z0-9_-]+$")

#: A change of the parsed document, in place; what the edited text must come to.
Intent = Callable[[dict[str, Any]], None]


def _proved(data: bytes, edit: Callable[[str], str | None], intent: Intent) -> bytes | None:
    """Return the edited bytes, or ``None`` where the edit does not come to just what is meant.

    A byte order mark and the kind of line ends are kept.
    """
    body = data.removeprefix(_BOM)
    mark = data[: len(data) - len(body)]
    try:
        text = body.decode("utf-8")
        wanted = copy.deepcopy(tomllib.loads(text.replace("\r\n", "\n")))
        intent(wanted)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError):
        return None
    windows = "\r\n" in text and "\n" not in text.replace("\r\n", "")
    edited = edit(text.replace("\r\n", "\n") if windows else text)
    if edited is None:
        return None
    try:
        if tomllib.loads(edited.replace("\r\n", "\n")) != wanted:
            return None
    except tomllib.TOMLDecodeError:
        return None
    return mark + (edited.replace("\n", "\r\n") if windows else edited).encode("utf-8")


def add_project_key(data: bytes, key: str, value: str) -> bytes | None:
    """Return the file with ``key = "value"`` in ``[project]``; ``None`` where that cannot be done."""

    def intent(document: dict[str, Any]) -> None:
        if key in document["project"] or key in document["project"].get("dynamic", []):
            raise KeyError(key)
        document["project"][key] = value

    def edit(text: str) -> str | None:
        lines = key_lines(text)
        line = _line(key, value)
        for neighbour in _NEIGHBOURS:
            place = lines.get(("project", neighbour))
            if place is not None and _whole(text, place, neighbour):
                return _insert(text, place, line)
        header = lines.get(("project",))
        if header is not None and _is_header(text, header):
            return _insert(text, header, line)
        return _by_library(text, ("project",), key, value)

    return _proved(data, edit, intent)


def add_tool_key(data: bytes, key: str, value: str) -> bytes | None:
    """Return the file with ``key = "value"`` in ``[tool.vplug]``, made where it is not there."""

    def intent(document: dict[str, Any]) -> None:
        table = document.setdefault("tool", {}).setdefault("vplug", {})
        if key in table:
            raise KeyError(key)
        table[key] = value

    def edit(text: str) -> str | None:
        header = key_lines(text).get(("tool", "vplug"))
        if header is None:
            gap = (
                "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
            )
            return f"{text}{gap}[tool.vplug]\n{_line(key, value)}\n"
        if _is_header(text, header):
            return _insert(text, header, _line(key, value))
        return _by_library(text, ("tool", "vplug"), key, value)

    return _proved(data, edit, intent)


def rename_group(data: bytes, parents: tuple[str, ...], old: str, new: str) -> bytes | None:
    """Return the file with the table ``old`` below ``parents`` called ``new``.

    ``None`` where it is not there, or ``new`` is there already.
    """

    def intent(document: dict[str, Any]) -> None:
        table: Any = document
        for parent in parents:
            table = table[parent]
        if old not in table or new in table:
            raise KeyError(new)
        # In its old place: nothing compares the order, but a reader of the diff does.
        items = [(new if name == old else name, value) for name, value in table.items()]
        table.clear()
        table.update(items)

    def edit(text: str) -> str | None:
        told = key_lines(text)
        # Keys of an inline table have no lines of their own: it stands on its owner's.
        owners = ((*parents, old), *(parents[:end] for end in range(len(parents), 0, -1)))
        place = next((told[owner] for owner in owners if owner in told), None)
        if place is None:
            return None
        lines = text.splitlines(keepends=True)
        quoted = [f'"{old}"', f"'{old}'"]
        bare = rf"(?<![\w.\"'-]){re.escape(old)}(?![\w.\"'-])"
        for spelled in quoted:
            if lines[place - 1].count(spelled) == 1:
                lines[place - 1] = lines[place - 1].replace(spelled, spelled[0] + new + spelled[0])
                return "".join(lines)
        if _BARE.match(old):
            name = f'"{new}"'
            # After `entry-points.` a dot stands before it.
            dotted = rf"(?<=\.){re.escape(old)}(?=\s*[\].=])"
            for pattern in (dotted, bare):
                lines[place - 1], count = re.subn(pattern, name, lines[place - 1])
                if count:
                    return "".join(lines) if count == 1 else None
        return None

    return _proved(data, edit, intent)


def quote_group(data: bytes, group: str) -> bytes | None:
    """Return the file with ``[project.entry-points.vllm.x]`` quoted as one group, ``"vllm.x"``."""
    parts = group.split(".")

    def intent(document: dict[str, Any]) -> None:
        table: Any = document["project"]["entry-points"]
        if group in table:
            raise KeyError(group)
        *above, leaf = parts
        folders = [table]
        for part in above:
            folders.append(folders[-1][part])
        found = folders[-1].pop(leaf)
        if not isinstance(found, dict):
            raise KeyError(leaf)
        for folder, name in zip(reversed(folders[:-1]), reversed(above), strict=True):
            if folder[name] == {}:
                del folder[name]
        table[group] = found

    def edit(text: str) -> str | None:
        dots = r"\s*\.\s*".join(map(re.escape, parts))
        header = re.compile(
            rf"^(\s*\[\s*project\s*\.\s*entry-points\s*\.\s*){dots}(\s*\])", re.MULTILINE
        )
        edited, count = header.subn(lambda match: f'{match[1]}"{group}"{match[2]}', text)
        return edited if count == 1 else None

    return _proved(data, edit, intent)


def _line(key: str, value: str) -> str:
    import tomlkit

    return f"{key} = {tomlkit.item(value).as_string()}"


def _insert(text: str, after: int, line: str) -> str:
    lines = text.splitlines(keepends=True)
    end = "\n"
    if not lines[after - 1].endswith("\n"):
        lines[after - 1] += "\n"
        end = ""
    elif lines[after - 1].endswith("\r\n"):
        end = "\r\n"
    lines.insert(after, line + end)
    return "".join(lines)


def _whole(text: str, place: int, key: str) -> bool:
    """Whether line ``place`` holds the key and all of its value, and nothing else."""
    line = text.splitlines()[place - 1]
    try:
        return list(tomllib.loads(line)) == [key]
    except tomllib.TOMLDecodeError:
        return False


def _is_header(text: str, place: int) -> bool:
    line = text.splitlines()[place - 1].strip()
    return line.startswith("[") and not line.startswith("[[")


def _by_library(text: str, table: tuple[str, ...], key: str, value: str) -> str | None:
    """Where the table is an inline one, or made of dotted keys."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document = tomlkit.parse(text)
        if document.as_string() != text:
            return None
        found: Any = document
        for name in table:
            found = found[name]
        found[key] = value
        return document.as_string()
    except (TOMLKitError, KeyError, TypeError):
        return None
