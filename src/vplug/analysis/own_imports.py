"""Imports of a package's own modules and names that are not there."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from vplug.analysis.bindings import BindingKind
from vplug.analysis.built import BuiltModules
from vplug.analysis.guards import Guard
from vplug.analysis.imported import Import
from vplug.analysis.modules import Module, ModuleFinder, ModuleKind, Source, SyntaxFault
from vplug.analysis.resolve import Resolver, Status, absolute
from vplug.discovery.declared import parse_requirement
from vplug.discovery.target import Target
from vplug.errors import Unreadable
from vplug.model import Location

#: What puts modules where no file is: whoever writes these words may answer any import.
_FINDERS = ("meta_path", "MetaPathFinder", "path_hooks")
#: A module put into the table of those imported: under a name that is written, or a computed one.
_INSTALLS = re.compile(
    r"""\bmodules\s*(?:\[|\.setdefault\(|\.update\()\s*(?:["'](?P<name>[\w.]+)["'])?"""
)
_THERE = (ModuleKind.SOURCE, ModuleKind.COMPILED, ModuleKind.NAMESPACE)
#: ``setattr`` on a module rather than on ``self``.
_SETS = re.compile(r"\bsetattr\(\s*(?:sys\.|\w*mod(?:ule)?\w*\s*,|importlib|__import__|this\b)")


@dataclass(frozen=True, slots=True)
class Lack:
    """What an import of something of the package's own ends in.

    Attributes:
        message: the fact, a clause.
        error: what Python raises, as it words it.
        is_module: whether a module is missing, so that ``ModuleNotFoundError`` is raised; else a name.
        hint: the mend, where one is likely.
        doubt: why it cannot be told after all; empty where it is sure.
        parses: ``False`` where the module is there and is no valid Python.
        location: where the fault itself is, if not at the import.
    """

    message: str
    error: str
    is_module: bool
    hint: str | None = None
    doubt: str = ""
    parses: bool = True
    location: Location | None = None

    def is_caught(self, guard: Guard) -> bool:
        """Return whether what is around the import catches what it ends in.

        A handler for ``ImportError`` lets a ``SyntaxError`` pass, but one for all that may go wrong
        counts as the same guard: such a fault is left to the rule on syntax.
        """
        return guard is Guard.ALL or (guard is Guard.MODULE and self.is_module)


class OwnImports:
    """Tells which imports of a target's own modules and names fail.

    Args:
        target: whose modules they are.
        resolver: over them.
    """

    def __init__(self, target: Target, resolver: Resolver) -> None:
        self._target = target
        self._resolver = resolver
        self._built = BuiltModules(target)
        self._known: dict[tuple[str, str | None], Lack | None] = {}
        self._texts: dict[str, str] = {}
        self._hooks: dict[str, tuple[str, ...]] = {}

    @property
    def finder(self) -> ModuleFinder:
        """Finds the target's modules."""
        return self._resolver.finder

    def lack(self, item: Import, *, parse: bool = True) -> Lack | None:
        """Return what an import ends in; ``None`` where it works, or is not of the target's own.

        Other distributions' modules are not asked after: whether they are there is the
        environment's matter.

        Args:
            item: the import.
            parse: ``False`` to take a name to be there where the text of a module that was not read
                yet holds it as a word: parsing what nothing reaches costs more than it tells.
        """
        key = (item.module, item.name)
        if key not in self._known:
            if not parse and item.name is not None and self._holds(item.module, item.name):
                return None
            self._known[key] = self._lack(item.module, item.name)
        return self._known[key]

    def _holds(self, module_name: str, name: str) -> bool:
        """Whether the text of an unread module holds a word, or a submodule is called so."""
        module = self.finder.find(module_name)
        if module.kind is not ModuleKind.SOURCE or module.was_read or module.tree is None:
            return False
        if module.is_package and self.finder.find(f"{module_name}.{name}").kind in _THERE:
            return True
        text = self._texts.get(module.path)
        if text is None:
            try:
                text = module.tree.read(module.path).decode("utf-8", errors="replace")
            except Unreadable:
                text = ""
            self._texts[module.path] = text
        return _has_word(text, name)

    def _lack(self, module_name: str, name: str | None) -> Lack | None:
        top = module_name.partition(".")[0]
        if not self._is_own(top):
            return None
        module = self.finder.find(module_name)
        if not module.own:
            return None
        if module.kind is ModuleKind.MISSING:
            return self._missing_module(module.missing_part or module_name, module_name)
        if name is None:
            return broken(module)
        if self._asks_itself(module, name):
            inner = self.finder.find(f"{module_name}.{name}")
            return self._missing_name(module, name) if inner.kind not in _THERE else broken(inner)
        found = self._resolver.imported(module_name, name)
        if found.status is not Status.MISSING or self._binds(module, name):
            inner = self.finder.find(f"{module_name}.{name}")
            return broken(inner if inner.kind is ModuleKind.SOURCE and inner.own else module)
        return self._missing_name(module, name)

    def _is_own(self, top: str) -> bool:
        """Whether a top-level name is the target's, rather than a folder that is called like it."""
        if top in self._tops:
            return True
        module = self.finder.find(top)
        return (
            module.own
            and module.kind is ModuleKind.SOURCE
            and module.is_package
            and top not in self._required
        )

    @cached_property
    def _tops(self) -> frozenset[str]:
        return frozenset(
            entry_point.module.partition(".")[0]
            for entry_point in self._target.distribution.entry_points
            if entry_point.module
        )

    @cached_property
    def _required(self) -> frozenset[str]:
        parsed = (parse_requirement(text) for text in self._target.distribution.requires)
        return frozenset(item[0].replace("-", "_") for item in parsed if item is not None)

    def _binds(self, module: Module, name: str) -> bool:
        """Whether a module binds a name by an import that fails: the fault is told there."""
        source = module.source
        return isinstance(source, Source) and bool(source.bindings.get(name))

    def _asks_itself(self, module: Module, name: str) -> bool:
        """Whether a package binds a name by `from . import name` alone: then it must be a module."""
        source = module.source
        if not module.is_package or not isinstance(source, Source):
            return False
        found = source.bindings.get(name)
        if source.bindings.stars or source.bindings.dynamic or source.bindings.get("__getattr__"):
            return False
        return bool(found) and all(
            binding.kind is BindingKind.FROM
            and binding.imported == name
            and absolute(module, binding.module, binding.level) == module.name
            for binding in found
        )

    def _missing_module(self, name: str, whole: str) -> Lack:
        parent_name, _, leaf = name.rpartition(".")
        parent = self.finder.find(parent_name) if parent_name else None
        is_package = parent is not None and parent.is_package
        message = f"there is no module {name}"
        if parent is not None and not is_package:
            message += f": {parent_name} is no package"
        hint = None
        if parent is not None and is_package:
            close = difflib.get_close_matches(leaf, _inside(parent), n=1, cutoff=0.6)
            hint = f"did you mean {parent_name}.{close[0]}?" if close else None
        error = f"ModuleNotFoundError: No module named {name!r}"
        return Lack(message, error, True, hint, self._doubt(name, parent, whole))

    def _missing_name(self, module: Module, name: str) -> Lack:
        names = _inside(module) if module.is_package else []
        if isinstance(module.source, Source):
            names += list(module.source.bindings.by_name)
        close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
        doubt = ""
        if module.is_package:  # it may be a module that is yet to be made
            doubt = self._doubt(f"{module.name}.{name}", module)
        doubt = doubt or self._bound_elsewhere(module, name)
        return Lack(
            f"{module.name} has no {name}",
            f"ImportError: cannot import name {name!r} from {module.name!r}",
            False,
            f"did you mean {close[0]}?" if close else None,
            doubt,
        )

    def _doubt(self, name: str, parent: Module | None, whole: str = "") -> str:
        """Why a module that no file holds may be there all the same; empty where it is not."""
        why = self._built.why(name, whole)
        if why is not None:
            return why
        leaf = name.rpartition(".")[2]
        if parent is not None and self._built.has_source(parent.folders, leaf):
            return f"a source of {leaf} in another language lies beside it"
        current = parent
        while current is not None:
            if current.kind is ModuleKind.NAMESPACE and "." not in current.name:
                others = [n for n in self._required if n.startswith(f"{current.name}_")]
                if others:
                    return f"{others[0]} may hold a part of the namespace {current.name}"
            elif "__path__" in _text(current):
                return f"{current.name} changes where its modules are looked for"
            above = current.name.rpartition(".")[0]
            current = self.finder.find(above) if above else None
        for module in self._read:
            for given in self._put_in_place(module):
                if not given:
                    return f"{module.name} puts modules in place when it runs"
                if f"{name}.".startswith(f"{given}."):
                    return f"{module.name} puts {given} into sys.modules"
        return ""

    def _put_in_place(self, module: Module) -> tuple[str, ...]:
        """The modules that one puts into ``sys.modules``; an empty name for those not to be told."""
        known = self._hooks.get(module.name)
        if known is None:
            text = _text(module)
            found = []
            if any(word in text for word in _FINDERS):
                found.append("")
            if "sys.modules" in text or "import modules" in text:
                for match in _INSTALLS.finditer(text):
                    if match["name"] is not None:
                        found.append(match["name"])
                    elif not _reads_only(text, match.start()):
                        found.append("")
            known = self._hooks[module.name] = tuple(found)
        return known

    def _bound_elsewhere(self, module: Module, name: str) -> str:
        """Why a module may have a name that it does not bind itself; empty where it has not."""
        if _SETS.search(_text(module)):
            return f"{module.name} sets attributes of modules"
        word = re.compile(
            rf"\.{re.escape(name)}\s*(?::[^=\n]+)?=[^=]|setattr\([^\n]*['\"]{name}['\"]"
        )
        for other in self._read:
            if other.name != module.name and name in _text(other) and word.search(_text(other)):
                return f"{other.name} sets an attribute {name}"
        return ""

    @property
    def _read(self) -> Iterator[Module]:
        """The own modules whose source has been read: those that loading the plugins reaches."""
        for module in list(self.finder.parsed.values()):
            if module.own and module.was_read:
                yield module


def broken(module: Module) -> Lack | None:
    """Return what importing a module that does not parse ends in; ``None`` for all others."""
    source = module.source if module.kind is ModuleKind.SOURCE else None
    if not isinstance(source, SyntaxFault):
        return None
    return Lack(
        f"{module.name} {source.message}",
        f"SyntaxError: {module.name} {source.message}",
        False,
        "mend the syntax",
        parses=False,
        location=source.location,
    )


def _has_word(text: str, word: str) -> bool:
    """Whether a text holds a word; a pattern for each of hundreds would have to be compiled."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        if not (_is_letter(text[at - 1 : at]) or _is_letter(text[end : end + 1])):
            return True
        at = text.find(word, end)
    return False


def _is_letter(text: str) -> bool:
    return text == "_" or text.isalnum()


def _inside(package: Module) -> list[str]:
    """The names of a package's modules."""
    names = {
        name.removesuffix(".py")
        for tree, folder in package.folders
        for name in tree.listdir(folder)
        if name.endswith(".py") or "." not in name
    }
    return sorted(names - {"__init__", "__pycache__"})


def _text(module: Module) -> str:
    source = module.source if module.kind is ModuleKind.SOURCE else None
    return source.text if isinstance(source, Source) else ""


def _reads_only(text: str, start: int) -> bool:
    """Whether ``sys.modules[…]`` at ``start`` is read, or is the module's own place in the table."""
    line = text[start : text.find("\n", start) if "\n" in text[start:] else len(text)]
    if line.startswith("modules[__name__]"):
        return True
    return line.startswith("modules[") and not re.search(r"\]\s*=[^=]", line)
