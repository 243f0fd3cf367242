"""ONNX operators that compute -> layers: the table of all of them, which stand in rooms by kind."""

from __future__ import annotations

from convcost.reading.graph.aligned import ALIGNED
from convcost.reading.graph.normalisations import NORMALISATIONS
from convcost.reading.graph.pointwise import POINTWISE
from convcost.reading.graph.products import PRODUCTS
from convcost.reading.graph.reductions import REDUCTIONS
from convcost.reading.graph.sampling import SAMPLING
from convcost.reading.graph.sequences import SEQUENCES
from convcost.reading.graph.step import Rule
from convcost.reading.graph.windows import WINDOWS

LAYERS: dict[str, Rule] = {
    **ALIGNED,
    **NORMALISATIONS,
    **POINTWISE,
    **PRODUCTS,
    **REDUCTIONS,
    **SAMPLING,
    **SEQUENCES,
    **WINDOWS,
}
"""The rules, by ONNX's names of the operators."""
