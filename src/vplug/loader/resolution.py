"""Which platform vLLM's rules choose, as a pure function of what the candidates answer.

Source: ``resolve_current_platform_cls_qualname`` in ``vllm/platforms/__init__.py``, whose arithmetic is
the same in all releases from 0.7.0 to 0.33.0; ``VLLM_TARGET_DEVICE=cpu`` comes first from 0.28.0 on.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Mapping
from itertools import product

from vplug.loader.platforms import CURRENT_BUILTIN_PLATFORMS
from vplug.model import UNSPECIFIED, Answer, AnswerKind, PlatformChoice, WinRule

#: The first release in which an explicit CPU target skips every platform plugin.
EXPLICIT_CPU_SINCE = (0, 28, 0)
#: More doubts than this are not multiplied out: any of the names may win.
_MOST_DOUBTS = 10

_UNSURE = Answer(AnswerKind.UNKNOWN)


def targets_cpu(target_device: str | None, release: tuple[int, ...] | None) -> bool:
    """Return whether ``VLLM_TARGET_DEVICE`` makes vLLM skip the choice and take the CPU.

    Args:
        target_device: the variable's value; vLLM lowers its letters and strips nothing.
        release: the release's numbers; ``None`` takes the newest known loader.
    """
    if target_device is None or target_device.lower() != "cpu":
        return False
    return release is None or (*release, 0, 0)[:3] >= EXPLICIT_CPU_SINCE


#: What leaves no exception behind at all.
_AT_ONCE = frozenset({"os._exit", "os.abort"})


def ends_process(reason: str | None) -> bool:
    """Return whether an exception passes through the ``except Exception`` of vLLM's loader.

    Args:
        reason: the exception, its name first; ``os._exit`` and ``os.abort`` count as well.
    """
    name = next(iter(re.findall(r"[\w.]+", reason or "")), "")
    known = getattr(builtins, name, None)
    if isinstance(known, type) and issubclass(known, BaseException):
        return not issubclass(known, Exception)
    return name in _AT_ONCE


def ends(answer: Answer) -> bool:
    """Return whether what a plugin raised passes through vLLM's handlers and ends the process."""
    if answer.ends_process is not None:
        return answer.ends_process
    return ends_process(answer.reason)


def _ended(out_of_tree: Mapping[str, Answer]) -> PlatformChoice | None:
    """The first plugin that ends the process: all are loaded before any function is asked."""
    for kind in (AnswerKind.NOT_LOADED, AnswerKind.RAISED):
        for name, answer in out_of_tree.items():
            if answer.kind is kind and ends(answer):
                return PlatformChoice(WinRule.ENDED, error=answer.reason, possible=(name,))
    return None


def choose(
    built_in: Mapping[str, Answer],
    out_of_tree: Mapping[str, Answer],
    *,
    again: Mapping[str, Answer] | None = None,
    explicit_cpu: bool = False,
) -> PlatformChoice:
    """Return whom vLLM chooses.

    Args:
        built_in: the built-in platforms' answers by name.
        out_of_tree: the answers of the plugins that were *loaded*, by name: one that could not be
            imported is not among vLLM's candidates, and is left out here whatever its answer says.
        again: what the winner answers when it is called the second time, where that is known and
            differs from the first time; keyed by name.
        explicit_cpu: whether an explicit CPU target skips the choice (:func:`targets_cpu`).

    The set arithmetic goes by name: an out-of-tree plugin called ``cuda`` counts as activated when
    either it or the built-in answers, and then the *plugin* is called for the class. An exception that
    is no ``Exception`` (``SystemExit``) is not swallowed, neither of loading nor of asking.
    """
    if explicit_cpu:
        answer = built_in.get("cpu", _UNSURE)
        return PlatformChoice(
            WinRule.EXPLICIT_CPU, "cpu", True, answer.value or "vllm.platforms.cpu.CpuPlatform"
        )
    ended = _ended(out_of_tree)
    if ended is not None:
        return ended
    plugins = {
        name: answer
        for name, answer in out_of_tree.items()
        if answer.kind is not AnswerKind.NOT_LOADED
    }
    asked = [(name, True, answer) for name, answer in built_in.items()]
    asked += [(name, False, answer) for name, answer in plugins.items()]
    doubts = [index for index, (_, _, answer) in enumerate(asked) if answer.wins is None]
    if len(doubts) > _MOST_DOUBTS:
        return PlatformChoice(WinRule.UNDECIDED, possible=tuple(name for name, _, _ in asked))
    outcomes: dict[PlatformChoice, None] = {}
    for guesses in product((True, False), repeat=len(doubts)):
        wins = dict(zip(doubts, guesses, strict=True))
        activated = {
            name for index, (name, _, answer) in enumerate(asked) if wins.get(index, answer.wins)
        }
        outcomes[_of(activated, built_in, plugins, again or {})] = None
    if len(outcomes) == 1:
        return next(iter(outcomes))
    names = [outcome.winner or f"({outcome.rule})" for outcome in outcomes]
    return PlatformChoice(WinRule.UNDECIDED, possible=tuple(dict.fromkeys(names)))


def _of(
    activated: set[str],
    built_in: Mapping[str, Answer],
    plugins: Mapping[str, Answer],
    again: Mapping[str, Answer],
) -> PlatformChoice:
    ours = [name for name in plugins if name in activated]
    theirs = [name for name in built_in if name in activated]
    if len(ours) >= 2:
        return PlatformChoice(WinRule.TWO_OUT_OF_TREE, error=_clash(ours), possible=tuple(ours))
    if ours:
        answer = again.get(ours[0], plugins[ours[0]])
        return _called(WinRule.ONE_OUT_OF_TREE, ours[0], False, answer)
    if len(theirs) >= 2:
        return PlatformChoice(WinRule.TWO_BUILT_IN, error=_clash(theirs), possible=tuple(theirs))
    if theirs:
        answer = again.get(theirs[0], built_in[theirs[0]])
        return _called(WinRule.ONE_BUILT_IN, theirs[0], True, answer)
    return PlatformChoice(WinRule.NOBODY, class_name=UNSPECIFIED)


def _clash(names: list[str]) -> str:
    return f"RuntimeError: Only one platform plugin can be activated, but got: {sorted(names)}"


def _called(rule: WinRule, name: str, built_in: bool, answer: Answer) -> PlatformChoice:
    """The winner is called a second time, outside any ``try``, and its word is imported."""
    match answer.kind:
        case AnswerKind.CLASS:
            fault = None
            if "." not in (answer.value or ""):
                # `qualname.rsplit(".", 1)` into two names (vllm/utils/import_utils.py).
                fault = f"ValueError: {answer.value!r} is no dotted class name"
            return PlatformChoice(rule, name, built_in, answer.value, fault)
        case AnswerKind.RAISED:
            return PlatformChoice(rule, name, built_in, error=answer.reason or "it raised")
        case AnswerKind.NONE | AnswerKind.ODD:
            value = "None" if answer.kind is AnswerKind.NONE else answer.value
            # Its `rsplit(".", 1)` is what fails: bytes have one, and take no text.
            kind = "TypeError" if (value or "").startswith(("b'", 'b"')) else "AttributeError"
            error = f"{kind}: vLLM imports the class by its name and was given {value}"
            return PlatformChoice(rule, name, built_in, error=error)
        case AnswerKind.NOT_CALLABLE:
            return PlatformChoice(rule, name, built_in, error="TypeError: it cannot be called")
        case _:
            return PlatformChoice(rule, name, built_in)


def built_in_names(platforms: tuple[str, ...] | None) -> tuple[str, ...]:
    """Return the built-in platforms in the order vLLM asks them, the newest release's by default."""
    order = ("tpu", "cuda", "rocm", "hpu", "xpu", "cpu", "neuron", "openvino")
    names = CURRENT_BUILTIN_PLATFORMS if platforms is None else frozenset(platforms)
    return tuple(name for name in order if name in names) + tuple(sorted(names - set(order)))
