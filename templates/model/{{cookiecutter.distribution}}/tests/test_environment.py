"""The one environment variable that decides over the plugin is vLLM's; it has none of its own."""

from importlib import metadata

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: its own loading cannot be tried")

from vllm.plugins import load_plugins_by_group

GROUP = "{{ cookiecutter.group }}"
NAME = "{{ cookiecutter.plugin_name }}"


@pytest.fixture(autouse=True)
def installed() -> None:
    if not metadata.entry_points(group=GROUP, name=NAME):
        pytest.skip("this plugin is not installed, so that vLLM cannot find it")


def test_unset_it_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VLLM_PLUGINS", raising=False)
    assert NAME in load_plugins_by_group(GROUP)


@pytest.mark.parametrize("value", [NAME, f"another,{NAME}"])
def test_named_it_is_loaded(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_PLUGINS", value)
    assert NAME in load_plugins_by_group(GROUP)


@pytest.mark.parametrize("value", ["", "another", f"another, {NAME}"])
def test_not_named_letter_by_letter_it_is_left_out(
    value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_PLUGINS", value)
    assert NAME not in load_plugins_by_group(GROUP)
