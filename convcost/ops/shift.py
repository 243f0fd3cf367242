"""Every number plus a trained one: with `per: element`, the embedding of positions (Dosovitskiy et al. 2021,
arXiv:2010.11929).

There is one `per: channel`, position or element, or one for the whole layer. With `trained: false` they are held but
not trained, as the constants of a normalisation of the input are. `by: 1` is one fixed number, which holds nothing.
With `table: 507` one of so many numbers is picked for every element, as the bias of relative positions is (Liu et al.
2021, arXiv:2103.14030).
"""

from __future__ import annotations

from convcost.ops.base import Params, Shape, Work
from convcost.ops.constants import Constants


class Shift(Constants):
    """Sum with trained numbers, one per channel, position, element or layer; or with one fixed number."""

    def params(self, x: Shape) -> Params:
        return Params(biases=self.numbers(x)) if self.trained else Params(statistics=self.numbers(x))

    def work(self, x: Shape) -> Work:
        return Work(additions=x.elements)
