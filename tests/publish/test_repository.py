"""Names to addresses, as twine has them; wrong configurations told without their secrets."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import twine.repository
import twine.utils

from vplug.errors import UsageFault
from vplug.redact import Redactor
from vplug.release.publish.repository import Repository, find_repository

PYPIRC = """\
[distutils]
index-servers =
    internal
    nowhere
    odd

[internal]
repository = https://ann:canary-in-url@index.example/legacy/
username = ann
password = canary-in-file
ca_cert = /ca.pem

[nowhere]
username = ann

[odd]
repository = ftp://index.example

[unlisted]
repository = https://unlisted.example/
"""
Find = Callable[..., Repository]


@pytest.fixture
def find(nobodys_configuration: Path) -> Find:
    (nobodys_configuration / ".pypirc").write_text(PYPIRC)

    def look(
        name: str | None = None,
        url: str | None = None,
        index: str | None = None,
        file: Path | None = None,
        redact: Redactor | None = None,
        **environ: str,
    ) -> Repository:
        return find_repository(name, url, index, file, redact or Redactor(), environ)

    return look


def test_twines_own_default_and_its_index(find: Find) -> None:
    found = find()
    assert (found.name, found.url) == ("pypi", twine.utils.DEFAULT_REPOSITORY)
    assert found.candidates == (f"{twine.repository.WAREHOUSE_WEB}simple/",)
    assert (found.certain, found.default) == (True, True)


def test_the_test_index_is_no_installers_default(nobodys_configuration: Path) -> None:
    found = find_repository("testpypi", None, None, None, Redactor(), {})
    assert found.url == twine.utils.TEST_REPOSITORY
    assert found.candidates == (f"{twine.repository.TEST_WAREHOUSE}simple/",)
    assert (found.certain, found.default) == (True, False)


def test_a_configured_repository(find: Find) -> None:
    redact = Redactor()
    found = find("internal", redact=redact)
    assert found.url == "https://index.example/legacy/"
    assert found.shown == "https://***@index.example/legacy/"
    assert found.login == ("ann", "canary-in-file")
    assert found.verify == "/ca.pem"
    assert not found.certain
    assert redact("canary-in-file canary-in-url") == "*** ***"
    assert "canary" not in repr(found)
    assert found.words == ("--repository", "internal")


def test_what_is_typed_goes_before_the_environment(find: Find) -> None:
    env = {"TWINE_REPOSITORY_URL": "https://env.example/", "TWINE_REPOSITORY": "odd"}
    assert find("internal", **env).url == "https://index.example/legacy/"
    assert find("internal", **env).environment == {"TWINE_REPOSITORY": "internal"}
    assert find(**env).url == "https://env.example/"
    assert find(TWINE_REPOSITORY="internal").name == "internal"


def test_a_url_goes_to_twine_by_the_environment(find: Find) -> None:
    found = find(url="https://bob:canary@host/up/")
    assert found.environment == {"TWINE_REPOSITORY_URL": "https://bob:canary@host/up/"}
    assert "canary" not in " ".join((*found.words, *found.arguments, found.url, found.shown))
    assert found.login == ("bob", "canary")


@pytest.mark.parametrize(
    ("upload", "candidate"),
    [
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/simple/"),
        ("https://host/ann/dev/", "https://host/ann/dev/+simple/"),
        ("https://host/repository/py/", "https://host/repository/py/simple/"),
        ("https://host/_packaging/feed/pypi/upload/", "https://host/_packaging/feed/pypi/simple/"),
        ("https://host/legacy/", "https://host/simple/"),
        ("https://host/simple/", "https://host/simple/"),
    ],
)
def test_indexes_that_may_belong_to_an_upload_address(
    find: Find, upload: str, candidate: str
) -> None:
    found = find(url=upload)
    assert candidate in found.candidates
    assert not found.certain


def test_an_index_that_is_named(find: Find) -> None:
    found = find(url="https://host/up/", index="https://a:b@other/simple")
    assert found.candidates == ("https://a:b@other/simple/",)
    assert found.certain
    assert found.words[-2:] == ("--index-url", "https://other/simple")


def wrong(call: Callable[[], object]) -> str:
    with pytest.raises(UsageFault) as caught:
        call()
    assert caught.value.__cause__ is None
    return f"{caught.value.message} | {caught.value.hint}"


def test_names_that_are_not_configured(find: Find) -> None:
    assert "did you mean internal?" in wrong(lambda: find("intrenal"))
    assert "configured are internal, nowhere, odd, pypi" in wrong(lambda: find("zzz"))
    assert "index-servers does not list" in wrong(lambda: find("unlisted"))
    assert "gives no repository address" in wrong(lambda: find("nowhere"))
    assert "is no address of an index" in wrong(lambda: find("odd"))


def test_options_that_exclude_each_other(find: Find) -> None:
    assert "exclude each other" in wrong(lambda: find("internal", "https://host/"))


@pytest.mark.parametrize(
    "url", ["host", "ftp://a:canary@host/", "https://", "https://h:port/", "https://a:canary@[/"]
)
def test_addresses_that_are_none(find: Find, url: str) -> None:
    said = wrong(lambda: find(url=url))
    assert "--repository-url" in said
    assert "canary" not in said
    assert "--index-url" in wrong(lambda: find("internal", index=url))


@pytest.mark.parametrize(
    "text",
    [
        "password = canary\n",
        "[internal]\npassword: canary\npassword canary\n",
        "[internal]\npassword = canary\n[internal]\n",
    ],
)
def test_a_malformed_configuration_is_told_by_its_line_alone(
    find: Find, tmp_path: Path, text: str
) -> None:
    file = tmp_path / "rc"
    file.write_text(text)
    said = wrong(lambda: find("internal", file=file))
    assert f"{file} is malformed in line" in said
    assert "canary" not in said


def test_configurations_that_cannot_be_read(find: Find, tmp_path: Path) -> None:
    assert "cannot read" in wrong(lambda: find("internal", file=tmp_path / "gone"))
    assert "cannot read" in wrong(lambda: find("internal", file=tmp_path))
    (tmp_path / "rc").write_bytes(b"[internal]\npassword = \xff\xfe\n")
    assert "no UTF-8" in wrong(lambda: find("internal", file=tmp_path / "rc"))


def test_a_repository_without_any_configuration(nobodys_configuration: Path) -> None:
    said = wrong(lambda: find_repository("mine", None, None, None, Redactor(), {}))
    assert "which is not there" in said
    assert os.fspath(nobodys_configuration) not in said
