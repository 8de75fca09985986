"""``vplug validate``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

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

G = "vllm.general_plugins"


def project(root: Path, value: str = "demo:register", tool: str = "", **files: str) -> Path:
    """A project with nothing wrong but, at most, what ``value`` leads to."""
    return write(
        root,
        {
            "pyproject.toml": "[project]\nname = 'demo'\nversion = '1.0'\ndescription = 'A demo.'\n"
            "readme = 'README.md'\nlicense = 'MIT'\nrequires-python = '>=3.10'\n"
            "dependencies = ['vllm>=0.20,<0.34']\n"
            f"[project.entry-points.'{G}']\ndemo_plugin = '{value}'\n{tool}",
            "README.md": "# demo\n",
            "demo/__init__.py": "def register():\n    pass\n",
            "tests/test_demo.py": "def test_it(): ...\n",
            **files,
        },
    )


def reported(*words: str | Path, status: int, cwd: Path | None = None) -> dict[str, Any]:
    done = vplug_here("validate", "--json", *words, cwd=cwd)
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == status, (done.stderr, found)
    assert done.stderr == ""
    assert set(found) == {
        "schema",
        "vplug",
        "vllm",
        "vllm_note",
        "fail_on",
        "status",
        "summary",
        "targets",
    }
    assert (found["schema"], found["vplug"]) == ("vplug.report/1", __version__)
    assert found["status"] == status
    return found


def codes(found: dict[str, Any]) -> set[str]:
    return {row["code"] for target in found["targets"] for row in target["findings"]}


# exit statuses


def test_0_clean(tmp_path: Path) -> None:
    project(tmp_path)
    found = reported(status=0, cwd=tmp_path)
    assert found["summary"] == {"error": 0, "warning": 0, "info": 0}
    (target,) = found["targets"]
    assert target["plugins"] == [{"group": G, "name": "demo_plugin", "value": "demo:register"}]
    assert target["findings"] == []
    assert target["outcomes"]
    done = vplug("validate", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "no findings in 1 plugin" in done.stdout


def test_1_findings(tmp_path: Path) -> None:
    project(tmp_path, "demo:gone")
    found = reported(status=1, cwd=tmp_path)
    (finding,) = found["targets"][0]["findings"]
    assert (finding["code"], finding["severity"]) == ("VP104", "error")
    assert finding["plugin"] == f"{G}:demo_plugin"
    assert finding["location"]["path"] == "pyproject.toml"
    assert finding["location"]["line"] == 10
    out = vplug_here("validate", cwd=tmp_path).stdout
    assert "pyproject.toml:10: error VP104" in out


@pytest.mark.parametrize(
    "words",
    [
        ["gone/"],
        ["./gone"],
        ["gone.whl"],
        ["no-such-name"],
        ["--select", "VP999"],
        ["--ignore", "nonsense"],
        ["--fail-on", "never"],
        ["--python", "gone", "--installed"],
        ["--prefix", "gone", "--installed"],
        ["--python", "a", "--prefix", "b"],
    ],
)
def test_2_usage(tmp_path: Path, words: list[str]) -> None:
    project(tmp_path)
    done = vplug_here("validate", *words, cwd=tmp_path)
    assert done.returncode == 2
    assert "error" in (done.stderr + done.stdout).lower()
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "tool",
    [
        "[tool.vplug]\nselekt = ['VP1']\n",
        "[tool.vplug]\nselect = 'VP1'\n",
        "[tool.vplug]\nignore = ['VP999']\n",
        "[tool.vplug]\nfail-on = 'bad'\n",
        "[tool.vplug]\nfail-on = 3\n",
        "[tool.vplug]\nfail-on = []\n",
        "[tool.vplug]\nstrict = 'yes'\n",
        "[tool.vplug]\nvllm = 3\n",
        "[tool.vplug]\nvllm = 'new'\n",
    ],
)
def test_2_a_wrong_configuration(tmp_path: Path, tool: str) -> None:
    project(tmp_path, tool=tool)
    found = reported(status=2, cwd=tmp_path)
    assert found["targets"][0]["error"].startswith(".: ")
    assert "fault in vplug" not in str(found)


def test_3_nothing_to_look_at(tmp_path: Path) -> None:
    write(tmp_path / "empty", {"x": ""})
    write(tmp_path / "plain", {"pyproject.toml": "[project]\nname = 'plain'\n"})
    make_venv(tmp_path / "env")
    assert "holds no pyproject" in reported("empty", status=3, cwd=tmp_path)["targets"][0]["error"]
    assert "no vLLM plugin" in reported("plain", status=3, cwd=tmp_path)["targets"][0]["error"]
    done = vplug_here("validate", "--installed", "--prefix", tmp_path / "env")
    assert done.returncode == 3
    assert "no vLLM plugin is installed" in done.stderr


def test_4_unreadable(tmp_path: Path) -> None:
    write(tmp_path, {"x.whl": b"no zip", "p/pyproject.toml": "["})
    for label in ("x.whl", "p"):
        (target,) = reported(label, status=4, cwd=tmp_path)["targets"]
        assert target["error"]
        assert (target["status"], target["findings"], target["plugins"]) == (4, [], [])


def test_one_bad_target_does_not_hide_the_others(tmp_path: Path) -> None:
    project(tmp_path / "good")
    project(tmp_path / "wrong", "demo:gone")
    write(tmp_path, {"bad.whl": b"", "empty/x": ""})
    labels = ["bad.whl", "good", "empty", "wrong", "./gone"]
    found = reported(*labels, status=4, cwd=tmp_path)
    assert [target["target"] for target in found["targets"]] == labels
    assert [target["status"] for target in found["targets"]] == [4, 0, 3, 1, 2]
    assert [bool(target["error"]) for target in found["targets"]] == [
        True,
        False,
        True,
        False,
        True,
    ]
    done = vplug_here("validate", *labels, cwd=tmp_path)
    assert (
        done.stderr.strip() == "5 targets: 1 error, 0 warnings, 0 infos; 3 could not be looked at"
    )


@pytest.mark.parametrize(
    ("labels", "status"),
    [
        (["good", "wrong"], 1),
        (["good", "empty"], 3),
        (["wrong", "empty"], 1),
        (["wrong", "./gone"], 2),
        (["./gone", "bad.whl"], 4),
        (["good", "good"], 0),
    ],
)
def test_the_worst_status_is_the_commands(tmp_path: Path, labels: list[str], status: int) -> None:
    project(tmp_path / "good")
    project(tmp_path / "wrong", "demo:gone")
    write(tmp_path, {"bad.whl": b"", "empty/x": ""})
    found = reported(*labels, status=status, cwd=tmp_path)
    assert found["status"] == status
    assert len(found["targets"]) == len(labels)


# what is run, and when it fails


def test_select_and_ignore(tmp_path: Path) -> None:
    project(tmp_path, "demo:gone", **{"README.md": ""})
    (tmp_path / "pyproject.toml").write_text(
        (tmp_path / "pyproject.toml").read_text().replace("readme = 'README.md'\n", "")
    )
    assert codes(reported(status=1, cwd=tmp_path)) >= {"VP104", "VP401"}
    assert codes(reported("--select", "VP4", status=0, cwd=tmp_path)) == {"VP401"}
    assert codes(reported("--select", "no-readme", status=0, cwd=tmp_path)) == {"VP401"}
    assert codes(reported("--ignore", "vp1,VP401", status=0, cwd=tmp_path)) == set()
    assert codes(reported("--select", "VP1", "--ignore", "VP104", status=0, cwd=tmp_path)) == set()
    found = reported("--select", "VP401", "--select", "VP104", status=1, cwd=tmp_path)
    assert {row["code"] for row in found["targets"][0]["outcomes"]} == {"VP401", "VP104"}


def test_fail_on(tmp_path: Path) -> None:
    project(tmp_path)
    text = (tmp_path / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(text.replace("license = 'MIT'\n", ""))
    assert codes(reported(status=0, cwd=tmp_path)) == {"VP402"}
    assert reported("--fail-on", "warning", status=1, cwd=tmp_path)["fail_on"] == "warning"
    reported("--fail-on", "info", status=1, cwd=tmp_path)
    reported("--fail-on", "error", status=0, cwd=tmp_path)
    reported("--strict", status=1, cwd=tmp_path)


def test_the_projects_own_settings(tmp_path: Path) -> None:
    project(tmp_path, "demo:gone", tool="[tool.vplug]\nignore = ['VP104']\n")
    assert codes(reported(status=0, cwd=tmp_path)) == set()
    project(tmp_path / "two", "demo:gone", tool="[tool.vplug]\nselect = ['VP4']\n")
    reported("two", status=0, cwd=tmp_path)
    reported("two", "--select", "VP104", status=1, cwd=tmp_path)


def test_strict_fails_where_it_cannot_tell(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "setup.py": "from setuptools import setup\nsetup(name='d', version='1', entry_points=f())\n"
        },
    )
    found = reported(status=0, cwd=tmp_path)
    outcomes = found["targets"][0]["outcomes"]
    assert any(row["outcome"] == "cannot-tell" for row in outcomes)
    assert all(
        row["reason"] for row in outcomes if row["outcome"] in {"cannot-tell", "skipped", "crashed"}
    )
    reported("--strict", status=1, cwd=tmp_path)
    assert "cannot tell" in vplug_here("validate", cwd=tmp_path).stdout


def test_a_comment_keeps_a_finding_quiet(tmp_path: Path) -> None:
    project(tmp_path, "demo:gone")
    text = (tmp_path / "pyproject.toml").read_text()
    (tmp_path / "pyproject.toml").write_text(
        text.replace("'demo:gone'", "'demo:gone' # vplug: ignore[VP104]")
    )
    found = reported(status=0, cwd=tmp_path)
    assert found["targets"][0]["suppressed"] == 1
    assert "1 finding ignored" in vplug_here("validate", cwd=tmp_path).stdout


def test_installed_ones(tmp_path: Path) -> None:
    root = tmp_path / "env"
    make_venv(root)
    site = site_packages(root)
    lay_distribution(
        site, "good", groups={G: {"good_one": "good:f"}}, files={"good.py": "def f(): ...\n"}
    )
    lay_distribution(site, "wrong", groups={G: {"wrong_one": "wrong:gone"}}, files={"wrong.py": ""})
    lay_distribution(
        site,
        "vllm",
        "0.33.0",
        {G: {"own": "vllm.x:gone"}},
        files={"vllm/__init__.py": ""},
    )
    found = reported("--installed", "--prefix", root, "--select", "VP1", status=1)
    assert sorted(target["target"] for target in found["targets"]) == ["good", "wrong"]
    assert codes(found) == {"VP104"}
    (target,) = reported("wrong_one", "--prefix", root, "--select", "VP1", status=1)["targets"]
    assert target["kind"] == "environment"


@pytest.mark.parametrize("metadata", ["plain-1.0.dist-info", "plain-1.0.egg-info"])
def test_vllm_itself_needs_no_vllm_range_and_a_plugin_beside_it_does(
    tmp_path: Path, metadata: str
) -> None:
    make_venv(tmp_path / "env")
    site = site_packages(tmp_path / "env")
    code = {"plain.py": "def f(): ...\n"}
    lay_distribution(site, "plain", groups={G: {"mine": "plain:f"}}, folder=metadata, files=code)
    lay_distribution(
        site,
        "vllm-vendor",
        "0.33.0",
        {G: {"own": "vllm:f"}},
        requires=["torch==2.11.0"],
        files={"vllm/__init__.py": "def f(): ...\n"},
    )
    found = reported(
        "vllm-vendor", "plain", "--prefix", tmp_path / "env", "--select", "VP4", status=0
    )
    vllm, plugin = (
        {finding["code"] for finding in target["findings"]} for target in found["targets"]
    )
    assert "VP407" in plugin
    assert not vllm & {"VP407", "VP410"}


def test_a_wheel(tmp_path: Path) -> None:
    plugin_wheel(tmp_path / "demo-1.0-py3-none-any.whl", **{"demo/__init__.py": "x = 1\n"})
    found = reported("demo-1.0-py3-none-any.whl", "--select", "VP1", status=1, cwd=tmp_path)
    (finding,) = found["targets"][0]["findings"]
    assert finding["location"]["path"].endswith("entry_points.txt")


def test_a_syntax_error_is_a_finding_with_its_place(tmp_path: Path) -> None:
    project(tmp_path, **{"demo/__init__.py": "def register(:\n    pass\n"})
    found = reported(status=1, cwd=tmp_path)
    assert "VP001" in codes(found)
    place = next(
        row["location"] for row in found["targets"][0]["findings"] if row["code"] == "VP001"
    )
    assert (place["path"], place["line"]) == ("demo/__init__.py", 1)


@pytest.mark.parametrize(
    "files",
    [
        {"demo/__init__.py": "x = (" + "(" * 400 + ")" * 400 + ")\ndef register(): ...\n"},
        {"demo/__init__.py": "x = " + "+".join(["1"] * 20_000) + "\ndef register(): ...\n"},
        {"demo/__init__.py": "from demo import *\nfrom demo.a import *\ndef register(): ...\n",
         "demo/a.py": "from demo import *\n"},
        {"demo/__init__.py": "def register():\n    register()\n    return register()\n"},
        {"demo/__init__.py": "x = [x for x in x]\ndef register(a=x): ...\n"},
        {"demo/__init__.py": "class register(register): ...\n"},
        {"demo/__init__.py": "\x00"},
        {"demo/__init__.py": "def register():\n    " + "if 1:\n" + "".join(
            f"{' ' * (4 + n)}if 1:\n" for n in range(1, 90)) + " " * 99 + "pass\n"},
    ],
    ids=["parentheses", "long sum", "stars", "recursion", "self", "own base", "null", "deep"],
)  # fmt: skip
def test_code_made_to_break_readers(tmp_path: Path, files: dict[str, str]) -> None:
    project(tmp_path, **files)
    done = vplug_here("validate", "--json", cwd=tmp_path)
    assert done.returncode in {0, 1}, done.stderr + done.stdout
    (target,) = json.loads(done.stdout)["targets"]
    assert target["error"] is None
    assert not [row for row in target["outcomes"] if row["outcome"] == "crashed"]


@pytest.mark.skipif(os.name == "nt", reason="POSIX limits")
def test_more_wheels_than_open_files(tmp_path: Path) -> None:
    labels = [f"w{number}.whl" for number in range(80)]
    for label in labels:
        plugin_wheel(tmp_path / label)
    done = subprocess.run(
        [
            "sh",
            "-c",
            'ulimit -n 64; exec "$0" -m vplug validate --json "$@"',
            sys.executable,
            *labels,
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env=clean_environment(),
    )
    found = json.loads(done.stdout)
    assert [target["error"] for target in found["targets"]] == [None] * len(labels)


def test_json_and_words_agree(tmp_path: Path) -> None:
    project(tmp_path, "demo:gone")
    assert vplug_here("validate", "--format", "json", cwd=tmp_path).stdout == (
        vplug_here("validate", "--json", cwd=tmp_path).stdout
    )
    for row in reported(status=1, cwd=tmp_path)["targets"][0]["findings"]:
        assert f"{row['code']} {row['message']}" in vplug_here("validate", cwd=tmp_path).stdout


#: An error (VP104), a warning (VP410) and an info (VP411).
_ALL = {"VP104": "error", "VP410": "warning", "VP411": "info"}


@pytest.mark.parametrize(
    ("least", "shown"),
    [("info", set(_ALL)), ("warning", {"VP104", "VP410"}), ("error", {"VP104"})],
)
def test_milder_findings_can_be_hidden(tmp_path: Path, least: str, shown: set[str]) -> None:
    three_severities(tmp_path)
    everything = reported(status=1, cwd=tmp_path)
    assert {row["code"]: row["severity"] for row in everything["targets"][0]["findings"]} == _ALL
    found = reported("--min-severity", least, status=1, cwd=tmp_path)
    assert codes(found) == shown
    assert found["targets"][0]["hidden"] == 3 - len(shown)
    assert found["summary"] == everything["summary"] == {"error": 1, "warning": 1, "info": 1}
    words = vplug_here("validate", "--min-severity", least, cwd=tmp_path).stdout
    assert [code for code in _ALL if code in words] == [code for code in _ALL if code in shown]
    assert "1 error, 1 warning, 1 info in 1 plugin" in words
    assert ("not shown" in words) is (len(shown) < 3)


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif", "github", "junit"])
def test_what_fails_is_always_shown(tmp_path: Path, form: str) -> None:
    three_severities(tmp_path)
    words = ["--min-severity", "error", "--fail-on", "warning", "--ignore", "VP104"]
    done = vplug_here("validate", *words, "--format", form, cwd=tmp_path)
    assert done.returncode == 1
    assert "torch" in done.stdout


def test_a_baseline_holds_what_is_hidden_too(tmp_path: Path) -> None:
    three_severities(tmp_path)
    words = ["--write-baseline", "--baseline", "b.json", "--min-severity", "error"]
    vplug_here("validate", *words, cwd=tmp_path)
    known = json.loads((tmp_path / "b.json").read_text())
    assert {row["code"] for row in known["findings"]} == set(_ALL)


def test_words_tell_the_worst_first(tmp_path: Path) -> None:
    three_severities(tmp_path)
    words = vplug_here("validate", cwd=tmp_path).stdout
    assert sorted(_ALL, key=words.index) == ["VP104", "VP410", "VP411"]


def three_severities(root: Path) -> None:
    project(root, "demo:gone")
    text = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(text.replace("'vllm>=", "'torch==2.0', 'vllm>="))
    (root / "tests" / "test_demo.py").unlink()


def test_other_packages_entry_points_are_no_plugins(tmp_path: Path) -> None:
    folder = project(tmp_path, tool='[project.entry-points.inspect_ai]\nother = "demo:register"\n')
    done = vplug_here("validate", folder)
    assert "in 1 plugin" in done.stdout
    (target,) = json.loads(vplug_here("validate", folder, "--json").stdout)["targets"]
    assert [plugin["name"] for plugin in target["plugins"]] == ["demo_plugin"]


def test_a_folder_of_the_same_name_is_not_taken_for_what_is_installed(tmp_path: Path) -> None:
    make_venv(tmp_path / "env")
    groups = {"vllm.general_plugins": {"mine": "mine:gone"}}
    lay_distribution(
        site_packages(tmp_path / "env"), "mine", groups=groups, files={"mine/__init__.py": ""}
    )
    (tmp_path / "mine").mkdir()
    done = vplug("validate", "--installed", "--prefix", "env", "--json", cwd=tmp_path)
    (target,) = json.loads(done.stdout)["targets"]
    assert target["kind"] == "environment"
    assert "VP104" in {item["code"] for item in target["findings"]}
    shown = vplug("inspect", "mine", "--prefix", "env", "--json", cwd=tmp_path)
    (inspected,) = json.loads(shown.stdout)["targets"]
    assert inspected["distribution"]["found"]["kind"] == "environment"
    # Named without an environment, it is the folder.
    assert vplug("inspect", "mine", cwd=tmp_path).returncode == 3


def test_a_comment_settles_what_cannot_be_told(tmp_path: Path) -> None:
    code = (
        "import os\n\n\ndef register():\n    from vllm import ModelRegistry\n\n"
        "    ModelRegistry.register_model('Mine', os.environ['MINE']){}\n"
    )
    asked = ("--strict", "--select", "VP207,VP307", "--json")
    for comment, status in (("", 1), ("  # vplug: ignore[VP207, model-class-not-lazy]", 0)):
        folder = project(tmp_path / f"p{status}", **{"demo/__init__.py": code.format(comment)})
        done = vplug_here("validate", folder, *asked)
        (target,) = json.loads(done.stdout)["targets"]
        kinds = {item["code"]: item["outcome"] for item in target["outcomes"]}
        expected = "cannot-tell" if status else "skipped"
        assert kinds == {"VP207": expected, "VP307": expected}
        assert done.returncode == status
