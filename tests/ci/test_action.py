"""The GitHub action: its steps, taken from the YAML, run as the runner runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft4Validator
from tests.support import clean_environment, write

ROOT = Path(__file__).parent.parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["id"]: step for step in ACTION["runs"]["steps"]}
SARIF = json.loads((ROOT / "tests/report/schemas/sarif-2.1.0.json").read_text("utf-8"))
EXPRESSION = re.compile(r"\$\{\{\s*([\w.-]+)\s*\}\}")

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the steps are for bash")


@dataclass
class Runner:
    """What a runner sets: files to write to, and values of expressions."""

    workspace: Path
    temp: Path
    inputs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)

    def value(self, expression: str) -> str:
        kind, _, rest = expression.partition(".")
        if kind == "inputs":
            return self.inputs.get(rest, str(ACTION["inputs"][rest].get("default", "")))
        if expression == "github.action_path":
            return str(ROOT)
        step, word, name = rest.split(".", 2)
        assert (kind, word) == ("steps", "outputs")
        return self.outputs.get(step, {}).get(name, "")

    def fill(self, text: str) -> str:
        return EXPRESSION.sub(lambda match: self.value(match[1]), text)

    def run(self, step_id: str) -> subprocess.CompletedProcess[str]:
        step = STEPS[step_id]
        assert step["shell"] == "bash"
        script = self.temp / f"{step_id}.sh"
        script.write_text(step["run"], "utf-8")
        files = {name: self.temp / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        for path in files.values():
            path.touch()
        env = {key: self.fill(value) for key, value in step.get("env", {}).items()}
        env |= {name: str(path) for name, path in files.items()}
        env |= {
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_WORKSPACE": str(self.workspace),
            "CI": "true",
        }
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],
            cwd=self.workspace / self.fill(step.get("working-directory", ".")),
            env=clean_environment(**env),
            capture_output=True,
            text=True,
            check=False,
        )
        for line in files["GITHUB_OUTPUT"].read_text("utf-8").splitlines():
            key, _, value = line.partition("=")
            self.outputs.setdefault(step_id, {})[key] = value
        return done

    @property
    def summary(self) -> str:
        return (self.temp / "GITHUB_STEP_SUMMARY").read_text("utf-8")


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    workspace, temp = tmp_path / "work space", tmp_path / "temp"
    temp.mkdir()
    (workspace / ".git").mkdir(parents=True)
    for name, target in (("good", "demo:register"), ("wrong", "demo:gone")):
        write(
            workspace / name,
            {
                "pyproject.toml": "[project]\nname = 'demo'\nversion = '1.0'\n"
                f"[project.entry-points.'vllm.general_plugins']\nmine = '{target}'\n",
                "demo.py": "def register(): ...\n",
            },
        )
    return Runner(workspace, temp, outputs={"install": {"python": sys.executable}})


def commands(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The workflow commands that a runner would obey."""
    obeyed, stopped = [], None
    for line in done.stdout.splitlines():
        if stopped is not None:
            stopped = None if line == f"::{stopped}::" else stopped
        elif line.startswith("::stop-commands::"):
            stopped = line.removeprefix("::stop-commands::")
        elif line.lstrip().startswith("::") or "##[" in line:
            obeyed.append(line)
    assert stopped is None
    return obeyed


def test_no_expression_is_inside_a_script() -> None:
    for step in STEPS.values():
        assert "${{" not in step["run"]
    used = {
        name
        for step in STEPS.values()
        for value in [*step["env"].values(), step.get("working-directory", "")]
        for name in re.findall(r"inputs\.([\w-]+)", value)
    }
    assert used == set(ACTION["inputs"])
    assert all(item.get("description") for item in (ACTION["inputs"] | ACTION["outputs"]).values())


def test_findings_fail_with_annotations_a_summary_and_sarif(runner: Runner) -> None:
    runner.inputs = {"targets": "good\nwrong\n"}
    done = runner.run("validate")
    assert done.returncode == 1, done.stderr
    assert runner.outputs["validate"]["status"] == "1"
    (error,) = [line for line in commands(done) if line.startswith("::error")]
    assert error.startswith("::error file=wrong/pyproject.toml,line=5,title=VP104")
    assert (
        "| error | VP104 missing-attribute | <code>wrong/pyproject.toml:5</code> |"
        in runner.summary
    )
    log = json.loads(Path(runner.outputs["validate"]["sarif-file"]).read_text("utf-8"))
    assert Draft4Validator(SARIF).is_valid(log)
    assert "wrong/pyproject.toml" in json.dumps(log)
    assert "demo defines no gone" in done.stdout


def test_a_clean_plugin_passes(runner: Runner) -> None:
    runner.inputs = {
        "targets": "good",
        "sarif-file": "",
        "annotations": "false",
        "summary": "false",
    }
    done = runner.run("validate")
    assert (done.returncode, runner.outputs["validate"]) == (0, {"status": "0"})
    assert commands(done) == []
    assert runner.summary == ""


def test_every_input_reaches_vplug(runner: Runner) -> None:
    runner.inputs = {"targets": "wrong", "select": "VP4", "ignore": "VP401", "fail-on": "warning"}
    assert runner.run("validate").returncode == 1
    assert "VP402" in runner.summary
    assert "VP104" not in runner.summary
    assert "VP401" not in runner.summary
    runner.inputs = {"targets": "good", "strict": "true", "vllm": "0.20.0"}
    done = runner.run("validate")
    assert done.returncode == 1
    assert "against vLLM 0.20.0" in done.stdout
    runner.inputs = {"targets": "good", "baseline": "gone.json"}
    assert runner.run("validate").returncode == 2


def test_it_runs_in_another_folder(runner: Runner) -> None:
    runner.inputs = {"working-directory": "wrong"}
    done = runner.run("validate")
    assert done.returncode == 1
    assert any("file=wrong/pyproject.toml" in line for line in commands(done))
    assert Path(runner.outputs["validate"]["sarif-file"]) == runner.workspace / "wrong/vplug.sarif"


@pytest.mark.parametrize("name", ["strict", "annotations", "summary"])
def test_a_switch_that_is_neither_true_nor_false_is_told(runner: Runner, name: str) -> None:
    runner.inputs = {"targets": "wrong", name: "yes"}
    done = runner.run("validate")
    assert done.returncode == 2
    assert commands(done) == [f"::error title=vplug::{name} is true or false"]
    runner.inputs = {"targets": "wrong", name: ""}
    assert runner.run("validate").returncode == 1


@pytest.mark.skipif(os.name == "nt", reason="no such file name")
def test_a_file_name_of_two_lines_sets_no_output(runner: Runner) -> None:
    runner.inputs = {"targets": "wrong", "sarif-file": "a\nstatus=0"}
    done = runner.run("validate")
    assert done.returncode == 2
    assert commands(done) == ["::error title=vplug::sarif-file is one line"]
    assert "validate" not in runner.outputs


@pytest.mark.parametrize(
    "name", ["targets", "vllm", "fail-on", "select", "ignore", "baseline", "sarif-file", "strict"]
)
def test_no_input_is_run_or_taken_for_an_option(runner: Runner, name: str) -> None:
    hostile = '$(touch pwned)`touch pwned`; touch pwned" && touch pwned "* \'x'
    runner.inputs = {"targets": "good", name: f"--help{hostile}" if name == "targets" else hostile}
    done = runner.run("validate")
    assert "Usage: vplug validate" not in done.stdout
    assert done.returncode == (0 if name == "sarif-file" else 2)
    assert not list(runner.workspace.rglob("pwned"))


def test_no_file_of_the_plugin_gives_the_runner_a_command(runner: Runner) -> None:
    write(
        runner.workspace / "evil",
        {
            "pyproject.toml": "[project]\nname = 'demo'\nversion = '1.0'\n"
            "[project.entry-points.'vllm.general_plugins']\n"
            "\"\\n::set-output name=x::y\" = 'demo:\\n::warning::pwned'\n"
            "\"##[warning]pwned\" = '::warning::pwned'\n",
        },
    )
    runner.inputs = {"targets": "evil"}
    done = runner.run("validate")
    assert done.returncode == 1
    obeyed = commands(done)
    assert obeyed
    assert all(re.match(r"::(error|warning|notice) file=evil/", line) for line in obeyed)


def test_an_old_python_is_told(runner: Runner, tmp_path: Path) -> None:
    old = tmp_path / "python2"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    runner.inputs = {"python": str(old)}
    done = runner.run("install")
    assert done.returncode == 4
    assert "vplug needs Python 3.11" in commands(done)[0]


@pytest.mark.real
@pytest.mark.skipif(os.name == "nt", reason="POSIX paths")
def test_it_installs_the_vplug_of_its_own_commit(runner: Runner) -> None:
    runner.outputs = {}
    runner.inputs = {"python": sys.executable, "targets": "wrong"}
    done = runner.run("install")
    assert done.returncode == 0, done.stderr
    assert Path(runner.outputs["install"]["python"]).is_relative_to(runner.temp)
    assert runner.run("validate").returncode == 1
    assert "VP104" in runner.summary
