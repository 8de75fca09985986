"""Plugins that do their worst, each a real wheel: vplug says what happened and leaves nothing behind.

The environment is a stand-in for vLLM's (stub/README.md): what is tested is what becomes of processes,
files and the report, which does not depend on vLLM.
"""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

#: Name → source of the module, the codes that must be found, a phrase of a message.
CASES = {
    "raises": ("raise ValueError('no good')", {"VP701"}, "ValueError: no good"),
    "raises-when-called": (
        "def register():\n    raise KeyError('acme')",
        {"VP702"},
        "KeyError: 'acme'",
    ),
    "raises-an-error-that-cannot-be-shown": (
        (
            "class Odd(Exception):\n    def __str__(self):\n        raise self\n\n"
            "def register():\n    raise Odd"
        ),
        {"VP702"},
        "probed.Odd",
    ),
    "is-no-python": ("def register(:", {"VP701"}, "SyntaxError"),
    "hangs-while-loaded": ("import time\ntime.sleep(1000)", {"VP705"}, "while it is loaded"),
    "hangs-when-called": (
        "import time\ndef register():\n    while True: pass",
        {"VP705"},
        "while it is called",
    ),
    "hangs-and-ignores-signals": (
        (
            "import signal, time\nfor n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
            "    signal.signal(n, signal.SIG_IGN)\ntime.sleep(1000)"
        ),
        {"VP705"},
        "does not come back",
    ),
    "calls-sys-exit": ("import sys\nsys.exit('bye')", {"VP704"}, "SystemExit: bye"),
    "calls-os-exit": (
        "import os\ndef register():\n    os._exit(7)",
        {"VP704"},
        "with status 7",
    ),
    "segfaults": (
        "import ctypes\ndef register():\n    ctypes.string_at(0)",
        {"VP704"},
        "SIGSEGV",
    ),
    "aborts": ("import os\nos.abort()", {"VP704"}, "SIGABRT"),
    "kills-itself": (
        "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
        {"VP704"},
        "SIGKILL",
    ),
    "kills-its-group": (
        "import os, signal\nos.killpg(0, signal.SIGKILL)",
        {"VP704"},
        "SIGKILL",
    ),
    "kills-its-parents-group": (
        (
            "import os, signal, time\ndef register():\n"
            "    os.killpg(os.getpgid(os.getppid()), signal.SIGKILL)\n    time.sleep(0.3)"
        ),
        {"VP704"},
        "kills its parent process with SIGKILL",
    ),
    "forks-and-leaves-it": (
        "import os, time\ndef register():\n    if os.fork() == 0:\n        time.sleep(1000)",
        {"VP725"},
        "leaves a process behind",
    ),
    "daemonises": (
        (
            "import os, time\ndef register():\n    if os.fork() == 0:\n        os.setsid()\n"
            "        if os.fork() == 0:\n            time.sleep(1000)\n        os._exit(0)"
        ),
        {"VP725"},
        "leaves a process behind",
    ),
    "forks-on-and-on": (
        "import os, time\nfor _ in range(4):\n    os.fork()\ntime.sleep(1000)",
        {"VP705"},
        "does not come back",
    ),
    "starts-programs": (
        "import subprocess\nsubprocess.Popen(['sleep', '1000'], start_new_session=True)",
        {"VP725"},
        "sleep 1000",
    ),
    "prints-megabytes": (
        "def register():\n    for _ in range(300):\n        print('x' * 10_000)",
        {"VP728"},
        "MB",
    ),
    "writes-to-descriptors": (
        "import os\ndef register():\n    os.write(1, b'{\"schema\": 1}')\n    os.write(2, b'\\xff\\x00')",
        set(),
        "",
    ),
    "closes-descriptors": (
        "import os\ndef register():\n    os.close(1)\n    os.close(2)",
        {"VP703"},
        "Bad file descriptor",
    ),
    "closes-python-streams": (
        "import sys\ndef register():\n    sys.stdout.close()\n    sys.stderr = None",
        {"VP724"},
        "sys.stderr",
    ),
    "changes-the-working-folder": (
        "import os\ndef register():\n    os.chdir('/')",
        {"VP724"},
        "the working folder",
    ),
    "removes-the-working-folder": (
        "import os, shutil\nshutil.rmtree(os.getcwd())",
        {"VP724"},
        "(gone)",
    ),
    "leaves-threads": (
        (
            "import threading, time\ndef register():\n"
            "    threading.Thread(target=time.sleep, args=(1000,), name='poller').start()"
        ),
        {"VP725"},
        "'poller' running (not a daemon)",
    ),
    "leaves-daemon-threads": (
        (
            "import threading, time\n"
            "threading.Thread(target=time.sleep, args=(1000,), name='d', daemon=True).start()\n"
            "def register(): pass"
        ),
        {"VP725"},
        "'d' running (daemon)",
    ),
    "eats-memory": (
        "def register():\n    held = []\n    while True:\n        held.append(bytearray(20_000_000))",
        {"VP706"},
        "MiB of memory",
    ),
    "recurses": ("def register():\n    register()", {"VP702"}, "RecursionError"),
    "deadlocks-in-a-fork": (
        (
            "import threading, os\nlock = threading.Lock()\nseen = []\n\n"
            "def register():\n    if os.getpid() in seen:\n        return\n"
            "    if seen:\n        lock.acquire()\n        lock.acquire()\n"
            "    seen.append(os.getpid())\n"
        ),
        {"VP708"},
        "in a forked process it does not come back",
    ),
    "writes-files": (
        (
            "import pathlib, tempfile\ndef register():\n    pathlib.Path('here').write_text('x')\n"
            "    tempfile.mkdtemp()"
        ),
        set(),
        "",
    ),
    "daemon-that-cannot-be-ended": (
        (
            "import os, signal, socket, time\n\ndef register():\n"
            "    if os.fork() == 0:\n"
            "        os.setsid()\n        if os.fork():\n            os._exit(0)\n"
            "        os.environ.clear()\n"
            "        for n in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):\n"
            "            signal.signal(n, signal.SIG_IGN)\n"
            "        held = socket.socket()\n        held.bind(('127.0.0.1', 0))\n"
            "        held.listen()\n        os.closerange(0, 3)\n        time.sleep(1000)\n"
            "    os.wait()\n"
        ),
        {"VP725"},
        "leaves a process behind",
    ),
    "fork-goes-on-in-our-code": (
        "import os\ndef register():\n    if os.fork() == 0:\n        raise ValueError('in the fork')",
        set(),
        "",
    ),
    "removes-itself": (
        "import os\ndef register():\n    if os.path.exists(__file__):\n        os.remove(__file__)",
        {"VP724"},
        "it removes installed files: probed.py",
    ),
    "ignores-its-children": (
        "import signal\ndef register():\n    signal.signal(signal.SIGCHLD, signal.SIG_IGN)",
        {"VP724"},
        "SIGCHLD",
    ),
    "closes-all-descriptors": ("import os\ndef register():\n    os.closerange(3, 256)", set(), ""),
    "dies-in-a-fork": (
        (
            "import os\nhere = os.getpid()\ndef register():\n"
            "    if os.getpid() != here:\n        os._exit(3)\n"
        ),
        {"VP708"},
        "in a forked process it leaves the process with status 3",
    ),
    "replaces-what-we-use": (
        (
            "import builtins, json, os\n\ndef nope(*_, **__):\n    raise RuntimeError('patched')\n\n"
            "def register():\n    json.dumps = json.loads = builtins.open = nope\n"
            "    os.fork = os.kill = os.replace = os.waitpid = os._exit = nope\n"
        ),
        {"VP724"},
        "builtins open",
    ),
    "raises-what-a-terminal-obeys": (
        "def register():\n    raise ValueError('\\x1b[2J\\x00\\u202e')",
        {"VP702"},
        "ValueError: \x1b[2J",
    ),
    "locks-its-folders": (
        ("import os\ndef register():\n    os.makedirs('d/e', exist_ok=True)\n    os.chmod('d', 0)"),
        None,
        "",
    ),
    "empties-sys-modules": (
        "import sys\ndef register():\n    sys.modules.clear()",
        None,
        "",
    ),
    "breaks-builtins": (
        "import builtins\ndef register():\n    builtins.open = None\n    builtins.len = None",
        None,
        "",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_plugin(name: str, wheel, stub: Path, outside) -> None:
    source, codes, phrase = CASES[name]
    if "def register" not in source:
        source += "\ndef register():\n    pass\n"
    done = outside.run(
        *("verify", wheel(source), "--python", stub, "--json"),
        *("--timeout", "3", "--memory", "300M"),
    )
    report = json.loads(done.stdout)
    assert report["schema"] == "vplug.verify/1"
    assert "Traceback" not in done.stderr
    (target,) = report["targets"]
    assert target["error"] is None
    outcomes = {item["outcome"] for item in target["outcomes"]}
    assert "crashed" not in outcomes
    found = {item["code"] for item in target["findings"]}
    if codes is not None:
        assert codes <= found, target["findings"]
        assert found - codes <= {"VP707", "VP725", "VP721"} if codes else not found
        assert phrase in " ".join(item["message"] for item in target["findings"])
    assert done.returncode == report["status"]
    assert len(done.stdout) < 4_000_000
    outside.assert_nothing_left()


def test_a_terminal_gets_nothing_to_obey(wheel, stub: Path, outside) -> None:
    source = "def register():\n    raise ValueError('\\x1b[2J \\x00 \\u202e')\n"
    done = outside.run("verify", wheel(source), "--python", stub)
    assert r"ValueError: \x1b[2J \x00 \u202e" in " ".join(done.stdout.split())
    assert all(item.isprintable() or item == "\n" for item in done.stdout)


def test_where_nothing_could_be_told_it_is_no_pass(wheel, own_stub, outside, tmp_path) -> None:
    python = own_stub(tmp_path)
    (vllm,) = tmp_path.glob("env/lib/python3.*/site-packages/vllm/__init__.py")
    vllm.write_text("raise OSError('libtorch.so: cannot open shared object file')\n")
    done = outside.run("verify", wheel("def register(): pass"), "--python", python)
    assert done.returncode == 4
    assert "the environment's vLLM cannot be imported: OSError: libtorch.so" in done.stdout


HANGS = "import time\ndef register():\n    time.sleep(1000)\n"
HANGS_HARD = (
    "import os, signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "if os.fork() == 0:\n    os.setsid()\ntime.sleep(1000)\ndef register(): pass\n"
)


@pytest.mark.parametrize("source", [HANGS, HANGS_HARD], ids=["plain", "hard"])
@pytest.mark.parametrize("after", [0.1, 0.3, 0.5, 0.7, 0.9, 1.2, 1.6, 2.5])
def test_interrupt_at_any_time(after: float, source: str, wheel, stub: Path, outside) -> None:
    path = wheel(source)
    process = outside.start("verify", path, "--python", stub)
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    # Before vplug has begun, Python itself may be the one that is interrupted.
    assert process.returncode in (130, -signal.SIGINT)
    assert out == ""
    assert "Traceback" not in err or process.returncode == -signal.SIGINT or after < 0.5
    outside.wait_until_gone()
    outside.assert_nothing_left()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_again_and_again(number: signal.Signals, wheel, stub: Path, outside) -> None:
    process = outside.start("verify", wheel(HANGS_HARD), "--python", stub)
    until_probing(process)
    for _ in range(5):
        process.send_signal(number)
        time.sleep(0.03)
    process.communicate(timeout=60)
    assert process.returncode == 130
    outside.assert_nothing_left()


def test_vplug_itself_is_killed(wheel, stub: Path, outside) -> None:
    process = outside.start("verify", wheel(HANGS_HARD), "--python", stub)
    until_probing(process)
    time.sleep(0.5)
    process.kill()
    process.communicate(timeout=60)
    outside.wait_until_gone()
    outside.assert_nothing_left()


def until_probing(process) -> None:
    for line in process.stderr:
        if line.startswith("probing"):
            return
    raise AssertionError("it never began to probe")


BACKEND = """\
import pathlib, subprocess, time

def _hang(*_):
    subprocess.Popen(["sleep", "1000"])
    time.sleep(1000)

build_sdist = build_wheel = _hang
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_while_it_is_built(number: signal.Signals, stub: Path, outside, tmp_path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / "backend.py").write_text(BACKEND)
    (project / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n\n'
        '[project]\nname = "probed"\nversion = "1"\n\n'
        '[project.entry-points."vllm.general_plugins"]\nprobed = "probed:register"\n'
    )
    process = outside.start("verify", project, "--python", stub, "--no-isolation")
    for line in process.stderr:
        if line.startswith("building the sdist"):
            break
    deadline = time.monotonic() + 20
    while len(outside.processes()) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 130
    outside.wait_until_gone()
    outside.assert_nothing_left()
