"""What a request may ask for, in its `SamplingParams.extra_args`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# All requests' arguments share one dictionary: a dot keeps these apart from other plugins' names.
PREFIX = "{{ cookiecutter.package }}."
ALLOW = f"{PREFIX}allow"
BAN = f"{PREFIX}ban"
FIRST = f"{PREFIX}first"


@dataclass(frozen=True)
class TokenRule:
    """Which tokens a request may be answered with.

    Attributes:
        allow: whether `tokens` are the only ones allowed, or the only ones banned.
        tokens: token ids, sorted, none twice, at least one.
        first: how many output tokens the rule is for; None for all of them.
    """

    allow: bool
    tokens: tuple[int, ...]
    first: int | None = None

    def within(self, vocab_size: int) -> "TokenRule | None":
        """Return the rule without the tokens that the model does not have; None if none is left."""
        tokens = tuple(token for token in self.tokens if token < vocab_size)
        return TokenRule(self.allow, tokens, self.first) if tokens else None


def parse_rule(extra_args: Mapping[str, Any] | None, max_tokens: int) -> TokenRule | None:
    """Return the rule that a request asks for, or None if it asks for none.

    A list of token ids may also be written as text, "1,2,3": not every release of vLLM takes lists
    in `vllm_xargs`.

    Raises:
        ValueError: what it asks for makes no rule. The message is for the person who sent it.
    """
    asked = {key: value for key, value in (extra_args or {}).items() if key.startswith(PREFIX)}
    if unknown := sorted(asked.keys() - {ALLOW, BAN, FIRST}):
        raise ValueError(f"there is no option {unknown[0]!r}: only {ALLOW}, {BAN} and {FIRST}")
    allowed = _token_ids(ALLOW, asked[ALLOW], max_tokens) if ALLOW in asked else None
    banned = _token_ids(BAN, asked[BAN], max_tokens) if BAN in asked else None
    first = _whole_number(FIRST, asked[FIRST], least=1) if FIRST in asked else None
    if allowed is not None:
        if left := allowed - (banned or set()):
            return TokenRule(True, tuple(sorted(left)), first)
        raise ValueError(f"{BAN} bans every token of {ALLOW}")
    if banned is not None:
        return TokenRule(False, tuple(sorted(banned)), first)
    if first is not None:
        raise ValueError(f"{FIRST} says how long, but neither {ALLOW} nor {BAN} says what")
    return None


def _token_ids(option: str, value: object, max_tokens: int) -> set[int]:
    if isinstance(value, str):
        value = value.split(",")
    if isinstance(value, int) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"{option} must be a list of token ids, not {value!r}")
    if len(value) > max_tokens:
        raise ValueError(f"{option} lists {len(value)} tokens, and {max_tokens} are allowed")
    return {_whole_number(option, token, least=0) for token in value}


def _whole_number(option: str, value: object, *, least: int) -> int:
    if isinstance(value, str) and value.strip().isascii() and value.strip().isdecimal():
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{option} takes whole numbers of at least {least}, not {value!r}")
    return value
