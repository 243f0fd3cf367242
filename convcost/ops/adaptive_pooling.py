"""What adaptive_avg_pool and adaptive_max_pool share.

Output y of o reads inputs floor(y i/o) to ceil((y+1) i/o) - 1 (torch's rule). Neighbouring windows overlap by one where
i does not divide evenly, so the reads along an axis are i + o - gcd(i, o): ceil and floor of the same boundary differ
at every one of the o - 1 inner boundaries except the gcd(i, o) - 1 that are whole numbers.
"""

from __future__ import annotations

from convcost.ops.base import Shape
from convcost.ops.numbers import Number, common_divisor, product
from convcost.ops.resampling import AdaptiveWindow
from convcost.ops.windows import WHOLE, Reads


def adaptive_reads(x: Shape, size: tuple[Number, ...]) -> Number:
    """Elements read, over all windows and channels."""
    return x.channels * product(i + o - common_divisor(i, o) for i, o in zip(x.size, size, strict=True))


def adaptive_windows(x: Shape, size: tuple[int, ...]) -> Reads:
    """Windows that depend on the input's size; a single one reads it all."""
    if all(o == 1 for o in size):
        return WHOLE
    return tuple(AdaptiveWindow(i, o) for i, o in zip(x.size, size, strict=True))
