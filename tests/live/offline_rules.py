"""Generates for requests with different token rules in a real engine; run with vLLM.

Usage: python offline_rules.py MODEL CASES REPLY [CLASS]

CASES is a JSON list of ``[max_tokens, extra_args]``; more of them than the batch has rows, so that
requests come and go. With CLASS, a qualified name, the processor is named as an option.
"""

import json
import sys
from pathlib import Path


def main(model: str, cases: Path, reply: Path, *classes: str) -> None:
    from tiny_engine import engine
    from vllm import SamplingParams

    with engine(
        model=model,
        max_model_len=128,
        logits_processors=list(classes) or None,
    ) as llm:

        def params(max_tokens: int, extra_args: dict[str, object] | None) -> SamplingParams:
            return SamplingParams(
                max_tokens=max_tokens, temperature=0, ignore_eos=True, extra_args=extra_args
            )

        asked = [params(*case) for case in json.loads(cases.read_text(encoding="utf-8"))]
        prompts = [f"t{number} t1" for number in range(len(asked))]
        answers = {
            "together": [
                list(output.outputs[0].token_ids)
                for output in llm.generate(prompts, asked, use_tqdm=False)
            ]
        }
        # At random too: a processor that says it does not change the likeliest token is not asked above.
        warm = SamplingParams(
            max_tokens=8, temperature=2.0, ignore_eos=True, extra_args=asked[0].extra_args
        )
        (output,) = llm.generate(["t1 t2"], warm, use_tqdm=False)
        answers["warm"] = list(output.outputs[0].token_ids)
        try:
            llm.generate(["t1"], params(2, {"acme_rules.first": 2}), use_tqdm=False)
        except Exception as error:  # VLLMValidationError, which is a ValueError before 0.28 only
            answers["refused"] = str(error)
        # The engine must still answer after a refusal.
        (output,) = llm.generate(["t0 t1"], params(2, None), use_tqdm=False)
        answers["after"] = list(output.outputs[0].token_ids)
        reply.write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), *sys.argv[4:])
