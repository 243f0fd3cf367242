"""`--fail-if`: a figure against an amount; or, of two versions, against a relative or an absolute change."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import inf

from convcost.analysis.costs import Analysis
from convcost.analysis.receptive_field import followed_no_further
from convcost.analysis.whole import Measure, NoFigure, SeesAll
from convcost.checks.base import Finding
from convcost.checks.phrases import amount_of
from convcost.errors import Problem, Source, Span, UsageError, choices
from convcost.expectation import COMPARISONS
from convcost.figures import FIGURES
from convcost.language.amounts import amount
from convcost.language.syntax import ExpressionError
from convcost.ops.base import by_x
from convcost.ops.numbers import Number

_EXAMPLES = "for example 'macs > 5e9', 'peak_memory >= 32 MiB'; of a change, in `diff`, 'macs > +5%'"

_CONDITION = re.compile(
    r"\s*(?P<figure>\w*)\s*(?P<comparison>[<>]=?)?\s*(?P<amount>(?P<sign>[+-]?)(?P<number>.*?)\s*(?P<percent>%?))\s*",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Budget:
    """A condition that a figure must not meet, by its values before and after."""

    text: str
    figure: str
    comparison: str
    limit: Fraction
    """A share of the old figure if `relative`, else a number."""
    relative: bool
    change: bool
    """Whether the limit is one on the change; else on the new figure itself."""

    def holds(self, old: Measure, new: Measure) -> bool:
        """Return whether it is so, along any axis. From 0, any increase is more than any percentage."""
        if isinstance(new, tuple):
            return any(map(self.holds, old, new))
        compare = COMPARISONS[self.comparison]
        if not self.change:
            return compare(new, self.limit)
        if not self.relative:
            return compare(new - old, self.limit)
        if old == 0:
            return compare(Fraction(0), self.limit) if new == 0 else self.comparison.startswith(">")
        return compare((new - old) / (old if old == inf else Fraction(old)), self.limit)


def limited(analysis: Analysis, figure: str) -> Measure:
    """Return a figure of a network that a budget is about; infinite for the field of one that sees the whole input.

    UsageError if the network has no such figure.
    """
    fields = analysis.walks.ungated_fields if figure.startswith("ungated") else analysis.walks.fields
    if FIGURES[figure].is_per_axis and (unknown := followed_no_further(fields)):
        help = "a spec can state the fields of its layers: `expect: {receptive_field: ...}` beside each"
        raise UsageError(f"`{analysis.network.name}` has no single `{figure}`: {unknown}", help)
    try:
        return analysis.of(figure)
    except SeesAll:
        return (inf,)
    except NoFigure as error:
        raise UsageError(f"`{analysis.network.name}` has no `{figure}`: {error}") from None


def in_words(found: tuple[Number, ...]) -> str:
    """Return a figure that has a number for each axis."""
    return "the whole input" if inf in found else by_x(found)


def budget(text: str) -> Budget:
    """Return the budget that is typed; UsageError with a caret under what is wrong."""
    typed = _CONDITION.fullmatch(text)
    assert typed is not None  # every part of the pattern may be empty
    figure, comparison = typed["figure"], typed["comparison"]
    names = [name for name, one in FIGURES.items() if not one.is_shape]
    if figure not in names:
        if figure in FIGURES:
            help = f"a spec can state it: `expect: {{{figure}: ...}}`"
            raise _refused(typed, "figure", f"`{figure}` can't be limited: a shape is neither more nor less", help)
        message = f"no figure `{figure}`" if figure else "here should be a figure"
        raise _refused(typed, "figure", message, choices(figure, names))
    if comparison is None:
        raise _refused(typed, "amount", "here should be one of > >= < <=", _EXAMPLES)
    if not typed["amount"]:
        raise _refused(typed, "amount", "here should be an amount", _EXAMPLES)
    change, relative = bool(typed["sign"]), bool(typed["percent"])
    limit = _limit(typed) * (-1 if typed["sign"] == "-" else 1) / (100 if relative else 1)
    return Budget(text.strip(), figure, comparison, limit, relative, change)


def _limit(typed: re.Match[str]) -> Fraction:
    """The number of an amount, without its sign; UsageError if it is none, or its unit or sign does not go with it."""
    try:
        value, _, unit = amount(typed["number"], typed["figure"])
    except ExpressionError as error:
        place = error.start, error.length
        raise _refused(typed, "number", error.message, error.help or _EXAMPLES, *place) from None
    if typed["percent"] and unit:
        raise _refused(typed, "amount", f"a percentage has no unit `{unit}`", _EXAMPLES)
    if typed["percent"] and not typed["sign"]:
        help = f"did you mean `+{typed['amount']}`?"
        raise _refused(typed, "amount", "a percentage is a change, and has a sign", help)
    return value


def _refused(
    typed: re.Match[str], part: str, message: str, help: str | None, start: int = 0, length: int | None = None
) -> UsageError:
    """What is wrong with a part of a budget, or with `length` of its characters from a start on."""
    first, last = typed.span(part)
    length = max(1, last - first if length is None else length)
    return UsageError([Problem(Span(Source("--fail-if", typed.string), 1, first + start + 1, length), message, help)])


def over_budget(analysis: Analysis, budgets: Sequence[Budget], top: Span) -> Iterator[Finding]:
    """Yield a finding for each budget that a network does not keep, at the top of its file."""
    for one in budgets:
        found = limited(analysis, one.figure)
        if one.holds(found, found):
            label = FIGURES[one.figure].label
            is_number = FIGURES[one.figure].is_number
            has = amount_of(one.figure, found, analysis.at) if is_number else f"{label} {in_words(found)}"
            batch = f" per batch of {analysis.at.batch}" if analysis.at.batch != 1 else ""
            message = f"`{analysis.network.name}` has {has}{batch}, which --fail-if '{one.text}' forbids"
            yield Finding("E107", message, top)
