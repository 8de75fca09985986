"""``vplug scaffold`` as a person types it, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from vplug.scaffold import TYPES, find_type

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def run(home: Path, work: Path) -> Run:
    """The command in an empty folder, with an empty home, and no terminal."""

    def scaffold(*args: str | Path, **env: str) -> subprocess.CompletedProcess[str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        return subprocess.run(
            [sys.executable, "-m", "vplug", "scaffold", *args],
            cwd=work,
            env={
                **kept,
                "HOME": str(home),
                "USERPROFILE": str(home),
                "XDG_CONFIG_HOME": str(home / "none"),
                "GIT_CONFIG_NOSYSTEM": "1",
                **env,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    return scaffold


def test_a_project_is_made_and_shown(run: Run, work: Path) -> None:
    done = run("io-processor", "--name", "acme-embed")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == str(work / "acme-embed")
    assert "src/acme_embed/processor.py" in lines
    assert lines[-4:] == [
        "Next:",
        "  cd acme-embed && python -m pip install --editable . pytest",
        "  python -m pytest && vplug validate .",
        "  vplug build .",
    ]
    assert (work / "acme-embed" / "pyproject.toml").is_file()
    assert [path.name for path in work.iterdir()] == ["acme-embed"]


def test_the_home_folder_stays_empty_and_its_settings_unread(
    run: Run, home: Path, work: Path
) -> None:
    done = run("general", "--name", "acme")
    assert done.returncode == 0, done.stderr
    assert list(home.iterdir()) == []

    settings = home / ".cookiecutterrc"
    settings.write_text("default_context: {distribution: leaked, env_prefix: LEAKED}\n")
    done = run("general", "--name", "acme-two", COOKIECUTTER_CONFIG=str(settings))
    assert done.returncode == 0, done.stderr
    assert list(home.iterdir()) == [settings]
    made = work / "acme-two"
    assert not any(b"leaked" in p.read_bytes().lower() for p in made.rglob("*") if p.is_file())


def test_git_names_the_author(run: Run, home: Path, work: Path) -> None:
    (home / ".gitconfig").write_text("[user]\nname = Ada\nemail = ada@example.org\n")
    assert run("general", "--name", "acme").returncode == 0
    text = (work / "acme" / "pyproject.toml").read_text(encoding="utf-8")
    assert 'authors = [{ name = "Ada", email = "ada@example.org" }]' in text
    assert run("general", "--name", "acme-b", "--author", "Bo").returncode == 0
    text = (work / "acme-b" / "pyproject.toml").read_text(encoding="utf-8")
    assert 'authors = [{ name = "Bo" }]' in text


def test_without_git_it_works_too(run: Run, work: Path) -> None:
    done = run("general", "--name", "acme", PATH="")
    assert done.returncode == 0, done.stderr
    assert "authors" not in (work / "acme" / "pyproject.toml").read_text(encoding="utf-8")


def test_json_is_the_same_facts(run: Run, work: Path) -> None:
    done = run("general", "--name", "vllm-acme", "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert document["schema"] == "vplug.scaffold/1"
    project = document["project"]
    files = project.pop("files")
    assert {"path": "README.md", "status": "written", "written_as": "README.md"} in files
    assert project == {
        "type": "general",
        "variant": None,
        "group": "vllm.general_plugins",
        "name": "vllm-acme",
        "package": "vllm_acme",
        "plugin_name": "vllm_acme",
        "vllm": find_type("general").vllm,
        "destination": str(work / "vllm-acme"),
        "dry_run": False,
        "next": [
            "cd vllm-acme && python -m pip install --editable . pytest",
            "python -m pytest && vplug validate .",
            "vplug build .",
        ],
    }


def test_the_types_are_listed(run: Run, work: Path) -> None:
    lines = run("--list").stdout.splitlines()
    types = [line.split()[0] for line in lines if not line.startswith(" ")]
    assert types == [plugin_type.name for plugin_type in TYPES]
    document = json.loads(run("--list", "--format", "json").stdout)
    assert document["schema"] == "vplug.scaffold/1"
    assert [row["group"] for row in document["types"]] == [
        plugin_type.group for plugin_type in TYPES
    ]
    assert list(work.iterdir()) == []


def test_variants_are_listed_and_explained(run: Run) -> None:
    listed = run("--list").stdout
    document = json.loads(run("--list", "--json").stdout)
    shown = " ".join(run("--help", COLUMNS="200").stdout.split())
    for plugin_type, row in zip(TYPES, document["types"], strict=True):
        names = [variant.name for variant in plugin_type.variants]
        assert [variant["name"] for variant in row["variants"]] == names
        for variant in plugin_type.variants:
            assert f"--variant {variant.name}: {variant.summary}" in listed
        if names:
            assert f"Of {plugin_type.name}: {names[0]} (default)" in shown
            assert all(name in shown for name in names)


def test_an_unknown_variant_is_refused(run: Run, work: Path) -> None:
    done = run("io-processor", "--variant", "sound", "--name", "acme")
    assert done.returncode == 2
    assert "no variant 'sound'" in done.stderr
    assert list(work.iterdir()) == []


def test_a_dry_run_shows_the_files_and_writes_none(run: Run, work: Path) -> None:
    done = run("general", "--name", "acme", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert "src/acme/plugin.py" in done.stdout.splitlines()
    assert "Nothing was written" in done.stdout
    assert "Next:" not in done.stdout
    assert list(work.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "message", "hint"),
    [
        ([], "no plugin type is given", "--list"),
        (["general"], "no name is given", "--name"),
        (["generel", "--name", "acme"], "there is no plugin type 'generel'", "general?"),
        (["general", "--name", "a b"], "'a b' cannot be the distribution's name", "acme"),
        (["general", "--name", "acme", "--package", "utils"], "the name is too general", "package"),
        (["general", "--name", "acme", "--plugin-name", "cuda"], "a platform of that name", "name"),
        (["general", "--name", "acme", "--set", "x"], "--set 'x' is not OPTION=VALUE", ""),
        (["general", "--name", "acme", "--set", "x=1"], "has no option 'x'", "it has none"),
    ],
)
def test_a_refusal_is_a_sentence_and_a_hint(
    run: Run, work: Path, args: list[str], message: str, hint: str
) -> None:
    done = run(*args, "--no-input")
    assert done.returncode == 2
    assert done.stdout == ""
    first, *rest = done.stderr.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert len(rest) == bool(hint)
    assert all(line.startswith("hint: ") and hint in line for line in rest)
    assert list(work.iterdir()) == []


def test_force_says_what_it_kept(run: Run, work: Path) -> None:
    assert run("general", "--name", "acme").returncode == 0
    (work / "acme" / "README.md").write_text("mine")
    refused = run("general", "--name", "acme")
    assert refused.returncode == 2
    assert "acme exists already" in refused.stderr
    done = run("general", "--name", "acme", "--force")
    assert done.returncode == 0
    assert "README.md  (yours is kept; the new one: README.md.vplug-new)" in done.stdout
    assert "LICENSE  (there already)" in done.stdout
    assert "1 of your files differ" in done.stdout
    assert (work / "acme" / "README.md").read_text() == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")
@pytest.mark.parametrize("asked", [False, True])
def test_in_a_terminal_it_asks_until_the_answer_can_be_used(
    home: Path, work: Path, asked: bool
) -> None:
    import pty
    from threading import Timer

    leader, follower = pty.openpty()
    env = {**os.environ, "HOME": str(home), "TERM": "dumb", "GIT_CONFIG_NOSYSTEM": "1"}
    command = [sys.executable, "-m", "vplug", "scaffold", *([] if asked else ["general"])]
    with subprocess.Popen(
        command, cwd=work, env=env, stdin=follower, stdout=follower, stderr=follower
    ) as process:
        os.close(follower)
        watchdog = Timer(60, process.kill)
        watchdog.start()
        # The name again after a refusal, the package as offered, the plugin's name again, …
        os.write(leader, b"generl\ngeneral\n" if asked else b"")
        os.write(leader, b"a b\nacme-asked\n\ncpu\n\n\n")
        shown = b""
        with suppress(OSError):  # Linux, when the other end is closed
            while part := os.read(leader, 4096):
                shown += part
        os.close(leader)
        status = process.wait()
        watchdog.cancel()
    text = shown.decode()
    assert status == 0, text
    assert ("stat-logger  " in text) is asked
    assert "cannot be the distribution's name" in text
    assert "a platform of that name" in text
    assert "└── " in text
    assert (work / "acme-asked" / "src" / "acme_asked" / "plugin.py").is_file()
