"""The snippets of docs/how-to/ci.md, run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from tests.support import clean_environment, write

ROOT = Path(__file__).parent.parent.parent
PAGE = (ROOT / "docs/how-to/ci.md").read_text("utf-8")
README = (ROOT / "README.md").read_text("utf-8")
#: vplug is on no index yet: what is installed is what the README installs, a commit of its repository.
INSTALL = 'pip install "vplug @ git+https://github.com/OWNER/vplug@COMMIT"'
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))


def snippets() -> list[Any]:
    return [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


def with_key(key: str) -> Any:
    (found,) = [item for item in snippets() if isinstance(item, dict) and key in item]
    return found


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return write(
        tmp_path,
        {
            "pyproject.toml": "[project]\nname = 'demo'\nversion = '1.0'\n"
            "[project.entry-points.'vllm.general_plugins']\nmine = 'demo:gone'\n"
            "[tool.vplug]\nvllm = '>=0.32,<0.33'\n",
            "demo.py": "def register(): ...\n",
        },
    )


def run(line: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    """A line of a script with this vplug first on the path."""
    folder = cwd / ".bin"
    folder.mkdir(exist_ok=True)
    own = folder / "vplug"
    own.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m vplug "$@"\n')
    own.chmod(0o755)
    path = f"{folder}:{clean_environment()['PATH']}"
    return subprocess.run(
        ["bash", "-ec", line],
        cwd=cwd,
        env=clean_environment(PATH=path, **env),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.skipif(shutil.which("bash") is None, reason="scripts are for bash")
def test_gitlab(project: Path) -> None:
    job = with_key("vplug")["vplug"]
    install, *rest = job["script"]
    assert install == INSTALL
    done = [run(line, project, CI_PROJECT_DIR=str(project)) for line in rest]
    assert [item.returncode for item in done] == [1], done[0].stderr
    for name in [*job["artifacts"]["paths"], job["artifacts"]["reports"]["junit"]]:
        assert (project / name).stat().st_size
    root = ET.parse(project / job["artifacts"]["reports"]["junit"]).getroot()
    (case,) = [case for case in root.iter("testcase") if case.find("failure") is not None]
    assert case.get("file") == "pyproject.toml"
    assert "VP104" in (case.get("name") or "")


@pytest.mark.skipif(shutil.which("bash") is None, reason="scripts are for bash")
def test_github_without_the_action(project: Path) -> None:
    (steps,) = [item for item in snippets() if isinstance(item, list)]
    install, check, summary = (step["run"] for step in steps)
    assert install == INSTALL
    done = run(check, project, GITHUB_WORKSPACE=str(project))
    assert done.returncode == 1
    assert "::error file=pyproject.toml,line=5" in done.stdout
    assert run(summary, project, GITHUB_STEP_SUMMARY=str(project / "summary")).returncode == 0
    assert "VP104" in (project / "summary").read_text("utf-8")


@pytest.mark.skipif(shutil.which("bash") is None, reason="scripts are for bash")
def test_the_readmes_snippet(project: Path) -> None:
    (steps,) = [yaml.safe_load(t) for t in re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)]
    install, check = (step["run"] for step in steps)
    assert install == INSTALL
    done = run(check, project, GITHUB_WORKSPACE=str(project))
    assert done.returncode == 1
    assert "::error file=pyproject.toml,line=5" in done.stdout
    assert (project / "vplug.sarif").stat().st_size


def test_the_actions_snippet_uses_inputs_and_outputs_that_exist() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
    (step,) = [s for s in with_key("jobs")["jobs"]["vplug"]["steps"] if s.get("id") == "vplug"]
    assert set(step["with"]) <= set(action["inputs"])
    assert set(re.findall(r"steps\.vplug\.outputs\.([\w-]+)", PAGE)) <= set(action["outputs"])


def test_the_hooks_of_the_snippet_exist() -> None:
    (repo,) = with_key("repos")["repos"]
    assert {hook["id"] for hook in repo["hooks"]} <= {hook["id"] for hook in HOOKS}
    assert "vplug-fix" in PAGE


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_each_hook_runs_a_command_that_exists(hook: dict[str, Any], project: Path) -> None:
    program, *words = hook["entry"].split()
    assert program == "vplug"
    assert hook["pass_filenames"] is False
    done = subprocess.run(
        [sys.executable, "-m", "vplug", *words],
        cwd=project,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "demo defines no gone" in done.stdout
