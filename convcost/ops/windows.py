"""Which input positions an output reads, along one axis: the windows that sizes and receptive fields follow from."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.
from functools import singledispatch
from math import gcd
from typing import Any, NamedTuple, TypeAlias

from convcost.errors import ShapeError
from convcost.ops.lattice import pairs_below
from convcost.ops.numbers import Number, ceil_div, divide, maximum, minimum
from convcost.ops.resampling import AdaptiveWindow, BlockWindow, ResizeWindow

_MOST_TAPS = 64
"""A formula with a term for each of more taps than this is none that one could read."""


class NotFollowed(Exception):
    """A receptive field that has no formula behind a layer: what the layer does, as in "reads ..."."""


class Window(NamedTuple):
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
        """Return the positions of windows that may hang over the end.

        None may start past the input and the padding before it (torch's rule).

        o = min(ceil((i+p+q-e)/s) + 1, ceil((i+p)/s)): the last start (o-1)s must stay below i + p. Both are
        ceil((i + p + c)/s), with c = q - e + s and c = 0, and ceil is monotone, so the smaller c decides.
        """
        overhang = minimum(self.after - self.extent + self.stride, 0)
        return ceil_div(size + self.before + overhang, self.stride)

    def real_reads(self, size: Number, output: Number) -> Number:
        """Pairs (output position, tap) that read a real element and not a padding zero."""
        return count_real_reads(self.kernel, self, size, output)

    @property
    def period(self) -> int:
        """After this many outputs the pattern of reads repeats, `advance` inputs further on."""
        return 1

    @property
    def advance(self) -> int:
        """How far the window moves on the input when the output moves by `period`."""
        return int(self.stride)

    def reads(self, y: int) -> range:
        """Input positions that output y reads, padding included."""
        start = y * self.stride - self.before
        return range(start, start + self.extent, self.dilation)

    @property
    def step(self) -> Number:
        """How far the window moves on the input when the output moves by one."""
        return self.stride

    def span(self, y: Number) -> tuple[Number, Number]:
        """Return the first and the last position that output y reads."""
        first = y * self.stride - self.before
        return first, first + self.extent - 1


@singledispatch
def count_real_reads(kernel: Number, window: Window, size: Number, output: Number) -> Number:
    """Window.real_reads, for a kernel of any kind of number."""
    raise TypeError(f"no taps for {type(kernel).__name__}")


@count_real_reads.register(int)
def _(kernel: int, window: Window, size: Number, output: Number) -> Number:
    line = output, kernel, window.stride, window.dilation
    free = [n for n in (size, window.before, *line) if not isinstance(n, int)]
    if not free:
        # Reads below the input's end, less those below its start.
        return pairs_below(size - 1 + window.before, *line) - pairs_below(window.before - 1, *line)
    if kernel > _MOST_TAPS:
        return count_real_reads.dispatch(type(free[0]))(kernel, window, size, output)
    # Tap t reads y*s - p + d*t, which is real for ceil((p - dt)/s) <= y <= floor((i - 1 + p - dt)/s).
    total: Number = 0
    for tap in range(kernel):
        shift = window.before - window.dilation * tap
        last = minimum(output - 1, (size - 1 + shift) // window.stride)
        first = maximum(0, ceil_div(shift, window.stride))
        total = total + maximum(0, last - first + 1)
    return total


def axis_windows(
    size: tuple[Number, ...],
    kernel: tuple[Number, ...],
    stride: tuple[Number, ...],
    padding: Any,
    dilation: tuple[Number, ...],
) -> tuple[Window, ...]:
    """Return one Window per axis; `same` padding is worked out from the size.

    TensorFlow's `same`: o = ceil(i/s); total padding max((o-1)s + e - i, 0), the smaller half before.
    """
    if padding != "same":
        return tuple(
            Window(k, s, before, after, d)
            for k, s, (before, after), d in zip(kernel, stride, padding, dilation, strict=True)
        )
    result = []
    for i, k, s, d in zip(size, kernel, stride, dilation, strict=True):
        total = maximum((ceil_div(i, s) - 1) * s + d * (k - 1) + 1 - i, 0)
        result.append(Window(k, s, total // 2, total - total // 2, d))
    return tuple(result)


def output_size(size: tuple[Number, ...], windows: tuple[Window, ...], padding: Any) -> tuple[Number, ...]:
    """Positions of the windows along each axis; by definition ceil(i/s) for `same`."""
    if padding == "same":
        return tuple(ceil_div(i, w.stride) for i, w in zip(size, windows, strict=True))
    return tuple(w.output(i) for i, w in zip(size, windows, strict=True))


def require_fit(size: tuple[int, ...], windows: tuple[Window, ...], output: tuple[int, ...]) -> None:
    """Refuse windows that do not fit on the padded input."""
    axis = next((n for n, o in enumerate(output) if o < 1), None)
    if axis is None:
        return
    window = windows[axis]
    padded = size[axis] + window.before + window.after
    spread = f" (dilated: {window.extent} positions)" if window.dilation != 1 else ""
    raise ShapeError(
        f"kernel {window.kernel}{spread} exceeds the padded input, {padded}, on axis {axis}",
        f"the input is {'x'.join(map(str, size))}",
        argument="kernel",
    )


def require_mode(argument: str, mode: str, size: tuple[int, ...], windows: tuple[Window, ...]) -> None:
    """Refuse to reflect or repeat a map further than it is long, as torch does."""
    most = {"reflect": (-1, "smaller than the map"), "circular": (0, "no larger than the map")}
    if mode not in most:
        return
    less, words = most[mode]
    for axis, (window, i) in enumerate(zip(windows, size, strict=True)):
        padding = max(window.before, window.after)
        if padding > i + less:
            raise ShapeError(f"`{mode}` wants a padding {words}: {padding} for {i} on axis {axis}", argument=argument)


class TransposedWindow(NamedTuple):
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
    def interior(self) -> tuple[int, ...]:
        """How many products are summed into outputs away from the edges, one number per phase.

        >>> TransposedWindow(3, 2, 1, 1, 1).interior
        (2, 1)
        """
        # The padding, which only cuts, would move the phases.
        uncut = TransposedWindow(self.kernel, self.stride, 0, 0, self.dilation)
        return tuple(len(uncut.reads(y)) for y in range(self.stride))

    @property
    def period(self) -> int:
        """Outputs that lie `stride` apart read the same pattern, one input further on."""
        return int(self.stride)

    @property
    def advance(self) -> int:
        """How far the window moves on the input when the output moves by `period`."""
        return 1

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

    @property
    def step(self) -> Number:
        """How far the window moves on the input when the output moves by one."""
        return divide(1, self.stride)

    def span(self, y: Number) -> tuple[Number, Number]:
        """Return the first and the last position that output y reads; where there is none, the next and the one before.

        NotFollowed where taps are more than one apart, and so are strides: which of them meet depends on y.
        """
        if 1 not in (self.stride, self.dilation, self.kernel):
            raise NotFollowed(
                "is a transposed convolution with a stride and a dilation, "
                "so that which taps meet an input changes from output to output"
            )
        last = y + self.before
        return ceil_div(last - self.forward.extent + 1, self.stride), last // self.stride


AxisWindow: TypeAlias = Window | TransposedWindow | ResizeWindow | AdaptiveWindow | BlockWindow

SAME_POSITION = Window()
"""An elementwise operator's window."""

WHOLE = None
"""Instead of a window: every output reads the whole axis. Instead of windows: every output reads the whole input."""

Reads: TypeAlias = tuple[AxisWindow | None, ...] | None
