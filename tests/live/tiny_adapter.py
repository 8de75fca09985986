"""Makes a LoRA of random weights for the tiny model; run with an interpreter that has vLLM.

Usage: python tiny_adapter.py MODEL FOLDER [BASE]

Rank 4 on the attention of both layers, strong enough to change what is generated, with the list of
checksums that `sha256sum` would write. BASE is the base model it claims; MODEL when not given.
"""

import hashlib
import json
import sys
from pathlib import Path

RANK = 4


def make(model: Path, folder: Path, base: str) -> None:
    """Write the adapter to ``folder``."""
    import torch
    from safetensors.torch import save_file

    settings = json.loads((model / "config.json").read_text(encoding="utf-8"))
    width = settings["hidden_size"]
    generator = torch.Generator().manual_seed(7)
    weights = {
        f"base_model.model.model.layers.{layer}.self_attn.{name}.lora_{half}.weight": torch.randn(
            shape, generator=generator
        )
        for layer in range(settings["num_hidden_layers"])
        for name in ("q_proj", "v_proj")
        for half, shape in (("A", (RANK, width)), ("B", (width, RANK)))
    }
    folder.mkdir(parents=True)
    save_file(weights, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base,
        "r": RANK,
        "lora_alpha": 16,
        "target_modules": ["q_proj", "v_proj"],
        "bias": "none",
    }
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")
    sums = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n"
        for file in sorted(folder.iterdir())
    ]
    (folder / "SHA256SUMS").write_text("".join(sums), encoding="ascii")


if __name__ == "__main__":
    make(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if sys.argv[3:] else sys.argv[1])
