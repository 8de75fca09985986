"""Children under watch: how each ends is told apart, and nothing of them is left."""

from __future__ import annotations

import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from vplug.probe.child import (
    SCRIPTS,
    TOKEN,
    ChildRun,
    Ending,
    Limits,
    child_environment,
    run_script,
    start_command,
    start_script,
)

PYTHON = Path(sys.executable)


@pytest.fixture
def script(tmp_path: Path):
    def make(body: str) -> Path:
        path = tmp_path / "script.py"
        path.write_text(
            f"import sys; sys.path.insert(0, {str(SCRIPTS)!r})\n"
            "import _vplug_channel as channel\n"
            "request = channel.open_request()\n" + textwrap.dedent(body)
        )
        return path

    return make


@pytest.fixture
def run(script):
    def go(body: str, seconds: float = 20, **more) -> ChildRun:
        request = more.pop("request", {"a": [1, "ä"]})
        limits = Limits(seconds, more.pop("memory", None), more.pop("output", 4000))
        return run_script(PYTHON, script(body), request, limits=limits, **more)

    return go


def pid_is_alive(pid: int) -> bool:
    """Whether it runs; a zombie that some test runner has not collected does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_reply_comes_back(run) -> None:
    seen = run("print('out'); print('err', file=sys.stderr); channel.finish(request)")
    assert seen.ending is Ending.REPLIED
    assert seen.reply == {"a": [1, "ä"]}
    assert (seen.stdout, seen.stderr) == ("out\n", "err\n")
    assert seen.returncode == 0
    assert seen.left == ()
    assert seen.peak_rss_bytes


def test_ways_to_leave_without_a_reply(run) -> None:
    raised = run("raise ValueError('no')")
    assert (raised.ending, raised.returncode) == (Ending.EXITED, 1)
    assert "ValueError: no" in raised.stderr
    assert run("import os; os._exit(3)").returncode == 3
    assert run("sys.exit(0)").ending is Ending.EXITED


def test_what_was_noted_before_a_crash_is_known(run) -> None:
    seen = run("import ctypes\nchannel.note({'step': 2})\nctypes.string_at(0)")
    assert (seen.ending, seen.signal) == (Ending.KILLED, "SIGSEGV")
    assert seen.reply == {"step": 2}


def test_time_is_up_for_one_that_ignores_signals(run) -> None:
    seen = run(
        """
        import os, signal, time
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        channel.note({"pid": os.getpid()})
        time.sleep(1000)
        """,
        seconds=1,
    )
    assert seen.ending is Ending.TIMED_OUT
    assert seen.signal is None
    assert not pid_is_alive(seen.reply["pid"])


def test_memory_is_bounded_over_all_descendants(run) -> None:
    hog = """
        import os, time
        for _ in range(3):
            if os.fork() == 0:
                held = b"x" * 120_000_000
                time.sleep(1000)
        time.sleep(1000)
        """
    assert run(hog, memory=250_000_000).ending is Ending.OUT_OF_MEMORY


def test_megabytes_are_kept_within_bounds(run) -> None:
    seen = run(
        """
        import os
        os.write(1, b"begin")
        for _ in range(200):
            os.write(1, b"x" * 50_000)
        os.write(1, b"end")
        channel.finish({})
        """,
        output=1000,
    )
    assert seen.ending is Ending.REPLIED
    assert seen.printed_bytes == 10_000_008
    assert len(seen.stdout) < 1200
    assert seen.stdout.startswith("begin")
    assert seen.stdout.endswith("end")
    assert "bytes left out" in seen.stdout


def test_daemons_are_found_and_ended(run) -> None:
    seen = run(
        """
        import os, time
        read, write = os.pipe()
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.write(write, b"%d" % os.getpid())
                time.sleep(1000)
            os._exit(0)
        channel.finish({"pid": int(os.read(read, 20))})
        """
    )
    assert seen.ending is Ending.REPLIED
    assert len(seen.left) == 1
    assert not pid_is_alive(seen.reply["pid"])


def test_a_fork_that_runs_on_has_no_say(run) -> None:
    seen = run(
        """
        import os
        pid = os.fork()
        if pid == 0:
            channel.finish({"who": "fork"})
        os.waitpid(pid, 0)
        channel.finish({"who": "child"})
        """
    )
    assert seen.reply == {"who": "child"}


@pytest.mark.parametrize("number", ["SIGKILL", "SIGTERM", "SIGSTOP"])
def test_killing_the_parents_group_is_seen_and_hits_a_stand_in(run, number: str) -> None:
    seen = run(
        f"""
        import os, signal, time
        os.killpg(os.getpgid(os.getppid()), signal.{number})
        time.sleep(0.2)
        channel.finish({{"alive": True}})
        """
    )
    assert seen.ending is Ending.REPLIED
    assert seen.reply == {"alive": True}
    assert seen.parent_signal == number


def test_even_its_supervisor_may_be_killed(run) -> None:
    seen = run(
        """
        import os, signal, time
        parent = int(open(f"/proc/{os.getppid()}/stat").read().rsplit(")", 1)[1].split()[1])
        channel.note({"pid": os.getpid()})
        os.kill(parent, signal.SIGKILL)
        time.sleep(1000)
        """
    )
    assert (seen.ending, seen.parent_signal) == (Ending.KILLED, "SIGKILL")
    assert not pid_is_alive(seen.reply["pid"])


def test_threads_do_not_hold_up_a_reply(run) -> None:
    seen = run(
        """
        import threading, time
        threading.Thread(target=time.sleep, args=(1000,)).start()
        channel.finish({})
        """
    )
    assert seen.ending is Ending.REPLIED


def test_an_interpreter_that_is_not_there(tmp_path: Path) -> None:
    seen = run_script(tmp_path / "python", tmp_path / "x.py", {}, limits=Limits(5))
    assert seen.ending is Ending.NOT_STARTED
    assert "No such file" in seen.stderr


def test_its_world(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("VPLUG_DEBUG", "1")
    (tmp_path / "front").mkdir()
    (tmp_path / "front" / "more.pth").write_text(str(tmp_path / "hooked"))
    (tmp_path / "hooked").mkdir()
    seen = run(
        """
        import os
        channel.finish({"path": sys.path, "cwd": os.listdir("."), "env": dict(os.environ),
                        "tty": os.isatty(0), "argv": sys.argv[1:]})
        """,
        path=[tmp_path / "front"],
    )
    told = seen.reply
    places = {path: place for place, path in enumerate(told["path"])}
    front = places[str(tmp_path / "front")]
    sites = [place for path, place in places.items() if path.endswith("site-packages")]
    assert front < min(sites)
    (standard,) = [place for path, place in places.items() if path.endswith("lib-dynload")]
    assert standard < front, "nothing installed hides the standard library"
    assert told["path"][-1] == str(tmp_path / "hooked"), ".pth files count as in a site folder"
    assert str(SCRIPTS) not in told["path"]
    assert told["cwd"] == []
    assert told["argv"] == []
    assert not told["tty"]
    assert told["env"]["PYTHONPATH"] == str(tmp_path / "front")
    assert "VPLUG_DEBUG" not in told["env"]
    assert told["env"][TOKEN]
    assert not Path(told["env"]["TMPDIR"]).exists()


def test_a_server_is_asked_to_stop_before_it_is_killed(script, tmp_path: Path) -> None:
    body = """
        import os, time
        print("up", flush=True)
        channel.note({"pid": os.getpid()})
        try:
            time.sleep(1000)
        except KeyboardInterrupt:
            channel.finish({"asked": True})
        """
    log = tmp_path / "log"
    with start_script(PYTHON, script(body), {}, limits=Limits(60), log=log) as child:
        deadline = time.monotonic() + 20
        while not child.reply and time.monotonic() < deadline:
            time.sleep(0.02)
        assert child.poll() is None
        seen = child.stop(grace=10)
    assert seen.ending is Ending.REPLIED
    assert seen.reply == {"asked": True}
    assert log.read_text() == "up\n"


def test_leaving_the_block_ends_it() -> None:
    mine: list[psutil.Process] = []

    def use() -> None:
        with start_command(["/bin/sleep", "1000"], limits=Limits(None)) as child:
            deadline = time.monotonic() + 20
            while not mine and time.monotonic() < deadline:
                assert child.wait(0.05) is None
                for process in psutil.Process().children(recursive=True):
                    # What another test left behind may be dying just now.
                    with suppress(psutil.Error):
                        if process.cmdline() == ["/bin/sleep", "1000"]:
                            mine.append(process)
            raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        use()
    assert len(mine) == 1
    assert not pid_is_alive(mine[0].pid)


def test_another_thread_can_stop_it(run) -> None:
    import threading

    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    seen = run("import time; time.sleep(1000)", stop=stop)
    assert seen.ending is Ending.STOPPED


def test_it_runs_in_a_thread(run) -> None:
    """PDEATHSIG would fire when the thread that started a process ends; the lifeline does not."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        ran = list(pool.map(lambda _: run("channel.finish({})").ending, range(2)))
    assert ran == [Ending.REPLIED] * 2


def test_the_environment_for_children_writes_no_bytecode() -> None:
    given = child_environment({"X": "1"})
    assert given["PYTHONDONTWRITEBYTECODE"] == "1"
    assert given["X"] == "1"
