"""Joining the vectors of a text's chunks into one."""

import math
from collections.abc import Sequence


def join_vectors(
    vectors: Sequence[Sequence[float]], weights: Sequence[int], *, normalize: bool
) -> list[float]:
    """Return the mean of `vectors`, each counted as its weight says, scaled to length 1 if asked.

    A mean of length 0 has no direction and is returned as it is.

    Raises:
        ValueError: the vectors differ in length, or there are not as many weights as vectors.
    """
    total = sum(weights)
    mean = [
        math.fsum(weight * value for weight, value in zip(weights, values, strict=True)) / total
        for values in zip(*vectors, strict=True)
    ]
    length = math.sqrt(math.fsum(value * value for value in mean))
    if not normalize or length == 0:
        return mean
    return [value / length for value in mean]
