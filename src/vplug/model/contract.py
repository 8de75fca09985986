"""What a vLLM release offers a plugin, as nouns. Sets of releases are integers: bit *i* is release *i*.

The releases are those of the store, oldest first. A bit mask answers "in which releases?" for a
hundred releases in one operation, which is what asking once about all of them needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vplug.model.signature import Signature


@dataclass(frozen=True, slots=True)
class NameHistory:
    """In which releases a module has a name.

    Attributes:
        present: it is there at run time, whatever happens at import.
        conditional: it is there in some arm only (``if``, ``except``).
        typing_only: it is there under ``TYPE_CHECKING`` only: not at run time.
        open: absence can't be proved: the module answers any name (``__getattr__``), is compiled or
            generated, or star-imports something that is not vLLM's.
        targets: for a re-export from another vLLM module, the definition's full name, each with the
            releases in which it is that.
    """

    present: int = 0
    conditional: int = 0
    typing_only: int = 0
    open: int = 0
    targets: tuple[tuple[str, int], ...] = ()

    @property
    def usable(self) -> int:
        """Releases in which importing it may work."""
        return self.present | self.conditional | self.open


@dataclass(frozen=True, slots=True)
class ModuleHistory:
    """In which releases a module is there, and in which its absence can't be proved."""

    present: int = 0
    open: int = 0


class MemberKind(StrEnum):
    """What a member of a class is."""

    METHOD = "method"
    STATIC = "static"
    CLASS = "class"
    PROPERTY = "property"
    ATTRIBUTE = "attribute"


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a contract class.

    Attributes:
        name: its name.
        kind: what it is.
        signature: what it takes, ``self`` or ``cls`` included; defaults are ``…``, no annotations;
            ``None`` for attributes.
        abstract: it must be overridden for the class to be instantiated.
        raises: its body only raises NotImplementedError: to be overridden in fact where it is called.
        owner: the full name of the vLLM class that defines it.
    """

    name: str
    kind: MemberKind
    signature: Signature | None = None
    abstract: bool = False
    raises: bool = False
    owner: str = ""


@dataclass(frozen=True, slots=True)
class ClassContract:
    """A class that plugins derive from, as one or more releases have it.

    Attributes:
        key: the contract's name in the curated list, e.g. ``IOProcessor``.
        name: its full name in these releases.
        releases: in which it is exactly this.
        members: own and inherited from vLLM's other classes, by name.
        bases: full names of its bases.
    """

    key: str
    name: str
    releases: int
    members: Mapping[str, Member] = field(default_factory=dict)
    bases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FunctionContract:
    """A registration function, as one or more releases have it.

    Attributes:
        key: its name in the curated list, e.g. ``ModelRegistry.register_model``.
        name: its full name in these releases.
        releases: in which it is exactly this.
        signature: what it takes, ``self`` or ``cls`` taken off.
        duplicate: what registering the same name twice does: ``raises``, ``overwrites`` or
            ``unknown``.
    """

    key: str
    name: str
    releases: int
    signature: Signature
    duplicate: str = "unknown"


@dataclass(frozen=True, slots=True)
class LoaderContract:
    """How the loader behaves in one or more releases.

    Attributes:
        releases: in which it is exactly this.
        groups: the entry-point groups it reads.
        platforms: the names of the built-in platforms.
        io_processor_arguments: what an IO processor's constructor is called with.
        python: ``requires-python`` of the release, or ``None``.
        caught: what becomes of failures, e.g. ``platform-call silent``, ``general-call not-caught``.
    """

    releases: int
    groups: tuple[str, ...]
    platforms: tuple[str, ...]
    io_processor_arguments: tuple[str, ...] = ()
    python: str | None = None
    caught: tuple[str, ...] = ()
