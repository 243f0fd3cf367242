"""Random layers of every operator, as hypothesis strategies: arguments as one writes them in a spec, and inputs."""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from convcost.building.build import build
from convcost.errors import ShapeError
from convcost.kernels import kernel
from convcost.kernels.tally import Tally
from convcost.network import Tensor
from convcost.ops.arguments import AXES
from convcost.ops.base import Shape


@dataclass(frozen=True)
class Drawn:
    """A layer: the operator with its arguments bound, and its inputs' shapes."""

    kind: str
    operator: object
    shapes: tuple[Shape, ...]

    @property
    def given(self):
        """The arguments as kernels take them."""
        return SimpleNamespace(**{item.name: getattr(self.operator, item.name) for item in fields(self.operator)})

    def arrays(self, batch=2, seed=0, dtype=np.float64):
        """Random inputs and weights."""
        rng = np.random.default_rng(seed)
        xs = [rng.standard_normal((batch, x.channels, *x.size), dtype=dtype) for x in self.shapes]
        if self.kind in ("pow", "sqrt"):
            xs = [np.abs(x) for x in xs]  # there is none of a negative number
        return xs, kernel(self.kind).weights(self.given, rng, *xs)

    def run(self, xs, weights):
        """All outputs, and the tally."""
        tally = Tally()
        result = kernel(self.kind).run(self.given, weights, tally, *xs)
        return (result if isinstance(result, tuple) else (result,)), tally


def bound(kind, written, shapes):
    """The layer, from arguments as a spec would write them; ShapeError if they do not go together."""
    inputs = tuple(Tensor(f"x{n}", shape) for n, shape in enumerate(shapes))
    return Drawn(kind, build(kind, written, inputs, kind).operator, tuple(shapes))


@st.composite
def layers(draw, kind, ranks=(1, 2, 3)):
    """A random layer of a kind that its guards accept."""
    rank = draw(st.sampled_from([2] if kind == "deformable_conv" else ranks))
    written, shapes = PLANS.get(kind, plain)(draw, rank)
    try:
        return bound(kind, written, shapes)
    except ShapeError:
        assume(False)


def size_of(draw, rank, least=1):
    return tuple(draw(st.integers(least, (14, 9, 5)[rank - 1])) for _ in range(rank))


def shape(draw, rank, channels=None, least=1):
    return Shape(channels or draw(st.integers(1, 6)), size_of(draw, rank, least))


def per_axis(draw, rank, least, most):
    """A number for all axes, or one for each."""
    number = st.integers(least, most)
    return draw(number | st.lists(number, min_size=rank, max_size=rank))


def sides(draw, rank, most):
    side = st.integers(0, most)
    return draw(
        side
        | st.lists(side, min_size=rank, max_size=rank)
        | st.lists(st.lists(side, min_size=2, max_size=2), min_size=rank, max_size=rank)
    )


def padding(draw, rank, most=2):
    return draw(st.sampled_from(["same", "valid", None])) or sides(draw, rank, most)


def flag(draw):
    return draw(st.booleans())


def plain(draw, rank):
    return {}, [shape(draw, rank)]


def vector_or_map(draw, rank):
    return {}, [Shape(draw(st.integers(1, 9)), ()) if flag(draw) else shape(draw, rank)]


def window(draw, rank):
    return {
        "kernel": per_axis(draw, rank, 1, 4),
        "stride": per_axis(draw, rank, 1, 3),
        "padding": padding(draw, rank),
        "dilation": per_axis(draw, rank, 1, 3),
        "bias": flag(draw),
    }


def conv(draw, rank):
    groups, fan = draw(st.sampled_from([1, 1, 2, 3])), draw(st.integers(1, 3))
    out = groups * draw(st.integers(1, 3))
    written = window(draw, rank) | {"out": out, "groups": groups}
    if groups == 1 and draw(st.integers(0, 3)) == 0:
        maps = st.lists(st.integers(0, fan - 1), min_size=1, max_size=fan, unique=True)
        written["connections"] = draw(st.lists(maps, min_size=out, max_size=out))
    return written, [shape(draw, rank, groups * fan)]


def depthwise_conv(draw, rank):
    return window(draw, rank) | {"multiplier": draw(st.integers(1, 3))}, [shape(draw, rank)]


def conv_transpose(draw, rank):
    groups = draw(st.sampled_from([1, 1, 2, 3]))
    written = window(draw, rank) | {
        "out": groups * draw(st.integers(1, 3)),
        "groups": groups,
        "padding": sides(draw, rank, 2),
        "output_padding": per_axis(draw, rank, 0, 2),
    }
    return written, [shape(draw, rank, groups * draw(st.integers(1, 3)))]


def deformable_conv(draw, rank):
    groups, deform = draw(st.sampled_from([1, 2])), draw(st.sampled_from([1, 2]))
    written = window(draw, rank) | {
        "out": groups * draw(st.integers(1, 3)),
        "groups": groups,
        "deform_groups": deform,
        "modulated": flag(draw),
    }
    return written, [shape(draw, rank, groups * deform * draw(st.integers(1, 2)))]


def pool(draw, rank):
    written = {"kernel": per_axis(draw, rank, 1, 4), "padding": padding(draw, rank), "ceil_mode": flag(draw)}
    return written | ({"stride": per_axis(draw, rank, 1, 4)} if flag(draw) else {}), [shape(draw, rank)]


def max_pool(draw, rank):
    written, shapes = pool(draw, rank)
    return written | {"dilation": per_axis(draw, rank, 1, 3)}, shapes


def avg_pool(draw, rank):
    written, shapes = pool(draw, rank)
    return written | {"include_pad": flag(draw)}, shapes


def subsample(draw, rank):
    written, shapes = pool(draw, rank)
    return {name: written[name] for name in ("kernel", "stride") if name in written}, shapes


def adaptive(draw, rank):
    return {"size": per_axis(draw, rank, 1, 6)}, [shape(draw, rank)]


def affine(draw, rank):
    written, shapes = vector_or_map(draw, rank)
    return written | {"affine": flag(draw)}, shapes


def group_norm(draw, rank):
    groups = draw(st.integers(1, 4))
    return {"groups": groups, "affine": flag(draw)}, [shape(draw, rank, groups * draw(st.integers(1, 3)))]


def concat(draw, rank):
    size = size_of(draw, rank)
    return {}, [Shape(draw(st.integers(1, 4)), size) for _ in range(draw(st.integers(1, 4)))]


def spread(draw, rank, most=3):
    """A full map, and others that are as large, or spread over it."""
    full = shape(draw, rank)
    gates = [full, Shape(full.channels, ()), Shape(1, ())]
    for channels in (1, full.channels):
        gates += [Shape(channels, tuple(1 if flag(draw) else n for n in full.size)) for _ in range(2)]
    return {}, draw(st.permutations([full, *draw(st.lists(st.sampled_from(gates), min_size=1, max_size=most))]))


def two(draw, rank):
    return spread(draw, rank, 1)


def over(draw, rank):
    names = st.sampled_from(["channels", *AXES[rank]])
    return draw(st.just("positions") | names | st.lists(names, min_size=1, unique=True))


def reduction(draw, rank):
    return {"over": over(draw, rank)}, [shape(draw, rank)]


def softmax(draw, rank):
    if flag(draw):
        return vector_or_map(draw, rank)
    groups, axes = draw(st.integers(1, 3)), over(draw, rank)
    groups = groups if "channels" in axes else 1
    return {"over": axes, "groups": groups}, [shape(draw, rank, groups * draw(st.integers(1, 3)))]


def norm(draw, rank):
    written, shapes = affine(draw, rank)
    return written | ({"over": over(draw, rank)} if shapes[0].size and flag(draw) else {}), shapes


def instance_norm(draw, rank):
    return {"affine": flag(draw), "running_stats": flag(draw)}, [shape(draw, rank)]


def constants(draw, rank):
    _, shapes = vector_or_map(draw, rank)
    if draw(st.integers(0, 3)) == 0:
        return {"by": Fraction(draw(st.integers(-9, 9)), 4)}, shapes
    return {"per": draw(st.sampled_from(["channel", "position", "element", "layer"])), "trained": flag(draw)}, shapes


def slope(draw, rank):
    _, shapes = vector_or_map(draw, rank)
    return {"per": draw(st.sampled_from(["channel", "layer"]))}, shapes


def clip(draw, rank):
    bounds = sorted(Fraction(draw(st.integers(-9, 9)), 4) for _ in range(2))
    which = draw(st.sampled_from([("min",), ("max",), ("min", "max")]))
    return {name: n for name, n in zip(("min", "max"), bounds, strict=True) if name in which}, [shape(draw, rank)]


def split(draw, rank):
    if flag(draw):
        parts = draw(st.integers(1, 4))
        return {"parts": parts}, [shape(draw, rank, parts * draw(st.integers(1, 3)))]
    widths = draw(st.lists(st.integers(1, 4), min_size=1, max_size=4))
    return {"channels": widths}, [shape(draw, rank, sum(widths))]


def channel_shuffle(draw, rank):
    groups = draw(st.integers(1, 4))
    return {"groups": groups}, [shape(draw, rank, groups * draw(st.integers(1, 3)))]


def crop(draw, rank):
    x = shape(draw, rank)
    return {"size": [draw(st.integers(1, n)) for n in x.size]}, [x]


def upsample(draw, rank):
    to = {"scale": per_axis(draw, rank, 1, 3)} if flag(draw) else {"size": per_axis(draw, rank, 1, 9)}
    return to | {"mode": draw(st.sampled_from(["nearest", "bilinear"]))}, [shape(draw, rank)]


def features(draw, rank):
    written, shapes = vector_or_map(draw, rank)
    return written | {"out": draw(st.integers(1, 9))}, shapes


def linear(draw, rank):
    written, shapes = features(draw, rank)
    return written | {"bias": flag(draw)}, shapes


PLANS = {
    "adaptive_avg_pool": adaptive,
    "adaptive_max_pool": adaptive,
    "add": spread,
    "avg_pool": avg_pool,
    "batch_norm": affine,
    "channel_shuffle": channel_shuffle,
    "clip": clip,
    "concat": concat,
    "conv": conv,
    "conv_transpose": conv_transpose,
    "crop": crop,
    "deformable_conv": deformable_conv,
    "depthwise_conv": depthwise_conv,
    "div": two,
    "flatten": vector_or_map,
    "gelu": lambda draw, rank: ({"approximate": draw(st.sampled_from(["none", "tanh"]))}, [shape(draw, rank)]),
    "group_norm": group_norm,
    "instance_norm": instance_norm,
    "l2_norm": reduction,
    "layer_norm": norm,
    "linear": linear,
    "local_response_norm": lambda draw, rank: ({"size": draw(st.integers(1, 6))}, [shape(draw, rank)]),
    "log_softmax": softmax,
    "max": reduction,
    "max_pool": max_pool,
    "maximum": spread,
    "mean": reduction,
    "minimum": spread,
    "mul": spread,
    "pad": lambda draw, rank: ({"padding": sides(draw, rank, 3)}, [shape(draw, rank)]),
    "pow": lambda draw, rank: ({"exponent": Fraction(draw(st.integers(1, 6)), 2)}, [shape(draw, rank)]),
    "prelu": slope,
    "rbf": features,
    "rms_norm": norm,
    "scale": constants,
    "shift": constants,
    "softmax": softmax,
    "split": split,
    "sub": two,
    "subsample": subsample,
    "sum": reduction,
    "swish": slope,
    "upsample": upsample,
}
"""How an operator's arguments are drawn; the rest have none and take any map."""
