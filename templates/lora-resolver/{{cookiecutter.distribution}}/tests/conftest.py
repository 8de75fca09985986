"""What the tests share: adapters made on the spot, and a server on this machine that counts."""

import hashlib
import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from {{ cookiecutter.package }}.adapters import CONFIG, WEIGHTS
from {{ cookiecutter.package }}.checksums import LIST

BASE = "acme/base-model"


def _make_adapter(root: Path, name: str, weights: bytes = b"weights", **config: object) -> Path:
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    settings = {"peft_type": "LORA", "base_model_name_or_path": BASE, **config}
    (folder / CONFIG).write_text(json.dumps(settings), encoding="utf-8")
    (folder / WEIGHTS).write_bytes(weights)
    sums = [
        f"{hashlib.sha256((folder / file).read_bytes()).hexdigest()}  {file}\n"
        for file in (CONFIG, WEIGHTS)
    ]
    (folder / LIST).write_text("".join(sums), encoding="ascii")
    return folder


@pytest.fixture
def make_adapter() -> Callable[..., Path]:
    """Make an adapter: (root, name, weights, **configuration) → its folder."""
    return _make_adapter


class Web:
    """A server of one folder.

    Attributes:
        root: what it serves.
        url: its address.
        asked: the paths asked for, in order.
        tokens: the Authorization header of each.
        redirects: path → address to redirect to.
        status: what it answers to everything, if not 0.
        cut: how many bytes of a file it sends less than it promises.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked: list[str] = []
        self.tokens: list[str | None] = []
        self.redirects: dict[str, str] = {}
        self.status = 0
        self.cut = 0
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.asked.append(self.path)
                web.tokens.append(self.headers.get("Authorization"))
                web.answer(self)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def answer(self, handler: http.server.BaseHTTPRequestHandler) -> None:
        if target := self.redirects.get(handler.path):
            handler.send_response(302)
            handler.send_header("Location", target)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        path = self.root / handler.path.lstrip("/")
        if self.status or not path.is_file():
            handler.send_error(self.status or 404)
            return
        body = path.read_bytes()
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body[: len(body) - self.cut])

    def __enter__(self) -> "Web":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def web(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """A server of `tmp_path/web`."""
    monkeypatch.setenv("no_proxy", "*")
    root = tmp_path / "web"
    root.mkdir()
    with Web(root) as running:
        yield running
