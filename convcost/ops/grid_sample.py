"""A map read at places that another map names: spatial transformers (Jaderberg et al. 2015, arXiv:1506.02025), warps.

The second input has a channel for each spatial axis, as torch has them: the place along the last axis first, -1 and 1
for the edges of the map. It says for each position of the output where that is read, between 2^r neighbours where there
are r axes. Finding them is addressing, and is not counted; at L positions of the output `bilinear` takes

    multiplies   2^r * (r - 1) * L (weights) + 2^r * C * L (values)
    additions    (2^r - 1) * C * L
"""

from __future__ import annotations

from convcost.errors import ShapeError
from convcost.ops import arguments as arg
from convcost.ops.base import Operator, Shape, Work, require_rank
from convcost.ops.numbers import product
from convcost.ops.windows import SAME_POSITION, WHOLE, Reads


class GridSample(Operator):
    """Reads a map at the places that a second map names, which may lie anywhere: `bilinear` between neighbours."""

    arity = (2, 2)
    ranks = (2, 3)

    mode: str = arg.argument(arg.Choice("nearest", "bilinear"), "bilinear")
    padding_mode: str = arg.argument(arg.Choice("zeros", "reflect", "replicate"), "zeros")
    align_corners: bool = arg.argument(arg.Flag(), False)

    def check(self, x: Shape, places: Shape) -> None:
        require_rank("grid_sample", self, x)
        if places.rank != x.rank or places.channels != x.rank:
            message = f"grid_sample: the places of a map of {x.rank} axes are {x.rank} channels of as many axes"
            raise ShapeError(f"{message}, not {places}")

    def output(self, x: Shape, places: Shape) -> Shape:
        return Shape(x.channels, places.size)

    def work(self, x: Shape, places: Shape) -> Work:
        if self.mode == "nearest":
            return Work()
        neighbours, positions = 2**x.rank, product(places.size)
        weights = neighbours * (x.rank - 1) * positions
        values = x.channels * positions
        return Work(multiplies=weights + neighbours * values, additions=(neighbours - 1) * values)

    def reads(self, x: Shape, places: Shape) -> tuple[Reads, ...]:
        return WHOLE, (SAME_POSITION,) * places.rank
