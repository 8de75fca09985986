"""VP305, VP307: how plugins register: whether a second time raises, and models given as classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from vplug.analysis.places import Place, places
from vplug.analysis.registrations import Registration
from vplug.analysis.resolve import Kind, Status
from vplug.analysis.values import Reference, Unsure
from vplug.analysis.words import REGISTERING
from vplug.fit.judge import Asked
from vplug.loader import Group
from vplug.model import Location, Severity
from vplug.rules.evidence import PluginEvidence
from vplug.rules.registry import requires
from vplug.rules.verdict import CannotTell, Fault, Skip


@requires("VP102", "VP103", "VP104")
def not_reentrant(plugin: PluginEvidence, group: Group, asked: Asked) -> Iterator[Fault]:
    """A registration that raises when the plugin's function is called again.

    ## What it does
    Looks at the registrations in the plugin's function and in the functions that it calls, for those
    that raise for a name that is there already (`KVConnectorFactory.register_connector`,
    `CustomOp.register_oot` and others, by release). A call under a condition or in a `try` that
    catches the error is let pass, and so is one at a module's top level, which runs once.

    The finding is an error where vLLM calls the function twice in a process: a platform plugin that
    wins, or a function that two entry points name. Elsewhere it is `info`: vLLM calls a general
    plugin's function once in a process, and asks that it bear being called again.

    `AutoConfig.register` without `exist_ok=True` is `info` too: it raises in a transformers release
    that has the model type itself.

    ## Why is this bad?
    In a general plugin nothing catches the error: the process dies. The second call of a platform
    plugin's function is not caught either.

    ## Example
    ```python
    def register():
        KVConnectorFactory.register_connector("Mine", "my_plugin.connector", "Mine")
    ```
    Use instead:
    ```python
    def register():
        if "Mine" not in KVConnectorFactory._registry:
            KVConnectorFactory.register_connector("Mine", "my_plugin.connector", "Mine")
    ```
    """
    if group.short not in {"general", "platform"}:
        raise Skip("its function registers nothing")
    twice = _called_twice(plugin, group)
    store = asked.masks.store
    again: dict[tuple[int, str], list[Location]] = {}
    for place, node, name in _registered(plugin):
        error = AssertionError if name.endswith(".register_oot") else ValueError
        if not place.is_sure or place.is_caught(error):
            continue
        if name.endswith("AutoConfig.register"):
            if isinstance(node, ast.Call) and _may_exist_not(node):
                yield Fault(
                    "AutoConfig.register raises ValueError where transformers has the model type itself",
                    place.at(node),
                    "pass exist_ok=True",
                )
            continue
        key = store.function_key(name)
        if key is None and name.startswith("vllm.") and name.endswith(".register_oot"):
            key = "CustomOp.register_oot"  # of a class that derives from it: `RMSNorm.register_oot`
        contracts = store.functions(key) if key is not None else ()
        if any(c.releases & asked.mask and c.duplicate == "raises" for c in contracts):
            again.setdefault((id(place.function), key or name), []).append(place.at(node))
    for (_, key), locations in again.items():
        count = f" ({len(locations)} calls, the first here)" if len(locations) > 1 else ""
        yield Fault(
            f"{key} raises the second time{count}; "
            f"{twice or 'nothing here keeps it from a second call'} (vLLM {asked.release})",
            locations[0],
            "ask whether the name is there before registering it",
            Severity.ERROR if twice else None,
        )


def _may_exist_not(node: ast.Call) -> bool:
    given = [keyword.value for keyword in node.keywords if keyword.arg == "exist_ok"]
    if any(keyword.arg is None for keyword in node.keywords) or len(node.args) > 2:
        return False
    return not given or (isinstance(given[0], ast.Constant) and not given[0].value)


def _called_twice(plugin: PluginEvidence, group: Group) -> str | None:
    """Why vLLM calls the function twice in one process, as a clause; ``None`` where it does not."""
    if group.short == "platform":
        return "vLLM calls a platform plugin's function twice where it wins"
    for other in plugin.evidence.plugins:
        if (
            other is not plugin
            and other.entry_point.group == plugin.entry_point.group
            and other.entry_point.name != plugin.entry_point.name
            and other.entry_point.value == plugin.entry_point.value
        ):
            return "two entry points name the function"
    return None


def _registered(plugin: PluginEvidence) -> Iterator[tuple[Place, ast.expr, str]]:
    """What the plugin's functions surely call by a name of registering: place, call and full name."""
    names = plugin.evidence.names
    for home, function in plugin.loading.called.values():
        if isinstance(function, ast.Lambda):
            continue
        for place in places(home, REGISTERING, within=function):
            if place.function is not function:
                continue
            found: list[tuple[ast.expr, ast.expr]] = [(c, c.func) for c in place.calls()]
            if isinstance(place.node, ast.ClassDef):
                found += [(d, d) for d in place.node.decorator_list if isinstance(d, ast.Attribute)]
            for node, named in found:
                full = names.full(home, place.functions, named)
                if full is not None and "." in full and "register" in full.rpartition(".")[2]:
                    yield place, node, full


@requires("VP102", "VP103", "VP104")
def model_class_not_lazy(registrations: list[Registration]) -> Iterator[Fault]:
    """A model registered as a class where vLLM could import it when it is needed.

    ## What it does
    Follows a general plugin's function to its `ModelRegistry.register_model` calls, and reports those
    that pass a class.

    ## Why is this bad?
    The class's module is imported in every vLLM process, whatever model is served. vLLM's own
    documentation warns of it: a model's module that touches the GPU makes forked workers fail with
    "Cannot re-initialize CUDA in forked subprocess".

    ## Example
    ```python
    from my_plugin.model import MyModel

    ModelRegistry.register_model("MyModel", MyModel)
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
        if not isinstance(value, Reference):
            continue
        target = value.target
        if target.status is Status.FOUND and target.kind is not Kind.CLASS:
            continue
        name = target.qualified_name
        owner, _, leaf = name.rpartition(".")
        yield Fault(
            f"{leaf} is passed as a class: its module is imported in every vLLM process",
            item.location,
            f"pass {f'{owner}:{leaf}'!r}"
            if owner and target.status is Status.FOUND
            else "pass it as text, 'module:Class'",
        )
    if doubt is not None:
        raise doubt
