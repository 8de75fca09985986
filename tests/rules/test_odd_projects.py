"""Projects that nobody should have: whatever they hold, an answer comes, and it is one sentence."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tarfile
import time
import zipfile
from typing import TYPE_CHECKING

import pytest

from vplug.errors import ExitStatus
from vplug.model import OutcomeKind
from vplug.report.as_json import report_json
from vplug.rules.validate import exit_status

if TYPE_CHECKING:
    from pathlib import Path

CODE = "def register():\n    return None\n"
CLEAN, FINDINGS, USAGE, NOTHING, FAILED = (
    ExitStatus.CLEAN,
    ExitStatus.FINDINGS,
    ExitStatus.USAGE,
    ExitStatus.NOTHING,
    ExitStatus.FAILED,
)


def named(name: str = "mine", value: str = "mine:register") -> str:
    """A pyproject.toml with one plugin of this name and value."""
    return (
        '[project]\nname = "mine"\nversion = "1.0"\n\n'
        '[project.entry-points."vllm.general_plugins"]\n'
        f"{json.dumps(name, ensure_ascii=False)} = {json.dumps(value, ensure_ascii=False)}\n"
    )


def table(line: str, rest: str = "") -> dict[str, str]:
    """A project whose plugin table is something else."""
    return {"pyproject.toml": f'[project]\nname = "mine"\nversion = "1.0"\n{line}\n{rest}'}


def coded(code: str, **more: str) -> dict[str, str]:
    """A project with one plugin, and the code of its modules."""
    files = {f"mine/{name}.py": text for name, text in more.items()}
    return {"pyproject.toml": named(), "mine/__init__.py": code, **files}


def assert_told_well(report, status: ExitStatus) -> None:
    """No crash, the right status, and every text one sentence for a person."""
    (target,) = report.targets
    assert exit_status(report) is status, target
    texts = [finding.message for finding in target.findings]
    texts += [outcome.reason for outcome in target.outcomes if outcome.reason]
    if target.error is not None:
        texts.append(target.error)
        assert not target.error.endswith(".")
        assert "Traceback" not in target.error
        assert "fault in vplug" not in (target.hint or "")
    for text in texts:
        assert text.strip()
        assert "\n" not in text
    assert not [o for o in target.outcomes if o.kind is OutcomeKind.CRASHED]
    json.dumps(report_json(report, "0", int(status)), ensure_ascii=False).encode()


def fails(reason: str):
    return pytest.mark.xfail(strict=True, reason=reason)


ODD: list[tuple[str, dict[str, str | bytes], ExitStatus]] = [
    # pyproject.toml
    ("empty", {"pyproject.toml": ""}, NOTHING),
    ("blank", {"pyproject.toml": "\n\n# nothing\n"}, NOTHING),
    ("null bytes", {"pyproject.toml": b"\0\0\0"}, FAILED),
    ("not UTF-8", {"pyproject.toml": b"[project]\nname = '\xff'\n"}, FAILED),
    ("UTF-16", {"pyproject.toml": named().encode("utf-16")}, FAILED),
    ("byte order mark", {"pyproject.toml": b"\xef\xbb\xbf" + named().encode()}, FINDINGS),
    ("Windows lines", {"pyproject.toml": named().replace("\n", "\r\n")}, FINDINGS),
    ("project is text", {"pyproject.toml": 'project = "mine"\n'}, NOTHING),
    ("project is a list", {"pyproject.toml": "[[project]]\nname = 'mine'\n"}, NOTHING),
    ("tool is text", {"pyproject.toml": "tool = 3\n" + named()}, FINDINGS),
    ("build-system is text", {"pyproject.toml": "build-system = 3\n" + named()}, FINDINGS),
    ("every field is a number", table("description = 1\nreadme = 2\nlicense = 3\ndynamic = 4"), 3),
    ("dynamic holds numbers", table("dynamic = [1, [2]]"), NOTHING),
    ("dependencies are text", table('dependencies = "vllm"'), NOTHING),
    ("dependencies are a number", table("dependencies = 5"), NOTHING),
    ("dependencies hold tables", table("dependencies = [{ vllm = '*' }]"), NOTHING),
    ("optional dependencies are a list", table("optional-dependencies = ['vllm']"), NOTHING),
    ("urls are text", table("urls = 'example'"), NOTHING),
    ("scripts are a list", table("scripts = ['a']"), NOTHING),
    # the entry-point table
    ("entry points are a list", table("entry-points = []"), FINDINGS),
    ("entry points are text", table("entry-points = 'vllm.general_plugins'"), FINDINGS),
    ("group is a list", table("[[project.entry-points.'vllm.general_plugins']]\na = 'b'"), FINDINGS),
    ("group is text", table("[project.entry-points]\n'vllm.general_plugins' = 'mine'"), FINDINGS),
    ("value is a number", table("[project.entry-points.'vllm.general_plugins']\nmine = 3"), FINDINGS),
    ("value is a list", table("[project.entry-points.'vllm.general_plugins']\nmine = ['a']"), FINDINGS),
    (
        "unquoted",
        {
            **table("[project.entry-points.vllm.general_plugins]\nmine = 'mine:register'"),
            "mine.py": CODE,
        },
        FINDINGS,
    ),
    ("deep table", table("[project.entry-points.vllm.a.b.c.d]\nmine = 'mine:register'"), FINDINGS),
    # names and values
    ("empty value", {"pyproject.toml": named(value="")}, FINDINGS),
    ("blank value", {"pyproject.toml": named(value="   ")}, FINDINGS),
    ("nothing after the colon", {"pyproject.toml": named(value="mine:")}, FINDINGS),
    ("nothing before the colon", {"pyproject.toml": named(value=":register")}, FINDINGS),
    ("colon alone", {"pyproject.toml": named(value=":")}, FINDINGS),
    ("dots alone", {"pyproject.toml": named(value="...:...")}, FINDINGS),
    ("line break in the value", {"pyproject.toml": named(value="mine\n:register")}, FINDINGS),
    ("line break in the name", {"pyproject.toml": named("mi\nne", "mine:")}, FINDINGS),
    ("escape code in the value", {"pyproject.toml": named(value="\x1b[31mmine")}, FINDINGS),
    ("huge name", {"pyproject.toml": named("n" * 100_000), "mine.py": CODE}, CLEAN),
    ("huge value", {"pyproject.toml": named(value="a." * 5_000 + "b:c")}, FINDINGS),
    ("huge attribute", {"pyproject.toml": named(value="mine:a" + ".a" * 5_000), "mine.py": ""}, 1),
    ("unicode name", {"pyproject.toml": named("größe-模型-🦙"), "mine.py": CODE}, CLEAN),
    ("unicode module", {"pyproject.toml": named(value="größe:los"), "größe.py": "los = print"}, 0),
    ("right-to-left name", {"pyproject.toml": named("\u202emine"), "mine.py": CODE}, CLEAN),
    ("extras", {"pyproject.toml": named(value="mine:register [extra]"), "mine.py": CODE}, CLEAN),
    ("many dots", {"pyproject.toml": named(value="mine.mod:a.b.c"), "mine/mod.py": "a = 1"}, CLEAN),
    ("keyword", {"pyproject.toml": named(value="class:def")}, FINDINGS),
    ("module of the standard library", {"pyproject.toml": named(value="os:getcwd")}, FINDINGS),
    # setup.py and setup.cfg
    ("setup.py is empty", {"setup.py": ""}, NOTHING),
    ("setup.py does not parse", {"setup.py": "setup("}, CLEAN),
    ("setup.py holds null bytes", {"setup.py": b"\0"}, CLEAN),
    ("setup.py calls it twice", {"setup.py": "setup(version='1')\nsetup(version='2')"}, CLEAN),
    ("setup.py has numbers", {"setup.py": "setup(name=1, entry_points=2, package_dir=3)"}, NOTHING),
    ("setup.py nests lists", {"setup.py": "setup(version='1', entry_points={'vllm.x': [['a']]})"}, FINDINGS),
    ("setup.py has a lone group", {"setup.py": "setup(entry_points={'vllm.x': 'a = b'})"}, FINDINGS),
    ("setup.py asks itself", {"setup.py": "a = b\nb = a\nsetup(version='1', entry_points=a)"}, CLEAN),
    ("setup.py unpacks a list", {"setup.py": "setup(**[1])"}, NOTHING),
    ("setup.py installs a number", {"setup.py": "setup(name='a', install_requires=7)"}, NOTHING),
    ("setup.py has bad INI", {"setup.py": "setup(entry_points='vllm.x')"}, NOTHING),
    ("setup.cfg is empty", {"setup.cfg": ""}, NOTHING),
    ("setup.cfg is no INI", {"setup.cfg": "name = mine\n"}, FAILED),
    ("setup.cfg line without a value", {"setup.cfg": "[options.entry_points]\nvllm.x\n"}, FAILED),
    (
        "setup.cfg interpolates",
        {"setup.cfg": "[metadata]\nversion = 1\nname = %(x)s\n[options.entry_points]\nvllm.x =\n  %a = b\n"},
        FINDINGS,
    ),
    # modules
    ("imports itself", coded("import mine\nfrom . import *\nfrom mine import mine\n" + CODE), CLEAN),
    ("circle of imports", coded("from .a import register", a="from .b import *", b="from .a import *"), 0),
    ("circle of re-exports", coded("from .a import register", a="from . import register"), CLEAN),
    ("circle of aliases", coded("register = other\nother = register\n"), CLEAN),
    ("alias of itself", coded("register = register\n"), CLEAN),
    ("class inherits itself", coded("class register(register):\n    pass\n"), CLEAN),
    ("classes inherit each other", coded("class register(B): ...\nclass B(register): ...\n"), CLEAN),
    ("function returns itself", coded("def register():\n    return register()\n"), CLEAN),
    ("empty module", coded(""), FINDINGS),
    ("nested parentheses", coded("x = " + "(" * 2_000 + ")" * 2_000 + "\n" + CODE), FINDINGS),
    ("nested lists", coded("x = " + "[" * 90 + "]" * 90 + "\n" + CODE), CLEAN),
    ("long chain of attributes", coded("register = a" + ".a" * 400), CLEAN),
    ("long sum", coded("register = len" + " + 1" * 400), CLEAN),
    ("long chain of elifs", coded("if a:\n    pass\n" + "elif a:\n    pass\n" * 900 + CODE), CLEAN),
    ("deep blocks", coded("".join("  " * n + "if 1:\n" for n in range(110)) + "  " * 110 + "1"), 1),
    ("many definitions", coded(CODE * 5_000), CLEAN),
    ("many names", coded("".join(f"x{n} = {n}\n" for n in range(20_000)) + CODE), CLEAN),
    ("long chain of re-exports", coded("from .m0 import register", **{
        f"m{n}": f"from .m{n + 1} import register" for n in range(200)} | {"m200": CODE}), CLEAN),
    ("relative import that climbs out", coded("from ...x import register"), CLEAN),
    ("binary module", {**coded(""), "mine/__init__.py": bytes(range(256))}, FINDINGS),
    ("__init__.py is a folder", {"pyproject.toml": named(), "mine/__init__.py/x.txt": ""}, FINDINGS),
    ("__getattr__ asks itself", coded("def __getattr__(name):\n    return __getattr__(name)\n"), 0),
    ("__getattr__ loops", coded("def __getattr__(name):\n    import mine\n    return mine.other\n"), 0),
    ("two-argument __getattr__", coded("def __getattr__(a, b):\n    return 1\n"), CLEAN),
]  # fmt: skip

#: What vplug does wrong with some of them.
KNOWN: dict[str, str] = {}


@pytest.mark.parametrize(
    ("files", "status"),
    [
        pytest.param(files, ExitStatus(status), id=name, marks=fails(KNOWN[name]) if name in KNOWN else ())
        for name, files, status in ODD
    ],
)  # fmt: skip
def test_odd_project(check, project, files, status: ExitStatus) -> None:
    assert_told_well(check.report(project(files)), status)


def platform(code: str) -> dict[str, str]:
    """A platform plugin of this code."""
    return {**coded(code), "pyproject.toml": named().replace("general", "platform")}


RETURNED = {
    "text without dots": "def register():\n    return 'Platform'\n",
    "empty text": "def register():\n    return ''\n",
    "dots alone": "def register():\n    return '...'\n",
    "blank": "def register():\n    return ' '\n",
    "leading dot": "def register():\n    return '.platform.Platform'\n",
    "trailing dot": "def register():\n    return 'mine.platform.'\n",
    "path": "def register():\n    return '/mine/platform.py'\n",
    "climbing path": "def register():\n    return '../../etc.passwd'\n",
    "null byte": "def register():\n    return 'mine.a\\0b.C'\n",
    "line break": "def register():\n    return 'mine\\n.C'\n",
    "bytes": "def register():\n    return b'mine.C'\n",
    "long text": "def register():\n    return 'mine' + '.a' * 3000\n",
    "itself": "def register():\n    return register\n",
    "recursion": "def register():\n    return register()\n",
    "mutual recursion": "def register():\n    return a()\ndef a():\n    return register()\n",
    "local of itself": "def register():\n    a = a\n    return a\n",
    "locals in a circle": "def register():\n    a = b\n    b = a\n    return a\n",
    "global in a circle": "a = b\nb = a\ndef register():\n    return a\n",
    "unhashable key": "def register():\n    return {[]: 1}[{}]\n",
    "index out of range": "def register():\n    return ['mine.C'][7]\n",
    "negative index": "def register():\n    return ['mine.C'][-7]\n",
    "dictionary in a dictionary": "def register():\n    return {(1, (2,)): {}}[(1, (2,))]\n",
    "slice": "def register():\n    return ['mine.C'][0:1]\n",
    "generator": "def register():\n    yield 'mine.C'\n",
    "sum of lists and text": "def register():\n    return ['a'] + 'b'\n",
    "f-string with a format": "def register():\n    return f'{1:>{2}}{register!r}'\n",
    "doubling": "def f(a=None):\n    return a or f(1) or f(2)\ndef register():\n    return f() or f()\n",
}

CRASHING: dict[str, str] = {}


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(code, id=name, marks=fails(CRASHING[name]) if name in CRASHING else ())
        for name, code in RETURNED.items()
    ],
)
def test_odd_return(check, project, code: str) -> None:
    report = check.report(project(platform(code)))
    assert_told_well(report, exit_status(report))
    assert exit_status(report) in (CLEAN, FINDINGS)


def test_returns_that_call_each_other_are_followed_in_good_time(check, project) -> None:
    """Each function has two ways on: followed to the end, they would be 2 to the power of 24."""
    steps = "".join(
        f"def f{n}(x):\n    return f{n + 1}(1) if x else f{n + 1}(2)\n" for n in range(24)
    )
    code = steps + "def f24(x):\n    return 'mine.C'\n\n\ndef register():\n    return f0(0)\n"
    began = time.perf_counter()
    assert_told_well(check.report(project(platform(code))), CLEAN)
    assert time.perf_counter() - began < 5


def test_module_of_20_megabytes(check, project) -> None:
    big = "x = 1\n" * (20 * 2**20 // 6)
    report = check.report(project(coded("from . import big\n" + CODE, big=big)))
    assert_told_well(report, FINDINGS)
    assert [f.code for f in report.targets[0].findings if f.severity == "error"] == ["VP002"]


def test_links_in_a_loop(check, project) -> None:
    folder = project(coded("from .loop import register\nfrom .self import x\n"))
    (folder / "mine/loop").symlink_to(folder / "mine", target_is_directory=True)
    (folder / "mine/self.py").symlink_to("self.py")
    assert_told_well(check.report(folder), FINDINGS)  # Python finds no module there either


def test_what_links_lead_back_to_is_told_once(check, project) -> None:
    lost = "from .nowhere import x\n"
    folder = project(coded(CODE, other=lost))
    (folder / "mine/loop").symlink_to(".", target_is_directory=True)
    (folder / "mine/sub").mkdir()
    (folder / "mine/sub/up").symlink_to("..", target_is_directory=True)
    found = check.report(folder).targets[0].findings
    assert [f.location.path for f in found if f.code == "VP114"] == ["mine/other.py"]


def test_project_is_a_link_to_itself(check, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert_told_well(check.report(tmp_path / "loop"), USAGE)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="this user can read everything"
)
@pytest.mark.parametrize(
    ("path", "status"),
    [("pyproject.toml", FAILED), ("mine/__init__.py", FINDINGS), ("mine", FINDINGS), ("", FAILED)],
)
def test_no_permission_to_read(check, project, path: str, status: ExitStatus) -> None:
    folder = project(coded(CODE))
    (folder / path).chmod(0)
    try:
        assert_told_well(check.report(folder), status)
    finally:
        (folder / path).chmod(0o755)


@pytest.mark.parametrize("path", ["pyproject.toml", "setup.py", "setup.cfg"])
def test_metadata_file_is_a_folder(check, project, path: str) -> None:
    assert_told_well(check.report(project({f"{path}/x.txt": ""})), NOTHING)


METADATA = "Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n\n"
POINTS = "[vllm.general_plugins]\nmine = mine:register\n"
WHEELS: dict[str, tuple[dict[str, str | bytes], ExitStatus]] = {
    "empty": ({}, FAILED),
    "no metadata": ({"mine/__init__.py": CODE}, FAILED),
    "no entry points": ({"mine-1.0.dist-info/METADATA": METADATA}, NOTHING),
    "empty metadata": (
        {
            "mine-1.0.dist-info/METADATA": "",
            "mine-1.0.dist-info/entry_points.txt": POINTS,
            "mine.py": CODE,
        },
        FINDINGS,
    ),
    "two metadata folders": (
        {"a-1.dist-info/METADATA": METADATA, "b-1.dist-info/METADATA": METADATA},
        FAILED,
    ),
    "entry points are not UTF-8": (
        {
            "mine-1.0.dist-info/METADATA": METADATA,
            "mine-1.0.dist-info/entry_points.txt": b"[vllm.x]\n\xff = a",
        },
        FAILED,
    ),
    "entry points without a group": (
        {
            "mine-1.0.dist-info/METADATA": METADATA,
            "mine-1.0.dist-info/entry_points.txt": "mine = mine:register\n",
        },
        NOTHING,
    ),
    "entry point without a value": (
        {
            "mine-1.0.dist-info/METADATA": METADATA,
            "mine-1.0.dist-info/entry_points.txt": "[vllm.general_plugins]\nmine\n",
        },
        FINDINGS,
    ),
    "climbs out": ({"../../mine.py": CODE, "mine-1.0.dist-info/METADATA": METADATA}, FAILED),
    "absolute": ({"/etc/mine.py": CODE, "mine-1.0.dist-info/METADATA": METADATA}, FAILED),
}


@pytest.mark.parametrize(("members", "status"), WHEELS.values(), ids=WHEELS)
def test_odd_wheel(check, tmp_path: Path, members, status: ExitStatus) -> None:
    path = tmp_path / "mine-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name, content in members.items():
            wheel.writestr(name, content)
    assert_told_well(check.report(path), status)


@pytest.mark.parametrize("keep", [0, 1, 100, -30, -1])
def test_truncated_wheel(check, tmp_path: Path, keep: int) -> None:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as wheel:
        wheel.writestr("mine-1.0.dist-info/METADATA", METADATA)
    path = tmp_path / "mine-1.0-py3-none-any.whl"
    path.write_bytes(whole.getvalue()[:keep])
    assert_told_well(check.report(path), FAILED)


@pytest.mark.parametrize("content", [b"", b"\x1f\x8b no gzip", b"no archive at all"])
def test_sdist_that_is_no_archive(check, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "mine-1.0.tar.gz"
    path.write_bytes(content)
    assert_told_well(check.report(path), FAILED)


@pytest.mark.parametrize("keep", [40, -8, -40])
def test_truncated_sdist(check, tmp_path: Path, keep: int) -> None:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w:gz") as tar:
        member = tarfile.TarInfo("mine-1.0/pyproject.toml")
        member.size = 4000
        tar.addfile(member, io.BytesIO(os.urandom(4000)))
    path = tmp_path / "mine-1.0.tar.gz"
    path.write_bytes(whole.getvalue()[:keep])
    assert_told_well(check.report(path), FAILED)


@pytest.mark.parametrize("label", ["", " ", "\0", "a" * 5000, "./", "-", "*", "mine[extra]"])
def test_odd_label(check, tmp_path: Path, monkeypatch, label: str) -> None:
    monkeypatch.chdir(tmp_path)
    report = check.report(label)
    assert exit_status(report) in (USAGE, NOTHING)
    assert_told_well(report, exit_status(report))


def test_nothing_is_imported_or_run(check, project) -> None:
    """Reading is not running: neither the build files nor the modules."""
    trap = "import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\nraise SystemExit\n"
    folder = project(
        {
            "pyproject.toml": named(),
            "setup.py": trap + "setup()",
            "mine/__init__.py": trap + CODE,
            "conftest.py": trap,
        }
    )
    before = set(sys.modules)
    check.report(folder)
    assert not list(folder.rglob("*.ran"))
    assert not list(folder.rglob("__pycache__"))
    assert "mine" not in set(sys.modules) - before


def test_warnings_of_plugin_code_are_not_ours(project) -> None:
    """An invalid escape in somebody's string is told by their Python, not on our stderr."""
    folder = project(coded('"""\\d"""\nx = "\\d"\nassert (1, "x")\n' + CODE))
    done = subprocess.run(
        [sys.executable, "-W", "always", "-m", "vplug", "validate", folder, "--json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "SyntaxWarning" not in done.stderr
    assert json.loads(done.stdout)["status"] == 0
