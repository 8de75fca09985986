"""pre-commit itself, from a clone of this repository, on a scaffolded project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import clean_environment, vplug

ROOT = Path(__file__).parent.parent.parent

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(shutil.which("git") is None, reason="git is not here"),
]


def git(folder: Path, *words: str | Path) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org")
    done = subprocess.run(
        ["git", *who, "-c", "protocol.file.allow=always", *map(str, words)],
        cwd=folder, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture(scope="module")
def pre_commit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pre-commit in an environment of its own."""
    venv = tmp_path_factory.mktemp("pre-commit")
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    folder = venv / ("Scripts" if os.name == "nt" else "bin")
    subprocess.run([folder / "python", "-m", "pip", "install", "-q", "pre-commit"], check=True)
    return folder / "pre-commit"


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This tree, as a repository of one commit: what is not committed yet is tried too."""
    clone = tmp_path_factory.mktemp("hooks") / "vplug"
    listed = git(ROOT, "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (clone / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, clone / name)
    git(clone, "init", "-q")
    git(clone, "add", "-A")
    git(clone, "commit", "-qm", "all")
    return clone


def test_hooks_on_a_scaffolded_project(pre_commit: Path, hooks: Path, tmp_path: Path) -> None:
    done = vplug("scaffold", "general", "--name", "acme-demo", "--no-input", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    project = tmp_path / "acme-demo"
    (project / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {hooks.as_uri()}\n    rev: {git(hooks, 'rev-parse', 'HEAD')}\n    hooks:\n"
        "      - id: vplug-fix\n      - id: vplug-validate\n      - id: vplug-compat\n"
    )
    git(project, "init", "-q")
    git(project, "add", "-A")
    home = {"PRE_COMMIT_HOME": str(tmp_path / "home"), "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "protocol.file.allow", "GIT_CONFIG_VALUE_0": "always"}  # fmt: skip

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [pre_commit, "run", "--all-files", "--color=never"],
            cwd=project, env=clean_environment(**home), capture_output=True, text=True, check=False,
        )  # fmt: skip

    done = run()
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("Passed") == 3

    pyproject = project / "pyproject.toml"
    sound = pyproject.read_text("utf-8")
    pyproject.write_text(sound.replace('"vllm.general_plugins"', '"vllm.general_plugin"'), "utf-8")
    git(project, "add", "-A")
    done = run()
    assert done.returncode == 1
    assert "files were modified by this hook" in done.stdout
    assert pyproject.read_text("utf-8") == sound

    pyproject.write_text(sound.replace(".plugin:register", ".plugin:gone"), "utf-8")
    git(project, "add", "-A")
    done = run()
    assert done.returncode == 1
    assert "VP104" in done.stdout
