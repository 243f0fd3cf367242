"""Layers as rows of a table: folded into blocks, sorted, cut to the costliest."""

from __future__ import annotations

from collections.abc import Hashable
from math import inf

from convcost.analysis.costs import Analysis, Costs
from convcost.analysis.tree import Branch, branches, tree_of
from convcost.figures import FIGURES
from convcost.network import Layer


def sort_keys() -> tuple[str, ...]:
    """Return what rows can be sorted by; `order` is the network's."""
    numbers = (name for name, figure in FIGURES.items() if figure.unit in ("", "bytes") and figure.of_parts)
    return ("order", *numbers)


def rows_of(analysis: Analysis, depth: int | None = None) -> list[Costs]:
    """Return one row per layer, or, with `depth`, per block: names are cut after that many parts.

    Only neighbours are put together, so a row never hides what ran between its layers.
    """
    if depth is None:
        return list(analysis.layers)
    rows: list[Costs] = []
    for n, layer in enumerate(analysis.network.layers):
        name = ".".join(layer.name.split(".")[:depth])
        if rows and rows[-1].name == name:
            rows[-1] = analysis.costs_of((range(rows[-1].group.runs[0].start, n + 1),), name, is_layer=False)
        else:
            rows.append(analysis.layers[n]._replace(name=name, is_layer=name == layer.name))
    return rows


def tree_rows(analysis: Analysis, most: float = inf, depth: float = inf, folded: bool = True) -> list[Costs]:
    """Return the rows of blocks, each above what is inside: no more than `most`, and so many levels.

    The costliest blocks are opened first: see `tree.branches`. With `folded`, equal neighbours are one row, the sum of
    theirs. The rows of one level add up to the row that they are in, the outermost to the network.
    """
    layers = ((layer.name.split("."), _what(layer)) for layer in analysis.network.layers)

    def row(branch: Branch) -> Costs:
        node = branch.node
        return analysis.costs_of(branch.runs, node.name, not node.inside, branch.level, node.copies)

    return list(map(row, branches(tree_of(layers, folded), lambda branch: row(branch).macs, most, depth)))


def _what(layer: Layer) -> Hashable:
    """What makes two layers equal to a reader of the table."""
    return layer.kind, layer.operator, layer.input_shapes, layer.output_shapes, bool(layer.shares), layer.times


def select(rows: list[Costs], sort: str = "order", top: int | None = None) -> list[Costs]:
    """Return the rows sorted, the largest first, and no more than `top` of them."""
    if sort != "order":
        rows = sorted(rows, key=lambda row: -(getattr(row, sort) or 0))
    return rows[:top]
