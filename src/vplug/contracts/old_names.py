"""Methods that vLLM's base classes have no more but vLLM calls where a plugin has them.

Read from ``vllm/plugins/io_processors/interface.py`` (``parse_data``, ``merge_sampling_params``,
``merge_pooling_params``) and ``vllm/entrypoints/pooling/pooling/serving.py``, since 0.20.0
``…/pooling/io_processor.py`` (``getattr(self.io_processor, "output_to_response", None)``) of each
release from 0.16.0 to 0.33.0.
"""

from __future__ import annotations

from dataclasses import dataclass

from vplug.contracts.store import ContractStore


@dataclass(frozen=True, slots=True)
class OldName:
    """A method called by its old name.

    Attributes:
        key: the base class's key in the contracts.
        name: the method.
        first: the first release whose base class has it no more.
        last: the last release that calls it.
        instead: what takes its place.
        by: the base class's methods that call it, up to ``last``.
        needed: whether those only raise NotImplementedError where a plugin has it not.
    """

    key: str
    name: str
    first: str
    last: str
    instead: str
    by: tuple[str, ...] = ()
    needed: bool = False


OLD_NAMES: tuple[OldName, ...] = (
    OldName(
        "IOProcessor",
        "parse_request",
        "0.17.0",
        "0.28.0",
        "parse_data",
        ("parse_data",),
        needed=True,
    ),
    OldName(
        "IOProcessor",
        "validate_or_generate_params",
        "0.17.0",
        "0.28.0",
        "merge_pooling_params and merge_sampling_params",
        ("merge_pooling_params", "merge_sampling_params"),
    ),
    OldName(
        "IOProcessor",
        "output_to_response",
        "0.17.0",
        "0.31.0",
        "post_process, whose result is the response's data",
    ),
)


def old_name(key: str, name: str) -> OldName | None:
    """Return the entry of a class's method, or ``None``."""
    return next((item for item in OLD_NAMES if (item.key, item.name) == (key, name)), None)


def called_by_old_name(store: ContractStore, key: str, name: str) -> int:
    """Return the mask of the releases whose base class has no ``name`` and that call it all the same."""
    found = old_name(key, name)
    if found is None:
        return 0
    from packaging.version import Version

    first, last = Version(found.first), Version(found.last)
    mask = 0
    for place, release in enumerate(store.releases):
        if first <= Version(release) <= last:
            mask |= 1 << place
    return mask
