"""Servers that misbehave, on loopback."""

from __future__ import annotations

import http.server
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

USER, PASSWORD = "bob", "canary-hunter-22"


@dataclass(frozen=True)
class Index:
    """A running package index: its address without and with the login, and its folder."""

    url: str
    login: str
    folder: Path


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers nothing of itself; a test gives the methods."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def body(self) -> bytes:
        """What the client sends."""
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def answer(
        self, status: int, text: str = "", reason: str | None = None, **headers: str
    ) -> None:
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
def serving(
    post: Callable[[Handler], None], tls: Path | None = None, **methods: object
) -> Iterator[str]:
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


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that nobody vouches for: what a server needs, and itself alone."""
    both, own = folder / "server.pem", folder / "cert.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", str(both), "-out", str(own), "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("openssl made no certificate")
    both.write_bytes(both.read_bytes() + own.read_bytes())
    return both, own
