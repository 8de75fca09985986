"""What changed for a plugin author between two releases, and in which one between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from vplug.contracts.curated import BASE_OF, KIND_OF, KINDS, WHY, called
from vplug.contracts.meaning import Around, form_of, function_changes, member_changes
from vplug.contracts.old_names import OLD_NAMES, called_by_old_name, old_name
from vplug.contracts.store import ContractStore
from vplug.contracts.wording import to_text
from vplug.model import (
    ChangeStep,
    ChangeType,
    ClassContract,
    ContractChange,
    ContractDiff,
    FunctionContract,
    LoaderContract,
    Member,
    NameCounts,
    Passing,
)

_Form = TypeVar("_Form", ClassContract, FunctionContract, LoaderContract)
_Named = TypeVar("_Named", ClassContract, FunctionContract)
#: What ``--kind`` may ask about.
DIFF_KINDS = tuple(sorted({*KINDS, "loader"}))
_KIND_OF_GROUP = {
    "vllm.io_processor_plugins": "io-processor",
    "vllm.platform_plugins": "platform",
    "vllm.logits_processors": "logits-processor",
    "vllm.stat_logger_plugins": "stat-logger",
    "vllm.endpoint_plugins": "endpoint",
}
#: A failure that the loader meets → the kind of plugin, and its name.
_FAILURES = {
    "load": ("loader", "an entry point whose import fails"),
    "general-call": ("loader", "a general plugin whose call fails"),
    "platform-call": ("platform", "a platform plugin whose call fails"),
    "io-processor-call": ("io-processor", "an IO processor plugin whose call fails"),
    "logits-processor-load": ("logits-processor", "a logits processor whose import fails"),
    "endpoint-call": ("endpoint", "an endpoint plugin whose call fails"),
}
_OUTCOMES = {
    "silent": "swallowed without a word",
    "debug": "logged at DEBUG, and swallowed",
    "debug/warning": "logged at DEBUG, an out-of-tree one at WARNING, and swallowed",
    "warning": "logged at WARNING, and swallowed",
    "exception": "logged with its traceback, and skipped",
    "raises": "raises: vLLM does not start",
    "not-caught": "not caught: the process dies",
}


@dataclass(frozen=True)
class _Span:
    """The two releases and what lies between them, as places in the store."""

    store: ContractStore
    old: int
    new: int

    @property
    def places(self) -> range:
        return range(min(self.old, self.new), max(self.old, self.new) + 1)

    def steps(self, form: Callable[[int], str]) -> tuple[ChangeStep, ...]:
        """Return where ``form`` changes from one release to the next, oldest first."""
        found = []
        before: str | None = None
        for place in self.places:
            now = form(place)
            if before is not None and now != before:
                found.append(ChangeStep(self.store.releases[place], now))
            before = now
        return tuple(found)


def _at(forms: Iterable[_Form], place: int) -> _Form | None:
    return next((form for form in forms if form.releases >> place & 1), None)


def diff(store: ContractStore, old: str, new: str, kind: str | None = None) -> ContractDiff:
    """Return what changed from release ``old`` to ``new``, whichever is the older.

    Args:
        store: where both are looked up.
        old: the release one comes from.
        new: the release one goes to.
        kind: only what concerns these plugins, one of :data:`DIFF_KINDS`.

    Raises:
        UsageFault: the store has no such release.
    """
    span = _Span(store, store.index(old), store.index(new))
    changes: list[ContractChange] = []
    passing: list[Passing] = []
    for key in store.class_keys:
        if kind in (None, KIND_OF.get(key)):
            forms = store.classes(key)
            changes += _class(span, key, forms)
            passing += _passing(span, key, forms)
    for key in store.function_keys:
        if kind in (None, KIND_OF.get(key)):
            changes += _function(span, key, store.functions(key))
    changes += [change for change in _loader(span) if kind in (None, change.kind)]
    order = list(ChangeType)
    changes.sort(key=lambda change: (change.kind, order.index(change.what), change.symbol))
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    names = None
    if kind is None:
        added, removed, names = _modules(store, 1 << span.old, 1 << span.new)
    return ContractDiff(
        store.releases[span.old],
        store.releases[span.new],
        kind,
        span.new < span.old,
        store.releases[span.places.start + 1 : span.places.stop],
        tuple(changes),
        tuple(passing),
        added,
        removed,
        names,
    )


def _is_inherited(contract: ClassContract, name: str) -> bool:
    """Whether a built-in class has a member from the class that it stands for, which tells of it."""
    member = contract.members.get(name)
    return contract.key in BASE_OF and (member is None or member.owner != contract.name)


def _class(span: _Span, key: str, forms: Sequence[ClassContract]) -> Iterator[ContractChange]:
    old, new = _at(forms, span.old), _at(forms, span.new)
    if old is None and new is None:
        return
    steps = span.steps(partial(_name_at, forms))
    if old is None or new is None or old.name != new.name:
        yield _whole(span, key, old.name if old else "", new.name if new else "", steps)
    if old is None or new is None:
        return
    for name in sorted({*old.members, *new.members}):
        if _is_inherited(old, name) and _is_inherited(new, name):
            continue
        if not _own_business(name, old.members.get(name), new.members.get(name)):
            yield from _member(span, key, forms, name)
    yield from _old_names(span, key, old, new)


def _own_business(name: str, *members: Member | None) -> bool:
    """Whether a member is vLLM's own: private, and abstract in neither release."""
    public = not name.startswith("_") or name in ("__init__", "__call__")
    return not public and not any(m is not None and m.abstract for m in members)


def _member(
    span: _Span, key: str, forms: Sequence[ClassContract], name: str
) -> Iterator[ContractChange]:
    before, after = (_member_at(forms, name, place) for place in (span.old, span.new))
    if _inherited(span, key, name, before, after):
        return
    around = Around(
        called=name in called(key),
        old_name=old_name(key, name),
        calls_old=bool(called_by_old_name(span.store, key, name) >> span.new & 1),
        shim=next(
            (
                item
                for item in OLD_NAMES
                if item.key == key
                and name in item.by
                and called_by_old_name(span.store, key, item.name) >> span.new & 1
            ),
            None,
        ),
    )
    steps = span.steps(lambda place: form_of(_member_at(forms, name, place)))
    for what, means in member_changes(before, after, around):
        yield ContractChange(
            what,
            KIND_OF.get(key, ""),
            f"{key}.{name}",
            form_of(before),
            form_of(after),
            means=means,
            steps=steps,
        )


def _inherited(
    span: _Span, key: str, name: str, before: Member | None, after: Member | None
) -> bool:
    """Whether a member's change is that of a class above, which is told there."""
    store = span.store
    for owner in {member.owner for member in (before, after) if member is not None}:
        above = store.class_key(owner)
        if above is None or above == key:
            return False
        forms = store.classes(above)
        for place, member in ((span.old, before), (span.new, after)):
            if form_of(_member_at(forms, name, place)) != form_of(member):
                return False
    return True


def _old_names(
    span: _Span, key: str, old: ClassContract, new: ClassContract
) -> Iterator[ContractChange]:
    """Methods that neither base class has, and that only one of the releases calls."""
    for item in OLD_NAMES:
        if item.key != key or item.name in old.members or item.name in new.members:
            continue
        mask = called_by_old_name(span.store, key, item.name)
        was, now = bool(mask >> span.old & 1), bool(mask >> span.new & 1)
        if was == now:
            continue
        form = "called where a plugin has it"
        yield ContractChange(
            ChangeType.DEPRECATED if now else ChangeType.IGNORED,
            KIND_OF.get(key, ""),
            f"{key}.{item.name}",
            form if was else "",
            form if now else "",
            means=(
                f"vLLM calls a plugin's own from {item.first} to {item.last}"
                if now
                else f"called no more, yours has no effect; its place is taken by {item.instead}"
            ),
            steps=span.steps(lambda place: form if mask >> place & 1 else ""),  # noqa: B023
        )


def _function(span: _Span, key: str, forms: Sequence[FunctionContract]) -> Iterator[ContractChange]:
    old, new = _at(forms, span.old), _at(forms, span.new)
    if old is None and new is None:
        return
    names = span.steps(partial(_name_at, forms))
    if old is None or new is None or old.name != new.name:
        yield _whole(span, key, old.name if old else "", new.name if new else "", names)
    if old is None or new is None:
        return
    signatures = span.steps(
        lambda place: to_text(form.signature) if (form := _at(forms, place)) else ""
    )
    twice = span.steps(
        lambda place: (
            f"registering a name twice: {form.duplicate}" if (form := _at(forms, place)) else ""
        )
    )
    for was, now, means in function_changes(old, new):
        steps = signatures if was.startswith(("(", "async")) else twice
        yield ContractChange(
            ChangeType.CHANGED, KIND_OF.get(key, ""), key, was, now, means=means, steps=steps
        )


def _whole(
    span: _Span, key: str, old: str, new: str, steps: tuple[ChangeStep, ...]
) -> ContractChange:
    """A class or function that came, went or is elsewhere."""
    kind = KIND_OF.get(key, "")
    if not old:
        return ContractChange(
            ChangeType.ADDED, kind, key, "", new, means=WHY.get(key, ""), steps=steps
        )
    bit = 1 << span.new
    if not new:
        where = span.store.where_defined(old.rpartition(".")[2], bit)
        means = "gone: importing it or deriving from it fails"
        return ContractChange(ChangeType.REMOVED, kind, key, old, "", where, means, steps)
    # Of a function of a class, the class is what is imported.
    leaves = 2 if "." in key else 1
    module, *rest = old.rsplit(".", leaves)
    works = span.store.name(module, rest[0]).usable & bit
    means = (
        f"defined elsewhere; importing it from {module} still works"
        if works
        else f"import it from the new place: {module} has it no more"
    )
    return ContractChange(ChangeType.MOVED, kind, key, old, new, (new,), means, steps)


def _passing(span: _Span, key: str, forms: Sequence[ClassContract]) -> Iterator[Passing]:
    """A class, or members of one that is in both, that only releases in between have."""
    kind = KIND_OF.get(key, "")
    old, new = _at(forms, span.old), _at(forms, span.new)
    inside = [form for place in span.places if (form := _at(forms, place)) is not None]
    if old is None and new is None:
        if inside:
            yield Passing(kind, key, span.steps(partial(_name_at, forms)))
        return
    if old is None or new is None:
        return
    names = {name for form in inside for name in form.members}
    for name in sorted(names - {*old.members, *new.members}):
        owners = {form.members[name].owner for form in inside if name in form.members}
        told_above = all(_is_inherited(form, name) for form in inside) or any(
            span.store.class_key(owner) not in (None, key) for owner in owners
        )
        if not (told_above or _own_business(name)):
            steps = span.steps(lambda place: form_of(_member_at(forms, name, place)))  # noqa: B023
            yield Passing(kind, f"{key}.{name}", steps)


def _name_at(forms: Sequence[_Named], place: int) -> str:
    form = _at(forms, place)
    return form.name if form is not None else ""


def _member_at(forms: Sequence[ClassContract], name: str, place: int) -> Member | None:
    form = _at(forms, place)
    return form.members.get(name) if form is not None else None


def _loader(span: _Span) -> Iterator[ContractChange]:
    """What changed in how vLLM finds, calls and gives up on plugins."""
    forms = span.store.loader()
    old, new = _at(forms, span.old), _at(forms, span.new)
    if old is None or new is None:
        return

    def change(
        kind: str, symbol: str, form: Callable[[LoaderContract], str], means: str
    ) -> Iterator[ContractChange]:
        was, now = form(old), form(new)
        if was == now:
            return
        what = ChangeType.CHANGED
        if not was or not now:
            what = ChangeType.ADDED if now else ChangeType.REMOVED
        steps = span.steps(lambda place: form(found) if (found := _at(forms, place)) else "")
        yield ContractChange(what, kind, symbol, was, now, means=means, steps=steps)

    for group in sorted({*old.groups, *new.groups}):
        yield from change(
            _KIND_OF_GROUP.get(group, "loader"),
            f"group {group}",
            lambda form: "read" if group in form.groups else "",  # noqa: B023
            "" if group in new.groups else "nothing reads it: its plugins are never loaded",
        )
    for name in sorted({*old.platforms, *new.platforms}):
        yield from change(
            "platform",
            f"built-in platform {name}",
            lambda form: "built in" if name in form.platforms else "",  # noqa: B023
            "a platform plugin of that name is taken for it" if name in new.platforms else "",
        )
    if old.io_processor_arguments and new.io_processor_arguments:
        yield from change(
            "io-processor",
            "what vLLM passes to an IO processor's constructor",
            lambda form: f"({', '.join(form.io_processor_arguments)})",
            f"yours must take ({', '.join(new.io_processor_arguments)})",
        )
    before, after = (dict(line.split(" ") for line in form.caught) for form in (old, new))
    for failure in sorted(before.keys() & after.keys()):
        kind, symbol = _FAILURES.get(failure, ("loader", failure))
        yield from change(
            kind,
            symbol,
            lambda form: _outcome(form, failure),  # noqa: B023
            "",
        )
    yield from change(
        "loader",
        "requires-python",
        lambda form: form.python or "any",
        "a plugin's own requires-python must leave one of these",
    )


def _outcome(form: LoaderContract, failure: str) -> str:
    for line in form.caught:
        name, _, outcome = line.partition(" ")
        if name == failure:
            return _OUTCOMES.get(outcome, outcome)
    return ""


def _modules(
    store: ContractStore, old: int, new: int
) -> tuple[tuple[str, ...], tuple[str, ...], NameCounts]:
    came: list[str] = []
    went: list[str] = []
    added = removed = moved = 0
    for module in store.modules():
        where = store.module(module)
        before, after = where.present & old, where.present & new
        if not before and not after:
            continue
        if not before:
            came.append(module)
        if not after:
            went.append(module)
        for name in store.names(module):
            history = store.name(module, name)
            was, now = history.usable & old, history.usable & new
            if now and not was:
                added += 1
            elif was and not now:
                removed += 1
                # Only what this module defined can have moved; the rest it had merely imported.
                if store.defined(module, name) & old and store.where_defined(name, new):
                    moved += 1
    return tuple(came), tuple(went), NameCounts(added, removed, moved)
