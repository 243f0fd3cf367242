"""Tensors that meet and do not go together: which they are, and where the odd size comes from."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from convcost.errors import ShapeError
from convcost.network import Flow, Layer, Tensor
from convcost.ops.base import Shape, by_x
from convcost.ops.resampling import ResizeWindow
from convcost.ops.windows import TransposedWindow, Window

ROUNDING = "rounding"
"""The reason of sizes that differ, and would not if no layer had rounded."""


def explained(error: ShapeError, flow: Flow, by_name: Mapping[str, Layer]) -> ShapeError:
    """Return a guard's error in words about tensors: two inputs that differ, and where the odd one was made."""
    if error.pair is None:
        return error
    left, right = (flow[n] for n in error.pair)
    a, b = _shape(left), _shape(right)
    operator_name = error.message.partition(":")[0]
    message = f"{operator_name}: {a} (from `{left.name}`) and {b} (from `{right.name}`) differ"
    help, reason = error.help, error.reason
    if a.size != b.size and a.rank == b.rank:
        small, large = (left, right) if a.size < b.size else (right, left)
        rounded = _rounded(small, large, by_name)
        if rounded is None:
            help = _origin(small, by_name)
        else:
            odd, layer = rounded
            help, reason = _origin(odd, by_name, layer, large if odd is small else small), ROUNDING
    return ShapeError(message, help, error.argument, error.pair, reason)


def _shape(tensor: Tensor) -> Shape:
    assert tensor.shape is not None
    return tensor.shape


def _origin(
    tensor: Tensor, by_name: Mapping[str, Layer], rounding: Layer | None = None, other: Tensor | None = None
) -> str | None:
    """Where a tensor's size was made, what was rounded there or at another layer, and what may help."""
    size = _shape(tensor).size
    layer = by_name.get(tensor.name)
    while layer is not None and layer.input_shapes[0].size == size:
        layer = by_name.get(layer.inputs[0])
    if layer is None:
        return None
    text = f"the {by_x(size)} appears at `{layer.name}`, from {by_x(layer.input_shapes[0].size)}"
    cut = _cut(rounding or layer)
    if cut is None:
        return text
    what, remedy = cut
    where = "" if rounding in (None, layer) else f"; rounded at `{rounding.name}`"
    if other is not None and layer.kind == "upsample":
        return f"{text}{where} ({what}); `upsample: {{like: {other.name}}}` makes {by_x(_shape(other).size)}"
    return f"{text}{where} ({what}; {remedy})"


def _cut(layer: Layer) -> tuple[str, str] | None:
    """Return what a layer rounds along the first axis where it does, and what may help."""
    for axis, o in enumerate(layer.output_shapes[0].size):
        exact = _exact(layer, axis)
        if exact != o:
            remedy = "ceil_mode?" if getattr(layer.operator, "ceil_mode", None) is False and exact > o else "padding?"
            return f"{'floor' if exact > o else 'ceiling'} of {float(exact):g}", remedy
    return None


def _rounded(small: Tensor, large: Tensor, by_name: Mapping[str, Layer]) -> tuple[Tensor, Layer] | None:
    """The tensor whose size was rounded, and the layer that did it, if that is why the sizes differ."""
    here, there = (_path(tensor, by_name) for tensor in (small, large))
    common = {layer.name for layer in here} & {layer.name for layer in there}
    paths = [
        (one, [layer for layer in path if layer.name not in common]) for one, path in ((small, here), (large, there))
    ]
    for axis, sizes in enumerate(zip(_shape(small).size, _shape(large).size, strict=True)):
        (low, high), (least, most) = (_possible(tensor, path, axis) for tensor, path in paths)
        if sizes[0] != sizes[1] and (low > most or least > high):
            return None
    return next(((tensor, layer) for tensor, path in paths for layer in path if _cut(layer)), None)


def _path(tensor: Tensor, by_name: Mapping[str, Layer]) -> list[Layer]:
    """The layers that led to a tensor along their first inputs, the first layer first."""
    path = []
    layer = by_name.get(tensor.name)
    while layer is not None:
        path.append(layer)
        layer = by_name.get(layer.inputs[0])
    return path[::-1]


def _possible(tensor: Tensor, path: list[Layer], axis: int) -> tuple[Fraction, Fraction]:
    """The least and the most that a tensor's size along an axis may be, however the layers of its path round."""
    if not path or axis >= path[0].input_shapes[0].rank:
        size = Fraction(_shape(tensor).size[axis])
        return size, size
    low = high = Fraction(path[0].input_shapes[0].size[axis])
    for layer in path:
        low, high = _between(layer, axis, low, high)
    return low, high


def _exact(layer: Layer, axis: int) -> Fraction:
    """The positions that a layer makes, unrounded: i/s, or what is nearest to it of all that could be rounded so."""
    size = Fraction(layer.input_shapes[0].size[axis])
    low, high = _between(layer, axis, size, size)
    return min(max(size / getattr(_window(layer, axis), "stride", 1), low), high)


def _between(layer: Layer, axis: int, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    """The least and the most positions that a layer makes of `low` to `high` ones, rounded up or down.

    floor((i + a)/s) is (i + a)/s less at most (s - 1)/s. With a = p + q - e + s it is the size after a window.
    """
    window, o = _window(layer, axis), layer.output_shapes[0].size[axis]
    if isinstance(window, TransposedWindow):
        return window.output(low), window.output(high)
    if isinstance(window, ResizeWindow):
        return low * window.output / window.size, high * window.output / window.size
    if not isinstance(window, Window):
        return Fraction(o), Fraction(o)
    s = window.stride
    if getattr(layer.operator, "padding", None) == "same":
        return low / s, (high + s - 1) / s
    if getattr(layer.operator, "ceil_mode", False):
        a = window.before + min(window.after - window.extent + s, 0) + s - 1
    else:
        a = window.before + window.after - window.extent + s
    return (low + a - s + 1) / s, (high + a) / s


def _window(layer: Layer, axis: int) -> object:
    windows = layer.reads[0]
    return windows[axis] if windows is not None and axis < len(windows) else None
