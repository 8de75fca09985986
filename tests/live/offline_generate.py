"""Generates two tokens in a real engine, and says what a plugin ran in this process; run with vLLM.

Usage: python offline_generate.py MODEL PACKAGE REPLY
"""

import json
import sys
from pathlib import Path


def main(model: str, package: str, reply: Path) -> None:
    from tiny_engine import engine
    from vllm import SamplingParams

    with engine(
        model=model,
        max_model_len=128,
    ) as llm:
        params = SamplingParams(max_tokens=2, temperature=0, ignore_eos=True)
        (output,) = llm.generate(["t1 t2"], params, use_tqdm=False)
        # Looked up, not imported: only vLLM is to have loaded it.
        registry = sys.modules[f"{package}.registry"]
        answer = {"tokens": list(output.outputs[0].token_ids), "front_end": sorted(registry._done)}
        reply.write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
