"""What extraction says of small packages: one table a subject."""

from __future__ import annotations

import textwrap

import pytest

from vplug.contracts.classes import class_surface
from vplug.contracts.extract import extract
from vplug.contracts.functions import function_surface
from vplug.contracts.package import Package
from vplug.contracts.wording import from_text, to_text
from vplug.errors import Unreadable


def package(**modules: str) -> Package:
    """A package of top modules by name: ``a`` is vllm/a.py."""
    files = {"vllm/__init__.py": b""}
    for name, text in modules.items():
        files[f"vllm/{name}.py"] = textwrap.dedent(text).encode()
    return Package(files)


BINDINGS = [
    ("x = 1", {"x": "p"}),
    ("x: int = 1", {"x": "p"}),
    ("x: int", {}),
    ("def f(): y = 1", {"f": "p"}),
    ("class C: y = 1", {"C": "p"}),
    ("import torch.nn", {"torch": "p"}),
    ("import torch.nn as nn", {"nn": "p"}),
    ("from torch import nn as n", {"n": "p"}),
    ("if flag:\n    x = 1", {"x": "c"}),
    ("if flag:\n    x = 1\nelse:\n    x = 2", {"x": "p"}),
    ("if a:\n    x = 1\nelif b:\n    x = 2", {"x": "c"}),
    ("if a:\n    x = 1\nelse:\n    raise ImportError", {"x": "p"}),
    ("x = None\nif flag:\n    x = 1", {"x": "p"}),
    ("try:\n    import a\nexcept ImportError:\n    a = None", {"a": "p"}),
    ("try:\n    import a\nexcept ImportError:\n    pass", {"a": "c"}),
    ("try:\n    import a\nexcept ImportError:\n    raise RuntimeError", {"a": "p"}),
    ("try:\n    import a\nfinally:\n    b = 1", {"a": "p", "b": "p"}),
    ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import a", {"a": "t"}),
    ("import typing\nif typing.TYPE_CHECKING:\n    a = 1\nelse:\n    a = 2", {"a": "p"}),
    ("if not TYPE_CHECKING:\n    a = 1", {"a": "p"}),
    ("with open(p) as f:\n    x = 1", {"f": "p", "x": "p"}),
    ("with suppress(ImportError):\n    import a", {"a": "c"}),
    ("for i in r:\n    x = 1", {"i": "c", "x": "c"}),
    ("(x, [y, *z]) = 1, 2", {"x": "p", "y": "p", "z": "p"}),
    ("x = 1\ndel x", {"x": None}),
    ("if (n := f()):\n    pass", {"n": "p"}),
    ("f = lambda: (n := 1)", {"n": None, "f": "p"}),
    ("if __name__ == '__main__':\n    x = 1", {"x": None}),
    ("def f():\n    global late\n    late = 1", {"late": "c"}),
    ("match a:\n    case 1:\n        x = 1\n    case _:\n        x = 2", {"x": "p"}),
    ("q = LazyLoader('short', globals(), 'vllm.long')", {"q": "p", "short": "c"}),
]


@pytest.mark.parametrize(("source", "expected"), BINDINGS, ids=[s[:40] for s, _ in BINDINGS])
def test_a_name_is_there_when_every_arm_binds_it(
    source: str, expected: dict[str, str | None]
) -> None:
    names = package(m=source).surface("vllm.m").names
    assert {name: names.get(name, (None,))[0] for name in expected} == expected


def test_origins_follow_imports_to_the_definition() -> None:
    made = package(
        a="class C: pass\nV = 1\ndef f(): pass",
        b="from vllm.a import C, f as g\nfrom .a import V\nimport vllm.a as a\nimport torch",
        c="from vllm.b import C as D, torch, a\nE = D",
        d="from vllm.gone import X\nfrom vllm import a",
    )
    assert made.surface("vllm.a").names == {"C": ("p", ""), "V": ("p", "="), "f": ("p", "")}
    assert made.surface("vllm.b").names == {
        "C": ("p", "vllm.a.C"),
        "g": ("p", "vllm.a.f"),
        "V": ("p", "vllm.a.V"),
        "a": ("p", "vllm.a"),
        "torch": ("p", "~"),
    }
    names = made.surface("vllm.c").names
    assert names["D"] == ("p", "vllm.a.C")
    assert names["E"] == ("p", "vllm.a.C")
    assert names["torch"] == ("p", "~")
    assert names["a"] == ("p", "vllm.a")
    assert made.surface("vllm.d").names == {"X": ("p", "vllm.gone.X"), "a": ("p", "vllm.a")}


STARS = [
    ("x = 1\n_y = 2", {"x": "p", "_y": None}, False),
    ("__all__ = ['_y']\nx = 1\n_y = 2", {"x": None, "_y": "p"}, False),
    ("__all__ = ['x']\n__all__ += ['y']\nx = y = 1", {"x": "p", "y": "p"}, False),
    ("__all__ = [n for n in dir()]\nx = 1", {"x": "p"}, True),
    ("if flag:\n    x = 1", {"x": "c"}, False),
    ("from ctypes import *\nx = 1", {"x": "p"}, True),
    ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    x = 1", {"x": None}, False),
]


@pytest.mark.parametrize(("source", "expected", "is_open"), STARS)
def test_stars_are_expanded(source: str, expected: dict[str, str | None], is_open: bool) -> None:
    surface = package(a=source, b="from vllm.a import *").surface("vllm.b")
    assert {name: surface.names.get(name, (None,))[0] for name in expected} == expected
    assert bool(surface.open) is is_open


LAZY = [
    (
        "def __getattr__(name):\n    if name == 'x':\n        return 1\n    raise AttributeError",
        {"x": "p"},
    ),
    (
        (
            "T = {'x': '.a:X', 'y': '.a:Y'}\ndef __getattr__(name):\n    if name in T:\n"
            "        return load(T[name])\n    raise AttributeError"
        ),
        {"x": "p", "y": "p"},
    ),
    (
        (
            "T = {'x': 1}\ndef __getattr__(name):\n    v = T.get(name)\n    if v is None:\n"
            "        raise AttributeError\n    return v"
        ),
        {"x": "p"},
    ),
    (
        (
            "__all__ = ['x', 'y']\ndef __getattr__(name):\n    if name in __all__:\n"
            "        if gpu():\n            return 1\n        return 2\n    raise AttributeError"
        ),
        {"x": "p", "y": "p"},
    ),
    (
        (
            "def __getattr__(name):\n    if name == 'x':\n        if gpu():\n"
            "            raise RuntimeError\n        return 2\n    raise AttributeError"
        ),
        {"x": "c"},
    ),
    (
        (
            "def __getattr__(name):\n    if name not in globals():\n        raise AttributeError\n"
            "    return globals()[name]"
        ),
        {},
    ),
]


@pytest.mark.parametrize(("source", "expected"), LAZY)
def test_plain_module_getattr_is_worked_out(source: str, expected: dict[str, str]) -> None:
    surface = package(m=source).surface("vllm.m")
    own = {"__getattr__", "__all__", "T"}
    assert {n: flag for n, (flag, _) in surface.names.items() if n not in own} == expected
    assert not surface.open


OPEN = [
    "def __getattr__(name):\n    return 1",
    "def __getattr__(name):\n    if name.startswith('x'):\n        return 1\n    raise AttributeError",
    "def __getattr__(name):\n    if name in table():\n        return 1\n    raise AttributeError",
    "__getattr__ = make()",
    "globals().update(f())",
    "def f():\n    globals()['x'] = 1",
    "import sys\nsys.modules[__name__] = Thing()",
    "exec(text)",
    "from ctypes import *",
    "def (",
]


@pytest.mark.parametrize("source", OPEN)
def test_what_reading_cannot_tell_is_open(source: str) -> None:
    assert package(m=source).surface("vllm.m").open


def test_lazy_names_lead_to_where_they_are_fetched() -> None:
    made = package(
        a="class X: pass",
        m="""
        T = {'X': '.a:X'}
        def __getattr__(name):
            if name in T:
                module, attr = T[name].split(':')
                return load(module, attr)
            raise AttributeError
        """,
        n="""
        def __getattr__(name):
            if name == 'X':
                from vllm.a import X
                return X
            raise AttributeError
        """,
    )
    assert made.surface("vllm.m").names["X"] == ("p", "vllm.a.X")
    assert made.surface("vllm.n").names["X"] == ("p", "vllm.a.X")


def test_modules_are_those_of_the_import_system() -> None:
    files = {
        "vllm/__init__.py": b"",
        "vllm/a.py": b"",
        "vllm/a/__init__.py": b"x = 1",
        "vllm/ns/deep/m.py": b"",
        "vllm/not-a-module.py": b"",
        "other/m.py": b"",
    }
    made = Package(files)
    assert sorted(made.modules) == ["vllm", "vllm.a", "vllm.ns", "vllm.ns.deep", "vllm.ns.deep.m"]
    assert made.is_package("vllm.ns")
    assert "x" in made.surface("vllm.a").names


def test_a_class_has_its_own_and_inherited_members() -> None:
    made = package(
        base="""
        from abc import ABC, abstractmethod
        class Root(ABC):
            kind: str
            @abstractmethod
            def must(self, a, b=1): ...
            @abstractmethod
            def done(self): ...
            def raises(self, x):
                '''Text.'''
                raise NotImplementedError("no")
        """,
        m="""
        from typing import Generic, overload
        from vllm.base import Root as R
        class Thing(R, Generic[T]):
            value = 1
            def __init__(self, config, *, flag=False): ...
            def done(self): return 1
            @property
            def size(self): return 1
            @size.setter
            def size(self, value): ...
            @staticmethod
            def st(a, /, b): ...
            @classmethod
            async def cl(cls, *args, **kwargs): ...
            @overload
            def over(self, a): ...
            def over(self, *a): ...
            if FLAG:
                def sometimes(self): ...
        """,
    )
    found = class_surface(made, "vllm.m.Thing")
    assert found is not None
    assert found.bases == ["vllm.base.Root", "typing.Generic"]
    got = {m.name: (m.kind, m.signature, m.abstract, m.raises, m.owner) for m in found.members}
    thing, root = "vllm.m.Thing", "vllm.base.Root"
    assert got == {
        "value": ("attribute", "", False, False, thing),
        "__init__": ("method", "(self, config, *, flag=…)", False, False, thing),
        "done": ("method", "(self)", False, False, thing),
        "size": ("property", "(self)", False, False, thing),
        "st": ("static", "(a, /, b)", False, False, thing),
        "cl": ("class", "async (cls, *args, **kwargs)", False, False, thing),
        "over": ("method", "(self, *a)", False, False, thing),
        "sometimes": ("method", "(self)", False, False, thing),
        "kind": ("attribute", "", False, False, root),
        "must": ("method", "(self, a, b=…)", True, False, root),
        "raises": ("method", "(self, x)", False, True, root),
    }


def test_abstract_without_abc_binds_nobody() -> None:
    made = package(
        m="from abc import abstractmethod\nclass C:\n    @abstractmethod\n    def f(self): ..."
    )
    found = class_surface(made, "vllm.m.C")
    assert found is not None
    assert not found.members[0].abstract


TWICE = [
    ("def reg(name):\n    assert name not in TABLE\n    TABLE[name] = 1", "raises"),
    (
        "def reg(name):\n    if name in TABLE:\n        raise ValueError\n    TABLE[name] = 1",
        "raises",
    ),
    ("def reg(name):\n    if name in TABLE:\n        warn()\n    TABLE[name] = 1", "overwrites"),
    (
        (
            "def reg(name, force=True):\n    if not force and name in TABLE:\n        raise KeyError\n"
            "    TABLE[name] = 1"
        ),
        "overwrites",
    ),
    (
        "def reg(name):\n    def deco(cls):\n        TABLE[name] = cls\n    return deco",
        "overwrites",
    ),
    ("def reg(name):\n    lib.define(name)", "unknown"),
]


@pytest.mark.parametrize(("source", "expected"), TWICE)
def test_what_registering_twice_does(source: str, expected: str) -> None:
    found = function_surface(package(m=source), "vllm.m.reg")
    assert found is not None
    assert found.duplicate == expected


def test_a_registry_object_leads_to_its_class() -> None:
    made = package(
        r="class _R:\n    def add(self, name):\n        self._add(name)\n"
        "    def _add(self, name):\n        self.t[name] = 1\nR = _R()",
        m="from vllm.r import R",
    )
    found = function_surface(made, "vllm.m.R.add")
    assert found is not None
    assert (found.name, found.signature, found.duplicate) == (
        "vllm.r.R.add",
        "(name)",
        "overwrites",
    )


@pytest.mark.parametrize(
    "text",
    ["()", "(a, b=…)", "(a, /, b, *, c)", "async (self, *args, c=…, **kw)", "(a, b, /)", "(*, a)"],
)
def test_signatures_survive_the_line_they_are_kept_in(text: str) -> None:
    assert to_text(from_text(text)) == text


def test_loader_facts() -> None:
    files = {
        "vllm/__init__.py": b"",
        "vllm/plugins/__init__.py": b"IO_GROUP = 'vllm.io_processor_plugins'\nUNREAD_GROUP = 'vllm.x'\n"
        b"def load_general_plugins():\n    load_plugins_by_group('vllm.general_plugins')\n",
        "vllm/plugins/io_processors/__init__.py": b"from vllm.plugins import IO_GROUP\n"
        b"def get_io_processor(a):\n    load_plugins_by_group(IO_GROUP)\n"
        b"    return cls(vllm_config, renderer)\n",
        "vllm/platforms/__init__.py": b"builtin_platform_plugins = {'tpu': 1, 'cpu': 2}\n",
        "PKG-INFO": b"Metadata-Version: 2.1\nRequires-Python: <3.14, >=3.10\n",
    }
    loader = extract(files, "1.0").loader
    assert loader.groups == ["vllm.general_plugins", "vllm.io_processor_plugins"]
    assert loader.platforms == ["cpu", "tpu"]
    assert loader.io_processor_arguments == ["vllm_config", "renderer"]
    assert loader.python == "<3.14,>=3.10"


def test_no_vllm_is_said() -> None:
    with pytest.raises(Unreadable, match=r"no vllm/__init__\.py"):
        extract({"other/__init__.py": b""}, "1.0")
