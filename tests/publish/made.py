"""Projects, wheels and sdists to publish, laid out as files."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path

from tests.support import make_tar, make_wheel

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "demo"
version = "1.0"
description = "A demo."
requires-python = ">=3.11"
license = "MIT"
dependencies = ["vllm>=0.20,<0.34"]

[project.entry-points."vllm.general_plugins"]
mine = "demo:register"

[tool.hatch.build.targets.wheel]
packages = ["demo"]
"""
METADATA = (
    "Metadata-Version: 2.4\nName: demo\nVersion: {version}\nSummary: A demo.\n"
    "Requires-Python: >=3.11\nLicense-Expression: MIT\nRequires-Dist: vllm>=0.20,<0.34\n"
    "Description-Content-Type: text/markdown\n\n# Demo\n"
)


def wheel(folder: Path, version: str = "1.0", name: str = "demo", **files: str | bytes) -> Path:
    """A small sound wheel of a general plugin."""
    info = f"{name}-{version}.dist-info"
    plain = {
        f"{info}/METADATA": METADATA.format(version=version).replace("Name: demo", f"Name: {name}"),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[vllm.general_plugins]\nmine = demo:register\n",
    }
    members = {"demo/__init__.py": "def register():\n    pass\n", **plain, **files}
    members[f"{info}/RECORD"] = record(members, f"{info}/RECORD")
    return make_wheel(folder / f"{name}-{version}-py3-none-any.whl", members)


def record(members: dict[str, str | bytes], own: str) -> str:
    """The RECORD of these members."""
    rows = []
    for name, content in members.items():
        data = content.encode() if isinstance(content, str) else content
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).decode().rstrip("=")
        rows.append(f"{name},sha256={digest},{len(data)}")
    return "\n".join([*rows, f"{own},,"]) + "\n"


def sdist(folder: Path, version: str = "1.0") -> Path:
    """The sdist of the same plugin."""
    folder.mkdir(parents=True, exist_ok=True)
    top = f"demo-{version}"
    files: dict[str, str | bytes] = {
        f"{top}/pyproject.toml": PYPROJECT.replace("1.0", version),
        f"{top}/PKG-INFO": METADATA.format(version=version),
        f"{top}/demo/__init__.py": "def register():\n    pass\n",
    }
    return make_tar(folder / f"demo-{version}.tar.gz", files)


def git(folder: Path, *words: str) -> None:
    """Run git in a folder as a person with a name."""
    name = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *name, *words], cwd=folder, check=True, capture_output=True)


def committed(folder: Path, tag: str | None = "v1.0") -> Path:
    """Put a project into a repository of its own, tagged."""
    (folder / ".gitignore").write_text("dist/\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "x")
    if tag is not None:
        git(folder, "tag", tag)
    return folder
