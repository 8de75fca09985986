"""The platform against the real vLLM; skipped where vLLM is not installed.

What needs a fresh process, as vLLM chooses its platform once, runs in one of its own.
"""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from importlib import metadata
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("vllm", reason="vLLM is not installed: the platform cannot be tried on it")

from vllm.distributed.device_communicators.base_device_communicator import DeviceCommunicatorBase
from vllm.platforms.interface import Platform, PlatformEnum
from vllm.utils.import_utils import resolve_obj_by_qualname
from vllm.v1.attention.backend import AttentionBackend, AttentionImpl, AttentionMetadataBuilder
from vllm.v1.attention.backends.registry import AttentionBackendEnum
from vllm.v1.worker.worker_base import WorkerBase

from {{ cookiecutter.package }} import platform
from {{ cookiecutter.package }}.environment import PLATFORM
from {{ cookiecutter.package }}.platform import DevicePlatform
from {{ cookiecutter.package }}.plugin import register

NAME = "{{ cookiecutter.plugin_name }}"
DOTTED = f"{DevicePlatform.__module__}.{DevicePlatform.__qualname__}"

RESOLVE = """
import json
from vllm.platforms import current_platform
kind = type(current_platform)
print(json.dumps([f"{kind.__module__}.{kind.__qualname__}", current_platform.is_out_of_tree()]))
"""


def resolved(**environ: str) -> tuple[str, bool]:
    """The platform of a fresh process, and whether it is an out-of-tree one."""
    if not metadata.entry_points(group="vllm.platform_plugins", name=NAME):
        pytest.skip("this plugin is not installed, so that vLLM cannot find it")
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VLLM_")}
    done = subprocess.run(
        [sys.executable, "-c", RESOLVE],
        env={**kept, **environ},
        capture_output=True,
        text=True,
        check=True,
    )
    name, out_of_tree = json.loads(done.stdout.splitlines()[-1])
    return name, out_of_tree


@pytest.fixture(scope="module")
def attention() -> Any:
    return resolve_obj_by_qualname(platform.ATTENTION)


def test_vllm_resolves_it_before_its_own() -> None:
    assert resolved(**{PLATFORM: "on"}) == (DOTTED, True)


@pytest.mark.parametrize(
    "environ",
    [{PLATFORM: "off"}, {PLATFORM: "nonsense"}, {PLATFORM: "on", "VLLM_PLUGINS": "another"}],
    ids=["off", "wrong", "not named"],
)
def test_vllm_takes_another_where_it_is_switched_off(environ: dict[str, str]) -> None:
    name, out_of_tree = resolved(**environ)
    assert name != DOTTED
    assert not out_of_tree


def test_two_processes_resolve_alike() -> None:
    assert resolved(**{PLATFORM: "on"}) == resolved(**{PLATFORM: "on"})


def test_the_entry_point_names_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PLATFORM, "on")
    assert register() == DOTTED
    assert resolve_obj_by_qualname(DOTTED) is DevicePlatform


def test_it_is_an_out_of_tree_platform() -> None:
    made = DevicePlatform()
    assert isinstance(made, Platform)
    assert made._enum is PlatformEnum.OOT
    assert made.is_out_of_tree()
    assert not made.is_cuda_alike()


def test_torch_knows_the_device() -> None:
    import torch

    # vllm/distributed/parallel_state.py makes this of an out-of-tree platform.
    assert torch.device(f"{DevicePlatform.device_name}:0").type == DevicePlatform.device_type


def test_the_classes_it_names_are_what_vllm_builds(attention: Any) -> None:
    assert issubclass(attention, AttentionBackend)
    assert issubclass(attention.get_impl_cls(), AttentionImpl)
    assert issubclass(attention.get_builder_cls(), AttentionMetadataBuilder)
    assert attention.get_name() in AttentionBackendEnum.__members__
    communicator = resolve_obj_by_qualname(DevicePlatform.get_device_communicator_cls())
    assert issubclass(communicator, DeviceCommunicatorBase)
    worker = resolve_obj_by_qualname(platform.WORKER)
    assert issubclass(worker, WorkerBase)
    for made in (attention, attention.get_impl_cls(), attention.get_builder_cls(), worker):
        assert not getattr(made, "__abstractmethods__", None), made


def test_layers_get_its_attention_backend() -> None:
    wanted: Any = SimpleNamespace(use_mla=False, use_sparse=False)
    assert DevicePlatform.get_attn_backend_cls(None, wanted) == platform.ATTENTION
    other = AttentionBackendEnum.FLASH_ATTN
    assert DevicePlatform.get_attn_backend_cls(other, wanted, num_heads=2) == platform.ATTENTION


def test_what_it_cannot_attend_to_is_refused() -> None:
    wanted: Any = SimpleNamespace(use_mla=False, use_sparse=True)
    with pytest.raises(NotImplementedError, match="not supported on CPU"):
        DevicePlatform.get_attn_backend_cls(None, wanted)


@pytest.mark.parametrize(("asked", "given"), [("auto", platform.WORKER), ("my.Own", "my.Own")])
def test_the_worker_is_its_own_unless_one_was_named(
    asked: str, given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = DevicePlatform.__mro__[1]
    monkeypatch.setattr(base, "check_and_update_config", classmethod(lambda cls, config: None))
    config: Any = SimpleNamespace(parallel_config=SimpleNamespace(worker_cls=asked))
    DevicePlatform.check_and_update_config(config)
    DevicePlatform.check_and_update_config(config)
    assert config.parallel_config.worker_cls == given


def overrides() -> list[Any]:
    """Each function of this package's classes that has the name of one of vLLM's."""
    attention = resolve_obj_by_qualname(platform.ATTENTION)
    classes = [
        DevicePlatform,
        resolve_obj_by_qualname(platform.WORKER),
        resolve_obj_by_qualname(platform.COMMUNICATOR),
        attention,
        attention.get_builder_cls(),
        attention.get_impl_cls(),
    ]
    return [
        pytest.param(made, name, id=f"{made.__name__}.{name}")
        for made in classes
        for name in vars(made)
        if callable(getattr(made, name)) and any(name in vars(base) for base in made.__mro__[1:-1])
    ]


@pytest.mark.parametrize(("made", "name"), overrides())
def test_each_override_takes_what_this_vllm_passes(made: type, name: str) -> None:
    own = inspect.signature(getattr(made, name)).parameters
    base = next(base for base in made.__mro__[1:] if name in vars(base))
    theirs = inspect.signature(getattr(base, name)).parameters
    assert list(own)[: len(theirs)] == list(theirs)
