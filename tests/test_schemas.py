"""Every command's JSON is what its published schema says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.schemas import FOLDER, hold, load, strict
from tests.support import lay_distribution, make_venv, site_packages, vplug_here, write

SRC = Path(__file__).parent.parent / "src" / "vplug"
G = "vllm.general_plugins"
IO = "vllm.io_processor_plugins"


def documents() -> list[str]:
    sources = "".join(path.read_text(encoding="utf-8") for path in SRC.rglob("*.py"))
    return sorted(set(re.findall(r'"(vplug\.\w+/\d+)"', sources)))


@pytest.mark.parametrize("document", documents())
def test_each_document_has_a_sound_schema(document: str) -> None:
    schema = load(document)
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["title"] == document
    assert document in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_page_names_no_schema_that_is_not_there() -> None:
    named = set(
        re.findall(r"\]\((.+?\.json)\)", (FOLDER / "README.md").read_text(encoding="utf-8"))
    )
    assert named == {path.name for path in FOLDER.glob("*.json")}


def test_published_schemas_allow_keys_to_come() -> None:
    document = {"schema": "vplug.rule/1", "rules": [], "new": 1}
    assert Draft202012Validator(load("vplug.rule/1")).is_valid(document)
    assert not Draft202012Validator(strict(load("vplug.rule/1"))).is_valid(document)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write(
        tmp_path / "demo",
        {
            "pyproject.toml": "[project]\nname = 'demo'\nversion = '1.0'\n"
            "dependencies = ['vllm>=0.20,<0.34']\n[project.scripts]\ndemo = 'demo:register'\n"
            f"[project.entry-points.'{G}']\nmine = 'demo:register'\ngone = 'demo:gone'\n"
            f"[project.entry-points.'{IO}']\nio = 'demo:io'\n",
            "demo/__init__.py": "from vllm.gone import x\n\ndef register():\n"
            "    from vllm import ModelRegistry\n    ModelRegistry.register_model('A', 'demo:A')\n"
            "def io():\n    return 'demo.C'\nclass C:\n    '''A class.'''\n",
        },
    )


def printed(*words: str | Path, cwd: Path | None = None) -> Any:
    done = vplug_here(*words, cwd=cwd)
    found = json.loads(done.stdout)
    hold(found)
    return found


def test_validate(project: Path, tmp_path: Path) -> None:
    write(tmp_path, {"x.whl": b"no zip", "empty/x": ""})
    write(
        tmp_path / "computed",
        {
            "setup.py": "from setuptools import setup\nsetup(name='d', version='1', entry_points=f())\n"
        },
    )
    found = printed("validate", "--json", "demo", "x.whl", "empty", "computed", cwd=tmp_path)
    assert [target["status"] for target in found["targets"]] == [1, 4, 3, 0]
    kinds = {row["outcome"] for target in found["targets"] for row in target["outcomes"]}
    assert kinds >= {"pass", "fail", "skipped", "cannot-tell"}


def test_a_baseline_and_a_report_against_it(project: Path, tmp_path: Path) -> None:
    words = ("validate", "demo", "--baseline", "known.json", "--json")
    printed(*words, "--write-baseline", cwd=tmp_path)
    known = json.loads((tmp_path / "known.json").read_text())
    hold(known)
    assert known["findings"]
    (project / "demo" / "__init__.py").write_text("def register(): ...\ndef gone(): ...\n")
    found = printed(*words, cwd=tmp_path)
    assert found["targets"][0]["expired"]


def test_compat(project: Path) -> None:
    found = printed("compat", "--json", project)
    assert found["targets"][0]["releases"][0]["findings"]


def test_list_and_inspect(project: Path, tmp_path: Path) -> None:
    make_venv(tmp_path / "env")
    site = site_packages(tmp_path / "env")
    lay_distribution(site, "demo", groups={G: {"mine": "demo:f"}, "vllm.odd": {"x": "demo:f"}})
    lay_distribution(site, "vllm", "0.33.0", {G: {"own": "vllm.x:f"}})
    lay_distribution(site, "broken", extra={"entry_points.txt": b"\xff\xfe"})
    where = ("--prefix", tmp_path / "env")
    assert printed("list", "--all", "--plugins", "mine ,other", "--json", *where)["unmatched"]
    assert printed("list", "--json", "--prefix", tmp_path / "env")["plugins"]
    assert printed("inspect", "demo", "--json", *where)["targets"]
    assert printed("inspect", project, "--json")["targets"][0]["plugins"]


def test_doctor(tmp_path: Path) -> None:
    make_venv(tmp_path / "env")
    site = site_packages(tmp_path / "env")
    lay_distribution(site, "demo", groups={G: {"mine": "demo:f"}}, requires=["gone>=1"])
    found = printed("doctor", "--json", "--prefix", tmp_path / "env")
    assert found["load_plan"]["plugins"]
    assert found["environment"]["unmet"]


def test_rule() -> None:
    assert len(printed("rule", "--json")["rules"]) > 1
    assert len(printed("rule", "VP104", "--json")["rules"]) == 1


def test_scaffold(tmp_path: Path) -> None:
    assert printed("scaffold", "--list", "--json")["types"]
    words = ("scaffold", "general", "--name", "acme-demo", "--no-input", "--json")
    assert printed(*words, "--dry-run", cwd=tmp_path)["project"]["dry_run"]
    assert printed(*words, cwd=tmp_path)["project"]["files"]


@pytest.mark.parametrize(
    "words",
    [
        ["list"],
        ["show", "0.33.0"],
        ["show", "0.33.0", "IOProcessor"],
        ["show", "0.33.0", "ModelRegistry.register_model"],
        ["show", "0.33.0", "vllm.plugins"],
        ["show", "0.33.0", "vllm.config.VllmConfig"],
        ["diff", "0.32.0", "0.33.0"],
        ["diff", "0.16.0", "0.33.0", "--kind", "io-processor"],
    ],
    ids=" ".join,
)
def test_contracts(words: list[str]) -> None:
    assert len(printed("contracts", *words, "--json")) > 2


def test_build_that_makes_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[project]\nname = 'x'\n[build-system]\nrequires = []\n"
                     "build-backend = 'gone'\n"})  # fmt: skip
    assert printed("build", tmp_path, "--json")["error"]


def test_build_that_makes_something() -> None:
    from vplug.model import OutcomeKind
    from vplug.release.as_json import report_as_json
    from vplug.release.summary import Artifact, ArtifactKind, BuildReport, CheckResult

    artifact = Artifact(ArtifactKind.WHEEL, "dist/x.whl", 3, "0" * 64)
    check = CheckResult("modules", OutcomeKind.FAIL, "one is missing", ("x",))
    hold(report_as_json(BuildReport("p", "demo", "1.0", (artifact,), (check,))))
