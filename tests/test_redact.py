"""Secrets are blanked in every spelling; the rest of a text stays."""

from __future__ import annotations

import base64
import urllib.parse

import pytest

from vplug.redact import Redactor, shown, without_login

SECRET = "p@ss/w:rd+1"


def taught() -> Redactor:
    redact = Redactor()
    redact.add_login("bob", SECRET)
    return redact


@pytest.mark.parametrize(
    "spelling",
    [
        SECRET,
        urllib.parse.quote(SECRET, safe=""),
        urllib.parse.quote_plus(SECRET),
        base64.b64encode(SECRET.encode()).decode(),
        base64.b64encode(f"bob:{SECRET}".encode()).decode(),
    ],
)
def test_a_password_is_blanked_in_every_spelling(spelling: str) -> None:
    assert taught()(f"before {spelling} after") == "before *** after"


def test_a_url_teaches_its_password_and_a_lone_user_is_a_token() -> None:
    redact = Redactor()
    redact.add_url("https://bob:hunter%2F22@host/path")
    redact.add_url("https://tok-en99@host/")
    assert redact("hunter/22 hunter%2F22 tok-en99 bob") == "*** *** *** bob"


def test_an_address_without_its_scheme_teaches_too() -> None:
    redact = Redactor()
    redact.add_url("bob:hunter22@host/x@y")
    assert redact("bob:hunter22@host") == "***@host"


def test_a_header_teaches_what_it_carries() -> None:
    redact = Redactor()
    redact.add_header(b"Basic " + base64.b64encode(b"__token__:pypi-abc"))
    redact.add_header("Bearer odd.thing")
    assert redact("pypi-abc odd.thing __token__") == "*** *** __token__"


@pytest.mark.parametrize(
    ("text", "blanked"),
    [
        (
            "see http://a:b@host/x and https://c@d@host",
            "see http://***@host/x and https://***@host",
        ),
        ("Authorization: Basic Ym9iOmh1bnRlcg==", "Authorization: Basic ***"),
        ("bearer abcdefgh.ijk", "bearer ***"),
        ("pypi-AgEIcHlwaS5vcmc", "pypi-***"),
        ('{"token": "xyz1", "a": 1}', '{"token": "***", "a": 1}'),
        ("password=hunter22&user=bob", "password=***&user=bob"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.c2ln", "***"),
    ],
)
def test_what_nobody_told_of_is_blanked_by_its_look(text: str, blanked: str) -> None:
    assert Redactor()(text) == blanked


@pytest.mark.parametrize(
    "text", ["a password is needed", "basic usage", "http://host/a@b", "x@y.z"]
)
def test_plain_text_stays(text: str) -> None:
    assert Redactor()(text) == text


def test_a_short_secret_goes_as_a_word_alone() -> None:
    redact = Redactor()
    redact.add("abc")
    assert redact("abc abcdef") == "*** abcdef"


def test_blanks_teach_nothing() -> None:
    redact = Redactor()
    for nothing in (None, "", "  ", "***"):
        redact.add(nothing)
    assert redact("a  b *** c") == "a  b *** c"


def test_urls_as_they_may_be_shown() -> None:
    assert without_login("https://u:p@h:1/x?token=y#z") == "https://h:1/x"
    assert shown("https://u:p@h:1/x") == "https://***@h:1/x"
    assert shown("https://h/x") == "https://h/x"
    assert without_login("https://u:p[@h/x") == "https://h/x"
