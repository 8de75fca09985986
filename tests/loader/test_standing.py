"""What vLLM will do with each plugin: case by case, and against a loader that really loads."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest
from tests.support import (
    clean_environment,
    distribution,
    lay_distribution,
    make_venv,
    site_packages,
)

from vplug.discovery.environment import environment_of_python
from vplug.discovery.installed import scan
from vplug.loader import GROUPS, Allowlist, plan
from vplug.model import Standing, StandingKind

KIND = StandingKind


def standing(
    group: str,
    value: str | None = None,
    release: tuple[int, ...] | None = None,
    source: str = "VLLM_PLUGINS",
) -> Standing:
    name = next((g.name for g in GROUPS if g.short == group), group)
    item = distribution("demo", (name, "mine", "demo:x"))
    (plugin,) = plan((item,), Allowlist(value, source), release)
    return plugin.standing


@pytest.mark.parametrize(
    ("group", "value", "release", "kind", "words"),
    [
        ("general", None, None, KIND.LOADS, "loads"),
        ("general", "mine", None, KIND.LOADS, "loads"),
        ("general", "other,mine", None, KIND.LOADS, "loads"),
        ("general", "", None, KIND.SWITCHED_OFF, "VLLM_PLUGINS=''"),
        ("general", "other", None, KIND.SWITCHED_OFF, "not named"),
        ("general", " mine", None, KIND.SWITCHED_OFF, "not named"),
        ("platform", "other", None, KIND.SWITCHED_OFF, "not named"),
        ("io-processor", "other", None, KIND.SWITCHED_OFF, "not named"),
        ("io-processor", None, None, KIND.LOADS, "asks for"),
        ("stat-logger", "other", None, KIND.SWITCHED_OFF, "not named"),
        ("logits-processor", "other", None, KIND.LOADS, "always"),
        ("logits-processor", "", None, KIND.LOADS, "always"),
        ("endpoint", None, None, KIND.NOT_NAMED, "opt-in"),
        ("endpoint", "", None, KIND.NOT_NAMED, "not named"),
        ("endpoint", "other", None, KIND.NOT_NAMED, "not named"),
        ("endpoint", "mine", None, KIND.LOADS, "loads"),
        ("vllm.plugins", None, None, KIND.UNREAD_GROUP, "no vLLM release"),
        ("vllm.plugins", "mine", (0, 33, 0), KIND.UNREAD_GROUP, "no vLLM release"),
        ("endpoint", "mine", (0, 20, 0), KIND.UNREAD_GROUP, "0.26.0 is the first"),
        ("endpoint", "mine", (0, 26, 0), KIND.LOADS, "loads"),
        ("endpoint", None, (0, 20, 0), KIND.UNREAD_GROUP, "vLLM 0.20.0"),
        ("endpoint", "mine", (0, 26), KIND.LOADS, "loads"),
        ("logits-processor", None, (0, 10, 0), KIND.UNREAD_GROUP, "0.10.1"),
        ("logits-processor", None, (0, 10, 1), KIND.LOADS, "always"),
        ("stat-logger", None, (0, 11, 0), KIND.UNREAD_GROUP, "0.11.1"),
        ("general", None, (0, 6, 6), KIND.LOADS, "loads"),
        ("platform", None, (0, 6, 6), KIND.UNREAD_GROUP, "0.7.0"),
    ],
)
def test_each_standing(
    group: str,
    value: str | None,
    release: tuple[int, ...] | None,
    kind: StandingKind,
    words: str,
) -> None:
    found = standing(group, value, release)
    assert found.kind is kind
    assert words in found.reason


def test_the_reason_names_where_the_value_came_from() -> None:
    assert "--plugins='x'" in standing("general", "x", source="--plugins").reason


def test_hidden_comes_before_everything_else() -> None:
    item = distribution("demo", ("vllm.nobody", "mine", "demo:x"), shadowed_by="/old/demo.egg-info")
    (plugin,) = plan((item,), Allowlist(""))
    assert plugin.standing.kind is KIND.HIDDEN
    assert plugin.standing.paths == ("/site/demo-1.0.dist-info", "/old/demo.egg-info")


def test_a_hidden_one_replaces_nobody() -> None:
    point = ("vllm.general_plugins", "mine", "demo:x")
    items = (distribution("first", point), distribution("second", point, shadowed_by="/x"))
    assert [p.standing.kind for p in plan(items, Allowlist())] == [KIND.LOADS, KIND.HIDDEN]


def test_names_are_compared_within_a_group_only() -> None:
    items = (
        distribution("first", ("vllm.general_plugins", "mine", "a:x")),
        distribution("second", ("vllm.platform_plugins", "mine", "b:x")),
    )
    assert {p.standing.kind for p in plan(items, Allowlist())} == {KIND.LOADS}


def test_logits_processors_of_one_name_are_all_loaded() -> None:
    point = ("vllm.logits_processors", "mine", "demo:X")
    items = (distribution("first", point), distribution("second", point))
    assert {p.standing.kind for p in plan(items, Allowlist())} == {KIND.LOADS}


def test_the_same_name_twice_in_one_distribution() -> None:
    item = distribution(
        "demo",
        ("vllm.general_plugins", "mine", "demo:old"),
        ("vllm.general_plugins", "mine", "demo:new"),
    )
    old, new = plan((item,), Allowlist())
    assert (old.standing.kind, new.standing.kind) == (KIND.HIDDEN, KIND.LOADS)


def test_a_duplicate_that_is_switched_off_says_that() -> None:
    point = ("vllm.general_plugins", "mine", "demo:x")
    items = (distribution("first", point), distribution("second", point))
    assert {p.standing.kind for p in plan(items, Allowlist("other"))} == {KIND.SWITCHED_OFF}


def test_nothing_installed_is_nothing_planned() -> None:
    assert plan((), Allowlist("x")) == ()


# Against a loader. It says what vLLM's documentation says, over the real importlib.metadata: a
# dictionary by name from each group, filtered by VLLM_PLUGINS; a list for logits processors;
# endpoint plugins only where they are named.
_LOADER = """
import json, os
from importlib.metadata import entry_points

def answer():
    allowed = os.environ["VLLM_PLUGINS"].split(",") if "VLLM_PLUGINS" in os.environ else None
    loaded = []
    for group in ("general", "platform", "io_processor", "stat_logger", "endpoint"):
        if group == "endpoint" and allowed is None:
            continue
        group = f"vllm.{group}_plugins"
        by_name = {}
        for point in entry_points(group=group):
            if allowed is None or point.name in allowed:
                by_name[point.name] = (point.value, point.dist.name)
        loaded += [(group, name, *rest) for name, rest in by_name.items()]
    group = "vllm.logits_processors"
    return loaded + [(group, p.name, p.value, p.dist.name) for p in entry_points(group=group)]

answers = []
for value in json.loads(input()):
    os.environ.pop("VLLM_PLUGINS", None)
    if value is not None:
        os.environ["VLLM_PLUGINS"] = value
    answers.append(answer())
print(json.dumps(answers))
"""
NAMES = ("a", "b", "c d", " a", "a.b", "A")


def random_values(dice: random.Random) -> list[str | None]:
    fixed = [None, "", ",", "a,,b", " a", "a, b", "a,b", "A", "c d", "*", "a;b"]
    pieces = (*NAMES, "", " b", "b ", "zz", "a\t")
    return fixed + [",".join(dice.choices(pieces, k=dice.randint(1, 4))) for _ in range(20)]


@pytest.mark.parametrize("seed", range(8))
def test_the_plan_is_what_the_loader_does(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    dice = random.Random(seed)
    python = make_venv(tmp_path / "env")
    for number in range(6):
        groups = {
            group.name: dict.fromkeys(
                dice.sample([n for n in NAMES if n.strip() == n], dice.randint(1, 4)),
                f"mod{number}:{group.short[0]}",
            )
            for group in dice.sample(GROUPS, dice.randint(1, 5))
        }
        lay_distribution(site_packages(tmp_path / "env"), f"demo{number}", groups=groups)
    values = random_values(dice)
    done = subprocess.run(
        [str(python), "-I", "-c", _LOADER],
        input=json.dumps(values),
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(),
    )
    found = scan(environment_of_python(python))
    for value, real in zip(values, json.loads(done.stdout), strict=True):
        ours = [
            [p.group, p.name, p.entry_point.value, p.distribution.name]
            for p in plan(found.distributions, Allowlist(value))
            if p.standing.kind is KIND.LOADS
        ]
        assert sorted(ours) == sorted(real), f"VLLM_PLUGINS={value!r}"
        logits = [row for row in ours if row[0] == "vllm.logits_processors"]
        assert logits == [row for row in real if row[0] == "vllm.logits_processors"]
