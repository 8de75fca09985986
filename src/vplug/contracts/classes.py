"""A curated class in one release: its members, own and inherited from vLLM's other classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vplug.contracts.package import Package
from vplug.contracts.surface import ClassSurface, MemberSurface
from vplug.contracts.wording import bare, to_text

_DEPTH = 12
_PROPERTIES = {"property", "cached_property", "abstractproperty", "classproperty"}
_ABSTRACT = {"abstractmethod", "abstractproperty", "abstractclassmethod", "abstractstaticmethod"}
_ABSTRACT_BASES = {"abc.ABC", "typing.Protocol", "typing_extensions.Protocol"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def find_class(package: Package, full_name: str) -> tuple[str, ast.ClassDef] | None:
    """Return the module and node of the class that ``full_name`` leads to, or ``None``."""
    module, _, name = full_name.rpartition(".")
    if module not in package.modules:
        return None
    module, _, name = package.definition(module, name).rpartition(".")
    if module not in package.modules:
        return None
    for node in definitions(package.tree(module).body):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return module, node
    return None


def definitions(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield the statements of a block and of the arms of its ``if`` and ``try``."""
    for node in body:
        yield node
        match node:
            case ast.If():
                yield from definitions([*node.body, *node.orelse])
            case ast.Try():
                handlers = [statement for handler in node.handlers for statement in handler.body]
                yield from definitions([*node.body, *node.orelse, *handlers])
            case _:
                pass


def class_surface(package: Package, full_name: str) -> ClassSurface | None:
    """Return the class that ``full_name`` leads to; ``None`` where the release has none."""
    found = find_class(package, full_name)
    if found is None:
        return None
    module, node = found
    members: dict[str, MemberSurface] = {}
    if not _gather(package, module, node, members, 0):
        # Without ABCMeta above it, `@abstractmethod` keeps nobody from making an instance.
        for member in members.values():
            member.abstract = False
    bases = [_base_name(package, module, base) for base in node.bases]
    return ClassSurface(
        f"{module}.{node.name}", [base for base in bases if base], list(members.values())
    )


def _gather(
    package: Package,
    module: str,
    node: ast.ClassDef,
    members: dict[str, MemberSurface],
    depth: int,
) -> bool:
    """Add a class's members and those of its vLLM bases; return whether ABCMeta is above it."""
    owner = f"{module}.{node.name}"
    own: dict[str, MemberSurface] = {}
    for statement in definitions(node.body):
        for member in _members(statement, owner):
            known = own.get(member.name)
            # A property's setter stands under the same name: the getter came first and counts. A
            # bare annotation gives way to what defines the name.
            if known is None or (known.kind == "attribute" and member.kind != "attribute"):
                own[member.name] = member
    for name, member in own.items():
        members.setdefault(name, member)
    enforced = any(
        keyword.arg == "metaclass" and decorator_name(keyword.value) == "ABCMeta"
        for keyword in node.keywords
    )
    if depth >= _DEPTH:
        return enforced
    for base in node.bases:
        full = _base_name(package, module, base)
        enforced = enforced or full in _ABSTRACT_BASES or full.startswith("collections.abc.")
        inherited = find_class(package, full) if full else None
        if inherited is not None and f"{inherited[0]}.{inherited[1].name}" != owner:
            enforced = _gather(package, *inherited, members, depth + 1) or enforced
    return enforced


def _base_name(package: Package, module: str, base: ast.expr) -> str:
    """Return a base's full name: vLLM's followed to the definition, others as imported."""
    if isinstance(base, ast.Subscript):
        base = base.value
    parts: list[str] = []
    while isinstance(base, ast.Attribute):
        parts.insert(0, base.attr)
        base = base.value
    if not isinstance(base, ast.Name):
        return ""
    named = package.names(module)[0]
    if base.id not in named:
        return ".".join([base.id, *parts])
    origin = named[base.id][1]
    match origin.kind:
        case "import":
            start = origin.module
        case "from":
            start = f"{origin.module}.{origin.name}"
        case _:
            start = package.definition(module, base.id)
    full = ".".join([start, *parts])
    owner, _, leaf = full.rpartition(".")
    if owner in package.modules:
        return package.definition(owner, leaf)
    return full


def _members(node: ast.stmt, owner: str) -> Iterator[MemberSurface]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef():
            names = {decorator_name(decorator) for decorator in node.decorator_list}
            if names & {"overload", "setter", "deleter"}:
                return
            if "staticmethod" in names or "abstractstaticmethod" in names:
                kind = "static"
            elif names & {"classmethod", "abstractclassmethod"} and not names & _PROPERTIES:
                kind = "class"
            elif names & _PROPERTIES:
                kind = "property"
            else:
                kind = "method"
            # Found by `type` without a decorator: `__new__` is static, these two are of the class.
            if node.name in {"__init_subclass__", "__class_getitem__"}:
                kind = "class"
            yield MemberSurface(
                node.name,
                kind,
                to_text(bare(node)),
                bool(names & _ABSTRACT),
                only_raises(node),
                owner,
            )
        case ast.Assign(targets=targets):
            for target in targets:
                for child in ast.walk(target):
                    if isinstance(child, ast.Name) and child.id != "__slots__":
                        yield MemberSurface(child.id, "attribute", "", False, False, owner)
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield MemberSurface(name, "attribute", "", False, False, owner)
        case _:
            return


def decorator_name(node: ast.expr) -> str:
    """Return the last part of a decorator's name."""
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def only_raises(node: Function) -> bool:
    """Return whether the body is nothing but ``raise NotImplementedError``, a docstring apart."""
    body = node.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    if len(body) != 1 or not isinstance(body[0], ast.Raise):
        return False
    raised = body[0].exc
    if isinstance(raised, ast.Call):
        raised = raised.func
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
