"""``vplug build`` as a person or a program runs it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "demo"
version = "1.0"
requires-python = ">=3.11"
readme = "README.md"

[project.entry-points."vllm.general_plugins"]
demo = "demo:register"

[tool.hatch.build.targets.wheel]
packages = ["demo"]
"""


def vplug(*words: str | Path, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "vplug", *map(str, words)],
        cwd=cwd,
        env={**os.environ, "COLUMNS": "200", **environ},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "plugin"
    folder.joinpath("demo").mkdir(parents=True)
    folder.joinpath("pyproject.toml").write_text(PYPROJECT)
    folder.joinpath("README.md").write_text("# Demo\n")
    folder.joinpath("demo", "__init__.py").write_text("def register():\n    pass\n")
    return folder


@pytest.fixture
def legacy(tmp_path: Path) -> Path:
    """A project whose setup.py does what the test puts at its top."""
    folder = tmp_path / "legacy"
    folder.mkdir()
    folder.joinpath("setup.py").write_text(
        "import os, sys, time, subprocess, pathlib\n"
        "exec(os.environ.get('DEMO_SETUP', ''))\n"
        "from setuptools import setup\n"
        "setup(name='legacy', version='1', packages=[])\n"
    )
    return folder


def test_a_clean_build(project: Path) -> None:
    done = vplug("build", "--no-isolation", cwd=project)
    assert done.returncode == 0, done.stderr
    out = done.stdout
    assert out.startswith("Built demo 1.0\n")
    for path in (project / "dist").iterdir():
        size = path.stat().st_size
        assert re.search(rf"dist/{re.escape(path.name)}  .*\b{size:,} bytes\b", out)
        assert hashlib.sha256(path.read_bytes()).hexdigest() in out
    assert out.endswith("Next: pip install dist/demo-1.0-py3-none-any.whl\n")
    # Progress is on stderr, a line a step; the backend's own words are kept back.
    assert "building the sdist\n" in done.stderr
    assert "building the wheel from the sdist\n" in done.stderr
    assert "\x1b" not in out + done.stderr


def test_json(project: Path, tmp_path: Path) -> None:
    done = vplug("build", project, "-n", "-o", "out", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    data = json.loads(done.stdout)
    assert list(data) == [
        "schema",
        "project",
        "distribution",
        "version",
        "artifacts",
        "checks",
        "notes",
        "judged",
        "error",
        "status",
    ]
    assert data["schema"] == "vplug.build/1"
    assert (data["distribution"], data["version"], data["status"]) == ("demo", "1.0", 0)
    assert [item["kind"] for item in data["artifacts"]] == ["sdist", "wheel"]
    for item in data["artifacts"]:
        path = tmp_path / item["path"]
        assert path.parent == tmp_path / "out"
        assert item["size"] == path.stat().st_size
        assert item["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert all(list(item) == ["name", "outcome", "message", "details"] for item in data["checks"])
    assert {item["outcome"] for item in data["checks"]} == {"pass"}
    assert [item["artifact"] for item in data["judged"]] == [i["path"] for i in data["artifacts"]]
    assert [item["findings"] for item in data["judged"]] == [[], []]
    ran = {o["code"]: o["outcome"] for item in data["judged"] for o in item["outcomes"]}
    assert ran["VP513"] == ran["VP522"] == "pass"
    assert not (project / "dist").exists()


def test_findings_are_shown_as_validate_shows_them(project: Path) -> None:
    project.joinpath("demo", ".env").write_text("A=b\n")
    project.joinpath(".gitignore").write_text("")
    done = vplug("build", "--no-isolation", cwd=project)
    assert done.returncode == 1
    assert "dist/demo-1.0-py3-none-any.whl (wheel) · demo 1.0\n" in done.stdout
    assert "  demo/.env: error VP521 demo/.env would be published" in done.stdout
    assert "[secret-file]" in done.stdout
    assert "do not publish them" in done.stdout
    with project.joinpath("pyproject.toml").open("a") as file:
        file.write('\n[tool.vplug]\nignore = ["secret-file"]\n')
    assert vplug("build", "--no-isolation", cwd=project).returncode == 0
    with project.joinpath("pyproject.toml").open("a") as file:
        file.write('fail-on = "never"\n')
    done = vplug("build", "--no-isolation", cwd=project)
    assert (done.returncode, done.stdout) == (2, "")


def test_to_ignore_a_rule_is_to_ignore_the_check_that_answers_it(project: Path) -> None:
    text = PYPROJECT.replace('readme = "README.md"\n', "")
    project.joinpath("pyproject.toml").write_text(text)
    assert vplug("build", "--no-isolation", cwd=project).returncode == 1
    table = '\n[tool.vplug]\nignore = ["VP543", "VP544"]\n'
    project.joinpath("pyproject.toml").write_text(text + table)
    done = vplug("build", "--no-isolation", cwd=project)
    assert done.returncode == 0
    assert "twine" not in done.stdout


def test_built_twice(legacy: Path) -> None:
    legacy.joinpath("one.py").write_text("")
    setup = legacy.joinpath("setup.py").read_text().replace("packages=[]", "py_modules=['one']")
    legacy.joinpath("setup.py").write_text(setup)
    code = "pathlib.Path('one.py').write_text(str(time.time_ns()))"
    words = ("build", "--no-isolation", "--json", "--outdir", "out")
    data = json.loads(vplug(*words, cwd=legacy, DEMO_SETUP=code).stdout)
    found = {
        (f["code"], f["severity"], f["message"]) for j in data["judged"] for f in j["findings"]
    }
    assert ("VP513", "warning", "built twice, one.py has other contents") in found
    done = vplug(*words, "--no-reproducible", cwd=legacy, DEMO_SETUP=code)
    assert "again" not in done.stderr
    outcomes = [o for j in json.loads(done.stdout)["judged"] for o in j["outcomes"]]
    assert {o["outcome"] for o in outcomes if o["code"] == "VP513"} == {"skipped"}


def test_the_date_is_the_last_commits(project: Path) -> None:
    day = "2024-05-06T07:08:09Z"
    for words in (("init", "-q"), ("add", "."), ("commit", "-q", "-m", "x")):
        subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words],
            cwd=project,
            env={**os.environ, "GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day},
            check=True,
        )
    assert vplug("build", "--no-isolation", cwd=project).returncode == 0
    (wheel,) = (project / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2024, 5, 6, 7, 8, 8)}


def test_a_backend_that_hangs_is_ended(legacy: Path, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    code = f"pathlib.Path({str(pid)!r}).write_text(str(os.getpid())); time.sleep(600)"
    done = vplug("build", "--no-isolation", "--timeout", "2", cwd=legacy, DEMO_SETUP=code)
    assert done.returncode == 4
    assert re.search(r"had not finished .* after 2 s and was ended", done.stderr)
    assert "--timeout" in done.stderr
    assert not (legacy / "dist").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_a_failed_check(project: Path) -> None:
    project.joinpath("pyproject.toml").write_text(
        PYPROJECT.replace("demo:register", "demo.gone:register")
    )
    done = vplug("build", "--no-isolation", cwd=project)
    assert done.returncode == 1
    assert re.search(r"^  fail +target-modules ", done.stdout, re.MULTILINE)
    assert (
        "1 check failed. The artifacts are there to look into; do not publish them." in done.stdout
    )
    assert "pip install" not in done.stdout
    assert len(list((project / "dist").iterdir())) == 2
    done = vplug("build", "--no-isolation", "--format", "json", cwd=project)
    assert done.returncode == json.loads(done.stdout)["status"] == 1


def test_a_project_without_plugins_is_built_with_a_warning(project: Path) -> None:
    text = PYPROJECT.replace("vllm.general_plugins", "pytest11")
    project.joinpath("pyproject.toml").write_text(text)
    done = vplug("build", "--no-isolation", cwd=project)
    assert done.returncode == 0
    assert "warning: it declares no entry point in a group that vLLM reads" in done.stderr


@pytest.mark.parametrize("json_", [False, True])
def test_usage(project: Path, json_: bool) -> None:
    words = ["--json"] if json_ else []
    for target, message in (("gone", "no such folder"), ("README.md", "is a file")):
        done = vplug("build", target, *words, cwd=project)
        assert (done.returncode, done.stdout) == (2, "")
        assert message in done.stderr


def test_nothing_to_build(tmp_path: Path) -> None:
    done = vplug("build", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    assert "nothing to build" in done.stderr
    done = vplug("build", "--json", cwd=tmp_path)
    assert done.returncode == json.loads(done.stdout)["status"] == 3


def test_the_backend_fails(legacy: Path) -> None:
    setup = "print('x' * 5_000_000)\nprint(repr(sys.stdin.read()))\nraise ValueError('no luck')"
    done = vplug("build", "--no-isolation", cwd=legacy, DEMO_SETUP=setup)
    assert (done.returncode, done.stdout) == (4, "")
    assert re.search(
        r"^error: setuptools.build_meta failed .*: ValueError: no luck$", done.stderr, re.M
    )
    assert "  | ''" in done.stderr  # stdin was empty, not the terminal
    assert len(done.stderr) < 10_000
    assert "vplug/release" not in done.stderr
    assert not (legacy / "dist").exists()


def test_the_backend_fails_in_json(legacy: Path) -> None:
    setup = "print('telling'); raise ValueError('no luck')"
    done = vplug("build", "--no-isolation", "--json", cwd=legacy, DEMO_SETUP=setup)
    data = json.loads(done.stdout)
    assert done.returncode == data["status"] == 4
    assert data["artifacts"] == data["checks"] == []
    assert data["error"]["message"].endswith("ValueError: no luck")
    assert "telling" in data["error"]["output"]


def test_verbose_shows_what_the_backend_prints(legacy: Path) -> None:
    setup = "print('backend speaking')"
    quiet = vplug("build", "--no-isolation", cwd=legacy, DEMO_SETUP=setup)
    assert "backend speaking" not in quiet.stdout + quiet.stderr
    loud = vplug("build", "--no-isolation", "--verbose", cwd=legacy, DEMO_SETUP=setup)
    assert "backend speaking" in loud.stderr
    assert "backend speaking" not in loud.stdout


def test_the_environment_cannot_be_made(project: Path) -> None:
    project.joinpath("pyproject.toml").write_text(
        PYPROJECT.replace('"hatchling"', '"hatchling>99"')
    )
    done = vplug("build", cwd=project, PIP_NO_INDEX="1")
    assert done.returncode == 4
    assert "installing hatchling>99 failed" in done.stderr
    assert "--no-isolation" in done.stderr
    assert "Traceback" not in done.stderr


# --- the output folder ---------------------------------------------------------------------------


def test_earlier_artifacts_are_replaced_and_others_kept(project: Path) -> None:
    dist = project / "dist"
    dist.mkdir()
    wheel = dist / "demo-1.0-py3-none-any.whl"
    wheel.write_text("old")
    dist.joinpath("notes.txt").write_text("mine")
    assert vplug("build", "--no-isolation", cwd=project).returncode == 0
    assert wheel.read_bytes().startswith(b"PK")
    assert sorted(path.name for path in dist.iterdir()) == [
        "demo-1.0-py3-none-any.whl",
        "demo-1.0.tar.gz",
        "notes.txt",
    ]


def test_a_failed_build_leaves_earlier_artifacts_alone(legacy: Path) -> None:
    dist = legacy / "dist"
    dist.mkdir()
    dist.joinpath("legacy-1.tar.gz").write_text("old")
    setup = "if 'bdist_wheel' in sys.argv: raise ValueError('late')"
    assert vplug("build", "--no-isolation", cwd=legacy, DEMO_SETUP=setup).returncode == 4
    assert [path.name for path in dist.iterdir()] == ["legacy-1.tar.gz"]
    assert dist.joinpath("legacy-1.tar.gz").read_text() == "old"


def test_an_output_folder_that_cannot_be(project: Path) -> None:
    project.joinpath("file").write_text("")
    project.joinpath("nowhere").symlink_to(project / "gone")
    for outdir in ("file", "file/below", "nowhere"):
        done = vplug("build", "--no-isolation", "--outdir", outdir, cwd=project)
        assert done.returncode == 2, outdir
        assert "output folder" in done.stderr
        assert "building" not in done.stderr
    assert project.joinpath("file").read_text() == ""


def test_an_output_folder_behind_a_link(project: Path, tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir()
    project.joinpath("dist").symlink_to(real)
    assert vplug("build", "--no-isolation", cwd=project).returncode == 0
    assert len(list(real.iterdir())) == 2
    assert project.joinpath("dist").is_symlink()


def test_a_folder_with_an_artifacts_name(project: Path) -> None:
    project.joinpath("dist", "demo-1.0-py3-none-any.whl").mkdir(parents=True)
    done = vplug("build", "--no-isolation", cwd=project)
    assert done.returncode == 4
    assert "cannot be put into" in done.stderr
    assert not [path for path in (project / "dist").iterdir() if path.name.endswith(".part")]


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write anywhere"
)
def test_an_output_folder_that_may_not_be_written_to(project: Path) -> None:
    project.joinpath("dist").mkdir(mode=0o555)
    done = vplug("build", "--no-isolation", cwd=project)
    assert done.returncode == 4
    assert "cannot be written to" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals as POSIX has them")
def test_interrupt(legacy: Path, tmp_path: Path) -> None:
    note = tmp_path / "pid"
    setup = (
        "if 'bdist_wheel' in sys.argv:\n"
        f"    pathlib.Path({str(note)!r}).write_text(str(os.getpid()))\n"
        "    subprocess.run([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "vplug", "build", "--no-isolation"],
        cwd=legacy,
        env={**os.environ, "DEMO_SETUP": setup, "TMPDIR": str(temporary)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    while not (note.exists() and note.read_text()):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out == b""
    assert b"Traceback" not in err
    assert not (legacy / "dist").exists()
    assert not [path for path in temporary.iterdir() if path.name.startswith("vplug-build-")]
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


@pytest.mark.real
def test_an_isolated_build(project: Path) -> None:
    done = vplug("build", cwd=project)
    assert done.returncode == 0, done.stderr
    assert "making an isolated environment for the wheel" in done.stderr
