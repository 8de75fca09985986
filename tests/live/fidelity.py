"""Compares vplug's model of the loader with the loader itself, over random environments.

Each environment is asked twice: vLLM's own ``load_plugins_by_group`` and
``resolve_current_platform_cls_qualname`` in a process that holds the real release, and vplug, which
reads. The releases are the engine's and older ones, unpacked beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.live.random_environments import make

from vplug.contracts.store import ContractStore
from vplug.discovery.environment import Environment, environment_of_python
from vplug.discovery.installed import scan
from vplug.doctor.load_plan import load_plan
from vplug.doctor.platform import foretold
from vplug.doctor.surroundings import Surroundings
from vplug.loader import GROUPS, Allowlist, plan
from vplug.model import UNSPECIFIED, StandingKind, WinRule

HERE = Path(__file__).parent
#: ``None`` is the engine's own release, 0.32.0.
RELEASES = (None, "0.12.0", "0.16.0", "0.24.0", "0.28.0")


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
    answers_of: dict[int, dict[str, Any]] = {}
    for number, question, answer in map(
        json.loads, answers.read_text(encoding="utf-8").splitlines()
    ):
        answers_of.setdefault(number, {})[question] = answer
    return answers_of


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
        "order": {
            group.name: names
            for process in planned.processes.values()
            for short, names in process.items()
            if (group := next(g for g in GROUPS if g.short == short))
        },
    }


def _compare_loads(told: dict[str, Any], real: dict[str, Any], counts: Counter[str]) -> list[str]:
    """What is foretold of each group's loading beside what its loader did."""
    wrong = []
    for group, answer in real.items():
        if group not in told["groups"] or not answer:
            continue
        every = [item for item in told["plan"] if item.plugin.group == group]
        ours = [item for item in every if item.plugin.standing.kind is StandingKind.LOADS]
        if any(item.loads is None for item in ours):
            counts["load: cannot tell"] += 1
            continue
        before = [(item.plugin.name, item.plugin.entry_point.value) for item in ours if item.loads]
        ends = next((item for item in every if item.loads is False and _ends(item, group)), None)
        if "error" in answer:
            if ends is None:
                wrong.append(f"{group}: foretold {before}, really {answer['error']}")
            else:
                counts["load: agree, it ends in an error"] += 1
            continue
        after = [(name, value) for name, value in answer["loaded"]]
        order = told["order"].get(group, ())
        if ends is not None:
            wrong.append(f"{group}: foretold that {ends.plugin.name} ends it, really {after}")
        elif sorted(before) != sorted(after):
            wrong.append(f"{group}: foretold {sorted(before)}, really {sorted(after)}")
        elif [name for name, _ in after] != [n for n in order if n in dict(after)]:
            wrong.append(f"{group}: foretold order {order}, really {after}")
        else:
            counts["load: agree"] += 1
    return wrong


def _compare_calls(told: dict[str, Any], real: dict[str, Any], counts: Counter[str]) -> list[str]:
    """General plugins that are said to raise in any case beside what calling them ended in."""
    sure = [
        _exception(item.raises or item.reason or "")
        for item in told["plan"]
        if item.plugin.group == "vllm.general_plugins"
        and item.fatal
        and (item.raises is not None or item.loads is False)
    ]
    error = real.get("error")
    if not sure:
        counts["calls: not foretold" if error else "calls: agree"] += 1
        return []
    if error is None or ("" not in sure and _exception(error) not in sure):
        return [f"calls: foretold {sure}, really {error}"]
    counts["calls: agree, an error"] += 1
    return []


def _ends(item: Any, group: str) -> bool:
    return bool(item.fatal) or group == "vllm.logits_processors"


def _compare_platform(
    told: dict[str, Any], real: dict[str, Any], counts: Counter[str]
) -> list[str]:
    choice = told["platform"].choice
    error = real.get("error")
    if choice.rule is WinRule.UNDECIDED or (choice.class_name is None and choice.error is None):
        counts["platform: cannot tell"] += 1
        return []
    if choice.error is not None:
        before, after = _exception(choice.error), _exception(error or "")
        # What is foretold without the name of an exception is compared by happening at all.
        if error is None or (before and before != after):
            return [f"foretold {choice}, really {real}"]
        counts[f"platform: agree, {before or 'an error'}"] += 1
        return []
    if error is not None or real.get("class") != choice.class_name:
        return [f"foretold {choice}, really {real}"]
    kind = "nobody" if choice.class_name == UNSPECIFIED else str(choice.rule)
    counts[f"platform: agree, {kind}"] += 1
    return []


def _exception(text: str) -> str:
    name = text.partition(":")[0].strip()
    return name if name.isidentifier() and name[0].isupper() else ""


@dataclass(frozen=True)
class Comparison:
    """What came of comparing.

    Attributes:
        wrong: each disagreement, in one line.
        counts: how often each kind of agreement, or of "cannot tell", was seen.
    """

    wrong: list[str]
    counts: Counter[str]

    @property
    def decided(self) -> int:
        """In how many environments the platform was foretold."""
        return sum(n for name, n in self.counts.items() if name.startswith("platform: agree"))


def compare(numbers: Iterable[int], python: Path, folder: Path | None, tmp: Path) -> Comparison:
    """Make the environments of these numbers and ask both, the loader and its model.

    Args:
        numbers: seeds; the same number always gives the same environment.
        python: an interpreter with vLLM.
        folder: another release, put in front of it; ``None`` for its own.
        tmp: where to write.
    """
    environments = [make(number, tmp / "envs") for number in numbers]
    really = _really(environments, folder, python, tmp)
    base = environment_of_python(python)
    if folder is not None:
        base = replace(base, paths=(str(folder), *base.paths))
    store = ContractStore.bundled()
    result = Comparison([], Counter())
    for item in environments:
        told, real = _foretold(item, base, store), really[item.number]
        found = _compare_loads(told, real, result.counts)
        found += _compare_calls(told, real["calls of general plugins"], result.counts)
        found += _compare_platform(told, real["choice"], result.counts)
        result.wrong.extend(f"environment {item.number} {item.variables}: {w}" for w in found)
    return result
