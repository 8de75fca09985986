"""The corpus of small plugin projects: finding its cases, setting one up, validating it."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import shutil
import tarfile
import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from vplug.discovery.environment import Environment
from vplug.errors import ExitStatus
from vplug.model import Report, TargetReport
from vplug.rules.config import Settings
from vplug.rules.validate import exit_status, validate

CORPUS = Path(__file__).parents[1] / "corpus"

#: The vLLM release that cases are judged against unless they name another: a newer store changes none.
RELEASE = "0.33.0"

#: Keys of an ``expected.json``; tests/corpus/README.md explains them.
KEYS = frozenset(
    {"findings", "codes", "also", "cannot_tell", "suppressed", "error", "target", "make", "vllm"}
)
FINDING_KEYS = frozenset({"code", "path", "line", "severity", "message_contains", "hint_contains"})


@dataclass(frozen=True)
class Case:
    """One folder of the corpus."""

    folder: Path

    @property
    def id(self) -> str:
        return f"{self.code}/{self.folder.name}"

    @property
    def code(self) -> str:
        """The code that the folder's own folder is named after."""
        return self.folder.parent.name.partition("-")[0]

    @cached_property
    def expected(self) -> dict[str, Any]:
        data = json.loads((self.folder / "expected.json").read_text(encoding="utf-8"))
        unknown = (data.keys() - KEYS) | {
            key for item in data.get("findings", ()) for key in item.keys() - FINDING_KEYS
        }
        assert not unknown, f"{self.id}: expected.json has unknown keys {sorted(unknown)}"
        return data

    @property
    def codes(self) -> tuple[str, ...]:
        """The rules that the case is about."""
        return tuple(self.expected.get("codes") or (self.code, *self.expected.get("also", ())))

    @property
    def vllm(self) -> str:
        """The vLLM release to judge against."""
        return self.expected.get("vllm", RELEASE)

    @property
    def is_failing(self) -> bool:
        return any(item["code"] == self.code for item in self.expected["findings"])

    @property
    def is_clean(self) -> bool:
        """Whether the rule has an answer here, and nothing to say against it."""
        expected = self.expected
        return (
            self.code in self.codes
            and not self.is_failing
            and not {"suppressed", "error"} & expected.keys()
            and self.code not in expected.get("cannot_tell", ())
        )

    def set_up(self, folder: Path) -> tuple[str, Environment]:
        """Copy the case into ``folder``; return what to validate, and the environment around it."""
        project = folder / "project"
        shutil.copytree(self.folder, project, symlinks=True)
        (project / "expected.json").unlink()
        for name, made in self.expected.get("make", {}).items():
            _make(project / name, made)
        site = project / "environment.d"
        around = ()
        if site.is_dir():
            shutil.move(site, folder / "site-packages")
            around = (str(folder / "site-packages"),)
        environment = Environment("the case's environment", around)
        archives = sorted(project.glob("*.d"))
        if archives:
            return str(_pack(archives[0], folder)), environment
        return self.expected.get("target", str(project)), environment


def _make(path: Path, made: dict[str, Any]) -> None:
    """Make a file that a repository cannot well hold."""
    path.parent.mkdir(parents=True, exist_ok=True)
    match made:
        case {"blank_bytes": size}:
            path.write_bytes(b"\n" * size)
        case {"link": target}:
            path.symlink_to(target)
        case {"text": text}:
            path.write_text(text, encoding="utf-8")
        case _:
            raise AssertionError(f"expected.json: make {path.name}: {made}")


def _pack(source: Path, folder: Path) -> Path:
    """Make the wheel or sdist that ``NAME.whl.d`` or ``NAME.tar.gz.d`` is the contents of."""
    archive = folder / source.name.removesuffix(".d")
    files = sorted(path for path in source.rglob("*") if path.is_file())
    if not archive.name.endswith(".whl"):
        top = archive.name.removesuffix(".tar.gz")
        with tarfile.open(archive, "w:gz") as tar:
            for path in files:
                tar.add(path, f"{top}/{path.relative_to(source).as_posix()}")
        return archive
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    name = next(source.glob("*.dist-info")).name + "/RECORD"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as wheel:
        for path in files:
            data = path.read_bytes()
            digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
            member = path.relative_to(source).as_posix()
            rows.writerow((member, f"sha256={digest}", len(data)))
            wheel.writestr(member, data)
        rows.writerow((name, "", ""))
        wheel.writestr(name, record.getvalue())
    return archive


CASES = [Case(path.parent) for path in sorted(CORPUS.glob("VP*/*/expected.json"))]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for ``case`` every case of the corpus."""
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", CASES, ids=[case.id for case in CASES])


@pytest.fixture
def cases() -> list[Case]:
    """Every case of the corpus."""
    return CASES


class Validator:
    """Validates as the command line does, in an environment of the test's own."""

    def __init__(self) -> None:
        self.environment = Environment("an empty environment", ())
        self.vllm = RELEASE

    def report(self, *labels: str | Path, settings: Settings | None = None) -> Report:
        return validate(
            [str(label) for label in labels],
            settings or Settings(),
            lambda: self.environment,
            vllm=self.vllm,
        )

    def __call__(self, label: str | Path, *select: str) -> TargetReport:
        """Return the report on one target, judged by the rules of ``select`` (all when none)."""
        (target,) = self.report(label, settings=Settings(select=select)).targets
        return target

    def status(self, *labels: str | Path, settings: Settings | None = None) -> ExitStatus:
        return exit_status(self.report(*labels, settings=settings))


@pytest.fixture
def check() -> Validator:
    return Validator()


@pytest.fixture
def project(tmp_path: Path):
    """Write a project's files, given by path; return its folder."""

    def write(files: dict[str, str | bytes], name: str = "project") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        for path, content in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return folder

    return write
