"""ONNX operators that move numbers about -> layers where there is one, else another way to see the same tensor."""

from __future__ import annotations

from typing import Any

from convcost.ops.numbers import product
from convcost.reading.graph.graph import Constant
from convcost.reading.graph.laying import MOST
from convcost.reading.graph.made_constants import shape_of
from convcost.reading.graph.parts import PARTS
from convcost.reading.graph.reshaping import reshaped
from convcost.reading.graph.resizing import RESIZING
from convcost.reading.graph.spreading import SPREADING
from convcost.reading.graph.step import Rule, Step
from convcost.reading.graph.views import (
    MOST_AXES,
    UNIT,
    C,
    Factor,
    H,
    N,
    Refusal,
    View,
    multiplied,
    same,
    text,
    transposed,
    view,
)


def transpose(step: Step) -> list[View]:
    x = step.map()
    return [transposed(x, step.ints("perm", tuple(range(len(x.axes)))[::-1]))]


def reshape(step: Step) -> list[View]:
    x = step.map()
    target = list(step.numbers(1, "shape") or ())
    if not step.whole("allowzero", 0):
        target = [x.sizes[n] if n < len(x.sizes) and same(size, 0) else size for n, size in enumerate(target)]
    open_ = [n for n, size in enumerate(target) if same(size, -1)]
    if len(open_) == 1:
        target[open_[0]] = _missing(x, [size for size in target if not same(size, -1)])
    return [_as(step, x, tuple(target))]


def _missing(x: View, others: list[Any]) -> Any:
    """The size of the one axis that is left open."""
    try:
        return multiplied(x.sizes) // multiplied(others)
    except (TypeError, ValueError, ZeroDivisionError):
        raise Refusal(f"makes {text(tuple(others))} and what is left of {text(x.sizes)}") from None


def flatten(step: Step) -> list[View]:
    x = step.map()
    axis = step.whole("axis", 1)
    first, second = (tuple(factor for a in axes for factor in a) for axes in (x.axes[:axis], x.axes[axis:]))
    seen = view(x.tensor, [first, second])
    # Our own linear layers read a map as it is.
    return [seen if step.walk.graph.is_ours and not step.walk.graph.is_layer(step.node) else _row(step, seen)]


def squeeze(step: Step) -> list[View]:
    x = step.map()
    axes = step.axes(1, len(x.axes))
    if axes is None:
        axes = tuple(n for n, axis in enumerate(x.axes) if n and not axis)
    if any(x.axes[n] for n in axes):
        raise Refusal("drops an axis whose size is not 1")
    return [_row(step, x._replace(axes=tuple(axis for n, axis in enumerate(x.axes) if n not in axes)))]


def unsqueeze(step: Step) -> list[View]:
    x = step.map()
    given = step.numbers(1, "axes") or ()
    count = len(x.axes) + len(given)
    if count > MOST_AXES:
        raise Refusal(f"makes a tensor of more than {MOST_AXES} axes")
    axes = list(x.axes)
    for axis in sorted(step.axis(n, count) for n in given):
        axes.insert(axis, ())
    return [x._replace(axes=tuple(axes))]


def _as(step: Step, x: View, sizes: tuple[Any, ...]) -> View:
    """A tensor in another shape; a layer writes it anew where its axes would be cut across."""
    seen = reshaped(x, sizes)
    if seen is not None:
        return _row(step, seen) if not _is_mixed(seen) else step.as_map(seen)
    batch = x.axes[0] if x.roles[0] == N else ()
    if not same(sizes[0], x.batch) and not same(x.batch, 1):
        raise Refusal("cuts axes where no parts of the others meet")
    # The first axes are parts of the channels where there are more than a tensor of the network has.
    places = list(range(int(same(sizes[0], x.batch)), len(sizes)))
    front = max(len(places) - MOST + 1, 1)
    wanted = [product(sizes[n] for n in places[:front]), *(sizes[n] for n in places[front:])]
    (tensor,) = step.walk.add(step.node, "reshape", (step.flattened(x),), {"channels": wanted[0], "size": wanted[1:]})
    parts = [(Factor(C, (n,), sizes[n]),) for n in places[:front]]
    parts += [(Factor(H + n, (), sizes[place]),) for n, place in enumerate(places[front:])]
    return view(tensor, [*([batch] if len(places) < len(sizes) else []), *parts])


def _is_mixed(x: View) -> bool:
    """Whether a map has an axis whose numbers do not follow each other: writing that down moves them."""
    if x.roles[0] not in (N, UNIT) or not 2 <= len(x.axes) <= 5:
        return False
    places = {factor: n for n, factor in enumerate(x.inner)}
    if any(factor not in places for axis in x.axes[1:] for factor in axis):  # the samples of a batch stand there
        return False
    runs = ([places[factor] for factor in axis] for axis in x.axes[1:])
    return any(run != list(range(run[0], run[0] + len(run))) for run in runs if run)


def _row(step: Step, x: View) -> View:
    """A tensor, written as a row of numbers if it has become one."""
    is_row = len(x.axes) == 2 and x.roles[0] in (N, UNIT) and len({factor.axis for factor in x.axes[1]}) > 1
    return step.arrange(x, x.axes[1:]) if is_row else x


def depth_to_space(step: Step) -> list[View]:
    x = step.plain()
    n, (batch, channels, *size) = step.whole("blocksize", 0), x.sizes
    if len(size) != 2 or n < 1 or not same(channels % (n * n), 0):
        raise Refusal(f"makes blocks of {n} of {text(x.sizes)}")
    if step.text("mode", "DCR") == "CRD":
        cut, perm = (batch, channels // (n * n), n, n, *size), (0, 1, 4, 2, 5, 3)
    else:
        cut, perm = (batch, n, n, channels // (n * n), *size), (0, 3, 4, 1, 5, 2)
    return _moved(step, x, cut, perm, (batch, channels // (n * n), size[0] * n, size[1] * n))


def space_to_depth(step: Step) -> list[View]:
    x = step.plain()
    n, (batch, channels, *size) = step.whole("blocksize", 0), x.sizes
    if len(size) != 2 or n < 1 or not all(same(i % n, 0) for i in size):
        raise Refusal(f"takes blocks of {n} of {text(x.sizes)}")
    high, wide = (i // n for i in size)
    cut = (batch, channels, high, n, wide, n)
    return _moved(step, x, cut, (0, 3, 5, 1, 2, 4), (batch, channels * n * n, high, wide))


def _moved(step: Step, x: View, cut: tuple[Any, ...], perm: tuple[int, ...], sizes: tuple[Any, ...]) -> list[View]:
    """A tensor cut in parts, the parts in another order and put together."""
    parts = reshaped(x, cut)
    assert parts is not None
    return [_as(step, transposed(parts, perm), sizes)]


def identity(step: Step) -> list[View]:
    return [step.map()]


def cast_like(step: Step) -> list[View | Constant | None]:
    return [step.input(0)]


def shape(step: Step) -> list[Constant]:
    return [shape_of(step.node, step.map().sizes)]


MOVES: dict[str, Rule] = {
    **PARTS,
    **RESIZING,
    **SPREADING,
    "Cast": identity,
    "CastLike": cast_like,
    "DepthToSpace": depth_to_space,
    "Flatten": flatten,
    "Identity": identity,
    "Reshape": reshape,
    "Shape": shape,
    "SpaceToDepth": space_to_depth,
    "Squeeze": squeeze,
    "Transpose": transpose,
    "Unsqueeze": unsqueeze,
}
"""The rules, by ONNX's names of the operators."""
