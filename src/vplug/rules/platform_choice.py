"""VP620 to VP628: the choice of a platform."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.loader import setting
from vplug.loader.platforms import BUILTIN_PLATFORM_NAMES
from vplug.loader.resolution import ends
from vplug.model import (
    UNSPECIFIED,
    AnswerKind,
    Basis,
    Diagnosis,
    Location,
    PlatformChoice,
    Severity,
    WinRule,
)
from vplug.rules.platform_mends import mend_of_lost, setting_without
from vplug.rules.verdict import CannotTell, Fault, Skip

#: Why a choice takes nobody.
_NOBODY = {
    WinRule.NOBODY: "nobody answered",
    WinRule.TWO_OUT_OF_TREE: "two platform plugins answered",
    WinRule.TWO_BUILT_IN: "two built-in platforms answered",
    WinRule.ENDED: "a platform plugin ended the process",
}
_CPU = ("vllm.platforms.cpu.", "vllm.platforms.zen_cpu.")


def _needs_vllm(diagnosis: Diagnosis) -> None:
    if diagnosis.environment.vllm_path is None:
        raise Skip("there is no vLLM")


def _current(diagnosis: Diagnosis) -> str | None:
    """The class of the platform: the one seen, else the one foretold."""
    platform = diagnosis.platform
    if platform.basis is Basis.OBSERVED:
        return platform.current
    return platform.choice.class_name if platform.choice.error is None else None


def _accelerators(diagnosis: Diagnosis) -> list[str]:
    """Devices that a driver reports, by name."""
    if diagnosis.devices is None:
        return []
    return [
        device.name or f"{driver.source} device {device.index}"
        for driver in diagnosis.devices.drivers
        for device in driver.devices
    ]


def failed_platform_plugin(diagnosis: Diagnosis) -> Iterator[Fault]:
    """A platform plugin raised or could not be imported.

    ## What it does
    Reports out-of-tree platform plugins that fail when vLLM loads or asks them, with the exception
    that vLLM keeps to itself.

    ## Why is this bad?
    vLLM goes on with another platform, usually the CPU: silently up to 0.28, at DEBUG up to 0.32, as
    a warning from 0.33.

    ## Example
    ```text
    ImportError: libmydevice.so.2: cannot open shared object file
    ```
    Use instead:
    ```text
    mend what the exception names; the report holds the whole traceback.
    ```
    """
    for item in diagnosis.platform.candidates:
        if item.built_in:
            continue
        answer = item.answer
        if answer.failed:
            did = {
                AnswerKind.RAISED: "raised when it was asked",
                AnswerKind.NOT_LOADED: "could not be imported",
                AnswerKind.NOT_CALLABLE: "cannot be called",
            }[answer.kind]
            if diagnosis.platform.basis is Basis.FORETOLD:
                did = did.replace("raised when", "raises when").replace("could not", "cannot")
            owner = f" of {item.distribution}" if item.distribution else ""
            place = Location(answer.path, answer.line) if answer.path else None
            if place is None and item.origin:
                place = Location(item.origin)
            what = (
                "vLLM does not swallow that and ends with it; mend or uninstall it"
                if ends(answer)
                else "vLLM takes another platform because of it; mend what the exception names, or "
                "uninstall the plugin"
            )
            value = diagnosis.load_plan.all_but.get(item.name)
            if value is not None:
                what += f"; to leave it out: {setting(value.split(','))}"
            yield Fault(f"platform plugin {item.name}{owner} {did}: {answer.reason}", place, what)


def platform_clash(diagnosis: Diagnosis) -> Iterator[Fault]:
    """Two platforms are there at once.

    ## What it does
    Reports two out-of-tree platform plugins, or two built-in platforms, that both answer.

    ## Why is this bad?
    vLLM stops: "Only one platform plugin can be activated".

    ## Example
    ```text
    RuntimeError: Only one platform plugin can be activated, but got: ['a', 'b']
    ```
    Use instead:
    ```text
    uninstall one, or name the wanted one alone in `VLLM_PLUGINS`.
    ```
    """
    choice = diagnosis.platform.choice
    if choice.rule in (WinRule.TWO_OUT_OF_TREE, WinRule.TWO_BUILT_IN):
        names = ", ".join(choice.possible)
        kept = setting_without(diagnosis, choice.possible[1:])
        mend = (
            "uninstall one, or leave it out of VLLM_PLUGINS"
            + (f", for {choice.possible[0]}: {kept}" if kept is not None else "")
            if choice.rule is WinRule.TWO_OUT_OF_TREE
            else "VLLM_PLUGINS does not reach built-in platforms: remove the library of one of them"
        )
        yield Fault(f"{names} are active at once: vLLM stops with {choice.error}", hint=mend)


def broken_platform(diagnosis: Diagnosis) -> Iterator[Fault]:
    """The chosen platform cannot be made.

    ## What it does
    Reports a choice that ends in an exception: the winner's class is missing or cannot be imported,
    or it answered differently when it was called again.

    ## Why is this bad?
    vLLM stops wherever it first asks for its platform, which is nearly any import: `import vllm` itself
    in some releases.

    ## Example
    ```text
    ModuleNotFoundError: No module named 'vllm._C'
    ```
    Use instead:
    ```text
    mend what the exception names.
    ```
    """
    _needs_vllm(diagnosis)
    platform = diagnosis.platform
    if platform.choice.rule in (WinRule.TWO_OUT_OF_TREE, WinRule.TWO_BUILT_IN):
        raise Skip("two platforms clash (VP621)")
    error = platform.error
    if error is None or error.endswith("(at import vllm)"):
        return
    winner = platform.choice.winner
    who = f"{winner!r} was chosen and its platform " if winner else "the platform "
    hint = "mend what the exception names"
    if platform.traceback is not None:
        hint += "; the report holds the traceback"
    elif platform.basis is Basis.OBSERVED:
        hint = mend_of_lost(diagnosis, error)
    yield Fault(f"{who}cannot be made: {error}", hint=hint)


def cpu_fallback(diagnosis: Diagnosis) -> Iterator[Fault]:
    """The CPU is taken though the machine has an accelerator.

    ## What it does
    Compares the platform with what drivers report. Where they report nothing and a platform plugin is
    installed that found no device of its own, that is told as `info`.

    ## Why is this bad?
    Everything works and is a hundred times slower; nothing is said.

    ## Example
    ```text
    vllm.platforms.cpu.CpuPlatform, and NVML reports NVIDIA H200
    ```
    Use instead:
    ```text
    the build of vLLM for the device, or a platform plugin that loads.
    ```
    """
    _needs_vllm(diagnosis)
    if diagnosis.devices is None:
        raise CannotTell("no driver was asked: nothing was run")
    current = _current(diagnosis)
    if current is None or not current.startswith(_CPU):
        return
    found = _accelerators(diagnosis)
    if not found:
        yield from _declined(diagnosis)
        return
    environment = diagnosis.environment
    if diagnosis.platform.choice.rule is WinRule.EXPLICIT_CPU:
        why, mend = "VLLM_TARGET_DEVICE=cpu asks for that", "unset VLLM_TARGET_DEVICE"
    elif environment.named_vllm is not None and "cpu" in environment.named_vllm:
        why = f"vLLM {environment.named_vllm} is a build for the CPU"
        mend = "install the build of vLLM for this device"
    else:
        why, mend = "no platform of the device answered", "the candidates' answers say why"
    yield Fault(
        f"vLLM runs on the CPU though a driver reports {', '.join(dict.fromkeys(found))}: {why}",
        hint=mend,
    )


def _declined(diagnosis: Diagnosis) -> Iterator[Fault]:
    """Platform plugins that say that they are not on their machine."""
    candidates = [item for item in diagnosis.platform.candidates if not item.built_in]
    for item in candidates:
        if item.answer.kind is AnswerKind.NONE:
            said = f"; it said: {item.answer.said[-1]}" if item.answer.said else ""
            owner = f" of {item.distribution}" if item.distribution else ""
            yield Fault(
                f"vLLM runs on the CPU: platform plugin {item.name}{owner} answered that its device is "
                f"not here{said}",
                hint="if it should be: check the driver, the permissions of its device files, and the "
                "variables that the plugin reads",
                severity=Severity.INFO,
            )


def no_platform(diagnosis: Diagnosis) -> Iterator[Fault]:
    """No platform answered.

    ## What it does
    Reports that vLLM falls back to `UnspecifiedPlatform`.

    ## Why is this bad?
    Nothing can run on it; the first error that a person sees is "Failed to infer device type" or an
    attribute that is missing.

    ## Example
    ```text
    RuntimeError: Failed to infer device type
    ```
    Use instead:
    ```text
    install the driver, or a vLLM whose version tells what it was built for (`0.33.0+cpu`).
    ```
    """
    _needs_vllm(diagnosis)
    platform = diagnosis.platform
    current = _current(diagnosis)
    if current == UNSPECIFIED:
        reasons = "; ".join(
            f"{item.name}: {item.answer.reason or item.answer.kind}" for item in platform.candidates
        )
        yield Fault(f"no platform answered, so vLLM has none ({reasons})", hint=_mend(diagnosis))
    elif platform.basis is Basis.FORETOLD and platform.choice.rule is WinRule.UNDECIDED:
        raise CannotTell("which platform answers depends on the machine: nothing was run")


def _mend(diagnosis: Diagnosis) -> str:
    if diagnosis.environment.named_vllm is None:
        return "install a distribution called vllm beside it: its version tells the CPU platform"
    return "check the device's driver, or install a build of vLLM for this machine"


def unsteady_platform(diagnosis: Diagnosis) -> Iterator[Fault]:
    """A platform plugin answers differently when asked twice.

    ## What it does
    Compares the two calls that vLLM makes of the winner: one to see whether it is there, one for the
    name of its class.

    ## Why is this bad?
    The second call stands outside any `try`: if it raises or gives `None`, vLLM stops.

    ## Example
    ```python
    def register():
        os.environ.pop("MY_DEVICE")  # raises the second time
        return "my_platform.Platform"
    ```
    Use instead: a function without effects.
    ```python
    def register():
        return "my_platform.Platform" if "MY_DEVICE" in os.environ else None
    ```
    """
    if diagnosis.platform.basis is Basis.FORETOLD:
        raise CannotTell("nothing was run")
    for item in diagnosis.platform.candidates:
        first, second = item.answer, item.second
        if second is None or item.built_in:
            continue
        if (first.kind, first.value) != (second.kind, second.value):
            told = second.reason or second.value or "None"
            yield Fault(
                f"platform plugin {item.name} answered {first.value or first.kind}, then {told}",
                hint="make its function give the same answer each time it is called",
            )


def target_skips_plugins(diagnosis: Diagnosis) -> Iterator[Fault]:
    """VLLM_TARGET_DEVICE=cpu keeps platform plugins from being asked.

    ## What it does
    Reports the variable where platform plugins are installed. vLLM heeds it from 0.28.0 on.

    ## Why is this bad?
    It is a build variable in most instructions and is often left set.

    ## Example
    ```console
    $ export VLLM_TARGET_DEVICE=cpu
    ```
    Use instead:
    ```console
    $ unset VLLM_TARGET_DEVICE
    ```
    """
    if diagnosis.platform.choice.rule is not WinRule.EXPLICIT_CPU:
        return
    names = [item.name for item in diagnosis.platform.candidates if not item.built_in]
    if names:
        yield Fault(
            f"VLLM_TARGET_DEVICE=cpu: vLLM does not ask {', '.join(names)}",
            hint="unset VLLM_TARGET_DEVICE unless the CPU is what you want",
        )


def confused_platform_name(diagnosis: Diagnosis) -> Iterator[Fault]:
    """An installed platform plugin bears the name of a built-in platform.

    ## What it does
    Reports platform plugins called `cuda`, `cpu` and the like.

    ## Why is this bad?
    vLLM tells built-in and out-of-tree platforms apart by name: where the built-in one answers, the
    plugin is called for the class, whatever it said of itself.

    ## Example
    ```toml
    [project.entry-points."vllm.platform_plugins"]
    cuda = "my_platform:register"
    ```
    Use instead:
    ```toml
    my_cuda = "my_platform:register"
    ```
    """
    for item in diagnosis.platform.candidates:
        if not item.built_in and item.name in BUILTIN_PLATFORM_NAMES:
            owner = f" of {item.distribution}" if item.distribution else ""
            yield Fault(
                f"platform plugin {item.name}{owner} bears the name of a built-in platform: "
                "vLLM confuses the two",
                Location(item.origin) if item.origin else None,
                "ask its author for a name of its own",
            )


def forecast_differs(diagnosis: Diagnosis) -> Iterator[Fault]:
    """What was seen differs from what source and metadata foretold.

    ## What it does
    Compares the platform that vLLM took with the one that vplug foretold without running anything.

    ## Why is this bad?
    Something decides that cannot be read in the plugins: a driver, another library, a variable. It is
    worth knowing where a machine behaves unlike its twin.

    ## Example
    ```text
    by source and metadata alone vLLM would take cuda; it took no platform
    ```
    Use instead:
    ```text
    read the candidates' answers; they tell which one behaved otherwise.
    ```
    """
    foretold, seen = diagnosis.foretold, diagnosis.platform
    if foretold is None or seen.basis is Basis.FORETOLD:
        raise Skip("nothing was run")
    if foretold.choice.rule is WinRule.UNDECIDED or seen.choice.rule is WinRule.UNDECIDED:
        raise CannotTell("the choice could not be foretold")
    named = {item.name for item in seen.candidates if not item.built_in and item.answer.failed}
    if foretold.choice.winner in named:
        raise Skip("the plugin that failed is told of (VP620)")
    before = (foretold.choice.rule, foretold.choice.winner)
    after = (seen.choice.rule, seen.choice.winner)
    if before != after:
        yield Fault(
            f"by source and metadata alone vLLM would take {_taken(foretold.choice)}; "
            f"it took {_taken(seen.choice)}",
            severity=Severity.INFO,
        )


def mixed_platforms(diagnosis: Diagnosis) -> Iterator[Fault]:
    """Parts of vLLM hold another platform than the rest.

    ## What it does
    Compares the platform object that vLLM has come to with those that its imported modules hold.

    ## Why is this bad?
    `from vllm.platforms import current_platform` keeps the object of that moment. Where the module of a
    platform plugin imports vLLM at its top, or a package above it does, vLLM's modules ask for the platform
    while the plugin is half imported: it counts as failed, the CPU is taken, and those modules go on with
    the CPU although the plugin wins in the end. Nothing is said. So it is where the plugin's function
    imports vLLM.

    ## Example
    ```python
    from vllm.config import VllmConfig


    def register():
        return "my_platform.platform.MyPlatform"
    ```
    Use instead: an entry module that imports nothing of vLLM's.
    ```python
    def register():
        return "my_platform.platform.MyPlatform"
    ```
    """
    platform = diagnosis.platform
    if platform.basis is Basis.FORETOLD:
        raise CannotTell("nothing was run")
    ours = [item.name for item in platform.candidates if not item.built_in and item.answer.wins]
    cause = f"the module of platform plugin {ours[0]}" if ours else "a platform plugin's module"
    for kind, names in platform.strays:
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield Fault(
            f"vLLM takes {platform.current}, but {shown} hold{'s' if len(names) == 1 else ''} "
            f"{kind}: they were imported while the platform was being chosen",
            hint=f"import vLLM in the functions of the platform's class: not at the top of {cause}, nor "
            "in the packages above it, nor in the function that it names (VP302)",
        )


def _taken(choice: PlatformChoice) -> str:
    """Whom a choice takes, in words."""
    return choice.winner or f"no platform ({_NOBODY.get(choice.rule, choice.rule)})"
