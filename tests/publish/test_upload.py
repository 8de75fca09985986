"""Servers that misbehave, each told in a sentence with what became of the files."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.publish.made import wheel
from tests.publish.servers import Handler, certificate, serving

from vplug.redact import Redactor
from vplug.release.publish.choose import choose
from vplug.release.publish.nouns import DistFile, FileState
from vplug.release.publish.repository import find_repository
from vplug.release.publish.told import explain
from vplug.release.publish.upload import Sent, upload

CANARY = "canary-secret-77"


@pytest.fixture
def files(tmp_path: Path) -> tuple[DistFile, ...]:
    wheel(tmp_path)
    return choose([str(tmp_path)]).files


@pytest.fixture(autouse=True)
def login(nobodys_configuration: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWINE_USERNAME", "bob")
    monkeypatch.setenv("TWINE_PASSWORD", CANARY)


def send(files: tuple[DistFile, ...], url: str, timeout: float = 20, skip: bool = False) -> Sent:
    repository = find_repository(None, url, None, None, Redactor())
    sent = upload(files, repository, timeout, skip_existing=skip)
    assert CANARY not in repr(sent)
    return sent


def told(sent: Sent) -> str:
    assert sent.failure is not None
    assert "\n" not in sent.failure.message
    return f"{sent.failure.message} | {sent.failure.hint}"


def posting(answer: Callable[[Handler], None]) -> Callable[[Handler], None]:
    """Read what is sent, then answer."""

    def post(handler: Handler) -> None:
        handler.body()
        answer(handler)

    return post


def test_what_a_server_takes(files: tuple[DistFile, ...]) -> None:
    bodies = []

    def post(handler: Handler) -> None:
        bodies.append(handler.body())
        handler.answer(200)

    with serving(post) as url:
        sent = send(files, url)
    assert sent == Sent({files[0].name: FileState.SENT})
    assert files[0].path.read_bytes() in bodies[0]


@pytest.mark.parametrize("password", ["none", "sending", "file"])
def test_a_password_that_is_part_of_a_files_name(
    files: tuple[DistFile, ...], monkeypatch: pytest.MonkeyPatch, password: str
) -> None:
    monkeypatch.setenv("TWINE_PASSWORD", password)
    with serving(posting(lambda handler: handler.answer(200))) as url:
        sent = send(files, url)
    assert sent == Sent({files[0].name: FileState.SENT})


ANSWERS = {
    401: "did not accept user and password (401)",
    403: "does not let you upload",
    405: "takes no uploads (405)",
    409: "has demo-1.0-py3-none-any.whl already",
}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        *ANSWERS.items(),
        (302, "redirects uploads to an address that it does not give"),
        (404, "is no address for uploads (404)"),
        (413, "is too large"),
        (418, "refused x.whl (418): teapot"),
        (429, "asks to wait"),
        (500, "failed on x.whl (500)"),
    ],
)
def test_answers_in_words(status: int, words: str) -> None:
    repository = find_repository(None, "https://host/", None, None, Redactor(), {})
    answer = {
        "event": "answered",
        "file": "x.whl",
        "status": status,
        "reason": "teapot",
        "text": "",
    }
    failure = explain(answer, None, repository, 1)
    assert words.replace("demo-1.0-py3-none-any", "x") in failure.message


BOTTLE = "Error: 403 Forbidden Error: 403 Forbidden Sorry, the requested URL 'http://h:1/' caused an error: "


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BOTTLE + "None", ": Forbidden"),
        (BOTTLE + "not on Sundays", ": not on Sundays"),
        ("403 Forbidden 403 Forbidden nginx/1.18.0", ": Forbidden"),
        ("Invalid API Token", ": Invalid API Token"),
        ("", ": Forbidden"),
    ],
)
def test_an_error_pages_frame_is_not_repeated(text: str, said: str) -> None:
    repository = find_repository(None, "https://host/", None, None, Redactor(), {})
    answer = {
        "event": "answered", "file": "x.whl", "status": 403, "reason": "Forbidden", "text": text,
    }  # fmt: skip
    failure = explain(answer, None, repository, 1)
    assert failure.message == f"https://host/ does not let you upload x.whl (403){said}"


def test_answers_that_refuse(
    files: tuple[DistFile, ...], capfd: pytest.CaptureFixture[str]
) -> None:
    status = 0

    def answer(handler: Handler) -> None:
        handler.answer(
            status, f"<p>You sent {CANARY} &amp; {handler.headers['Authorization']}</p>",
            reason=f"No {CANARY}",
        )  # fmt: skip

    said = {}
    with serving(posting(answer)) as url:
        for status in ANSWERS:
            sent = send(files, url)
            assert sent.states == {files[0].name: FileState.REFUSED}
            said[status] = told(sent)
    for status, words in ANSWERS.items():
        assert words in said[status]
        assert "You sent *** & Basic ***" in said[status]
    printed = "".join(capfd.readouterr())
    assert "Uploading demo-1.0-py3-none-any.whl" in printed
    assert CANARY not in printed
    assert "Ym9iOmNhbmFye" not in printed


def test_a_file_that_is_there_in_the_words_of_the_largest_index(
    files: tuple[DistFile, ...],
) -> None:
    def answer(handler: Handler) -> None:
        handler.answer(400, reason="File already exists. See https://host/help for more.")

    with serving(posting(answer)) as url:
        assert "the index has demo-1.0-py3-none-any.whl already" in told(send(files, url))
        sent = send(files, url, skip=True)
    assert sent == Sent({files[0].name: FileState.PRESENT})


def test_a_redirect_names_its_target(files: tuple[DistFile, ...]) -> None:
    def answer(handler: Handler) -> None:
        handler.answer(301, Location=f"https://x:{CANARY}@elsewhere.example/legacy/?t={CANARY}")

    with serving(posting(answer)) as url:
        said = told(send(files, url))
    assert "redirects uploads to https://elsewhere.example/legacy/," in said


def test_a_server_that_fails(files: tuple[DistFile, ...]) -> None:
    with serving(posting(lambda handler: handler.answer(503))) as url:
        sent = send(files, url)
    assert "failed on demo-1.0-py3-none-any.whl (503)" in told(sent)
    # A server may fail after it stored the file: the index must be asked.
    assert sent.states == {files[0].name: FileState.UNKNOWN}


def test_a_server_that_dies_mid_upload(files: tuple[DistFile, ...]) -> None:
    def post(handler: Handler) -> None:
        handler.rfile.read(100)
        handler.connection.shutdown(socket.SHUT_RDWR)
        handler.close_connection = True

    with serving(post) as url:
        sent = send(files, url)
    assert "broke the connection while demo-1.0-py3-none-any.whl was sent" in told(sent)
    assert sent.states == {files[0].name: FileState.UNKNOWN}


def test_a_server_that_hangs(files: tuple[DistFile, ...]) -> None:
    gone = threading.Event()

    def post(handler: Handler) -> None:
        handler.body()
        gone.wait(30)

    with serving(post) as url:
        sent = send(files, url, timeout=1)
        gone.set()
    assert "was silent for 1 s while demo-1.0-py3-none-any.whl was sent" in told(sent)
    assert "--timeout" in told(sent)


def test_nothing_listens(files: tuple[DistFile, ...]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    sent = send(files, f"http://127.0.0.1:{port}/")
    assert "refuses the connection" in told(sent)
    assert sent.states == {files[0].name: FileState.REFUSED}


def test_a_host_that_does_not_exist(files: tuple[DistFile, ...]) -> None:
    sent = send(files, "http://gone.invalid/", timeout=5)
    said = told(sent)
    assert "is not found" in said or "cannot be reached" in said or "silent" in said


def test_a_certificate_that_nobody_vouches_for(files: tuple[DistFile, ...], tmp_path: Path) -> None:
    pem, trusted = certificate(tmp_path)
    with serving(posting(lambda handler: handler.answer(200)), tls=pem) as url:
        assert "the TLS connection to" in told(send(files, url))
        assert "TWINE_CERT" in told(send(files, url))
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("TWINE_CERT", str(trusted))
            assert send(files, url).failure is None


def test_no_login_and_nobody_to_ask(
    files: tuple[DistFile, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TWINE_PASSWORD")
    monkeypatch.setenv("TWINE_NON_INTERACTIVE", "1")
    with serving(posting(lambda handler: handler.answer(200))) as url:
        sent = send(files, url)
    assert "no credentials, and nobody to ask" in told(sent)
    assert sent.states == {files[0].name: FileState.NOT_SENT}


def test_the_second_of_two_fails(plugin: Path) -> None:
    files = choose([str(plugin)]).files

    def answer(handler: Handler) -> None:
        handler.answer(200 if b".whl" in handler.sent else 500)  # type: ignore[attr-defined]

    def post(handler: Handler) -> None:
        handler.sent = handler.body()  # type: ignore[attr-defined]
        answer(handler)

    with serving(post) as url:
        sent = send(files, url)
    assert list(sent.states.values()) == [FileState.SENT, FileState.UNKNOWN]
    assert "failed on demo-1.0.tar.gz (500)" in told(sent)


def test_what_is_there_is_skipped_and_the_rest_is_sent(plugin: Path) -> None:
    files = choose([str(plugin)]).files

    def post(handler: Handler) -> None:
        handler.answer(409 if b"demo-1.0-py3-none-any.whl" in handler.body() else 200)

    with serving(post) as url:
        sent = send(files, url, skip=True)
    assert sent == Sent({files[0].name: FileState.PRESENT, files[1].name: FileState.SENT})
