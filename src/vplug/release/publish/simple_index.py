"""Reading a simple index (PEP 503 and PEP 691): which files of a project it serves.

Where the answer is not an index's, or there is none, the page says why; nothing is guessed.
"""

from __future__ import annotations

import hashlib
import html.parser
import json
import re
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from vplug import __version__
from vplug.redact import Redactor, without_login
from vplug.release.output import printable

if TYPE_CHECKING:
    from vplug.release.publish.repository import Repository

_ACCEPT = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.1"
)
_MAX_PAGE = 64 << 20
#: Enough of a root page to see that it is one; the largest index's is forty megabytes.
_ROOT_BYTES = 64 << 10
_REDIRECTS = 5
_TLS = "cannot be asked: the TLS connection failed, or its certificate does not verify"
_IS_ROOT = re.compile(
    r"<meta[^>]+pypi:repository-version|<(?:title|h1)>[^<]*\bsimple\b", re.IGNORECASE
)


class PageKind(StrEnum):
    """What asking for a project gave."""

    FOUND = "found"
    ABSENT = "absent"
    UNKNOWN = "cannot-tell"


class Why(StrEnum):
    """What keeps an index from telling; the first of these counts where several addresses were asked."""

    #: It refused the login that was sent.
    REFUSED = "refused"
    #: It wants a login, and there is none.
    NO_LOGIN = "no-login"
    #: It answers, and not as an index does.
    NO_INDEX = "no-index"
    #: Its certificate does not verify.
    TLS = "tls"
    #: Nothing answers.
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that an index lists: its name, address, and its sha256 where it is told."""

    name: str
    url: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """What an index says of a project.

    Attributes:
        kind: whether there is a page.
        index: the simple index that answered, or ``None``.
        files: what it lists.
        reason: for ``cannot-tell``, why, in words.
        why: the same, as a kind.
    """

    kind: PageKind
    index: str | None = None
    files: tuple[ListedFile, ...] = ()
    reason: str | None = None
    why: Why | None = None

    def of_version(self, version: str) -> tuple[ListedFile, ...]:
        """Return the files of one version."""
        wanted = Version(version)
        return tuple(file for file in self.files if _version(file.name) == wanted)


class _Trouble(Exception):
    """No answer that can be used; the text says why."""

    def __init__(self, text: str, why: Why = Why.NO_INDEX) -> None:
        super().__init__(text)
        self.why = why


@dataclass(frozen=True, slots=True)
class _Answer:
    status: int
    kind: str
    body: bytes
    url: str
    login: str | None


class SimpleIndex:
    """The simple index of a repository.

    Args:
        repository: gives its candidates and how to log in.
        timeout: how long an answer may take as a whole, in seconds.
    """

    def __init__(self, repository: Repository, timeout: float) -> None:
        self._repository = repository
        self._timeout = timeout
        self._settled: str | None = None

    def project(self, name: str) -> Page:
        """Return what the index says of a project; never raises for what a server does."""
        reasons: list[str] = []
        whys: list[Why] = []
        chosen = (self._settled,) if self._settled else self._repository.candidates
        for base in chosen:
            try:
                page = self._ask(base, canonicalize_name(name))
            except _Trouble as trouble:
                reasons.append(f"{without_login(base)} {trouble}")
                whys.append(trouble.why)
                if trouble.why in (Why.TLS, Why.UNREACHABLE):
                    break  # the candidates are paths of one host
                continue
            self._settled = base
            return page
        why = min(whys, key=list(Why).index, default=None)
        return Page(PageKind.UNKNOWN, reason="; ".join(dict.fromkeys(reasons)), why=why)

    def sha256(self, file: ListedFile, limit: int) -> str | None:
        """Return the digest of a listed file, fetched where the index does not tell it.

        Args:
            file: as listed.
            limit: more bytes than this are not read; the digest is then no file's of that size.
        """
        if file.sha256 is not None:
            return file.sha256
        try:
            with self._open(file.url, {}) as response:
                if response.status_code != 200:
                    return None
                digest, size = hashlib.sha256(), 0
                for chunk in self._chunks(response):
                    digest.update(chunk)
                    size += len(chunk)
                    if size > limit:
                        break
        except _Trouble:
            return None
        return digest.hexdigest()

    def _ask(self, base: str, name: str) -> Page:
        certain = self._repository.certain or self._settled == base
        answer = self._get(f"{base}{name}/")
        if answer.status == 200:
            try:
                files = _files(answer)
            except (ValueError, KeyError, TypeError, AttributeError):
                files = None
            if files or (files is not None and (certain or _is_root(answer))):
                return Page(PageKind.FOUND, base, files)
            raise _Trouble("answers with something that is no index page")
        if answer.status in (404, 410) or 300 <= answer.status < 400:
            # A redirect to another host is a fallback (pypiserver's): the file is not here.
            if 300 <= answer.status < 400 and not self._is_index(base):
                raise _Trouble("sends on to another host")
            if not certain and not self._is_index(base):
                raise _Trouble("is no simple index")
            return Page(PageKind.ABSENT, base)
        if answer.status in (401, 403):
            if answer.login is not None:
                raise _Trouble(f"refused the login ({answer.status}): {answer.login}", Why.REFUSED)
            raise _Trouble(f"asks for a login ({answer.status})", Why.NO_LOGIN)
        raise _Trouble(f"answers {answer.status}")

    def _is_index(self, base: str) -> bool:
        try:
            answer = self._get(base, _ROOT_BYTES)
        except _Trouble:
            return False
        return answer.status == 200 and _is_root(answer)

    def _get(self, url: str, at_most: int | None = None) -> _Answer:
        with self._open(url, {"Accept": _ACCEPT}) as response:
            body = bytearray()
            for chunk in self._chunks(response):
                body += chunk
                if at_most is not None and len(body) >= at_most:
                    break
                if len(body) > _MAX_PAGE:
                    raise _Trouble(f"answers with more than {_MAX_PAGE >> 20} MiB")
            kind = str(response.headers.get("Content-Type", "")).partition(";")[0].strip().lower()
            login = self._sent(response, url)
            return _Answer(response.status_code, kind, bytes(body), str(response.url), login)

    def _sent(self, response: Any, url: str) -> str | None:
        """Which login went with the request, in words without its password; ``None`` for none."""
        header = response.request.headers.get("Authorization")
        if not header:
            return None
        own = self._repository.login
        if _split(url)[1] is not None:
            return "the one in the address"
        if own is None or header != _basic(own):
            return "the one in .netrc"
        if not self._repository.login_from:
            return "the one in the address"
        return f"user {Redactor()(printable(own[0]))}, from {self._repository.login_from}"

    @contextmanager
    def _open(self, url: str, headers: Mapping[str, str]) -> Iterator[Any]:
        """The response to a GET, redirects followed on the same host alone, login offered if asked."""
        import requests

        plain, login = _split(url)
        login = login or (self._repository.login if self._ours(url) else None)
        host = urllib.parse.urlsplit(plain).hostname
        with requests.Session() as session:
            session.headers["User-Agent"] = f"vplug/{__version__}"
            auth: tuple[str, str] | None = None
            for _ in range(_REDIRECTS):
                response = self._send(session, plain, headers, auth)
                if response.status_code in (401, 403) and login is not None and auth is None:
                    response.close()
                    auth = login
                    continue
                target = response.headers.get("Location")
                if not response.is_redirect or target is None:
                    break
                target = urllib.parse.urljoin(plain, target)
                if urllib.parse.urlsplit(target).hostname != host:
                    break
                if target.startswith("http:") and plain.startswith("https:"):
                    break  # a login must not go on in clear text
                response.close()
                plain = target
            try:
                yield response
            finally:
                response.close()

    def _send(
        self,
        session: Any,
        url: str,
        headers: Mapping[str, str],
        auth: tuple[str, str] | None,
    ) -> Any:
        import requests

        try:
            return session.get(
                url,
                headers=dict(headers),
                auth=auth,
                timeout=self._timeout,
                allow_redirects=False,
                stream=True,
                verify=self._repository.verify,
            )
        except requests.Timeout:
            raise _Trouble(f"gives no answer within {self._timeout:g} s", Why.UNREACHABLE) from None
        except requests.exceptions.SSLError:
            raise _Trouble(_TLS, Why.TLS) from None
        except (requests.RequestException, OSError, ValueError):
            raise _Trouble("cannot be reached", Why.UNREACHABLE) from None

    def _chunks(self, response: Any) -> Iterator[bytes]:
        import requests

        # A server that sends a byte a second must not hold the command for ever.
        deadline = time.monotonic() + self._timeout
        try:
            for chunk in response.iter_content(1 << 16):
                yield chunk
                if time.monotonic() > deadline:
                    raise _Trouble(f"does not finish its answer within {self._timeout:g} s")
        except (requests.RequestException, OSError):
            raise _Trouble("breaks off its answer") from None

    def _ours(self, url: str) -> bool:
        own, other = urllib.parse.urlsplit(self._repository.url), urllib.parse.urlsplit(url)
        return (own.scheme, own.hostname, own.port) == (other.scheme, other.hostname, other.port)


def _basic(login: tuple[str, str]) -> str | bytes | None:
    import requests

    prepared = requests.Request("GET", "http://localhost/", auth=login).prepare()
    return prepared.headers.get("Authorization")


def _split(url: str) -> tuple[str, tuple[str, str] | None]:
    parts = urllib.parse.urlsplit(url)
    userinfo, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, None
    username, _, password = userinfo.partition(":")
    plain = urllib.parse.urlunsplit((parts.scheme, host, *parts[2:]))
    return plain, (urllib.parse.unquote(username), urllib.parse.unquote(password))


def _is_root(answer: _Answer) -> bool:
    if answer.kind.startswith("application/vnd.pypi.simple"):
        return True
    return bool(_IS_ROOT.search(answer.body[:_ROOT_BYTES].decode("utf-8", "replace")))


def _files(answer: _Answer) -> tuple[ListedFile, ...]:
    found: list[ListedFile] = []
    if answer.kind.endswith("json"):
        for item in json.loads(answer.body)["files"]:
            url = urllib.parse.urljoin(answer.url, str(item["url"]))
            found.append(ListedFile(str(item["filename"]), url, _hash(item.get("hashes") or {})))
        return tuple(found)
    parser = _Anchors()
    parser.feed(answer.body.decode("utf-8", "replace"))
    for href in parser.links:
        url, _, fragment = urllib.parse.urljoin(answer.url, href).partition("#")
        name = urllib.parse.unquote(urllib.parse.urlsplit(url).path.rpartition("/")[2])
        if name.endswith((".whl", ".tar.gz", ".zip")):
            found.append(ListedFile(name, url, _hash(dict(urllib.parse.parse_qsl(fragment)))))
    return tuple(found)


def _hash(told: Mapping[str, Any]) -> str | None:
    digest = str(told.get("sha256", "")).lower()
    return digest if re.fullmatch(r"[0-9a-f]{64}", digest) else None


class _Anchors(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.links.append(href)


def _version(name: str) -> Version | None:
    try:
        if name.endswith(".whl"):
            return parse_wheel_filename(name)[1]
        return parse_sdist_filename(name)[1]
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
