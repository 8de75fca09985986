"""Edits of Python files: one literal changes, every other byte stays."""

from __future__ import annotations

import pytest

from vplug.fixes.code_edits import replace_string
from vplug.model import Location

CODE = "# é \nx = 'a:B'\n\ndef register( ):  # odd\n    return 'a:B'   # 'a:B'\n"
RETURN = Location("a.py", 5, 5, 5, 17)


def edited(code: str | bytes, place: Location | None = RETURN) -> bytes | None:
    data = code if isinstance(code, bytes) else code.encode()
    return replace_string(data, place, "a:B", "a.B")


def test_only_the_literal_in_the_place() -> None:
    assert edited(CODE) == CODE.replace("return 'a:B'", "return 'a.B'").encode()


@pytest.mark.parametrize("literal", ['"a:B"', "r'a:B'", "'''a:B'''", 'u"a:B"'])
def test_quotes_and_prefixes_stay(literal: str) -> None:
    code = f"def f():\n    return {literal}\n"
    place = Location("a.py", 2, 5, 2, 12 + len(literal))
    assert edited(code, place) == code.replace(":B", ".B").encode()


@pytest.mark.parametrize(
    "code",
    [
        "\n\n\n\n    return b'a:B'\n",
        "\n\n\n\nif 1:\n    return f'a:B'\n",
        "\n\n\n\nreturn 'a:' 'B'\n",
        "\n\n\n\nreturn NAME\n",
        "def f(:\n",
        "\x00",
    ],
)
def test_what_is_no_plain_literal_is_left_alone(code: str) -> None:
    assert edited(code, Location("a.py", 1, 1, 99, 1)) is None


@pytest.mark.parametrize(
    "data",
    [
        CODE.replace("\n", "\r\n").encode(),
        b"\xef\xbb\xbf" + CODE.encode(),
        ("# -*- coding: latin-1 -*-" + CODE[3:]).encode("latin-1"),
        CODE.replace("\n", "\r\n", 2).encode(),
        CODE.rstrip("\n").encode(),
        CODE.replace("    ", "\t").replace("return", "   return").encode(),
    ],
    ids=["windows", "mark", "latin-1", "mixed", "no end", "tabs"],
)
def test_line_ends_encodings_and_marks_stay(data: bytes) -> None:
    found = edited(data, Location("a.py", 5, 5, 5, 40))
    assert found == data.replace(b"return 'a:B'", b"return 'a.B'")


def test_columns_are_characters() -> None:
    code = "a = 'é'; b = 'a:B'\n"
    assert edited(code, Location("a.py", 1, 10, 1, 19)) == b"a = '\xc3\xa9'; b = 'a.B'\n"
    assert edited(code, Location("a.py", 1, 1, 1, 8)) is None


def test_keys_of_dictionaries() -> None:
    code = b"setup(entry_points={'a:B': ['x = a:B'], 'c': 'a:B'})\n"
    assert edited(code, None) == code.replace(b"{'a:B'", b"{'a.B'")


def test_a_key_that_is_there_too_is_not_doubled() -> None:
    assert edited(b"setup(entry_points={'a:B': ['x = y'], 'a.B': ['z = y']})\n", None) is None
    assert edited(b"x = {'a:B': 1, 'a:B': 2}\n", None) is None
