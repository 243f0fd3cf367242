"""Laws of what is no sum, as the most memory that is held at once, where inputs are large: fewer layers decide it."""

from __future__ import annotations

from dataclasses import replace

from convcost.algebra.conditions import Condition
from convcost.algebra.law import Law
from convcost.errors import UsageError
from convcost.figures import FIGURES

_FEW = 3
"""So many layers of which any may have the most of a figure are few."""

_SIZES = (9, 17, 33, 65, 129, 257)
"""Sizes of inputs that are tried for that: a network that halves them n times keeps all of 2**n."""


def decided(law: Law, of: str) -> Law:
    """Return the law where few layers may have the most of a figure that is no sum.

    Inputs are large there, and what can be repeated is there.
    """
    if not FIGURES[of].is_largest:
        return law
    counts = [v for v in law.variables if v.number.interval[0] == 0 and v.number.is_whole and v.default != 0]
    try:
        return _of_large(law.under(f"{v.name} >= 1" for v in counts) if counts else law, of)
    except UsageError:  # a symbol that is assumed to be another one has no bound of its own
        return _of_large(law, of)


def _of_large(law: Law, of: str) -> Law:
    best = law
    for n in _SIZES:
        sizes = [v for v in law.variables if v.name in law.sizes and v.default is not None and v.default >= n]
        if len(best.largest(of)) <= _FEW or not sizes:
            break
        larger = tuple(Condition(">=", v.number - n) for v in sizes)
        found = replace(best, conditions=(*law.conditions, *larger))
        if len(found.largest(of)) < len(best.largest(of)):
            best = found
    return best
