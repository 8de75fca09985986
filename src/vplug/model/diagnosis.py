"""What the doctor found out about one environment, as nouns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from vplug.model.devices import DeviceReport
from vplug.model.finding import Finding, Outcome
from vplug.model.platform import PlatformReport
from vplug.model.plugin import Plugin


@dataclass(frozen=True, slots=True)
class Unmet:
    """A requirement of an installed plugin that the environment does not meet.

    Attributes:
        distribution: whose requirement.
        requirement: as declared.
        found: the version installed, or ``None`` where it is not installed.
    """

    distribution: str
    requirement: str
    found: str | None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A distribution with metadata in several places; only the first is seen by Python.

    Attributes:
        name: normalised.
        paths: its metadata, in the order of the path.
    """

    name: str
    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EnvironmentFacts:
    """What is installed.

    Attributes:
        label: the environment, as messages name it.
        python: its Python's version, or ``None`` where it was not asked.
        vllm: the distribution that holds the package ``vllm``; ``None`` where there is none.
        vllm_version: its version.
        vllm_path: the package's folder.
        vllm_variant: what it was built for, told by its name and version: ``cpu``, ``rocm`` …, or
            ``None`` where neither says.
        stand_in: a distribution named ``vllm`` beside it that does not hold the package.
        named_vllm: the version of the distribution *named* ``vllm``, that vLLM asks for; or ``None``.
        torch: torch's version, or ``None``.
        torch_build: what torch was built for, as its version's local part says (``cu128``, ``cpu``).
        unmet: requirements of plugins that are not met.
        duplicates: distributions found in several places, of those that matter here.
        hooks: ``.pth`` files with code; it ran where vLLM did, as at every start of that Python.
        unreadable: folders and metadata that could not be read, with the reason.
        rivals: other distributions that claim the package ``vllm``.
        option: the option that names this environment on vplug's command line; empty for its own.
        asked: the vLLM release that the user named to foretell by; ``None`` where none was.
    """

    label: str
    python: str | None
    vllm: str | None
    vllm_version: str | None
    vllm_path: str | None
    vllm_variant: str | None
    stand_in: str | None
    named_vllm: str | None
    torch: str | None
    torch_build: str | None
    unmet: tuple[Unmet, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    hooks: tuple[str, ...] = ()
    unreadable: tuple[tuple[str, str], ...] = ()
    rivals: tuple[str, ...] = ()
    option: str = ""
    asked: str | None = None


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that matters.

    Attributes:
        name: its name.
        value: as set; ``None`` where it is not set.
        effect: what it does here, in one clause.
        readers: distributions whose source reads it, vLLM aside.
    """

    name: str
    value: str | None
    effect: str
    readers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlannedPlugin:
    """What vLLM will do with one plugin.

    Attributes:
        plugin: the plugin with its standing.
        loads: whether loading its target will work: ``None`` where it cannot be told.
        reason: why not, or what cannot be told.
        on_failure: what becomes of vLLM when it fails, in this release.
        fatal: whether that ends a process.
        raises: the exception that calling it surely ends in, as its source tells; ``None`` where none
            is told, and for platform plugins, of whose answers the choice of a platform tells.
        path: the file in which loading or calling it fails, or ``None`` where that is not known.
        line: where in that file.
        hooked: whether only a ``.pth`` file's code, which was not run, keeps ``loads`` from being told.
    """

    plugin: Plugin
    loads: bool | None
    reason: str | None
    on_failure: str
    fatal: bool
    raises: str | None = None
    path: str | None = None
    line: int | None = None
    hooked: bool = False


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """What vLLM will load, where, in which order.

    Attributes:
        release: the vLLM release whose loader is meant, or ``None``.
        note: why it is that one, or ``None``.
        allowlist: the value of ``VLLM_PLUGINS``; ``None`` where unset.
        plugins: every plugin of a ``vllm.*`` group, in loading order; those of groups that the release
            does not read too.
        processes: by process, then by group's short name, the names loaded there, in order.
        exactly: the ``VLLM_PLUGINS`` value that loads just what loads now, or ``None`` where no value
            can say it.
        all_but: by plugin, the value that loads all others.
        unmatched: what in the allowlist matches nothing, one sentence each.
        meant: where something matches nothing, the value that seems to be meant; ``None`` where none does.
        left_out: what else seems to be meant, and fails.
        failing: by name, why no plugin of it works; the ready values leave them out.
    """

    release: str | None
    note: str | None
    allowlist: str | None
    plugins: tuple[PlannedPlugin, ...]
    processes: Mapping[str, Mapping[str, tuple[str, ...]]]
    exactly: str | None
    all_but: Mapping[str, str]
    unmatched: tuple[str, ...] = ()
    meant: str | None = None
    left_out: tuple[str, ...] = ()
    failing: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Adapter:
    """A folder that a LoRA resolver would look at.

    Attributes:
        name: the folder's, which is the name a request asks by.
        base_model: the base model its configuration names, or ``None``.
        rank: its rank, or ``None``.
        problem: why the resolver would not serve it, or ``None``.
    """

    name: str
    base_model: str | None = None
    rank: int | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class ResolverFacts:
    """How a LoRA resolver is configured.

    Attributes:
        name: its plugin's name.
        variable: the variable that configures it.
        value: its value, or ``None``.
        state: one clause: off, ready, or what is wrong.
        problem: whether it cannot work as configured.
        fatal: whether its registration would raise and end the process.
        adapters: what lies in its folder.
    """

    name: str
    variable: str
    value: str | None
    state: str
    problem: bool = False
    fatal: bool = False
    adapters: tuple[Adapter, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Which IO processor a model asks for.

    Attributes:
        path: the model, as given.
        asked: the IO processor that its configuration names; ``None`` where it names none.
        found: whether a plugin of that name would load; ``None`` where it cannot be told.
        state: one clause.
        nearest: names of installed IO processors that may be meant.
        problem: whether vLLM would not start for it.
    """

    path: str
    asked: str | None
    found: bool | None
    state: str
    nearest: tuple[str, ...] = ()
    problem: bool = False


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Everything the doctor has to say.

    Attributes:
        environment: what is installed.
        variables: those that matter.
        load_plan: what vLLM will load.
        platform: the choice of a platform.
        foretold: the choice as source foretells it, where ``platform`` was observed.
        devices: what they report; ``None`` where nothing was run.
        resolvers: how LoRA resolvers are configured.
        model: which IO processor a model asks for; ``None`` where no model was named.
        machine: the operating system and processor, as the standard library tells them.
        findings: what is wrong, worst first.
        outcomes: what became of each rule.
    """

    environment: EnvironmentFacts
    variables: tuple[Variable, ...]
    load_plan: LoadPlan
    platform: PlatformReport
    foretold: PlatformReport | None
    devices: DeviceReport | None
    resolvers: tuple[ResolverFacts, ...]
    model: ModelFacts | None
    machine: Mapping[str, str]
    findings: tuple[Finding, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
