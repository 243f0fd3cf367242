"""Which kind of file it is that a network is in: a spec's text, or an ONNX model."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from convcost.errors import Problem, Source, Span, SpecError
from convcost.language import tree

if TYPE_CHECKING:
    from convcost.reading.model import Model

MAX_MODEL_BYTES = 2**30
"""A model's weights count, though nobody reads them. Larger models keep theirs in files of their own."""

MODEL_SUFFIX = ".onnx"
SUFFIXES = (".yaml", ".yml", MODEL_SUFFIX)
"""Of files that hold networks."""


def read_data(name: str, file: IO[bytes]) -> bytes:
    """Return what a file holds, or one byte more than it may."""
    data = file.read(tree.MAX_BYTES + 1)
    return data + file.read(MAX_MODEL_BYTES + 1 - len(data)) if is_model(name, data) else data


def is_model(name: str, data: bytes) -> bool:
    """Return whether a file is an ONNX model. One begins with the byte 8, its version's tag, which no text does."""
    return name.endswith(MODEL_SUFFIX) or data[:1] == b"\x08"


def source_of(name: str, data: bytes) -> Source | Model:
    """Return the text of a spec, or a model.

    SpecError if the data can't be one, UsageError where what reads it isn't installed.
    """
    if not is_model(name, data):
        return tree.decode(name, data)
    if len(data) > MAX_MODEL_BYTES:
        problem = f"the file has more than {MAX_MODEL_BYTES:,} bytes"
        raise SpecError([Problem(Span(Source(name, "", []), 1, 1), problem, "keep the weights in external data")])
    from convcost.reading.onnx.model import OnnxModel

    return OnnxModel(name, data)
