"""ONNX's grids of places, and maps read at them -> layers."""

from __future__ import annotations

from convcost.ops.numbers import product
from convcost.reading.graph.aligned import constants
from convcost.reading.graph.graph import Constant
from convcost.reading.graph.reductions import along
from convcost.reading.graph.reshaping import reshaped
from convcost.reading.graph.step import Rule, Step
from convcost.reading.graph.views import Refusal, View, alike, transposed


def affine_grid(step: Step) -> list[View]:
    """An even grid that a matrix of each sample moves: sums of products of places and its rows."""
    matrix, (_, _, *size) = step.map(), step.numbers(1) or (0, 0)
    rank = len(size)
    if len(matrix.axes) != 3 or not alike(matrix.sizes[1:], (rank, rank + 1)):
        raise Refusal(f"needs a matrix of {rank}x{rank + 1} for each sample")
    grid = Constant(step.node.inputs[1], (1, product(size), 1, rank + 1))
    samples, rows, columns = matrix.axes
    (moved,) = constants(step, "scale", View(matrix.tensor, (samples, (), rows, columns)), grid)
    places = along(step, "sum", moved, (3,))
    found = reshaped(View(places.tensor, places.axes[:3]), (matrix.sizes[0], *size, rank))
    assert found is not None
    return [found]


def grid_sample(step: Step) -> list[View]:
    """A map, and for each position of the output a place on it; ONNX has the places' axes last."""
    x, places = step.plain(), step.map(1)
    mode, beyond = step.text("mode", "linear"), step.text("padding_mode", "zeros")
    if mode not in _SAMPLED or beyond not in _BEYOND:
        raise Refusal(f"reads {mode} between positions and {beyond} beyond the map, which no operator here does")
    count = len(places.axes)
    turned = transposed(places, (0, count - 1, *range(1, count - 1)))
    return step.layer(
        "grid_sample",
        x,
        step.as_map(turned),
        mode=_SAMPLED[mode],
        padding_mode=_BEYOND[beyond],
        align_corners=bool(step.whole("align_corners", 0)),
    )


_SAMPLED = {"bilinear": "bilinear", "linear": "bilinear", "nearest": "nearest"}
_BEYOND = {"border": "replicate", "reflection": "reflect", "zeros": "zeros"}


SAMPLING: dict[str, Rule] = {"AffineGrid": affine_grid, "GridSample": grid_sample}
"""The rules, by ONNX's names of the operators."""
