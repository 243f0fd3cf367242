"""A picture of two columns: of a sweep's points so few that a picture of all would look the same."""

from __future__ import annotations

import numpy as np

from convcost.algebra.lanes import Array
from convcost.sweeping.blocks import Block

CELLS = 256
"""Along each side of the picture, more than a terminal has dots. One point in each cell is enough."""


class Dots:
    """Points of two columns as floats, thinned out where they are too close together to be told apart."""

    def __init__(self, x: str, y: str) -> None:
        self.columns = (x, y)
        self._points = np.empty((2, 0))

    def add(self, block: Block) -> None:
        """Put in the points that the network takes."""
        values = (block.taken(block.column(name)) / block.plan.scale(name) for name in self.columns)
        self._join(_thinned(np.array([value.astype(np.float64) for value in values])))

    def merge(self, other: Dots) -> None:
        """Put in the points of another picture."""
        self._join(other._points)

    def points(self) -> list[tuple[float, float]]:
        """(x, y) pairs. The smallest and the largest values of each are among them."""
        x, y = _thinned(self._points).tolist()
        return list(zip(x, y, strict=True))

    def _join(self, points: Array) -> None:
        self._points = np.concatenate([self._points, points], axis=1)
        if self._points.shape[1] > 8 * CELLS**2:
            self._points = _thinned(self._points)


def _thinned(points: Array) -> Array:
    """One point of each cell, and one at each border; of cells of logarithms, too, where an axis may have them."""
    if points.shape[1] < CELLS:
        return points
    logs = np.where(points.min(axis=1, keepdims=True) > 0, np.log(np.maximum(points, np.finfo(float).tiny)), points)
    borders = (*points.argmin(axis=1), *points.argmax(axis=1))
    pictures = [(x, y) for x in (points[0], logs[0]) for y in (points[1], logs[1])]
    return points[:, np.unique([*borders, *(n for x, y in pictures for n in _one_of_each(_cells(x), _cells(y)))])]


def _cells(numbers: Array) -> Array:
    low, high = numbers.min(), numbers.max()
    cells: Array = ((numbers - low) * ((CELLS - 1) / (high - low if high > low else 1))).astype(np.int64)
    return cells


def _one_of_each(x: Array, y: Array) -> Array:
    """The index of one point of each cell that has some."""
    chosen = np.full(CELLS**2, -1)
    chosen[x * CELLS + y] = np.arange(len(x))
    return chosen[chosen >= 0]
