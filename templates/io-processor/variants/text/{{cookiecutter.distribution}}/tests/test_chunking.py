"""Cutting texts into chunks."""

from itertools import pairwise

import pytest

from {{ cookiecutter.package }}.chunking import split_text

# No character comes twice but the blanks, so that each is found where it was.
SOLID = "".join(chr(0x4E00 + number) for number in range(300))
WORDS = " ".join(SOLID[at : at + 7] for at in range(0, 300, 7))
LINES = "\n \n".join(SOLID[at : at + 40] for at in range(0, 300, 40))


def test_a_short_text_is_one_chunk() -> None:
    assert list(split_text("a short text", 100, 10)) == ["a short text"]


def test_chunks_end_and_begin_at_words_and_overlap() -> None:
    text = "one two three four five six"
    assert list(split_text(text, 14, 6)) == ["one two three", "three four", "four five six"]


def test_text_without_blanks_is_cut_at_the_exact_lengths() -> None:
    assert list(split_text("abcdefghij", 4, 1)) == ["abcd", "defg", "ghij"]


@pytest.mark.parametrize(("size", "overlap"), [(1, 0), (2, 1), (7, 6), (50, 0), (50, 49), (99, 20)])
@pytest.mark.parametrize("text", [SOLID, WORDS, LINES, f"  {WORDS}\n", "x"])
def test_nothing_is_lost_and_no_chunk_is_too_long(text: str, size: int, overlap: int) -> None:
    chunks = list(split_text(text, size, overlap))
    assert all(0 < len(chunk) <= size and chunk in text for chunk in chunks)
    assert set("".join(chunks)) - {" ", "\n"} == set(text) - {" ", "\n"}
    starts = [text.index(chunk) for chunk in chunks]
    assert starts == sorted(set(starts))


@pytest.mark.parametrize(("size", "overlap"), [(10, 3), (50, 49), (99, 20)])
def test_the_overlap_is_as_asked_where_no_blanks_are(size: int, overlap: int) -> None:
    chunks = split_text(SOLID, size, overlap)
    for first, second in pairwise(chunks):
        assert first[-overlap:] == second[:overlap]


def test_no_more_is_cut_than_is_asked_for() -> None:
    cut = split_text("a" * 1_000_000, 2, 1)
    assert [next(cut), next(cut)] == ["aa", "aa"]


def test_an_overlap_as_long_as_the_chunk_would_never_end() -> None:
    with pytest.raises(ValueError, match="cannot overlap 5 of 5"):
        next(split_text("text", 5, 5))
