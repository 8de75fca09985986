"""What is left of a source whose functions' bodies are left out."""

from __future__ import annotations

import ast
import asyncio
import sysconfig
from pathlib import Path

import pytest
from tests.support import resolver_of

from vplug.analysis.bindings import imports_in
from vplug.analysis.execution import Execution
from vplug.analysis.modules import Source
from vplug.analysis.outline import outlined
from vplug.analysis.uses import Stage, Use

PKG = "pkg/__init__.py"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f():\n    import a\n\nx = 1\n", "def f():\n pass\n\nx = 1\n"),
        ("async def f():\n    a\nb\n", "async def f():\n pass\nb\n"),
        ("def f(): return 1\nb\n", None),
        ("def f(\n    a,\n    b=(1, 2),\n) -> int:\n    c\nd\n",
         "def f(\n    a,\n    b=(1, 2),\n) -> int:\n pass\nd\n"),
        ("class K:\n    x = 1\n    def m(self):\n        a\n        b\n    y = 2\n",
         "class K:\n    x = 1\n    def m(self):\n     pass\n\n    y = 2\n"),
        ("def f():\n    a\n# a comment at the margin\n    b\nc\n", "def f():\n pass\n\n\nc\n"),
        ("def f():  # why\n    a\n", "def f():  # why\n pass\n"),
        ("if x:\n    def f():\n        a\nelse:\n    f = None\n",
         "if x:\n    def f():\n     pass\nelse:\n    f = None\n"),
        ("def f():\n\tif a:\n\t\tb\nc\n", "def f():\n pass\n\nc\n"),
        # Text at the margin of a string is the function's, an even number of quotes or not.
        ('def f():\n    a = """\nimport b\n"""\nc\n', "def f():\n pass\n\n\nc\n"),
        ("def f():\n    a = '\"\"\"'\nc\n", "def f():\n pass\nc\n"),
        # A function in a string is text.
        ('a = """\ndef f():\n    b\n"""\nc\n', None),
        ("def f():\r\n    a\r\n", None),
        ("", None),
    ],
)  # fmt: skip
def test_what_is_left(text: str, expected: str | None) -> None:
    assert outlined(text) == (text if expected is None else expected)


def library() -> list[Path]:
    """Sources of the standard library: written by many hands, over thirty years."""
    folder = Path(sysconfig.get_path("stdlib"))
    return [*sorted(folder.glob("*.py")), *sorted(Path(asyncio.__file__).parent.glob("*.py"))]


def test_what_importing_the_standard_library_imports_is_all_there() -> None:
    untold = []
    for path in library():
        text = path.read_text("utf-8", errors="replace")
        whole = ast.parse(text)
        try:
            short = ast.parse(outlined(text))
        except SyntaxError:
            untold.append(path.name)
            continue
        theirs, ours = (
            [ast.dump(node, include_attributes=True) for node in imports_in(tree.body)]
            for tree in (whole, short)
        )
        assert ours == theirs, path.name
    assert len(untold) < 0.02 * len(library())


def test_a_source_that_its_outline_does_not_show_is_read(tmp_path: Path) -> None:
    text = "import vllm.a\n\n\ndef f(a=[\n1,\n)]\n"  # does not parse
    module = resolver_of(tmp_path, {PKG: "", "pkg/sub.py": text}).finder.find("pkg.sub")
    assert not isinstance(module.outline, Source)
    assert module.was_read


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("import vllm.a\ndef f(): import vllm.b", {}),
        ("try:\n    import vllm.a\nexcept ImportError:\n    import vllm.b", {}),
        ("from .sub import x", {"pkg/sub.py": "import vllm.a\nclass K:\n    import vllm.b\n"}),
        ("def f():\n    import vllm.a\n\nf()\n", {}),
        ("import os\nfrom .sub import f\n\nos.getcwd()\nf()\n",
         {"pkg/sub.py": "def f():\n    import vllm.a\n    g()\n\ndef g():\n    from vllm import b\n"}),
        ("from .sub import *\nf()\n", {"pkg/sub.py": "def f():\n    import vllm.a\n"}),
        ("from . import sub\nsub.f()\n", {"pkg/sub.py": "def f():\n    import vllm.a\n"}),
        ("import pkg.sub\nx = pkg.sub.f()\n", {"pkg/sub.py": "def f():\n    import vllm.a\n"}),
        ("if x:\n    from .sub import y\n", {"pkg/sub.py": "import vllm.a\nf()\ndef f(): pass"}),
        ("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import vllm.a\n", {}),
    ],
)  # fmt: skip
def test_uses_at_load_are_those_of_all_uses(
    tmp_path: Path, text: str, more: dict[str, str]
) -> None:
    files = {PKG: text, **more}
    whole = Execution(resolver_of(tmp_path / "whole", files)).uses(("pkg",))
    alone = Execution(resolver_of(tmp_path / "alone", files)).load_uses("pkg")
    assert [shown(use) for use in alone] == [shown(u) for u in whole if u.stage is Stage.LOAD]


def shown(use: Use) -> tuple[object, ...]:
    item = use.what
    return item.module, item.name, item.location, item.guard, type(item.condition), use.module
