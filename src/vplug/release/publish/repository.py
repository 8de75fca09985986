"""Where uploads go and where they are read back: twine's own configuration, asked of twine.

Twine calls its modules no public interface, and yet it alone knows its default addresses and how it
reads ``.pypirc``: what is used of it stands in this file.
"""

from __future__ import annotations

import configparser
import difflib
import os
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vplug.errors import UsageFault
from vplug.redact import Redactor, shown, without_login

#: How twine's command line is told of a repository by the environment.
VARIABLES = ("TWINE_REPOSITORY", "TWINE_REPOSITORY_URL")
LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Repository:
    """A package index that takes uploads.

    Attributes:
        name: its name in the configuration, or ``None`` for a bare URL.
        url: where uploads go, without credentials.
        shown: the same, with a mark where credentials were.
        candidates: addresses at which its simple index may be read, the likeliest first.
        certain: whether the first candidate is known to be it, not guessed.
        default: whether installers use that index by themselves.
        login: user and password as far as they are configured, to read a private index with.
        login_from: where they are configured, in words; empty for none, and for those in the address,
            whose user may be a token and is not told.
        verify: a file of certificates to trust, or ``True`` for the system's.
        words: the options that name it, for commands that are to be typed again.
        arguments: the words that name it to twine.
        environment: the variables that name it to twine, in place of those there; credentials go this
            way, never as a word.
    """

    name: str | None
    url: str
    shown: str
    candidates: tuple[str, ...]
    certain: bool
    default: bool
    login: tuple[str, str] | None = field(repr=False)
    login_from: str = ""
    verify: str | bool = True
    words: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)


def find_repository(
    name: str | None,
    url: str | None,
    index_url: str | None,
    config_file: Path | None,
    redact: Redactor,
    environ: Mapping[str, str] | None = None,
) -> Repository:
    """Return the repository that the options, the environment and ``.pypirc`` give, in that order.

    An option goes before twine's variables, also ``--repository`` before ``TWINE_REPOSITORY_URL``,
    which for twine itself is the other way round: what is typed must be where files go.

    Args:
        name: ``--repository``.
        url: ``--repository-url``.
        index_url: ``--index-url``: the simple index that belongs to it.
        config_file: in place of twine's own.
        redact: learns every credential that is seen on the way.
        environ: in place of the process's variables.

    Raises:
        UsageFault: no such repository, an address that is none, or a configuration that cannot be
            read.
    """
    env = os.environ if environ is None else environ
    for given in (url, index_url, env.get("TWINE_REPOSITORY_URL")):
        redact.add_url(given)
    redact.add_login(env.get("TWINE_USERNAME"), env.get("TWINE_PASSWORD"))
    if name is not None and url is not None:
        raise UsageFault("--repository and --repository-url exclude each other")
    if name is None and url is None:
        url = env.get("TWINE_REPOSITORY_URL") or None
    if index_url is not None:
        _check(index_url, "--index-url", redact)
    config: Mapping[str, str | None] = {}
    variables: dict[str, str] = {}
    if url is not None:
        _check(url, "--repository-url", redact)
        target = url
        words: tuple[str, ...] = ("--repository-url", without_login(url))
        # By the environment: a command line can be read by everybody on the machine.
        variables["TWINE_REPOSITORY_URL"] = url
    else:
        import twine.utils

        name = name or env.get("TWINE_REPOSITORY") or "pypi"
        path = str(config_file or twine.utils.DEFAULT_CONFIG_FILE)
        config = _section(name, path, config_file is not None, redact)
        target = str(config["repository"])
        _check(target, f"[{name}] of {path}", redact)
        words = ("--repository", name)
        variables["TWINE_REPOSITORY"] = name
    arguments = ["--config-file", str(config_file)] if config_file is not None else []
    if config_file is not None:
        words = (*words, "--config-file", str(config_file))
    if index_url is not None:
        words = (*words, "--index-url", without_login(index_url))
    candidates, certain, default = _indexes(without_login(target))
    if index_url is not None:
        candidates, certain, default = (index_url.rstrip("/") + "/",), True, False
    return Repository(
        name if url is None else None,
        without_login(target),
        shown(target),
        candidates,
        certain,
        default,
        *_login(
            target, config, env, f"[{name}] of .pypirc" if config_file is None else f"{config_file}"
        ),
        env.get("TWINE_CERT") or config.get("ca_cert") or True,
        words,
        tuple(arguments),
        variables,
    )


def _check(url: str, where: str, redact: Redactor) -> None:
    try:
        parts = urllib.parse.urlsplit(url)
        right = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        right = False
    if not right:
        raise UsageFault(
            f"{where}: {redact(url)!r} is no address of an index",
            "write https://HOST/PATH",
        )


def _section(name: str, path: str, given: bool, redact: Redactor) -> Mapping[str, str | None]:
    """The repository's settings as twine reads them from its configuration file."""
    import twine.exceptions
    import twine.utils

    place = Path(path).expanduser()
    fault: UsageFault | None = None
    try:
        config = twine.utils.get_config(path)
    except OSError as error:
        fault = UsageFault(
            f"cannot read {path}: {error.strerror or 'it is not there'}",
            "give the right file with --config-file" if given else "mend its permissions",
        )
    except configparser.Error as error:
        # Never its text: it quotes the line, and the line may hold a password.
        line = getattr(error, "lineno", None) or next(
            (number for number, _ in getattr(error, "errors", ())), None
        )
        fault = UsageFault(
            f"{path} is malformed{f' in line {line}' if line else ''}",
            "it is an INI file: [distutils] with index-servers, then a section for each",
        )
    except (twine.exceptions.TwineException, UnicodeError):
        fault = UsageFault(f"{path} cannot be read: it is no UTF-8 text", "save it as UTF-8")
    if fault is not None:
        raise fault
    for settings in config.values():
        redact.add_login(settings.get("username"), settings.get("password"))
        redact.add_url(settings.get("repository"))
    if name not in config:
        raise _not_configured(name, path, place, sorted(config))
    settings = config[name]
    if not settings.get("repository"):
        raise UsageFault(
            f"[{name}] of {path} gives no repository address", "add `repository = https://…` to it"
        )
    if settings["repository"] is not None:
        settings["repository"] = twine.utils.normalize_repository_url(settings["repository"])
    return settings


def _not_configured(name: str, path: str, place: Path, known: list[str]) -> UsageFault:
    parser = configparser.RawConfigParser()
    try:
        parser.read(place, encoding="utf-8")
        sections = parser.sections()
    except (configparser.Error, UnicodeError, OSError):
        sections = []
    if name in sections:
        hint = f"add {name} to index-servers in its [distutils]"
        return UsageFault(f"{path} has a section [{name}] that index-servers does not list", hint)
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(close)}?" if close else f"configured are {', '.join(known)}"
    where = path if place.exists() else f"{path}, which is not there"
    return UsageFault(
        f"the repository {Redactor()(name)!r} is not configured in {where}",
        f"{hint}; or give its address with --repository-url",
    )


def _login(
    url: str, config: Mapping[str, str | None], env: Mapping[str, str], file: str
) -> tuple[tuple[str, str] | None, str]:
    """User and password as twine would take them, less what it asks a keyring or a person for.

    And where they are from: the user's place, and the password's where that is another.
    """
    parts = urllib.parse.urlsplit(url)
    inside = (parts.username, parts.password)
    places = (
        (
            env.get("TWINE_USERNAME"),
            env.get("TWINE_PASSWORD"),
            ("TWINE_USERNAME", "TWINE_PASSWORD"),
        ),
        (config.get("username"), config.get("password"), (file, file)),
        (*inside, ("", "")),
    )
    username, user_from = next(((u, where[0]) for u, _, where in places if u), (None, ""))
    password, password_from = next(((p, where[1]) for _, p, where in places if p), (None, ""))
    if not username or not password:
        return None, ""
    if username == inside[0]:
        username, password = urllib.parse.unquote(username), urllib.parse.unquote(password)
    if not user_from or user_from == password_from:
        return (username, password), user_from
    return (username, password), f"{user_from} and {password_from or 'the address'}"


def _indexes(url: str) -> tuple[tuple[str, ...], bool, bool]:
    """The simple indexes that may belong to an upload address; whether the first surely does."""
    import twine.repository

    web = (
        (twine.repository.WAREHOUSE, twine.repository.WAREHOUSE_WEB, True),
        (twine.repository.OLD_WAREHOUSE, twine.repository.WAREHOUSE_WEB, True),
        (twine.repository.TEST_WAREHOUSE, twine.repository.TEST_WAREHOUSE, False),
    )
    for upload, home, default in web:
        if url.startswith(upload):
            return (f"{home}simple/",), True, default
    base = url.rstrip("/") + "/"
    tail = base.rstrip("/").rpartition("/")[2]
    if tail in ("simple", "+simple"):
        return (base,), False, False
    # pypiserver, and most others, below the upload address; devpi's +simple; Azure's beside it.
    below = [f"{base}simple/", f"{base}+simple/"]
    if tail in ("upload", "legacy"):
        below.insert(0, urllib.parse.urljoin(base, "../simple/"))
    return tuple(below), False, False
