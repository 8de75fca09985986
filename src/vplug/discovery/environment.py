"""Which folders an interpreter imports from: the running one's, another's, or a prefix's.

No plugin code and no ``.pth`` hook of another environment is run: its interpreter is asked with
site processing off, and the path lines of its ``.pth`` files are read as text.
"""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from vplug.errors import UsageFault

#: Runs in the other interpreter under ``-I -S``: its own folders, before any site hook. In a
#: virtual environment ``sys.prefix`` is then still the base's (site would move it, to CPython
#: 3.13), so the environment is found from ``pyvenv.cfg`` on this side.
_ASK = """
import json, sys, sysconfig
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "prefix": sys.prefix,
    "path": sys.path,
    "site": [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")],
}))
"""
_ASK_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment to look into.

    Attributes:
        label: as messages should name it.
        paths: what it imports from, in order, as ``sys.path`` would be.
        site_folders: those of ``paths`` that are site-packages folders.
        hooks: ``.pth`` files with lines that run code at start-up; they were not run.
        running: whether it is the one vplug runs in.
    """

    label: str
    paths: tuple[str, ...]
    site_folders: tuple[str, ...] = ()
    hooks: tuple[str, ...] = ()
    running: bool = False


def running_environment() -> Environment:
    """Return the environment that vplug runs in."""
    paths = tuple(os.path.abspath(path or ".") for path in sys.path)
    return Environment(sys.prefix, tuple(dict.fromkeys(paths)), (), (), running=True)


def environment_of_prefix(folder: Path) -> Environment:
    """Return the environment at ``folder``: a virtual environment's root or a site-packages folder.

    Raises:
        UsageFault: the folder is missing or neither.
    """
    if not _is_folder("--prefix", folder):
        raise UsageFault(f"--prefix {folder}: no such folder")
    try:
        sites = _sites_under(folder)
    except PermissionError as error:
        raise UsageFault(f"--prefix {folder} cannot be read: {error.strerror}") from error
    if not sites:
        raise UsageFault(
            f"--prefix {folder}: neither an environment's root nor a site-packages folder",
            "give the folder that holds pyvenv.cfg, or the one that holds *.dist-info folders",
        )
    return _with_pth(str(folder), [], [str(site) for site in sites])


def _is_folder(option: str, path: Path) -> bool:
    """Whether a path that was given is a folder.

    Raises:
        UsageFault: a folder above it may not be looked into.
    """
    try:
        return path.is_dir()
    except PermissionError as error:
        raise UsageFault(f"{option} {path} cannot be reached: {error.strerror}") from error


def _sites_under(folder: Path) -> list[Path]:
    found = sorted(folder.glob("lib/python3.*/site-packages"))
    found += sorted(folder.glob("lib64/python3.*/site-packages"))
    found += [folder / "Lib" / "site-packages"]
    real = list(dict.fromkeys(path.resolve() for path in found if path.is_dir()))
    if real:
        return real
    names = [entry.name for entry in os.scandir(folder)]
    if folder.name in {"site-packages", "dist-packages"} or any(
        name.endswith((".dist-info", ".egg-info")) for name in names
    ):
        return [folder.resolve()]
    return []


def environment_of_python(python: Path) -> Environment:
    """Return the environment of another interpreter.

    Args:
        python: the interpreter, or a virtual environment's root.

    Raises:
        UsageFault: it is missing, not an interpreter, or does not answer.
    """
    if _is_folder("--python", python):
        inside = [python / "bin" / "python", python / "Scripts" / "python.exe"]
        found = next((path for path in inside if path.exists()), None)
        if found is None:
            raise UsageFault(
                f"--python {python}: a folder without bin/python",
                "give an interpreter, or use --prefix for a folder of packages",
            )
        python = found
    answer = _ask(python)
    # abspath, not resolve: a virtual environment's python is a link to its base's.
    executable = Path(os.path.abspath(python))
    venv = next(
        (f for f in (executable.parent, executable.parent.parent) if (f / "pyvenv.cfg").is_file()),
        None,
    )
    stdlib = [p for p in answer["path"] if isinstance(p, str)]
    base_sites = [p for p in answer["site"] if isinstance(p, str)]
    sites: list[str] = []
    if venv is not None:
        sites += [str(site) for site in _sites_under(venv)]
        config = (venv / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
        if re.search(r"^include-system-site-packages\s*=\s*true\s*$", config, re.M | re.I):
            sites += base_sites
    else:
        sites += base_sites
        major, minor = answer["version"][:2]
        for name in ("dist-packages",):  # Debian's
            sites += [
                f"{answer['prefix']}/lib/python{v}/{name}" for v in (major, f"{major}.{minor}")
            ]
    extra = [p for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    return _with_pth(str(python), extra + stdlib, list(dict.fromkeys(sites)))


def _ask(python: Path) -> dict[str, list[object]]:
    import json
    import subprocess

    hint = "give the path of a Python interpreter, for example .venv/bin/python"
    try:
        done = subprocess.run(
            [str(python), "-I", "-S", "-c", _ASK],
            capture_output=True,
            timeout=_ASK_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise UsageFault(f"--python {python}: no such file", hint) from error
    except subprocess.TimeoutExpired as error:
        raise UsageFault(f"--python {python} gave no answer in {_ASK_SECONDS} s", hint) from error
    except OSError as error:
        raise UsageFault(f"--python {python} cannot be run: {error.strerror}", hint) from error
    try:
        answer = json.loads(done.stdout)
        if not (
            isinstance(answer, dict) and {"version", "prefix", "path", "site"} <= answer.keys()
        ):
            raise ValueError
    except ValueError as error:
        raise UsageFault(f"--python {python} is not a Python interpreter", hint) from error
    return answer


def _with_pth(label: str, first: list[str], sites: list[str]) -> Environment:
    """Follow the ``.pth`` files of ``sites`` as :mod:`site` does, but never run their code lines."""
    paths = list(first)
    hooks: list[str] = []
    real_sites = [site for site in sites if os.path.isdir(site)]
    for site in real_sites:
        if site not in paths:
            paths.append(site)
        try:
            names = sorted(os.listdir(site))
        except PermissionError:
            continue  # it stays on the path, where whoever reads it will say so
        for name in names:
            if not name.endswith(".pth") or name.startswith("."):
                continue
            try:
                text = (Path(site) / name).read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            for raw in text.splitlines():
                line = raw.rstrip()
                if not line or line.startswith("#"):
                    continue
                if line.startswith(("import ", "import\t")):
                    hooks.append(str(Path(site) / name))
                    continue
                folder = os.path.abspath(os.path.join(site, line))
                if os.path.exists(folder) and folder not in paths:
                    paths.append(folder)
    return Environment(label, tuple(paths), tuple(real_sites), tuple(dict.fromkeys(hooks)))
