"""Cutting a text into overlapping chunks."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """How many chunks each text was cut into, and what is asked of its vector."""

    chunks: tuple[int, ...]
    normalize: bool


def split_text(text: str, chunk_chars: int, overlap_chars: int) -> Iterator[str]:
    """Yield `text` in chunks of at most `chunk_chars` characters, none of them blank.

    A chunk ends at a blank where there is one to end at, and begins again up to `overlap_chars`
    before the end of the last one, at a word's beginning where there is one. Text without blanks,
    as in Chinese or Japanese, is cut at the exact lengths.

    Raises:
        ValueError: the overlap is not smaller than the chunk, so that cutting would never end.
    """
    if not 0 <= overlap_chars < chunk_chars:
        raise ValueError(f"cannot overlap {overlap_chars} of {chunk_chars} characters")
    text = text.strip()
    start = covered = 0
    while covered < len(text):
        end = min(start + chunk_chars, len(text))
        if end < len(text):
            # Not so far back that the next chunk would start where this one did.
            end = _last_blank(text, start + overlap_chars + 1, end) or end
        # Where only blanks were added, the chunk would repeat the one before.
        if text[covered:end].strip():
            yield text[start:end].strip()
        covered = end
        start = _first_word(text, max(end - overlap_chars, 0), end)


def _last_blank(text: str, first: int, last: int) -> int | None:
    """Return where the last blank from `first` to `last` is, both included."""
    return next((at for at in range(last, first - 1, -1) if text[at].isspace()), None)


def _first_word(text: str, first: int, last: int) -> int:
    """Return where the first word that begins from `first` to `last` does; `first` if none does.

    Blanks there, at the end of what was cut, are skipped.
    """
    for at in range(max(first, 1), last):
        if text[at - 1].isspace() and not text[at].isspace():
            return at
    while first < len(text) and text[first].isspace():
        first += 1
    return first
