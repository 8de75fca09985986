"""Finding modules as the import system would, and reading each once."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import clean_environment, project, resolver_of, write

from vplug.analysis.modules import ModuleFinder, ModuleKind, Source, SyntaxFault, parse
from vplug.discovery.target import Root
from vplug.discovery.tree import FolderTree
from vplug.errors import Unreadable

KIND = ModuleKind

FILES: dict[str, str] = {
    "pkg/__init__.py": "",
    "pkg/mod.py": "",
    "pkg/sub/__init__.py": "",
    "pkg/sub/deep.py": "",
    "pkg/space/inner.py": "",
    "single.py": "",
    "both.py": "",
    "both/__init__.py": "",
    "folder_and_file.py": "",
    "folder_and_file/x.py": "",
    "ext.cpython-312-x86_64-linux-gnu.so": "",
    "stable.abi3.so": "",
    "win.cp312-win_amd64.pyd": "",
    "plain.so": "",
    "so_first.so": "",
    "so_first.py": "",
    "compiled/__init__.cpython-312-x86_64-linux-gnu.so": "",
    "pkg/fast.pyx": "",
    "pkg/made.py.in": "",
    "data/readme.txt": "",
    "libfoo.so.1": "",
    "stub.pyi": "",
}


@pytest.mark.parametrize(
    ("name", "kind", "path", "package"),
    [
        ("pkg", KIND.SOURCE, "pkg/__init__.py", "pkg"),
        ("pkg.mod", KIND.SOURCE, "pkg/mod.py", "pkg"),
        ("pkg.sub", KIND.SOURCE, "pkg/sub/__init__.py", "pkg.sub"),
        ("pkg.sub.deep", KIND.SOURCE, "pkg/sub/deep.py", "pkg.sub"),
        ("pkg.space", KIND.NAMESPACE, "", "pkg.space"),
        ("pkg.space.inner", KIND.SOURCE, "pkg/space/inner.py", "pkg.space"),
        ("single", KIND.SOURCE, "single.py", ""),
        ("both", KIND.SOURCE, "both/__init__.py", "both"),
        ("folder_and_file", KIND.SOURCE, "folder_and_file.py", ""),
        ("ext", KIND.COMPILED, "ext.cpython-312-x86_64-linux-gnu.so", ""),
        ("stable", KIND.COMPILED, "stable.abi3.so", ""),
        ("win", KIND.COMPILED, "win.cp312-win_amd64.pyd", ""),
        ("plain", KIND.COMPILED, "plain.so", ""),
        ("so_first", KIND.COMPILED, "so_first.so", ""),
        ("compiled", KIND.COMPILED, "compiled/__init__.cpython-312-x86_64-linux-gnu.so", None),
        ("pkg.fast", KIND.COMPILED, None, None),
        ("pkg.made", KIND.COMPILED, None, None),
        ("data", KIND.NAMESPACE, "", "data"),
        ("pkg.gone", KIND.MISSING, "", None),
        ("pkg.gone.deeper", KIND.MISSING, "", None),
        ("pkg.mod.deeper", KIND.MISSING, "", None),
        ("elsewhere", KIND.EXTERNAL, "", None),
        ("elsewhere.deep", KIND.EXTERNAL, "", None),
        ("libfoo", KIND.EXTERNAL, "", None),
        ("stub", KIND.EXTERNAL, "", None),
        ("", KIND.EXTERNAL, "", None),
    ],
)
def test_what_a_name_leads_to(
    tmp_path: Path, name: str, kind: ModuleKind, path: str | None, package: str | None
) -> None:
    found = resolver_of(tmp_path, FILES).finder.find(name)
    assert found.kind is kind
    assert path is None or found.path == path
    assert package is None or found.package == package


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("pkg.gone", "pkg.gone"),
        ("pkg.gone.deeper", "pkg.gone"),
        ("pkg.mod.deeper", "pkg.mod.deeper"),
        ("elsewhere.deep", "elsewhere"),
    ],
)
def test_the_first_part_that_is_not_there(tmp_path: Path, name: str, part: str) -> None:
    assert resolver_of(tmp_path, FILES).finder.find(name).missing_part == part


def test_sources_are_found_as_python_finds_them(tmp_path: Path) -> None:
    """The same names, asked of the import system in a process of its own."""
    write(
        tmp_path, {name: text for name, text in FILES.items() if not name.endswith((".so", ".pyd"))}
    )
    names = ["pkg", "pkg.mod", "pkg.sub.deep", "pkg.space", "single", "both", "folder_and_file"]
    names += ["data", "pkg.gone", "elsewhere", "stub"]
    code = (
        "import importlib.util, json, sys\n"
        "sys.path[:0] = [sys.argv[1]]\n"
        "def origin(name):\n"
        "    spec = importlib.util.find_spec(name)\n"
        "    if spec is None: return 'missing'\n"
        "    return spec.origin or 'namespace'\n"
        "print(json.dumps({n: origin(n) for n in json.loads(sys.argv[2])}))"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(tmp_path), json.dumps(names)],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(),
    )
    finder = ModuleFinder([Root(FolderTree(tmp_path))], 1)
    for name, origin in json.loads(done.stdout).items():
        found = finder.find(name)
        if origin == "namespace":
            assert found.kind is KIND.NAMESPACE, name
        elif origin == "missing":
            assert found.kind in (KIND.MISSING, KIND.EXTERNAL), name
        else:
            assert tmp_path / found.path == Path(origin), name


def test_a_namespace_spread_over_roots(tmp_path: Path) -> None:
    write(tmp_path, {"a/space/one.py": "", "b/space/two.py": "", "c/space/__init__.py": ""})
    trees = [FolderTree(tmp_path / name) for name in "abc"]
    finder = ModuleFinder([Root(tree) for tree in trees[:2]], 1)
    assert finder.find("space").kind is KIND.NAMESPACE
    assert finder.find("space.one").kind is KIND.SOURCE
    assert finder.find("space.two").kind is KIND.SOURCE
    # A regular package anywhere on the path wins over portions of a namespace.
    whole = ModuleFinder([Root(tree) for tree in trees], 3)
    assert whole.find("space").kind is KIND.SOURCE
    assert whole.find("space.one").kind is KIND.MISSING


def test_only_the_targets_own_modules_are_its_own(tmp_path: Path) -> None:
    write(tmp_path, {"mine/space/one.py": "", "site/space/two.py": "", "site/other.py": ""})
    finder = ModuleFinder(
        [Root(FolderTree(tmp_path / "mine")), Root(FolderTree(tmp_path / "site"))], 1
    )
    assert not finder.find("other").own
    assert finder.find("space.one").own
    assert not finder.find("space.two").own


def test_members_of_an_installed_distribution_are_its_own(tmp_path: Path) -> None:
    tree = FolderTree(write(tmp_path, {"mine/__init__.py": "", "theirs.py": ""}))
    finder = ModuleFinder([Root(tree)], 1, members=["mine/__init__.py"])
    assert finder.find("mine").own
    assert not finder.find("theirs").own


def test_mapped_packages(tmp_path: Path) -> None:
    target = project(
        tmp_path,
        {
            "setup.py": "from setuptools import setup\n"
            "setup(name='d', package_dir={'demo': 'lib', 'demo.far': 'elsewhere', '': 'src'})\n",
            "lib/__init__.py": "",
            "lib/mod.py": "",
            "elsewhere/__init__.py": "",
            "elsewhere/x.py": "",
            "src/top.py": "",
            "src/demo/__init__.py": "",
        },
    )
    finder = ModuleFinder.for_target(target)
    assert finder.find("demo").path == "lib/__init__.py"
    assert finder.find("demo.mod").path == "lib/mod.py"
    assert finder.find("demo.far.x").path == "elsewhere/x.py"
    assert finder.find("top").path == "src/top.py"


def test_a_mapped_subpackage_whose_parent_is_found_as_usual(tmp_path: Path) -> None:
    target = project(
        tmp_path,
        {
            "pyproject.toml": "[project]\nname='d'\n[tool.setuptools.package-dir]\n'demo.gen' = 'out'\n",
            "demo/__init__.py": "",
            "out/__init__.py": "",
        },
    )
    finder = ModuleFinder.for_target(target)
    assert finder.find("demo.gen").path == "out/__init__.py"
    assert finder.find("demo").path == "demo/__init__.py"


def test_a_single_file_forced_into_a_package(tmp_path: Path) -> None:
    """Hatch's force-include may map one file; its module is there in the wheel."""
    target = project(
        tmp_path,
        {
            "pyproject.toml": "[project]\nname='d'\n"
            "[tool.hatch.build.targets.wheel.force-include]\n'gen/x.py' = 'demo/x.py'\n",
            "demo/__init__.py": "",
            "gen/x.py": "",
        },
    )
    assert ModuleFinder.for_target(target).find("demo.x").kind is not KIND.MISSING


def test_each_module_is_looked_for_once(tmp_path: Path) -> None:
    finder = resolver_of(tmp_path, FILES).finder
    assert finder.find("pkg.mod") is finder.find("pkg.mod")
    assert finder.find("pkg.mod").source is finder.find("pkg.mod").source
    assert set(finder.parsed) == {"pkg", "pkg.mod"}


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"def f(:\n    pass\n", 1),
        (b"x = 1\n  y = 2\n", 2),
        (b"print 'old'\n", 1),
        (b"\xff\xfe\n", None),
        (b"# coding: nonsense\nx = 1\n", None),
        (b"x = '\0'\n", None),
        (b"(" * 5000, None),
        (b"x = " + b"-" * 100_000 + b"1\n", None),
    ],
)
def test_what_does_not_parse_is_told_not_raised(
    tmp_path: Path, content: bytes, line: int | None
) -> None:
    tree = FolderTree(write(tmp_path, {"m.py": content}))
    found = parse(tree, "m.py")
    assert isinstance(found, SyntaxFault)
    assert found.location.path == "m.py"
    assert "does not parse" in found.message
    if line is not None:
        assert found.location.line == line


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xef\xbb\xbfx = 1\n",
        b"# coding: latin-1\nx = '\xe9'\n",
        b"x = '\\d'\n",
        b"x = 1\r\ny = 2\r\n",
        b"x = 1\x0c\ny = 2\n",
    ],
)
def test_what_python_takes_is_taken(tmp_path: Path, content: bytes) -> None:
    tree = FolderTree(write(tmp_path, {"m.py": content}))
    assert isinstance(parse(tree, "m.py"), Source)


def test_a_module_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vplug.discovery.tree.MAX_FILE_BYTES", 3)
    found = resolver_of(tmp_path, {"m.py": "x = 1\n"}).finder.find("m").source
    assert isinstance(found, Unreadable)
    assert not isinstance(found, SyntaxFault)


def test_places_are_one_based_and_ends_exclusive(tmp_path: Path) -> None:
    module = resolver_of(tmp_path, {"m.py": "x = 1\n\ndef f():\n    return 2\n"}).finder.find("m")
    assert isinstance(module.source, Source)
    place = module.at(module.source.tree.body[1])
    assert (place.path, place.line, place.column, place.end_line, place.end_column) == (
        "m.py",
        3,
        1,
        4,
        13,
    )
    assert str(module.at(None)) == "m.py"


def test_columns_count_characters(tmp_path: Path) -> None:
    """An editor's column is a character's, where ``ast`` counts bytes."""
    module = resolver_of(tmp_path, {"m.py": "x = 'é'; y = f()\n"}).finder.find("m")
    assert isinstance(module.source, Source)
    assert module.at(module.source.tree.body[1]).column == 10
