"""Which calls may lead to a statement that raises, through functions of the package's own."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping

from vplug.analysis.callees import callee_of, local_imports
from vplug.analysis.modules import Module, Source
from vplug.analysis.nodes import children
from vplug.analysis.resolve import Resolver

_WORDS = ("raise", "assert", "exit", "quit", "SystemExit")
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_DEPTH = 5
#: How many functions are looked into.
_MOST = 2_000

#: A function of the package's own, with its module.
Callee = tuple[Module, ast.FunctionDef]
#: A parameter, the module whose names its expression sees, the expression, what local names hold where
#: it stands, and all names bound there.
Passed = tuple[str, Module, ast.expr, Mapping[str, ast.expr], frozenset[str]]


class Following:
    """Tells which calls may lead to a ``raise``; remembers each function.

    Args:
        resolver: over the target's modules.
    """

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._lines: dict[str, list[int]] = {}
        self._local: dict[int, dict[str, tuple[ast.ImportFrom, str]]] = {}
        self._raising: dict[int, bool] = {}
        self._left = _MOST

    def lines(self, module: Module) -> list[int]:
        """Return the lines of a module on which a word stands that raises."""
        known = self._lines.get(module.name)
        if known is None:
            known = self._lines[module.name] = raising_lines(module)
        return known

    def callee(
        self, module: Module, call: ast.Call, function: ast.FunctionDef | None
    ) -> Callee | None:
        """Return the function of the package's own whose body a call runs.

        Args:
            module: where the call stands.
            call: the call.
            function: the function that it stands in.
        """
        source = module.source
        if (
            isinstance(call.func, ast.Name)
            and isinstance(source, Source)
            and len(source.bindings.get(call.func.id)) > 1
        ):
            return None  # which of them is called only running tells
        local: dict[str, tuple[ast.ImportFrom, str]] = {}
        if function is not None:
            if id(function) not in self._local:
                self._local[id(function)] = local_imports(function)
            local = self._local[id(function)]
        inner = id(function) if function is not None else None
        found = callee_of(self._resolver, module, call, local, inner)
        if found is None or not isinstance(found[1], ast.FunctionDef):
            return None
        plain = all(_is_plain(decorator) for decorator in found[1].decorator_list)
        return (found[0], found[1]) if plain and not is_one_of_several(*found) else None

    def may_lead(
        self,
        module: Module,
        node: ast.AST,
        function: ast.FunctionDef | None = None,
        depth: int = 0,
    ) -> bool:
        """Return whether a statement, or a function's body, calls what may raise.

        Args:
            module: where it stands.
            node: the statement or function.
            function: the function that it stands in, or is.
            depth: how many calls have been followed.
        """
        for call in _calls_in(node):
            found = self.callee(module, call, function)
            if found is not None and self.may_raise(*found, depth + 1):
                return True
        return False

    def may_raise(self, module: Module, function: ast.FunctionDef, depth: int = 0) -> bool:
        """Return whether a function holds a word that raises, or calls one that does."""
        known = self._raising.get(id(function))
        if known is None:
            self._raising[id(function)] = False  # one that calls itself
            self._left -= 1
            known = holds(self.lines(module), function) or (
                depth < _DEPTH
                and self._left > 0
                and self.may_lead(module, function, function, depth)
            )
            self._raising[id(function)] = known
        return known


def calls_of(value: ast.expr | None) -> Iterator[ast.Call]:
    """Yield the calls that evaluating an expression surely makes: itself, and its arguments."""
    queue = [value]
    while queue:
        node = queue.pop()
        if isinstance(node, ast.Call):
            yield node
            queue += [node.func, *node.args, *(keyword.value for keyword in node.keywords)]
        elif isinstance(node, (ast.Attribute, ast.Starred, ast.Subscript)):
            queue.append(node.value)
        elif isinstance(node, ast.UnaryOp):
            queue.append(node.operand)
        elif isinstance(node, ast.BoolOp):
            queue.append(node.values[0])
        elif isinstance(node, ast.Compare):
            queue += [node.left, node.comparators[0]]


def passed(
    call: ast.Call,
    function: ast.FunctionDef,
    home: Module,
    module: Module,
    known: Mapping[str, ast.expr],
    hidden: frozenset[str],
) -> Iterator[Passed]:
    """Yield what a call gives to each parameter of a function, its default where it gives nothing.

    Nothing for those of which the call's stars tell, so that they stay unknown.

    Args:
        call: the call.
        function: the function.
        home: the function's module.
        module: the module that the call stands in.
        known: the local names bound once where the call stands, to their expressions.
        hidden: all names bound in the function that the call stands in.
    """
    takes = function.args
    places = [*takes.posonlyargs, *takes.args]
    values: dict[str, Passed] = {}
    for arg, default in zip(reversed(places), reversed(takes.defaults), strict=False):
        values[arg.arg] = (arg.arg, home, default, {}, frozenset())
    for arg, preset in zip(takes.kwonlyargs, takes.kw_defaults, strict=True):
        if preset is not None:
            values[arg.arg] = (arg.arg, home, preset, {}, frozenset())
    starred = any(isinstance(value, ast.Starred) for value in call.args)
    if starred or any(keyword.arg is None for keyword in call.keywords):
        return
    for arg, value in zip(places, call.args, strict=False):
        values[arg.arg] = (arg.arg, module, value, known, hidden)
    for keyword in call.keywords:
        if keyword.arg is not None:
            values[keyword.arg] = (keyword.arg, module, keyword.value, known, hidden)
    changed = _stored(function)
    yield from (item for name, item in values.items() if name not in changed)


def bound_in(function: ast.FunctionDef) -> frozenset[str]:
    """Return the parameters of a function, and the names that its body binds but by imports."""
    takes = function.args
    every = [*takes.posonlyargs, *takes.args, *takes.kwonlyargs, takes.vararg, takes.kwarg]
    return frozenset(arg.arg for arg in every if arg is not None) | _stored(function).keys()


def bound_again(function: ast.FunctionDef) -> frozenset[str]:
    """Return the names that a function binds more than once, or for its module."""
    return frozenset(name for name, times in _stored(function).items() if times > 1)


def is_one_of_several(module: Module, function: ast.AST) -> bool:
    """Return whether a module binds the name of a function of its own in more than one place."""
    source = module.source
    if not isinstance(source, Source) or not isinstance(function, ast.FunctionDef):
        return False
    bindings = source.bindings.get(function.name)
    return len(bindings) > 1 and any(binding.node is function for binding in bindings)


def _stored(function: ast.FunctionDef) -> Counter[str]:
    found: Counter[str] = Counter()
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name) and isinstance(node.ctx, (ast.Store, ast.Del)):
            found[node.id] += 1
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] += 1
        elif isinstance(node, (ast.Global, ast.Nonlocal)):
            found.update(dict.fromkeys(node.names, 2))
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found[node.name] += 1
            continue
        waiting += children(node)
    return found


def _calls_in(node: ast.AST) -> Iterator[ast.Call]:
    """The calls that stand in a statement or function, those of functions within it left out."""
    waiting = [node] if not isinstance(node, ast.FunctionDef) else [*node.body]
    while waiting:
        current = waiting.pop()
        if isinstance(current, _FUNCTIONS):
            continue
        if isinstance(current, ast.Call) and isinstance(current.func, (ast.Name, ast.Attribute)):
            yield current
        waiting += children(current)


def _is_plain(decorator: ast.expr) -> bool:
    """Whether a decorated function raises what it raises undecorated."""
    named = decorator.func if isinstance(decorator, ast.Call) else decorator
    return ast.unparse(named).rpartition(".")[2] in {"cache", "lru_cache", "staticmethod"}


def holds(lines: list[int], node: ast.stmt) -> bool:
    """Return whether one of ``lines`` is of a statement."""
    index = bisect_left(lines, node.lineno)
    return index < len(lines) and lines[index] <= (node.end_lineno or node.lineno)


def raising_lines(module: Module) -> list[int]:
    """Return the lines of a module on which a word stands that raises."""
    source = module.source
    text = source.text if isinstance(source, Source) else ""
    # Not one pattern of all words: it would be tried at every letter of hundreds of modules.
    starts = sorted(start for word in _WORDS for start in _starts(text, word))
    found, line, last = [], 1, 0
    for start in starts:
        line, last = line + text.count("\n", last, start), start
        found.append(line)
    return found


def _starts(text: str, word: str) -> Iterator[int]:
    """Where a word stands in a text, not as a part of another."""
    at = text.find(word)
    while at >= 0:
        end = at + len(word)
        around = text[at - 1 : at] if at else "", text[end : end + 1]
        if not any(one == "_" or one.isalnum() for one in around):
            yield at
        at = text.find(word, end)
