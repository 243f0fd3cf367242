"""An exported program -> the graph that the walk reads: ONNX's operators, with modules' paths as names.

    module -> torch.export (shapes alone) -> its calls (calls) -> nodes (operators) -> Graph

The walk over ONNX graphs is the walk over these, so that what the axes of a tensor are is followed in one place. An
operator that has no twin in ONNX keeps its name, in the domain `aten`.
"""

from __future__ import annotations

from typing import Any

from convcost.reading.graph.graph import Graph, Input
from convcost.reading.torch.calls import Call, Translation, flat
from convcost.reading.torch.operators import OPERATORS, unknown

OPSET = 18
"""Of ONNX's operators that stand for torch's."""


def graph_of(program: Any) -> Graph:
    """Return the graph of an exported program."""
    found = Translation(program)
    inputs: list[Input] = []
    outputs: list[str] = []
    for fx in program.graph.nodes:
        if fx.op == "placeholder":
            inputs += found.placeholder(fx)
        elif fx.op == "output":
            outputs += [name for name in flat(found.plain(fx.args)) if isinstance(name, str)]
        elif not hasattr(fx.target, "_schema") and fx.target.__name__ != "getitem":
            found.name(fx, None)  # arithmetic on sizes: torch has worked out every shape
        elif fx.target.__name__ == "getitem":
            found.name(fx, found.plain(fx.args[0])[fx.args[1]])
        else:
            call = Call(found, fx)
            found.name(fx, OPERATORS.get(call.operator, unknown)(call))
    return Graph(
        OPSET, tuple(inputs), found.constants, tuple(found.nodes), tuple(outputs), distinct=True, shapes=found.shapes
    )
