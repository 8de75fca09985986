"""What the shell offers for the values of options and arguments.

Called while a person waits for Tab: each function imports the one table that it needs. A fault must
not spoil the line that is being typed, so one that cannot answer offers nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import typer

from vplug.errors import VplugError

Offer = tuple[str, str]


def _last_of_list(incomplete: str, offers: Iterable[Offer]) -> Iterator[Offer]:
    """Offer the last of several values with commas between them, the others standing before it."""
    before, comma, _ = incomplete.rpartition(",")
    taken = set(before.split(","))
    for value, text in offers:
        if value not in taken:
            yield f"{before}{comma}{value}", text


def _codes(command: str = "") -> list[Offer]:
    from vplug.rules.codes import CODES
    from vplug.rules.registry import command_of

    return [
        (code, row.name)
        for code, row in CODES.items()
        if not command or command_of(code) == command
    ]


def rules(incomplete: str) -> Iterable[Offer]:
    """Offer every rule's code, and names once something other than a code is begun."""
    offers = _codes()
    if incomplete and not incomplete.startswith("V"):
        return [(name, code) for code, name in offers]
    return offers


def rules_read(incomplete: str) -> Iterator[Offer]:
    """Offer the codes of rules that ``validate`` runs."""
    return _last_of_list(incomplete, _codes("validate"))


def rules_run(incomplete: str) -> Iterator[Offer]:
    """Offer the codes of rules that ``verify`` runs."""
    return _last_of_list(incomplete, _codes("verify"))


def groups(incomplete: str) -> list[Offer]:
    """Offer the groups' short names, and full ones once ``vllm.`` is begun."""
    from vplug.loader.groups import GROUPS

    if incomplete.startswith("vllm"):
        return [(group.name, group.short) for group in GROUPS]
    return [(group.short, group.name) for group in GROUPS]


def types(incomplete: str) -> list[Offer]:
    """Offer the types of plugins that can be scaffolded."""
    del incomplete
    from vplug.scaffold.catalogue import TYPES

    return [(kind.name, kind.summary) for kind in TYPES]


def variants(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """Offer the variants of the type that stands on the line, else of all types."""
    del incomplete
    from vplug.scaffold.catalogue import TYPES

    # An option without its value ends the parsing: the type may still be among the bare words.
    words = {ctx.params.get("plugin_type"), *ctx.args}
    asked = [kind for kind in TYPES if kind.name in words]
    return [(variant.name, variant.summary) for kind in asked or TYPES for variant in kind.variants]


def releases(incomplete: str) -> list[Offer]:
    """Offer the vLLM releases that the contracts know, the newest first."""
    del incomplete
    from vplug.contracts.newest import known_releases

    try:
        return [(release, "vLLM") for release in reversed(known_releases())]
    except VplugError:
        return []


def symbols(incomplete: str) -> list[Offer]:
    """Offer the curated classes and functions, which ``contracts show`` describes."""
    del incomplete
    from vplug.contracts.place import BUNDLED
    from vplug.contracts.store import ContractStore

    try:
        store = ContractStore.open(BUNDLED)  # releases that the user added bring no other keys
        return [(key, "class") for key in store.class_keys] + [
            (key, "function") for key in store.function_keys
        ]
    except VplugError:
        return []


def kinds(incomplete: str) -> list[Offer]:
    """Offer the kinds of plugins that ``contracts diff`` knows."""
    del incomplete
    from vplug.contracts.diff import DIFF_KINDS

    return [(kind, "") for kind in DIFF_KINDS]


def outputs(incomplete: str) -> list[Offer]:
    """Offer a report's formats, each with a usual file."""
    del incomplete
    return [
        (f"{name}:vplug.{suffix}", f"{name} to a file")
        for name, suffix in (
            ("sarif", "sarif"),
            ("json", "json"),
            ("junit", "xml"),
            ("markdown", "md"),
            ("github", "log"),
            ("text", "txt"),
        )
    ]
