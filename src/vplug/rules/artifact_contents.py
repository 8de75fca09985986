"""VP520 to VP526: what a built file holds and should not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from vplug.artifact import litter
from vplug.artifact.members import Member, MemberKind
from vplug.artifact.secrets import leaks
from vplug.errors import Unreadable
from vplug.model import Location, Severity
from vplug.rules.built import DEFAULT_LIMIT, Built
from vplug.rules.verdict import CannotTell, Fault

#: Larger texts are data; a token is pasted into files that people write.
_SCANNED = 4 * 2**20
_MORE = 5


def stray_top_level(built: Built) -> Iterator[Fault]:
    """A wheel puts tests, docs, examples or a project's own files at the top of site-packages.

    ## What it does
    Reports top-level folders of a wheel called `tests`, `docs`, `examples`, `benchmarks`, `scripts`,
    `csrc` and the like or beginning with a dot, unless the distribution has that name; and top-level
    files that belong to a project and not to what it installs: `README.md`, `LICENSE`,
    `pyproject.toml`, `conftest.py`, `test_*.py`, `__init__.py`. What a wheel carries for site-packages
    in its `*.data` folder counts, and so do such files that it puts at the environment's root.

    ## Why is this bad?
    They are installed for everybody, beside all other packages. Two distributions that both do it
    overwrite each other's files, and `import tests` finds the wrong one.

    ## Example
    ```toml
    [tool.setuptools]
    packages = ["my_plugin", "tests"]
    ```
    Use instead:
    ```toml
    [tool.setuptools.packages.find]
    include = ["my_plugin*"]
    ```
    """
    built.wheel_only()
    own = str(built.metadata["Name"] or "").lower().replace("-", "_")
    data = f"{built.info.removesuffix('.dist-info')}.data/"
    folders: Counter[str] = Counter()
    files: dict[str, str] = {}
    for member in built.archive.files:
        root = next((data + r for r in _ROOTS if member.path.startswith(data + r)), "")
        top, slash, _ = member.path.removeprefix(root).partition("/")
        if slash and root != f"{data}data/":
            folders[root + top] += litter.stray_folder(top) and top.lower() != own
        elif not slash and litter.stray_at_top(top) and top.rpartition(".")[0].lower() != own:
            files[member.path] = (
                f"the wheel would install {top} at the root of the environment"
                if root == f"{data}data/"
                else f"the wheel would install {top} beside all other packages"
            )
    for path, count in folders.items():
        if count:
            number = f"{count} file{'s' if count != 1 else ''}"
            name = path.rpartition("/")[2]
            yield Fault(
                f"the wheel would install a top-level folder {name} ({number})",
                Location(path),
                "leave it out of the wheel's packages: setuptools: packages.find with include; "
                "hatchling: [tool.hatch.build.targets.wheel] packages",
            )
    shown = list(files.items())
    for path, message in shown[:_MORE]:
        yield Fault(
            message,
            Location(path),
            "leave it out of the wheel: setuptools: py-modules and data_files; hatchling: only-include "
            "or force-include; poetry: `include` with format = 'sdist'",
        )
    if len(shown) > _MORE:
        yield Fault(f"and {len(shown) - _MORE} more such files", Location(shown[_MORE][0]))


#: Where in a wheel's *.data folder lies what goes to site-packages, and to the environment's root.
_ROOTS = ("purelib/", "platlib/", "data/")


def secret_file(built: Built) -> Iterator[Fault]:
    """A file that holds secrets by its nature is published.

    ## What it does
    Reports `.env` and its variants (not `.env.example`), `.netrc`, `.pypirc`, SSH private keys and key
    stores, by their names; the contents are not read.

    ## Why is this bad?
    What is uploaded is public for good: indexes are mirrored within minutes.

    ## Example
    ```text
    my_plugin-1.0/.env
    ```
    Use instead:
    ```text
    my_plugin-1.0/.env.example
    ```
    and give back what the file held: it counts as known once it was published.
    """
    for member in built.archive.files:
        why = litter.secret_file(member.path)
        if why is not None:
            yield Fault(
                f"{built.inner(member.path)} would be published: {why}",
                built.at(member.path),
                "leave it out of the build (.gitignore, MANIFEST.in, the backend's exclude list)",
                _lenient(member),
            )


def secret_in_file(built: Built) -> Iterator[Fault]:
    """A file holds what looks like a token or a private key.

    ## What it does
    Reads text files of up to 4 MiB for the shapes of well-known tokens (docs/build.md lists them) and
    for private keys. Made-up ones, with `EXAMPLE` or few different characters in them, are passed by.
    What is found is not shown. Among tests, examples
    and docs it is a warning.

    ## Why is this bad?
    What is uploaded is public for good, and such tokens are looked for and used within minutes.

    ## Example
    ```python
    login(token="hf_…")
    ```
    Use instead:
    ```python
    login(token=os.environ["HF_TOKEN"])
    ```
    and revoke the token.
    """

    def wanted(member: Member) -> bool:
        return 0 < member.size <= _SCANNED

    try:
        for member, data in built.archive.contents(wanted):
            for leak in leaks(data):
                yield Fault(
                    f"{built.inner(member.path)} holds what looks like {leak.name}",
                    built.at(member.path, leak.line),
                    "take it out and revoke it; if it is made up, put EXAMPLE into it",
                    _lenient(member),
                )
    except Unreadable as error:
        raise CannotTell(error.message) from error


def _lenient(member: Member) -> Severity | None:
    return Severity.WARNING if litter.is_for_tests(member.path) else None


def cache_files(built: Built) -> Iterator[Fault]:
    """Caches and compiled bytecode are published.

    ## What it does
    Reports `__pycache__`, `*.pyc`, `.pytest_cache`, `.mypy_cache`, `.venv`, `node_modules` and the like
    in a wheel or sdist, a folder once.

    ## Why is this bad?
    They are large, belong to the machine that made them, name its folders, and go stale: bytecode
    without its source keeps deleted modules importable.

    ## Example
    ```text
    my_plugin/__pycache__/__init__.cpython-312.pyc
    ```
    Use instead: a build from a clean checkout, or in MANIFEST.in
    ```text
    global-exclude *.py[cod] __pycache__
    ```
    """
    yield from _once(built, litter.cache, "is a cache ({}) that nobody else can use")


def stray_file(built: Built) -> Iterator[Fault]:
    """Files of an editor, of the system or of version control are published.

    ## What it does
    Reports editors' swap and backup files, `.DS_Store`, `.git` and other stores of version control.

    ## Why is this bad?
    A `.git` folder publishes the whole history, secrets that were taken out included. The others are
    noise that is installed everywhere.

    ## Example
    ```text
    my_plugin/.DS_Store
    ```
    Use instead: a build from a clean checkout, or in MANIFEST.in
    ```text
    global-exclude .DS_Store *.swp *~
    ```
    """
    yield from _once(built, litter.stray, "is {}")


def _once(built: Built, judge: object, sentence: str) -> Iterator[Fault]:
    told: dict[str, tuple[str, int]] = {}
    for member in built.archive.members:
        # Below an sdist's top folder: a project may itself be called `.git` or `node_modules`.
        inner = built.inner(member.path) if member.kind is not MemberKind.FOLDER else ""
        found = judge(inner) if inner else None  # type: ignore[operator]
        if found is not None:
            told[found[0]] = (found[1], told.get(found[0], ("", 0))[1] + 1)
    shown = list(told.items())
    for path, (what, count) in shown[:_MORE]:
        files = f" ({count} files)" if count > 1 else ""
        yield Fault(
            f"{path} {sentence.format(what)}{files}",
            Location(path),
            "leave it out of the build: build from a clean checkout",
        )
    if len(shown) > _MORE:
        yield Fault(
            f"and {len(shown) - _MORE} more such files or folders", Location(shown[_MORE][0])
        )


def too_large(built: Built) -> Iterator[Fault]:
    """A file is larger than a public index takes.

    ## What it does
    Compares the file's size with `size-limit` of `[tool.vplug]`, in MiB; 100 where it is not set, which
    is what the public index takes of one file unless a project has asked for more.

    ## Why is this bad?
    The upload is refused after it was sent whole, with the release's other files already there.

    ## Example
    Model weights inside the wheel. Use instead: a download when they are first used, or, for an index
    that takes more,
    ```toml
    [tool.vplug]
    size-limit = 500
    ```
    """
    limit = built.config.get("size-limit", DEFAULT_LIMIT)
    size = built.path.stat().st_size if built.path.is_file() else 0
    if size <= limit * 2**20:
        return
    largest = sorted(built.archive.files, key=lambda member: -member.size)[:3]
    held = ", ".join(f"{built.inner(m.path)} ({m.size / 2**20:.0f} MiB)" for m in largest)
    yield Fault(
        f"{built.path.name} has {size / 2**20:.0f} MiB, more than the {limit:g} MiB that are allowed; "
        f"its largest: {held}",
        None,
        "leave data out, or set size-limit in [tool.vplug] to what your index takes",
    )


def odd_permissions(built: Built) -> Iterator[Fault]:
    """A member cannot be read once it is unpacked, or runs as its owner.

    ## What it does
    Reports files without the owner's read permission, folders without search permission, and the
    set-user-ID, set-group-ID and sticky bits. Archives that carry no permissions are passed by.

    ## Why is this bad?
    A file that may not be read breaks the import for everybody but root, and a build from the sdist. A
    set-user-ID bit has no place in a package; it looks like an attack.

    ## Example
    ```console
    $ chmod 4755 my_plugin/helper && vplug build
    ```
    Use instead:
    ```console
    $ chmod 755 my_plugin/helper && vplug build
    ```
    """
    for member in built.archive.members:
        if member.mode is None or member.kind in (MemberKind.LINK, MemberKind.HARD_LINK):
            continue
        folder = member.kind is MemberKind.FOLDER
        # A folder's set-group-ID bit is inherited on many systems and harms nobody.
        special = member.mode & (0o5000 if folder else 0o7000)
        missing = not member.mode & 0o400 or (folder and not member.mode & 0o100)
        if special & 0o6000:
            why = f"has the set-user-ID or set-group-ID bit (mode {member.mode:04o})"
        elif missing:
            why = f"cannot be read by its owner (mode {member.mode:04o})"
        else:
            continue
        yield Fault(
            f"{built.inner(member.path)} {why}",
            built.at(member.path),
            "mend its mode with chmod and build again",
        )
