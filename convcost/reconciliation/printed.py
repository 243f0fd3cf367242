"""A number as a paper prints it: which totals it stands for."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple

from convcost.errors import UsageError
from convcost.language.amounts import amount
from convcost.language.syntax import ExpressionError

ROUNDED = "rounded"
CUT_OFF = "cut off, not rounded"


class Printed(NamedTuple):
    """A number with its digits."""

    text: str
    value: Fraction
    step: Fraction
    """What one more in its last digit would be."""

    @property
    def low(self) -> Fraction:
        """The smallest number that rounds to it."""
        return self.value - self.step / 2

    @property
    def high(self) -> Fraction:
        """The end of the numbers that round to it, which is not one of them."""
        return self.value + self.step / 2

    def form(self, total: int) -> str | None:
        """Return how a total comes to be printed so, ROUNDED or CUT_OFF; None if it does not."""
        if self.low <= total < self.high:
            return ROUNDED
        return CUT_OFF if self.value <= total < self.value + self.step else None


# What a number is called says little: papers call multiply-adds FLOPs, and the other way round.
_PRINTED = re.compile(
    r"([\d.]+)\s*([kMGTB]?)\s*(flops?|macs?|ops|m-?adds|mult-adds|multiply-adds|params)?", re.IGNORECASE
)
_UNITS = {"B": "G", "b": "G", "K": "k", "m": "M", "g": "G", "t": "T"}


def printed(text: str, figure: str) -> Printed:
    """Return a printed number: its digits, k, M, G (or B) or T, and a word that says what it is of; else UsageError.

    >>> printed("4.1 GFLOPs", "macs"), printed("0.39B", "macs").step
    (Printed(text='4.1 GFLOPs', value=Fraction(4100000000, 1), step=Fraction(100000000, 1)), Fraction(10000000, 1))
    """
    text = text.strip()
    found = _PRINTED.fullmatch(text)
    plain = f"{found[1]}{_UNITS.get(found[2], found[2])}" if found else text
    try:
        value, step, _ = amount(plain, figure)
    except ExpressionError as error:
        raise UsageError(f"`{text}` is not a printed number: {error.message}", error.help) from None
    if step < 1:
        raise UsageError(f"`{text}` is not a whole number", f"say its unit, k, M, G or T: {text}G")
    return Printed(text, value, step)
