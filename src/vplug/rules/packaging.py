"""VP401 to VP406, VP411: metadata that users and indexes go by."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vplug.discovery.target import Target
from vplug.discovery.tree import walk
from vplug.model import OriginKind
from vplug.rules.evidence import Evidence
from vplug.rules.verdict import Fault, Skip

#: Pythons that the newest vLLM runs on: ``requires-python`` of vLLM 0.32.0 and 0.33.0 (0.28.0 and
#: older also took 3.10; 0.10.2 took 3.9 to 3.13).
VLLM_PYTHONS = ("3.11", "3.12", "3.13", "3.14")
_TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test|tests?)\.py$")


def no_readme(evidence: Evidence) -> Iterator[Fault]:
    """The project has no readme.

    ## What it does
    Reports projects without a `readme` field, and artifacts without a long description.

    ## Why is this bad?
    The project's page on an index is empty: nobody learns which vLLM releases the plugin is for or
    how it is switched on.

    ## Example
    ```toml
    [project]
    name = "my-plugin"
    ```
    Use instead:
    ```toml
    [project]
    name = "my-plugin"
    readme = "README.md"
    ```
    """
    if evidence.distribution.readme:
        return
    evidence.known("readme")
    yield Fault("no readme is declared", evidence.place("project"), 'add readme = "README.md"')


def no_license(evidence: Evidence) -> Iterator[Fault]:
    """The project names no licence.

    ## What it does
    Reports projects and artifacts without a licence expression, licence text, or licence file.

    ## Why is this bad?
    Without a licence nobody may lawfully use or ship the plugin; many companies' tools refuse it.

    ## Example
    ```toml
    [project]
    name = "my-plugin"
    ```
    Use instead:
    ```toml
    [project]
    name = "my-plugin"
    license = "Apache-2.0"
    license-files = ["LICENSE"]
    ```
    """
    if evidence.distribution.license:
        return
    evidence.known("license")
    yield Fault(
        "no licence is declared", evidence.place("project"), 'add license = "Apache-2.0" or yours'
    )


def no_description(evidence: Evidence) -> Iterator[Fault]:
    """The project has no one-line description.

    ## What it does
    Reports projects and artifacts without a summary.

    ## Why is this bad?
    Search results and `vplug inspect` show the line; without it, only the name speaks.

    ## Example
    ```toml
    [project]
    name = "my-plugin"
    ```
    Use instead:
    ```toml
    [project]
    name = "my-plugin"
    description = "Reads GeoTIFFs for vLLM's pooling models"
    ```
    """
    if evidence.distribution.summary:
        return
    evidence.known("description")
    yield Fault("no description is declared", evidence.place("project"), "add description = …")


def no_requires_python(evidence: Evidence) -> Iterator[Fault]:
    """The project does not say which Python it needs.

    ## What it does
    Reports projects and artifacts without `requires-python`.

    ## Why is this bad?
    Installers pick the newest release for any Python: users of an older one get a plugin that does
    not import, and vLLM's log is where they learn it.

    ## Example
    ```toml
    [project]
    name = "my-plugin"
    ```
    Use instead:
    ```toml
    [project]
    name = "my-plugin"
    requires-python = ">=3.11"
    ```
    """
    if evidence.distribution.requires_python:
        return
    evidence.known("requires-python")
    yield Fault(
        "requires-python is not declared",
        evidence.place("project"),
        'add requires-python = ">=3.11", or lower for older vLLM: `vplug validate --fix` works it out',
    )


def python_excludes_vllm(evidence: Evidence) -> Iterator[Fault]:
    """The plugin cannot be installed on any Python that vLLM runs on.

    ## What it does
    Compares `requires-python` with the Pythons of the newest vLLM, 3.11 to 3.14, and reports a
    specifier that is not valid.

    ## Why is this bad?
    No environment can hold both: the installer refuses, or takes an old vLLM.

    ## Example
    ```toml
    requires-python = "<3.11"
    ```
    Use instead:
    ```toml
    requires-python = ">=3.11"
    ```
    """
    text = evidence.distribution.requires_python
    if not text:
        raise Skip("requires-python is not declared (VP404)")
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    place = evidence.place("project", "requires-python")
    try:
        specifier = SpecifierSet(text)
    except InvalidSpecifier:
        yield Fault(f"requires-python {text!r} is no version specifier", place)
        return
    # Any patch release will do: `>3.11.4` admits 3.11.
    if not any(
        specifier.contains(f"{python}.{patch}") for python in VLLM_PYTHONS for patch in range(40)
    ):
        yield Fault(
            f"requires-python {text!r} excludes every Python that vLLM runs on "
            f"({VLLM_PYTHONS[0]} to {VLLM_PYTHONS[-1]})",
            place,
            'use ">=3.11"',
        )


def invalid_version(evidence: Evidence) -> Iterator[Fault]:
    """The version is not one that installers can compare.

    ## What it does
    Reports versions that the version specifiers specification (PEP 440) does not accept.

    ## Why is this bad?
    Build backends and indexes refuse them.

    ## Example
    ```toml
    version = "1.0-final-2"
    ```
    Use instead:
    ```toml
    version = "1.0.post2"
    ```
    """
    from packaging.version import InvalidVersion, Version

    text = evidence.distribution.version
    if text is None:
        evidence.known("version")
        yield Fault("no version is declared", evidence.place("project"), 'add version = "0.1.0"')
        return
    try:
        Version(text)
    except InvalidVersion:
        yield Fault(
            f"version {text!r} is not valid", evidence.place("project", "version"), "see PEP 440"
        )


def no_tests(target: Target) -> Iterator[Fault]:
    """The project has no tests.

    ## What it does
    Looks for files named as pytest and unittest find them, anywhere in the project or sdist. Wheels
    are skipped: tests do not belong in them.

    ## Why is this bad?
    vLLM changes its plugin interfaces in most releases. Without a test that imports the plugin with
    vLLM, the first test of a release is production.

    ## Example
    A project with `src/` only. Use instead:
    ```text
    src/my_plugin/__init__.py
    tests/test_general_plugins.py
    ```
    """
    if target.kind not in (OriginKind.PROJECT, OriginKind.SDIST):
        raise Skip(f"a {target.kind} holds no tests")
    if not any(_TEST_FILE.search(path) for path in walk(target.tree)):
        yield Fault("no test file was found", None, "add tests/test_<type>_plugins.py")
