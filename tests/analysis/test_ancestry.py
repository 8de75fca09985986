"""Class ancestry: through the package's own classes to the names it ends in elsewhere."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.support import cases, resolver_of

from vplug.analysis.ancestry import Ancestry, ancestry
from vplug.analysis.resolve import Kind

BASE = "class Own:\n    def here(self): ...\n\nclass Middle(Own): ...\n"


def of(tmp_path: Path, source: str, name: str = "C") -> Ancestry:
    resolver = resolver_of(tmp_path, {"pkg/__init__.py": source + "\n", "pkg/base.py": BASE})
    found = resolver.entry_point("pkg", name)
    assert found.kind is Kind.CLASS
    assert isinstance(found.node, ast.ClassDef)
    assert found.module is not None
    return ancestry(resolver, found.module, found.node)


#: source → own classes, external names, number of doubts
TABLE: dict[str, tuple[str, list[str], list[str], int]] = {
    "none": ("class C: ...", ["C"], [], 0),
    "object": ("class C(object): ...", ["C"], ["builtins.object"], 0),
    "external": (
        "from vllm.platforms import Platform\nclass C(Platform): ...",
        ["C"],
        ["vllm.platforms.Platform"],
        0,
    ),
    "dotted": (
        "import vllm.platforms\nclass C(vllm.platforms.Platform): ...",
        ["C"],
        ["vllm.platforms.Platform"],
        0,
    ),
    "import as": (
        "import vllm.platforms as p\nclass C(p.Platform): ...",
        ["C"],
        ["vllm.platforms.Platform"],
        0,
    ),
    "own": ("from .base import Middle\nclass C(Middle): ...", ["C", "Middle", "Own"], [], 0),
    "own and external": (
        "from .base import Own\nfrom a import B\nclass C(Own, B): ...",
        ["C", "Own"],
        ["a.B"],
        0,
    ),
    "diamond": (
        "from .base import Own, Middle\nclass L(Middle): ...\nclass R(Own): ...\nclass C(L, R): ...",
        ["C", "L", "Middle", "Own", "R"],
        [],
        0,
    ),
    "generic": ("from a import B\nclass C(B[int]): ...", ["C"], ["a.B"], 0),
    "alias": ("from a import B\nX = B\nclass C(X): ...", ["C"], ["a.B"], 0),
    "compatibility": (
        "try:\n    from a import B\nexcept ImportError:\n    from b import B\nclass C(B): ...",
        ["C"],
        ["a.B", "b.B"],
        0,
    ),
    "stand-in": (
        "try:\n    from a import B\nexcept ImportError:\n    B = object\nclass C(B): ...",
        ["C"],
        ["a.B", "builtins.object"],
        0,
    ),
    "stand-in class": (
        "try:\n    from a import B\nexcept ImportError:\n    class B: ...\nclass C(B): ...",
        ["C", "B"],
        ["a.B"],
        0,
    ),
    "computed": ("class C(make()): ...", ["C"], [], 1),
    "unpacked": ("class C(*BASES): ...", ["C"], [], 1),
    "missing": ("from .base import Gone\nclass C(Gone): ...", ["C"], [], 1),
    "undefined": ("class C(Gone): ...", ["C"], [], 1),
    "named tuple": (
        "from collections import namedtuple\nclass C(namedtuple('C', 'a')): ...",
        ["C"],
        [],
        1,
    ),
    "itself": ("class C(C): ...", ["C"], [], 0),
    "conditional expression": ("from a import A, B\nclass C(A if x else B): ...", ["C"], [], 1),
    "metaclass": ("from a import M\nclass C(metaclass=M): ...", ["C"], [], 0),
    "redefined": (
        "from a import B\nclass C(B): ...\nclass C(C): ...",
        ["C", "C"],
        ["a.B"],
        0,
    ),
}


@pytest.mark.parametrize("case", cases(TABLE))
def test_what_a_class_derives_from(tmp_path: Path, case: str) -> None:
    source, own, external, doubts = TABLE[case]
    found = of(tmp_path, source)
    assert sorted(node.name for _, node in found.own) == sorted(own)
    assert found.own[0][1].name == "C"
    assert sorted(found.external) == sorted(external)
    assert len(found.doubts) == doubts
    assert all(doubt.reason and doubt.at for doubt in found.doubts)


def test_a_class_in_a_circle_of_modules_ends(tmp_path: Path) -> None:
    resolver = resolver_of(
        tmp_path,
        {
            "a.py": "from b import B\nclass A(B): ...\n",
            "b.py": "from a import A\nclass B(A): ...\n",
        },
    )
    found = resolver.entry_point("a", "A")
    assert isinstance(found.node, ast.ClassDef)
    assert found.module is not None
    assert {n.name for _, n in ancestry(resolver, found.module, found.node).own} == {"A", "B"}


def test_methods_are_found_up_the_line(tmp_path: Path) -> None:
    lineage = of(tmp_path, "from .base import Middle\nclass C(Middle):\n    def mine(self): ...\n")
    here, mine = lineage.method("here"), lineage.method("mine")
    assert here is not None
    assert here[0].name == "pkg.base"
    assert mine is not None
    assert mine[0].name == "pkg"
    assert lineage.method("gone") is None


def test_methods_follow_pythons_order(tmp_path: Path) -> None:
    source = (
        "class Base:\n    def f(self): ...\n"
        "class L(Base): ...\n"
        "class R(Base):\n    def f(self, right): ...\n"
        "class C(L, R): ...\n"
    )
    found = of(tmp_path, source).method("f")
    scope: dict[str, type] = {}
    exec(source, scope)
    assert found is not None
    real = scope["C"].f.__code__.co_firstlineno  # type: ignore[attr-defined]
    assert found[1].lineno == real


def test_the_last_definition_in_a_class_body_counts(tmp_path: Path) -> None:
    source = (
        "from typing import overload\nclass C:\n    @overload\n    def f(self, a): ...\n"
        "    def f(self, *args): ...\n"
    )
    found = of(tmp_path, source).method("f")
    assert found is not None
    assert found[1].lineno == 5
