"""The direction of imports, read from the code: an arrow that runs back up or round fails."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import vplug

SRC = Path(vplug.__file__).parent

#: Room → rooms it may import. docs/architecture.md draws this.
ALLOWED = {
    "__init__": set(),
    "__main__": {"cli"},
    "errors": set(),
    "atomic": {"errors"},
    "redact": set(),
    "model": set(),
    "loader": {"model"},
    "discovery": {"model", "errors"},
    "analysis": {"discovery", "loader", "model", "errors"},
    "contracts": {"analysis", "discovery", "model", "errors", "__init__"},
    "fit": {"contracts", "analysis", "discovery", "loader", "model", "errors"},
    "artifact": {"discovery", "model", "errors"},
    "rules": {"artifact", "fit", "contracts", "analysis", "discovery", "loader", "model", "errors"},
    "report": {"model"},
    "fixes": {
        "rules", "fit", "contracts", "analysis", "discovery", "loader", "model", "errors", "atomic",
    },
    "scaffold": {"contracts", "discovery", "loader", "model", "errors", "__init__"},
    "release": {
        "rules", "fit", "artifact", "analysis", "contracts", "discovery", "loader", "model",
        "errors", "report", "redact", "__init__",
    },
    "probe": {"release", "discovery", "loader", "model", "errors"},
    "doctor": {
        "probe", "rules", "contracts", "analysis", "discovery", "loader", "model", "errors",
    },
    "verify": {"probe", "rules", "contracts", "discovery", "loader", "model", "errors"},
    "cli": {
        "doctor", "verify", "probe", "scaffold", "release", "rules", "fit", "report", "analysis",
        "contracts", "discovery", "loader", "model", "errors", "atomic", "redact", "fixes", "__init__",
    },
}  # fmt: skip

#: Library → rooms that may know it.
KNOWN_BY = {
    "typer": {"cli"},
    "rich": {"cli", "report", "release"},
    "cookiecutter": {"scaffold"},
    "build": {"release"},
    "twine": {"release"},
    "readme_renderer": {"rules"},
    "requests": {"release"},
    "installer": {"probe"},
    "psutil": {"probe"},
    "torch": set(),
    "tomlkit": {"fixes"},
    "libcst": {"fixes"},
}


def _modules() -> list[Path]:
    return sorted(p for p in SRC.rglob("*.py") if "templates" not in p.parts)


def _room(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".py")


def _imports(path: Path) -> set[tuple[str, int]]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {(alias.name, node.lineno) for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            found.add((node.module or "", node.lineno))
    return found


@pytest.mark.parametrize("path", _modules(), ids=lambda p: str(p.relative_to(SRC)))
def test_imports_follow_the_arrows(path: Path) -> None:
    room = _room(path)
    for name, line in _imports(path):
        parts = name.split(".")
        if parts[0] == "vplug":
            target = parts[1] if len(parts) > 1 else "__init__"
            assert target == room or target in ALLOWED[room], f"{path}:{line}: {room} → {target}"
        elif parts[0] in KNOWN_BY and "scripts" not in path.parts:
            # Scripts are files for another interpreter, with what that one has.
            assert room in KNOWN_BY[parts[0]], f"{path}:{line}: {room} knows {parts[0]}"


def test_the_nouns_use_the_standard_library_alone() -> None:
    import sys

    for path in (SRC / "model").glob("*.py"):
        for name, line in _imports(path):
            top = name.partition(".")[0]
            assert top == "vplug" or top in sys.stdlib_module_names, f"{path}:{line}: {name}"


def test_no_file_is_too_long_to_hold_one_subject() -> None:
    long = {
        str(path.relative_to(SRC)): count
        for path in _modules()
        if (count := len(path.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert not long


def test_architecture_page_names_every_room() -> None:
    page = (SRC.parent.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = {path.name for path in SRC.iterdir() if path.is_dir() and path.name != "__pycache__"}
    missing = [room for room in rooms - {"templates"} if f"  {room}/" not in page]
    assert not missing
