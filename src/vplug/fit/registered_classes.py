"""VP213, VP214: classes that a plugin registers, and that vLLM makes instances of later, or calls.

What vLLM does with each was read from 0.7.0 to 0.33.0: ``KVConnectorFactory.create_connector``,
``WeightTransferEngineFactory.create_engine`` and ``get_model_loader`` make an instance of the class;
``get_quant_config`` (``model_executor/model_loader/weight_utils.py``) calls its ``from_config``, which
makes one; a LoRA resolver is registered as an instance. An attention backend is used as a class:
``Attention`` and ``MLAAttention`` call ``get_name`` and ``get_impl_cls`` and make an instance of what the
second gives, the model runners call the others. Parsers of tools and reasoning, custom ops and layers
derive from no abstract class.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from vplug.analysis.ancestry import ancestry
from vplug.analysis.caught import called_and_caught, works_before
from vplug.analysis.conditions import ALWAYS, Condition, Maybe, both, doubt_of
from vplug.analysis.execution import Execution
from vplug.analysis.guards import Guard
from vplug.analysis.imported import surely_run
from vplug.analysis.imports import works
from vplug.analysis.modules import Module, ModuleKind, read_text
from vplug.analysis.registrations import Registration
from vplug.analysis.resolve import Kind, Resolution, Resolver, Status
from vplug.analysis.scopes import Value, walk_body
from vplug.analysis.values import Evaluator, Instance, Reference
from vplug.fit.fault import LOWER, ReleaseFault, Subject
from vplug.fit.masks import Masks
from vplug.fit.missing import missing_methods
from vplug.model import Severity

#: What is registered as a class by its module's name and its own; with what a class itself may be given.
_BY_NAME = {"KV connector": "KVConnectorBase_V1", "weight-transfer engine": "WeightTransferEngine"}
#: What vLLM calls on an attention backend's class: its layers, and its model runners, which a
#: platform's own may not be.
_BY_LAYERS = frozenset({"get_name", "get_impl_cls"})
_BY_RUNNERS = frozenset({"get_builder_cls", "get_kv_cache_shape"})
#: Decorators that leave a class as it is.
_HARMLESS = re.compile(r"(?:register\w*|dataclass|final|runtime_checkable)\Z")
#: Where the block of a class ends: a line that begins at the margin, a closing bracket aside.
_MARGIN = re.compile(r"^[^\s#)\]}]", re.MULTILINE)
_METHOD = re.compile(r"^(?: {4}|\t)(?:async )?def (\w+)\(", re.MULTILINE)


@dataclass
class _Registered:
    """A class that is registered, and when.

    Attributes:
        module: where it is defined.
        node: the class.
        what: what it is registered as.
        sure: the releases in which it surely is.
        maybe: those in which it may be.
        doubt: on what that hangs.
    """

    module: Module
    node: ast.ClassDef
    what: str
    sure: int = 0
    maybe: int = 0
    doubt: str = ""


class RegisteredClasses:
    """Judges what the plugins of one target register.

    Args:
        execution: what runs when they load.
        resolver: over the target's modules.
        masks: over the store.
    """

    def __init__(self, execution: Execution, resolver: Resolver, masks: Masks) -> None:
        self._execution = execution
        self._resolver = resolver
        self._masks = masks
        self._evaluator = Evaluator(resolver)
        self._judged: dict[tuple[int, str], list[ReleaseFault]] = {}
        self._wanted: dict[str, frozenset[str]] = {}
        self._caught: dict[tuple[tuple[str, ...], int | None], dict[int, Condition]] = {}

    def faults(self, subject: Subject, made: set[int]) -> Iterator[ReleaseFault]:
        """Yield the faults of the classes that a plugin registers.

        Args:
            subject: the plugin.
            made: classes that are judged as instances already, by node id.
        """
        classes: dict[tuple[int, str], _Registered] = {}
        for item in subject.registrations:
            found = self._class_of(item)
            if found is None or id(found[1]) in made or not _is_plain(found[1]):
                continue
            known = classes.setdefault(
                (id(found[1]), item.kind.what), _Registered(*found, item.kind.what)
            )
            condition = self.when(item, subject)
            there = self._there(item)
            known.sure |= there & self._masks.when(condition)[0]
            known.maybe |= there & self._masks.when(condition, likely=True)[1]
            known.doubt = known.doubt or doubt_of(condition)
        for registered in classes.values():
            for fault in self._of_class(registered):
                yield from _in_time(fault, registered)

    def _of_class(self, registered: _Registered) -> list[ReleaseFault]:
        key = (id(registered.node), registered.what)
        known = self._judged.get(key)
        if known is None:
            known = self._judged[key] = list(self._judge(registered))
        return known

    def _judge(self, registered: _Registered) -> Iterator[ReleaseFault]:
        module, node, what = registered.module, registered.node, registered.what
        if what == "attention backend":
            yield from self._backend(module, node)
            return
        faults = missing_methods(module, node, self._resolver, self._masks)
        if what == "quantization" and not self._makes_itself(module, node):
            faults = [fault for fault in faults if (fault.symbol or "").endswith(".from_config")]
        for fault in faults:
            yield replace(fault, message=f"{fault.message}; it is registered as a {what}")

    def _backend(self, module: Module, node: ast.ClassDef) -> Iterator[ReleaseFault]:
        for called, severity in ((_BY_LAYERS, Severity.ERROR), (_BY_RUNNERS, Severity.WARNING)):
            for fault in missing_methods(module, node, self._resolver, self._masks, called=called):
                message = f"{fault.message}; it is registered as an attention backend"
                yield replace(fault, severity=severity, message=message)
        lineage = ancestry(self._resolver, module, node)
        for method in ("get_impl_cls", "get_builder_cls"):
            found = lineage.method(method)
            if found is None or not isinstance(found[1], ast.FunctionDef):
                continue
            values = [
                value
                for _, part in self._evaluator.returned(*found)
                for value in part
                if isinstance(value, Reference)
            ]
            for value in values:
                given = self._own_class(value)
                if given is None or not _is_plain(given[1]):
                    continue
                for fault in missing_methods(*given, self._resolver, self._masks):
                    message = f"{fault.message}; {node.name}.{method} gives it to vLLM"
                    severity = Severity.ERROR if len(values) == 1 else Severity.WARNING
                    yield replace(fault, severity=severity, message=message)

    def _makes_itself(self, module: Module, node: ast.ClassDef) -> bool:
        """Whether a quantization's ``from_config`` makes an instance of the class, as far as can be read."""
        found = ancestry(self._resolver, module, node).method("from_config")
        if found is None:
            return True
        names = {"cls", node.name}
        return any(
            isinstance(child, ast.Call) and getattr(child.func, "id", "") in names
            for child in walk_body(found[1].body)
        )

    def when(self, item: Registration, subject: Subject) -> Condition:
        """Return under which condition a registration runs when the plugin is loaded and called."""
        execution = self._execution
        module = self._resolver.finder.find(item.module)
        local = execution.imports_of(module).registering.get(item.location, ALWAYS)
        if item.function is not None:
            called = execution.surely_called(subject.modules, subject.entry)
            if id(item.function) not in called:
                doubt = Maybe("calls that reading does not follow")
                return both(doubt, both(self._when_caught(item, subject), local))
        loaded = execution.loads(subject.modules, subject.entry).get(item.module)
        if loaded is None:
            return both(Maybe("an import that reading does not follow"), local)
        condition = loaded[0]
        if loaded[1] is not Guard.NONE and item.function is None:
            # The module's own imports may fail before, and something catches that.
            top = execution.imports_of(module).top
            before = surely_run(top, before=item.location.line or 0)
            condition = both(condition, works(self._resolver, before))
        return both(condition, local)

    def _when_caught(self, item: Registration, subject: Subject) -> Condition:
        """When the function of a registration may be called, as far as calls that are caught tell."""
        key = (subject.modules, id(subject.entry[1]) if subject.entry is not None else None)
        if key not in self._caught:
            called = self._execution.surely_called(subject.modules, subject.entry)
            self._caught[key] = called_and_caught(self._resolver, called.values())
        reach = self._caught[key].get(id(item.function))
        if reach is None or item.function is None:
            return ALWAYS
        module = self._resolver.finder.find(item.module)
        line = item.location.line or 0
        return both(reach, works_before(self._resolver, module, item.function, line))

    def _there(self, item: Registration) -> int:
        """The releases that have the function by which it is registered."""
        store = self._masks.store
        key = store.function_key(item.name)
        if key is None:
            return store.everything
        releases = 0
        for contract in store.functions(key):
            releases |= contract.releases
        return releases

    def _class_of(self, item: Registration) -> tuple[Module, ast.ClassDef] | None:
        """The class of the package's own that a registration gives to vLLM, where reading tells."""
        what = item.kind.what
        if what == "LoRA resolver":
            return self._own_class(item.value(1, "resolver"))
        if what in {"quantization", "model loader"}:
            return self._own_class(item.given)
        if what == "attention backend":
            path = item.value(1, "class_path")
            if path is None:
                return self._own_class(item.given)
            return self._named(*path.rpartition(".")[::2]) if isinstance(path, str) else None
        if what not in _BY_NAME:
            return None
        keyword = "module_path" if what == "KV connector" else "module_path_or_cls"
        module, name = item.value(1, keyword), item.value(2, "class_name")
        if isinstance(module, Reference):
            return self._own_class(module)
        if not isinstance(module, str) or not isinstance(name, str):
            return None
        return self._named(module, name, self._abstract(_BY_NAME[what]))

    def _abstract(self, key: str) -> frozenset[str]:
        """The methods that are abstract in some release's base class."""
        known = self._wanted.get(key)
        if known is None:
            known = self._wanted[key] = frozenset(
                member.name
                for contract in self._masks.store.classes(key)
                for member in contract.members.values()
                if member.abstract
            )
        return known

    def _named(
        self, module_name: str, name: str, wanted: frozenset[str] = frozenset()
    ) -> tuple[Module, ast.ClassDef] | None:
        """The class that text names; ``None`` too where its module's text shows ``wanted`` in it.

        A connector's module is long, and nothing else may need its syntax tree.
        """
        if not module_name:
            return None
        module = self._resolver.finder.find(module_name)
        if module.kind is not ModuleKind.SOURCE or not module.own:
            return None
        if wanted and not module.was_read and _shows(read_text(module), name, wanted):
            return None
        return _own(self._resolver.imported(module_name, name))

    def _own_class(self, value: Value) -> tuple[Module, ast.ClassDef] | None:
        if isinstance(value, Instance):
            return _own(value.of)
        return _own(value.target) if isinstance(value, Reference) else None


def _own(found: Resolution) -> tuple[Module, ast.ClassDef] | None:
    if found.status is not Status.FOUND or found.kind is not Kind.CLASS or found.alternatives:
        return None
    if found.module is None or not found.module.own or not isinstance(found.node, ast.ClassDef):
        return None
    return found.module, found.node


def _is_plain(node: ast.ClassDef) -> bool:
    """Whether nothing but its body and bases makes a class what it is."""
    for decorator in node.decorator_list:
        inner = decorator.func if isinstance(decorator, ast.Call) else decorator
        name = inner.attr if isinstance(inner, ast.Attribute) else getattr(inner, "id", "")
        if not _HARMLESS.match(name):
            return False
    return not any(keyword.arg != "metaclass" for keyword in node.keywords)


def _shows(text: str, name: str, wanted: frozenset[str]) -> bool:
    """Whether source text shows a class with methods of all these names, each in its own body."""
    start = re.search(rf"^class {re.escape(name)}\b", text, re.MULTILINE)
    if start is None:
        return False
    end = _MARGIN.search(text, start.end())
    block = text[start.end() : end.start() if end is not None else len(text)]
    return wanted <= set(_METHOD.findall(block))


def _in_time(fault: ReleaseFault, registered: _Registered) -> Iterator[ReleaseFault]:
    """A fault in the releases in which the class is registered, milder where it may be."""
    sure = fault.releases & registered.sure
    if sure:
        yield replace(fault, releases=sure)
    maybe = fault.releases & registered.maybe & ~registered.sure
    if maybe:
        message = fault.message
        if registered.doubt:
            message += f"; whether it is registered hangs on {registered.doubt}"
        yield replace(
            fault,
            releases=maybe,
            message=message,
            severity=LOWER.get(fault.severity, fault.severity),
        )
