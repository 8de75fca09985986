"""A scan against ``importlib.metadata`` itself, run by the environment's own interpreter.

The environments are random, but the same at every run.
"""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import pytest
from tests.support import clean_environment, lay_distribution, make_venv, site_packages, write

from vplug.discovery.environment import environment_of_python
from vplug.discovery.installed import scan

GROUPS = ("vllm.general_plugins", "vllm.platform_plugins", "vllm.logits_processors", "vllm.nobody")

_REAL = """
import json, sys
from importlib.metadata import entry_points
print(json.dumps({
    group: [(e.name, e.value, e.dist.name, e.dist.version) for e in entry_points(group=group)]
    for group in json.loads(sys.argv[1])
}))
"""

#: Ways to write the same name: folders on disk, all of one normalised name.
SPELLINGS = (
    ("alpha_one", "Alpha.One", "ALPHA_ONE", "alpha.one"),
    ("beta", "Beta", "BETA"),
    ("gamma_ray_x", "gamma.ray.x", "Gamma_Ray.X"),
    ("delta",),
    ("epsilon2",),
)


def furnish(folder: Path, dice: random.Random) -> None:
    """Lay random distributions into one folder of the path."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(dice.randint(0, 5)):
        stem = dice.choice(dice.choice(SPELLINGS))
        version = f"{dice.randint(0, 3)}.{number}"
        info = dice.choice(
            (
                f"{stem}-{version}.dist-info",
                f"{stem}-{version}.dist-info",
                f"{stem}.egg-info",
                f"{stem}-{version}-py3.11.egg-info",
            )
        )
        groups: dict[str, dict[str, str]] | None = {
            group: {
                dice.choice(("one", "two", "three", "a b", "x.y", "naïve")): (
                    f"mod{dice.randint(0, 9)}:f{number}"
                )
                for _ in range(dice.randint(1, 3))
            }
            for group in dice.sample((*GROUPS, "console_scripts", "other"), dice.randint(0, 4))
        }
        if dice.random() < 0.15:
            groups = None
        laid = lay_distribution(folder, stem, version, groups, folder=info)
        if dice.random() < 0.15:
            write(laid, {"entry_points.txt": dice.choice(BROKEN)})


#: Texts that importlib.metadata still reads one way or another.
BROKEN = (
    "",
    "no section = at:all\n",
    "[vllm.general_plugins]\n# one = commented:out\n; two = odd:comment\nthree = real:one\n",
    "[[vllm.general_plugins]]\none = doubled:brackets\n",
    "[ vllm.general_plugins ]\none = blank:inside\n",
    "[vllm.general_plugins]\r\none = carriage:returns\r\n",
    "\ufeff[vllm.general_plugins]\none = byte:mark\n",
    "[vllm.general_plugins]\none=a:b=c\n  two   =   spaced:out  \n",
    "[vllm.general_plugins]\none = first:value\none = second:value\n",
    (
        "[vllm.general_plugins]\none = first:part\n[vllm.nobody]\nx = y\n"
        "[vllm.general_plugins]\ntwo = second:part\n"
    ),
    "[vllm.general_plugins]\nempty =\n= nameless\n",
    "[vllm.general_plugins] # trailing\none = after:comment\n",
)


@pytest.mark.parametrize("seed", range(30))
def test_the_scan_finds_what_the_interpreter_finds_in_its_order(
    tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    dice = random.Random(seed)
    python = make_venv(tmp_path / "env")
    site = site_packages(tmp_path / "env")
    extra = [tmp_path / f"extra{number}" for number in range(dice.randint(0, 2))]
    for folder in (site, *extra):
        furnish(folder, dice)
    write(site, {"extra.pth": "".join(f"{folder}\n" for folder in extra)})
    done = subprocess.run(
        [str(python), "-I", "-c", _REAL, json.dumps(GROUPS)],
        capture_output=True,
        text=True,
        check=True,
        env=clean_environment(PYTHONIOENCODING="utf-8", PYTHONUTF8="1"),
        encoding="utf-8",
    )
    real = {group: [tuple(row) for row in rows] for group, rows in json.loads(done.stdout).items()}
    found = scan(environment_of_python(python))
    assert found.unreadable == ()
    ours = {
        group: [
            (point.name, point.value, item.name, item.version)
            for item in found.distributions
            if item.shadowed_by is None
            for point in item.entry_points
            if point.group == group
        ]
        for group in GROUPS
    }
    assert ours == real
