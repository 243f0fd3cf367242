"""Matrix products -> layers: with weights a convolution of 1x1 or a linear layer, of two maps a product of maps."""

from __future__ import annotations

from convcost.ops.numbers import Number, differ, product
from convcost.reading.graph.graph import Constant
from convcost.reading.graph.step import Step
from convcost.reading.graph.views import UNIT, Axis, C, Factor, H, N, Refusal, View, alike, extent, plain, view


def matmul(step: Step) -> list[View]:
    """[..., P, Q] = [..., P, K] x [..., K, Q]"""
    return of_maps(step) if isinstance(step.input(1), View) else with_weights(step)


def with_weights(step: Step) -> list[View]:
    w = step.weights(1, 2)
    assert w.dims is not None
    features, out = w.dims
    return _weighted(step, w, features, out, None)


def gemm(step: Step) -> list[View]:
    """[P, Q] = [P, K] x [K, Q] + [Q]"""
    w = step.weights(1, 2)
    if step.whole("transA", 0):
        raise Refusal("transposes its input (transA)")
    assert w.dims is not None
    features, out = w.dims[::-1] if step.whole("transB", 0) else w.dims
    bias = step.input(2)
    if isinstance(bias, View):
        raise Refusal("adds a tensor that depends on the input")
    if bias is not None and (bias.dims is None or product(bias.dims) != out):
        raise Refusal(f"adds `{bias.key}`, which is not one number for each of {out} features")
    return _weighted(step, w, features, out, bias)


def _weighted(step: Step, w: Constant, features: Number, out: Number, bias: Constant | None) -> list[View]:
    """The numbers along the last axis times a matrix: a row of each sample's, or those at every position."""
    x = step.map()
    is_row = len(x.axes) == 2 and x.roles[0] in (N, UNIT)
    x = step.vector() if is_row else step.channels_last(x)
    if differ(features, extent(x.axes[-1])):
        raise Refusal(f"has weights for {features} features; its input has {extent(x.axes[-1])}")
    bias = bias or step.added(out, -1)
    if is_row or not x.shape.size:
        return step.weighted("linear", x, w, bias, out=out)
    return step.weighted("conv", x, w, bias, out=out, kernel=1)


def of_maps(step: Step) -> list[View]:
    """The product of two maps: a convolution of 1x1 whose weights are data, in as many groups as the axes before make.

    The axes before the last two are groups: of channels, whatever they were. The channels of the first are summed with
    the channels of the second or with its positions, whichever they are there.
    """
    a, b = step.map(0), step.map(1)
    if min(len(a.axes), len(b.axes)) < 2 or len(a.axes) != len(b.axes):
        raise Refusal("multiplies tensors of different numbers of axes")
    groups = _without_batch(a)
    if not alike(tuple(map(extent, groups)), tuple(map(extent, _without_batch(b)))):
        raise Refusal("multiplies matrices of which there are not as many")
    over = "positions" if all(factor.axis >= H for factor in b.axes[-2]) else "channels"
    summed, kept = b.axes[-2:]
    shared: Axis = sum(groups, ())
    first = _laid(step, a, shared + a.axes[-1], a.axes[-2])
    shared = sum(_without_batch(b), ())
    pair = (kept, summed) if over == "positions" else (summed, kept)
    second = _laid(step, b, shared + pair[0], pair[1])
    given = {"over": over, "groups": product(extent(axis) for axis in groups)}
    (tensor,) = step.walk.add(step.node, "matmul", (first, second), given)
    y = plain(tensor, a.batch)
    sizes = [*map(extent, groups), extent(kept)]
    channels = [(Factor(C, (n,), size),) for n, size in enumerate(sizes)]
    positions = tuple(factor for axis in y.axes[2:] for factor in axis)
    batch = [axis for axis in a.axes[:-2] if axis and axis[0].axis == N]
    before = iter(channels[:-1])
    axes = [axis if axis in batch else next(before) for axis in a.axes[:-2]]
    return [view(tensor, [*axes, positions, channels[-1]])]


def _without_batch(x: View) -> list[Axis]:
    """The axes before the last two, but that of the batch."""
    return [axis for axis in x.axes[:-2] if not axis or axis[0].axis != N]


def _laid(step: Step, x: View, channels: Axis, positions: Axis) -> View:
    """A tensor with these channels and positions, however many axes the positions are."""
    if x.inner == channels + positions and all(factor.axis == C for factor in channels):
        return x
    return step.arrange(x, [channels, positions])
