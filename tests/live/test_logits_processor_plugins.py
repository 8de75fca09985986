"""A scaffolded logits processor in a real engine: tokens change as each request asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.live

HERE = Path(__file__).parent
ALLOW, BAN, FIRST = (f"acme_rules.{option}" for option in ("allow", "ban", "first"))

#: Twelve requests in a batch of four rows, of different lengths: rows are moved to close gaps.
CASES: list[tuple[int, dict[str, object] | None]] = [
    (9, {ALLOW: [50]}),
    (3, None),
    (12, {ALLOW: [60, 61], FIRST: 2}),
    (5, {ALLOW: "70"}),
    (2, {ALLOW: [80]}),
    (8, None),
    (4, {ALLOW: [90, 91], BAN: [91]}),
    (10, {ALLOW: [100], FIRST: 4}),
    (6, None),
    (1, {ALLOW: [110]}),
    (7, {ALLOW: [120]}),
    (3, {ALLOW: [130], FIRST: 1}),
]


def answers(live: Any, model: Path, name: str, *classes: str, **env: str) -> dict[str, Any]:
    cases, reply = live.folder / f"{name}-cases.json", live.folder / f"{name}.json"
    cases.write_text(json.dumps(CASES), encoding="utf-8")
    status, output = live.run(
        *(HERE / "offline_rules.py", model, cases, reply, *classes), env=live.environment(**env)
    )
    assert status == 0, output
    found: dict[str, Any] = json.loads(reply.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def plain(live: Any, model: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the engine answers without the plugin."""
    return answers(live, model, "plain", PYTHONPATH=str(tmp_path_factory.mktemp("empty")))


@pytest.fixture(scope="module")
def second_runner(live: Any) -> bool:
    """Whether this vLLM's second model runner takes logits processors; it does from 0.31."""
    module = "vllm.v1.worker.gpu.sample.logits_processor"
    asked = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    return live.run("-c", asked)[0] == 0


def check(found: dict[str, Any], plain: dict[str, Any]) -> None:
    for (length, asked), tokens, without in zip(
        CASES, found["together"], plain["together"], strict=True
    ):
        assert len(tokens) == length
        if asked is None:
            assert tokens == without, "a request without a rule is answered as ever"
            continue
        allowed = {int(token) for token in (asked[ALLOW] if asked[ALLOW] != "70" else [70])} - set(
            asked.get(BAN, ())
        )
        ruled = min(asked.get(FIRST, length), length)
        assert set(tokens[:ruled]) <= allowed
        assert not set(tokens[ruled : ruled + 1]) & allowed, "the rule ends where it is to"
        assert not set(without) & allowed, "the tokens are due to the plugin"
    assert set(found["warm"]) == {50}
    assert "says how long" in found["refused"]
    assert "refused" not in plain
    assert found["after"] == plain["after"]


def test_its_own_tests_pass_with_vllm(
    logits_processor: Path, own_tests: Callable[[Path], tuple[int, str]], second_runner: bool
) -> None:
    status, output = own_tests(logits_processor)
    assert status == 0, output
    skipped = [line for line in output.splitlines() if line.startswith("SKIPPED")]
    assert all(not second_runner and "no second model runner" in line for line in skipped), output


def test_requests_get_the_tokens_they_ask_for(
    live: Any, model: Path, logits_processor: Path, plain: dict[str, Any]
) -> None:
    # vLLM reads this group whatever VLLM_PLUGINS says.
    check(answers(live, model, "installed", VLLM_PLUGINS=""), plain)


def test_by_its_qualified_name_without_being_installed(
    live: Any, model: Path, logits_processor: Path, plain: dict[str, Any]
) -> None:
    path = str(logits_processor / "src")
    check(answers(live, model, "named", "acme_rules.plugin:TokenRules", PYTHONPATH=path), plain)


def test_installed_and_named_as_well(
    live: Any, model: Path, logits_processor: Path, plain: dict[str, Any]
) -> None:
    check(answers(live, model, "twice", "acme_rules.processor:TokenRules"), plain)


def test_in_the_second_runners_sampler(
    live: Any, logits_processor: Path, second_runner: bool
) -> None:
    """Slots that are used again and rows in another order, in vLLM's own sampler."""
    if not second_runner:
        pytest.skip("this vLLM has no second model runner with logits processors")
    status, output = live.run(HERE / "second_runner.py", "acme_rules")
    assert status == 0, output
    everything = list(range(16))
    assert json.loads(output.splitlines()[-1]) == [
        [[5, 6], everything, [0]],
        [[0], [5, 6], everything],
        [everything, everything],
        [everything, [0]],
        [[9], everything],
    ]


def test_the_second_model_runner(
    live: Any, model: Path, logits_processor: Path, plain: dict[str, Any], second_runner: bool
) -> None:
    if not second_runner:
        pytest.skip("this vLLM has no second model runner with logits processors")
    asked = "import vllm.triton_utils as t, sys; sys.exit(not t.HAS_TRITON)"
    if live.run("-c", asked)[0]:
        pytest.skip(
            "the second model runner needs Triton, which this engine's machine does not run"
        )
    check(answers(live, model, "second", VLLM_USE_V2_MODEL_RUNNER="1"), plain)
