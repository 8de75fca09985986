"""``vplug list``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.support import lay_distribution, make_venv, site_packages, vplug, vplug_here

from vplug.loader import GROUPS

KEYS = {
    "schema",
    "environment",
    "vllm",
    "vllm_plugins",
    "unmatched",
    "plugins",
    "unreadable",
}


@pytest.fixture
def env(tmp_path: Path) -> Path:
    """An environment with a plugin of every group, vLLM's own, and one in a group nobody reads."""
    root = tmp_path / "env"
    make_venv(root)
    site = site_packages(root)
    for group in GROUPS:
        stem = group.short.replace("-", "_")
        lay_distribution(
            site,
            f"demo-{group.short}",
            groups={group.name: {f"my_{stem}": f"demo_{stem}:x"}},
            requires=["vllm>=0.20"],
        )
    lay_distribution(site, "demo-lost", groups={"vllm.plugins": {"lost": "lost:x"}})
    lay_distribution(
        site,
        "vllm",
        "0.33.0",
        {"vllm.general_plugins": {"lora_filesystem_resolver": "vllm.x:register"}},
        files={"vllm/__init__.py": ""},
    )
    return root


def listed(*words: str | Path, **env: str) -> dict[str, Any]:
    done = vplug_here("list", "--json", *words, **env)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    assert set(found) == KEYS
    assert found["schema"] == "vplug.list/1"
    return found


def names(found: dict[str, Any]) -> list[str]:
    return sorted(plugin["name"] for plugin in found["plugins"])


OURS = sorted(f"my_{group.short.replace('-', '_')}" for group in GROUPS)
#: With the one in a group that nobody reads: whoever lists plugins wants to know of it.
SHOWN = sorted([*OURS, "lost"])


def test_nothing_installed_is_whole_json(tmp_path: Path) -> None:
    make_venv(tmp_path / "env")
    assert listed("--prefix", tmp_path / "env") == {
        "schema": "vplug.list/1",
        "environment": str(tmp_path / "env"),
        "vllm": None,
        "vllm_plugins": None,
        "unmatched": [],
        "plugins": [],
        "unreadable": [],
    }


def test_nothing_installed_in_words(tmp_path: Path) -> None:
    make_venv(tmp_path / "env")
    done = vplug_here("list", "--prefix", tmp_path / "env")
    assert (done.returncode, done.stdout) == (0, "")
    assert "no vLLM; no plugins to show" in done.stderr


def test_the_running_environment() -> None:
    found = listed()
    assert isinstance(found["plugins"], list)


def test_a_hint_where_another_environment_is_active(tmp_path: Path) -> None:
    make_venv(tmp_path / "env")
    done = vplug_here("list", VIRTUAL_ENV=str(tmp_path / "env"))
    if '"plugins": []' in vplug_here("list", "--json").stdout:
        assert f"--prefix {tmp_path / 'env'}" in done.stderr


def test_every_plugin_but_vllms_own(env: Path) -> None:
    found = listed("--prefix", env)
    assert names(found) == SHOWN
    assert found["vllm"] == {
        "distribution": "vllm",
        "version": "0.33.0",
        "path": str(site_packages(env) / "vllm"),
        "stand_in": None,
    }
    for row in found["plugins"]:
        if row["name"] == "lost":
            continue
        assert row["declared_vllm"] == [{"specifier": ">=0.20", "source": "dependency"}]
        assert row["processes"]
        assert row["declared_at"]["line"] == 2


@pytest.mark.parametrize("group", [[], ["--group", "general"]])
def test_all_shows_vllms_own(env: Path, group: list[str]) -> None:
    everything = set(names(listed("--prefix", env, *group, "--all")))
    assert everything - set(names(listed("--prefix", env, *group))) == {"lora_filesystem_resolver"}


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.short)
@pytest.mark.parametrize("full", [False, True])
def test_one_group(env: Path, group: Any, full: bool) -> None:
    spellings = (group.name,) if full else (group.short, group.short.replace("-", "_"))
    for text in (*spellings, group.name.removeprefix("vllm.")):
        found = listed("--prefix", env, "--group", text)
        assert {row["group"] for row in found["plugins"]} == {group.name}


def test_groups_add_up(env: Path) -> None:
    found = listed("--prefix", env, "-g", "platform", "-g", "endpoint", "-g", "vllm.plugins")
    assert names(found) == ["lost", "my_endpoint", "my_platform"]


@pytest.mark.parametrize("group", ["generall", "", "console_scripts", "vllm"])
def test_an_unknown_group_is_usage_with_a_hint(env: Path, group: str) -> None:
    done = vplug_here("list", "--prefix", env, "--group", group)
    assert done.returncode == 2
    assert "no such group" in done.stderr
    assert "hint: groups are general, platform" in done.stderr
    assert done.stdout == ""


def standings(found: dict[str, Any]) -> dict[str, str]:
    return {row["name"]: row["standing"] for row in found["plugins"]}


def test_the_variable_and_the_option(env: Path) -> None:
    by_variable = listed("--prefix", env, VLLM_PLUGINS="my_platform,my_endpoint")
    by_option = listed("--prefix", env, "--plugins", "my_platform,my_endpoint")
    assert standings(by_variable) == standings(by_option)
    assert by_variable["vllm_plugins"] == by_option["vllm_plugins"] == "my_platform,my_endpoint"
    found = standings(by_option)
    assert found["my_platform"] == found["my_endpoint"] == "loads"
    assert found["my_general"] == "switched-off"
    assert found["my_logits_processor"] == "loads"


def test_the_option_wins_over_the_variable(env: Path) -> None:
    found = listed("--prefix", env, "--plugins", "my_general", VLLM_PLUGINS="my_platform")
    assert found["vllm_plugins"] == "my_general"
    done = vplug_here(
        "list", "--prefix", env, "--plugins", "my_general", VLLM_PLUGINS="my_platform"
    )
    assert "--plugins='my_general'" in done.stdout + done.stderr
    assert "VLLM_PLUGINS=" not in done.stdout + done.stderr


def test_an_empty_value_switches_everything_off(env: Path) -> None:
    for found in (
        listed("--prefix", env, VLLM_PLUGINS=""),
        listed("--prefix", env, "--plugins", ""),
    ):
        assert found["vllm_plugins"] == ""
        assert set(standings(found).values()) == {
        "switched-off", "opt-in", "loads", "unread-group",
    }  # fmt: skip
        assert standings(found)["my_general"] == "switched-off"
        assert found["unmatched"] == [{"name": "", "nearest": [], "stray_blanks": False}]


def test_unset_means_everything_loads_but_endpoints(env: Path) -> None:
    found = standings(listed("--prefix", env))
    assert found.pop("my_endpoint") == "opt-in"
    assert found.pop("lost") == "unread-group"
    assert set(found.values()) == {"loads"}


def test_stray_blanks_are_told(env: Path) -> None:
    found = listed("--prefix", env, VLLM_PLUGINS="my_general, my_platform")
    assert found["unmatched"] == [
        {"name": " my_platform", "nearest": ["my_platform"], "stray_blanks": True}
    ]
    done = vplug_here("list", "--prefix", env, VLLM_PLUGINS="my_general, my_platform")
    assert "' my_platform' matches no plugin because of its blanks" in done.stderr
    assert "write 'my_platform' without them" in done.stderr


def test_what_else_a_value_switches_off_is_told(env: Path) -> None:
    done = vplug_here("list", "--prefix", env, "--plugins", "my_general")
    assert "--plugins also switches off: lora_filesystem_resolver" in done.stderr


def test_the_table(env: Path) -> None:
    done = vplug_here("list", "--prefix", env)
    assert done.returncode == 0
    assert "general (vllm.general_plugins)" in done.stdout
    row = next(line for line in done.stdout.splitlines() if "my_general" in line)
    assert row.split() == [
        *("my_general", "✓", "to", "be", "loaded", "demo-general", "1.0", "demo_general:x")
    ]
    assert (
        "vllm 0.33.0; 7 plugins, 5 would load, 1 opt-in and not named, 1 in groups nobody reads"
        in done.stderr
    )
    assert "lora" not in done.stdout


def test_wide_adds_processes_ranges_and_paths(env: Path) -> None:
    done = vplug_here("list", "--prefix", env, "--wide")
    assert "processes: front end, engine core, each worker" in done.stdout
    assert ">=0.20 (dependency)" in done.stdout
    assert str(site_packages(env) / "demo_general-1.0.dist-info") in done.stdout


@pytest.mark.parametrize(
    ("variables", "coloured"),
    [
        ({}, False),
        ({"NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        ({"TERM": "dumb"}, False),
    ],
)
def test_colour(env: Path, variables: dict[str, str], coloured: bool) -> None:
    done = vplug("list", "--prefix", env, **variables)
    assert ("\x1b[3" in done.stdout) is coloured
    json_out = vplug("list", "--json", "--prefix", env, **variables).stdout
    assert "\x1b" not in json_out
    json.loads(json_out)


def test_rows_are_not_cut_in_a_pipe(tmp_path: Path) -> None:
    long = "a_very_long_name_" * 20
    lay_distribution(
        tmp_path / "site-packages", "demo", groups={"vllm.general_plugins": {long: f"{long}:x"}}
    )
    out = vplug_here("list", "--prefix", tmp_path / "site-packages").stdout
    assert f"{long}:x" in out
    assert any(long in line and f"{long}:x" in line for line in out.splitlines())


@pytest.mark.parametrize("columns", ["40", "80"])
def test_a_pipe_with_a_width_loses_nothing(tmp_path: Path, columns: str) -> None:
    target = "a_package_of_some_length.that_holds_the_entry_point:register_what_it_is_for"
    lay_distribution(
        tmp_path,
        "a-distribution-of-some-length",
        groups={"vllm.general_plugins": {"a_plugin_of_some_length": target}},
    )
    done = vplug_here("list", "--prefix", tmp_path, COLUMNS=columns)
    assert target in done.stdout
    assert "a_plugin_of_some_length" in done.stdout


def test_names_that_look_like_markup(tmp_path: Path) -> None:
    lay_distribution(
        tmp_path / "site-packages",
        "demo",
        groups={"vllm.general_plugins": {"[red]x[/red]": "m:x", ":smile:": "m:y"}},
    )
    out = vplug_here("list", "--prefix", tmp_path / "site-packages").stdout
    assert "[red]x[/red]" in out
    assert ":smile:" in out


def test_an_unreadable_distribution_is_a_row_and_the_others_come(env: Path) -> None:
    bad = lay_distribution(site_packages(env), "bad", extra={"entry_points.txt": b"\xff"})
    found = listed("--prefix", env)
    assert names(found) == SHOWN
    assert [row["path"] for row in found["unreadable"]] == [str(bad)]
    done = vplug_here("list", "--prefix", env)
    assert f"✗ unreadable  {bad}" in done.stdout
    assert "my_general" in done.stdout


def test_only_unreadable_ones(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    bad = lay_distribution(site, "bad", extra={"entry_points.txt": b"[vllm.x]\n\xff"})
    done = vplug_here("list", "--prefix", site)
    assert str(bad) in done.stdout


def test_a_group_that_the_installed_vllm_does_not_read(env: Path) -> None:
    for path in (site_packages(env) / "vllm-0.33.0.dist-info").iterdir():
        path.write_text(path.read_text().replace("0.33.0", "0.20.0"))
    found = listed("--prefix", env, "--plugins", "my_endpoint,my_general")
    assert found["vllm"]["version"] == "0.20.0"
    row = next(row for row in found["plugins"] if row["name"] == "my_endpoint")
    assert row["standing"] == "unread-group"
    assert "0.26.0" in row["reason"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--python", "gone"], "no such file"),
        (["--prefix", "gone"], "no such folder"),
        (["--prefix", "."], "neither an environment"),
        (["--python", ".", "--prefix", "."], "exclude each other"),
    ],
)
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_environments_that_are_none(
    tmp_path: Path, words: list[str], message: str, form: list[str]
) -> None:
    done = vplug_here("list", *words, *form, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert message in done.stderr


def test_a_plain_locale(tmp_path: Path) -> None:
    lay_distribution(
        tmp_path / "site-packages", "demo", groups={"vllm.general_plugins": {"naïve": "m:x"}}
    )
    for words in (["list"], ["list", "--json"]):
        done = vplug(*words, "--prefix", tmp_path / "site-packages", LC_ALL="C")
        assert done.returncode == 0, done.stderr
        assert "naïve" in (str(json.loads(done.stdout)) if "--json" in words else done.stdout)


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "cp850"])
@pytest.mark.parametrize(
    "form",
    [
        [],
        ["--json"],
    ],
)
def test_a_pipe_that_is_not_utf8(tmp_path: Path, encoding: str, form: list[str]) -> None:
    """What stdout is on Windows when it is piped or redirected."""
    lay_distribution(
        tmp_path / "site-packages", "demo", groups={"vllm.general_plugins": {"名前": "m:x"}}
    )
    done = vplug("list", *form, "--prefix", tmp_path / "site-packages", PYTHONIOENCODING=encoding)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_no_width_breaks_or_drops_anything(env: Path, width: int) -> None:
    import io

    from rich.console import Console

    from vplug.cli.plugin_table import STANDINGS, plugin_table
    from vplug.discovery.environment import environment_of_prefix
    from vplug.discovery.installed import scan
    from vplug.loader import Allowlist, plan

    plugins = plan(scan(environment_of_prefix(env)).distributions, Allowlist())
    stream = io.StringIO()
    console = Console(file=stream, width=width, force_terminal=True, color_system=None)
    plugin_table(plugins, console, wide=False)
    lines = stream.getvalue().splitlines()
    for plugin in plugins:
        assert any(line.rstrip().endswith(f" {plugin.entry_point.value}") for line in lines)
        assert any(line.startswith(f"  {plugin.name}") for line in lines)
        assert any(plugin.distribution.label in line for line in lines)
        assert any(f" {STANDINGS[plugin.standing.kind][1]}" in line for line in lines)
    # A table has a header; where a table has no room, each cell stands below with its own label.
    labels = sum(line.startswith("      from:") for line in lines)
    assert labels == (0 if any("standing" in line for line in lines) else len(plugins))
