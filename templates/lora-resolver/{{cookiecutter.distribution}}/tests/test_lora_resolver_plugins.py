"""The resolver against vLLM's real interface; skipped where vLLM is not installed.

No engine and no model. Named after vLLM's own tests of its plugins.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: its real interface cannot be tried")

from vllm.lora.request import LoRARequest
from vllm.lora.resolver import LoRAResolver, LoRAResolverRegistry

from {{ cookiecutter.package }} import environment, plugin, resolver
from {{ cookiecutter.package }}.resolver import AdapterResolver

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

BASE = "acme/base-model"
NAME = "{{ cookiecutter.plugin_name }}"


@pytest.fixture(autouse=True)
def fresh_registry(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in (environment.PLAIN_DIR, environment.URL):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(environment.DIR, str(tmp_path))
    kept = dict(LoRAResolverRegistry.resolvers)
    LoRAResolverRegistry.resolvers.clear()
    yield
    LoRAResolverRegistry.resolvers.clear()
    LoRAResolverRegistry.resolvers.update(kept)


def registered() -> AdapterResolver:
    plugin.register()
    found = LoRAResolverRegistry.get_resolver(NAME)
    assert isinstance(found, AdapterResolver)
    return found


def test_vllm_calls_it_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    from vllm import plugins

    if not metadata.entry_points(group=plugins.DEFAULT_PLUGINS_GROUP, name=NAME):
        pytest.skip("this plugin is not installed, so that vLLM cannot find it")
    monkeypatch.setenv("VLLM_PLUGINS", NAME)
    monkeypatch.setattr(plugins, "plugins_loaded", False)
    plugins.load_general_plugins()
    assert NAME in LoRAResolverRegistry.get_supported_resolvers()


def test_it_is_a_resolver_as_vllm_means_it() -> None:
    assert issubclass(AdapterResolver, LoRAResolver)
    assert not AdapterResolver.__abstractmethods__


def test_this_vllm_has_the_interface_that_was_written_for() -> None:
    ours, theirs = (
        list(inspect.signature(found.resolve_lora).parameters)
        for found in (AdapterResolver, LoRAResolver)
    )
    assert ours == theirs
    fields = {"lora_name", "lora_int_id", "lora_path"}
    assert fields <= set(LoRARequest.__struct_fields__)


def test_registering_again_is_harmless_and_silent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first = registered()
    assert registered() is first
    other = tmp_path / "other"
    other.mkdir()
    monkeypatch.setenv(environment.DIR, str(other))
    assert registered().settings.folder == other
    assert str(registered()) == f"folder {other}"
    assert list(LoRAResolverRegistry.get_supported_resolvers()) == [NAME]


def test_a_wrong_folder_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(environment.DIR, str(tmp_path / "none"))
    with pytest.raises(ValueError, match=environment.DIR):
        plugin.register()
    assert not LoRAResolverRegistry.get_supported_resolvers()


def test_an_adapter_becomes_a_request(tmp_path: Path, make_adapter: Callable[..., Path]) -> None:
    folder = make_adapter(tmp_path, "sql")
    request = asyncio.run(registered().resolve_lora(BASE, "sql"))
    assert request is not None
    assert (request.lora_name, request.lora_path) == ("sql", str(folder.resolve()))
    assert request.lora_int_id > 0


@pytest.mark.parametrize("name", ["none", "../sql", "/etc", "other", "broken"])
def test_whatever_else_is_none_and_no_exception(
    name: str, tmp_path: Path, make_adapter: Callable[..., Path]
) -> None:
    make_adapter(tmp_path, "other", base_model_name_or_path="acme/other")
    (make_adapter(tmp_path, "broken") / "adapter_config.json").write_text("{")
    assert asyncio.run(registered().resolve_lora(BASE, name)) is None


def test_a_source_that_fails_does_not_hide_the_next(
    web: Any, tmp_path: Path, make_adapter: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(environment.URL, web.url)
    monkeypatch.setenv(environment.CACHE_DIR, str(tmp_path / "cache"))
    make_adapter(tmp_path, "sql", peft_type="IA3")
    make_adapter(web.root, "sql")
    request = asyncio.run(registered().resolve_lora(BASE, "sql"))
    assert request is not None
    assert request.lora_path.startswith(str(tmp_path / "cache"))
    assert web.asked


def test_the_event_loop_goes_on_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow source keeps its thread busy, and not the loop that answers everyone else."""
    let_go = threading.Event()

    def slow(*_: object) -> None:
        assert let_go.wait(60)

    async def both() -> list[object]:
        waiting = [asyncio.create_task(found.resolve_lora(BASE, f"a{n}")) for n in range(3)]
        await asyncio.sleep(0)
        assert not any(task.done() for task in waiting)
        let_go.set()
        return await asyncio.gather(*waiting)

    found = registered()
    monkeypatch.setattr(resolver, "_find", slow)
    assert asyncio.run(both()) == [None, None, None]
