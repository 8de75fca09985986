"""``vplug compat``: verdicts, ranges, formats, exit statuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support import vplug_here

OLD_AND_NEW = """
try:
    from vllm.plugins.io_processors.interface import IOProcessor
except ImportError:
    IOProcessor = object


class Mine(IOProcessor):
    def __init__(self, vllm_config, *args, **kwargs):
        super().__init__(vllm_config, *args, **kwargs)

    def parse_request(self, request): ...
    def output_to_response(self, plugin_output): ...
    def parse_data(self, data): ...
    def pre_process(self, prompt, request_id=None, **kwargs): ...
    def post_process(self, model_output, request_id=None, **kwargs): ...
"""
OLD = """
from vllm.plugins.io_processors.interface import IOProcessor


class Mine(IOProcessor):
    def __init__(self, vllm_config):
        super().__init__(vllm_config)

    def parse_request(self, request): ...
    def output_to_response(self, plugin_output): ...
    def pre_process(self, prompt, request_id=None, **kwargs): ...
    def post_process(self, model_output, request_id=None, **kwargs): ...
"""


def project(folder: Path, code: str, declared: str | None = None) -> Path:
    tool = f'[tool.vplug]\nvllm = "{declared}"\n' if declared is not None else ""
    (folder / "mine").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "mine"\nversion = "1.0"\n\n'
        '[project.entry-points."vllm.io_processor_plugins"]\nmine = "mine:register"\n\n' + tool
    )
    (folder / "mine" / "__init__.py").write_text(
        'def register():\n    return "mine.processor.Mine"\n'
    )
    (folder / "mine" / "processor.py").write_text(code)
    return folder


def matrix(*words: str | Path, status: int = 0) -> dict[str, Any]:
    done = vplug_here("compat", *words, "--json")
    assert done.returncode == status, done.stderr
    found = json.loads(done.stdout)
    assert found["schema"] == "vplug.compat/1"
    (target,) = found["targets"]
    return target


def verdicts(target: dict[str, Any]) -> dict[str, str]:
    return {row["vllm"]: row["verdict"] for row in target["releases"]}


def test_written_for_old_releases(tmp_path: Path) -> None:
    target = matrix(project(tmp_path, OLD))
    told = verdicts(target)
    assert told["0.10.1"] == "broken"  # nobody reads the group yet
    assert told["0.10.2"] == "ok"
    assert told["0.16.0"] == "ok"
    assert told["0.17.0"] == "broken"  # the constructor is given a renderer
    assert told["0.33.0"] == "broken"
    assert target["supported"] == ">=0.10.2,<0.17.0"
    (row,) = [row for row in target["releases"] if row["vllm"] == "0.33.0"]
    codes = {finding["code"] for finding in row["findings"]}
    assert {"VP214", "VP215"} <= codes
    for finding in row["findings"]:
        assert set(finding) == {
            "code", "verdict", "message", "path", "line", "symbol", "hint"
        }  # fmt: skip
        assert finding["path"] == "mine/processor.py"
        assert finding["line"] > 0


def test_written_for_old_and_new_releases_at_once(tmp_path: Path) -> None:
    target = matrix(project(tmp_path, OLD_AND_NEW))
    told = verdicts(target)
    assert {told[r] for r in told if told[r] != "broken"} == {"ok"}
    assert next(release for release in told if told[release] == "ok") == "0.10.2"
    assert target["supported"] == ">=0.10.2,<=" + list(told)[-1]


def test_claims_too_much_fails(tmp_path: Path) -> None:
    target = matrix(project(tmp_path, OLD, ">=0.12,<0.18"), status=1)
    assert target["claims_too_much"] == ["0.17.0", "0.17.1"]
    assert target["claims_too_little"] == ["0.10.2", "0.11.0", "0.11.1", "0.11.2"]
    assert target["declared"] == [{"specifier": ">=0.12,<0.18", "source": "[tool.vplug]"}]


def test_a_true_claim_passes(tmp_path: Path) -> None:
    target = matrix(project(tmp_path, OLD, ">=0.10.2,<0.17"))
    assert target["claims_too_much"] == target["claims_too_little"] == []


def test_only_some_releases(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    assert list(verdicts(matrix(folder, "--vllm", ">=0.15,<0.16"))) == ["0.15.0", "0.15.1"]
    assert list(verdicts(matrix(folder, "--vllm", "==0.33.0", status=1))) == ["0.33.0"]


@pytest.mark.parametrize(
    ("specifier", "message"), [(">=99", "none"), ("new", "specifier"), ("==0.7.9", "none")]
)
def test_specifiers_that_name_no_release(tmp_path: Path, specifier: str, message: str) -> None:
    done = vplug_here("compat", project(tmp_path, OLD), "--vllm", specifier)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    del message


def test_a_missing_target(tmp_path: Path) -> None:
    done = vplug_here("compat", tmp_path / "gone")
    assert done.returncode == 2
    assert "no such file or folder" in done.stderr


def test_a_project_without_plugins(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "mine"\nversion = "1"\n')
    assert vplug_here("compat", tmp_path).returncode == 3


def test_a_plugin_that_is_broken_whatever_the_release(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    (folder / "mine" / "__init__.py").write_text("def regster(): ...\n")
    assert set(verdicts(matrix(folder)).values()) == {"broken"}


def test_what_cannot_be_told_is_no_pass(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    (folder / "mine" / "__init__.py").write_text("globals()['register'] = print\n")
    target = matrix(folder)
    assert set(verdicts(target).values()) == {"unknown"}
    assert target["supported"] is None


def test_words_and_markdown(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD, ">=0.12,<0.18")
    words = vplug_here("compat", folder).stdout
    assert "0.10.2 to 0.16.0" in words
    assert "✓ works" in words
    assert "✗ broken" in words
    assert "claims too much: broken with 0.17.0, 0.17.1" in words
    assert "mine/processor.py:6:5" in words
    markdown = vplug_here("compat", folder, "--format", "markdown").stdout
    assert "| 0.10.2 to 0.16.0 | ✓ works |" in markdown


@pytest.mark.parametrize(
    ("init", "files", "code", "place"),
    [
        ("from .registry import go\n", {}, "VP114", "mine/__init__.py:1"),
        ("from .registry import go\n", {"registry.py": "G = 1\n"}, "VP114", "mine/__init__.py:1"),
        ("from .a import A\n", {"a.py": "A = 1\nfrom . import gone\n"}, "VP114", "mine/a.py:2"),
        ("from .a import A\n", {"a.py": "A = (\n"}, "VP001", "mine/a.py:1"),
        ("import mine.a.b\n", {"a/__init__.py": "A = (\n", "a/b.py": ""}, "VP001", "mine/a/__init__.py:1"),
        ("A = (\n", {}, "VP001", "mine/__init__.py:1"),
        ("", {"processor.py": "from .gone import X\n" + OLD}, "VP114", "mine/processor.py:1"),
    ],
)  # fmt: skip
def test_what_fails_within_the_plugin_breaks_it_in_every_release(
    tmp_path: Path, init: str, files: dict[str, str], code: str, place: str
) -> None:
    folder = project(tmp_path, OLD)
    entry = folder / "mine" / "__init__.py"
    entry.write_text(init + entry.read_text())
    for name, text in files.items():
        (folder / "mine" / name).parent.mkdir(exist_ok=True)
        (folder / "mine" / name).write_text(text)
    target = matrix(folder)
    assert set(verdicts(target).values()) == {"broken"}
    for row in target["releases"]:
        told = [(f["code"], f"{f['path']}:{f['line']}") for f in row["findings"]]
        assert told.count((code, place)) == 1


def test_a_module_of_its_own_for_some_releases_only(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    entry = folder / "mine" / "__init__.py"
    test = "from importlib.metadata import version\nif version('vllm').startswith('0.12.'):\n"
    entry.write_text(f"{test}    from .gone import X\n{entry.read_text()}")
    told = verdicts(matrix(folder))
    assert (told["0.12.0"], told["0.11.2"], told["0.13.0"]) == ("broken", "ok", "ok")


def test_what_the_build_makes_is_no_fault(tmp_path: Path) -> None:
    folder = project(tmp_path, OLD)
    with (folder / "pyproject.toml").open("a") as out:
        out.write('\n[tool.setuptools_scm]\nversion_file = "mine/_version.py"\n')
    entry = folder / "mine" / "__init__.py"
    entry.write_text("from ._version import version\n" + entry.read_text())
    assert verdicts(matrix(folder))["0.12.0"] == "ok"
