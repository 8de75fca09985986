"""VP206, VP207: what general plugins register."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vplug.analysis.ancestry import ancestry
from vplug.analysis.modules import Module, ModuleFinder, Source
from vplug.analysis.registrations import Registration
from vplug.analysis.resolve import Resolver
from vplug.analysis.values import Unsure, walk_body
from vplug.rules.evidence import PluginEvidence
from vplug.rules.registry import requires
from vplug.rules.verdict import CannotTell, Fault, Skip


@requires("VP102", "VP103", "VP104")
def sync_resolve_lora(plugin: PluginEvidence, registrations: list[Registration]) -> Iterator[Fault]:
    """A LoRA resolver whose resolve_lora is not async.

    ## What it does
    Looks at the classes derived from `LoRAResolver` in the modules that a general plugin reaches.

    ## Why is this bad?
    vLLM awaits `resolve_lora`. A plain function's result cannot be awaited: the first request for an
    adapter fails with `TypeError`.

    ## Example
    ```python
    class MyResolver(LoRAResolver):
        def resolve_lora(self, base_model_name, lora_name): ...
    ```
    Use instead:
    ```python
    class MyResolver(LoRAResolver):
        async def resolve_lora(self, base_model_name, lora_name): ...
    ```
    """
    del registrations  # asking for them reads the modules that the function reaches
    resolver = plugin.evidence.resolver
    seen = False
    for module, node in _classes(plugin.evidence.finder):
        method = next(
            (
                s
                for s in node.body
                if isinstance(s, (ast.FunctionDef, ast.AsyncFunctionDef))
                and s.name == "resolve_lora"
            ),
            None,
        )
        if method is None or not _is_resolver(resolver, module, node):
            continue
        seen = True
        if isinstance(method, ast.FunctionDef):
            awaitable = _may_give_awaitable(method, node)
            if awaitable is not None:
                raise CannotTell(
                    f"{node.name}.resolve_lora may give something to await", module.at(awaitable)
                )
            yield Fault(
                f"{node.name}.resolve_lora is not async; vLLM awaits it",
                module.at(method),
                "make it `async def`",
            )
    if not seen:
        raise Skip("it reaches no LoRA resolver")


def _classes(finder: ModuleFinder) -> Iterator[tuple[Module, ast.ClassDef]]:
    for module in list(finder.parsed.values()):
        if not module.was_read:  # found, but nothing needed what it holds
            continue
        source = module.source
        if module.own and isinstance(source, Source) and "resolve_lora" in source.text:
            for node in ast.walk(source.tree):
                if isinstance(node, ast.ClassDef):
                    yield module, node


def _is_resolver(resolver: Resolver, module: Module, node: ast.ClassDef) -> bool:
    lineage = ancestry(resolver, module, node)
    names = set(lineage.external)
    names |= {f"{other.name}.{base.name}" for other, base in lineage.own[1:]}
    if any(name.rpartition(".")[2] == "LoRAResolver" for name in names):
        return True
    # A class inside a function: its base is imported there.
    source = module.source
    last = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
    return "LoRAResolver" in last and isinstance(source, Source) and _imports_from_lora(source.tree)


def _imports_from_lora(tree: ast.Module) -> bool:
    return any(
        isinstance(statement, ast.ImportFrom) and (statement.module or "").startswith("vllm.lora")
        for statement in ast.walk(tree)
    )


def _may_give_awaitable(method: ast.FunctionDef, node: ast.ClassDef) -> ast.AST | None:
    """A returned call that may be a coroutine or future: of an async method, or of asyncio's."""
    coroutines = {s.name for s in node.body if isinstance(s, ast.AsyncFunctionDef)}
    for statement in walk_body(method.body):
        if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Call):
            function = statement.value.func
            text = ast.unparse(function)
            name = function.attr if isinstance(function, ast.Attribute) else text
            if name in coroutines or "asyncio" in text or name in _FUTURES:
                return statement.value
    return None


_FUTURES = {"run_in_executor", "to_thread", "ensure_future", "create_task", "gather"}


@requires("VP102", "VP103", "VP104")
def dotted_model_name(registrations: list[Registration]) -> Iterator[Fault]:
    """A model registered by a dotted name where vLLM wants a colon.

    ## What it does
    Follows a general plugin's function to its `ModelRegistry.register_model` calls, and reports model
    classes given as text that is not `module:Class`.

    ## Why is this bad?
    `register_model` raises `ValueError` for any other form. In a general plugin nothing catches
    that: every vLLM process dies at start-up. Platform and IO-processor functions are the ones that
    want dots.

    ## Example
    ```python
    ModelRegistry.register_model("MyModel", "my_plugin.model.MyModel")
    ```
    Use instead:
    ```python
    ModelRegistry.register_model("MyModel", "my_plugin.model:MyModel")
    ```
    """
    models = [item for item in registrations if item.kind.what == "model"]
    if not models:
        raise Skip("it registers no model")
    doubt: CannotTell | None = None
    for item in models:
        value = item.value(1, "model_cls")
        if isinstance(value, Unsure):
            doubt = doubt or CannotTell(f"the model's class: {value.reason}", item.location)
        if isinstance(value, str) and len(value.split(":")) != 2:
            module, _, name = value.replace(":", ".").rpartition(".")
            yield Fault(
                f"{value!r} is not module:Class; register_model raises ValueError",
                item.location,
                f"write {module + ':' + name!r}" if module else None,
            )
    if doubt is not None:
        raise doubt
