"""Whether loading a plugin will work, foretold from source alone."""

from __future__ import annotations

import ast
import os
import sys
import warnings
from dataclasses import replace
from pathlib import Path

from vplug.analysis.conditions import ALWAYS
from vplug.analysis.guards import Guard
from vplug.analysis.imported import Import
from vplug.analysis.imports import module_imports
from vplug.analysis.modules import Module, ModuleKind, Source, SyntaxFault
from vplug.analysis.resolve import Resolution, Status, absolute
from vplug.doctor.environment import python_version
from vplug.doctor.forecast import Forecast
from vplug.doctor.raising import Raise, Raising
from vplug.doctor.surroundings import Code, Surroundings
from vplug.doctor.vllm_imports import missing_in_vllm
from vplug.errors import Unreadable
from vplug.model import EntryPoint, Plugin

#: Own modules followed from an entry module; beyond, what they import is not looked at.
_MOST_MODULES = 40


def load_forecast(plugin: Plugin, surroundings: Surroundings) -> Forecast:
    """Return whether ``EntryPoint.load`` will work, as far as source tells.

    What is looked for: a malformed value, a module or attribute that is not there, what modules raise
    at their top level (:class:`Raising`), and a top-level import of something that the environment does
    not have, in the entry module, its parents, the own modules that these import, and the one from which
    its ``__getattr__`` takes the attribute.
    """
    entry_point = plugin.entry_point
    if not entry_point.is_valid:
        return Forecast(False, f"{entry_point.value!r} is no object reference")
    code = surroundings.code(plugin.distribution)
    failure = _import_failure(entry_point.module, code, surroundings)
    if failure is not None:
        return replace(failure, path=whole_path(failure.path, plugin, surroundings))
    found = code.resolver.entry_point(entry_point.module, entry_point.attr)
    lazy = _imported_when_asked(found, entry_point, code)
    failure = _import_failure(lazy, code, surroundings) if lazy is not None else None
    if failure is not None:
        return replace(failure, path=whole_path(failure.path, plugin, surroundings))
    return _resolved(found, entry_point, surroundings)


def _imported_when_asked(found: Resolution, entry_point: EntryPoint, code: Code) -> str | None:
    """The own module that the entry module's ``__getattr__`` surely imports for the attribute, or ``None``.

    One with a ``try`` may catch what that import ends in.
    """
    if found.module is None or not found.module.own or found.conditional or found.alternatives:
        return None
    source = code.finder.find(entry_point.module).source
    top = (entry_point.attr or "").partition(".")[0]
    if not isinstance(source, Source) or not top or source.bindings.get(top):
        return None
    getters = [binding.node for binding in source.bindings.get("__getattr__")]
    if len(getters) != 1 or not isinstance(getters[0], ast.FunctionDef):
        return None
    if any(isinstance(node, ast.Try | ast.TryStar) for node in ast.walk(getters[0])):
        return None
    return found.module.name if found.module.name != entry_point.module else None


def _resolved(found: Resolution, entry_point: EntryPoint, surroundings: Surroundings) -> Forecast:
    if found.status is Status.FOUND:
        return Forecast(True)
    if found.status is Status.MISSING:
        return Forecast(False, found.reason or f"{found.name} is not there")
    if found.status is Status.EXTERNAL:
        top = entry_point.module.partition(".")[0]
        if not surroundings.has_module(top):
            error = f"ModuleNotFoundError: No module named {top!r}"
            if surroundings.has_hooks:
                return Forecast(None, surroundings.hooked(error), hook=True)
            return Forecast(False, error)
        return Forecast(None, f"{found.name or entry_point.module} is another distribution's")
    return Forecast(None, found.reason)


def _import_failure(name: str, code: Code, surroundings: Surroundings) -> Forecast | None:
    parts = name.split(".")
    seen: set[str] = set()
    raising = raising_in(code, surroundings)
    doubt: Forecast | None = None

    def importing(name: str) -> Forecast | None:
        """What importing one module ends in, what it imports in turn first, as Python does it."""
        nonlocal doubt
        if name in seen or len(seen) >= _MOST_MODULES:
            return None
        seen.add(name)
        module = code.finder.find(name)
        if not module.own:
            return None
        source = module.source
        if isinstance(source, Unreadable) and _may_not_read(module):
            shown = module.tree.display(module.path) if module.tree else module.path
            told = f"PermissionError: [Errno 13] Permission denied: {shown!r}"
            return Forecast(False, told, path=module.path)
        if isinstance(source, SyntaxFault) and _parses_alike(surroundings):
            place = source.location
            told = f"SyntaxError: {source.message} ({place.path}:{place.line})"
            return Forecast(False, told, path=place.path, line=place.line)
        if module.kind is not ModuleKind.SOURCE or not isinstance(source, Source):
            return None
        if name in entry and _parses_alike(surroundings):
            fault = _compile_fault(source, module)
            if fault is not None:
                return fault
        for item in _certain(code, module):
            failure = _missing(item, code, surroundings)
            if failure is not None:
                place = item.location
                told = f"{failure} ({place.path}:{place.line})"
                return Forecast(False, told, path=place.path, line=place.line)
            doubt = doubt or _hooked(item, code, surroundings)
            for inner in _own_modules(item, code):
                failure_there = importing(inner)
                if failure_there is not None:
                    return failure_there
        raised = raising.importing(module, source.tree.body)
        if raised is not None and raised.is_sure:
            told = f"{raised} ({raised.path}:{raised.line}, when it is imported)"
            return Forecast(False, told, raised.ends_process, raised.path, raised.line)
        if raised is not None and doubt is None:
            doubt = Forecast(None, f"importing it {may_raise(raised)}")
        return None

    entry = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    for part in entry:
        found = importing(part)
        if found is not None:
            return found
    return doubt


def _may_not_read(module: Module) -> bool:
    """Whether importing the module ends in a denied permission: no compiled file stands in for it."""
    if module.tree is None or not module.path:
        return False
    path = Path(module.tree.display(module.path))
    if not path.is_file() or os.access(path, os.R_OK):
        return False
    return not any((path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"))


def _compile_fault(source: Source, module: Module) -> Forecast | None:
    """What Python finds wrong only when it compiles: a ``return`` outside a function, and the like."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source.tree, module.path, "exec", dont_inherit=True)
    except SyntaxError as error:
        told = f"SyntaxError: {error.msg} ({module.path}:{error.lineno})"
        return Forecast(False, told, path=module.path, line=error.lineno)
    except (ValueError, RecursionError):
        return None
    return None


def _parses_alike(surroundings: Surroundings) -> bool:
    """Whether what this Python does not parse, the environment's does not either: it is none newer."""
    version = python_version(surroundings.environment)
    if surroundings.environment.running:
        return True
    numbers = [int(part) for part in (version or "").split(".")[:2] if part.isdigit()]
    return len(numbers) == 2 and tuple(numbers) <= sys.version_info[:2]


def may_raise(raised: Raise) -> str:
    """Return a clause on an exception that code may end in."""
    return f"may raise {raised.name} ({raised.path}:{raised.line})"


def raising_in(code: Code, surroundings: Surroundings) -> Raising:
    """Return what follows the exceptions of a distribution's code."""

    def failing(module: Module, statement: ast.stmt) -> str | None:
        """The exception that an import, guarded or not, ends in."""
        if isinstance(statement, ast.ImportFrom) and statement.level:
            if absolute(module, statement.module or "", statement.level) is None:
                return "ImportError: attempted relative import beyond the top-level package"
        imports = module_imports(code.resolver, module)
        for item in imports.top:
            if item.location.line == statement.lineno:
                failure = _missing(item, code, surroundings)
                if failure is not None:
                    return failure
        for items in imports.functions.values():
            for item in items:
                if item.location.line == statement.lineno:
                    failure = _missing(item, code, surroundings) or beneath(item)
                    if failure is not None:
                        return failure
        return None

    #: What importing an own module ends in; ``None`` also while that is being found out.
    known: dict[str, str | None] = {}

    def beneath(item: Import) -> str | None:
        """The exception in an own module that an import inside a function runs."""
        if any(name not in known for name in _own_modules(item, code)):
            for name in _own_modules(item, code):
                if name not in known:
                    known[name] = None
                    found = _import_failure(name, code, surroundings)
                    known[name] = found.reason if found and found.loads is False else None
        return next((known[name] for name in _own_modules(item, code) if known[name]), None)

    return surroundings.raising(
        code, lambda: Raising(code.resolver, code.evaluator, surroundings.variables, failing)
    )


def _own_modules(item: Import, code: Code) -> list[str]:
    """The own modules that an import runs: those above the module, it, and a submodule taken by name."""
    if not code.finder.find(item.module).own:
        return []
    parts = item.module.split(".")
    names = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    if item.name is not None:
        inner = code.finder.find(f"{item.module}.{item.name}")
        names += [inner.name] if inner.kind is ModuleKind.SOURCE else []
    return names


def _certain(code: Code, module: Module) -> list[Import]:
    """The imports that importing a module runs in any case, and whose failure nothing catches."""
    return [
        item
        for item in module_imports(code.resolver, module).top
        if item.condition == ALWAYS and item.guard is Guard.NONE
    ]


def _missing(item: Import, code: Code, surroundings: Surroundings) -> str | None:
    """The exception an import ends in, where that is sure."""
    found = code.finder.find(item.module)
    if found.kind is ModuleKind.EXTERNAL:
        top = item.module.partition(".")[0]
        if surroundings.has_module(top) or surroundings.has_hooks or not top:
            return None
        return f"ModuleNotFoundError: No module named {top!r}"
    if item.is_vllm:
        return missing_in_vllm(item, code, surroundings)
    lack = code.own_imports.lack(item)
    return lack.error if lack is not None and not lack.doubt else None


def _hooked(item: Import, code: Code, surroundings: Surroundings) -> Forecast | None:
    """The doubt over an import of what is not there, where a hook that was not run may add it."""
    top = item.module.partition(".")[0]
    if not top or not surroundings.has_hooks or surroundings.has_module(top):
        return None
    if code.finder.find(item.module).kind is not ModuleKind.EXTERNAL or item.is_vllm:
        return None
    place = item.location
    error = f"ModuleNotFoundError: No module named {top!r} ({place.path}:{place.line})"
    return Forecast(None, surroundings.hooked(error), path=place.path, line=place.line, hook=True)


def whole_path(path: str | None, plugin: Plugin, surroundings: Surroundings) -> str | None:
    """Return a member's path as a person opens it."""
    if path is None or Path(path).is_absolute():
        return path
    return surroundings.target(plugin.distribution).tree.display(path)
