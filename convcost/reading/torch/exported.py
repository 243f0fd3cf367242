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


def graph_of(program: Any, dims: Any = None) -> Graph:
    """Return the graph of an exported program; `dims` are the open sizes of its inputs as torch.export takes them."""
    found = Translation(program, dims)
    inputs: list[Input] = []
    outputs: list[str] = []
    for fx in program.graph.nodes:
        if fx.op == "placeholder":
            inputs += found.placeholder(fx)
        elif fx.op == "output":
            outputs += [name for name in flat(found.plain(fx.args)) if isinstance(name, str)]
        elif fx.target.__name__ == "getitem":
            found.name(fx, found.plain(fx.args[0])[fx.args[1]])
        elif _makes_tensors(fx.meta.get("val")):
            found.name(fx, _called(Call(found, fx)))
        else:  # arithmetic on sizes, of which torch knows the outcome, or an assertion
            found.name(fx, found.plain(fx.meta.get("val")))
    return Graph(
        OPSET,
        tuple(inputs),
        found.constants,
        tuple(found.nodes),
        tuple(outputs),
        distinct=True,
        shapes=found.shapes,
        dtype=found.dtype,
    )


def _makes_tensors(value: Any) -> bool:
    return hasattr(value, "shape") or (isinstance(value, list | tuple) and any(map(_makes_tensors, value)))


def _called(call: Call) -> Any:
    """What a call makes; refused by its own name where a rule misses a number: a size is open, or it has others."""
    try:
        return OPERATORS.get(call.operator, unknown)(call)
    except (KeyError, TypeError):
        return unknown(call)
