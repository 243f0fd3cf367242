"""The figures that sides are compared by.

`multiplies` are all: MACs, and those of activations, gates and interpolation. Bytes moved assume that every layer reads
its inputs and its parameters once and writes its outputs once, as if nothing stayed in a cache between two layers;
arithmetic intensity is multiplies per byte moved.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from convcost.analysis.costs import Analysis
from convcost.network import Network
from convcost.ops.numbers import Number

PARAMS = "params"
WEIGHTS = "weights"
MACS = "macs"
MULTIPLIES = "multiplies"
USEFUL = "useful_multiplies"
ACTIVATIONS = "activation_elements"
MOVED = "bytes_moved"
INTENSITY = "arithmetic_intensity"

FIGURES = (PARAMS, WEIGHTS, MACS, MULTIPLIES, USEFUL, ACTIVATIONS, MOVED, INTENSITY)
"""Those that have a ratio, in the order they are shown."""


def figures_of(analysis: Analysis, bytes_per_element: int) -> dict[str, int | Fraction]:
    """Every figure of a network whose sizes are ints."""
    useful = analysis.useful_work
    found = formulas_of(analysis.network, bytes_per_element) | {USEFUL: useful.macs + useful.multiplies}
    found[INTENSITY] = Fraction(found[MULTIPLIES], found[MOVED]) if found[MOVED] else Fraction(0)
    return {figure: found[figure] for figure in FIGURES}


def formulas_of(network: Network, bytes_per_element: int) -> dict[str, Number]:
    """Those that are sums over the layers: ints, or formulas where the network's sizes are letters."""
    found: dict[str, Number] = dict.fromkeys((PARAMS, WEIGHTS, MACS, MULTIPLIES, ACTIVATIONS, MOVED), 0)
    for layer in network.layers:
        params, work = layer.operator.params(*layer.input_shapes), layer.operator.work(*layer.input_shapes)
        read, written = (sum(x.elements for x in shapes) for shapes in (layer.input_shapes, layer.output_shapes))
        found[MACS] += work.macs
        found[MULTIPLIES] += work.macs + work.multiplies
        found[ACTIVATIONS] += written
        found[MOVED] += bytes_per_element * (read + params.total + written)
        if not layer.shares:
            found[PARAMS] += params.total
            found[WEIGHTS] += params.weights
    return found


def ratios(of: Mapping[str, int | Fraction], to: Mapping[str, int | Fraction]) -> dict[str, Fraction | None]:
    """Every figure of one side as an exact fraction of the other's; None where that has none."""
    return {figure: Fraction(of[figure]) / to[figure] if to[figure] else None for figure in of}
