"""Tensors that meet and do not go together: which they are, and where the odd size comes from."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from convcost.errors import ShapeError
from convcost.network import Layer
from convcost.ops.base import Shape
from convcost.ops.numbers import Number
from convcost.ops.windows import ResizeWindow, TransposedWindow, Window
from convcost.reading.scope import Flow, Tensor

ROUNDING = "rounding"
"""The reason of sizes that are one apart, and would be less than one apart if no layer had rounded."""


def explain(error: ShapeError, flow: Flow, by_name: Mapping[str, Layer]) -> tuple[str, str | None, str | None]:
    """Message, help and reason of a shape error; two inputs that differ are named, and where the smaller was made."""
    if error.pair is None:
        return error.message, error.help, error.reason
    left, right = (flow[n] for n in error.pair)
    a, b = _shape(left), _shape(right)
    operator_name = error.message.partition(":")[0]
    message = f"{operator_name}: {a} (from `{left.name}`) and {b} (from `{right.name}`) differ"
    if a.size == b.size or a.rank != b.rank:
        return message, error.help, error.reason
    small, large = (left, right) if a.size < b.size else (right, left)
    rounding = _rounding(small, large, by_name)
    return message, _origin(small, by_name, rounding), error.reason if rounding is None else ROUNDING


def _shape(tensor: Tensor) -> Shape:
    assert tensor.shape is not None
    return tensor.shape


def _origin(tensor: Tensor, by_name: Mapping[str, Layer], rounding: Layer | None) -> str | None:
    """Where a tensor's size was made, and what was rounded there or at another layer."""
    size = _shape(tensor).size
    layer = by_name.get(tensor.name)
    while layer is not None and layer.input_shapes[0].size == size:
        layer = by_name.get(layer.inputs[0])
    if layer is None:
        return None
    text = f"the {_sizes(size)} appears at `{layer.name}`, from {_sizes(layer.input_shapes[0].size)}"
    if rounding is None or rounding is layer:
        cut = _cut(layer)
        return f"{text} ({cut})" if cut else text
    return f"{text}; rounded at `{rounding.name}` ({_cut(rounding)})"


def _sizes(size: tuple[int, ...]) -> str:
    return "x".join(map(str, size))


def _cut(layer: Layer) -> str | None:
    """What a layer rounds along the first axis where it does, and what may help."""
    for axis, o in enumerate(layer.output_shapes[0].size):
        exact = _exact(layer, axis, Fraction(layer.input_shapes[0].size[axis]))
        if exact != o:
            remedy = "ceil_mode?" if "pool" in layer.kind and exact > o else "padding?"
            return f"{'floor' if exact > o else 'ceiling'} of {float(exact):g}; {remedy}"
    return None


def _rounding(small: Tensor, large: Tensor, by_name: Mapping[str, Layer]) -> Layer | None:
    """The layer whose rounding is why the sizes are one apart, if it is."""
    differing = [n for n, (a, b) in enumerate(zip(_shape(small).size, _shape(large).size, strict=True)) if a != b]
    here, there = (_path(tensor, by_name) for tensor in (small, large))
    common = {layer.name for layer in here} & {layer.name for layer in there}
    here, there = ([layer for layer in path if layer.name not in common] for path in (here, there))
    for axis in differing:
        apart = _shape(small).size[axis] - _shape(large).size[axis]
        exact = _unrounded(small, here, axis) - _unrounded(large, there, axis)
        if abs(apart) != 1 or abs(exact) >= 1:
            return None
    return next((layer for layer in (*here, *there) if _cut(layer) is not None), None)


def _path(tensor: Tensor, by_name: Mapping[str, Layer]) -> list[Layer]:
    """The layers that led to a tensor along their first inputs, the first layer first."""
    path = []
    layer = by_name.get(tensor.name)
    while layer is not None:
        path.append(layer)
        layer = by_name.get(layer.inputs[0])
    return path[::-1]


def _unrounded(tensor: Tensor, path: list[Layer], axis: int) -> Fraction:
    """A tensor's size along an axis if no layer of its path had rounded."""
    if not path or axis >= path[0].input_shapes[0].rank:
        return Fraction(_shape(tensor).size[axis])
    size = Fraction(path[0].input_shapes[0].size[axis])
    for layer in path:
        size = _exact(layer, axis, size)
    return size


def _exact(layer: Layer, axis: int, size: Fraction) -> Fraction:
    """The positions that a layer makes of `size` ones, unrounded."""
    windows = layer.operator.reads(*layer.input_shapes)[0]
    o = layer.output_shapes[0].size[axis]
    window = windows[axis] if windows is not None and axis < len(windows) else None
    exact: Number = o
    if isinstance(window, TransposedWindow):
        exact = window.output(size)
    elif isinstance(window, ResizeWindow):
        exact = size * o / window.size
    elif isinstance(window, Window) and getattr(layer.operator, "padding", None) == "same":
        exact = size / window.stride
    elif isinstance(window, Window):
        exact = (size + window.before + window.after - window.extent) / window.stride + 1
    return Fraction(exact)
