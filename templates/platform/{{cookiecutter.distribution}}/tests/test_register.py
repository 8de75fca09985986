"""The entry point's answer: a name or None, always with a reason, and at little cost."""

import logging
import subprocess
import sys
from collections.abc import Iterator

import pytest

from {{ cookiecutter.package }} import plugin
from {{ cookiecutter.package }}.device import Presence
from {{ cookiecutter.package }}.environment import PLATFORM

NAME = "{{ cookiecutter.package }}.platform.DevicePlatform"


class Device:
    """Stands for look_for_device: answers what it is told to, and counts."""

    def __init__(self) -> None:
        self.answer: Presence | Exception = Presence(True, "it is there")
        self.asked = 0

    def __call__(self) -> Presence:
        self.asked += 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Device:
    made = Device()
    monkeypatch.setattr(plugin, "look_for_device", made)
    monkeypatch.delenv(PLATFORM, raising=False)
    return made


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    # vLLM's own logger does not hand its records on to the root, where caplog listens.
    plugin.logger.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO, logger=plugin.logger.name):
        yield caplog
    plugin.logger.removeHandler(caplog.handler)


def test_with_the_device_the_class_is_named(device: Device, log: pytest.LogCaptureFixture) -> None:
    assert plugin.register() == NAME
    assert not log.records


def test_without_it_there_is_none_and_a_warning(
    device: Device, log: pytest.LogCaptureFixture
) -> None:
    device.answer = Presence(False, "nobody at home")
    assert plugin.register() is None
    assert "No device: nobody at home" in log.text
    assert log.records[-1].levelno == logging.WARNING


def test_off_is_obeyed_and_logged(
    device: Device, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(PLATFORM, "off")
    assert plugin.register() is None
    assert f"{PLATFORM}=off" in log.text


def test_on_skips_the_question(device: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    device.answer = Presence(False, "nobody at home")
    monkeypatch.setenv(PLATFORM, "on")
    assert plugin.register() == NAME
    assert device.asked == 0


def test_a_wrong_value_is_an_error_in_the_log_and_nothing_raised(
    device: Device, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(PLATFORM, "maybe")
    assert plugin.register() is None
    assert f"{PLATFORM} must be auto, on or off, not 'maybe'" in log.text
    assert log.records[-1].levelno == logging.ERROR


def test_a_failing_question_is_an_error_in_the_log_and_nothing_raised(
    device: Device, log: pytest.LogCaptureFixture
) -> None:
    device.answer = OSError("the driver is out of luck")
    assert plugin.register() is None
    assert "Looking for the device failed" in log.text
    assert "the driver is out of luck" in log.text


def test_each_call_asks_once_and_none_remembers(device: Device) -> None:
    # vLLM calls twice in a process; a device that went away in between must be missed.
    assert plugin.register() == NAME
    device.answer = Presence(False, "gone")
    assert plugin.register() is None
    assert device.asked == 2


LOADED = """
import sys
from {{ cookiecutter.package }}.plugin import register
register()
print(sorted({"vllm", "torch", "numpy"} & set(sys.modules)))
"""


def test_answering_loads_neither_vllm_nor_torch() -> None:
    # Each of vLLM's processes pays for this, before it has done anything else.
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
