"""From a picture to windows of the model's size, and back: plain functions on arrays."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from .environment import Recipe


@dataclass(frozen=True)
class Grid:
    """How a picture is cut.

    Attributes:
        height: of the picture, in pixels.
        width: of the picture, in pixels.
        window: the height and width of each window.
    """

    height: int
    width: int
    window: int

    @property
    def rows(self) -> int:
        """How many windows stand below each other."""
        return -(-self.height // self.window)

    @property
    def columns(self) -> int:
        """How many windows stand side by side."""
        return -(-self.width // self.window)

    @property
    def count(self) -> int:
        """How many windows there are."""
        return self.rows * self.columns


def standardised(samples: Any, valid: Any, recipe: Recipe) -> Any:
    """Return `samples` scaled and standardised, with the fill where there is no data.

    Args:
        samples: (bands, height, width), float32; changed in place.
        valid: (height, width), False where there is no data.
        recipe: scale, means, standard deviations and fill.

    Raises:
        ValueError: there are not as many bands as means.
    """
    bands = samples.shape[0]
    if recipe.means and len(recipe.means) != bands:
        raise ValueError(f"the model takes {len(recipe.means)} bands, and {bands} were taken")
    if recipe.scale != 1:
        samples *= np.float32(recipe.scale)
    if recipe.means:
        samples -= np.asarray(recipe.means, np.float32)[:, None, None]
        samples /= np.asarray(recipe.stds, np.float32)[:, None, None]
    samples[:, ~valid] = recipe.fill
    return samples


def cut(samples: Any, grid: Grid) -> Any:
    """Return (windows, bands, window, window), row by row, from (bands, height, width).

    The picture is padded on the right and below by mirroring it, as often as it takes: a picture
    may be smaller than half a window.
    """
    size = grid.window
    padding = (
        (0, 0),
        (0, grid.rows * size - grid.height),
        (0, grid.columns * size - grid.width),
    )
    padded = np.pad(samples, padding, mode="symmetric")
    split = padded.reshape(samples.shape[0], grid.rows, size, grid.columns, size)
    return split.transpose(1, 3, 0, 2, 4).reshape(grid.count, samples.shape[0], size, size)


def joined(predictions: list[Any], grid: Grid) -> Any:
    """Return (bands, height, width) from one prediction for each window, in the order of `cut`.

    A prediction is (bands, height, width) or (height, width). One smaller or larger than its window
    is stretched to it, nearest neighbour, as models with patches return.

    Raises:
        ValueError: their number or their shapes do not fit.
    """
    if len(predictions) != grid.count:
        raise ValueError(f"{len(predictions)} predictions came for {grid.count} windows")
    size = grid.window
    first = _stretched(predictions[0], size)
    whole = np.empty((first.shape[0], grid.rows * size, grid.columns * size), first.dtype)
    for number, prediction in enumerate(predictions):
        part = _stretched(prediction, size)
        if part.shape != first.shape:
            raise ValueError(f"window {number} has {len(part)} bands, and the first {len(first)}")
        row, column = divmod(number, grid.columns)
        whole[:, row * size : (row + 1) * size, column * size : (column + 1) * size] = part
    return whole[:, : grid.height, : grid.width]


def _stretched(prediction: Any, size: int) -> Any:
    if prediction.ndim == 2:
        prediction = prediction[None]
    if prediction.ndim != 3 or 0 in prediction.shape:
        raise ValueError(f"a prediction of shape {prediction.shape} is no picture")
    height, width = prediction.shape[1:]
    if (height, width) == (size, size):
        return prediction
    rows = np.arange(size) * height // size
    columns = np.arange(size) * width // size
    return prediction[:, rows][:, :, columns]
