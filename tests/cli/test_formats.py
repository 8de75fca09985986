"""``--format`` and ``--output`` of validate and compat."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft4Validator
from tests.schemas import hold
from tests.support import clean_environment, plugin_wheel, vplug, vplug_here, write

from vplug.cli.documents import Destination, ReportFormat, destinations
from vplug.errors import UsageFault

SARIF = json.loads(
    (Path(__file__).parent.parent / "report" / "schemas" / "sarif-2.1.0.json").read_text("utf-8")
)
FORMATS = ["text", "table", "json", "markdown", "sarif", "github", "junit"]


@pytest.fixture(autouse=True)
def no_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_WORKSPACE", "CI_PROJECT_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a plugin in a folder of it; one error on line 5."""
    (tmp_path / ".git").mkdir()
    write(
        tmp_path / "plugins" / "demo",
        {
            "pyproject.toml": "[project]\nname = 'demo'\nversion = '1.0'\n"
            "[project.entry-points.'vllm.general_plugins']\nmine = 'demo:gone'\n"
            "[tool.vplug]\nvllm = '>=0.32,<0.33'\n",
            "demo/__init__.py": "def register(): ...\n",
        },
    )
    return tmp_path


def read(kind: str, text: str) -> bool:
    """Whether the document is one of its kind and speaks of the fault."""
    if kind == "json":
        hold(json.loads(text))
    elif kind == "sarif":
        log = json.loads(text)
        assert Draft4Validator(SARIF).is_valid(log)
        (result,) = [r for r in log["runs"][0]["results"] if r["ruleId"] == "VP104"]
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"] == "plugins/demo/pyproject.toml"
        assert place["region"]["startLine"] == 5
        assert len(result["partialFingerprints"]["vplugFinding/v1"]) == 64
    elif kind == "junit":
        assert ET.fromstring(text).get("failures") != "0"
    elif kind == "github":
        assert "::error file=plugins/demo/pyproject.toml,line=5,title=VP104" in text
    elif kind == "markdown":
        assert "VP104" in text
        assert text.startswith("##")
    else:
        assert "pyproject.toml:5: " in text
    return "demo defines no gone" in text


@pytest.mark.parametrize("command", ["validate", "compat"])
@pytest.mark.parametrize("kind", FORMATS)
def test_each_format_on_stdout(root: Path, command: str, kind: str) -> None:
    done = vplug_here(command, "plugins/demo", "--format", kind, cwd=root)
    assert (done.returncode, done.stderr) == (1, "")
    assert read(kind, done.stdout)


@pytest.mark.parametrize("command", ["validate", "compat"])
def test_all_of_them_at_once(root: Path, command: str) -> None:
    words = [word for kind in FORMATS for word in ("--output", f"{kind}:out.{kind}")]
    done = vplug_here(command, "plugins/demo", *words, cwd=root)
    assert done.returncode == 1
    assert read("text", done.stdout)
    for kind in FORMATS:
        assert read(kind, (root / f"out.{kind}").read_text("utf-8"))
        alone = vplug_here(command, "plugins/demo", "--format", kind, cwd=root)
        assert (root / f"out.{kind}").read_text("utf-8") == alone.stdout


def test_paths_count_from_the_repository_wherever_it_is_run(root: Path) -> None:
    for where, label in (
        (root, "plugins/demo"),
        (root / "plugins", "demo"),
        (root / "plugins/demo", "."),
    ):
        out = vplug_here("validate", label, "--format", "github", cwd=where).stdout
        assert "file=plugins/demo/pyproject.toml,line=5" in out


def test_paths_count_from_the_checkout_that_the_runner_names(root: Path) -> None:
    words = ("validate", "demo", "--format", "github")
    env = {"GITHUB_WORKSPACE": str(root / "plugins")}
    assert "file=demo/pyproject.toml" in vplug_here(*words, cwd=root / "plugins", **env).stdout
    elsewhere = {"GITHUB_WORKSPACE": str(root / "other")}
    assert "file=plugins/demo/" in vplug_here(*words, cwd=root / "plugins", **elsewhere).stdout


def test_a_target_outside_the_repository_has_an_absolute_path(root: Path, tmp_path_factory) -> None:
    away = plugin_wheel(tmp_path_factory.mktemp("away") / "demo-1.0-py3-none-any.whl")
    log = json.loads(vplug_here("validate", away, "--format", "sarif", cwd=root).stdout)
    uris = {
        item["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for item in log["runs"][0]["results"]
    }
    assert uris == {away.resolve().as_uri()}


def test_fingerprints_outlive_a_moved_line(root: Path) -> None:
    def marks() -> list[str]:
        out = vplug_here("validate", "plugins/demo", "--format", "sarif", cwd=root).stdout
        return [
            item["partialFingerprints"]["primaryLocationLineHash"]
            for item in json.loads(out)["runs"][0]["results"]
        ]

    before = marks()
    path = root / "plugins/demo/pyproject.toml"
    path.write_text("# one line more\n\n" + path.read_text())
    assert marks() == before
    assert len(set(before)) == len(before) > 3


def test_only_selected_rules_are_listed(root: Path) -> None:
    out = vplug_here(
        "validate", "plugins/demo", "--select", "VP10", "--format", "sarif", cwd=root
    ).stdout
    rules = [rule["id"] for rule in json.loads(out)["runs"][0]["tool"]["driver"]["rules"]]
    assert rules == [f"VP10{n}" for n in range(1, 10)]
    out = vplug_here("validate", "gone/", "--select", "VP101", "--format", "sarif", cwd=root).stdout
    run = json.loads(out)["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["VP101"]
    assert run["invocations"][0]["executionSuccessful"] is False


# where documents go


def test_a_dash_is_stdout_and_nothing_else_goes_there(root: Path) -> None:
    done = vplug_here(
        "validate", "plugins/demo", "--output", "json:-", "--output", "text:t", cwd=root
    )
    assert read("json", done.stdout)
    assert read("text", (root / "t").read_text("utf-8"))


@pytest.mark.parametrize(
    "words",
    [
        ["--output", "json"],
        ["--output", "json:"],
        ["--output", "jsn:x"],
        ["--output", ":x"],
        ["--output", "C:\\out.json"],
        ["--output", "json:x", "--output", "sarif:x"],
        ["--output", "json:x", "--output", "sarif:./x"],
        ["--output", "json:-", "--output", "sarif:-"],
        ["--output", "json:-", "--format", "text"],
        ["--output", "json:-", "--json"],
        ["--json", "--format", "sarif"],
        ["--format", "xml"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("command", ["validate", "compat"])
def test_what_cannot_be_meant_is_usage(root: Path, command: str, words: list[str]) -> None:
    done = vplug_here(command, "plugins/demo", *words, cwd=root)
    assert done.returncode == 2
    assert done.stdout == ""
    assert not (root / "x").exists()


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("json:out/x.json", "out/x.json"),
        (r"json:C:\out\x.json", r"C:\out\x.json"),
        ("json:D:x.json", "D:x.json"),
        (r"json:\\host\share\x.json", r"\\host\share\x.json"),
        ("json:a:b", "a:b"),
    ],
)
def test_only_the_first_colon_parts(text: str, path: str) -> None:
    _, found = destinations(None, False, [text])
    assert found == Destination(ReportFormat.JSON, Path(path))


def test_an_unknown_format_is_told_with_the_known_ones() -> None:
    with pytest.raises(UsageFault) as fault:
        destinations(None, False, ["sarf:x"])
    assert "sarf" in fault.value.message
    assert "sarif" in str(fault.value.hint)


def test_a_file_that_cannot_be_written_is_a_sentence_and_the_others_are_written(root: Path) -> None:
    done = vplug_here(
        "validate", "plugins/demo", "--output", "json:gone/x", "--output", "sarif:y", cwd=root
    )
    assert done.returncode == 4
    assert "cannot write gone/x: there is no folder gone" in done.stderr.replace("\\", "/")
    assert "Traceback" not in done.stderr
    assert read("text", done.stdout)
    assert read("sarif", (root / "y").read_text("utf-8"))


def test_a_folder_is_no_file(root: Path) -> None:
    done = vplug_here("compat", "plugins/demo", "--output", "json:plugins", cwd=root)
    assert done.returncode == 4
    assert "it is a folder" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes and devices")
def test_what_was_there_keeps_its_mode_and_links_are_followed(root: Path) -> None:
    real = root / "real.json"
    real.write_text("old")
    real.chmod(0o640)
    (root / "link.json").symlink_to("real.json")
    words = (
        "validate",
        "plugins/demo",
        "--output",
        "json:link.json",
        "--output",
        "sarif:/dev/null",
    )
    assert vplug_here(*words, cwd=root).returncode == 1
    assert (root / "link.json").is_symlink()
    assert read("json", real.read_text("utf-8"))
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    assert not [path for path in root.iterdir() if path.name.startswith(".real")]


def test_documents_are_utf8_whatever_the_pipes_encoding(root: Path) -> None:
    path = root / "plugins/demo/pyproject.toml"
    path.write_text(path.read_text("utf-8").replace("demo:gone", "demo:gonè"), "utf-8")
    for kind in ("github", "markdown", "json", "sarif", "junit"):
        done = vplug(
            "validate", "plugins/demo", "--format", kind, cwd=root, PYTHONIOENCODING="ascii"
        )
        assert done.returncode == 1, done.stderr
        assert "gon" in done.stdout


def test_the_environment_of_the_tests_names_no_runner() -> None:
    assert "GITHUB_WORKSPACE" not in clean_environment()
