"""Cutting pictures into windows and joining them again."""

from typing import Any

import numpy as np
import pytest

from {{ cookiecutter.package }}.environment import Recipe
from {{ cookiecutter.package }}.windows import Grid, cut, joined, standardised


@pytest.mark.parametrize("window", [1, 7, 25, 32, 50, 64, 70, 512])
def test_what_was_cut_is_joined_again(ramp: Any, window: int) -> None:
    grid = Grid(50, 70, window)
    windows = cut(ramp, grid)
    assert windows.shape == (grid.count, 3, window, window)
    np.testing.assert_array_equal(joined(list(windows), grid), ramp)


def test_windows_go_row_by_row() -> None:
    picture = np.arange(16.0).reshape(1, 4, 4)
    windows = cut(picture, Grid(4, 4, 2))
    assert windows[:, 0, 0, 0].tolist() == [0, 2, 8, 10]


def test_the_padding_mirrors_the_picture() -> None:
    (window,) = cut(np.array([[[1.0, 2.0]]]), Grid(1, 2, 4))
    assert window[0].tolist() == [[1, 2, 2, 1]] * 4


def test_each_window_is_cut_once(ramp: Any) -> None:
    """No overlap: as many numbers come out as the padded picture has."""
    grid = Grid(50, 70, 32)
    assert cut(ramp, grid).size == 3 * 64 * 96


def test_values_are_scaled_then_standardised_and_gaps_filled() -> None:
    samples = np.array([[[100.0, 300.0]], [[10.0, -9999.0]]], "float32")
    valid = np.array([[True, False]])
    recipe = Recipe(scale=0.1, means=(5, 2), stds=(5, 0.5), fill=-7)
    assert standardised(samples, valid, recipe).tolist() == [[[1, -7]], [[-2, -7]]]


def test_as_many_bands_as_means_are_needed(ramp: Any) -> None:
    with pytest.raises(ValueError, match="takes 2 bands, and 3 were taken"):
        standardised(ramp, np.ones((50, 70), bool), Recipe(means=(1, 2), stds=(1, 1)))


@pytest.mark.parametrize("size", [2, 8, 3])
def test_predictions_of_another_size_are_stretched(size: int) -> None:
    grid = Grid(8, 4, 4)
    predictions = [np.full((size, size), number) for number in range(2)]
    whole = joined(predictions, grid)
    assert whole.shape == (1, 8, 4)
    assert whole[0, :, 0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]


def test_predictions_that_do_not_fit_are_refused() -> None:
    grid = Grid(8, 4, 4)
    one, two = np.zeros((1, 4, 4)), np.zeros((2, 4, 4))
    for predictions, reason in (
        ([one], "1 predictions came for 2 windows"),
        ([one, two], "window 1 has 2 bands, and the first 1"),
        ([np.zeros(4), one], "is no picture"),
        ([np.zeros((0, 4)), one], "is no picture"),
    ):
        with pytest.raises(ValueError, match=reason):
            joined(predictions, grid)
