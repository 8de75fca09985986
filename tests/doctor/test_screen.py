"""The report for people: findings first, nothing twice, settings to copy whole, nobody named in Markdown."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
from rich.console import Console
from tests.doctor.from_json import H200, captured
from tests.doctor.test_bad_input import Broken, broken
from tests.doctor.test_command import codes, doctor, install, plugin, site

from vplug.report.doctor_text import print_diagnosis
from vplug.rules.engine import judge_all

__all__ = ["broken", "site"]

LONG = "a_platform_with_a_name_that_is_as_long_as_real_ones"


def shown(width: int, name: str, *, color: bool = True) -> str:
    """A captured report on a terminal of this width."""
    from dataclasses import replace

    from vplug.doctor.diagnose import DOCTOR_CODES

    found = captured(name)
    findings, outcomes = judge_all(DOCTOR_CODES, diagnosis=found)
    out = io.StringIO()
    console = Console(
        file=out, width=width, force_terminal=True, no_color=not color, highlight=False, emoji=False
    )
    print_diagnosis(replace(found, findings=findings, outcomes=outcomes), console)
    return out.getvalue()


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("width", [60, 80, 160])
@pytest.mark.parametrize("name", sorted(path.stem for path in H200.glob("*.json")))
def test_it_fits_its_terminal_and_tells_findings_first(name: str, width: int) -> None:
    lines = plain(shown(width, name)).splitlines()
    assert re.match(r".*; (no finding|\d+ (error|warning|info))", lines[0])
    boxed = [line for line in lines if line.startswith(("╭", "│", "╰"))]
    assert boxed
    assert {len(line) for line in boxed} == {min(width, 100)}
    first_box = lines.index(boxed[0])
    assert not [line for line in lines[first_box:] if re.match(r"(error|warning|info) VP6", line)]


def test_without_color_there_is_none() -> None:
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]", shown(80, "raises", color=False))


def test_settings_are_never_broken(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        plugin(site, f"{LONG}_{number}", f"def register():\n    return '{LONG}_{number}.Thing'")
    from typer.testing import CliRunner

    from vplug.cli.app import app

    plugin(site, f"{LONG}_too", "def register():\n    pass", "vllm.general_plugins")
    monkeypatch.setenv("COLUMNS", "60")
    args = ["doctor", "--no-run", "--prefix", str(site)]
    result = CliRunner().invoke(app, args, standalone_mode=False)
    ready = [line for line in result.stdout.splitlines() if line.startswith("VLLM_PLUGINS=")]
    # Of platforms that clash each value names one, beside all that does not clash.
    named = [set(line.removeprefix("VLLM_PLUGINS=").split(",")) for line in ready]
    assert len(named) == 3
    assert all({f"{LONG}_{number}", f"{LONG}_too"} in named for number in range(3))
    for value in ready:
        _, document = doctor(site, "--plugins", value.removeprefix("VLLM_PLUGINS="))
        assert "VP621" not in codes(document)


def test_a_setting_with_blanks_is_quoted(site: Path) -> None:
    install(site, "mine", "[vllm.general_plugins]\ntwo words = mine:register\n")
    (site / "mine.py").write_text("def register():\n    pass\n")
    from typer.testing import CliRunner

    from vplug.cli.app import app

    args = ["doctor", "--no-run", "--prefix", str(site)]
    result = CliRunner().invoke(app, args, standalone_mode=False)
    assert "VLLM_PLUGINS='two words'\n" in result.stdout


def test_hints_name_the_same_environment(site: Path) -> None:
    plugin(
        site, "gone", "import no_such_library\ndef register():\n    pass", "vllm.general_plugins"
    )
    _, document = doctor(site)
    (finding,) = document["findings"]
    assert codes(document) == {"VP609"}
    assert f"`vplug validate gone --prefix {site}`" in finding["hint"]


def test_a_pipe_gets_whole_lines(broken: Broken) -> None:
    broken.plugin(LONG, "import ctypes\ndef register():\n    ctypes.CDLL('libnone.so')\n")
    done = broken.run()
    assert "╭" not in done.stdout
    assert "\x1b" not in done.stdout
    (line,) = [item for item in done.stdout.splitlines() if item.startswith("error VP620")]
    assert "libnone.so: cannot open shared object file" in line
    frames = [item for item in done.stdout.splitlines() if item.startswith("  File ")]
    assert f"{LONG}.py" in frames[0]
    assert not [item for item in frames if "platform_events" in item or "importlib" in item]


def test_a_piped_report_is_short_and_can_be_copied(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from vplug.cli.app import app

    plugin(site, "mine", "def register():\n    return None")
    plugin(site, "models", "def register():\n    pass", "vllm.general_plugins")
    monkeypatch.setenv("VLLM_PLUGINS", "modles")
    args = ["doctor", "--no-run", "--prefix", str(site)]
    lines = CliRunner().invoke(app, args, standalone_mode=False).stdout.splitlines()
    assert lines[-1] == lines[0]
    assert not [line for line in lines if line != line.rstrip()]
    assert len([line for line in lines if "cannot tell: nothing was run" in line]) == 1
    assert lines.count("    VLLM_PLUGINS=models,mine") == 1
    place = lines.index("VLLM_PLUGINS, ready to be set")
    assert lines[place - 1 : place + 3] == [
        "", "VLLM_PLUGINS, ready to be set", "# what you seem to mean", "VLLM_PLUGINS=models"
    ]  # fmt: skip
    assert [line.split() for line in lines if "○ switched" in line] == [
        [name, *f"○ switched off ({group}): VLLM_PLUGINS does not name it".split()]
        for name, group in (("mine", "platform"), ("models", "general"))
    ]


def test_many_that_are_switched_off_are_told_once(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    from vplug.cli.app import app

    names = [f"model_{number}" for number in range(6)]
    for name in names:
        plugin(site, name, "def register():\n    pass", "vllm.general_plugins")
    monkeypatch.setenv("VLLM_PLUGINS", "none_of_them")
    args = ["doctor", "--no-run", "--prefix", str(site)]
    lines = CliRunner().invoke(app, args, standalone_mode=False).stdout.splitlines()
    (told,) = [line for line in lines if "○ switched off" in line]
    assert told.startswith("6 of general ")
    # In the order in which vLLM comes upon them, which is the file system's.
    assert sorted(told.partition("VLLM_PLUGINS does not name ")[2].split(", ")) == names


def test_markdown_shows_values_as_they_are(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from vplug.cli.app import app

    plugin(site, "my_own_models", "def register():\n    pass", "vllm.general_plugins")
    monkeypatch.setenv("VLLM_PLUGINS", "my_own_modles")
    args = ["doctor", "--no-run", "--prefix", str(site), "--format", "markdown"]
    told = CliRunner().invoke(app, args, standalone_mode=False).stdout
    assert "| what you seem to mean: `VLLM_PLUGINS=my_own_models` |" in told
    assert "| `VLLM_TARGET_DEVICE` | `unset: the platform is found by asking` |" in told


CANARIES = {
    "HF_TOKEN": "hf_canarycanarycanary",
    "MY_API_KEY": "canary-of-an-api-key",
    "VLLM_API_KEY": "canary-of-a-server",
    "VLLM_LORA_RESOLVER_CACHE_DIR": "/home/canaryuser/adapters",
    "HTTPS_PROXY": "http://canaryproxy:canarypass@proxy.invalid:3128",
}


def test_markdown_tells_nobody(broken: Broken, tmp_path: Path) -> None:
    """Every place that a secret, a user, a host or a home can come from holds a canary."""
    home = tmp_path / "home" / "canaryhome"
    home.mkdir(parents=True)
    broken.plugin(
        "mine",
        "import os, socket\ndef register():\n"
        "    home, token = os.environ['HOME'], os.environ['HF_TOKEN']\n"
        "    raise RuntimeError(f'{home}/x {token} /home/canaryother/y on {socket.gethostname()} '\n"
        "        'by canarylogin with ghp_canarycanarycanary '\n"
        "        'from https://canaryname:canarypw@host.invalid '\n"
        "        + os.environ['MY_API_KEY'] + os.environ['HTTPS_PROXY'])\n",
    )
    done = broken.run(
        "--format", "markdown", HOME=str(home), USER="canarylogin", LOGNAME="canarylogin", **CANARIES
    )  # fmt: skip
    assert "VP620" in done.stdout
    assert "canary" not in done.stdout.lower()
    host = os.uname().nodename
    if len(host) >= 3 and host not in ("localhost",):
        assert host not in done.stdout
    assert "\\~/x" in done.stdout


def test_no_finding_is_not_all_where_a_candidate_was_not_asked() -> None:
    from dataclasses import replace

    from vplug.model import Answer, AnswerKind, Candidate
    from vplug.report.doctor_lines import verdict

    found = captured("wins")
    late = Candidate("late", False, Answer(AnswerKind.UNKNOWN, reason="it was not asked"))
    candidates = (*found.platform.candidates, late)
    found = replace(found, findings=(), outcomes=())
    assert verdict(found).endswith("; no finding")
    found = replace(found, platform=replace(found.platform, candidates=candidates))
    assert verdict(found).endswith("; no finding, but what late would answer was not seen")
