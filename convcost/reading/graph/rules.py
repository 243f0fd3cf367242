"""Which rule an ONNX node follows: one that makes layers, or one that sees the same tensor in another way."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.reading.graph.graph import Constant, Node
from convcost.reading.graph.layers import LAYERS
from convcost.reading.graph.moves import MOVES
from convcost.reading.graph.optimised import CONTRIB, OPTIMISED, QUANTISED
from convcost.reading.graph.step import Step
from convcost.reading.graph.views import Refusal, View
from convcost.reading.graph.walk import Walk
from convcost.reading.graph.windows import adaptive

RULES = {**LAYERS, **MOVES, **QUANTISED}
"""By ONNX's names of the operators."""

OTHERS = {
    **{(CONTRIB, op): rule for op, rule in OPTIMISED.items()},
    ("aten", "AdaptiveAveragePool"): adaptive("adaptive_avg_pool"),
    ("aten", "AdaptiveMaxPool"): adaptive("adaptive_max_pool"),
}
"""By other domains and their names."""

_HELP = "its cost would be missing from the totals, so the network is not counted at all"


def follow(walk: Walk, node: Node) -> Sequence[View | Constant]:
    """Return what the outputs of a node are, whose inputs are known; Refusal where no operator here does it."""
    own = node.domain in ("", "ai.onnx")
    rule = RULES.get(node.op) if own else OTHERS.get((node.domain, node.op))
    if rule is None:
        where = "" if own else f" of the domain `{node.domain}`"
        raise Refusal(f"has no operator here{where}", _HELP)
    if not node.outputs:
        raise Refusal("has no outputs")
    return rule(Step(walk, node))
