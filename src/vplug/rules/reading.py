"""VP0xx: what could not be read."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from vplug.analysis.modules import Module, ModuleKind, SyntaxFault
from vplug.discovery.target import Target
from vplug.errors import Unreadable
from vplug.rules.declared import is_for_newer_python
from vplug.rules.evidence import Evidence
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
