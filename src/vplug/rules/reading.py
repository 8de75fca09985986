"""VP0xx: what could not be read."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.analysis.modules import Module, ModuleKind, SyntaxFault
from vplug.discovery.target import Target
from vplug.errors import Unreadable
from vplug.rules.verdict import Fault


def syntax_error(reached: tuple[Module, ...]) -> Iterator[Fault]:
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

    A module that needs a newer Python than the one vplug runs on is reported too.
    """
    for module in reached:
        source = module.source
        if isinstance(source, SyntaxFault):
            yield Fault(f"{module.name} {source.message}", source.location, "mend the syntax")


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
