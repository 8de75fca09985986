"""Signatures as one line of text and back: names, kinds and whether defaulted; nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vplug.model import Parameter, ParameterKind, Signature

if TYPE_CHECKING:
    import ast

#: What stands for a default: its text would be vLLM's code.
_DEFAULT = "…"


def bare(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Signature:
    """Return the signature of ``node`` without annotations, defaults shown as ``…``."""
    # Not at the top: looking something up in a store parses no Python.
    from vplug.analysis.signatures import shape_of

    return shape_of(node)


def to_text(signature: Signature) -> str:
    """Return ``signature`` as text, ``async`` first where it is."""
    return f"async {signature}" if signature.is_async else str(signature)


def from_text(text: str) -> Signature:
    """Return the signature that :func:`to_text` wrote.

    Raises:
        ValueError: ``text`` is no such signature.
    """
    body = text.removeprefix("async ")
    if not (body.startswith("(") and body.endswith(")")):
        raise ValueError(f"{text!r} is no signature")
    parameters: list[Parameter] = []
    kind = ParameterKind.POSITIONAL_OR_KEYWORD
    for word in body[1:-1].split(", ") if body != "()" else ():
        if word == "/":
            parameters = [
                Parameter(p.name, ParameterKind.POSITIONAL_ONLY, None, p.default)
                for p in parameters
            ]
        elif word == "*":
            kind = ParameterKind.KEYWORD_ONLY
        elif word.startswith("**"):
            parameters.append(Parameter(word[2:], ParameterKind.VAR_KEYWORD))
        elif word.startswith("*"):
            parameters.append(Parameter(word[1:], ParameterKind.VAR_POSITIONAL))
            kind = ParameterKind.KEYWORD_ONLY
        else:
            name, equals, _ = word.partition("=")
            if not name.isidentifier():
                raise ValueError(f"{word!r} is no parameter")
            parameters.append(Parameter(name, kind, None, _DEFAULT if equals else None))
    return Signature(tuple(parameters), None, text.startswith("async "))
