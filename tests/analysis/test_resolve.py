# ruff: noqa: E501 - sources on one line
"""Where ``module:attr`` leads, through whatever stands between."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support import cases, resolver_of

from vplug.analysis.resolve import Kind, Resolution, Resolver, Status, absolute

TARGET = "def register():\n    pass\n\n\nclass Thing:\n    def method(self): ...\n    @staticmethod\n    def make(): ...\n"


def answer(tmp_path: Path, files: dict[str, str], value: str) -> Resolution:
    module, _, attr = value.partition(":")
    return resolver_of(tmp_path, {"pkg/target.py": TARGET, **files}).entry_point(
        module, attr or None
    )


#: name → (pkg/__init__.py, what to ask for, the answer: qualified name, or status)
REACHED: dict[str, tuple[str, str, str]] = {
    "defined there": ("def register(): ...", "pkg:register", "pkg.register"),
    "re-exported": ("from pkg.target import register", "pkg:register", "pkg.target.register"),
    "relative": ("from .target import register", "pkg:register", "pkg.target.register"),
    "renamed": ("from .target import register as go", "pkg:go", "pkg.target.register"),
    "alias": ("from .target import register\ngo = register", "pkg:go", "pkg.target.register"),
    "alias of an attribute": (
        "from . import target\ngo = target.register",
        "pkg:go",
        "pkg.target.register",
    ),
    "import of a submodule": (
        "import pkg.target\ngo = pkg.target.register",
        "pkg:go",
        "pkg.target.register",
    ),
    "import as": ("import pkg.target as t\ngo = t.register", "pkg:go", "pkg.target.register"),
    "star": ("from .target import *", "pkg:register", "pkg.target.register"),
    "in a try": (
        "try:\n    from .target import register\nexcept ImportError:\n    register = None",
        "pkg:register",
        "pkg.target.register",
    ),
    "in an except": (
        "try:\n    from elsewhere import register\nexcept ImportError:\n    from .target import register",
        "pkg:register",
        "pkg.target.register",
    ),
    "in an if": (
        "import sys\nif sys.x:\n    from .target import register",
        "pkg:register",
        "pkg.target.register",
    ),
    "submodule as a module": ("", "pkg.target", "pkg.target"),
    "submodule by attribute": ("", "pkg:target", "missing"),
    "submodule imported, by attribute": ("import pkg.target", "pkg:target", "pkg.target"),
    "submodule imported elsewhere": ("from .two import x", "pkg:target", "missing"),
    "submodule's attribute": ("", "pkg:target.register", "missing"),
    "imported submodule's attribute": (
        "from . import target",
        "pkg:target.register",
        "pkg.target.register",
    ),
    "class": ("", "pkg.target:Thing", "pkg.target.Thing"),
    "method": ("", "pkg.target:Thing.method", "pkg.target.Thing.method"),
    "static method": ("", "pkg.target:Thing.make", "pkg.target.Thing.make"),
    "inherited method": (
        "from .target import Thing\nclass Child(Thing): ...",
        "pkg:Child.method",
        "pkg.target.Thing.method",
    ),
    "lambda": ("register = lambda: None", "pkg:register", "pkg.register"),
    "partial": (
        "import functools\nfrom .target import register\ngo = functools.partial(register)",
        "pkg:go",
        "pkg.go",
    ),
    "missing": ("", "pkg:gone", "missing"),
    "missing module": ("", "pkg.gone:x", "missing"),
    "missing method": ("", "pkg.target:Thing.gone", "missing"),
    "re-export of what is missing": ("from .target import gone", "pkg:gone", "missing"),
    "re-export from a missing module": ("from .gone import x", "pkg:x", "missing"),
    "other distribution": ("", "elsewhere:x", "external"),
    "re-export of another's": ("from elsewhere import x", "pkg:x", "external"),
    "attribute of another's": ("import elsewhere", "pkg:elsewhere.x.y", "external"),
    "builtin alias": ("go = print", "pkg:go", "external"),
    "typing only": (
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .target import register",
        "pkg:register",
        "missing",
    ),
    "in main only": ("if __name__ == '__main__':\n    register = 1", "pkg:register", "missing"),
    "deleted": ("def register(): ...\ndel register", "pkg:register", "missing"),
    "only annotated": ("register: object", "pkg:register", "missing"),
    "circle": ("from pkg.two import register", "pkg:register", "unknown"),
    "climbs out": ("from ... import register", "pkg:register", "unknown"),
    "star from another's": ("from elsewhere import *", "pkg:register", "unknown"),
    "dynamic": ("globals()['register'] = print", "pkg:register", "unknown"),
    "attribute of a value": ("thing = make()", "pkg:thing.register", "unknown"),
    "attribute of an instance": (
        "from .target import Thing\nthing = Thing()",
        "pkg:thing.method",
        "unknown",
    ),
    "base from elsewhere": (
        "from elsewhere import Base\nclass Child(Base): ...",
        "pkg:Child.method",
        "unknown",
    ),
    "does not parse": ("def (:", "pkg:register", "unknown"),
    "class attribute": ("class C:\n    go = staticmethod(print)", "pkg:C.go", "found"),
    "nested class": ("class C:\n    class D:\n        def go(self): ...", "pkg:C.D.go", "found"),
    "attribute of a function": ("def f(): ...\nf.go = print", "pkg:f.go", "unknown"),
    "attribute set on a class": ("class C: ...\nC.go = print", "pkg:C.go", "found"),
    "metaclass": ("class C(metaclass=M): ...", "pkg:C.go", "unknown"),
    "decorated class": ("@add_go\nclass C: ...", "pkg:C.go", "unknown"),
    "object's own": ("class C: ...", "pkg:C.__init__", "found"),
    "module's own": ("", "pkg:__name__", "found"),
    "module's loader": ("", "pkg:__loader__", "found"),
    "walrus": ("if (go := print): ...", "pkg:go", "external"),
    "set in a function": (
        "def set_up():\n    global go\n    go = print\nset_up()",
        "pkg:go",
        "unknown",
    ),
    "submodule shadowed by a value": ("target = 3", "pkg:target", "found"),
    "star import of a private name": ("from .hidden import *", "pkg:_x", "missing"),
    "star import with __all__": ("from .hidden import *", "pkg:x", "found"),
    "star import outside __all__": ("from .hidden import *", "pkg:y", "missing"),
    "star import of a star import": ("from .chain import *", "pkg:register", "pkg.target.register"),
    "star import of what a star's __all__ grows": ("from .grown import *", "pkg:late", "found"),
}
MORE = {
    "pkg/two.py": "from pkg import register\n",
    "pkg/hidden.py": "__all__ = ['x']\nx = y = _x = 1\n",
    "pkg/chain.py": "from .target import *\n",
    "pkg/grown.py": "__all__ = ['early']\nearly = late = 1\n__all__.append('late')\n",
}


@pytest.mark.parametrize("case", cases(REACHED))
def test_where_a_name_leads(tmp_path: Path, case: str) -> None:
    source, value, expected = REACHED[case]
    found = answer(tmp_path, {"pkg/__init__.py": source + "\n", **MORE}, value)
    if expected in list(Status):
        assert str(found.status) == expected, found.reason
    else:
        assert found.status is Status.FOUND, found.reason
        assert found.qualified_name == expected
    if found.status in (Status.MISSING, Status.UNKNOWN):
        assert found.reason


def test_the_alternatives_of_a_conditional_name_are_kept(tmp_path: Path) -> None:
    source = (
        "try:\n    from .target import register\nexcept ImportError:\n    def register(): ...\n"
    )
    found = answer(tmp_path, {"pkg/__init__.py": source}, "pkg:register")
    names = {found.qualified_name, *(other.qualified_name for other in found.alternatives)}
    assert names == {"pkg.target.register", "pkg.register"}
    assert not found.conditional


def test_a_name_bound_in_arms_only_is_conditional(tmp_path: Path) -> None:
    source = "if x:\n    def register(): ...\nelse:\n    def register(a): ...\n"
    found = answer(tmp_path, {"pkg/__init__.py": source}, "pkg:register")
    assert found.conditional
    assert len(found.alternatives) == 1


def test_the_last_binding_is_the_one(tmp_path: Path) -> None:
    source = "from .target import register\ndef register(): ...\n"
    found = answer(tmp_path, {"pkg/__init__.py": source}, "pkg:register")
    assert found.qualified_name == "pkg.register"
    assert str(found.location) == "pkg/__init__.py:2:1"


def test_a_failure_stands_where_the_import_stands(tmp_path: Path) -> None:
    found = answer(tmp_path, {"pkg/__init__.py": "import os\n\nfrom .gone import x\n"}, "pkg:x")
    assert str(found.at) == "pkg/__init__.py:3:1"


def test_a_circle_of_three_with_a_way_out(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "from .a import *\n",
        "pkg/a.py": "from .b import *\n",
        "pkg/b.py": "from .a import *\nfrom .target import register\n",
    }
    assert answer(tmp_path, files, "pkg:register").qualified_name == "pkg.target.register"
    assert answer(tmp_path, files, "pkg:gone").status in (Status.MISSING, Status.UNKNOWN)


def test_answers_do_not_depend_on_what_was_asked_before(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/a.py": "try:\n    from .b import x\nexcept ImportError:\n    def x(): ...\n",
        "pkg/b.py": "from .a import x\n",
    }
    first = resolver_of(tmp_path, files).entry_point("pkg.b", "x")
    resolver = resolver_of(tmp_path, files)
    resolver.entry_point("pkg.a", "x")
    assert resolver.entry_point("pkg.b", "x").status is first.status


def test_a_long_chain_ends(tmp_path: Path) -> None:
    files = {f"pkg/m{n}.py": f"from .m{n + 1} import x\n" for n in range(200)}
    found = answer(tmp_path, {"pkg/__init__.py": "", **files}, "pkg.m0:x")
    assert found.status is Status.UNKNOWN


# module __getattr__

LAZY: dict[str, tuple[str, str]] = {
    "if equals": (
        "    if name == 'register':\n        from .target import register\n        return register",
        "pkg.target.register",
    ),
    "reversed": (
        "    if 'register' == name:\n        from .target import register\n        return register",
        "pkg.target.register",
    ),
    "elif": (
        "    if name == 'x':\n        return 1\n    elif name == 'register':\n        from .target import register\n        return register",
        "pkg.target.register",
    ),
    "in a tuple": (
        "    if name in ('register', 'x'):\n        from . import target\n        return getattr(target, name)",
        "unknown",
    ),
    "or": (
        "    if name == 'x' or name == 'register':\n        from .target import register\n        return register",
        "pkg.target.register",
    ),
    "guard first": (
        "    if name != 'register':\n        raise AttributeError(name)\n    from .target import register\n    return register",
        "pkg.target.register",
    ),
    "import_module": (
        "    if name == 'register':\n        import importlib\n        return importlib.import_module('pkg.target').register",
        "pkg.target.register",
    ),
    "import_module of a relative name": (
        "    if name == 'register':\n        import importlib\n        return importlib.import_module('.target', __name__).register",
        "pkg.target.register",
    ),
    "import_module of a formatted name": (
        "    import importlib\n    if name == 'register':\n        return getattr(importlib.import_module(f'{__name__}.target'), name)",
        "pkg.target.register",
    ),
    "import_module of a joined name": (
        "    import importlib\n    if name == 'register':\n        return getattr(importlib.import_module(__name__ + '.target'), name)",
        "unknown",
    ),
    "table": (
        "    if name in TABLE:\n        import importlib\n        return getattr(importlib.import_module(TABLE[name], __name__), name)\n    raise AttributeError(name)",
        "pkg.target.register",
    ),
    "table with get": (
        "    import importlib\n    module = TABLE.get(name)\n    if module is None:\n        raise AttributeError(name)\n    return getattr(importlib.import_module(module, __name__), name)",
        "pkg.target.register",
    ),
    "table of pairs": (
        "    import importlib\n    if name not in PAIRS:\n        raise AttributeError(name)\n    module, attr = PAIRS[name]\n    return getattr(importlib.import_module(module, __name__), attr)",
        "pkg.target.register",
    ),
    "table with a cache": (
        "    import importlib\n    if name in TABLE:\n        value = getattr(importlib.import_module(TABLE[name], __name__), name)\n        globals()[name] = value\n        return value\n    raise AttributeError(name)",
        "pkg.target.register",
    ),
    "table with try": (
        "    import importlib\n    try:\n        module = TABLE[name]\n    except KeyError:\n        raise AttributeError(name) from None\n    return getattr(importlib.import_module(module, __name__), name)",
        "pkg.target.register",
    ),
    "submodule": (
        "    if name == 'register':\n        import importlib\n        return importlib.import_module('.target', __name__)",
        "pkg.target",
    ),
    "a global": ("    if name == 'register':\n        return _hidden", "pkg._hidden"),
    "raises": ("    raise AttributeError(name)", "missing"),
    "raises for others": (
        "    if name == 'other':\n        return 1\n    raise AttributeError(name)",
        "missing",
    ),
    "not in the table": (
        "    if name in EMPTY:\n        return EMPTY[name]\n    raise AttributeError(name)",
        "missing",
    ),
    "names a module that is missing": (
        "    if name == 'register':\n        from .gone import register\n        return register",
        "missing",
    ),
    "names an attribute that is missing": (
        "    if name == 'register':\n        from .target import gone\n        return gone",
        "missing",
    ),
    "another's": (
        "    if name == 'register':\n        from elsewhere import register\n        return register",
        "external",
    ),
    "computed test": (
        "    if check(name):\n        return 1\n    raise AttributeError(name)",
        "unknown",
    ),
    "computed value": ("    return make(name)", "unknown"),
    "loop": (
        "    for module in MODULES:\n        if hasattr(module, name):\n            return getattr(module, name)\n    raise AttributeError(name)",
        "unknown",
    ),
    "computed table": (
        "    if name in COMPUTED:\n        return COMPUTED[name]\n    raise AttributeError(name)",
        "unknown",
    ),
    "with": ("    with lock:\n        return make(name)", "unknown"),
    "no return": ("    pass", "unknown"),
    "case": (
        "    match name:\n        case 'register':\n            from .target import register\n            return register\n    raise AttributeError(name)",
        "unknown",
    ),
    "a class's attribute": (
        "    if name == 'register':\n        from .target import Thing\n        return Thing.make",
        "unknown",
    ),
    "called": (
        "    if name == 'register':\n        from .target import Thing\n        return Thing()",
        "unknown",
    ),
}
LAZY_TOP = (
    "TABLE = {'register': '.target'}\nPAIRS = {'register': ('.target', 'register')}\nEMPTY = {}\n"
    "COMPUTED = make()\ndef _hidden(): ...\n"
)


@pytest.mark.parametrize("case", cases(LAZY))
def test_what_a_module_getattr_answers(tmp_path: Path, case: str) -> None:
    body, expected = LAZY[case]
    source = f"{LAZY_TOP}def __getattr__(name):\n{body}\n"
    found = answer(tmp_path, {"pkg/__init__.py": source}, "pkg:register")
    if expected in list(Status):
        assert str(found.status) == expected, found
    else:
        assert found.status is Status.FOUND, found.reason
        assert found.qualified_name == expected


def test_a_getattr_that_is_bound_to_something(tmp_path: Path) -> None:
    source = "__getattr__ = lazy(__name__)\n"
    found = answer(tmp_path, {"pkg/__init__.py": source}, "pkg:register")
    assert found.status is Status.UNKNOWN


def test_attach_of_lazy_loader_cannot_be_told(tmp_path: Path) -> None:
    source = "__getattr__, __dir__, __all__ = lazy.attach(__name__, ['target'])\n"
    found = answer(tmp_path, {"pkg/__init__.py": source}, "pkg:register")
    assert found.status is Status.UNKNOWN


def test_a_submodule_is_imported_where_getattr_raises(tmp_path: Path) -> None:
    """`from pkg import target` imports it; `pkg:target` of an entry point only asks for it."""
    source = "def __getattr__(name):\n    raise AttributeError(name)\n"
    files = {"pkg/__init__.py": source, "top.py": "from pkg import target\n"}
    assert answer(tmp_path, files, "top:target").qualified_name == "pkg.target"
    assert answer(tmp_path, files, "pkg:target").status is Status.MISSING


@pytest.mark.parametrize(
    ("module", "package", "name", "level", "expected"),
    [
        ("pkg/__init__.py", "pkg", "x", 1, "pkg.x"),
        ("pkg/__init__.py", "pkg", "", 1, "pkg"),
        ("pkg/mod.py", "pkg.mod", "x", 1, "pkg.x"),
        ("pkg/mod.py", "pkg.mod", "x", 2, None),
        ("pkg/sub/mod.py", "pkg.sub.mod", "x.y", 2, "pkg.x.y"),
        ("top.py", "top", "x", 1, None),
        ("top.py", "top", "x.y", 0, "x.y"),
    ],
)
def test_relative_imports(
    tmp_path: Path, module: str, package: str, name: str, level: int, expected: str | None
) -> None:
    resolver: Resolver = resolver_of(tmp_path, {"pkg/__init__.py": "", module: ""})
    assert absolute(resolver.finder.find(package), name, level) == expected


def test_kinds(tmp_path: Path) -> None:
    source = "def f(): ...\nclass C: ...\nv = 1\nimport pkg.target\n"
    for attr, kind in (
        ("f", Kind.FUNCTION),
        ("C", Kind.CLASS),
        ("v", Kind.VALUE),
        ("pkg", Kind.MODULE),
    ):
        assert answer(tmp_path, {"pkg/__init__.py": source}, f"pkg:{attr}").kind is kind
