"""The route: answers, and wrong requests as the client's fault."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from {{ cookiecutter.package }}.endpoint import PATH

GOOD = {"prompt": "one two", "choices": [" three", " six", " eleven"]}


def test_the_likeliest_choice_is_the_best(engine: Any, served: Any, post: Any) -> None:
    status, ranked = asyncio.run(post(served(engine), PATH, GOOD))
    assert status == 200
    assert ranked["best"] == 1
    assert [choice["logprob"] for choice in ranked["choices"]] == [-5, -3, -6]
    assert [choice["tokens"] for choice in ranked["choices"]] == [1, 1, 1]


@pytest.mark.parametrize(
    ("data", "status", "reason"),
    [
        ({"prompt": "one", "choices": []}, 422, "at least 1 item"),
        ({"prompt": "", "choices": ["a"]}, 422, "at least 1 character"),
        ({"prompt": "one", "choices": ["a", ""]}, 422, "at least 1 character"),
        ({"prompt": "one", "choices": "a"}, 422, "valid list"),
        ({"prompt": 1, "choices": ["a"]}, 422, "valid string"),
        ({"prompt": "one", "choices": ["a"], "top": 1}, 422, "not permitted"),
        ({"choices": ["a"]}, 422, "Field required"),
        ([], 422, "valid dictionary"),
        ({"prompt": "one", "choices": ["a"] * 5}, 400, "5 choices, and 4 are allowed"),
        ({"prompt": "one", "choices": [" a", " "]}, 400, r"choices[1] cannot be ranked"),
    ],
)
def test_a_wrong_request_is_the_clients_fault(
    data: object, status: int, reason: str, engine: Any, served: Any, post: Any
) -> None:
    # 422 is what FastAPI answers what pydantic refuses with; vLLM's handler makes it 400.
    found, said = asyncio.run(post(served(engine), PATH, data))
    assert (found, reason in str(said)) == (status, True), said


def test_without_an_engine_it_says_so(served: Any, post: Any) -> None:
    status, said = asyncio.run(post(served(None), PATH, GOOD))
    assert (status, said) == (503, {"detail": "there is no engine to ask"})


def test_an_engines_exception_reaches_vllms_handlers_as_it_is(
    engine: Any, served: Any, post: Any
) -> None:
    class EngineDeadError(Exception):
        pass

    engine.error = EngineDeadError()
    with pytest.raises(EngineDeadError):
        asyncio.run(post(served(engine), PATH, GOOD))


def test_the_path_is_one_that_an_api_key_guards() -> None:
    assert PATH.startswith("/v1/")
