"""``vplug inspect``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support import (
    lay_distribution,
    make_tar,
    make_venv,
    plugin_wheel,
    site_packages,
    vplug,
    vplug_here,
    write,
)

G = "vllm.general_plugins"
PROJECT = {
    "pyproject.toml": "[project]\nname = 'demo'\nversion = '1.0'\ndescription = 'A demo.'\n"
    "dependencies = ['vllm>=0.20,<0.34']\n"
    f"[project.entry-points.'{G}']\nmine = 'demo:register'\n"
    "[project.entry-points.'vllm.platform_plugins']\nplat = 'demo:platform'\n",
    "src/demo/__init__.py": "from vllm import ModelRegistry\n\n\n"
    "def register():\n    '''Register all.'''\n    ModelRegistry.register_model('My', 'demo.m:My')\n\n\n"
    "def platform() -> str | None:\n    return 'demo.plat.Mine'\n",
    "src/demo/plat.py": "from vllm.platforms import Platform\n\n\nclass Mine(Platform):\n    pass\n",
}


def test_what_cannot_be_told_is_not_said_to_be_none(tmp_path: Path) -> None:
    write(tmp_path, {"setup.py": "from build_helpers import run\n\nrun('acme')\n"})
    text = vplug_here("inspect", ".", cwd=tmp_path).stdout
    assert "cannot tell entry-points, dependencies, " in text
    assert text.count("calls setup() in no way that can be read (setup.py:1)") == 1
    for none in ("no vLLM entry points", "none declared", "any"):
        assert none not in text


def inspected(*words: str | Path, cwd: Path | None = None, **env: str) -> list[dict[str, Any]]:
    done = vplug_here("inspect", "--json", *words, cwd=cwd, **env)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert set(found) == {"schema", "targets"}
    assert found["schema"] == "vplug.inspect/1"
    targets: list[dict[str, Any]] = found["targets"]
    return targets


@pytest.mark.parametrize("kind", ["project", "pyproject", "sdist", "wheel"])
def test_the_same_plugin_in_every_form(tmp_path: Path, kind: str) -> None:
    place: Path
    if kind in {"project", "pyproject"}:
        place = write(tmp_path / "p", PROJECT)
        if kind == "pyproject":
            place /= "pyproject.toml"
    elif kind == "sdist":
        files = {f"demo-1.0/{name}": text for name, text in PROJECT.items()}
        place = make_tar(tmp_path / "demo-1.0.tar.gz", files)
    else:
        place = plugin_wheel(
            tmp_path / "demo-1.0-py3-none-any.whl",
            **{
                "demo/__init__.py": PROJECT["src/demo/__init__.py"],
                "demo/plat.py": PROJECT["src/demo/plat.py"],
                "demo-1.0.dist-info/entry_points.txt": f"[{G}]\nmine = demo:register\n"
                "[vllm.platform_plugins]\nplat = demo:platform\n",
                "demo-1.0.dist-info/METADATA": "Name: demo\nVersion: 1.0\n"
                "Requires-Dist: vllm>=0.20,<0.34\n",
            },
        )
    (target,) = inspected(place)
    assert target["distribution"]["name"] == "demo"
    assert target["declared_vllm"] == [{"specifier": "<0.34,>=0.20", "source": "dependency"}]
    mine, plat = target["plugins"]
    assert (mine["name"], mine["standing"], mine["target"]["status"]) == ("mine", "loads", "found")
    assert mine["target"]["doc"] == "Register all."
    assert [row["arguments"] for row in mine["registers"]] == [['"My"', '"demo.m:My"']]
    assert plat["target"]["signature"] == "() -> str | None"
    assert plat["target"]["returns"] == ['"demo.plat.Mine"']
    assert plat["classes"][0]["bases"] == ["vllm.platforms.Platform"]
    assert plat["classes"][0]["location"]["line"] == 4


def test_the_words(tmp_path: Path) -> None:
    done = vplug("inspect", ".", cwd=write(tmp_path / "p", PROJECT))
    assert done.returncode == 0
    for words in (
        "demo 1.0  project",
        "A demo.",
        "<0.34,>=0.20 (dependency)",
        "src/demo/__init__.py:4:1",
        'model "My", "demo.m:My"',
        "demo.plat.Mine",
        "not caught: the process dies",
    ):
        assert words in done.stdout


@pytest.fixture
def env(tmp_path: Path) -> Path:
    root = tmp_path / "env"
    make_venv(root)
    site = site_packages(root)
    groups = {G: {"one": "demo:one", "two": "demo:two"}}
    source = "def one(): ...\ndef two(): ...\n"
    lay_distribution(site, "demo-dist", groups=groups, files={"demo.py": source})
    lay_distribution(
        site, "other", groups={G: {"one": "other:one"}}, files={"other.py": source, "extra.txt": ""}
    )
    return root


def test_an_installed_distribution_by_name(env: Path) -> None:
    for name in ("demo-dist", "Demo_Dist", "demo.dist"):
        (target,) = inspected(name, "--prefix", env)
        assert target["kind"] == "environment"
        assert [plugin["name"] for plugin in target["plugins"]] == ["one", "two"]
        assert target["files"] == ["demo.py"]
        assert all(plugin["target"]["status"] == "found" for plugin in target["plugins"])


def test_a_plugin_by_name(env: Path) -> None:
    (target,) = inspected("two", "--prefix", env)
    assert [plugin["name"] for plugin in target["plugins"]] == ["two"]


def test_a_name_that_two_have_shows_both(env: Path) -> None:
    targets = inspected("one", "--prefix", env)
    assert {target["distribution"]["name"] for target in targets} == {"demo-dist", "other"}
    assert sorted(plugin["standing"] for t in targets for plugin in t["plugins"]) == [
        "hidden",
        "loads",
    ]


def test_the_allowlist(env: Path) -> None:
    (target,) = inspected("two", "--prefix", env, VLLM_PLUGINS="one")
    assert target["plugins"][0]["standing"] == "switched-off"
    (target,) = inspected("two", "--prefix", env, "--plugins", "two", VLLM_PLUGINS="one")
    assert target["plugins"][0]["standing"] == "loads"


def test_an_editable_install_is_read_in_its_project(tmp_path: Path) -> None:
    source = write(tmp_path / "work", PROJECT)
    root = tmp_path / "env"
    make_venv(root)
    lay_distribution(
        site_packages(root),
        "demo",
        groups={G: {"mine": "demo:register"}},
        extra={
            "direct_url.json": json.dumps({"url": source.as_uri(), "dir_info": {"editable": True}})
        },
    )
    (target,) = inspected("demo", "--prefix", root)
    (mine,) = target["plugins"]
    assert mine["target"]["location"]["path"] == str(source / "src/demo/__init__.py")


@pytest.mark.parametrize(
    ("name", "hint"),
    [("demo-dits", "did you mean demo-dist"), ("onee", "did you mean one"), ("zzz", "vplug list")],
)
def test_a_name_that_is_nothing(env: Path, name: str, hint: str) -> None:
    done = vplug_here("inspect", name, "--prefix", env)
    assert done.returncode == 2
    assert f"error: {name!r} is no file or folder" in done.stderr
    assert hint in done.stderr


@pytest.mark.parametrize(
    ("name", "files", "status", "words"),
    [
        ("./gone", {}, 2, "no such file or folder"),
        ("gone.whl", {}, 2, "no such file or folder"),
        ("x.whl", {"x.whl": b"no"}, 4, "not a readable zip"),
        (
            "x.tar.gz",
            {"x.tar.gz": b"no"},
            4,
            "not a readable tar archive: file could not be opened",
        ),
        ("x.txt", {"x.txt": ""}, 2, "no wheel, sdist or project folder"),
        ("x", {"x/readme": ""}, 3, "holds no pyproject.toml"),
        ("x", {"x/pyvenv.cfg": ""}, 2, "is an environment, not a project"),
        ("x", {"x/pyproject.toml": "["}, 4, "not valid TOML"),
        ("x", {"x/pyproject.toml": b"\xff"}, 4, "not UTF-8"),
        ("a\0b", {}, 2, "is no "),
        ("", {}, 2, ""),
        ("-", {}, 2, ""),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_targets_that_cannot_be_inspected(
    tmp_path: Path,
    name: str,
    files: dict[str, str | bytes],
    status: int,
    words: str,
    form: list[str],
) -> None:
    write(tmp_path, files)
    done = vplug_here("inspect", name, *form, cwd=tmp_path)
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert "fault in vplug" not in done.stderr
    error, *rest = done.stderr.splitlines()
    assert not error.endswith((":", "."))
    if name != "-":
        assert [line.partition(":")[0] for line in rest] == ["hint"]


def test_a_project_without_plugins(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[project]\nname = 'plain'\n"})
    (target,) = inspected(".", cwd=tmp_path)
    assert target["plugins"] == []
    assert "no vLLM entry points" in vplug_here("inspect", ".", cwd=tmp_path).stdout


def test_what_cannot_be_told_is_said(tmp_path: Path) -> None:
    write(
        tmp_path, {"setup.py": "from setuptools import setup\nsetup(name='d', entry_points=f())\n"}
    )
    (target,) = inspected(".", cwd=tmp_path)
    assert [item["what"] for item in target["undecided"]] == ["entry-points"]
    out = vplug_here("inspect", ".", cwd=tmp_path).stdout
    assert "cannot tell entry-points" in out
    assert "setup.py:2" in out


@pytest.mark.parametrize(
    "body",
    [
        "return '.Mine'",
        "return 'demo..Mine'",
        "return 3",
        "return {[]: 1}",
        "return lambda: 3",
        "x = x\n    return x",
    ],
)
def test_odd_platforms_are_inspected(tmp_path: Path, body: str) -> None:
    source = f"def register(): ...\ndef platform():\n    {body}\n"
    write(tmp_path, {"pyproject.toml": PROJECT["pyproject.toml"], "demo/__init__.py": source})
    done = vplug_here("inspect", ".", cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_a_symbolic_link_loop_in_a_project(tmp_path: Path) -> None:
    write(tmp_path, PROJECT)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "self").symlink_to("self")
    (tmp_path / "gone").symlink_to("nowhere")
    assert vplug_here("inspect", ".", "--json", cwd=tmp_path).returncode == 0


def test_why_loading_fails_is_said(tmp_path: Path) -> None:
    source = "from .gone import X\ndef register(): ...\n"
    write(tmp_path, {"pyproject.toml": PROJECT["pyproject.toml"], "demo/__init__.py": source})
    (target,) = inspected(".", cwd=tmp_path)
    problems = {row["target"]["problem"] for row in target["plugins"] if row["name"] == "mine"}
    assert problems == {"loading it fails: there is no module demo.gone (demo/__init__.py:1:1)"}
    out = vplug_here("inspect", ".", cwd=tmp_path).stdout
    assert "problem:      loading it fails: there is no module demo.gone" in out
    assert "function:" in out


def test_a_general_plugin_that_registers_nothing_says_so(tmp_path: Path) -> None:
    source = "def register():\n    print('hello')\n\n\ndef platform():\n    return None\n"
    write(tmp_path, {"pyproject.toml": PROJECT["pyproject.toml"], "demo/__init__.py": source})
    mine, plat = inspected(".", cwd=tmp_path)[0]["plugins"]
    assert mine["registers_nothing"] == "nothing that reading finds"
    assert plat["registers_nothing"] is None
    out = vplug_here("inspect", ".", cwd=tmp_path).stdout
    assert out.count("registers:") == 1
    assert "registers:    nothing that reading finds" in out


def test_what_may_run_and_what_is_replaced_are_told_apart(tmp_path: Path) -> None:
    source = (
        "from vllm import LLM, ModelRegistry\n\n\n"
        "def register():\n    LLM.generate = later\n\n\n"
        "def later(find):\n    ModelRegistry.register_model('A', find())\n\n\n"
        "def platform():\n    return None\n"
    )
    write(tmp_path, {"pyproject.toml": PROJECT["pyproject.toml"], "demo/__init__.py": source})
    mine, _ = inspected(".", cwd=tmp_path)[0]["plugins"]
    (row,) = mine["registers_elsewhere"]
    assert (row["arguments"], row["undecided"]) == (['"A"', "find()"], ["find()"])
    assert [item["name"] for item in mine["replaces"]] == ["vllm.LLM.generate"]
    out = vplug_here("inspect", ".", cwd=tmp_path).stdout
    assert (
        'maybe:        model "A", find(); cannot tell find()  (demo/__init__.py:9:5): in a' in out
    )
    assert "replaces:     vllm.LLM.generate  (demo/__init__.py:5:5)" in out


@pytest.mark.parametrize(
    ("scaffold", "words"),
    [
        ("general", "registers:    model architecture, model; cannot tell architecture, model  ("),
        ("model", 'registers:    model "MineForCausalLM", "mine.model:DecoderForCausalLM"  ('),
        (
            "lora-resolver",
            'registers:    LoRA resolver "mine", mine.resolver.AdapterResolver(…)  (',
        ),
        ("attention-backend", '"mine.backend.SdpaAttentionBackend"; cannot tell backend  ('),
        ("endpoint", "returns:      an instance of mine.endpoint.RankEndpoint"),
    ],
)
def test_what_scaffolded_plugins_register(tmp_path: Path, scaffold: str, words: str) -> None:
    made = vplug_here("scaffold", scaffold, "--name", "mine", "--no-input", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    out = vplug_here("inspect", "mine", cwd=tmp_path).stdout
    assert words in out
