"""The store's facts to the nouns of :mod:`vplug.model.contract`: one for each form over the releases."""

from __future__ import annotations

from collections.abc import Iterable

from vplug.contracts.releases import Releases
from vplug.contracts.textform import Fact, read_fact
from vplug.contracts.wording import from_text
from vplug.model import (
    ClassContract,
    FunctionContract,
    LoaderContract,
    Member,
    MemberKind,
)


def forms(facts: Iterable[tuple[Fact, int]], count: int) -> list[tuple[int, list[Fact]]]:
    """Return the different sets of facts that releases have, each with its releases.

    A release without any fact has no form. Forms come in the order of their first release.
    """
    known = list(facts)
    found: dict[tuple[int, ...], int] = {}
    for place in range(count):
        holds = tuple(n for n, (_, mask) in enumerate(known) if mask >> place & 1)
        if holds:
            found[holds] = found.get(holds, 0) | (1 << place)
    return [(mask, [known[n][0] for n in holds]) for holds, mask in found.items()]


def class_contracts(
    key: str, facts: Iterable[tuple[Fact, int]], count: int
) -> tuple[ClassContract, ...]:
    """Return a class's contracts; raises ValueError where a fact can't be read."""
    made: list[ClassContract] = []
    parsed: dict[str, Member] = {}
    for mask, held in forms(facts, count):
        name = ""
        bases: tuple[str, ...] = ()
        members: dict[str, Member] = {}
        for kind, text in held:
            if kind == "class":
                name = text
            elif kind == "bases":
                bases = tuple(text.split(", ")) if text else ()
            elif kind == "member":
                member = parsed.get(text) or parsed.setdefault(text, read_member(text))
                members[member.name] = member
            else:
                raise ValueError(f"{kind!r} is no fact of a class")
        made.append(ClassContract(key, name, mask, members, bases))
    return tuple(made)


def read_member(text: str) -> Member:
    """Return the member of a line such as ``name method abstract owner (self)``."""
    words, paren, rest = text.partition(" (")
    signature = f"({rest}" if paren else ""
    if words.endswith(" async"):
        words = words.removesuffix(" async")
        signature = f"async {signature}"
    name, kind, *marks, owner = words.split(" ")
    return Member(
        name,
        MemberKind(kind),
        from_text(signature) if signature else None,
        "abstract" in marks,
        "raises" in marks,
        owner,
    )


def function_contracts(text: str, releases: Releases) -> dict[str, tuple[FunctionContract, ...]]:
    """Return the registration functions of ``functions.txt`` by key; raises ValueError."""
    facts: dict[str, list[tuple[Fact, int]]] = {}
    for line in text.splitlines():
        key, _, rest = line.partition(" ")
        facts.setdefault(key, []).append(read_fact(rest, releases))
    found: dict[str, tuple[FunctionContract, ...]] = {}
    for key, lines in facts.items():
        contracts = []
        for (_, words), mask in sorted(lines, key=lambda line: line[1] & -line[1]):
            name, duplicate, signature = words.split(" ", 2)
            contracts.append(FunctionContract(key, name, mask, from_text(signature), duplicate))
        found[key] = tuple(contracts)
    return found


def loader_contracts(facts: Iterable[tuple[Fact, int]], count: int) -> tuple[LoaderContract, ...]:
    """Return the loader's forms; raises ValueError where a fact can't be read."""
    made: list[LoaderContract] = []
    for mask, held in forms(facts, count):
        by_kind: dict[str, list[str]] = {
            "group": [],
            "platform": [],
            "io-processor": [],
            "python": [],
            "caught": [],
        }
        for kind, text in held:
            if kind not in by_kind:
                raise ValueError(f"{kind!r} is no fact of the loader")
            by_kind[kind].append(text)
        given = by_kind["io-processor"]
        made.append(
            LoaderContract(
                mask,
                tuple(sorted(by_kind["group"])),
                tuple(sorted(by_kind["platform"])),
                tuple(given[0].split(", ")) if given else (),
                by_kind["python"][0] if by_kind["python"] else None,
                tuple(sorted(by_kind["caught"])),
            )
        )
    return tuple(made)
