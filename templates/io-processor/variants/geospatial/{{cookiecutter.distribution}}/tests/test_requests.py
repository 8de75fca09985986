"""Requests: what is accepted, and the sentence that a wrong one is refused with."""

from typing import Any

import pytest

from {{ cookiecutter.package }}.schema import parse_request

PATH = {"data": "/data/a.tif", "data_format": "path"}


def test_a_request_and_its_defaults() -> None:
    request = parse_request(PATH)
    assert (request.data, request.data_format) == ("/data/a.tif", "path")
    assert (request.out_data_format, request.indices) == ("b64_json", None)
    assert parse_request({**PATH, "indices": [2, 0]}).indices == [2, 0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (None, "must be an object, not NoneType"),
        ("https://example.org/a.tif", "must be an object, not str"),
        ({}, "data: Field required; data_format: Field required"),
        ({**PATH, "data": ""}, "data: String should have at least 1 character"),
        ({**PATH, "data": 7}, "data: Input should be a valid string"),
        ({**PATH, "data": "/" * 9000}, "a path may have 8192 characters"),
        ({**PATH, "data_format": "ftp"}, "Input should be 'path', 'url' or 'b64_json'"),
        ({**PATH, "out_data_format": "url"}, "out_data_format: Input should be"),
        ({**PATH, "out_path": "/etc"}, "out_path: Extra inputs are not permitted"),
        ({**PATH, "indices": []}, "indices: .* at least 1 item"),
        ({**PATH, "indices": [-1]}, "bands are counted from 0"),
        ({**PATH, "indices": ["1"]}, r"indices\.0: Input should be a valid integer"),
    ],
)
def test_a_wrong_request_is_refused(data: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse_request(data)
    # One line, and a plain ValueError: what vLLM turns into status 400.
    assert "\n" not in str(caught.value)
    assert type(caught.value) is ValueError
