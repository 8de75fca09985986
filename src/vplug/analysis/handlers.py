"""Functions that run while requests wait: LoRA resolvers', IO processors' and endpoints' methods."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from vplug.analysis.ancestry import ancestry
from vplug.analysis.modules import Module, Source
from vplug.analysis.places import places
from vplug.analysis.resolve import Resolver
from vplug.analysis.scopes import FunctionNode

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)

#: Methods that are given what a request holds, by the base class's last name. vLLM 0.10.2 to 0.33.0:
#: ``plugins/io_processors/interface.py``, ``lora/resolver.py``.
METHODS = {
    "IOProcessor": frozenset(
        {
            "parse_data", "parse_request", "pre_process", "pre_process_async",
            "validate_or_generate_params", "merge_sampling_params", "merge_pooling_params",
        }
    ),
    "LoRAResolver": frozenset({"resolve_lora"}),
}  # fmt: skip
#: Methods that are awaited or driven by the event loop besides.
_ALSO_ASYNC = {"IOProcessor": frozenset({"post_process", "post_process_async"})}
_ROUTING = frozenset(
    {"api_route", "delete", "get", "head", "options", "patch", "post", "put", "route", "websocket"}
)
_ADDING = frozenset({"add_api_route", "add_route", "add_api_websocket_route", "Route"})
_NAMES = (
    *sorted({name for names in (*METHODS.values(), *_ALSO_ASYNC.values()) for name in names}),
)
_HINTS = (
    "def merge_", "def parse_", "def post_process", "def pre_process", "def resolve_lora",
    "def validate_or_", '("/', "('/", "path=", "oute(",
)  # fmt: skip
_PATTERN = re.compile(
    rf"def (?:{'|'.join(_NAMES)})\b|@[\w.]+\.(?:{'|'.join(sorted(_ROUTING))})\(|route\(|Route\("
)


@dataclass(frozen=True, slots=True)
class Handler:
    """A function that is run for a request.

    Attributes:
        module: where it stands.
        functions: the functions it stands in, itself last.
        owner: the class whose method it is, or ``None``.
        takes_request: whether its parameters hold what the request holds.
    """

    module: Module
    functions: tuple[FunctionNode, ...]
    owner: ast.ClassDef | None
    takes_request: bool

    @property
    def node(self) -> ast.FunctionDef | ast.AsyncFunctionDef:
        """Its definition."""
        node = self.functions[-1]
        assert isinstance(node, _FUNCTIONS)  # noqa: S101
        return node

    @property
    def name(self) -> str:
        """Its name, the class's before it."""
        return f"{self.owner.name}.{self.node.name}" if self.owner is not None else self.node.name


def handlers(resolver: Resolver, modules: Iterable[Module]) -> Iterator[Handler]:
    """Yield the request handlers of ``modules``, each once."""
    seen: set[int] = set()
    for module in modules:
        source = module.source
        if not isinstance(source, Source):
            continue
        for found in _of_module(resolver, module, source):
            if id(found.node) not in seen:
                seen.add(id(found.node))
                yield found


def _of_module(resolver: Resolver, module: Module, source: Source) -> Iterator[Handler]:
    kinds: dict[int, str | None] = {}
    for place in places(module, _PATTERN, _HINTS):
        node = place.node
        if isinstance(node, _FUNCTIONS):
            owner = _owner(place.steps)
            chain = (*place.functions, node)
            if any(_is_route(decorator) for decorator in node.decorator_list):
                yield Handler(module, chain, owner, takes_request=True)
            elif owner is not None:
                if id(owner) not in kinds:
                    kinds[id(owner)] = _kind(resolver, module, owner)
                kind = kinds[id(owner)]
                if kind is None:
                    continue
                if node.name in METHODS[kind]:
                    yield Handler(module, chain, owner, takes_request=True)
                elif node.name in _ALSO_ASYNC.get(kind, ()):
                    yield Handler(module, chain, owner, takes_request=False)
        else:
            for call in place.calls():
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                if name in _ADDING and len(call.args) > 1:
                    yield from _named(module, source, place.functions, call.args[1])


def _owner(steps: tuple[object, ...]) -> ast.ClassDef | None:
    last = getattr(steps[-1], "node", None) if steps else None
    return last if isinstance(last, ast.ClassDef) else None


def _is_route(node: ast.expr) -> bool:
    """`@router.post("/path")`."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name), args=[ast.Constant(value=str(path)), *_]):
            return name in _ROUTING and path.startswith("/")
        case ast.Call(func=ast.Attribute(attr=name), args=[], keywords=keywords):
            return name in _ROUTING and any(keyword.arg == "path" for keyword in keywords)
        case _:
            return False


def _kind(resolver: Resolver, module: Module, node: ast.ClassDef) -> str | None:
    """Which of vLLM's bases a class derives from, if one of those that are asked by requests."""
    lineage = ancestry(resolver, module, node)
    names = {name.rpartition(".")[2] for name in lineage.external if name.startswith("vllm.")}
    names |= {owner.name for where, owner in lineage.own[1:] if where.name.startswith("vllm.")}
    # A class inside a function derives from what is imported there.
    names |= {
        ast.unparse(base).rpartition(".")[2]
        for base in node.bases
        if isinstance(base, (ast.Name, ast.Attribute))
    } & set(METHODS)
    return next((kind for kind in METHODS if kind in names), None)


def _named(
    module: Module, source: Source, functions: tuple[FunctionNode, ...], node: ast.expr
) -> Iterator[Handler]:
    """The function that a route is added for: of the functions around the call, or the module's."""
    if not isinstance(node, ast.Name):
        return
    for depth in range(len(functions), 0, -1):
        outer = functions[depth - 1]
        if isinstance(outer, ast.Lambda):
            continue
        for statement in outer.body:
            if isinstance(statement, _FUNCTIONS) and statement.name == node.id:
                yield Handler(module, (*functions[:depth], statement), None, takes_request=True)
                return
    for binding in source.bindings.get(node.id):
        if isinstance(binding.node, _FUNCTIONS):
            yield Handler(module, (binding.node,), None, takes_request=True)
            return
