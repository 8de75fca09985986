"""The pages of the commands, made of the command line's own texts."""

from __future__ import annotations

import re

from commandline import Command, Parameter, tree

PAGES = "commands"


def pages() -> dict[str, str]:
    """Return every page's text by its name: one a command, and the index."""
    root = tree()
    found = {f"{command.words[1]}.md": _page(command) for command in root.commands}
    return {"index.md": _index(root), **found}


def _index(root: Command) -> str:
    rows = [
        f"| [`{below.name}`]({command.words[1]}.md{f'#{_slug(below)}' if below is not command else ''})"
        f" | {below.summary} |"
        for command in root.commands
        for below in (command, *command.commands)
    ]
    return "\n".join(
        [
            "# Commands",
            "",
            f"{root.summary} `vplug COMMAND --help` prints the text of a command's page; so does",
            "`man vplug-COMMAND`, which finds them while the environment's `bin` is on `PATH`; else name",
            "their folder: `MANPATH=VENV/share/man: man vplug-publish` (the closing `:` keeps the others).",
            "",
            "| command | what it does |",
            "|---|---|",
            *rows,
            "",
            "## Options of vplug itself",
            "",
            *_table([item for item in root.parameters if item.is_option]),
            "",
            "`--help` (`-h`) is an option of every command. Targets, environments, exit statuses and",
            "JSON are the same for all: see the [reference](../reference.md).",
            "",
            "## Completion",
            "",
            "`vplug --install-completion` teaches the shell you are in (bash, zsh, fish, PowerShell) to",
            "complete commands, options and values: rule codes, groups, types, variants and vLLM releases.",
            "It adds a line to the shell's start-up file; `vplug --show-completion` prints what it would",
            "add.",
            "",
        ]
    )


def _page(command: Command) -> str:
    lines = [f"# {command.name}", ""]
    lines += _section(command, "##")
    for below in command.commands:
        lines += [f"## {below.name}", "", *_section(below, "###")]
    return "\n".join(lines).rstrip("\n") + "\n"


def _section(command: Command, mark: str) -> list[str]:
    lines = [command.summary, ""]
    for block in command.body:
        if block.startswith(" "):
            lines += ["```text", *(line[2:] for line in block.splitlines()), "```", ""]
        else:
            lines += [_text(block), ""]
    # Not "console": that marks what the tests run.
    lines += ["```text", command.usage, *(() if not command.examples else ("",))]
    lines += [*command.examples, "```", ""]
    arguments = [item for item in command.parameters if not item.is_option]
    options = [item for item in command.parameters if item.is_option]
    below = f" of {command.name}" if mark == "###" else ""
    if arguments:
        lines += [f"{mark} Arguments{below}", "", *_table(arguments), ""]
    if options:
        lines += [f"{mark} Options{below}", "", *_table(options), ""]
    return lines


def _table(items: list[Parameter]) -> list[str]:
    lines = [f"| {'option' if items[0].is_option else 'argument'} | what it is |", "|---|---|"]
    for item in items:
        names = ", ".join(_choices(name, " or ") for name in item.names)
        shown = f"{names} {_choices(item.value, ', ')}" if item.value else names
        notes = [_text(item.help)]
        if item.repeatable and "epeatable" not in item.help:
            notes.append("Repeatable." if item.is_option else "Several may be given.")
        if item.default:
            notes.append(f"Default: `{item.default}`.")
        lines.append(f"| {shown} | {' '.join(notes)} |")
    return lines


def _choices(text: str, between: str) -> str:
    """Choices as code; not with bars between them, for a table's cells end there."""
    return between.join(f"`{choice}`" for choice in text.split("|"))


def _text(text: str) -> str:
    """Help as Markdown: options are code, and what would be markup is not."""
    text = re.sub(r"\[default: (.*)\]", r"Default: \1.", text).replace("|", "\\|")
    parts = text.split("`")
    for place in range(0, len(parts), 2):  # the others are code already
        part = parts[place].replace("<", "&lt;").replace("*", "\\*")
        part = re.sub(r"(\[[\w.]+\])", r"`\1`", part)
        parts[place] = re.sub(r"(?<![\w-])(--[a-z][\w-]*)", r"`\1`", part)
    return "`".join(parts)


def _slug(command: Command) -> str:
    return command.name.replace(" ", "-")
