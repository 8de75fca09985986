"""The package ``vllm`` as files, its modules, their scopes, and where each name ultimately leads."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Mapping
from functools import cached_property

from vplug.contracts.generated import REPLACED
from vplug.contracts.lazynames import lazy_names
from vplug.contracts.scope import VALUED, Origin, Scope, read_scope
from vplug.contracts.surface import CONDITIONAL, OUTSIDE, PRESENT, TYPING, VALUE, ModuleSurface

_ROOT = "vllm"
_DEPTH = 30
#: Flags from the surest to the least.
_RANK = {PRESENT: 0, CONDITIONAL: 1, TYPING: 2}
_Named = dict[str, tuple[str, Origin]]


class Package:
    """One release's ``vllm`` package.

    Args:
        files: the Python files by path, ``vllm/…``.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._scopes: dict[str, Scope | None] = {}
        self._trees: dict[str, ast.Module] = {}
        self._names: dict[str, tuple[_Named, str]] = {}
        self._in_work: set[str] = set()

    @cached_property
    def modules(self) -> dict[str, str]:
        """Every module, with its path; the path is empty for a namespace package."""
        found: dict[str, str] = {}
        for path in sorted(self._files):
            if not path.endswith(".py"):
                continue
            parts = path[:-3].split("/")
            if parts[0] != _ROOT or not all(part.isidentifier() for part in parts):
                continue
            if parts[-1] == "__init__":
                parts.pop()
            name = ".".join(parts)
            # A package wins over a module of the same name, as for the import system.
            if path.endswith("/__init__.py") or name not in found or not found[name]:
                found[name] = path
            for end in range(1, len(parts)):
                found.setdefault(".".join(parts[:end]), "")
        return found

    def is_package(self, module: str) -> bool:
        """Return whether ``module`` has submodules of its own."""
        path = self.modules[module]
        return not path or path.endswith("/__init__.py")

    def tree(self, module: str) -> ast.Module:
        """Return a module's syntax tree; empty where it does not parse or has no file."""
        known = self._trees.get(module)
        if known is None:
            known = self._parse(module) or ast.Module(body=[], type_ignores=[])
            self._trees[module] = known
        return known

    def _parse(self, module: str) -> ast.Module | None:
        path = self.modules.get(module, "")
        if not path:
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return ast.parse(self._files[path], filename=path)
        except (SyntaxError, ValueError, RecursionError):
            return None

    def scope(self, module: str) -> Scope | None:
        """Return what a module's top level binds; ``None`` where it has no file or does not parse."""
        if module not in self._scopes:
            tree = self._parse(module)
            source = self._files[self.modules[module]] if tree is not None else b""
            scope = (
                read_scope(tree, source, module, self.is_package(module))
                if tree is not None
                else None
            )
            if scope is not None and tree is not None and scope.getattr is not None:
                self._trees[module] = tree
            self._scopes[module] = scope
        return self._scopes[module]

    def names(self, module: str) -> tuple[_Named, str]:
        """Return a module's names, each with its flag and origin, and why it is open."""
        known = self._names.get(module)
        if known is None:
            if module in self._in_work:  # a circle of star imports adds nothing the second time
                return {}, ""
            self._in_work.add(module)
            known = self._work_out(module)
            self._in_work.discard(module)
            self._names[module] = known
        return known

    def _work_out(self, module: str) -> tuple[_Named, str]:
        scope = self.scope(module)
        if scope is None:
            return {}, "does not parse" if self.modules[module] else ""
        named: _Named = {}
        reason = scope.dynamic
        if module in REPLACED:
            reason = "the build replaces it"
        for origins, flag in (
            (scope.bound.firm, PRESENT),
            (scope.bound.loose, CONDITIONAL),
            (scope.bound.typing, TYPING),
        ):
            for name, origin in origins.items():
                _offer(named, name, flag, origin)
        for star, flag in scope.stars:
            reason = self._expand(named, star, flag) or reason
        if scope.getattr is not None:
            package = module if self.is_package(module) else module.rpartition(".")[0]
            lazy = lazy_names(scope.getattr, self.tree(module), package, scope.exports)
            reason = lazy.open or reason
            for name, (surely, target) in lazy.names.items():
                origin = Origin("from", *target) if target else VALUED
                _offer(named, name, PRESENT if surely else CONDITIONAL, origin)
        elif scope.getattr_odd:
            reason = "__getattr__ is computed"
        return named, reason

    def _expand(self, named: _Named, star: str, flag: str) -> str:
        """Add what ``from star import *`` brings; return why that can't be told in full."""
        if star not in self.modules:
            return f"star-imports {star}"
        brought, reason = self.names(star)
        scope = self.scope(star)
        if scope is not None and scope.exports_computed:
            reason = reason or f"star-imports {star}, whose __all__ is computed"
        elif scope is not None and scope.exports is not None:
            for name in scope.exports:
                own = brought.get(name, (PRESENT, Origin("from", star, name)))[0]
                _offer(
                    named, name, max(own, flag, key=_RANK.__getitem__), Origin("from", star, name)
                )
            return ""  # __all__ is the whole truth
        for name, (own, _) in brought.items():
            if not name.startswith("_") and own != TYPING:
                worse = max(own, flag, key=_RANK.__getitem__)
                _offer(named, name, worse, Origin("from", star, name))
        return reason

    def definition(self, module: str, name: str, depth: int = 0) -> str:
        """Return the full name of what ``module.name`` is; :data:`OUTSIDE` where vLLM has it not."""
        direct = f"{module}.{name}" if name else module
        if module != _ROOT and not module.startswith(_ROOT + "."):
            return OUTSIDE
        if not name or module not in self.modules or depth > _DEPTH:
            return direct
        found = self.names(module)[0].get(name)
        if found is None:
            return direct
        origin = found[1]
        match origin.kind:
            case "import":
                return self.definition(origin.module, "", depth + 1)
            case "from":
                if (origin.module, origin.name) == (module, name):
                    return direct  # `from . import sub` in the package itself
                return self.definition(origin.module, origin.name, depth + 1)
            case "alias":
                if origin.name == name or origin.name not in self.names(module)[0]:
                    return direct
                return self.definition(module, origin.name, depth + 1)
            case _:
                return direct

    def surface(self, module: str) -> ModuleSurface:
        """Return a module as a release's surface has it."""
        named, reason = self.names(module)
        found: dict[str, tuple[str, str]] = {}
        for name in sorted(named):
            flag, origin = named[name]
            if origin.kind == "defined":
                found[name] = (flag, "")
            elif origin.kind == "value":
                found[name] = (flag, VALUE)
            else:
                target = self.definition(module, name)
                found[name] = (flag, VALUE if target == f"{module}.{name}" else target)
        return ModuleSurface(found, reason)


def _offer(named: _Named, name: str, flag: str, origin: Origin) -> None:
    known = named.get(name)
    if known is None or _RANK[flag] < _RANK[known[0]]:
        named[name] = (flag, origin)
