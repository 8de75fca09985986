"""The class that vLLM builds and calls: the only module here that imports vLLM.

vLLM calls, for one request: `parse_data`, `pre_process`, `merge_pooling_params`, then, with the
outputs of all prompts in their order, `post_process`. The interface's asynchronous variants call
these; they are worth writing only where something is awaited.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from vllm.logger import init_logger
from vllm.plugins.io_processors.interface import IOProcessor
from vllm.pooling_params import PoolingParams

from .chunking import Layout, split_text
from .environment import limits
from .inflight import InFlight
from .pooling import join_vectors
from .schema import EmbedAnswer, EmbedRequest, TextVector, parse_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vllm.config import VllmConfig
    from vllm.inputs import PromptType
    from vllm.outputs import PoolingRequestOutput
    from vllm.renderers import BaseRenderer

# vLLM gives handlers to the logger "vllm" alone; under another name, INFO would go nowhere.
logger = init_logger(f"vllm.{__name__}")

# The pooling task that each chunk is sent to the model with.
TASK = "embed"


class TextEmbedProcessor(IOProcessor[EmbedRequest, EmbedAnswer]):
    """Embeds texts of any length, each into one vector."""

    def __init__(self, vllm_config: VllmConfig, renderer: BaseRenderer) -> None:
        super().__init__(vllm_config, renderer)
        self._limits = limits()
        self._in_flight: InFlight[Layout] = InFlight()
        logger.info(
            "Embedding requests of at most %d characters and %d chunks.",
            self._limits.chars,
            self._limits.chunks,
        )

    def parse_data(self, data: object) -> EmbedRequest:
        """Return the validated request; a ValueError becomes the client's error message."""
        return parse_request(data, self._limits.chars)

    def pre_process(
        self, prompt: EmbedRequest, request_id: str | None = None, **kwargs: Any
    ) -> PromptType | Sequence[PromptType]:
        """Return one prompt for each chunk of each text."""
        texts: list[list[str]] = []
        left = self._limits.chunks
        for text in prompt.texts:
            # No more is cut than may be asked for: small chunks of a long text are many prompts.
            cut = split_text(text, prompt.chunk_chars, prompt.overlap_chars)
            chunks = list(islice(cut, left + 1))
            left -= len(chunks)
            if left < 0:
                raise ValueError(
                    f"the texts make more than the {self._limits.chunks} chunks allowed: "
                    "choose a larger chunk_chars"
                )
            texts.append(chunks)
        layout = Layout(chunks=tuple(len(chunks) for chunks in texts), normalize=prompt.normalize)
        self._in_flight.put(request_id, layout)
        return [chunk for chunks in texts for chunk in chunks]

    def merge_pooling_params(self, params: PoolingParams | None = None) -> PoolingParams:
        """Return `params` with the task set.

        vLLM passes parameters without a task, and then asks for the task "plugin", which no model
        has: it has to be set on the object passed in. One object may be passed for many prompts.
        """
        if params is None:
            params = PoolingParams()
        if params.task not in (None, "plugin", TASK):
            raise ValueError(f"this plugin needs the pooling task {TASK!r}, not {params.task!r}")
        params.task = TASK
        return params

    def post_process(
        self,
        model_output: Sequence[PoolingRequestOutput],
        request_id: str | None = None,
        **kwargs: Any,
    ) -> EmbedAnswer:
        """Return one vector for each text, joined from those of its chunks."""
        layout = self._in_flight.take(request_id)
        if len(model_output) != sum(layout.chunks):
            raise ValueError(
                f"vLLM returned {len(model_output)} outputs for {sum(layout.chunks)} chunks"
            )
        outputs = iter(model_output)
        vectors = []
        for index, chunks in enumerate(layout.chunks):
            own = list(islice(outputs, chunks))
            embedding = join_vectors(
                [_embedding(output) for output in own],
                [len(output.prompt_token_ids) for output in own],
                normalize=layout.normalize,
            )
            vectors.append(TextVector(index=index, chunks=chunks, embedding=embedding))
        return EmbedAnswer(dimensions=len(vectors[0].embedding), vectors=vectors)


def _embedding(output: PoolingRequestOutput) -> list[float]:
    # `error` exists from vLLM 0.32 on; it is set when this one prompt failed.
    if error := getattr(output, "error", None):
        raise ValueError(f"a chunk could not be embedded: {error}")
    data = output.outputs.data
    if data.ndim != 1:
        raise ValueError(
            f"the model returned {data.ndim} dimensions for a chunk where one vector was expected"
        )
    values: list[float] = data.tolist()
    return values
