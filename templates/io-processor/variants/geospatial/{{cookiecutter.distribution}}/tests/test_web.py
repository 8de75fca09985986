"""URLs: what a request may reach, against a real server on this machine."""

import http.server
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest

from {{ cookiecutter.package }} import web
from {{ cookiecutter.package }}.environment import ANY_HOST, HOSTS, Limits

PAGES = {"/a.tif": b"picture", "/big.tif": b"x" * 5000}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.end_headers()
            return
        body = self.headers["Host"].encode() if self.path == "/host" else PAGES.get(self.path)
        if body is None:
            self.send_error(404)
            return
        self.send_response(200)
        if self.path != "/big.tif":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield f"127.0.0.1:{running.server_address[1]}"
        running.shutdown()
        thread.join()


def limits(server: str, **bounds: Any) -> Limits:
    return Limits(hosts=frozenset({server}), private_hosts=frozenset({server}), **bounds)


def test_an_allowed_host_is_read(server: str) -> None:
    assert web.read_url(f"http://{server}/a.tif", limits(server)) == b"picture"
    assert web.read_url(f"http://{server}/to//a.tif", limits(server)) == b"picture"


def test_the_server_is_told_the_name_that_was_asked_for(server: str) -> None:
    assert web.read_url(f"http://{server}/host", limits(server)) == server.encode()
    some = Limits(hosts=frozenset({"x.example", "x.example:8443", "[::1]:8443", "::1:8443"}))
    assert web.allowed("https://X.example./", some).authority == "x.example"
    assert web.allowed("https://x.example:8443/", some).authority == "x.example:8443"
    assert web.allowed("https://[::1]:8443/", some).authority == "[::1]:8443"


def test_without_hosts_no_url_is_read() -> None:
    with pytest.raises(ValueError, match=f"{HOSTS} is not set"):
        web.read_url("https://example.org/a.tif", Limits())


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://data.example.org/a.tif", "begins with https"),
        ("ftp://data.example.org/a.tif", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("//data.example.org/a.tif", "begins with https"),
        ("https:///a.tif", "begins with https"),
        ("https://evil.example.org/a.tif", "'evil.example.org', port 443, may not be read"),
        ("https://data.example.org.evil.org/", "may not be read"),
        ("https://data.example.org:22/", "port 22, may not be read"),
        ("https://data.example.org@evil.org/", "no user and no password"),
        ("https://data.example.org/a b", "no blanks"),
        ("https://data.example.org/\r\nHost: x", "no blanks|not a URL"),
        ("https://data.example.org:99999/", "is not a URL"),
        ("https://[::1/", "is not a URL"),
    ],
)
def test_other_urls_are_refused(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        web.allowed(url, Limits(hosts=frozenset({"data.example.org"})))


def test_any_host_means_any_on_the_usual_port() -> None:
    some = Limits(hosts=frozenset({ANY_HOST}))
    assert web.allowed("https://x.example/a?b=c", some).path == "/a?b=c"
    assert not web.allowed("https://x.example/", some).private
    with pytest.raises(ValueError, match="port 8443, may not be read"):
        web.allowed("https://x.example:8443/", some)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        *("::7f00:1", "fec0::1", "4000::1"),
    ],
)
def test_private_addresses(address: str) -> None:
    assert not web.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8"])
def test_public_addresses(address: str) -> None:
    assert web.is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "2130706433", "0x7f000001"])
def test_a_private_address_is_refused_however_it_is_written(host: str) -> None:
    with pytest.raises(ValueError, match=r"has an address that is not public|could not be read"):
        web.read_url(f"https://{host}/a.tif", Limits(hosts=frozenset({ANY_HOST})))


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = [(socket.AF_INET, 1, 6, "", (name, 443)) for name in ("8.8.8.8", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answer)
    with pytest.raises(ValueError, match="not public"):
        web.read_url("https://x.example/", Limits(hosts=frozenset({ANY_HOST})))


def test_the_name_is_resolved_once_and_the_checked_address_connected_to(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that answers differently the second time (DNS rebinding) gains nothing."""
    asked = []

    def resolve(host: str, port: int, **_: Any) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    connected = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(address)
        sock = socket.socket()
        sock.settimeout(timeout)
        sock.connect(address)
        return sock

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", connect)
    port = server.rpartition(":")[2]
    name = f"store.example:{port}"
    assert web.read_url(f"http://{name}/a.tif", limits(name)) == b"picture"
    assert asked == ["store.example"]
    assert connected == [("127.0.0.1", int(port))]


def test_redirects_are_checked_as_the_first_url_is(server: str) -> None:
    for target, reason in (
        ("http://localhost:1/", "may not be read from here|begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("https://evil.example/", "'evil.example', port 443, may not be read"),
        (f"http://{server}/to//to//to//to//a.tif", "redirects too often"),
    ):
        with pytest.raises(ValueError, match=reason):
            web.read_url(f"http://{server}/to/{target}", limits(server))


def test_size_and_time_are_bounded(server: str) -> None:
    with pytest.raises(ValueError, match="more than 6 bytes"):
        web.read_url(f"http://{server}/a.tif", limits(server, max_bytes=6))
    with pytest.raises(ValueError, match="more than 4999 bytes"):
        web.read_url(f"http://{server}/big.tif", limits(server, max_bytes=4999))
    with pytest.raises(ValueError, match="in time"):
        web.read_url(f"http://{server}/a.tif", limits(server, timeout_s=0))


@pytest.mark.parametrize(
    "beginning",
    [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1"],
    ids=["headers", "a chunk's size"],
)
def test_a_server_that_sends_byte_by_byte_gains_no_time(beginning: bytes) -> None:
    stopped = threading.Event()

    def drip(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            connection.sendall(beginning)
            while not stopped.wait(0.05):
                connection.sendall(b"0")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=drip, args=(listener,))
        thread.start()
        place = f"127.0.0.1:{listener.getsockname()[1]}"
        try:
            with pytest.raises(ValueError, match="could not be read in time"):
                web.read_url(f"http://{place}/a.tif", limits(place, timeout_s=1))
            assert not stopped.is_set()
        finally:
            stopped.set()
            thread.join()


def test_what_is_not_there_is_said_without_details(server: str) -> None:
    with pytest.raises(ValueError, match=r"127\.0\.0\.1 answers 404"):
        web.read_url(f"http://{server}/none", limits(server))
    closed = "127.0.0.1:1"
    with pytest.raises(ValueError, match=r"could not be read: ConnectionRefusedError"):
        web.read_url(f"http://{closed}/", limits(closed))
