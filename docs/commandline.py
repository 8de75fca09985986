"""The command line as data, for its pages: read from the same declarations that --help prints."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin

from typer.models import ArgumentInfo, OptionInfo

from vplug.cli import app as root

_METAVARS = {Path: "PATH", str: "TEXT", int: "N", float: "NUMBER"}


@dataclass(frozen=True)
class Parameter:
    """An option or an argument.

    Attributes:
        names: an option's spellings; an argument's one name as it is shown.
        value: what stands for its value; empty for a flag.
        help: what --help says of it.
        default: its default where that is shown, else empty.
        repeatable: whether it may be given several times.
        required: whether an argument must be given.
    """

    names: tuple[str, ...]
    value: str
    help: str
    default: str
    repeatable: bool
    required: bool

    @property
    def is_option(self) -> bool:
        """Whether it is an option and no argument."""
        return self.names[0].startswith("-")


@dataclass(frozen=True)
class Command:
    """A command.

    Attributes:
        words: how it is called, ``("vplug", "contracts", "diff")``.
        summary: its first line.
        body: further paragraphs; one that begins with a blank is to be shown as it stands.
        examples: command lines.
        parameters: in the order of --help.
        commands: those below it.
    """

    words: tuple[str, ...]
    summary: str
    body: tuple[str, ...]
    examples: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    commands: tuple[Command, ...] = ()

    @property
    def name(self) -> str:
        """How it is called, in one string."""
        return " ".join(self.words)

    @property
    def usage(self) -> str:
        """The command line in short."""
        parts = [self.name]
        if self.commands:
            return f"{self.name} COMMAND …"
        if any(item.is_option for item in self.parameters):
            parts.append("[OPTIONS]")
        for item in self.parameters:
            if not item.is_option:
                shown = item.names[0] + ("..." if item.repeatable else "")
                parts.append(shown if item.required else f"[{shown}]")
        return " ".join(parts)


def tree() -> Command:
    """Return ``vplug`` with every command that is not hidden."""
    summary = inspect.getdoc(root.root) or ""
    completion = tuple(
        Parameter((f"--{verb}-completion",), "", text, "", False, False)
        for verb, text in (
            ("install", "Install completion for the current shell."),
            ("show", "Show completion for the current shell, to copy it or to change it."),
        )
    )
    commands = []
    for name, module_name in root.COMMANDS.items():
        module = importlib.import_module(f"vplug.cli.{module_name}")
        words = ("vplug", name)
        own = getattr(module, "app", None)
        if own is None:
            commands.append(_command(words, module.HELP, module.command))
            continue
        below = tuple(
            _command((*words, info.name), info.help, info.callback)
            for info in own.registered_commands
            if not info.hidden
        )
        commands.append(_command(words, module.HELP, None, below))
    found = _parameters(root.root)
    return Command(("vplug",), summary, (), (), (*found, *completion), tuple(commands))


def _command(
    words: tuple[str, ...],
    text: str,
    function: Callable[..., Any] | None,
    below: tuple[Command, ...] = (),
) -> Command:
    text, _, example = text.partition("Example:")
    blocks = [block for block in re.split(r"\n\n|(?=\x08)", text.strip()) if block.strip("\b \n")]
    body = tuple(
        block.strip("\b\n")
        if block.startswith("\b")
        else " ".join(block.split())
        for block in blocks[1:]
    )  # fmt: skip
    examples = tuple(line.strip() for line in example.splitlines() if line.strip())
    parameters = _parameters(function) if function is not None else ()
    return Command(words, " ".join(blocks[0].split()), body, examples, parameters, below)


def _parameters(function: Callable[..., Any]) -> tuple[Parameter, ...]:
    found = [
        _parameter(item) for item in inspect.signature(function, eval_str=True).parameters.values()
    ]
    return tuple(sorted((item for item in found if item), key=lambda item: item.is_option))


def _parameter(item: inspect.Parameter) -> Parameter | None:
    annotated, info = get_args(item.annotation)
    if not isinstance(info, OptionInfo | ArgumentInfo):
        raise TypeError(f"{item.name} is declared otherwise than by Annotated")
    if info.hidden:
        return None
    kinds = [kind for kind in get_args(annotated) or (annotated,) if kind is not NoneType]
    kind = annotated if get_origin(annotated) is list else kinds[0]
    repeatable = get_origin(kind) is list
    kind = get_args(kind)[0] if repeatable else kind
    metavar = (info.metavar or "").strip("[].…")
    if isinstance(info, ArgumentInfo):
        names: tuple[str, ...] = (metavar or item.name.upper(),)
        value = ""
    else:
        declared = (info.default, *(info.param_decls or ()))
        # "--one/--other" is a flag with a name for each of its values.
        parts = [part for text in declared if isinstance(text, str) for part in text.split("/")]
        spelt = [part.strip() for part in parts if part.strip().startswith("-")]
        names = tuple(sorted(spelt, key=lambda name: name.startswith("--"))) or (
            f"--{item.name.replace('_', '-')}",
        )
        value = "" if kind is bool else metavar or _value(kind)
    return Parameter(
        names,
        value,
        " ".join((info.help or "").split()),
        _default(item.default, info.show_default),
        repeatable,
        item.default is inspect.Parameter.empty,
    )


def _value(kind: Any) -> str:
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(member.value) for member in kind)
    return _METAVARS[kind]


def _default(value: Any, show: bool | str) -> str:
    if isinstance(show, str):
        return show
    if show is False or value in (None, "", False, inspect.Parameter.empty):
        return ""
    return str(value.value if isinstance(value, Enum) else value)
