"""Reading a URL that a client sent, without lending the client this machine's place in the network.

The host must be allowed; its name is resolved once, each address checked, and the connection made
to a checked address, so that a name that resolves differently a moment later reaches nothing else.
Each redirect goes through the same. Proxies of the environment are not used: they would resolve the
name themselves.
"""

import http.client
import io
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from .environment import ANY_HOST, HOSTS, Limits

CHUNK = 1024 * 1024
MAX_REDIRECTS = 3
PORTS = {"https": 443, "http": 80}
#: Networks whose addresses stand for IPv4 ones: a private one can hide in them.
_TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


@dataclass(frozen=True)
class Target:
    """An allowed place to connect to."""

    scheme: str
    host: str
    port: int
    path: str
    private: bool

    @property
    def authority(self) -> str:
        """What the Host header holds: without the port where it is the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read_url(url: str, limits: Limits) -> bytes:
    """Return what the URL holds, at most `limits.max_bytes`.

    Raises:
        ValueError: it may not be reached, is too big, took too long, or could not be read.
    """
    deadline = time.monotonic() + limits.timeout_s
    for _ in range(MAX_REDIRECTS + 1):
        target = allowed(url, limits)
        try:
            content, location = _get(target, limits, deadline)
        except TimeoutError:
            raise ValueError(f"{target.host} could not be read in time") from None
        except (OSError, http.client.HTTPException) as error:
            # Not the error's own text: it may tell what a port of another machine answers.
            raise ValueError(f"{target.host} could not be read: {type(error).__name__}") from None
        if location is None:
            return content
        url = urljoin(url, location)
    raise ValueError("the URL redirects too often")


def allowed(url: str, limits: Limits) -> Target:
    """Return where the URL leads, if a request may lead there.

    Raises:
        ValueError: it may not.
    """
    if not limits.hosts:
        raise ValueError(f"no URL may be read here: {HOSTS} is not set on the server")
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError:
        raise ValueError("data is not a URL") from None
    host = (parts.hostname or "").rstrip(".").lower()
    if parts.scheme not in PORTS or not host:
        raise ValueError("data must be a URL that begins with https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("data: a URL may hold no user and no password")
    if any(character <= " " or character > "~" for character in url):
        raise ValueError("data: a URL may hold no blanks and only ASCII")
    names = {f"{host}:{port}"} | ({host} if port == PORTS[parts.scheme] else set())
    private = bool(names & limits.private_hosts)
    if parts.scheme == "http" and not private:
        raise ValueError("data must be a URL that begins with https://")
    public = ANY_HOST in limits.hosts and port == PORTS[parts.scheme]
    if not (names & limits.hosts or public):
        raise ValueError(f"the host {host!r}, port {port}, may not be read from here")
    return Target(parts.scheme, host, port, _path(parts), private)


def _path(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def is_public(address: str) -> bool:
    """Return whether `address` belongs to a machine on the public network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is not None:
            return is_public(str(inner))
        if found.teredo is not None or any(found in network for network in _TRANSLATED):
            return False
        # Addresses that nobody has given out, 127.0.0.1 written as ::7f00:1 among them.
        if found.is_reserved or found.is_site_local:
            return False
    return found.is_global and not found.is_multicast


def addresses(target: Target) -> list[str]:
    """Return the addresses of the host, every one of which may be connected to.

    Raises:
        ValueError: one of them may not.
        OSError: the name does not resolve.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    distinct = list(dict.fromkeys(str(info[4][0]) for info in found))
    if not target.private and not all(map(is_public, distinct)):
        raise ValueError(f"the host {target.host!r} has an address that is not public")
    return distinct


def _get(target: Target, limits: Limits, deadline: float) -> tuple[bytes, str | None]:
    """Return the content and None, or what was sent with a redirect and where it leads."""
    sock = _connected(target, deadline)
    connection = http.client.HTTPConnection(target.host, target.port)
    timed: Any = _Timed(sock, deadline)
    connection.sock = timed
    try:
        connection.request(
            "GET",
            target.path,
            headers={
                "Host": target.authority,
                "Accept-Encoding": "identity",
                "User-Agent": __package__,
            },
        )
        response = connection.getresponse()
        if response.status in (301, 302, 303, 307, 308):
            return b"", response.getheader("Location") or ""
        if response.status != 200:
            raise ValueError(f"{target.host} answers {response.status}")
        return _body(response, limits), None
    finally:
        sock.close()


def _body(response: http.client.HTTPResponse, limits: Limits) -> bytes:
    too_big = ValueError(f"the picture has more than {limits.max_bytes} bytes")
    promised = response.getheader("Content-Length") or ""
    if promised.isdecimal() and int(promised) > limits.max_bytes:
        raise too_big
    pieces, size = [], 0
    while True:
        piece = response.read1(CHUNK)
        if not piece:
            break
        size += len(piece)
        if size > limits.max_bytes:
            raise too_big
        pieces.append(piece)
    if promised.isdecimal() and size != int(promised):
        raise ValueError("the download broke off")
    return b"".join(pieces)


class _Timed(io.RawIOBase):
    """A connection that is read until the deadline: a timeout alone begins anew with each byte.

    So a server that sends its headers byte by byte does not hold a thread for longer.
    """

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def makefile(self, *_: Any) -> io.BufferedReader:
        """Return what http.client reads from."""
        return io.BufferedReader(self)

    def sendall(self, data: bytes) -> None:
        """Send what http.client asks with."""
        self._sock.settimeout(_left(self._deadline))
        self._sock.sendall(data)

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read what has come, or wait for it."""
        self._sock.settimeout(_left(self._deadline))
        return self._sock.recv_into(buffer)

    def close(self) -> None:
        """Leave it open: http.client closes it before the body is read."""


def _connected(target: Target, deadline: float) -> socket.socket:
    failure: OSError | None = None
    for address in addresses(target):
        try:
            plain = socket.create_connection((address, target.port), timeout=_left(deadline))
        except OSError as error:
            failure = error
            continue
        if target.scheme == "http":
            return plain
        try:
            # The certificate is checked for the name, though the connection is to the address.
            context = ssl.create_default_context()
            return context.wrap_socket(plain, server_hostname=target.host)
        except OSError:
            plain.close()
            raise
    raise failure or OSError("no address")


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise ValueError("the picture could not be read in time")
    return left
