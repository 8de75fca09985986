"""Loads one entry point as vLLM does, calls it as its group is called, and tells what it saw.

Sources: ``load_plugins_by_group``, ``load_general_plugins`` and ``load_endpoint_plugins`` in
``vllm/plugins/__init__.py``; ``resolve_current_platform_cls_qualname`` in
``vllm/platforms/__init__.py``; ``_load_logitsprocs_plugins`` in
``vllm/v1/sample/logits_processor/__init__.py`` (0.10.2 to 0.33.0).
"""

from __future__ import annotations

import contextlib
import faulthandler
import importlib
import os
import signal
import sys
import time
import types

import _vplug_acts
import _vplug_channel as channel
import _vplug_classes as classes
import _vplug_errors
import _vplug_state as state

request = channel.open_request()
# As they are before plugin code comes in, which may replace them.
_fork, _kill, _waitpid = os.fork, os.kill, os.waitpid

#: Slow to import, or fetching much: named whatever their size.
HEAVY = frozenset(
    "torch torchvision torchaudio transformers tensorflow jax scipy sklearn pandas matplotlib cv2 "
    "diffusers triton numba onnxruntime lightning accelerate datasets vllm ray spacy nltk".split()
)
MANY_MODULES = 100

started = time.monotonic()
seen = {"reached": "start", "called": 0}
acts = _vplug_acts.Acts(request["own"], request["vllm"])
describe = _vplug_errors.Describer(acts.is_own, request["vllm"])


def step(name):
    """Say how far it has come, before it begins."""
    seen["reached"] = name
    acts.step = name
    channel.note(seen)


@contextlib.contextmanager
def told(key):
    """Write what the block raises under ``key``; ``SystemExit`` and the like too."""
    try:
        yield
    except BaseException as error:
        seen[key] = describe(error)
    channel.leave_if_forked()


def import_vllm():
    """Import what of vLLM is there before plugins are loaded, and settle the platform."""
    step("import-vllm")
    with told("vllm_failed"):
        importlib.import_module("vllm.plugins")
        platforms = importlib.import_module("vllm.platforms")
        # A platform plugin is loaded and called right here, by vLLM itself.
        platform = getattr(platforms, "current_platform", None)
        if platform is not None:
            kind = type(platform)
            seen["platform"] = "%s.%s" % (kind.__module__, kind.__qualname__)


def find():
    """Return the entry point as ``importlib.metadata`` gives it to vLLM."""
    from importlib.metadata import entry_points

    found = [
        item
        for item in entry_points(group=request["group"])
        if item.name == request["name"] and item.value == request["value"]
    ]
    if not found:
        raise LookupError("importlib.metadata finds no such entry point in this environment")
    return found[0]


def load(entry_point):
    """Load it, for a logits processor without the accelerator, as vLLM does it."""
    guard = contextlib.nullcontext
    if request["short"] == "logits-processor":
        module = sys.modules.get("vllm.v1.sample.logits_processor")
        guard = getattr(module, "guard_cuda_initialization", guard)
    with guard():
        return entry_point.load()


def use(target, again):
    """Call it as its group is called; return what vLLM would go on with."""
    if request["short"] in ("stat-logger", "logits-processor"):
        return target  # a class, taken as it is
    if not again and not callable(target):
        raise TypeError("%s is not callable" % state.short(target))
    return target()


def kind_of(value):
    """Return what kind of thing a call gave."""
    if value is None:
        return "none"
    if isinstance(value, (types.CoroutineType, types.GeneratorType, types.AsyncGeneratorType)):
        return "not-begun"
    if isinstance(value, str):
        return "str"
    return "class" if isinstance(value, type) else "instance"


def write_stacks_in_time():
    """Have the stacks written to stderr when the time is nearly up: they say where a plugin hangs."""
    if request["seconds"] is None:
        return
    left = request["seconds"] - (time.monotonic() - started)
    if left > 0:
        with contextlib.suppress(Exception):  # a stderr that is closed, or is no file
            faulthandler.dump_traceback_later(left - min(1.5, left / 4))


def attempt():
    """The whole of it, in the order that was asked for."""
    write_stacks_in_time()
    plugin_first = request["order"] == "plugin-first"
    if not plugin_first:
        import_vllm()
        # A platform that vLLM cannot make is looked at all the same: it may be the plugin's.
        settling = request["short"] == "platform" and "vllm.platforms" in sys.modules
        if "vllm_failed" in seen and not settling:
            return
        for name in request["beside"]:
            with contextlib.suppress(Exception):  # another release has it elsewhere
                importlib.import_module(name)
    before_modules = set(sys.modules)
    before = state.Picture()
    devices = set(state.accelerators())
    size = state.resident()

    step("load")
    target = None
    began = time.perf_counter()
    with told("load_failed"):
        entry_point = find()
        target = load(entry_point)
        seen["load_seconds"] = time.perf_counter() - began
    loaded = set(sys.modules) - before_modules
    seen["modules"] = len(loaded)
    seen["heavy"] = _heavy(loaded)
    seen["imports_vllm"] = any(name == "vllm" or name.startswith("vllm.") for name in loaded)
    if request["beside"]:
        step("done")
        return
    after_load = state.Picture()
    changes = [dict(item, step="load") for item in before.changes_to(after_load, request["tops"])]
    seen["accelerator"] = [name for name in state.accelerators() if name not in devices]
    if "load_failed" in seen:
        finish(changes, size, devices)
        return
    if plugin_first:
        import_vllm()
        if "vllm_failed" in seen:
            finish(changes, size, devices)
            return
        after_load = state.Picture()
        devices |= set(state.accelerators())

    step("call")
    began = time.perf_counter()
    value = None
    with told("call_failed"):
        value = use(target, again=False)
        seen["call_seconds"] = time.perf_counter() - began
        seen["called"] = 1
        seen["returned"] = state.short(value)
        seen["returned_kind"] = kind_of(value)
    after_call = state.Picture()
    known = {(item["kind"], item["name"]) for item in changes}
    changes += [
        dict(item, step="call")
        for item in after_load.changes_to(after_call, request["tops"])
        if (item["kind"], item["name"]) not in known
    ]
    if "call_failed" in seen:
        finish(changes, size, devices)
        return

    step("call-again")
    with told("again_failed"):
        use(target, again=True)
        seen["called"] = 2

    finish(changes, size, devices)
    step("classes")
    look_at_classes(value)
    if not plugin_first:
        step("fork")
        seen["forked"] = in_a_fork()
    step("done")


def finish(changes, size, devices):
    """Note what is known once loading and calling are over."""
    seen["changes"] = changes
    for name in state.accelerators():
        if name not in seen["accelerator"] and name not in devices:
            seen["accelerator"].append(name)
    now = state.resident()
    seen["rss_growth_bytes"] = now - size if now is not None and size is not None else None
    seen["acts"] = acts.seen
    channel.note(seen)


def look_at_classes(value):
    """Look at the classes that vLLM would use next."""
    group = request["short"]
    found = []
    if group == "general":
        found = classes.registered(describe, lambda item: state.belongs(item, request["tops"]))
    elif group == "endpoint":
        seen["lacks"] = classes.endpoint(value)
    elif value is not None:
        found = [classes.look(group, value, request["bases"], describe)]
    seen["classes"] = found


def in_a_fork():
    """Load and call it in a fork of this process, as a worker started by ``fork`` would."""
    pid = _fork()
    if pid == 0:
        channel.to_fork()
        raised = None
        try:
            use(load(find()), again=True)
        except BaseException as error:
            raised = describe(error)
        channel.from_fork({"raised": raised})
    deadline = time.monotonic() + request["fork_seconds"]
    while (status := _status(pid)) is None:
        if time.monotonic() > deadline:
            _kill(pid, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                _waitpid(pid, 0)
            return {"ending": "timed-out"}
        time.sleep(0.02)
    if os.WIFSIGNALED(status):
        return {"ending": "killed", "detail": signal.Signals(os.WTERMSIG(status)).name}
    try:
        return {"ending": "replied", **channel.forks_word()}
    except FileNotFoundError:
        return {"ending": "exited", "detail": "status %s" % os.WEXITSTATUS(status)}


def _status(pid):
    """Return how a child ended, ``None`` while it runs."""
    try:
        ended, status = _waitpid(pid, os.WNOHANG)
    except ChildProcessError:  # the plugin ignores SIGCHLD, or waits for every child itself
        try:
            _kill(pid, 0)
        except OSError:
            return 0
        return None
    return status if ended else None


def _heavy(names):
    counts = {}
    for name in names:
        top = name.partition(".")[0]
        counts[top] = counts.get(top, 0) + 1
    standard = getattr(sys, "stdlib_module_names", ())
    own = set(request["tops"])
    if request["order"] == "vllm-first":
        own.add("vllm")  # was there, more or less
    return sorted(
        top
        for top, count in counts.items()
        if top not in own
        and top not in standard
        and ((top in HEAVY and top in names) or count >= MANY_MODULES)
    )


acts.install()
try:
    attempt()
except BaseException as error:  # ours: a fault of vplug, told as one
    seen["fault"] = describe(error)
channel.finish(seen)
