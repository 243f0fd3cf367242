"""What exporters spell out in several nodes -> the one node that it is: x * sigmoid(x) is a SiLU.

A pattern is written as a call: ("Mul", "x", ("Sigmoid", "x")). A letter stands for a tensor, the same one wherever it
stands; `$g` for a constant; a number for a constant of that value; None for whatever is there. Sums and products may
have their two inputs in either order. What is found is one node if no other node reads what is between.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from math import pi, sqrt
from typing import Any, NamedTuple, TypeAlias

from convcost.reading.graph.constants import axes_of
from convcost.reading.graph.graph import Constant, Node

Pattern: TypeAlias = Any
Bound: TypeAlias = dict[str, str]
"""The tensors that letters stand for."""


class Match(NamedTuple):
    """Nodes that are one: what their letters stand for, and every node by its operator, those nearer the end first."""

    bound: Bound
    nodes: tuple[Node, ...]
    values: Mapping[str, Any]

    def node(self, op: str) -> Node:
        return next(node for node in self.nodes if node.op == op)

    def constant(self, letter: str) -> Constant:
        found = self.values[self.bound[letter]]
        assert isinstance(found, Constant)
        return found


Made: TypeAlias = "Sequence[tuple[str, tuple[str, ...], dict[str, Any]]] | None"
"""Nodes in place of those: operators, inputs with `#n` for the output of node n, attributes; None if it isn't that."""


def _one(op: str, **attributes: Any) -> Callable[[Match], Made]:
    return lambda match: [(op, (match.bound["x"],), attributes)]


def _group_norm(match: Match) -> Made:
    """With a group as an instance, its scale and shift are made up."""
    groups = match.constant("$one").dims
    given = (match.bound["x"], match.bound.get("$g", ""), match.bound.get("$b", ""))
    return [("GroupNormalization", given, {"num_groups": groups[0]})] if groups and len(groups) == 1 else None


def _layer_norm(match: Match) -> Made:
    """Over the last axis as it is; over the channels with these seen as the last axis."""
    mean = match.node("ReduceMean")
    axes = axes_of(mean, [None, *(match.values.get(name) for name in mean.inputs[1:])])
    given = tuple(match.bound[letter] for letter in ("$g", "$b") if letter in match.bound)
    if axes == (-1,):
        return [("LayerNormalization", (match.bound["x"], *given), {"axis": -1})]
    if axes != (1,) or not given:
        return None
    # How many axes there are is told by the scale, which has one for each channel: [C, 1, 1].
    rank = len(match.constant("$g").dims or ())
    rank = rank if rank > 3 else rank + 1
    there, back = (0, *range(2, rank), 1), (0, rank - 1, *range(1, rank - 1))
    return [
        ("Transpose", (match.bound["x"],), {"perm": there}),
        ("LayerNormalization", ("#0", *given), {"axis": -1}),
        ("Transpose", ("#1",), {"perm": back}),
    ]


def _local_response_norm(match: Match) -> Made:
    """Means of squares along the channels, for which an axis is put before them."""
    before = next(node for node in match.nodes if match.node("Pad").inputs[0] in node.outputs)
    axes = match.values.get(before.inputs[1])
    given = axes.values or () if isinstance(axes, Constant) else ()
    size, *others = match.node("AveragePool").attributes.get("kernel_shape", (0,))
    if given[-1:] != (1,) if before.op == "Unsqueeze" else given[1:2] != (1,) or len(given) != len(others) + 3:
        return None
    return [("LRN", (match.bound["x"],), {"size": size})] if all(n == 1 for n in others) else None


_CLIPPED = ("Clip", ("Add", "x", 3), 0, 6)
_ERF = ("Add", ("Erf", ("Div", "x", sqrt(2))), 1)
_ERF_BY = ("Add", ("Erf", ("Mul", "x", 1 / sqrt(2))), 1)
_CUBE = ("Pow", "x", 3)
_CUBED = ("Mul", "x", ("Mul", "x", "x"))
_NORMED = ("Reshape", ("InstanceNormalization", ("Reshape", "x", None), "$one", "$zero"), None)
_CENTRED = ("Sub", "x", ("ReduceMean", "x"))


def _deviation(square: Pattern) -> Pattern:
    return ("Div", _CENTRED, ("Sqrt", ("Add", ("ReduceMean", square), "$e")))


def _response(there: str, *back: str) -> Pattern:
    """Squares seen in another shape, their means along an axis, and what is divided by a power of those."""
    found: Pattern = ("AveragePool", ("Pad", (there, ("Mul", "x", "x"))))
    for op in back:
        found = (op, found)
    return ("Div", "x", ("Pow", ("Add", ("Mul", found, "$alpha"), "$k"), "$beta"))


_SPELLED = [_deviation(("Pow", _CENTRED, 2)), _deviation(("Mul", _CENTRED, _CENTRED))]

PATTERNS: list[tuple[Pattern, Callable[[Match], Made]]] = [
    (("Mul", "x", ("Sigmoid", "x")), _one("Silu")),
    (("Mul", "x", ("HardSigmoid", "x")), _one("HardSwish")),
    (("Mul", "x", ("Div", _CLIPPED, 6)), _one("HardSwish")),
    (("Mul", "x", ("Mul", _CLIPPED, 1 / 6)), _one("HardSwish")),
    (("Div", ("Mul", "x", _CLIPPED), 6), _one("HardSwish")),
    (("Mul", ("Mul", "x", _CLIPPED), 1 / 6), _one("HardSwish")),
    (("Div", _CLIPPED, 6), _one("HardSigmoid")),
    (("Mul", _CLIPPED, 1 / 6), _one("HardSigmoid")),
    (("Mul", "x", ("Tanh", ("Softplus", "x"))), _one("Mish")),
    (("Mul", "x", ("Tanh", ("Log", ("Add", ("Exp", "x"), 1)))), _one("Mish")),
    *[
        (spelled, _one("Gelu"))
        for erf in (_ERF, _ERF_BY)
        for spelled in (
            ("Mul", ("Mul", "x", erf), 0.5),
            ("Mul", ("Mul", "x", 0.5), erf),
            ("Mul", "x", ("Mul", erf, 0.5)),
        )
    ],
    *[
        (spelled, _one("Gelu", approximate="tanh"))
        for cube in (_CUBE, _CUBED)
        for inner in (("Add", "x", ("Mul", cube, 0.044715)),)
        for tanh in (("Add", ("Tanh", ("Mul", inner, sqrt(2 / pi))), 1),)
        for spelled in (
            ("Mul", ("Mul", "x", 0.5), tanh),
            ("Mul", ("Mul", "x", tanh), 0.5),
            ("Mul", "x", ("Mul", tanh, 0.5)),
        )
    ],
    *[
        (_response(there, *back), _local_response_norm)
        for there in ("Reshape", "Unsqueeze")
        for back in (("Squeeze",), ("Reshape",), ("Reshape", "Reshape"), ("Squeeze", "Reshape"))
    ],
    (("Add", ("Mul", _NORMED, "$g"), "$b"), _group_norm),
    *[(("Add", ("Mul", normed, "$g"), "$b"), _layer_norm) for normed in _SPELLED],
    *[(normed, _layer_norm) for normed in _SPELLED],
]


class _Spelled(NamedTuple):
    """A pattern, and the operators that must stand before its last node, and before those."""

    pattern: Pattern
    rule: Callable[[Match], Made]
    before: frozenset[str]
    two_before: frozenset[str]


def _parts(*patterns: Pattern) -> list[Pattern]:
    return [part for pattern in patterns for part in pattern[1:] if isinstance(part, tuple)]


_BY_ROOT: defaultdict[str, list[_Spelled]] = defaultdict(list)
"""The patterns by their last node."""
for _pattern, _rule in PATTERNS:
    _levels = (frozenset(part[0] for part in parts) for parts in (_parts(_pattern), _parts(*_parts(_pattern))))
    _BY_ROOT[_pattern[0]].append(_Spelled(_pattern, _rule, *_levels))

_EITHER = ("Add", "Mul")
_SHAPED = ("Pad", "ReduceMean", "Reshape", "Squeeze", "Unsqueeze")
_CLOSE = 1e-3
"""Constants are rounded as the exporter pleases: 0.7071 is 1/sqrt(2)."""


def recognised(nodes: Sequence[Node], values: Mapping[str, Any], outputs: frozenset[str]) -> list[Node]:
    """Return the nodes with those that spell something out replaced by what it is.

    `values` are the constants; a tensor among the graph's `outputs` is read by somebody.
    """
    makers = {name: node for node in nodes for name in node.outputs}
    readers: defaultdict[str, list[int]] = defaultdict(list)
    for node in nodes:
        for name in node.inputs:
            readers[name].append(node.number)
    made: dict[int, list[Node]] = {}
    for node in reversed(nodes):
        if node.op not in _BY_ROOT or node.number in made or not node.is_standard:
            continue
        makes = [makers[name] for name in node.inputs if name in makers]
        before = {one.op for one in makes}
        candidates = [one for one in _BY_ROOT[node.op] if one.before <= before]
        two_before = {makers[name].op for one in makes for name in one.inputs if name in makers} if candidates else ()
        for pattern, rule, _, needed in candidates:
            if not needed.issubset(two_before):
                continue
            found = next((Match(*one, values) for one in _matches(pattern, node, {}, makers, values)), None)
            if found is None:
                continue
            own = {one.number for one in found.nodes}
            between = [name for one in found.nodes[1:] for name in one.outputs]
            seen = any(name in outputs or not own.issuperset(readers[name]) for name in between)
            parts = None if seen or own & made.keys() else rule(found)
            if parts is not None:
                made.update({number: [] for number in own})
                made[node.number] = _nodes(node, parts)
                break
    return [new for node in nodes for new in made.get(node.number, [node])]


def _nodes(last: Node, parts: Sequence[tuple[str, tuple[str, ...], dict[str, Any]]]) -> list[Node]:
    """The nodes in place of those that end with `last`, whose output is that of the last of them."""
    found = []
    for n, (op, inputs, attributes) in enumerate(parts):
        read = tuple(f"{last.outputs[0]}{name}" if name.startswith("#") else name for name in inputs)
        written = last.outputs if n == len(parts) - 1 else (f"{last.outputs[0]}#{n}",)
        found.append(Node(last.number, op, "", last.name, read, written, attributes))
    return found


def _matches(
    pattern: Pattern, node: Node, bound: Bound, makers: Mapping[str, Node], values: Mapping[str, Any]
) -> Iterator[tuple[Bound, tuple[Node, ...]]]:
    """Yield every way in which a node is a pattern."""
    op, *wanted = pattern
    if node.op != op:
        return
    given = [name for name in node.inputs if name]
    if op == "Clip" and len(given) == 1:
        if [node.attributes.get(name) for name in ("min", "max")] != wanted[1:]:
            return
        wanted = wanted[:1]
    if op in _SHAPED:  # the axes and the sizes are nobody's numbers
        given = given[: len(wanted)]
    orders = [given, given[::-1]] if op in _EITHER and len(given) == 2 else [given]
    for order in orders:
        if len(order) == len(wanted):
            for found, nodes in _all(list(zip(wanted, order, strict=True)), bound, makers, values):
                yield found, (node, *nodes)


def _all(
    pairs: list[tuple[Pattern, str]], bound: Bound, makers: Mapping[str, Node], values: Mapping[str, Any]
) -> Iterator[tuple[Bound, tuple[Node, ...]]]:
    """Yield every way in which tensors are what patterns say."""
    if not pairs:
        yield bound, ()
        return
    (pattern, name), *rest = pairs
    for found, nodes in _tensor(pattern, name, bound, makers, values):
        for all_found, others in _all(rest, found, makers, values):
            yield all_found, (*nodes, *others)


def _tensor(
    pattern: Pattern, name: str, bound: Bound, makers: Mapping[str, Node], values: Mapping[str, Any]
) -> Iterator[tuple[Bound, tuple[Node, ...]]]:
    value = values.get(name)
    if pattern is None:
        yield bound, ()
    elif isinstance(pattern, tuple):
        if name in makers:
            yield from _matches(pattern, makers[name], bound, makers, values)
    elif isinstance(pattern, str):
        if isinstance(value, Constant) == pattern.startswith("$") and bound.get(pattern, name) == name:
            yield {**bound, pattern: name}, ()
    elif isinstance(value, Constant) and value.values is not None and len(value.values) == 1:
        (number,) = value.values
        if isinstance(number, int | Fraction) and abs(number - pattern) <= _CLOSE * max(1, abs(pattern)):
            yield bound, ()
