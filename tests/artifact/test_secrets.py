"""Shapes of tokens: each is found where it looks real, and made-up ones are passed by."""

from __future__ import annotations

import random
import string

import pytest

from vplug.artifact.secrets import SHAPES, leaks

_ALNUM = string.ascii_letters + string.digits


def drawn(number: int, letters: str = _ALNUM) -> str:
    return "".join(random.Random(7).choices(letters, k=number))


#: Name → one that is drawn at random; put together here, since scanners read this file too.
REAL = {
    "an AWS access key ID": "AKIA" + drawn(16, string.ascii_uppercase + "234567"),
    "an AWS temporary access key ID": "ASIA" + drawn(16, string.ascii_uppercase + "234567"),
    "a GitHub token": "ghp" + "_" + drawn(36),
    "a GitHub fine-grained token": "github" + "_pat_" + drawn(22) + "_" + drawn(59),
    "a GitLab personal access token": "glpat" + "-" + drawn(20),
    "a package index's upload token": "pypi" + "-AgE" + drawn(80),
    "a Hugging Face token": "hf" + "_" + drawn(34, string.ascii_letters),
    "an OpenAI API key": "sk" + "-" + drawn(20) + "T3BlbkFJ" + drawn(20),
    "an Anthropic API key": "sk" + "-ant-api03-" + drawn(93) + "AA",
    "a Google API key": "AIza" + drawn(35),
    "a Google service account's private key": (
        '"private' + '_key": "-----BEGIN ' + "PRIVATE KEY-----\\n" + drawn(64)
    ),
    "a Slack token": "xoxb" + "-738192640517-" + drawn(30),
    "an npm token": "npm" + "_" + drawn(36),
    "a Stripe live key": "sk" + "_live_" + drawn(24),
    "an NVIDIA API key": "nvapi" + "-" + drawn(64),
    "a private key": "-----BEGIN RSA " + "PRIVATE KEY-----\n" + drawn(64),
}


def test_every_shape_has_an_example() -> None:
    assert {shape.name for shape in SHAPES} == REAL.keys()


@pytest.mark.parametrize("name", REAL)
def test_found(name: str) -> None:
    text = f"one\nTOKEN = '{REAL[name]}'\n".encode()
    # A service account's key is a private key too.
    assert name in {leak.name for leak in leaks(text)}
    assert {leak.line for leak in leaks(text)} == {2}


@pytest.mark.parametrize("name", REAL)
def test_no_text_is_not_read(name: str) -> None:
    assert list(leaks(b"\0" + REAL[name].encode())) == []


@pytest.mark.parametrize(
    "text",
    [
        "ghp_" + "x" * 36,
        "AKIA" + "IOSFODNN7" + "EXAMPLE",
        "hf_" + "a" * 34,
        "hf_token_of_the_environment_variable_here",
        "b'-----BEGIN " + "PRIVATE KEY-----' in data",
        "sk-" + "your-key-here",
        "x" + "AIza" + drawn(35),
        "https://example.org/" + drawn(60),
    ],
)
def test_made_up(text: str) -> None:
    assert list(leaks(text.encode())) == []
