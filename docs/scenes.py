"""What the pictures show: each a real run of a command on something real.

A scene lays out a folder, which stands for a person's home, and names the command that is run in it.
Where a command's answer differs from run to run (seconds, sizes, hashes), ``varies`` says so.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Means(NamedTuple):
    """What scenes may need beyond vplug.

    Attributes:
        fetch: gives the local path of a released file, by project and file name; ``None``: no network.
        engine: the interpreter of a real vLLM; ``None``: there is none.
    """

    fetch: Callable[[str, str], Path] | None = None
    engine: Path | None = None


@dataclass(frozen=True)
class Scene:
    """One picture.

    Attributes:
        name: of its file.
        command: what the person types.
        lay_out: prepares the home.
        width: columns of the terminal.
        needs: "" for nothing, "released" for files of the package index, "engine" for a real vLLM.
        status: the exit status.
        varies: what differs from run to run, as a regular expression.
        progress: whether stderr is a spinner, which a picture leaves out.
    """

    name: str
    command: str
    lay_out: Callable[[Path, Means], None]
    width: int = 80
    needs: str = ""
    status: int = 0
    varies: str = r"(?!)"
    progress: bool = False

    def comparable(self, text: str) -> str:
        """Return ``text`` without what differs from run to run, and without blanks to fill lines."""
        masked = re.sub(self.varies, "…", text)
        return "\n".join(re.sub(r"  +", "  ", line).rstrip() for line in masked.splitlines())


def _nothing(home: Path, means: Means) -> None:
    del home, means


def vplug(home: Path, *words: str) -> None:
    """Run a command that prepares a scene.

    Raises:
        CalledProcessError: it failed.
    """
    command = [sys.executable, "-m", "vplug", *words]
    subprocess.run(command, cwd=home, env=surroundings(home), check=True, capture_output=True)


def surroundings(home: Path) -> dict[str, str]:
    """Return the environment of a command: nothing of this machine's user."""
    (home / ".gitconfig").write_text("[user]\nname = Ada Example\nemail = ada@example.org\n")
    kept = {
        key: os.environ[key] for key in ("PATH", "TMPDIR", "PIP_INDEX_URL") if key in os.environ
    }
    return {
        **kept,
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
    }


def _embedder(home: Path, means: Means) -> None:
    del means
    vplug(home, "scaffold", "io-processor", "--name", "acme-embedder", "--no-input")


#: Three mistakes that plugins make, each in a line of its own.
_WRONG = {
    "acme/pyproject.toml": """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "acme"
version = "1.0"
description = "A platform and a model."
readme = "README.md"
license = "MIT"
requires-python = ">=3.11"

[project.entry-points."vllm.platform_plugins"]
acme_device = "acme.device:register"

[project.entry-points."vllm.general_plugin"]
acme_model = "acme.model:register"

[tool.vplug]
vllm = ">=0.30,<0.34"
""",
    "acme/README.md": "# acme\n",
    "acme/tests/test_acme.py": "",
    "acme/acme/__init__.py": "",
    "acme/acme/device.py": """\
def register() -> str:
    return "acme.device:AcmePlatform"


class AcmePlatform: ...
""",
    "acme/acme/model.py": "def registers() -> None: ...\n",
}


def _wrong(home: Path, means: Means) -> None:
    del means
    _written(home, _WRONG)


def _written(home: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def _fetched(means: Means, project: str, name: str) -> Path:
    if means.fetch is None:
        raise LookupError(f"{name} is on the package index")
    return means.fetch(project, name)


def _metal(home: Path, means: Means) -> None:
    name = "vllm_metal-0.1.0-cp312-cp312-macosx_11_0_arm64.whl"
    (home / name).symlink_to(_fetched(means, "vllm-metal", name))


def _installed(home: Path, means: Means) -> None:
    """A site-packages folder with what ``list`` reads of two released plugins."""
    for project, name in (
        ("terratorch", "terratorch-1.2.13-py3-none-any.whl"),
        ("vllm-gguf-plugin", "vllm_gguf_plugin-0.0.5-cp310-abi3-manylinux_2_28_x86_64.whl"),
    ):
        with zipfile.ZipFile(_fetched(means, project, name)) as wheel:
            for member in wheel.namelist():
                if ".dist-info/" in member:
                    wheel.extract(member, home / "site-packages")


def _engine(home: Path, means: Means) -> None:
    if means.engine is None:
        raise LookupError("no interpreter with vLLM")
    (home / "vllm-env").symlink_to(means.engine.parent.parent)


#: A platform plugin that looks for its device with a library that is not there.
_FALLING = {
    "plugins/acme_device/__init__.py": "",
    "plugins/acme_device/plugin.py": """\
def register() -> str | None:
    import acme_runtime

    return "acme_device.platform.DevicePlatform" if acme_runtime.devices() else None
""",
    "plugins/acme_device-0.1.0.dist-info/METADATA": (
        "Metadata-Version: 2.1\nName: acme-device\nVersion: 0.1.0\n"
    ),
    "plugins/acme_device-0.1.0.dist-info/entry_points.txt": (
        "[vllm.platform_plugins]\nacme_device = acme_device.plugin:register\n"
    ),
}


def _engine_and_falling(home: Path, means: Means) -> None:
    _engine(home, means)
    _written(home, _FALLING)


def _engine_and_embedder(home: Path, means: Means) -> None:
    _engine(home, means)
    _embedder(home, means)


_FIGURES = r"[\d.,]+ (s|bytes|[KMG]iB)\b|[+-][\d.,]+ [KMG]iB| +$"

SCENES = (
    Scene("scaffold", "vplug scaffold io-processor --name acme-embedder --no-input", _nothing),
    Scene("inspect", "vplug inspect acme-embedder", _embedder, 96),
    Scene("validate", "vplug validate acme", _wrong, 96, status=1),
    Scene(
        "list",
        'vplug list --prefix site-packages --plugins "terratorch_fix, gguf"',
        _installed,
        112,
        needs="released",
    ),
    Scene("compat", "vplug compat vllm_metal-*.whl", _metal, 100, needs="released", status=1),
    Scene("contracts", "vplug contracts diff 0.16.0 0.18.1 --kind io-processor", _nothing),
    Scene(
        "build",
        "vplug build acme-embedder --no-isolation",
        _embedder,
        100,
        # The backend writes its own version into the wheel.
        varies=rf"\b[0-9a-f]{{64}}\b|[\d.]+ KiB \([\d,]+ bytes\)|{_FIGURES}",
        progress=True,
    ),
    Scene(
        "verify",
        "vplug verify acme-embedder --no-isolation --python ~/vllm-env",
        _engine_and_embedder,
        112,
        needs="engine",
        varies=_FIGURES,
        progress=True,
    ),
    Scene(
        "doctor",
        "PYTHONPATH=~/plugins vplug doctor --python ~/vllm-env/bin/python",
        _engine_and_falling,
        96,
        needs="engine",
        status=1,
        # What the machine is, and how much memory it has.
        varies=rf"{_FIGURES}|Linux \w+|cpu architecture +\w+|python +[\d.]+|\d+: [^│]*",
        progress=True,
    ),
)
