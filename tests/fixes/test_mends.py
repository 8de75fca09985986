"""Which findings are mended, and with what."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from tests.support import (
    clean_environment,
    lay_distribution,
    make_tar,
    make_venv,
    plugin_wheel,
    site_packages,
    vplug_here,
    write,
)

from vplug.discovery.open import open_target
from vplug.errors import VplugError
from vplug.fixes import project as project_module
from vplug.fixes.mends import certain_group
from vplug.fixes.project import plan
from vplug.fixes.project import write as write_changes
from vplug.loader import GROUPS
from vplug.rules.config import Settings

SETUP = "from setuptools import setup\n"
HEAD = "[project]\nname = 'demo' # ours\nversion = '1.0'\ndescription = 'd'\n"
G = "[project.entry-points.'vllm.general_plugins']\nmine = 'demo:register'\n"
IO = "[project.entry-points.'vllm.io_processor_plugins']\nmine = 'demo:register'\n"


def run(root: Path, *words: str | Path) -> CompletedProcess[str]:
    return vplug_here("validate", *words, cwd=root)


def codes(root: Path, *words: str) -> set[str]:
    found = json.loads(run(root, "--json", *words).stdout)
    return {row["code"] for target in found["targets"] for row in target["findings"]}


def files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def fixed(root: Path, code: str, *words: str) -> dict[str, tuple[bytes, bytes]]:
    """Mend one rule's findings; return the files that changed, after trying the diff and a second run."""
    before = files(root)
    shown = run(root, "--diff", "--select", code)
    assert files(root) == before
    done = run(root, "--fix", "--select", code, *words)
    after = files(root)
    assert after.keys() == before.keys()
    changed = {name: (before[name], after[name]) for name in after if after[name] != before[name]}
    assert bool(changed) == bool(shown.stdout)
    assert shown.returncode == (1 if changed else 0)
    for name in changed:
        assert f"--- a/{name}\n+++ b/{name}\n" in shown.stdout
        assert f"{name}: mends {code}" in done.stderr
    run(root, "--fix", "--select", code)
    assert files(root) == after
    if changed:
        assert code not in codes(root, "--select", code)
    return changed


def test_a_colon_in_a_class_name(tmp_path: Path) -> None:
    code = "class P: ...\n\ndef register():\n    # a:B\n    return ('demo:P')  # why\n"
    write(tmp_path, {"pyproject.toml": HEAD + IO, "demo/__init__.py": code})
    ((before, after),) = fixed(tmp_path, "VP203").values()
    assert after == before.replace(b"'demo:P'", b"'demo.P'")


@pytest.mark.parametrize(
    "code",
    [
        "def register():\n    return 'demo:Gone'\n",
        "NAME = 'demo:P'\nclass P: ...\ndef register():\n    return NAME\n",
        "class P: ...\ndef register():\n    return 'demo' + ':P'\n",
        "def register():\n    return 'other.thing:P'\n",
    ],
    ids=["class is not there", "a constant", "put together", "another's class"],
)
def test_a_colon_where_the_mend_is_not_certain(tmp_path: Path, code: str) -> None:
    write(tmp_path, {"pyproject.toml": HEAD + IO, "demo/__init__.py": code})
    assert "VP203" in codes(tmp_path, "--select", "VP203")
    assert fixed(tmp_path, "VP203") == {}


def test_a_dotted_model_name(tmp_path: Path) -> None:
    code = (
        "from vllm import ModelRegistry\nclass M: ...\nclass N: ...\ndef register():\n"
        "    ModelRegistry.register_model(\n        'M', # one\n        'demo.M',\n    )\n"
        "    ModelRegistry.register_model('N', 'demo.N'); ModelRegistry.register_model('G', 'demo.Gone')\n"
    )
    write(tmp_path, {"pyproject.toml": HEAD + G, "demo/__init__.py": code})
    run(tmp_path, "--fix", "--select", "VP207")
    after = (tmp_path / "demo/__init__.py").read_text()
    assert after == code.replace("'demo.M'", "'demo:M'").replace("'demo.N'", "'demo:N'")
    run(tmp_path, "--fix", "--select", "VP207")
    assert (tmp_path / "demo/__init__.py").read_text() == after


@pytest.mark.parametrize("name", ["README.md", "Readme.rst", "readme.TXT"])
def test_a_readme_that_is_there(tmp_path: Path, name: str) -> None:
    write(tmp_path, {"pyproject.toml": HEAD + G, "demo.py": "def register(): ...\n", name: "# x\n"})
    ((before, after),) = fixed(tmp_path, "VP401").values()
    assert after == before.replace(b"'d'\n", f"'d'\nreadme = \"{name}\"\n".encode())


@pytest.mark.parametrize("names", [[], ["README.md", "README.rst"], ["README"], ["docs/README.md"]])
def test_a_readme_that_is_not_known(tmp_path: Path, names: list[str]) -> None:
    write(tmp_path, {"pyproject.toml": HEAD + G, "demo.py": "def register(): ...\n"})
    write(tmp_path, dict.fromkeys(names, "x"))
    assert fixed(tmp_path, "VP401") == {}


@pytest.mark.parametrize(
    ("tool", "python"),
    [
        ("[tool.vplug]\nvllm = '>=0.32'\n", b">=3.11"),
        ("[tool.vplug]\nvllm = '>=0.20,<0.33'\n", b">=3.10"),
        ("", b">=3.9"),
    ],
)
def test_requires_python_is_what_its_vllm_needs(tmp_path: Path, tool: str, python: bytes) -> None:
    write(tmp_path, {"pyproject.toml": HEAD + G + tool, "demo.py": "def register(): ...\n"})
    ((before, after),) = fixed(tmp_path, "VP404").values()
    assert after == before.replace(b"'d'\n", b"'d'\nrequires-python = \"" + python + b'"\n')


def test_the_range_is_what_compat_says(tmp_path: Path) -> None:
    code = "def register():\n    from vllm.plugins.io_processors.interface import IOProcessor\n"
    write(tmp_path, {"pyproject.toml": HEAD + G, "demo/__init__.py": code})
    told = json.loads(vplug_here("compat", "--json", cwd=tmp_path).stdout)["targets"][0][
        "supported"
    ]
    ((before, after),) = fixed(tmp_path, "VP407").values()
    assert after == before + f'\n[tool.vplug]\nvllm = "{told}"\n'.encode()
    assert vplug_here("compat", cwd=tmp_path).returncode == 0


def test_no_range_where_nothing_is_known_to_work(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": HEAD + G, "demo.py": "def regster(): ...\n"})
    assert fixed(tmp_path, "VP407") == {}


@pytest.mark.parametrize(
    ("name", "group"),
    [
        ("vllm.general_plugin", "vllm.general_plugins"),
        ("vllm.general-plugins", "vllm.general_plugins"),
        ("vllm_general_plugins", "vllm.general_plugins"),
        ("VLLM.general_plugins", "vllm.general_plugins"),
        ("vllm.genral_plugins", "vllm.general_plugins"),
        ("vllm.platform", "vllm.platform_plugins"),
        ("vllm.io_processor_plugin", "vllm.io_processor_plugins"),
        ("vllm.logits_processor", "vllm.logits_processors"),
        ("vllm.plugins", None),
        ("vllm.models", None),
        ("vllm.plugin", None),
        ("other.general_plugins", None),
        *((group.name, None) for group in GROUPS),
    ],
)
def test_which_groups_are_certain(name: str, group: str | None) -> None:
    assert certain_group(name) == group


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", HEAD + "[project.entry-points.'{}'] # g\nmine = 'demo:f'\nb = 'demo:f'\n"),
        ("pyproject.toml", "[tool.poetry]\nname = 'demo'\n[tool.poetry.plugins.\"{}\"]\nmine = 'demo:f'\n"),
        ("setup.py", SETUP + "setup(name='demo', entry_points={{'{}': ['mine=demo:f']}})\n"),
        ("setup.cfg", "[metadata]\nname = demo\n[options.entry_points]\n{} =\n    mine = demo:f\n"),
    ],
    ids=["project", "poetry", "setup.py", "setup.cfg"],
)  # fmt: skip
def test_a_misspelt_group(tmp_path: Path, file: str, text: str) -> None:
    wrong, right = "vllm.general_plugin", "vllm.general_plugins"
    write(tmp_path, {file: text.format(wrong), "demo.py": "def f(): ...\n"})
    assert fixed(tmp_path, "VP101") == {
        file: (text.format(wrong).encode(), text.format(right).encode())
    }


def test_a_group_that_may_mean_several_stays(tmp_path: Path) -> None:
    text = HEAD + "[project.entry-points.'vllm.plugins']\nmine = 'demo:f'\n"
    write(tmp_path, {"pyproject.toml": text, "demo.py": "def f(): ...\n"})
    assert fixed(tmp_path, "VP101") == {}


def test_an_unquoted_and_misspelt_group_in_one_go(tmp_path: Path) -> None:
    text = HEAD + "[project.entry-points.vllm.general_plugin]\nmine = 'demo:f'\n"
    write(tmp_path, {"pyproject.toml": text, "demo.py": "def f(): ...\n"})
    run(tmp_path, "--fix", "--select", "VP1")
    after = (tmp_path / "pyproject.toml").read_text()
    assert after == text.replace("vllm.general_plugin]", '"vllm.general_plugins"]')
    run(tmp_path, "--fix", "--select", "VP1")
    assert (tmp_path / "pyproject.toml").read_text() == after


# the command


#: Works with some releases: else there is no range to declare.
PROCESSOR = """\
from vllm.plugins.io_processors.interface import IOProcessor


class P(IOProcessor):
    def parse_data(self, data): ...
    def pre_process(self, prompt, request_id=None, **kwargs): ...
    def post_process(self, model_output, request_id=None, **kwargs): ...


def register():
    return 'demo:P'
"""


def everything(root: Path) -> Path:
    return write(
        root,
        {
            "pyproject.toml": HEAD + IO.replace("plugins", "plugin"),
            "README.md": "# demo\n",
            "demo/__init__.py": PROCESSOR,
        },
    )


def test_all_at_once_is_stable_and_the_rest_is_reported(tmp_path: Path) -> None:
    everything(tmp_path)
    done = run(tmp_path, "--fix")
    assert done.returncode in {0, 1}
    assert done.stderr.count(": mends ") == 5
    assert not {"VP101", "VP203", "VP401", "VP404", "VP407"} & codes(tmp_path)
    assert "VP402" in done.stdout
    after = files(tmp_path)
    assert "mends" not in run(tmp_path, "--fix").stderr
    assert files(tmp_path) == after
    assert (tmp_path / "pyproject.toml").read_text().startswith("[project]\nname = 'demo' # ours\n")


def test_the_diff_applies(tmp_path: Path) -> None:
    if shutil.which("git") is None:
        pytest.skip("git is not here")
    everything(tmp_path / "one" / "p")
    everything(tmp_path / "two" / "p")
    for folder in ("one", "two"):
        path = tmp_path / folder / "p/pyproject.toml"
        path.write_bytes(path.read_bytes().rstrip(b"\n"))
        code = tmp_path / folder / "p/demo/__init__.py"
        latin = "# coding: latin-1\r\n# \xe9\r\n".encode("latin-1")
        code.write_bytes(latin + code.read_bytes().replace(b"\n", b"\r\n"))
    shown = subprocess.run(
        [sys.executable, "-m", "vplug", "validate", "p", "--diff"],
        cwd=tmp_path / "one",
        env=clean_environment(),
        capture_output=True,
        check=False,
    )
    assert shown.returncode == 1
    assert b"would mend VP203" in shown.stderr
    run(tmp_path / "one", "p", "--fix")
    patch = tmp_path / "x.patch"
    patch.write_bytes(shown.stdout)
    subprocess.run(["git", "apply", str(patch)], cwd=tmp_path / "two", check=True)
    assert files(tmp_path / "two") == files(tmp_path / "one")


def test_nothing_to_mend(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": HEAD + G, "demo.py": "def register(): ...\n"})
    done = run(tmp_path, "--diff", "--select", "VP1")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "nothing to mend\n")


def test_only_projects_are_mended_and_then_none(tmp_path: Path) -> None:
    everything(tmp_path / "p")
    plugin_wheel(tmp_path / "demo-1.0-py3-none-any.whl")
    make_tar(tmp_path / "demo-1.0.tar.gz", {"demo-1.0/pyproject.toml": HEAD + G})
    make_venv(tmp_path / "env")
    groups = {"vllm.general_plugins": {"inst": "inst:f"}}
    lay_distribution(site_packages(tmp_path / "env"), "inst", groups=groups, files={"inst.py": ""})
    before = files(tmp_path)
    for label in ("demo-1.0-py3-none-any.whl", "demo-1.0.tar.gz", "inst"):
        done = run(tmp_path, "p", label, "--fix", "--prefix", "env")
        assert done.returncode == 2
        assert "--fix mends project folders" in done.stderr
        assert files(tmp_path) == before


def test_a_project_that_cannot_be_read_is_reported_and_the_others_are_mended(
    tmp_path: Path,
) -> None:
    everything(tmp_path / "p")
    write(tmp_path / "bad", {"pyproject.toml": "["})
    done = run(tmp_path, "bad", "p", "--fix")
    assert done.returncode == 4
    assert "mends VP203" in done.stderr
    assert "is not valid TOML" in done.stdout or "error:" in done.stdout


@pytest.mark.parametrize(
    "words", [["--json"], ["--output", "json:x"], ["--format", "text"], ["--write-baseline"]]
)
def test_a_diff_is_alone_on_stdout(tmp_path: Path, words: list[str]) -> None:
    everything(tmp_path)
    assert run(tmp_path, "--diff", *words).returncode == 2


def test_ignored_and_quieted_findings_are_not_mended(tmp_path: Path) -> None:
    everything(tmp_path)
    path = tmp_path / "demo/__init__.py"
    path.write_text(path.read_text().replace("'demo:P'", "'demo:P'  # vplug: ignore[VP203]"))
    before = path.read_bytes()
    run(tmp_path, "--fix", "--ignore", "VP4")
    assert path.read_bytes() == before
    text = (tmp_path / "pyproject.toml").read_text()
    assert "readme" not in text
    assert "requires-python" not in text


@pytest.mark.skipif(os.name == "nt", reason="links")
def test_a_file_outside_the_project_is_not_changed(tmp_path: Path) -> None:
    everything(tmp_path / "p")
    outside = write(
        tmp_path / "lib", {"code.py": "class P: ...\ndef register():\n    return 'demo:P'\n"}
    )
    before = (outside / "code.py").read_bytes()
    (tmp_path / "p/demo/__init__.py").unlink()
    (tmp_path / "p/demo/__init__.py").symlink_to(outside / "code.py")
    done = run(tmp_path, "p", "--fix")
    assert done.returncode == 4
    assert "lies outside the project" in done.stderr
    assert (outside / "code.py").read_bytes() == before


def test_a_file_that_changed_meanwhile_is_not_written(tmp_path: Path) -> None:
    everything(tmp_path)
    (target,) = open_target(str(tmp_path), lambda: pytest.fail("no environment is asked for"))
    mended = plan(target, Settings())
    path = tmp_path / "demo/__init__.py"
    path.write_text(path.read_text() + "# another\n")
    before = files(tmp_path)
    with pytest.raises(VplugError, match="was changed while"):
        write_changes([mended])
    assert files(tmp_path) == before


def test_a_file_that_changes_while_it_is_planned_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(everything(tmp_path), {"pyproject.toml": HEAD + IO})
    (target,) = open_target(str(tmp_path), lambda: pytest.fail("no environment is asked for"))
    path = tmp_path / "demo/__init__.py"
    real = project_module.mend

    def meddling(*words: Any) -> Any:
        path.write_text("# somebody was here\n")
        return real(*words)

    monkeypatch.setattr(project_module, "mend", meddling)
    with pytest.raises(VplugError, match="was changed while"):
        write_changes([plan(target, Settings(select=("VP203",)))])
    assert path.read_text() == "# somebody was here\n"


def test_modes_stay(tmp_path: Path) -> None:
    everything(tmp_path)
    path = tmp_path / "demo/__init__.py"
    path.chmod(0o755)
    run(tmp_path, "--fix")
    assert "demo.P" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o755 or os.name == "nt"
