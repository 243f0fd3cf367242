"""An attention that a file of ours says in parts -> the one layer that it was.

ONNX has no attention of this kind, so convcost writes it as nodes called `layer/part`. Read again they are layers each,
and here one, whose arguments are those parts': widths are of the linear layers, heads and windows of the axes that are
stacked where queries meet keys. It has to hold and to do exactly what the parts do, and nothing else may read what is
between them; else they stay. In files of others they always do: parts are modules there, which have names and are what
tools count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convcost.building.build import build
from convcost.errors import ShapeError
from convcost.network import Layer, Tensor
from convcost.ops.base import Shape
from convcost.ops.numbers import Number, differ, product
from convcost.ops.rearrange import Rearrange
from convcost.reading.graph.graph import PART
from convcost.reading.graph.reshaping import reshaped
from convcost.reading.graph.views import Axis, C, Factor, H, Refusal, View, alike, plain
from convcost.reading.graph.walk import Walk


class Parts:
    """The layers made of the nodes of one layer of ours, in order."""

    def __init__(self) -> None:
        self.all: list[Layer] = []
        self.named: dict[str, Layer] = {}
        """By the names of their parts; what only moves numbers for one stands before it. The last is called ""."""

    def path_to(self, name: str) -> list[Layer]:
        """Return the layers that lead to a part, which is the last: the first one reads what is made outside."""
        inside = {layer.name: layer for layer in self.all}
        path = [self.named[name]]
        while path[0].inputs[0] in inside:
            path.insert(0, inside[path[0].inputs[0]])
        return path

    def has_bias(self, name: str) -> bool:
        """Return whether a part adds a bias: its own, or behind it where its weights are shared."""
        linear: Any = self.named[name].operator
        return linear.bias or any(
            layer.kind == "shift" and layer.inputs[0] == self.named[name].name for layer in self.all
        )


def put_together(walk: Walk) -> None:
    """Put an attention in the place of its parts, wherever these are one."""
    wholes: dict[str | None, str | None] = {None: None}
    """The layer that each part is in now."""
    for parts in _all_parts(walk):
        owners = {wholes.get(one.shares, "") for one in parts.all if one.held.total}
        whole = _attention(walk, parts)
        if whole is None or len(owners) != 1 or "" in owners or _is_read_inside(walk, parts):
            continue
        whole = whole._replace(shares=owners.pop())
        if _is_as_much(whole, parts.all):
            wholes.update(dict.fromkeys((one.name for one in parts.all), whole.shares or whole.name))
            walk.layers.instead(parts.all, whole)


def _all_parts(walk: Walk) -> list[Parts]:
    """What stands in several nodes that are called as those of an attention, and are what they are called."""
    nodes = {node.number: node for node in walk.graph.nodes}
    found: dict[str, Parts] = {}
    for layer in walk.layers.all:
        if layer.span is not None:
            owner, _, part = nodes[walk.number_at(layer.span)].name.partition(PART)
            parts = found.setdefault(owner, Parts())
            parts.all.append(layer)
            parts.named[part] = layer
    return [parts for parts in found.values() if _is_whole(parts.named)]


def _is_whole(named: Mapping[str, Layer]) -> bool:
    kinds = all(layer.kind in _KINDS[part] for part, layer in named.items() if part in _KINDS)
    return kinds and named.keys() >= {"", *_KINDS} - _LEFT_OUT


_LINEAR = ("conv", "linear")
_KINDS = {
    **dict.fromkeys(("query", "key", "value", "out"), _LINEAR),
    **dict.fromkeys(("scores", "weighted"), ("matmul",)),
    "softmax": ("softmax",),
    "average": ("avg_pool",),
}
"""The operators of an attention's parts."""
_LEFT_OUT = {"out", "average"}
"""Those that not every attention has."""


def _attention(walk: Walk, parts: Parts) -> Layer | None:
    """The layer that the parts would be; None if there is none with such arguments."""
    firsts = [parts.path_to(name)[0] for name in ("query", "key", "value")]
    inputs = tuple(dict.fromkeys(Tensor(one.inputs[0], one.input_shapes[0]) for one in firsts))
    last = parts.named[""]
    try:
        given = _arguments(walk, parts, firsts[0].input_shapes[0])
        made = build("attention", given, inputs, last.name, last.span, walk.layers.guarded)
    except (Refusal, ShapeError):
        return None
    return made if alike(made.output_shapes[0].numbers, last.output_shapes[0].numbers) else None


def _arguments(walk: Walk, parts: Parts, x: Shape) -> dict[str, Any]:
    """What the layer would be given for such a map, without what it takes by default."""
    operators: dict[str, Any] = {name: layer.operator for name, layer in parts.named.items()}
    queries = walk.queries[parts.named["scores"].name]
    heads = product(factor.size for axis in queries.axes[:-2] for factor in axis if factor.axis == C)
    tokens = _traced(queries.axes[-2], parts.path_to("query"))
    window = [product(factor.size for factor in tokens if factor.axis == H + place) for place in range(x.rank)]
    given: dict[str, Any] = {"heads": heads}
    if any(differ(operators[name].out, x.channels) for name in ("query", "key", "value")):
        given |= {name: operators[name].out // heads for name in ("key", "value")}
    if not alike(tuple(window), x.size):
        given["window"] = window
    if "average" in operators:
        given["stride"] = [*operators["average"].stride]
    has_bias = parts.has_bias("query")
    if not has_bias:
        given["bias"] = False
    last = operators.get("out")
    if last is None:
        given["project"] = False
    else:
        if differ(last.out, x.channels):
            given["out"] = last.out
        if parts.has_bias("out") != has_bias:
            given["out_bias"] = not has_bias
    relative = next((said for part, said in _RELATIVE.items() if part in operators), None)
    return given if relative is None else {**given, "relative": relative}


_RELATIVE = {"relative": "bias", "relative0": "embedding"}
"""What is added to scores, by the part that adds it."""


def _traced(tokens: Axis, path: Sequence[Layer]) -> list[Factor]:
    """The parts of an axis as those of the map that was read, before windows of it were laid together."""
    seen = plain(Tensor(path[0].inputs[0], path[0].input_shapes[0]), 1)
    for layer in path[:-1]:
        if isinstance(layer.operator, Rearrange):
            cut = reshaped(seen, (1, *(size for sizes in layer.operator.cut for size in sizes)))
            if cut is None:
                return []
            seen = cut._replace(
                axes=((), *(tuple(f for part in axis for f in cut.axes[part + 1]) for axis in layer.operator.order))
            )
    found: list[Factor] = []
    for factor in tokens:
        parts = seen.axes[factor.axis] if factor.axis < len(seen.axes) else ()
        if not factor.place:
            found += parts
        elif len(parts) == 1:
            found.append(parts[0]._replace(size=factor.size))
    return found


def _is_read_inside(walk: Walk, parts: Parts) -> bool:
    """Whether something reads what the parts hand on to each other."""
    own = {layer.name for layer in parts.all}
    between = {name for layer in parts.all[:-1] for name in layer.outputs}
    read = {name for layer in walk.layers.all if layer.name not in own for name in layer.inputs}
    read.update(one.tensor.name for name in walk.is_output if isinstance(one := walk.values.get(name), View))
    return parts.all[-1] is not parts.named[""] or not between.isdisjoint(read)


def _is_as_much(whole: Layer, parts: Sequence[Layer]) -> bool:
    """Whether a layer holds as many parameters as several, and does as many operations of each kind."""
    return alike(_amounts(whole), tuple(map(sum, zip(*map(_amounts, parts), strict=True))))


def _amounts(layer: Layer) -> tuple[Number, ...]:
    """A table of what is added by distance are biases in the parts, and weights in the whole."""
    return (layer.held.total, layer.held.statistics, *layer.work)
