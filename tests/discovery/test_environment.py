# ruff: noqa: PTH100, PTH112, PTH208 - paths as sys.path holds them: text
"""Which folders an environment imports from, told without running anything of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support import clean_environment, lay_distribution, make_venv, site_packages, write

from vplug.discovery import environment as environment_module
from vplug.discovery.environment import (
    environment_of_prefix,
    environment_of_python,
    running_environment,
)
from vplug.discovery.installed import scan
from vplug.errors import UsageFault

GENERAL = {"vllm.general_plugins": {"mine": "demo:register"}}
POSIX = pytest.mark.skipif(os.name == "nt", reason="needs shell scripts and symbolic links")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A virtual environment with one plugin in it."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    folder = tmp_path / "env"
    make_venv(folder)
    lay_distribution(site_packages(folder), "demo", groups=GENERAL)
    return folder


def real_path(python: Path, **env: str) -> list[str]:
    """What the interpreter itself says its path is."""
    done = subprocess.run(
        [str(python), "-c", "import json, sys; print(json.dumps(sys.path[1:]))"],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(**env),
    )
    return [os.path.realpath(path) for path in json.loads(done.stdout)]


def names(environment: environment_module.Environment) -> list[str | None]:
    return [item.name for item in scan(environment).distributions]


def test_the_running_environment_is_sys_path() -> None:
    found = running_environment()
    assert found.running
    assert found.label == sys.prefix
    assert len(set(found.paths)) == len(found.paths)
    assert {os.path.abspath(path or ".") for path in sys.path} == set(found.paths)


def test_another_interpreter_is_asked_where_it_imports_from(root: Path) -> None:
    python = root / "bin" / "python"
    found = environment_of_python(python)
    assert not found.running
    assert found.label == str(python)
    assert names(found) == ["demo"]
    assert [os.path.realpath(path) for path in found.paths] == real_path(python)


def test_a_venv_root_will_do_for_python(root: Path) -> None:
    assert names(environment_of_python(root)) == ["demo"]


def test_an_interpreter_by_a_relative_path(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root.parent)
    assert names(environment_of_python(Path("env/bin/python"))) == ["demo"]


@POSIX
def test_an_environment_of_copied_interpreter_is_itself(tmp_path: Path, root: Path) -> None:
    """The interpreter's link is not followed to the base it came from."""
    link = tmp_path / "link"
    link.symlink_to(root)
    assert names(environment_of_python(link / "bin" / "python")) == ["demo"]


@POSIX
def test_an_interpreter_by_its_name_on_the_path(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{root / 'bin'}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.chdir(tmp_path)
    found = environment_of_python(Path("python"))
    assert names(found) == ["demo"]
    assert found.label == "python"


@POSIX
def test_a_script_that_starts_an_environments_interpreter(root: Path, tmp_path: Path) -> None:
    script = tmp_path / "shim"
    script.write_text(f'#!/bin/sh\nexec "{root}/bin/python" "$@"\n')
    script.chmod(0o755)
    assert names(environment_of_python(script)) == ["demo"]


@pytest.mark.parametrize("system", [False, True])
@pytest.mark.parametrize("off", [False, True])
def test_the_users_own_folder_counts_where_site_says_so(
    tmp_path: Path, system: bool, off: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`pip install --user`: seen by an interpreter that is in no environment of its own."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    variables = {"PYTHONUSERBASE": str(tmp_path / "home")}
    if off:
        variables["PYTHONNOUSERSITE"] = "1"
    else:
        monkeypatch.delenv("PYTHONNOUSERSITE", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    python = make_venv(tmp_path / "env", system=system)
    lay_distribution(site_packages(tmp_path / "home"), "users", groups=GENERAL)
    lay_distribution(site_packages(tmp_path / "env"), "demo", groups=GENERAL)
    found = environment_of_python(python)
    # What the base interpreter itself has installed is no part of this.
    mine = [name for name in names(found) if name in {"demo", "users"}]
    assert mine == (["demo", "users"] if system and not off else ["demo"])
    ours = [os.path.realpath(path) for path in found.paths]
    real = [path for path in real_path(python, **variables) if os.path.isdir(path)]
    assert [path for path in ours if path in real] == real


@pytest.mark.parametrize("system", [False, True])
def test_system_site_packages_come_where_pyvenv_cfg_says(
    tmp_path: Path, system: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    python = make_venv(tmp_path / "env", system=system)
    ours = [os.path.realpath(path) for path in environment_of_python(python).paths]
    real = [path for path in real_path(python, PYTHONNOUSERSITE="1") if os.path.isdir(path)]
    missing = [path for path in real if path not in ours]
    assert not missing
    base = [
        path for path in ours if path.endswith("-packages") and str(tmp_path.resolve()) not in path
    ]
    assert bool(base) is system


@pytest.mark.parametrize(
    "line",
    [
        "include-system-site-packages = TRUE",
        "include-system-site-packages=true",
        "include-system-site-packages   =   true   ",
    ],
)
def test_pyvenv_cfg_is_read_as_site_reads_it(tmp_path: Path, line: str) -> None:
    make_venv(tmp_path / "env")
    config = tmp_path / "env" / "pyvenv.cfg"
    text = config.read_text().replace("include-system-site-packages = false", line)
    assert line in text
    config.write_text(text)
    site = str(site_packages(tmp_path / "env").resolve())
    others = [p for p in environment_of_python(tmp_path / "env").site_folders if p != site]
    assert others


def test_pythonpath_comes_first(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    extra = tmp_path / "extra"
    lay_distribution(extra, "first", groups=GENERAL)
    monkeypatch.setenv("PYTHONPATH", str(extra))
    found = environment_of_python(root)
    assert names(found) == ["first", "demo"]
    assert found.paths[0] == str(extra)


# --prefix


def test_a_prefix_is_a_root_or_a_site_packages_folder(root: Path) -> None:
    for folder in (root, site_packages(root)):
        found = environment_of_prefix(folder)
        assert names(found) == ["demo"]
        assert found.label == str(folder)


@pytest.mark.parametrize(
    "layout",
    [
        "lib/python3.11/site-packages",
        "lib/python3.13/site-packages",
        "lib64/python3.12/site-packages",
        "Lib/site-packages",
        "lib/python3/dist-packages",
        "lib/python3.12/dist-packages",
        "lib/pypy3.11/site-packages",
    ],
)
def test_every_layout_of_a_root(tmp_path: Path, layout: str) -> None:
    lay_distribution(tmp_path / layout, "demo", groups=GENERAL)
    assert names(environment_of_prefix(tmp_path)) == ["demo"]


@POSIX
@pytest.mark.parametrize("system", ["true", "false"])
def test_a_prefix_takes_from_its_base_what_pyvenv_cfg_says(tmp_path: Path, system: str) -> None:
    """An environment made over an installation that holds vLLM."""
    root = tmp_path / "env"
    lay_distribution(tmp_path / "base/lib/python3.12/site-packages", "lent", groups=GENERAL)
    lay_distribution(tmp_path / "base/lib/python3.11/site-packages", "others", groups=GENERAL)
    lay_distribution(root / "lib/python3.12/site-packages", "demo", groups=GENERAL)
    config = f"home = {tmp_path}/base/bin\ninclude-system-site-packages = {system}\n"
    write(root, {"pyvenv.cfg": f"{config}version = 3.12.4\n"})
    expected = ["demo", "lent"] if system == "true" else ["demo"]
    assert names(environment_of_prefix(root)) == expected


@POSIX
def test_lib64_as_a_link_is_not_told_twice(tmp_path: Path) -> None:
    lay_distribution(tmp_path / "lib/python3.12/site-packages", "demo", groups=GENERAL)
    (tmp_path / "lib64").symlink_to("lib")
    assert names(environment_of_prefix(tmp_path)) == ["demo"]


def test_a_folder_of_any_name_that_holds_metadata_is_a_prefix(tmp_path: Path) -> None:
    lay_distribution(tmp_path / "target", "demo", groups=GENERAL)
    assert names(environment_of_prefix(tmp_path / "target")) == ["demo"]


def test_an_empty_site_packages_is_a_prefix_with_nothing_in_it(tmp_path: Path) -> None:
    (tmp_path / "site-packages").mkdir()
    assert names(environment_of_prefix(tmp_path / "site-packages")) == []


@pytest.mark.parametrize("kind", ["missing", "file", "empty", "project"])
def test_a_wrong_prefix_is_a_usage_fault(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "place"
    if kind == "file":
        folder.write_text("")
    elif kind == "empty":
        folder.mkdir()
    elif kind == "project":
        write(folder, {"pyproject.toml": "[project]\nname = 'demo'\n", "src/demo/__init__.py": ""})
    with pytest.raises(UsageFault) as caught:
        environment_of_prefix(folder)
    assert str(folder) in caught.value.message
    assert "--prefix" in caught.value.message


# .pth files


def test_path_lines_of_pth_files_are_followed(tmp_path: Path, root: Path) -> None:
    site = site_packages(root)
    outside, inside = tmp_path / "outside", site / "inside"
    lay_distribution(outside, "outside", groups=GENERAL)
    lay_distribution(inside, "inside", groups=GENERAL)
    write(
        site,
        {
            "b.pth": f"# {tmp_path}/comment\n\n{outside}  \n{tmp_path}/nowhere\n",
            "a.pth": "inside\r\ninside\r\n",
            "not-a-pth.txt": str(tmp_path),
        },
    )
    assert names(environment_of_python(root)) == ["demo", "inside", "outside"]
    assert names(environment_of_prefix(root)) == ["demo", "inside", "outside"]
    assert [os.path.realpath(p) for p in environment_of_python(root).paths] == real_path(
        root / "bin" / "python"
    )


def test_pth_files_of_followed_folders_are_not_read(tmp_path: Path, root: Path) -> None:
    lay_distribution(tmp_path / "second", "second", groups=GENERAL)
    write(tmp_path / "first", {"next.pth": f"{tmp_path / 'second'}\n"})
    write(site_packages(root), {"a.pth": f"{tmp_path / 'first'}\n"})
    assert names(environment_of_python(root)) == ["demo"]
    assert str(tmp_path / "second") not in real_path(root / "bin" / "python")


@pytest.mark.parametrize("how", ["python", "prefix"])
def test_code_lines_of_pth_files_are_not_run(tmp_path: Path, root: Path, how: str) -> None:
    trap = tmp_path / "ran"
    other = tmp_path / "after"
    lay_distribution(other, "after", groups=GENERAL)
    site = site_packages(root)
    hook = f"import pathlib; pathlib.Path({str(trap)!r}).touch()"
    write(site, {"hook.pth": f"{hook}\n{hook.replace(' ', chr(9), 1)}\n{other}\n"})
    write(site, {"sitecustomize.py": f"open({str(trap)!r}, 'w').close()\n"})
    write(site, {"usercustomize.py": f"open({str(trap)!r}, 'w').close()\n"})
    found = environment_of_python(root) if how == "python" else environment_of_prefix(root)
    assert names(found) == ["demo", "after"]
    assert [Path(path).name for path in found.hooks] == ["hook.pth"]
    assert not trap.exists()
    # The trap does work: the environment's own interpreter walks into it.
    real_path(root / "bin" / "python")
    assert trap.exists()


def test_a_pth_file_that_is_no_text_does_not_stop_the_scan(root: Path) -> None:
    site = site_packages(root)
    write(site, {"broken.pth": b"\xff\xfe\x00nonsense\n"})
    (site / "folder.pth").mkdir()
    assert names(environment_of_python(root)) == ["demo"]


@POSIX
def test_a_pth_line_with_a_null_byte_does_not_stop_the_scan(root: Path) -> None:
    write(site_packages(root), {"null.pth": b"some\x00where\n"})
    assert names(environment_of_prefix(root)) == ["demo"]


# interpreters that are none


@POSIX
@pytest.mark.parametrize(
    "script",
    [
        "#!/bin/sh\necho garbage\n",
        "#!/bin/sh\nexit 0\n",
        "#!/bin/sh\necho '[]'\n",
        "#!/bin/sh\necho '{}'\n",
        "#!/bin/sh\nexit 3\n",
        "#!/bin/sh\nprintf '\\377\\376'\n",
        "#!/bin/sh\nkill -9 $$\n",
    ],
)
def test_a_script_is_no_interpreter(tmp_path: Path, script: str) -> None:
    fake = tmp_path / "python"
    fake.write_text(script)
    fake.chmod(0o755)
    with pytest.raises(UsageFault, match="is not a Python 3 interpreter") as caught:
        environment_of_python(fake)
    assert caught.value.hint


@POSIX
def test_an_interpreter_that_never_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nexec sleep 60\n")
    fake.chmod(0o755)
    monkeypatch.setattr(environment_module, "_ASK_SECONDS", 0.2)
    with pytest.raises(UsageFault, match="gave no answer"):
        environment_of_python(fake)


def test_a_missing_interpreter(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="no such file"):
        environment_of_python(tmp_path / "python")


def test_a_folder_without_an_interpreter(tmp_path: Path) -> None:
    with pytest.raises(UsageFault, match="without bin/python") as caught:
        environment_of_python(tmp_path)
    assert caught.value.hint
    assert "--prefix" in caught.value.hint


@POSIX
def test_a_file_that_may_not_be_run(tmp_path: Path) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\n")
    fake.chmod(0o644)
    with pytest.raises(UsageFault, match="cannot be run"):
        environment_of_python(fake)


def test_a_file_that_is_no_program(tmp_path: Path) -> None:
    fake = tmp_path / "python"
    fake.write_bytes(b"\x00\x01\x02")
    fake.chmod(0o755)
    with pytest.raises(UsageFault):
        environment_of_python(fake)


@POSIX
def test_a_venv_whose_base_is_gone(tmp_path: Path) -> None:
    root = tmp_path / "env"
    make_venv(root)
    for name in os.listdir(root / "bin"):
        if name.startswith("python"):
            (root / "bin" / name).unlink()
    (root / "bin" / "python").symlink_to(tmp_path / "gone")
    with pytest.raises(UsageFault):
        environment_of_python(root)
    assert shutil.which("gone") is None
