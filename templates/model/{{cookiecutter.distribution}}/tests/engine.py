"""Generates with a real engine and writes the log-probabilities of each step; run as a script.

Usage: python engine.py REQUEST REPLY

REQUEST holds "model", "prompts" (lists of token ids), "tokens" (how many to generate) and
"settings" for the engine. REPLY holds, for each prompt, the "tokens" and for each of them the
"logprobs" of the whole vocabulary.
"""

import json
import sys
from pathlib import Path


def main(request: Path, reply: Path) -> None:
    from vllm import LLM, SamplingParams

    asked = json.loads(request.read_text(encoding="utf-8"))
    llm = LLM(
        model=asked["model"],
        skip_tokenizer_init=True,
        dtype="float32",
        max_logprobs=-1,
        max_model_len=128,
        max_num_seqs=4,
        **asked["settings"],
    )
    params = SamplingParams(
        temperature=0,
        max_tokens=asked["tokens"],
        logprobs=-1,
        ignore_eos=True,
        detokenize=False,
    )
    prompts = [{"prompt_token_ids": prompt} for prompt in asked["prompts"]]
    try:
        outputs = llm.generate(prompts, params, use_tqdm=False)
    finally:
        # Left to the interpreter's exit, vLLM's watching thread may abort the process then.
        llm.llm_engine.engine_core.shutdown()
    answers = []
    for output in outputs:
        (completion,) = output.outputs
        rows = [
            [step[token].logprob for token in sorted(step)] for step in completion.logprobs or []
        ]
        answers.append({"tokens": list(completion.token_ids), "logprobs": rows})
    reply.write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
