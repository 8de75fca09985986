"""Statements found by the words on their lines, and what is around them."""

from __future__ import annotations

import ast
import re
import sysconfig
from pathlib import Path

import pytest

from vplug.analysis.modules import Module, ModuleFinder
from vplug.analysis.places import Place, places
from vplug.analysis.words import PRINT
from vplug.discovery.target import Root
from vplug.discovery.tree import FolderTree

MARK = re.compile(r"\bmark\(")


def module_of(folder: Path, text: str) -> Module:
    (folder / "mine.py").write_bytes(text.encode())
    return ModuleFinder([Root(FolderTree(folder))], 1).find("mine")


def only(folder: Path, text: str) -> Place:
    (place,) = (p for p in places(module_of(folder, text), MARK) if any(map(is_mark, p.calls())))
    return place


def is_mark(call: ast.Call) -> bool:
    return getattr(call.func, "id", "") == "mark"


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("mark()", True),
        ("if x:\n    mark()", False),
        ("if True:\n    mark()", True),
        ("if x:\n    pass\nelse:\n    mark()", False),
        ("for x in y:\n    mark()", False),
        ("while x:\n    mark()", False),
        ("with x:\n    mark()", True),
        ("with mark():\n    pass", True),
        ("if mark():\n    pass", True),
        ("try:\n    mark()\nfinally:\n    pass", True),
        ("try:\n    pass\nexcept E:\n    mark()", False),
        ("try:\n    pass\nfinally:\n    mark()", True),
        ("match x:\n    case 1:\n        mark()", False),
        ("class C:\n    mark()", True),
        ("def f():\n    mark()", True),
        ("def f():\n    return\n    mark()", False),
        ("def f():\n    if x:\n        return\n    mark()", False),
        ("def f():\n    def g():\n        return\n    mark()", True),
        ("if x:\n    raise E\nmark()", False),
        ("def f():\n    if x:\n        return\n\nmark()", True),
        ("@mark()\ndef f():\n    pass", True),
        ("def f(x=mark()):\n    pass", True),
        ("if x: mark()", False),
        ("x = 1; mark()", True),
    ],
)
def test_is_sure(tmp_path: Path, text: str, sure: bool) -> None:
    assert only(tmp_path, text).is_sure is sure


@pytest.mark.parametrize(
    ("around", "caught"),
    [
        ("try:\n    mark()\nexcept ValueError:\n    pass", True),
        ("try:\n    mark()\nexcept Exception:\n    pass", True),
        ("try:\n    mark()\nexcept:\n    pass", True),
        ("try:\n    mark()\nexcept (KeyError, ValueError):\n    pass", True),
        ("try:\n    mark()\nexcept KeyError:\n    pass", False),
        ("try:\n    mark()\nexcept ValueError:\n    raise", False),
        ("try:\n    mark()\nexcept ERRORS:\n    pass", True),
        ("try:\n    mark()\nfinally:\n    pass", False),
        ("try:\n    pass\nexcept ValueError:\n    mark()", False),
        ("try:\n    pass\nexcept ValueError:\n    pass\nelse:\n    mark()", False),
        ("with suppress(ValueError):\n    mark()", True),
        ("with contextlib.suppress(KeyError):\n    mark()", False),
        ("try:\n    def f():\n        mark()\nexcept ValueError:\n    pass", False),
        (
            "try:\n    try:\n        mark()\n    finally:\n        x()\nexcept ValueError:\n    x()",
            True,
        ),
    ],
)
def test_is_caught(tmp_path: Path, around: str, caught: bool) -> None:
    assert only(tmp_path, around).is_caught(ValueError) is caught


@pytest.mark.parametrize(
    "text",
    [
        "if TYPE_CHECKING:\n    mark()",
        "if typing.TYPE_CHECKING:\n    mark()",
        'if __name__ == "__main__":\n    mark()',
        "x = 1",
    ],
)
def test_what_never_runs_is_left_out(tmp_path: Path, text: str) -> None:
    assert not list(places(module_of(tmp_path, text), MARK))


def test_what_runs_otherwise_is_not(tmp_path: Path) -> None:
    assert only(tmp_path, "if TYPE_CHECKING:\n    pass\nelse:\n    mark()").node.lineno == 4


def test_functions(tmp_path: Path) -> None:
    text = "class C:\n    def f(self):\n        def g():\n            mark()\n"
    place = only(tmp_path, text)
    assert [getattr(f, "name", "") for f in place.functions] == ["f", "g"]
    assert place.function is place.functions[-1]
    assert only(tmp_path, "class C:\n    mark()").function is None
    # Decorators and default values run where the function is defined.
    assert only(tmp_path, "@mark()\ndef f(): pass").function is None


def test_within_and_at_import(tmp_path: Path) -> None:
    text = "mark(1)\ndef f():\n    mark(2)\n\nclass C:\n    mark(3)\n    def g(self):\n"
    text += "        mark(4)\nmark(5)\n"
    module = module_of(tmp_path, text)
    assert [p.node.lineno for p in places(module, MARK)] == [1, 3, 6, 8, 9]
    assert [p.node.lineno for p in places(module, MARK, at_import=True)] == [1, 6, 9]
    function = module.source.tree.body[1]
    assert [p.node.lineno for p in places(module, MARK, within=function)] == [3]
    assert not list(places(module, MARK, ("absent",)))


def test_line_ends(tmp_path: Path) -> None:
    for end in ("\n", "\r\n", "\r"):
        module = module_of(tmp_path, end.join(["x = 1", "if x:", "    mark()", "mark()", ""]))
        assert [p.node.lineno for p in places(module, MARK)] == [3, 4]


def test_a_statement_is_given_once(tmp_path: Path) -> None:
    module = module_of(tmp_path, "x = [\n    mark(),\n    mark(),\n]\n")
    (place,) = places(module, MARK)
    assert len([c for c in place.calls() if getattr(c.func, "id", "") == "mark"]) == 2


def test_lambdas_are_not_run(tmp_path: Path) -> None:
    (place,) = places(module_of(tmp_path, "f = lambda x=later(1): mark()"), MARK)
    assert [getattr(c.func, "id", "") for c in place.calls()] == ["later"]


def test_finds_every_call_that_walking_the_tree_does() -> None:
    """On the standard library: each `print` outside lambdas and scripts, no more and no fewer."""
    folder = Path(sysconfig.get_paths()["stdlib"])
    finder = ModuleFinder([Root(FolderTree(folder))], 1)
    compared = 0
    for path in sorted(folder.glob("*.py")):
        text = path.read_text(encoding="utf-8", errors="replace")
        if "print" not in text or "lambda" in text or "__main__" in text or "TYPE_CH" in text:
            continue
        walked = {
            (node.lineno, node.col_offset)
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print"
        }
        found = {
            (call.lineno, call.col_offset)
            for place in places(finder.find(path.stem), PRINT)
            for call in place.calls()
            if getattr(call.func, "id", "") == "print"
        }
        assert found == walked, path.name
        compared += len(walked)
    assert compared > 10
