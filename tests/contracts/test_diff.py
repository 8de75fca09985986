"""What changed between two releases: each kind of change once, on small stores."""

from __future__ import annotations

import pytest
from tests.contracts.conftest import IO, surface

from vplug.contracts import ContractStore, place
from vplug.contracts.diff import DIFF_KINDS, diff
from vplug.contracts.make import history_of
from vplug.contracts.writing import write
from vplug.model import ChangeStep, ChangeType, ContractDiff

_HEAD = "from abc import ABC, abstractmethod\nclass IOProcessor(ABC):\n"
_ABSTRACT = "    @abstractmethod\n"

CASES = [
    ("    def f(self): ...", "    def f(self): ...", []),
    ("    def f(self): ...", "    x = 1", [(ChangeType.IGNORED, "f"), (ChangeType.ADDED, "x")]),
    ("    x = 1", f"{_ABSTRACT}    def f(self): ...\n    x = 1", [(ChangeType.REQUIRED, "f")]),
    ("    def f(self): ...", "    def f(self, a): ...", [(ChangeType.CHANGED, "f")]),
    ("    def f(self, a): ...", "    def f(self, a=1): ...", [(ChangeType.CHANGED, "f")]),
    ("    def f(self): ...", "    async def f(self): ...", [(ChangeType.CHANGED, "f")]),
    (
        "    def f(self): ...",
        f"{_ABSTRACT}    def f(self): ...",
        [(ChangeType.REQUIRED, "f")],
    ),
    (
        "    def parse_data(self, d): return d",
        "    def parse_data(self, d): raise NotImplementedError",
        [(ChangeType.REQUIRED, "parse_data")],
    ),
    (
        "    def other(self, d): return d",
        "    def other(self, d): raise NotImplementedError",
        [(ChangeType.CHANGED, "other")],
    ),
    (
        "    def parse_data(self, d): raise NotImplementedError",
        "    def parse_data(self, d): return d",
        [(ChangeType.OPTIONAL, "parse_data")],
    ),
    (
        f"{_ABSTRACT}    def f(self): ...",
        "    def f(self): ...",
        [(ChangeType.OPTIONAL, "f")],
    ),
    ("    def f(self): ...", "    @property\n    def f(self): ...", [(ChangeType.CHANGED, "f")]),
    ("    def _own(self): ...", "    def _own(self, a): ...", []),
    (
        "    def __init__(self): ...",
        "    def __init__(self, r): ...",
        [(ChangeType.CHANGED, "__init__")],
    ),
]


def compared(
    tmp_path_factory: pytest.TempPathFactory, *bodies: str, backwards: bool = False
) -> ContractDiff:
    """The difference of the first and the last of releases 0.9.0, 0.10.0, … with these classes."""
    releases = [f"0.{9 + n}.0" for n in range(len(bodies))]
    made = [
        surface(release, {IO: _HEAD + body}) for release, body in zip(releases, bodies, strict=True)
    ]
    folder = tmp_path_factory.mktemp("store") / "data"
    place.write_folder(folder, write(history_of(made)))
    ends = (releases[-1], releases[0]) if backwards else (releases[0], releases[-1])
    return diff(ContractStore.open(folder), *ends)


@pytest.mark.parametrize(("old", "new", "expected"), CASES)
def test_changes_of_a_class(
    tmp_path_factory: pytest.TempPathFactory,
    old: str,
    new: str,
    expected: list[tuple[ChangeType, str]],
) -> None:
    found = compared(tmp_path_factory, old, new)
    assert [(c.what, c.symbol.rpartition(".")[2]) for c in found.changes] == expected


def test_a_class_that_went_names_where_its_like_is(store: ContractStore) -> None:
    found = diff(store, "0.10.0", "0.11.0")
    assert found.names is not None
    assert found.modules_added == ("vllm.c",)
    assert found.modules_removed == ("vllm.a",)
    # C and Some of vllm.a, and vllm.a itself; C was found again in vllm.c.
    assert (found.names.removed, found.names.moved) == (3, 1)


def test_a_move_says_where_to(tmp_path_factory: pytest.TempPathFactory) -> None:
    old = {"platforms/interface": "", "v1/attention/backend": "",
           "attention/backends/abstract": "class AttentionBackend: ..."}  # fmt: skip
    new = {"v1/attention/backend": "class AttentionBackend: ..."}
    folder = tmp_path_factory.mktemp("store") / "data"
    place.write_folder(folder, write(history_of([surface("0.9.0", old), surface("0.10.0", new)])))
    (change,) = diff(ContractStore.open(folder), "0.9.0", "0.10.0", "attention-backend").changes
    assert change.what is ChangeType.MOVED
    assert change.where == ("vllm.v1.attention.backend.AttentionBackend",)


def test_one_kind_only(store: ContractStore) -> None:
    assert diff(store, "0.10.0", "0.11.0", "platform").changes == ()
    found = diff(store, "0.10.0", "0.11.0", "io-processor")
    assert {c.kind for c in found.changes} == {"io-processor"}
    assert found.names is None


_TWO = "    def f(self): ..."
_THREE = "    def f(self, a): ..."


def test_each_change_names_the_releases_it_was_made_in(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    (change,) = compared(
        tmp_path_factory, _TWO, _THREE, _THREE, "    async def f(self): ..."
    ).changes
    assert change.steps == (
        ChangeStep("0.10.0", "(self, a)"),
        ChangeStep("0.12.0", "async (self)"),
    )
    assert (change.old, change.new) == ("(self)", "async (self)")


def test_what_changed_and_changed_back_is_no_change(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    found = compared(tmp_path_factory, _TWO, _THREE, _TWO)
    assert found.changes == ()


def test_what_came_and_went_is_told(tmp_path_factory: pytest.TempPathFactory) -> None:
    found = compared(tmp_path_factory, "    x = 1", _TWO, "    x = 1")
    (passing,) = found.passing
    assert passing.symbol == "IOProcessor.f"
    assert [(step.release, step.form) for step in passing.steps] == [
        ("0.10.0", "(self)"),
        ("0.11.0", ""),
    ]


@pytest.mark.parametrize(("old", "new", "_"), CASES)
def test_backwards_there_is_a_change_where_there_is_one_forwards(
    tmp_path_factory: pytest.TempPathFactory, old: str, new: str, _: object
) -> None:
    forwards = compared(tmp_path_factory, old, new)
    back = compared(tmp_path_factory, old, new, backwards=True)
    assert back.backwards
    assert not forwards.backwards
    assert {c.symbol for c in back.changes} == {c.symbol for c in forwards.changes}
    assert all(change.steps for change in back.changes)


@pytest.mark.parametrize(
    ("old", "new", "means"),
    [
        ("(self)", "(self, a)", "breaks: it takes no a"),
        ("(self, a)", "(self)", "breaks: it requires a"),
        ("(self)", "(self, a=1)", "breaks where vLLM passes a"),
        ("(self, a=1)", "(self)", "still fits"),
        ("(self, a)", "(self, a=1)", "breaks where vLLM leaves a out"),
        ("(self, a=1)", "(self, a)", "still fits"),
        ("(self, **kw)", "(self, *, a)", "still fits"),
        ("(self, a, b)", "(self, b, a)", "gets wrong values where vLLM passes them by position"),
        ("(self, a)", "(self, b)", "breaks where vLLM passes b by name"),
        ("(self, a, b, c)", "(self, c, b)", "breaks: it requires a"),
    ],
)
def test_what_other_parameters_mean(
    tmp_path_factory: pytest.TempPathFactory, old: str, new: str, means: str
) -> None:
    bodies = [f"    def f{signature}: ..." for signature in (old, new)]
    (change,) = compared(tmp_path_factory, *bodies).changes
    assert change.means.endswith(means)


def test_an_unchanged_release_has_no_changes(store: ContractStore) -> None:
    found = diff(store, "0.11.0", "0.11.0")
    assert (found.changes, found.between, found.backwards) == ((), (), False)


BUNDLED = ContractStore.open(place.BUNDLED)


def told(old: str, new: str, kind: str) -> dict[str, set[str]]:
    """The symbols that changed between two real releases, by the kind of change."""
    found: dict[str, set[str]] = {}
    for change in diff(BUNDLED, old, new, kind).changes:
        found.setdefault(str(change.what), set()).add(change.symbol.removeprefix("IOProcessor."))
    return found


_GIVEN = "what vLLM passes to an IO processor's constructor"
_OLD = {"parse_request", "validate_or_generate_params", "output_to_response"}
_MERGE = {"merge_pooling_params", "merge_sampling_params"}


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        # 0.17.0 to 0.28.0 call the old names where a plugin has them, 0.31.0 the last of them.
        (
            "0.16.0",
            "0.18.1",
            {"changed": {"__init__", _GIVEN}, "deprecated": _OLD, "added": {*_MERGE, "parse_data"}},
        ),
        (
            "0.28.0",
            "0.29.0",
            {"required": {"parse_data"}, "ignored": _OLD - {"output_to_response"}},
        ),
        (
            "0.29.0",
            "0.28.0",
            {"optional": {"parse_data"}, "deprecated": _OLD - {"output_to_response"}},
        ),
        ("0.31.0", "0.32.0", {"ignored": {"output_to_response"}}),
        (
            "0.16.0",
            "0.33.0",
            {
                "required": {"parse_data"},
                "changed": {"__init__", _GIVEN},
                "ignored": _OLD,
                "added": _MERGE,
            },
        ),
        (
            "0.33.0",
            "0.16.0",
            {
                "required": {"parse_request", "output_to_response"},
                "changed": {"__init__", _GIVEN},
                "ignored": {*_MERGE, "parse_data"},
                "added": {"validate_or_generate_params"},
            },
        ),
        ("0.24.0", "0.28.0", {}),
    ],
)
def test_io_processors_of_real_releases(old: str, new: str, expected: dict[str, set[str]]) -> None:
    assert told(old, new, "io-processor") == expected


def test_what_the_loader_does_is_compared() -> None:
    assert told("0.25.1", "0.26.0", "endpoint")["added"] >= {"group vllm.endpoint_plugins"}
    assert told("0.28.0", "0.29.0", "platform")["changed"] >= {"a platform plugin whose call fails"}
    assert told("0.31.0", "0.32.0", "loader") == {"changed": {"requires-python"}}
    assert told("0.9.2", "0.10.0", "platform")["removed"] == {"built-in platform hpu"}


def test_a_move_says_whether_the_old_import_still_works() -> None:
    changes = diff(BUNDLED, "0.13.0", "0.33.0").changes
    moved = {c.symbol: c for c in changes if c.what is ChangeType.MOVED}
    assert "has it no more" in moved["AttentionBackend"].means
    assert moved["AttentionBackend"].where == ("vllm.v1.attention.backend.AttentionBackend",)


@pytest.mark.parametrize("kind", DIFF_KINDS)
def test_every_kind_can_be_asked_about(kind: str) -> None:
    found = diff(BUNDLED, BUNDLED.releases[0], BUNDLED.newest, kind)
    assert {change.kind for change in found.changes} <= {kind}
    assert all(change.steps for change in found.changes)


_PLATFORM = "class Platform:\n    def f(self): ...\n    def g(self): ...\n    def h(self): ...\n"
_OWN = "from .interface import Platform\nclass CpuPlatform(Platform):\n    def g(self, {0}): ...\n"


def test_what_a_class_inherits_is_told_of_its_base_alone(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """`f` changes in the base; `g` in both, differently; `h` goes from the base."""
    new = _PLATFORM.replace("f(self)", "f(self, x)").replace("g(self)", "g(self, y)")
    new = new.replace("    def h(self): ...\n", "")
    made = [
        surface("0.9.0", {"platforms/interface": _PLATFORM, "platforms/cpu": _OWN.format("a")}),
        surface("0.10.0", {"platforms/interface": new, "platforms/cpu": _OWN.format("b")}),
    ]
    folder = tmp_path_factory.mktemp("store") / "data"
    place.write_folder(folder, write(history_of(made)))
    found = diff(ContractStore.open(folder), "0.9.0", "0.10.0", "platform")
    assert sorted(change.symbol for change in found.changes) == [
        "CpuPlatform.g",
        "Platform.f",
        "Platform.g",
        "Platform.h",
    ]
