"""Requests: what is accepted, and the sentence that a wrong one is refused with."""

import pytest

from {{ cookiecutter.package }}.schema import parse_request

LIMIT = 100


@pytest.mark.parametrize("data", ["one", ["one"], {"texts": "one"}, {"texts": ["one"]}])
def test_short_forms_mean_the_same(data: object) -> None:
    request = parse_request(data, LIMIT)
    assert request.texts == ["one"]
    assert (request.chunk_chars, request.overlap_chars, request.normalize) == (1000, 100, True)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "must be an object, a text or a list of texts, not NoneType"),
        (7, "not int"),
        ({}, "texts: Field required"),
        ([], "texts: .* at least 1 item"),
        (["one"] * 1025, "texts: .* at most 1024 items"),
        (["one", 2], r"texts\.1: Input should be a valid string"),
        (["one", " \n"], r"texts\[1\] is blank"),
        ({"texts": "one", "chunk_size": 5}, "chunk_size: Extra inputs are not permitted"),
        ({"texts": "one", "chunk_chars": 0}, "chunk_chars: Input should be greater than"),
        ({"texts": "one", "chunk_chars": "800"}, "chunk_chars: Input should be a valid integer"),
        ({"texts": "one", "normalize": 1}, "normalize: Input should be a valid boolean"),
        (
            {"texts": "one", "chunk_chars": 5, "overlap_chars": 3},
            r"overlap_chars \(3\) must be at most half of chunk_chars \(5\)",
        ),
        (["a" * 60, "b" * 60], "the texts hold 120 characters, and 100 are allowed"),
    ],
)
def test_a_wrong_request_is_refused(data: object, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse_request(data, LIMIT)
    # One line, and a plain ValueError: what vLLM turns into status 400.
    assert "\n" not in str(caught.value)
    assert type(caught.value) is ValueError


def test_a_refusal_does_not_repeat_the_text() -> None:
    with pytest.raises(ValueError, match="chunk_chars") as caught:
        parse_request({"texts": "confidential", "chunk_chars": -1}, LIMIT)
    assert "confidential" not in str(caught.value)
