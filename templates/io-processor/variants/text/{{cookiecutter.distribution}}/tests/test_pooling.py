"""Joining the vectors of chunks."""

import math

import pytest

from {{ cookiecutter.package }}.pooling import join_vectors


def test_the_mean_is_weighted() -> None:
    assert join_vectors([[1.0, 0.0], [0.0, 1.0]], [3, 1], normalize=False) == [0.75, 0.25]


def test_a_normalized_vector_has_length_one_and_the_same_direction() -> None:
    vector = join_vectors([[3.0, 0.0], [3.0, 8.0]], [1, 1], normalize=True)
    assert vector == pytest.approx([0.6, 0.8])
    assert math.hypot(*vector) == pytest.approx(1.0)


def test_a_mean_without_direction_stays_as_it_is() -> None:
    assert join_vectors([[1.0], [-1.0]], [1, 1], normalize=True) == [0.0]


def test_vectors_of_different_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        join_vectors([[1.0], [1.0, 2.0]], [1, 1], normalize=True)
