"""Reading ``pyproject.toml``: the standard table, Poetry's, and where build backends look for modules."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Any

from vplug.discovery.partial import Partial, extra_requirements
from vplug.discovery.toml_lines import key_lines
from vplug.discovery.tree import Tree, decode
from vplug.errors import Unreadable

_NAME = "pyproject.toml"


def read_pyproject(tree: Tree) -> tuple[Partial, dict[str, Any]] | None:
    """Return what the file says and its parsed text; ``None`` where there is no such file.

    Raises:
        Unreadable: it is not UTF-8 or not TOML; the place is in the message.
    """
    if not tree.is_file(_NAME):
        return None
    text = decode(tree.read(_NAME), tree.display(_NAME))
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Unreadable(
            f"{tree.display(_NAME)} is not valid TOML: {str(error).rstrip('.')}",
            "mend the file; nothing else of the project can be read without it",
        ) from error
    lines = key_lines(text)
    partial = Partial(_NAME)
    project = _table(data, "project")
    if project:
        _read_project(partial, project, lines)
        if isinstance(project.get("dynamic"), list):
            _read_dynamic(partial, tree, data, project["dynamic"])
    poetry = _table(data, "tool", "poetry")
    if poetry:
        _read_poetry(partial, poetry, bool(project), lines)
    return partial, data


def _table(data: Mapping[str, Any], *path: str) -> dict[str, Any]:
    value: Any = data
    for part in path:
        value = value.get(part) if isinstance(value, Mapping) else None
    return dict(value) if isinstance(value, Mapping) else {}


def _read_project(
    partial: Partial, project: dict[str, Any], lines: dict[tuple[str, ...], int]
) -> None:
    for key in ("name", "version", "requires-python", "description"):
        if isinstance(project.get(key), str):
            partial.fields[key] = project[key]
    readme = project.get("readme")
    if isinstance(readme, str):
        partial.fields["readme"] = readme
    elif isinstance(readme, dict):
        partial.fields["readme"] = readme.get("file") or "inline text"
    licence = project.get("license")
    if isinstance(licence, str):
        partial.fields["license"] = licence
    elif isinstance(licence, dict):
        text = str(licence.get("text") or "").strip()
        if text and "\n" not in text:
            partial.fields["license"] = text
        else:  # a classifier says more than the name of a file or the first words of a whole licence
            partial.fields["license-file"] = text.partition("\n")[0] or licence.get("file")
    elif project.get("license-files"):
        partial.fields["license-file"] = "license files"
    urls = _table(project, "urls")
    if urls:
        partial.fields["homepage"] = str(next(iter(urls.values())))
    requires = _strings(project.get("dependencies"))
    for extra, items in _table(project, "optional-dependencies").items():
        if isinstance(items, list):
            requires += extra_requirements(extra, _strings(items))
    if "dependencies" in project or requires:
        partial.fields["dependencies"] = requires
    for table, group in (("scripts", "console_scripts"), ("gui-scripts", "gui_scripts")):
        for name, value in _table(project, table).items():
            if isinstance(value, str):
                partial.add(group, name, value, lines.get(("project", table, name)))
    declared = project.get("entry-points")
    if declared is not None and not isinstance(declared, Mapping):
        line = lines.get(("project", "entry-points"))
        partial.malformed(f"project.entry-points is {declared!r}, which is no table", line)
    if isinstance(project.get("classifiers"), list):
        partial.take_classifiers(project["classifiers"])
    for group, entries in _table(project, "entry-points").items():
        _read_entries(partial, group, entries, ("project", "entry-points", group), lines)


def _read_entries(
    partial: Partial,
    group: str,
    entries: Any,
    path: tuple[str, ...],
    lines: dict[tuple[str, ...], int],
) -> None:
    place = next(
        (lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), None
    )
    if not isinstance(entries, Mapping):
        partial.malformed(f"{'.'.join(path)} is {entries!r}, which is no table", place)
        return
    for name, value in entries.items():
        line = lines.get((*path, name), place)
        if isinstance(value, str):
            partial.add(group, name, value, line)
        elif isinstance(value, Mapping):
            # `[project.entry-points.vllm.general_plugins]`, unquoted: TOML nests what was meant as
            # one dotted group name.
            whole = f"{group}.{name}"
            partial.malformed(f'the group must be quoted: [project.entry-points."{whole}"]', line)
            _read_entries(partial, whole, value, (*path, name), lines)
        else:
            partial.malformed(f"{name} is {value!r}, which is no text", line)


def _read_dynamic(partial: Partial, tree: Tree, data: dict[str, Any], dynamic: list[Any]) -> None:
    setuptools_dynamic = _table(data, "tool", "setuptools", "dynamic")
    renamed = {"optional-dependencies": "dependencies", "scripts": "entry-points"}
    for raw in dynamic:
        what = renamed.get(str(raw), str(raw))
        source = setuptools_dynamic.get(str(raw))
        files = source.get("file") if isinstance(source, dict) else None
        names = [files] if isinstance(files, str) else files if isinstance(files, list) else []
        if names and all(isinstance(name, str) and tree.is_file(name) for name in names):
            for name in names:
                _read_dynamic_file(partial, tree, what, name)
            continue
        if what not in partial.fields:
            partial.cannot_tell(what, f"{what} is dynamic: the build backend computes it")


def _read_dynamic_file(partial: Partial, tree: Tree, what: str, name: str) -> None:
    text = decode(tree.read(name), tree.display(name))
    if what == "entry-points":
        from vplug.discovery.setup_cfg import read_entry_point_sections

        read_entry_point_sections(partial, name, text)
    elif what == "dependencies":
        lines = (line.split(" #")[0].strip() for line in text.splitlines())
        found = [line for line in lines if line and not line.startswith(("#", "-"))]
        partial.fields["dependencies"] = [*partial.fields.get("dependencies", []), *found]
    else:
        partial.fields[what] = name if what == "readme" else text.strip()


def _read_poetry(
    partial: Partial,
    poetry: dict[str, Any],
    has_project: bool,
    lines: dict[tuple[str, ...], int],
) -> None:
    for key in ("name", "version", "description", "license", "readme", "homepage"):
        if isinstance(poetry.get(key), str):
            partial.fields.setdefault(key, poetry[key])
            partial.undecided.pop(key, None)
    dependencies = _table(poetry, "dependencies")
    python = dependencies.pop("python", None)
    if isinstance(python, str):
        partial.fields.setdefault("requires-python", poetry_specifier(python))
    if dependencies and not has_project:
        partial.fields.setdefault(
            "dependencies", [_poetry_requirement(k, v) for k, v in dependencies.items()]
        )
    # Poetry 2 reads its own plugins table only where [project.entry-points] is absent.
    if not partial.entry_points:
        for group, entries in _table(poetry, "plugins").items():
            _read_entries(partial, group, entries, ("tool", "poetry", "plugins", group), lines)
    if not partial.scripts:
        for name, value in _table(poetry, "scripts").items():
            if isinstance(value, str):
                line = lines.get(("tool", "poetry", "scripts", name))
                partial.add("console_scripts", name, value, line)


def _poetry_requirement(name: str, value: Any) -> str:
    version = value.get("version", "*") if isinstance(value, dict) else value
    optional = isinstance(value, dict) and bool(value.get("optional"))
    specifier = poetry_specifier(str(version)) if isinstance(version, str) else ""
    return f"{name}{specifier}" + (" ; extra == 'optional'" if optional else "")


def poetry_specifier(text: str) -> str:
    """Return Poetry's ``^`` and ``~`` constraints as a standard specifier.

    >>> poetry_specifier("^0.12"), poetry_specifier("~1.2.3"), poetry_specifier("1.0")
    ('>=0.12,<0.13', '>=1.2.3,<1.3', '==1.0')
    """
    if "|" in text:
        # Alternatives: no standard specifier says "or"; the widest lower bound is what is sure.
        lows = [
            part for half in re.split(r"\|+", text) for part in poetry_specifier(half).split(",")
        ]
        lows = [part for part in lows if part.startswith(">=")]
        return min(lows, key=_numbers, default="")
    parts = []
    for raw in re.sub(r"\s+(?=[<>=!~^])", ",", re.sub(r"([<>=!~^])\s+", r"\1", text.strip())).split(
        ","
    ):
        raw = raw.strip()  # noqa: PLW2901
        if raw in {"", "*"}:
            continue
        if raw[0] in "^~" and not raw.startswith("~="):
            numbers = [int(n) for n in raw[1:].split(".") if n.isdigit()]
            if not numbers:
                continue
            index = 0 if len(numbers) == 1 else 1
            if raw[0] == "^":
                index = next((i for i, n in enumerate(numbers) if n), len(numbers) - 1)
            upper = [*numbers[:index], numbers[index] + 1]
            parts.append(f">={raw[1:]},<{'.'.join(map(str, upper))}")
        else:
            bare = raw[1:] if raw[0] == "=" and not raw.startswith("==") else raw
            parts.append(bare if bare[:1] in {*"<>=!~"} else f"=={bare}")
    return ",".join(parts)


def _numbers(part: str) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", part)]


def module_folders(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return ``(package, folder)`` pairs in which the build backend looks for modules.

    A pair with an empty package names a folder that holds top-level packages. Only what the file
    spells out is returned; the usual layouts (``src`` and flat) are the caller's to add.
    """
    found: list[tuple[str, str]] = []
    setuptools = _table(data, "tool", "setuptools")
    for package, folder in _table(setuptools, "package-dir").items():
        found.append((package, str(folder)))
    where = _table(setuptools, "packages", "find").get("where")
    found += [("", str(item)) for item in where] if isinstance(where, list) else []
    for path in (("build", "targets", "wheel"), ("build",)):
        hatch = _table(data, "tool", "hatch", *path)
        for item in _strings(hatch.get("packages")):
            found.append(("", item.rpartition("/")[0]))
        sources = hatch.get("sources")
        if isinstance(sources, dict):
            found += [(str(v).replace("/", "."), str(k)) for k, v in sources.items()]
        found += [("", item) for item in _strings(sources)]
        for item, destination in _table(hatch, "force-include").items():
            name = str(destination).strip("/")
            if name.endswith(".py") and str(item).endswith(".py"):
                name = name.removesuffix(".py")  # a single file
            found.append((name.replace("/", "."), str(item)))
    packages = _table(data, "tool", "poetry").get("packages")
    for item in packages if isinstance(packages, list) else []:
        if isinstance(item, dict) and isinstance(item.get("from"), str):
            found.append(("", item["from"]))
    folder_keys: tuple[tuple[tuple[str, ...], str], ...] = (
        (("tool", "pdm", "build"), "package-dir"),
        (("tool", "uv", "build-backend"), "module-root"),
        (("tool", "maturin"), "python-source"),
    )
    for table, key in folder_keys:
        folder = _table(data, *table).get(key)
        if isinstance(folder, str):
            found.append(("", folder))
    scikit = _table(data, "tool", "scikit-build", "wheel").get("packages")
    if isinstance(scikit, dict):
        found += [(str(k).replace("/", "."), str(v)) for k, v in scikit.items()]
    found += [("", item.rpartition("/")[0]) for item in _strings(scikit)]
    return [(package, folder.strip("/").removeprefix("./")) for package, folder in found]


def _strings(value: Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
