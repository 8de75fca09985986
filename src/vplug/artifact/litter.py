"""Names of files and folders that do not belong into what is published."""

from __future__ import annotations

import fnmatch
import re

#: Folders that projects have and that no wheel should put beside other people's packages.
STRAY_FOLDERS = frozenset(
    {
        "benchmark", "benchmarks", "ci", "cmake", "csrc", "demo", "demos", "doc", "docs", "example",
        "examples", "notebook", "notebooks", "script", "scripts", "test", "testing", "tests", "tools",
    }
)  # fmt: skip
#: Hidden folders that tools put at a wheel's root on purpose: delocate's and auditwheel's libraries.
_HIDDEN = frozenset({".dylibs", ".libs"})
#: Files that projects have at their top and that no wheel should put beside other people's packages.
_TOP_FILES = re.compile(
    r"""(readme|licen[cs]e|copying|notice|authors|contributors|contributing|change(s|log)|history
        |security|code_of_conduct)([-_]\w+)*(\.(?!(py[cdi]?|so|pth)$)\w+)*
    |requirements[\w-]*\.txt|manifest\.in|makefile|dockerfile|pyproject\.toml|setup\.(py|cfg)
    |tox\.ini|noxfile\.py|conftest\.py|test_\w+\.py|\w+_test\.py|__init__\.py|\..+""",
    re.IGNORECASE | re.VERBOSE,
)
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
#: What those patterns would take and should not: Cargo keeps the manifest that it was given under this
#: name in every packaged crate, and vendored crates bring it (Cargo's manual, `cargo package`).
_NOT_STRAY = frozenset({"Cargo.toml.orig"})
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
    "id_ecdsa_sk": "it is a private key",
    "id_ed25519_sk": "it is a private key",
    ".pgpass": "it holds passwords",
    ".vault-token": "it is a token",
    "application_default_credentials.json": "its name is that of cloud credentials",
    "credentials.json": "its name is that of cloud credentials",
    "service_account.json": "its name is that of cloud credentials",
    "service-account.json": "its name is that of cloud credentials",
}
#: Likewise, by the folder and the file.
_SECRET_PATHS = {
    ".aws/credentials": "it is the file of cloud credentials",
    ".docker/config.json": "it holds the logins of registries",
    ".huggingface/token": "it is a token",
    ".streamlit/secrets.toml": "its name says so",
}
_SECRET_ENDINGS = {
    ".p12": "it is a store of private keys",
    ".pfx": "it is a store of private keys",
    ".jks": "it is a store of private keys",
    ".keystore": "it is a store of private keys",
    ".ppk": "it is a private key",
    ".kdbx": "it is a store of passwords",
}
#: `.env.local`, `.env.production`; but `.env.example` and its like are made to be shown.
_ENV = re.compile(r"^\.env\.(?!(example|sample|template|dist|defaults?|test|ci)$)[\w.-]+$", re.I)
_TESTS = re.compile(
    r"(^|/)(tests?|testing|fixtures|testdata|examples?|docs?)/|(^|/)conftest\.py$", re.I
)


def stray_folder(name: str) -> bool:
    """Return whether a folder of this name does not belong at the root of a wheel."""
    return name.lower() in STRAY_FOLDERS or (name.startswith(".") and name not in _HIDDEN)


def stray_at_top(name: str) -> bool:
    """Return whether a file of this name does not belong at the root of a wheel."""
    return _TOP_FILES.fullmatch(name) is not None


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
    if parts[-1] in _NOT_STRAY:
        return None
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
    for inner, why in _SECRET_PATHS.items():
        if f"/{path}".endswith(f"/{inner}"):
            return why
    return next((why for end, why in _SECRET_ENDINGS.items() if name.endswith(end)), None)


def is_for_tests(path: str) -> bool:
    """Return whether a member lies among tests or examples, where made-up secrets are common."""
    return _TESTS.search(path) is not None
