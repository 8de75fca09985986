"""``vplug publish`` on a terminal: the question, and the interrupt at it and while sending."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.publish.made import committed
from tests.publish.servers import Handler, serving
from tests.support import clean_environment

pty = pytest.importorskip("pty")

CANARY = "canary-terminal-5"


class Terminal:
    """The command on a pseudo-terminal; what it shows is collected."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self._master = master
        self.shown = ""
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._master, 4096):
                self.shown += data.decode(errors="replace")

    def wait_for(self, text: str) -> None:
        """Wait until ``text`` is shown."""
        for _ in range(1200):
            if text in self.shown:
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        assert text in self.shown, self.shown

    def type(self, text: str) -> None:
        """Type."""
        os.write(self._master, text.encode())

    def interrupt(self) -> None:
        """What Ctrl-C sends, to every process of the terminal."""
        os.killpg(self.process.pid, signal.SIGINT)

    def end(self) -> int:
        """Wait for its end; return its status."""
        status = self.process.wait(60)
        self._reader.join(5)
        assert "Traceback" not in self.shown
        assert CANARY not in self.shown
        return status


@contextmanager
def terminal(folder: Path, *words: str) -> Iterator[Terminal]:
    """Run ``vplug publish`` on a terminal in ``folder``."""
    master, slave = pty.openpty()
    env = {"TERM": "xterm", "COLUMNS": "200", "TWINE_USERNAME": "bob", "TWINE_PASSWORD": CANARY}
    process = subprocess.Popen(
        [sys.executable, "-m", "vplug", "publish", *words],
        cwd=folder, env=clean_environment(**env), stdin=slave, stdout=slave, stderr=slave,
        start_new_session=True,
    )  # fmt: skip
    os.close(slave)
    try:
        yield Terminal(process, master)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(master)


def test_no_and_yes(plugin: Path) -> None:
    committed(plugin)
    taken = []

    def post(handler: Handler) -> None:
        taken.append(handler.body())
        handler.answer(403)

    with serving(post) as url:
        with terminal(plugin, "--repository-url", url) as shown:
            shown.wait_for(f"Send these 2 files to {url}? [y/N]")
            assert "sha256" in shown.shown
            shown.type("n\n")
            assert shown.end() == 130
            assert "not sent" in shown.shown
        assert taken == []
        with terminal(plugin, "--repository-url", url) as shown:
            shown.wait_for("? [y/N]")
            shown.type("y\n")
            assert shown.end() == 4
            assert "does not let you upload" in shown.shown
        assert len(taken) == 1


def test_an_interrupt_at_the_question(plugin: Path) -> None:
    committed(plugin)
    with serving(lambda handler: None) as url, terminal(plugin, "--repository-url", url) as shown:
        shown.wait_for("? [y/N]")
        shown.interrupt()
        assert shown.end() == 130
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.shown).replace("\r", "")
    assert "to send " in plain
    assert plain.partition("[y/N]: ")[2].replace("^C", "") == (
        "\nerror: interrupted; nothing was sent\n"
    )


def test_an_interrupt_while_sending_tells_what_is_up(plugin: Path) -> None:
    committed(plugin)
    gone, reached = threading.Event(), threading.Event()

    def post(handler: Handler) -> None:
        if b"py3-none-any.whl" in handler.body():
            handler.answer(200)
            return
        reached.set()
        gone.wait(60)

    with serving(post) as url, terminal(plugin, "--yes", "--repository-url", url) as shown:
        assert reached.wait(60), shown.shown
        shown.interrupt()
        status = shown.end()
        gone.set()
    assert status == 130
    assert "interrupted while sending" in shown.shown
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.shown)
    assert "sent     dist/demo-1.0-py3-none-any.whl" in plain
    assert "broken   dist/demo-1.0.tar.gz" in plain
    assert "Send the rest with: vplug publish --skip-existing --repository-url" in shown.shown
