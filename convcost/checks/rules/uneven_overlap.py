"""W308: a transposed convolution that adds up more products at some outputs than at their neighbours."""

from __future__ import annotations

from collections.abc import Iterator

from convcost.checks.base import Found, Rule, Subject
from convcost.ops.windows import TransposedWindow


def find(subject: Subject) -> Iterator[Found]:
    """Transposed convolutions with a whole period of uneven counts away from the edges."""
    for layer in subject.network.layers:
        if layer.kind != "conv_transpose":
            continue
        for window, i in zip(layer.reads[0] or (), layer.input_shapes[0].size, strict=True):
            if isinstance(window, TransposedWindow) and _has_pattern(window, i):
                counts = window.interior
                if len(set(counts)) > 1:
                    yield Found(_message(layer.name, window, counts), _help(window), layer)
                    break


def _has_pattern(window: TransposedWindow, size: int) -> bool:
    """Whether a period lies away from the edges, and is short enough to be looked at."""
    inside = (size - 1) * window.stride - window.forward.extent
    return bool(window.stride <= min(inside, _LONGEST_PERIOD))


_LONGEST_PERIOD = 1024


def _message(name: str, window: TransposedWindow, counts: tuple[int, ...]) -> str:
    shown = ", ".join(map(str, counts[:8])) + (", ..." if len(counts) > 8 else "")
    holes = "; outputs with 0 hold the bias alone" if 0 in counts else ""
    dilation = f", dilation {window.dilation}" if window.dilation != 1 else ""
    return (
        f"`{name}` sums {shown} products in turn along an axis: kernel {window.kernel}, stride {window.stride}"
        f"{dilation}{holes}"
    )


def _help(window: TransposedWindow) -> str:
    if window.dilation != 1:
        return "a kernel that is a multiple of the stride, and no common divisor of dilation and stride, sum evenly"
    up = -(-window.kernel // window.stride) * window.stride
    return f"kernel {up} sums evenly: a multiple of the stride; or upsample, then a convolution"


RULE = Rule(
    "W308",
    "uneven-overlap",
    "A transposed convolution's kernels overlap unevenly.",
    """\
Each input writes a kernel into the output, `stride` positions apart. Where the stride does not divide the kernel, or
dilation and stride have a common divisor, some outputs sum more products than their neighbours, in a pattern that is
seen in generated images as a checkerboard. With a kernel smaller than the stride some outputs get nothing at all.

    - conv_transpose: {out: 64, kernel: 3, stride: 2}      # 1, 2, 1, 2, ... products along each axis
    - conv_transpose: {out: 64, kernel: 4, stride: 2, padding: 1}      # 2 everywhere

Training can balance the weights, so this is a risk and not a mistake. Choose a kernel that is a multiple of the
stride, or upsample and convolve. (Odena, Dumoulin & Olah 2016, doi 10.23915/distill.00003.)
""",
    find,
)
