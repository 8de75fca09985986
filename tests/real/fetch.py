"""Released files from the package index that pip is configured for, kept in a cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import urljoin
from urllib.request import Request, urlopen


@cache
def _index() -> str:
    """The index's address: the user's configuration, else pip's own default."""
    configured = subprocess.run(
        [sys.executable, "-m", "pip", "config", "get", "global.index-url"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    default = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"
    return (
        os.environ.get("PIP_INDEX_URL")
        or configured
        or subprocess.run(
            [sys.executable, "-c", default], capture_output=True, text=True, check=True
        ).stdout.strip()
    )


def fetch(project: str, filename: str) -> Path:
    """Return the local path of a released file, fetched and checked against the index's hash."""
    base = os.environ.get("VPLUG_REAL_CACHE") or str(Path(tempfile.gettempdir()) / "vplug-real")
    folder = Path(base)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / filename
    if path.exists():
        return path
    accept = {"Accept": "application/vnd.pypi.simple.v1+json"}
    with urlopen(Request(f"{_index().rstrip('/')}/{project}/", headers=accept)) as answer:
        page, address = json.load(answer), answer.geturl()
    row = next(row for row in page["files"] if row["filename"] == filename)
    with urlopen(urljoin(address, row["url"])) as answer:
        data = answer.read()
    expected = row["hashes"].get("sha256")
    assert expected is None or hashlib.sha256(data).hexdigest() == expected
    # Two processes may fetch the same file at once.
    partial = path.with_name(f"{filename}.{os.getpid()}.part")
    partial.write_bytes(data)
    partial.replace(path)
    return path
