"""Taking tokens away."""

import pytest

pytest.importorskip("torch", reason="torch is not installed; it comes with vLLM")

import torch

from {{ cookiecutter.package }} import masking
from {{ cookiecutter.package }}.masking import padded, restrict

NOTHING = float("-inf")


def left(row: torch.Tensor) -> list[int]:
    return torch.nonzero(row > NOTHING).flatten().tolist()


def test_allowed_and_banned_rows_of_one_batch() -> None:
    logits = torch.arange(15.0).reshape(3, 5)
    before = logits.clone()
    tokens = torch.tensor(padded([(1, 3), (2,)]))
    restrict(logits, torch.tensor([2, 0]), tokens, torch.tensor([True, False]))
    assert left(logits[2]) == [1, 3]
    assert left(logits[0]) == [0, 1, 3, 4]
    assert torch.equal(logits[1], before[1])
    assert logits[2, 3] == before[2, 3]


def test_a_row_that_would_have_nothing_left_stays_as_it_is() -> None:
    logits = torch.tensor([[NOTHING, 1.0, 2.0]])
    before = logits.clone()
    restrict(logits, torch.tensor([0]), torch.tensor([[0]]), torch.tensor([True]))
    assert torch.equal(logits, before)
    restrict(logits, torch.tensor([0]), torch.tensor([[1, 2]]), torch.tensor([False]))
    assert torch.equal(logits, before)


def test_twice_is_as_once() -> None:
    logits = torch.rand(1, 5)
    arguments = (torch.tensor([0]), torch.tensor([[1, 3]]), torch.tensor([True]))
    restrict(logits, *arguments)
    once = logits.clone()
    restrict(logits, *arguments)
    assert torch.equal(logits, once)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_more_rows_than_are_worked_on_at_a_time(dtype: str) -> None:
    rows = 2 * masking.ROWS + 3
    logits = torch.rand(rows, 7).to(getattr(torch, dtype))
    tokens = torch.arange(rows)[:, None] % 7
    restrict(logits, torch.arange(rows), tokens, torch.ones(rows, dtype=torch.bool))
    assert [left(row) for row in logits] == [[row % 7] for row in range(rows)]


def test_the_memory_used_does_not_grow_with_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []
    full_like = torch.full_like

    def counted(like: torch.Tensor, *args: object) -> torch.Tensor:
        made.append(like.shape[0])
        return full_like(like, *args)

    monkeypatch.setattr(masking.torch, "full_like", counted)
    rows = 3 * masking.ROWS
    tokens = torch.zeros(rows, 1, dtype=torch.int64)
    restrict(torch.rand(rows, 7), torch.arange(rows), tokens, torch.ones(rows).bool())
    assert made == [masking.ROWS] * 3
