"""The plugin against the real vLLM; skipped where vLLM is not installed."""

from importlib import metadata

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: the plugin cannot be tried on it")

import vllm.plugins
from vllm import ModelRegistry

from {{ cookiecutter.package }}.environment import MODEL_ALIASES
from {{ cookiecutter.package }}.plugin import register
from {{ cookiecutter.package }}.registry import RegistrationError, vllm_version

NAME = "{{ cookiecutter.plugin_name }}"
LLAMA = "vllm.model_executor.models.llama:LlamaForCausalLM"


def test_vllm_calls_it_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    if not metadata.entry_points(group=vllm.plugins.DEFAULT_PLUGINS_GROUP, name=NAME):
        pytest.skip("this plugin is not installed, so that vLLM cannot find it")
    monkeypatch.setenv("VLLM_PLUGINS", NAME)
    monkeypatch.setenv(MODEL_ALIASES, f"CalledByNameForCausalLM={LLAMA}")
    monkeypatch.setattr(vllm.plugins, "plugins_loaded", False)
    vllm.plugins.load_general_plugins()
    assert "CalledByNameForCausalLM" in ModelRegistry.get_supported_archs()


def test_an_alias_is_registered_and_bears_a_second_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODEL_ALIASES, f"AliasForCausalLM={LLAMA}")
    register()
    register()
    assert "AliasForCausalLM" in ModelRegistry.get_supported_archs()


def test_a_wrong_alias_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MODEL_ALIASES, "AliasForCausalLM=vllm.no.colon")
    with pytest.raises(RegistrationError, match=MODEL_ALIASES):
        register()


def test_the_version_is_vllms_own() -> None:
    assert vllm_version() == vllm.__version__
