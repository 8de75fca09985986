"""Sends one good and one bad request to an IO processor in a real engine; run with vLLM.

Usage: python offline_embed.py MODEL PLUGIN REPLY
"""

import json
import sys
from pathlib import Path
from typing import Any


def main(model: str, plugin: str, reply: Path) -> None:
    from tiny_engine import engine

    with engine(
        model=model,
        runner="pooling",
        io_processor_plugin=plugin,
        max_model_len=128,
    ) as llm:

        def encode(data: object) -> Any:
            (output,) = llm.encode({"data": data}, pooling_task="plugin", use_tqdm=False)
            return output.outputs.model_dump()

        words = [f"t{number}" for number in range(250)]
        long, short = " ".join(words), "t1 t2 t3"
        options = {"chunk_chars": 200, "overlap_chars": 40}
        answers = {
            "both": encode({"texts": [long, short], **options}),
            "alone": encode(short),
            "raw": encode({"texts": [long], **options, "normalize": False}),
        }
        try:
            encode({"texts": "t1", "chunk_size": 5})
        except ValueError as error:
            answers["refused"] = str(error)
        # The engine must still answer after a refusal.
        answers["after"] = encode(short)
        reply.write_text(json.dumps(answers), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
