"""Names of files and folders that do not belong into what is published."""

from __future__ import annotations

import fnmatch
import re

#: Folders that projects have and that no wheel should put beside other people's packages.
STRAY_FOLDERS = frozenset(
    {
        "benchmark", "benchmarks", "ci", "demo", "demos", "doc", "docs", "example", "examples",
        "script", "scripts", "test", "testing", "tests", "tools",
    }
)  # fmt: skip
#: Folder or file → what leaves it behind.
CACHES = {
    "__pycache__": "compiled bytecode",
    ".pytest_cache": "pytest",
    ".mypy_cache": "mypy",
    ".ruff_cache": "ruff",
    ".hypothesis": "hypothesis",
    ".ipynb_checkpoints": "Jupyter",
    ".tox": "tox",
    ".nox": "nox",
    ".coverage": "coverage",
    "htmlcov": "coverage",
    ".eggs": "setuptools",
    ".venv": "a virtual environment",
    "pyvenv.cfg": "a virtual environment",
    "node_modules": "npm",
}
_CACHE_FILES = ("*.pyc", "*.pyo")
#: Folder or file → what it belongs to.
STRAYS = {
    ".git": "Git's own store",
    ".hg": "Mercurial's own store",
    ".svn": "Subversion's own store",
    ".bzr": "Bazaar's own store",
    ".idea": "an editor's settings",
    ".vs": "an editor's settings",
    ".DS_Store": "the Finder's notes",
    "__MACOSX": "the Finder's notes",
    "Thumbs.db": "the Explorer's notes",
    "desktop.ini": "the Explorer's notes",
}
_STRAY_FILES = {
    "*.swp": "an editor's swap file",
    "*.swo": "an editor's swap file",
    "*~": "an editor's backup",
    "*.orig": "what a merge left behind",
    "*.rej": "what a patch left behind",
    "._*": "the Finder's notes",
    "#*#": "an editor's backup",
}
#: Files that hold secrets by their nature.
_SECRETS = {
    ".env": "environment files hold passwords",
    ".netrc": "it holds passwords",
    "_netrc": "it holds passwords",
    ".pypirc": "it holds an index's password",
    ".htpasswd": "it holds passwords",
    ".git-credentials": "it holds passwords",
    "id_rsa": "it is a private key",
    "id_dsa": "it is a private key",
    "id_ecdsa": "it is a private key",
    "id_ed25519": "it is a private key",
    "credentials.json": "its name is that of cloud credentials",
    "service_account.json": "its name is that of cloud credentials",
    "service-account.json": "its name is that of cloud credentials",
}
_SECRET_ENDINGS = {
    ".p12": "it is a store of private keys",
    ".pfx": "it is a store of private keys",
    ".jks": "it is a store of private keys",
    ".keystore": "it is a store of private keys",
    ".ppk": "it is a private key",
}
#: `.env.local`, `.env.production`; but `.env.example` and its like are made to be shown.
_ENV = re.compile(r"^\.env\.(?!(example|sample|template|dist|defaults?|test|ci)$)[\w.-]+$", re.I)
_TESTS = re.compile(
    r"(^|/)(tests?|testing|fixtures|testdata|examples?|docs?)/|(^|/)conftest\.py$", re.I
)


def cache(path: str) -> tuple[str, str] | None:
    """Return the cache that a member is, or lies in, and what leaves it; or ``None``.

    The first is the folder up to the cache, so that a cache of many files is told once.
    """
    parts = path.split("/")
    for number, part in enumerate(parts, start=1):
        if part in CACHES:
            return "/".join(parts[:number]), CACHES[part]
    if any(fnmatch.fnmatchcase(parts[-1], pattern) for pattern in _CACHE_FILES):
        return path, "compiled bytecode"
    return None


def stray(path: str) -> tuple[str, str] | None:
    """Return the stray file or folder that a member is, or lies in, and what it is; or ``None``."""
    parts = path.split("/")
    for number, part in enumerate(parts, start=1):
        # `.git` as a file is a submodule's pointer; `.gitignore` and `.github` belong.
        if part in STRAYS and not (part == ".git" and number == len(parts)):
            return "/".join(parts[:number]), STRAYS[part]
    for pattern, what in _STRAY_FILES.items():
        if fnmatch.fnmatchcase(parts[-1], pattern):
            return path, what
    return None


def secret_file(path: str) -> str | None:
    """Return why a member holds a secret, by its name alone; ``None`` where nothing says so."""
    name = path.rpartition("/")[2]
    if name in _SECRETS:
        return _SECRETS[name]
    if _ENV.match(name):
        return "environment files hold passwords"
    return next((why for end, why in _SECRET_ENDINGS.items() if name.endswith(end)), None)


def is_for_tests(path: str) -> bool:
    """Return whether a member lies among tests or examples, where made-up secrets are common."""
    return _TESTS.search(path) is not None
