"""What every engine of one look shares: variables, allow-lists, and how a plugin is hidden again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vplug.discovery.environment import Environment
from vplug.discovery.tree import FolderTree
from vplug.errors import UsageFault
from vplug.probe.engine_run import socket_folder
from vplug.probe.live_settings import LiveSettings
from vplug.probe.live_stage import LiveOptions, folder_variables, set_stage, without_plugins


def distribution(folder: Path, name: str, *entries: str) -> None:
    info = folder / f"{name}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text("\n".join(entries) + "\n")


@pytest.fixture
def laid(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A plugin ``mine`` in front of an environment that holds ``other``."""
    monkeypatch.delenv("VLLM_PLUGINS", raising=False)
    site, folder = tmp_path / "env", tmp_path / "overlay"
    distribution(site, "other", "[vllm.general_plugins]", "other = other:register")
    distribution(folder, "mine", "[vllm.general_plugins]", "mine = mine:register")
    (folder / "mine.py").write_text("")
    entry = SimpleNamespace(group="vllm.general_plugins", name="mine")
    return SimpleNamespace(
        folder=folder,
        path=(folder,),
        python=tmp_path / "python",
        environment=Environment("env", (str(site),)),
        entry_points=(entry,),
        target=SimpleNamespace(label="mine", members=None, tree=FolderTree(folder)),
    )


def staged(laid: Any, tmp_path: Path, **options: Any) -> Any:
    room = tmp_path / "room"
    room.mkdir()
    return set_stage(laid, LiveOptions(**options), room)


def test_nothing_is_set_that_need_not_be(laid: Any, tmp_path: Path) -> None:
    stage = staged(laid, tmp_path)
    assert stage.subjects == ("vllm.general_plugins:mine",)
    assert {plugin.name for plugin in stage.plugins} == {"mine", "other"}
    assert dict(stage.where.env) == {}
    assert stage.notes == ()


def test_endpoints_are_named_with_all_others(laid: Any, tmp_path: Path) -> None:
    entry = SimpleNamespace(group="vllm.endpoint_plugins", name="route")
    distribution(laid.folder, "routes", "[vllm.endpoint_plugins]", "route = route:Route")
    laid.entry_points = (*laid.entry_points, entry)
    stage = staged(laid, tmp_path)
    assert set(stage.where.env["VLLM_PLUGINS"].split(",")) == {"mine", "other", "route"}
    assert any("opt-in" in note for note in stage.notes)


def test_an_allow_list_is_what_it_was_said_to_be(
    laid: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VLLM_PLUGINS", "other")
    stage = staged(laid, tmp_path)
    standing = {plugin.name: str(plugin.standing.kind) for plugin in stage.plugins}
    assert standing == {"mine": "switched-off", "other": "loads"}


def test_a_name_that_it_does_not_have(laid: Any, tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="has no plugin 'mien'"):
        staged(laid, tmp_path, only=("mien",))


def test_the_variables_by_which_a_resolver_is_told_its_folder(laid: Any) -> None:
    source = laid.folder / "mine.py"
    source.write_text('A = "ACME_LORA_DIR"\nB = "ACME_LORA_CACHE_DIR"\nC = "HF_HOME"\nD = "DIR"\n')
    assert folder_variables(laid) == ("ACME_LORA_DIR",)
    source.write_text('B = "VLLM_LORA_RESOLVER_CACHE_DIR"\n')
    assert folder_variables(laid) == ("VLLM_LORA_RESOLVER_CACHE_DIR",)
    package = laid.folder / "pkg" / "inner"
    package.mkdir(parents=True)
    (package / "m.py").write_text("os.environ['ACME_ADAPTER_PATH']\n")
    laid.target.tree = FolderTree(laid.folder)  # a tree lists a folder once
    assert "ACME_ADAPTER_PATH" in folder_variables(laid)


def test_the_projects_own_variables_go_first(laid: Any, tmp_path: Path) -> None:
    (laid.folder / "mine.py").write_text('A = "ACME_LORA_DIR"\n')
    settings = LiveSettings(env={"ACME_HOME": "{adapters}/x", "ACME_MODEL": "{model}"})
    stage = staged(laid, tmp_path, settings=settings)
    adapters = tmp_path / "room" / "models" / "adapters"
    assert stage.where.env["ACME_HOME"] == f"{adapters}/x"
    assert stage.where.env["ACME_MODEL"] == str(tmp_path / "room" / "models" / "tiny")
    assert "ACME_LORA_DIR" not in stage.where.env
    assert stage.resolver_told


def test_a_plugin_is_hidden_by_leaving_its_folder_out(laid: Any, tmp_path: Path) -> None:
    where = without_plugins(staged(laid, tmp_path), laid)
    assert where.path == ()
    assert "VLLM_PLUGINS" not in where.env, "others are as they were"


def test_one_that_is_installed_is_hidden_by_naming_the_others(laid: Any, tmp_path: Path) -> None:
    stage = staged(laid, tmp_path)
    laid.path = ()
    assert without_plugins(stage, laid).env["VLLM_PLUGINS"] == "other"
    alone = replace(stage, plugins=tuple(p for p in stage.plugins if p.name == "mine"))
    assert without_plugins(alone, laid).env["VLLM_PLUGINS"] == "-"


def test_an_installed_logits_processor_cannot_be_hidden(laid: Any, tmp_path: Path) -> None:
    stage = replace(staged(laid, tmp_path), subjects=("vllm.logits_processors:mine",))
    laid.path = ()
    with pytest.raises(UsageFault, match="VLLM_PLUGINS does not reach it"):
        without_plugins(stage, laid)


def test_sockets_get_a_short_path_however_long_that_of_temporary_files_is(tmp_path: Path) -> None:
    short = Path("/tmp")
    with socket_folder(short) as folder:
        assert folder == short
    long = tmp_path / ("x" * 120)
    with socket_folder(long) as folder:
        assert folder.is_dir()
        assert len(str(folder)) + 37 <= 103
    assert not folder.exists()
