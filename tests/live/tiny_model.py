"""Makes a Llama of random weights that needs no download; run with an interpreter that has vLLM.

Usage: python tiny_model.py FOLDER [ARCHITECTURE [HEADS]]

Two layers of width 64, 256 tokens, and a word-level tokenizer of the words t0 to t252: 460 kB. With
ARCHITECTURE the configuration claims to be one, whatever it is; HEADS share the width, 2 by default.
"""

import json
import sys
from pathlib import Path

HIDDEN_SIZE = 64


def make(folder: Path, architecture: str | None = None, heads: str = "2") -> None:
    """Write the model to ``folder``."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=256,
        hidden_size=HIDDEN_SIZE,
        intermediate_size=128,
        num_hidden_layers=2,
        # Heads of 32: vLLM 0.32's CPU attention has no smaller ones.
        num_attention_heads=int(heads),
        num_key_value_heads=2,
        max_position_embeddings=256,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=0,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    words = ["<pad>", "<s>", "</s>", *(f"t{number}" for number in range(253))]
    tokenizer = Tokenizer(
        models.WordLevel({word: number for number, word in enumerate(words)}, unk_token="<pad>")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", pad_token="<pad>"
    ).save_pretrained(folder)
    if architecture:
        path = folder / "config.json"
        settings = json.loads(path.read_text(encoding="utf-8"))
        settings["architectures"] = [architecture]
        path.write_text(json.dumps(settings), encoding="utf-8")


if __name__ == "__main__":
    make(Path(sys.argv[1]), *sys.argv[2:])
