"""Makes what a live engine needs, without a download: models, a tokenizer, a LoRA adapter.

Runs in the interpreter that has vLLM, with the plugins under test: an architecture that they register
gets a configuration of its own here, if one can be derived.

Request: ``folder`` (where to write), ``base`` (whether to make the plain model), ``adapter`` (the LoRA
adapter's name), ``subjects`` (whose registrations count, as ``group:name``), ``configs`` (architecture
→ a configuration that the project gives) and ``general`` (whether to load the general plugins). Reply:
see ``main``. Uses torch and transformers, which vLLM needs anyway.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

HIDDEN_SIZE = 64
#: What a configuration calls its sizes, and the tiny value. Heads of 32: vLLM's CPU attention has no
#: smaller ones (0.32).
SIZES: dict[str, Any] = {
    "vocab_size": 256,
    "hidden_size": HIDDEN_SIZE,
    "n_embd": HIDDEN_SIZE,
    "d_model": HIDDEN_SIZE,
    "word_embed_proj_dim": HIDDEN_SIZE,
    "intermediate_size": 128,
    "ffn_dim": 128,
    "ffn_hidden_size": 128,
    "n_inner": 128,
    "num_hidden_layers": 2,
    "n_layer": 2,
    "num_layers": 2,
    "num_attention_heads": 2,
    "n_head": 2,
    "num_heads": 2,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "query_pre_attn_scalar": 32,
    "max_position_embeddings": 256,
    "n_positions": 256,
    "n_ctx": 256,
    "num_local_experts": 4,
    "num_experts": 4,
    "n_routed_experts": 4,
    "num_experts_per_tok": 2,
    "moe_intermediate_size": 64,
    "shared_expert_intermediate_size": 64,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
}


def tiny_config(config_class: Any) -> Any:
    """Return a small configuration of ``config_class``.

    Raises:
        ValueError: it is composed of others (text and vision, say), whose sizes are not known here.
    """
    default = config_class()
    parts = [name for name in ("text_config", "vision_config", "encoder") if hasattr(default, name)]
    if parts:
        raise ValueError(f"{config_class.__name__} is composed of others ({', '.join(parts)})")
    sizes = {key: value for key, value in SIZES.items() if hasattr(default, key)}
    return config_class(**sizes)


def write_tokenizer(folder: Path) -> None:
    """Write a word-level tokenizer of the words ``t0`` to ``t252``."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = ["<pad>", "<s>", "</s>", *(f"t{number}" for number in range(253))]
    table = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(table, unk_token="<pad>"))  # noqa: S106 - no password
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",  # noqa: S106 - no password
        eos_token="</s>",  # noqa: S106 - no password
        pad_token="<pad>",  # noqa: S106 - no password
    )
    wrapped.save_pretrained(folder)


def llama_config() -> Any:
    """Return the configuration of the plain model: a Llama of two layers."""
    from transformers import LlamaConfig

    return tiny_config(LlamaConfig)


def write_base(folder: Path) -> None:
    """Write the plain model, 460 kB, with random weights that are the same each time."""
    import torch
    from transformers import LlamaForCausalLM

    torch.manual_seed(0)
    LlamaForCausalLM(llama_config()).save_pretrained(folder)
    write_tokenizer(folder)


def write_adapter(folder: Path, base_model: str) -> None:
    """Write a LoRA adapter of rank 4 with random weights for the plain model."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    torch.manual_seed(1)
    weights = {}
    for layer in range(2):
        for name in ("q_proj", "v_proj"):
            stem = f"base_model.model.model.layers.{layer}.self_attn.{name}"
            # Large, so that a generated token changes.
            weights[f"{stem}.lora_A.weight"] = torch.randn(4, HIDDEN_SIZE)
            weights[f"{stem}.lora_B.weight"] = torch.randn(HIDDEN_SIZE, 4)
    save_file(weights, folder / "adapter_model.safetensors")
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base_model,
        "r": 4,
        "lora_alpha": 8,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": ["q_proj", "v_proj"],
    }
    (folder / "adapter_config.json").write_text(json.dumps(config), encoding="utf-8")


def told(folder: str) -> list[dict[str, Any]]:
    """Return what the recorder wrote of this process."""
    with suppress(OSError):
        text = Path(folder, f"{os.getpid()}.jsonl").read_text(encoding="utf-8")
        return [json.loads(line) for line in text.splitlines()]
    return []


def added_config_classes() -> dict[str, Any]:
    """Return the configuration classes that were added to transformers' own, by model type."""
    with suppress(ImportError):
        from transformers.models.auto.configuration_auto import CONFIG_MAPPING

        return dict(getattr(CONFIG_MAPPING, "_extra_content", {}))
    return {}


def derive(architecture: str, cls: type, added: dict[str, Any]) -> tuple[Any, str]:
    """Return a tiny configuration for a registered class, and in words where it came from."""
    import transformers

    stem = architecture.lower().split("for")[0]
    for model_type, config_class in added.items():
        if model_type.replace("_", "").replace("-", "").lower() == stem:
            return tiny_config(config_class), f"its own {config_class.__name__}"
    for ancestor in cls.__mro__:
        if not ancestor.__module__.startswith("vllm."):
            continue
        known = getattr(transformers, ancestor.__name__, None)
        config_class = getattr(known, "config_class", None)
        if config_class is not None:
            return tiny_config(config_class), f"that of {ancestor.__name__}, which it derives from"
    known = getattr(getattr(transformers, architecture, None), "config_class", None)
    if known is not None:
        return tiny_config(known), f"that of transformers' {architecture}"
    return llama_config(), "a Llama's, for want of a better one"


def write_model(folder: Path, architecture: str, config: Any) -> None:
    """Write a configuration and a tokenizer; the engine fills in dummy weights."""
    config.architectures = [architecture]
    config.save_pretrained(folder)
    write_tokenizer(folder)


def registered_models(
    folder: Path, subjects: list[str], configs: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return the architectures that ``subjects`` registered, each with a model if one can be made."""
    from vllm.model_executor.models.registry import ModelRegistry

    added = added_config_classes()
    found: dict[str, dict[str, Any]] = {}
    for event in told(os.environ.get("VPLUG_RECORD", "")):
        if event["event"] != "registered" or event["what"] != "model":
            continue
        if event["by"] not in subjects or not event.get("ok"):
            continue
        name = event["name"]
        item = {"architecture": name, "subject": event["by"], "value": event["value"]}
        found[name] = item
        try:
            cls = ModelRegistry.models[name].load_model_cls()
            item["class"] = f"{cls.__module__}.{cls.__qualname__}"
            item["generates"] = is_kind("is_text_generation_model", cls)
            item["pools"] = is_kind("is_pooling_model", cls)
        except Exception as error:  # plugin code: anything may come
            item["error"] = f"{type(error).__name__}: {error}"
            item["traceback"] = traceback.format_exc()[-4000:]
            continue
        try:
            place = folder / f"model-{len(found)}"
            if name in configs:
                place.mkdir(parents=True)
                text = json.dumps({**configs[name], "architectures": [name]})
                (place / "config.json").write_text(text, encoding="utf-8")
                write_tokenizer(place)
                how = "the project's own"
                item["given"] = True
            else:
                config, how = derive(name, cls, added)
                write_model(place, name, config)
            item.update(path=str(place), how=how)
        except Exception as error:  # as above: a configuration class may be the plugin's
            item["no_model"] = f"{type(error).__name__}: {error}"
    return list(found.values())


def is_kind(function: str, cls: type) -> bool | None:
    """Return what vLLM's own test says of a class; ``None`` where the release has no such test."""
    with suppress(Exception):
        from vllm.model_executor import models
        from vllm.model_executor.models import interfaces_base

        test = getattr(interfaces_base, function, None) or getattr(models, function)
        return bool(test(cls))
    return None


def main(request: dict[str, Any], note: Any) -> dict[str, Any]:
    """Do what the request asks and return the reply: model paths, device, registrations, errors."""
    folder = Path(request["folder"])
    reply: dict[str, Any] = {"stage": "starting", "base": False, "models": [], "error": None}
    try:
        if request["base"]:
            # Before vLLM is imported: that may already run plugin code.
            reply["stage"] = "making the tiny model"
            note(reply)
            write_base(folder / "tiny")
            write_adapter(folder / "adapters" / request["adapter"], str(folder / "tiny"))
            reply["base"] = True
        reply["stage"] = "importing vLLM"
        note(reply)
        import vllm
        from vllm.platforms import current_platform

        reply["vllm"] = vllm.__version__
        reply["device"] = str(current_platform.device_type)
        kind = type(current_platform)
        reply["platform"] = f"{kind.__module__}.{kind.__qualname__}"
        if request["general"]:
            reply["stage"] = "loading general plugins"
            note(reply)
            from vllm.plugins import load_general_plugins

            load_general_plugins()
            reply["stage"] = "making models of registered architectures"
            note(reply)
            reply["models"] = registered_models(folder, request["subjects"], request["configs"])
        reply["stage"] = "done"
    except BaseException as error:  # plugin code may raise SystemExit as well
        reply["error"] = f"{type(error).__name__}: {error}"
        reply["traceback"] = traceback.format_exc()[-6000:]
    return reply


if __name__ == "__main__":
    import _vplug_channel as channel  # type: ignore[import-not-found]

    _request = channel.open_request()
    _reply = main(_request, channel.note)
    sys.stdout.flush()
    channel.finish(_reply)
