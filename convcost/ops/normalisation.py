"""What layer_norm and group_norm share: normalising sets of numbers by their own mean and variance."""

from __future__ import annotations

from convcost.ops.base import Work
from convcost.ops.numbers import Number


def normalise(elements: Number, sets: Number, affine: bool) -> Work:
    """Work for `elements` numbers in `sets` equal sets of n: y = (x - mean) / sqrt(var + eps), then scale and shift.

    Per set: n-1 additions and a division for the mean; n subtractions; n squares, n-1 additions and a division for the
    variance; one addition (eps) and a root; n divisions. Scale and shift: n multiplies and n additions.
    """
    scale = elements if affine else 0
    return Work(
        multiplies=elements + scale,
        additions=3 * elements - sets + scale,
        divisions=elements + 2 * sets,
        exponentials=sets,
    )
