"""Many requests at once: kept apart, limited, and given up with their clients."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from {{ cookiecutter.package }}.concurrency import all_of
from {{ cookiecutter.package }}.endpoint import PATH


async def until(condition: object) -> None:
    """Let the event loop run until a condition holds; a hang is a failure, not a wait for ever."""
    for _ in range(100_000):
        if condition():  # type: ignore[operator]
            return
        await asyncio.sleep(0)
    raise AssertionError("it did not come to that")


def test_the_choices_of_a_request_are_worked_on_together(
    engine: Any, served: Any, post: Any
) -> None:
    async def run() -> None:
        engine.open.clear()
        asked = {"prompt": "one", "choices": [" a", " b", " c"]}
        task = asyncio.ensure_future(post(served(engine), PATH, asked))
        await until(lambda: engine.under_way == 3)
        engine.open.set()
        assert (await task)[0] == 200
        # One prompt for each choice, no more, each under an id of its own.
        assert len(set(engine.request_ids)) == 3

    asyncio.run(run())


def test_requests_at_once_are_kept_apart(engine: Any, served: Any, post: Any) -> None:
    async def run() -> None:
        app = served(engine, requests=50)
        lengths = list(range(1, 41))
        asked = [{"prompt": "p", "choices": [f" {'x' * n}", " yy"]} for n in lengths]
        answers = await asyncio.gather(*(post(app, PATH, data) for data in asked))
        assert [status for status, _ in answers] == [200] * len(lengths)
        found = [answer["choices"][0]["logprob"] for _, answer in answers]
        assert found == [-n for n in lengths]

    asyncio.run(run())


def test_more_requests_than_places_are_turned_away_and_places_come_back(
    engine: Any, served: Any, post: Any
) -> None:
    async def run() -> None:
        app = served(engine, requests=2)
        engine.open.clear()
        asked = {"prompt": "one", "choices": [" a"]}
        tasks = [asyncio.ensure_future(post(app, PATH, asked)) for _ in range(2)]
        await until(lambda: engine.under_way == 2)
        assert (await post(app, PATH, asked))[0] == 503
        engine.open.set()
        assert [status for status, _ in await asyncio.gather(*tasks)] == [200, 200]
        assert (await post(app, PATH, asked))[0] == 200

    asyncio.run(run())


def test_when_the_client_goes_away_the_engine_stops_and_the_place_is_free(
    engine: Any, served: Any, post: Any
) -> None:
    async def run() -> None:
        app = served(engine, requests=1)
        engine.open.clear()
        gone = asyncio.Event()
        asked = {"prompt": "one", "choices": [" a", " b"]}
        task = asyncio.ensure_future(post(app, PATH, asked, gone))
        await until(lambda: engine.under_way == 2)
        gone.set()
        assert (await task)[0] == 499
        assert (engine.under_way, engine.given_up) == (0, 2)
        engine.open.set()
        assert (await post(app, PATH, asked))[0] == 200

    asyncio.run(run())


def test_when_one_fails_the_others_are_given_up() -> None:
    given_up: list[bool] = []

    async def wait() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            given_up.append(True)
            raise

    async def fail() -> None:
        await asyncio.sleep(0)
        raise KeyError("its own")

    with pytest.raises(KeyError, match="its own"):
        asyncio.run(all_of([wait(), fail(), wait()]))
    assert given_up == [True, True]
