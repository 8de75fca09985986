"""Runs under an interpreter with vLLM: what does its own loader load, and which platform wins?

Arguments: a JSON file of environments (``number``, ``folders``, ``variables``), and a file for the
answers. vLLM is imported once; each environment is asked in a fork, as a process of its own.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

GROUPS = (
    "vllm.general_plugins",
    "vllm.platform_plugins",
    "vllm.io_processor_plugins",
    "vllm.stat_logger_plugins",
)


def ask(environment: dict) -> dict:
    for name in ("VLLM_PLUGINS", "VLLM_TARGET_DEVICE"):
        os.environ.pop(name, None)
    os.environ.update(environment["variables"])
    sys.path[:0] = environment["folders"]
    importlib.invalidate_caches()
    import vllm.platforms as platforms
    import vllm.plugins as plugins

    if hasattr(__import__("vllm.envs").envs, "disable_envs_cache"):
        __import__("vllm.envs").envs.disable_envs_cache()
    answer: dict = {"loaded": {}}
    for group in GROUPS:
        answer["loaded"][group] = sorted(plugins.load_plugins_by_group(group))
    # A process of its own would begin with modules that were not imported before.
    for name in [name for name in sys.modules if name.startswith("fid")]:
        del sys.modules[name]
    try:
        name = platforms.resolve_current_platform_cls_qualname()
        answer["class"] = name if isinstance(name, str) else repr(name)
        module, _, attr = name.rpartition(".")
        getattr(importlib.import_module(module), attr)()
    except BaseException as error:
        answer["error"] = f"{type(error).__name__}: {error}"
    return answer


def main(asked: Path, answers: Path) -> None:
    import logging

    # Before the forks, so that they need not: it takes seconds.
    for name in ("vllm.platforms", "vllm.plugins"):
        importlib.import_module(name)

    logging.disable(logging.CRITICAL)
    for environment in json.loads(asked.read_text(encoding="utf-8")):
        child = os.fork()
        if child == 0:
            try:
                answer = ask(environment)
                with answers.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps([environment["number"], answer]) + "\n")
            finally:
                os._exit(0)
        os.waitpid(child, 0)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
