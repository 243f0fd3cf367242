"""An ONNX file -> Network: its bytes are a graph (file), and the walk makes layers of its nodes."""

from __future__ import annotations

from typing import IO

from convcost.reading.graph.model import GraphModel
from convcost.reading.onnx.file import parse
from convcost.reading.opening import AS_IT_IS, Opening


class OnnxModel(GraphModel):
    """A network in an ONNX file."""

    def __init__(self, name: str, data: bytes | IO[bytes], opening: Opening = AS_IT_IS) -> None:
        """Raises SpecError if there is no graph in the data that has an input and nodes."""
        super().__init__(name, parse(name, data, shapes=opening.partial), opening)
