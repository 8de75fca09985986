"""Projects: pyproject.toml, setup.cfg and setup.py, read as their build backend would read them."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from tests.support import cases, project, write

from vplug.discovery.project import read_project
from vplug.discovery.pyproject import module_folders, poetry_specifier
from vplug.discovery.target import Target
from vplug.discovery.toml_lines import key_lines
from vplug.discovery.tree import FolderTree
from vplug.errors import NothingFound, Unreadable


def points(target: Target) -> list[tuple[str, str, str, int | None]]:
    return [
        (e.group, e.name, e.value, e.location.line if e.location else None)
        for e in target.distribution.entry_points
    ]


def undecided(target: Target) -> dict[str, int | None]:
    return {item.what: item.location.line if item.location else None for item in target.undecided}


G = "vllm.general_plugins"
P = "vllm.platform_plugins"

PYPROJECT: dict[str, tuple[str, list[tuple[str, str, str, int | None]]]] = {
    "quoted table": (
        f"""\
        [project]
        name = "demo"
        [project.entry-points."{G}"]
        mine = "demo:register"
        "b.c" = "demo.sub:Class.method"
        """,
        [(G, "mine", "demo:register", 4), (G, "b.c", "demo.sub:Class.method", 5)],
    ),
    "single quotes": (
        f"[project]\nname = 'demo'\n[project.entry-points.'{G}']\nmine = 'demo:register'\n",
        [(G, "mine", "demo:register", 4)],
    ),
    "unquoted group nests": (
        f"""\
        [project]
        name = "demo"

        [project.entry-points.{G}]
        mine = "demo:register"
        """,
        [(G, "mine", "demo:register", 5)],
    ),
    "inline table": (
        f"""\
        [project]
        name = "demo"
        entry-points = {{ "{G}" = {{ mine = "demo:register" }} }}
        """,
        [(G, "mine", "demo:register", None)],
    ),
    "inline group": (
        f"""\
        [project]
        name = "demo"
        [project.entry-points]
        "{G}" = {{ mine = "demo:register", other = "demo:other" }}
        """,
        [(G, "mine", "demo:register", 4), (G, "other", "demo:other", 4)],
    ),
    "dotted keys": (
        f"""\
        [project]
        name = "demo"
        entry-points."{G}".mine = "demo:register"
        """,
        [(G, "mine", "demo:register", 3)],
    ),
    "two groups, scripts apart": (
        f"""\
        [project]
        name = "demo"
        [project.scripts]
        demo = "demo:main"
        [project.gui-scripts]
        gui = "demo:gui"
        [project.entry-points."{P}"]
        cuda = "demo:platform"
        [project.entry-points."{G}"]
        mine = "demo:register"
        """,
        [(P, "cuda", "demo:platform", 8), (G, "mine", "demo:register", 10)],
    ),
    "a string that looks like a table": (
        f'''\
        [project]
        name = "demo"
        description = """
        [project.entry-points."{G}"]
        mine = "wrong:line"
        """
        [project.entry-points."{G}"]
        mine = "demo:register"
        ''',
        [(G, "mine", "demo:register", 8)],
    ),
    "poetry": (
        f"""\
        [tool.poetry]
        name = "demo"
        version = "0.1"
        [tool.poetry.plugins."{G}"]
        mine = "demo:register"
        """,
        [(G, "mine", "demo:register", 5)],
    ),
    "poetry beside project": (
        f"""\
        [project]
        name = "demo"
        [project.entry-points."{G}"]
        mine = "demo:register"
        [tool.poetry.plugins."{G}"]
        old = "demo:old"
        """,
        [(G, "mine", "demo:register", 4)],
    ),
    "none": ("[project]\nname = 'demo'\n", []),
    "carriage returns": (
        f"[project]\r\nname = 'demo'\r\n[project.entry-points.'{G}']\r\nmine = 'demo:r'\r\n",
        [(G, "mine", "demo:r", 4)],
    ),
    "spaced header and comment": (
        f"[project]\nname = 'demo'\n[ project . entry-points . \"{G}\" ] # here\nmine = 'demo:r'\n",
        [(G, "mine", "demo:r", 4)],
    ),
}


@pytest.mark.parametrize("case", PYPROJECT)
def test_entry_points_of_pyproject(tmp_path: Path, case: str) -> None:
    text, expected = PYPROJECT[case]
    target = project(tmp_path, {"pyproject.toml": textwrap.dedent(text)})
    if case == "inline table":
        assert [row[:3] for row in points(target)] == [row[:3] for row in expected]
    else:
        assert points(target) == expected


def test_scripts_are_kept_apart(tmp_path: Path) -> None:
    text = textwrap.dedent(PYPROJECT["two groups, scripts apart"][0])
    target = project(tmp_path, {"pyproject.toml": text})
    assert [s.entry_point.name for s in target.distribution.scripts] == ["demo", "gui"]


_APACHE = "classifiers = ['License :: OSI Approved :: Apache Software License']\n"


@pytest.mark.parametrize(
    ("fields", "licence"),
    [
        ("license = 'Apache-2.0'\n" + _APACHE, "Apache-2.0"),
        ("license = { text = 'Apache 2' }\n" + _APACHE, "Apache 2"),
        ("license = { file = 'LICENSE' }\n" + _APACHE, "Apache Software License"),
        ("license = { file = 'LICENSE' }\n", "LICENSE"),
        (
            'license = { text = """\nA Licence\nat length""" }\n' + _APACHE,
            "Apache Software License",
        ),
        ('license = { text = """\nA Licence\nat length""" }\n', "A Licence"),
        ("license-files = ['LICENSE']\n" + _APACHE, "Apache Software License"),
        ("license-files = ['LICENSE']\n", "license files"),
        (_APACHE, "Apache Software License"),
        ("", "LICENSE"),
    ],
)
def test_a_licence_by_its_name_rather_than_its_file(
    tmp_path: Path, fields: str, licence: str
) -> None:
    text = f"[project]\nname = 'demo'\nversion = '1.0'\n{fields}"
    text += "[project.entry-points.'vllm.general_plugins']\nmine = 'demo:register'\n"
    found = project(tmp_path, {"pyproject.toml": text, "LICENSE": "Apache License\n"})
    assert found.distribution.license == licence


def test_the_fields_of_the_project_table(tmp_path: Path) -> None:
    text = """\
    [project]
    name = "demo"
    version = "1.0"
    description = "What it is."
    readme = { file = "README.md", content-type = "text/markdown" }
    license = { text = "MIT" }
    requires-python = ">=3.10"
    dependencies = ["vllm>=0.20", "torch ; sys_platform == 'linux'"]
    [project.optional-dependencies]
    old = ["vllm<0.20", "numpy; python_version < '3.11'"]
    [project.urls]
    Home = "https://example.invalid/demo"
    """
    ours = project(tmp_path, {"pyproject.toml": textwrap.dedent(text)}).distribution
    assert (ours.name, ours.version, ours.summary) == ("demo", "1.0", "What it is.")
    assert (ours.readme, ours.license, ours.requires_python) == ("README.md", "MIT", ">=3.10")
    assert ours.homepage == "https://example.invalid/demo"
    from packaging.requirements import Requirement

    assert [str(Requirement(item)) for item in ours.requires] == [
        "vllm>=0.20",
        'torch; sys_platform == "linux"',
        'vllm<0.20; extra == "old"',
        'numpy; python_version < "3.11" and extra == "old"',
    ]


WRONG_TYPES = [
    "project = 3\n",
    "[project]\nname = 3\nversion = []\ndependencies = 'vllm'\n",
    "[project]\nname = 'demo'\ndependencies = 5\n",
    "[project]\nname = 'demo'\nentry-points = 'x'\n",
    "[project]\nname = 'demo'\n[project.entry-points]\n'vllm.general_plugins' = 'x'\n",
    "[project]\nname = 'demo'\nurls = ['x']\nreadme = 3\nlicense = 3\nscripts = 3\n",
    "[project]\nname = 'demo'\noptional-dependencies = { a = 'vllm' }\n",
    "[project]\nname = 'demo'\ndynamic = 'version'\n",
    "[project]\nname = 'demo'\ndynamic = [3, {}]\n",
    "tool = 3\n",
    "[tool]\npoetry = 3\nvplug = 3\n",
    "[tool.poetry]\ndependencies = 3\npackages = 3\nplugins = { x = 3 }\n",
    "[tool.poetry]\npackages = ['x', 3, {from = 3}]\n",
    "[tool.setuptools]\npackage-dir = 3\npackages = ['demo']\n",
    "[tool.setuptools]\ndynamic = 3\npackages = { find = 3 }\n",
    "[tool.hatch.build.targets.wheel]\npackages = 3\nsources = 3\nforce-include = 3\n",
    "[tool.scikit-build.wheel]\npackages = 3\n",
    "build-system = 3\n",
    "[build-system]\nbuild-backend = 3\n",
]


@pytest.mark.parametrize("text", WRONG_TYPES)
def test_values_of_the_wrong_type_do_not_crash_the_reader(tmp_path: Path, text: str) -> None:
    target = project(tmp_path, {"pyproject.toml": text})
    assert target.distribution.entry_points == ()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"pyproject.toml": "[project\n"}, "not valid TOML"),
        ({"pyproject.toml": b"[project]\nname = '\xff'\n"}, "pyproject.toml:2 is not UTF-8"),
        ({"setup.cfg": b"[metadata]\n\nname = \xff\n"}, "setup.cfg:3 is not UTF-8"),
        ({"setup.cfg": "no section\n"}, "setup.cfg is not a valid INI"),
        ({"setup.py": b"# \xe9\n"}, "setup.py:1 is not UTF-8"),
    ],
)
def test_files_that_cannot_be_read(
    tmp_path: Path, files: dict[str, str | bytes], words: str
) -> None:
    with pytest.raises(Unreadable, match=words):
        project(tmp_path, files)


def test_a_folder_without_a_project(tmp_path: Path) -> None:
    with pytest.raises(NothingFound, match="demo holds no pyproject"):
        read_project(FolderTree(write(tmp_path, {"README.md": ""})), "demo")


def test_a_byte_mark_is_no_fault(tmp_path: Path) -> None:
    target = project(tmp_path, {"pyproject.toml": b"\xef\xbb\xbf[project]\nname = 'demo'\n"})
    assert target.distribution.name == "demo"


# dynamic


def test_dynamic_fields_from_files(tmp_path: Path) -> None:
    text = """\
    [build-system]
    build-backend = "setuptools.build_meta"
    [project]
    name = "demo"
    dynamic = ["version", "entry-points", "dependencies", "readme"]
    [tool.setuptools.dynamic]
    version = { file = "VERSION" }
    readme = { file = ["README.md"] }
    dependencies = { file = ["requirements.txt", "more.txt"] }
    entry-points = { file = "entry_points.ini" }
    """
    target = project(
        tmp_path,
        {
            "pyproject.toml": textwrap.dedent(text),
            "VERSION": "1.2\n",
            "README.md": "",
            "requirements.txt": "# comment\nvllm>=0.20 # why\n-r other.txt\n\n",
            "more.txt": "numpy\n",
            "entry_points.ini": f"[console_scripts]\ndemo = demo:main\n[{G}]\nmine = demo:register\n",
        },
    )
    ours = target.distribution
    assert (ours.version, ours.readme) == ("1.2", "README.md")
    assert ours.requires == ("vllm>=0.20", "numpy")
    (point,) = ours.entry_points
    assert str(point.location) == "entry_points.ini:4"
    assert [s.entry_point.name for s in ours.scripts] == ["demo"]
    assert undecided(target) == {}


def test_dynamic_without_a_file_cannot_be_told(tmp_path: Path) -> None:
    text = (
        "[project]\nname = 'demo'\ndynamic = ['version', 'entry-points', 'dependencies']\n"
        "[tool.setuptools.dynamic]\nversion = { attr = 'demo.__version__' }\n"
        "dependencies = { file = 'gone.txt' }\n"
    )
    target = project(tmp_path, {"pyproject.toml": text})
    assert set(undecided(target)) == {"version", "entry-points", "dependencies"}
    assert target.distribution.version is None


def test_dynamic_answered_by_setup_py(tmp_path: Path) -> None:
    target = project(
        tmp_path,
        {
            "pyproject.toml": "[project]\nname = 'demo'\ndynamic = ['version', 'entry-points']\n",
            "setup.py": "from setuptools import setup\n"
            f"setup(version='2', entry_points={{'{G}': ['mine = demo:register']}})\n",
        },
    )
    assert undecided(target) == {}
    assert target.distribution.version == "2"
    assert points(target) == [(G, "mine", "demo:register", 2)]


def test_a_group_from_dynamic_file_with_a_colon_in_names(tmp_path: Path) -> None:
    target = project(
        tmp_path,
        {
            "pyproject.toml": "[project]\nname='d'\ndynamic=['entry-points']\n"
            "[tool.setuptools.dynamic]\nentry-points = {file = 'e.txt'}\n",
            "e.txt": f"[{G}]\n# note\nCamel = demo:A\ncamel=demo:b\n",
        },
    )
    assert points(target) == [(G, "Camel", "demo:A", 3), (G, "camel", "demo:b", 4)]


# setup.cfg

SETUP_CFG: dict[str, tuple[str, list[tuple[str, str, str, int | None]]]] = {
    "plain": (
        f"[metadata]\nname = demo\n[options.entry_points]\n{G} =\n    mine = demo:register\n",
        [(G, "mine", "demo:register", 5)],
    ),
    "several with comments": (
        (
            f"[options.entry_points]\n{G} =\n    # one\n    a = demo:a\n    b=demo:b\n{P} =\n    c = demo:c\n"
            "console_scripts =\n    demo = demo:main\n"
        ),
        [(G, "a", "demo:a", 4), (G, "b", "demo:b", 5), (P, "c", "demo:c", 7)],
    ),
    "on one line": (
        f"[options.entry_points]\n{G} = mine = demo:register\n",
        [(G, "mine", "demo:register", 2)],
    ),
    "a name that is a key elsewhere": (
        f"[metadata]\nname = demo\nversion = 1\n[options.entry_points]\n{G} =\n    name = demo:register\n",
        [(G, "name", "demo:register", 6)],
    ),
    "none": ("[metadata]\nname = demo\n", []),
}


@pytest.mark.parametrize("case", cases(SETUP_CFG))
def test_entry_points_of_setup_cfg(tmp_path: Path, case: str) -> None:
    text, expected = SETUP_CFG[case]
    assert points(project(tmp_path, {"setup.cfg": text})) == expected


def test_the_fields_of_setup_cfg(tmp_path: Path) -> None:
    text = """\
    [metadata]
    name = demo
    version = attr: demo.__version__
    description = 100% plain
    license = MIT
    long-description = file: README.md
    url = https://example.invalid
    [options]
    python_requires = >=3.9
    install_requires =
        vllm>=0.20; sys_platform == "linux"
        # comment
        numpy
    package_dir =
        = src
    [options.extras_require]
    gpu = torch
    """
    target = project(tmp_path, {"setup.cfg": textwrap.dedent(text), "src/demo/__init__.py": ""})
    ours = target.distribution
    assert (ours.name, ours.version, ours.summary) == ("demo", None, "100% plain")
    assert (ours.license, ours.readme, ours.requires_python) == ("MIT", "file: README.md", ">=3.9")
    assert ours.requires == (
        'vllm>=0.20; sys_platform == "linux"',
        "numpy",
        "torch ; extra == 'gpu'",
    )
    assert undecided(target) == {"version": 3}
    assert ("", "src") in [(root.package, root.folder) for root in target.roots]


# setup.py


def setup(arguments: str, before: str = "") -> str:
    return f"from setuptools import setup\n{before}setup({arguments})\n"


SETUP_PY: dict[str, tuple[str, list[tuple[str, str, str, int | None]], dict[str, int | None]]] = {
    "list": (
        setup(f"entry_points={{'{G}': ['mine = demo:register', 'b=demo:b']}}"),
        [(G, "mine", "demo:register", 2), (G, "b", "demo:b", 2)],
        {},
    ),
    "lines of their own": (
        setup(f"\n entry_points={{\n  '{G}': [\n   'a = demo:a',\n   'b = demo:b',\n  ],\n }},\n"),
        [(G, "a", "demo:a", 5), (G, "b", "demo:b", 6)],
        {},
    ),
    "one string": (
        setup(f"entry_points={{'{G}': 'mine = demo:register'}}"),
        [(G, "mine", "demo:register", 2)],
        {},
    ),
    "a string of several": (
        setup(f"entry_points={{'{G}': 'a = demo:a\\nb = demo:b\\n'}}"),
        [(G, "a", "demo:a", 2), (G, "b", "demo:b", 2)],
        {},
    ),
    "tuple": (
        setup(f"entry_points={{'{G}': ('mine = demo:register',)}}"),
        [(G, "mine", "demo:register", 2)],
        {},
    ),
    "a name": (
        setup("entry_points=EP", f"EP = {{'{G}': ['mine = demo:register']}}\n"),
        [(G, "mine", "demo:register", None)],
        {},
    ),
    "joined strings": (
        setup(
            f"entry_points={{'{G}': [f'{{N}} = ' + PKG + ':register']}}", "N = 'm'\nPKG = 'demo'\n"
        ),
        [(G, "m", "demo:register", 4)],
        {},
    ),
    "dict call": (
        setup("entry_points=dict(**{'" + G + "': ['mine = demo:register']})"),
        [],
        {"entry-points": 2},
    ),
    "keyword dictionary": (
        setup("**KW", f"KW = {{'name': 'demo', 'entry_points': {{'{G}': ['m = demo:r']}}}}\n"),
        [(G, "m", "demo:r", 3)],
        {},
    ),
    "keyword dictionary, computed": (
        setup("**kw()", "def kw(): ...\n"),
        [],
        {"entry-points": 3, "dependencies": 3, "version": 3, "package-dir": 3},
    ),
    "computed": (setup("entry_points=find()"), [], {"entry-points": 2}),
    "one group computed": (
        setup(f"entry_points={{'{P}': read(), '{G}': ['mine = demo:register']}}"),
        [(G, "mine", "demo:register", 2)],
        {"entry-points": 2},
    ),
    "mutated": (
        setup("entry_points=EP", f"EP = {{'{G}': ['a = b:c']}}\nEP['x'] = []\n"),
        [],
        {"entry-points": 4},
    ),
    "mutated inside": (
        setup("entry_points=EP", f"EP = {{'{G}': ['a = b:c']}}\nEP['{G}'].append('d = e:f')\n"),
        [],
        {"entry-points": 4},
    ),
    "bound in two arms": (
        setup("entry_points=EP", f"if X:\n    EP = {{}}\nelse:\n    EP = {{'{G}': ['a = b:c']}}\n"),
        [],
        {"entry-points": 6},
    ),
    "shadowed by a global statement": (
        setup(
            "entry_points=EP",
            f"EP = {{'{G}': ['a = b:c']}}\ndef f():\n    global EP\n    EP = {{}}\nf()\n",
        ),
        [],
        {"entry-points": 7},
    ),
    "deleted from": (
        setup("entry_points=EP", f"EP = {{'{G}': ['a = b:c']}}\ndel EP['{G}']\n"),
        [],
        {"entry-points": 4},
    ),
    "merged in place": (
        setup("entry_points=EP", f"EP = {{'{G}': ['a = b:c']}}\nEP |= more()\n"),
        [],
        {"entry-points": 4},
    ),
    "ini text": (
        setup(f"entry_points='''\n[{G}]\nmine = demo:register\n'''"),
        [(G, "mine", "demo:register", 4)],
        {},
    ),
    "two calls": (setup("name='a'") + "setup(name='b')\n", [], {"entry-points": 3}),
    "no call": ("import sys\n", [], {}),
    "a call elsewhere": ("import this_is_never_imported\n", [], {"entry-points": 1}),
    "syntax error": ("setup(\n", [], {"entry-points": 1}),
    "module attribute": (
        f"import setuptools\nsetuptools.setup(entry_points={{'{G}': ['mine = demo:register']}})\n",
        [(G, "mine", "demo:register", 2)],
        {},
    ),
    "inside main": (
        (
            "from setuptools import setup\nif __name__ == '__main__':\n"
            f"    setup(entry_points={{'{G}': ['mine = demo:register']}})\n"
        ),
        [(G, "mine", "demo:register", 3)],
        {},
    ),
    "none": (setup("name='demo', entry_points=None"), [], {}),
    "numbers": (setup(f"entry_points={{'{G}': [3]}}"), [], {}),
    "a number": (setup(f"entry_points={{'{G}': 3}}"), [], {}),
}


@pytest.mark.parametrize("case", cases(SETUP_PY))
def test_entry_points_of_setup_py(tmp_path: Path, case: str) -> None:
    text, expected, unsure = SETUP_PY[case]
    target = project(tmp_path, {"setup.py": text})
    found = points(target)
    assert [row[:3] for row in found] == [row[:3] for row in expected]
    for ours, wanted in zip(found, expected, strict=True):
        assert wanted[3] is None or ours[3] == wanted[3]
    told = undecided(target)
    # Where nothing at all can be told, every field is undecided; the table names what matters.
    assert {what: told.get(what) for what in unsure} == unsure
    assert bool(told) is bool(unsure)


def test_setup_py_is_not_run(tmp_path: Path) -> None:
    trap = tmp_path / "ran"
    text = f"open({str(trap)!r}, 'w')\nfrom setuptools import setup\nsetup(name='demo')\n"
    assert project(tmp_path / "p", {"setup.py": text}).distribution.name == "demo"
    assert not trap.exists()


def test_the_fields_of_setup_py(tmp_path: Path) -> None:
    text = setup(
        "name=NAME, version='1.' + MINOR, description='d', license='MIT', url='u',\n"
        "long_description=open('README.md').read(), python_requires='>=3.9',\n"
        "install_requires=['vllm>=0.20'], extras_require={'a': ['torch'], 'b': 'numpy'},\n"
        "package_dir={'': 'lib', 'demo.sub': 'elsewhere'}",
        "NAME = 'demo'\nMINOR = '2'\n",
    )
    target = project(
        tmp_path, {"setup.py": text, "lib/demo/__init__.py": "", "elsewhere/__init__.py": ""}
    )
    ours = target.distribution
    assert (ours.name, ours.version, ours.summary) == ("demo", "1.2", "d")
    assert (ours.license, ours.homepage, ours.requires_python) == ("MIT", "u", ">=3.9")
    assert ours.readme == "computed in setup.py"
    assert ours.requires == ("vllm>=0.20", "torch ; extra == 'a'", "numpy ; extra == 'b'")
    roots = [(root.package, root.folder) for root in target.roots]
    assert roots == [("demo.sub", "elsewhere"), ("", "lib"), ("", "")]


@pytest.mark.parametrize(
    "argument",
    [
        "install_requires=3",
        "extras_require=[3]",
        "package_dir='src'",
        "name=3",
        "name=None",
    ],
)
def test_arguments_of_the_wrong_type_do_not_crash_the_reader(tmp_path: Path, argument: str) -> None:
    target = project(tmp_path, {"setup.py": setup(f"version='1', {argument}")})
    assert target.distribution.version == "1"


@pytest.mark.parametrize(
    "value",
    [
        "{[]: 1}",
        "{{}: 1}",
        "{**3}",
        "[*3]",
        "-'x'",
        "'a' + 1",
        "{'a'} | {'b'}",
        "{(1, []): 2}",
    ],
)
def test_literals_that_are_faults_when_run_are_undecided(tmp_path: Path, value: str) -> None:
    target = project(tmp_path, {"setup.py": setup(f"name='demo', entry_points={value}")})
    assert target.distribution.name == "demo"
    assert "entry-points" in undecided(target)


@pytest.mark.parametrize(
    "text",
    [
        "from setuptools import setup as declare\ndeclare({})",
        "import setuptools as st\nst.setup({})",
        "import setuptools\n\ndef main():\n    setuptools.setup({})\n\nmain()",
    ],
)
def test_setup_under_another_name(tmp_path: Path, text: str) -> None:
    given = "name='demo', entry_points={'vllm.general_plugins': ['mine = demo:register']}"
    target = project(tmp_path, {"setup.py": text.format(given) + "\n"})
    assert [row[:3] for row in points(target)] == [
        ("vllm.general_plugins", "mine", "demo:register")
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("from build_tools import run_setup\nrun_setup(name='demo')\n", 1),
        ("import os\nimport real_setup\n", 2),
        ("from . import real_setup\n", 1),
        ("exec(open('real_setup.py').read())\n", 1),
        ("import runpy\nrunpy.run_path('real_setup.py')\n", 1),
        ("import setuptools\ngetattr(setuptools, 'setup')(name='demo')\n", 1),
        ("from setuptools import setup\ndeclare = setup\ndeclare(name='demo')\n", 1),
    ],
)
def test_a_setup_call_that_cannot_be_seen_is_undecided(
    tmp_path: Path, text: str, line: int
) -> None:
    target = project(tmp_path, {"setup.py": text})
    assert points(target) == []
    told = undecided(target)
    assert told["entry-points"] == told["name"] == line


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# see pyproject.toml\n",
        "import sys\nsys.exit('use pyproject.toml')\n",
        "from setuptools import setup\n",
    ],
)
def test_a_setup_py_that_comes_to_no_setup_call_declares_nothing(tmp_path: Path, text: str) -> None:
    assert undecided(project(tmp_path, {"setup.py": text})) == {}


@pytest.mark.parametrize(
    "pyproject",
    [
        "[build-system]\nbuild-backend = 'hatchling.build'\n[project]\nname = 'demo'\n",
        f"[project]\nname = 'demo'\n[project.entry-points.'{G}']\na = 'demo:a'\n",
    ],
)
def test_a_setup_py_that_counts_for_nothing_leaves_no_entry_points_open(
    tmp_path: Path, pyproject: str
) -> None:
    target = project(
        tmp_path, {"pyproject.toml": pyproject, "setup.py": "from tools import go\ngo()\n"}
    )
    assert "entry-points" not in undecided(target)


def test_setup_cfg_names_a_file_of_entry_points(tmp_path: Path) -> None:
    files = {
        "setup.cfg": "[metadata]\nname = demo\n[options]\nentry_points = file: eps.txt\n",
        "eps.txt": "[vllm.general_plugins]\nmine = demo:register\n",
    }
    target = project(tmp_path / "whole", files)
    assert [row[1] for row in points(target)] == ["mine"]
    assert target.undecided == ()
    del files["eps.txt"]
    assert "entry-points" in undecided(project(tmp_path / "lacking", files))


# which file counts


def test_other_backends_do_not_read_setup_py(tmp_path: Path) -> None:
    target = project(
        tmp_path,
        {
            "pyproject.toml": "[build-system]\nbuild-backend = 'hatchling.build'\n"
            "[project]\nname = 'demo'\n",
            "setup.py": SETUP_PY["list"][0],
        },
    )
    assert points(target) == []
    ignored = {d.path: d.ignored for d in target.declarations}
    assert ignored["pyproject.toml"] is None
    assert "hatchling" in (ignored["setup.py"] or "")


SETUPTOOLS = "[build-system]\nbuild-backend = 'setuptools.build_meta'\n[project]\nname = 'demo'\n"


@pytest.mark.parametrize("dynamic", [False, True])
@pytest.mark.parametrize(
    ("own", "dropped"),
    [
        ("", False),
        ("[project.entry-points]\n", False),
        ("[project.scripts]\n", True),
        ("[project.gui-scripts]\ntool = 'demo:main'\n", True),
        ("[project.entry-points.'other.group']\none = 'demo:register'\n", True),
    ],
)
def test_what_setuptools_makes_of_setup_py_beside_a_project_table(
    tmp_path: Path, own: str, dropped: bool, dynamic: bool
) -> None:
    """As setuptools 69.5.1 and 84.2.1 build these."""
    listed = "dynamic = ['entry-points']\n" if dynamic else ""
    target = project(
        tmp_path,
        {"pyproject.toml": f"{SETUPTOOLS}{listed}{own}", "setup.py": SETUP_PY["list"][0]},
    )
    assert [row[1] for row in points(target) if row[0].startswith("vllm.")] == (
        [] if dropped else ["mine", "b"]
    )
    (call,) = (d for d in target.declarations if d.path == "setup.py")
    assert (call.ignored is not None) is dropped
    assert (call.unlisted is not None) is (not dropped and not dynamic)


def test_setuptools_takes_setup_py_before_setup_cfg_beside_a_project_table(tmp_path: Path) -> None:
    target = project(
        tmp_path,
        {
            "pyproject.toml": SETUPTOOLS,
            "setup.py": SETUP_PY["list"][0],
            "setup.cfg": SETUP_CFG["plain"][0],
        },
    )
    assert [row[1] for row in points(target)] == ["mine", "b"]
    assert [d.ignored is None for d in target.declarations] == [True, True, False]


def test_setup_py_wins_over_setup_cfg(tmp_path: Path) -> None:
    target = project(
        tmp_path, {"setup.py": SETUP_PY["list"][0], "setup.cfg": SETUP_CFG["on one line"][0]}
    )
    assert [row[1] for row in points(target)] == ["mine", "b"]
    assert {d.path: bool(d.ignored) for d in target.declarations} == {
        "setup.py": False,
        "setup.cfg": True,
    }


def test_setup_cfg_counts_where_setup_py_says_nothing(tmp_path: Path) -> None:
    target = project(tmp_path, {"setup.py": setup(""), "setup.cfg": SETUP_CFG["plain"][0]})
    assert [row[1] for row in points(target)] == ["mine"]
    assert target.distribution.name == "demo"


def test_a_tool_table_is_kept(tmp_path: Path) -> None:
    target = project(
        tmp_path, {"pyproject.toml": "[project]\nname='d'\n[tool.vplug]\nvllm = '>=0.20'\n"}
    )
    assert target.config == {"vllm": ">=0.20"}


# small functions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("^0.12", ">=0.12,<0.13"),
        ("^1.2.3", ">=1.2.3,<2"),
        ("^1", ">=1,<2"),
        ("^0", ">=0,<1"),
        ("^0.0", ">=0.0,<0.1"),
        ("^0.0.3", ">=0.0.3,<0.0.4"),
        ("^0.2.3", ">=0.2.3,<0.3"),
        ("~1.2.3", ">=1.2.3,<1.3"),
        ("~1.2", ">=1.2,<1.3"),
        ("~1", ">=1,<2"),
        ("~=1.2", "~=1.2"),
        ("1.0", "==1.0"),
        ("1.*", "==1.*"),
        ("*", ""),
        ("", ""),
        (">=1.0, <2.0", ">=1.0,<2.0"),
        ("!=1.5", "!=1.5"),
        (">=3.10 , <3.14", ">=3.10,<3.14"),
        ("^3.10,!=3.11.1", ">=3.10,<4,!=3.11.1"),
        ("=1.0", "==1.0"),
        ("^0.2.0rc1", ">=0.2.0rc1,<0.3"),
    ],
)
def test_poetry_constraints(text: str, expected: str) -> None:
    assert poetry_specifier(text) == expected


@pytest.mark.parametrize(
    ("text", "lowest"), [("^0.12 || ^0.14", ">=0.12"), ("^1.2 | ^2.0", ">=1.2")]
)
def test_poetry_alternatives_keep_the_lowest_bound(text: str, lowest: str) -> None:
    """A specifier set has no "or": no alternative is shut out."""
    assert poetry_specifier(text) == lowest


def test_poetry_dependencies(tmp_path: Path) -> None:
    text = """\
    [tool.poetry]
    name = "demo"
    [tool.poetry.dependencies]
    python = "^3.10"
    vllm = "^0.20"
    torch = { version = ">=2.4", optional = true }
    local = { path = "../local" }
    numpy = "*"
    """
    ours = project(tmp_path, {"pyproject.toml": textwrap.dedent(text)}).distribution
    assert ours.requires_python == ">=3.10,<4"
    assert ours.requires == (
        "vllm>=0.20,<0.21",
        "torch>=2.4 ; extra == 'optional'",
        "local",
        "numpy",
    )


@pytest.mark.parametrize(
    ("text", "key", "line"),
    [
        ("a = 1\n[b]\nc = 2\n", ("b", "c"), 3),
        ("[b.c]\nd = 1\n", ("b",), 1),
        ("[b.'c.d']\ne = 1\n", ("b", "c.d", "e"), 2),
        ("a.b.c = 1\n", ("a", "b"), 1),
        ('"a b" = 1\n', ("a b",), 1),
        ("x = '''\na = 1\n'''\na = 2\n", ("a",), 4),
        ('x = """\na = 1\n"""\na = 2\n', ("a",), 4),
        ("x = ''' a = 1 '''\na = 2\n", ("a",), 2),
        ("x = [\n  'a = 1',\n]\na = 2\n", ("a",), 4),
        ("# a = 1\na = 2\n", ("a",), 2),
        ("x = 1 # it's '''\na = 2\n", ("a",), 2),
        ("[[t]]\na = 1\n[u]\na = 2\n", ("u", "a"), 4),
        ("\n\n  a=1\n", ("a",), 3),
    ],
)
def test_lines_of_keys(text: str, key: tuple[str, ...], line: int) -> None:
    assert key_lines(text).get(key) == line


def test_keys_in_an_array_table_are_not_taken_for_those_of_the_table_before() -> None:
    assert ("a", "x") not in key_lines("[a]\ny = 1\n[[t]]\nx = 1\n")


@pytest.mark.parametrize(
    ("tool", "expected"),
    [
        ({"setuptools": {"package-dir": {"": "src"}}}, [("", "src")]),
        ({"setuptools": {"package-dir": {"demo": "./lib/"}}}, [("demo", "lib")]),
        ({"setuptools": {"packages": {"find": {"where": ["python"]}}}}, [("", "python")]),
        ({"hatch": {"build": {"targets": {"wheel": {"packages": ["src/demo"]}}}}}, [("", "src")]),
        ({"hatch": {"build": {"targets": {"wheel": {"packages": ["demo"]}}}}}, [("", "")]),
        ({"hatch": {"build": {"sources": ["python"]}}}, [("", "python")]),
        (
            {"hatch": {"build": {"targets": {"wheel": {"sources": {"lib": "demo"}}}}}},
            [("demo", "lib")],
        ),
        (
            {"hatch": {"build": {"targets": {"wheel": {"force-include": {"a": "demo/sub"}}}}}},
            [("demo.sub", "a")],
        ),
        ({"poetry": {"packages": [{"include": "demo", "from": "lib"}]}}, [("", "lib")]),
        ({"pdm": {"build": {"package-dir": "src"}}}, [("", "src")]),
        ({"uv": {"build-backend": {"module-root": "python"}}}, [("", "python")]),
        ({"maturin": {"python-source": "python"}}, [("", "python")]),
        ({"scikit-build": {"wheel": {"packages": ["python/demo"]}}}, [("", "python")]),
        ({"scikit-build": {"wheel": {"packages": {"demo/x": "lib"}}}}, [("demo.x", "lib")]),
        ({}, []),
    ],
)
def test_where_each_backend_looks_for_modules(
    tool: dict[str, object], expected: list[tuple[str, str]]
) -> None:
    assert module_folders({"tool": tool}) == expected


@pytest.mark.parametrize(
    ("files", "roots"),
    [
        ({"demo/__init__.py": ""}, [("", "")]),
        ({"src/demo/__init__.py": ""}, [("", "src"), ("", "")]),
        ({"src/__init__.py": ""}, [("", "")]),
    ],
)
def test_the_usual_layouts(
    tmp_path: Path, files: dict[str, str], roots: list[tuple[str, str]]
) -> None:
    target = project(tmp_path, {"pyproject.toml": "[project]\nname='d'\n", **files})
    assert [(root.package, root.folder) for root in target.roots] == roots
    assert target.own_roots == len(roots)
