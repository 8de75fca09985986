"""The command line as a whole: help, the error boundary, and what is never loaded."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from tests.support import (
    clean_environment,
    lay_distribution,
    make_venv,
    plugin_wheel,
    site_packages,
    vplug,
    vplug_here,
    write,
)

from vplug import __version__
from vplug.cli.app import COMMANDS, run
from vplug.contracts.place import BUNDLED
from vplug.contracts.store import ContractStore

READING = ["list", "inspect", "validate", "rule"]


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_has_help_with_an_example(command: str) -> None:
    done = vplug(command, "--help")
    assert done.returncode == 0, done.stderr
    example = done.stdout.partition("Example:")[2]
    assert f" vplug {command}" in example
    assert done.stderr == ""


def test_the_root_lists_every_command() -> None:
    done = vplug("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert f"  {command} " in done.stdout


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_the_short_help_option_is_everywhere(option: str) -> None:
    assert vplug(option).returncode == 0
    assert vplug("list", option).returncode == 0


def test_no_words_show_the_help() -> None:
    done = vplug()
    assert done.returncode == 2
    assert "Usage:" in done.stdout + done.stderr


def test_the_version(tmp_path: Path) -> None:
    newest = ContractStore.open(BUNDLED).newest
    done = vplug("--version", VPLUG_DATA_DIR=str(tmp_path))
    told = f"vplug {__version__} (contracts to vLLM {newest})\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, told, "")


@pytest.mark.parametrize(
    ("index", "told"),
    [
        ("0.33.0 sdist -\n0.100.0 sdist -\n", "contracts to vLLM 0.100.0"),
        # vplug has caught up since they were added.
        ("0.7.0 sdist -\n", f"contracts to vLLM {ContractStore.open(BUNDLED).newest}"),
        ("", "the contract store is damaged: releases.txt: no list of releases"),
        ("9 x\n\n", "the contract store is damaged: releases.txt: no list of releases"),
        ("nonsense x\n", "the contract store is damaged: Invalid version: 'nonsense'"),
        (b"\xff", "the contract store is damaged: releases.txt: no text"),
        (None, "the contract store is damaged: releases.txt: No such file or directory"),
    ],
)
def test_the_version_counts_releases_that_the_user_added(
    tmp_path: Path, index: str | bytes | None, told: str
) -> None:
    write(tmp_path / "contracts", {"current": "mine\n", "mine/checksums.txt": ""})
    if index is not None:
        write(tmp_path / "contracts" / "mine", {"releases.txt": index})
    done = vplug_here("--version", VPLUG_DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr) == (0, f"vplug {__version__} ({told})\n", "")


def test_as_a_module_and_as_a_script() -> None:
    script = Path(sysconfig.get_path("scripts")) / "vplug"
    code = "from vplug.cli import main; main()"
    told = [
        subprocess.run(
            [*words, "--version"],
            capture_output=True,
            text=True,
            check=True,
            env=clean_environment(),
        ).stdout
        for words in (
            [sys.executable, "-m", "vplug"],
            [str(script)] if script.exists() else [sys.executable, "-c", code],
        )
    ]
    assert told[0] == told[1]
    assert told[0].startswith(f"vplug {__version__} ")
    usage = vplug("--help").stdout
    assert "Usage: vplug " in usage  # and not __main__.py


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("lst", "'list'"),
        ("List", "'list'"),
        ("val", "'validate'"),
        ("check", None),
        ("compatibility", "'compat'"),
        ("scafold", "'scaffold'"),
        ("contract", "'contracts'"),
    ],
)
def test_a_mistyped_command_has_its_nearest_named(word: str, meant: str | None) -> None:
    done = vplug_here(word)
    assert done.returncode == 2
    assert f"No such command '{word}'" in done.stderr
    assert ("Did you mean" in done.stderr) is (meant is not None)
    assert meant is None or f"Did you mean {meant}?" in done.stderr
    assert "hint: `vplug --help` lists the commands" in done.stderr


def test_a_mistyped_command_of_a_group() -> None:
    done = vplug_here("contracts", "dif", "0.32.0", "0.33.0")
    assert done.returncode == 2
    assert "Did you mean 'diff'?" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["lst"],
        ["list", "--nonsense"],
        ["list", "extra"],
        ["validate", "--fail-on", "bad"],
        ["list", "--format", "bad"],
        ["inspect"],
        ["--nonsense"],
    ],
)
def test_wrong_words_are_usage(words: list[str]) -> None:
    done = vplug(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr
    assert "Traceback" not in done.stderr


# the error boundary


def call(monkeypatch: pytest.MonkeyPatch, error: BaseException, debug: bool = False) -> int:
    import vplug.cli.rule

    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr("vplug.rules.all_rules", fail)
    monkeypatch.delenv("VPLUG_DEBUG", raising=False)
    assert vplug.cli.rule  # loaded, so that the patch is what it sees
    words = ["--debug", "rule"] if debug else ["rule"]
    try:
        with pytest.raises(SystemExit) as caught:
            run(words)
    finally:
        os.environ.pop("VPLUG_DEBUG", None)
    return int(caught.value.code or 0)


def test_a_fault_in_vplug_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, ValueError("boom")) == 4
    out, err = capsys.readouterr()
    assert out == ""
    assert "error: vplug failed: ValueError: boom" in err
    assert "--debug" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "what",
    [
        "traceback",
        "status",
    ],
)
def test_debug_shows_the_traceback(what: str) -> None:
    code = (
        "import vplug.rules, vplug.cli.app as app\n"
        "def fail(): raise ValueError('boom')\n"
        "vplug.rules.all_rules = fail\n"
        "app.run(['--debug', 'rule'])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
    )
    assert "Traceback" in done.stderr
    assert "in fail" in done.stderr
    assert "ValueError: boom" in done.stderr
    if what == "status":
        assert done.returncode == 4


def test_debug_shows_where_a_known_error_came_from(tmp_path: Path) -> None:
    done = vplug("--debug", "inspect", "./gone", cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback" in done.stderr
    assert "error: ./gone: no such file or folder" in done.stderr
    assert "Traceback" in vplug("inspect", "./gone", cwd=tmp_path, VPLUG_DEBUG="1").stderr


def test_a_known_error_is_a_sentence_and_a_hint(tmp_path: Path) -> None:
    done = vplug("inspect", ".", cwd=write(tmp_path / "p", {"x.txt": ""}))
    assert done.returncode == 3
    assert done.stdout == ""
    assert done.stderr.startswith("error: . holds no pyproject.toml")
    assert "\nhint: " in done.stderr


def test_interrupted_in_process(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, KeyboardInterrupt()) == 130
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
@pytest.mark.parametrize("command", [["list"], ["inspect", "demo"], ["validate", "--installed"]])
def test_an_interrupt_ends_with_130_and_no_traceback(tmp_path: Path, command: list[str]) -> None:
    """The interpreter asked never answers, so the command is surely still at it."""
    started = tmp_path / "started"
    slow = tmp_path / "python"
    slow.write_text(f"#!/bin/sh\n: > '{started}'\nexec sleep 30\n")
    slow.chmod(0o755)
    child = subprocess.Popen(
        [sys.executable, "-m", "vplug", *command, "--python", str(slow)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        env=clean_environment(),
        start_new_session=True,
    )
    while not started.exists() and child.poll() is None:
        pass
    os.killpg(child.pid, signal.SIGINT)
    out, err = child.communicate(timeout=30)
    assert child.returncode == 130, err
    assert err == "interrupted\n"
    assert out == ""


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
@pytest.mark.parametrize(
    "words", ["list", "list --json", "rule", "rule --json", "inspect w.whl --json", "--help"]
)
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, words: str) -> None:
    plugin_wheel(tmp_path / "w.whl", **{f"demo/m{n}.py": "" for n in range(5000)})
    root = tmp_path / "env"
    make_venv(root)
    for number in range(300):
        lay_distribution(
            site_packages(root),
            f"demo{number}",
            groups={"vllm.general_plugins": {f"mine{number}": "demo:register"}},
        )
    prefix = f" --prefix {root}" if words.startswith("list") else ""
    done = subprocess.run(
        ["sh", "-c", f'"$0" -m vplug {words}{prefix} | head -1', sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
    )
    assert "Traceback" not in done.stderr
    assert "BrokenPipe" not in done.stderr
    assert "error" not in done.stderr
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.skipif(os.name == "nt", reason="POSIX pipes")
@pytest.mark.parametrize("words", [["list", "--json"], ["rule"], ["rule", "--json"], ["--version"]])
def test_a_reader_that_was_never_there_is_no_finding(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "vplug", *words],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            env=clean_environment(),
        )
    finally:
        os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 0


# what is never loaded

_MODULES = """
import atexit, json, sys
atexit.register(lambda: sys.stderr.write("\\nMODULES " + json.dumps(sorted(sys.modules)) + "\\n"))
from vplug.cli import main
sys.argv[0] = "vplug"
main()
"""


def loaded(*words: str | Path, cwd: Path) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _MODULES, *map(str, words)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
    )
    line = next(line for line in done.stderr.splitlines() if line.startswith("MODULES "))
    assert done.returncode in {0, 1}, done.stderr
    return set(json.loads(line.removeprefix("MODULES ")))


HEAVY = {
    "build",
    "cookiecutter",
    "cookiecutter.main",
    "http.client",
    "requests",
    "rich.markdown",
    "rich.progress",
    "torch",
    "twine",
    "vllm",
}


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        (["--version"], {"packaging.version", "rich", "vplug.contracts.writing"}),
        (["--help"], set()),
        (["list"], set()),
        (["list", "--json"], {"rich", "vplug.analysis", "vplug.rules"}),
        (["list", "--json", "--prefix", "env"], {"rich", "vplug.analysis", "vplug.rules"}),
        (["inspect", "w.whl"], set()),
        (["inspect", "w.whl", "--json"], {"rich"}),
        (["validate", "w.whl"], set()),
        (["validate", "w.whl", "--json"], {"rich"}),
        (["doctor", "--no-run"], {"vplug.release", "vplug.fit", "psutil"}),
        (["rule"], set()),
        (["rule", "VP104"], set()),
        (["rule", "--json"], {"rich"}),
    ],
)
def test_commands_load_only_what_they_need(
    tmp_path: Path, words: list[str], absent: set[str]
) -> None:
    plugin_wheel(tmp_path / "w.whl")
    make_venv(tmp_path / "env")
    found = loaded(*words, cwd=tmp_path)
    assert not found & (HEAVY | absent)


@pytest.mark.parametrize(
    "words",
    [
        ["list", "--prefix", "env"],
        ["list", "--python", "env"],
        ["list", "--all", "--wide", "--json", "--prefix", "env"],
        ["inspect", "trap", "--prefix", "env"],
        ["inspect", "trap", "--python", "env"],
        ["inspect", "project"],
        ["inspect", "w.whl"],
        ["validate", "project"],
        ["validate", "w.whl"],
        ["validate", "trap", "--prefix", "env"],
        ["validate", "--installed", "--python", "env"],
    ],
)
def test_plugin_code_is_never_imported(tmp_path: Path, words: list[str]) -> None:
    springs = tmp_path / "sprung"
    spring = f"open({str(springs)!r}, 'w').close()\n"
    source = f"{spring}def register():\n    {spring}"
    groups = {"vllm.general_plugins": {"trap": "trap:register"}}
    make_venv(tmp_path / "env")
    site = site_packages(tmp_path / "env")
    lay_distribution(site, "trap", groups=groups, files={"trap/__init__.py": source})
    lay_distribution(site, "vllm", "0.33.0", files={"vllm/__init__.py": spring})
    write(site, {"hook.pth": f"import os; {spring}", "sitecustomize.py": spring})
    write(
        tmp_path / "project",
        {
            "setup.py": spring + "from setuptools import setup\nsetup(name='trap', version='1',\n"
            "entry_points={'vllm.general_plugins': ['trap = trap:register']})\n",
            "trap/__init__.py": source,
            "conftest.py": spring,
        },
    )
    plugin_wheel(tmp_path / "w.whl", **{"demo/__init__.py": source})
    done = vplug(*words, cwd=tmp_path)
    assert done.returncode in {0, 1}, done.stderr
    assert not springs.exists()
    # The trap does work.
    subprocess.run(
        [sys.executable, "-c", "import trap"],
        cwd=tmp_path / "project",
        check=True,
        env=clean_environment(),
    )
    assert springs.exists()
