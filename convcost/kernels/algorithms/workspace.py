"""What the algorithms share: a tally that also counts what is held, and the filters one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from convcost.kernels.tally import Array, Given, Tally


@dataclass(slots=True)
class Workspace(Tally):
    """A tally that also counts the numbers an algorithm holds besides input, weights and output."""

    held: int = 0

    def keep(self, x: Array) -> Array:
        self.held += x.size
        return x


def filters(given: Given, weight: Array, channels: int) -> Iterator[tuple[Sequence[int], Array]]:
    """For each output map, the input maps it reads and its kernels [maps, *kernel]."""
    if given.connections is not None:
        ends = list(accumulate(len(row) for row in given.connections))
        yield from zip(given.connections, np.split(weight, ends[:-1]), strict=True)
        return
    per_group = channels // given.groups
    for number, own in enumerate(weight):
        first = number * given.groups // len(weight) * per_group
        yield range(first, first + per_group), own
