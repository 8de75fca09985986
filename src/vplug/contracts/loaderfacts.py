"""How a release's loader behaves: the groups it reads, its platforms, what it hands an IO processor."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from vplug.contracts.package import Package
from vplug.contracts.surface import LoaderSurface

_GROUP = re.compile(r"vllm\.[a-z][a-z_]*")
#: A file that reads entry points says one of these words; parsing only such files saves seconds.
_READS = (b"entry_points", b"load_plugins_by_group", b"_GROUP")


def loader_surface(package: Package, files: Mapping[str, bytes]) -> LoaderSurface:
    """Return what can be told of the loader from syntax trees and the project's metadata."""
    return LoaderSurface(
        sorted(_groups(package, files)),
        sorted(_platforms(package)),
        _io_processor_arguments(package),
        _requires_python(files),
        [
            f"{what} {how}"
            for what, module, function, call in _CAUGHT
            if (how := _caught(package, module, function, call)) is not None
        ],
    )


#: What may fail, and where vLLM does it: module, function, the name called.
_CAUGHT = (
    ("load", "vllm.plugins", "load_plugins_by_group", "load"),
    ("general-call", "vllm.plugins", "load_general_plugins", "func"),
    ("platform-call", "vllm.platforms", "resolve_current_platform_cls_qualname", "func"),
    ("io-processor-call", "vllm.plugins.io_processors", "get_io_processor", "func"),
    (
        "logits-processor-load",
        "vllm.v1.sample.logits_processor",
        "_load_logitsprocs_plugins",
        "load",
    ),
    ("endpoint-call", "vllm.plugins", "load_endpoint_plugins", "factory"),
)
_LEVELS = ("debug", "info", "warning", "error", "exception")


def _caught(package: Package, module: str, function: str, call: str) -> str | None:
    """Return what becomes of a failing call: ``not-caught``, ``silent``, ``raises`` or log levels.

    ``None`` where the release has no such function or call.
    """
    if module not in package.modules:
        return None
    for node in ast.walk(package.tree(module)):
        if isinstance(node, ast.FunctionDef) and node.name == function:
            for child in ast.walk(node):
                if isinstance(child, ast.Try) and _calls(child.body, call):
                    return _handling(child)
            return "not-caught" if _calls(node.body, call) else None
    return None


def _calls(body: list[ast.stmt], name: str) -> bool:
    return any(
        isinstance(child, ast.Call) and _called(child) == name
        for statement in body
        for child in ast.walk(statement)
    )


def _handling(node: ast.Try) -> str:
    inside = [child for handler in node.handlers for child in ast.walk(handler)]
    if any(isinstance(child, ast.Raise) for child in inside):
        return "raises"
    named = {child.attr for child in inside if isinstance(child, ast.Attribute)}
    return "/".join(level for level in _LEVELS if level in named) or "silent"


def _groups(package: Package, files: Mapping[str, bytes]) -> set[str]:
    """Return the strings given to the functions that read entry points, constants followed.

    A group may be a constant of another module (`STAT_LOGGER_PLUGINS_GROUP`), so constants named
    ``*_GROUP`` are gathered over all modules that read entry points, and taken where one is used.
    """
    constants: dict[str, str] = {}
    used: set[str] = set()
    for module, path in package.modules.items():
        source = files.get(path, b"")
        if not any(word in source for word in _READS):
            continue
        tree = package.tree(module)
        for node in tree.body:
            match node:
                case ast.Assign(
                    targets=[ast.Name(id=name)], value=ast.Constant(value=str(value))
                ) if name.endswith("_GROUP") and _GROUP.fullmatch(value):
                    constants[name] = value
                case _:
                    continue
        for child in ast.walk(tree):
            if isinstance(child, ast.Call) and _called(child) in (
                "entry_points",
                "load_plugins_by_group",
            ):
                arguments = [*child.args, *(keyword.value for keyword in child.keywords)]
                for argument in arguments:
                    match argument:
                        case ast.Constant(value=str(value)) if _GROUP.fullmatch(value):
                            used.add(value)
                        case ast.Name(id=name) | ast.Attribute(attr=name):
                            used.add(name)
                        case _:
                            continue
    return {constants.get(name, name) for name in used if name in constants or "." in name}


def _called(node: ast.Call) -> str:
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _platforms(package: Package) -> Iterator[str]:
    """Yield the keys of ``builtin_platform_plugins``."""
    if "vllm.platforms" not in package.modules:
        return
    for node in package.tree("vllm.platforms").body:
        match node:
            case (
                ast.Assign(
                    targets=[ast.Name(id="builtin_platform_plugins")], value=ast.Dict(keys=keys)
                )
                | ast.AnnAssign(
                    target=ast.Name(id="builtin_platform_plugins"), value=ast.Dict(keys=keys)
                )
            ):
                for key in keys:
                    if isinstance(key, ast.Constant) and isinstance(key.value, str):
                        yield key.value
            case _:
                continue


def _io_processor_arguments(package: Package) -> list[str]:
    """Return what ``get_io_processor`` gives the class it resolved: the call in its return."""
    module = "vllm.plugins.io_processors"
    if module not in package.modules:
        return []
    for node in ast.walk(package.tree(module)):
        match node:
            case ast.FunctionDef(name="get_io_processor"):
                for child in ast.walk(node):
                    match child:
                        case ast.Return(
                            value=ast.Call(
                                func=ast.Name()
                                | ast.Call(func=ast.Name(id="resolve_obj_by_qualname")),
                                args=args,
                                keywords=extra,
                            )
                        ):
                            given = [ast.unparse(argument) for argument in args]
                            named = [f"{k.arg}={ast.unparse(k.value)}" for k in extra]
                            return [text.replace(" ", "") for text in [*given, *named]]
                        case _:
                            continue
            case _:
                continue
    return []


def _requires_python(files: Mapping[str, bytes]) -> str:
    for name in ("PKG-INFO", "METADATA"):
        if name in files:
            found = re.search(rb"^Requires-Python:\s*(\S.*?)\s*$", files[name], re.M)
            if found:
                return found[1].decode("utf-8", "replace").replace(" ", "")
    if "pyproject.toml" in files:
        import tomllib

        try:
            data = tomllib.loads(files["pyproject.toml"].decode("utf-8", "replace"))
        except tomllib.TOMLDecodeError:
            return ""
        required = data.get("project", {}).get("requires-python")
        return required.replace(" ", "") if isinstance(required, str) else ""
    return ""
