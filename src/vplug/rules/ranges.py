"""VP407 to VP410, VP412: the vLLM and torch versions that a plugin asks for."""

from __future__ import annotations

from collections.abc import Iterator

from vplug.contracts.newest import newest_known
from vplug.discovery.declared import parse_requirement, provides_vllm
from vplug.fit.judge import Asked
from vplug.model import DeclaredRange, Severity, ranges_text
from vplug.rules.declared import deciding, declared_mask
from vplug.rules.evidence import Evidence
from vplug.rules.verdict import Fault, Skip


def no_vllm_range(evidence: Evidence, ranges: tuple[DeclaredRange, ...]) -> Iterator[Fault]:
    """The plugin does not say which vLLM releases it is for.

    ## What it does
    Looks for a range in the dependencies, in an extra, and in `[tool.vplug] vllm`.

    ## Why is this bad?
    vLLM's plugin interfaces change in most releases; a plugin without a range claims to work with all
    of them. Leaving the dependency out on purpose is sound (vLLM has many builds and a vendor's may
    bear another name): `[tool.vplug] vllm` declares the range without installing anything.

    ## Example
    ```toml
    [project]
    dependencies = []
    ```
    Use instead:
    ```toml
    [tool.vplug]
    vllm = ">=0.20,<0.34"
    ```
    """
    _for_a_plugin(evidence)
    if ranges:
        return
    evidence.known("dependencies")
    yield Fault(
        "no vLLM range is declared",
        evidence.place("project", "dependencies"),
        'add [tool.vplug] vllm = ">=…,<…": it installs nothing',
    )


def vllm_pinned(evidence: Evidence, ranges: tuple[DeclaredRange, ...]) -> Iterator[Fault]:
    """The plugin is pinned to one vLLM version.

    ## What it does
    Reports `==` without a wildcard, and `===`, on vLLM in dependencies and extras. A pin with a local
    part (`==0.32.0+cpu`) names one build of a release: nothing else satisfies it, and it is judged as
    that release.

    ## Why is this bad?
    Installing the plugin replaces the user's vLLM, and two plugins with different pins can never be
    installed together. A range says what works and leaves the choice to the user.

    ## Example
    ```toml
    dependencies = ["vllm==0.32.0"]
    ```
    Use instead:
    ```toml
    dependencies = ["vllm>=0.32,<0.33"]
    ```
    """
    if not ranges:
        raise Skip("no vLLM range is declared (VP407)")
    _for_a_plugin(evidence)
    for declared in ranges:
        if _pin(declared.specifier):
            release, plus, _ = _pinned(declared.specifier).partition("+")
            what = f"build of vLLM {release}" if plus else "vLLM version"
            yield Fault(
                f"{declared.text!r} ({declared.source}) pins one {what}",
                evidence.place("project", "dependencies", text=_bare(declared.text)),
                _range_around(declared.specifier),
            )


def vllm_unbounded(evidence: Evidence, ranges: tuple[DeclaredRange, ...]) -> Iterator[Fault]:
    """The plugin's vLLM range has no lower or no upper bound.

    ## What it does
    Reports ranges without a lower bound or without an upper one. Where several are declared, the
    tightest counts: `[tool.vplug] vllm` may bound what a dependency leaves open.

    ## Why is this bad?
    vLLM promises no stability of its plugin interfaces: the release that breaks the plugin is one
    that exists only after it was published. Without an upper bound, installers will pair the two.

    ## Example
    ```toml
    dependencies = ["vllm"]
    ```
    Use instead:
    ```toml
    dependencies = ["vllm>=0.20,<0.34"]
    ```
    """
    if not ranges:
        raise Skip("no vLLM range is declared (VP407)")
    _for_a_plugin(evidence)
    lower = any(_has(item.specifier, (">", "==", "~=")) for item in ranges)
    upper = any(_has(item.specifier, ("<", "==", "~=")) for item in ranges)
    if lower and upper:
        return
    missing = " and no ".join(
        side for side, there in (("lower", lower), ("upper", upper)) if not there
    )
    declared = ranges[0]
    yield Fault(
        f"{declared.text!r} ({declared.source}) has no {missing} bound: it claims releases that "
        "nobody has tried",
        evidence.place("project", "dependencies", text=_bare(declared.text)),
        _bounded(declared.specifier, lower=lower, upper=upper),
    )


def outside_declared_range(
    evidence: Evidence, ranges: tuple[DeclaredRange, ...], asked: Asked
) -> Iterator[Fault]:
    """The vLLM release asked about is not in the range that the plugin declares.

    ## What it does
    Looks whether the release that `--vllm` names (else the installed one, else the newest known) is in
    `[tool.vplug] vllm`, else in the dependency on vLLM, else in an extra's. Where the range names no
    known release, it is reported only if it can name none at all, as a warning.

    ## Why is this bad?
    It need not be: a narrow range is no fault. But what is said of this release is said of one that the
    plugin does not claim, and with a dependency installers refuse the two together.

    ## Example
    ```toml
    dependencies = ["vllm>=0.17,<0.18.1"]  # vplug validate --vllm 0.32.0
    ```
    Use instead:
    ```toml
    dependencies = ["vllm>=0.17,<0.33"]  # where it works with these
    ```
    """
    if not ranges:
        raise Skip("no vLLM range is declared (VP407)")
    _for_a_plugin(evidence)
    declared, _ = declared_mask(ranges, asked.masks)
    chosen = deciding(ranges)
    place = (
        evidence.place("tool", "vplug", "vllm")
        if chosen[0].source == "[tool.vplug]"
        else evidence.place("project", "dependencies", text=_bare(chosen[0].text))
    )
    if declared == 0 and not any(_can_be_met(item.specifier) for item in chosen):
        yield Fault(
            f"no vLLM release can be in the declared range {ranges_text(chosen)}",
            place,
            "its lower bound must be below its upper one; `vplug compat` tells which releases work",
            severity=Severity.WARNING,
        )
        return
    if not declared or declared & asked.mask:
        return
    newest = asked.masks.store.names_in(declared)[-1]
    yield Fault(
        f"the declared range {ranges_text(chosen)} leaves out the release asked about "
        f"(vLLM {asked.release})",
        place,
        f"`--vllm {newest}` asks about the newest release that it declares",
    )


def _can_be_met(specifier: str) -> bool:
    """Whether any version could be in a range: those at its bounds, or just above or below one."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    try:
        clauses = SpecifierSet(specifier)
    except InvalidSpecifier:
        return True  # not for this rule to say
    bounds = [clause.version.removesuffix(".*") for clause in clauses]
    above = [f"{bound}{more}" for bound in bounds for more in (".1", ".0.1", ".post1")]
    tried = ("0", *bounds, *above)
    return any(clauses.contains(version, prereleases=True) for version in tried)


def torch_pinned(evidence: Evidence) -> Iterator[Fault]:
    """The plugin pins one torch version.

    ## What it does
    Reports `torch==…` without a wildcard among the dependencies.

    ## Why is this bad?
    Each vLLM release needs its own torch: the pin fits one of them, and with any other the installer
    fails or replaces torch under vLLM's compiled kernels.

    ## Example
    ```toml
    dependencies = ["torch==2.11.0"]
    ```
    Use instead:
    ```toml
    dependencies = ["torch>=2.9"]
    ```
    """
    _for_a_plugin(evidence)
    for text in evidence.distribution.requires:
        parsed = parse_requirement(text)
        if parsed is not None and parsed[0] == "torch" and _pin(parsed[1]) and parsed[2] is None:
            yield Fault(
                f"{text!r} pins one torch version",
                evidence.place("project", "dependencies", text=_bare(text)),
                "leave torch's version to vLLM, or give a range",
            )
    if not evidence.distribution.requires:
        evidence.known("dependencies")


def _for_a_plugin(evidence: Evidence) -> None:
    """Skip vLLM itself, whose wheel declares plugins too: no release of its own is too much for it."""
    if provides_vllm(evidence.target):
        raise Skip("it is vLLM itself")


def _bounded(specifier: str, *, lower: bool, upper: bool) -> str:
    """Advice with the bound that is there kept, and the one that is missing added."""
    if upper:
        return f"begin it with the oldest release you test: >=…,{specifier}"
    from packaging.specifiers import SpecifierSet
    from packaging.version import Version

    newest = Version(newest_known())
    if lower and not SpecifierSet(specifier).contains(newest, prereleases=True):
        return "end it after the newest release you test"
    start = [] if lower else [">=0.20"]
    end = f"<{newest.major}.{newest.minor + 1}"
    example = ",".join([*start, *filter(None, [specifier]), end])
    return f"bound it by the releases you test, e.g. {example}"


def _range_around(specifier: str) -> str:
    """Advice with a range that begins at the release pinned to and ends before the next minor one."""
    from packaging.version import InvalidVersion, Version

    try:
        version = Version(_pinned(specifier))
    except InvalidVersion:
        return "declare a range of the releases you test"
    first = version.public
    if len(version.release) > 2 and not any(version.release[2:]):
        # 0.30.0 is written 0.30, of which it is the first; not so of a pre-release or an epoch.
        short = f"{version.major}.{version.minor}"
        first = short if Version(short) == Version(first) else first
    epoch = f"{version.epoch}!" if version.epoch else ""
    return f"declare a range, e.g. >={first},<{epoch}{version.major}.{version.minor + 1}"


def _pinned(specifier: str) -> str:
    """The version that a specifier with a pin pins to."""
    return next(part.strip().lstrip("=").strip() for part in specifier.split(",") if _pin(part))


def _pin(specifier: str) -> bool:
    return any(
        part.strip().startswith("==") and not part.strip().endswith(".*")
        for part in specifier.split(",")
    )


def _has(specifier: str, starts: tuple[str, ...]) -> bool:
    return any(part.strip().startswith(starts) for part in specifier.split(","))


def _bare(text: str) -> str:
    return text.partition(";")[0].strip()
