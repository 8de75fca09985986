"""Running a project's build backend: hooks as child processes, in an environment that suits."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vplug.release.failure import BuildFailed, environment_failed, hook_failed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import build

    from vplug.release.output import Output

_TERM_SECONDS = 3.0
_DRAIN_SECONDS = 2.0


def run_child(
    cmd: Sequence[str],
    output: Output,
    cwd: str | None = None,
    extra_environ: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> None:
    """Run ``cmd`` with no stdin and its output captured; end its whole process group on interrupt.

    Args:
        cmd: the command.
        output: takes what it prints.
        cwd: where it runs.
        extra_environ: variables on top of this process's.
        timeout: seconds after which it is ended; ``None`` for no limit.

    Raises:
        subprocess.CalledProcessError: it did not exit with 0.
        subprocess.TimeoutExpired: it ran for longer than ``timeout``.

    """
    output.begin()
    # A session of its own: an interrupt must end the compilers that a backend starts, too.
    with subprocess.Popen(
        list(cmd),
        cwd=cwd,
        env={**os.environ, **(extra_environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=os.name == "posix",
    ) as process:
        reader = threading.Thread(target=_drain, args=(process, output), daemon=True)
        reader.start()
        try:
            status = process.wait(timeout)
            # A daemon that the backend left behind may hold the pipe open for ever.
            reader.join(_DRAIN_SECONDS)
            if reader.is_alive():
                _end(process)
                reader.join(_DRAIN_SECONDS)
        except BaseException:
            _end(process)
            raise
    output.end()
    if status != 0:
        raise subprocess.CalledProcessError(status, list(cmd))


def _drain(process: subprocess.Popen[bytes], output: Output) -> None:
    assert process.stdout is not None  # noqa: S101 - it was asked for
    with contextlib.suppress(OSError, ValueError):
        while data := os.read(process.stdout.fileno(), 65536):
            output.feed(data)


def _end(process: subprocess.Popen[bytes]) -> None:
    if os.name != "posix":
        process.kill()
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_TERM_SECONDS)


class Backend:
    """The build backend of one folder, ready to be called.

    Made by :func:`backend_for`; the environment lives as long as that context.

    Attributes:
        name: the backend's module.
        said: what it has to say of ``[build-system]``, which is no fault.

    """

    def __init__(
        self,
        builder: build.ProjectBuilder,
        name: str,
        output: Output,
        isolated: bool,
        elsewhere: Callable[[Path], build.ProjectBuilder],
    ) -> None:
        self._builder = builder
        self._elsewhere = elsewhere
        self.name = name
        self._output = output
        self._isolated = isolated
        self.said: list[str] = []

    def elsewhere(self, folder: Path) -> Backend:
        """Return the same backend, in the same environment, put to another copy of the project."""
        return Backend(
            self._elsewhere(folder), self.name, self._output, self._isolated, self._elsewhere
        )

    def make(self, kind: Literal["sdist", "wheel"], folder: Path) -> Path:
        """Make an artifact in ``folder`` and return its path.

        Raises:
            BuildFailed: the backend failed, or named a file that it did not make.

        """
        answer: Any = self._call(f"the {kind}", lambda: self._builder.build(kind, str(folder)))
        path = Path(answer) if isinstance(answer, str) else None
        suffix = ".tar.gz" if kind == "sdist" else ".whl"
        if path is None or path.parent.resolve() != folder.resolve() or not path.is_file():
            shown = f"says it made {path.name}, which is not there" if path else "named no file"
            raise BuildFailed(
                f"{self.name} made no {kind}: it {shown}", None, self._output.lines[-5:]
            )
        if not path.name.endswith(suffix):
            raise BuildFailed(
                f"{self.name} made {path.name}, which is no {kind} that an index takes",
                f"it must end in {suffix}; look for `formats` in setup.cfg"
                if kind == "sdist"
                else None,
            )
        return path

    def metadata(self, folder: Path) -> Path | None:
        """Prepare the wheel's metadata without building it; ``None`` where there is no such hook.

        Raises:
            BuildFailed: the backend failed.

        """
        answer = self._call("the metadata", lambda: self._builder.prepare("wheel", str(folder)))
        return Path(answer) if answer is not None else None

    def requirements(self, kind: Literal["sdist", "wheel"]) -> set[str]:
        """Return what the backend asks for beyond ``[build-system] requires``.

        Raises:
            BuildFailed: the backend failed.

        """
        found: set[str] = self._call(
            f"the list of what the {kind} needs", lambda: self._builder.get_requires_for_build(kind)
        )
        return found

    def _call(self, making: str, call: Callable[[], Any]) -> Any:
        from build import BuildBackendException, BuildException

        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                return call()
            except BuildBackendException as error:
                raise hook_failed(
                    error.exception, self.name, making, self._output, self._isolated
                ) from error
            except BuildException as error:
                raise BuildFailed(f"{making} cannot be made: {error}") from error
            except (TypeError, ValueError) as error:  # an answer of the wrong type
                raise BuildFailed(
                    f"{self.name} gave no file's name for {making}", None, self._output.lines[-5:]
                ) from error
            finally:
                # Setuptools warns much that is not the plugin's concern: for --verbose alone.
                for item in caught:
                    self._output.feed(f"warning: {item.message}\n".encode())


@contextlib.contextmanager
def backend_for(
    folder: Path,
    kind: Literal["sdist", "wheel"],
    *,
    isolation: bool,
    output: Output,
    timeout: float | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Backend]:
    """Yield the backend of ``folder`` with what it needs to make a ``kind`` at hand.

    Args:
        folder: a project, or an unpacked sdist.
        kind: what is to be made.
        isolation: whether to make an environment for it; else it runs in vplug's own, and what it
            requires must be installed there.
        output: takes what it prints.
        timeout: seconds that each call of the backend may take; ``None`` for no limit.
        environ: variables that it gets on top of this process's.

    Raises:
        BuildFailed: ``[build-system]`` is wrong, or the requirements cannot be had.

    """
    import build

    def runner(
        cmd: Sequence[str], cwd: str | None = None, extra_environ: Mapping[str, str] | None = None
    ) -> None:
        run_child(cmd, output, cwd, {**(environ or {}), **(extra_environ or {})}, timeout)

    with contextlib.ExitStack() as stack:
        caught = stack.enter_context(warnings.catch_warnings(record=True))
        warnings.simplefilter("always")  # build's TypoWarning is worth a note, not a line of Python
        try:
            if isolation:
                builder, environment = _isolated(stack, folder, runner)
            else:
                builder, environment = build.ProjectBuilder(str(folder), runner=runner), None
        except build.BuildException as error:
            raise BuildFailed(
                str(error).replace(f"{folder}{os.sep}", ""),
                "see the [build-system] table of pyproject.toml",
            ) from error

        def elsewhere(other: Path) -> build.ProjectBuilder:
            if environment is None:
                return build.ProjectBuilder(str(other), runner=runner)
            return build.ProjectBuilder.from_isolated_env(environment, str(other), runner=runner)

        backend = Backend(builder, _backend_name(builder), output, isolation, elsewhere)
        backend.said += [
            str(item.message) for item in caught if issubclass(item.category, build.TypoWarning)
        ]
        requires = builder.build_system_requires
        if environment is None:
            _demand(requires)
            _demand(backend.requirements(kind))
        else:
            _install(environment, requires)
            _install(environment, backend.requirements(kind))
        yield backend


def _backend_name(builder: build.ProjectBuilder) -> str:
    # Not public in build 1.2 to 1.6; a name is worth having, not worth failing for.
    return str(getattr(builder, "_backend", "the build backend")).removesuffix(":__legacy__")


def _isolated(
    stack: contextlib.ExitStack, folder: Path, runner: Callable[..., None]
) -> tuple[build.ProjectBuilder, Any]:
    import build
    from build.env import DefaultIsolatedEnv

    # Before the environment: a wrong [build-system] table needs none to be found out.
    build.ProjectBuilder(str(folder), runner=runner)
    try:
        environment = stack.enter_context(DefaultIsolatedEnv())
    except (
        build.FailedProcessError,
        subprocess.CalledProcessError,
        OSError,
        RuntimeError,
    ) as error:
        raise environment_failed(error, ()) from error
    return build.ProjectBuilder.from_isolated_env(
        environment, str(folder), runner=runner
    ), environment


def _install(environment: Any, requirements: set[str]) -> None:
    try:
        environment.install(requirements)
    except (subprocess.CalledProcessError, OSError) as error:
        raise environment_failed(error, requirements) from error


def _demand(requirements: set[str]) -> None:
    from build import check_dependency
    from packaging.requirements import InvalidRequirement

    try:
        missing = sorted({chain[-1] for item in requirements for chain in check_dependency(item)})
    except InvalidRequirement as error:
        raise BuildFailed(
            f"a build requirement is malformed: {' '.join(str(error).split())}",
            "see requires in the [build-system] table of pyproject.toml",
        ) from error
    if missing:
        raise BuildFailed(
            f"the build needs what is not installed here: {', '.join(missing)}",
            "install it into this environment, or leave --no-isolation out",
        )
