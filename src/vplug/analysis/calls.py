"""Whether a signature can take the calls that another one takes."""

from __future__ import annotations

from dataclasses import dataclass

from vplug.model import Parameter, ParameterKind, Signature

_VARIABLE = (ParameterKind.VAR_POSITIONAL, ParameterKind.VAR_KEYWORD)
_POSITIONAL = (ParameterKind.POSITIONAL_ONLY, ParameterKind.POSITIONAL_OR_KEYWORD)


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One reason why a call fails.

    Attributes:
        text: a clause for a person.
        certain: whether any call fails, rather than only one that passes an optional argument.
        parameter: the parameter it is about.
        needed: whether it is one that is needed and not passed, rather than passed and not taken.
        by_name: whether it is one that is taken, but by keyword alone: a call that passes it by position
            fails.
        omitted: of one that is needed and that a call may leave out, whether it is the base's by
            ``name`` or by its ``place`` alone; else empty.
    """

    text: str
    certain: bool
    parameter: str = ""
    needed: bool = False
    omitted: str = ""
    by_name: bool = False


def mismatches(own: Signature, base: Signature) -> tuple[Mismatch, ...]:
    """Return why ``own`` cannot take calls made for ``base``; both without ``self``.

    A parameter of another name in the same place is let pass: whether it is given by position or by
    keyword cannot be told from the signature.
    """
    found: list[Mismatch] = []
    mine = _positional(own)
    theirs = _positional(base)
    names = {parameter.name for parameter in own.parameters}
    places = {parameter.name for parameter in mine}
    given = {parameter.name for parameter in base.parameters}
    takes_args = any(p.kind is ParameterKind.VAR_POSITIONAL for p in own.parameters)
    takes_kwargs = any(p.kind is ParameterKind.VAR_KEYWORD for p in own.parameters)
    for index, parameter in enumerate(theirs):
        by_place = index < len(mine) or takes_args
        if parameter.kind is ParameterKind.POSITIONAL_ONLY:
            fits = by_place
        elif parameter.name in names or takes_kwargs:
            fits = True
        else:
            # Renamed: a parameter of its own in the same place, not one that another of the base's is.
            fits = takes_args or (index < len(mine) and mine[index].name not in given)
        if not fits:
            found.append(Mismatch(f"takes no {parameter.name}", parameter.required, parameter.name))
        elif parameter.required and not by_place and parameter.name not in places:
            text = f"takes {parameter.name} by keyword alone, and a call may pass it by position"
            found.append(Mismatch(text, False, parameter.name, by_name=True))
    keyword_only = [p for p in base.parameters if p.kind is ParameterKind.KEYWORD_ONLY]
    found += [
        Mismatch(f"takes no {parameter.name}", parameter.required, parameter.name)
        for parameter in keyword_only
        if parameter.name not in names and not takes_kwargs
    ]
    found += _needs_more(own, base, len(theirs))
    if not any(mismatch.certain for mismatch in found):
        found += _takes_none(own, base)
    found += _needs_optional(own, base)
    return tuple(found)


def _takes_none(own: Signature, base: Signature) -> list[Mismatch]:
    """What is left to say where no call that ``base`` takes is one that ``own`` takes.

    Such are parameters in another order: each has its place or its name, and no call fills all. A
    call gives the first so many by position and the rest by keyword; of what it may leave out, it
    is taken to give what ``own`` asks for.
    """
    if any(parameter.kind in _VARIABLE for parameter in base.parameters):
        return []
    theirs = _positional(base)
    first = sum(parameter.kind is ParameterKind.POSITIONAL_ONLY for parameter in theirs)
    wanted = {parameter.name for parameter in own.parameters if parameter.required}
    why = None
    for count in range(len(theirs), -1, -1):
        if any(parameter.required for parameter in theirs[count:first]):
            break
        keywords = tuple(
            parameter.name
            for parameter in base.parameters
            if parameter not in theirs[: max(count, first)]
            and (parameter.required or parameter.name in wanted)
        )
        problem = takes_call(own, count, keywords)
        if problem is None:
            return []
        why = why or problem
    given = {parameter.name for parameter in base.parameters}
    for parameter in own.parameters:
        if parameter.required and parameter.name not in given:
            text = f"requires {parameter.name}, which vLLM does not pass"
            return [Mismatch(text, True, parameter.name, needed=True)]
    return [Mismatch(f"{why}, whichever way it is called", True)] if why else []


def _needs_optional(own: Signature, base: Signature) -> list[Mismatch]:
    """Parameters with a default in ``base`` and none in ``own``, by name or by place."""
    mine, theirs = _positional(own), _positional(base)
    by_name = {parameter.name: parameter for parameter in own.parameters}
    given = {parameter.name for parameter in base.parameters}
    found = []
    for parameter in base.parameters:
        if parameter.required or parameter.kind in _VARIABLE:
            continue
        place = theirs.index(parameter) if parameter in theirs else len(mine)
        other, how = by_name.get(parameter.name), "name"
        if other is None and place < len(mine) and mine[place].name not in given:
            other, how = mine[place], "place"
        if other is not None and other.required:
            text = f"requires {other.name}, which a call may leave out"
            found.append(Mismatch(text, False, parameter.name, omitted=how))
    return found


def _needs_more(own: Signature, base: Signature, count: int) -> list[Mismatch]:
    if any(p.kind is ParameterKind.VAR_POSITIONAL for p in base.parameters):
        return []
    given = {parameter.name for parameter in base.parameters}
    extra = [
        parameter
        for index, parameter in enumerate(_positional(own))
        if parameter.required and parameter.name not in given and index >= count
    ]
    extra += [
        parameter
        for parameter in own.parameters
        if parameter.kind is ParameterKind.KEYWORD_ONLY
        and parameter.required
        and parameter.name not in given
    ]
    return [
        Mismatch(f"requires {p.name}, which vLLM does not pass", True, p.name, needed=True)
        for p in extra
    ]


def takes_call(
    signature: Signature, positional: int | None, keywords: tuple[str, ...] | None
) -> str | None:
    """Return why a call with so many positional arguments and these keywords fails, or ``None``.

    Args:
        signature: what is called, without ``self``.
        positional: how many are passed by position; ``None`` where some are unpacked.
        keywords: which are passed by keyword; ``None`` where some are unpacked.
    """
    places = _positional(signature)
    takes_args = any(p.kind is ParameterKind.VAR_POSITIONAL for p in signature.parameters)
    takes_kwargs = any(p.kind is ParameterKind.VAR_KEYWORD for p in signature.parameters)
    if positional is not None and positional > len(places) and not takes_args:
        most = f"at most {_arguments(len(places))}" if places else "no argument"
        return f"takes {most} by position, {positional} {'is' if positional == 1 else 'are'} given"
    names = {p.name for p in signature.parameters if p.kind is not ParameterKind.POSITIONAL_ONLY}
    placed = {parameter.name for parameter in places[: positional or 0]}
    for name in keywords or ():
        if name in placed:
            return f"is given {name} both by position and by name"
        if name not in names and not takes_kwargs:
            return f"has no argument {name}"
    if positional is None or keywords is None:
        return None
    for index, parameter in enumerate(signature.parameters):
        if parameter.required and parameter.name not in keywords:
            if parameter.kind in _POSITIONAL and index < positional:
                continue
            return f"requires {parameter.name}"
    return None


def _arguments(count: int) -> str:
    return "1 argument" if count == 1 else f"{count} arguments"


def call_of(names: tuple[str, ...]) -> Signature:
    """Return the signature of a call that passes ``names`` by position, all of them."""
    return Signature(tuple(Parameter(name, ParameterKind.POSITIONAL_ONLY) for name in names))


def _positional(signature: Signature) -> list[Parameter]:
    return [p for p in signature.parameters if p.kind in _POSITIONAL]
