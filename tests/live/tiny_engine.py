"""The engine that the offline scripts use; imported with an interpreter that has vLLM."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def engine(**settings: Any) -> Iterator[Any]:
    """Start ``vllm.LLM`` with settings for a tiny model, and take it down at the end.

    Left to the interpreter's exit, vLLM 0.32's thread that watches the engine core may still run then and
    abort the process ("terminate called without an active exception": 5 of 12 runs on two cores, 0 of 20
    with the shutdown, which the thread asks about: vllm/v1/engine/core_client.py).
    """
    from vllm import LLM

    bounds = {"max_num_seqs": 4, "kv_cache_memory_bytes": 64 * 1024 * 1024}
    llm = LLM(dtype="float32", enforce_eager=True, **bounds, **settings)
    try:
        yield llm
    finally:
        llm.llm_engine.engine_core.shutdown()
