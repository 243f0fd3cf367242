"""The words every operator's formulas are written in.

A formula uses `+ - * //` and the helpers below and never compares, so that one expression runs unchanged on Python
ints, on sympy expressions and on integer numpy arrays. The helpers dispatch on the type of the number: whoever brings
another kind of number (`convcost.algebra` for sympy) registers it here, and ints never pay for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from functools import singledispatch
from math import gcd
from typing import Any, ClassVar, NamedTuple, TypeAlias

from convcost.errors import ShapeError
from convcost.ops.lattice import pairs_below

Number: TypeAlias = Any
"""An int, a Fraction, a sympy expression or an integer numpy array: whatever the formula is asked about."""


@singledispatch
def minimum(a: Number, b: Number) -> Number:
    """The smaller of two numbers of any kind."""
    raise TypeError(f"no minimum for {type(a).__name__}")


@minimum.register
def _(a: int, b: Number) -> Number:
    return (a if a < b else b) if isinstance(b, int | Fraction) else minimum(b, a)


minimum.register(Fraction, minimum.dispatch(int))


def maximum(a: Number, b: Number) -> Number:
    """The larger of two numbers of any kind."""
    if type(a) is int and type(b) is int:
        return a if a > b else b
    return -minimum(-a, -b)


@singledispatch
def exact(a: Number, b: Number) -> Number:
    """a / b where b is known to divide a: channels per group. Guards see to it that it does.

    >>> exact(96, 2)
    48
    """
    return a // b


def ceil_div(a: Number, b: Number) -> Number:
    """a / b rounded up, for whole a and b > 0.

    >>> ceil_div(7, 2), ceil_div(-1, 2)
    (4, 0)
    """
    return (a + b - 1) // b


@singledispatch
def common_divisor(a: Number, b: Number) -> Number:
    """The greatest common divisor of two numbers of any kind."""
    raise TypeError(f"no common divisor for {type(a).__name__}")


@common_divisor.register
def _(a: int, b: Number) -> Number:
    return gcd(a, b) if isinstance(b, int) else common_divisor(b, a)


def product(numbers: Iterable[Number]) -> Number:
    """The product of numbers of any kind; 1 for none.

    >>> product([3, 4, 5])
    60
    """
    result: Number = 1
    for number in numbers:
        result = result * number
    return result


class Shape(NamedTuple):
    """One sample's tensor, channels first, without the batch: `Shape(64, (56, 56))`; `Shape(1000, ())` is a vector."""

    channels: Number
    size: tuple[Number, ...]

    @property
    def elements(self) -> Number:
        """Numbers in one sample."""
        return self.channels * product(self.size)

    @property
    def rank(self) -> int:
        """How many spatial axes there are: 1, 2 or 3; 0 for a vector."""
        return len(self.size)

    def __str__(self) -> str:
        return "x".join(str(n) for n in (self.channels, *self.size))


@dataclass(frozen=True, slots=True)
class Work:
    """What computing one sample takes. `macs` are multiply-accumulates: one multiply and one add count 1."""

    macs: Number = 0
    multiplies: Number = 0
    additions: Number = 0
    comparisons: Number = 0
    divisions: Number = 0
    exponentials: Number = 0  # exp, powers and roots

    def __iter__(self) -> Iterator[Number]:
        return iter((self.macs, self.multiplies, self.additions, self.comparisons, self.divisions, self.exponentials))

    def __add__(self, other: Work) -> Work:
        return Work(*(a + b for a, b in zip(self, other, strict=True)))

    def items(self) -> list[tuple[str, Number]]:
        """(kind, count) pairs in the order of the fields."""
        return list(zip(WORK_KINDS, self, strict=True))


WORK_KINDS = tuple(field.name for field in fields(Work))


@dataclass(frozen=True, slots=True)
class Params:
    """Numbers an operator holds. Running statistics and fixed constants are held but not trained: not in `total`."""

    weights: Number = 0
    biases: Number = 0
    norm: Number = 0  # scales and shifts of normalisation layers
    statistics: Number = 0  # running means and variances, fixed centres

    @property
    def total(self) -> Number:
        """Trainable parameters."""
        return self.weights + self.biases + self.norm

    def __iter__(self) -> Iterator[Number]:
        return iter((self.weights, self.biases, self.norm, self.statistics))

    def __add__(self, other: Params) -> Params:
        return Params(*(a + b for a, b in zip(self, other, strict=True)))

    def items(self) -> list[tuple[str, Number]]:
        """(kind, count) pairs in the order of the fields."""
        return list(zip(PARAM_KINDS, self, strict=True))


PARAM_KINDS = tuple(field.name for field in fields(Params))


_MANY_TAPS = 64


@dataclass(frozen=True, slots=True)
class Window:
    """Along one axis, output y reads inputs y*stride - before + t*dilation for t in 0..kernel-1.

    `before` and `after` count padding zeros; negative ones crop.
    """

    kernel: Number = 1
    stride: Number = 1
    before: Number = 0
    after: Number = 0
    dilation: Number = 1

    @property
    def extent(self) -> Number:
        """Input positions from the first tap to the last: d(k-1) + 1."""
        return self.dilation * (self.kernel - 1) + 1

    def output(self, size: Number) -> Number:
        """Positions where the whole window fits on the padded input: floor((i + p + q - e)/s) + 1."""
        return (size + self.before + self.after - self.extent) // self.stride + 1

    def output_ceil(self, size: Number) -> Number:
        """The same rounded up, but no window may start past the input and the padding before it (torch's rule).

        o = min(ceil((i+p+q-e)/s) + 1, ceil((i+p)/s)): the last start (o-1)s must stay below i + p. Both are
        ceil((i + p + c)/s), with c = q - e + s and c = 0, and ceil is monotone, so the smaller c decides.
        """
        overhang = minimum(self.after - self.extent + self.stride, 0)
        return ceil_div(size + self.before + overhang, self.stride)

    def real_reads(self, size: Number, output: Number) -> Number:
        """Pairs (output position, tap) that read a real element and not a padding zero."""
        return count_real_reads(self.kernel, self, size, output)

    period: ClassVar[int] = 1

    @property
    def advance(self) -> int:
        """How far the window moves on the input when the output moves by `period`."""
        return int(self.stride)

    def reads(self, y: int) -> range:
        """Input positions that output y reads, padding included."""
        start = y * self.stride - self.before
        return range(start, start + self.extent, self.dilation)


@singledispatch
def count_real_reads(kernel: Number, window: Window, size: Number, output: Number) -> Number:
    """Window.real_reads, for a kernel of any kind of number."""
    raise TypeError(f"no taps for {type(kernel).__name__}")


@count_real_reads.register
def _(kernel: int, window: Window, size: Number, output: Number) -> Number:
    if kernel > _MANY_TAPS and isinstance(size, int) and isinstance(output, int):
        line = output, kernel, window.stride, window.dilation
        return pairs_below(size - 1 + window.before, *line) - pairs_below(window.before - 1, *line)
    # Tap t reads y*s - p + d*t, which is real for ceil((p - dt)/s) <= y <= floor((i - 1 + p - dt)/s).
    total: Number = 0
    for tap in range(kernel):
        shift = window.before - window.dilation * tap
        last = minimum(output - 1, (size - 1 + shift) // window.stride)
        first = maximum(0, ceil_div(shift, window.stride))
        total = total + maximum(0, last - first + 1)
    return total


@dataclass(frozen=True, slots=True)
class TransposedWindow:
    """Along one axis, input x writes outputs x*stride - before + t*dilation: a convolution's window seen backwards."""

    kernel: Number
    stride: Number
    before: Number
    after: Number
    dilation: Number
    output_padding: Number = 0

    @property
    def forward(self) -> Window:
        """The window of the convolution this one is the transpose of: it reads outputs and writes inputs."""
        return Window(self.kernel, self.stride, self.before, self.after, self.dilation)

    def output(self, size: Number) -> Number:
        """(i-1)s - p - q + d(k-1) + 1 + a."""
        return (size - 1) * self.stride - self.before - self.after + self.forward.extent + self.output_padding

    @property
    def period(self) -> int:
        """Outputs that lie `stride` apart read the same pattern, one input further on."""
        return int(self.stride)

    advance: ClassVar[int] = 1

    def reads(self, y: int) -> range:
        """Input positions x with x*s - p + d*t = y for some tap t."""
        divisor = gcd(self.stride, self.dilation)
        total, rest = divmod(y + self.before, divisor)
        s, d = self.stride // divisor, self.dilation // divisor
        # s*x + d*t = total fixes t modulo s, and s taps further on x is d less.
        taps = range(total * pow(d, -1, s) % s, self.kernel, s)
        if rest or not taps:
            return range(0)
        last = (total - d * taps[0]) // s
        return range(last - d * (len(taps) - 1), last + 1, d)


@dataclass(frozen=True, slots=True)
class ResizeWindow:
    """Along one axis, `size` positions become `output` by nearest or linear interpolation (half-pixel centres)."""

    size: int
    output: int
    linear: bool

    @property
    def period(self) -> int:
        """After this many outputs the pattern of reads repeats, `advance` inputs further on."""
        return self.output // gcd(self.size, self.output)

    @property
    def advance(self) -> int:
        return self.size // gcd(self.size, self.output)

    def reads(self, y: int) -> tuple[int, ...]:
        """nearest: floor(y i/o). Linear: the two neighbours of (y + 1/2) i/o - 1/2, or the one it falls on."""
        if not self.linear:
            return (y * self.size // self.output,)
        position = (2 * y + 1) * self.size - self.output
        first, rest = divmod(position, 2 * self.output)
        return (first, first + 1) if rest else (first,)


@dataclass(frozen=True, slots=True)
class AdaptiveWindow:
    """Along one axis, output y of `output` reads inputs floor(y i/o) to ceil((y+1) i/o) - 1."""

    size: int
    output: int

    @property
    def period(self) -> int:
        """After this many outputs the pattern of reads repeats, `advance` inputs further on."""
        return self.output // gcd(self.size, self.output)

    @property
    def advance(self) -> int:
        return self.size // gcd(self.size, self.output)

    def reads(self, y: int) -> range:
        return range(y * self.size // self.output, ceil_div((y + 1) * self.size, self.output))


AxisWindow: TypeAlias = Window | TransposedWindow | ResizeWindow | AdaptiveWindow

SAME_POSITION = Window()
"""An elementwise operator's window."""

WHOLE = None
"""Instead of windows: every output reads the whole input."""

Reads: TypeAlias = tuple[AxisWindow, ...] | None


class Operator:
    """What every operator answers about one sample, given the shapes of its inputs; here, an elementwise one.

    A subclass is a frozen dataclass in a file of its own, named as the operator is in a spec; its fields are the
    operator's arguments. `check` guards and is only asked about ints; everything else is formulas.
    """

    __slots__ = ()

    # Subclasses name the inputs they take: `output(self, x)`. `*inputs: Any, **_: Any` lets mypy agree.

    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """The fewest and the most inputs; None: any number, and they may be written in place as branches."""

    def check(self, *inputs: Any, **_: Any) -> None:
        """Raise ShapeError if these inputs can't be taken. Sizes are ints here."""

    def output(self, *inputs: Any, **_: Any) -> Shape:
        """The shape of the one output."""
        shape: Shape = inputs[0]
        return shape

    def outputs(self, *inputs: Any, **_: Any) -> tuple[Shape, ...]:
        """The shapes of all outputs."""
        return (self.output(*inputs),)

    def params(self, *inputs: Any, **_: Any) -> Params:
        """The numbers it holds."""
        return Params()

    def work(self, *inputs: Any, **_: Any) -> Work:
        """What it computes, padding included."""
        return Work()

    def useful_work(self, *inputs: Any, **_: Any) -> Work:
        """The same without what is computed on padding."""
        return self.work(*inputs)

    def training_macs(self, needs_input: bool, *inputs: Any) -> Number:
        """Multiply-accumulates forward and backward; `needs_input`: the gradient with respect to the input, too.

        Each gradient pairs every product of the forward pass once: y += w x gives dw += dy x and dx += dy w.
        """
        forward = self.work(*inputs).macs
        return forward * (1 + bool(self.params(*inputs).total) + needs_input)

    def reads(self, *inputs: Any, **_: Any) -> tuple[Reads, ...]:
        """For each input, its windows (one per spatial axis), or WHOLE."""
        return tuple((SAME_POSITION,) * x.rank for x in inputs)


def require_spatial(operator: str, x: Shape) -> None:
    """Refuse a vector where windows need spatial axes."""
    if not x.size:
        raise ShapeError(f"`{operator}` needs spatial axes; its input is a vector of {x.channels}")


def require_divisible(what: str, channels: int, groups: int, argument: str = "groups") -> None:
    """Refuse groups that do not divide channels."""
    if channels % groups:
        raise ShapeError(f"{channels} {what} are not divisible by {argument} {groups}", argument=argument)


def require_equal(operator: str, inputs: tuple[Shape, ...], channels: bool = True) -> None:
    """Refuse inputs of different sizes (and channels)."""
    first = inputs[0]
    for n, x in enumerate(inputs[1:], 1):
        if x.size != first.size or (channels and x.channels != first.channels):
            raise ShapeError(f"{operator}: {first} and {x} differ", pair=(0, n))
