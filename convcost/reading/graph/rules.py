"""Which rule an ONNX node follows: one that makes layers, or one that sees the same tensor in another way."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.ops.numbers import Exact
from convcost.reading.graph.graph import Branch, Node
from convcost.reading.graph.layers import LAYERS
from convcost.reading.graph.lists import LISTS
from convcost.reading.graph.moves import MOVES
from convcost.reading.graph.optimised import CONTRIB, OPTIMISED, QUANTISED
from convcost.reading.graph.step import Rule, Step, Value
from convcost.reading.graph.views import NoOperator, Refusal, View
from convcost.reading.graph.walk import Walk
from convcost.reading.graph.windows import adaptive


def chosen(step: Step) -> Sequence[Value]:
    """Return what the branch makes that a condition chooses, which must be known."""
    condition = step.numbers(0)
    if not condition or not isinstance(condition[0], Exact):
        raise Refusal("chooses between branches by a condition that is not known")
    branch = step.node.attributes.get("then_branch" if condition[0] else "else_branch")
    if not isinstance(branch, Branch):
        raise Refusal("has no branch that can be read")
    return step.walk.branch(step.node, branch)


RULES = {**LAYERS, **LISTS, **MOVES, **QUANTISED, "If": chosen}
"""By ONNX's names of the operators."""

OTHERS = {
    **{(CONTRIB, op): rule for op, rule in OPTIMISED.items()},
    ("aten", "AdaptiveAveragePool"): adaptive("adaptive_avg_pool"),
    ("aten", "AdaptiveMaxPool"): adaptive("adaptive_max_pool"),
}
"""By other domains and their names."""


def is_known(node: Node) -> bool:
    """Return whether there is a rule for a node."""
    return _rule(node) is not None


def _rule(node: Node) -> Rule | None:
    return RULES.get(node.op) if node.is_standard else OTHERS.get((node.domain, node.op))


def follow(walk: Walk, node: Node) -> Sequence[Value]:
    """Return what the outputs of a node are, whose inputs are known; Refusal where no operator here does it."""
    rule = _rule(node)
    if rule is None:
        raise NoOperator("has no operator here")
    if not node.outputs:
        raise Refusal("has no outputs")
    step, before = Step(walk, node), len(walk.layers.all)
    made = rule(step)
    is_lost = walk.graph.is_layer(node) and len(walk.layers.all) == before
    return [_laid(step, y) for y in made] if is_lost else made


def _laid(step: Step, y: Value) -> Value:
    """What a layer of our own hands on that computes nothing: as a layer, whether or not it moves any number."""
    if not isinstance(y, View):
        return y
    x = step.walk.move(step.node, y, y.axes[1:]) if step.walk.graph.is_move(step.node) else y
    return x if x.tensor != y.tensor else step.layer("identity", x)[0]
