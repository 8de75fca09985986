"""The pages agree with the code."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from tests.support import clean_environment, vplug_here

from vplug import __version__
from vplug.cli.app import COMMANDS
from vplug.cli.documents import ReportFormat
from vplug.errors import ExitStatus
from vplug.probe import live_settings
from vplug.rules.codes import CODES
from vplug.rules.config import KEYS

ROOT = Path(__file__).parent.parent


def test_generated_pages_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    pages = generate.pages()
    for path, text in pages.items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `nox -s docs`"
    assert generate.gone(pages) == []
    assert {p.stem for p in (ROOT / "docs" / "rules").glob("VP*.md")} == set(CODES)
    assert {p.stem for p in (ROOT / "docs" / "commands").glob("*.md")} == {"index", *COMMANDS}
    man = {p.name for p in (ROOT / "docs" / "man").iterdir()}
    assert man == {"vplug.1", *(f"vplug-{name}.1" for name in COMMANDS)}


@pytest.mark.parametrize("command", list(COMMANDS))
def test_a_commands_pages_hold_what_its_help_says(command: str) -> None:
    """--help is made by Typer from the same declarations: nothing it shows may be missing."""
    page = (ROOT / "docs" / "commands" / f"{command}.md").read_text(encoding="utf-8")
    man = (ROOT / "docs" / "man" / f"vplug-{command}.1").read_text(encoding="utf-8")
    below = {"contracts": ["list", "show", "diff", "add", "update"]}.get(command, [])
    told = [vplug_here(command, *words, "--help").stdout for words in ([], *([n] for n in below))]
    options = {
        option
        for text in told
        for line in re.findall(r"^  (-.*?)(?:  |$)", text, re.MULTILINE)
        for option in re.findall(r"(?<!\S)-{1,2}[a-z][\w-]*", line)
    }
    assert len(options) > 2
    assert [name for name in options - {"-h", "--help"} if f"`{name}`" not in page] == []
    plain = man.replace("\\", "")
    assert [name for name in options - {"-h", "--help"} if name not in plain] == []
    examples = re.split("Arguments:|Options:|Commands:", told[0].partition("Example:")[2])[0]
    assert [line for line in examples.splitlines() if line.strip() not in page] == []


def test_a_wheel_brings_the_manual_pages() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    shared = project["tool"]["hatch"]["build"]["targets"]["wheel"]["shared-data"]
    assert shared == {"docs/man": "share/man/man1"}


@pytest.mark.skipif(shutil.which("man") is None, reason="no man on this machine")
def test_the_manual_pages_can_be_read(tmp_path: Path) -> None:
    for path in (ROOT / "docs" / "man").iterdir():
        done = subprocess.run(
            ["man", "--warnings=w", "-l", str(path)],
            env=clean_environment(MANPAGER="cat", MANWIDTH="80", LC_ALL="C.UTF-8"),
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stderr == ""
        assert path.stem.upper() in done.stdout
        assert f"vplug {__version__}" in done.stdout


def test_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"`vplug {name}" not in readme] == []


def test_reference_names_every_configuration_key_and_schema() -> None:
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert [key for key in KEYS if f"\n{key} =" not in page] == []
    sources = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.py"))
    schemas = set(re.findall(r'"(vplug\.\w+/\d+)"', sources))
    assert schemas
    assert [schema for schema in schemas if f"`{schema}`" not in page] == []


def test_reference_names_every_variable_status_and_format() -> None:
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    sources = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src/vplug").rglob("*.py"))
    asked = set(re.findall(r"\bVPLUG_[A-Z_]+\b", sources))
    # Between vplug and its own children.
    variables = asked - {"VPLUG_", "VPLUG_CHILD", "VPLUG_ENDS_AT", "VPLUG_RECORD", "VPLUG_SITE"}
    assert "VPLUG_DEBUG" in variables
    assert [name for name in variables if f"`{name}`" not in page] == []
    assert [status for status in ExitStatus if f"\n| {status.value} | " not in page] == []
    assert [name for name in ReportFormat if f"`{name}`" not in page] == []


def test_the_engines_page_names_every_key_of_verify() -> None:
    page = (ROOT / "docs" / "live.md").read_text(encoding="utf-8")
    keys = {*live_settings.KEYS, *live_settings.PLUGIN_KEYS}
    assert keys
    assert [key for key in keys if f"`{key}`" not in page] == []


def test_ci_runs_the_readmes_test_command() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = (ROOT / ".ci" / "run").read_text(encoding="utf-8").strip().splitlines()[-1]
    assert command in readme


def test_links_between_pages_lead_somewhere() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name} → {target}"
