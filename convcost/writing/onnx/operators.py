"""What writes a layer, by its operator: the table of all of them, which stand in rooms by kind."""

from __future__ import annotations

from collections.abc import Mapping

from convcost.writing.onnx.moves import MOVES
from convcost.writing.onnx.normalisations import NORMALISATIONS
from convcost.writing.onnx.pointwise import POINTWISE
from convcost.writing.onnx.products import PRODUCTS
from convcost.writing.onnx.step import Writer
from convcost.writing.onnx.windows import WINDOWS

WRITERS: Mapping[str, Writer] = {**MOVES, **NORMALISATIONS, **POINTWISE, **PRODUCTS, **WINDOWS}
"""By operators; ONNX has no others."""
