"""What a general plugin registers: the calls its function leads to, with what they are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace

from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import walk
from vplug.analysis.resolve import Kind, Resolution, Status, absolute
from vplug.analysis.scopes import FunctionNode, Scope, Value, nested_scope, scope_of, walk_body
from vplug.analysis.values import Evaluator, Instance, Reference, Unsure
from vplug.model import Location

#: Nodes that register, lead on, or repeat.
_OF_INTEREST = (
    ast.AsyncFor,
    ast.Call,
    ast.ClassDef,
    ast.For,
    ast.FunctionDef,
    ast.Import,
    ast.ImportFrom,
)
_ONCE: list[dict[str, Value]] = [{}]
#: How many turns of nested loops are followed.
_TURNS = 1000
#: How far calls are followed, and how many modules may be looked at on the way.
_DEPTH = 6
_MODULES = 300


@dataclass(frozen=True, slots=True)
class RegistrationKind:
    """One registration function of vLLM (or of what vLLM builds on).

    Attributes:
        what: the noun for a person.
        owner: the class it is called on; empty for a plain function.
        function: its name.
    """

    what: str
    owner: str
    function: str


#: From vLLM's sources, 0.7.0 to 0.33.0: ``model_executor/models/registry.py``, ``lora/resolver.py``,
#: ``distributed/kv_transfer/kv_connector/factory.py``, ``model_executor/layers/quantization``,
#: ``model_executor/custom_op.py``, ``model_executor/model_loader``, ``v1/attention/backends/registry.py``,
#: ``tool_parsers``, ``reasoning``, ``distributed/weight_transfer/factory.py``.
KINDS = (
    RegistrationKind("model", "ModelRegistry", "register_model"),
    RegistrationKind("LoRA resolver", "LoRAResolverRegistry", "register_resolver"),
    RegistrationKind("KV connector", "KVConnectorFactory", "register_connector"),
    RegistrationKind("EC connector", "ECConnectorFactory", "register_connector"),
    RegistrationKind("weight-transfer engine", "WeightTransferEngineFactory", "register_engine"),
    RegistrationKind("KV offloading spec", "OffloadingSpecFactory", "register_spec"),
    RegistrationKind("KV offloading tier", "SecondaryTierFactory", "register_tier"),
    RegistrationKind("quantization", "", "register_quantization_config"),
    RegistrationKind("model loader", "", "register_model_loader"),
    RegistrationKind("attention backend", "", "register_backend"),
    RegistrationKind("layer", "PluggableLayer", "register_oot"),
    RegistrationKind("custom op", "", "register_oot"),
    RegistrationKind("custom op", "CustomOp", "register"),
    RegistrationKind("layer", "PluggableLayer", "register"),
    RegistrationKind("torch operator", "", "direct_register_custom_op"),
    RegistrationKind("tool parser", "ToolParserManager", "register_module"),
    RegistrationKind("tool parser", "ToolParserManager", "register_lazy_module"),
    RegistrationKind("reasoning parser", "ReasoningParserManager", "register_module"),
    RegistrationKind("reasoning parser", "ReasoningParserManager", "register_lazy_module"),
    RegistrationKind("multimodal processor", "MULTIMODAL_REGISTRY", "register_processor"),
    RegistrationKind("tokenizer", "TokenizerRegistry", "register"),
    RegistrationKind("renderer", "RendererRegistry", "register"),
    RegistrationKind("transformers config", "AutoConfig", "register"),
    RegistrationKind("transformers model", "AutoModel", "register"),
    RegistrationKind("transformers tokenizer", "AutoTokenizer", "register"),
    RegistrationKind("transformers processor", "AutoProcessor", "register"),
)
_BY_FUNCTION = {kind.function for kind in KINDS}


@dataclass(frozen=True, slots=True)
class Registration:
    """One registration.

    Attributes:
        kind: what is registered.
        arguments: as given: text in quotes, references by full name, ``?`` for what only running
            would tell.
        values: the positional arguments' values, evaluated.
        location: the call.
        positional: how many arguments are passed by position; ``None`` where some are unpacked.
        keywords: the names of those passed by keyword; ``None`` where some are unpacked.
        named: the values of those passed by keyword.
        name: the full name of the function called, where it leads out of the package.
        at_import: whether it stands at a module's top level.
    """

    kind: RegistrationKind
    arguments: tuple[str, ...]
    values: tuple[Value, ...]
    location: Location
    positional: int | None = None
    keywords: tuple[str, ...] | None = None
    name: str = ""
    named: tuple[tuple[str, Value], ...] = ()
    at_import: bool = False

    def value(self, index: int, keyword: str) -> Value:
        """Return the argument at a position or of a name; ``None`` where it is not given."""
        if index < len(self.values):
            return self.values[index]
        return dict(self.named).get(keyword)


class Registrations:
    """Collects the registrations that a function leads to.

    Follows calls into the package's own functions, and imports made on the way into the top levels
    of its own modules, where decorators register. Vendored or external code is not entered.
    """

    def __init__(self, evaluator: Evaluator) -> None:
        self._evaluator = evaluator
        self.found: list[Registration] = []
        self.truncated = False
        self._seen_functions: set[tuple[int, str]] = set()
        self._seen_modules: set[str] = set()
        self._seen_names: set[str] = set()

    def of_function(self, module: Module, function: FunctionNode) -> list[Registration]:
        """Return what calling ``function`` of ``module`` registers, importing included."""
        self._module(module)
        self._function(module, function, {}, 0)
        unique: dict[tuple[str, tuple[str, ...], Location], Registration] = {}
        for item in self.found:
            unique.setdefault((item.kind.what, item.arguments, item.location), item)
        return list(unique.values())

    def _module(self, module: Module) -> None:
        """Look at a module's top level, and at those of the own modules it imports."""
        if not module.own or module.name in self._seen_modules:
            return
        if len(self._seen_modules) >= _MODULES:
            self.truncated = True
            return
        self._seen_modules.add(module.name)
        source = module.source
        if not isinstance(source, Source):
            return
        self._walk(source.tree.body, Scope(module), 0)

    def _function(
        self,
        module: Module,
        function: FunctionNode,
        arguments: dict[str, Value],
        depth: int,
        outer: Scope | None = None,
    ) -> None:
        key = (id(function), repr(sorted(arguments.items(), key=str)))
        if depth > _DEPTH or key in self._seen_functions:
            return
        self._seen_functions.add(key)
        if outer is not None and isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
            scope = nested_scope(outer, function, arguments)
        else:
            scope = scope_of(module, function, arguments)
        body: list[ast.stmt] = (
            [ast.Expr(function.body)] if isinstance(function, ast.Lambda) else function.body
        )
        self._walk(body, scope, depth)

    def _walk(self, body: list[ast.stmt], scope: Scope, depth: int) -> None:
        # What a node of a loop's body is run with, turn by turn; outer loops are met first.
        turns: dict[int, list[dict[str, Value]]] = {}
        for node in walk_body(body):
            if not isinstance(node, _OF_INTEREST):
                continue
            rows = turns.get(id(node), _ONCE)
            if isinstance(node, (ast.For, ast.AsyncFor)):
                inner = [turn for row in rows for turn in self._turns(node, scope, row)]
                self.truncated = self.truncated or len(inner) > _TURNS
                for child in _nodes(node.body):
                    if isinstance(child, _OF_INTEREST):
                        turns[id(child)] = inner[:_TURNS]
                continue
            for row in rows:
                self._node(node, _with(scope, row), depth)

    def _node(self, node: ast.AST, scope: Scope, depth: int) -> None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self._imports(node, scope)
        elif isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            self._decorators(node, scope)
        elif isinstance(node, ast.Call):
            self._call(node, scope, depth)

    def _turns(
        self, node: ast.For | ast.AsyncFor, scope: Scope, row: dict[str, Value]
    ) -> list[dict[str, Value]]:
        """Return what each turn binds, with what the loops around it do; one turn if unknown."""
        rows = self._rows(node, _with(scope, row))
        return [row] if rows is None else [{**row, **more} for more in rows]

    def _rows(self, node: ast.For | ast.AsyncFor, scope: Scope) -> list[dict[str, Value]] | None:
        """Return what each turn of a loop over something literal binds; ``None`` if it is not."""
        iterated = node.iter
        pairs = False
        match iterated:
            case ast.Call(func=ast.Attribute(value=table, attr="items"), args=[]):
                iterated, pairs = table, True
        values = self._evaluator.evaluate(iterated, scope)
        if isinstance(values, dict):
            rows = [[key, value] for key, value in values.items()] if pairs else list(values)
        elif isinstance(values, list):
            rows = values
        else:
            return None
        return [self._bind(node.target, row) for row in rows]

    def _bind(self, target: ast.expr, value: Value) -> dict[str, Value]:
        if isinstance(target, ast.Name):
            return {target.id: value}
        if isinstance(target, (ast.Tuple, ast.List)) and isinstance(value, list):
            bound: dict[str, Value] = {}
            for element, part in zip(target.elts, value, strict=False):
                bound.update(self._bind(element, part))
            return bound
        return {}

    def _imports(self, node: ast.Import | ast.ImportFrom, scope: Scope) -> None:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            base = absolute(scope.module, node.module or "", node.level)
            if base is None:
                return
            names = [base, *(f"{base}.{alias.name}" for alias in node.names if alias.name != "*")]
        for name in names:
            self._named_module(name)

    def _named_module(self, name: str) -> None:
        """Look at what importing a module runs: it, and the packages above it before it."""
        if name in self._seen_names:
            return
        self._seen_names.add(name)
        finder = self._evaluator.resolver.finder
        if not finder.find(name.partition(".")[0]).own:
            return
        parts = name.split(".")
        for end in range(1, len(parts) + 1):
            module = finder.find(".".join(parts[:end]))
            if module.tree is not None and module.own:
                self._module(module)

    def _import_module(self, node: ast.Call, scope: Scope) -> bool:
        """Follow `importlib.import_module("pkg.mod")`; return whether it is such a call."""
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if isinstance(node.func, ast.Name):
            name = node.func.id
        if name != "import_module" or not node.args:
            return False
        given = self._evaluator.evaluate(node.args[0], scope)
        if isinstance(given, str) and given.startswith("."):
            anchor = node.args[1] if len(node.args) > 1 else None
            anchor = next((k.value for k in node.keywords if k.arg == "package"), anchor)
            package = self._evaluator.evaluate(anchor, scope) if anchor is not None else None
            if not isinstance(package, str):
                return True
            parts = package.split(".")
            bare = given.lstrip(".")
            up = len(given) - len(bare) - 1
            if up >= len(parts):
                return True
            given = ".".join([*parts[: len(parts) - up], bare])
        if isinstance(given, str):
            self._named_module(given)
        return True

    def _decorators(self, node: ast.AST, scope: Scope) -> None:
        if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            for decorator in node.decorator_list:
                call = decorator
                if not isinstance(call, ast.Call):  # `@RMSNorm.register_oot`, without a call
                    call = ast.copy_location(ast.Call(decorator, [], []), decorator)
                kind = self._kind(call, scope)
                if kind is not None:
                    self._note(kind, call, scope, decorated=node.name)

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> None:
        kind = self._kind(node, scope)
        if kind is not None:
            self._note(kind, node, scope)
            return
        if not isinstance(node.func, (ast.Name, ast.Attribute)):
            # register_x("name")(Class): the inner call is walked on its own.
            return
        if self._import_module(node, scope):
            return
        if isinstance(node.func, ast.Name) and node.func.id in scope.functions:
            nested = scope.functions[node.func.id]
            if len(scope.locals.get(node.func.id, ())) == 1 and not nested.decorator_list:
                arguments = self._evaluator.bind(nested, node, scope)
                self._function(scope.module, nested, arguments, depth + 1, scope)
            return
        found = self._callee(node.func, scope)
        if (
            found.status is Status.FOUND
            and found.kind is Kind.FUNCTION
            and found.module is not None
            and found.module.own
            and isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef))
        ):
            self._module(found.module)
            arguments = self._evaluator.bind(
                found.node, node, scope, found.module, bound=_is_bound(found)
            )
            self._function(found.module, found.node, arguments, depth + 1)

    def _callee(self, node: ast.Name | ast.Attribute, scope: Scope) -> Resolution:
        """Return what is called; of `Class().method`, the method."""
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
            made = self._evaluator.evaluate(node.value, scope)
            if isinstance(made, Instance):
                return self._evaluator.resolver.member(made.of, node.attr)
        return self._evaluator.reference(node, scope)

    def _kind(self, node: ast.Call, scope: Scope) -> RegistrationKind | None:
        owner, name = self._named(node, scope)
        if name not in _BY_FUNCTION:
            return None
        if not self._leads_out(node, scope):
            return None
        for kind in KINDS:
            if kind.function == name and (not kind.owner or kind.owner == owner):
                return kind
        return None

    def _named(self, node: ast.Call, scope: Scope) -> tuple[str, str]:
        """Return the class and function that a call names, import aliases taken off."""
        if isinstance(node.func, ast.Name):
            written = ("", node.func.id)
        elif isinstance(node.func, ast.Attribute):
            value = node.func.value
            last = value.attr if isinstance(value, ast.Attribute) else getattr(value, "id", "")
            written = (last, node.func.attr)
        else:
            return "", ""
        if written[1] not in _BY_FUNCTION and not isinstance(node.func, ast.Name):
            return written
        found = self._evaluator.reference(node.func, scope)
        parts = found.qualified_name.split(".")
        if found.status is Status.EXTERNAL and len(parts) > 1:
            return parts[-2], parts[-1]
        return written

    def _leads_out(self, node: ast.Call, scope: Scope) -> bool:
        """A function of the package's own that bears vLLM's name is not vLLM's."""
        found: Resolution = self._evaluator.reference(node.func, scope)
        if found.status is Status.FOUND and found.module is not None:
            return found.module.name.startswith(("vllm.", "transformers."))
        return True

    def _note(
        self, kind: RegistrationKind, node: ast.Call, scope: Scope, decorated: str | None = None
    ) -> None:
        values = [
            Unsure("unpacked")
            if isinstance(argument, ast.Starred)
            else self._evaluator.evaluate(argument, scope)
            for argument in node.args
        ]
        texts = [_show(value, argument) for value, argument in zip(values, node.args, strict=True)]
        named: list[tuple[str, Value]] = []
        for keyword in node.keywords:
            value = self._evaluator.evaluate(keyword.value, scope)
            if keyword.arg is not None:
                named.append((keyword.arg, value))
            shown = _show(value, keyword.value)
            texts.append(f"{keyword.arg}={shown}" if keyword.arg else f"**{shown}")
        if decorated is not None:
            texts.append(f"class {decorated}")
        starred = any(isinstance(argument, ast.Starred) for argument in node.args)
        names = [keyword.arg for keyword in node.keywords]
        self.found.append(
            Registration(
                kind,
                tuple(texts),
                tuple(values),
                scope.module.at(node),
                None if starred else len(node.args),
                None if None in names else tuple(name for name in names if name is not None),
                self._evaluator.reference(node.func, scope).qualified_name,
                tuple(named),
                scope.function is None,
            )
        )


def _with(scope: Scope, row: dict[str, Value]) -> Scope:
    return replace(scope, arguments={**scope.arguments, **row}) if row else scope


def _nodes(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for statement in body:
        yield from walk(statement)


def _is_bound(found: Resolution) -> bool:
    """Whether a method found is called with its object or class before the arguments given."""
    if found.owner is None or not isinstance(found.node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    names = {getattr(decorator, "id", "") for decorator in found.node.decorator_list}
    return "staticmethod" not in names


def _show(value: Value, node: ast.expr) -> str:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Reference):
        return value.target.qualified_name or ast.unparse(node)
    if _is_plain(value):
        return repr(value)
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _is_plain(value: Value) -> bool:
    """Whether a value is made of nothing but what Python itself would print in a reader's words."""
    if isinstance(value, list):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(_is_plain(key) and _is_plain(item) for key, item in value.items())
    return value is None or isinstance(value, (str, bytes, int, float, complex))
