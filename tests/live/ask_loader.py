"""Runs under an interpreter with vLLM: what does its own loader load, and which platform wins?

Arguments: a JSON file of environments (``number``, ``folders``, ``variables``), and a file for the
answers. vLLM is imported once; each environment is asked in a fork, as a process of its own, and in
another one for the questions left where a plugin ended it.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import sys
from pathlib import Path

#: Groups that go through ``load_plugins_by_group``; the other two have loaders of their own.
GROUPS = (
    "vllm.general_plugins",
    "vllm.platform_plugins",
    "vllm.io_processor_plugins",
    "vllm.stat_logger_plugins",
)
ENDPOINTS, LOGITS, CHOICE = "vllm.endpoint_plugins", "vllm.logits_processors", "choice"
CALLS = "calls of general plugins"
QUESTIONS = (*GROUPS, ENDPOINTS, LOGITS, CALLS, CHOICE)
#: Platforms of vLLM's own, which older releases may not be able to make with this torch.
BUILT_IN = ("CpuPlatform", "ZenCpuPlatform", "UnspecifiedPlatform")

_loaded: list = []
_load = importlib.metadata.EntryPoint.load


def _noted(entry_point: importlib.metadata.EntryPoint) -> object:
    target = _load(entry_point)
    _loaded.append((entry_point.name, entry_point.value, target))
    return target


def _values(kept: dict) -> list:
    """Names in the loader's order, each with the value of the entry point that was kept."""
    result = []
    for name, target in kept.items():
        values = [v for n, v, t in _loaded if n == name and t is target]
        result.append([name, values[-1]])
    return result


def _prepare(environment: dict) -> None:
    for name in ("VLLM_PLUGINS", "VLLM_TARGET_DEVICE"):
        os.environ.pop(name, None)
    os.environ.update(environment["variables"])
    sys.path[:0] = environment["folders"]
    importlib.invalidate_caches()
    envs = importlib.import_module("vllm.envs")
    if hasattr(envs, "disable_envs_cache"):
        envs.disable_envs_cache()
    importlib.metadata.EntryPoint.load = _noted


def _ask(question: str) -> dict:
    plugins = sys.modules["vllm.plugins"]
    _loaded.clear()
    # A process of its own would begin with modules that were not imported before.
    for name in [name for name in sys.modules if name.startswith("fid")]:
        del sys.modules[name]
    if question in GROUPS:
        return {"loaded": _values(plugins.load_plugins_by_group(question))}
    if question == ENDPOINTS:
        if not hasattr(plugins, "load_endpoint_plugins"):
            return {}
        kept = {}
        load = plugins.load_plugins_by_group

        def only_load(group: str) -> dict:
            kept.update(load(group))
            return {}  # what is made of them is not the loader's matter

        plugins.load_plugins_by_group = only_load
        try:
            plugins.load_endpoint_plugins()
        finally:
            plugins.load_plugins_by_group = load
        return {"loaded": _values(kept)}
    if question == LOGITS:
        module = sys.modules.get("vllm.v1.sample.logits_processor")
        if module is None:
            return {}
        module._load_logitsprocs_plugins()
        return {"loaded": [[name, value] for name, value, _ in _loaded]}
    if question == CALLS:
        plugins.load_general_plugins()
        return {"called": True}
    platforms = sys.modules["vllm.platforms"]
    name = platforms.resolve_current_platform_cls_qualname()
    answer = {"class": name if isinstance(name, str) else repr(name)}
    module, _, attr = name.rpartition(".")
    if module.startswith("fid"):  # as vLLM's resolve_obj_by_qualname does next
        getattr(importlib.import_module(module), attr)()
    elif attr not in BUILT_IN:
        from vllm.utils import import_utils

        import_utils.resolve_obj_by_qualname(name)()
    return answer


def _child(environment: dict, questions: list, answers: Path) -> None:
    _prepare(environment)
    for question in questions:
        try:
            answer = _ask(question)
        except BaseException as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        with answers.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps([environment["number"], question, answer]) + "\n")


def _answered(answers: Path, number: int) -> set:
    lines = answers.read_text(encoding="utf-8").splitlines()
    return {question for found, question, _ in map(json.loads, lines) if found == number}


def main(asked: Path, answers: Path) -> None:
    import logging

    # Before the forks, so that they need not: it takes seconds.
    for name in ("vllm.platforms", "vllm.plugins"):
        importlib.import_module(name)
    try:
        importlib.import_module("vllm.v1.sample.logits_processor")
    except ImportError as error:  # an older release needs what is not beside it
        print(f"logits processors are not asked for: {error}")

    logging.disable(logging.CRITICAL)
    for environment in json.loads(asked.read_text(encoding="utf-8")):
        left = list(QUESTIONS)
        while left:
            child = os.fork()
            if child == 0:
                try:
                    _child(environment, left, answers)
                finally:
                    os._exit(0)
            os.waitpid(child, 0)
            done = _answered(answers, environment["number"])
            left = [question for question in left if question not in done]
            if left:  # the first of them ended the process
                with answers.open("a", encoding="utf-8") as stream:
                    ended = [environment["number"], left.pop(0), {"error": "os._exit"}]
                    stream.write(json.dumps(ended) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
