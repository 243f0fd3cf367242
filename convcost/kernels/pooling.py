"""What max_pool, avg_pool and subsample share."""

from __future__ import annotations

import numpy as np

from convcost.kernels.tally import Array
from convcost.kernels.windows import Frame


def real_reads(frame: Frame, x: Array) -> Array:
    """Return how many elements of x, and not of its padding, each window reads."""
    return frame.gather(np.add, frame.windows(np.ones(x.shape[2:], np.int32)))


def combinations(reads: Array, x: Array) -> int:
    """Steps that combine what each window reads into one number, n - 1 for n, in every channel and sample."""
    return int(np.sum(np.maximum(reads - 1, 0)) * x.shape[0] * x.shape[1])
