"""A plugin in front of an environment, which is left as it was."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from vplug.errors import ExitStatus, NothingFound, Unreadable, UsageFault, VplugError
from vplug.model import OriginKind
from vplug.probe import child
from vplug.probe.child import Ending, Limits, child_environment, run_script
from vplug.probe.look import observe, own_files
from vplug.probe.overlay import NoVllm, overlay
from vplug.release.failure import BuildFailed

GOOD = "def register():\n    from vllm.worker import execute\n"
PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "probed"
version = "2.0"

[project.entry-points."vllm.general_plugins"]
probed = "probed:register"

[tool.vplug]
ignore = ["VP721"]
"""


def fingerprint(folder: Path) -> str:
    """Every path, its size, time of change and bytes."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        digest.update(f"{path} {status.st_size} {status.st_mtime_ns} {status.st_mode}".encode())
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").write_text(PYPROJECT)
    (folder / "probed.py").write_text(GOOD)
    return folder


LOADER = """
import sys
sys.path.insert(0, {scripts!r})
import _vplug_channel as channel
channel.open_request()
from vllm.plugins import load_plugins_by_group
from importlib.metadata import version, entry_points
found = load_plugins_by_group("vllm.general_plugins")
channel.finish({{
    "files": {{name: function.__code__.co_filename for name, function in found.items()}},
    "values": [(item.name, item.value, item.dist.version)
               for item in entry_points(group="vllm.general_plugins")],
    "version": version("probed"),
}})
"""


def loaded(laid, tmp_path: Path):
    """What vLLM's own loader makes of it."""
    from vplug.probe.child import SCRIPTS

    script = tmp_path / "loader.py"
    script.write_text(LOADER.format(scripts=str(SCRIPTS)))
    run = run_script(
        laid.python, script, {}, limits=Limits(30), env=child_environment(), path=laid.path
    )
    assert run.ending is Ending.REPLIED, run.stderr
    return run.reply


def test_the_environment_is_left_as_it_was(wheel, own_stub, tmp_path: Path) -> None:
    python = own_stub(tmp_path)
    root = python.parent.parent
    before = fingerprint(root)
    with overlay(str(wheel(GOOD)), python) as laid:
        assert loaded(laid, tmp_path)["files"] == {"probed": str(laid.folder / "probed.py")}
        folder = laid.folder
        assert folder.exists()
    assert fingerprint(root) == before
    assert not folder.parent.exists()


def test_an_older_version_in_the_environment_is_hidden(wheel, own_stub, tmp_path: Path) -> None:
    from vplug.probe.overlay import install_wheel

    python = own_stub(tmp_path)
    (site,) = (tmp_path / "env").glob("lib/python3.*/site-packages")
    old = wheel("def old(): pass\n", version="1.0", value="probed:old", name="probed")
    install_wheel(old, site, python)
    new = wheel(GOOD, version="2.0")
    with overlay(str(new), python) as laid:
        told = loaded(laid, tmp_path)
        assert told["version"] == "2.0"
        assert told["values"] == [["probed", "probed:register", "2.0"]]
        assert told["files"]["probed"].startswith(str(laid.folder))
    with overlay("probed", python) as laid:
        assert laid.given is OriginKind.ENVIRONMENT
        assert laid.path == ()
        assert loaded(laid, tmp_path)["version"] == "1.0"


def test_a_project_is_built_and_its_settings_are_kept(project: Path, stub: Path) -> None:
    steps: list[str] = []
    with overlay(str(project), stub, isolation=False, on_step=steps.append) as laid:
        assert laid.given is OriginKind.PROJECT
        assert laid.distribution.version == "2.0"
        assert laid.config == {"ignore": ["VP721"]}
        assert (laid.folder / "probed.py").is_file()
        assert [entry.name for entry in laid.entry_points] == ["probed"]
    assert "building the wheel" in steps
    assert sorted(path.name for path in project.iterdir()) == ["probed.py", "pyproject.toml"]


def test_an_sdist_is_built(project: Path, stub: Path, tmp_path: Path) -> None:
    from vplug.release.backend import backend_for
    from vplug.release.output import Output

    with backend_for(project, "sdist", isolation=False, output=Output()) as backend:
        sdist = backend.make("sdist", tmp_path)
    with overlay(str(sdist), stub, isolation=False) as laid:
        assert laid.given is OriginKind.SDIST
        assert (laid.folder / "probed.py").is_file()


def test_a_build_that_fails(project: Path, stub: Path) -> None:
    (project / "pyproject.toml").write_text(PYPROJECT.replace('"2.0"', '"no version"'))
    with pytest.raises(BuildFailed), overlay(str(project), stub, isolation=False):
        pass


def test_no_vllm_there(wheel, tmp_path: Path) -> None:
    import subprocess
    import sys

    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    with pytest.raises(NoVllm) as caught, overlay(str(wheel(GOOD)), tmp_path / "bare"):
        pass
    assert caught.value.status is ExitStatus.FAILED
    assert "pip install vllm" in (caught.value.hint or "")


def test_a_wheel_for_another_interpreter(wheel, stub: Path) -> None:
    path = wheel(GOOD, tag="cp39-cp39-macosx_11_0_arm64")
    with (
        pytest.raises(VplugError, match="not for this interpreter"),
        overlay(str(path), stub),
    ):
        pass


@pytest.mark.parametrize(
    ("damage", "error"),
    [("truncated", Unreadable), ("no WHEEL file", VplugError), ("renamed", Unreadable)],
)
def test_a_damaged_wheel(damage: str, error: type[Exception], wheel, stub: Path) -> None:
    import zipfile

    path = wheel(GOOD)
    if damage == "truncated":
        path.write_bytes(path.read_bytes()[:200])
    elif damage == "no WHEEL file":
        with zipfile.ZipFile(path) as archive:
            files = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in files.items():
                if not name.endswith("/WHEEL"):
                    archive.writestr(name, data)
    else:
        path = path.rename(path.with_name("probed.whl"))
    with pytest.raises(error), overlay(str(path), stub):
        pass


def test_no_interpreter(wheel, tmp_path: Path) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nexit 1\n")
    fake.chmod(0o755)
    for python in (tmp_path / "missing", tmp_path, fake):
        with pytest.raises(UsageFault), overlay(str(wheel(GOOD)), python):
            pass


def test_no_target(stub: Path, tmp_path: Path) -> None:
    for label, error in (("nothing-of-that-name", UsageFault), (str(tmp_path), NothingFound)):
        with pytest.raises(error), overlay(label, stub):
            pass


def test_what_the_environment_lacks(wheel, stub: Path) -> None:
    needs = (
        "vllm>=0.30",
        "vllm<0.20",
        "torch",
        "acme-tools[x]>=1; python_version>='3.8'",
        "never; python_version<'3'",
        "extra-only; extra=='more'",
    )
    with overlay(str(wheel(GOOD, requires=needs)), stub) as laid:
        assert laid.missing == (
            "vllm<0.20 is required, 0.33.0 is installed",
            "torch is not installed",  # the stand-in has no metadata
            "acme-tools is not installed",
        )


def test_scripts_and_data_are_installed_inside(wheel, stub: Path) -> None:
    data = {
        "probed-1.0.data/scripts/acme": "#!python\nprint(1)\n",
        "probed-1.0.data/data/etc/acme.conf": "x",
        "probed-1.0.data/purelib/more.py": "",
    }
    with overlay(str(wheel(GOOD, more=data)), stub) as laid:
        script = laid.folder / "bin" / "acme"
        assert script.read_text().startswith(f"#!{laid.python}")
        assert (laid.folder / "etc" / "acme.conf").is_file()
        assert (laid.folder / "more.py").is_file()


EXTRA = "import vllm.model_executor.models.registry as registry\n\n\ndef register():\n    "
EXTRA += "registry.ModelRegistry.register_model('Acme', 'vllm.acme.model:Acme')\n"


def test_what_a_wheel_lays_into_vllms_package_is_found_there(wheel, stub: Path) -> None:
    """As pip installs it: `vllm/acme/`, and a module deeper down, without vLLM's own `__init__.py`."""
    path = wheel(
        "",
        value="vllm.acme:register",
        more={
            "vllm/acme/__init__.py": EXTRA,
            "vllm/acme/model.py": "class Acme:\n    pass\n",
            "vllm/v1/acme_part.py": "",
        },
    )
    before = fingerprint(stub.parent.parent)
    with overlay(str(path), stub) as laid:
        assert own_files(laid).tops == ("probed", "vllm.acme", "vllm.v1.acme_part")
        (seen,) = observe(laid, Limits(30))
        main = seen.attempts[0]
        assert (main.load_failed, main.call_failed, main.called) == (None, None, 2)
        (registered,) = main.changes
        assert (registered.kind, "Acme" in registered.name) == ("registry", True)
        script = laid.folder.parent / "ask.py"
        script.write_text(
            ASK.format(scripts=str(Path(child.__file__).parent / "scripts")), encoding="utf-8"
        )
        run = run_script(laid.python, script, {}, limits=Limits(30), path=laid.path)
        assert run.reply == {"file": str(Path(laid.vllm.folder, "__init__.py")), "spec": True}
    assert fingerprint(stub.parent.parent) == before


ASK = """
import sys
sys.path.insert(0, {scripts!r})
import _vplug_channel as channel
channel.open_request()
import importlib.util, vllm, vllm.v1.metrics, vllm.v1.acme_part
spec = importlib.util.find_spec("vllm")
channel.finish({{"file": vllm.__file__, "spec": spec.origin == vllm.__file__}})
"""


def test_members_under_pycache_are_left_out_in_silence(wheel, stub: Path, recwarn) -> None:
    path = wheel(GOOD, more={"__pycache__/probed.cpython-39.pyc": "x"})
    with overlay(str(path), stub) as laid:
        assert not list(laid.folder.glob("__pycache__/*-39.pyc"))
    assert [str(item.message) for item in recwarn] == []


def test_the_python_that_it_requires_is_told(wheel, stub: Path) -> None:
    """pip would have refused to install it: what is seen may be due to that."""
    with overlay(str(wheel(GOOD, requires_python=">=3.99")), stub) as laid:
        (reason,) = laid.missing
    assert reason.startswith("Python >=3.99 is required, this is 3.")
    with overlay(str(wheel(GOOD, requires_python="three")), stub) as laid:
        assert laid.missing == ()
