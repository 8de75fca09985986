"""Asks the real vLLM for its platform, and writes down what happens, line by line.

Runs in the environment's own interpreter. Each event is a JSON line in the file that the request
names, flushed at once: what was learned before a crash or a hang is not lost.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.metadata
import importlib.util
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import _vplug_channel as channel
from _vplug_choice import Watch, chain, named, with_causes
from _vplug_held import strays

#: A usual head size, for the question which attention backend would be chosen.
HEAD_SIZE = 128


class Events:
    """Writes events; every line whole, whatever thread it comes from.

    The file is opened for each: a plugin may close every descriptor. A fork that runs on into this
    code writes nothing.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._owner = os.getpid()
        self._lock = threading.Lock()

    def write(self, event: str, **fields: Any) -> None:
        if os.getpid() != self._owner:
            return
        line = json.dumps({"event": event, **fields}) + "\n"
        with self._lock:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(line)


def as_json(value: Any) -> Any:
    """A value as JSON holds it; what has no form there becomes text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if hasattr(value, "as_version_str"):  # vllm.platforms.interface.DeviceCapability
        return value.as_version_str()
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    name = getattr(value, "name", None)
    if isinstance(name, str) and type(value).__module__ not in ("builtins",):
        return name
    text = str(value)
    return text.replace("torch.", "", 1) if type(value).__module__.startswith("torch") else text


class Questions:
    """Asks guarded, timed questions: one that hangs or raises does not stop the others."""

    def __init__(self, events: Events, seconds: float) -> None:
        self._events = events
        self._seconds = seconds
        self._hung = 0

    def ask(self, topic: str, name: str, device: int | None, call: Callable[[], Any]) -> Any:
        """Return the answer, or ``None`` where there is none; the event says which."""
        fields: dict[str, Any] = {"topic": topic, "name": name, "device": device}
        if self._hung >= 3:
            self._events.write("told", **fields, error="not asked: other questions hang")
            return None
        self._events.write("question", **fields)
        box: list[Any] = []
        begun = time.perf_counter()

        def run() -> None:
            try:
                box.append((True, call()))
            except BaseException as error:  # a plugin may raise anything
                box.append((False, error))

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        thread.join(self._seconds)
        seconds = time.perf_counter() - begun
        if not box:
            self._hung += 1
            told = "no answer in {:g} s".format(self._seconds)
            self._events.write("told", **fields, seconds=seconds, hung=True, error=told)
            return None
        worked, value = box[0]
        if not worked:
            self._events.write(
                "told", **fields, seconds=seconds, error=named(value), traceback=chain(value)
            )
            return None
        self._events.write("told", **fields, seconds=seconds, value=as_json(value))
        return value


#: Attributes of a platform class, by the name under which they are told.
ATTRIBUTES = (
    "device_type", "device_name", "dispatch_key", "ray_device_key", "device_control_env_var",
    "dist_backend", "simple_compile_backend", "supported_quantization", "supported_dtypes",
)  # fmt: skip
#: Methods asked once, without arguments.
METHODS = (
    "is_pin_memory_available", "supports_fp8", "supports_mx", "fp8_dtype", "get_cpu_architecture",
    "is_sleep_mode_available", "device_count",
)  # fmt: skip
#: Methods asked for each device.
PER_DEVICE = (
    "get_device_capability", "get_device_name", "get_device_uuid", "get_device_total_memory",
)  # fmt: skip


def ask_platform(platform: Any, questions: Questions) -> None:
    """Ask the platform object what the engine would ask it."""
    count = None
    interface = sys.modules.get("vllm.platforms.interface")
    base = getattr(interface, "Platform", None)
    for name in ATTRIBUTES:
        if not hasattr(base, name) and not hasattr(type(platform), name):
            continue  # this release does not have it
        questions.ask("platform", name, None, lambda name=name: getattr(platform, name))
    for name in METHODS:
        method = getattr(platform, name, None)
        if method is None:
            continue
        answer = questions.ask("platform", name, None, method)
        if name == "device_count":
            count = answer
    if not isinstance(count, int) or isinstance(count, bool):
        count = torch_count(platform)
    for device in range(min(count, 16)):
        for name in PER_DEVICE:
            method = getattr(platform, name, None)
            if method is not None:
                questions.ask("platform", name, device, lambda m=method, d=device: m(d))
    in_use = getattr(platform, "get_current_memory_usage", None)
    if in_use is not None:
        questions.ask("platform", "get_current_memory_usage", 0 if count else None, in_use)


def torch_count(platform: Any) -> int:
    """How many devices torch sees of the platform's type; 1 for the CPU."""
    kind = getattr(platform, "device_type", None)
    if kind in (None, ""):
        return 0
    if kind == "cpu":
        return 1
    try:
        return int(getattr(sys.modules["torch"], kind).device_count())
    except Exception:  # whatever a vendor's module does
        return 1


def attention_backend() -> Any:
    """Ask vLLM which attention backend it would take for a usual head size."""
    import inspect

    torch = importlib.import_module("torch")
    module = None
    for name in ("vllm.v1.attention.selector", "vllm.attention.selector"):
        try:
            module = importlib.import_module(name)
            break
        except ModuleNotFoundError as error:
            if not name.startswith(error.name or "?"):
                raise
    if module is None:
        raise LookupError("this release has no attention selector under a known name")
    known = {
        "head_size": HEAD_SIZE,
        "dtype": torch.bfloat16,
        "kv_cache_dtype": "auto",
        "block_size": 16,
        "use_mla": False,
        "is_attention_free": False,
    }
    wanted = inspect.signature(module.get_attn_backend).parameters
    given = {name: value for name, value in known.items() if name in wanted}
    missing = [
        name
        for name, parameter in wanted.items()
        if name not in known
        and parameter.default is inspect.Parameter.empty
        and parameter.kind not in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL)
    ]
    if missing:
        raise LookupError("get_attn_backend asks for {}".format(", ".join(missing)))
    with _default_config():
        backend = module.get_attn_backend(**given)
    return "{}.{}".format(backend.__module__, backend.__qualname__)


@contextlib.contextmanager
def _default_config() -> Iterator[None]:
    """Newer selectors read the current vLLM configuration: give them the default one."""
    config = importlib.import_module("vllm.config")
    if not hasattr(config, "set_current_vllm_config"):
        yield
        return
    with config.set_current_vllm_config(config.VllmConfig()):
        yield


def ask_torch(questions: Questions) -> None:
    """Ask torch about the devices it sees, whatever the platform says."""
    torch = sys.modules.get("torch")
    if torch is None:
        return
    questions.ask("torch", "version", None, lambda: torch.__version__)
    questions.ask("torch", "cuda_build", None, lambda: torch.version.cuda)
    questions.ask("torch", "hip_build", None, lambda: getattr(torch.version, "hip", None))
    accelerator = getattr(torch, "accelerator", None)
    if accelerator is not None and questions.ask(
        "torch", "accelerator_is_available", None, accelerator.is_available
    ):
        questions.ask("torch", "accelerator", None, lambda: accelerator.current_accelerator().type)
        questions.ask("torch", "accelerator_count", None, accelerator.device_count)
    if questions.ask("torch", "cuda_is_available", None, torch.cuda.is_available):
        count = questions.ask("torch", "device_count", None, torch.cuda.device_count) or 0
        for device in range(min(int(count), 16)):
            questions.ask("torch", "properties", device, lambda d=device: _properties(torch, d))


def _properties(torch: Any, device: int) -> Any:
    found = torch.cuda.get_device_properties(device)
    uuid = getattr(found, "uuid", None)
    return {
        "name": found.name,
        "capability": "{}.{}".format(found.major, found.minor),
        "total_memory": found.total_memory,
        "multi_processor_count": found.multi_processor_count,
        "uuid": str(uuid) if uuid is not None else None,
    }


def main(request: dict[str, Any]) -> dict[str, Any]:
    """Run all of it; the reply only says that the end was reached."""
    events = Events(request["events"])
    events.write(
        "python", version=".".join(map(str, sys.version_info[:3])), executable=sys.executable
    )
    watch = Watch(events)
    watch.install()
    begun = time.perf_counter()
    step = "import vllm"
    try:
        importlib.import_module("vllm")
        step = "import vllm.platforms"
        module = importlib.import_module("vllm.platforms")
        early = getattr(module, "_current_platform", None) is not None
        step = "vllm.platforms.current_platform"
        platform = module.current_platform
    except BaseException as error:  # SystemExit too: it is what vLLM would meet
        choosing = watch.chose_in_vain(error)
        events.write(
            "failed",
            step=step,
            choosing=choosing,
            seconds=time.perf_counter() - begun,
            error=with_causes(error),
            traceback=chain(error),
        )
        torch = sys.modules.get("torch")
        if torch is None:
            try:
                importlib.import_module("torch")
            except BaseException as missing:  # a broken torch raises anything
                events.write("torch-failed", error=named(missing), traceback=chain(missing))
        ask_torch(Questions(events, request["call_seconds"]))
        return {"done": True}
    kind = type(platform)
    events.write(
        "platform",
        class_name="{}.{}".format(kind.__module__, kind.__qualname__),
        seconds=time.perf_counter() - begun,
        early=early,
        strays=strays(platform),
        vllm=getattr(sys.modules["vllm"], "__version__", None),
        path=getattr(sys.modules["vllm"], "__file__", None),
    )
    if request.get("devices", True):
        questions = Questions(events, request["call_seconds"])
        ask_platform(platform, questions)
        ask_torch(questions)
        if request.get("attention"):
            questions.ask("platform", "attention_backend", None, attention_backend)
    return {"done": True}


channel.finish(main(channel.open_request()))
