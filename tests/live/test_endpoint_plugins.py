"""A scaffolded endpoint under ``vllm serve``: opt-in, guarded by the API key, errors and many clients."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.live

PATH = "/v1/acme_rank/rank"
GOOD = {"prompt": "t1 t2 t3", "choices": [" t4", " t5 t6", " t7"]}
KEY = {"Authorization": "Bearer secret"}


def test_its_own_tests_pass_with_vllm(
    live: Any, endpoint: Path, own_tests: Callable[[Path], tuple[int, str]]
) -> None:
    status, output = own_tests(endpoint)
    assert status == 0, output
    has = "from vllm.plugins.endpoint_plugins.interface import attach_endpoint_plugins"
    attaches = live.run("-c", has)[0] == 0  # 0.29 and later do
    skipped = [line for line in output.splitlines() if line.startswith("SKIPPED")]
    assert all(not attaches and "attaches plugins elsewhere" in line for line in skipped), output


@pytest.fixture(scope="module")
def server(live: Any, model: Path, endpoint: Path) -> Iterator[Any]:
    env = live.environment(VLLM_PLUGINS="acme_rank", ACME_RANK_MAX_CHOICES="8")
    with live.serving(model, "--api-key", "secret", env=env) as running:
        yield running


def test_choices_are_ranked(server: Any) -> None:
    status, answer = server.request(PATH, GOOD, **KEY)
    assert status == 200, answer
    assert [choice["tokens"] for choice in answer["choices"]] == [1, 2, 1]
    probabilities = [choice["probability"] for choice in answer["choices"]]
    assert math.fsum(probabilities) == pytest.approx(1)
    assert answer["best"] == probabilities.index(max(probabilities))
    # As vLLM's own endpoint has it for the same text.
    asked = {"model": "tiny", "prompt": "t1 t2 t3 t4", "echo": True, "logprobs": 0, "max_tokens": 1}
    _, own = server.request("/v1/completions", asked, **KEY)
    expected = own["choices"][0]["logprobs"]["token_logprobs"][3]
    assert answer["choices"][0]["logprob"] == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"prompt": "t1", "choices": []}, "at least 1 item"),
        ({"prompt": "t1", "choices": [" t2"], "top": 1}, "top"),
        ({"prompt": "t1", "choices": [" t2", " "]}, "choices[1] cannot be ranked"),
        ({"prompt": "t1", "choices": [" t2"] * 9}, "9 choices, and 8 are allowed"),
        ({"prompt": "t1 " * 200, "choices": [" t2"]}, "128"),
    ],
)
def test_a_wrong_request_is_the_clients_fault(server: Any, data: object, reason: str) -> None:
    status, answer = server.request(PATH, data, **KEY)
    assert status == 400, answer
    assert reason in str(answer)
    assert server.request(PATH, GOOD, **KEY)[0] == 200


def test_the_api_key_guards_it(server: Any) -> None:
    assert server.request(PATH, GOOD)[0] == 401


def test_requests_at_once_are_kept_apart(server: Any) -> None:
    asked = [
        {"prompt": f"t{number}", "choices": [f" t{number + 1}", f" t{number + 2} t9"]}
        for number in range(24)
    ]
    alone = [server.request(PATH, data, **KEY)[1]["choices"][0]["logprob"] for data in asked]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda data: server.request(PATH, data, **KEY), asked))
    assert [status for status, _ in together] == [200] * 24
    found = [answer["choices"][0]["logprob"] for _, answer in together]
    assert found == pytest.approx(alone, abs=1e-4)


def test_it_is_listed_among_the_routes(server: Any) -> None:
    status, listed = server.request("/openapi.json", **KEY)
    assert status == 200
    assert PATH in listed["paths"]


def test_without_its_name_in_the_environment_there_is_no_route(
    live: Any, model: Path, endpoint: Path
) -> None:
    with live.serving(model, env=live.environment()) as server:
        assert server.request(PATH, GOOD)[0] == 404
        assert "VLLM_PLUGINS is not set" in server.output()


def test_a_model_that_does_not_generate_has_no_route(
    live: Any, model: Path, endpoint: Path
) -> None:
    env = live.environment(VLLM_PLUGINS="acme_rank")
    with live.serving(model, "--runner", "pooling", env=env) as server:
        assert server.request(PATH, GOOD)[0] == 404
        assert "Skipping endpoint plugin acme_rank" in server.output()
