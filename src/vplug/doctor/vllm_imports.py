"""Imports from the installed vLLM that end in an exception: what it has no more, or not yet.

Read from the files of the vLLM that is there, not from what its release is known to offer: builds for
other devices differ from it.
"""

from __future__ import annotations

from vplug.analysis.imported import Import
from vplug.analysis.modules import ModuleKind
from vplug.analysis.resolve import Status
from vplug.doctor.surroundings import Code, Surroundings

#: Written when vLLM is built, so that one built by hand may do without.
_WRITTEN_BY_BUILDS = frozenset({"vllm._version", "vllm.version"})


def missing_in_vllm(item: Import, code: Code, surroundings: Surroundings) -> str | None:
    """Return the exception that importing something from vLLM surely ends in, or ``None``.

    Nothing is said where code that was not run may add modules, of compiled modules, and of names that
    a module binds at run time.
    """
    vllm = surroundings.installed.vllm
    if vllm is None or surroundings.has_hooks or item.module in _WRITTEN_BY_BUILDS:
        return None
    found = code.finder.find(item.module)
    if found.kind is ModuleKind.MISSING:
        return f"ModuleNotFoundError: No module named {found.missing_part!r}"
    if item.name is None or found.kind is not ModuleKind.SOURCE:
        return None
    bound = code.resolver.imported(item.module, item.name)
    inner = code.finder.find(f"{item.module}.{item.name}") if found.is_package else None
    if bound.status is not Status.MISSING or (inner is not None and inner.kind in _THERE):
        return None
    if bound.module is None:
        # It is bound there by an import of its own, from what is not there.
        return f"ImportError: {bound.reason}" if bound.reason else None
    return f"ImportError: cannot import name {item.name!r} from {item.module!r}"


_THERE = (ModuleKind.SOURCE, ModuleKind.COMPILED, ModuleKind.NAMESPACE)
