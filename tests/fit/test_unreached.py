"""Imports from vLLM in modules that no plugin's loading reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support import project

from vplug.analysis.unreached import unreached_uses
from vplug.analysis.uses import Stage

PYPROJECT = """\
[project]
name = "mine"
version = "1"
[project.entry-points."vllm.general_plugins"]
mine = "mine:register"
"""
Q = '"""'


def found(
    tmp_path: Path, files: dict[str, str | bytes], *reached: str, own: bool = False
) -> list[tuple[object, ...]]:
    target = project(tmp_path, {"pyproject.toml": PYPROJECT, "mine/__init__.py": "", **files})
    uses = unreached_uses(target, frozenset({"mine", *reached}))
    assert all(use.stage is Stage.UNREACHED for use in uses)
    named = [(use.what.module, use.what.name, use.what.location.line) for use in uses]
    return [item for item in named if own or str(item[0]).partition(".")[0] == "vllm"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("import os\n", []),
        ("import vllm\n", [("vllm", None, 1)]),
        ("import vllm.a\nimport vllm.b as b\n", [("vllm.a", None, 1), ("vllm.b", None, 2)]),
        ("from vllm import A\n", [("vllm", "A", 1)]),
        ("from vllm.a import A, B as C  # A\n", [("vllm.a", "A", 1), ("vllm.a", "B", 1)]),
        ("from\tvllm.a  import\tA", [("vllm.a", "A", 1)]),
        ("from vllm.a import (A, B)\n", [("vllm.a", "A", 1), ("vllm.a", "B", 1)]),
        ("\nfrom vllm.a import (\n    A,  # one\n    # B,\n    C,\n)\n",
         [("vllm.a", "A", 2), ("vllm.a", "C", 2)]),
        ("from vllm.a import A\r\nfrom vllm.b import B\r\n",
         [("vllm.a", "A", 1), ("vllm.b", "B", 2)]),
        ("import vllmx\nfrom vllmx.a import A\nfrom .vllm import B\nimport notvllm\n", []),
        ("# from vllm.a import A\n", []),
        ("if x:\n    from vllm.a import A\n", []),
        (f"{Q}One.\n\nfrom vllm.a import A\n{Q}\nfrom vllm.b import B\n", [("vllm.b", "B", 5)]),
        ("'''\nfrom vllm.a import A\n'''\n", []),
        (f"{Q}One.{Q}\nfrom vllm.b import B\n", [("vllm.b", "B", 2)]),
        ("this is not Python\nfrom vllm.b import B\n", [("vllm.b", "B", 2)]),
        (f"# {Q}\nfrom vllm.b import B\n", [("vllm.b", "B", 2)]),
        (f"{Q}'''\nfrom vllm.b import B\n{Q}\n", []),
        ("from vllm.a import \\\n    A\n", [("vllm.a", "A", 1)]),
        ("from vllm.a import (  # (so)\n    A,\n)\n", [("vllm.a", "A", 1)]),
        ("import os, vllm.a\n", [("vllm.a", None, 1)]),
        ("from vllm.a import *\n", [("vllm.a", None, 1)]),
        ("import os; import vllm.a\n", [("vllm.a", None, 1)]),
        ("import vllm.a.b as c, vllm.d\n", [("vllm.a.b", None, 1), ("vllm.d", None, 1)]),
        ("from \\\n  vllm.a import A\n", [("vllm.a", "A", 1)]),
        ("x = 'it is'\nfrom vllm.a import A\n", [("vllm.a", "A", 2)]),
        ("it's no Python\nfrom vllm.a import A\n", [("vllm.a", "A", 2)]),
        (f"x = {Q}\\{Q}\nfrom vllm.a import A\n{Q}\n", []),
        (f"x = {Q} it goes on\nfrom vllm.a import A\n\\", []),
        ("from vllm.a import (A\n", []),
        ("from vllm.a import A B\n", []),
    ],
)  # fmt: skip
def test_what_stands_at_the_margin(
    tmp_path: Path, text: str, expected: list[tuple[object, ...]]
) -> None:
    assert found(tmp_path, {"mine/other.py": text.encode()}) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from . import b\n", [("mine", "b", 1)]),
        ("from .b import B\n", [("mine.b", "B", 1)]),
        ("from\t.b import (\n  B,\n  C\n)  # so\n", [("mine.b", "B", 1), ("mine.b", "C", 1)]),
        ("from mine.b import B as C\n", [("mine.b", "B", 1)]),
        ("import os, mine.b\n", [("mine.b", None, 1)]),
        ("from os import path; from .b import B\n", [("mine.b", "B", 1)]),
        ("import os, \\\n  mine.b\n", [("mine.b", None, 1)]),
        ("from ..b import B\nimport mined\nfrom other.b import B\n", []),
        (f"{Q}\nfrom . import b\n{Q}\n", []),
    ],
)
def test_what_is_its_own(tmp_path: Path, text: str, expected: list[tuple[object, ...]]) -> None:
    assert found(tmp_path, {"mine/other.py": text}, own=True) == expected


def test_only_own_modules_that_are_not_reached(tmp_path: Path) -> None:
    line = "from vllm.a import A\n"
    files = {
        "mine/read.py": line,
        "mine/sub/__init__.py": "",
        "mine/sub/other.py": "\n" + line,
        "mine/notes.txt": line,
        "tests/test_it.py": line,
        "setup_helper.py": line,
    }
    assert found(tmp_path, files, "mine.read") == [("vllm.a", "A", 2)]


def test_a_package_by_its_init(tmp_path: Path) -> None:
    files = {"mine/sub/__init__.py": "from vllm.a import A\n"}
    assert found(tmp_path, files, "mine.sub") == []
    assert found(tmp_path, files) == [("vllm.a", "A", 1)]


def test_location_is_as_shown_to_a_person(tmp_path: Path) -> None:
    target = project(
        tmp_path,
        {
            "pyproject.toml": PYPROJECT,
            "src/mine/__init__.py": "",
            "src/mine/b.py": "import vllm.a\n",
        },
    )
    (use,) = unreached_uses(target, frozenset({"mine"}))
    assert (use.module, use.what.location.path) == ("mine.b", "src/mine/b.py")


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    assert found(tmp_path, {"mine/other.py": b"\xff\xfe\nfrom vllm.a import A\n"}) == [
        ("vllm.a", "A", 2)
    ]
