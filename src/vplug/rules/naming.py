"""VP109 to VP111: names that do not do what their author expects."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.loader import Group
from vplug.loader.names import DOCUMENTED_NAMES
from vplug.loader.platforms import BUILTIN_PLATFORM_NAMES
from vplug.rules.evidence import PluginEvidence
from vplug.rules.verdict import Fault, Skip


def builtin_platform_name(plugin: PluginEvidence) -> Iterator[Fault]:
    """A platform plugin named like one of vLLM's built-in platforms.

    ## What it does
    Reports platform plugins called `cuda`, `rocm`, `tpu`, `xpu`, `cpu`, or one of the former
    built-in platforms.

    ## Why is this bad?
    vLLM sorts the platforms that answered into built-in and out-of-tree by *name*. Where the
    built-in of that name answers, the plugin is taken for active though it returned `None`, its
    `None` is used as a class name, and start-up dies; or two plugins are counted where there is one.

    ## Example
    ```toml
    [project.entry-points."vllm.platform_plugins"]
    cpu = "my_platform:register"
    ```
    Use instead:
    ```toml
    my_cpu = "my_platform:register"
    ```
    """
    if plugin.group.short != "platform":
        raise Skip("no platform plugin")
    name = plugin.entry_point.name
    if name in BUILTIN_PLATFORM_NAMES:
        yield Fault(
            f"{name!r} is the name of a built-in platform: vLLM confuses the two",
            plugin.entry_point.location,
            "put your project's name in front",
        )


def copied_name(plugin: PluginEvidence, group: Group) -> Iterator[Fault]:
    """A name copied from vLLM's documentation.

    ## What it does
    Reports entry points that bear a name from vLLM's documentation or example plugins.

    ## Why is this bad?
    Names are the only thing that `VLLM_PLUGINS` selects by, over all groups and distributions. Two
    plugins that both kept the example's name replace each other.

    ## Example
    ```toml
    register_dummy_model = "my_model:register"
    ```
    Use instead:
    ```toml
    my_model = "my_model:register"
    ```
    """
    del group  # asking for it skips groups that vLLM does not read
    name = plugin.entry_point.name
    if name in DOCUMENTED_NAMES:
        yield Fault(
            f"{name!r} is a name from vLLM's documentation: others have copied it too",
            plugin.entry_point.location,
            "choose a name that begins with your project's",
        )


def unmatchable_name(plugin: PluginEvidence, group: Group) -> Iterator[Fault]:
    """A name that VLLM_PLUGINS can never match.

    ## What it does
    Reports names that hold a comma, are empty, or begin or end with a blank.

    ## Why is this bad?
    vLLM splits `VLLM_PLUGINS` at commas and compares the parts as they are. A name with a comma is
    split apart: with `VLLM_PLUGINS` set, the plugin can never be loaded. For an endpoint plugin,
    which loads only when named, that means never at all.

    ## Example
    ```toml
    "ops,kernels" = "my_plugin:register"
    ```
    Use instead:
    ```toml
    ops_kernels = "my_plugin:register"
    ```
    """
    del group
    name = plugin.entry_point.name
    if "," in name or name != name.strip() or not name:
        yield Fault(
            f"VLLM_PLUGINS can never match the name {name!r}",
            plugin.entry_point.location,
            "use letters, digits, '_', '-' and '.'",
        )
