"""What loading a plugin and asking a platform plugin will give, foretold from source alone."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from vplug.analysis.callnames import CallNames
from vplug.analysis.conditions import ALWAYS
from vplug.analysis.guards import Guard
from vplug.analysis.imports import Import, module_imports
from vplug.analysis.modules import Module, ModuleKind, Source
from vplug.analysis.resolve import Kind, Resolution, Status
from vplug.analysis.values import FunctionNode, Unsure
from vplug.doctor.forecast import Forecast
from vplug.doctor.leaning import leaning_call
from vplug.doctor.raising import Raise, Raising
from vplug.doctor.surroundings import Code, Surroundings
from vplug.model import Answer, AnswerKind, EntryPoint, Plugin

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
        return replace(failure, path=_whole(failure.path, plugin, surroundings))
    found = code.resolver.entry_point(entry_point.module, entry_point.attr)
    lazy = _imported_when_asked(found, entry_point, code)
    failure = _import_failure(lazy, code, surroundings) if lazy is not None else None
    if failure is not None:
        return replace(failure, path=_whole(failure.path, plugin, surroundings))
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
        if not surroundings.has_module(top) and not surroundings.has_hooks:
            return Forecast(False, f"ModuleNotFoundError: No module named {top!r}")
        return Forecast(None, f"{found.name or entry_point.module} is another distribution's")
    return Forecast(None, found.reason)


def _import_failure(name: str, code: Code, surroundings: Surroundings) -> Forecast | None:
    parts = name.split(".")
    waiting = [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
    seen: set[str] = set()
    raising = _raising(code, surroundings)
    doubt: Forecast | None = None
    while waiting and len(seen) < _MOST_MODULES:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        module = code.finder.find(name)
        if not module.own:
            continue
        source = module.source
        if module.kind is not ModuleKind.SOURCE or not isinstance(source, Source):
            continue
        for item in _certain(code, module):
            failure = _missing(item, code, surroundings)
            if failure is not None:
                place = item.location
                told = f"{failure} ({place.path}:{place.line})"
                return Forecast(False, told, path=place.path, line=place.line)
            waiting += _own_modules(item, code)
        raised = raising.importing(module, source.tree.body)
        if raised is not None and raised.is_sure:
            told = f"{raised} ({raised.path}:{raised.line}, when it is imported)"
            return Forecast(False, told, raised.ends_process, raised.path, raised.line)
        if raised is not None and doubt is None:
            doubt = Forecast(None, f"importing it {_may(raised)}")
    return doubt


def _may(raised: Raise) -> str:
    return f"may raise {raised.name} ({raised.path}:{raised.line})"


def _raising(code: Code, surroundings: Surroundings) -> Raising:
    def failing(module: Module, statement: ast.stmt) -> str | None:
        """The exception that an import, guarded or not, ends in."""
        imports = module_imports(code.resolver, module)
        for items in (imports.top, *imports.functions.values()):
            for item in items:
                if item.location.line == statement.lineno:
                    failure = _missing(item, code, surroundings)
                    if failure is not None:
                        return failure
        return None

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
    lack = code.own_imports.lack(item)
    return lack.error if lack is not None and not lack.doubt else None


def platform_answer(plugin: Plugin, surroundings: Surroundings) -> Answer:
    """Return what a platform plugin's function will answer, as far as its source tells.

    A function that returns on one path and answers ``None`` on another is "cannot tell": which path
    runs is the machine's matter.
    """
    forecast = load_forecast(plugin, surroundings)
    if forecast.loads is False:
        return Answer(
            AnswerKind.NOT_LOADED,
            reason=forecast.reason,
            path=forecast.path,
            line=forecast.line,
        )
    if forecast.loads is None:
        return Answer(AnswerKind.UNKNOWN, reason=forecast.reason)
    code = surroundings.code(plugin.distribution)
    found = code.resolver.entry_point(plugin.entry_point.module, plugin.entry_point.attr)
    if found.kind is Kind.FUNCTION and found.module is not None:
        node = found.node
        if isinstance(node, FunctionNode) and not found.conditional and not found.alternatives:
            answer = _function_answer(found.module, node, code, surroundings)
            return replace(answer, path=_whole(answer.path, plugin, surroundings))
        return Answer(AnswerKind.UNKNOWN, reason="defined differently on different paths")
    if found.kind is Kind.MODULE:
        return Answer(AnswerKind.NOT_CALLABLE, reason="it is a module")
    if found.kind is Kind.CLASS:
        return Answer(
            AnswerKind.ODD, value="an instance", reason="it is a class: called, it gives one"
        )
    return Answer(AnswerKind.UNKNOWN, reason="its target is a value computed at run time")


def call_forecast(plugin: Plugin, surroundings: Surroundings) -> Forecast | None:
    """Return what calling a plugin's function surely ends in; ``None`` where it may well return.

    What is looked at is a plain function that is bound once: what it raises itself, and what the
    package's own functions raise that it surely calls.
    """
    code = surroundings.code(plugin.distribution)
    found = code.resolver.entry_point(plugin.entry_point.module, plugin.entry_point.attr)
    node, module = found.node, found.module
    if (
        found.kind is not Kind.FUNCTION
        or module is None
        or not isinstance(node, FunctionNode)
        or found.owner is not None
        or found.conditional
        or found.alternatives
    ):
        return None
    path = _whole(module.path, plugin, surroundings)
    if _needs_arguments(node) and not getattr(node, "decorator_list", ()):
        reason = "TypeError: it needs arguments and gets none"
        return Forecast(False, reason, path=path, line=node.lineno)
    raised = _raising(code, surroundings).calling(module, node)
    if raised is None or not raised.is_sure:
        return None
    path = _whole(raised.path, plugin, surroundings)
    return Forecast(False, str(raised), raised.ends_process, path, raised.line)


def _whole(path: str | None, plugin: Plugin, surroundings: Surroundings) -> str | None:
    """A member's path as a person opens it."""
    if path is None or Path(path).is_absolute():
        return path
    return surroundings.target(plugin.distribution).tree.display(path)


def _function_answer(
    module: Module, node: FunctionNode, code: Code, surroundings: Surroundings
) -> Answer:
    if isinstance(node, ast.AsyncFunctionDef):
        return Answer(AnswerKind.ODD, value="a coroutine", reason="it is an async function")
    if _needs_arguments(node):
        reason = "TypeError: it needs arguments and gets none"
        return Answer(AnswerKind.RAISED, reason=reason, path=module.path, line=node.lineno)
    raised = _raising(code, surroundings).calling(module, node)
    if raised is not None and raised.is_sure:
        return Answer(AnswerKind.RAISED, reason=str(raised), path=raised.path, line=raised.line)
    given = code.evaluator.returned(module, node)
    values = [value for _, values in given for value in values]
    kinds = [_kind(value) for value in values]
    if raised is not None and (raised.ends_process or set(kinds) != {AnswerKind.NONE}):
        return Answer(AnswerKind.UNKNOWN, reason=f"it {_may(raised)}")
    doubt = next((value for value in values if isinstance(value, Unsure)), None)
    if doubt is not None:
        return Answer(AnswerKind.UNKNOWN, reason=doubt.reason)
    if len(set(kinds)) == 1:
        value = values[0]
        leans = leaning_call(CallNames(code.evaluator), module, node, surroundings.versions)
        if leans is not None and value is not None:
            name = getattr(node, "name", "the function")
            reason = f"if what {name}() calls succeeds ({leans.path}:{leans.line}, {leans.name})"
            text = value if isinstance(value, str) else None
            return Answer(
                AnswerKind.UNKNOWN, value=text, reason=reason, path=leans.path, line=leans.line
            )
        if kinds[0] is AnswerKind.CLASS:
            names = {value for value in values if isinstance(value, str)}
            return Answer(AnswerKind.CLASS, value=str(value) if len(names) == 1 else None)
        return Answer(kinds[0], value=None if value is None else repr(value))
    places = _places(given, node)
    told = "; ".join(
        f"{value} at {module.path}:{', '.join(map(str, lines))}" for value, lines in places.items()
    )
    reason = f"it answers differently on different paths ({told})"
    line = next(iter(places.values()))[0]
    return Answer(AnswerKind.UNKNOWN, reason=reason, path=module.path, line=line)


def _places(
    given: Sequence[tuple[ast.AST, Sequence[object]]], function: FunctionNode
) -> dict[str, list[int]]:
    """Each answer of a function with the lines of its ``return`` statements, in their order.

    One that stands for the end of the function has the function's last line.
    """
    found: dict[str, list[int]] = {}
    for node, values in given:
        line = getattr(node, "lineno", 0)
        if node is function:
            line = getattr(node, "end_lineno", None) or line
        for value in values:
            lines = found.setdefault(str(value), [])
            if line not in lines:
                lines.append(line)
    return found


def _kind(value: object) -> AnswerKind:
    if isinstance(value, Unsure):
        return AnswerKind.UNKNOWN
    if value is None:
        return AnswerKind.NONE
    return AnswerKind.CLASS if isinstance(value, str) else AnswerKind.ODD


def instance_failure(
    entry_point: EntryPoint, plugin: Plugin, surroundings: Surroundings
) -> str | None:
    """Return the exception that making an instance of a class surely ends in, or ``None``.

    Args:
        entry_point: names the class.
        plugin: whose distribution holds it.
        surroundings: the environment.
    """
    code = surroundings.code(plugin.distribution)
    found = code.resolver.entry_point(entry_point.module, entry_point.attr)
    if found.kind is Kind.VALUE and isinstance(found.node, ast.Constant):
        return f"TypeError: {entry_point.module}.{entry_point.attr} is no class"
    if (
        found.kind is not Kind.CLASS
        or found.module is None
        or not isinstance(found.node, ast.ClassDef)
    ):
        return None
    for statement in found.node.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "__init__":
            raised = _raising(code, surroundings).calling(found.module, statement)
            return str(raised) if raised is not None and raised.is_sure else None
    return None


def _needs_arguments(node: FunctionNode) -> bool:
    args = node.args
    positional = len(args.posonlyargs) + len(args.args) - len(args.defaults)
    keywords = sum(default is None for default in args.kw_defaults)
    return positional + keywords > 0
