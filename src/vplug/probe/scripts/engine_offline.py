"""Starts vLLM's offline engine, uses it, and times both; runs in the interpreter that has vLLM.

Request: ``engine`` (arguments of ``vllm.LLM``) and ``uses``, each with ``id`` and ``kind``:
``generate`` (``prompts``, ``params``), ``embed`` (``prompts``) or ``encode`` (``data``). ``repeat`` asks
for that many timings.
Reply: ``stage``, ``start_seconds``, and for each use its answer or what it raised.

The workers are spawned and import this file again: nothing runs but under ``__main__``.
"""

from __future__ import annotations

import time
import traceback
from contextlib import suppress
from typing import Any


def failure(error: BaseException) -> dict[str, Any]:
    """Return an exception as JSON; print it as well, for whoever reads the log."""
    traceback.print_exc()
    return {
        "ok": False,
        "error": f"{type(error).__name__}: {error}",
        "error_kinds": [kind.__name__ for kind in type(error).__mro__],
        "traceback": traceback.format_exc()[-6000:],
    }


def generate(llm: Any, use: dict[str, Any]) -> dict[str, Any]:
    """Return the tokens of each prompt."""
    from vllm import SamplingParams

    params = SamplingParams(**use["params"])
    outputs = llm.generate(use["prompts"], params, use_tqdm=False)
    return {"tokens": [list(output.outputs[0].token_ids) for output in outputs]}


def encode(llm: Any, use: dict[str, Any]) -> dict[str, Any]:
    """Return what an IO processor answers, as text of at most 2,000 characters."""
    outputs = llm.encode({"data": use["data"]}, pooling_task="plugin", use_tqdm=False)
    first = outputs[0] if isinstance(outputs, list) else outputs
    answer = getattr(first, "outputs", first)
    return {"answer": repr(answer)[:2000], "type": type(answer).__name__}


def embed(llm: Any, use: dict[str, Any]) -> dict[str, Any]:
    """Return how many vectors came, and of which length."""
    outputs = llm.embed(use["prompts"], use_tqdm=False)
    return {"vectors": len(outputs), "dimensions": len(outputs[0].outputs.embedding)}


KINDS = {"generate": generate, "encode": encode, "embed": embed}


def main(request: dict[str, Any], note: Any) -> dict[str, Any]:
    """Start the engine, do the uses, and return the reply; ``note`` tells how far it has come."""
    reply: dict[str, Any] = {"stage": "importing vLLM", "uses": {}, "error": None}
    note(reply)
    began = time.perf_counter()
    try:
        import vllm

        reply["vllm"] = vllm.__version__
        reply["import_seconds"] = time.perf_counter() - began
        reply["stage"] = "starting the engine"
        note(reply)
        llm = vllm.LLM(**request["engine"])
    except BaseException as error:  # a plugin may raise SystemExit in here
        return {**reply, **failure(error)}
    reply["start_seconds"] = time.perf_counter() - began
    reply["stage"] = "up"
    note(reply)
    for use in request["uses"]:
        seconds = []
        try:
            for _ in range(use.get("repeat", 1)):
                begun = time.perf_counter()
                answer = KINDS[use["kind"]](llm, use)
                seconds.append(time.perf_counter() - begun)
            told = {"ok": True, **answer}
        except BaseException as error:  # as above
            told = failure(error)
        reply["uses"][use["id"]] = {**told, "seconds": seconds}
        note(reply)
    reply["stage"] = "done"
    note(reply)
    with suppress(Exception):
        llm.llm_engine.engine_core.shutdown()
    return reply


if __name__ == "__main__":
    import _vplug_channel as channel  # type: ignore[import-not-found]

    channel.finish(main(channel.open_request(), channel.note))
