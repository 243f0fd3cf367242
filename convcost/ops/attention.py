"""Multi-head attention as a layer (Vaswani et al. 2017, arXiv:1706.03762), with all positions of a map as tokens.

Queries, keys and values are linear in the channels of each position, `key` and `value` wide in each of `heads` heads. A
query's scores with its keys, scaled by 1/sqrt(key), go through a softmax and weigh the values; a last linear layer
makes `out` channels of what all heads found. Parameters are those of torch's nn.MultiheadAttention.

With L queries of K keys each, T tokens that have keys, h heads, a input channels (b where the keys are from):

    macs = h * (L*a*key + T*b*(key + value) + L*K*(key + value) + L*value*out)

With `project: false` the last linear layer is left out: what the heads found are the output's channels.

K and T are the positions of the second input if there is one (cross-attention), else of the map: attention is quadratic
in its positions. `window` cuts the map into windows that attend within themselves (Swin, Liu et al. 2021,
arXiv:2103.14030), so that K = prod(window). `stride` averages keys and values over windows first, without weights, so
that K = prod(size / stride); with weights (PVT, CvT) the smaller map is the second input. The softmax is counted as the
operator is; scaling multiplies the queries. A map is shifted for the next windows by `pad` with `mode: circular` and a
`slice`.

`relative` adds to each score what depends on how far its key is from its query. With `embedding` (Bello et al. 2019,
arXiv:1904.09925; BoTNet, Srinivas et al. 2021, arXiv:2101.11605), there is a vector for each distance along each axis,
for all heads, and every query is multiplied with all of them: 2*n - 1 for an axis of n positions,

    macs += h*L*key * sum(2*n - 1)

With `bias` (Swin), there is a number for each distance along all axes and each head, prod(2*n - 1) of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Params, Shape, Work, require_divisible
from convcost.ops.numbers import Number, exact, product
from convcost.ops.resampling import BlockWindow
from convcost.ops.windows import SAME_POSITION, WHOLE, Reads


class Attention(Operator):
    """Multi-head attention over the positions of a map, or of it to a second input; cost quadratic in positions."""

    arity = (1, 2)

    heads: Number = arg.argument(arg.Count())
    key: Number | None = arg.argument(arg.Optional(arg.Count()), None)
    value: Number | None = arg.argument(arg.Optional(arg.Count()), None)
    out: Number | None = arg.argument(arg.Optional(arg.Count()), None)
    window: tuple[Number, ...] | None = arg.argument(arg.Optional(arg.PerAxis()), None)
    stride: tuple[Number, ...] = arg.argument(arg.PerAxis(), 1)
    bias: bool = arg.argument(arg.Flag(), True)
    out_bias: bool | None = arg.argument(arg.Optional(arg.Flag()), None)
    project: bool = arg.argument(arg.Flag(), True)
    relative: str = arg.argument(arg.Choice("none", "embedding", "bias"), "none")

    def check(self, x: Shape, *others: Shape) -> None:
        if self.key is None or self.value is None:
            require_divisible("channels", x.channels, self.heads, "heads")
        strided = any(s != 1 for s in self.stride)
        if (self.window is not None) + strided + len(others) > 1:
            raise ShapeError("a `window`, a `stride` and a second input exclude each other")
        if self.relative != "none" and (strided or others):
            message = "keys have no distance to queries of another map" if others else "averaged keys have no distance"
            raise ShapeError(message, "leave `relative` out", "relative")
        for argument in ("out", "out_bias"):
            if not self.project and getattr(self, argument) is not None:
                raise ShapeError(f"`{argument}` is of the last linear layer", "leave out one of the two", "project")
        argument, parts = ("stride", self.stride) if self.window is None else ("window", self.window)
        for axis, (i, n) in enumerate(zip(x.size, parts, strict=True)):
            if i % n:
                message = f"{i} positions along axis {axis} are not divisible by {argument} {n}"
                raise ShapeError(message, "`pad` the map before", argument)

    def widths(self, x: Shape) -> tuple[Number, Number, Number]:
        """Return the width of all keys, of all values, and of the output."""
        each = exact(x.channels, self.heads) if self.key is None or self.value is None else 0
        key, value = (each if n is None else n for n in (self.key, self.value))
        projected = x.channels if self.out is None else self.out
        return self.heads * key, self.heads * value, projected if self.project else self.heads * value

    def tokens(self, x: Shape, *others: Shape) -> tuple[Number, Number]:
        """Return how many tokens have keys and values, and with how many of them each query is scored."""
        if self.window is not None:
            return product(x.size), product(self.window)
        source = others[0].size if others else tuple(exact(i, s) for i, s in zip(x.size, self.stride, strict=True))
        return product(source), product(source)

    @property
    def has_out_bias(self) -> bool:
        """Whether the last linear layer has biases."""
        return self.project and (self.bias if self.out_bias is None else self.out_bias)

    def by_distance(self, x: Shape) -> Number:
        """Return how many numbers are held for the distances between positions: 2*n - 1 along an axis of n."""
        distances = [2 * n - 1 for n in self.window or x.size]
        vectors = exact(self.widths(x)[0], self.heads) * sum(distances)
        return {"none": 0, "embedding": vectors, "bias": self.heads * product(distances)}[self.relative]

    def output(self, x: Shape, *others: Shape) -> Shape:
        return Shape(self.widths(x)[2], x.size)

    def params(self, x: Shape, *others: Shape) -> Params:
        key, value, out = self.widths(x)
        source = (others or (x,))[0].channels
        last = value * out if self.project else 0
        return Params(
            weights=x.channels * key + source * (key + value) + last + self.by_distance(x),
            biases=(2 * key + value if self.bias else 0) + (out if self.has_out_bias else 0),
        )

    def _projections(self, x: Shape, *others: Shape) -> tuple[Number, Number, Number]:
        """MACs of the linear layers: that of the queries, those of keys and values, and the last."""
        key, value, out = self.widths(x)
        queries, (tokens, _) = product(x.size), self.tokens(x, *others)
        source = (others or (x,))[0].channels
        last = queries * value * out if self.project else 0
        return queries * x.channels * key, tokens * source * (key + value), last

    def _weighing(self, x: Shape, *others: Shape) -> Number:
        """MACs of scores and of weighted values."""
        key, value, _ = self.widths(x)
        products = self.heads * self.by_distance(x) if self.relative == "embedding" else 0  # of each query
        return product(x.size) * (self.tokens(x, *others)[1] * (key + value) + products)

    def work(self, x: Shape, *others: Shape) -> Work:
        key, value, out = self.widths(x)
        queries, (tokens, each) = product(x.size), self.tokens(x, *others)
        rows = self.heads * queries  # of the softmax, `each` numbers long
        biases = (queries * key + tokens * (key + value) if self.bias else 0) + (
            queries * out if self.has_out_bias else 0
        )
        pooled = any(s != 1 for s in self.stride)
        means = x.channels * tokens if pooled else 0
        relative = {"embedding": x.rank, "bias": 1, "none": 0}[self.relative]  # sums for each score
        return Work(
            macs=sum(self._projections(x, *others)) + self._weighing(x, *others),
            multiplies=queries * key,
            additions=biases + rows * ((2 + relative) * each - 1) + (x.elements - means if pooled else 0),
            comparisons=rows * (each - 1),
            divisions=rows * each + means,
            exponentials=rows * each,
        )

    def training_macs(self, needs: Sequence[Number], *inputs: Shape) -> Number:
        # Only the gradients of the inputs themselves may not be needed: all else depends on the first linear layers.
        query, read, last = self._projections(*inputs)
        return query * (2 + needs[0]) + read * (2 + needs[-1]) + 3 * (self._weighing(*inputs) + last)

    def reads(self, x: Shape, *others: Shape) -> tuple[Reads, ...]:
        if others:
            return (SAME_POSITION,) * x.rank, WHOLE
        return (WHOLE if self.window is None else tuple(map(BlockWindow, self.window)),)
