"""Generates tokens in a real engine, and says what ran; run with an interpreter that has vLLM.

Usage: python offline_tokens.py MODEL REPLY SETTINGS [METHOD]

SETTINGS are further arguments of ``LLM``, in JSON. With METHOD every worker's method of that name is
called afterwards.
"""

import json
import sys
from pathlib import Path
from typing import Any

#: Of several lengths, so that a batch holds prefills and decodes at once.
PROMPTS = ["t1 t2", " ".join(f"t{number}" for number in range(40)), "t9 t8 t7 t6 t5"]


def main(model: str, reply: Path, settings: dict[str, Any], method: str | None = None) -> None:
    from tiny_engine import engine
    from vllm import SamplingParams
    from vllm.platforms import current_platform

    with engine(
        model=model,
        max_model_len=128,
        **settings,
    ) as llm:
        params = SamplingParams(max_tokens=8, temperature=0, ignore_eos=True)
        outputs = llm.generate(PROMPTS, params, use_tqdm=False)
        kind = type(current_platform)
        answer = {
            "tokens": [list(output.outputs[0].token_ids) for output in outputs],
            "platform": f"{kind.__module__}.{kind.__qualname__}",
            "out_of_tree": current_platform.is_out_of_tree(),
            "workers": llm.collective_rpc(method) if method else [],
        }
        reply.write_text(json.dumps(answer), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), json.loads(sys.argv[3]), *sys.argv[4:5])
