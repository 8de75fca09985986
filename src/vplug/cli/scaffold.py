"""``vplug scaffold``: ask, call, print."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vplug.cli import complete
from vplug.cli.output import FormatOption, JsonOption, OutputFormat, console, print_json, wants_json
from vplug.errors import UsageFault

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console

    from vplug.scaffold import Answers, PluginType, Scaffolded

HELP = """Make a plugin project that is ready to test, build and publish.

Asks for what is not given when run in a terminal. Nothing that is there is overwritten: with
--force, a file that differs from the new one is kept, and the new one is written beside it as
FILE.vplug-new.

\b
Example:
  vplug scaffold io-processor --name acme-embed
  vplug scaffold io-processor --variant geospatial --name acme-flood
  vplug scaffold general --name acme-vllm --no-input --dry-run
"""


def command(
    plugin_type: Annotated[
        str,
        typer.Argument(
            metavar="TYPE",
            help="What to make; --list shows the types.",
            autocompletion=complete.types,
        ),
    ] = "",
    *,
    variant: Annotated[
        str,
        typer.Option(
            help="Of io-processor: text (default) or geospatial; --list shows them.",
            autocompletion=complete.variants,
        ),
    ] = "",
    name: Annotated[
        str,
        typer.Option(help="Distribution name, and the folder's; --no-input needs it."),
    ] = "",
    package: Annotated[str, typer.Option(help="Import package; default: from the name.")] = "",
    plugin_name: Annotated[
        str, typer.Option(help="Entry-point name, what VLLM_PLUGINS matches; default: the package.")
    ] = "",
    description: Annotated[
        str, typer.Option(help="One line about the plugin; default: the type's.")
    ] = "",
    author: Annotated[str, typer.Option(help="Default: git's user.name.")] = "",
    email: Annotated[str, typer.Option(help="Default: git's user.email.")] = "",
    output_dir: Annotated[
        Path, typer.Option("--output-dir", "-o", help="Where the project's folder is made.")
    ] = Path(),
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="OPTION=VALUE",
            help="An option of the type, where --list shows one; repeatable.",
        ),
    ] = None,
    no_input: Annotated[bool, typer.Option("--no-input", help="Never ask.")] = False,
    force: Annotated[
        bool, typer.Option("--force", help="Write into a folder that exists; keep its files.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the files, write none.")] = False,
    list_types: Annotated[bool, typer.Option("--list", help="Show the types.")] = False,
    output_format: FormatOption = OutputFormat.TABLE,
    as_json: JsonOption = False,
) -> None:
    """Parse, ask where something is missing, make the project, print it."""
    from vplug.scaffold import Answers, find_type, scaffold

    in_json = wants_json(output_format, as_json)
    if list_types:
        _print_types(in_json)
        return
    asks = not (no_input or in_json) and sys.stdin.isatty() and sys.stdout.isatty()
    if not plugin_type:
        if not asks:
            raise UsageFault("no plugin type is given", "vplug scaffold --list shows the types")
        _print_types(in_json=False)
        plugin_type = _ask_for("Type", "io-processor", _known_type)
    chosen = find_type(plugin_type)
    answers = Answers(
        name, package, plugin_name, description, author, email, _settings(settings), variant
    )
    answers = _with_git(answers)
    if asks:
        answers = _ask(chosen, answers, output_dir)
    if not answers.name:
        raise UsageFault("no name is given", f"vplug scaffold {chosen.name} --name acme-embed")
    made = scaffold(chosen, answers, output_dir, force=force, dry_run=dry_run)
    if in_json:
        from vplug.scaffold.wire import project_document

        print_json(project_document(made, next_commands(made)))
    else:
        _print_project(made)


def next_commands(made: Scaffolded) -> list[str]:
    """Return the three commands to go on with: install, try, build."""
    import shlex

    here = Path.cwd()
    below = made.destination.is_relative_to(here)
    shown = made.destination.relative_to(here) if below else made.destination
    return [
        f"cd {shlex.quote(str(shown))} && python -m pip install --editable . pytest",
        "python -m pytest && vplug validate .",
        "vplug build .",
    ]


def _settings(given: list[str] | None) -> dict[str, str]:
    settings: dict[str, str] = {}
    for item in given or []:
        key, equals, value = item.partition("=")
        if not equals or not key:
            raise UsageFault(f"--set {item!r} is not OPTION=VALUE")
        settings[key] = value
    return settings


def _with_git(answers: Answers) -> Answers:
    """Return the answers with git's author where none is given; what git has may be unusable."""
    from vplug.scaffold.author import git_config, usable

    if not answers.author and not answers.email:
        answers = replace(answers, author=usable(git_config("user.name")))
        email = git_config("user.email")
        try:
            from vplug.scaffold.author import check_email

            check_email(email)
        except UsageFault:
            return answers
        answers = replace(answers, email=email)
    return answers


def _ask(plugin_type: PluginType, answers: Answers, output_dir: Path) -> Answers:
    """Return the answers with those that are missing asked for, each until it can be used."""
    from vplug.scaffold import author, installed, names

    def distribution(name: str) -> None:
        names.check_distribution(name)
        installed.check_distribution_is_free(name, output_dir / name)

    def package(name: str) -> None:
        names.check_package(name)
        installed.check_package_is_free(name, output_dir / answers.name)

    def known_variant(name: str) -> None:
        plugin_type.find_variant(name)

    if plugin_type.variants and not answers.variant:
        names_of = [variant.name for variant in plugin_type.variants]
        asked = _ask_for(
            f"Variant: {', '.join(names_of)}",
            names_of[0],
            known_variant,
        )
        answers = replace(answers, variant=asked)
    if not answers.name:
        answers = replace(answers, name=_ask_for("Distribution name", "", distribution))
    if not answers.package:
        derived = names.default_package(answers.name)
        answers = replace(answers, package=_ask_for("Import package", derived, package))
    if not answers.plugin_name:
        asked = _ask_for("Entry-point name", answers.package, names.check_plugin_name)
        answers = replace(answers, plugin_name=asked)
    if not answers.description:
        described = plugin_type.find_variant(answers.variant) or plugin_type
        asked = _ask_for(
            "Description",
            described.description,
            lambda text: author.check_line("description", text),
        )
        answers = replace(answers, description=asked)
    for option in plugin_type.options:
        if option.name not in answers.options:
            asked = _ask_for(option.help, option.default, lambda _: None)
            answers = replace(answers, options={**answers.options, option.name: asked})
    return answers


def _known_type(name: str) -> None:
    from vplug.scaffold import find_type

    find_type(name)


def _ask_for(question: str, default: str, check: Callable[[str], None]) -> str:
    from rich.prompt import Prompt

    out = console()
    while True:
        # Not Prompt's own default: it would show an empty one as "()".
        shown = f"{question} ({default})" if default else question
        answer = Prompt.ask(shown, console=out).strip() or default
        try:
            check(answer)
        except UsageFault as fault:
            meant = fault.hint if fault.hint and fault.hint.startswith("did you mean") else None
            out.print("; ".join(filter(None, [fault.message, meant])), style="yellow")
        else:
            return answer


def _print_types(in_json: bool) -> None:
    from vplug.scaffold import TYPES

    if in_json:
        from vplug.scaffold.wire import types_document

        print_json(types_document(TYPES))
        return
    from rich.text import Text

    from vplug.report.layout import hanging

    width = max(len(plugin_type.name) for plugin_type in TYPES)
    out = console()
    for plugin_type in TYPES:
        hanging(out, Text(f"{plugin_type.name:<{width}}  {plugin_type.summary}"), 0, width + 2)
        for variant in plugin_type.variants:
            hanging(out, Text(f"--variant {variant.name}: {variant.summary}"), width + 4, 2)
        for option in plugin_type.options:
            default = f" [default: {option.default}]" if option.default else ""
            hanging(out, Text(f"--set {option.name}=…: {option.help}{default}"), width + 4, 2)


def _print_project(made: Scaffolded) -> None:
    out = console()
    if out.is_terminal:
        _print_tree(made, out)
    else:
        out.print(f"{made.destination}")
        for file in made.files:
            out.print(f"{file.path}{_remark(made, str(file.path))}")
    if kept := [file for file in made.files if file.status.value == "beside"]:
        out.print()
        out.print(
            f"{len(kept)} of your files differ from the template's and "
            f"{'would be' if made.dry_run else 'were'} kept; compare them with the .vplug-new ones."
        )
    out.print()
    if made.dry_run:
        out.print("Nothing was written: this was a dry run.")
        return
    out.print("Next:")
    for line in next_commands(made):
        out.print(f"  {line}")


def _print_tree(made: Scaffolded, out: Console) -> None:
    from rich.text import Text
    from rich.tree import Tree

    tree = Tree(Text(str(made.destination), style="bold"))
    branches = {"": tree}
    for file in made.files:
        above = ""
        for part in file.path.parts[:-1]:
            here = f"{above}{part}/"
            if here not in branches:
                branches[here] = branches[above].add(Text(f"{part}/", style="blue"))
            above = here
        leaf = Text(file.path.name)
        leaf.append(_remark(made, str(file.path)), style="yellow")
        branches[above].add(leaf)
    out.print(tree)


def _remark(made: Scaffolded, path: str) -> str:
    """Return what is to be said of a file beyond its name; nothing for one that is new."""
    file = next(file for file in made.files if str(file.path) == path)
    if file.status.value == "unchanged":
        return "  (there already)"
    if file.status.value == "beside":
        name = file.written_as.name if file.written_as else "the .vplug-new there"
        return f"  (yours is kept; the new one: {name})"
    return ""
