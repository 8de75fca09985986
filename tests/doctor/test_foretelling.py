"""What source foretells of a plugin: each case once told otherwise than vLLM's own loader did."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.doctor.test_command import codes, doctor, install, plugin, site

__all__ = ["site"]

THING = '    return "mine.Thing"\n'


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [
        ("def register():\n    raise RuntimeError('no device')", "raised", "RuntimeError: no device"),
        # Only on the second call, which stands outside any `try`: reading cannot tell.
        (
            "SEEN = []\ndef register():\n    SEEN.append(1)\n    if len(SEEN) > 1:\n"
            "        raise RuntimeError('again')\n" + THING,
            "cannot-tell",
            "may raise RuntimeError (mine.py:5)",
        ),
        ("def check():\n    raise OSError\ndef register():\n    check()\n" + THING, "raised", "OSError"),
        (
            "def register():\n    try:\n        raise OSError\n    except OSError:\n"
            "        return None\n" + THING,
            "cannot-tell",
            "different paths",
        ),
        (
            "def register():\n    try:\n        import no_such_library\n"
            "    except ImportError as error:\n        raise RuntimeError('no') from error\n" + THING,
            "raised",
            "RuntimeError: no",
        ),
        ("import os\ndef register():\n    os.environ['NOT_SET_HERE']\n" + THING, "raised", "KeyError"),
        ("def register():\n    assert False\n" + THING, "raised", "AssertionError"),
        (
            "import sys\ndef register():\n    if sys.version_info < (3, 8):\n"
            "        raise RuntimeError\n" + THING,
            "cannot-tell",
            "RuntimeError",
        ),
        ("def register():\n    if 0:\n        raise RuntimeError\n" + THING, "class", ""),
        ("raise ImportError('broken')\ndef register():\n" + THING, "not-loaded", "ImportError: broken"),
        ("def check():\n    raise OSError\ncheck()\ndef register():\n" + THING, "not-loaded", "OSError"),
        ("import os\nX = os.environ['NOT_SET_HERE']\ndef register():\n" + THING, "not-loaded", "KeyError"),
        (
            "import contextlib\nwith contextlib.suppress(OSError):\n    raise OSError\n"
            "def register():\n" + THING,
            "class",
            "",
        ),
    ],
)  # fmt: skip
def test_what_a_function_will_do(site: Path, body: str, kind: str, reason: str) -> None:
    plugin(site, "mine", body)
    _, document = doctor(site)
    answer = document["platform"]["candidates"][-1]["answer"]
    assert answer["kind"] == kind
    assert reason in (answer["reason"] or "")


@pytest.mark.parametrize(
    ("top", "body", "told"),
    [
        ("import ctypes", "ctypes.CDLL('libx.so')", "calls succeeds (mine.py:3, ctypes.CDLL)"),
        ("from ctypes import cdll", "cdll.LoadLibrary('x')", "(mine.py:3, ctypes.cdll.LoadLib"),
        ("import os\ndef look():\n    os.listdir('/dev')", "look()", "(mine.py:3, os.listdir)"),
        (
            "import ctypes\nLIB = ctypes.CDLL('libx.so')",
            "pass",
            "importing it runs succeeds (mine.py:2, ctypes.CDLL)",
        ),
        ("", "with open('/dev/mine'):\n        pass", "(mine.py:3, open)"),
        ("import os", "os.stat('/dev/mine')", "os.stat"),
        ("import os", "os.path.exists('/dev/mine')", None),
        ("import subprocess as s", "s.run(['smi'])", "subprocess.run"),
        ("import socket", "socket.create_connection(('h', 1))", "socket.create_connection"),
        ("from importlib.metadata import version", "version('driver')", "metadata.version"),
        ("from importlib.metadata import version", "version('mine')", None),
        ("import os", "try:\n        os.stat('x')\n    except OSError:\n        pass", None),
        ("import os", "try:\n        os.stat('x')\n    except KeyError:\n        pass", "os.stat"),
        ("import ctypes", "ctypes.c_int(3)", None),
    ],
)
def test_a_call_that_the_machine_may_fail_is_no_promise(
    site: Path, top: str, body: str, told: str | None
) -> None:
    plugin(site, "mine", f"{top}\ndef register():\n    {body}\n{THING}")
    _, document = doctor(site)
    answer = document["platform"]["candidates"][-1]["answer"]
    assert answer["value"] == "mine.Thing"
    assert answer["kind"] == ("class" if told is None else "cannot-tell")
    assert (told or "") in (answer["reason"] or "")


def test_what_hangs_on_the_machine_is_told_in_the_headline(site: Path) -> None:
    from typer.testing import CliRunner

    from vplug.cli.app import app

    plugin(site, "mine", "import ctypes\ndef register():\n    ctypes.CDLL('libx.so')\n" + THING)
    args = ["doctor", "--no-run", "--prefix", str(site)]
    told = CliRunner().invoke(app, args, standalone_mode=False).stdout
    first = told.splitlines()[0]
    what = "if what register() calls succeeds (mine.py:3, ctypes.CDLL)"
    assert first == f"vLLM would take Thing {what}; no finding"


@pytest.mark.parametrize(
    "body",
    [
        "import sys\ndef register():\n    sys.exit(3)\n",
        "def register():\n    raise KeyboardInterrupt\n",
        "raise SystemExit('no')\ndef register():\n    pass\n",
        "import os\nos._exit(1)\ndef register():\n    pass\n",
    ],
)
def test_what_is_no_exception_is_not_swallowed(site: Path, body: str) -> None:
    plugin(site, "mine", body)
    status, document = doctor(site)
    assert status == 1
    assert document["platform"]["rule"] == "ended"
    assert document["platform"]["class_name"] is None
    assert "VP622" in codes(document)
    failed = [item for item in document["findings"] if item["code"] == "VP620"]
    assert "another platform" not in failed[0]["hint"]


@pytest.mark.parametrize(
    ("part", "error"),
    [
        ("import no_such_library\nclass Thing:\n    pass\n", "ModuleNotFoundError"),
        ("Thing = 3\n", "TypeError"),
        ("class Thing:\n    def __init__(self):\n        raise OSError('no')\n", "OSError: no"),
        ("class Other:\n    pass\n", "Thing"),
    ],
)
def test_the_winners_class_must_be_made(site: Path, part: str, error: str) -> None:
    plugin(site, "mine", 'def register():\n    return "part.Thing"')
    (site / "part.py").write_text(part)
    install(site, "parts")
    _, document = doctor(site)
    assert document["platform"]["rule"] == "one-out-of-tree"
    assert error in document["platform"]["error"]
    assert "VP622" in codes(document)


def test_an_earlier_one_of_a_name_stays_where_the_last_cannot_be_imported(site: Path) -> None:
    for name in ("aaa", "zzz"):
        install(site, name, f"[vllm.general_plugins]\nsame = {name}:register\n")
        (site / f"{name}.py").write_text("def register():\n    pass\n")
    _, document = doctor(site)
    first, last = [item["distribution"] for item in document["load_plan"]["plugins"]]
    before = {item["distribution"]: item for item in document["load_plan"]["plugins"]}
    assert (before[first]["standing"], before[last]["standing"]) == ("hidden", "loads")
    (site / f"{last}.py").write_text("import no_such_library\n")
    _, document = doctor(site)
    after = {item["distribution"]: item for item in document["load_plan"]["plugins"]}
    assert after[first]["standing"] == "loads"
    assert (after[first]["loads"], after[last]["loads"]) == (True, False)
    assert codes(document) == {"VP609"}


def test_an_earlier_one_of_a_name_may_end_the_process(site: Path) -> None:
    for name in ("aaa", "zzz"):
        install(site, name, f"[vllm.platform_plugins]\nsame = {name}:register\n")
        (site / f"{name}.py").write_text("def register():\n    pass\n")
    _, document = doctor(site)
    first = document["load_plan"]["plugins"][0]["distribution"]
    (site / f"{first}.py").write_text("raise SystemExit\n")
    _, document = doctor(site)
    assert document["platform"]["rule"] == "ended"
    assert codes(document) == {"VP607", "VP620", "VP622"}


def test_a_name_has_the_place_of_its_first_that_can_be_imported(site: Path) -> None:
    for name in ("aaa", "mmm", "zzz"):
        install(site, name, f"[vllm.general_plugins]\n{name} = {name}:register\n")
        (site / f"{name}.py").write_text("def register():\n    pass\n")
    _, document = doctor(site)
    first, middle, last = [item["distribution"] for item in document["load_plan"]["plugins"]]
    for name in (first, last):
        entry_points = f"[vllm.general_plugins]\nsame = {name}:register\n"
        (site / f"{name}-1.0.dist-info" / "entry_points.txt").write_text(entry_points)
    _, document = doctor(site)
    assert document["load_plan"]["processes"]["front end"]["general"] == ["same", middle]
    (site / f"{first}.py").write_text("import no_such_library\n")
    _, document = doctor(site)
    assert document["load_plan"]["processes"]["front end"]["general"] == [middle, "same"]
    assert codes(document) == {"VP607"}
