"""``vplug validate --baseline``: known findings are quiet, new ones fail, gone ones are told."""

from __future__ import annotations

import json
import os
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from tests.schemas import hold
from tests.support import (
    lay_distribution,
    make_venv,
    make_wheel,
    site_packages,
    vplug_here,
    write,
)

G = "vllm.general_plugins"
HEAD = "[project]\nname = 'demo'\nversion = '1.0'\n"


def project(root: Path, points: str = "mine = 'demo:gone'\n", tool: str = "") -> Path:
    return write(
        root,
        {
            "pyproject.toml": f"{HEAD}[project.entry-points.'{G}']\n{points}{tool}",
            "demo/__init__.py": "def register(): ...\n",
        },
    )


def run(root: Path, *words: str | Path) -> CompletedProcess[str]:
    return vplug_here("validate", *words, cwd=root)


def reported(root: Path, *words: str | Path, status: int = 0) -> dict[str, Any]:
    done = run(root, "--json", *words)
    assert done.returncode == status, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    hold(found)
    (target,) = found["targets"]
    return target


B = ("--baseline", "known.json")


def test_known_findings_are_quiet_and_new_ones_fail(tmp_path: Path) -> None:
    project(tmp_path)
    assert run(tmp_path).returncode == 1
    done = run(tmp_path, *B, "--write-baseline")
    assert done.returncode == 0
    assert "known.json: " in done.stderr
    document = json.loads((tmp_path / "known.json").read_text())
    hold(document)
    count = sum(row["count"] for row in document["findings"])
    target = reported(tmp_path, *B, "--strict")
    assert (target["findings"], target["baselined"], target["expired"]) == ([], count, [])
    assert f"{count} findings in the baseline" in run(tmp_path, *B).stdout
    project(tmp_path, "mine = 'demo:gone'\nother = 'demo:lost'\n")
    target = reported(tmp_path, *B, status=1)
    assert [(row["code"], row["plugin"]) for row in target["findings"]] == [("VP104", f"{G}:other")]


def test_lines_may_move_and_blanks_change(tmp_path: Path) -> None:
    project(tmp_path)
    run(tmp_path, *B, "--write-baseline")
    path = tmp_path / "pyproject.toml"
    path.write_text("# more\n\n" + path.read_text().replace("mine = ", "  mine   =   "))
    assert reported(tmp_path, *B)["findings"] == []


def test_the_same_fault_elsewhere_is_new(tmp_path: Path) -> None:
    project(tmp_path)
    run(tmp_path, *B, "--write-baseline")
    project(tmp_path, "mine = 'demo:lost'\n")
    target = reported(tmp_path, *B, status=1)
    assert [row["code"] for row in target["findings"]] == ["VP104"]
    assert [row["code"] for row in target["expired"]] == ["VP104"]


def test_a_gone_finding_is_told_and_writing_anew_takes_it_out(tmp_path: Path) -> None:
    project(tmp_path)
    run(tmp_path, *B, "--write-baseline")
    project(tmp_path, "mine = 'demo:register'\n")
    (row,) = reported(tmp_path, *B)["expired"]
    assert (row["code"], row["path"], row["count"]) == ("VP104", "pyproject.toml", 1)
    assert "gone VP104 demo defines no gone" in run(tmp_path, *B).stdout
    run(tmp_path, *B, "--write-baseline")
    assert reported(tmp_path, *B)["expired"] == []
    assert "VP104" not in (tmp_path / "known.json").read_text()


def test_duplicates_are_counted(tmp_path: Path) -> None:
    code = "def register():\n    import vllm.gone\n    import vllm.gone\n"
    write(project(tmp_path, "mine = 'demo:register'\n"), {"demo/__init__.py": code})
    before = len(reported(tmp_path, "--select", "VP21", status=1)["findings"])
    run(tmp_path, *B, "--write-baseline", "--select", "VP21")
    rows = json.loads((tmp_path / "known.json").read_text())["findings"]
    assert sum(row["count"] for row in rows) == before == 2
    write(tmp_path, {"demo/__init__.py": code + "    import vllm.gone\n"})
    assert len(reported(tmp_path, *B, "--select", "VP21", status=1)["findings"]) == 1
    write(tmp_path, {"demo/__init__.py": code.replace("    import vllm.gone\n", "", 1)})
    (row,) = reported(tmp_path, *B, "--select", "VP21")["expired"]
    assert row["count"] == 1


def test_what_did_not_run_is_neither_gone_nor_taken_out(tmp_path: Path) -> None:
    project(tmp_path)
    run(tmp_path, *B, "--write-baseline")
    before = json.loads((tmp_path / "known.json").read_text())
    assert reported(tmp_path, *B, "--select", "VP101")["expired"] == []
    run(tmp_path, *B, "--write-baseline", "--select", "VP101")
    assert json.loads((tmp_path / "known.json").read_text()) == before


def test_what_cannot_be_told_any_more_is_not_gone(tmp_path: Path) -> None:
    project(tmp_path)
    run(tmp_path, *B, "--write-baseline")
    write(
        tmp_path, {"demo/__init__.py": "globals().update(f())\ndef __getattr__(n): return f(n)\n"}
    )
    target = reported(tmp_path, *B)
    assert "VP104" not in {row["code"] for row in target["expired"]}


def test_two_projects_share_a_file(tmp_path: Path) -> None:
    project(tmp_path / "a")
    project(tmp_path / "b")
    path = tmp_path / "b" / "pyproject.toml"
    path.write_text(path.read_text().replace("'demo'", "'other'", 1))
    run(tmp_path, "a", "b", *B, "--write-baseline")
    assert reported(tmp_path, "a", *B)["findings"] == []
    assert reported(tmp_path, "b", *B)["expired"] == []
    run(tmp_path, "a", *B, "--write-baseline")
    assert reported(tmp_path, "b", *B)["findings"] == []


def test_the_project_names_its_own(tmp_path: Path) -> None:
    tool = "[tool.vplug]\nbaseline = 'ci/known.json'\n"
    project(tmp_path / "p", tool=tool)
    target = run(tmp_path, "p")
    assert target.returncode == 4
    assert "there is no baseline ci/known.json" in target.stdout
    (tmp_path / "p" / "ci").mkdir()
    assert run(tmp_path, "p", "--write-baseline").returncode == 0
    assert reported(tmp_path, "p")["findings"] == []
    assert reported(tmp_path / "p", ".")["findings"] == []
    assert reported(tmp_path / "p" / "ci", "..")["findings"] == []


@pytest.mark.parametrize(
    "value", ["'/known.json'", "'../known.json'", "'C:/known.json'", "3", "''", "'a/../../b'"]
)
def test_a_baseline_outside_the_project_is_refused(tmp_path: Path, value: str) -> None:
    project(tmp_path, tool=f"[tool.vplug]\nbaseline = {value}\n")
    done = run(tmp_path)
    assert done.returncode == 2
    assert "no path inside the project" in done.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is not JSON"),
        (b"{", "it is not JSON"),
        (b"\xff\xfe\x00", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "schema is None"),
        (b'{"schema": "vplug.baseline/2", "findings": []}', "newer vplug"),
        (b'{"schema": "vplug.baseline/1"}', "is no list"),
        (b'{"schema": "vplug.baseline/1", "findings": [1]}', "finding 1"),
        (b'{"schema": "vplug.baseline/1", "findings": [{"fingerprint": "x", "count": true}]}', "finding 1"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_a_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    project(tmp_path)
    (tmp_path / "known.json").write_bytes(content)
    done = run(tmp_path, *B)
    assert done.returncode == 4
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 600


def test_what_is_no_baseline_is_not_overwritten(tmp_path: Path) -> None:
    project(tmp_path)
    before = (tmp_path / "pyproject.toml").read_bytes()
    done = run(tmp_path, "--baseline", "pyproject.toml", "--write-baseline")
    assert done.returncode == 4
    assert (tmp_path / "pyproject.toml").read_bytes() == before
    (tmp_path / "known.json").write_text("")
    assert run(tmp_path, *B, "--write-baseline").returncode == 0


def test_nothing_is_written_where_something_could_not_be_looked_at(tmp_path: Path) -> None:
    project(tmp_path)
    write(tmp_path, {"x.whl": b"no zip"})
    done = run(tmp_path, ".", "x.whl", *B, "--write-baseline")
    assert done.returncode == 4
    assert "the baseline is not written: x.whl" in done.stderr
    assert not (tmp_path / "known.json").exists()
    assert run(tmp_path, "--write-baseline").returncode == 2


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path) -> None:
    project(tmp_path)
    run(tmp_path, *B, "--write-baseline")
    path = tmp_path / "known.json"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert reported(tmp_path, *B)["findings"] == []


def test_windows_checkouts_have_the_same_fingerprints(tmp_path: Path) -> None:
    project(tmp_path)
    run(tmp_path, *B, "--write-baseline")
    for path in (tmp_path / "pyproject.toml", tmp_path / "demo/__init__.py"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert reported(tmp_path, *B)["findings"] == []
    assert "\\" not in json.loads((tmp_path / "known.json").read_text())["findings"][0]["path"]


def test_a_new_version_of_a_wheel_has_the_old_findings(tmp_path: Path) -> None:
    def wheel(version: str) -> str:
        info = f"demo-{version}.dist-info"
        make_wheel(
            tmp_path / f"demo-{version}-py3-none-any.whl",
            {
                "demo/__init__.py": "",
                f"{info}/METADATA": f"Metadata-Version: 2.1\nName: demo\nVersion: {version}\n",
                f"{info}/WHEEL": "Wheel-Version: 1.0\n",
                f"{info}/entry_points.txt": f"[{G}]\nmine = demo:gone\n",
            },
        )
        return f"demo-{version}-py3-none-any.whl"

    run(tmp_path, wheel("1.1"), *B, "--write-baseline")
    old = {
        row["fingerprint"] for row in json.loads((tmp_path / "known.json").read_text())["findings"]
    }
    assert old
    run(tmp_path, wheel("1.2"), *B, "--write-baseline")
    new = {
        row["fingerprint"] for row in json.loads((tmp_path / "known.json").read_text())["findings"]
    }
    assert new == old


@pytest.mark.skipif(os.name == "nt", reason="POSIX layout")
def test_an_environment_elsewhere_has_the_same_fingerprints(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_venv(tmp_path / name)
        site = site_packages(tmp_path / name)
        lay_distribution(site, "demo", groups={G: {"mine": "demo:gone"}}, files={"demo.py": ""})
    words = ("demo", "--select", "VP1", *B)
    assert run(tmp_path, *words, "--prefix", "one", "--write-baseline").returncode == 0
    assert reported(tmp_path, *words, "--prefix", "two")["findings"] == []
    assert str(tmp_path) not in (tmp_path / "known.json").read_text()


def test_a_file_that_is_not_there_is_usage(tmp_path: Path) -> None:
    project(tmp_path)
    done = run(tmp_path, *B)
    assert done.returncode == 2
    assert "there is no baseline known.json" in done.stderr
    assert "--write-baseline makes it" in done.stderr
