"""What a change of a member or a function means to an author, in one clause."""

from __future__ import annotations

from dataclasses import dataclass

from vplug.analysis.calls import takes_call
from vplug.contracts.old_names import OldName
from vplug.contracts.wording import to_text
from vplug.model import (
    ChangeType,
    FunctionContract,
    Member,
    MemberKind,
    Parameter,
    ParameterKind,
    Signature,
)

_RAISES = "only raises NotImplementedError"
_POSITIONAL = (ParameterKind.POSITIONAL_ONLY, ParameterKind.POSITIONAL_OR_KEYWORD)
_KINDS = {
    MemberKind.METHOD: "a method",
    MemberKind.STATIC: "a static method",
    MemberKind.CLASS: "a class method",
    MemberKind.PROPERTY: "a property",
    MemberKind.ATTRIBUTE: "an attribute",
}


@dataclass(frozen=True, slots=True)
class Around:
    """What must be known beside a member's two forms.

    Attributes:
        called: vLLM calls it whatever the plugin is.
        old_name: its entry in the table of old names, if it is one of them.
        calls_old: whether ``new`` still calls it by that name.
        shim: the old name that its base version calls in ``new``, or ``None``.
    """

    called: bool = False
    old_name: OldName | None = None
    calls_old: bool = False
    shim: OldName | None = None


def form_of(member: Member | None) -> str:
    """Return a member as one line: its kind, whether it must be defined, what it takes."""
    if member is None:
        return ""
    words = [] if member.kind is MemberKind.METHOD else [str(member.kind)]
    if member.abstract:
        words.append("abstract")
    if member.signature is not None:
        words.append(to_text(member.signature))
    if member.raises and not member.abstract:
        words.append("raises NotImplementedError")
    return " ".join(words)


def member_changes(
    before: Member | None, after: Member | None, around: Around
) -> list[tuple[ChangeType, str]]:
    """Return each change of a member with what it means; empty where there is none."""
    if after is None:
        return [_gone(before, around)] if before is not None else []
    if before is None:
        return [_new(after, around)]
    found = []
    text = _changed(before, after)
    if text is not None:
        found.append((ChangeType.CHANGED, text))
    was, now = _required(before, around), _required(after, around)
    if now and not was:
        why = (
            "abstract now: no instance is made of a class that does not define it"
            if after.abstract
            else f"the base's {_RAISES} now, and vLLM calls it: define it"
        )
        found.insert(0, (ChangeType.REQUIRED, why))
    elif was and not now:
        found.append((ChangeType.OPTIONAL, _optional(after, around)))
    elif after.raises != before.raises and not now:
        if after.raises:
            text = f"the base's {_RAISES} now: without your own, calling it fails"
        else:
            text = "the base's does something now; it only raised NotImplementedError"
        found.append((ChangeType.CHANGED, text))
    return found


def _required(member: Member, around: Around) -> bool:
    return member.abstract or (member.raises and around.called)


def _gone(before: Member, around: Around) -> tuple[ChangeType, str]:
    old = around.old_name
    if old is not None and around.calls_old:
        text = f"gone from the base class; vLLM calls a plugin's own up to {old.last}"
        return ChangeType.DEPRECATED, f"{text}; its place is taken by {old.instead}"
    if before.kind is MemberKind.ATTRIBUTE:
        text = "the base class has it no more: a value of yours overrides nothing"
    else:
        text = "the base class has it no more: yours overrides nothing, calling the base's fails"
    if old is not None:
        text += f"; its place is taken by {old.instead}"
    return ChangeType.IGNORED, text


def _new(after: Member, around: Around) -> tuple[ChangeType, str]:
    if after.abstract:
        return (
            ChangeType.REQUIRED,
            "new and abstract: no instance is made of a class that does not define it",
        )
    if after.raises and around.called:
        return ChangeType.REQUIRED, f"the base's {_RAISES}, and vLLM calls it: define it"
    if around.shim is not None:
        return ChangeType.ADDED, _shim(around.shim)
    if after.raises:
        return ChangeType.ADDED, f"the base's {_RAISES}: without your own, calling it fails"
    return ChangeType.ADDED, ""


def _optional(after: Member, around: Around) -> str:
    if around.shim is not None:
        return f"{around.shim.name} will do in its place: {_shim(around.shim)}"
    if after.raises:
        return f"no longer abstract; the base's {_RAISES}"
    return "need not be defined any more: the base has one"


def _shim(old: OldName) -> str:
    text = f"the base's calls {old.name} where a plugin has that"
    return f"{text}, else it raises NotImplementedError" if old.needed else text


def _changed(before: Member, after: Member) -> str | None:
    if before.kind is not after.kind:
        return f"{_KINDS[after.kind]} now, no longer {_KINDS[before.kind]}"
    if before.signature == after.signature:
        return None
    if before.signature is None or after.signature is None:
        return ""
    old, new = before.signature, after.signature
    clauses = []
    if old.is_async != new.is_async:
        clauses.append("async now: make yours async" if new.is_async else "no longer async")
    if before.kind is not MemberKind.STATIC:
        old, new = old.without_first(), new.without_first()
    if old.parameters != new.parameters:
        clauses.append(override_fit(old, new))
    return "; ".join(clauses)


def override_fit(old: Signature, new: Signature) -> str:
    """Return whether a function that takes ``old`` takes the calls made for ``new``.

    Both are without ``self``. Calls are tried by position and by keyword, with the required
    arguments alone and with all.
    """
    calls = [(required, by_name) for required in (True, False) for by_name in (True, False)]
    works = {call: _fits(old, new, required=call[0], by_name=call[1]) for call in calls}
    if all(works.values()) and _same_places(old, new):
        return "an override with the old parameters still fits"
    lacking = _missing(new, old)
    if not any(works.values()):
        needs = [f"takes no {p.name}" for p in lacking if p.required]
        needs += [f"requires {p.name}" for p in _missing(old, new) if p.required]
        why = f": it {' and '.join(needs)}" if needs else ""
        return f"an override with the old parameters breaks{why}"
    clauses = []
    optional = {p.name for p in _plain(new) if not p.required}
    left_out = [p.name for p in _plain(old) if p.required and p.name in optional]
    if left_out:
        clauses.append(f"breaks where vLLM leaves {' or '.join(left_out)} out")
    if lacking:
        names = " or ".join(parameter.name for parameter in lacking)
        by_name = " by name" if works[False, False] else ""
        clauses.append(f"breaks where vLLM passes {names}{by_name}")
    if not _same_places(old, new):
        clauses.append("gets wrong values where vLLM passes them by position")
    return f"an override with the old parameters {' and '.join(clauses) or 'breaks for some calls'}"


def call_fit(old: Signature, new: Signature) -> str:
    """Return whether calls written for the function ``old`` still work with ``new``."""
    gone = [p.name for p in _missing(old, new)]
    needed = [p.name for p in _missing(new, old) if p.required]
    clauses = [f"it requires {name}" for name in needed]
    if gone:
        clauses.append(f"one that passes {' or '.join(gone)} fails")
    if clauses:
        return f"calls written for the old parameters: {', '.join(clauses)}"
    if not _same_places(old, new):
        return "parameters have other places: pass them by name"
    return "calls written for the old parameters still work"


def function_changes(
    before: FunctionContract, after: FunctionContract
) -> list[tuple[str, str, str]]:
    """Return each change of a registration function as what it was, is, and means."""
    found = []
    if before.signature != after.signature:
        means = call_fit(before.signature, after.signature)
        found.append((to_text(before.signature), to_text(after.signature), means))
    if before.duplicate != after.duplicate:
        was, now = (f"registering a name twice: {f.duplicate}" for f in (before, after))
        means = (
            "a plugin that registers a name vLLM or another has fails now"
            if after.duplicate == "raises"
            else ""
        )
        found.append((was, now, means))
    return found


def _fits(own: Signature, base: Signature, *, required: bool, by_name: bool) -> bool:
    given = [p for p in _plain(base) if p.required or not required]
    positional = [p for p in given if p.kind in _POSITIONAL]
    keywords = [p.name for p in given if p.kind is ParameterKind.KEYWORD_ONLY]
    if by_name:
        named = [p for p in positional if p.kind is not ParameterKind.POSITIONAL_ONLY]
        keywords += [p.name for p in named]
        positional = [p for p in positional if p not in named]
    return takes_call(own, len(positional), tuple(keywords)) is None


def _plain(signature: Signature) -> list[Parameter]:
    stars = (ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD)
    return [p for p in signature.parameters if p.kind not in stars]


def _missing(of: Signature, there: Signature) -> list[Parameter]:
    names = {p.name for p in there.parameters}
    return [p for p in _plain(of) if p.name not in names]


def _same_places(old: Signature, new: Signature) -> bool:
    """Whether parameters that both have stand in the same place."""
    places = [
        {p.name: n for n, p in enumerate(q for q in _plain(s) if q.kind in _POSITIONAL)}
        for s in (old, new)
    ]
    return all(places[0][name] == places[1][name] for name in places[0].keys() & places[1].keys())
