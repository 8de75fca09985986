"""What one entry point is, for a person to read."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.support import project, resolver_of

from vplug.analysis.describe import describe
from vplug.analysis.inspect import inspect_target
from vplug.loader import Allowlist, plan
from vplug.model import Description, EntryPoint

P = "vllm.platform_plugins"


def description(tmp_path: Path, source: str, value: str = "pkg:f") -> Description:
    resolver = resolver_of(
        tmp_path,
        {
            "pkg/__init__.py": source,
            "pkg/platform.py": "from vllm.platforms import Platform\n"
            "class Mine(Platform):\n    '''My platform.\n\n    More.\n    '''\n",
        },
    )
    return describe(EntryPoint(P, "mine", value), resolver, registers=False)


def test_a_function_with_the_class_it_names(tmp_path: Path) -> None:
    found = description(
        tmp_path, "def f() -> str | None:\n    '''Say where.'''\n    return 'pkg.platform.Mine'\n"
    )
    assert (found.status, found.kind, found.qualified_name) == ("found", "function", "pkg.f")
    assert (str(found.signature), found.doc) == ("() -> str | None", "Say where.")
    assert found.returns == ('"pkg.platform.Mine"',)
    (mine,) = found.classes
    assert (mine.name, mine.doc, mine.problem) == ("pkg.platform.Mine", "My platform.", None)
    assert mine.bases == ("vllm.platforms.Platform",)
    assert str(mine.location) == "pkg/platform.py:2:1"


@pytest.mark.parametrize(
    ("returned", "problem"),
    [
        ("'pkg.platform.Gone'", "pkg.platform defines no Gone"),
        ("'pkg.gone.Mine'", "there is no module pkg.gone"),
        ("'elsewhere.Mine'", "elsewhere is not in this distribution"),
        ("'pkg.f'", "function"),
    ],
)
def test_a_class_that_is_not_there(tmp_path: Path, returned: str, problem: str) -> None:
    (item,) = description(tmp_path, f"def f():\n    return {returned}\n").classes
    assert item.problem is not None
    assert problem in item.problem


@pytest.mark.parametrize(
    "returned",
    [
        "'Mine'",
        "'pkg.platform:Mine'",
        "''",
        "'.Mine'",
        "'.'",
        "'pkg.'",
        "'..x'",
        "'pkg..Mine'",
        "'some text. More text'",
        "'1.2.3'",
        "'a/b.c'",
    ],
)
def test_odd_names_do_not_stop_it(tmp_path: Path, returned: str) -> None:
    found = description(tmp_path, f"def f():\n    return {returned}\n")
    assert found.status == "found"
    assert len(found.returns) == 1
    assert all(item.problem for item in found.classes)


def test_a_class(tmp_path: Path) -> None:
    source = "from a import B\nclass f(B):\n    def __init__(self, config, *, x=1): ...\n"
    found = description(tmp_path, source)
    assert (found.kind, str(found.signature)) == ("class", "(config, *, x=1)")
    assert found.classes[0].bases == ("a.B",)


@pytest.mark.parametrize(
    ("value", "status", "words"),
    [
        ("pkg:gone", "missing", "pkg defines no gone"),
        ("pkg.gone:f", "missing", "there is no module pkg.gone"),
        ("elsewhere:f", "external", "another distribution"),
        ("not a value", "missing", "no object reference"),
        ("", "missing", "no object reference"),
        (":f", "missing", "no object reference"),
    ],
)
def test_what_cannot_be_described(tmp_path: Path, value: str, status: str, words: str) -> None:
    found = description(tmp_path, "", value)
    assert found.status == status
    assert words in (found.problem or "")


def test_a_module_and_a_value(tmp_path: Path) -> None:
    assert description(tmp_path, "", "pkg.platform").kind == "module"
    assert description(tmp_path, "f = make()\n").kind == "value"


def test_an_inspection_of_a_project(tmp_path: Path) -> None:
    target = project(
        tmp_path,
        {
            "pyproject.toml": "[project]\nname = 'demo'\nversion = '1'\ndependencies = ['vllm>=0.20']\n"
            "dynamic = ['readme']\n"
            f"[project.entry-points.'{P}']\nmine = 'pkg:f'\n"
            "[project.entry-points.'vllm.nobody']\nother = 'pkg:gone'\n",
            "pkg/__init__.py": "def f():\n    return None\n",
            ".hidden/x.py": "",
            "build/y.py": "",
        },
    )
    found = inspect_target(target, plan((target.distribution,), Allowlist()))
    assert found.files == ("pkg/__init__.py", "pyproject.toml")
    assert [str(item) for item in found.ranges] == [">=0.20 (dependency)"]
    assert [item.what for item in found.undecided] == ["readme"]
    assert [(p.group, p.description.status) for p in found.plugins] == [
        ("platform", "found"),
        ("vllm.nobody", "missing"),
    ]
    assert found.plugins[0].processes
    assert found.plugins[1].processes == ()
