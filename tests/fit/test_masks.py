"""Conditions and imports as sets of releases, over a store of four made-up ones."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.support import resolver_of

from vplug.analysis.branches import Tests as Conditions
from vplug.analysis.conditions import (
    ALWAYS,
    NEVER,
    All,
    Condition,
    Either,
    Importable,
    Maybe,
    Not,
    VersionIs,
    both,
    either,
    negate,
)
from vplug.analysis.guards import Guard
from vplug.analysis.imported import Import
from vplug.contracts import ContractStore, place
from vplug.fit.masks import Masks
from vplug.model import Location

HERE = Location("pkg/__init__.py", 1)
NONE: tuple[str, ...] = ()
EVERY = ("0.9.0", "0.10.0", "0.10.0.post1", "0.11.0")
#: Where vllm.a is, and where vllm.b is.
A, B = EVERY[:2], EVERY[1:]
MAYBE = Maybe("so")


def named(masks: Masks, mask: int) -> tuple[str, ...]:
    return masks.store.names_in(mask)


@pytest.mark.parametrize(
    ("module", "name", "no_module", "no_name"),
    [
        ("vllm", None, NONE, NONE),
        ("vllm.a", None, EVERY[2:], NONE),
        ("vllm.a", "A", EVERY[2:], NONE),
        ("vllm.a", "B", EVERY[2:], ("0.10.0",)),
        ("vllm.b", "A", ("0.9.0",), NONE),
        ("vllm.b", "B", ("0.9.0",), B),
        ("vllm", "a", NONE, EVERY[2:]),
        ("vllm", "b", NONE, ("0.9.0",)),
        ("vllm.a.deeper", None, EVERY, NONE),
        ("vllm.nowhere", "A", EVERY, NONE),
        # One arm has it: it may be there. For type checkers only: it is not. A foreign star: who knows.
        ("vllm.c", "Y", NONE, ("0.9.0", "0.10.0.post1")),
        ("vllm.c", "X", NONE, ("0.10.0.post1",)),
        ("vllm.c", "Anything", NONE, EVERY[:3]),
        ("vllm.a", "__file__", EVERY[2:], NONE),
    ],
)
def test_missing(
    masks: Masks,
    module: str,
    name: str | None,
    no_module: tuple[str, ...],
    no_name: tuple[str, ...],
) -> None:
    found = masks.missing(module, name)
    assert (named(masks, found[0]), named(masks, found[1])) == (no_module, no_name)


@pytest.mark.parametrize(
    ("guard", "failing"),
    [
        (Guard.NONE, ("0.10.0", "0.10.0.post1", "0.11.0")),
        (Guard.MODULE, ("0.10.0",)),
        (Guard.ALL, NONE),
    ],
)
def test_failing_is_what_the_guard_lets_through(
    masks: Masks, guard: Guard, failing: tuple[str, ...]
) -> None:
    item = Import("vllm.a", "B", HERE, ALWAYS, guard)
    assert named(masks, masks.failing(item)) == failing


@pytest.mark.parametrize(
    ("condition", "sure", "may"),
    [
        (ALWAYS, EVERY, EVERY),
        (NEVER, NONE, NONE),
        (MAYBE, NONE, EVERY),
        (VersionIs("<", "0.10"), ("0.9.0",), None),
        (VersionIs("<=", "0.10"), ("0.9.0", "0.10.0"), None),
        (VersionIs(">", "0.10"), ("0.10.0.post1", "0.11.0"), None),
        (VersionIs(">=", "0.10.0"), B, None),
        (VersionIs("==", "0.10.0"), ("0.10.0",), None),
        (VersionIs("!=", "0.10.0"), ("0.9.0", "0.10.0.post1", "0.11.0"), None),
        # Numbers, not text; a release between two; one before and one after all of them.
        (VersionIs("<", "0.9"), NONE, None),
        (VersionIs(">=", "0.9"), EVERY, None),
        (VersionIs("<", "0.10.5"), EVERY[:3], None),
        (VersionIs(">=", "1"), NONE, None),
        (VersionIs("<", "0.11.0rc1"), EVERY[:3], None),
        (VersionIs("<", "main"), NONE, EVERY),
        (Importable((("vllm.a", None),)), A, None),
        (Importable((("vllm.a", "B"),)), ("0.9.0",), None),
        (Importable((("vllm.a", "A"), ("vllm.b", "A"))), ("0.10.0",), None),
        (Importable((("vllm.c", "Y"),)), NONE, ("0.10.0", "0.11.0")),
        (Importable((("vllm.c", "X"),)), A, ("0.9.0", "0.10.0", "0.11.0")),
        (Importable(()), EVERY, EVERY),
        (Not(Importable((("vllm.a", None),))), EVERY[2:], None),
        (Not(Importable((("vllm.c", "Y"),))), ("0.9.0", "0.10.0.post1"), EVERY),
        (Not(VersionIs("<", "0.10")), B, None),
        (Not(MAYBE), NONE, EVERY),
        (All((VersionIs(">=", "0.10"), VersionIs("<", "0.11"))), EVERY[1:3], None),
        (All((VersionIs("<", "0.10"), MAYBE)), NONE, ("0.9.0",)),
        (All(()), EVERY, EVERY),
        (Either((VersionIs("<", "0.10"), VersionIs(">=", "0.11"))), ("0.9.0", "0.11.0"), None),
        (Either((VersionIs("<", "0.10"), MAYBE)), ("0.9.0",), EVERY),
        (Either(()), NONE, NONE),
        (Not(All((VersionIs("<", "0.10"), MAYBE))), B, EVERY),
        (Not(Either((VersionIs("<", "0.10"), MAYBE))), NONE, B),
    ],
)
def test_when(
    masks: Masks, condition: Condition, sure: tuple[str, ...], may: tuple[str, ...] | None
) -> None:
    found = masks.when(condition)
    assert (named(masks, found[0]), named(masks, found[1])) == (sure, sure if may is None else may)


CONDITIONS = [
    ALWAYS,
    NEVER,
    MAYBE,
    VersionIs("<", "0.10"),
    VersionIs(">=", "0.11"),
    Importable((("vllm.a", "B"),)),
    Importable((("vllm.c", "Y"),)),
]


@pytest.mark.parametrize("first", CONDITIONS, ids=str)
@pytest.mark.parametrize("second", CONDITIONS, ids=str)
def test_simplifying_changes_no_answer(masks: Masks, first: Condition, second: Condition) -> None:
    assert masks.when(both(first, second)) == masks.when(All((first, second)))
    assert masks.when(either(first, second)) == masks.when(Either((first, second)))
    assert masks.when(negate(both(first, second))) == masks.when(Not(All((first, second))))


@pytest.mark.parametrize("condition", CONDITIONS, ids=str)
def test_negation(masks: Masks, condition: Condition) -> None:
    sure, may = masks.when(condition)
    assert sure & ~may == 0
    everything = masks.store.everything
    assert masks.when(negate(condition)) == (everything & ~may, everything & ~sure)
    assert masks.when(negate(negate(condition))) == (sure, may)


def test_a_condition_that_grows_too_large_holds_perhaps(masks: Masks) -> None:
    grown: Condition = VersionIs(">=", "0.9")
    for minor in range(40):
        grown = both(grown, VersionIs("!=", f"1.{minor}"))
    sure, may = masks.when(grown)
    assert sure in {0, masks.store.everything}
    assert may == masks.store.everything


HEAD = """\
import importlib.metadata, importlib.util, os, vllm
from importlib.metadata import version
from importlib.metadata import version as renamed
from packaging.specifiers import SpecifierSet
from packaging.version import Version, parse
from vllm import __version__ as VLLM
PARSED = Version(VLLM)
NEW = PARSED >= Version("0.10")
LIMIT = "0.10"
TUPLE = vllm.__version_tuple__
MAJOR, MINOR, *REST = TUPLE
_, SPLIT_MINOR = map(int, VLLM.split(".")[:2])
OLD = SpecifierSet("<0.10")
def parsed_now():
    'What is installed.'
    try:
        from importlib.metadata import version
        return Version(version("vllm"))
    except ImportError:
        return None
def first_two():
    text = version("vllm")
    return tuple(int(part) for part in text.split(".")[:2])
def second():
    return vllm.__version_tuple__[1]
def is_old():
    major, minor, *_ = vllm.__version_tuple__
    return (major, minor) < (0, 10)
def chosen():
    if os.name == "nt":
        return Version("1")
    return PARSED
def at_least(text):
    return PARSED >= Version(text)
def since(*, limit=LIMIT):
    return PARSED >= Version(limit)
def there(name):
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False
SPEC = importlib.util.find_spec("vllm.a")
def there_with_a_file(name="vllm.a"):
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None
def there_or_more(name):
    try:
        return importlib.util.find_spec(name) is not None
    except ImportError:
        return os.environ.get("X")
"""


@pytest.mark.parametrize(
    ("test", "sure", "may"),
    [
        ("True", EVERY, None),
        ("0", NONE, None),
        ("Version(vllm.__version__) < Version('0.10')", ("0.9.0",), None),
        ("Version('0.10') > Version(vllm.__version__)", ("0.9.0",), None),
        ("parse(VLLM) >= parse(LIMIT)", B, None),
        ("Version(version('vllm')) < Version('0.10')", ("0.9.0",), None),
        ("Version(importlib.metadata.version('vllm')) < PARSED", NONE, EVERY),
        ("PARSED.release < (0, 10)", ("0.9.0",), None),
        ("tuple(map(int, VLLM.split('.')[:2])) < (0, 10)", ("0.9.0",), None),
        ("tuple(int(p) for p in VLLM.split('.')[:2]) >= (0, 10)", B, None),
        ("NEW", B, None),
        ("not NEW", ("0.9.0",), None),
        ("NEW and PARSED < Version('0.11')", EVERY[1:3], None),
        ("NEW or os.environ.get('X')", B, EVERY),
        ("at_least('0.11')", ("0.11.0",), None),
        ("not at_least(LIMIT)", ("0.9.0",), None),
        ("bool(at_least('0.11'))", ("0.11.0",), None),
        ("importlib.util.find_spec('vllm.a')", A, None),
        ("importlib.util.find_spec('vllm.a') is None", EVERY[2:], None),
        ("importlib.util.find_spec('vllm.a') is not None", A, None),
        ("importlib.util.find_spec('torch') is None", NONE, EVERY),
        ("there('vllm.a')", A, None),
        ("not there(name='vllm.a')", EVERY[2:], None),
        ("there('torch')", NONE, EVERY),
        ("there_with_a_file()", A, None),
        ("there_with_a_file('torch')", NONE, EVERY),
        ("SPEC is None", EVERY[2:], None),
        ("SPEC.name is None", NONE, EVERY),
        ("there_or_more('vllm.a')", NONE, EVERY),
        ("Version(version('torch')) < Version('2')", NONE, EVERY),
        ("os.name == 'nt'", NONE, EVERY),
        ("undefined", NONE, EVERY),
        ("hasattr(vllm, 'a')", NONE, EVERY),
        ("Version('0.9') <= PARSED < Version('0.11')", EVERY[:3], None),
        # As text, "0.9.0" comes after "0.11.0"; as tuples, a longer one after a shorter.
        ("VLLM >= '0.9'", ("0.9.0",), None),
        ("VLLM == '0.10.0'", ("0.10.0",), None),
        ("VLLM.startswith('0.10.')", ("0.10.0", "0.10.0.post1"), None),
        ("VLLM in ('0.9.0', '0.11.0')", ("0.9.0", "0.11.0"), None),
        ("VLLM not in ['0.9.0']", B, None),
        ("PARSED.release <= (0, 10)", ("0.9.0",), None),
        ("PARSED.release[:2] <= (0, 10)", EVERY[:3], None),
        ("vllm.__version_tuple__[:2] == (0, 10)", ("0.10.0", "0.10.0.post1"), None),
        ("getattr(vllm, '__version__', '0') == '0.9.0'", ("0.9.0",), None),
        ("Version(VLLM.split('+')[0]) < Version('0.10')", ("0.9.0",), None),
        ("Version('.'.join(VLLM.split('.')[:2])) == Version('0.10')", EVERY[1:3], None),
        ("Version(renamed('vllm')) < Version('0.10')", ("0.9.0",), None),
        (
            "Version(importlib.metadata.distribution('vllm').version) < Version('0.10')",
            ("0.9.0",),
            None,
        ),
        ("at_least(text='0.11')", ("0.11.0",), None),
        ("since()", B, None),
        ("since(limit='0.11')", ("0.11.0",), None),
        # One number, taken in the ways that code takes it.
        ("vllm.__version_tuple__[1] < 10", ("0.9.0",), None),
        ("10 <= vllm.__version_tuple__[1] < 11", EVERY[1:3], None),
        ("vllm.__version_tuple__[1] in (9, 11)", ("0.9.0", "0.11.0"), None),
        ("vllm.__version_tuple__[0] == 0 and TUPLE[1] > 10", ("0.11.0",), None),
        ("TUPLE[0:2] < (0, 10)", ("0.9.0",), None),
        ("TUPLE[:3][:2] == (0, 10)", EVERY[1:3], None),
        ("PARSED.minor < 10", ("0.9.0",), None),
        ("(PARSED.major, PARSED.minor) >= (0, 10)", B, None),
        ("PARSED.release[1] == 11", ("0.11.0",), None),
        ("int(VLLM.split('.')[1]) >= 10", B, None),
        ("VLLM.split('.')[1] >= '10'", EVERY, None),  # "9" as text
        ("MINOR < 10", ("0.9.0",), None),
        ("(MAJOR, MINOR) == (0, 10)", EVERY[1:3], None),
        ("SPLIT_MINOR == 9", ("0.9.0",), None),
        ("parsed_now() < Version('0.10')", ("0.9.0",), None),
        ("first_two() >= (0, 11)", ("0.11.0",), None),
        ("second() < 10", ("0.9.0",), None),
        ("is_old()", ("0.9.0",), None),
        # Specifiers, and several beginnings.
        ("VLLM in SpecifierSet('<0.10')", ("0.9.0",), None),
        ("PARSED not in OLD", B, None),
        ("OLD.contains(VLLM, prereleases=True)", ("0.9.0",), None),
        ("OLD.contains(version('torch'))", NONE, EVERY),
        ("VLLM in SpecifierSet('no specifier')", NONE, EVERY),
        ("VLLM.startswith(('0.9', '0.11'))", ("0.9.0", "0.11.0"), None),
        ("any(VLLM.startswith(v) for v in ('0.9', LIMIT))", EVERY[:3], None),
        # So many letters, a number that no release has, what Python does not compare, and numbers of
        # something else.
        ("VLLM[:4] == '0.10'", NONE, EVERY),
        ("TUPLE[7] == 0", NONE, EVERY),
        ("TUPLE[1:2] == (10,)", NONE, EVERY),
        ("PARSED.minor < '10'", NONE, EVERY),
        ("VLLM < 1", NONE, EVERY),
        ("PARSED.minor < os.getpid()", NONE, EVERY),
        ("(PARSED.minor, PARSED.major) < (10, 0)", NONE, EVERY),
        ("chosen() < Version('0.10')", NONE, EVERY),
        ("Version(renamed('torch')) < Version('2')", NONE, EVERY),
        ("VLLM[0] == ('0',)", NONE, EVERY),
    ],
)
def test_tests_in_code(
    masks: Masks,
    tmp_path: Path,
    test: str,
    sure: tuple[str, ...],
    may: tuple[str, ...] | None,
) -> None:
    resolver = resolver_of(tmp_path, {"pkg/__init__.py": HEAD})
    tests = Conditions(resolver, resolver.finder.find("pkg"))
    found = masks.when(tests.condition(ast.parse(test, mode="eval").body))
    assert (named(masks, found[0]), named(masks, found[1])) == (sure, sure if may is None else may)


def test_what_is_named_like_a_lost_module_is_not_it(masks: Masks) -> None:
    from vplug.fit.fault import ReleaseFault
    from vplug.fit.imports import moved_hint
    from vplug.model import Severity

    def hint(masks: Masks, symbol: str, release: str) -> str | None:
        fault = ReleaseFault("VP210", Severity.ERROR, "gone", 0, None, symbol)
        return moved_hint(fault, masks, 1 << masks.store.index(release))

    assert hint(masks, "vllm.gone.Y", "0.10.0") == "it is now vllm.c.Y"
    assert hint(masks, "vllm.A", "0.10.0") == "a name like it is in vllm.a.A, vllm.b.A"
    # `vllm.ir` has a value called `ops`, which is not this package.
    real = Masks(ContractStore.open(place.BUNDLED))
    assert hint(real, "vllm.model_executor.layers.fla.ops", "0.33.0") is None
