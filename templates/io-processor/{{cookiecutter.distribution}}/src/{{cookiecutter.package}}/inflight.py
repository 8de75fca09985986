"""What is remembered of a request while vLLM works on its prompts.

vLLM hands the prompts' outputs back in one flat list. How to put them together again is kept here,
under the request's id: when serving, many requests are under way at once, and vLLM calls the two
halves of the processor from different threads.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

Layout = TypeVar("Layout")


@dataclass
class _Entry(Generic[Layout]):
    layout: Layout
    waiting: int
    since: float


class InFlight(Generic[Layout]):
    """The layouts of the requests under way: whatever the processor needs to put outputs together.

    A request whose client went away is never asked for again; `capacity` bounds what such leave
    behind.
    """

    def __init__(
        self,
        capacity: int = 65_536,
        stale_after_s: float = 600.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._entries: OrderedDict[str | None, _Entry[Layout]] = OrderedDict()
        self._lock = Lock()
        self._capacity = capacity
        self._stale_after_s = stale_after_s
        self._clock = clock

    def put(self, request_id: str | None, layout: Layout) -> None:
        """Remember `layout` until it is taken. Without an id there is one request at a time.

        Raises:
            ValueError: a different request under way has the same id. vLLM takes the id from the
                client's X-Request-Id header where there is one, so that it can come twice.
        """
        with self._lock:
            now = self._clock()
            entry = self._entries.get(request_id)
            waiting = 1
            if entry is not None and request_id is not None:
                if entry.layout == layout:
                    waiting += entry.waiting
                elif now - entry.since < self._stale_after_s:
                    raise ValueError(f"another request under way has the id {request_id!r}")
            self._entries[request_id] = _Entry(layout, waiting, now)
            self._entries.move_to_end(request_id)
            while len(self._entries) > self._capacity:
                self._entries.popitem(last=False)

    def take(self, request_id: str | None) -> Layout:
        """Return the request's layout, and forget it when nobody else waits for it.

        Raises:
            LookupError: nothing is remembered under this id.
        """
        with self._lock:
            entry = self._entries.get(request_id)
            if entry is None:
                raise LookupError(f"no request under way has the id {request_id!r}")
            entry.waiting -= 1
            if entry.waiting == 0:
                del self._entries[request_id]
            return entry.layout
