"""The names that a module's top level binds."""

from __future__ import annotations

import ast

import pytest

from vplug.analysis.bindings import Bindings, collect


def bound(source: str) -> Bindings:
    return collect(ast.parse(source))


def shape(source: str, name: str) -> list[str]:
    """Kinds of a name's live bindings, best first; ``?`` marks conditional ones."""
    return [
        str(binding.kind) + ("?" if binding.conditional else "")
        for binding in bound(source).get(name)
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def x(): ...", ["function"]),
        ("async def x(): ...", ["function"]),
        ("class x: ...", ["class"]),
        ("import x", ["import"]),
        ("import a as x", ["import"]),
        ("import x.y.z", ["import"]),
        ("import a.x", []),
        ("from a import x", ["from"]),
        ("from a import b as x", ["from"]),
        ("from . import x", ["from"]),
        ("from a import *", []),
        ("x = 1", ["value"]),
        ("a = x = 1", ["value"]),
        ("x: int = 1", ["value"]),
        ("x: int", []),
        ("x += 1", ["value"]),
        ("x, y = 1, 2", ["value"]),
        ("[x, *y] = z", ["value"]),
        ("(a, (b, x)) = z", ["value"]),
        ("for x in y: ...", ["value?"]),
        ("for a in y: x = a", ["value?"]),
        ("while y: x = 1", ["value?"]),
        ("with y as x: ...", ["value"]),
        ("with y as (a, x): ...", ["value"]),
        ("with y: x = 1", ["value"]),
        ("if y: x = 1", ["value?"]),
        ("if y: x = 1\nelse: x = 2", ["value?", "value?"]),
        ("if y: pass\nelif z:\n    x = 1", ["value?"]),
        ("try: x = 1\nexcept E: x = 2", ["value", "value?"]),
        ("try: import x\nexcept E: x = None", ["import", "value?"]),
        ("try: pass\nexcept E: x = 2", ["value?"]),
        ("try: y\nexcept E: pass\nelse: x = 1", ["value"]),
        ("try: y\nfinally: x = 1", ["value"]),
        ("match y:\n    case 1: x = 1", ["value?"]),
        ("if TYPE_CHECKING: from a import x", []),
        ("if typing.TYPE_CHECKING: import x", []),
        ("if TYPE_CHECKING: pass\nelse: x = 1", ["value"]),
        ("if not TYPE_CHECKING: x = 1", ["value?"]),
        ("if False: x = 1", []),
        ("if __name__ == '__main__': x = 1", []),
        ("x = 1\ndel x", []),
        ("x = 1\ndel x\nx = 2", ["value"]),
        ("x = 1\nif y: del x", ["value"]),
        ("x = 1\nx = 2", ["value"]),
        ("def x(): ...\nif y:\n    x = 1", ["function", "value?"]),
        ("@overload\ndef x(a): ...\ndef x(a): ...", ["function"]),
        ("@typing.overload\ndef x(a): ...", []),
        ("def f():\n    x = 1", []),
        ("class C:\n    x = 1", []),
        ("[x for x in y]", []),
        ("lambda x: x", []),
        ("x[0] = 1", []),
        ("x.y = 1", []),
        ("if (x := f()): ...", ["value"]),
        ("print(x := 1)", ["value"]),
        ("match y:\n    case x: ...", ["value?"]),
    ],
)
def test_what_binds_a_name(source: str, expected: list[str]) -> None:
    assert shape(source, "x") == expected


@pytest.mark.parametrize(
    ("source", "exports"),
    [
        ("", None),
        ("__all__ = ['a', 'b']", {"a", "b"}),
        ("__all__ = ('a',)", {"a"}),
        ("__all__: list[str] = ['a']", {"a"}),
        ("__all__ = ['a']\n__all__ += ['b']", {"a", "b"}),
        ("__all__ = other.__all__", None),
        ("__all__ = ['a'] + other.__all__", None),
        ("__all__ = []", set()),
        ("__all__ = ['a']\n__all__ += other.__all__", None),
        ("__all__ = ['a']\n__all__.append('b')", {"a", "b"}),
        ("__all__ = ['a']\n__all__.extend(['b'])", {"a", "b"}),
        ("__all__ = ['a']\n__all__.extend(sub.__all__)", None),
    ],
)
def test_exports(source: str, exports: set[str] | None) -> None:
    assert bound(source).exports == exports


@pytest.mark.parametrize(
    ("source", "dynamic"),
    [
        ("x = 1", False),
        ("globals()['x'] = 1", True),
        ("for n in y:\n    globals()[n] = 1", True),
        ("globals().update(y)", True),
        ("vars()['x'] = 1", True),
        ("exec('x = 1')", True),
        ("setattr(m, 'x', 1)", True),
        ("sys.modules[__name__] = Lazy()", True),
        ("if y:\n    sys.modules[__name__] = z", True),
        ("try:\n    exec(y)\nexcept E: ...", True),
        ("globals()", False),
        ("x = globals()['y']", False),
        ("sys.modules.get('x')", False),
        ("g = globals()\ng['x'] = 1", True),
        ("def f(n):\n    globals()[n] = 1\nf('x')", True),
        ("sys.modules[__name__].x = 1", True),
        ("locals()['x'] = 1", True),
    ],
)
def test_modules_that_bind_names_unseen(source: str, dynamic: bool) -> None:
    assert (bound(source).dynamic is not None) is dynamic


def test_star_imports_in_order() -> None:
    found = bound("from a import *\nif TYPE_CHECKING:\n    from b import *\nfrom .c import *")
    assert [(star.module, star.level) for star in found.stars] == [("a", 0), ("c", 1)]
