"""vplug's model of the loader against the loader itself, over random environments.

Each environment is asked twice: vLLM's own ``load_plugins_by_group`` and
``resolve_current_platform_cls_qualname`` in a process that holds the real release, and vplug, which
reads. The releases are the engine's and older ones, unpacked beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tests.live.random_environments import make

from vplug.contracts.store import ContractStore
from vplug.discovery.environment import Environment, environment_of_python
from vplug.discovery.installed import scan
from vplug.doctor.load_plan import load_plan
from vplug.doctor.platform import foretold
from vplug.doctor.surroundings import Surroundings
from vplug.loader import Allowlist, plan
from vplug.model import UNSPECIFIED, StandingKind, WinRule

pytestmark = pytest.mark.live

HERE = Path(__file__).parent
#: ``None`` is the engine's own release, 0.32.0.
RELEASES = (None, "0.12.0", "0.16.0", "0.24.0", "0.28.0")
#: Environments for the engine's release, and for each older one.
COUNT, OLDER_COUNT = 200, 60


def _really(
    environments: list[Any], folder: Path | None, python: Path, tmp: Path
) -> dict[int, dict[str, Any]]:
    asked, answers = tmp / "asked.json", tmp / "answers.jsonl"
    asked.write_text(
        json.dumps(
            [
                {
                    "number": item.number,
                    "folders": [str(path) for path in item.folders],
                    "variables": item.variables,
                }
                for item in environments
            ]
        ),
        encoding="utf-8",
    )
    answers.touch()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("VLLM_", "PYTHON", "VPLUG_"))}
    env = {**kept, "HF_HUB_OFFLINE": "1"}
    if folder is not None:
        env["PYTHONPATH"] = str(folder)
    done = subprocess.run(
        [str(python), str(HERE / "ask_loader.py"), str(asked), str(answers)],
        env=env,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        cwd=tmp,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(map(json.loads, answers.read_text(encoding="utf-8").splitlines()))


def _foretold(item: Any, base: Environment, store: ContractStore) -> dict[str, Any]:
    environment = replace(base, paths=(*map(str, item.folders), *base.paths))
    installed = scan(environment)
    surroundings = Surroundings(environment, installed, item.variables)
    allowlist = Allowlist(item.variables.get("VLLM_PLUGINS"))
    release, _ = store.nearest(installed.vllm.version)
    bit = 1 << store.index(release)
    contract = next(c for c in store.loader() if c.releases & bit)
    plugins = plan(installed.distributions, allowlist, surroundings.release)
    planned = load_plan(surroundings, plugins, allowlist, contract, release, None)
    return {
        "plan": planned.plugins,
        "platform": foretold(surroundings, plugins, contract, release),
        "groups": contract.groups,
    }


def _compare_loads(told: dict[str, Any], real: dict[str, Any], counts: Counter[str]) -> list[str]:
    wrong = []
    for group, names in real["loaded"].items():
        if group not in told["groups"]:
            continue
        sure: dict[str, bool | None] = {}
        for item in told["plan"]:
            if item.plugin.group != group:
                continue
            if item.plugin.standing.kind is StandingKind.LOADS:
                sure[item.plugin.name] = item.loads
        doubled = {
            item.plugin.name
            for item in told["plan"]
            if item.plugin.group == group and item.plugin.standing.kind is StandingKind.HIDDEN
        }
        for name in {*names, *sure}:
            before = sure.get(name, False)
            if before is None:
                counts["load: cannot tell"] += 1
            elif before == (name in names):
                counts["load: agree"] += 1
            elif name in names and name in doubled:
                # The last of a name cannot be imported, so the one before it stays.
                counts["load: agree, an earlier one of the name"] += 1
            else:
                wrong.append(f"{group} {name}: foretold {before}, really {name in names}")
    return wrong


def _compare_platform(
    told: dict[str, Any], real: dict[str, Any], counts: Counter[str]
) -> list[str]:
    choice = told["platform"].choice
    error = real.get("error")
    if choice.rule is WinRule.UNDECIDED or (choice.class_name is None and choice.error is None):
        counts["platform: cannot tell"] += 1
        return []
    if choice.error is not None:
        if error is None:
            return [f"foretold {choice}, really {real}"]
        if "Only one platform" in choice.error and "Only one platform" not in error:
            return [f"foretold {choice}, really {real}"]
        counts["platform: agree, error"] += 1
        return []
    if error is not None or real.get("class") != choice.class_name:
        return [f"foretold {choice}, really {real}"]
    kind = "nobody" if choice.class_name == UNSPECIFIED else str(choice.rule)
    counts[f"platform: agree, {kind}"] += 1
    return []


@pytest.mark.parametrize("release", RELEASES)
def test_foretold_and_real_loader_agree(
    release: str | None, live: Any, unpacked: Any, tmp_path: Path
) -> None:
    folder = unpacked(release) if release is not None else None
    count = COUNT if release is None else OLDER_COUNT
    environments = [make(number, tmp_path / "envs") for number in range(count)]
    really = _really(environments, folder, live.python, tmp_path)
    base = environment_of_python(live.python)
    if folder is not None:
        base = replace(base, paths=(str(folder), *base.paths))
    store = ContractStore.bundled()
    counts: Counter[str] = Counter()
    wrong = []
    for item in environments:
        assert item.number in really, f"environment {item.number} ended the process"
        told = _foretold(item, base, store)
        found = _compare_loads(told, really[item.number], counts)
        found += _compare_platform(told, really[item.number], counts)
        wrong += [f"environment {item.number} {item.variables}: {text}" for text in found]
    print(f"\n{release or 'engine'}: {dict(sorted(counts.items()))}, {len(wrong)} disagree")
    assert not wrong, "\n".join(wrong[:20])
    decided = sum(n for name, n in counts.items() if name.startswith("platform: agree"))
    assert decided > count * 0.8, "too much that cannot be told to call it a forecast"
