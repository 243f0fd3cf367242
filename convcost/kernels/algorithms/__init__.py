"""The same convolution, really computed by other algorithms: y = TWINS[name](given, weights, workspace, x).

They take what the kernel of `conv` takes and return what it returns; what differs is how many multiplies that takes,
and what is held meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from convcost.kernels.algorithms import direct, fft, im2col, winograd
from convcost.kernels.tally import Array

TWINS: dict[str, Callable[..., Array]] = {
    "direct": direct.run,
    "im2col": im2col.run,
    "winograd_2": partial(winograd.run, m=2),
    "winograd_4": partial(winograd.run, m=4),
    "fft": fft.run,
}
