"""What Tab offers, asked as each shell asks it; by the shells themselves where they are."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import clean_environment, write

from vplug.contracts.store import ContractStore
from vplug.loader import GROUPS
from vplug.rules.codes import CODES
from vplug.scaffold import TYPES

#: What stands on the line, the last word being completed → some of what is offered, what is not.
CASES: list[tuple[list[str], set[str], set[str]]] = [
    (["rul"], {"rule"}, {"list"}),
    (["contracts", ""], {"list", "show", "diff", "add", "update"}, {"make"}),
    (["validate", "--sel"], {"--select"}, {"--strict"}),
    (["rule", "VP10"], {c for c in CODES if c.startswith("VP10")}, {"VP110"}),
    (["rule", "missing-at"], {"missing-attribute"}, {"VP104"}),
    (["validate", "--select", "VP"], {"VP101", "VP411"}, {"VP601", "VP701"}),
    (["validate", "--ignore", "VP101,VP10"], {"VP101,VP102"}, {"VP101,VP101"}),
    (["verify", "--select", ""], {"VP701"}, {"VP101"}),
    (["list", "--group", ""], {group.short for group in GROUPS}, {"vllm.general_plugins"}),
    (["list", "-g", "vllm."], {group.name for group in GROUPS}, {"general"}),
    (["scaffold", ""], {kind.name for kind in TYPES}, set()),
    (["scaffold", "io-processor", "--variant", ""], {"text", "geospatial"}, set()),
    (["scaffold", "general", "--variant", ""], set(), {"text", "geospatial"}),
    (["contracts", "show", "0.33"], {"0.33.0"}, {"0.32.0"}),
    (["contracts", "show", "0.33.0", "IOP"], {"IOProcessor"}, {"Platform"}),
    (["contracts", "diff", "0.32.0", "0.33"], {"0.33.0"}, {"0.32.0"}),
    (["contracts", "diff", "0.32.0", "0.33.0", "--kind", "io"], {"io-processor"}, {"platform"}),
    (["validate", "--fail-on", ""], {"error", "warning", "info"}, set()),
    (["validate", "--vllm", "0.7."], {"0.7.0"}, {"0.33.0"}),
    (["compat", "--vllm", "0.33"], {"0.33.0"}, set()),
    (["compat", "--format", "s"], {"sarif"}, {"json"}),
    (["validate", "--output", "j"], {"json:vplug.json", "junit:vplug.xml"}, set()),
]


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A PATH with this vplug on it."""
    own = write(tmp_path / "bin", {"vplug": f'#!/bin/sh\nexec {sys.executable} -m vplug "$@"\n'})
    (own / "vplug").chmod(0o755)
    return f"{own}:{os.environ['PATH']}"


def shell(name: str, script: str, path: str, home: Path) -> list[str]:
    """Run a script; what it printed, a line each."""
    if shutil.which(name) is None:
        pytest.skip(f"no {name} on this machine")
    flags = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[name]
    done = subprocess.run(
        [name, *flags, "-c", script],
        env=clean_environment(PATH=path, HOME=str(home)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.splitlines()


def held_against(case: int, offered: set[str]) -> None:
    words, wanted, unwanted = CASES[case]
    assert wanted <= offered, words
    assert not unwanted & offered, words
    assert all(value.startswith(words[-1]) for value in offered), words


def test_bash(tmp_path: Path, path: str) -> None:
    asked = "\n".join(
        f"ask vplug {' '.join(shlex.quote(word) for word in words)}" for words, _, _ in CASES
    )
    script = (
        "source <(_VPLUG_COMPLETE=source_bash vplug)\n"
        "ask() {\n"
        '  COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()\n'
        "  _vplug_completion vplug\n"
        '  echo "${COMPREPLY[*]}"\n'
        f"}}\n{asked}\ncomplete -p vplug\n"
    )
    *lines, registered = shell("bash", script, path, tmp_path)
    assert len(lines) == len(CASES)
    for case, line in enumerate(lines):
        held_against(case, set(line.split()))
    # Where vplug offers nothing, bash offers files.
    assert registered == "complete -o default -F _vplug_completion vplug"


@pytest.mark.parametrize("case", [3, 6, 9, 10])
def test_fish(tmp_path: Path, path: str, case: int) -> None:
    line = shlex.join(["vplug", *CASES[case][0][:-1]]) + f" {CASES[case][0][-1]}"
    script = f"_VPLUG_COMPLETE=source_fish vplug | source\ncomplete -C {shlex.quote(line)}\n"
    lines = shell("fish", script, path, tmp_path)
    assert lines
    held_against(case, {line.partition("\t")[0] for line in lines})


@pytest.mark.parametrize("case", [3, 6, 10])
def test_zsh(tmp_path: Path, path: str, case: int) -> None:
    words = ["vplug", *CASES[case][0]]
    script = (
        "compdef() { : }\n"
        '_arguments() { print -r -- "$1" }\n'
        "_files() { print files }\n"
        'eval "$(_VPLUG_COMPLETE=source_zsh vplug)"\n'
        f"words=({' '.join(shlex.quote(word) for word in words)}); CURRENT={len(words)}\n"
        "_vplug_completion\n"
    )
    spec = "\n".join(shell("zsh", script, path, tmp_path))
    assert spec.startswith("*: :((")
    held_against(case, set(re.findall(r'"([^"]*)":"', spec)))


def offered(words: list[str], code: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    """Ask as bash does, in a process that runs ``code`` first and prints its modules last."""
    script = (
        f"{code}\nimport atexit, json, sys\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        "from vplug.cli import main\nmain()\n"
    )
    asked = clean_environment(
        _VPLUG_COMPLETE="complete_bash",
        COMP_WORDS="\n".join(["vplug", *words]),
        COMP_CWORD=str(len(words)),
        **env,
    )
    return subprocess.run(
        [sys.executable, "-c", script], env=asked, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "words", [["validate", "--select", ""], ["scaffold", ""], ["compat", "--vllm", ""]]
)
def test_completing_loads_little(words: list[str]) -> None:
    done = offered(words)
    assert done.returncode == 0
    assert len(done.stdout.split()) >= len(TYPES)
    modules = set(json.loads(done.stderr.splitlines()[-1]))
    assert not modules & {
        "cookiecutter.main",
        "libcst",
        "packaging.version",
        "rich.console",
        "vplug.analysis",
        "vplug.rules.engine",
    }


def test_the_users_releases_are_offered(tmp_path: Path) -> None:
    store = write(tmp_path / "contracts" / "mine", {"releases.txt": "0.33.0 sdist -\n9.9.9 x -\n"})
    write(store.parent, {"current": "mine\n"})
    done = offered(["compat", "--vllm", ""], VPLUG_DATA_DIR=str(tmp_path))
    assert done.stdout.split() == ["9.9.9", *reversed(ContractStore.bundled().releases)]


def test_a_damaged_store_offers_nothing(tmp_path: Path) -> None:
    write(tmp_path / "contracts", {"current": "mine\n", "mine/releases.txt": ""})
    done = offered(["compat", "--vllm", ""], VPLUG_DATA_DIR=str(tmp_path))
    assert (done.returncode, done.stdout.strip()) == (0, "")
    assert "Traceback" not in done.stderr
