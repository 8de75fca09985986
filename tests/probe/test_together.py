"""Several plugins of one distribution, each fine alone."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from vplug.model import Finding, OutcomeKind, TargetReport
from vplug.rules.config import Settings
from vplug.verify.probing import probe
from vplug.verify.run import Options, verify

GENERAL, PLATFORM = "vllm.general_plugins", "vllm.platform_plugins"
REGISTER = (
    "from vllm.worker import register\n\n\ndef one():\n    put('A', {0})\n\n\n"
    "def two():\n    put({1}, {2})\n\n\n"
    "def put(name, value):\n    from vllm.worker import REGISTRY\n"
    "    if REGISTRY.get(name) is not value:\n        register(name, value)\n\n\n"
    "class One: pass\n\n\nclass Two: pass\n"
)
PLATFORMS = "def one(): return 'acme_platform.Acme'\n\n\ndef two(): return 'acme_platform.Acme'\n"
CLASS = "from vllm.platforms.interface import Platform\n\n\nclass Acme(Platform):\n    pass\n"


def made(wheel, source: str, groups: dict[str, str], **more: str) -> Path:
    """A wheel with the entry points ``one`` and ``two``, each in a group."""
    lines = {
        group: "".join(f"{name} = probed:{name}\n" for name in groups if groups[name] == group)
        for group in groups.values()
    }
    group = "".join(f"{group}]\n{text}[" for group, text in lines.items())
    return wheel(source, group=f"{group}other.plugins", more=more)


def verified(
    wheel, stub: Path, source: str, groups: dict[str, str], seconds: float = 20, **more: str
) -> TargetReport:
    path = made(wheel, source, groups, **more)
    options = Options(python=stub, seconds=seconds, memory_bytes=300_000_000)
    (target,) = verify([str(path)], Settings(), options, [probe]).targets
    assert target.error is None, target.error
    return target


def of_rule(target: TargetReport) -> tuple[OutcomeKind, list[Finding]]:
    (kind,) = [item.kind for item in target.outcomes if item.code == "VP709"]
    return kind, [item for item in target.findings if item.code == "VP709"]


def two(group: str) -> dict[str, str]:
    return {"one": group, "two": group}


def test_two_platforms_for_one_machine(wheel, stub: Path) -> None:
    more = {"acme_platform.py": CLASS}
    kind, (finding,) = of_rule(verified(wheel, stub, PLATFORMS, two(PLATFORM), **more))
    assert kind is OutcomeKind.FAIL
    assert finding.message == (
        "each of its plugins works alone; with all of them vLLM does not settle on a platform: "
        "RuntimeError: Only one platform plugin can be activated; not caught: the process dies"
    )


def test_a_name_that_is_registered_twice(wheel, stub: Path) -> None:
    source = REGISTER.format("One", "'A'", "Two")
    kind, found = of_rule(verified(wheel, stub, source, two(GENERAL)))
    assert kind is OutcomeKind.FAIL
    told = {str(finding.severity): finding for finding in found}
    assert "loading them ends: ValueError: A is already registered" in told["error"].message
    assert str(told["error"].location) == "probed.py:15"
    assert "register vllm.worker.REGISTRY[A], each something else (one: probed.One, two: " in (
        told["warning"].message
    )


def test_one_that_ends_the_process(wheel, stub: Path) -> None:
    source = (
        "import os\n\n\ndef one():\n    os.environ['A'] = '1'\n\n\n"
        "def two():\n    if 'A' in os.environ:\n        os._exit(3)\n"
    )
    kind, (finding,) = of_rule(verified(wheel, stub, source, two(GENERAL)))
    assert kind is OutcomeKind.FAIL
    assert "while vLLM loads its general plugins, the process leaves with status 3" in (
        finding.message
    )


WAITS = (
    "import os, time\n\n\ndef one():\n    os.environ['A'] = '1'\n\n\n"
    "def two():\n    if 'A' in os.environ:\n        time.sleep(1000)\n"
)


def test_one_that_waits_for_ever(wheel, stub: Path) -> None:
    kind, (finding,) = of_rule(verified(wheel, stub, WAITS, two(GENERAL), seconds=5))
    assert kind is OutcomeKind.FAIL
    assert "the process does not come back: it was ended" in finding.message


def test_an_interrupt_leaves_nothing(wheel, stub: Path, outside) -> None:
    path = made(wheel, WAITS, two(GENERAL))
    process = outside.start("verify", path, "--python", stub)
    assert any("together" in line for line in process.stderr)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    outside.wait_until_gone()
    outside.assert_nothing_left()


@pytest.mark.parametrize("args", [("One", "'A'", "One"), ("One", "'B'", "Two")])
def test_what_gets_on_with_each_other(args: tuple[str, str, str], wheel, stub: Path) -> None:
    assert of_rule(verified(wheel, stub, REGISTER.format(*args), two(GENERAL))) == (
        OutcomeKind.PASS,
        [],
    )


@pytest.mark.parametrize(
    ("source", "groups"),
    [
        ("def one(): pass\n", {"one": GENERAL}),
        ("def one(): pass\n\n\ndef two(): raise OSError\n", two(GENERAL)),
        (
            "def one(): pass\n\n\ndef two(): pass\n",
            {"one": GENERAL, "two": "vllm.io_processor_plugins"},
        ),
    ],
)
def test_what_is_not_tried(source: str, groups: dict[str, str], wheel, stub: Path) -> None:
    target = verified(wheel, stub, source, groups)
    assert target.together is None
    assert of_rule(target) == (OutcomeKind.SKIPPED, [])
