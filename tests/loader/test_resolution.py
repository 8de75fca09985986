"""vLLM's choice of a platform as a function of the answers."""

from __future__ import annotations

import pytest

from vplug.loader.resolution import choose, targets_cpu
from vplug.model import UNSPECIFIED, Answer, AnswerKind, WinRule

YES = Answer(AnswerKind.CLASS, "mod.Class")
CUDA = Answer(AnswerKind.CLASS, "vllm.platforms.cuda.CudaPlatform")
NO = Answer(AnswerKind.NONE)
RAISED = Answer(AnswerKind.RAISED, reason="RuntimeError: no")
UNSURE = Answer(AnswerKind.UNKNOWN)
ODD = Answer(AnswerKind.ODD, "42")
GONE = Answer(AnswerKind.NOT_LOADED, reason="ImportError")


@pytest.mark.parametrize(
    ("built_in", "plugins", "rule", "winner"),
    [
        ({"cpu": NO}, {}, WinRule.NOBODY, None),
        ({"cpu": YES}, {}, WinRule.ONE_BUILT_IN, "cpu"),
        ({"cpu": YES, "cuda": CUDA}, {}, WinRule.TWO_BUILT_IN, None),
        ({"cuda": CUDA}, {"a": YES}, WinRule.ONE_OUT_OF_TREE, "a"),
        ({"cpu": YES, "cuda": CUDA}, {"a": YES}, WinRule.ONE_OUT_OF_TREE, "a"),
        ({"cuda": CUDA}, {"a": YES, "b": YES}, WinRule.TWO_OUT_OF_TREE, None),
        ({"cuda": CUDA}, {"a": RAISED, "b": NO}, WinRule.ONE_BUILT_IN, "cuda"),
        ({"cuda": CUDA}, {"a": GONE}, WinRule.ONE_BUILT_IN, "cuda"),
        ({"cuda": CUDA}, {"a": UNSURE}, WinRule.UNDECIDED, None),
        ({"cuda": NO}, {"a": UNSURE, "b": YES, "c": YES}, WinRule.TWO_OUT_OF_TREE, None),
    ],
)
def test_rules(built_in, plugins, rule: WinRule, winner: str | None) -> None:
    choice = choose(built_in, plugins)
    if rule is WinRule.TWO_OUT_OF_TREE and "c" in plugins:
        # Two are sure to clash, whether the third answers or not; only the message may differ.
        assert choice.rule in (WinRule.TWO_OUT_OF_TREE, WinRule.UNDECIDED)
        return
    assert (choice.rule, choice.winner) == (rule, winner)


def test_nobody_means_unspecified() -> None:
    assert choose({"cpu": NO}, {}).class_name == UNSPECIFIED


def test_a_plugin_named_as_a_built_in_platform_is_called_for_it() -> None:
    choice = choose({"cuda": CUDA}, {"cuda": NO})
    assert (choice.rule, choice.winner) == (WinRule.ONE_OUT_OF_TREE, "cuda")
    assert choice.error is not None
    assert "None" in choice.error


def test_the_second_answer_counts() -> None:
    choice = choose({}, {"a": YES}, again={"a": RAISED})
    assert choice.error == "RuntimeError: no"


def test_nonsense_wins_and_then_fails() -> None:
    assert choose({}, {"a": ODD}).error is not None
    assert choose({}, {"a": Answer(AnswerKind.CLASS, "NoDot")}).error is not None


def test_an_explicit_cpu_target_comes_first_from_0_28_on() -> None:
    assert targets_cpu("CPU", (0, 28))
    assert targets_cpu("cpu", None)
    assert not targets_cpu("cpu", (0, 27, 1))
    assert not targets_cpu("cpu ", (0, 33, 0))
    assert not targets_cpu(None, (0, 33, 0))
    assert choose({"cpu": NO}, {"a": YES}, explicit_cpu=True).rule is WinRule.EXPLICIT_CPU


@pytest.mark.parametrize(
    ("answer", "ends"),
    [
        (Answer(AnswerKind.RAISED, reason="SystemExit: 3"), True),
        (Answer(AnswerKind.NOT_LOADED, reason="SystemExit (mod.py:2, when it is imported)"), True),
        (Answer(AnswerKind.NOT_LOADED, reason="os._exit (mod.py:2)"), True),
        (Answer(AnswerKind.RAISED, reason="KeyboardInterrupt"), True),
        (Answer(AnswerKind.RAISED, reason="RuntimeError: SystemExit"), False),
        (Answer(AnswerKind.RAISED, reason="mod.OwnError: no"), False),
        (Answer(AnswerKind.RAISED), False),
    ],
)
def test_only_exceptions_are_swallowed(answer: Answer, ends: bool) -> None:
    choice = choose({"cpu": YES}, {"a": answer})
    assert (choice.rule is WinRule.ENDED) is ends
    assert choice.possible == (("a",) if ends else ())


def test_bytes_fail_otherwise_than_numbers() -> None:
    assert "TypeError" in str(choose({}, {"a": Answer(AnswerKind.ODD, "b'mod.Class'")}).error)
    assert "AttributeError" in str(choose({}, {"a": ODD}).error)
