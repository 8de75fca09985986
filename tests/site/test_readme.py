"""The README's commands, from a clone, with the package index."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from tests.site.blocks import ROOT, SIXTY_SECONDS
from tests.support import clean_environment

pytestmark = pytest.mark.real


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What a clone of this repository would hold: what git has, as it lies here."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (tmp_path / "vplug" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / "vplug" / name)
    return tmp_path / "vplug"


def test_the_first_sixty_seconds(clone: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", SIXTY_SECONDS],
        cwd=clone,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no findings in 1 plugin" in done.stdout
    assert re.search(r"acme_embedder +✓ to be loaded +acme-embedder 0\.1\.0", done.stdout)
    manual = clone / ".venv" / "share" / "man" / "man1" / "vplug-validate.1"
    assert manual.read_bytes() == (ROOT / "docs" / "man" / manual.name).read_bytes()


def test_the_list_at_its_head(tmp_path: Path, fetched: Any) -> None:
    for project, name in (
        ("terratorch", "terratorch-1.2.13-py3-none-any.whl"),
        ("vllm-factory", "vllm_factory-0.2.1-py3-none-any.whl"),
    ):
        with zipfile.ZipFile(fetched(project, name)) as wheel:
            members = [member for member in wheel.namelist() if ".dist-info/" in member]
            wheel.extractall(tmp_path, members)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.findall(r"```console\n\$ (vplug list .*?)```", readme, re.DOTALL)[0]
    command, *shown = block.rstrip("\n").split("\n")
    done = subprocess.run(
        ["bash", "-c", f'vplug() {{ "{sys.executable}" -m vplug "$@"; }}\n{command}'],
        env=clean_environment(PYTHONPATH=str(tmp_path)),
        capture_output=True,
        text=True,
        check=True,
    )
    printed = {" ".join(line.split()) for line in (done.stdout + done.stderr).splitlines()}
    wanted = [" ".join(line.split()) for line in shown if line.strip() != "…"]
    assert len(wanted) == 5
    assert [line for line in wanted if line not in printed] == []
