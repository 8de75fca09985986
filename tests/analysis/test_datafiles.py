"""References to files beside a module: what is followed, and what is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from vplug.analysis.datafiles import data_references
from vplug.analysis.modules import Module, ModuleKind
from vplug.discovery.tree import FolderTree


def references(tmp_path: Path, code: str) -> list[tuple[str, bool]]:
    file = tmp_path / "pkg" / "sub" / "mod.py"
    file.parent.mkdir(parents=True)
    file.write_text(code)
    module = Module("pkg.sub.mod", ModuleKind.SOURCE, FolderTree(tmp_path), "pkg/sub/mod.py")
    return [(item.path, item.read) for item in data_references(module, {"pkg": "pkg"})]


@pytest.mark.parametrize(
    ("code", "path", "read"),
    [
        ("(Path(__file__).parent / 'x.json').read_text()", "pkg/sub/x.json", True),
        ("X = Path(__file__).parent / 'x.json'", "pkg/sub/x.json", False),
        ("X = pathlib.Path(__file__).resolve().parent.joinpath('a', 'x.json')", "pkg/sub/a/x.json", False),
        ("X = Path(__file__).parents[1] / 'x.json'", "pkg/x.json", False),
        ("X = Path(__file__).with_name('x.json')", "pkg/sub/x.json", False),
        ("HERE = Path(__file__).parent\nopen(HERE / 'a' / 'x.json')", "pkg/sub/a/x.json", True),
        ("open(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'x.json'))", "pkg/sub/x.json", True),
        ("X = os.path.join(os.path.dirname(__file__), '..', 'x.json')", "pkg/x.json", False),
        ("open(Path(__file__).parent / 'x.log', 'w')", "pkg/sub/x.log", False),
        ("(Path(__file__).parent / 'x.log').open('wb')", "pkg/sub/x.log", False),
        ("importlib.resources.files(__package__).joinpath('x.json').read_text()", "pkg/sub/x.json", True),
        ("(resources.files('pkg') / 'x.json').read_bytes()", "pkg/x.json", True),
        ("pkgutil.get_data('pkg', 'data/x.json')", "pkg/data/x.json", True),
        ("importlib.resources.read_text(__package__, 'x.json')", "pkg/sub/x.json", True),
        ("pkg_resources.resource_filename(__name__, 'x.json')", "pkg/sub/x.json", True),
        ("if P.exists():\n    open(Path(__file__).parent / 'x.json')", "pkg/sub/x.json", False),
        ("try:\n    pkgutil.get_data('pkg', 'x')\nexcept OSError:\n    pass", "pkg/x", False),
    ],
)  # fmt: skip
def test_followed(tmp_path: Path, code: str, path: str, read: bool) -> None:
    assert references(tmp_path, code) == [(path, read)]


@pytest.mark.parametrize(
    "code",
    [
        "HERE = Path(__file__).parent",
        "X = Path(__file__).parent / name",
        "X = Path(__file__).parent / 'a' / name",
        "X = os.path.join(os.path.dirname(__file__), name, 'x')",
        "X = Path(__file__).parent / f'{name}.json'",
        "X = Path(__file__).parents[5] / 'x'",
        "HERE = Path(__file__).parent\nHERE = Path('.')\nX = HERE / 'x'",
        "HERE = Path(__file__).parent\ndef f(HERE):\n    return HERE / 'x'",
        "X = Path('x') / 'y'",
        "pkgutil.get_data('other', 'x')",
        "X = Path(__file__).parent / '*.json'",
        "X = Path(__file__).parent / '/etc/passwd'",
        "def broken(:\n    __file__",
    ],
)
def test_left_alone(tmp_path: Path, code: str) -> None:
    assert references(tmp_path, code) == []
