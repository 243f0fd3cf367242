"""Which kind of file it is that a network is in: a spec's text, or an ONNX model."""

from __future__ import annotations

from io import BufferedReader
from typing import IO, TYPE_CHECKING

from convcost.errors import Problem, Source, Span, SpecError
from convcost.language import tree
from convcost.reading.foreign import refuse_foreign

if TYPE_CHECKING:
    from convcost.reading.model import Model

MAX_PIPED_BYTES = 2**30
"""Of a model that is not a file of its own: its weights count, though nobody reads them."""

MODEL_SUFFIX = ".onnx"
SUFFIXES = (".yaml", ".yml", MODEL_SUFFIX)
"""Of files that hold networks."""


def read_source(name: str, file: BufferedReader) -> Source | Model:
    """Return the text of a spec, or a model, in an open file. SpecError if it holds neither.

    Of a model only what is needed is read, so that it may have any size.
    """
    if not is_model(name, file.peek(1)) or not file.seekable():
        return source_of(name, read_data(name, file))
    from convcost.reading.onnx.model import OnnxModel

    return OnnxModel(name, file)


def read_data(name: str, file: IO[bytes]) -> bytes:
    """Return what is piped in, or one byte more than it may hold."""
    data = file.read(tree.MAX_BYTES + 1)
    return data + file.read(MAX_PIPED_BYTES + 1 - len(data)) if is_model(name, data) else data


def is_model(name: str, data: bytes) -> bool:
    """Return whether a file is an ONNX model. One begins with the byte 8, its version's tag, which no text does."""
    return name.endswith(MODEL_SUFFIX) or data[:1] == b"\x08"


def source_of(name: str, data: bytes) -> Source | Model:
    """Return the text of a spec, or a model. SpecError if the data is neither."""
    if not is_model(name, data):
        refuse_foreign(name, data)
        return tree.decode(name, data)
    if len(data) > MAX_PIPED_BYTES:
        problem = f"a model that is piped in has at most {MAX_PIPED_BYTES:,} bytes"
        raise SpecError([Problem(Span(Source(name, "", []), 1, 1), problem, "name its file instead")])
    from convcost.reading.onnx.model import OnnxModel

    return OnnxModel(name, data)
