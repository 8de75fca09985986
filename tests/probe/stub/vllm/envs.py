"""As in vLLM: the value is split at commas, nothing stripped; unset is None. Read when asked for."""

import os


def __getattr__(name):
    if name == "VLLM_PLUGINS":
        value = os.environ.get(name)
        return None if value is None else value.split(",")
    raise AttributeError(name)
