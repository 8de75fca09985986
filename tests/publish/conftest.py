"""Package-index servers on loopback, and a project to publish."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.publish.made import PYPROJECT, sdist, wheel
from tests.publish.servers import PASSWORD, USER, Index
from tests.support import write


@pytest.fixture(autouse=True)
def nobodys_configuration(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A home of its own, no keyring, no proxy, no variables of twine's; return the home."""
    home = tmp_path_factory.mktemp("home")
    for name in list(os.environ):
        if name.startswith("TWINE_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    return home


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A project with its wheel and sdist in dist, in no git repository."""
    files = {"pyproject.toml": PYPROJECT, "demo/__init__.py": "def register():\n    pass\n"}
    folder = write(tmp_path / "plugin", files)
    wheel(folder / "dist")
    sdist(folder / "dist")
    return folder


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """pypiserver with a password file, which uploads must satisfy."""
    # Looked for and not imported: it hooks itself into the imports of the process.
    found = importlib.util.find_spec("pypiserver")
    if found is None or found.origin is None or importlib.util.find_spec("passlib") is None:
        pytest.skip("pypiserver and passlib are not installed")
    env = {**os.environ, "PYTHONPATH": str(Path(found.origin).parent.parent)}
    root = tmp_path_factory.mktemp("pypiserver")
    (root / "packages").mkdir()
    store = (
        "import sys; from passlib.apache import HtpasswdFile; f = HtpasswdFile(sys.argv[1], new=True); "
        "f.set_password(*sys.argv[2:]); f.save()"
    )
    words = [sys.executable, "-c", store, str(root / "htpasswd"), USER, PASSWORD]
    subprocess.run(words, env=env, check=True)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["-m", "pypiserver", "run", "-i", "127.0.0.1", "-p", str(port)]
    words += ["-P", str(root / "htpasswd"), "-a", "update", "--disable-fallback"]
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, *words, str(root / "packages")], env=env, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}/"
    try:
        for _ in range(300):
            assert process.poll() is None, (root / "log").read_text()
            try:
                urllib.request.urlopen(f"{url}simple/", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield Index(url, f"http://{USER}:{PASSWORD}@127.0.0.1:{port}/", root / "packages")
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def server(_server: Index) -> Index:
    """pypiserver, empty."""
    for path in _server.folder.iterdir():
        path.unlink()
    return _server
