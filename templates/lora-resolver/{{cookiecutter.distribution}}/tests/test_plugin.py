"""The entry point without vLLM: what it does when nothing, or something wrong, is configured."""

import logging

import pytest

from {{ cookiecutter.package }} import environment
from {{ cookiecutter.package }}.plugin import logger, register


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (environment.DIR, environment.PLAIN_DIR, environment.URL):
        monkeypatch.delenv(name, raising=False)


def test_unconfigured_it_says_so_and_does_nothing(caplog: pytest.LogCaptureFixture) -> None:
    logger.addHandler(caplog.handler)
    with caplog.at_level(logging.INFO, logger=logger.name):
        register()
    logger.removeHandler(caplog.handler)
    assert f"neither {environment.DIR} nor {environment.URL} is set" in caplog.text


def test_a_wrong_folder_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(environment.DIR, "/no/such/folder/here")
    with pytest.raises(ValueError, match=f"{environment.DIR}: .* does not exist"):
        register()
