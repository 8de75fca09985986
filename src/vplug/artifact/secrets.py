"""Shapes of well-known tokens and keys, and finding them in a file. What is found is never kept.

The shapes are those that the issuers document or that they registered with scanners; docs/build.md
holds the same table with its sources. A shape is listed only where its prefix is the issuer's own: a
run of hexadecimal digits alone says nothing.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """How one kind of secret looks.

    Attributes:
        name: what it is, as messages say it.
        mark: bytes that every one of them holds; looked for first, since that is fast.
        pattern: the whole of it; its first group is what must look random.
    """

    name: str
    mark: bytes
    pattern: re.Pattern[bytes]


def _shape(name: str, mark: bytes, pattern: bytes) -> Shape:
    return Shape(name, mark, re.compile(rb"(?<![0-9A-Za-z_-])" + pattern))


_END = rb"(?![0-9A-Za-z_-])"

SHAPES: tuple[Shape, ...] = (
    _shape("an AWS access key ID", b"AKIA", rb"AKIA([A-Z2-7]{16})" + _END),
    _shape("an AWS temporary access key ID", b"ASIA", rb"ASIA([A-Z2-7]{16})" + _END),
    *(
        _shape("a GitHub token", mark, mark + rb"([0-9A-Za-z]{36,255})" + _END)
        for mark in (b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_")
    ),
    _shape(
        "a GitHub fine-grained token",
        b"github_pat_",
        rb"github_pat_([0-9A-Za-z]{22}_[0-9A-Za-z]{59})" + _END,
    ),
    _shape("a GitLab personal access token", b"glpat-", rb"glpat-([0-9A-Za-z_.-]{20,})" + _END),
    _shape("a package index's upload token", b"pypi-AgE", rb"pypi-AgE([0-9A-Za-z_-]{60,})" + _END),
    _shape("a Hugging Face token", b"hf_", rb"hf_([A-Za-z]{34})" + _END),
    _shape("an OpenAI API key", b"T3BlbkFJ", rb"sk-([\w-]{16,}T3BlbkFJ[\w-]{16,})" + _END),
    _shape("an Anthropic API key", b"sk-ant-", rb"sk-ant-[a-z]{3,5}\d\d-([\w-]{80,}AA)" + _END),
    _shape("a Google API key", b"AIza", rb"AIza([0-9A-Za-z_-]{35})" + _END),
    _shape(
        "a Google service account's private key",
        b"private_key",
        rb'"private_key"\s*:\s*"-----BEGIN PRIVATE KEY-----\\n([0-9A-Za-z+/]{40,})',
    ),
    _shape("a Slack token", b"xox", rb"xox[abprs]-(\d{8,}-[0-9A-Za-z-]{20,})" + _END),
    _shape("an npm token", b"npm_", rb"npm_([0-9A-Za-z]{36})" + _END),
    _shape("a Stripe live key", b"k_live_", rb"[sr]k_live_([0-9A-Za-z]{24,})" + _END),
    _shape("an NVIDIA API key", b"nvapi-", rb"nvapi-([0-9A-Za-z_-]{50,})" + _END),
    Shape(
        "a private key",
        b"PRIVATE KEY",
        re.compile(
            # The header alone stands in much code that reads keys: base64 must follow it.
            rb"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----(?:\r?\n|\\n)"
            rb"(?:[A-Z][\w-]*: [^\r\n]*\r?\n|\r?\n)*\s*([0-9A-Za-z+/]{40,})"
        ),
    ),
)
#: Words by which documentation marks what is no secret.
_MADE_UP = re.compile(rb"EXAMPLE|x{6}|X{6}|\.\.\.|0{8}|1234567|abcdef|placeholder|your", re.I)
#: Bits a character: a token drawn at random has 4 and more, a word repeated has few.
_RANDOM = 3.0
#: A file with a zero byte near its beginning is no text.
_HEAD = 8192


@dataclass(frozen=True, slots=True)
class Leak:
    """A secret's place and kind; the secret itself is left where it is.

    Attributes:
        name: what it is.
        line: 1-based.
    """

    name: str
    line: int


def leaks(data: bytes) -> Iterator[Leak]:
    """Yield the secrets that a text holds, by shape; nothing for what is no text."""
    if b"\0" in data[:_HEAD]:
        return
    for shape in SHAPES:
        if shape.mark not in data:
            continue
        for match in shape.pattern.finditer(data):
            if _MADE_UP.search(match[0]) is None and _entropy(match[1]) >= _RANDOM:
                yield Leak(shape.name, data.count(b"\n", 0, match.start()) + 1)


def _entropy(data: bytes) -> float:
    """Return Shannon's entropy of the bytes, in bits a byte."""
    return -sum(
        count / len(data) * math.log2(count / len(data)) for count in Counter(data).values()
    )
