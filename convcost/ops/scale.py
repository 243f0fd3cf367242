"""Every number times a trained one: layer scale (Touvron et al. 2021, arXiv:2103.17239), one per channel.

There is one `per: channel`, position or element, or one for the whole layer. With `trained: false` they are held but
not trained, as the constants of a normalisation of the input are. `by: 0.17` is one fixed number, which holds
nothing: residual scaling (Szegedy et al. 2016, arXiv:1602.07261).
"""

from __future__ import annotations

from convcost.ops.base import Params, Shape, Work
from convcost.ops.constants import Constants


class Scale(Constants):
    """Product with trained numbers, one per channel, position, element or layer; or with one fixed number."""

    def params(self, x: Shape) -> Params:
        return Params(weights=self.numbers(x)) if self.trained else Params(statistics=self.numbers(x))

    def work(self, x: Shape) -> Work:
        return Work(multiplies=x.elements)
