"""The writing thread: nothing that goes wrong with the file leaves it."""

import json
import logging
import multiprocessing
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package }} import writer as writer_module
from {{ cookiecutter.package }}.environment import Settings
from {{ cookiecutter.package }}.writer import BACKLOG, Writer, writer_for


class Lines:
    """Keeps the lines, counts the appends, and fails when told to."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.appends = 0
        self.error: Exception | None = None

    def append(self, lines: list[str]) -> None:
        self.appends += 1
        if self.error:
            raise self.error
        self.lines += map(json.loads, lines)


@pytest.fixture
def lines() -> Lines:
    return Lines()


def test_a_line_says_when_and_from_where(lines: Lines) -> None:
    writer = Writer(lines, 1)
    writer.add_source({"engine": 3}, lambda: {"steps": 1})
    writer.flush()
    (line,) = lines.lines
    assert (line["engine"], line["steps"], line["pid"]) == (3, 1, os.getpid())
    assert line["process"] == multiprocessing.current_process().name
    assert line["time"].endswith("+00:00")


def test_sources_with_nothing_to_say_touch_no_file(lines: Lines) -> None:
    writer = Writer(lines, 1)
    writer.add_source({"engine": 0}, lambda: None)
    writer.flush()
    assert lines.appends == 0


def test_a_full_disk_is_said_once_and_the_lines_wait(
    lines: Lines, caplog: pytest.LogCaptureFixture
) -> None:
    writer = Writer(lines, 1)
    lines.error = OSError(28, "No space left on device")
    with caplog.at_level(logging.WARNING, logger=writer_module.logger.name):
        writer_module.logger.addHandler(caplog.handler)
        for number in range(3):
            writer.event("e", number=number)
            writer.flush()
        lines.error = None
        writer.flush()
        writer_module.logger.removeHandler(caplog.handler)
    assert [line["number"] for line in lines.lines] == [0, 1, 2]
    said = [message for message in caplog.messages if "wait" in message]
    assert len(set(said)) == 1
    assert "No space left" in said[0]
    assert "Statistics are written again; 0 lines were lost." in caplog.messages


def test_the_oldest_lines_go_first_when_too_many_wait(lines: Lines) -> None:
    writer = Writer(lines, 1)
    lines.error = OSError(28, "No space left on device")
    for number in range(BACKLOG + 10):
        writer.event("e", number=number)
    writer.flush()
    lines.error = None
    writer.flush()
    assert [line["number"] for line in lines.lines] == list(range(10, BACKLOG + 10))


def test_a_source_that_fails_does_not_end_the_thread(lines: Lines) -> None:
    def fail() -> None:
        raise RuntimeError("out of luck")

    writer = Writer(lines, 1)
    writer.add_source({}, fail)
    writer.flush()
    writer.event("after")
    writer.flush()
    assert lines.appends == 0


def test_nobody_waits_for_a_disk_that_hangs(lines: Lines) -> None:
    hanging, release = threading.Event(), threading.Event()

    class Hanging:
        def append(self, lines: list[str]) -> None:
            hanging.set()
            release.wait(60)

    writer = Writer(Hanging(), 1)
    writer.event("first")
    thread = threading.Thread(target=writer.flush)
    thread.start()
    assert hanging.wait(60)
    # These come back although the disk does not.
    writer.event("second")
    writer.add_source({}, lambda: None)
    release.set()
    thread.join(60)
    assert not thread.is_alive()


def test_what_is_left_is_written_at_the_end_and_once(lines: Lines) -> None:
    writer = Writer(lines, 3600)
    writer.start()
    writer.event("last")
    writer.close()
    writer.close()
    assert [line["event"] for line in lines.lines] == ["last"]


def test_the_engines_of_a_process_share_a_writer(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "s.jsonl", 1000, 1, 3600)
    assert writer_for(settings) is writer_for(settings)
    assert writer_for(settings) is not writer_for(Settings(tmp_path / "t.jsonl", 1000, 1, 3600))
