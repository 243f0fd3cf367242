"""Arithmetic of a graph on what does not depend on its input: weights by their shapes, and sizes by their values.

Exporters spell a reshape as a page of Shape, Gather, Mul and Concat. Here it is worked out, in numbers of any kind.
"""

from __future__ import annotations

from collections.abc import Sequence

from convcost.ops.numbers import Exact
from convcost.reading.graph.arithmetic import ARITHMETIC
from convcost.reading.graph.constants import NOTHING, origin
from convcost.reading.graph.graph import Constant, Node
from convcost.reading.graph.made_constants import MADE
from convcost.reading.graph.moved_constants import MOVED

_RULES = {**ARITHMETIC, **MADE, **MOVED}

_MOST_AXES = 16
_LARGEST = 2**128
"""A graph that computes larger numbers than this is not about sizes."""


def fold(node: Node, given: Sequence[Constant | None]) -> tuple[Constant, ...]:
    """Return what a node makes of constants, None for an input that is left out.

    Where that isn't followed it is a Constant without dims.
    """
    rule = _RULES.get(node.op) if node.domain in ("", "ai.onnx") else None
    try:
        found = rule(node, [one or NOTHING for one in given]) if rule else None
    except (TypeError, ValueError, IndexError, ZeroDivisionError, OverflowError):  # a node that does not mean anything
        found = None
    made = (found,) if isinstance(found, Constant) else tuple(found or ())
    trained = [one for one in given if one and one.trained]
    opaque = (Constant(name, None, None, bool(trained), origin(*trained)) for name in node.outputs[len(made) :])
    return (*(_kept(one, name) for one, name in zip(made, node.outputs, strict=False)), *opaque)


def _kept(found: Constant, name: str) -> Constant:
    """What a rule has made, as far as it is about sizes."""
    if len(found.dims or ()) > _MOST_AXES:
        return Constant(name, None, None, found.trained, found.origin)
    values = found.values
    if values is not None and any(isinstance(n, Exact) and not -_LARGEST < n < _LARGEST for n in values):
        return found._replace(numbers=None)
    return found
