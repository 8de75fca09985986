"""What ``vplug verify --live`` must have proved of a scaffold, and how it is asked."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

#: Type → the beginnings of what it must be used by; every use must be "works".
USED: dict[str, tuple[str, ...]] = {
    "general": ("each process",),
    "model": ("each process", "generate with "),
    "io-processor": ("encode", "POST /pooling"),
    "platform": ("current platform",),
    "attention-backend": ("each process", "attention backend "),
    "stat-logger": ("records",),
    "logits-processor": ("generate",),
    "lora-resolver": ("each process", "serve an adapter"),
    "endpoint": ("POST /v1/",),
}


def vplug(*args: str | Path, cwd: Path) -> str:
    """Run vplug's command line, which must find nothing wrong; what it prints."""
    command = [sys.executable, "-m", "vplug", *map(str, args)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def verified(target: Path, live: Any, *options: str | Path, cwd: Path) -> dict[str, Any]:
    """Verify a target in real engines: all came up, as foretold, and every use works; its uses."""
    words = ("verify", target, "--python", live.python, "--no-isolation", "--live", "--json")
    # Bounds for what hangs, not for what is slow.
    words += ("--timeout", "600", "--start-timeout", "900")
    (report,) = json.loads(vplug(*words, *options, cwd=cwd))["targets"]
    # Informations tell of seconds too, and a busy machine is slow.
    assert [item for item in report["findings"] if item["severity"] != "info"] == []
    seen = report["live"]
    assert all(engine["came_up"] for engine in seen["engines"]), seen["engines"]
    assert seen["differences"] == []
    told = [(use["plugin"], use["how"], use["truth"], use["message"]) for use in seen["uses"]]
    assert all(truth == "works" for _, _, truth, _ in told), told
    return seen


def assert_used(kind: str, name: str, seen: dict[str, Any]) -> None:
    """Hold that a plugin, by its entry point's name, was used in each way of its type."""
    ways = [use["how"] for use in seen["uses"] if use["plugin"].partition(":")[2] == name]
    for beginning in USED[kind]:
        assert any(way.startswith(beginning) for way in ways), (kind, beginning, ways)
