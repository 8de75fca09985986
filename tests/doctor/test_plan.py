"""The load plan told to an operator: groups that nobody reads, functions that raise, what is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.doctor.test_command import codes, doctor, install, plugin, site
from tests.support import vplug_here

__all__ = ["site"]


@pytest.mark.parametrize(
    ("group", "near"),
    [
        ("vllm.logits_processor", "vllm.logits_processors"),
        ("vllm.general_plugin", "vllm.general_plugins"),
        ("vllm.plugins", "vllm.general_plugins"),
        ("vllm.platform", "vllm.platform_plugins"),
        ("vllm.kernels_of_ours", None),
    ],
)
def test_a_group_that_no_release_reads_is_told(site: Path, group: str, near: str | None) -> None:
    plugin(site, "mine", "def register():\n    raise RuntimeError", group)
    status, document = doctor(site)
    (finding,) = document["findings"]
    assert (status, finding["code"], finding["severity"]) == (0, "VP608", "warning")
    assert f"no vLLM release reads the group {group!r}" in finding["message"]
    assert finding["location"]["path"].endswith("entry_points.txt")
    assert (f"did you mean {near!r}?" if near else "vLLM's groups: ") in finding["hint"]
    (planned,) = document["load_plan"]["plugins"]
    assert (planned["standing"], planned["on_failure"]) == ("unread-group", "nobody loads it")
    told = vplug_here("doctor", "--no-run", "--prefix", site).stdout
    assert f"mine    ? not loaded ({group}): no vLLM release reads this group" in told


def test_a_misspelt_group_is_nothing_that_vllm_plugins_means(site: Path) -> None:
    plugin(site, "mine", "def register():\n    pass", "vllm.plugins")
    plugin(site, "mien", "def register():\n    pass", "vllm.general_plugins")
    _, document = doctor(site, "--plugins", "mine,mien")
    assert codes(document) == {"VP608"}
    assert document["load_plan"]["exactly"] == "mien"


@pytest.mark.parametrize(
    ("body", "raises", "line"),
    [
        ("def register():\n    raise RuntimeError('no')\n", "RuntimeError: no", 2),
        ("import os\ndef register():\n    os.environ['NOT_SET_HERE']\n", "KeyError", 3),
        ("def look():\n    raise OSError\ndef register():\n    look()\n", "OSError", 2),
        ("def register():\n    import no_such_library\n", "ModuleNotFoundError: No module", 2),
        ("def register(engine):\n    pass\n", "TypeError: it needs arguments", 1),
        ("import sys\ndef register():\n    sys.exit(1)\n", "SystemExit", 3),
        ("import functools\n@functools.cache\ndef register():\n    raise OSError\n", "OSError", 4),
    ],
)
def test_a_general_plugin_that_surely_raises_ends_every_start(
    site: Path, body: str, raises: str, line: int
) -> None:
    plugin(site, "mine", body, "vllm.general_plugins")
    plugin(site, "good", "def register():\n    pass", "vllm.general_plugins")
    status, document = doctor(site)
    (finding,) = document["findings"]
    assert (status, finding["code"], finding["severity"]) == (1, "VP611", "error")
    assert f"raises when vLLM calls it: {raises}" in finding["message"]
    assert "the process " in finding["message"]
    assert finding["location"] == finding["location"] | {
        "path": str(site / "mine.py"),
        "line": line,
    }
    assert finding["hint"].endswith("; to leave it out: VLLM_PLUGINS=good")
    planned = {item["name"]: item for item in document["load_plan"]["plugins"]}
    assert planned["mine"]["raises"].startswith(raises.partition(":")[0])
    assert planned["good"]["raises"] is None
    assert document["load_plan"]["exactly"] == "good"
    told = vplug_here("doctor", "--no-run", "--prefix", site).stdout
    assert told.startswith("vLLM would take CpuPlatform, and each start ends in mine; 1 error\n")
    assert "mine    ✗ raises when it is called: " in told
    label = "# load exactly what loads now, without what fails (mine)"
    assert f"\n{label}\nVLLM_PLUGINS=good\n" in told


@pytest.mark.parametrize(
    "body",
    [
        "import os\ndef register():\n    if 'X' in os.environ:\n        raise RuntimeError\n",
        "def register():\n    try:\n        import no_such\n    except ImportError:\n        return\n",
        "def register():\n    try:\n        raise OSError\n    except OSError:\n        pass\n",
        "def register(engine=None):\n    pass\n",
        "from x import guarded\n@guarded\ndef register():\n    raise OSError\n",
        "from x import given\n@given(1)\ndef register(engine):\n    raise OSError\n",
        "from x import guarded\n@guarded\ndef look():\n    raise OSError\ndef register():\n    look()\n",
        "def register():\n    def later():\n        raise RuntimeError\n    return later\n",
        "try:\n    from o import register\nexcept ImportError:\n    def register():\n        raise OSError\n",
    ],
)  # fmt: skip
def test_one_that_may_return_is_not_accused(site: Path, body: str) -> None:
    plugin(site, "mine", body, "vllm.general_plugins")
    (site / "x.py").write_text("def guarded(f): ...\ndef given(x): ...\n")
    status, document = doctor(site)
    assert (status, codes(document)) == (0, set())
    assert document["load_plan"]["plugins"][0]["raises"] is None


def test_an_io_processor_that_raises_is_a_warning(site: Path) -> None:
    plugin(site, "mine", "def register():\n    raise OSError", "vllm.io_processor_plugins")
    status, document = doctor(site)
    (finding,) = document["findings"]
    assert (status, finding["code"], finding["severity"]) == (0, "VP611", "warning")
    assert document["load_plan"]["exactly"] == "mine"


def test_one_that_is_switched_off_is_not_called(site: Path) -> None:
    plugin(site, "mine", "def register():\n    raise OSError", "vllm.general_plugins")
    _, document = doctor(site, "--plugins", "other")
    assert codes(document) == {"VP605", "VP606"}


LAZY = """
def __getattr__(name):
    if name == "register":
        {body}
    raise AttributeError(name)
"""


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("from part import register\n        return register", True),
        ("import importlib\n        return getattr(importlib.import_module('part'), name)", True),
        (
            "try: from part import register\n        except OSError: pass\n        return register",
            False,
        ),
    ],
)
def test_what_a_lazy_attribute_imports_is_looked_at(site: Path, body: str, told: bool) -> None:
    install(site, "mine", "[vllm.general_plugins]\nmine = mine:register\n")
    (site / "mine.py").write_text(LAZY.format(body=body))
    (site / "part.py").write_text("raise RuntimeError('at import')\ndef register():\n    pass\n")
    (site / "mine-1.0.dist-info" / "RECORD").write_text("mine.py,,\npart.py,,\n")
    status, document = doctor(site)
    assert (status, codes(document)) == ((1, {"VP609"}) if told else (0, set()))
    if told:
        message = document["findings"][0]["message"]
        assert "RuntimeError: at import (part.py:1, when it is imported)" in message
        place = document["findings"][0]["location"]
        assert (place["path"], place["line"]) == (str(site / "part.py"), 1)


def test_a_logits_processor_that_cannot_be_imported_ends_every_start(site: Path) -> None:
    plugin(site, "mine", "raise OSError", "vllm.logits_processors")
    told = vplug_here("doctor", "--no-run", "--prefix", site).stdout
    assert told.startswith("vLLM would take CpuPlatform, and each start ends in mine; 1 error\n")


def test_one_whose_name_a_later_one_takes_is_not_called(site: Path) -> None:
    for name in ("aaa", "zzz"):
        install(site, name, f"[vllm.general_plugins]\nsame = {name}:register\n")
        (site / f"{name}.py").write_text("def register():\n    pass\n")
    _, document = doctor(site)
    first = document["load_plan"]["plugins"][0]["distribution"]
    (site / f"{first}.py").write_text("def register():\n    raise OSError\n")
    _, document = doctor(site)
    assert codes(document) == {"VP607"}
    assert {item["raises"] for item in document["load_plan"]["plugins"]} == {None}


def test_where_nothing_loads_the_plan_says_so(site: Path) -> None:
    told = vplug_here("doctor", "--no-run", "--prefix", site).stdout
    assert "plugins none loads\n" in told


def test_variables_that_a_plugin_only_sets_are_not_read(site: Path) -> None:
    body = "import os\ndef register():\n    os.environ['IS_SET'] = '1'\n"
    body += "    if os.environ['IS_COMPARED'] == '1':\n        os.environ['IS_ADDED'] += 'x'\n"
    plugin(site, "mine", body, "vllm.general_plugins")
    _, document = doctor(site)
    names = {item["name"] for item in document["variables"] if item["readers"]}
    assert names == {"IS_COMPARED", "IS_ADDED"}


def test_a_platform_plugin_that_is_switched_off_stands_under_platform(site: Path) -> None:
    plugin(site, "mine", 'def register():\n    return "mine.Thing"')
    plugin(site, "models", "def register():\n    pass", "vllm.general_plugins")
    told = vplug_here("doctor", "--no-run", "--prefix", site, VLLM_PLUGINS="models").stdout
    _, _, platform = told.partition("Platform (foretold; nothing was run)\n")
    off = "plugin of mine, switched off: VLLM_PLUGINS does not name it, so vLLM does not ask it"
    assert f"-  mine  ○ {off}\n" in platform
    assert "models" not in platform.partition("\n\n")[0]
    told = vplug_here("doctor", "--no-run", "--prefix", site).stdout
    assert "switched off" not in told


def test_the_python_is_read_from_the_environments_files(tmp_path: Path) -> None:
    folder = tmp_path / "env" / "lib" / "python3.11" / "site-packages"
    folder.mkdir(parents=True)
    assert doctor(folder)[1]["environment"]["python"] == "3.11"
    assert doctor(tmp_path / "env")[1]["environment"]["python"] == "3.11"
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr/bin\nversion_info = 3.11.7.final.0\n")
    assert doctor(tmp_path / "env")[1]["environment"]["python"] == "3.11.7"
    (tmp_path / "env" / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.11.9\n")
    assert doctor(tmp_path / "env")[1]["environment"]["python"] == "3.11.9"
    bare = tmp_path / "site-packages"
    bare.mkdir()
    assert doctor(bare)[1]["environment"]["python"] is None


def test_the_places_are_told_where_a_function_answers_this_or_that(site: Path) -> None:
    body = "import os\ndef register():\n    if 'X' in os.environ:\n        return None\n"
    body += "    if 'Y' in os.environ:\n        return\n    return 'mine.Thing'\n"
    plugin(site, "mine", body)
    _, document = doctor(site)
    answer = document["platform"]["candidates"][-1]["answer"]
    told = "different paths (None at mine.py:4, 6; mine.Thing at mine.py:7)"
    assert answer["reason"] == f"it answers differently on {told}"


def test_what_may_come_of_it_is_told_in_words(site: Path) -> None:
    for name in ("one", "two"):
        body = f"import os\ndef register():\n    if 'X' in os.environ:\n        return '{name}.Thing'\n"
        plugin(site, name, body)
    told = vplug_here("doctor", "--no-run", "--prefix", site).stdout
    assert "may be  ? two platform plugins answer, and vLLM stops\n" in told
    (names,) = [line for line in told.splitlines() if line.startswith("may win ? ")]
    assert set(names.removeprefix("may win ? ").split(", ")) == {"one", "two", "cpu"}
    assert "two-out-of-tree" not in told


def test_a_link_to_an_adapter_that_is_gone_is_told(site: Path, tmp_path: Path) -> None:
    install(site, "resolvers", "[vllm.general_plugins]\nlora_filesystem_resolver = os:getcwd\n")
    adapters = tmp_path / "adapters"
    adapters.mkdir()
    (adapters / "gone").symlink_to("/nowhere/adapter")
    (adapters / "notes.txt").touch()
    done = vplug_here(
        *("doctor", "--no-run", "--prefix", site), VLLM_LORA_RESOLVER_CACHE_DIR=str(adapters)
    )
    assert "adapter gone: a link to /nowhere/adapter, which is not there" in done.stdout
    assert "ready: 0 of 1 adapters can be served" in done.stdout


def test_what_a_clash_leaves_out_is_not_asked_for_again(site: Path) -> None:
    for name in ("one", "two"):
        plugin(site, name, f"def register():\n    return '{name}.Thing'")
    plugin(site, "third", "def register():\n    pass", "vllm.general_plugins")
    _, document = doctor(site, "--plugins", "one")
    told = {item["message"].partition(" ")[0]: item for item in document["findings"]}
    assert {item["code"] for item in told.values()} == {"VP605"}
    assert (told["two"]["severity"], told["third"]["severity"]) == ("info", "warning")
    assert "leave it so for one" in told["two"]["hint"]
    assert told["third"]["hint"].endswith("VLLM_PLUGINS=one,third")
