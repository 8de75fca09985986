"""VP540 to VP544: the metadata of a built file, as an index reads it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

from vplug.model import Severity
from vplug.rules.built import Built
from vplug.rules.registry import requires
from vplug.rules.verdict import CannotTell, Fault, Skip

_DESCRIBED = ("text/plain", "text/x-rst", "text/markdown")


def invalid_metadata(built: Built) -> Iterator[Fault]:
    """The metadata is not valid, as indexes read it.

    ## What it does
    Has `packaging` read METADATA or PKG-INFO and check each field: the metadata version, names,
    versions, requirements, and that no field is newer than the metadata version.

    ## Why is this bad?
    An index refuses the upload with a message about a field that no file of the project mentions.

    ## Example
    ```text
    Metadata-Version: 2.1
    License-Expression: MIT
    ```
    Use instead:
    ```text
    Metadata-Version: 2.4
    License-Expression: MIT
    ```
    which newer build backends write by themselves.
    """
    from packaging.metadata import InvalidMetadata, Metadata, parse_email

    raw, unparsed = parse_email(built.metadata_bytes)
    # Setuptools wrote License-File from 2021 under metadata 2.1; indexes pass it by.
    if str(raw.get("metadata_version", "")) < "2.4":
        raw.pop("license_files", None)
    place = built.at(built.metadata_path)
    for field in sorted(unparsed):
        if field.lower() in _SINGLE and len(unparsed[field]) > 1:
            yield Fault(f"the metadata has {field} more than once", place, _BACKEND)
    try:
        Metadata.from_raw(raw, validate=True)
    except ExceptionGroup as group:
        for error in group.exceptions:
            # VP541 has more to say of licences.
            if isinstance(error, InvalidMetadata) and not error.field.startswith("license"):
                yield Fault(f"the metadata is not valid: {error}", place, _BACKEND)


_SINGLE = {"name", "version", "summary", "license", "license-expression", "metadata-version"}
_BACKEND = "mend the project's metadata, or build with a newer backend"


def wrong_license_fields(built: Built) -> Iterator[Fault]:
    """The licence fields contradict each other, or the metadata version.

    ## What it does
    Holds the metadata to PEP 639: `License-Expression` needs metadata 2.4 and must be a valid SPDX
    expression; beside it there may be no `License` field and no `License ::` classifier.

    ## Why is this bad?
    Indexes refuse such metadata, and licence scanners read two answers. A classifier beside the
    expression is taken by indexes and deprecated (PEP 639); newer setuptools refuses to build with it.

    ## Example
    ```toml
    license = "MIT"
    classifiers = ["License :: OSI Approved :: MIT License"]
    ```
    Use instead:
    ```toml
    license = "MIT"
    license-files = ["LICENSE"]
    ```
    """
    from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

    metadata, place = built.metadata, built.at(built.metadata_path)
    expression = metadata["License-Expression"]
    if expression is None:
        return
    version = str(metadata["Metadata-Version"] or "")
    if _older(version, (2, 4)):
        yield Fault(
            f"License-Expression needs Metadata-Version 2.4, this is {version or 'missing'}",
            place,
            "build with a newer backend: setuptools 77, hatchling 1.27, flit 3.12, poetry-core 2.2",
        )
    try:
        wanted = canonicalize_license_expression(str(expression))
    except InvalidLicenseExpression as error:
        yield Fault(f"License-Expression {expression!r} is no SPDX expression: {error}", place)
    else:
        if wanted != str(expression):
            yield Fault(
                f"License-Expression {expression!r} is spelt {wanted!r} in SPDX",
                place,
                f'write license = "{wanted}"',
                Severity.INFO,
            )
    if metadata["License"]:
        yield Fault(
            "the metadata has both License-Expression and License",
            place,
            "give the licence once: license = an SPDX expression, license-files = the texts",
        )
    for item in metadata.get_all("Classifier") or ():
        if str(item).startswith("License ::"):
            yield Fault(
                f"the metadata has License-Expression and the classifier {item!r}",
                place,
                "take the classifier out: the expression replaces it",
                Severity.WARNING,
            )


def _older(version: str, wanted: tuple[int, int]) -> bool:
    try:
        return tuple(int(part) for part in version.split(".")) < wanted
    except ValueError:
        return False  # VP540 tells that


def missing_license_file(built: Built) -> Iterator[Fault]:
    """A licence file that the metadata lists is not there.

    ## What it does
    Looks for each `License-File`: in a wheel under `*.dist-info/licenses/` (metadata 2.4; before, at
    the top of `*.dist-info` too), in an sdist below its top folder.

    ## Why is this bad?
    Most licences want their text to travel with the code; the metadata promises that it does.

    ## Example
    ```toml
    license-files = ["LICENSE"]
    ```
    with an exclude list that drops LICENSE from the wheel. Use instead:
    ```toml
    license-files = ["LICENSE"]
    ```
    and no such list.
    """
    paths = built.archive.paths
    for item in built.metadata.get_all("License-File") or ():
        name = str(item).strip()
        if built.is_wheel:
            base = name.rpartition("/")[2]
            places = [f"{built.info}/licenses/{name}"]
            if _older(str(built.metadata["Metadata-Version"] or ""), (2, 4)):
                # Backends put them anywhere in the folder until PEP 639 said where.
                places += [f"{built.info}/{name}", f"{built.info}/{base}"]
                places += [f"{built.info}/licenses/{base}", f"{built.info}/license_files/{name}"]
        else:
            places = [f"{built.top}/{name}"]
        if not paths.intersection(places):
            yield Fault(
                f"the metadata lists the licence file {name}, which is not in the archive",
                built.at(places[0]),
                "see license-files in [project], and the backend's exclude lists",
            )


def broken_description(built: Built) -> Iterator[Fault]:
    """The long description cannot be rendered.

    ## What it does
    Has `readme_renderer`, which indexes use, render a reStructuredText description. Any text is valid
    Markdown, and plain text needs no rendering.

    ## Why is this bad?
    An index refuses the upload, or shows the project's page as raw text.

    ## Example
    ```rst
    Title
    ==
    ```
    Use instead:
    ```rst
    Title
    =====
    ```
    """
    text = _description(built)
    if not text.strip():
        raise Skip("there is no long description (VP544)")
    kind = str(built.metadata["Description-Content-Type"] or "").partition(";")[0].strip().lower()
    if kind not in ("", "text/x-rst"):
        raise Skip(f"{kind or 'it'} needs no rendering")
    import readme_renderer.rst

    said = io.StringIO()
    try:
        done = readme_renderer.rst.render(text, stream=said)
    except Exception as error:  # docutils fails in many ways on odd markup
        raise CannotTell(f"the renderer failed: {type(error).__name__}") from error
    if done is None:
        first = next((line for line in said.getvalue().splitlines() if line.strip()), "")
        yield Fault(
            "the long description is not valid reStructuredText: "
            + (first.partition(": ")[2] or first or "it renders to nothing"),
            built.at(built.metadata_path),
            "mend the readme's markup; if it is Markdown, name the file README.md",
            # Without a content type an index falls back to plain text.
            None if kind else Severity.WARNING,
        )


@requires("VP401")
def no_description_type(built: Built) -> Iterator[Fault]:
    """The long description, or what kind of text it is, is missing.

    ## What it does
    Looks for a description in the metadata, and for `Description-Content-Type` beside it.

    ## Why is this bad?
    The project's page is empty; or a Markdown readme is read as reStructuredText and shown as raw text.

    ## Example
    ```python
    setup(long_description=open("README.md").read())
    ```
    Use instead:
    ```toml
    [project]
    readme = "README.md"
    ```
    """
    place = built.at(built.metadata_path)
    if not _description(built).strip():
        yield Fault(
            "there is no long description",
            place,
            'add `readme = "README.md"` to [project] (setup.py: long_description)',
        )
        return
    text = built.metadata["Description-Content-Type"]
    kind = str(text or "").partition(";")[0].strip().lower()
    if not kind:
        yield Fault(
            "the long description's content type is not given",
            place,
            "a `readme` file that ends in .md or .rst gives it (setup.py: "
            "long_description_content_type)",
        )
    elif kind not in _DESCRIBED:
        yield Fault(
            f"the long description's content type {kind!r} is not one that indexes know",
            place,
            f"use one of {', '.join(_DESCRIBED)}",
            Severity.ERROR,
        )


def _description(built: Built) -> str:
    body = built.metadata.get_payload()
    folded = built.metadata["Description"]
    if folded:
        # Old setuptools folds it into a header, each line eight blanks in (distutils rfc822_escape).
        return re.sub(r"^(?: {8}| {7}\|)", "", str(folded), flags=re.MULTILINE)
    return body if isinstance(body, str) else ""
