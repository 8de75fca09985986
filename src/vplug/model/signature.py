"""One signature model, whether code was read or run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ParameterKind(StrEnum):
    """The five kinds of parameter, named as :mod:`inspect` names them."""

    POSITIONAL_ONLY = "positional-only"
    POSITIONAL_OR_KEYWORD = "positional-or-keyword"
    VAR_POSITIONAL = "var-positional"
    KEYWORD_ONLY = "keyword-only"
    VAR_KEYWORD = "var-keyword"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter; ``annotation`` and ``default`` are source text or ``None``."""

    name: str
    kind: ParameterKind
    annotation: str | None = None
    default: str | None = None

    @property
    def required(self) -> bool:
        """Whether a call must give it."""
        return self.default is None and self.kind not in (
            ParameterKind.VAR_POSITIONAL,
            ParameterKind.VAR_KEYWORD,
        )

    def __str__(self) -> str:
        star = {ParameterKind.VAR_POSITIONAL: "*", ParameterKind.VAR_KEYWORD: "**"}.get(
            self.kind, ""
        )
        text = star + self.name
        if self.annotation is not None:
            text += f": {self.annotation}"
        if self.default is not None:
            text += f" = {self.default}" if self.annotation is not None else f"={self.default}"
        return text


@dataclass(frozen=True, slots=True)
class Signature:
    """What a function takes and gives; ``returns`` is source text or ``None``."""

    parameters: tuple[Parameter, ...] = ()
    returns: str | None = None
    is_async: bool = False

    @property
    def required(self) -> tuple[Parameter, ...]:
        """The parameters a call must give."""
        return tuple(parameter for parameter in self.parameters if parameter.required)

    def without_first(self) -> Signature:
        """Return the signature of the bound method: ``self`` or ``cls`` taken off."""
        if self.parameters and self.parameters[0].kind in (
            ParameterKind.POSITIONAL_ONLY,
            ParameterKind.POSITIONAL_OR_KEYWORD,
        ):
            return Signature(self.parameters[1:], self.returns, self.is_async)
        return self

    def __str__(self) -> str:
        parts: list[str] = []
        previous: ParameterKind | None = None
        starred = False
        for parameter in self.parameters:
            if (
                previous is ParameterKind.POSITIONAL_ONLY
                and parameter.kind is not ParameterKind.POSITIONAL_ONLY
            ):
                parts.append("/")
            if parameter.kind is ParameterKind.VAR_POSITIONAL:
                starred = True
            elif parameter.kind is ParameterKind.KEYWORD_ONLY and not starred:
                parts.append("*")
                starred = True
            parts.append(str(parameter))
            previous = parameter.kind
        if previous is ParameterKind.POSITIONAL_ONLY:
            parts.append("/")
        arrow = f" -> {self.returns}" if self.returns is not None else ""
        return f"({', '.join(parts)}){arrow}"
