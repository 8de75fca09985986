"""Reading from a web address: bounded in size and time, redirected to allowed hosts only."""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import IO
from urllib.parse import urlsplit

from .adapters import AdapterError

CHUNK = 1024 * 1024
MAX_REDIRECTS = 5


class NotThere(Exception):  # noqa: N818 - an answer, not a fault
    """The server says that it has no such file."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only to a host that is allowed, never from https to http."""

    max_redirections = MAX_REDIRECTS

    def __init__(self, allowed: frozenset[str], origin: str) -> None:
        self._allowed = allowed
        self._origin = origin

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """Return the request to follow with.

        Raises:
            AdapterError: it may not be followed.
        """
        parts = urlsplit(newurl)
        host = (parts.hostname or "").lower()
        if host not in self._allowed:
            raise AdapterError(f"the server redirects to {host!r}, which is not an allowed host")
        if parts.scheme != "https" and req.type == "https":
            raise AdapterError("the server redirects from https to another scheme")
        new = super().redirect_request(req, fp, code, msg, headers, newurl)
        if new is not None and origin_of(newurl) != self._origin:
            # The token is for the configured server alone.
            new.remove_header("Authorization")
        return new


class Reader:
    """Reads files from one server, and from the hosts that it may redirect to."""

    def __init__(self, url: str, hosts: frozenset[str], token: str, timeout_s: float) -> None:
        self._token = token
        self._timeout_s = timeout_s
        own = (urlsplit(url).hostname or "").lower()
        # Only these handlers: no file:, ftp: or data: address is ever opened.
        self._opener = urllib.request.OpenerDirector()
        for handler in (
            urllib.request.ProxyHandler(),
            urllib.request.HTTPHandler(),
            urllib.request.HTTPSHandler(),
            urllib.request.HTTPDefaultErrorHandler(),
            urllib.request.HTTPErrorProcessor(),
            _Redirects(hosts | {own}, origin_of(url)),
        ):
            self._opener.add_handler(handler)

    def read(self, url: str, limit: int, deadline: float) -> bytes:
        """Return the file at `url`.

        Args:
            url: an address on the reader's server.
            limit: the most bytes it may have.
            deadline: on the monotonic clock; reading does not go on after it.

        Raises:
            NotThere: the server has no such file.
            AdapterError: it is too big, took too long, or could not be read.
        """
        parts: list[bytes] = []
        self.save(url, parts.append, limit, deadline)
        return b"".join(parts)

    def save(self, url: str, write: Callable[[bytes], object], limit: int, deadline: float) -> int:
        """Hand the file at `url` to `write`, piece by piece, and return its size in bytes.

        Arguments and errors as for `read`.
        """
        name = url.rpartition("/")[2]
        size = 0
        with self._open(url, name) as response:
            promised = response.headers.get("Content-Length") or ""
            if promised.isdecimal() and int(promised) > limit:
                raise AdapterError(f"{name} has {promised} bytes, and {limit} are allowed")
            while piece := _piece(response, name):
                size += len(piece)
                if size > limit:
                    raise AdapterError(f"{name} has more than the {limit} bytes allowed")
                if time.monotonic() > deadline:
                    raise AdapterError(f"{name} was not read in time")
                write(piece)
            if promised.isdecimal() and int(promised) != size:
                raise AdapterError(f"{name} broke off after {size} of {promised} bytes")
        return size

    def _open(self, url: str, name: str) -> http.client.HTTPResponse:
        request = urllib.request.Request(url, headers={"Accept-Encoding": "identity"})
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            response: http.client.HTTPResponse | None
            response = self._opener.open(request, timeout=self._timeout_s)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code in (404, 410):
                raise NotThere from None
            raise AdapterError(f"the server answers {error.code} for {name}") from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise AdapterError(f"{name} cannot be read: {error}") from error
        if response is None:
            raise AdapterError(f"{name} cannot be read: no such kind of address")
        return response


def origin_of(url: str) -> str:
    """Return scheme, host and port of `url`, in lower case."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _piece(response: http.client.HTTPResponse, name: str) -> bytes:
    try:
        return response.read1(CHUNK)
    except (OSError, http.client.HTTPException) as error:
        raise AdapterError(f"{name} cannot be read: {error}") from error
