"""The endpoint against vLLM's real loader and interface; skipped where vLLM is not installed."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from importlib import metadata
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: its real interface cannot be tried")

from fastapi import FastAPI
from vllm.plugins import load_endpoint_plugins
from vllm.plugins.endpoint_plugins import interface

from {{ cookiecutter.package }}.endpoint import PATH, RankEndpoint
from {{ cookiecutter.package }}.environment import MAX_CHOICES
from {{ cookiecutter.package }}.plugin import register

NAME = "{{ cookiecutter.plugin_name }}"


@pytest.fixture
def installed() -> None:
    if not metadata.entry_points(group="{{ cookiecutter.group }}", name=NAME):
        pytest.skip("this plugin is not installed, so that vLLM cannot find it")


def test_it_is_what_vllm_calls_an_endpoint_plugin() -> None:
    assert isinstance(register(), interface.EndpointPlugin)
    assert register().name == NAME


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("named", "tasks", "loaded"),
    [
        (None, ("generate",), False),
        ("", ("generate",), False),
        ("another", ("generate",), False),
        (NAME, ("generate", "transcription"), True),
        (f"another,{NAME}", ("generate",), True),
        (NAME, ("embed",), False),
        (NAME, ("render",), False),
    ],
)
def test_it_is_loaded_where_it_is_named_and_its_task_is_there(
    monkeypatch: pytest.MonkeyPatch, named: str | None, tasks: Any, loaded: bool
) -> None:
    if named is None:
        monkeypatch.delenv("VLLM_PLUGINS", raising=False)
    else:
        monkeypatch.setenv("VLLM_PLUGINS", named)
    found = [plugin for plugin in load_endpoint_plugins(tasks) if isinstance(plugin, RankEndpoint)]
    assert found == ([RankEndpoint()] if loaded else [])


@pytest.mark.usefixtures("installed")
def test_it_keeps_to_its_own_route(monkeypatch: pytest.MonkeyPatch) -> None:
    if not hasattr(interface, "attach_endpoint_plugins"):
        pytest.skip("this vLLM attaches plugins elsewhere (from 0.29 by attach_endpoint_plugins)")
    monkeypatch.setenv("VLLM_PLUGINS", NAME)
    app = FastAPI()

    @app.get("/v1/models")
    def models() -> None:
        """A route of vLLM's."""

    before = set(app.openapi()["paths"])
    interface.attach_endpoint_plugins(app, ("generate",))
    assert set(app.openapi()["paths"]) == {*before, PATH}
    assert app.state.endpoint_plugins == [RankEndpoint()]


def started(engine: Any) -> FastAPI:
    app = FastAPI()
    plugin = register()
    plugin.attach_router(app)
    client = SimpleNamespace(
        generate=engine.generate, renderer=SimpleNamespace(get_tokenizer=lambda: engine.tokenizer)
    )
    asyncio.run(plugin.init_state(client, app.state, Namespace()))
    return app


def test_a_request_through_both_phases(engine: Any, post: Any) -> None:
    # The plugin takes a copy: the words are to be known to both.
    engine.tokenizer.encode("one two three")
    data = {"prompt": "one", "choices": [" three", " two"]}
    status, answer = asyncio.run(post(started(engine), PATH, data))
    assert (status, answer["best"]) == (200, 1)


def test_the_server_that_only_renders_is_left_without(post: Any) -> None:
    app = FastAPI()
    plugin = register()
    plugin.attach_router(app)
    asyncio.run(plugin.init_state(None, app.state, Namespace()))
    assert asyncio.run(post(app, PATH, {"prompt": "one", "choices": [" a"]}))[0] == 503


def test_a_wrong_environment_stops_the_start(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MAX_CHOICES, "none")
    with pytest.raises(ValueError, match=MAX_CHOICES):
        started(engine)
