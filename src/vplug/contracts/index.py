"""The package index: vLLM's releases and their files, read with the standard library alone.

The index's address is whatever pip would use: ``PIP_INDEX_URL``, pip's configuration, else pip's own
default, asked of pip when needed.
"""

from __future__ import annotations

import base64
import hashlib
import html.parser
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from dataclasses import dataclass
from typing import IO, Any

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import Version

from vplug import __version__
from vplug.errors import VplugError

PROJECT = "vllm"
#: The release with which the contracts begin.
OLDEST = "0.7.0"
TIMEOUT = 60
_ACCEPT = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1"
_CHUNK = 1 << 20
#: vLLM's sdists are near 50 MB; a page that points at more is not telling the truth.
_MAX_SDIST = 1 << 30
#: Asked of the interpreter, not imported: pip need not be there, and its inside may move.
_PIP_DEFAULT = "from pip._internal.models.index import PyPI; print(PyPI.simple_url)"


class NoNetwork(VplugError):
    """The index can't be reached or does not answer as an index."""


@dataclass(frozen=True, slots=True)
class IndexFile:
    """One file of a release.

    Attributes:
        name: its file name.
        url: where it is.
        version: the release it belongs to.
        sha256: its digest, where the index tells.
        yanked: whether its author took it back.
        is_sdist: sdist or wheel.
    """

    name: str
    url: str
    version: Version
    sha256: str | None
    yanked: bool
    is_sdist: bool


def index_url() -> str:
    """Return the address of the index's simple API, with a slash at its end.

    Raises:
        NoNetwork: no address is configured and pip, which knows the default, is not there.
    """
    configured = os.environ.get("PIP_INDEX_URL") or _pip(
        "-m", "pip", "config", "get", "global.index-url"
    )
    url = configured or _pip("-c", _PIP_DEFAULT)
    if not url:
        raise NoNetwork(
            "no package index is configured and pip is not there to tell its default",
            "set PIP_INDEX_URL to the address of a simple index, or install pip beside vplug",
        )
    return url.rstrip("/") + "/"


def _pip(*arguments: str) -> str:
    try:
        done = subprocess.run(
            [sys.executable, "-W", "ignore", *arguments],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def open_url(url: str, headers: dict[str, str] | None = None) -> Any:
    """Return the open response for ``url``.

    Raises:
        NoNetwork: it can't be reached, or it answers with an error.
    """
    if urllib.parse.urlsplit(url).scheme not in ("https", "http", "file"):
        raise NoNetwork(f"{url} is no address that vplug fetches from")
    plain, credentials = _without_credentials(url)
    request = urllib.request.Request(  # noqa: S310
        plain, headers={"User-Agent": f"vplug/{__version__}", **credentials, **(headers or {})}
    )
    try:
        return urllib.request.urlopen(request, timeout=TIMEOUT, context=_context(url))  # noqa: S310
    except urllib.error.HTTPError as error:
        error.close()
        raise NoNetwork(
            f"the package index answers {error.code} for {_shown(url)}",
            "check PIP_INDEX_URL or pip's configuration; nothing was changed",
        ) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise NoNetwork(
            f"cannot reach the package index for {_shown(url)}: {reason}",
            "check the network and PIP_INDEX_URL; nothing was changed",
        ) from error


def _context(url: str) -> Any:
    if not url.startswith("https:"):
        return None
    import ssl

    certificates = os.environ.get("PIP_CERT")
    return ssl.create_default_context(cafile=certificates or None)


def _without_credentials(url: str) -> tuple[str, dict[str, str]]:
    """Return an address without user name and password, and the header that carries them instead."""
    parts = urllib.parse.urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    if not at:
        return url, {}
    token = base64.b64encode(urllib.parse.unquote(user).encode()).decode()
    plain = urllib.parse.urlunsplit((parts.scheme, host, *parts[2:]))
    return plain, {"Authorization": f"Basic {token}"}


def _shown(url: str) -> str:
    """Return an address without the user name and password that may be in it."""
    return _without_credentials(url)[0].partition("?")[0]


def list_files(url: str | None = None) -> list[IndexFile]:
    """Return every file of vLLM that the index lists, oldest release first.

    Args:
        url: the index's address; pip's when ``None``.

    Raises:
        NoNetwork: it can't be reached or answers something that is no index page.
    """
    page = (url or index_url()) + PROJECT + "/"
    with open_url(page, {"Accept": _ACCEPT}) as response:
        kind = response.headers.get_content_type()
        base = response.geturl()
        try:
            body = response.read()
        except OSError as error:
            raise NoNetwork(f"the package index broke off: {error}") from error
    try:
        links = _from_json(body) if kind.endswith("json") else _from_html(body)
        files = [_file(urllib.parse.urljoin(base, link[0]), *link[1:]) for link in links]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise NoNetwork(
            f"{_shown(page)} answers something that is no package index's page: {error}",
            "check PIP_INDEX_URL; nothing was changed",
        ) from error
    return sorted((file for file in files if file is not None), key=lambda f: (f.version, f.name))


_Link = tuple[str, str | None, str | None, bool]


def _from_json(body: bytes) -> list[_Link]:
    return [
        (
            file["url"],
            file["filename"],
            file.get("hashes", {}).get("sha256"),
            bool(file.get("yanked")),
        )
        for file in json.loads(body)["files"]
    ]


class _Anchors(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[_Link] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        href = found.get("href")
        if tag == "a" and href:
            digest = re.search(r"#sha256=([0-9a-f]{64})", href)
            self.links.append((href, None, digest[1] if digest else None, "data-yanked" in found))


def _from_html(body: bytes) -> list[_Link]:
    parser = _Anchors()
    parser.feed(body.decode("utf-8", "replace"))
    return parser.links


def _file(url: str, name: str | None, sha256: str | None, yanked: bool) -> IndexFile | None:
    parts = urllib.parse.urlsplit(url)
    name = name or urllib.parse.unquote(parts.path.rpartition("/")[2])
    url = urllib.parse.urlunsplit((*parts[:4], ""))
    try:
        if name.endswith(".whl"):
            return IndexFile(name, url, parse_wheel_filename(name)[1], sha256, yanked, False)
        if name.endswith((".tar.gz", ".zip")):
            return IndexFile(name, url, parse_sdist_filename(name)[1], sha256, yanked, True)
    except (InvalidWheelFilename, InvalidSdistFilename):
        return None
    return None


def final_releases(files: Iterable[IndexFile], oldest: str = OLDEST) -> dict[str, IndexFile]:
    """Return the final releases from ``oldest`` on, each with the file to read it from.

    Post-releases count, pre-releases and development releases do not; a release all of whose files
    were yanked is left out. The sdist is read where there is one (a ``.tar.gz``), else the first
    wheel by name.
    """
    by_version: dict[Version, list[IndexFile]] = {}
    for file in files:
        version = file.version
        if version.is_prerelease or version < Version(oldest) or file.yanked:
            continue
        by_version.setdefault(version, []).append(file)
    chosen: dict[str, IndexFile] = {}
    for version in sorted(by_version):
        found = sorted(by_version[version], key=lambda file: file.name)
        sdists = [file for file in found if file.is_sdist and file.name.endswith(".tar.gz")]
        wheels = [file for file in found if not file.is_sdist]
        if sdists or wheels:
            chosen[str(version)] = (sdists or wheels)[0]
    return chosen


def fetch(file: IndexFile) -> IO[bytes]:
    """Return the bytes of ``file`` in a temporary file that goes when closed, its hash checked.

    Raises:
        NoNetwork: it can't be fetched whole.
        VplugError: its hash is not what the index says.
    """
    digest = hashlib.sha256()
    handle = tempfile.TemporaryFile(prefix="vplug-")  # noqa: SIM115 — handed to the caller
    try:
        with open_url(file.url) as response:
            size = 0
            while chunk := response.read(_CHUNK):
                size += len(chunk)
                if size > _MAX_SDIST:
                    raise VplugError(f"{file.name} is larger than any vLLM sdist")
                digest.update(chunk)
                handle.write(chunk)
    except OSError as error:
        handle.close()
        raise NoNetwork(
            f"the package index broke off in {file.name}: {error}", "nothing was changed"
        ) from error
    except BaseException:
        handle.close()
        raise
    if file.sha256 is not None and digest.hexdigest() != file.sha256:
        handle.close()
        raise VplugError(
            f"{file.name} is not what the index says it is: its sha256 differs",
            "try again; if it stays so, ask whoever keeps the index",
        )
    handle.seek(0)
    return handle
