"""Every check on artifacts tampered with, one fault at a time."""

from __future__ import annotations

import base64
import hashlib
import io
import shutil
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from vplug.artifact.record import verify_record
from vplug.discovery.archive import read_wheel
from vplug.discovery.project import read_project
from vplug.discovery.tree import FolderTree
from vplug.errors import ExitStatus
from vplug.release import BuildReport, CheckResult, build_project
from vplug.release.artifact_checks import CHECKS, ArtifactCheck, run_check, run_checks
from vplug.release.evidence import Absent, gather
from vplug.release.modules import find_module

INFO = "demo-1.0.dist-info"
PROJECT = Path(__file__).parent / "projects" / "clean-hatchling"


@dataclass(frozen=True)
class Built:
    project: Path
    sdist: Path
    wheel: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    project = shutil.copytree(PROJECT, folder / "project")
    report = build_project(project, folder / "out", isolation=False)
    sdist, wheel = (Path(artifact.path) for artifact in report.artifacts)
    return Built(project, sdist, wheel)


def evidence_of(built: Built, *, wheel: Path | None = None, sdist: Path | None = None) -> dict:
    source = read_project(FolderTree(built.project), "project")
    return dict(
        gather(source, sdist or built.sdist, wheel or built.wheel, rebuilt=Absent("not asked"))
    )


def check(name: str, evidence: dict) -> CheckResult:
    return run_check(next(item for item in CHECKS if item.name == name), evidence)


def members_of(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_wheel(path: Path, members: dict[str, bytes], *, record: bool = True) -> Path:
    if record:
        rows = [
            f"{name},sha256={digest(data)},{len(data)}\n"
            for name, data in members.items()
            if not name.endswith("/RECORD")
        ]
        members = {**members, f"{INFO}/RECORD": ("".join(rows) + f"{INFO}/RECORD,,\n").encode()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def test_a_good_build_passes_them_all(built: Built) -> None:
    evidence = evidence_of(built) | {"rebuilt": ()}
    evidence["rebuilt"] = tuple(
        [*evidence["wheel"].distribution.entry_points]
        + [script.entry_point for script in evidence["wheel"].distribution.scripts]
    )
    assert {result.outcome for result in run_checks(evidence)} == {"pass"}


# --- entry points --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "[console_scripts]\ndemo = demo.tool:main\n",
            "lost: [vllm.general_plugins] demo = demo:register is in pyproject.toml:",
        ),
        (
            "[vllm.general_plugins]\ndemo = demo:other\n[console_scripts]\ndemo = demo.tool:main\n",
            "changed: [vllm.general_plugins] demo is demo:register in pyproject.toml:",
        ),
        (
            (
                "[vllm.general_plugins]\ndemo = demo:register\nmore = demo:register\n"
                "[console_scripts]\ndemo = demo.tool:main\n"
            ),
            "extra: [vllm.general_plugins] more = demo:register is in the wheel, not in",
        ),
    ],
)
def test_entry_points_of_the_wheel(built: Built, tmp_path: Path, text: str, line: str) -> None:
    members = members_of(built.wheel) | {f"{INFO}/entry_points.txt": text.encode()}
    wheel = write_wheel(tmp_path / built.wheel.name, members)
    result = check("entry-points", evidence_of(built, wheel=wheel))
    assert result.outcome == "fail"
    assert len(result.details) == 1
    assert result.details[0].startswith(line)


def test_blanks_in_a_value_do_not_count(built: Built, tmp_path: Path) -> None:
    text = (
        "[vllm.general_plugins]\ndemo = demo : register\n[console_scripts]\ndemo=demo.tool:main\n"
    )
    members = members_of(built.wheel) | {f"{INFO}/entry_points.txt": text.encode()}
    wheel = write_wheel(tmp_path / built.wheel.name, members)
    assert check("entry-points", evidence_of(built, wheel=wheel)).outcome == "pass"


def test_source_build_names_what_differs(built: Built) -> None:
    evidence = evidence_of(built) | {"rebuilt": ()}
    result = check("source-build", evidence)
    assert result.outcome == "fail"
    assert all(detail.startswith("extra: ") for detail in result.details)
    assert len(result.details) == 2


def test_sought_evidence_that_is_absent_leaves_the_question_open(built: Built) -> None:
    evidence = evidence_of(built) | {"rebuilt": Absent("the hook failed", sought=True)}
    assert check("source-build", evidence).outcome == "cannot-tell"
    evidence["rebuilt"] = Absent("no hook")
    assert check("source-build", evidence).outcome == "skipped"


# --- the modules that entry points name ----------------------------------------------------------


def with_target(value: str, files: dict[str, bytes], tmp_path: Path, built: Built) -> Path:
    members = {name: data for name, data in members_of(built.wheel).items() if ".dist-info" in name}
    members[f"{INFO}/entry_points.txt"] = f"[vllm.general_plugins]\ndemo = {value}\n".encode()
    return write_wheel(tmp_path / built.wheel.name, members | files)


@pytest.mark.parametrize(
    ("value", "files"),
    [
        ("demo:register", {"demo/__init__.py": b""}),
        ("demo:register", {"demo.py": b""}),
        ("demo:register", {"demo.pyc": b""}),
        ("demo._C:register", {"demo/__init__.py": b"", "demo/_C.abi3.so": b""}),
        ("demo._C:register", {"demo/__init__.py": b"", "demo/_C.cp312-win_amd64.pyd": b""}),
        ("demo._C:register", {"demo/_C.so": b""}),
        ("demo:register", {"demo/__init__.cpython-311-x86_64-linux-gnu.so": b""}),
        ("space.demo:register", {"space/demo/__init__.py": b""}),
        ("demo:register", {"demo-1.0.data/purelib/demo/__init__.py": b""}),
        ("demo:register", {"demo-1.0.data/platlib/demo.py": b""}),
        ("demo", {"demo/inner.py": b""}),
        ("demo:inner", {"demo/inner.py": b""}),
    ],
)
def test_modules_that_are_there(value: str, files: dict, tmp_path: Path, built: Built) -> None:
    wheel = with_target(value, files, tmp_path, built)
    result = check("target-modules", evidence_of(built, wheel=wheel))
    assert result.outcome == "pass", result


@pytest.mark.parametrize(
    ("value", "files", "words"),
    [
        ("demo:register", {}, "did not take up demo"),
        ("demo.tool:main", {"demo/__init__.py": b""}, "holds demo but not demo/tool.py"),
        ("demo:register", {"demo/other.py": b""}, "empty namespace package without register"),
        ("demo:register", {"src/demo/__init__.py": b""}, "src was packed as if it were a package"),
        ("gone:register", {"__editable__.demo.pth": b"/x"}, "the wheel is an editable one"),
        ("dem:register", {"demo/__init__.py": b""}, "did you mean demo?"),
        ("zzz:register", {"demo/__init__.py": b""}, "may be misspelt; the wheel holds demo"),
        ("zzz:register", {}, "the wheel holds no module at all"),
        ("demo:", {"demo/__init__.py": b""}, "malformed"),
        ("not-a-name:register", {"demo/__init__.py": b""}, "malformed"),
    ],
)
def test_modules_that_are_not(
    value: str, files: dict, words: str, tmp_path: Path, built: Built
) -> None:
    wheel = with_target(value, files, tmp_path, built)
    result = check("target-modules", evidence_of(built, wheel=wheel))
    assert result.outcome == "fail"
    assert result.details[0].startswith("[vllm.general_plugins] demo")
    assert words in result.details[0]


def test_a_module_that_a_path_file_may_add(tmp_path: Path, built: Built) -> None:
    wheel = with_target("gone:register", {"paths.pth": b"vendored\n"}, tmp_path, built)
    result = check("target-modules", evidence_of(built, wheel=wheel))
    assert result.outcome == "cannot-tell"
    assert "paths.pth may add its folder" in result.details[0]


def test_an_extension_that_was_not_compiled(tmp_path: Path, built: Built) -> None:
    project = shutil.copytree(built.project, tmp_path / "project")
    project.joinpath("demo", "_fast.pyx").touch()
    wheel = with_target("demo._fast:x", {"demo/__init__.py": b""}, tmp_path, built)
    evidence = evidence_of(Built(project, built.sdist, built.wheel), wheel=wheel)
    assert "demo/_fast.pyx is its source" in check("target-modules", evidence).details[0]


def test_find_module_prefers_a_package_to_a_namespace_of_another_root(
    tmp_path: Path, built: Built
) -> None:
    files = {"demo/data.txt": b"", "demo-1.0.data/purelib/demo/__init__.py": b""}
    wheel = read_wheel(with_target("demo", files, tmp_path, built), "wheel")
    found = find_module(wheel.roots, "demo")
    assert found is not None
    assert not found.namespace


# --- RECORD --------------------------------------------------------------------------------------


def record_faults(tmp_path: Path, members: dict[str, bytes]) -> tuple[str, ...]:
    return verify_record(write_wheel(tmp_path / "demo.whl", members, record=False)).faults


def test_record_of_a_good_wheel(built: Built) -> None:
    reading = verify_record(built.wheel)
    assert reading.faults == ()
    assert reading.files == len(members_of(built.wheel))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{hash}", "A" * 43, ["demo/tool.py has another sha256 than RECORD says"]),
        ("sha256={hash}", "", ["demo/tool.py has no hash in RECORD"]),
        ("sha256={hash}", "md5=abc", ["hash of the kind md5"]),
        ("{hash},{size}", "{hash},7", ["demo/tool.py has {size} bytes, RECORD says 7"]),
        ("{hash},{size}", "{hash},", ["RECORD says nothing"]),
        ("demo/tool.py,", "demo/gone.py,", ["tool.py is in the wheel and", "gone.py is in RECORD"]),
        ("{hash},{size}", "{hash},{size},x", ["has 4 fields", "demo/tool.py is in the wheel and"]),
        (
            "demo/__init__.py,",
            "demo/tool.py,",
            ["tool.py is listed twice", "__init__.py is in the"],
        ),
    ],
)
def test_record_tampered_with(
    old: str, new: str, words: list[str], tmp_path: Path, built: Built
) -> None:
    members = members_of(built.wheel)
    data = members["demo/tool.py"]
    facts = {"hash": digest(data), "size": len(data)}
    text = members[f"{INFO}/RECORD"].decode()
    assert old.format(**facts) in text
    members[f"{INFO}/RECORD"] = text.replace(old.format(**facts), new.format(**facts)).encode()
    faults = "\n".join(record_faults(tmp_path, members))
    for word in words:
        assert word.format(**facts) in faults


def test_record_misses_a_member(tmp_path: Path, built: Built) -> None:
    faults = record_faults(tmp_path, members_of(built.wheel) | {"demo/smuggled.py": b"x"})
    assert faults == ("demo/smuggled.py is in the wheel and not in RECORD",)


def test_signatures_and_folders_need_no_row(tmp_path: Path, built: Built) -> None:
    extra = {f"{INFO}/RECORD.jws": b"x", f"{INFO}/RECORD.p7s": b"x", "demo/": b""}
    assert record_faults(tmp_path, members_of(built.wheel) | extra) == ()


def test_record_missing_or_not_text(tmp_path: Path, built: Built) -> None:
    members = members_of(built.wheel)
    garbled = members | {f"{INFO}/RECORD": b"\xff\xfe"}
    assert "RECORD cannot be read" in record_faults(tmp_path, garbled)[0]
    del members[f"{INFO}/RECORD"]
    assert "0 RECORD files" in record_faults(tmp_path, members)[0]


def test_record_knows_stronger_hashes(tmp_path: Path, built: Built) -> None:
    members = members_of(built.wheel)
    data = members["demo/tool.py"]
    strong = base64.urlsafe_b64encode(hashlib.sha512(data).digest()).rstrip(b"=").decode()
    text = members[f"{INFO}/RECORD"].decode()
    members[f"{INFO}/RECORD"] = text.replace(f"sha256={digest(data)}", f"sha512={strong}").encode()
    assert record_faults(tmp_path, members) == ()


def test_record_of_a_damaged_member(tmp_path: Path, built: Built) -> None:
    data = bytearray(write_wheel(tmp_path / "demo.whl", members_of(built.wheel)).read_bytes())
    at = data.index(b"def main")
    data[at : at + 3] = b"DEF"
    path = tmp_path / built.wheel.name
    path.write_bytes(data)
    result = check("record", evidence_of(built, wheel=path))
    assert result.outcome == "fail"
    assert "demo/tool.py cannot be unpacked" in result.details[0]


# --- the sdist -----------------------------------------------------------------------------------


def rewritten_sdist(built: Built, folder: Path, change: dict[str, bytes | None]) -> Path:
    path = folder / built.sdist.name
    with tarfile.open(built.sdist) as old, tarfile.open(path, "w:gz") as new:
        for member in old:
            name = member.name.partition("/")[2]
            handle = old.extractfile(member)
            data = change.get(name, handle.read() if handle is not None else b"")
            if data is not None:
                member.size = len(data)
                new.addfile(member, io.BytesIO(data))
    return path


def test_sdist_without_its_metadata_file(tmp_path: Path, built: Built) -> None:
    sdist = rewritten_sdist(
        built, tmp_path, {"pyproject.toml": None, "PKG-INFO": None, "README.md": None}
    )
    result = check("readable", evidence_of(built, sdist=sdist))
    assert result.outcome == "fail"
    assert "no single top folder with a pyproject.toml or setup.py" in result.details[0]


def test_sdist_without_pkg_info(tmp_path: Path, built: Built) -> None:
    sdist = rewritten_sdist(built, tmp_path, {"PKG-INFO": None})
    result = check("sdist-metadata", evidence_of(built, sdist=sdist))
    assert result.outcome == "fail"
    assert result.details == (
        "PKG-INFO is not in the sdist: see MANIFEST.in and the backend's exclude lists",
    )


def test_sdist_that_declares_something_else(tmp_path: Path, built: Built) -> None:
    text = built.project.joinpath("pyproject.toml").read_text()
    changed = text.replace("demo:register", "demo:other").encode()
    sdist = rewritten_sdist(built, tmp_path, {"pyproject.toml": changed})
    result = check("sdist-entry-points", evidence_of(built, sdist=sdist))
    assert result.outcome == "fail"
    assert result.details[0].startswith("changed: [vllm.general_plugins] demo is demo:register")


# --- twine, and the machinery --------------------------------------------------------------------


def test_twine_is_never_asked_about_no_files() -> None:
    from vplug.release.twine_check import twine_check

    with pytest.raises(ValueError, match="no files"):
        twine_check([])


def test_twine_does_not_import_from_the_project(tmp_path: Path, built: Built) -> None:
    # `python -m twine` looks into the working folder first.
    project = shutil.copytree(built.project, tmp_path / "project")
    project.joinpath("twine.py").write_text("raise SystemExit('plugin code ran')\n")
    report = build_project(project, tmp_path / "out", isolation=False)
    assert {c.name: str(c.outcome) for c in report.checks}["twine"] == "pass"


def test_a_crashing_check_is_no_pass(built: Built) -> None:
    def crash(wheel_path: Path) -> None:
        raise KeyError(wheel_path.name)

    result = run_check(ArtifactCheck("crash", crash), evidence_of(built))  # type: ignore[arg-type]
    assert result.outcome == "crashed"
    assert "KeyError" in result.message
    report = BuildReport("p", "demo", "1.0", (), (result,))
    assert report.status is ExitStatus.FAILED


def test_a_check_without_its_evidence_is_skipped() -> None:
    for item in CHECKS:
        assert run_check(item, {}).outcome == "skipped" or item.name == "readable"


def test_messages_cannot_move_the_cursor(tmp_path: Path, built: Built) -> None:
    text = "[vllm.general_plugins]\nd\x1b[2Jemo = demo:register\n"
    members = members_of(built.wheel) | {f"{INFO}/entry_points.txt": text.encode()}
    wheel = write_wheel(tmp_path / built.wheel.name, members)
    result = check("entry-points", evidence_of(built, wheel=wheel))
    assert result.outcome == "fail"
    assert not any("\x1b" in detail for detail in result.details)
