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
from typing import Any

from vplug.errors import UsageFault

#: Runs in the other interpreter under ``-I -S``: its own folders, before any site hook. In a
#: virtual environment ``sys.prefix`` is then still the base's (site would move it, to CPython
#: 3.13), so the environment is found from ``pyvenv.cfg`` on this side. The user's folder is told
#: whether or not the interpreter would look there: ``-I`` leaves it out.
_ASK = """
import json, os, sys, sysconfig
base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
try:
    user = sysconfig.get_preferred_scheme("user")
except AttributeError:
    user = os.name + "_user"
print(json.dumps({
    "version": list(sys.version_info[:3]),
    "executable": sys.executable,
    "prefix": sys.base_prefix,
    "path": sys.path,
    "site": [sysconfig.get_path("purelib", vars=base), sysconfig.get_path("platlib", vars=base)],
    "user": [sysconfig.get_path("purelib", user)],
}))
"""
_TOLD = frozenset({"version", "executable", "prefix", "path", "site", "user"})
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
        sites += _lent_by_base(folder)
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
    # Debian's own, of /usr/local before those of /usr, and PyPy's.
    found += sorted(folder.glob("lib/python3.*/dist-packages"))
    found += sorted(folder.glob("lib/python3/dist-packages"))
    found += sorted(folder.glob("lib/pypy3*/site-packages"))
    real = list(dict.fromkeys(path.resolve() for path in found if path.is_dir()))
    if real:
        return real
    names = [entry.name for entry in os.scandir(folder)]
    if folder.name in {"site-packages", "dist-packages"} or any(
        name.endswith((".dist-info", ".egg-info")) for name in names
    ):
        return [folder.resolve()]
    return []


def _config_of(venv: Path) -> str:
    try:
        return (venv / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, NotADirectoryError):
        return ""


def _takes_system(config: str) -> bool:
    return bool(
        re.search(
            r"^include-system-site-packages\s*=\s*true\s*$", config, re.MULTILINE | re.IGNORECASE
        )
    )


def _lent_by_base(venv: Path) -> list[Path]:
    """The folders that a virtual environment takes from the installation it was made of, if any.

    No interpreter is asked: ``pyvenv.cfg`` names the folder of the base's and its version.
    """
    config = _config_of(venv)
    home = re.search(r"^home\s*=\s*(.+?)\s*$", config, re.MULTILINE)
    if home is None or not _takes_system(config):
        return []
    version = re.search(r"^version(?:_info)?\s*=\s*(\d+\.\d+)", config, re.MULTILINE)
    folders = {"Lib", "python3", *([f"python{version[1]}"] if version else [])}
    base = Path(home[1]) if (Path(home[1]) / "Lib").is_dir() else Path(home[1]).parent
    # Debian's interpreter in /usr takes what pip installs from /usr/local.
    bases = [Path("/usr/local"), base] if base == Path("/usr") else [base]
    return [site for root in bases for site in _sites_under(root) if site.parent.name in folders]


def environment_of_python(python: Path) -> Environment:
    """Return the environment of another interpreter.

    Args:
        python: the interpreter, by its path or by the name that ``PATH`` knows it by, or a virtual
            environment's root.

    Raises:
        UsageFault: it is missing, not an interpreter, or does not answer.
    """
    label = str(python)
    program = program_of(python)
    answer = _ask(label, program)
    # Its own word for where it is: behind a name on PATH or a script may be another. Not resolved: a
    # virtual environment's python is a link to its base's.
    told = answer["executable"]
    executable = Path(told if isinstance(told, str) and told else os.path.abspath(program))
    venv = next(
        (f for f in (executable.parent, executable.parent.parent) if (f / "pyvenv.cfg").is_file()),
        None,
    )
    stdlib = _texts(answer["path"])
    major, minor = answer["version"][:2]
    base_sites = _texts(answer["site"])
    base_sites += [  # Debian's
        f"{answer['prefix']}/lib/python{v}/dist-packages" for v in (major, f"{major}.{minor}")
    ]
    if not os.environ.get("PYTHONNOUSERSITE"):
        base_sites = _texts(answer["user"]) + base_sites
    sites: list[str] = []
    if venv is not None:
        sites += [str(site) for site in _sites_under(venv)]
        if _takes_system(_config_of(venv)):
            sites += base_sites
    else:
        sites += base_sites
    extra = [os.path.abspath(p) for p in os.environ.get("PYTHONPATH", "").split(os.pathsep) if p]
    return _with_pth(label, extra + stdlib, list(dict.fromkeys(sites)))


def program_of(python: Path) -> Path:
    """The interpreter that was meant: in a folder, at a path, or by its name on ``PATH``.

    Raises:
        UsageFault: a folder without one.
    """
    if _is_folder("--python", python):
        # Conda's on Windows lies in the root.
        inside = [
            python / "bin" / "python",
            python / "bin" / "python3",
            python / "Scripts" / "python.exe",
            python / "python.exe",
        ]
        found = next((path for path in inside if path.exists()), None)
        if found is None:
            raise UsageFault(
                f"--python {python}: a folder without bin/python",
                "give an interpreter, or use --prefix for a folder of packages",
            )
        return found
    if python.name == str(python) and not python.exists():
        import shutil

        return Path(shutil.which(python.name) or python)
    return Path(os.path.abspath(python))


def _texts(values: object) -> list[str]:
    listed = values if isinstance(values, list) else []
    return [value for value in listed if isinstance(value, str)]


def _ask(label: str, program: Path) -> dict[str, Any]:
    import json
    import subprocess

    hint = "give the path of a Python interpreter, for example .venv/bin/python"
    try:
        done = subprocess.run(
            [str(program), "-I", "-S", "-c", _ASK],
            capture_output=True,
            timeout=_ASK_SECONDS,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except FileNotFoundError as error:
        raise UsageFault(f"--python {label}: no such file", hint) from error
    except subprocess.TimeoutExpired as error:
        raise UsageFault(f"--python {label} gave no answer in {_ASK_SECONDS} s", hint) from error
    except OSError as error:
        raise UsageFault(f"--python {label} cannot be run: {error.strerror}", hint) from error
    try:
        answer = json.loads(done.stdout)
        if not (isinstance(answer, dict) and answer.keys() >= _TOLD):
            raise ValueError
    except ValueError as error:
        raise UsageFault(f"--python {label} is not a Python 3 interpreter", hint) from error
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
                text = (Path(site) / name).read_text(encoding="utf-8-sig", errors="replace")
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
