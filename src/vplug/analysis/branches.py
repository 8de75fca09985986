"""The tests of ``if`` statements as conditions: on vLLM's version, or on what can be imported."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from vplug.analysis.attributes import Attributes
from vplug.analysis.bindings import bound, is_main, is_type_checking
from vplug.analysis.closing import is_changed
from vplug.analysis.conditions import (
    ALWAYS,
    NEVER,
    Condition,
    Has,
    Importable,
    Maybe,
    Never,
    Not,
    VersionIs,
    both,
    either,
    negate,
)
from vplug.analysis.modules import Module, is_below_vllm
from vplug.analysis.nodes import walk
from vplug.analysis.resolve import Resolver, Status
from vplug.analysis.versions import Fixed, Form, Versioned, Versions, value_of

_DEPTH = 10
_OF_SPECS = frozenset({"origin", "loader"})
_HOLDERS = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)

_OPS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}
_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class Tests:
    """Reads the tests of ``if`` statements in one module.

    Args:
        resolver: over the target's modules.
        module: the module.
        asks: whether to follow what asks for attributes of vLLM's classes and modules, and to tell of
            tests that cannot be followed if they ask something of vLLM.
    """

    def __init__(self, resolver: Resolver, module: Module, *, asks: bool = False) -> None:
        self._resolver = resolver
        self._module = module
        self._asks = asks
        self._versions = Versions(resolver, module)
        self._attributes = Attributes(resolver, module, self._versions)

    def condition(
        self, test: ast.expr, locals_: dict[str, ast.expr] | None = None, depth: int = 0
    ) -> Condition:
        """Return the condition that ``test`` stands for.

        Args:
            test: the expression.
            locals_: local names bound once in the function, to their expressions.
            depth: how many names have been followed.
        """
        known = locals_ or {}
        if depth > _DEPTH:
            return Maybe("too deep to follow")
        if is_type_checking(test) or is_main(test):
            return NEVER
        match test:
            case ast.Constant(value=value):
                return ALWAYS if value else NEVER
            case ast.BoolOp(op=ast.And(), values=values):
                result: Condition = ALWAYS
                for part in values:
                    result = both(result, self.condition(part, known, depth + 1))
                return result
            case ast.BoolOp(op=ast.Or(), values=values):
                result = NEVER
                for part in values:
                    result = either(result, self.condition(part, known, depth + 1))
                return result
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return negate(self.condition(operand, known, depth + 1))
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self._compare(left, op, right, known, depth)
            case ast.Compare(left=left, ops=ops, comparators=rights):
                result = ALWAYS
                for op, right in zip(ops, rights, strict=True):
                    result = both(result, self._compare(left, op, right, known, depth))
                    left = right
                return result
            case ast.Name(id=name) if name in known:
                return self.condition(known[name], known, depth + 1)
            case ast.Name() | ast.Attribute():
                return self._named(test, known, depth)
            case ast.Call():
                return self._call(test, known, depth)
            case _:
                return self._undecided(test, known)

    def _undecided(self, test: ast.expr, known: dict[str, ast.expr]) -> Maybe:
        found = _undecided(test)
        if not self._asks or not self._attributes.speaks(test, known):
            return found
        return replace(found, likely=True, of_vllm=True)

    def _named(
        self, node: ast.Name | ast.Attribute, known: dict[str, ast.expr], depth: int
    ) -> Condition:
        from vplug.analysis.imports import module_imports

        found = self._resolver.expression(self._module, node)
        value = value_of(found)
        if isinstance(value, _HOLDERS):
            return self._undecided(node, known)  # what it holds by then only running tells
        if value is not None and found.module is not None:
            if self._asks and is_changed(self._resolver, found.module, found.name, value):
                return self._undecided(node, known)
            tests = Tests(self._resolver, found.module, asks=self._asks)
            return tests.condition(value, None, depth + 1)
        if found.alternatives and found.module is not None and found.module.own:
            # `try: import …; NEW = True` and `except ImportError: NEW = False`
            flag = module_imports(self._resolver, found.module).flags.get(found.name)
            return flag if flag is not None else Maybe(likely=False, test=node)
        return self._undecided(node, known)

    def _compare(
        self,
        left: ast.expr,
        op: ast.cmpop,
        right: ast.expr,
        known: dict[str, ast.expr],
        depth: int,
    ) -> Condition:
        if isinstance(right, ast.Constant) and right.value is None:
            there = self._find_spec(left, known, depth) or self._has(left, known, depth)
            if there is not None and isinstance(op, (ast.Is, ast.IsNot, ast.Eq, ast.NotEq)):
                return Not(there) if isinstance(op, (ast.Is, ast.Eq)) else there
        if isinstance(op, (ast.In, ast.NotIn)):
            within = self._versions.within(left, right, known, depth)
            if within is not None:
                held = VersionIs("in", within)
                return held if isinstance(op, ast.In) else negate(held)
        elements = (
            self._elements(right, known, depth) if isinstance(op, (ast.In, ast.NotIn)) else None
        )
        if elements is not None:
            result: Condition = NEVER
            for element in elements:
                result = either(result, self._compare(left, ast.Eq(), element, known, depth))
            return result if isinstance(op, ast.In) else negate(result)
        sign = _OPS.get(type(op))
        if sign is not None:
            for mine, other, said in ((left, right, sign), (right, left, _MIRRORED[sign])):
                found = self._versions.versioned(mine, known, depth)
                fixed = self._versions.fixed(other, known, depth) if found is not None else None
                told = _comparison(said, found, fixed) if found and fixed else None
                if told is not None:
                    return told
        one, two = self._constant(left, known, depth), self._constant(right, known, depth)
        if sign is not None and one is not None and two is not None:
            try:
                return ALWAYS if _HOLDS[sign](one.value, two.value) else NEVER
            except TypeError:
                pass
        return self._undecided(ast.copy_location(ast.Compare(left, [op], [right]), left), known)

    def _begins(
        self, version: ast.expr, start: ast.expr, known: dict[str, ast.expr], depth: int
    ) -> Condition | None:
        """The condition that vLLM's version begins with a text, or with one of some."""
        if self._versions.versioned(version, known, depth) != Versioned(Form.TEXT):
            return None
        result: Condition = NEVER
        for text in self._elements(start, known, depth) or [start]:
            fixed = self._versions.fixed(text, known, depth)
            if fixed is None or fixed.form is not Form.TEXT:
                return None
            result = either(result, VersionIs("startswith", fixed.text, None, Form.TEXT))
        return result

    def _elements(
        self, node: ast.expr, known: dict[str, ast.expr], depth: int
    ) -> list[ast.expr] | None:
        """What a tuple, list, set or dictionary that is written out holds, or is looked up by."""
        if depth > _DEPTH:
            return None
        match node:
            case ast.Tuple(elts=elts) | ast.List(elts=elts) | ast.Set(elts=elts):
                return elts if not any(isinstance(part, ast.Starred) for part in elts) else None
            case ast.Dict(keys=keys):
                named = [key for key in keys if key is not None]
                return named if len(named) == len(keys) else None
            case (
                ast.Call(
                    func=ast.Name(id="frozenset" | "set" | "tuple" | "list" | "dict"), args=[inner]
                )
                | ast.Call(func=ast.Attribute(value=inner, attr="keys"), args=[])
            ):
                return self._elements(inner, known, depth + 1)
            case ast.Name(id=name) if name in known:
                return self._elements(known[name], known, depth + 1)
            case ast.Name() | ast.Attribute():
                found = self._resolver.expression(self._module, node)
                held = value_of(found)
                if held is None or found.module is None or not found.module.own:
                    return None
                if is_changed(self._resolver, found.module, found.name, held):
                    return None
                tests = Tests(self._resolver, found.module, asks=self._asks)
                return tests._elements(held, {}, depth + 1)
            case _:
                return None

    def _has(self, node: ast.expr, known: dict[str, ast.expr], depth: int) -> Has | None:
        """The condition that ``hasattr(…)``, or ``getattr(…)`` with a default, is as a test."""
        if isinstance(node, ast.Name) and isinstance(known.get(node.id), ast.Call):
            node = known[node.id]
        if not self._asks or not isinstance(node, ast.Call) or len(node.args) < 2:
            return None
        return self._attributes.has(node, self._constant(node.args[1], known, depth), known)

    def _of_each(self, node: ast.Call, known: dict[str, ast.expr], depth: int) -> Condition | None:
        """The condition that ``all`` or ``any`` of tests is, of things that are written out."""
        match node:
            case ast.Call(func=ast.Name(id="all" | "any" as name), args=[given]):
                pass
            case _:
                return None
        tests: list[tuple[ast.expr, dict[str, ast.expr]]]
        match given:
            case (
                ast.GeneratorExp(elt=test, generators=[turn])
                | ast.ListComp(elt=test, generators=[turn])
            ) if isinstance(turn.target, ast.Name) and not turn.ifs and not turn.is_async:
                elements = self._elements(turn.iter, known, depth)
                if elements is None:
                    return None
                tests = [(test, {**known, turn.target.id: element}) for element in elements]
            case ast.Tuple(elts=elts) | ast.List(elts=elts):
                tests = [(test, known) for test in elts]
            case _:
                return None
        result: Condition = ALWAYS if name == "all" else NEVER
        for test, names in tests:
            held = self.condition(test, names, depth + 1)
            result = both(result, held) if name == "all" else either(result, held)
        return result

    def _constant(
        self, node: ast.expr, known: dict[str, ast.expr], depth: int
    ) -> ast.Constant | None:
        """The constant that an expression is or that a name holds."""
        if isinstance(node, ast.Constant):
            return node
        if depth > _DEPTH or not isinstance(node, ast.Name):
            return None
        if node.id in known:
            return self._constant(known[node.id], known, depth + 1)
        held = value_of(self._resolver.name(self._module, node.id))
        return held if isinstance(held, ast.Constant) else None

    def _find_spec(
        self, node: ast.expr, known: dict[str, ast.expr], depth: int
    ) -> Condition | None:
        """Whether ``find_spec`` finds a module: what is below ``vllm`` a release tells."""
        if isinstance(node, ast.Attribute) and node.attr in _OF_SPECS:
            node = node.value  # a module of vLLM's that is there has a file
        if isinstance(node, ast.Name):
            held = known.get(node.id) or value_of(self._resolver.name(self._module, node.id))
            node = held if isinstance(held, ast.Call) else node
        match node:
            case ast.Call(
                func=ast.Attribute(attr="find_spec") | ast.Name(id="find_spec"), args=[asked]
            ):
                name = self._constant(asked, known, depth)
            case _:
                return None
        if name is None or not isinstance(name.value, str) or not is_below_vllm(name.value):
            return None
        return Importable(((name.value, None),))

    def _call(self, node: ast.Call, known: dict[str, ast.expr], depth: int) -> Condition:
        there = (
            self._find_spec(node, known, depth)
            or self._has(node, known, depth)
            or self._of_each(node, known, depth)
        )
        if there is not None:
            return there
        match node:
            case ast.Call(func=ast.Name(id="bool"), args=[inner]):
                return self.condition(inner, known, depth + 1)
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name),
                args=[ast.Constant(value=str(text))],
            ) if name in {"vllm_version_is", "is_vllm_version"}:
                return VersionIs("==", text)
            case ast.Call(func=ast.Attribute(value=value, attr="startswith"), args=[start]):
                begun = self._begins(value, start, known, depth)
                if begun is not None:
                    return begun
            case ast.Call(func=ast.Attribute(value=value, attr="contains"), args=[asked, *_]):
                within = self._versions.within(asked, value, known, depth)
                if within is not None:
                    return VersionIs("in", within)
            case _:
                pass
        if not isinstance(node.func, (ast.Name, ast.Attribute)):
            return self._undecided(node, known)
        found = self._resolver.expression(self._module, node.func)
        if (
            found.status is Status.FOUND
            and found.module is not None
            and isinstance(found.node, ast.FunctionDef)
        ):
            tests = Tests(self._resolver, found.module, asks=self._asks)
            given = self._given(found.node.args, node, known, depth)
            returned = tests.returned(found.node.body, given, depth + 1)
            if returned is not None:
                return returned
        return self._undecided(node, known)

    def returned(
        self, body: list[ast.stmt], given: dict[str, ast.expr], depth: int
    ) -> Condition | None:
        """Return under which condition a function's body returns something true.

        ``None`` where it does more than assign, branch and return.
        """
        given = dict(given)
        for place, statement in enumerate(body):
            match statement:
                case ast.Return(value=ast.expr() as value):
                    return self.condition(value, given, depth)
                case ast.Return():
                    return NEVER
                case ast.Assign(targets=[target], value=value) if (
                    parts := bound(target, value)
                ) is not None:
                    given |= parts
                case ast.If(test=test, body=inner, orelse=orelse):
                    held = self.condition(test, given, depth)
                    rest = body[place + 1 :]
                    arms = []
                    for when, arm in ((held, inner), (negate(held), orelse)):
                        if isinstance(when, Never):
                            continue
                        found = self.returned([*arm, *rest], given, depth + 1)
                        if found is None or depth > _DEPTH:
                            return None
                        arms.append(both(when, found))
                    return either(arms[0], arms[-1])
                case ast.Try(body=inner, handlers=handlers, orelse=[], finalbody=[]) if all(
                    _says_no(handler) for handler in handlers
                ):
                    # `try: return find_spec(name) is not None` and `except ImportError: return False`
                    return self.returned([*inner, *body[place + 1 :]], given, depth + 1)
                case ast.Raise():
                    return NEVER
                case ast.Expr(value=ast.Constant()) | ast.Import() | ast.ImportFrom() | ast.Pass():
                    continue
                case _:
                    return None
        return NEVER

    def _given(
        self, takes: ast.arguments, call: ast.Call, known: dict[str, ast.expr], depth: int
    ) -> dict[str, ast.expr]:
        """The arguments of a call by parameter; names of this module's become what they hold."""
        places = [*takes.posonlyargs, *takes.args]
        given: dict[str, ast.expr] = {}
        for arg, default in zip(reversed(places), reversed(takes.defaults), strict=False):
            given[arg.arg] = default
        for arg, preset in zip(takes.kwonlyargs, takes.kw_defaults, strict=True):
            if preset is not None:
                given[arg.arg] = preset
        passed = [(arg.arg, value) for arg, value in zip(places, call.args, strict=False)]
        passed += [(keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg]
        for name, value in passed:
            fixed = self._versions.fixed(value, known, depth + 1)
            held = isinstance(value, (ast.Name, ast.Attribute)) and fixed is not None
            is_text = fixed is not None and fixed.form is Form.TEXT
            given[name] = ast.Constant(fixed.text) if held and is_text and fixed else value
        return given


def _says_no(handler: ast.ExceptHandler) -> bool:
    """Whether an exception's handler does nothing but return something false."""
    match handler.body:
        case [ast.Return(value=ast.Constant(value=value))]:
            return not value
        case [ast.Return(value=None)]:
            return True
    return False


def _comparison(op: str, found: Versioned, fixed: Fixed) -> VersionIs | None:
    """The comparison; ``None`` of things that Python does not compare."""
    one = {found.form, fixed.form}
    if Form.PIECE in one or Form.NUMBER in one:
        if one not in ({Form.NUMBER}, {Form.PIECE, Form.TEXT}):
            return None
        return VersionIs(op, fixed.text, None, found.form, found.index)
    if found.parts is not None or Form.NUMBERS in one:
        return VersionIs(op, fixed.text, found.parts, Form.NUMBERS)
    if one == {Form.TEXT}:
        return VersionIs(op, fixed.text, None, Form.TEXT)
    return VersionIs(op, fixed.text)


_NUMBERS = re.compile(r"v?\d+\.\d+(\.\w+)*")


def _undecided(test: ast.expr) -> Maybe:
    """A test that only running tells; one that speaks of a version tells releases apart."""
    for node in walk(test):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) if "version" in name.lower():
                return Maybe(likely=False, test=test)
            case ast.Constant(value=str(text)) if _NUMBERS.fullmatch(text):
                return Maybe(likely=False, test=test)
            case _:
                continue
    return Maybe(test=test)
