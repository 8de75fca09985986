"""What an adapter is: its name, and what its configuration has to say."""

import json
import re
from pathlib import Path

CONFIG = "adapter_config.json"
#: vLLM reads weights from this file; adapters in pickle files (.bin, .pt) are not accepted here.
WEIGHTS = "adapter_model.safetensors"
MAX_CONFIG_BYTES = 1024 * 1024

# One component of a path in any file system and any URL, never hidden and never "..".
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9_-])?", re.ASCII)


class AdapterError(Exception):
    """An adapter cannot be used; the message says why, and is for the log."""


def is_name(name: str) -> bool:
    """Return whether an adapter may be called `name`: letters, digits, ".", "-" and "_", to 128.

    Every model name that a client sends and vLLM does not know arrives here.
    """
    return _NAME.fullmatch(name) is not None and ".." not in name


def check_adapter(folder: Path, base_model: str) -> None:
    """Refuse an adapter that is not whole, or not a LoRA of `base_model`.

    Args:
        folder: the adapter's folder.
        base_model: the served model, as vLLM names it.

    Raises:
        AdapterError: with the reason.
    """
    if not (folder / WEIGHTS).is_file():
        raise AdapterError(f"it has no {WEIGHTS}")
    check_config(folder, base_model)


def check_config(folder: Path, base_model: str) -> None:
    """Refuse an adapter whose configuration is not that of a LoRA of `base_model`.

    Raises:
        AdapterError: with the reason.
    """
    if not (folder / CONFIG).is_file():
        raise AdapterError(f"it has no {CONFIG}")
    config = _read_config(folder / CONFIG)
    if (kind := config.get("peft_type")) != "LORA":
        raise AdapterError(f"its peft_type is {kind!r}, not 'LORA'")
    if (base := config.get("base_model_name_or_path")) != base_model:
        raise AdapterError(f"its base model is {base!r}, and {base_model!r} is served")


def _read_config(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as stream:
            text = stream.read(MAX_CONFIG_BYTES + 1)
    except OSError as error:
        raise AdapterError(f"its {CONFIG} cannot be read: {error.strerror}") from error
    if len(text) > MAX_CONFIG_BYTES:
        raise AdapterError(f"its {CONFIG} has more than {MAX_CONFIG_BYTES} bytes")
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AdapterError(f"its {CONFIG} is not JSON") from error
    if not isinstance(config, dict):
        raise AdapterError(f"its {CONFIG} is not an object")
    return config
