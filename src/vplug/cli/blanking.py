"""Taking secrets out of what is reported before it is printed, in whichever format."""

from __future__ import annotations

import os
import re
import urllib.parse
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any, TypeVar

from vplug.model import Diagnosis
from vplug.redact import MARK, Redactor

#: Names of variables whose values are secrets: not TOKENIZERS_PARALLELISM, GIT_AUTHOR_NAME and the like.
_NAME = re.compile(
    r"TOKEN(?!IZ)|SECRET|PASS(?:WORD|WD|PHRASE)|_PWD$|(?:^|_)PASS(?:_|$)|CREDENTIAL|KEY(?!BOARD|WORD)|AUTH(?!OR(?!I))"
    r"|(?:^|_)(?:PAT|SAS|JWT|DSN)(?:_|$)|WEBHOOK|BEARER|COOKIE|CONNECTION_STRING|LICEN[CS]E",
    re.IGNORECASE,
)
#: `VLLM_MAX_TOKENS_…=32768`: a count, told as it is.
_COUNTED = re.compile(r"TOKENS", re.IGNORECASE)
_SWITCHES = frozenset({"", "0", "1", "true", "false", "yes", "no", "on", "off", "none"})
#: Values that stand in for a key, and are words of every report.
_COMMON = frozenset(
    {"admin", "cuda", "default", "general", "host", "localhost", "platform", "plugin", "plugins", "python",
     "register", "root", "token", "torch", "user", "vllm"}
)  # fmt: skip
#: Shorter ones are blanked only where they stand alone, ...
_ANYWHERE = 8
#: ... and those shorter than this only as their variable's value.
_WORD = 4
#: A user name without password, long enough to be a token.
_TOKEN = 16
_LOGIN = re.compile(r"://([^/\s@'\"<>]+)@")
#: What keys look like that name their kind, beyond those that the redactor knows.
_SHAPES = (
    re.compile(r"\b(?:hf|gho|npm|nvapi|sk)[_-][A-Za-z0-9_\-]{8,}"),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),
    re.compile(r"\bAIza[\w-]{30,}"),
    re.compile(r"\bxox[abeoprs]-[\w-]{10,}"),
    re.compile(r"(?<=hooks\.slack\.com/services/)[\w/]+"),
    re.compile(r"(?<=AccountKey=)[\w+/=]+"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL),
)

Blanking = Callable[[str], str]
_T = TypeVar("_T")


def is_secret(name: str, value: str) -> bool:
    """Return whether a variable's value is not to be shown, by its name."""
    if _NAME.search(name) is None or value.strip().lower() in _SWITCHES:
        return False
    return not (value.isdigit() and _COUNTED.search(name))


def secrets_of(variables: Mapping[str, str]) -> Blanking:
    """Return what blanks, in any text, the secrets that these variables hold, and all that looks like one.

    A path that exists is none (``SSH_AUTH_SOCK``); what lies there is not read.
    """
    redactor = Redactor()
    words: set[str] = set()
    for name, value in variables.items():
        learned = [value] if is_secret(name, value) and not _is_path(value) else []
        for login in _LOGIN.findall(value):
            user, colon, password = login.partition(":")
            learned += [password] if colon else [user] if len(user) >= _TOKEN else []
        for text in (*learned, *map(urllib.parse.unquote, learned)):
            secret = text.strip()
            if len(secret) < _WORD or secret.lower() in _COMMON | _SWITCHES:
                continue
            if len(secret) >= _ANYWHERE:
                redactor.add(secret)
            else:
                words.add(secret)
    alone = [
        re.compile(rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])")
        for word in sorted(words, key=len, reverse=True)
    ]

    def blank(text: str) -> str:
        text = redactor(text)
        for pattern in (*alone, *_SHAPES):
            text = pattern.sub(MARK, text)
        return text

    return blank


def _is_path(value: str) -> bool:
    # Not Path.exists, which raises for what this user may not look into.
    return value.startswith(os.sep) and os.path.exists(value)  # noqa: PTH110


def without_secrets(diagnosis: Diagnosis, variables: Mapping[str, str]) -> Diagnosis:
    """Return the diagnosis with every secret written as ``***``.

    Blanked are the values of variables whose names speak of a secret, passwords in addresses and what
    has the shape of a key, wherever they stand: in what a plugin printed, in tracebacks, in messages.

    Args:
        diagnosis: what was found.
        variables: what vLLM and the plugins saw.
    """
    named = tuple(
        replace(item, value=MARK)
        if item.value is not None and is_secret(item.name, item.value)
        else item
        for item in diagnosis.variables
    )
    return blanked(replace(diagnosis, variables=named), secrets_of(variables))


def blanked(noun: _T, blank: Blanking) -> _T:
    """Return a noun with all its texts blanked; names of things in a mapping stay.

    Args:
        noun: what is to be reported: a diagnosis, a report.
        blank: as :func:`secrets_of` gives it.
    """
    found = _blanked(noun, blank)
    assert isinstance(found, type(noun))  # noqa: S101 - the walk keeps every type
    return found


def _blanked(value: Any, blank: Blanking) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return blank(value)
    if isinstance(value, tuple | list | frozenset):
        return type(value)(_blanked(item, blank) for item in value)
    if isinstance(value, Mapping):
        return {key: _blanked(item, blank) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        changed = {
            item.name: after
            for item in fields(value)
            if item.init
            and (after := _blanked(before := getattr(value, item.name), blank)) != before
        }
        return replace(value, **changed) if changed else value
    return value
