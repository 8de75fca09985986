"""The groups: found by name, short name, and what people write instead."""

from __future__ import annotations

import pytest

from vplug.loader import (
    GROUPS,
    group_of,
    is_meant_for_vllm,
    nearest_group,
    resolve_group_option,
)

SHORTS = ("general", "platform", "io-processor", "stat-logger", "logits-processor", "endpoint")


def test_the_groups_are_those_vllm_reads() -> None:
    assert sorted(group.short for group in GROUPS) == sorted(SHORTS)
    assert len({group.name for group in GROUPS}) == len(GROUPS)
    assert [group.short for group in GROUPS if not group.obeys_allowlist] == ["logits-processor"]
    assert [group.short for group in GROUPS if group.opt_in] == ["endpoint"]
    assert [group.short for group in GROUPS if not group.by_name] == ["logits-processor"]


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.short)
def test_a_group_is_found_by_both_names(group) -> None:  # type: ignore[no-untyped-def]
    assert group_of(group.name) is group
    assert group_of(group.short) is None
    assert resolve_group_option(group.short) == group.name
    assert resolve_group_option(group.name) == group.name
    assert group.processes
    assert group.on_load_failure
    assert group.on_call_failure
    assert group.since_text.count(".") == 2


def test_a_group_that_nobody_reads_can_be_asked_for() -> None:
    assert resolve_group_option("vllm.whatever") == "vllm.whatever"
    assert resolve_group_option("whatever") is None
    assert resolve_group_option("") is None
    assert group_of("vllm.whatever") is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("vllm.plugins", "general"),
        ("vllm.general_plugin", "general"),
        ("vllm.general-plugins", "general"),
        ("vllm_general_plugins", "general"),
        ("vllm.model_executor_plugins", "general"),
        ("vllm.platform", "platform"),
        ("vllm.platforms", "platform"),
        ("vllm.platform_plugin", "platform"),
        ("vllm.plattform_plugins", "platform"),
        ("vllm.io_processor", "io-processor"),
        ("vllm.io_processors_plugins", "io-processor"),
        ("vllm.stat_loggers", "stat-logger"),
        ("vllm.logits_processor", "logits-processor"),
        ("vllm.logits_processor_plugins", "logits-processor"),
        ("vllm.endpoints", "endpoint"),
    ],
)
def test_the_group_that_was_meant(written: str, meant: str) -> None:
    group = nearest_group(written)
    assert group is not None
    assert group.short == meant


@pytest.mark.parametrize(
    "name",
    ["console_scripts", "", "vllm", "vllm.zzz", "pytest11", "vllm_omni.general_plugins"],
)
def test_no_group_is_near(name: str) -> None:
    assert nearest_group(name) is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("vllm.zzz", True),
        ("vlm.general_plugins", True),
        ("VLLM.general_plugins", True),
        ("vllm_general_plugins", True),
        ("vllm_omni.general_plugins", False),
        ("nano_vllm.platform_plugins", False),
        ("console_scripts", False),
    ],
)
def test_a_group_of_another_package_is_none_of_vllms(name: str, meant: bool) -> None:
    assert is_meant_for_vllm(name) is meant
