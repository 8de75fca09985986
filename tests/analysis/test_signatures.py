"""Signatures read from syntax trees, against ``inspect.signature`` of the same code run."""

from __future__ import annotations

import ast
import inspect

import pytest

from vplug.analysis.signatures import docstring_line, opaque_decorator, signature_of
from vplug.model import ParameterKind

HEADERS = [
    "()",
    "(a)",
    "(a, b)",
    "(a, /)",
    "(a, b, /, c)",
    "(a, /, b, *, c)",
    "(*, a)",
    "(*, a, b=1)",
    "(*args)",
    "(**kwargs)",
    "(*args, **kwargs)",
    "(a, *args, b, **kwargs)",
    "(a=1)",
    "(a, b=2)",
    "(a, b=2, /)",
    "(a, b=2, /, c=3)",
    "(a=1, /, b=2, *, c=3, d)",
    "(a=None, *args, b=None, **kw)",
    "(a: int)",
    "(a: int = 1)",
    "(a: 'Later' = None)",
    "(a: list[int], b: dict[str, tuple[int, ...]])",
    "(a: int | None = None)",
    "(*args: int, **kwargs: str)",
    "(a) -> int",
    "(a) -> None",
    "(a) -> 'Later'",
    "() -> list[int]",
    "(a: Callable[[int], str]) -> Callable[..., None]",
    "(self, vllm_config, renderer=None)",
    "(self, *, engine_idx: int = 0) -> bool",
    "(a=(1, 2), b=[1], c={}, d={1: 2})",
    "(a='text', b=\"quoted\", c=b'bytes')",
    "(a=-1, b=1.5, c=True, d=...)",
    "(a=('one',), b=())",
    "(a, *, b: int = 1, c, d: str = 'x')",
    "(ä, été=1)",
    "(a, /, *args, b=1)",
    "(a, /, **kwargs)",
    "(_)",
    "(a=0x10, b=1_000)",
    "(a=1e3)",
]
_NAMESPACE = "from __future__ import annotations\nfrom collections.abc import Callable\n"


def node_of(source: str) -> ast.FunctionDef | ast.AsyncFunctionDef:
    node = ast.parse(source).body[-1]
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    return node


@pytest.mark.parametrize("header", HEADERS)
@pytest.mark.parametrize("keyword", ["def", "async def"])
def test_a_signature_is_what_inspect_says(header: str, keyword: str) -> None:
    source = f"{_NAMESPACE}{keyword} f{header}: ...\n"
    scope: dict[str, object] = {}
    exec(source, scope)
    real = inspect.signature(scope["f"])  # type: ignore[arg-type]
    ours = signature_of(node_of(source))
    kinds = {
        ParameterKind.POSITIONAL_ONLY: inspect.Parameter.POSITIONAL_ONLY,
        ParameterKind.POSITIONAL_OR_KEYWORD: inspect.Parameter.POSITIONAL_OR_KEYWORD,
        ParameterKind.VAR_POSITIONAL: inspect.Parameter.VAR_POSITIONAL,
        ParameterKind.KEYWORD_ONLY: inspect.Parameter.KEYWORD_ONLY,
        ParameterKind.VAR_KEYWORD: inspect.Parameter.VAR_KEYWORD,
    }
    assert [(p.name, kinds[p.kind]) for p in ours.parameters] == [
        (p.name, p.kind) for p in real.parameters.values()
    ]
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    assert [p.name for p in ours.required] == [
        p.name
        for p in real.parameters.values()
        if p.default is inspect.Parameter.empty and p.kind not in variadic
    ]
    assert ours.is_async is inspect.iscoroutinefunction(scope["f"])

    # Annotations are text on both sides; inspect shows text in quotes and evaluated defaults.
    def plain(text: str) -> str:
        return ast.unparse(ast.parse(f"def f{text}: ..."))

    assert plain(str(ours).replace("Ellipsis", "...")).replace("'", '"') == plain(
        plain_inspect(real)
    ).replace("'", '"')


def plain_inspect(signature: inspect.Signature) -> str:
    """``str(signature)`` with annotations unquoted, as they were written."""

    class Text(str):
        def __repr__(self) -> str:
            return str(self)

    class Dots:
        def __repr__(self) -> str:
            return "..."

    def bare(value: object) -> object:
        return Text(value) if isinstance(value, str) else value

    parameters = [
        p.replace(
            annotation=bare(p.annotation),
            default=Dots() if p.default is ... else p.default,
        )
        for p in signature.parameters.values()
    ]
    shown = signature.replace(
        parameters=parameters, return_annotation=bare(signature.return_annotation)
    )
    return str(shown)


@pytest.mark.parametrize(
    "source", ["lambda: 0", "lambda a: 0", "lambda a, /, b=1, *c, d=2, **e: 0", "lambda *, a: 0"]
)
def test_lambdas(source: str) -> None:
    expression = ast.parse(source, mode="eval").body
    assert isinstance(expression, ast.Lambda)
    assert str(signature_of(expression)) == str(inspect.signature(eval(source)))


@pytest.mark.parametrize(
    "source",
    [
        "def m(self): ...",
        "def m(self, a, /, b=1): ...",
        "def m(self, /, a): ...",
        "def m(self, *, a): ...",
        "def m(self, *args, **kwargs): ...",
    ],
)
def test_bound_methods(source: str) -> None:
    scope: dict[str, object] = {}
    exec(f"class C:\n    {source}\nbound = C().m", scope)
    real = inspect.signature(scope["bound"])  # type: ignore[arg-type]
    assert str(signature_of(node_of(source)).without_first()) == str(real)


@pytest.mark.parametrize(
    ("decorators", "opaque"),
    [
        ("", None),
        ("@cache\n", None),
        ("@functools.lru_cache(maxsize=None)\n", None),
        ("@functools.wraps(other)\n", None),
        ("@override\n@final\n", None),
        ("@click.command()\n", "click.command()"),
        ("@cache\n@mine\n", "mine"),
        ("@registry['x']\n", "registry['x']"),
        ("@contextmanager\n", "contextmanager"),
    ],
)
def test_decorators_that_may_change_what_a_call_takes(decorators: str, opaque: str | None) -> None:
    found = opaque_decorator(node_of(f"{decorators}def f(): ...\n"))
    assert (ast.unparse(found) if found is not None else None) == opaque


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("'''One line.'''", "One line."),
        ("'''\n    First.\n\n    Second.\n    '''", "First."),
        ("''''''", None),
        ("'''   '''", None),
        ("x = 1", None),
        ("f'''no docstring'''", None),
    ],
)
def test_the_first_line_of_a_docstring(body: str, line: str | None) -> None:
    assert docstring_line(node_of(f"def f():\n    {body}\n")) == line


def test_a_docstring_of_something_that_has_none() -> None:
    assert docstring_line(ast.parse("x = 1").body[0]) is None
