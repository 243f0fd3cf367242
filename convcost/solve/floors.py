"""What a figure is never less than, as a formula: its closed form where it has one.

A search leaves out whole ranges of values by these, and what it finds is counted.
"""

from __future__ import annotations

from convcost.algebra.law import Law, require_formula
from convcost.algebra.polynomial import total_of
from convcost.analysis.memory import most_held
from convcost.figures import FIGURES, Setting
from convcost.ops.numbers import Number


def floor_of(law: Law, of: str) -> Number:
    """Return a number in the law's variables that the figure of the whole batch is never less than.

    For peak memory that is what is held together where the peak is at the defaults: no other values hold less there.
    Raises UsageError for a figure of which nothing is known.
    """
    if of == "peak_memory" and law.numbers is not None:
        shapes = dict(law.network.tensors())
        for name in (name for layer in law.network.layers if layer.repeats for name in layer.outputs):
            del shapes[name]  # there may be no repetition that holds it
        held = total_of(shapes[name].elements for name, _ in most_held(law.numbers).tensors if name in shapes)
        return held * Setting(law.dtype).bytes * _batch(law)
    require_formula(of)
    return law.total(of)


def has_floor(of: str) -> bool:
    """Return whether there is a number that a figure is never less than."""
    return FIGURES[of].is_sum or of == "peak_memory"


def _batch(law: Law) -> Number:
    return law.batch.number if law.batch else law.samples
