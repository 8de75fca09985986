"""Many requests at once, of which any client may go away."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class Busy(Exception):  # noqa: N818
    """All places are taken."""


class Places:
    """How many may be inside at once. For one event loop, so that no lock is needed."""

    def __init__(self, places: int) -> None:
        self._free = places

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold a place.

        Raises:
            Busy: there is none.
        """
        if self._free == 0:
            raise Busy
        self._free -= 1
        try:
            yield
        finally:
            self._free += 1


async def all_of(works: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Return the results of `works`, done at once.

    If one fails, or this is cancelled, the others are cancelled and waited for, and the exception
    is raised as it is: vLLM's handlers choose the status by its class, which a group would hide.
    """
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def while_connected(
    receive: Callable[[], Awaitable[Mapping[str, Any]]], work: Coroutine[Any, Any, T]
) -> T | None:
    """Return the result of `work`, or cancel it and return None when the client goes away.

    Args:
        receive: the ASGI function that gives the connection's messages; the body has been read.
        work: what to do meanwhile.
    """
    doing = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return doing.result() if doing.done() else None
    finally:
        for task in (doing, leaving):
            task.cancel()
        await asyncio.gather(doing, leaving, return_exceptions=True)


async def _disconnected(receive: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
