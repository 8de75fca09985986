"""The environment variables that the plugin reads."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

# Named as vLLM names its own resolvers' settings. vLLM does not know it, and says so: see README.
DIR = "VLLM_LORA_RESOLVER_{{ cookiecutter.env_prefix }}_DIR"
# The same setting under a name that vLLM does not look at.
PLAIN_DIR = "{{ cookiecutter.env_prefix }}_DIR"
URL = "{{ cookiecutter.env_prefix }}_URL"
TOKEN = "{{ cookiecutter.env_prefix }}_TOKEN"
HOSTS = "{{ cookiecutter.env_prefix }}_HOSTS"
CACHE_DIR = "{{ cookiecutter.env_prefix }}_CACHE_DIR"
MAX_BYTES = "{{ cookiecutter.env_prefix }}_MAX_BYTES"
CACHE_MAX_BYTES = "{{ cookiecutter.env_prefix }}_CACHE_MAX_BYTES"
TIMEOUT = "{{ cookiecutter.env_prefix }}_TIMEOUT_S"
DEADLINE = "{{ cookiecutter.env_prefix }}_DEADLINE_S"
MISS = "{{ cookiecutter.env_prefix }}_MISS_S"

DEFAULT_CACHE = Path("~/.cache/{{ cookiecutter.distribution }}")


@dataclass(frozen=True)
class Store:
    """Where adapters are downloaded from, and within which bounds.

    Attributes:
        url: the address below which each adapter has a folder of its name; ends with "/".
        cache: the local folder of what was downloaded.
        token: sent as a bearer token to the host of `url`, and to no other.
        hosts: further hosts that a redirect may lead to.
        max_bytes: the most that one adapter may have.
        cache_max_bytes: the most that the cache may have.
        timeout_s: the seconds that one read or connect may take.
        deadline_s: the seconds that one adapter may take.
        miss_s: the seconds for which an adapter that was not there is not asked for again.
    """

    url: str
    cache: Path
    token: str = field(default="", repr=False)
    hosts: frozenset[str] = frozenset()
    max_bytes: int = 2 * 1024**3
    cache_max_bytes: int = 50 * 1024**3
    timeout_s: int = 10
    deadline_s: int = 300
    miss_s: int = 30


@dataclass(frozen=True)
class Settings:
    """Both sources; one that is not configured is None."""

    folder: Path | None
    store: Store | None


def read_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Return what the environment variables say.

    Raises:
        ValueError: one of them is set to something that cannot be used; the message names it.
    """
    return Settings(folder=_folder(environ), store=_store(environ))


def _folder(environ: Mapping[str, str]) -> Path | None:
    given = {name: environ[name] for name in (DIR, PLAIN_DIR) if environ.get(name)}
    if not given:
        return None
    if len(set(given.values())) > 1:
        raise ValueError(f"{DIR} and {PLAIN_DIR} name different folders; set one of the two")
    name, value = next(iter(given.items()))
    folder = Path(value).expanduser()
    if not folder.is_absolute():
        # vLLM's processes need not all have the same current folder.
        raise ValueError(f"{name} must be an absolute path, not {value!r}")
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise ValueError(f"{name}: {value!r} {what}; make it, or leave the variable unset")
    if not os.access(folder, os.R_OK | os.X_OK):
        raise ValueError(f"{name}: {value!r} cannot be read by this user")
    return folder


def _store(environ: Mapping[str, str]) -> Store | None:
    url = environ.get(URL, "").strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port_is_a_number = parts.port is None or parts.port > 0
    except ValueError:
        parts, port_is_a_number = urlsplit(""), False
    if parts.scheme not in ("http", "https") or not parts.hostname or not port_is_a_number:
        # Not the value: an address may hold a password.
        raise ValueError(f"{URL} must be an address such as https://adapters.example.org/lora/")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError(f"{URL} must hold no user, password, query or fragment; see {TOKEN}")
    token = environ.get(TOKEN, "").strip()
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise ValueError(f"{TOKEN} must be printable ASCII without blanks")
    cache = Path(environ.get(CACHE_DIR) or DEFAULT_CACHE).expanduser()
    if not cache.is_absolute():
        raise ValueError(f"{CACHE_DIR} must be an absolute path, not {str(cache)!r}")
    if cache.exists() and not cache.is_dir():
        raise ValueError(f"{CACHE_DIR}: {str(cache)!r} is not a folder")
    hosts = {host.strip().lower() for host in environ.get(HOSTS, "").split(",")}
    return Store(
        url=url.rstrip("/") + "/",
        cache=cache,
        token=token,
        hosts=frozenset(hosts - {""}),
        max_bytes=_number(environ, MAX_BYTES, Store.max_bytes),
        cache_max_bytes=_number(environ, CACHE_MAX_BYTES, Store.cache_max_bytes),
        timeout_s=_number(environ, TIMEOUT, Store.timeout_s),
        deadline_s=_number(environ, DEADLINE, Store.deadline_s),
        miss_s=_number(environ, MISS, Store.miss_s),
    )


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name)
    if value is None:
        return default
    if not (value.isascii() and value.strip().isdecimal()) or int(value) == 0:
        raise ValueError(f"{name} must be a positive whole number, not {value!r}")
    return int(value)
