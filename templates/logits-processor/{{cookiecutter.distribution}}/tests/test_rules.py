"""What a request may ask for, and the sentence that a wrong one is refused with."""

from typing import Any

import pytest

from {{ cookiecutter.package }}.rules import ALLOW, BAN, FIRST, TokenRule, parse_rule


@pytest.mark.parametrize("asked", [None, {}, {"other.allow": [1]}, {"kv_transfer_params": {}}])
def test_who_asks_for_nothing_gets_no_rule(asked: dict[str, Any] | None) -> None:
    assert parse_rule(asked, 10) is None


@pytest.mark.parametrize(
    "tokens", [[3, 1, 3], (1, 3), "1,3", " 3 , 1", ["1", "3"], [1.0, 3]], ids=repr
)
def test_token_ids_are_read_in_every_form_that_vllm_hands_on(tokens: object) -> None:
    assert parse_rule({ALLOW: tokens}, 10) == TokenRule(True, (1, 3))


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({BAN: [7]}, TokenRule(False, (7,))),
        ({BAN: 7}, TokenRule(False, (7,))),
        ({ALLOW: [1, 2, 3], BAN: [2]}, TokenRule(True, (1, 3))),
        ({ALLOW: [1], FIRST: 4}, TokenRule(True, (1,), 4)),
        ({BAN: [1], FIRST: "4", "other": 1}, TokenRule(False, (1,), 4)),
    ],
)
def test_rules_are_read(asked: dict[str, Any], rule: TokenRule) -> None:
    assert parse_rule(asked, 10) == rule


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({ALLOW: []}, "allow must be a list of token ids"),
        ({ALLOW: None}, "allow must be a list of token ids"),
        ({BAN: {"1": 2}}, "ban must be a list of token ids"),
        ({ALLOW: [True]}, "allow takes whole numbers of at least 0, not True"),
        ({ALLOW: [-1]}, "at least 0, not -1"),
        ({ALLOW: [1.5]}, "not 1.5"),
        ({ALLOW: "yes"}, "not 'yes'"),
        ({ALLOW: ""}, "not ''"),
        ({BAN: list(range(11))}, "ban lists 11 tokens, and 10 are allowed"),
        ({ALLOW: [1], BAN: [1, 2]}, "bans every token"),
        ({FIRST: 3}, "says how long"),
        ({ALLOW: [1], FIRST: 0}, "first takes whole numbers of at least 1, not 0"),
        ({ALLOW: [1], f"{ALLOW}ed": [1]}, "there is no option .*allowed"),
    ],
)
def test_a_wrong_request_is_refused(asked: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        parse_rule(asked, 10)
    assert "\n" not in str(caught.value)


def test_tokens_that_the_model_does_not_have_are_left_out() -> None:
    assert TokenRule(True, (1, 99), 2).within(50) == TokenRule(True, (1,), 2)
    assert TokenRule(True, (99,)).within(50) is None
