"""Random layers of every operator, as hypothesis strategies: arguments as one writes them in a spec, and inputs."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st

from convcost.building.build import build
from convcost.errors import ShapeError
from convcost.kernels import kernel
from convcost.kernels.tally import Tally
from convcost.network import Tensor
from convcost.ops import operator
from convcost.ops.arguments import AXES, PADDING_MODES
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
        return SimpleNamespace(**vars(self.operator))

    def arrays(self, batch=2, seed=0, dtype=np.float64):
        """Random inputs and weights."""
        rng = np.random.default_rng(seed)
        xs = [rng.standard_normal((batch, x.channels, *x.size), dtype=dtype) for x in self.shapes]
        if self.kind in ("pow", "sqrt", "transcendental"):
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
    taken = operator(kind).ranks
    rank = draw(st.sampled_from([n for n in ranks if n in taken] or taken))
    written, shapes = PLANS.get(kind, plain)(draw, rank)
    try:
        return bound(kind, written, shapes)
    except ShapeError:
        assume(False)


def examples(some, many):
    """Parametrise a test by how many layers it draws: some, and many in the thorough run."""
    return pytest.mark.parametrize("most", [some, pytest.param(many, marks=pytest.mark.thorough)])


def property_test(kind, most):
    """Settings for a test of random layers of a kind: `most` with three arguments or more, fewer with fewer."""
    varies = len(operator(kind).arguments) or kind in PLANS
    return settings(
        max_examples=most * min(4, 1 + varies) // 4,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        database=None,
    )


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


def axis_name(draw, rank, *others):
    return draw(st.sampled_from([*AXES[rank], *others]))


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
    elif draw(st.integers(0, 3)) == 0:
        written |= {"weights": "indices", "bias": False}
    else:
        written["weight_norm"] = flag(draw)
    return written | padding_mode(draw), [shape(draw, rank, groups * fan)]


def padding_mode(draw):
    return {"padding_mode": draw(st.sampled_from(["zeros", *PADDING_MODES.words]))}


def depthwise_conv(draw, rank):
    written = window(draw, rank) | padding_mode(draw) | {"multiplier": draw(st.integers(1, 3))}
    return written, [shape(draw, rank)]


def locally_connected(draw, rank):
    written = window(draw, rank) | {"out": draw(st.integers(1, 4))}
    del written["dilation"]
    return written, [shape(draw, rank)]


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
    x = shape(draw, rank, groups * deform * draw(st.integers(1, 2)))
    if not flag(draw):
        return written, [x]
    try:
        layer = bound("deformable_conv", written, [x])
    except ShapeError:
        assume(False)
    each, size = deform * prod(layer.given.kernel), layer.operator.output(x).size
    return written, [x, *(Shape(n * each, size) for n in ([2, 1] if written["modulated"] else [2]))]


def grid_sample(draw, rank):
    modes = {"mode": ["nearest", "bilinear"], "padding_mode": ["zeros", "reflect", "replicate"]}
    written = {name: draw(st.sampled_from(words)) for name, words in modes.items()} | {"align_corners": flag(draw)}
    return written, [shape(draw, rank), Shape(rank, shape(draw, rank).size)]


def pool(draw, rank):
    written = {"kernel": per_axis(draw, rank, 1, 4), "padding": padding(draw, rank), "ceil_mode": flag(draw)}
    return written | ({"stride": per_axis(draw, rank, 1, 4)} if flag(draw) else {}), [shape(draw, rank)]


def max_pool(draw, rank):
    written, shapes = pool(draw, rank)
    return written | {"dilation": per_axis(draw, rank, 1, 3), "indices": flag(draw)}, shapes


def max_unpool(draw, rank):
    kernel = [draw(st.integers(1, 3)) for _ in range(rank)]
    stride = [k + draw(st.integers(0, 2)) for k in kernel]
    x = shape(draw, rank)
    written = {"kernel": kernel, "stride": stride}
    if flag(draw):
        sides = zip(x.size, kernel, stride, strict=True)
        written["size"] = [(i - 1) * s + k + draw(st.integers(1 - k, s - 1)) for i, k, s in sides]
    return written, [x, x]


def blur_pool(draw, rank):
    return {"kernel": per_axis(draw, rank, 1, 4), "stride": per_axis(draw, rank, 1, 3)}, [shape(draw, rank)]


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
    x, axis = shape(draw, rank), draw(st.integers(0, rank))
    shapes = []
    for _ in range(draw(st.integers(1, 4))):
        numbers = list(x.numbers)
        numbers[axis] = draw(st.integers(1, 4))
        shapes.append(Shape(numbers[0], tuple(numbers[1:])))
    return {"axis": ("channels", *AXES[rank])[axis]}, shapes


def take(draw, rank):
    written = {"start": draw(st.integers(-4, 3)), "step": draw(st.integers(1, 3))}
    stop = draw(st.none() | st.integers(-3, 6))
    axis = draw(st.sampled_from(["positions", axis_name(draw, rank, "channels"), ["channels", "positions"]]))
    return written | {"axis": axis} | ({} if stop is None else {"stop": stop}), [shape(draw, rank)]


def pad(draw, rank):
    mode = draw(st.sampled_from(["zeros", *PADDING_MODES.words]))
    side = st.integers(-2 if mode == "zeros" else 0, 3)
    padding = [[draw(side), draw(side)] for _ in range(rank)]
    return {"padding": padding, "channels": [draw(st.integers(0, 2)), 1], "mode": mode}, [shape(draw, rank)]


def flatten(draw, rank):
    if flag(draw):
        return vector_or_map(draw, rank)
    return {"over": "positions"}, [shape(draw, rank)]


def reshape(draw, rank):
    _, (x,) = vector_or_map(draw, rank)
    rest, size = x.elements, []
    for _ in range(draw(st.integers(1, 3))):
        size.append(draw(st.sampled_from([n for n in range(1, rest + 1) if rest % n == 0])))
        rest //= size[-1]
    return {"size": size} | ({"channels": rest} if flag(draw) else {}), [x]


def rearrange(draw, rank):
    cut = [[draw(st.integers(1, 3)) for _ in range(draw(st.integers(1, 2)))] for _ in range(1 + rank)]
    parts = draw(st.permutations(range(sum(map(len, cut)))))
    ends = sorted(draw(st.integers(0, len(parts))) for _ in range(draw(st.integers(0, 3))))
    order = [parts[start:end] for start, end in zip([0, *ends], [*ends, len(parts)], strict=True)]
    return {"cut": cut, "order": order}, [Shape(prod(cut[0]), tuple(map(prod, cut[1:])))]


def pixel_shuffle(draw, rank):
    factor = [draw(st.integers(1, 3)) for _ in range(rank)]
    return {"factor": factor}, [shape(draw, rank, prod(factor) * draw(st.integers(1, 3)))]


def pixel_unshuffle(draw, rank):
    factor = [draw(st.integers(1, 3)) for _ in range(rank)]
    size = tuple(r * draw(st.integers(1, 3)) for r in factor)
    return {"factor": factor}, [Shape(draw(st.integers(1, 3)), size)]


def matmul(draw, rank):
    groups, a, b = draw(st.integers(1, 3)), size_of(draw, rank), tuple(draw(st.lists(st.integers(1, 4), max_size=3)))
    depth, width = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    if flag(draw):
        return {"groups": groups}, [Shape(groups * depth, a), Shape(groups * depth, b)]
    return {"groups": groups, "over": "positions"}, [Shape(groups * prod(b), a), Shape(groups * width, b)]


def attention(draw, rank):
    heads, widths = draw(st.integers(1, 3)), st.integers(1, 4)
    written = {"heads": heads, "bias": flag(draw), "project": flag(draw)}
    if written["project"]:
        written |= {"out_bias": flag(draw), "out": draw(widths)} if flag(draw) else {}
    written |= {name: draw(widths) for name in ("key", "value") if flag(draw)}
    x = shape(draw, rank, heads * draw(st.integers(1, 3)))
    cut = draw(st.sampled_from(["window", "stride", "", "second"]))
    if cut in ("window", "") and flag(draw):
        written["relative"] = draw(st.sampled_from(["embedding", "bias"]))
    if cut == "second":
        return written, [x, shape(draw, draw(st.integers(1, 3)))]
    if cut:
        parts = [draw(st.integers(1, 3)) for _ in range(rank)]
        written[cut] = parts
        x = Shape(x.channels, tuple(n * draw(st.integers(1, 3)) for n in parts))
    return written, [x]


def recurrent(draw, rank):
    written = {"hidden": draw(st.integers(1, 5)), "bidirectional": flag(draw), "bias": flag(draw)}
    return written, [shape(draw, 1)]


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
    if draw(st.integers(0, 3)) == 0:
        return {"table": draw(st.integers(1, 9)), "trained": flag(draw)}, shapes
    return {"per": draw(st.sampled_from(["channel", "position", "element", "layer"])), "trained": flag(draw)}, shapes


def slope(draw, rank):
    _, shapes = vector_or_map(draw, rank)
    return {"per": draw(st.sampled_from(["channel", "layer"]))}, shapes


def clip(draw, rank):
    bounds = sorted(Fraction(draw(st.integers(-9, 9)), 4) for _ in range(2))
    which = draw(st.sampled_from([("min",), ("max",), ("min", "max")]))
    return {name: n for name, n in zip(("min", "max"), bounds, strict=True) if name in which}, [shape(draw, rank)]


def append(draw, rank):
    given = {"count": draw(st.integers(1, 3)), "axis": axis_name(draw, rank) if flag(draw) else "channels"}
    return given | {"before": flag(draw), "trained": flag(draw)}, [shape(draw, rank)]


def transcendental(draw, rank):
    return {"function": draw(st.sampled_from(["atan", "cos", "erf", "log", "sin", "tan"]))}, [shape(draw, rank)]


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
    scales = [Fraction(1, 2), 1, Fraction(3, 2), 2, Fraction(5, 2), 3]
    to = {"size": per_axis(draw, rank, 1, 9)}
    if flag(draw):
        to = {"scale": [draw(st.sampled_from(scales)) for _ in range(rank)]}
    mode = draw(st.sampled_from(["nearest", "bilinear", "bicubic"]))
    return to | {"mode": mode, "align_corners": mode != "nearest" and flag(draw)}, [shape(draw, rank)]


def features(draw, rank):
    written, shapes = vector_or_map(draw, rank)
    return written | {"out": draw(st.integers(1, 9))}, shapes


def linear(draw, rank):
    written, shapes = features(draw, rank)
    return written | {"bias": flag(draw), "weight_norm": flag(draw)}, shapes


PLANS = {
    "adaptive_avg_pool": adaptive,
    "adaptive_max_pool": adaptive,
    "add": spread,
    "append": append,
    "arg_max": reduction,
    "attention": attention,
    "avg_pool": avg_pool,
    "batch_norm": affine,
    "blur_pool": blur_pool,
    "channel_shuffle": channel_shuffle,
    "class_token": lambda draw, rank: ({"count": draw(st.integers(1, 3))}, [shape(draw, 1)]),
    "clip": clip,
    "compare": two,
    "concat": concat,
    "conv": conv,
    "conv_transpose": conv_transpose,
    "crop": crop,
    "deformable_conv": deformable_conv,
    "depthwise_conv": depthwise_conv,
    "div": two,
    "flatten": flatten,
    "gelu": lambda draw, rank: ({"approximate": draw(st.sampled_from(["none", "tanh"]))}, [shape(draw, rank)]),
    "grid_sample": grid_sample,
    "group_norm": group_norm,
    "gru": recurrent,
    "instance_norm": instance_norm,
    "l2_norm": reduction,
    "layer_norm": norm,
    "linear": linear,
    "local_response_norm": lambda draw, rank: ({"size": draw(st.integers(1, 6))}, [shape(draw, rank)]),
    "locally_connected": locally_connected,
    "log_softmax": softmax,
    "lstm": recurrent,
    "matmul": matmul,
    "max": reduction,
    "max_pool": max_pool,
    "max_unpool": max_unpool,
    "maximum": spread,
    "mean": reduction,
    "min": reduction,
    "minimum": spread,
    "mul": spread,
    "pad": pad,
    "pixel_shuffle": pixel_shuffle,
    "pixel_unshuffle": pixel_unshuffle,
    "pow": lambda draw, rank: ({"exponent": Fraction(draw(st.integers(1, 6)), 2)}, [shape(draw, rank)]),
    "prelu": slope,
    "rbf": features,
    "rearrange": rearrange,
    "reshape": reshape,
    "rms_norm": norm,
    "round": lambda draw, rank: ({"to": draw(st.sampled_from(["nearest", "above", "below"]))}, [shape(draw, rank)]),
    "scale": constants,
    "shift": constants,
    "slice": take,
    "softmax": softmax,
    "split": split,
    "sub": two,
    "subsample": subsample,
    "sum": reduction,
    "swish": slope,
    "transcendental": transcendental,
    "transpose": lambda draw, rank: ({"axis": axis_name(draw, rank)}, [shape(draw, rank)]),
    "upsample": upsample,
    "where": spread,
}
"""How an operator's arguments are drawn; the rest have none and take any map."""
