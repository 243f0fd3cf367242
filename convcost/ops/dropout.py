"""Dropout: at inference it does nothing (Srivastava et al. 2014)."""

from __future__ import annotations

from convcost.ops import arguments as arg
from convcost.ops.base import Operator
from convcost.ops.numbers import Number


class Dropout(Operator):
    """Dropout with probability `p`; costs nothing at inference."""

    p: Number = arg.argument(arg.Ratio(), 0.5)
