"""The classes that a platform surely has vLLM use: its worker and its scheduler, set by name.

vLLM calls a platform's ``check_and_update_config`` whenever it makes a configuration (``vllm/config.py``,
``vllm/config/__init__.py`` in 0.11.0, ``vllm/config/vllm.py`` since 0.11.1), and makes what then stands in
``parallel_config.worker_cls`` and ``scheduler_config.scheduler_cls``. ``worker_cls`` is ``"auto"`` where
the person says nothing (``vllm/config.py``, later ``vllm/config/parallel.py``, 0.7.0 to 0.33.0).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from vplug.analysis.ancestry import ancestry
from vplug.analysis.modules import Module
from vplug.analysis.resolve import Resolver

_SET_IN = "check_and_update_config"
_ATTRIBUTES = ("worker_cls", "scheduler_cls")

#: Classes with the modules in which they stand.
Classes = list[tuple[Module, ast.ClassDef]]


def given_classes(
    platforms: Iterable[tuple[Module, ast.ClassDef]], resolver: Resolver
) -> Iterator[Classes]:
    """Yield sets of own classes of each of which vLLM surely uses one.

    Nothing where a way through the platform's function sets none, or one that cannot be read.

    Args:
        platforms: the classes that vLLM makes of the plugin.
        resolver: over the target's modules.
    """
    for module, node in platforms:
        found = ancestry(resolver, module, node).method(_SET_IN)
        if found is None:
            continue
        for attribute in _ATTRIBUTES:
            if not _surely(found[1].body, attribute):
                continue
            names = [text for value in _values(found[1], attribute) for text in _texts(value)]
            classes = [_class(name, resolver) for name in names]
            known = [item for item in classes if item is not None]
            if known and len(known) == len(classes):
                yield known


def _surely(body: list[ast.stmt], attribute: str) -> bool:
    """Whether every way through statements that ends well sets an attribute."""
    for statement in body:
        match statement:
            case ast.Raise():
                return True
            case ast.Return():
                return False
            case ast.If(test=test) if _without_model(test) or _of_another_device(test):
                continue
            case ast.If(test=test, body=then, orelse=other):
                if _surely(then, attribute) and (
                    _is_default(test, attribute) or _surely(other, attribute)
                ):
                    return True
                if any(isinstance(child, ast.Return) for child in ast.walk(statement)):
                    return False
            case ast.With(body=inner):
                if _surely(inner, attribute):
                    return True
            case _ if _sets(statement, attribute) is not None:
                return True
            case _:
                if any(isinstance(child, ast.Return) for child in ast.walk(statement)):
                    return False
    return False


def _is_default(test: ast.expr, attribute: str) -> bool:
    """Whether a test asks that nobody has set the attribute: ``….worker_cls == "auto"``.

    That the object is there, ``config and config.worker_cls == "auto"``, it may ask besides.
    """
    match test:
        case ast.BoolOp(op=ast.And(), values=[*owners, ast.Compare(left=asked) as last]):
            owner = ast.dump(asked.value) if isinstance(asked, ast.Attribute) else None
            return _is_default(last, attribute) and all(
                ast.dump(_without_none(part)) == owner for part in owners
            )
        case ast.Compare(
            left=ast.Attribute(attr=name), ops=[ast.Eq()], comparators=[ast.Constant(value="auto")]
        ):
            return name == attribute
    return False


def _without_none(test: ast.expr) -> ast.expr:
    """What ``… is not None`` asks of; any other test as it is."""
    match test:
        case ast.Compare(left=left, ops=[ast.IsNot()], comparators=[ast.Constant(value=None)]):
            return left
    return test


def _without_model(test: ast.expr) -> bool:
    """Whether a test asks that there is no model: such a configuration is no engine's."""
    match test:
        case ast.Compare(left=what, ops=[ast.Is()], comparators=[ast.Constant(value=None)]):
            pass
        case ast.UnaryOp(op=ast.Not(), operand=what):
            pass
        case _:
            return False
    return "model_config" in (getattr(what, "attr", ""), getattr(what, "id", ""))


def _of_another_device(test: ast.expr) -> bool:
    """Whether a test asks for a device that is not the platform's: ``… != cls.device_type``.

    ``DeviceConfig`` takes the platform's own where the person names none (``vllm/config/device.py``,
    ``vllm/config.py`` before), and the platform is asked because it is the one in use.
    """
    match test:
        case ast.BoolOp(op=ast.And(), values=parts):
            return any(_of_another_device(part) for part in parts)
        case ast.Compare(
            ops=[ast.NotEq()],
            comparators=[ast.Attribute(value=ast.Name(id="cls" | "self"), attr="device_type")],
        ):
            return True
    return False


def _sets(node: ast.AST, attribute: str) -> ast.expr | None:
    match node:
        case ast.Assign(targets=[ast.Attribute(attr=name)], value=value) if name == attribute:
            return value
    return None


def _values(function: ast.AST, attribute: str) -> list[ast.expr]:
    """What a function sets an attribute to; a local name counts as all that it is assigned."""
    found: list[ast.expr] = []
    for child in ast.walk(function):
        value = _sets(child, attribute)
        if isinstance(value, ast.Name):
            held = [
                node.value
                for node in ast.walk(function)
                if isinstance(node, ast.Assign)
                and any(isinstance(t, ast.Name) and t.id == value.id for t in node.targets)
            ]
            found += held or [value]
        elif value is not None:
            found.append(value)
    return found


def _texts(value: ast.expr) -> list[str | None]:
    """The texts that an expression may be; ``None`` among them for what only running tells."""
    match value:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=body, orelse=orelse):
            return [*_texts(body), *_texts(orelse)]
        case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
            return _texts(inner)
        case ast.JoinedStr(values=parts):
            joined: list[str | None] = [""]
            for part in parts:
                joined = [_both(before, after) for before in joined for after in _texts(part)]
            return joined
    return [None]


def _both(before: str | None, after: str | None) -> str | None:
    return None if before is None or after is None else before + after


def _class(name: str | None, resolver: Resolver) -> tuple[Module, ast.ClassDef] | None:
    module_name, _, leaf = (name or "").rpartition(".")
    if not module_name:
        return None
    found = resolver.imported(module_name, leaf)
    if found.module is None or not found.module.own or not isinstance(found.node, ast.ClassDef):
        return None
    return found.module, found.node
