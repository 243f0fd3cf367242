"""Dilated convolutions one behind another: how far they see, and what they really read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

from convcost.analysis.propagation import receptive_fields
from convcost.errors import Source
from convcost.ops.windows import Window
from convcost.reading.load import read


@dataclass(frozen=True, slots=True)
class Depth:
    """What an output of one layer of the stack depends on, along one axis."""

    dilation: int
    extent: int
    """Positions its own kernel covers."""
    field: int
    """Positions of the stack's input from the first to the last."""
    positions: tuple[int, ...]
    """Those that are really read, counted from the first."""

    @property
    def gaps(self) -> int:
        """How many positions within the field are not read."""
        return self.field - len(self.positions)


def depths(kernel: int, dilations: Sequence[int]) -> list[Depth]:
    """Return the stack from its first layer on, at stride 1.

    >>> [depth.field for depth in depths(3, [1, 2, 4])]
    [3, 7, 15]
    """
    size = sum(d * (kernel - 1) for d in dilations) + 1
    layers = "".join(f"  - conv: {{out: 1, kernel: {kernel}, dilation: {d}}}\n" for d in dilations)
    network = read(Source("<stack>", f"input: {{channels: 1, size: [{size}]}}\nlayers:\n{layers}"), "stack")
    result = []
    read_so_far = 1  # a bit for each position
    for dilation, field in zip(dilations, receptive_fields(network), strict=True):
        assert field.size is not None
        window = Window(kernel, dilation=dilation)
        # Each tap sees what the layers before it see, moved on.
        read_so_far = reduce(or_, (read_so_far << tap for tap in window.reads(0)))
        positions = tuple(n for n, bit in enumerate(reversed(f"{read_so_far:b}")) if bit == "1")
        result.append(Depth(dilation, window.extent, field.size[0], positions))
    return result
