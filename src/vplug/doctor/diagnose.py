"""The whole diagnosis of one environment: read, foretold, and where that is wanted, run."""

from __future__ import annotations

import os
import platform as machine
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.version import Version

from vplug.contracts.store import ContractStore
from vplug.discovery.environment import Environment
from vplug.discovery.installed import scan
from vplug.doctor.environment import environment_facts
from vplug.doctor.load_plan import load_plan, off_failures
from vplug.doctor.model_config import model_facts
from vplug.doctor.observed import device_report, parse_events, platform_report
from vplug.doctor.platform import foretold
from vplug.doctor.ready_values import with_values
from vplug.doctor.resolvers import resolver_facts
from vplug.doctor.surroundings import Surroundings
from vplug.doctor.variables import variables
from vplug.errors import UsageFault
from vplug.loader import Allowlist, plan
from vplug.loader.resolution import targets_cpu
from vplug.model import Basis, DeviceReport, Diagnosis, LoaderContract
from vplug.rules.codes import CODES
from vplug.rules.engine import judge_all

#: The rules that speak of an environment.
DOCTOR_CODES = tuple(code for code in CODES if code.startswith("VP6"))


@dataclass(frozen=True)
class Request:
    """What is to be diagnosed, and how.

    Attributes:
        environment: the folders it imports from.
        python: its interpreter; ``None`` where none is known, and nothing is run.
        run: whether vLLM and its platform plugins may run.
        allowlist: the value of ``VLLM_PLUGINS``.
        release: a vLLM release to judge by where none is installed; the newest known when ``None``.
        model: a model whose configuration is looked at, or ``None``.
        seconds: how long the child may take.
        attention: whether to ask for the attention backend.
        codes: the rules to run.
        environ: the variables that vLLM would see.
        option: the option that names the environment on vplug's command line, for hints.
    """

    environment: Environment
    python: Path | None
    run: bool = True
    allowlist: Allowlist = field(default_factory=Allowlist)
    release: str | None = None
    model: Path | None = None
    seconds: float = 120.0
    attention: bool = False
    codes: tuple[str, ...] = DOCTOR_CODES
    environ: Mapping[str, str] = field(default_factory=dict)
    option: str = ""


def diagnose(request: Request) -> Diagnosis:
    """Return the diagnosis.

    Plugin code runs only where ``request.run`` allows it and vLLM is installed: in one child process
    of the environment's interpreter (:func:`vplug.probe.platform.ask_platform`).

    Raises:
        UsageFault: the model has no configuration, or the release is not known.
        VplugError: no folder for temporary files can be written to.
    """
    installed = scan(request.environment)
    surroundings = Surroundings(request.environment, installed, dict(request.environ))
    release, note, contract = _release(surroundings, request.release)
    if request.release is not None:
        surroundings.asked = Version(release).release if release is not None else None
    numbers = surroundings.release
    plugins = plan(installed.distributions, request.allowlist, numbers)
    planned = load_plan(surroundings, plugins, request.allowlist, contract, release, note)
    ahead = foretold(surroundings, plugins, contract, release)
    model = model_facts(request.model, planned.plugins) if request.model is not None else None
    seen, devices = ahead, None
    version = machine.python_version() if request.environment.running else None
    if request.run and not can_watch():
        seen = replace(ahead, note=_joined(ahead.note, _UNWATCHED))
    elif request.run and installed.vllm is not None and request.python is not None:
        from vplug.probe.platform import ask_platform

        asked = ask_platform(
            request.python,
            seconds=request.seconds,
            attention=request.attention,
            env=dict(request.environ),
        )
        events = parse_events(asked.events)
        explicit = targets_cpu(request.environ.get("VLLM_TARGET_DEVICE"), numbers)
        seen = platform_report(events, ahead, explicit_cpu=explicit, lost=asked.lost)
        devices = device_report(events, asked.lost)
        devices = replace(devices, drivers=asked.drivers)
        version = next((e["version"] for e in events if e["event"] == "python"), version)
    elif request.run:
        from vplug.probe.platform import ask_drivers

        devices = DeviceReport(drivers=ask_drivers())
    found = Diagnosis(
        environment=replace(
            environment_facts(surroundings, version, request.option), asked=request.release
        ),
        variables=variables(surroundings, plugins, request.allowlist),
        load_plan=with_values(planned, ahead, seen, off_failures(planned, surroundings)),
        platform=seen,
        foretold=ahead if seen.basis is Basis.OBSERVED else None,
        devices=devices,
        resolvers=resolver_facts(plugins, request.environ, request.allowlist),
        model=model,
        machine=_machine(),
    )
    findings, outcomes = judge_all(request.codes, diagnosis=found)
    return replace(found, findings=findings, outcomes=outcomes)


#: Told where a child cannot be watched; everything else is told all the same.
_UNWATCHED = "nothing was run: children can be watched on Linux and macOS alone (Windows has WSL)"


def can_watch() -> bool:
    """Return whether this system has the sessions and signals that a child is watched by."""
    return os.name == "posix"


def _joined(*notes: str | None) -> str:
    return "; ".join(note for note in notes if note)


def _machine() -> dict[str, str]:
    return {
        "system": machine.system(),
        "release": machine.release(),
        "processor": machine.machine(),
    }


def _release(
    surroundings: Surroundings, wanted: str | None
) -> tuple[str | None, str | None, LoaderContract | None]:
    """The release whose loader is meant, why it is that one, and its loader."""
    store = ContractStore.bundled()
    vllm = surroundings.installed.vllm
    if vllm is not None and vllm.version is not None:
        try:
            release, note = store.nearest(vllm.version)
        except UsageFault as error:
            release, note = store.newest, f"installed is {vllm.version}: {error.message}"
    else:
        why = "no vLLM is installed" if vllm is None else "the installed vLLM tells no version"
        if wanted is not None:
            release, note = store.nearest(wanted)
            note = note or f"as asked; vplug's own model of it, since {why}"
        else:
            release, note = store.newest, f"the newest known; vplug's own model of it, since {why}"
    bit = 1 << store.index(release)
    contract = next((item for item in store.loader() if item.releases & bit), None)
    return release, note, contract
