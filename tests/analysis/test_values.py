# ruff: noqa: E501 - sources on one line
"""Values that functions return, told by reading; against what the same code returns when run."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest
from tests.support import cases, resolver_of

from vplug.analysis.resolve import Status
from vplug.analysis.values import Evaluator, Reference, Unsure

#: Bodies of ``f`` in ``pkg/__init__.py``; each is also run, and what it returned must be foretold.
RUN: dict[str, str] = {
    "text": "return 'pkg.C'",
    "none": "return None",
    "nothing": "pass",
    "bare return": "return",
    "text in pieces": "return 'pkg' '.C'",
    "added": "return 'pkg' + '.C'",
    "added global": "return PREFIX + '.C'",
    "formatted": "return f'{PREFIX}.C'",
    "formatted number": "return f'pkg.C{1}'",
    "formatted name": "return f'{__name__}.C'",
    "package": "return f'{__package__}.C'",
    "joined": "return '.'.join(['pkg', 'C'])",
    "joined tuple": "return '.'.join((PREFIX, 'C'))",
    "local": "x = 'pkg.C'\nreturn x",
    "local of local": "x = 'pkg'\ny = x + '.C'\nreturn y",
    "annotated local": "x: str = 'pkg.C'\nreturn x",
    "walrus": "if (x := 'pkg.C'):\n    return x",
    "global": "return FULL",
    "table": "return TABLE['a']",
    "table of a list": "return LIST[1]",
    "negative index": "return LIST[-1]",
    "str": "return str('pkg.C')",
    "condition": "return 'pkg.C' if FULL else None",
    "or": "return None or 'pkg.C'",
    "two returns": "if FULL:\n    return 'pkg.C'\nreturn None",
    "assigned twice": "x = None\nif FULL:\n    x = 'pkg.C'\nreturn x",
    "helper": "return helper()",
    "helper with argument": "return build('C')",
    "helper with keyword": "return build(name='C')",
    "helper with default": "return build()",
    "helper elsewhere": "from pkg.other import where\nreturn where()",
    "constant elsewhere": "from .other import PATH\nreturn PATH",
    "module's constant": "from . import other\nreturn other.PATH",
    "static method": "return K.path()",
    "class method": "return K.named()",
    "class's module": "return f'{C.__module__}.{C.__qualname__}'",
    "class's name": "return C.__module__ + '.' + C.__name__",
    "function-level import": "from pkg import C as X\nreturn X.__module__ + '.' + X.__name__",
    "nested function is not entered": "def g():\n    return 'wrong'\nreturn 'pkg.C'",
    "lambda is not entered": "g = lambda: 'wrong'\nreturn 'pkg.C'",
    "try": "try:\n    return 'pkg.C'\nexcept Exception:\n    return None",
    "with": "import contextlib\nwith contextlib.suppress(Exception):\n    return 'pkg.C'",
    "percent": "return '%s.C' % PREFIX",
    "format": "return '{}.C'.format(PREFIX)",
    "stripped": "return ' pkg.C '.strip()",
    "and": "return FULL and 'pkg.C'",
    "falls off the end": "if not FULL:\n    return 'pkg.C'",
    "formatted with a specification": "return f'{PREFIX:>6}.C'",
    "formatted with repr": "return f'{PREFIX!r}.C'",
    "number and text added": "return f'{1 + 2}'",
    "several targets": "x = y = 'pkg.C'\nreturn y",
    "rebound in a loop": "x = 'a'\nfor x in ['pkg.C']:\n    pass\nreturn x",
    "unpacked": "x, y = 'pkg.C', 1\nreturn x",
    "augmented": "x = 'pkg'\nx += '.C'\nreturn x",
    "global set elsewhere": "return CHANGED",
    "mutated table": "return GROWN['a']",
    "boolean": "return True",
    "list": "return ['a', 'b']",
    "dictionary": "return {'a': 'b'}",
    "or default": "return TABLE['a'] or 'pkg.D'",
    "match": "match FULL:\n    case _:\n        return 'pkg.C'",
    "recursion": "return 'pkg.C' if FULL else f()",
    "argument shadows a global": "return shadow('pkg.C')",
    "generator": "yield 'pkg.C'",
    "imported name rebound": "from .other import PATH\nPATH = 'pkg.C'\nreturn PATH",
    "except's name": "try:\n    raise ValueError('pkg.C')\nexcept ValueError as x:\n    return str(x)",
    "starred": "return '.'.join([*PARTS])",
    "with target": "import contextlib\nwith contextlib.nullcontext('pkg.C') as PREFIX_:\n    return PREFIX_",
    "with a local like a global": "import contextlib\nwith contextlib.nullcontext('pkg.C') as FULL:\n    return FULL",
    "except's name like a global": "try:\n    raise ValueError('pkg.C')\nexcept ValueError as FULL:\n    return str(FULL)",
    "pattern like a global": "match 'pkg.C':\n    case FULL:\n        return FULL",
    "function like a global": "def FULL():\n    return 1\nreturn FULL.__name__",
}
MODULE = """\
PREFIX = 'pkg'
FULL = PREFIX + '.D'
TABLE = {'a': 'pkg.C', 'b': 'pkg.D'}
LIST = ['pkg.D', 'pkg.C']
PARTS = ['pkg', 'C']
CHANGED = 'pkg.C'
CHANGED = 'pkg.D'
GROWN = {'a': 'pkg.C'}
GROWN['a'] = 'pkg.D'

class C: ...

class K:
    @staticmethod
    def path():
        return 'pkg.C'
    @classmethod
    def named(cls):
        return f'{cls.__module__}.{cls.__name__}'

def helper():
    return 'pkg.C'

def build(name='C'):
    return f'{__name__}.{name}'

def shadow(FULL):
    return FULL

def f():
"""
OTHER = "PATH = __name__ + '.C'\ndef where():\n    return 'pkg.C'\n"

#: Those that reading tells for certain; of the others a doubt is as good.
CERTAIN = {
    "text", "none", "nothing", "bare return", "text in pieces", "added", "added global",
    "formatted", "formatted number", "formatted name", "joined", "joined tuple", "local",
    "local of local", "annotated local", "global", "table", "table of a list", "condition",
    "two returns", "helper", "helper with argument", "helper elsewhere", "constant elsewhere",
    "class's module", "str", "assigned twice", "static method",
}  # fmt: skip


def foretold(tmp_path: Path, body: str) -> list[object]:
    source = MODULE + "".join(f"    {line}\n" for line in body.splitlines())
    resolver = resolver_of(tmp_path, {"pkg/__init__.py": source, "pkg/other.py": OTHER})
    found = resolver.entry_point("pkg", "f")
    assert found.module is not None
    assert isinstance(found.node, ast.FunctionDef)
    rows = Evaluator(resolver).returned(found.module, found.node)
    return [value for _, values in rows for value in values]


@pytest.mark.parametrize("case", cases(RUN))
def test_what_a_function_returned_was_foretold(
    tmp_path: Path, case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = foretold(tmp_path, RUN[case])
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    for name in ("pkg", "pkg.other"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    import importlib

    try:
        real = importlib.import_module("pkg").f()
    finally:
        for name in ("pkg", "pkg.other"):
            sys.modules.pop(name, None)
    doubts = [value for value in values if isinstance(value, Unsure)]
    assert real in values or doubts, values
    if case in CERTAIN:
        assert not doubts, doubts
    assert all(doubt.reason for doubt in doubts)


def test_references_are_told_as_what_they_lead_to(tmp_path: Path) -> None:
    (value,) = foretold(tmp_path, "return C")
    assert isinstance(value, Reference)
    assert value.target.qualified_name == "pkg.C"
    (value,) = foretold(tmp_path, "from elsewhere import X\nreturn X")
    assert isinstance(value, Reference)
    assert value.target.status is Status.EXTERNAL


@pytest.mark.parametrize(
    "body",
    [
        "import os\nreturn os.environ['X']",
        "return input()",
        "return GONE",
        "return [c for c in LIST][0]",
        "return globals()['FULL']",
        "return f()",
        "x = x\nreturn x",
        "return TABLE['gone']",
        "return LIST[7]",
        "return LIST['a']",
        "return TABLE[LIST]",
        "return TABLE[{}]",
        "return {C: 1}[C]",
        "return {[]: 1}",
        "return {(1, []): 1}",
        "return FULL[1:]",
        "return LIST[True:]",
        "return LIST[10 ** 10]",
        "return (lambda: 'x')()",
        "return 'a' * 10",
        "return -1",
        "return await_()",
        "return 1 + 'a'",
        "return ''.join([1])",
        "return build(*LIST)",
        "return build(**TABLE)",
        "return build(1, 2, 3)",
        "return str(1, 2)",
    ],
)
def test_nothing_makes_the_evaluator_fail(tmp_path: Path, body: str) -> None:
    assert foretold(tmp_path, body)


def test_both_arms_of_a_condition(tmp_path: Path) -> None:
    assert foretold(tmp_path, "return 'a' if x else 'b'") == ["a", "b"]
    assert foretold(tmp_path, "if x:\n    return 'a'\nelse:\n    return 'b'") == ["a", "b"]


def test_a_lambda(tmp_path: Path) -> None:
    resolver = resolver_of(tmp_path, {"m.py": "f = lambda: 'pkg.C'\n"})
    found = resolver.entry_point("m", "f")
    assert found.module is not None
    assert isinstance(found.node, ast.Lambda)
    ((_, values),) = Evaluator(resolver).returned(found.module, found.node)
    assert values == ["pkg.C"]
