"""Which rule an ONNX node follows: one that makes layers, or one that sees the same tensor in another way."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.reading.onnx.file import Constant, Node
from convcost.reading.onnx.layers import LAYERS
from convcost.reading.onnx.moves import MOVES
from convcost.reading.onnx.step import Step
from convcost.reading.onnx.tensors import Map, Refusal
from convcost.reading.onnx.walk import Walk

RULES = {**LAYERS, **MOVES}

_HELP = "its cost would be missing from the totals, so the network is not counted at all"


def follow(walk: Walk, node: Node) -> Sequence[Map | Constant]:
    """Return what the outputs of a node are, whose inputs are known; Refusal where no operator here does it."""
    own = node.domain in ("", "ai.onnx")
    rule = RULES.get(node.op) if own else None
    if rule is None:
        where = "" if own else f" of the domain `{node.domain}`"
        raise Refusal(f"has no operator here{where}", _HELP)
    if not node.outputs:
        raise Refusal("has no outputs")
    return rule(Step(walk, node))
