"""What calling a plugin's function, or asking a platform plugin's, will give, foretold from source alone."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from vplug.analysis.callnames import CallNames
from vplug.analysis.modules import Module, Source
from vplug.analysis.resolve import Kind, Resolution
from vplug.analysis.values import FunctionNode, Instance, Reference, Unsure
from vplug.doctor.forecast import Forecast
from vplug.doctor.foretell import load_forecast, may_raise, raising_in, whole_path
from vplug.doctor.leaning import leaning_call
from vplug.doctor.raising import is_plain
from vplug.doctor.surroundings import Code, Surroundings
from vplug.model import Answer, AnswerKind, EntryPoint, Plugin


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
            ends_process=forecast.ends_process,
        )
    if forecast.loads is None:
        return Answer(AnswerKind.UNKNOWN, reason=forecast.reason)
    code = surroundings.code(plugin.distribution)
    found = code.resolver.entry_point(plugin.entry_point.module, plugin.entry_point.attr)
    if found.kind is Kind.FUNCTION and found.module is not None:
        node = found.node
        if isinstance(node, FunctionNode) and not found.conditional and not found.alternatives:
            answer = _function_answer(found.module, node, code, surroundings, found.owner)
            return replace(answer, path=whole_path(answer.path, plugin, surroundings))
        return Answer(AnswerKind.UNKNOWN, reason="defined differently on different paths")
    if found.kind is Kind.MODULE:
        return Answer(AnswerKind.NOT_CALLABLE, reason="it is a module")
    if found.kind is Kind.CLASS:
        return _class_answer(found, code, surroundings)
    return Answer(AnswerKind.UNKNOWN, reason="its target is a value computed at run time")


def _class_answer(found: Resolution, code: Code, surroundings: Surroundings) -> Answer:
    """What calling a class gives: an instance, unless its making is its own matter."""
    node, module = found.node, found.module
    own_matter = Answer(
        AnswerKind.UNKNOWN, reason="it is a class whose making only running can tell"
    )
    if not isinstance(node, ast.ClassDef) or module is None or found.conditional:
        return own_matter
    plain = all(ast.unparse(base) == "object" for base in node.bases)
    if not plain or node.keywords or node.decorator_list or _method(node, "__new__") is not None:
        return own_matter
    failure = _making_failure(module, node, code, surroundings)
    if failure is not None:
        return Answer(AnswerKind.RAISED, reason=failure, path=module.path, line=node.lineno)
    return Answer(AnswerKind.ODD, value="an instance", reason="it is a class: called, it gives one")


def _method(node: ast.ClassDef, name: str) -> ast.FunctionDef | None:
    found = [item for item in node.body if isinstance(item, ast.FunctionDef) and item.name == name]
    return found[-1] if found else None


def _making_failure(
    module: Module, node: ast.ClassDef, code: Code, surroundings: Surroundings
) -> str | None:
    """The exception that making an instance without arguments surely ends in, or ``None``."""
    method = _method(node, "__init__")
    if method is None:
        return None
    if not method.decorator_list and _needs_arguments(method, given=1):
        return f"TypeError: {node.name}.__init__() needs arguments and gets none"
    raised = raising_in(code, surroundings).calling(module, method)
    return str(raised) if raised is not None and raised.is_sure else None


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
    path = whole_path(module.path, plugin, surroundings)
    if _needs_arguments(node) and not getattr(node, "decorator_list", ()):
        reason = "TypeError: it needs arguments and gets none"
        return Forecast(False, reason, path=path, line=node.lineno)
    raised = raising_in(code, surroundings).calling(module, node)
    if raised is None or not raised.is_sure:
        return None
    path = whole_path(raised.path, plugin, surroundings)
    return Forecast(False, str(raised), raised.ends_process, path, raised.line)


def _function_answer(
    module: Module,
    node: FunctionNode,
    code: Code,
    surroundings: Surroundings,
    owner: ast.ClassDef | None = None,
) -> Answer:
    if not isinstance(node, ast.Lambda) and not is_plain(node):
        names = ", ".join(f"@{ast.unparse(item)}" for item in node.decorator_list)
        return Answer(
            AnswerKind.UNKNOWN,
            reason=f"{names} may answer for it",
            path=module.path,
            line=node.lineno,
        )
    if isinstance(node, ast.AsyncFunctionDef):
        return Answer(AnswerKind.ODD, value="a coroutine", reason="it is an async function")
    if _needs_arguments(node, given=int(owner is not None and _is_class_method(node))):
        reason = "TypeError: it needs arguments and gets none"
        return Answer(AnswerKind.RAISED, reason=reason, path=module.path, line=node.lineno)
    raised = raising_in(code, surroundings).calling(module, node)
    if raised is not None and raised.is_sure:
        return Answer(
            AnswerKind.RAISED,
            reason=str(raised),
            path=raised.path,
            line=raised.line,
            ends_process=raised.ends_process,
        )
    rebound = _rebound(module, node)
    if rebound is not None:
        return Answer(AnswerKind.UNKNOWN, reason=f"{rebound} is bound anew when functions run")
    given = code.evaluator.returned(module, node)
    values = [value for _, values in given for value in values]
    kinds = [_kind(value) for value in values]
    if raised is not None and (raised.ends_process or set(kinds) != {AnswerKind.NONE}):
        return Answer(AnswerKind.UNKNOWN, reason=f"it {may_raise(raised)}")
    doubt = next((value for value in values if _kind(value) is AnswerKind.UNKNOWN), None)
    if doubt is not None:
        reason = doubt.reason if isinstance(doubt, Unsure) else f"it answers {_shown(doubt)}"
        return Answer(AnswerKind.UNKNOWN, reason=reason)
    if len(set(kinds)) == 1:
        value = values[0]
        leans = leaning_call(CallNames(code.evaluator), module, node, surroundings.versions)
        if leans is not None and value is not None:
            name = getattr(node, "name", "the function")
            what = "importing it runs" if leans.at_import else f"{name}() calls"
            reason = f"if what {what} succeeds ({leans.path}:{leans.line}, {leans.name})"
            text = value if isinstance(value, str) else None
            return Answer(
                AnswerKind.UNKNOWN, value=text, reason=reason, path=leans.path, line=leans.line
            )
        if kinds[0] is AnswerKind.CLASS:
            texts = {text for text in values if isinstance(text, str)}
            return Answer(AnswerKind.CLASS, value=str(value) if len(texts) == 1 else None)
        return Answer(kinds[0], value=None if value is None else _shown(value))
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
            lines = found.setdefault(value if isinstance(value, str) else _shown(value), [])
            if line not in lines:
                lines.append(line)
    return found


def _shown(value: object) -> str:
    """A value that is no text, as a person reads it."""
    if isinstance(value, Instance):
        return f"an instance of {value.of.name}"
    if isinstance(value, Reference):
        kind = value.target.kind or "object"
        return f"the {kind} {value.target.qualified_name}"
    return repr(value)


def _is_class_method(node: FunctionNode) -> bool:
    return any(
        isinstance(item, ast.Name) and item.id == "classmethod"
        for item in getattr(node, "decorator_list", ())
    )


def _rebound(module: Module, function: FunctionNode) -> str | None:
    """The name of the module's that the function reads and some function of the module binds anew."""
    source = module.source
    if not isinstance(source, Source) or "global " not in source.text:
        return None
    bound = {
        name
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Global)
        for name in node.names
    }
    read = (
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )
    return next((name for name in read if name in bound), None)


def _kind(value: object) -> AnswerKind:
    # A class of text, or one that is made in its own way, may give what vLLM takes for a name.
    if isinstance(value, Unsure) or (
        isinstance(value, Instance)
        and isinstance(value.of.node, ast.ClassDef)
        and (value.of.node.bases or _method(value.of.node, "__new__"))
    ):
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
    if found.kind is Kind.FUNCTION and not found.conditional and not found.alternatives:
        forecast = call_forecast(replace(plugin, entry_point=entry_point), surroundings)
        return forecast.reason if forecast is not None else None
    if found.kind is Kind.VALUE and isinstance(found.node, ast.Constant):
        return f"TypeError: {entry_point.module}.{entry_point.attr} is no class"
    if (
        found.kind is not Kind.CLASS
        or found.module is None
        or not isinstance(found.node, ast.ClassDef)
    ):
        return None
    return _making_failure(found.module, found.node, code, surroundings)


def _needs_arguments(node: FunctionNode, given: int = 0) -> bool:
    """Whether a call without arguments fails; ``given`` are filled in by Python: ``self``, ``cls``."""
    args = node.args
    positional = max(0, len(args.posonlyargs) + len(args.args) - len(args.defaults) - given)
    keywords = sum(default is None for default in args.kw_defaults)
    return positional + keywords > 0
