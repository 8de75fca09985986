"""Reading indexes: HTML and JSON, private ones, and what is none."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.publish.servers import Handler, certificate, serving

from vplug.redact import Redactor
from vplug.release.publish.repository import find_repository
from vplug.release.publish.simple_index import Page, PageKind, SimpleIndex, Why

NAME = "demo-1.0-py3-none-any.whl"
DIGEST = hashlib.sha256(b"wheel").hexdigest()
JSON = "application/vnd.pypi.simple.v1+json"


def ask(
    get: Callable[[Handler], None], *, login: str = "", certain: bool = False
) -> tuple[Page, SimpleIndex]:
    """What is made of a server that answers GETs so."""
    with serving(lambda handler: None, do_GET=get) as url:
        with_login = url.replace("://", f"://{login}@") if login else url
        index_url = f"{with_login}simple/" if certain else None
        found = find_repository(None, with_login, index_url, None, Redactor(), {})
        index = SimpleIndex(found, 2)
        page = index.project("Demo")
        for file in page.files:
            index.sha256(file, 100)
        return page, index


def pages(**by_path: tuple[int, str, str]) -> Callable[[Handler], None]:
    """Answer known paths with (status, content type, body), the rest with 404."""

    def get(handler: Handler) -> None:
        status, kind, body = by_path.get(handler.path, (404, "text/plain", ""))
        handler.answer(status, body, Content_Type=kind)

    return get


ROOT = (200, "text/html", "<html><title>Simple Index</title></html>")


def test_an_html_page_with_relative_links() -> None:
    body = f'<a href="../../files/{NAME}#sha256={DIGEST}">x</a><a href="/other">y</a>'
    page, _ = ask(pages(**{"/simple/demo/": (200, "text/html", body)}))
    assert page.kind is PageKind.FOUND
    (file,) = page.of_version("1.0")
    assert (file.name, file.sha256) == (NAME, DIGEST)
    assert file.url.endswith(f"/files/{NAME}")
    assert page.of_version("1.1") == ()


def test_a_json_page_is_asked_for_first() -> None:
    seen = []

    def get(handler: Handler) -> None:
        seen.append(handler.headers["Accept"].partition(",")[0])
        body = {"files": [{"filename": NAME, "url": NAME, "hashes": {"sha256": DIGEST}}]}
        handler.answer(200, json.dumps(body), Content_Type=JSON)

    page, _ = ask(get)
    assert seen == [JSON]
    assert [file.sha256 for file in page.of_version("1")] == [DIGEST]


def test_a_hash_that_is_not_told_is_worked_out() -> None:
    answers = {
        "/simple/demo/": (200, "text/html", f'<a href="/f/{NAME}#md5=x">x</a>'),
        f"/f/{NAME}": (200, "application/zip", "wheel"),
    }
    with serving(lambda handler: None, do_GET=pages(**answers)) as url:
        index = SimpleIndex(find_repository(None, url, None, None, Redactor(), {}), 2)
        (file,) = index.project("demo").files
        assert file.sha256 is None
        assert index.sha256(file, 5) == DIGEST
        assert index.sha256(file, 3) is not None
        answers.pop(f"/f/{NAME}")
    assert index.sha256(file, 5) is None


def test_devpis_index_is_found() -> None:
    page, _ = ask(pages(**{"/+simple/": ROOT}))
    assert page.kind is PageKind.ABSENT
    assert str(page.index).endswith("/+simple/")


def test_absent_only_where_there_is_an_index() -> None:
    assert ask(pages(**{"/simple/": ROOT}))[0].kind is PageKind.ABSENT
    nothing, _ = ask(pages())
    assert nothing.kind is PageKind.UNKNOWN
    assert "is no simple index" in str(nothing.reason)
    assert ask(pages(), certain=True)[0].kind is PageKind.ABSENT


def test_a_site_that_answers_everything_with_a_page_is_no_index() -> None:
    page, _ = ask(
        lambda handler: handler.answer(200, "<html>Welcome</html>", Content_Type="text/html")
    )
    assert page.kind is PageKind.UNKNOWN
    assert "no index page" in str(page.reason)


@pytest.mark.parametrize("body", ["{", "[]", '{"files": 1}', '{"files": [{"url": "x"}]}'])
def test_json_that_is_no_page(body: str) -> None:
    page, _ = ask(lambda handler: handler.answer(200, body, Content_Type=JSON))
    assert page.kind is PageKind.UNKNOWN


def test_a_fallback_to_another_host_is_not_the_index_itself() -> None:
    def get(handler: Handler) -> None:
        if handler.path == "/simple/":
            handler.answer(*ROOT[::2], Content_Type=ROOT[1])
        else:
            handler.answer(303, Location="http://elsewhere.invalid/simple/demo/")

    page, _ = ask(get)
    assert page.kind is PageKind.ABSENT

    page, _ = ask(lambda handler: handler.answer(302, Location="http://elsewhere.invalid/"))
    assert page.kind is PageKind.UNKNOWN
    assert "another host" in str(page.reason)


def test_a_redirect_on_the_same_host_is_followed() -> None:
    def get(handler: Handler) -> None:
        if handler.path == "/simple/demo/":
            handler.answer(301, Location="/real/demo/")
        else:
            handler.answer(200, f'<a href="{NAME}">x</a>', Content_Type="text/html")

    page, _ = ask(get)
    assert page.kind is PageKind.FOUND
    assert page.files[0].url.endswith(f"/real/demo/{NAME}")


def test_a_redirect_to_itself_ends() -> None:
    page, _ = ask(lambda handler: handler.answer(302, Location=handler.path))
    assert page.kind is PageKind.UNKNOWN


def test_the_login_is_sent_only_when_asked_for() -> None:
    seen: list[str | None] = []

    def get(handler: Handler) -> None:
        seen.append(handler.headers.get("Authorization"))
        if seen[-1] is None:
            handler.answer(401, WWW_Authenticate="Basic")
        else:
            handler.answer(200, f'<a href="{NAME}">x</a>', Content_Type="text/html")

    page, _ = ask(get, login="bob:pa%20ss")
    assert page.kind is PageKind.FOUND
    assert seen[:2] == [None, "Basic " + base64.b64encode(b"bob:pa ss").decode()]
    assert "bob" not in repr(page)


def test_a_login_that_is_wrong_or_not_there() -> None:
    def get(handler: Handler) -> None:
        handler.answer(401)

    page, _ = ask(get)
    assert (page.kind, page.why) == (PageKind.UNKNOWN, Why.NO_LOGIN)
    assert "asks for a login (401)" in str(page.reason)
    page, _ = ask(get, login="bob:wrong")
    assert (page.kind, page.why) == (PageKind.UNKNOWN, Why.REFUSED)
    assert "refused the login (401): the one in the address" in str(page.reason)
    assert "bob" not in str(page.reason)


@pytest.mark.parametrize(
    ("variables", "where"),
    [
        (("TWINE_USERNAME", "TWINE_PASSWORD"), "TWINE_USERNAME and TWINE_PASSWORD"),
        (("TWINE_USERNAME",), "TWINE_USERNAME and [local] of .pypirc"),
        (("TWINE_PASSWORD",), "[local] of .pypirc and TWINE_PASSWORD"),
        ((), "[local] of .pypirc"),
    ],
)
def test_a_refused_login_names_its_user_and_where_it_is_from(
    nobodys_configuration: Path, variables: tuple[str, ...], where: str
) -> None:
    with serving(lambda handler: None, do_GET=lambda handler: handler.answer(401)) as url:
        section = f"[local]\nrepository = {url}\nusername = ann\npassword = canary-file\n"
        text = f"[distutils]\nindex-servers = local\n{section}"
        (nobodys_configuration / ".pypirc").write_text(text)
        env = {"TWINE_USERNAME": "bob", "TWINE_PASSWORD": "canary-variable"}
        given = {name: env[name] for name in variables}
        found = find_repository("local", None, None, None, Redactor(), given)
        page = SimpleIndex(found, 2).project("demo")
    user = "bob" if "TWINE_USERNAME" in variables else "ann"
    assert f"refused the login (401): user {user}, from {where};" in f"{page.reason};"
    assert "canary" not in str(page.reason)


def test_a_refused_login_of_netrc(nobodys_configuration: Path) -> None:
    (nobodys_configuration / ".netrc").write_text("default login eve password canary-netrc\n")
    page, _ = ask(lambda handler: handler.answer(403))
    assert "refused the login (403): the one in .netrc" in str(page.reason)


@pytest.mark.parametrize("status", [400, 418, 500, 503])
def test_other_answers(status: int) -> None:
    page, _ = ask(lambda handler: handler.answer(status))
    assert f"answers {status}" in str(page.reason)


def test_servers_that_hang_break_off_or_drip() -> None:
    from threading import Event

    gone = Event()

    def hang(handler: Handler) -> None:
        gone.wait(10)

    def breaks(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"<a")
        handler.close_connection = True

    def drip(handler: Handler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        # Bytes come fast enough for each read, and never end in time.
        while not gone.wait(0.05):
            handler.wfile.write(b"x" * 70_000)

    def reason(get: Callable[[Handler], None]) -> str:
        with serving(lambda handler: None, do_GET=get) as url:
            found = find_repository(None, url, f"{url}simple/", None, Redactor(), {})
            page = SimpleIndex(found, 0.4).project("demo")
        assert page.kind is PageKind.UNKNOWN
        return str(page.reason)

    assert "gives no answer within 0.4 s" in reason(hang)
    assert "breaks off" in reason(breaks)
    assert "does not finish its answer within 0.4 s" in reason(drip)
    gone.set()


def test_a_server_that_is_silent_is_waited_for_once() -> None:
    gone = threading.Event()
    asked: list[str] = []

    def hang(handler: Handler) -> None:
        asked.append(handler.path)
        gone.wait(5)

    with serving(lambda handler: None, do_GET=hang) as url:
        found = find_repository(None, url, None, None, Redactor(), {})
        assert len(found.candidates) > 1
        page = SimpleIndex(found, 0.4).project("demo")
        gone.set()
    assert page.why is Why.UNREACHABLE
    assert str(page.reason).count("gives no answer") == 1
    assert len(asked) == 1


def test_a_certificate_that_nobody_vouches_for_is_no_wrong_address(tmp_path: Path) -> None:
    pem, _ = certificate(tmp_path)
    with serving(lambda handler: None, tls=pem, do_GET=lambda h: h.answer(200)) as url:
        found = find_repository(None, url, None, None, Redactor(), {})
        page = SimpleIndex(found, 5).project("demo")
    assert page.why is Why.TLS
    assert str(page.reason).count("TLS") == 1


def test_nothing_listens() -> None:
    found: Any = find_repository(None, "http://127.0.0.1:9/", None, None, Redactor(), {})
    page = SimpleIndex(found, 2).project("demo")
    assert page.kind is PageKind.UNKNOWN
    assert str(page.reason).count("cannot be reached") == 1
    assert page.why is Why.UNREACHABLE
