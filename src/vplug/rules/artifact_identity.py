"""VP501 to VP509: whether a built file is what its name says, and safe to unpack."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator

from vplug.artifact import filenames
from vplug.artifact.members import ArchiveKind, Member, MemberKind
from vplug.artifact.record import verify_record
from vplug.model import Location, Severity
from vplug.rules.built import Built
from vplug.rules.verdict import Fault, Skip

_DRIVE = re.compile(r"^[A-Za-z]:")
_LINKS = (MemberKind.LINK, MemberKind.HARD_LINK)


def unreadable_artifact(built: Built) -> Iterator[Fault]:
    """A file that is to be published is no distribution, or is damaged.

    ## What it does
    Reports files that are neither a wheel nor an sdist by their name, archives of another kind than
    the name says, empty and truncated ones, and such as unpack to far more than any plugin holds.

    ## Why is this bad?
    An index refuses it at best; at worst it is uploaded, and cannot be replaced under that name.

    ## Example
    ```console
    $ mv my_plugin-1.0.tar.gz my_plugin-1.0-py3-none-any.whl
    ```
    Use instead:
    ```console
    $ vplug build
    ```
    """
    if built.fault is not None:
        yield Fault(
            built.fault.message, None, built.fault.hint or "build it again with `vplug build`"
        )
        return
    if built.is_wheel or not built.archive.zipped:
        return  # a tar was read whole to list it; RECORD's rule reads a wheel whole
    from vplug.errors import Unreadable

    try:
        for _ in built.archive.contents(lambda member: member.size <= 2**26):
            pass
    except Unreadable as error:
        yield Fault(error.message, None, "build it again with `vplug build`")


def unsafe_member(built: Built) -> Iterator[Fault]:
    """A member would be written outside the folder that the archive is unpacked to.

    ## What it does
    Reports members with absolute paths, with `..`, with a drive or a backslash in their names; links
    that lead out of the archive; device files and named pipes.

    ## Why is this bad?
    Unpacking it overwrites files of the user. pip and other installers refuse such an archive
    (Python's `tarfile` filter `data`), and it looks like an attack.

    ## Example
    ```text
    my_plugin-1.0/../../etc/profile.d/x.sh
    ```
    Use instead:
    ```text
    my_plugin-1.0/src/my_plugin/__init__.py
    ```
    """
    for member in built.archive.members:
        why = _climbs(member)
        if why is not None:
            shown = member.name.encode("unicode_escape").decode("ascii")
            yield Fault(
                f"the member {shown} {why}",
                Location(shown),
                "do not install or unpack this file; build it from a clean folder",
            )


def _climbs(member: Member) -> str | None:
    name = member.name.replace("\\", "/")
    if name.startswith("/") or _DRIVE.match(name):
        return "has an absolute path"
    if ".." in name.split("/"):
        return "climbs out of the archive by '..'"
    if "\\" in member.name or "\0" in member.name:
        return "has a backslash or a zero byte in its name, which systems read differently"
    if member.kind in (MemberKind.DEVICE, MemberKind.FIFO):
        return f"is a {member.kind}"
    if member.kind in _LINKS:
        base = posixpath.dirname(name) if member.kind is MemberKind.LINK else ""
        led = posixpath.normpath(posixpath.join(base, member.link.replace("\\", "/")))
        if led.startswith(("/", "../")) or led == ".." or _DRIVE.match(led):
            return f"is a {member.kind} out of the archive, to {member.link}"
    return None


def wrong_file_name(built: Built) -> Iterator[Fault]:
    """The file name and the metadata inside name another distribution or version.

    ## What it does
    Compares the name and the version in the file name with those in METADATA or PKG-INFO, and with a
    wheel's `*.dist-info` folder. Names are compared as indexes compare them (PEP 503), versions as
    PEP 440 does. A file name that is no valid one is reported too.

    ## Why is this bad?
    Installers trust the file name when they choose and refuse the file when they open it: a wheel that
    was renamed installs nowhere.

    ## Example
    ```console
    $ mv my_plugin-1.0-py3-none-any.whl my_plugin-1.1-py3-none-any.whl
    ```
    Use instead: change the version in the project, then
    ```console
    $ vplug build
    ```
    """
    kind = built.archive.kind
    try:
        named = filenames.parse(built.path.name)
    except ValueError as error:
        yield Fault(f"{built.path.name} is no valid name of a {kind}: {error}", None, _AGAIN)
        return
    place = built.at(built.metadata_path)
    inside = "METADATA" if kind is ArchiveKind.WHEEL else "PKG-INFO"
    name, version = str(built.metadata["Name"] or ""), str(built.metadata["Version"] or "")
    yield from _compared(built.path.name, named.name, named.version, inside, name, version, place)
    if kind is ArchiveKind.WHEEL:
        folder = built.info.removesuffix(".dist-info")
        left, _, right = folder.rpartition("-")
        yield from _compared(
            built.path.name, named.name, named.version, f"its folder {built.info}",
            left or folder, right, Location(built.info),
        )  # fmt: skip


_AGAIN = "do not rename built files: change the project and build again"


def _compared(
    file: str, name: str, version: str, inside: str, its_name: str, its_version: str, at: Location
) -> Iterator[Fault]:
    if its_name and not filenames.same_name(name, its_name):
        yield Fault(f"{file} names {name}, {inside} names {its_name}", at, _AGAIN)
    if its_version and not filenames.same_version(version, its_version):
        yield Fault(f"{file} is of version {version}, {inside} says {its_version}", at, _AGAIN)


def unnormalized_file_name(built: Built) -> Iterator[Fault]:
    """The file name does not spell name and version as the specifications want.

    ## What it does
    Compares the file name with the normal form: the name in lower case with runs of `-`, `_` and `.`
    as one `_` (PEP 503, 625), the version as PEP 440 normalises it, and for an sdist the ending
    `.tar.gz`.

    ## Why is this bad?
    Indexes refuse sdists that are named otherwise, and tools that look for a file by its name do not
    find it. An old build backend is the usual cause.

    ## Example
    ```text
    My-Plugin-1.0.tar.gz
    ```
    Use instead:
    ```text
    my_plugin-1.0.tar.gz
    ```
    """
    named = built.named
    wanted = filenames.normal_stem(named.name, named.version)
    found = f"{named.name}-{named.version}"
    hint = "build with a newer backend: setuptools 69.3, hatchling 1.5, flit 3.8, poetry-core 1.1"
    if found != wanted:
        yield Fault(
            f"{built.path.name} should begin with {wanted}",
            None,
            hint,
            # The rule for wheels came later and nothing refuses the old spelling.
            Severity.INFO if built.is_wheel else None,
        )
    if not built.is_wheel and not built.path.name.endswith(".tar.gz"):
        yield Fault(
            f"{built.path.name} is no .tar.gz, the one form of an sdist that indexes take",
            None,
            hint,
        )


def missing_metadata_file(built: Built) -> Iterator[Fault]:
    """A wheel or sdist lacks a file that makes it one.

    ## What it does
    Looks for one `*.dist-info` folder with METADATA, WHEEL and RECORD in a wheel, and in an sdist for
    PKG-INFO and a pyproject.toml or setup.py.

    ## Why is this bad?
    Installers refuse a wheel without them. An index refuses an sdist without PKG-INFO, and pip cannot
    build one without a pyproject.toml or setup.py.

    ## Example
    ```console
    $ zip -r my_plugin-1.0-py3-none-any.whl my_plugin
    ```
    Use instead:
    ```console
    $ vplug build
    ```
    """
    hint = "make it with a build backend: `vplug build`"
    paths = built.archive.paths
    if built.is_wheel:
        folders = sorted({p.partition("/")[0] for p in paths if ".dist-info/" in p})
        folders = [name for name in folders if name.endswith(".dist-info")]
        if len(folders) != 1:
            held = ", ".join(folders) or "none"
            yield Fault(f"a wheel holds one *.dist-info folder; this holds {held}", None, hint)
            return
        for name in ("METADATA", "WHEEL", "RECORD"):
            if f"{folders[0]}/{name}" not in paths:
                yield Fault(f"the wheel has no {name}", Location(f"{folders[0]}/{name}"), hint)
        return
    top = built.top
    if f"{top}/PKG-INFO" not in paths:
        yield Fault("the sdist has no PKG-INFO at its top", Location("PKG-INFO"), hint)
    if not {f"{top}/pyproject.toml", f"{top}/setup.py"} & paths:
        yield Fault("the sdist has no pyproject.toml and no setup.py", None, hint)


def wrong_tags(built: Built) -> Iterator[Fault]:
    """A wheel's file name and its WHEEL file name other platforms.

    ## What it does
    Compares the tags (and the build number) of the file name with the `Tag` lines of WHEEL, both
    written out one by one.

    ## Why is this bad?
    The file name decides where the wheel is installed, WHEEL says what it was built for. A wheel that
    was renamed to fit another platform imports there, if at all, by luck.

    ## Example
    ```console
    $ mv my_plugin-1.0-cp312-cp312-linux_x86_64.whl my_plugin-1.0-py3-none-any.whl
    ```
    Use instead:
    ```console
    $ wheel tags --python-tag py3 --abi-tag none --platform-tag any my_plugin-1.0-….whl
    ```
    which writes both.
    """
    built.wheel_only()
    named, inside = built.named, built.wheel
    place = Location(f"{built.info}/WHEEL")
    hint = "`wheel tags` changes the name and WHEEL together; else build again"
    if not inside.tags:
        yield Fault("WHEEL has no Tag line", place, hint)
    elif named.tags != inside.tags:
        yield Fault(
            f"the file name says {_some(named.tags - inside.tags or named.tags)}, "
            f"WHEEL says {_some(inside.tags - named.tags or inside.tags)}",
            place,
            hint,
        )
    if named.build != inside.build:
        yield Fault(
            f"the file name has the build number {named.build or 'none'}, "
            f"WHEEL has {inside.build or 'none'}",
            place,
            hint,
            Severity.WARNING,
        )


def _some(tags: frozenset[str]) -> str:
    shown = sorted(tags)
    more = f" and {len(shown) - 3} more" if len(shown) > 3 else ""
    return ", ".join(shown[:3]) + more


def wrong_record(built: Built) -> Iterator[Fault]:
    """A wheel's RECORD does not agree with what the wheel holds.

    ## What it does
    Compares RECORD with the members: files that it lacks, files that are not there, other hashes or
    sizes, members that are in the archive twice.

    ## Why is this bad?
    Installers check the hashes and refuse the wheel, or leave files behind when it is uninstalled. A
    file that was put in after the build is the usual cause; so is tampering.

    ## Example
    ```console
    $ zip my_plugin-1.0-py3-none-any.whl my_plugin/data.json
    ```
    Use instead: have the build backend take the file up, or
    ```console
    $ wheel unpack …; wheel pack …
    ```
    """
    built.wheel_only()
    if f"{built.info}/RECORD" not in built.archive.paths:
        raise Skip("the wheel has no RECORD (VP505)")
    try:
        reading = verify_record(built.path)
    except (OSError, zipfile.BadZipFile) as error:
        raise Skip(f"the wheel cannot be read: {error}") from error
    for line in reading.faults:
        yield Fault(line, Location(f"{built.info}/RECORD"), "build the wheel again")


def wrong_top_folder(built: Built) -> Iterator[Fault]:
    """An sdist does not hold one top folder called NAME-VERSION.

    ## What it does
    Looks at what lies at the top of the archive. macOS' `._*` companions and stray files count.

    ## Why is this bad?
    The specification wants one folder, named as the file is; pip builds nothing from an sdist with
    two, and tools that look for `NAME-VERSION/` find nothing.

    ## Example
    ```console
    $ tar czf my_plugin-1.0.tar.gz src pyproject.toml
    ```
    Use instead:
    ```console
    $ vplug build
    ```
    """
    if built.is_wheel:
        raise Skip("it speaks of sdists")
    tops = [top for top in built.archive.tops if top != "pax_global_header"]
    if len(tops) != 1:
        shown = ", ".join(tops[:5]) or "nothing"
        yield Fault(
            f"the sdist holds {len(tops)} things at its top and must hold one folder: {shown}",
            None,
            "make it with a build backend: `vplug build`",
        )
        return
    named = built.named
    name, _, version = tops[0].rpartition("-")
    if not filenames.same_name(name, named.name) or not filenames.same_version(
        version, named.version
    ):
        yield Fault(
            f"the sdist's top folder is {tops[0]}, not {named.name}-{named.version}",
            Location(tops[0]),
            "make it with a build backend: `vplug build`",
            Severity.WARNING,
        )


def mixed_releases(built: Built) -> Iterator[Fault]:
    """Files of several distributions or versions are judged as one release.

    ## What it does
    Compares the file names of all that is built or published together.

    ## Why is this bad?
    An old file left in `dist` is published along, or published again and refused half-way, which
    leaves a release incomplete.

    ## Example
    ```console
    $ ls dist
    my_plugin-1.0-py3-none-any.whl  my_plugin-1.1-py3-none-any.whl  my_plugin-1.1.tar.gz
    ```
    Use instead:
    ```console
    $ rm -r dist && vplug build
    ```
    """
    if not built.beside:
        raise Skip("it was judged alone")
    named = built.named
    for path in built.beside:
        try:
            other = filenames.parse(path.name)
        except ValueError:
            continue
        if not filenames.same_name(named.name, other.name) or not filenames.same_version(
            named.version, other.version
        ):
            yield Fault(
                f"{built.path.name} is of {named.name} {named.version}, beside it lies {path.name}",
                None,
                "publish the files of one release at a time: empty the folder and build again",
            )
            return
