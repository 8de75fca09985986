"""Tests that ask what vLLM's modules and classes have, or how they are made."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from vplug.analysis.conditions import Has
from vplug.analysis.modules import Module, is_below_vllm
from vplug.analysis.nodes import walk
from vplug.analysis.resolve import Resolver, Status
from vplug.analysis.versions import Versions, value_of

_DEPTH = 4
#: What looks into a function or class, by the last part of its name.
_LOOKS = frozenset({"getfullargspec", "getsource", "signature", "get_type_hints", "getmembers"})
_INSIDE = frozenset(
    {"__annotations__", "__code__", "__dataclass_fields__", "__dict__", "__mro__", "model_fields"}
)
#: What these hold is a matter of the machine, whatever the release.
_OF_THE_MACHINE = ("vllm.envs", "vllm.platforms.current_platform")


class Attributes:
    """Reads the tests of one module.

    Args:
        resolver: over the target's modules.
        module: whose global names the tests see.
        versions: reads the module's expressions that are a version.
    """

    def __init__(self, resolver: Resolver, module: Module, versions: Versions) -> None:
        self._resolver = resolver
        self._module = module
        self._versions = versions

    def has(
        self, node: ast.Call, name: ast.Constant | None, known: Mapping[str, ast.expr]
    ) -> Has | None:
        """Return the condition that ``hasattr`` or ``getattr`` with a default is as a test.

        ``None`` for other calls, and where it is not something of vLLM's that is asked.

        Args:
            node: the call.
            name: its second argument, as a constant.
            known: local names bound once, to their expressions.
        """
        match node:
            case ast.Call(func=ast.Name(id="hasattr"), args=[owner, _]):
                is_true = False
            case ast.Call(
                func=ast.Name(id="getattr"), args=[owner, _, ast.Constant(value=None | False)]
            ):
                is_true = True
            case _:
                return None
        full = self._of_vllm(owner, known)
        if full is None or name is None or not isinstance(name.value, str):
            return None
        return Has(full, name.value, is_true, node)

    def speaks(self, node: ast.AST, known: Mapping[str, ast.expr], depth: int = 0) -> bool:
        """Return whether a test asks for vLLM's version, or what something of vLLM's has or takes.

        Args:
            node: the test, or a function that it calls.
            known: as of :meth:`has`.
            depth: how many names have been followed.
        """
        if depth > _DEPTH:
            return False
        for part in walk(node):
            match part:
                case ast.Name(id=name) if name in known:
                    found = self.speaks(known[name], known, depth + 1)
                case ast.Call(func=function, args=[owner, *_]) if _looks(function):
                    found = self._of_vllm(owner, known) is not None
                case ast.Attribute(value=owner, attr=attr) if attr in _INSIDE:
                    found = self._of_vllm(owner, known) is not None
                case ast.Name() | ast.Attribute():
                    found = self._versions.versioned(part, known) is not None or (
                        isinstance(part, ast.Name) and self._leads(part, depth)
                    )
                case _:
                    continue
            if found:
                return True
        return False

    def _leads(self, node: ast.Name, depth: int) -> bool:
        """Whether a global name holds, or calls, what speaks of vLLM."""
        found = self._resolver.expression(self._module, node)
        held: ast.AST | None = value_of(found)
        if found.status is Status.FOUND and isinstance(found.node, ast.FunctionDef):
            held = found.node
        if held is None or found.module is None or not found.module.own:
            return False
        there = Versions(self._resolver, found.module)
        return Attributes(self._resolver, found.module, there).speaks(held, {}, depth + 1)

    def _of_vllm(self, node: ast.expr, known: Mapping[str, ast.expr]) -> str | None:
        """The full name of what an expression is of vLLM's; ``None`` for all else."""
        root = node
        while isinstance(root, ast.Attribute):
            root = root.value
        if not isinstance(root, ast.Name):
            return None
        if root.id in known:
            if not isinstance(known[root.id], (ast.Name, ast.Attribute)):
                return None
        elif self._resolver.expression(self._module, node).alternatives:
            return None
        full = self._versions.full_name(node, known)
        if not is_below_vllm(full) or self._resolver.finder.brings(full.partition(".")[0]):
            return None
        return None if full.startswith(_OF_THE_MACHINE) else full


def _looks(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in {"hasattr", "getattr", "dir", "vars"} | _LOOKS
    return isinstance(function, ast.Attribute) and function.attr in _LOOKS
