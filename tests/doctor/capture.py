"""Captures the doctor's reports on a machine with an accelerator, for ``tests/doctor/h200``.

Usage: python3 tests/doctor/capture.py VLLM OUT [--version 0.33.0] [--wheels DIR] [--runs 5]
                                       [--only cuda,wins]

Runs under the Python (3.11 or later) that has torch. ``VLLM`` is a folder with the package's sources, or
a zip file of them, no compiled part needed; ``DIR`` holds wheels of what vplug depends on and this Python
lacks (typer, rich, packaging, psutil, importlib-metadata, nvidia-ml-py). Nothing is installed.

``OUT`` gets one JSON file for each of :data:`SITUATIONS`, ``nvidia-smi.txt``, ``torch.json``,
``attention.json``, ``timing.json`` and ``checks.txt``: each figure of the platform beside nvidia-smi's and
torch's. The status is 1 where two of them differ or a situation gave no report.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

VPLUG = Path(__file__).resolve().parents[2]
#: The extension that ``vllm.platforms.cuda`` imports at its top (0.33.0); an empty module stands in.
EXTENSION = "_C_stable_libtorch.py"
TOUCH = "from vllm.platforms import current_platform; current_platform.device_type"
TORCH = """
import json, torch
found = {"version": torch.__version__, "cuda": torch.version.cuda, "devices": []}
for index in range(torch.cuda.device_count() if torch.cuda.is_available() else 0):
    item = torch.cuda.get_device_properties(index)
    found["devices"].append({
        "name": item.name, "capability": "%d.%d" % (item.major, item.minor),
        "total_memory": item.total_memory, "uuid": str(getattr(item, "uuid", "")),
    })
print(json.dumps(found))
"""

#: Platform plugins, by module: their functions, and beside them the classes they name.
PLUGINS = {
    "wins_platform": 'def register():\n    return "wins_platform_impl.WinsPlatform"\n',
    "other_platform": 'def register():\n    return "wins_platform_impl.WinsPlatform"\n',
    "raising_platform": 'def register():\n    import ctypes\n\n    ctypes.CDLL("libmydevice.so.2")\n'
    '    return "wins_platform_impl.WinsPlatform"\n',
    "hanging_platform": 'def register():\n    return "hanging_impl.HangingPlatform"\n',
}
CLASSES = {
    "wins_platform_impl": """
import torch
from vllm.platforms.cuda import CudaPlatform


class WinsPlatform(CudaPlatform):
    device_name = "wins"
    supported_dtypes = [torch.float32]

    @classmethod
    def get_device_capability(cls, device_id=0):
        return None

    @classmethod
    def get_device_total_memory(cls, device_id=0):
        return 1 << 30

    @classmethod
    def supports_fp8(cls):
        return False
""",
    "hanging_impl": """
import time

from vllm.platforms.cuda import CudaPlatform


class HangingPlatform(CudaPlatform):
    @classmethod
    def get_device_uuid(cls, device_id=0):
        time.sleep(3600)
""",
}


@dataclass(frozen=True)
class Situation:
    """One environment to be captured.

    Attributes:
        plugins: which of :data:`PLUGINS` are installed.
        variables: what is set besides.
        extension: whether the empty module stands in for the compiled one.
        args: the doctor's arguments.
    """

    plugins: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    extension: bool = True
    args: tuple[str, ...] = ()


SITUATIONS = {
    "broken": Situation(extension=False),
    "cuda": Situation(),
    "wins": Situation(("wins_platform",)),
    "clash": Situation(("wins_platform", "other_platform")),
    "raises": Situation(("raising_platform",)),
    "hidden": Situation(variables={"CUDA_VISIBLE_DEVICES": ""}),
    "target": Situation(("wins_platform",), {"VLLM_TARGET_DEVICE": "cpu"}),
    "hangs": Situation(("hanging_platform",)),
}


class Room:
    """The folders of a capture.

    Args:
        folder: an empty folder.
        vllm: the package's sources, a folder or a zip file.
        version: the release they are of.
        wheels: a folder of wheels, or ``None``.
    """

    def __init__(self, folder: Path, vllm: Path, version: str, wheels: Path | None) -> None:
        self.folder = folder
        self.vllm, self.site = folder / "vllm", folder / "site"
        self.site.mkdir()
        self._lay_vllm(vllm, version)
        for wheel in sorted(wheels.glob("*.whl")) if wheels is not None else ():
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(self.site)
        for name, situation in SITUATIONS.items():
            for plugin in situation.plugins:
                self._lay_plugin(folder / "plugins" / name, plugin)

    def _lay_vllm(self, source: Path, version: str) -> None:
        unpacked = self.folder / "unpacked"
        if source.is_file():
            with zipfile.ZipFile(source) as archive:
                archive.extractall(unpacked)
            source = unpacked
        package = next(
            path.parent
            for path in (source / "__init__.py", *sorted(source.glob("**/vllm/__init__.py")))
            if path.is_file()
        )
        names = shutil.ignore_patterns("*.so", "__pycache__", "*.pyc", EXTENSION)
        shutil.copytree(package, self.vllm / "vllm", ignore=names)
        shutil.rmtree(unpacked, ignore_errors=True)
        (self.vllm / "vllm" / "_version.py").write_text(
            f'__version__ = version = "{version}"\n__version_tuple__ = version_tuple = ()\n'
        )
        _metadata(self.vllm, "vllm", version, record="vllm/__init__.py,,\n")

    def _lay_plugin(self, folder: Path, name: str) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.py").write_text(PLUGINS[name])
        for module, text in CLASSES.items():
            (folder / f"{module}.py").write_text(text.lstrip())
        entry_points = f"[vllm.platform_plugins]\n{name} = {name}:register\n"
        _metadata(folder, name, "1.0", entry_points=entry_points)

    def variables(self, name: str) -> dict[str, str]:
        """The variables of a situation; its ``PYTHONPATH`` is all that is installed for it."""
        situation = SITUATIONS[name]
        stub = self.vllm / "vllm" / EXTENSION
        if situation.extension:
            stub.touch()
        else:
            stub.unlink(missing_ok=True)
        path = [VPLUG / "src", self.site, self.vllm]
        if situation.plugins:
            path.append(self.folder / "plugins" / name)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("VLLM_", "PYTHON"))}
        joined = os.pathsep.join(map(str, path))
        return {**kept, "PYTHONPATH": joined, "HF_HUB_OFFLINE": "1", **situation.variables}

    def renamed(self, text: str) -> str:
        """A report with this machine's folders renamed, as the captured files have them."""
        for path, name in (
            (self.folder, "/opt"),
            (VPLUG, "/opt/vplug"),
            (Path(sys.prefix), "/opt/torch/.venv"),
            (Path.home(), "~"),
        ):
            if len(str(path)) > 1 and str(path) != "/usr":
                text = text.replace(json.dumps(str(path))[1:-1], name)
        return text


def _metadata(
    folder: Path, name: str, version: str, *, entry_points: str = "", record: str = ""
) -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    for file, text in (("entry_points.txt", entry_points), ("RECORD", record)):
        if text:
            (info / file).write_text(text)


def report(room: Room, name: str, *args: str) -> dict[str, Any]:
    """Run the doctor in a situation; its document, or what it said instead under ``failed``."""
    done = subprocess.run(
        [sys.executable, "-m", "vplug", "doctor", "--json", *SITUATIONS[name].args, *args],
        env=room.variables(name),
        cwd=room.folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    try:
        found: dict[str, Any] = json.loads(room.renamed(done.stdout))
    except ValueError:
        return {"failed": done.stderr[-4000:], "status": done.returncode}
    return found


def seconds(command: list[str], env: dict[str, str], cwd: Path) -> float:
    """Wall-clock time of one run."""
    begun = time.perf_counter()
    subprocess.run(command, env=env, cwd=cwd, capture_output=True, check=False, timeout=300)
    return time.perf_counter() - begun


def timing(room: Room, runs: int) -> dict[str, Any]:
    """The whole report beside one first touch of the platform, in turn; and what is foretold."""
    env = room.variables("cuda")
    vplug = [sys.executable, "-m", "vplug"]
    commands = {
        "doctor": [*vplug, "doctor"],
        "first touch": [sys.executable, "-c", TOUCH],
        "doctor --no-run": [*vplug, "doctor", "--no-run"],
        "list": [*vplug, "list"],
    }
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(runs):
        for name, command in commands.items():
            taken[name].append(seconds(command, env, room.folder))
    middle = {name: median(values) for name, values in taken.items()}
    return {
        "seconds": taken,
        "median": middle,
        "doctor / first touch": middle["doctor"] / middle["first touch"],
        "doctor --no-run / list": middle["doctor --no-run"] / middle["list"],
    }


def smi() -> tuple[str, list[dict[str, str]]]:
    """What nvidia-smi prints, and its devices field by field; empty where there is none."""
    if shutil.which("nvidia-smi") is None:
        return "no nvidia-smi on this machine\n", []
    names = ("index", "name", "uuid", "memory.total", "compute_cap", "driver_version")
    query = ["nvidia-smi", f"--query-gpu={','.join(names)}", "--format=csv,noheader,nounits"]
    plain = subprocess.run(["nvidia-smi"], capture_output=True, text=True, check=False).stdout
    lines = subprocess.run(query, capture_output=True, text=True, check=False).stdout.splitlines()
    devices = [
        dict(zip(names, (part.strip() for part in line.split(",")), strict=True)) for line in lines
    ]
    return f"{plain}\n{','.join(names)}\n" + "\n".join(lines) + "\n", devices


def checks(
    document: dict[str, Any], devices: list[dict[str, str]], torch: dict[str, Any]
) -> list[tuple[bool, str]]:
    """Each figure of the report "cuda" beside what nvidia-smi and torch say of the same device."""
    asked = (document.get("devices") or {}).get("platform", ())
    told = {(item["name"], item["device"]): item["value"] for item in asked}
    drivers = [d for d in (document.get("devices") or {}).get("drivers", ()) if d["devices"]]
    result = []
    for index, device in enumerate(devices):
        own = torch["devices"][index] if index < len(torch.get("devices", ())) else {}
        mebibytes = (told.get(("get_device_total_memory", index)) or 0) / 1024**2
        pairs = [
            ("name", told.get(("get_device_name", index)), device["name"], own.get("name")),
            ("uuid", told.get(("get_device_uuid", index)), device["uuid"], None),
            (
                "capability", told.get(("get_device_capability", index)), device["compute_cap"],
                own.get("capability"),
            ),
            ("memory, MiB", round(mebibytes), device["memory.total"], None),
            (
                "driver", drivers[0]["version"] if drivers else None, device["driver_version"], None,
            ),
        ]  # fmt: skip
        for what, ours, smis, torchs in pairs:
            agree = str(ours) == str(smis) and torchs in (None, ours)
            beside = f", torch {torchs}" if torchs is not None else ""
            line = f"device {index} {what}: platform {ours}, nvidia-smi {smis}{beside}"
            result.append((agree, line))
    return result


def main() -> int:
    """Capture; the exit status says whether all of it came about and agrees."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("vllm", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--version", default="0.33.0")
    parser.add_argument("--wheels", type=Path)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default=",".join(SITUATIONS))
    options = parser.parse_args()
    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="vplug-capture-") as folder:
        room = Room(Path(folder).resolve(), options.vllm, options.version, options.wheels)
        text, devices = smi()
        (out / "nvidia-smi.txt").write_text(text)
        asked = subprocess.run(
            [sys.executable, "-c", TORCH], capture_output=True, text=True, check=False
        )
        torch = json.loads(asked.stdout) if asked.returncode == 0 else {"failed": asked.stderr}
        documents = {"torch": torch}
        for name in options.only.split(","):
            documents[name] = report(room, name)
            wrong += "failed" in documents[name]
            codes = sorted({item["code"] for item in documents[name].get("findings", ())})
            print(name, documents[name].get("failed") or codes, flush=True)
        documents["attention"] = report(room, "cuda", "--attention")
        if options.runs and not wrong:
            documents["timing"] = timing(room, options.runs)
            print({k: v for k, v in documents["timing"].items() if "/" in k}, flush=True)
        for name, document in documents.items():
            (out / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
    found = checks(documents.get("cuda", {}), devices, torch)
    lines = [f"{'agrees' if agree else 'DIFFERS'}: {line}" for agree, line in found]
    (out / "checks.txt").write_text("\n".join(lines or ["no device to check against"]) + "\n")
    print("\n".join(lines))
    return 1 if wrong or not all(agree for agree, _ in found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
