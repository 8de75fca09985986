"""What is said of an override's parameters beside those of the base class's method."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.analysis.calls import mismatches
from vplug.fit.called import left_out, may_require, passes_more
from vplug.fit.forms import call_is_known
from vplug.model import ClassContract, ParameterKind, Severity, Signature


def unfit(
    own: Signature, base: Signature, contract: ClassContract, method: str, passed: frozenset[str]
) -> Iterator[tuple[str, Severity, str]]:
    """Yield what is wrong with an override's parameters: a clause, how bad it is, and the mend.

    Parameters of the base's that it does not take are one fault, as are those that vLLM does not pass.

    Args:
        own: the override's signature, without ``self``.
        base: the base class's in a release, without ``self``.
        contract: the base class in that release.
        method: what is overridden.
        passed: the optional parameters that vLLM passes at every call.
    """
    untaken: dict[Severity, list[str]] = {}
    unpassed: list[str] = []
    always: set[Severity] = set()
    others = []
    for mismatch in mismatches(own, base):
        parameter = mismatch.parameter
        if mismatch.needed and passes_more(contract.key, method):
            continue
        asked = may_require(contract.key, method)
        if mismatch.by_name and (asked or call_is_known(base, contract, method)):
            continue
        surely = parameter in passed and not mismatch.omitted
        left = bool(mismatch.omitted) and parameter in left_out(contract.key, method)
        if mismatch.omitted and (
            parameter in passed or asked or (mismatch.omitted == "place" and not left)
        ):
            continue
        severity = Severity.ERROR if mismatch.certain or surely or left else Severity.WARNING
        if mismatch.text == f"takes no {parameter}":
            untaken.setdefault(severity, []).append(parameter)
            always |= {severity} if surely else set()
        elif mismatch.needed:
            unpassed.append(parameter)
        elif left:
            text = mismatch.text.replace("a call may leave out", "vLLM leaves out")
            others.append((text, severity, "give it a default"))
        elif mismatch.omitted:
            others.append((mismatch.text, severity, "give it a default"))
        else:
            others.append((mismatch.text, severity, "take what the base class takes, in its order"))
    optional = {parameter.name for parameter in base.parameters if not parameter.required}
    named = {p.name for p in base.parameters if p.kind is ParameterKind.KEYWORD_ONLY}
    for severity, names in untaken.items():
        which = "it" if len(names) == 1 else "them"
        how = f"{which} with a default" if optional.issuperset(names) else which
        rest = "`**kwargs`" if named.issuperset(names) else "`*args, **kwargs`"
        more = ", which vLLM always passes" if severity in always else ""
        yield f"takes no {_listed(names, 'no ')}{more}", severity, f"take {how}, or {rest}"
    if unpassed:
        text = f"requires {_listed(unpassed)}, which vLLM does not pass"
        yield (
            text,
            Severity.ERROR,
            "give it a default" if len(unpassed) == 1 else "give them defaults",
        )
    yield from others


def _listed(names: list[str], last: str = "") -> str:
    """Names in a row, with a word before the last of several."""
    return " and ".join(
        filter(None, [", ".join(names[:-1]), (last if names[1:] else "") + names[-1]])
    )
