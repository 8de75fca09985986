"""The endpoint as vLLM sees it (vllm/plugins/endpoint_plugins/interface.py).

vLLM's `EndpointPlugin` is a protocol: nothing is derived from, and vLLM is imported only to ask its
engine.
"""

import copy
from argparse import Namespace
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI, HTTPException, Request, Response

from .concurrency import Busy, while_connected
from .environment import limits
from .ranker import Ranker
from .schema import RankAnswer, RankRequest

# Under /v1: vLLM asks for its --api-key only there, below /v2 and below /inference.
PATH = "/v1/{{ cookiecutter.package }}/rank"

_STATE = "{{ cookiecutter.package }}_ranker"


@dataclass(frozen=True)
class RankEndpoint:
    """Adds one route to vLLM's API server.

    Attributes:
        name: what VLLM_PLUGINS has to name.
        required_tasks: the endpoint is left out where the served model has none of these.
    """

    name: str = "{{ cookiecutter.plugin_name }}"
    required_tasks: tuple[str, ...] | None = ("generate",)

    def attach_router(self, app: FastAPI) -> None:
        """Add the route; called once, before the engine is there."""
        app.add_api_route(
            PATH,
            rank,
            methods=["POST"],
            response_model=RankAnswer,
            name=self.name,
            summary="Rank choices by how likely the model finds them after a prompt.",
        )

    async def init_state(self, engine_client: Any, state: Any, args: Namespace) -> None:
        """Keep what the route needs; called once, when the engine is there.

        Raises:
            ValueError: an environment variable is wrong. It stops the start.
        """
        chosen = limits()
        if engine_client is None:  # the server that only renders prompts
            return
        from vllm import SamplingParams

        params = SamplingParams(max_tokens=1, temperature=0.0, prompt_logprobs=0, detokenize=False)
        tokenizer = copy.deepcopy(engine_client.renderer.get_tokenizer())
        setattr(state, _STATE, Ranker(engine_client, tokenizer, params, chosen))


async def rank(body: RankRequest, request: Request) -> Any:
    """Answer one request. What pydantic refuses does not come here; vLLM answers it with 400."""
    ranker: Ranker | None = getattr(request.app.state, _STATE, None)
    if ranker is None:
        raise HTTPException(503, "there is no engine to ask")
    try:
        answer = await while_connected(request.receive, ranker.rank(body))
    except Busy:
        raise HTTPException(
            503, "too many requests are being ranked; try again", headers={"Retry-After": "1"}
        ) from None
    except ValueError as error:
        raise HTTPException(400, str(error)) from None
    # The client is gone, and nobody reads this.
    return Response(status_code=499) if answer is None else answer
