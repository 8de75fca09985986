"""A made-up engine and tokenizer, and calling the application as a server does, without one."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI

from {{ cookiecutter.package }} import endpoint
from {{ cookiecutter.package }}.endpoint import RankEndpoint
from {{ cookiecutter.package }}.environment import Limits
from {{ cookiecutter.package }}.ranker import Ranker

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class Tokenizer:
    """Words are tokens. Numbers words as they come; the text begins with a token of its own."""

    def __init__(self) -> None:
        self.words = ["<s>"]

    def encode(self, text: str) -> list[int]:
        for word in text.split():
            if word not in self.words:
                self.words.append(word)
        return [0, *(self.words.index(word) for word in text.split())]


class Engine:
    """A word's length is its log probability. Answers when `open` is set.

    It counts what is under way and what was given up.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.open = asyncio.Event()
        self.open.set()
        self.under_way = self.most = self.given_up = 0
        self.request_ids: list[str] = []
        self.error: Exception | None = None

    async def generate(self, prompt: Any, params: object, request_id: str) -> AsyncIterator[Any]:
        self.request_ids.append(request_id)
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        try:
            await self.open.wait()
            await asyncio.sleep(0)
            if self.error:
                raise self.error
            tokens = prompt["prompt_token_ids"]
            logprobs = [
                {token: SimpleNamespace(logprob=-float(len(self.tokenizer.words[token])))}
                for token in tokens
            ]
            yield SimpleNamespace(prompt_logprobs=[None, *logprobs[1:]])
        except asyncio.CancelledError:
            self.given_up += 1
            raise
        finally:
            self.under_way -= 1


async def post(
    app: FastAPI, path: str, data: object, gone: asyncio.Event | None = None
) -> tuple[int, Any]:
    """Return the status and the answer; `gone` is set when the client goes away."""
    body = json.dumps(data).encode()
    sent: list[dict[str, Any]] = []
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await (gone or asyncio.Event()).wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"content-type", b"application/json")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
    await app(scope, receive, send)
    answer = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], json.loads(answer) if answer else None


def served(engine: Engine | None, **limits: int) -> FastAPI:
    """Return an application with the endpoint, as it is once vLLM has started."""
    app = FastAPI()
    RankEndpoint().attach_router(app)
    if engine is not None:
        chosen = Limits(**{"choices": 4, "requests": 2, **limits})
        setattr(app.state, endpoint._STATE, Ranker(engine, engine.tokenizer, None, chosen))
    return app


@pytest.fixture
def engine() -> Engine:
    return Engine(Tokenizer())


@pytest.fixture(name="served")
def served_fixture() -> Callable[..., FastAPI]:
    return served


@pytest.fixture(name="post")
def post_fixture() -> Callable[..., Any]:
    return post
