"""Following a name to its definition: re-exports, star imports, aliases, lazy ``__getattr__``."""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass, field, replace
from enum import StrEnum

from vplug.analysis.bindings import Binding, BindingKind, imports_in
from vplug.analysis.lazy import LazyAnswer, ask_getattr
from vplug.analysis.modules import Module, ModuleFinder, ModuleKind, Source, SyntaxFault
from vplug.model import Location

_DEPTH = 40
#: What the import system itself binds in every module.
_OF_MODULES = frozenset(
    {"__annotations__", "__builtins__", "__cached__", "__dict__", "__doc__"}
    | {"__file__", "__loader__", "__name__", "__package__", "__spec__"}
)
#: A module's name and a name in it.
_Question = tuple[str, str]
#: Larger than any chain: no question has been asked again.
_NO_CIRCLE = 1 << 30
#: How many modules are looked at for one that imports a package's submodule.
_SUBMODULE_SEARCH = 50


class Status(StrEnum):
    """How sure the answer is."""

    FOUND = "found"
    MISSING = "missing"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


class Kind(StrEnum):
    """What a name holds."""

    FUNCTION = "function"
    CLASS = "class"
    MODULE = "module"
    VALUE = "value"


@dataclass(frozen=True)
class Resolution:
    """Where a name leads.

    Attributes:
        status: found, missing, in another distribution (``external``), or not to be told.
        kind: what was found; for values that only running would tell, ``VALUE``.
        node: the definition: a function, lambda, class, or the value's expression.
        module: the module that defines it.
        owner: for a method, the class it stands in.
        name: its name there; for ``external``, its full dotted name.
        reason: why it is missing or cannot be told.
        at: the place that the reason speaks of.
        alternatives: other definitions of the name in other arms (``try``/``except``, ``if``).
        conditional: whether no definition of it is sure to run.
    """

    status: Status
    kind: Kind | None = None
    node: ast.AST | None = field(default=None, compare=False)
    module: Module | None = None
    owner: ast.ClassDef | None = field(default=None, compare=False)
    name: str = ""
    reason: str = ""
    at: Location | None = None
    alternatives: tuple[Resolution, ...] = ()
    conditional: bool = False

    @property
    def location(self) -> Location | None:
        """The definition's place, where there is one."""
        return self.module.at(self.node) if self.module is not None and self.node else self.at

    @property
    def qualified_name(self) -> str:
        """The definition's full dotted name."""
        if self.module is None or self.status is Status.EXTERNAL:
            return self.name
        return f"{self.module.name}.{self.name}" if self.name else self.module.name


def unknown(reason: str, at: Location | None = None) -> Resolution:
    """Return a resolution that says it cannot tell, and why."""
    return Resolution(Status.UNKNOWN, reason=reason, at=at)


class Resolver:
    """Resolves names over one finder's modules."""

    def __init__(self, finder: ModuleFinder) -> None:
        self.finder = finder
        self._known: dict[_Question, Resolution] = {}
        # Questions being answered, by their place in the chain; what was answered with the help of
        # one of them, and the first such place; the first place asked again so far.
        self._open: dict[_Question, int] = {}
        self._tentative: dict[_Question, tuple[Resolution, int]] = {}
        self._circle = _NO_CIRCLE
        #: Each module's imports, as :func:`vplug.analysis.imports.module_imports` keeps them.
        self.read_imports: dict[str, object] = {}
        #: As those, by :func:`vplug.analysis.imports.outlined_imports`.
        self.read_outlines: dict[str, object] = {}
        #: How many modules are read to tell whether an import that is caught works.
        self.guarded_depth = 0
        self._submodules: dict[str, tuple[tuple[str, str | None], ...]] = {}

    def entry_point(self, module_name: str, attr: str | None) -> Resolution:
        """Return what ``module:attr`` of an entry point leads to, as ``EntryPoint.load`` goes."""
        module = self.finder.find(module_name)
        found = self.module(module)
        for part in (attr or "").split(".") if attr else ():
            if found.status is not Status.FOUND:
                return found
            found = self.member(found, part)
        return found

    def module(self, module: Module) -> Resolution:
        """Return the resolution of a module itself."""
        if module.kind is ModuleKind.EXTERNAL:
            return Resolution(Status.EXTERNAL, Kind.MODULE, name=module.name)
        if module.kind is ModuleKind.MISSING:
            return Resolution(
                Status.MISSING, name=module.name, reason=f"there is no module {module.missing_part}"
            )
        return Resolution(Status.FOUND, Kind.MODULE, module=module)

    def member(self, owner: Resolution, name: str) -> Resolution:
        """Return the attribute ``name`` of what ``owner`` found."""
        if owner.status is Status.EXTERNAL:
            return Resolution(Status.EXTERNAL, name=f"{owner.name}.{name}")
        if owner.status is not Status.FOUND:
            return owner
        if owner.kind is Kind.MODULE and owner.module is not None:
            return self.name(owner.module, name)
        if owner.kind is Kind.CLASS and isinstance(owner.node, ast.ClassDef) and owner.module:
            from vplug.analysis.members import class_member

            return class_member(self, owner.module, owner.node, name)
        return unknown(f"{name} is an attribute of something computed at run time", owner.location)

    def name(self, module: Module, name: str, depth: int = 0) -> Resolution:
        """Return what the global ``name`` of ``module`` leads to."""
        key = (module.name, name)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            self._circle = min(self._circle, self._open[key])
            return unknown(f"{module.name}.{name} is imported in a circle")
        if key in self._tentative:
            found, place = self._tentative[key]
            self._circle = min(self._circle, place)
            return found
        if depth > _DEPTH:
            self._circle = 0  # asked by itself, it may well be answered
            return unknown("the chain of imports is too long or goes in a circle")
        place = len(self._open)
        before, self._circle = self._circle, _NO_CIRCLE
        self._open[key] = place
        try:
            found = self._name(module, name, depth)
        finally:
            del self._open[key]
        self._keep(key, found, place)
        self._circle = min(self._circle, before)
        return found

    def _keep(self, key: _Question, found: Resolution, place: int) -> None:
        """Remember an answer; one that hangs on an open question only until that is answered."""
        if self._circle < place:
            self._tentative[key] = (found, self._circle)
            return
        self._known[key] = found
        self._circle = _NO_CIRCLE
        self._tentative = {k: v for k, v in self._tentative.items() if v[1] < place}

    def _name(self, module: Module, name: str, depth: int) -> Resolution:
        if module.kind is ModuleKind.COMPILED:
            return unknown(f"{module.name} is an extension module: its names can't be read")
        if module.kind is ModuleKind.NAMESPACE:
            return self._submodule(module, name)
        source = module.source
        if not isinstance(source, Source):
            at = source.location if isinstance(source, SyntaxFault) else None
            return unknown(f"{module.path or module.name} {source.message}", at)
        bindings = source.bindings.get(name)
        if bindings:
            return self._bindings(module, bindings, depth)
        if name in _OF_MODULES or (name == "__path__" and module.is_package):
            return Resolution(Status.FOUND, Kind.VALUE, module=module, name=name)
        from_star = self._stars(module, source, name, depth)
        if from_star is not None and from_star.status is Status.FOUND:
            return from_star
        lazy = self._lazy(module, source, name, depth)
        if lazy is not None:
            return lazy
        if from_star is not None:
            return from_star
        if module.is_package:
            submodule = self._submodule(module, name)
            if submodule.status is not Status.MISSING and self._is_imported(module, name):
                return submodule
        if source.bindings.dynamic is not None:
            return unknown(
                f"{module.name} binds names at run time", module.at(source.bindings.dynamic)
            )
        return Resolution(
            Status.MISSING,
            module=module,
            name=name,
            reason=f"{module.name} defines no {name}",
            at=module.at(None),
        )

    def _is_imported(self, package: Module, name: str) -> bool:
        """Whether importing a package imports its submodule ``name``: only then is it an attribute."""
        wanted = f"{package.name}.{name}"
        queue: list[str] = [package.name]
        seen: set[str] = set()
        while queue and len(seen) < _SUBMODULE_SEARCH:
            current = queue.pop()
            if current in seen:
                continue
            seen.add(current)
            module = self.finder.find(current)
            if module.kind is not ModuleKind.SOURCE or not module.own:
                continue
            for base, taken in self._taken(module):
                full = f"{base}.{taken}" if taken else base
                if f"{base}.".startswith(f"{wanted}.") or full == wanted:
                    return True
                queue += [base, full]
        return False

    def _taken(self, module: Module) -> tuple[tuple[str, str | None], ...]:
        """What a module's top level imports, read once: no conditions, so no further names."""
        known = self._submodules.get(module.name)
        if known is None:
            source = module.source
            body = source.tree.body if isinstance(source, Source) else []
            pairs: list[tuple[str, str | None]] = []
            for node in imports_in(body):
                if isinstance(node, ast.Import):
                    pairs += [(alias.name, None) for alias in node.names]
                    continue
                base = absolute(module, node.module or "", node.level)
                if base is not None:
                    pairs += [(base, None if a.name == "*" else a.name) for a in node.names]
            known = self._submodules[module.name] = tuple(pairs)
        return known

    def _submodule(self, module: Module, name: str) -> Resolution:
        found = self.module(self.finder.find(f"{module.name}.{name}"))
        if found.status is Status.MISSING:
            return replace(
                found,
                module=module,
                name=name,
                reason=f"{module.name} defines no {name}",
                at=module.at(None) if module.path else None,
            )
        return found

    def name_before(self, module: Module, name: str, node: ast.stmt) -> Resolution | None:
        """Return what the global ``name`` held before the statement ``node`` bound it anew.

        ``None`` where nothing bound it: then the name leads to a builtin, or nowhere.
        """
        source = module.source
        bindings = source.bindings.by_name.get(name, ()) if isinstance(source, Source) else ()
        live = [
            binding
            for binding in bindings
            if not binding.typing_only
            and getattr(binding.statement, "lineno", node.lineno) < node.lineno
        ]
        firm = [binding for binding in live if not binding.conditional]
        earlier = [*firm[-1:], *(binding for binding in live if binding.conditional)]
        return self._bindings(module, earlier, 0) if earlier else None

    def _bindings(self, module: Module, bindings: list[Binding], depth: int) -> Resolution:
        answers = [self._binding(module, binding, depth) for binding in bindings]
        # A found definition beats one that leads out or cannot be told: any arm may be the one.
        order = {Status.FOUND: 0, Status.EXTERNAL: 1, Status.UNKNOWN: 2, Status.MISSING: 3}
        ranked = sorted(answers, key=lambda answer: order[answer.status])
        best = ranked[0] if bindings[0].conditional or len(bindings) > 1 else answers[0]
        return replace(
            best,
            # Those of what an import leads to are its own as well.
            alternatives=(
                *best.alternatives,
                *(answer for answer in answers if answer is not best),
            ),
            conditional=all(binding.conditional for binding in bindings),
        )

    def _binding(self, module: Module, binding: Binding, depth: int) -> Resolution:
        match binding.kind:
            case BindingKind.FUNCTION:
                return Resolution(
                    Status.FOUND, Kind.FUNCTION, binding.node, module, name=binding.name
                )
            case BindingKind.CLASS:
                return Resolution(Status.FOUND, Kind.CLASS, binding.node, module, name=binding.name)
            case BindingKind.IMPORT:
                return self._located(
                    self.module(self.finder.find(binding.module)), module, binding.statement
                )
            case BindingKind.FROM:
                base = absolute(module, binding.module, binding.level)
                found = self.imported(base, binding.imported, depth + 1)
                return self._located(found, module, binding.statement)
            case _:
                return self._value(module, binding, depth)

    def _located(self, found: Resolution, module: Module, statement: ast.AST) -> Resolution:
        """A failure stands where the import stands that leads to it."""
        if found.status in (Status.MISSING, Status.EXTERNAL) and found.at is None:
            return replace(found, at=module.at(statement))
        return found

    def imported(self, module_name: str | None, name: str, depth: int = 0) -> Resolution:
        """Return what ``from module_name import name`` binds."""
        if module_name is None:
            return unknown("a relative import that climbs out of its package")
        target = self.finder.find(module_name)
        if target.kind is ModuleKind.EXTERNAL:
            return Resolution(Status.EXTERNAL, name=f"{module_name}.{name}")
        if target.kind is ModuleKind.MISSING:
            return self.module(target)
        found = self.name(target, name, depth + 1)
        if found.status in (Status.MISSING, Status.UNKNOWN) and target.is_package:
            submodule = self.module(self.finder.find(f"{module_name}.{name}"))
            if submodule.status is Status.FOUND:
                return submodule
        return found

    def _value(self, module: Module, binding: Binding, depth: int) -> Resolution:
        expression = binding.node
        if isinstance(expression, (ast.Name, ast.Attribute)):
            found = self.expression(module, expression, depth + 1)
            if found.status is not Status.MISSING:
                return found
        if isinstance(expression, ast.IfExp):
            # `Platform = CudaLike if … else CpuLike`: either may be it.
            arms = [
                self.expression(module, arm, depth + 1)
                for arm in (expression.body, expression.orelse)
            ]
            if all(arm.status is Status.FOUND and arm.kind is not Kind.VALUE for arm in arms):
                return replace(arms[0], alternatives=(*arms[0].alternatives, arms[1]))
        if isinstance(expression, ast.Lambda):
            return Resolution(Status.FOUND, Kind.FUNCTION, expression, module, name=binding.name)
        return Resolution(
            Status.FOUND, Kind.VALUE, expression or binding.statement, module, name=binding.name
        )

    def expression(self, module: Module, node: ast.expr, depth: int = 0) -> Resolution:
        """Return what a name or dotted name used in ``module``'s global scope leads to."""
        if isinstance(node, ast.Name):
            found = self.name(module, node.id, depth + 1)
            if found.status is Status.MISSING and hasattr(builtins, node.id):
                return Resolution(Status.EXTERNAL, name=f"builtins.{node.id}")
            return found
        if isinstance(node, ast.Attribute):
            return self.member(self.expression(module, node.value, depth + 1), node.attr)
        if isinstance(node, ast.Subscript):
            return self.expression(module, node.value, depth + 1)
        return unknown("an expression computed at run time", module.at(node))

    def _stars(self, module: Module, source: Source, name: str, depth: int) -> Resolution | None:
        doubt: Resolution | None = None
        for statement in reversed(source.bindings.stars):
            base = absolute(module, statement.module or "", statement.level)
            if base is None:
                continue
            target = self.finder.find(base)
            if target.kind is ModuleKind.EXTERNAL:
                reason = f"`from {base} import *` may bring {name}, and {base} is not part of this"
                doubt = doubt or unknown(reason, module.at(statement))
                continue
            if target.kind is ModuleKind.SOURCE and isinstance(target.source, Source):
                exports = target.source.bindings.exports
                hidden = name not in exports if exports is not None else name.startswith("_")
                if hidden:
                    continue
            found = self.name(target, name, depth + 1)
            if found.status is Status.FOUND:
                return found
            if found.status is Status.UNKNOWN:
                doubt = doubt or found
        return doubt

    def _lazy(self, module: Module, source: Source, name: str, depth: int) -> Resolution | None:
        getters = [b for b in source.bindings.get("__getattr__") if b.kind is BindingKind.FUNCTION]
        if not getters:
            if source.bindings.get("__getattr__"):
                return unknown(f"{module.name}.__getattr__ is computed", module.at(None))
            return None
        node = getters[0].node
        if not isinstance(node, ast.FunctionDef):
            return None
        answer: LazyAnswer = ask_getattr(node, name, source.tree)
        at = module.at(answer.node or node)
        if answer.raises:
            return None
        if answer.expression is not None:
            if answer.imports is not None:
                base = absolute(module, answer.imports.module or "", answer.imports.level)
                return self._located(
                    self.imported(base, answer.imported, depth + 1), module, answer.imports
                )
            return self.expression(module, answer.expression, depth + 1)
        if answer.target is not None:
            target_module, attr = answer.target
            level = len(target_module) - len(target_module.lstrip("."))
            base = absolute(module, target_module.lstrip("."), level)
            if attr is None:
                return self.module(self.finder.find(base or target_module))
            return self.imported(base, attr, depth + 1)
        return unknown(f"{module.name}.__getattr__ {answer.reason}", at)


def absolute(module: Module, name: str, level: int) -> str | None:
    """Return the absolute name of a (relative) import in ``module``; ``None`` if it climbs out."""
    if level == 0:
        return name
    parts = module.package.split(".") if module.package else []
    if level - 1 >= len(parts):
        return None
    base = parts[: len(parts) - (level - 1)]
    return ".".join([*base, name] if name else base)
