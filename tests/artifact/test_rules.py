"""Each rule on built files: what fails it, one fault at a time, and that a good release passes all."""

# ruff: noqa: E501 - a case is a line
from __future__ import annotations

import tarfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from vplug.discovery.project import read_project
from vplug.discovery.tree import FolderTree
from vplug.model import OutcomeKind
from vplug.release.artifacts import judge, judge_artifacts
from vplug.rules.codes import CODES

INFO = "mine-1.0.dist-info"
METADATA = f"{INFO}/METADATA"
WHEEL = f"{INFO}/WHEEL"
HEAD = "Metadata-Version: 2.4\nName: mine\nVersion: 1.0\n"
RST = "Description-Content-Type: text/x-rst\n\n"
BODY = "Description-Content-Type: text/plain\n\nMine\n"
# Put together here, so that no scanner takes this file for a leak.
TOKEN = "hf" + "_" + "aQwErTyUiOpAsDfGhJkLzXcVbNmqWeRtYu"
KEY = "-----BEGIN " + "PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQ\n"


@dataclass(frozen=True)
class Case:
    """A file with one fault: its code, words of the message, and the member it names."""

    code: str
    words: str
    wheel: dict | None = None
    sdist: dict | None = None
    name: str | None = None
    path: str | None = None
    severity: str | None = None
    options: dict = field(default_factory=dict)


CASES = [
    Case("VP503", "is of version 1.1, METADATA says 1.0", {}, name="mine-1.1-py3-none-any.whl", path=METADATA),
    Case("VP503", "names other, METADATA names mine", {}, name="other-1.0-py3-none-any.whl"),
    Case("VP503", "is no valid name of a wheel", {}, name="mine-1.0.whl"),
    Case("VP503", "is no valid name of a wheel", {}, name="mine-1.0.whl".replace("1.0", "x-py3-none-any")),
    Case("VP503", "is of version 2, PKG-INFO says 1.0", sdist={}, name="mine-2.tar.gz", path="PKG-INFO"),
    Case("VP504", "should begin with mine-1.0", {}, name="Mine-1.0-py3-none-any.whl", severity="info"),
    Case("VP504", "should begin with mine-1.0", sdist={}, name="Mine-1.0.tar.gz", severity="warning"),
    Case("VP504", "is no .tar.gz", sdist={}, name="mine-1.0.tgz"),
    Case("VP505", "the wheel has no WHEEL", {WHEEL: None}, path=WHEEL),
    Case("VP505", "this holds a-1.dist-info, mine-1.0.dist-info", {"a-1.dist-info/METADATA": ""}),
    Case("VP505", "has no PKG-INFO", sdist={"PKG-INFO": None}, path="PKG-INFO"),
    Case("VP505", "no pyproject.toml and no setup.py", sdist={"pyproject.toml": None}),
    Case("VP506", "says py3-none-any, WHEEL says cp312-cp312-linux_x86_64",
         {WHEEL: "Root-Is-Purelib: true\nTag: cp312-cp312-linux_x86_64\n"}, path=WHEEL),
    Case("VP506", "WHEEL has no Tag line", {WHEEL: "Root-Is-Purelib: true\n"}),
    Case("VP506", "build number 1", {}, name="mine-1.0-1-py3-none-any.whl", severity="warning"),
    Case("VP507", "mine/late.py is in the wheel and not in RECORD", {}, options={"after": {"mine/late.py": "x"}}),
    Case("VP507", "mine/ops.py is in the archive twice", {}, options={"after": {"mine/ops.py": "x"}}),
    Case("VP508", "holds 6 things at its top", sdist={"README": "", "b": ""}, options={"top": ""}),
    Case("VP508", "top folder is other-1.0", sdist={}, options={"top": "other-1.0/"}, severity="warning"),
    Case("VP512", "mine/gone.json, which is nowhere",
         {"mine/ops.py": "import pathlib\nwork = (pathlib.Path(__file__).parent / 'gone.json').read_text()\n"},
         path="mine/ops.py", severity="warning"),
    Case("VP520", "top-level folder tests (1 file)", {"tests/__init__.py": ""}, path="tests", severity="warning"),
    Case("VP520", "top-level folder csrc (1 file)", {"csrc/ops.cu": ""}, path="csrc"),
    Case("VP520", "top-level folder .github (2 files)", {".github/ci.yml": "", ".github/x/y": ""}, path=".github"),
    Case("VP520", "top-level folder docs (1 file)", {"mine-1.0.data/purelib/docs/index.md": ""}, path="mine-1.0.data/purelib/docs"),
    Case("VP520", "README.md beside all other packages", {"README.md": "# Mine"}, path="README.md", severity="warning"),
    Case("VP520", "LICENSE at the root of the environment", {"mine-1.0.data/data/LICENSE": ""}, path="mine-1.0.data/data/LICENSE"),
    Case("VP520", "test_mine.py beside all other packages", {"test_mine.py": ""}, path="test_mine.py"),
    Case("VP520", "conftest.py beside", {"conftest.py": ""}),
    Case("VP520", "__init__.py beside", {"__init__.py": ""}),
    Case("VP520", "pyproject.toml beside", {"pyproject.toml": "[project]"}),
    Case("VP521", "mine/.env would be published", {"mine/.env": "A=b"}, path="mine/.env"),
    Case("VP521", ".aws/credentials would be published", {"mine/.aws/credentials": "x"}, path="mine/.aws/credentials"),
    Case("VP521", "id_ed25519_sk would be published", sdist={"id_ed25519_sk": ""}, path="id_ed25519_sk"),
    Case("VP521", ".env.local would be published", sdist={".env.local": "A=b"}, path=".env.local"),
    Case("VP521", "id_rsa would be published", sdist={"tests/id_rsa": ""}, severity="warning"),
    Case("VP522", "what looks like a Hugging Face token", {"mine/keys.py": f"\nTOKEN = '{TOKEN}'\n"}, path="mine/keys.py"),
    Case("VP522", "what looks like a private key", sdist={"deploy.txt": KEY}, path="deploy.txt"),
    Case("VP523", "mine/__pycache__ is a cache", {"mine/__pycache__/a.cpython-312.pyc": b"x", "mine/__pycache__/b.pyc": b"x"}, path="mine/__pycache__"),
    Case("VP523", ".pytest_cache is a cache", sdist={".pytest_cache/README.md": ""}),
    Case("VP524", ".git is Git's own store", sdist={".git/config": "", ".git/HEAD": ""}, path=".git"),
    Case("VP524", "mine/.ops.py.swp is an editor's swap file", {"mine/.ops.py.swp": b""}),
    Case("VP524", "mine/ops.py.orig is what a merge left behind", {"mine/ops.py.orig": ""}),
    Case("VP526", "has the set-user-ID", {}, options={"modes": {"mine/ops.py": 0o104755}}, path="mine/ops.py"),
    Case("VP526", "cannot be read by its owner", {}, options={"modes": {"mine/ops.py": 0o100200}}),
    Case("VP530", "is for one platform, and holds nothing compiled",
         {WHEEL: "Root-Is-Purelib: false\nTag: cp312-cp312-linux_x86_64\n"}, name="mine-1.0-cp312-cp312-linux_x86_64.whl"),
    Case("VP531", "mine/_C.abi3.so is compiled", {"mine/_C.abi3.so": b"\x7fELF"}, path="mine/_C.abi3.so"),
    Case("VP532", "root is pure Python, and mine/_C.so is compiled",
         {WHEEL: "Root-Is-Purelib: true\nTag: cp312-cp312-linux_x86_64\n", "mine/_C.so": b"\x7fELF"},
         name="mine-1.0-cp312-cp312-linux_x86_64.whl"),
    Case("VP532", "no Root-Is-Purelib", {WHEEL: "Tag: py3-none-any\n"}),
    Case("VP532", "root is compiled, and the wheel is pure", {WHEEL: "Root-Is-Purelib: false\nTag: py3-none-any\n"}),
    Case("VP540", "not valid", {METADATA: HEAD.replace("2.4", "2.0") + BODY}, path=METADATA),
    Case("VP540", "requires-dist", {METADATA: HEAD + "Requires-Dist: a ??\n" + BODY}),
    Case("VP541", "needs Metadata-Version 2.4, this is 2.1",
         {METADATA: HEAD.replace("2.4", "2.1") + "License-Expression: MIT\n" + BODY}),
    Case("VP541", "both License-Expression and License", {METADATA: HEAD + "License-Expression: MIT\nLicense: MIT\n" + BODY}),
    Case("VP541", "the classifier 'License :: OSI", {METADATA: HEAD + "License-Expression: MIT\nClassifier: License :: OSI Approved :: MIT License\n" + BODY}, severity="warning"),
    Case("VP541", "is no SPDX expression", {METADATA: HEAD + "License-Expression: My own\n" + BODY}),
    Case("VP541", "is spelt 'MIT'", {METADATA: HEAD + "License-Expression: mit\n" + BODY}, severity="info"),
    Case("VP542", "the licence file LICENSE", {f"{INFO}/licenses/LICENSE": None}, path=f"{INFO}/licenses/LICENSE"),
    Case("VP542", "the licence file LICENSE", sdist={"LICENSE": None}, path="LICENSE"),
    Case("VP543", "not valid reStructuredText", {METADATA: HEAD + RST + "T\n=\n\n`broken <http:\n\n.. nothing::\n"}),
    Case("VP544", "there is no long description", {METADATA: HEAD}),
    Case("VP544", "content type is not given", {METADATA: HEAD + "\nText\n"}, severity="warning"),
    Case("VP544", "is not one that indexes know", {METADATA: HEAD + "Description-Content-Type: text/html\n\nx\n"}, severity="error"),
]  # fmt: skip


def built(case: Case, make) -> Path:
    if case.wheel is not None:
        return make.wheel(case.wheel, case.name or "mine-1.0-py3-none-any.whl", **case.options)
    return make.sdist(case.sdist, case.name or "mine-1.0.tar.gz", **case.options)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code}-{case.words[:30]}")
def test_fails(case: Case, make) -> None:
    (report,) = judge_artifacts([built(case, make)], None)
    assert not [o for o in report.outcomes if o.kind is OutcomeKind.CRASHED]
    found = [f for f in report.findings if f.code == case.code and case.words in f.message]
    assert len(found) == 1, [(f.code, f.message) for f in report.findings]
    if case.path is not None:
        assert found[0].location is not None
        assert found[0].location.path == case.path
    assert found[0].severity == (case.severity or CODES[case.code].severity)


def test_a_good_release_passes_them_all(make) -> None:
    wheel, sdist = make.wheel(), make.sdist()
    twins = {wheel: make.wheel(), sdist: sdist}
    source = read_project(FolderTree(make.project()), "project")
    reports = judge_artifacts([sdist, wheel], source, twins)
    assert [report.findings for report in reports] == [(), ()]
    passed = {o.code for r in reports for o in r.outcomes if o.kind is OutcomeKind.PASS}
    # Markdown needs no rendering; a description in reStructuredText has its own test.
    assert {code for code in CODES if code.startswith("VP5")} - passed == {"VP543"}


def test_cargos_own_originals_belong(make) -> None:
    # `cargo package` writes Cargo.toml anew and keeps the author's beside it; vendored crates hold both.
    files = {"include/cargo/a-1.0/Cargo.toml.orig": "", "include/cargo/a-1.0/Cargo.toml": ""}
    (report,) = judge_artifacts([make.sdist(files)], None)
    assert [f.message for f in report.findings if f.code == "VP524"] == []


@pytest.mark.parametrize(
    "members",
    [
        {"mine.py": "", "mine_ops.abi3.so": b"\x7fELF", "mine.pth": "x"},
        {"mine/README.md": "", "mine/tests/test_a.py": "", "mine/.hidden/x": ""},
        {".dylibs/libomp.dylib": b"", "mine.libs/libomp.so.1": b""},  # delocate's and auditwheel's
        {"mine-1.0.data/data/share/doc/mine/README.md": "", "mine-1.0.data/scripts/setup.py": ""},
        {"mine-1.0.data/headers/README.md": "", "license_keys.py": "", "testing_tools.py": ""},
    ],
)
def test_what_belongs_at_the_top(make, members: dict) -> None:
    (report,) = judge_artifacts([make.wheel(members)], None)
    assert [f.message for f in report.findings if f.code == "VP520"] == []


def test_every_rule_has_a_failing_case() -> None:
    elsewhere = {
        "VP501",
        "VP502",
        "VP509",
        "VP510",
        "VP511",
        "VP513",
        "VP525",
    }  # below, and in test_unsafe.py
    assert {case.code for case in CASES} | elsewhere == {c for c in CODES if c.startswith("VP5")}


def test_a_description_that_renders(make) -> None:
    metadata = HEAD + RST + "Mine\n====\n\nA `link <https://example.org>`_.\n"
    assert judge([make.wheel({METADATA: metadata})], None) == ()
    # As setuptools wrote it until metadata 2.1: folded into a header.
    folded = (
        HEAD
        + "Description-Content-Type: text/x-rst\nDescription: Mine\n        ====\n        \n        Text\n"
    )
    assert judge([make.wheel({METADATA: folded})], None) == ()


def test_license_files_of_older_metadata_may_lie_at_the_top(make) -> None:
    old = HEAD.replace("2.4", "2.1") + "License-File: LICENSE\n" + BODY
    changes = {METADATA: old, f"{INFO}/licenses/LICENSE": None, f"{INFO}/LICENSE": "MIT"}
    assert judge([make.wheel(changes)], None) == ()


def test_entry_points_lost_changed_and_added(make) -> None:
    text = "[vllm.general_plugins]\nmore = mine:register\n"
    wheel = make.wheel({f"{INFO}/entry_points.txt": text})
    found = judge([wheel, make.sdist()], make.project())
    assert [(f.severity, f.code, f.message.partition(" is in ")[0]) for f in found] == [
        ("error", "VP510", "lost: [vllm.general_plugins] mine = mine:register"),
        ("warning", "VP510", "extra: [vllm.general_plugins] more = mine:register"),
    ]
    assert found[0].location.path == f"{wheel.name}!{INFO}/entry_points.txt"


def test_computed_entry_points_cannot_be_told(make) -> None:
    setup = "from setuptools import setup\nimport os\nsetup(name='mine', entry_points=eval(os.environ['X']))\n"
    project = make.project({"pyproject.toml": None, "setup.py": setup})
    source = read_project(FolderTree(project), "project")
    (report,) = judge_artifacts([make.wheel()], source)
    (outcome,) = [o for o in report.outcomes if o.code == "VP510"]
    assert outcome.kind is OutcomeKind.UNKNOWN
    assert "computed" in (outcome.reason or "")


def test_a_module_that_the_project_has_and_the_wheel_lacks(make) -> None:
    code = {
        "mine/__init__.py": "def register():\n    from mine import late\n    import mine_extra\n",
        "mine/late.py": "",
        "mine_extra.py": "",
    }
    project = make.project(code)
    wheel = make.wheel({"mine/__init__.py": code["mine/__init__.py"]})
    found = judge([wheel], project)
    assert {(f.code, f.message.partition(" imports ")[2].partition(",")[0]) for f in found} == {
        ("VP511", "mine.late"),
        ("VP511", "mine_extra"),
    }


def test_a_module_that_the_sdist_has_and_the_wheel_lacks(make) -> None:
    wheel = make.wheel({"mine/ops.py": None})
    (found,) = judge([wheel, make.sdist()], None)
    assert (found.code, found.severity) == ("VP511", "error")
    assert "mine.ops, which the sdist has at mine/ops.py" in found.message
    assert found.location.path == f"{wheel.name}!mine/__init__.py"
    # Alone, it is for VP114 to say: there is nothing to compare with.
    (report,) = judge_artifacts([wheel], None)
    assert {o.kind for o in report.outcomes if o.code == "VP511"} == {OutcomeKind.SKIPPED}


def test_an_optional_module_that_nobody_has_is_no_fault(make) -> None:
    code = "try:\n    from mine import _fast\nexcept ImportError:\n    _fast = None\n\n\ndef register():\n    pass\n"
    assert (
        judge([make.wheel({"mine/__init__.py": code})], make.project({"mine/__init__.py": code}))
        == ()
    )


def test_data_that_was_left_out(make) -> None:
    code = {
        "mine/ops.py": (
            "from pathlib import Path\nHERE = Path(__file__).parent\n"
            "def work():\n    return (HERE / 'table.json').read_text()\n"
        ),
        "mine/table.json": "{}",
    }
    project = make.project(code)
    (found,) = judge([make.wheel({"mine/ops.py": code["mine/ops.py"]})], project)
    assert (found.code, found.severity) == ("VP512", "error")
    assert "the project has as mine/table.json" in found.message
    assert judge([make.wheel(code)], project) == ()
    (found,) = judge([make.sdist({"mine/ops.py": code["mine/ops.py"]})], project)
    assert found.location.path == "mine-1.0.tar.gz!mine/ops.py"


def test_built_twice(make) -> None:
    first = make.wheel()
    cases = {
        "other contents": (
            make.wheel({"mine/ops.py": "def work(): 1\n"}),
            "warning",
            "mine/ops.py",
        ),
        "bear other times": (make.wheel(time=(2021, 1, 1, 0, 0, 0)), "info", "mine/__init__.py"),
        "is in the second build alone": (make.wheel({"mine/x.py": ""}), "warning", "mine/x.py"),
        "then file mode 0755": (
            make.wheel(modes={"mine/ops.py": 0o100755}),
            "warning",
            "mine/ops.py",
        ),
    }
    for words, (twin, severity, path) in cases.items():
        (report,) = judge_artifacts([first], None, {first: twin})
        found = [f for f in report.findings if words in f.message]
        assert [(f.code, f.severity, f.location.path) for f in found] == [("VP513", severity, path)]


def test_mixed_versions(make) -> None:
    found = judge([make.sdist(), make.wheel(name="mine-0.9-py3-none-any.whl")], None)
    assert [f.code for f in found if f.code == "VP509"] == ["VP509", "VP509"]


def test_size_limit(make) -> None:
    table = "\n[tool.vplug]\nsize-limit = 0.0001\n"
    project = make.project()
    with (project / "pyproject.toml").open("a") as file:
        file.write(table)
    (found,) = judge([make.wheel()], project)
    assert found.code == "VP525"
    assert "more than the 0.0001 MiB that are allowed" in found.message


def test_what_a_project_ignores_is_left_out(make) -> None:
    project = make.project()
    wheel = make.wheel({"tests/__init__.py": "", "mine/.env": ""})
    assert {f.code for f in judge([wheel], project)} == {"VP520", "VP521"}
    for table, codes in {
        'ignore = ["VP520"]': {"VP521"},
        'select = ["VP1"]': {"VP520", "VP521"},
        'select = ["secret-file"]': {"VP521"},
    }.items():
        text = (project / "pyproject.toml").read_text().partition("\n[tool.vplug]")[0]
        (project / "pyproject.toml").write_text(f"{text}\n[tool.vplug]\n{table}\n")
        assert {f.code for f in judge([wheel], project)} == codes


def test_a_secret_is_never_shown(make) -> None:
    found = judge([make.sdist({"deploy.py": f"A = '{TOKEN}'"})], None)
    assert [f.code for f in found] == ["VP522"]
    assert TOKEN not in repr(found)
    assert TOKEN[3:12] not in repr(found)


def test_tar_kinds_are_named(make, tar_member) -> None:
    folder = tar_member("mine-1.0/closed", tarfile.DIRTYPE, mode=0o600)
    found = judge([make.sdist(odd=(folder,))], None)
    assert [(f.code, f.message) for f in found] == [
        ("VP526", "closed cannot be read by its owner (mode 0600)")
    ]
