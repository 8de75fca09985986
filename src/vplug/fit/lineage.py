"""A class of the package as it is judged: its own classes, and the contracts that it derives from."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from vplug.analysis.ancestry import Ancestry, ancestry, class_functions
from vplug.analysis.modules import Module
from vplug.analysis.resolve import Resolver
from vplug.contracts.curated import BASE_OF
from vplug.fit.masks import Masks

_HARMLESS = ("builtins.", "abc.", "typing.", "typing_extensions.", "enum.", "dataclasses.")

Function = ast.FunctionDef | ast.AsyncFunctionDef
#: A function with the class and module that it stands in.
Placed = tuple[Module, ast.ClassDef, Function]


@dataclass(frozen=True)
class JudgedClass:
    """A class of the package with its ancestry, vLLM's own classes taken off.

    Attributes:
        module: the module that defines it.
        node: the class.
        lineage: its own ancestors, and the names they end in.
        keys: the contracts that it derives from.
        doubt: why only running would tell what it derives from.
        hidden: whether a class of vLLM's that is in no contract is asked before one that is.
    """

    module: Module
    node: ast.ClassDef
    lineage: Ancestry
    keys: tuple[str, ...]
    doubt: str | None
    hidden: bool = False

    @cached_property
    def functions(self) -> list[Placed]:
        """The functions of its own classes in order."""
        return [
            (module, node, function)
            for module, node in self.lineage.own
            for function in class_functions(node)
        ]

    @cached_property
    def overriding(self) -> list[Placed]:
        """The function that each name leads to.

        One that a class defines more than once, under conditions, is left out: which of them runs
        is not told here.
        """
        found: list[Placed] = []
        seen: set[str] = set()
        for _, group in groupby(self.functions, key=lambda placed: id(placed[1])):
            placed = list(group)
            times = Counter(function.name for _, _, function in placed)
            for item in reversed(placed):
                name = item[2].name
                if name not in seen and times[name] == 1:
                    found.append(item)
                seen.add(name)
        return found


def read_class(module: Module, node: ast.ClassDef, resolver: Resolver, masks: Masks) -> JudgedClass:
    """Return a class of ``module`` with its ancestry and the contracts that it derives from."""
    whole = ancestry(resolver, module, node)
    theirs = [
        (m, n) for m, n in whole.own if _is_vllm(m.name) and not resolver.finder.brings(m.name)
    ]
    own = [(m, n) for m, n in whole.before(_is_vllm) if (m, n) not in theirs]
    names = list(whole.external)
    names += [f"{m.name}.{n.name}" for m, n in theirs]
    keys = list(dict.fromkeys(key for name in names if (key := masks.store.class_key(name))))
    # With vLLM's own modules at hand the whole chain is there: the nearest class says it all.
    above = {BASE_OF[key] for key in keys if key in BASE_OF}
    keys = [key for key in keys if key not in above]
    strangers = [
        name
        for name in names
        if not masks.store.class_key(name) and not name.startswith(_HARMLESS) and not _is_vllm(name)
    ]
    doubt = whole.doubts[0].reason if whole.doubts else None
    if doubt is None and strangers:
        doubt = f"it also derives from {strangers[0]}"
    lineage = Ancestry(own, whole.external, whole.doubts)
    return JudgedClass(module, node, lineage, tuple(keys), doubt, _hides(whole, theirs, masks))


def _hides(whole: Ancestry, theirs: list[tuple[Module, ast.ClassDef]], masks: Masks) -> bool:
    """Whether Python asks a class of vLLM's that is in no contract before one that is."""
    named = {id(node): f"{module.name}.{node.name}" for module, node in theirs}
    names = [named.get(item, "") if isinstance(item, int) else item for item in whole.order]
    known = [bool(masks.store.class_key(name)) for name in names if _is_vllm(name)]
    return not whole.order or (True in known and False in known[: known.index(True)])


def _is_vllm(name: str) -> bool:
    return name == "vllm" or name.startswith("vllm.")


def is_defined_twice(read: JudgedClass, name: str) -> bool:
    """Return whether an own class defines ``name`` more than once: under conditions."""
    owners = [id(node) for _, node, function in read.functions if function.name == name]
    return len(owners) > len(set(owners))
