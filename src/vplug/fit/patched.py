"""Names of vLLM that a plugin sets itself: a release need not have them.

``parallel_state._SP = group`` and ``sys.modules["vllm.attention.layer"] = stand_in`` put there what the
plugin's other code imports. Which runs first is not told here, so what is set so is no fault. What vLLM
has, or once had, is another matter: who replaces it imports it first, and fails where it is gone.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator

from vplug.analysis.callnames import CallNames
from vplug.analysis.modules import Module, Source
from vplug.analysis.patches import patches_in
from vplug.analysis.resolve import Resolver
from vplug.analysis.values import Evaluator
from vplug.analysis.words import SETTING
from vplug.contracts.store import ContractStore
from vplug.fit.fault import ReleaseFault

_IMPORTS = frozenset({"VP210", "VP211"})
#: The attributes that a line found by :data:`SETTING` may set.
_SET = re.compile(r"\.(\w+)[ \t]*(?=,|=(?!=))")
#: What else sets an attribute, by its name, and what puts a module of vLLM's into ``sys.modules``. One
#: pattern for each, which begins with what is searched for: an alternation is tried at every letter.
_SETATTR = re.compile(r"setattr[ \t]*\([^\n]*?['\"](\w+)['\"]")
_MODULES = re.compile(r"modules[ \t]*\[[ \t\n]*['\"]vllm\.(?:\w+\.)*(\w+)['\"]")


class OwnPatches:
    """What the modules that were read set of vLLM's.

    Args:
        resolver: over the target's modules.
        store: which names vLLM had.
    """

    def __init__(self, resolver: Resolver, store: ContractStore) -> None:
        self._resolver = resolver
        self._store = store
        self._names = CallNames(Evaluator(resolver))
        self._noted: dict[str, Module] = {}
        self._known = 0
        self._unread: dict[str, Module] = {}
        self._by_attribute: dict[str, list[Module]] = {}
        self._by_put: dict[str, list[Module]] = {}
        self._of: dict[str, tuple[frozenset[str], frozenset[str]]] = {}

    def without(self, faults: Iterable[ReleaseFault]) -> Iterator[ReleaseFault]:
        """Yield the faults but those of imports that take what the plugin sets itself."""
        for fault in faults:
            if (
                fault.code not in _IMPORTS
                or fault.symbol is None
                or not self._sets(fault.symbol, fault.releases)
            ):
                yield fault

    def may_set(self, name: str) -> bool:
        """Return whether a module that was read may set an attribute of that name, by its text."""
        self._note_read()
        return name in self._by_attribute or any(
            _sets_by_a_name(module, name) for module in self._noted.values()
        )

    def _sets(self, symbol: str, releases: int) -> bool:
        """Whether the plugin sets the name itself, or puts the module there that ``releases`` lack."""
        parts = symbol.split(".")
        self._note_read()
        module_name, _, name = symbol.rpartition(".")
        assigning = self._by_attribute.get(name, ())
        if assigning and not self._store.name(module_name, name).present:
            if any(symbol in self._set_in(module)[0] for module in assigning):
                return True
        putting = {m.name: m for part in parts[1:] for m in self._by_put.get(part, ())}
        if not putting:
            return False
        above = {".".join(parts[:end]) for end in range(2, len(parts) + 1)}
        above = {name for name in above if not self._store.module(name).present & releases}
        return any(above & self._set_in(module)[1] for module in putting.values())

    def _note_read(self) -> None:
        """Note what the modules may set that were read since."""
        parsed = self._resolver.finder.parsed
        if len(parsed) != self._known:
            self._known = len(parsed)
            new = parsed.keys() - self._noted.keys()
            self._unread = {
                name: parsed[name] for name in parsed if name in new and parsed[name].own
            }
        read = [name for name, module in self._unread.items() if module.was_read]
        for name in read:
            module = self._noted[name] = self._unread.pop(name)
            attributes, put = _leaves(module)
            for leaf in attributes:
                self._by_attribute.setdefault(leaf, []).append(module)
            for leaf in put:
                self._by_put.setdefault(leaf, []).append(module)

    def _set_in(self, module: Module) -> tuple[frozenset[str], frozenset[str]]:
        """The names that a module sets, and the modules that it puts into ``sys.modules``."""
        known = self._of.get(module.name)
        if known is None:
            found = patches_in(module, self._names)
            put = {patch.name for patch in found if isinstance(patch.node, ast.Subscript)}
            known = frozenset(patch.name for patch in found) - put, frozenset(put)
            self._of[module.name] = known
        return known


def _leaves(module: Module) -> tuple[frozenset[str], frozenset[str]]:
    """The last parts of attributes and of modules of vLLM's that a module may set, by its text."""
    source = module.source
    if not isinstance(source, Source) or "vllm" not in source.text:
        return frozenset(), frozenset()
    text = source.plain_text
    attributes: set[str] = set()
    for match in source.matches(SETTING):
        line_end = text.find("\n", match.end())
        attributes.update(_SET.findall(text[match.start() : line_end if line_end >= 0 else None]))
    return frozenset(attributes).union(_SETATTR.findall(text)), frozenset(_MODULES.findall(text))


def _sets_by_a_name(module: Module, name: str) -> bool:
    """Whether a module gives ``setattr`` a name that it works out, and spells this one in quotes."""
    source = module.source
    text = source.text if isinstance(source, Source) else ""
    return (
        "setattr" in text
        and (f'"{name}"' in text or f"'{name}'" in text)
        and re.search(r"\bsetattr\(\s*[\w.]+\s*,\s*[^'\"\s]", text) is not None
    )
