"""The pages agree with the code."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

from vplug.cli.app import COMMANDS
from vplug.rules.codes import CODES
from vplug.rules.config import KEYS

ROOT = Path(__file__).parent.parent


def test_rule_pages_are_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    for path, text in generate.pages().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `nox -s docs`"
    assert {p.stem for p in (ROOT / "docs" / "rules").glob("VP*.md")} == set(CODES)


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
