"""Taking credentials out of text, whatever brings them: options, files, servers, tracebacks.

The standard library alone: the child that runs twine needs it before anything else.
"""

from __future__ import annotations

import base64
import re
import urllib.parse

MARK = "***"
#: Shorter ones are blanked only where they stand as a word: else half of every text would go.
_SHORT = 4
_PATTERNS = (
    # User and password of a URL, up to the last @ of its host part.
    (re.compile(r"(?<=://)[^/\s'\"<>]*@"), f"{MARK}@"),
    (re.compile(r"\b(basic|bearer|negotiate)(\s+)[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1\2{MARK}"),
    # API tokens that name their kind: package indexes', GitHub's, GitLab's.
    (re.compile(r"\b(pypi-|gh[opsu]_|github_pat_|glpat-)[\w-]{8,}"), rf"\1{MARK}"),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"), MARK),  # a JSON web token
    (
        re.compile(
            r"\b((?:password|passwd|token|secret|authorization|api[-_]?key)[\"']?\s*[=:]\s*[\"']?)"
            r"(?!\*\*\*|basic\b|bearer\b)[^\s\"'&,;<>]+",
            re.IGNORECASE,
        ),
        rf"\1{MARK}",
    ),
)


class Redactor:
    """Blanks the secrets it was told of, in every spelling that goes over a wire, and their like."""

    def __init__(self) -> None:
        self._secrets: set[str] = set()

    def add(self, secret: str | None) -> None:
        """Learn a secret; ``None``, blanks and what is blanked already teach nothing."""
        if not secret or not secret.strip() or secret.strip("*") == "":
            return
        self._secrets |= {secret, secret.strip(), urllib.parse.quote(secret, safe="")}
        self._secrets.add(urllib.parse.quote_plus(secret))
        self._secrets.add(base64.b64encode(secret.encode()).decode())
        self._secrets.add(repr(secret)[1:-1])

    def add_login(self, username: str | None, password: str | None) -> None:
        """Learn a password, and the pair as the header of HTTP's basic authentication has it."""
        self.add(password)
        if password:
            for encoding in ("utf-8", "latin-1"):
                pair = f"{username or ''}:{password}".encode(encoding, "replace")
                self._secrets.add(base64.b64encode(pair).decode())

    def add_url(self, url: str | None) -> None:
        """Learn what stands before the host of a URL; a user without password is a token."""
        if not url or "@" not in url:
            return
        userinfo = _netloc(url).rpartition("@")[0]
        username, colon, password = userinfo.partition(":")
        self.add(userinfo)
        if colon:
            self.add_login(urllib.parse.unquote(username), urllib.parse.unquote(password))
            self.add(password)
        else:
            self.add(urllib.parse.unquote(username))

    def add_header(self, value: str | bytes | None) -> None:
        """Learn the credentials of an ``Authorization`` header."""
        text = value.decode("latin-1") if isinstance(value, bytes) else value or ""
        scheme, _, credentials = text.partition(" ")
        self.add(credentials)
        if scheme.lower() == "basic":
            try:
                pair = base64.b64decode(credentials).decode("utf-8", "replace")
            except ValueError:
                return
            username, _, password = pair.partition(":")
            self.add(pair)
            self.add_login(username, password)

    def __call__(self, text: str) -> str:
        """Return ``text`` without secrets."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            if len(secret) >= _SHORT:
                text = text.replace(secret, MARK)
            elif secret in text:
                text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", MARK, text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def without_login(url: str) -> str:
    """Return ``url`` without user, password and query: what may be shown, stored and typed again."""
    start, slashes, rest = url.partition("://")
    netloc = _netloc(url)
    path = rest[len(netloc) :].partition("?")[0].partition("#")[0]
    return f"{start}{slashes}{netloc.rpartition('@')[2]}{path}"


def shown(url: str) -> str:
    """Return ``url`` with its user and password blanked, so that it is seen that there are some."""
    plain = without_login(url)
    if "@" not in _netloc(url):
        return plain
    start, slashes, rest = plain.partition("://")
    return f"{start}{slashes}{MARK}@{rest}"


def _netloc(url: str) -> str:
    # Not urlsplit: it raises on what people mistype, and a mistyped URL holds a password too.
    return re.split(r"[/?#]", url.partition("://")[2] or url, maxsplit=1)[0]
