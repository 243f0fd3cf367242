"""torch's operators that move numbers, cut tensors and put them together, as ONNX's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.reading.graph.graph import Constant
from convcost.reading.torch.calls import Call, Rule, per_axis


def roll(call: Call) -> Any:
    """Along each axis the end stands before the beginning."""
    x = call["self"]
    for shift, axis in zip(per_axis(call["shifts"], 1), per_axis(call["dims"], 1), strict=True):
        size = call.shape("self")[axis]
        place = call.constant([axis])
        start, end, none = (call.constant([n]) for n in (-shift % size, size, 0))
        parts = [call.node("Slice", x, *bounds, place) for bounds in ((start, end), (none, start))]
        x = call.node("Concat", *parts, axis=axis)
    return x


def flip(call: Call) -> Any:
    """Axes from the end to the beginning."""
    axes = per_axis(call["dims"], 1)
    back, beyond = (call.constant([n] * len(axes)) for n in (-1, -(2**63)))
    return call.node("Slice", call["self"], back, beyond, call.constant(axes), back)


def pixel_unshuffle(call: Call) -> Any:
    n, (*batch, c, h, w) = call["downscale_factor"], call.shape("self")
    cut = call.node("Reshape", call["self"], call.constant([*batch, c, h // n, n, w // n, n]))
    k = len(batch)
    moved = call.node("Transpose", cut, perm=(*range(k), k, k + 2, k + 4, k + 1, k + 3))
    return call.node("Reshape", moved, call.constant(call.dims))


def channel_shuffle(call: Call) -> Any:
    n, g, (batch, c, *size) = len(call.dims), call["groups"], call.shape("self")
    cut = call.node("Reshape", call["self"], call.constant([batch, g, c // g, *size]))
    moved = call.node("Transpose", cut, perm=(0, 2, 1, *range(3, n + 1)))
    return call.node("Reshape", moved, call.constant(call.dims))


def repeat(call: Call) -> Any:
    return call.node("Tile", call["self"], call.constant(call["repeats"]))


def repeat_each(call: Call) -> Any:
    """Every number along an axis several times, one after the other."""
    times, axis = call.given.get("repeats"), call.given.get("dim")
    if not isinstance(times, int) or axis is None:
        return call.unknown()
    sizes = list(call.shape("self"))
    after = axis % len(sizes) + 1
    spread = [*sizes[:after], times, *sizes[after:]]
    x = call.node("Expand", call.node("Unsqueeze", call["self"], call.constant([after])), call.constant(spread))
    return call.node("Reshape", x, call.constant(call.dims))


def unfold(call: Call) -> Any:
    """Windows along an axis, one beside the other; the positions in a window are the last axis."""
    size, step, before = call["size"], call["step"], call.shape("self")
    axis = call["dimension"] % len(before)
    count = (before[axis] - size) // step + 1
    places = [[n * step + place for place in range(size)] for n in range(count)]
    x, _ = _picked(call, call["self"], before, axis, places)
    return call.node("Transpose", x, perm=(*(n for n in range(len(before) + 1) if n != axis + 1), axis + 1))


def im2col(call: Call) -> Any:
    """What each tap of a kernel reads of each channel, as channels, at all places of the kernel in one row."""
    kernel, dilation, padding, stride = (
        per_axis(call[name], 2) for name in ("kernel_size", "dilation", "padding", "stride")
    )
    x, shape = call["self"], list(call.shape("self"))
    if any(padding):
        x = call.node("Pad", x, call.constant(padding * 2), None, call.constant([2, 3]), mode="constant")
        shape[2:] = (size + 2 * p for size, p in zip(shape[2:], padding, strict=True))
    for n, axis in enumerate((2, 4)):  # the first becomes two before the second is looked at
        count = (shape[axis] - dilation[n] * (kernel[n] - 1) - 1) // stride[n] + 1
        places = [[tap * dilation[n] + place * stride[n] for place in range(count)] for tap in range(kernel[n])]
        x, shape = _picked(call, x, shape, axis, places)
    return call.node("Reshape", call.node("Transpose", x, perm=(0, 1, 2, 4, 3, 5)), call.constant(call.dims))


def col2im(call: Call) -> Any:
    """Patches, whose pixels are channels, put side by side; where patches meet their sums have no operator here."""
    kernel, dilation, padding, stride, (high, wide) = (
        per_axis(call[name], 2) for name in ("kernel_size", "dilation", "padding", "stride", "output_size")
    )
    (a, b), (batch, channels, *_) = kernel, call.dims
    if stride != kernel or any(padding) or any(n != 1 for n in dilation) or high % a or wide % b:
        return call.unknown()
    cut = call.node("Reshape", call["self"], call.constant([batch, channels, a, b, high // a, wide // b]))
    return call.node("Reshape", call.node("Transpose", cut, perm=(0, 1, 4, 2, 5, 3)), call.constant(call.dims))


def _picked(call: Call, x: str, shape: Sequence[int], axis: int, places: list[list[int]]) -> tuple[str, list[int]]:
    """Rows of places along an axis, which becomes two: the row, and what stands in it; and the shape then."""
    found = call.node("Gather", x, call.constant([place for row in places for place in row]), axis=axis)
    after = [*shape[:axis], len(places), len(places[0]), *shape[axis + 1 :]]
    return call.node("Reshape", found, call.constant(after)), after


def concat(call: Call) -> Any:
    return call.node("Concat", *call["tensors"], axis=call["dim"])


def stack(call: Call) -> Any:
    axis = call.constant([call["dim"]])
    return call.node("Concat", *(call.node("Unsqueeze", name, axis) for name in call["tensors"]), axis=call["dim"])


def _parts(call: Call, sizes: Sequence[int]) -> Any:
    if len(sizes) == 1:
        return (call["self"],)
    return call.node("Split", call["self"], call.constant(sizes), axis=call["dim"], outputs=len(sizes))


def _cut(whole: int, each: int) -> list[int]:
    return [min(each, whole - start) for start in range(0, whole, each)]


def chunk(call: Call) -> Any:
    whole = call.shape("self")[call["dim"]]
    return _parts(call, _cut(whole, -(-whole // call["chunks"])))


def split(call: Call) -> Any:
    each: Any = call.given.get("split_size", call.given.get("split_sizes"))
    return _parts(call, each if isinstance(each, list) else _cut(call.shape("self")[call["dim"]], each))


def unbind(call: Call) -> Any:
    axis = call.constant([call["dim"]])
    count = call.shape("self")[call["dim"]]
    parts = _parts(call, [1] * count)
    return tuple(call.node("Squeeze", part, axis) for part in parts)


def pixel_shuffle(call: Call) -> Any:
    return call.node("DepthToSpace", call["self"], blocksize=call["upscale_factor"], mode="CRD")


def slice_(call: Call) -> Any:
    end = 2**31 - 1 if call["end"] is None else min(call["end"], 2**31 - 1)
    given = ([call["start"] or 0], [end], [call["dim"]], [call["step"]])
    return call.node("Slice", call["self"], *map(call.constant, given))


def narrow(call: Call) -> Any:
    given = ([call["start"]], [call["start"] + call["length"]], [call["dim"]])
    return call.node("Slice", call["self"], *map(call.constant, given))


def select(call: Call) -> Any:
    """Position `index` of an axis, without the axis."""
    axis = [call["dim"]]
    index = call["index"] % call.shape("self")[call["dim"]]
    cut = call.node("Slice", call["self"], *map(call.constant, ([index], [index + 1], axis)))
    return call.node("Squeeze", cut, call.constant(axis))


def index(call: Call) -> Any:
    """Positions of an axis that a tensor of constants names; other ways to pick are refused by the walk."""
    named = [axis for axis, one in enumerate(call["indices"]) if one is not None]
    if len(named) != 1 or not all(isinstance(one, str | None) for one in call["indices"]):
        return call.unknown()
    return call.node("Gather", call["self"], call["indices"][named[0]], axis=named[0])


def reshaped(call: Call) -> Any:
    """Whatever has the same numbers in the same order; torch has worked out the shape."""
    return call.node("Reshape", call["self"], call.constant(call.dims))


def expand(call: Call) -> Any:
    return call.node("Expand", call["self"], call.constant(call.dims))


def transpose(call: Call) -> Any:
    axes = list(range(len(call.dims)))
    a, b = [*list(call.given.values())[1:], 0, 1][:2]
    axes[a], axes[b] = axes[b], axes[a]
    return call.node("Transpose", call["self"], perm=tuple(axes))


def permute(call: Call) -> Any:
    return call.node("Transpose", call["self"], perm=tuple(n % len(call.dims) for n in call["dims"]))


def movedim(call: Call) -> Any:
    """Some axes go to places of their own, and the others fill those between."""
    rank = len(call.dims)
    froms, tos = ([one] if isinstance(one, int) else one for one in (call["source"], call["destination"]))
    moved = {to % rank: axis % rank for axis, to in zip(froms, tos, strict=True)}
    others = iter(axis for axis in range(rank) if axis not in moved.values())
    perm = tuple(moved[place] if place in moved else next(others) for place in range(rank))
    return call.node("Transpose", call["self"], perm=perm)


_PAD_MODES = {"constant": "constant", "replicate": "edge", "reflect": "reflect", "circular": "wrap"}


def pad(call: Call) -> Any:
    """torch lists the sides from the last axis back, ONNX all befores from the first axis on."""
    given = call["pad"]
    count = len(given) // 2
    axes = [len(call.dims) - 1 - n for n in range(count)]
    sides = [given[2 * n] for n in range(count)] + [given[2 * n + 1] for n in range(count)]
    mode = _PAD_MODES[call.given.get("mode") or "constant"]
    return call.node("Pad", call["self"], call.constant(sides), None, call.constant(axes), mode=mode)


def resize(mode: str, rank: int) -> Rule:
    def rule(call: Call) -> Any:
        x = call.given.get("self", call.given.get("input"))
        aligned = bool(call.given.get("align_corners"))
        how = "align_corners" if aligned else "half_pixel" if mode != "nearest" else "asymmetric"
        return call.node(
            "Resize",
            x,
            None,
            None,
            call.constant(call.dims[-rank:]),
            axes=tuple(range(2, rank + 2)),
            mode=mode,
            coordinate_transformation_mode=how,
            nearest_mode="floor",
        )

    return rule


def copied(call: Call) -> Any:
    """A tensor that is written over another, and spread as that is."""
    return call.node("Expand", call["src"], call.constant(call.dims))


def filled(call: Call) -> str:
    """One number everywhere."""
    call.translation.constants[call.name] = Constant(call.name, call.dims)
    return call.name


def slice_scatter(call: Call) -> Any:
    """A tensor of which positions along an axis are those of another, in place of its own."""
    axis = call["dim"] % len(call.dims)
    size = call.dims[axis]
    if call["step"] != 1 or not isinstance(size, int):
        return call.unknown()
    start, stop = (_place(call[name], size, default) for name, default in (("start", 0), ("end", size)))
    return _in_place(call, call["src"], axis, start, stop)


def select_scatter(call: Call) -> Any:
    """A tensor of which one position along an axis is another tensor."""
    axis = call["dim"] % len(call.dims)
    index = call["index"] % call.dims[axis]
    return _in_place(call, call.node("Unsqueeze", call["src"], call.constant([axis])), axis, index, index + 1)


def _place(given: int | None, size: int, default: int) -> int:
    return default if given is None else max(0, min(given + size if given < 0 else given, size))


def _in_place(call: Call, part: str, axis: int, start: int, stop: int) -> Any:
    """What stands before the part, the part, and what stands behind it."""
    before, behind = (
        [call.node("Slice", call["self"], call.constant([first]), call.constant([last]), call.constant([axis]))]
        if first != last
        else []
        for first, last in ((0, start), (stop, call.dims[axis]))
    )
    return call.node("Concat", *before, part, *behind, axis=axis) if before or behind else part
