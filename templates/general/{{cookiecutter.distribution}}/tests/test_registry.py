"""How registrations are run: once, lazily, on the right vLLM, with failures caught."""

import logging
import sys
from types import ModuleType

import pytest

from {{ cookiecutter.package }} import registry
from {{ cookiecutter.package }}.plugin import REGISTRATIONS
from {{ cookiecutter.package }}.registry import Registration, run_all

TARGET = "made_up_target"


class Target(ModuleType):
    """A module with a function that counts its calls and fails when told to."""

    calls = 0
    fails = False

    def install(self) -> None:
        self.calls += 1
        if self.fails:
            raise RuntimeError("out of luck")


@pytest.fixture
def target(monkeypatch: pytest.MonkeyPatch) -> Target:
    module = Target(TARGET)
    monkeypatch.setitem(sys.modules, TARGET, module)
    return module


@pytest.fixture(autouse=True)
def vllm_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "vllm_version", lambda: "0.30.0+cpu")


def test_it_runs_once_however_often_it_is_asked_for(target: Target) -> None:
    for _ in range(3):
        run_all([Registration("one", f"{TARGET}:install")])
    assert target.calls == 1


@pytest.mark.parametrize(
    ("specifier", "calls"), [("", 1), (">=0.30,<0.31", 1), (">=0.31", 0), ("<0.30", 0)]
)
def test_it_runs_on_the_releases_it_is_for(target: Target, specifier: str, calls: int) -> None:
    run_all([Registration("one", f"{TARGET}:install", vllm=specifier)])
    assert target.calls == calls


@pytest.mark.parametrize(("version", "calls"), [("0.31.0rc1", 1), ("dev", 1), ("0.30.2", 0)])
def test_built_and_early_versions_count_as_what_they_name(
    target: Target, monkeypatch: pytest.MonkeyPatch, version: str, calls: int
) -> None:
    monkeypatch.setattr(registry, "vllm_version", lambda: version)
    run_all([Registration("one", f"{TARGET}:install", vllm=">=0.31")])
    assert target.calls == calls


def test_a_failure_is_logged_and_the_next_one_runs(
    target: Target, caplog: pytest.LogCaptureFixture
) -> None:
    missing = Registration("absent", "no_such_module_here:install")
    with caplog.at_level(logging.ERROR, logger=registry.logger.name):
        registry.logger.addHandler(caplog.handler)
        run_all([missing, Registration("one", f"{TARGET}:install")])
        registry.logger.removeHandler(caplog.handler)
    assert "absent failed; vLLM goes on without it." in caplog.messages
    assert target.calls == 1


def test_what_failed_is_tried_again_when_asked_for_again(target: Target) -> None:
    target.fails = True
    one = Registration("one", f"{TARGET}:install")
    run_all([one])
    target.fails = False
    run_all([one])
    assert target.calls == 2


def test_a_required_failure_leaves_the_plugin(target: Target) -> None:
    target.fails = True
    with pytest.raises(registry.RegistrationError, match="one: out of luck"):
        run_all([Registration("one", f"{TARGET}:install", required=True)])


def test_the_names_in_the_table_are_distinct() -> None:
    names = [registration.name for registration in REGISTRATIONS]
    assert len(set(names)) == len(names)
