"""`--fail-if`: a figure of the totals against a relative change, an absolute change, or an amount."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from convcost.diff.figures import FIGURES
from convcost.errors import Problem, Source, Span, UsageError, did_you_mean
from convcost.expectation import MEMORY
from convcost.reading.units import BYTE_UNITS, COUNT_UNITS

_COMPARISONS: Mapping[str, Callable[[Fraction, Fraction], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
_EXAMPLES = "for example 'macs > +5%', 'params > +1e6', 'peak_memory >= 32 MiB'"

_CONDITION = re.compile(r"\s*(?P<figure>\w*)\s*(?P<comparison>[<>]=?)?\s*(?P<amount>.*?)\s*", re.DOTALL)
_AMOUNT = re.compile(
    r"(?P<sign>[+-]?)(?P<number>\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?)\s*(?P<unit>[A-Za-z%]*)", re.ASCII
)


@dataclass(frozen=True, slots=True)
class Condition:
    """What must not be so of a figure before and after."""

    text: str
    figure: str
    comparison: str
    limit: Fraction
    """A share of the old figure if `relative`, else a number."""
    relative: bool
    change: bool
    """Whether the limit is one on the change; else on the new figure itself."""

    def holds(self, old: int, new: int) -> bool:
        """Whether it is so. From 0, any increase is more than any percentage."""
        compare = _COMPARISONS[self.comparison]
        if not self.change:
            return compare(Fraction(new), self.limit)
        if not self.relative:
            return compare(Fraction(new - old), self.limit)
        if old == 0:
            return compare(Fraction(0), self.limit) if new == 0 else self.comparison.startswith(">")
        return compare(Fraction(new - old, old), self.limit)


def condition(text: str) -> Condition:
    """A condition as typed; UsageError with a caret under what is wrong."""
    found = _CONDITION.fullmatch(text)
    assert found is not None  # every part of the pattern may be empty

    def refuse(part: str, message: str, help: str) -> UsageError:
        start, end = found.span(part) if found[part] is not None else (found.end("figure"),) * 2
        return UsageError([Problem(Span(Source("--fail-if", text), 1, start + 1, max(1, end - start)), message, help)])

    figure, comparison, amount = found["figure"], found["comparison"], found["amount"]
    if figure not in FIGURES:
        known = did_you_mean(figure, FIGURES) or f"there are {', '.join(FIGURES)}"
        raise refuse("figure", f"no figure `{figure}`" if figure else "here should be a figure", known)
    if comparison is None:
        raise refuse("amount", "here should be one of > >= < <=", _EXAMPLES)
    parts = _AMOUNT.fullmatch(amount)
    if parts is None:
        raise refuse("amount", f"`{amount}` is no amount" if amount else "here should be an amount", _EXAMPLES)
    units: dict[str, int | Fraction] = {
        "": 1,
        "%": Fraction(1, 100),
        **COUNT_UNITS,
        **(BYTE_UNITS if figure in MEMORY else {}),
    }
    sign, unit = parts["sign"], parts["unit"]
    if unit == "%" and not sign:
        raise refuse("amount", "a percentage is a change, and has a sign", f"did you mean `+{amount}`?")
    if unit not in units:
        message = f"`{figure}` is no number of bytes" if unit in BYTE_UNITS else f"no unit `{unit}`"
        raise refuse("amount", message, did_you_mean(unit, units) or f"units are {', '.join(filter(None, units))}")
    limit = Fraction(sign + parts["number"]) * units[unit]
    return Condition(text.strip(), figure, comparison, limit, unit == "%", bool(sign))
