"""Paths in a report are the target's own: the throw-away folder is gone when it is read."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from vplug.model import CellKind, Location, OriginKind, Report, Severity, TargetReport
from vplug.model.live import Cell, EngineProcess, EngineRun, LiveObservation, Role, Truth, Use
from vplug.probe.overlay import Overlay, overlay
from vplug.probe.own_paths import OwnPaths
from vplug.report.as_text import print_report
from vplug.report.live import print_live
from vplug.report.verify import print_observations, verify_json
from vplug.rules.config import Settings
from vplug.verify.probing import probe
from vplug.verify.run import Look, Options, verify

FAILS = "from probed.inner import helper\n\n\ndef register():\n    helper.fail()\n"
HELPER = 'def fail():\n    raise OSError(f"cannot read {__file__}")\n'
PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "probed"
version = "2.0"

[project.entry-points."vllm.general_plugins"]
probed = "probed:register"

[tool.hatch.build.targets.wheel]
packages = ["code/python/probed"]
"""


def project(folder: Path, files: dict[str, str], pyproject: str = PYPROJECT) -> Path:
    for name, text in {"pyproject.toml": pyproject, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def verified(path: Path, stub: Path, *looks: Look) -> TargetReport:
    options = Options(python=stub, seconds=20, memory_bytes=300_000_000, isolation=False)
    (target,) = verify([str(path)], Settings(), options, looks or (probe,)).targets
    assert target.error is None, target.error
    return target


def everything(target: TargetReport) -> str:
    """What either format says of it."""
    stream = io.StringIO()
    console = Console(file=stream, width=10_000, markup=False)
    report = Report((target,), Severity.ERROR)
    print_observations(target, console)
    if target.live is not None:
        print_live(target.live, console)
    print_report(report, console)
    return stream.getvalue() + json.dumps(verify_json(report, "0", 1), indent=1)


@pytest.fixture
def of_a_project(tmp_path: Path) -> Path:
    source = "code/python/probed"
    files = {
        f"{source}/__init__.py": FAILS,
        f"{source}/inner/__init__.py": "",
        f"{source}/inner/helper.py": HELPER,
    }
    return project(tmp_path / "project", files)


def test_a_projects_file_is_told_as_the_project_has_it(of_a_project: Path, stub: Path) -> None:
    target = verified(of_a_project, stub)
    (finding,) = target.findings
    assert finding.code == "VP702"
    assert finding.location == Location("code/python/probed/inner/helper.py", 2)
    assert "OSError: cannot read code/python/probed/inner/helper.py;" in finding.message
    failed = target.observations[0].attempts[0].call_failed
    assert failed is not None
    assert 'File "code/python/probed/__init__.py", line 5' in failed.traceback
    assert 'File "code/python/probed/inner/helper.py", line 2' in failed.traceback
    assert "vplug-" not in everything(target)


def test_a_comment_in_a_projects_file_keeps_a_finding_quiet(stub: Path, tmp_path: Path) -> None:
    source = (
        "import os\n\nos.environ['A'] = 'b'  # vplug: ignore[VP721]\n\n\ndef register(): pass\n"
    )
    folder = project(tmp_path / "project", {"code/python/probed/__init__.py": source})
    target = verified(folder, stub)
    assert target.findings == ()
    assert target.suppressed == 1


def test_a_class_is_pointed_at_in_a_projects_file(stub: Path, tmp_path: Path) -> None:
    source = (
        "from vllm.v1.metrics.loggers import StatLoggerBase\n\n\n"
        "class Logger(StatLoggerBase):\n    pass\n"
    )
    metadata = PYPROJECT.replace("general_plugins", "stat_logger_plugins")
    metadata = metadata.replace("probed:register", "probed:Logger")
    folder = project(tmp_path / "project", {"code/python/probed/__init__.py": source}, metadata)
    places = {finding.code: str(finding.location) for finding in verified(folder, stub).findings}
    assert places["VP711"].startswith("code/python/probed/__init__.py:4")


def test_a_wheels_file_is_told_as_its_member(wheel, stub: Path) -> None:
    more = {"inner/__init__.py": "", "inner/helper.py": HELPER}
    path = wheel("from inner import helper\n\n\ndef register():\n    helper.fail()\n", more=more)
    target = verified(path, stub)
    (finding,) = target.findings
    assert str(finding.location) == "inner/helper.py:2"
    assert "OSError: cannot read inner/helper.py;" in finding.message
    assert "vplug-" not in everything(target)


def test_a_module_that_cannot_be_imported_from(wheel, stub: Path) -> None:
    """Python's own message names the file in brackets."""
    path = wheel("from inner import absent\n\n\ndef register(): pass\n", more={"inner.py": "\n"})
    (finding,) = verified(path, stub).findings
    assert "cannot import name 'absent' from 'inner' (inner.py)" in finding.message


def test_what_only_the_wheel_has_stays_relative(stub: Path, tmp_path: Path) -> None:
    """A missing data file must not be told as one that the project has."""
    source = (
        "from pathlib import Path\n\n\ndef register():\n"
        "    Path(__file__).with_name('table.bin').read_bytes()\n"
    )
    metadata = PYPROJECT + 'exclude = ["*.bin"]\n'
    files = {"code/python/probed/__init__.py": source, "code/python/probed/table.bin": "x"}
    folder = project(tmp_path / "project", files, metadata)
    (finding,) = verified(folder, stub).findings
    assert "No such file or directory: 'probed/table.bin'" in finding.message


def test_an_sdists_file_is_told_as_it_is_in_its_folder(
    of_a_project: Path, stub: Path, tmp_path: Path
) -> None:
    from vplug.release.backend import backend_for
    from vplug.release.output import Output

    with backend_for(of_a_project, "sdist", isolation=False, output=Output()) as backend:
        sdist = backend.make("sdist", tmp_path)
    (finding,) = verified(sdist, stub).findings
    assert str(finding.location) == "code/python/probed/inner/helper.py:2"


def test_what_is_installed_already_keeps_its_paths(wheel, own_stub, tmp_path: Path) -> None:
    from vplug.probe.overlay import install_wheel

    python = own_stub(tmp_path)
    (site,) = (tmp_path / "env").glob("lib/python3.*/site-packages")
    path = wheel("def register():\n    raise OSError(__file__)\n")
    install_wheel(path, site, python)
    options = Options(python=python, seconds=20, memory_bytes=300_000_000)
    (target,) = verify(["probed"], Settings(), options, [probe]).targets
    (finding,) = target.findings
    assert finding.location == Location(str(site / "probed.py"), 2)
    assert f"OSError: {site / 'probed.py'};" in finding.message


def test_a_path_put_on_sys_path_is_told_as_the_target_has_it(wheel, stub: Path) -> None:
    source = (
        "import os, sys\n\nsys.path.insert(0, os.path.join(os.path.dirname(__file__), 'inner'))\n"
        "\n\ndef register(): pass\n"
    )
    target = verified(wheel(source, more={"inner/a.py": ""}), stub)
    (finding,) = target.findings
    assert "sys.path inner: " in finding.message


def test_what_engines_showed_is_mapped_too(of_a_project: Path, stub: Path) -> None:
    subject = "vllm.general_plugins:probed"
    paths: list[str] = []

    def look(laid: Overlay, _options: Options) -> dict[str, LiveObservation]:
        own = laid.folder / "probed/inner/helper.py"
        vllms = Path(laid.vllm.folder, "worker.py")
        paths.append(str(vllms))
        trace = f'  File "{vllms}", line 1, in x\n  File "{own}", line 2, in fail\nOSError: {own}'
        cell = Cell(subject, 7, CellKind.CALL_FAILED, error=f"OSError: {own}", traceback=trace)
        run = EngineRun(
            "generates",
            served=False,
            settings={"model": str(own)},
            ending=f"raised while starting: {own}",
            processes=(EngineProcess(7, Role.ENGINE_CORE),),
            cells=(cell,),
            telling=tuple(trace.splitlines()),
        )
        use = Use(
            subject, "generate", Truth.FAILS, f"the engine raised {own}", trace, started=False
        )
        return {"live": LiveObservation(subjects=(subject,), engines=(run,), uses=(use,))}

    target = verified(of_a_project, stub, look)
    text = everything(target)
    assert "vplug-" not in text
    assert 'File "code/python/probed/inner/helper.py", line 2' in text
    assert f'File "{paths[0]}", line 1' in text
    (finding,) = [item for item in target.findings if item.code == "VP752"]
    assert finding.message.endswith("OSError: code/python/probed/inner/helper.py")


def test_a_text_with_more_than_a_path(wheel, stub: Path) -> None:
    with overlay(str(wheel("def register(): pass\n", more={"a/b.py": ""})), stub) as laid:
        paths = OwnPaths(laid.folder, laid.source)
        folder = str(laid.folder)
        assert paths.text(f"at {folder}/a/b.py:3, {folder}/a/b.py.") == "at a/b.py:3, a/b.py."
        assert paths.text(f"in {folder}") == "in site-packages"
        assert paths.text(f"{folder}2/a") == f"{folder}2/a"
        assert (
            paths.text(f"<module 'a.b' from '{folder}/a/b.py'>") == "<module 'a.b' from 'a/b.py'>"
        )
        assert paths.text(f"cut {folder[:-3]}…") == "cut …"
        assert paths.text("cut by its own…") == "cut by its own…"
        assert paths.text("/usr/lib/a/b.py") == "/usr/lib/a/b.py"
        assert paths.shown(OriginKind.WHEEL) is OriginKind.WHEEL
        assert paths.shown({"a": [f"{folder}/x", 1, None]}) == {"a": ["x", 1, None]}
