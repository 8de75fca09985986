"""From answers to a project: check, render into a temporary folder, put in place."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vplug.errors import UsageFault, VplugError
from vplug.scaffold import author, installed, names, placing, templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vplug.scaffold.catalogue import PluginType
    from vplug.scaffold.placing import PlacedFile


@dataclass(frozen=True)
class Answers:
    """What a person answers; "" stands for not given.

    Attributes:
        name: the distribution's name, and its folder's.
        package: the import package; from the name when not given.
        plugin_name: the entry point's name; the package when not given.
        description: one line; the type's own when not given.
        author: the author's name; may stay away.
        email: the author's address; may stay away.
        options: the type's own options.
        variant: which of the type's variants; the first when not given.
    """

    name: str
    package: str = ""
    plugin_name: str = ""
    description: str = ""
    author: str = ""
    email: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    variant: str = ""

    def completed(self, plugin_type: PluginType) -> Answers:
        """Return the answers with everything filled in that follows from the others.

        Raises:
            UsageFault: the type has no such variant.
        """
        variant = plugin_type.find_variant(self.variant)
        package = self.package or names.default_package(self.name)
        return Answers(
            name=self.name,
            package=package,
            plugin_name=self.plugin_name or package,
            description=self.description.strip() or (variant or plugin_type).description,
            author=self.author.strip(),
            email=self.email.strip(),
            options={option.name: option.default for option in plugin_type.options}
            | dict(self.options),
            variant=variant.name if variant else "",
        )


@dataclass(frozen=True)
class Scaffolded:
    """A project that was written, or with ``dry_run`` would be."""

    plugin_type: PluginType
    answers: Answers
    destination: Path
    files: tuple[PlacedFile, ...]
    dry_run: bool

    @property
    def env_prefix(self) -> str:
        """What the plugin's environment variables begin with."""
        return names.env_prefix(self.answers.package)


def check_answers(plugin_type: PluginType, answers: Answers, output_dir: Path) -> None:
    """Refuse answers that no project can be made from.

    Args:
        plugin_type: what is to be scaffolded.
        answers: completed answers.
        output_dir: the folder that the project's folder is to lie in.

    Raises:
        UsageFault: with the reason and a hint.
    """
    names.check_distribution(answers.name)
    names.check_package(answers.package)
    names.check_plugin_name(answers.plugin_name)
    author.check_line("description", answers.description)
    author.check_line("author's name", answers.author)
    author.check_email(answers.email)
    known = {option.name for option in plugin_type.options}
    if unknown := sorted(answers.options.keys() - known):
        raise UsageFault(
            f"a plugin of type {plugin_type.name} has no option {unknown[0]!r}",
            f"its options are: {', '.join(sorted(known))}" if known else "it has none to set",
        )
    destination = output_dir / answers.name
    installed.check_package_is_free(answers.package, destination)
    installed.check_distribution_is_free(answers.name, destination)


def scaffold(
    plugin_type: PluginType,
    answers: Answers,
    output_dir: Path,
    *,
    force: bool = False,
    dry_run: bool = False,
) -> Scaffolded:
    """Make a plugin project, and return what was written.

    On failure nothing is left behind.

    Args:
        plugin_type: one of :data:`vplug.scaffold.TYPES`.
        answers: what to fill the template with.
        output_dir: where the project's folder is made; made itself when missing.
        force: write into a folder that exists; files that are there stay as they are.
        dry_run: write nothing.

    Raises:
        UsageFault: an answer or the destination is refused.
        VplugError: the template or the disk is at fault.
    """
    answers = answers.completed(plugin_type)
    check_answers(plugin_type, answers, output_dir)
    destination = output_dir.absolute() / answers.name
    placing.check_destination(destination, force=force)
    made = [] if dry_run else _make_folder(output_dir.absolute())
    try:
        # Beside the destination, so that the last step is a rename on one file system.
        workshop = Path(
            tempfile.mkdtemp(prefix=".vplug-", dir=None if dry_run else destination.parent)
        )
        try:
            rendered = templates.render(
                plugin_type.folders(answers.variant), _variables(plugin_type, answers), workshop
            )
            files = placing.plan(rendered, destination)
            if not dry_run:
                placing.place(rendered, destination, files)
        finally:
            shutil.rmtree(workshop, ignore_errors=True)
    except BaseException:
        for folder in reversed(made):
            folder.rmdir()
        raise
    return Scaffolded(plugin_type, answers, destination, files, dry_run)


def _make_folder(folder: Path) -> list[Path]:
    """Make ``folder`` and its missing parents, and return those made."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()][::-1]
    made: list[Path] = []
    try:
        for path in missing:
            path.mkdir()
            made.append(path)
    except OSError as error:
        for path in reversed(made):
            path.rmdir()
        raise VplugError(f"{folder} cannot be made: {error.strerror or error}") from error
    return made


def _variables(plugin_type: PluginType, answers: Answers) -> dict[str, str]:
    return {
        "distribution": answers.name,
        "package": answers.package,
        "plugin_name": answers.plugin_name,
        "type": plugin_type.name,
        "group": plugin_type.group,
        "target": plugin_type.target,
        "description": answers.description,
        "description_toml": author.toml_string(answers.description),
        "author_toml": author.toml_author(answers.author, answers.email),
        "env_prefix": names.env_prefix(answers.package),
        "vllm_range": plugin_type.vllm,
        **answers.options,
    }
