"""One release's surface: what extraction gives and the store merges."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

#: Origin of a name that comes from outside vLLM (`import torch`).
OUTSIDE = "~"
#: Origin of a name that the module binds to a value, neither a class nor a function.
VALUE = "="
#: Flags of a name: there at run time, in some arm only, or under ``TYPE_CHECKING`` only.
PRESENT, CONDITIONAL, TYPING = "p", "c", "t"


@dataclass(slots=True)
class ModuleSurface:
    """A module: its names, each with its flag and origin.

    Attributes:
        names: name → (flag, origin); the origin is ``""`` for a class or function that the module
            defines, :data:`VALUE`, :data:`OUTSIDE`, or the full name of the definition in another
            vLLM module.
        open: why the absence of a name can't be proved; empty where it can.
    """

    names: dict[str, tuple[str, str]] = field(default_factory=dict)
    open: str = ""


@dataclass(slots=True)
class MemberSurface:
    """A class member: ``kind`` and ``signature`` are texts as :mod:`vplug.contracts.wording` has them."""

    name: str
    kind: str
    signature: str
    abstract: bool
    raises: bool
    owner: str


@dataclass(slots=True)
class ClassSurface:
    """A curated class in one release."""

    name: str
    bases: list[str]
    members: list[MemberSurface]


@dataclass(slots=True)
class FunctionSurface:
    """A curated registration function in one release."""

    name: str
    signature: str
    duplicate: str


@dataclass(slots=True)
class LoaderSurface:
    """How the loader behaves in one release."""

    groups: list[str] = field(default_factory=list)
    platforms: list[str] = field(default_factory=list)
    io_processor_arguments: list[str] = field(default_factory=list)
    python: str = ""
    caught: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Surface:
    """All that one release offers.

    Attributes:
        release: its number.
        source: where it was read from: ``sdist``, ``wheel``, ``installed`` or ``checkout``.
        digest: the source archive's sha256, or ``-``.
    """

    release: str
    source: str
    digest: str
    modules: dict[str, ModuleSurface]
    classes: dict[str, ClassSurface]
    functions: dict[str, FunctionSurface]
    loader: LoaderSurface

    def as_json(self) -> dict[str, Any]:
        """Return it in JSON's types."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Surface:
        """Return the surface that :meth:`as_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: ``data`` is something else.
        """
        return cls(
            data["release"],
            data["source"],
            data["digest"],
            {
                name: ModuleSurface(
                    {key: (flag, origin) for key, (flag, origin) in value["names"].items()},
                    value["open"],
                )
                for name, value in data["modules"].items()
            },
            {
                key: ClassSurface(
                    value["name"],
                    value["bases"],
                    [MemberSurface(**member) for member in value["members"]],
                )
                for key, value in data["classes"].items()
            },
            {key: FunctionSurface(**value) for key, value in data["functions"].items()},
            LoaderSurface(**data["loader"]),
        )
