"""The command: its words, its statuses, its JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from vplug.cli.app import app
from vplug.cli.verify import parse_size
from vplug.errors import UsageFault, VplugError

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "probe"))
try:
    from conftest import make_environment, make_wheel
finally:
    sys.path.pop(0)


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_environment(tmp_path_factory.mktemp("stub") / "env")


def run(*args: str | Path):
    return CliRunner().invoke(app, ["verify", *map(str, args)])


def test_clean(python: Path, tmp_path: Path) -> None:
    path = make_wheel(tmp_path, "def register(): pass\n")
    done = run(path, "--python", python)
    assert done.exit_code == 0, done.output
    assert "probed" in done.stdout
    assert "no findings in 1 plugin" in done.stdout
    assert "probing [2/2]" in done.stderr
    assert "probing" not in done.stdout


def test_prefix_is_the_environments_root(python: Path, tmp_path: Path) -> None:
    path = make_wheel(tmp_path, "def register(): pass\n")
    assert run(path, "--prefix", python.parent.parent).exit_code == 0
    both = run(path, "--prefix", python.parent.parent, "--python", python)
    assert isinstance(both.exception, UsageFault)


def test_a_plugin_in_a_group_that_nobody_reads_is_not_called_fine(
    python: Path, tmp_path: Path
) -> None:
    path = make_wheel(tmp_path, "def register(): pass\n", group="vllm.general_plugin")
    done = run(path, "--python", python)
    assert done.exit_code == 3, done.output
    assert "no vLLM release reads the group 'vllm.general_plugin'" in done.output
    assert "did you mean 'vllm.general_plugins'?" in done.output


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_secret_of_the_environment_is_shown(
    python: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    monkeypatch.setenv("MINE_API_KEY", "sup3r-s3cret-key")
    path = make_wheel(
        tmp_path,
        "import os\n\n\ndef register():\n    print(os.environ['MINE_API_KEY'])\n"
        "    raise RuntimeError('bad key ' + os.environ['MINE_API_KEY'])\n",
    )
    done = run(path, "--python", python, *form)
    assert done.exit_code == 1
    assert "bad key ***" in done.stdout
    assert "sup3r" not in done.output


def test_json(python: Path, tmp_path: Path) -> None:
    path = make_wheel(tmp_path, "import os\nos.environ['A'] = '1'\ndef register(): return 3\n")
    done = run(path, "--python", python, "--json", "--fail-on", "warning")
    assert done.exit_code == 1
    report = json.loads(done.stdout)
    assert report["schema"] == "vplug.verify/1"
    assert report["vllm"] == "vllm 0.33.0"
    (target,) = report["targets"]
    assert target["kind"] == "wheel"
    assert [item["code"] for item in target["findings"]] == ["VP721"]
    (seen,) = target["observations"]
    assert seen["plugin"] == "vllm.general_plugins:probed"
    first, second = seen["attempts"]
    assert (first["order"], second["order"]) == ("vllm-first", "plugin-first")
    assert first["returned"] == "3"
    assert first["called"] == 2
    assert first["forked"] == {"ending": "replied", "raised": None, "detail": None}
    assert first["changes"][0]["location"]["path"] == "probed.py"


def test_select_and_strict(python: Path, tmp_path: Path) -> None:
    path = make_wheel(tmp_path, "import os\nos.environ['A'] = '1'\ndef register(): pass\n")
    assert run(path, "--python", python).exit_code == 0, "a warning is below --fail-on"
    assert run(path, "--python", python, "--strict").exit_code == 1
    assert run(path, "--python", python, "--strict", "--ignore", "VP721").exit_code == 0
    assert run(path, "--python", python, "--strict", "--select", "VP701").exit_code == 0


def test_rules_of_validate_are_not_its_own(python: Path, tmp_path: Path) -> None:
    path = make_wheel(tmp_path, "def register(): pass\n")
    done = run(path, "--python", python, "--select", "VP1")
    assert isinstance(done.exception, UsageFault)
    assert "vplug validate" in done.exception.message
    other = CliRunner().invoke(app, ["validate", str(path), "--select", "VP7"])
    assert isinstance(other.exception, UsageFault)
    assert "vplug verify" in other.exception.message


def test_validate_runs_nothing(python: Path, tmp_path: Path) -> None:
    path = make_wheel(tmp_path, f"open({str(tmp_path / 'ran')!r}, 'w')\ndef register(): pass\n")
    done = CliRunner().invoke(app, ["validate", str(path), "--json"])
    codes = {item["code"] for item in json.loads(done.stdout)["targets"][0]["outcomes"]}
    assert not {code for code in codes if code.startswith("VP7")}
    assert not (tmp_path / "ran").exists()


def test_no_vllm_is_status_4(tmp_path: Path) -> None:
    import subprocess

    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    path = make_wheel(tmp_path, "def register(): pass\n")
    done = run(path, "--python", tmp_path / "bare")
    assert isinstance(done.exception, VplugError)
    assert done.exception.status == 4
    assert done.stdout == ""


def test_one_target_that_fails_does_not_hide_the_others(python: Path, tmp_path: Path) -> None:
    good = make_wheel(tmp_path, "def register(): pass\n")
    empty = make_wheel(tmp_path, "", group="console_scripts", name="empty")
    done = run(tmp_path / "missing.whl", empty, good, "--python", python, "--json")
    report = json.loads(done.stdout)
    assert [target["status"] for target in report["targets"]] == [2, 3, 0]
    assert done.exit_code == 2


def test_sizes() -> None:
    assert parse_size("512M") == 512 * 2**20
    assert parse_size("1.5 GiB") == 3 * 2**29
    assert parse_size("1000") == 1000
    assert parse_size("none") is None
    for text in ("", "0", "-1G", "8X", "G"):
        with pytest.raises(UsageFault):
            parse_size(text)


def test_an_installed_plugin_is_run_where_it_is(tmp_path: Path) -> None:
    from vplug.probe.overlay import install_wheel

    own = make_environment(tmp_path / "env")
    (site,) = (tmp_path / "env").glob("lib/python3.*/site-packages")
    source = (
        "import os\n\nos.environ['A'] = '1'\n"
        "os.environ['B'] = '2'  # vplug: ignore[VP721]\n\n\ndef register(): pass\n"
    )
    install_wheel(make_wheel(tmp_path, source), site, own)
    before = sorted(str(path) for path in site.rglob("*"))
    done = run("probed", "--python", own, "--json", "--fail-on", "warning")
    assert done.exit_code == 1
    (target,) = json.loads(done.stdout)["targets"]
    assert target["kind"] == "environment"
    assert target["suppressed"] == 1
    (finding,) = target["findings"]
    assert finding["location"]["path"] == str(site / "probed.py")
    assert finding["location"]["line"] == 3
    assert sorted(str(path) for path in site.rglob("*")) == before


def test_what_stands_on_a_relative_python_path_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vplug.probe.overlay import install_wheel

    own = make_environment(tmp_path / "env")
    source = "def register():\n    raise OSError('it ran')\n"
    install_wheel(make_wheel(tmp_path, source), tmp_path / "more", own)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", "more")
    done = run("probed", "--python", own, "--json")
    (target,) = json.loads(done.stdout)["targets"]
    (finding,) = [item for item in target["findings"] if item["severity"] == "error"]
    assert "it ran" in finding["message"]
    assert finding["location"]["path"] == str(tmp_path / "more" / "probed.py")


def test_help_shows_an_example() -> None:
    done = run("--help")
    assert done.exit_code == 0
    assert "vplug verify --python" in done.stdout
    for option in ("--timeout", "--memory", "--format", "--prefix", "--no-isolation"):
        assert option in done.stdout
