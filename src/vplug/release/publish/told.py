"""An upload that failed, in one sentence with a hint."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vplug.release.publish.nouns import Failure
from vplug.release.publish.repository import Repository

_LOGIN = (
    "set TWINE_USERNAME and TWINE_PASSWORD, or store them in a keyring or .pypirc; with an API token "
    "the user is __token__"
)
#: The page of bottle, on which pypiserver runs (``ERROR_PAGE_TEMPLATE``), and nginx's signature.
_FRAME = re.compile(
    r"Sorry, the requested URL\s+\S+\s+caused an error:(?:\s*None\b)?|\bnginx(?:/\S+)?\s*$"
)


def is_present(answer: Mapping[str, Any]) -> bool:
    """Return whether a server refused a file because it has one of that name.

    409 is pypiserver's and devpi's answer; 400 with these words is Warehouse's and others'.
    """
    said = f"{answer.get('reason', '')} {answer.get('text', '')}".lower()
    status = answer.get("status")
    return status == 409 or (status in (400, 403) and "already exist" in said)


def explain(
    answer: Mapping[str, Any] | None,
    raised: Mapping[str, Any] | None,
    repository: Repository,
    timeout: float,
) -> Failure:
    """Return why an upload failed.

    Args:
        answer: the event of the file that failed: an answer, or a connection that broke.
        raised: twine's own error, where it had one.
        repository: where the files were to go.
        timeout: how long the server was given.
    """
    if answer is not None and answer["event"] == "answered":
        return _answered(answer, repository)
    if answer is not None:
        return _broken(answer, repository, timeout)
    if raised is not None:
        return _raised(raised)
    return Failure("twine ended without telling how", "look at its lines above")


def _answered(answer: Mapping[str, Any], repository: Repository) -> Failure:
    status, name = int(answer["status"]), answer["file"]
    said = _said(answer)
    where = repository.shown
    if 300 <= status < 400:
        target = answer.get("location") or "an address that it does not give"
        return Failure(
            f"{where} redirects uploads to {target}, and an upload does not follow redirects",
            f"if you trust that address, give it with --repository-url {target}",
            again=False,
        )
    if is_present(answer):
        return Failure(
            f"the index has {name} already{said}",
            "raise the version: an index keeps a file name for ever; --skip-existing leaves out "
            "what is there",
        )
    if status == 401:
        return Failure(f"{where} did not accept user and password (401){said}", _LOGIN)
    if status == 403:
        return Failure(
            f"{where} does not let you upload {name} (403){said}",
            f"a wrong password, a token for another project, or a read-only index; {_LOGIN}",
        )
    if status == 405:
        return Failure(
            f"{where} takes no uploads (405){said}",
            "it is read-only, or this is the address that installers use: see --repository-url",
            again=False,
        )
    if status in (404, 410):
        return Failure(
            f"{where} is no address for uploads ({status}){said}",
            "check the repository's address",
            again=False,
        )
    if status == 413:
        return Failure(
            f"{name} is too large for {where} (413){said}", "make it smaller, or ask", again=False
        )
    if status == 429:
        return Failure(f"{where} asks to wait (429){said}", "try again later")
    if status >= 500:
        return Failure(f"{where} failed on {name} ({status}){said}", "try again later")
    return Failure(f"{where} refused {name} ({status}){said}")


def _said(answer: Mapping[str, Any]) -> str:
    reason, text = str(answer.get("reason") or ""), str(answer.get("text") or "")
    text = _own_words(text, int(answer["status"]), reason)
    text = text if len(text) <= 200 else text[:199] + "…"
    return f": {text or reason}".rstrip(".") if text or reason else ""


def _own_words(text: str, status: int, reason: str) -> str:
    """What an error page says beyond its status: title, heading and frame of servers' pages go."""
    title = rf"(?:(?:HTTP )?Error:?\s+)?{status}:?\s+{re.escape(reason)}" if reason else r"(?!)"
    text = re.sub(title, " ", text, flags=re.IGNORECASE)
    text = _FRAME.sub(" ", text)
    return " ".join(text.split())


def _broken(answer: Mapping[str, Any], repository: Repository, timeout: float) -> Failure:
    where, name = repository.shown, answer.get("file")
    what = f"while {name} was sent" if name else "while a token was asked for"
    reason = str(answer.get("reason") or "")
    match answer.get("kind"):
        case "tls":
            return Failure(
                f"the TLS connection to {where} failed: {reason}",
                "for a certificate of your own authority, name its file in TWINE_CERT",
            )
        case "proxy":
            return Failure(f"the proxy on the way to {where} failed: {reason}", "see HTTPS_PROXY")
        case "timeout":
            return Failure(
                f"{where} was silent for {timeout:g} s {what}",
                "raise --timeout, or try again later",
            )
        case "name":
            return Failure(f"the host of {where} is not found", "check the address and the network")
        case "refused":
            return Failure(
                f"{where} refuses the connection: nothing listens there",
                "check the address and whether the server runs",
            )
        case "unreachable":
            return Failure(f"{where} cannot be reached: {reason}", "check the network")
    return Failure(f"{where} broke the connection {what}", "try again")


def _raised(raised: Mapping[str, Any]) -> Failure:
    kind, reason = str(raised["type"]), str(raised["reason"]).rstrip(".")
    if kind == "NonInteractive":
        return Failure(f"no credentials, and nobody to ask: {reason}", _LOGIN)
    if kind == "TrustedPublishingFailure":
        return Failure(
            f"trusted publishing failed: {reason}",
            "set the project up as a trusted publisher at the index, or give an API token",
        )
    return Failure(f"twine failed: {reason or kind}", None)
