"""Package-index servers on loopback: a real one with a password file, and ones that misbehave."""

from __future__ import annotations

import http.server
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.support import make_tar, make_wheel, write

USER, PASSWORD = "bob", "canary-hunter-22"

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


@pytest.fixture(autouse=True)
def nobodys_configuration(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
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
    import base64
    import hashlib

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


@pytest.fixture
def plugin(tmp_path: Path) -> Path:
    """A project with its wheel and sdist in dist, in no git repository."""
    files = {"pyproject.toml": PYPROJECT, "demo/__init__.py": "def register():\n    pass\n"}
    folder = write(tmp_path / "plugin", files)
    wheel(folder / "dist")
    sdist(folder / "dist")
    return folder


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


@dataclass(frozen=True)
class Index:
    """A running package index: its address without and with the login, and its folder."""

    url: str
    login: str
    folder: Path


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """pypiserver with a password file, which uploads must satisfy."""
    pypiserver = pytest.importorskip("pypiserver")
    apache = pytest.importorskip("passlib.apache")
    root = tmp_path_factory.mktemp("pypiserver")
    (root / "packages").mkdir()
    file = apache.HtpasswdFile(str(root / "htpasswd"), new=True)
    file.set_password(USER, PASSWORD)
    file.save()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ["-m", "pypiserver", "run", "-i", "127.0.0.1", "-p", str(port)]
    words += ["-P", str(root / "htpasswd"), "-a", "update", "--disable-fallback"]
    beside = str(Path(pypiserver.__file__).parent.parent)
    process = subprocess.Popen(
        [sys.executable, *words, str(root / "packages")],
        env={**os.environ, "PYTHONPATH": beside},
        stdout=subprocess.DEVNULL,
        stderr=(root / "log").open("wb"),
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


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers nothing of itself; a test gives the methods."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def body(self) -> bytes:
        """What the client sends."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(self, status: int, text: str = "", reason: str | None = None, **headers: str) -> None:
        """Answer and close."""
        data = text.encode()
        self.send_response(status, reason)
        for name, value in {"Content-Length": str(len(data)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(data)

    def do_GET(self) -> None:
        """A simple index that holds nothing."""
        if self.path.endswith("/simple/"):
            self.answer(200, "<title>Simple index</title>", Content_Type="text/html")
        else:
            self.answer(404)


@contextmanager
def serving(post: Callable[[Handler], None], tls: Path | None = None, **methods: object) -> Iterator[str]:
    """Run a server whose uploads are answered by ``post``; yield its address."""
    kind = type("Posting", (Handler,), {"do_POST": post, **methods})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) as httpd:
        httpd.daemon_threads = True
        httpd.block_on_close = False
        # What a client breaks off is what these tests are about.
        httpd.handle_error = lambda *_: None  # type: ignore[method-assign]
        scheme = "http"
        if tls is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            httpd.socket = context.wrap_socket(httpd.socket, server_side=True)
            scheme = "https"
        thread = threading.Thread(target=httpd.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"{scheme}://127.0.0.1:{httpd.server_address[1]}/"
        finally:
            httpd.shutdown()
            thread.join()


