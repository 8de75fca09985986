"""Requests to a server on this machine alone, past any proxy; answers that are errors are answers."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

LOOPBACK = "127.0.0.1"
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
    """Send a request to ``127.0.0.1:port`` and return the answer, whatever it is; never raises."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(
        f"http://{LOOPBACK}:{port}{path}",
        data,
        {"Content-Type": "application/json"},
        method=method,
    )
    try:
        with _OPENER.open(request, timeout=seconds) as response:
            return Answer(response.status, response.read().decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode("utf-8", "replace"))
    except (OSError, ValueError) as error:
        return Answer(0, f"{type(error).__name__}: {error}")


def free_port() -> int:
    """Return a port of 127.0.0.1 that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        port: int = listener.getsockname()[1]
        return port
