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


G = "vllm.general_plugins"
FROM_VLLM = "from vllm import ModelRegistry\n"


def general(tmp_path: Path, entry_points: dict[str, str], **files: str) -> list[Description]:
    """What inspecting general plugins of one project tells, in the order of ``entry_points``."""
    declared = "\n".join(f'{name} = "{value}"' for name, value in entry_points.items())
    target = project(
        tmp_path,
        {
            "pyproject.toml": f'[project]\nname = "d"\n[project.entry-points."{G}"]\n{declared}\n',
            **{f"pkg/{name}.py": text for name, text in files.items()},
        },
    )
    plugins = plan((target.distribution,), Allowlist(None))
    return [item.description for item in inspect_target(target, plugins).plugins]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("def register():\n    'Nothing yet.'\n", "nothing: its function does nothing"),
        ("def register():\n    pass\n", "nothing: its function does nothing"),
        ("register = lambda: None\n", "nothing: its function does nothing"),
        ("def register():\n    print(1)\n", "nothing that reading finds"),
        ("class register: ...\n", "cannot tell: it is a class, and vLLM calls a function"),
        ("from elsewhere import register\n", "cannot tell: its function is not here to read"),
        (FROM_VLLM + "def register():\n    ModelRegistry.register_model('A', 'a:A')\n", None),
    ],
)
def test_words_where_nothing_is_registered(tmp_path: Path, source: str, words: str | None) -> None:
    (found,) = general(tmp_path, {"mine": "pkg:register"}, __init__=source)
    assert found.no_registrations == words


def test_what_stands_in_functions_that_are_not_seen_to_run(tmp_path: Path) -> None:
    steps = (
        FROM_VLLM
        + "STEPS = []\ndef step(function):\n    STEPS.append(function)\n    return function\n"
        "@step\ndef models():\n    add('A')\n"
        "def add(name):\n    ModelRegistry.register_model(name, 'pkg.m:X')\n"
    )
    source = "from . import steps\ndef register():\n    for step in steps.STEPS:\n        step()\n"
    (found,) = general(tmp_path, {"mine": "pkg:register"}, __init__=source, steps=steps)
    assert found.registered == ()
    assert found.no_registrations == "nothing that reading finds"
    ((what, arguments),) = [(item.what, item.arguments) for item in found.elsewhere]
    assert (what, arguments) == ("model", ('"A"', '"pkg.m:X"'))


def test_what_another_plugin_registers_is_that_ones(tmp_path: Path) -> None:
    source = FROM_VLLM + "".join(
        f"def {name}():\n    ModelRegistry.register_model('{name}', 'pkg.m:X')\n"
        for name in ("one", "two", "three")
    )
    one, two = general(tmp_path, {"one": "pkg:one", "two": "pkg:two"}, __init__=source)
    assert [item.arguments[0] for item in one.registered] == ['"one"']
    assert [item.arguments[0] for item in two.registered] == ['"two"']
    for found in (one, two):
        assert [item.arguments[0] for item in found.elsewhere] == ['"three"']


def test_what_is_replaced(tmp_path: Path) -> None:
    source = (
        "def register():\n    from vllm.v1.core.sched.scheduler import Scheduler\n"
        "    Scheduler.schedule = mine\ndef mine(self): ...\n"
    )
    (found,) = general(tmp_path, {"mine": "pkg:register"}, __init__=source)
    (item,) = found.replaces
    assert (item.name, str(item.location)) == (
        "vllm.v1.core.sched.scheduler.Scheduler.schedule",
        "pkg/__init__.py:3:5",
    )


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        ("return Mine()", "an instance of pkg.platform.Mine"),
        ("return [Mine, 'a']", '[pkg.platform.Mine, "a"]'),
        ("return {'a': Mine}", '{"a": pkg.platform.Mine}'),
    ],
)
def test_what_is_returned_is_told_in_words(tmp_path: Path, body: str, shown: str) -> None:
    found = description(tmp_path, f"from .platform import Mine\ndef f():\n    {body}\n")
    assert found.returns == (shown,)


def test_the_class_of_an_instance_is_described(tmp_path: Path) -> None:
    source = "def f():\n    from .platform import Mine\n    return Mine()\n"
    (item,) = description(tmp_path, source).classes
    assert (item.name, item.doc) == ("pkg.platform.Mine", "My platform.")
