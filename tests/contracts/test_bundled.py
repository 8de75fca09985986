"""vplug's own store against what was read, by eye, in the releases' sources."""

from __future__ import annotations

import zipfile
from functools import cache
from pathlib import Path

import pytest
from packaging.version import Version

from vplug.contracts import ContractStore, place
from vplug.contracts.curated import CLASSES, FUNCTIONS
from vplug.contracts.writing import read_history, write
from vplug.model import ClassContract


@cache
def store() -> ContractStore:
    return ContractStore.open(place.BUNDLED)


def contract(key: str, release: str) -> ClassContract:
    bit = 1 << store().index(release)
    return next(c for c in store().classes(key) if c.releases & bit)


def span(mask: int) -> str:
    names = store().names_in(mask)
    return f"{names[0]} {names[-1]}" if names else ""


def test_every_final_release_is_there() -> None:
    releases = store().releases
    assert releases[0] == "0.7.0"
    assert len(releases) >= 54
    assert {"0.8.5.post1", "0.9.0.1", "0.10.1.1", "0.15.1", "0.33.0"} <= set(releases)
    assert not any(Version(release).is_prerelease for release in releases)
    assert list(releases) == sorted(releases, key=Version)


def test_every_curated_thing_is_somewhere() -> None:
    assert set(store().class_keys) == {curated.key for curated in CLASSES}
    assert set(store().function_keys) == {curated.key for curated in FUNCTIONS}


def test_called_methods_are_methods_of_some_release() -> None:
    for curated in CLASSES:
        known = {name for c in store().classes(curated.key) for name in c.members}
        assert set(curated.called) <= known, curated.key


def test_the_files_are_what_they_say_they_are() -> None:
    files = {
        path.relative_to(place.BUNDLED).as_posix(): path.read_text(encoding="utf-8")
        for path in place.BUNDLED.rglob("*.txt")
    }
    assert write(read_history(files)) == files


def test_it_packs_small(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in place.BUNDLED.rglob("*.txt"):
            archive.write(path, path.relative_to(place.BUNDLED))
    assert (tmp_path / "z.zip").stat().st_size < 4 * 2**20


_ATTENTION = "selected_backend, head_size, dtype, kv_cache_dtype, block_size, use_v1, use_mla"
SIGNATURES = [
    ("IOProcessor", "0.16.0", "__init__", "(self, vllm_config)"),
    ("IOProcessor", "0.16.0", "parse_request", "(self, request)"),
    ("IOProcessor", "0.16.0", "output_to_response", "(self, plugin_output)"),
    ("IOProcessor", "0.16.0", "parse_data", None),
    ("IOProcessor", "0.18.1", "__init__", "(self, vllm_config, renderer)"),
    ("IOProcessor", "0.18.1", "parse_data", "(self, data)"),
    ("IOProcessor", "0.33.0", "merge_pooling_params", "(self, params=…)"),
    ("IOProcessor", "0.33.0", "parse_request", None),
    ("LogitsProcessor", "0.11.0", "validate_params", None),
    ("LogitsProcessor", "0.11.2", "validate_params", "(cls, sampling_params)"),
    ("LogitsProcessorV2", "0.33.0", "apply", "(self, logits, ctx)"),
    ("StatLoggerBase", "0.10.2", "record", "(self, scheduler_stats, iteration_stats, engine_idx=…)"),
    ("StatLoggerBase", "0.11.0", "record_sleep_state", None),
    ("StatLoggerBase", "0.11.2", "record_sleep_state", "(self, is_awake, level)"),
    (
        "Platform", "0.10.2", "get_attn_backend_cls",
        f"(cls, {_ATTENTION}, has_sink)",
    ),
    (
        "Platform", "0.11.0", "get_attn_backend_cls",
        f"(cls, {_ATTENTION}, has_sink, use_sparse)",
    ),
    (
        "Platform", "0.13.0", "get_attn_backend_cls",
        "(cls, selected_backend, attn_selector_config)",
    ),
    (
        "Platform", "0.17.1", "get_attn_backend_cls",
        "(cls, selected_backend, attn_selector_config, num_heads=…)",
    ),
    ("Platform", "0.16.0", "validate_request", "(cls, prompt, params, processed_inputs)"),
    ("Platform", "0.17.1", "validate_request", "(cls, processed_inputs, params)"),
    ("EndpointPlugin", "0.33.0", "init_state", "async (self, engine_client, state, args)"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "release", "member", "expected"), SIGNATURES)
def test_signatures(key: str, release: str, member: str, expected: str | None) -> None:
    from vplug.contracts.wording import to_text

    found = contract(key, release).members.get(member)
    shown = to_text(found.signature) if found is not None and found.signature else None
    assert shown == expected


def test_raises_is_told_from_abstract() -> None:
    parse = contract("IOProcessor", "0.33.0").members["parse_data"]
    assert (parse.abstract, parse.raises) == (False, True)
    pre = contract("IOProcessor", "0.33.0").members["pre_process"]
    assert pre.abstract


NAMES = [
    ("vllm", "LLM", "present", "0.7.0 0.33.0"),
    ("vllm.utils", "FlexibleArgumentParser", "present", "0.7.0 0.11.0"),
    ("vllm.utils.argparse_utils", "FlexibleArgumentParser", "present", "0.11.1 0.33.0"),
    ("vllm.platforms", "current_platform", "present", "0.7.0 0.33.0"),
    ("vllm.envs", "VLLM_PLUGINS", "present", "0.7.0 0.33.0"),
    ("vllm.config", "VllmConfig", "present", "0.7.0 0.33.0"),
    ("vllm", "no_such_name", "present", ""),
    ("vllm.plugins", "EndpointPlugin", "typing_only", "0.26.0 0.33.0"),
    ("vllm.plugins", "ENDPOINT_PLUGINS_GROUP", "present", "0.26.0 0.33.0"),
    ("vllm._C", "anything", "open", "0.7.0 0.33.0"),
    ("vllm._version", "version", "open", "0.7.0 0.33.0"),
]


@pytest.mark.parametrize(("module", "name", "state", "expected"), NAMES)
def test_names(module: str, name: str, state: str, expected: str) -> None:
    assert span(getattr(store().name(module, name), state)) == expected


DUPLICATES = [
    ("KVConnectorFactory.register_connector", "0.33.0", "raises"),
    ("CustomOp.register_oot", "0.33.0", "raises"),
    ("PluggableLayer.register_oot", "0.33.0", "raises"),
    ("register_quantization_config", "0.10.2", "raises"),
    ("register_quantization_config", "0.16.0", "overwrites"),
    ("ModelRegistry.register_model", "0.33.0", "overwrites"),
    ("LoRAResolverRegistry.register_resolver", "0.33.0", "overwrites"),
    ("direct_register_custom_op", "0.33.0", "unknown"),
]


@pytest.mark.parametrize(("key", "release", "expected"), DUPLICATES)
def test_duplicates(key: str, release: str, expected: str) -> None:
    bit = 1 << store().index(release)
    assert [f.duplicate for f in store().functions(key) if f.releases & bit] == [expected]


def test_loader() -> None:
    forms = {name: form for form in store().loader() for name in store().names_in(form.releases)}
    assert "vllm.endpoint_plugins" not in forms["0.25.1"].groups
    assert "vllm.endpoint_plugins" in forms["0.26.0"].groups
    assert forms["0.10.2"].platforms == ("cpu", "cuda", "rocm", "tpu", "xpu")
    assert forms["0.16.0"].io_processor_arguments == ("vllm_config",)
    assert forms["0.18.1"].io_processor_arguments == ("vllm_config", "renderer")
    assert forms["0.33.0"].python == "<3.15,>=3.11"
