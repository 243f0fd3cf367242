"""What follows from a comparison of convolutions, in words: limits, break-evens, what can replace what."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.algebra import texts
from convcost.algebra.letters import AXES
from convcost.algebra.printing import sympy_as_text
from convcost.algebra.ratios import Pays, Range
from convcost.comparison.against import SQUARE, Against
from convcost.comparison.convolutions import Table
from convcost.comparison.exactness import replaces
from convcost.figures import FIGURES
from convcost.render.comparison.sides import Lines
from convcost.render.comparison.table import ratio_text, short


def conclusions(one: Against) -> Lines:
    """Return what follows for two sides, in labelled lines."""
    texts = {figure: ratio_text(one, figure) for figure in ("all_multiplies", "params") if figure in one.symbolic}
    lines = [
        ("in letters", f"{FIGURES[figure].label}: {text}")
        for figure, text in texts.items()
        if figure == "all_multiplies" or not short(text)
    ]
    lines += [("limit", f"{sympy_as_text(limit)} as {letters} -> oo") for letters, limit in one.limits]
    lines.append(("break-even", _break_even(one)))
    for other, side in one.replacements:
        word, condition = replaces(other, side)
        answer = "yes" if condition == "always" else f"{word}: {condition.removeprefix('never: ')}"
        lines.append(("exactness", f"can {other.label} replace {side.label}? {answer}"))
    labels = [label for label, _ in lines]
    return [("" if label in labels[:n] else label, text) for n, (label, text) in enumerate(lines) if text]


def legend(table: Table, against: Sequence[Against]) -> Lines:
    """Return what the letters stand for, and the sides as a spec would have them."""
    given = dict(zip(AXES[table.given.rank], table.given.size, strict=True)) | dict(sorted(table.letters.items()))
    short = {letter: texts.number_as_text(size) for one in against for letter, size in one.short.items()}
    letters = ", ".join(f"{letter} = {value}" for letter, value in (given | short).items())
    return [("letters", letters), *((side.label, side.layer) for side in table.sides)]


def _break_even(one: Against) -> str:
    """Where it pays: the condition in letters, and each letter's values with the others as they are here."""
    if one.condition is None:
        ratio = one.exact["all_multiplies"]
        return "" if ratio is None or ratio == 1 else f"{'fewer' if ratio < 1 else 'more'} multiplies at every size"
    left, right = (sympy_as_text(side, "lex") for side in one.condition)
    text = f"fewer multiplies where {left} < {right}"
    telling = [found for found in one.pays if found.below != (found.domain,)]
    if not telling:
        return f"{text}: at every size, whichever one is changed"
    never = [found.letter for found in telling if not found.below and not found.even]
    if len(never) == len(one.pays):
        return f"{text}: at no size, whichever one is changed"
    ranges = [_values(found) for found in telling if found.letter not in never]
    ranges += [f"for no {', no '.join(never)}"] if never else []
    square = f" ({SQUARE}: every side of the input)" if telling[0].letter == SQUARE else ""
    return f"{text}. With the other sizes as here: {'; '.join(ranges)}{square}"


def _values(found: Pays) -> str:
    letter = found.letter
    text = ", ".join(_range(letter, span, found.domain) for span in found.below) or f"for no {letter}"
    if found.even:
        text += f" (as many at {letter} = {', '.join(map(str, found.even))})"
    return text + (f", {letter} tried up to {found.domain.last}" if found.searched else "")


def _range(letter: str, span: Range, domain: Range) -> str:
    if span.last is None:
        return f"from {letter} = {span.first}"
    if span.first == span.last:
        return f"at {letter} = {span.first}"
    if span.last == domain.last:
        return f"from {letter} = {span.first} (to {span.last}, the largest here)"
    return f"from {letter} = {span.first} to {span.last}"
