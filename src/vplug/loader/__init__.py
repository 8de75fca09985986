"""How vLLM loads plugins, as pure functions over the nouns; nothing here touches a file or a process."""

from __future__ import annotations

from vplug.loader.allowlist import Allowlist, Unmatched, setting
from vplug.loader.groups import (
    GROUPS,
    Expects,
    Group,
    group_of,
    is_meant_for_vllm,
    misspelt_group,
    nearest_group,
    resolve_group_option,
    unread_text,
)
from vplug.loader.platforms import BUILTIN_PLATFORM_NAMES
from vplug.loader.standing import plan

__all__ = [
    "BUILTIN_PLATFORM_NAMES",
    "GROUPS",
    "Allowlist",
    "Expects",
    "Group",
    "Unmatched",
    "group_of",
    "is_meant_for_vllm",
    "misspelt_group",
    "nearest_group",
    "plan",
    "resolve_group_option",
    "setting",
    "unread_text",
]
