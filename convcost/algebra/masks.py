"""For which of many configurations conditions hold, as masks of numpy."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from convcost.algebra.conditions import Condition
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.lanes import Array, divisor_of, lanes_of
from convcost.ops.numbers import Number


def mask(conditions: Iterable[Condition], at: Evaluation) -> Array:
    """For which of the configurations all conditions hold."""
    found: Array = np.asarray(True)
    for condition in conditions:
        holds = _holds(condition.kind, at(condition.number))
        for count in condition.where:
            holds = holds | ~_holds(">", at(count))
        found = found & holds
    return found


def undisturbed() -> np.errstate:
    """Where a divisor is 0 the conditions say so, and numpy need not."""
    return np.errstate(divide="ignore", invalid="ignore")


def _holds(kind: str, number: Number) -> Array:
    value = lanes_of(number)
    above: Any = value.above
    match kind:
        case "whole":
            found = above % divisor_of(above, value.below) == 0 if value.bounds[1] > 1 else True
        case ">=":
            found = above >= 0
        case ">":
            found = above > 0
        case "==":
            found = above == 0
        case _:
            found = above != 0
    return np.asarray((np.asarray(value.below) > 0) & found)
