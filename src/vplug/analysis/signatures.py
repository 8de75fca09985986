"""Signatures read from syntax trees, in the same model as those of running code."""

from __future__ import annotations

import ast
from collections.abc import Callable

from vplug.model import Parameter, ParameterKind, Signature

#: What stands for a default where its text is not asked for.
SOME_DEFAULT = "…"


def signature_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Signature:
    """Return the signature that ``node`` spells out, decorators not applied."""
    returns = None
    if not isinstance(node, ast.Lambda) and node.returns is not None:
        returns = ast.unparse(node.returns)
    is_async = isinstance(node, ast.AsyncFunctionDef)
    return Signature(_parameters(node.args, _full), returns, is_async)


def shape_of(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> Signature:
    """Return the signature of ``node`` without annotations, its defaults as :data:`SOME_DEFAULT`.

    What calls it takes hangs on no more than that, and text of annotations costs most of the time.
    """
    is_async = isinstance(node, ast.AsyncFunctionDef)
    return Signature(_parameters(node.args, _bare), None, is_async)


_Maker = Callable[[ast.arg, ParameterKind, ast.expr | None], Parameter]


def _parameters(args: ast.arguments, make: _Maker) -> tuple[Parameter, ...]:
    positional = [*args.posonlyargs, *args.args]
    defaults: list[ast.expr | None] = [None] * (len(positional) - len(args.defaults))
    defaults += args.defaults
    parameters = []
    for index, (arg, default) in enumerate(zip(positional, defaults, strict=True)):
        kind = (
            ParameterKind.POSITIONAL_ONLY
            if index < len(args.posonlyargs)
            else ParameterKind.POSITIONAL_OR_KEYWORD
        )
        parameters.append(make(arg, kind, default))
    if args.vararg is not None:
        parameters.append(make(args.vararg, ParameterKind.VAR_POSITIONAL, None))
    for arg, default in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        parameters.append(make(arg, ParameterKind.KEYWORD_ONLY, default))
    if args.kwarg is not None:
        parameters.append(make(args.kwarg, ParameterKind.VAR_KEYWORD, None))
    return tuple(parameters)


def _bare(arg: ast.arg, kind: ParameterKind, default: ast.expr | None) -> Parameter:
    return Parameter(arg.arg, kind, None, SOME_DEFAULT if default is not None else None)


def _full(arg: ast.arg, kind: ParameterKind, default: ast.expr | None) -> Parameter:
    return Parameter(
        arg.arg,
        kind,
        ast.unparse(arg.annotation) if arg.annotation is not None else None,
        ast.unparse(default) if default is not None else None,
    )


#: Decorators that hand the function on with the parameters it has.
_TRANSPARENT = {"cache", "lru_cache", "wraps", "no_type_check", "deprecated", "final", "override"}


def opaque_decorator(node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.expr | None:
    """Return the first decorator that may change what calling the function takes, or ``None``."""
    for decorator in node.decorator_list:
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")
        if name not in _TRANSPARENT:
            return decorator
    return None


def docstring_line(node: ast.AST) -> str | None:
    """Return the first line of a definition's docstring, or ``None``."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)):
        text = ast.get_docstring(node)
        return text.splitlines()[0].strip() if text and text.strip() else None
    return None
