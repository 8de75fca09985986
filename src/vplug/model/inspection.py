"""What a target is, spelled out for a person or a program: metadata, definitions, registrations."""

from __future__ import annotations

from dataclasses import dataclass

from vplug.model.declared import DeclaredRange, Undecided
from vplug.model.distribution import Distribution
from vplug.model.location import Location
from vplug.model.plugin import Plugin
from vplug.model.signature import Signature


@dataclass(frozen=True, slots=True)
class DescribedClass:
    """A class that vLLM would use.

    Attributes:
        name: its dotted name, as returned or declared.
        location: its definition, or ``None`` where it was not found.
        bases: the full names that its ancestry ends in; one beginning with ``?`` is a doubt.
        doc: its docstring's first line.
        problem: why it was not found, or ``None``.
    """

    name: str
    location: Location | None
    bases: tuple[str, ...] = ()
    doc: str | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Registered:
    """Something that a general plugin registers.

    Attributes:
        what: the noun, e.g. ``model``.
        function: what is called, e.g. ``ModelRegistry.register_model``.
        arguments: as given: text in quotes, references by full name.
        location: the call.
        undecided: those of the arguments that only running would tell.
    """

    what: str
    function: str
    arguments: tuple[str, ...]
    location: Location
    undecided: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Replaced:
    """An attribute of vLLM, or of Python's builtins, that a plugin sets.

    Attributes:
        name: its full name.
        location: where it is set.
    """

    name: str
    location: Location


@dataclass(frozen=True, slots=True)
class Description:
    """What an entry point leads to.

    Attributes:
        status: ``found``, ``missing``, ``external`` or ``unknown``.
        kind: ``function``, ``class``, ``module`` or ``value``; ``None`` where it was not found.
        qualified_name: the definition's full name.
        location: its place.
        signature: what it takes; for a class, what its constructor takes.
        doc: its docstring's first line.
        problem: why it is missing or cannot be told; of one that was found, why loading it fails.
        returns: what the function may return, as text.
        classes: the classes that vLLM would use.
        registered: what a general plugin's function registers.
        complete: whether all registrations were looked for; false where the search's limit ended it.
        elsewhere: registrations in functions of the modules that it imports, which it is not seen to
            call.
        replaces: what of vLLM's own, and of the builtins, the modules that it imports set.
        no_registrations: of a general plugin for which none is listed, why; else ``None``.
    """

    status: str
    kind: str | None = None
    qualified_name: str = ""
    location: Location | None = None
    signature: Signature | None = None
    doc: str | None = None
    problem: str | None = None
    returns: tuple[str, ...] = ()
    classes: tuple[DescribedClass, ...] = ()
    registered: tuple[Registered, ...] = ()
    complete: bool = True
    elsewhere: tuple[Registered, ...] = ()
    replaces: tuple[Replaced, ...] = ()
    no_registrations: str | None = None


@dataclass(frozen=True, slots=True)
class InspectedPlugin:
    """A plugin with its description and its group's facts.

    Attributes:
        plugin: the entry point, its distribution and standing.
        description: what it leads to.
        group: the group's short name; the full one for groups nobody reads.
        processes: where vLLM loads it.
        on_load_failure: what vLLM does when it cannot be imported; ``None`` for unread groups.
        on_call_failure: what vLLM does when calling it fails; ``None`` for unread groups.
    """

    plugin: Plugin
    description: Description
    group: str
    processes: tuple[str, ...] = ()
    on_load_failure: str | None = None
    on_call_failure: str | None = None


@dataclass(frozen=True, slots=True)
class Inspection:
    """A target, inspected.

    Attributes:
        target: as the person gave it.
        distribution: its metadata.
        ranges: the vLLM ranges it declares.
        files: its files: those of RECORD for an installed one, else those of its tree.
        plugins: its vLLM entry points.
        undecided: what could not be read without running something.
    """

    target: str
    distribution: Distribution
    ranges: tuple[DeclaredRange, ...] = ()
    files: tuple[str, ...] = ()
    plugins: tuple[InspectedPlugin, ...] = ()
    undecided: tuple[Undecided, ...] = ()
