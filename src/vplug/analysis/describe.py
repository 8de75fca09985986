"""What one entry point is, for a person to read: definition, signature, classes, registrations."""

from __future__ import annotations

import ast
from dataclasses import replace

from vplug.analysis.ancestry import ancestry
from vplug.analysis.describe_registrations import Told, does_nothing, registrations_of
from vplug.analysis.resolve import Kind, Resolution, Resolver, Status
from vplug.analysis.signatures import docstring_line, signature_of
from vplug.analysis.values import Evaluator, FunctionNode, Instance, Reference, Unsure
from vplug.model import DescribedClass, Description, EntryPoint, Signature


def describe(entry_point: EntryPoint, resolver: Resolver, *, registers: bool) -> Description:
    """Return the description of one entry point.

    Args:
        entry_point: what to describe.
        resolver: over the modules of its target.
        registers: whether its function's registrations are of interest (a general plugin's).
    """
    if not entry_point.is_valid:
        problem = f"{entry_point.value!r} is no object reference"
        return Description(str(Status.MISSING), problem=problem)
    found = resolver.entry_point(entry_point.module, entry_point.attr)
    if found.status is not Status.FOUND:
        return Description(
            str(found.status),
            qualified_name=found.name,
            location=found.at,
            problem=found.reason or f"{found.name} is not here: another distribution's, or missing",
            no_registrations="cannot tell: its function is not here to read" if registers else None,
        )
    evaluator = Evaluator(resolver)
    node = found.node
    returns: list[str] = []
    classes: list[DescribedClass] = []
    told: Told | None = None
    signature: Signature | None = None
    if isinstance(node, ast.ClassDef) and found.module is not None:
        lineage = ancestry(resolver, found.module, node)
        constructor = lineage.method("__init__")
        if constructor is not None:
            signature = signature_of(constructor[1]).without_first()
        classes.append(_class(found, resolver, found.qualified_name))
    elif isinstance(node, FunctionNode) and found.module is not None:
        signature = signature_of(node)
        for _, values in evaluator.returned(found.module, node):
            for value in values:
                returns.append(_show(value))
                if isinstance(value, Instance):
                    classes.append(_class(value.of, resolver, value.of.qualified_name))
                if isinstance(value, str) and "." in value and ":" not in value and not registers:
                    module, _, name = value.rpartition(".")
                    classes.append(_class(resolver.entry_point(module, name), resolver, value))
        if registers:
            told = registrations_of(evaluator, found.module, node)
    described = Description(
        str(found.status),
        str(found.kind) if found.kind is not None else None,
        found.qualified_name,
        found.location,
        signature,
        docstring_line(node) if node is not None else None,
        None,
        tuple(dict.fromkeys(returns)),
        tuple({item.name: item for item in classes}.values()),
    )
    if not registers:
        return described
    if told is None or not isinstance(node, FunctionNode):
        why = f"it is a {found.kind}, and vLLM calls a function"
        return replace(described, no_registrations=f"cannot tell: {why}")
    if does_nothing(node):
        described = replace(described, no_registrations="nothing: its function does nothing")
    return replace(
        described,
        registered=told.registered,
        complete=told.complete,
        elsewhere=told.elsewhere,
        replaces=told.replaces,
    )


def _class(found: Resolution, resolver: Resolver, name: str) -> DescribedClass:
    if found.module is None or not isinstance(found.node, ast.ClassDef):
        problem = found.reason or f"{found.name or name} is not in this distribution"
        if found.status is Status.FOUND:
            told = (
                "computed at run time" if found.kind is Kind.VALUE else f"a {found.kind}, no class"
            )
            problem = f"{found.name or name} is {told}"
        return DescribedClass(name, found.location, problem=problem)
    lineage = ancestry(resolver, found.module, found.node)
    bases = [*lineage.external, *(f"? {doubt.reason}" for doubt in lineage.doubts)]
    bases += [
        f"{module.name}.{node.name}"
        for module, node in lineage.own
        if module.name.partition(".")[0] == "vllm"
    ]
    ours = [base for base in bases if not base.startswith(("typing.", "abc.", "builtins."))]
    return DescribedClass(name, found.location, tuple(ours), docstring_line(found.node))


def _show(value: object) -> str:
    match value:
        case Unsure(reason=reason):
            return f"cannot tell: {reason}"
        case Reference(target=target):
            return target.qualified_name
        case Instance(of=of):
            return f"an instance of {of.qualified_name}"
        case list():
            return f"[{', '.join(map(_show, value))}]"
        case dict():
            items = (f"{_show(key)}: {_show(item)}" for key, item in value.items())
            return f"{{{', '.join(items)}}}"
        case str():
            return f'"{value}"'
        case _:
            return repr(value)
