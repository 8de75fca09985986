"""VP0xx: what could not be read."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from vplug.analysis.modules import Module, ModuleKind, Source, SyntaxFault
from vplug.discovery.project import METADATA_FILES
from vplug.discovery.target import Target
from vplug.errors import Unreadable
from vplug.model import Location
from vplug.rules.declared import is_for_newer_python
from vplug.rules.evidence import Evidence
from vplug.rules.suppress import invalid_comments
from vplug.rules.verdict import CannotTell, Fault


def syntax_error(reached: tuple[Module, ...], evidence: Evidence) -> Iterator[Fault]:
    """A module that the plugin imports does not parse.

    ## What it does
    Parses the entry modules and every module of the package that they import, and reports those
    that are not valid Python.

    ## Why is this bad?
    Importing the module raises `SyntaxError`. vLLM logs that for most plugin groups and goes on
    without the plugin; for a logits processor, start-up dies.

    ## Example
    ```python
    def register(:
        ...
    ```
    Use instead:
    ```python
    def register():
        ...
    ```

    Where `requires-python` leaves out the Python that vplug runs on, for newer ones, the syntax may be
    theirs: the answer is "cannot tell".
    """
    python = "{}.{}".format(*sys.version_info)
    for module in reached:
        source = module.source
        if isinstance(source, SyntaxFault):
            if is_for_newer_python(evidence.distribution.requires_python):
                raise CannotTell(
                    f"{module.name} {source.message}; vplug reads it as Python {python}, and it is "
                    f"for {evidence.distribution.requires_python}",
                    source.location,
                )
            hint = f"mend the syntax; it was read as Python {python}"
            yield Fault(f"{module.name} {source.message}", source.location, hint)


def unreadable_file(reached: tuple[Module, ...], target: Target) -> Iterator[Fault]:
    """A file that vplug needs cannot be read.

    ## What it does
    Reports modules that the plugin imports, and metadata files, that are there but cannot be read:
    no permission, damaged in the archive, or far too large.

    ## Why is this bad?
    What cannot be read here cannot be imported there either, and vplug cannot judge it.

    ## Example
    A module without read permission:
    ```console
    $ chmod 000 src/my_plugin/register.py
    ```
    Use instead:
    ```console
    $ chmod 644 src/my_plugin/register.py
    ```
    """
    for module in reached:
        source = module.source
        if isinstance(source, SyntaxFault) or module.kind is not ModuleKind.SOURCE:
            continue
        if isinstance(source, Unreadable):
            yield Fault(source.message, module.at(None), source.hint)
    for path, reason in target.unreadable:
        yield Fault(f"{path}: {reason}")


def invalid_ignore_comment(reached: tuple[Module, ...], target: Target) -> Iterator[Fault]:
    """A comment that is to keep a rule quiet has another form, or names no rule.

    ## What it does
    Looks at comments in the modules that the plugin imports, in `pyproject.toml`, `setup.cfg` and
    `setup.py`, and reports those meant for vplug that it does not go by: other brackets or none, no
    colon, a blank before the bracket, a code or name that no rule has. Codes stand whole: `VP2` is none.

    ## Why is this bad?
    The comment keeps nothing quiet. Where the finding is not there today, nobody notices until it
    fails a build.

    ## Example
    ```python
    from vllm.gone import thing  # vplug: ignore(VP210)
    ```
    Use instead:
    ```python
    from vllm.gone import thing  # vplug: ignore[VP210]
    ```
    """
    for module in reached:
        if isinstance(module.source, Source):
            place = module.at(None)
            yield from _invalid(module.source.text, place.path, python=True)
    for name in METADATA_FILES:
        if target.tree.is_file(name):
            try:
                text = target.tree.read(name).decode("utf-8", errors="replace")
            except Unreadable:
                continue  # VP002 tells of it
            yield from _invalid(text, target.tree.display(name), python=name.endswith(".py"))


def _invalid(text: str, path: str, *, python: bool) -> Iterator[Fault]:
    for line, message, hint in invalid_comments(text, python=python):
        yield Fault(message, Location(path, line), hint)
