"""Model runners of a plugin's own: where one stands in for vLLM's, it makes the calls of vLLM's.

vLLM's model runner calls the builders of attention metadata (``builder.build(common_prefix_len=…)`` in
``vllm/v1/worker/gpu_model_runner.py`` and ``vllm/v1/worker/gpu/attn_utils.py``, 0.9.2 to 0.33.0). It is
made by vLLM's own workers; a worker that derives from ``WorkerBase`` makes what it likes and keeps it
as ``self.model_runner`` (``vllm/v1/worker/worker_base.py``).
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from vplug.analysis.ancestry import Ancestry, ancestry
from vplug.analysis.modules import Module
from vplug.analysis.nodes import walk
from vplug.analysis.resolve import Kind, Resolution, Resolver, Status, absolute
from vplug.contracts.curated import BASE_OF
from vplug.contracts.store import ContractStore
from vplug.fit.fault import LOWER, ReleaseFault

_CALLED_BY_RUNNERS = "AttentionMetadataBuilder"


def own_runner(
    classes: Iterable[tuple[Module, ast.ClassDef]], resolver: Resolver, store: ContractStore
) -> str | None:
    """Return a model runner that the plugin has in the place of vLLM's, by its class's name.

    ``None`` where it has no worker of its own, where one of them derives from a worker of vLLM's that
    makes vLLM's runner, and where what one makes derives from vLLM's runner or cannot be followed.

    Args:
        classes: the classes that vLLM is given.
        resolver: over the target's modules.
        store: which classes of vLLM are workers.
    """
    found: list[str] = []
    for module, node in classes:
        lineage = ancestry(resolver, module, node)
        keys = {store.class_key(name) for name in _names(lineage)}
        if "WorkerBase" not in {BASE_OF.get(key, key) for key in keys if key}:
            continue
        if any(key in BASE_OF for key in keys if key):
            return None
        made = [item for place in lineage.own for item in _made(*place, resolver)]
        if not made or not all(_is_own(item, resolver) for item in made):
            return None
        found += [item.name for item in made]
    return min(found, default=None)


def as_called_by(
    runner: Callable[[], str | None], key: str, faults: Iterable[ReleaseFault]
) -> Iterator[ReleaseFault]:
    """Yield the faults of a class, those that hang on who calls it one severity lower.

    Args:
        runner: gives the plugin's own model runner, if it has one: reading it takes long, and few ask.
        key: the base class that the faults are about.
        faults: as they are where vLLM's model runner calls.
    """
    for fault in faults:
        by_runners = BASE_OF.get(key, key) == _CALLED_BY_RUNNERS
        own = runner() if by_runners and fault.code in ("VP216", "VP217") else None
        if own is None:
            yield fault
            continue
        message = f"{fault.message}; it may be called by {own} alone, which is no runner of vLLM's"
        yield replace(fault, message=message, severity=LOWER.get(fault.severity, fault.severity))


def _names(lineage: Ancestry) -> list[str]:
    own = [f"{module.name}.{node.name}" for module, node in lineage.own]
    return [name for name in (*lineage.external, *own) if name.startswith("vllm.")]


def _made(module: Module, node: ast.ClassDef, resolver: Resolver) -> Iterator[Resolution]:
    """What a worker's class keeps as its ``model_runner``; a call of something else is unknown."""
    for child in walk(node):
        match child:
            case ast.Assign(targets=[ast.Attribute(attr="model_runner")], value=value):
                yield _called(module, node, value, resolver)
            case ast.AnnAssign(
                target=ast.Attribute(attr="model_runner"), value=ast.expr() as value
            ):
                yield _called(module, node, value, resolver)
            case _:
                pass


def _called(module: Module, node: ast.ClassDef, value: ast.expr, resolver: Resolver) -> Resolution:
    if not isinstance(value, ast.Call):
        return Resolution(Status.UNKNOWN)
    if isinstance(value.func, ast.Name):
        for child in walk(node):  # imported in the method
            if isinstance(child, ast.ImportFrom):
                for alias in child.names:
                    if (alias.asname or alias.name) == value.func.id:
                        source = absolute(module, child.module or "", child.level)
                        return resolver.imported(source, alias.name)
    return resolver.expression(module, value.func)


def _is_own(found: Resolution, resolver: Resolver) -> bool:
    """Whether something is a class that surely has nothing of vLLM's model runner but mixins."""
    if found.kind is not Kind.CLASS or found.module is None or not found.module.own:
        return False
    if not isinstance(found.node, ast.ClassDef):
        return False
    lineage = ancestry(resolver, found.module, found.node)
    leaves = [name.rpartition(".")[2] for name in _names(lineage)]
    return not lineage.doubts and all("Mixin" in leaf for leaf in leaves)
