"""VP7xx: what an entry point gives, and the classes that vLLM would make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vplug.loader import Group
from vplug.loader.groups import Expects
from vplug.model import Location, Observation, Raised, SeenClass, Severity, Truth, Use
from vplug.rules.evidence import PluginEvidence
from vplug.rules.observed_mends import is_the_environments, mend
from vplug.rules.registry import requires
from vplug.rules.seen import finished
from vplug.rules.verdict import CannotTell, Fault, Skip


@requires("VP701", "VP702", "VP704", "VP705", "VP706")
def gives_wrong_kind(observed: Observation, group: Group) -> Iterator[Fault]:
    """The entry point gives something of a kind that vLLM cannot use.

    ## What it does
    Looks at what the call returned: `None` or a dotted class name for platforms and IO processors;
    for stat loggers and logits processors, at the class itself. What a general plugin returns is of
    no account to vLLM, but of a coroutine or a generator nothing has run.

    ## Why is this bad?
    vLLM splits the name at its last dot and imports it: a class object, a tuple or a name with a
    colon raises there, for a platform without a word.

    ## Example
    ```python
    def register():
        return AcmePlatform
    ```
    Use instead:
    ```python
    def register():
        return "acme.platform.AcmePlatform"
    ```
    """
    attempt = finished(observed)
    if attempt.called == 0:
        raise Skip("it was not called")
    kind, text = attempt.returned_kind, attempt.returned
    if kind == "not-begun":
        what = "coroutine" if "coroutine" in (text or "") else "generator"
        yield Fault(
            f"calling it gives a {what}, and vLLM runs nothing of it",
            hint="make it a plain function: no async, no yield",
        )
    elif group.expects is Expects.CLASS_PATH_FACTORY:
        if kind not in ("none", "str"):
            yield Fault(
                f"it gives {text}, which is neither None nor a name",
                hint='return the class\'s dotted name, "package.module.Class"',
            )
        elif kind == "str" and ":" in (text or ""):
            yield Fault(f"it gives {text!r}; vLLM splits names at dots, not colons")
    elif group.expects is Expects.CLASS and kind != "class":
        yield Fault(f"it is {text}, not a class")


@requires("VP701", "VP702", "VP704", "VP705", "VP706", "VP710")
def class_cannot_be_used(observed: Observation, plugin: PluginEvidence) -> Iterator[Fault]:
    """A class that vLLM would use cannot be imported, is abstract, or cannot be made as vLLM makes it.

    ## What it does
    Imports the class that the entry point names and the models that it registers by name; looks for
    abstract methods left open; makes a platform, and compares the constructor of others with the
    call that the installed vLLM makes. Where the import fails because vLLM, or a library of its, asks
    for a package that the environment lacks, the rule cannot tell. What needs a model's configuration
    is not made: the rule then cannot tell, unless `--live` saw an engine make it and use it.

    ## Why is this bad?
    The plugin loads and looks well until the first request, or until vLLM settles on another
    platform in silence.

    ## Example
    ```python
    ModelRegistry.register_model("Acme", "acme.modell:AcmeModel")  # no such module
    ```
    Use instead:
    ```python
    ModelRegistry.register_model("Acme", "acme.model:AcmeModel")
    ```
    """
    attempt = finished(observed)
    if not attempt.classes:
        raise Skip("it names no class")
    untried = []
    lacking: dict[str, str] = {}
    failed: dict[str, tuple[Raised, list[str]]] = {}
    for item in attempt.classes:
        if item.raised is not None:
            if is_the_environments(item.raised, plugin.evidence.target):
                hint = mend(item.raised, observed)
                lacking.setdefault(f"{item.raised}; {hint}", item.name)
            else:
                failed.setdefault(str(item.raised), (item.raised, []))[1].append(item.name)
            continue
        yield from _faults(item, plugin, observed)
        if _was_used(item, _live_uses(plugin)):
            continue
        if item.instantiated is None and item.reason and item.is_class and not item.abstract:
            untried.append(item)
    for raised, names in failed.values():
        yield _not_imported(raised, names, observed)
    if lacking:
        raise CannotTell(
            "; ".join(f"{name} cannot be imported here: {why}" for why, name in lacking.items())
        )
    if untried:
        # Without names of classes: of many plugins, those that cannot be told for one reason are one line.
        raise CannotTell(f"what it names imports, but is not made: {untried[0].reason}")


def _live_uses(plugin: PluginEvidence) -> tuple[Use, ...]:
    """What came of using the plugin in real engines; empty where none was started."""
    try:
        live = plugin.evidence.live
    except Skip:
        return ()
    return tuple(use for use in live.uses if use.subject == plugin.subject)


def _place_of(name: str, plugin: PluginEvidence) -> Location | None:
    """Where the class of a dotted name is defined in the target; ``None`` if not there."""
    module, _, leaf = name.rpartition(".")
    found = plugin.evidence.resolver.imported(module, leaf) if module else None
    if found is None or found.module is None or not found.module.own or found.node is None:
        return None
    return found.module.at(found.node)


def _was_used(item: SeenClass, uses: Iterable[Use]) -> bool:
    """Whether an engine made an instance that did what it is for.

    Of several models one that works says nothing of the others: it must be named.
    """
    model, arrow, _ = item.name.partition(" → ")
    return any(
        use.truth is Truth.WORKS and (not arrow or model in f"{use.how} {use.message}")
        for use in uses
    )


def _faults(item: SeenClass, plugin: PluginEvidence, observed: Observation) -> Iterator[Fault]:
    if item.is_class is False:
        yield Fault(f"{item.name} is no class")
    elif item.abstract:
        yield Fault(
            f"{item.name} is abstract: {', '.join(item.abstract)} "
            f"{'is' if len(item.abstract) == 1 else 'are'} not defined",
            _place_of(item.name, plugin),
            hint="define them: vLLM cannot make an instance without",
        )
    elif item.failure is not None:
        place = item.failure.location or _place_of(item.name, plugin)
        told = f"{item.name} cannot be made: {item.failure}{_dies(observed)}"
        yield Fault(told, place, mend(item.failure, observed))


def _not_imported(raised: Raised, names: list[str], observed: Observation) -> Fault:
    """One fault for all classes that one error keeps out: a missing package may stop a dozen."""
    more = f" and {len(names) - 1} more of its classes" if len(names) > 1 else ""
    told = f"{names[0]}{more} cannot be imported: {raised}{_dies(observed)}"
    return Fault(told, raised.location, mend(raised, observed))


def _dies(observed: Observation) -> str:
    """What comes of it for a platform: vLLM imports and makes the class outside its `try`.

    ``vllm/platforms/__init__.py``, 0.10.2 to 0.33.0.
    """
    platform = observed.entry_point.group == "vllm.platform_plugins"
    return "; in vLLM: not caught: the process dies" if platform else ""


@requires("VP701", "VP702", "VP704", "VP705", "VP706", "VP710")
def class_of_other_base(
    observed: Observation, group: Group, plugin: PluginEvidence
) -> Iterator[Fault]:
    """A class that vLLM would use does not derive from the installed vLLM's base class.

    ## What it does
    Asks `issubclass` of the class as imported, so that bases computed at run time count.

    ## Why is this bad?
    A stat logger that is no `StatLoggerBase` stops vLLM; elsewhere vLLM calls methods with defaults
    in the base class, and new ones with every release.

    ## Example
    ```python
    class AcmeLogger:
        def record(self, *args): ...
    ```
    Use instead:
    ```python
    class AcmeLogger(StatLoggerBase):
        def record(self, *args, **kwargs): ...
    ```
    """
    attempt = finished(observed)
    known = [item for item in attempt.classes if item.derives is not None]
    if not known:
        raise Skip("there is no base class to ask for")
    for item in known:
        if not item.derives:
            severity = Severity.ERROR if group.base_enforced else None
            yield Fault(
                f"{item.name} does not derive from {item.base}",
                _place_of(item.name, plugin),
                hint=f"derive it from {item.base}",
                severity=severity,
            )


@requires("VP701", "VP702", "VP704", "VP705", "VP706")
def platform_not_taken(observed: Observation, group: Group) -> Iterator[Fault]:
    """The entry point names a platform, and vLLM settles on another one.

    ## What it does
    Lets vLLM resolve `vllm.platforms.current_platform` in a fresh process with only this plugin
    admitted, and compares its class with the one that the entry point names.

    ## Why is this bad?
    vLLM swallows what goes wrong while it asks platform plugins, an import of vLLM at the top of
    their module above all: it loads a half-initialised module, and runs on the CPU.

    ## Example
    ```python
    import vllm.config  # at the top of the entry module: touches current_platform

    def register():
        return "acme.platform.AcmePlatform"
    ```
    Use instead:
    ```python
    def register():
        return "acme.platform.AcmePlatform"  # and vLLM is imported in acme.platform alone
    ```
    """
    if group.short != "platform":
        raise Skip("no platform plugin")
    attempt = finished(observed)
    if attempt.returned_kind != "str":
        raise Skip("it gives no platform on this machine")
    if attempt.vllm_failed is not None:
        raise Skip("vLLM did not settle on any")
    if attempt.platform is None:
        raise CannotTell("this vLLM has no current_platform")
    if attempt.platform != attempt.returned:
        names = {item.name for item in attempt.classes if item.is_class}
        if attempt.returned in names or not attempt.classes:
            yield Fault(
                f"it names {attempt.returned}, but vLLM settled on {attempt.platform}",
                hint="import nothing of vLLM at the top of the entry module; "
                "VLLM_LOGGING_LEVEL=DEBUG shows what vLLM swallowed",
            )
