"""Every rule of VP7 against plugins that fail it and that pass it, run in the stand-in environment."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from vplug.model import OutcomeKind, Report, Severity, TargetReport
from vplug.model.live import LiveObservation, Truth, Use
from vplug.report.as_text import print_report
from vplug.report.verify import print_observations
from vplug.rules import all_rules
from vplug.rules.config import Settings
from vplug.rules.registry import command_of
from vplug.verify.probing import probe
from vplug.verify.run import Options, verify

CASES = sorted((Path(__file__).parent / "cases").glob("VP*/*.py"))
PLATFORM = "from vllm.platforms.interface import Platform\n\n\nclass Acme(Platform):\n    pass\n"


def headers(text: str) -> dict[str, str]:
    lines = [line[2:].split(": ", 1) for line in text.splitlines() if line.startswith("# ")]
    return {pair[0]: pair[1] for pair in lines if len(pair) == 2}


def verified(path: Path, stub: Path, seconds: float = 20, memory: int = 300_000_000):
    options = Options(python=stub, seconds=seconds, memory_bytes=memory)
    report = verify([str(path)], Settings(), options, [probe])
    (target,) = report.targets
    assert target.error is None, target.error
    return target


def outcome(target: TargetReport, code: str) -> OutcomeKind:
    (found,) = [item.kind for item in target.outcomes if item.code == code]
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda p: f"{p.parent.name[:5]}-{p.stem}")
def test_case(case: Path, wheel, stub: Path) -> None:
    text = case.read_text(encoding="utf-8")
    told = headers(text)
    code = case.parent.name[:5]
    value = told.get("value", "probed:register")
    path = wheel(text, group=told["group"], value=value, more={"acme_platform.py": PLATFORM})
    target = verified(path, stub, seconds=3 if code == "VP705" else 20)
    found = [item for item in target.findings if item.code == code]
    if case.stem.startswith("fails"):
        assert found, [(item.code, item.message) for item in target.findings]
        assert any(told["says"] in item.message for item in found), [f.message for f in found]
        assert outcome(target, code) is OutcomeKind.FAIL
    else:
        assert not [(item.code, item.message) for item in target.findings]
        assert outcome(target, code) is OutcomeKind.PASS
    kinds = {item.kind for item in target.outcomes}
    assert OutcomeKind.CRASHED not in kinds


@pytest.mark.parametrize(
    ("case", "line", "hint"),
    [
        ("VP711-class-cannot-be-used/fails-abstract", 11, "define them"),
        ("VP711-class-cannot-be-used/fails-aggregate-logger", 8, None),
    ],
)
def test_the_class_is_pointed_at(case: str, line: int, hint: str | None, wheel, stub: Path) -> None:
    text = (CASES[0].parents[1] / f"{case}.py").read_text(encoding="utf-8")
    told = headers(text)
    path = wheel(text, group=told["group"], value=told.get("value", "probed:register"))
    (finding,) = [f for f in verified(path, stub).findings if f.code == "VP711"]
    assert str(finding.location).startswith(f"probed.py:{line}")
    assert hint is None or hint in (finding.hint or "")


@pytest.mark.parametrize(
    ("truth", "kind"), [(Truth.WORKS, OutcomeKind.PASS), (Truth.UNKNOWN, OutcomeKind.UNKNOWN)]
)
def test_an_engine_that_used_the_class_settles_it(
    truth: Truth, kind: OutcomeKind, wheel, stub: Path
) -> None:
    source = (
        "from vllm.v1.metrics.loggers import StatLoggerBase\n\n\nclass Logger(StatLoggerBase):\n"
        "    def __init__(self, vllm_config, engine_index=0): ...\n    def record(self, stats): ...\n"
    )
    subject = "vllm.stat_logger_plugins:probed"
    seen = LiveObservation(subjects=(subject,), uses=(Use(subject, "generate", truth, "told"),))
    options = Options(python=stub, seconds=20, memory_bytes=300_000_000)
    path = wheel(source, group="vllm.stat_logger_plugins", value="probed:Logger")
    looks = [probe, lambda laid, options: {"live": seen}]
    (target,) = verify([str(path)], Settings(select=("VP711",)), options, looks).targets
    assert not target.findings
    assert outcome(target, "VP711") is kind


def test_every_rule_of_a_run_has_cases() -> None:
    # VP75x judge real engines: tests/engine has their cases; VP709 several plugins: test_together.py.
    named = {
        rule.code: rule.name
        for rule in all_rules()
        if command_of(rule.code) == "verify" and not rule.code.startswith(("VP75", "VP709"))
    }
    folders = {path.parent.name for path in CASES}
    assert folders == {f"{code}-{name}" for code, name in named.items()}
    for folder in folders:
        own = [path.stem for path in CASES if path.parent.name == folder]
        assert any(stem.startswith("fails") for stem in own), folder
        assert any(stem.startswith("passes") for stem in own), folder


def test_the_line_that_did_it_is_named(wheel, stub: Path) -> None:
    target = verified(wheel("import os\n\nos.environ['A'] = 'b'\n\n\ndef register(): pass\n"), stub)
    (finding,) = target.findings
    assert str(finding.location) == "probed.py:3"


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("import time\n\ndef register():\n    time.sleep(1000)\n", 4),
        ("import time\n\ntime.sleep(1000)\n", 3),
        ("def register():\n    wait()\n\n\ndef wait():\n    while True:\n        pass\n", None),
    ],
)
def test_where_it_hangs_is_named(source: str, line: int | None, wheel, stub: Path) -> None:
    target = verified(wheel(source), stub, seconds=10)
    (finding,) = [item for item in target.findings if item.code == "VP705"]
    assert finding.location is not None
    assert finding.location.path == "probed.py"
    assert finding.location.line == line or (line is None and finding.location.line in (6, 7))


def test_what_fails_in_either_order_is_no_matter_of_order(wheel, stub: Path) -> None:
    source = (
        "seen = []\n\n\ndef register():\n    if seen:\n        raise OSError('again')\n"
        "    seen.append(1)\n"
    )
    codes = {item.code for item in verified(wheel(source), stub).findings}
    assert "VP703" in codes
    assert "VP707" not in codes


def test_the_last_words_of_a_process_are_told(wheel, stub: Path) -> None:
    source = "import os\n\n\ndef register():\n    print('no driver', flush=True)\n    os._exit(3)\n"
    (finding,) = verified(wheel(source), stub).findings
    assert finding.code == "VP704"
    assert finding.hint == "the last that it printed: no driver"


def test_each_plugin_of_several_is_named_on_a_narrow_terminal(wheel, stub: Path) -> None:
    source = "import os\n\n\ndef register():\n    os._exit(3)\n"
    path = wheel(source, name="a_name_of_some_length")
    target = verified(path, stub)
    stream = io.StringIO()
    out = Console(file=stream, width=80)
    print_observations(target, out)
    print_report(Report((replace(target, plugins=target.plugins * 2),), Severity.ERROR), out)
    text = stream.getvalue()
    assert "  a_name_of_some_length general " in text
    assert "…" not in text
    assert "VP704 a_name_of_some_length: while it is called" in text


def test_a_comment_keeps_a_finding_quiet(wheel, stub: Path) -> None:
    source = (
        "import os\n\nos.environ['A'] = 'b'  # vplug: ignore[VP721]\n\n\ndef register(): pass\n"
    )
    target = verified(wheel(source), stub)
    assert target.findings == ()
    assert target.suppressed == 1


KEYS = """import enum


class Kind(enum.Enum):  # as vllm.v1.attention.backends.registry.AttentionBackendEnum is
    CUSTOM = None


class Thing:
    pass


def register():
    from vllm.model_executor.models.registry import ModelRegistry

    ModelRegistry.models[Kind.CUSTOM] = Thing
    ModelRegistry.models["acme.thing.v2"] = Thing
"""


def test_what_is_registered_is_told_by_its_key(wheel, stub: Path) -> None:
    stream = io.StringIO()
    print_observations(verified(wheel(KEYS), stub), Console(file=stream, width=200, markup=False))
    assert "models[CUSTOM], models[acme.thing.v2]" in stream.getvalue()


@pytest.mark.parametrize("given", ["'probed:Model'", "Model"])
def test_registrations_are_seen(given: str, wheel, stub: Path) -> None:
    source = (
        "def register():\n"
        "    from vllm.model_executor.models.registry import ModelRegistry\n"
        f"    ModelRegistry.register_model('Acme', {given})\n\n\nclass Model: pass\n"
    )
    target = verified(wheel(source), stub)
    (seen,) = target.observations
    for attempt in seen.attempts:
        names = [change.name for change in attempt.changes]
        assert names == ["vllm.model_executor.models.registry.ModelRegistry.models[Acme]"]
        assert [item.name for item in attempt.classes] == ["Acme → probed:Model"]
        assert attempt.called == 2


def test_registrations_by_a_modules_name_are_seen(wheel, stub: Path) -> None:
    source = (
        "def register():\n"
        "    from vllm.worker import register_lazily\n"
        "    register_lazily('Acme', 'acme_kv', 'Connector')\n"
    )
    (seen,) = verified(wheel(source), stub).observations
    for attempt in seen.attempts:
        assert [change.name for change in attempt.changes] == ["vllm.worker.FACTORY[Acme]"]


def test_what_vllm_does_meanwhile_is_not_the_plugins(wheel, own_stub, tmp_path: Path) -> None:
    """A module of vLLM's that a plugin imports and that sets a variable: nobody's fault here."""
    python = own_stub(tmp_path)
    (site,) = (tmp_path / "env").glob("lib/python3.*/site-packages")
    (site / "vllm" / "env_override.py").write_text("import os\nos.environ['OF_VLLM'] = '1'\n")
    target = verified(wheel("def register():\n    import vllm.env_override\n"), python)
    assert target.findings == ()


def test_missing_requirement_is_in_the_hint(wheel, stub: Path) -> None:
    path = wheel("import acme_tools\ndef register(): pass\n", requires=("acme-tools>=1",))
    (finding,) = verified(path, stub).findings
    assert "acme-tools is not installed" in (finding.hint or "")


def test_vllm_that_cannot_be_imported_is_no_fault_of_the_plugin(
    wheel, own_stub, tmp_path: Path
) -> None:
    python = own_stub(tmp_path)
    (site,) = (tmp_path / "env").glob("lib/python3.*/site-packages")
    (site / "vllm" / "plugins" / "__init__.py").write_text("raise OSError('libcuda is missing')\n")
    target = verified(wheel("def register(): pass\n"), python)
    assert target.findings == ()
    doubts = {item.reason for item in target.outcomes if item.kind is OutcomeKind.UNKNOWN}
    assert any("libcuda is missing" in (reason or "") for reason in doubts)
    assert not any(item.kind is OutcomeKind.PASS for item in target.outcomes)


def test_a_group_that_this_vllm_does_not_read_is_not_run(wheel, own_stub, tmp_path: Path) -> None:
    python = own_stub(tmp_path)
    (metadata,) = tmp_path.glob("env/lib/python3.*/site-packages/vllm-*.dist-info/METADATA")
    metadata.write_text("Metadata-Version: 2.1\nName: vllm\nVersion: 0.20.0\n")
    target = verified(wheel("raise SystemExit\n", group="vllm.endpoint_plugins"), python)
    assert target.observations == ()
    assert {item.kind for item in target.outcomes} == {OutcomeKind.SKIPPED}


def test_a_group_that_no_vllm_reads_is_told(wheel, own_stub, tmp_path: Path) -> None:
    path = wheel("raise SystemExit\n", group="vllm.plugins")
    (target,) = verify([str(path)], Settings(), Options(python=own_stub(tmp_path)), [probe]).targets
    assert target.status == 3
    assert target.error is not None
    assert "no vLLM release reads the group 'vllm.plugins'" in target.error


PATCHES = """\
import functools


def register():
    import vllm.worker as worker
    from vllm.worker import Worker

    @functools.wraps(worker.register)
    def register(name, value):
        pass

    worker.register = register
    worker.execute = lambda: 'acme'
    worker._loader = functools.partial(register, 'acme')
    for name in ('a', 'b', 'c', 'd', 'e'):
        setattr(Worker, name, lambda self: None)
"""


def test_each_patch_is_pointed_at_and_the_rest_named(wheel, stub: Path) -> None:
    findings = [f for f in verified(wheel(PATCHES), stub).findings if f.code == "VP722"]
    told = {finding.message: str(finding.location) for finding in findings}
    assert told[
        "calling it replaces vllm.worker.execute, now probed.register.<locals>.<lambda>"
    ] == ("probed.py:13")
    (replaced,) = [place for message, place in told.items() if "vllm.worker.register," in message]
    assert replaced == "probed.py:8"
    (rest,) = [message for message in told if "more" in message]
    assert rest == "3 more: vllm.worker.Worker.c, vllm.worker.Worker.d, vllm.worker.Worker.e"


@pytest.mark.parametrize(
    ("slow", "group", "kind"),
    [
        # The base class's module and what loads general plugins: there anyway.
        ("vllm/v1/metrics/loggers.py", "vllm.stat_logger_plugins", OutcomeKind.PASS),
        ("vllm/engine/arg_utils.py", "vllm.general_plugins", OutcomeKind.PASS),
        # A model of vLLM's is imported only where it is used.
        ("vllm/model_executor/models/acme.py", "vllm.general_plugins", OutcomeKind.FAIL),
        # Loaded before nearly all of vLLM.
        ("vllm/engine/arg_utils.py", "vllm.platform_plugins", OutcomeKind.SKIPPED),
    ],
)
def test_what_vllm_imports_anyway_is_not_the_plugins_cost(
    slow: str, group: str, kind: OutcomeKind, wheel, own_stub, tmp_path: Path
) -> None:
    python = own_stub(tmp_path)
    (site,) = (tmp_path / "env").glob("lib/python3.*/site-packages")
    module = site / slow
    module.parent.mkdir(exist_ok=True)
    before = module.read_text() if module.exists() else ""
    module.write_text(f"import time\n\ntime.sleep(2.1)\n\n\n{before}")
    engine = site / "vllm" / "v1" / "engine"
    engine.mkdir()
    (engine / "async_llm.py").write_text("import vllm.v1.metrics.loggers\n")
    source = f"import {slow.removesuffix('.py').replace('/', '.')}\n\n\ndef register(): pass\n"
    value = "probed:register"
    if group == "vllm.stat_logger_plugins":
        value = "probed:Logger"
        source = (CASES[0].parents[1] / "VP726-slow-to-load" / "fails-class.py").read_text()
        source = source.replace("time.sleep(2.1)", "")
    target = verified(wheel(source, group=group, value=value), python)
    assert outcome(target, "VP726") is kind
    (finding,) = [f for f in target.findings if f.code == "VP726"] or [None]
    if finding is not None:
        assert "beyond what vLLM has imported by then" in finding.message


def test_what_it_does_while_it_times_again_is_told(wheel, stub: Path) -> None:
    path = wheel("import time\n\nimport vllm.worker\n\ntime.sleep(2.1)\n\n\ndef register(): pass\n")
    steps: list[str] = []
    options = Options(python=stub, seconds=20, memory_bytes=300_000_000, on_step=steps.append)
    verify([str(path)], Settings(), options, [probe])
    assert steps[-2:] == [
        "timing slow loads again [0/1]",
        "timing slow loads again [1/1]: probed",
    ]


def test_a_platform_that_cannot_be_made_is_told_once(wheel, stub: Path) -> None:
    """What vLLM does not catch there: its platform is asked for by nearly every module."""
    case = CASES[0].parents[1] / "VP711-class-cannot-be-used" / "fails-platform-of-no-module.py"
    path = wheel(case.read_text(), group="vllm.platform_plugins", requires=("acme-absent",))
    target = verified(path, stub)
    (finding,) = target.findings
    assert finding.code == "VP711"
    assert finding.hint == (
        "acme-absent is not installed: install what the plugin requires into the environment"
    )
    assert not [item for item in target.outcomes if item.kind is OutcomeKind.UNKNOWN]


def table(target: TargetReport) -> str:
    stream = io.StringIO()
    print_observations(target, Console(file=stream, width=200, markup=False))
    return stream.getvalue()


def test_what_the_environment_lacks_stands_in_the_report(wheel, stub: Path) -> None:
    wanted = ("vllm<0.20", *(f"acme-{number}" for number in range(6)))
    text = table(verified(wheel("def register(): pass\n", requires=wanted), stub))
    assert "vllm<0.20 is required, 0.33.0 is installed, acme-0 is not installed" in text
    assert "and 2 more" in text


@pytest.mark.parametrize(
    ("source", "group", "says"),
    [
        ("def register(): pass\n", "vllm.general_plugins", "nothing seen"),
        ("def register(): return None\n", "vllm.platform_plugins", "gives None"),
        (
            "def register():\n    import vllm.worker\n    vllm.worker.execute = register\n",
            "vllm.general_plugins",
            "1 patch",
        ),
    ],
)
def test_what_came_of_the_call_is_in_the_table(source, group, says, wheel, stub: Path) -> None:
    assert says in table(verified(wheel(source, group=group), stub))


def test_entry_points_for_others_are_not_counted(wheel, stub: Path) -> None:
    both = "vllm.general_plugins]\nprobed = probed:register\n[other.plugins"
    target = verified(wheel("def register(): pass\n", group=both), stub)
    assert [plugin.group for plugin in target.plugins] == ["vllm.general_plugins"]


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (
            "def one():\n    raise OSError(1)\n\n\ndef two():\n    raise OSError(2)\n",
            ["error VP702 one: calling it raises OSError: 1", "VP702 two: calling it raises"],
        ),
        # One line for both: it is neither's alone, and told once.
        ("raise OSError(1)\n", ["error VP701 one, two: loading it raises OSError: 1"]),
    ],
)
def test_which_of_several_plugins_is_meant(source, says, wheel, stub: Path) -> None:
    group = "vllm.general_plugins]\none = probed:one\ntwo = probed:two\n[other.plugins"
    stream = io.StringIO()
    console = Console(file=stream, width=200, markup=False)
    target = verified(wheel(source, group=group), stub)
    print_report(Report((target,), Severity.ERROR), console)
    for phrase in says:
        assert phrase in stream.getvalue()
    if len(target.findings) == 1:
        assert target.findings[0].also == ("vllm.general_plugins:two",)


def test_names_are_whole_where_there_is_room(wheel, stub: Path) -> None:
    source = (
        "def register():\n"
        "    from vllm.model_executor.models.registry import ModelRegistry\n"
        "    for number in range(9):\n"
        "        ModelRegistry.register_model(f'AcmeForConditionalGeneration{number}', 'probed:A')\n"
        "\n\nclass A: pass\n"
    )
    stream = io.StringIO()
    name = "a_name_of_more_than_some_length"
    target = verified(wheel(source, name=name), stub)
    print_observations(target, Console(file=stream, width=110, markup=False))
    assert f"  {name}  general  ok  " in stream.getvalue()
