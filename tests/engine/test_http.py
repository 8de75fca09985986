"""Asking a server that may do anything: what came is the answer."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator

import pytest

from vplug.probe.engine_http import ask, message_of


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stopped = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/nonsense":
            self.wfile.write(b"what?\r\n\r\n")
            self.close_connection = True
            return
        self.send_response(503 if self.path == "/sorry" else 200)
        if self.path == "/events":
            self.send_header("Connection", "close")
            self.end_headers()
            while not self.stopped.wait(0.02):
                self.wfile.write(b"data: x\n\n")
            return
        self.send_header("Content-Length", "9" if self.path == "/half" else "4")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"body")
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Say nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    Handler.stopped.clear()
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server.server_address[1]
        Handler.stopped.set()
        server.shutdown()
        thread.join()


def test_answers(port: int) -> None:
    assert (ask(port, "GET", "/").status, ask(port, "GET", "/").text) == (200, "body")
    assert (ask(port, "GET", "/sorry").status, ask(port, "GET", "/sorry").text) == (503, "body")


def test_a_stream_without_end_is_left_after_the_time(port: int) -> None:
    answer = ask(port, "GET", "/events", seconds=0.3)
    assert answer.status == 200
    assert answer.text.startswith("data: x\n")
    assert not Handler.stopped.is_set()


def test_a_body_that_breaks_off_and_an_answer_that_is_none(port: int) -> None:
    assert (ask(port, "GET", "/half").status, ask(port, "GET", "/half").text) == (200, "body")
    assert ask(port, "GET", "/nonsense").status == 0


def test_a_port_where_nobody_listens() -> None:
    assert ask(1, "GET", "/", seconds=5).status == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"error": {"message": "no"}}', "no"),
        ('{"error": "no"}', "no"),
        ('{"message": "no"}', "no"),
        ("plain", "plain"),
        ("[1]", "[1]"),
    ],
)
def test_what_a_body_says(text: str, said: str) -> None:
    assert message_of(text) == said
