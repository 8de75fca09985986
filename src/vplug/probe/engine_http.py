"""Requests to a server on this machine alone, past any proxy; answers that are errors are answers."""

from __future__ import annotations

import http.client
import json
import socket
import time
import urllib.error
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

LOOPBACK = "127.0.0.1"
_PIECE = 65_536
_BODY = 64 * 2**20
#: Never a proxy: what is asked for is on this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered.

    Attributes:
        status: the HTTP status; 0 where there was no answer.
        text: the body, or why there was no answer.
    """

    status: int
    text: str

    @property
    def json(self) -> Any:
        """The body as JSON; ``None`` where it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


def ask(port: int, method: str, path: str, body: Any = None, seconds: float = 60.0) -> Answer:
    """Send a request to ``127.0.0.1:port`` and return the answer, whatever it is; never raises.

    Of a body that goes on and on, a stream of events for instance, it returns what came in ``seconds``.
    """
    deadline = time.monotonic() + seconds
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(
        f"http://{LOOPBACK}:{port}{path}",
        data,
        {"Content-Type": "application/json"},
        method=method,
    )
    try:
        with _OPENER.open(request, timeout=seconds) as response:
            return Answer(response.status, _body(response, deadline))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _body(error, deadline))
    except (OSError, ValueError, http.client.HTTPException) as error:
        return Answer(0, f"{type(error).__name__}: {error}")


def _body(response: Any, deadline: float) -> str:
    """Return the body, or its beginning where it is long, takes long or breaks off."""
    pieces: list[bytes] = []
    with suppress(OSError, http.client.HTTPException):
        while (piece := response.read1(_PIECE)) and len(pieces) * _PIECE < _BODY:
            pieces.append(piece)
            if time.monotonic() > deadline:
                break
    return b"".join(pieces)[:_BODY].decode("utf-8", "replace")


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        return port


def message_of(text: str) -> str:
    """Return what a body says: vLLM's own errors are ``{"error": {"message": …}}``, else all of it."""
    try:
        told = json.loads(text)
    except ValueError:
        return text
    inner = told.get("error", told) if isinstance(told, dict) else None
    if isinstance(inner, dict):
        inner = inner.get("message", inner)
    return text if inner is None else str(inner)
