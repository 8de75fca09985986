"""Asking the engine how likely choices are."""

import asyncio
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .concurrency import Places, all_of
from .environment import Limits
from .schema import RankAnswer, RankRequest
from .scoring import first_own_token, logprob_of, ranking


class Ranker:
    """Ranks choices with one engine.

    Args:
        engine: vLLM's `EngineClient`.
        tokenizer: the model's, for this object alone: tokenizers bear no use by two threads.
        params: the sampling parameters; they ask for the log probabilities of the prompt.
        limits: what is taken on.
    """

    def __init__(self, engine: Any, tokenizer: Any, params: Any, limits: Limits) -> None:
        self._engine = engine
        self._tokenizer = tokenizer
        self._params = params
        self._limits = limits
        self._places = Places(limits.requests)
        # A long text takes a tokenizer long, and the event loop serves all requests.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=__name__)

    async def rank(self, request: RankRequest) -> RankAnswer:
        """Return how likely each choice is.

        Raises:
            ValueError: the request is at fault; the message is for the person who sent it.
            Busy: too many requests are worked on.
            Exception: whatever the engine raises; vLLM's handlers know its exceptions.
        """
        if len(request.choices) > self._limits.choices:
            raise ValueError(
                f"there are {len(request.choices)} choices, and {self._limits.choices} are allowed"
            )
        with self._places.one():
            loop = asyncio.get_running_loop()
            prompts = await loop.run_in_executor(self._thread, self._tokenized, request)
            identity = uuid.uuid4().hex
            scores = await all_of(
                self._score(tokens, start, f"{__package__}-{identity}-{index}")
                for index, (tokens, start) in enumerate(prompts)
            )
        return ranking(scores, normalize=request.normalize)

    def _tokenized(self, request: RankRequest) -> list[tuple[list[int], int]]:
        context = self._tokenizer.encode(request.prompt)
        prompts = []
        for index, choice in enumerate(request.choices):
            whole = list(self._tokenizer.encode(request.prompt + choice))
            try:
                prompts.append((whole, first_own_token(context, whole)))
            except ValueError as error:
                raise ValueError(f"choices[{index}] cannot be ranked: {error}") from None
        return prompts

    async def _score(self, tokens: Sequence[int], start: int, request_id: str) -> tuple[int, float]:
        logprobs = None
        prompt = {"prompt_token_ids": tokens}
        async for output in self._engine.generate(prompt, self._params, request_id):
            logprobs = output.prompt_logprobs or logprobs
        if logprobs is None:
            raise RuntimeError("the engine returned no log probabilities")
        return len(tokens) - start, logprob_of(tokens, logprobs, start)
