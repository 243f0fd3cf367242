"""Two versions of a network: the change of the totals in a sentence, the layers that changed, and the totals."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from convcost import numerals
from convcost.analysis.whole import Measure
from convcost.checks.budgets import Budget, in_words
from convcost.diff.changes import ADDED, CHANGED, FOLLOWS, REMOVED, RENAMED, SAME, Diff
from convcost.diff.rows import OTHERS, DiffRow, renamed
from convcost.errors import printable
from convcost.figures import FIGURES, totals
from convcost.render.columns import Column, as_markdown
from convcost.render.summary import Line, field_rows, listed, per_batch

_ALWAYS = ("params", "macs")
"""Figures that a table has even where they are as before."""

_MARKS = {CHANGED: "~", REMOVED: "-", ADDED: "+", RENAMED: "=", FOLLOWS: "~", OTHERS: ""}


@dataclass(frozen=True, slots=True)
class Total:
    """One figure of both versions."""

    label: str
    old: str
    new: str
    change: str = ""
    relative: str = ""


def in_code(text: str) -> str:
    r"""Text as code in Markdown, where nothing in it means anything; backslashes before a table's bar are doubled.

    >>> print(in_code("conv"), in_code("a`b"))
    `conv` ``a`b``
    """
    text = re.sub(r"\\+(?=\||$)", lambda found: found[0] * 2, printable(text))
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    gap = " " if text[:1] in ("`", "") or text[-1:] == "`" else ""
    return f"{fence}{gap}{text}{gap}{fence}"


def verdict(diff: Diff, code: Callable[[str], str] = printable) -> str:
    """Return the change of the totals in a sentence."""
    if diff.is_empty:
        params, macs = (numerals.exact(diff.totals[figure][1]) for figure in ("params", "macs"))
        return f"{_title(diff, code)}: no layer changed; {macs} MACs, {params} params"
    parts = [_headline(diff, figure) for figure in ("macs", "params")]
    if not any(parts):
        others = (_headline(diff, figure) for figure in _shown() if figure not in _ALWAYS)
        parts = ["MACs and params as before", next(filter(None, others), "")]
    elif not all(parts):
        parts.append("params as before" if parts[0] else "MACs as before")
    return f"{_title(diff, code)}: {', '.join(filter(None, parts))}"


def _title(diff: Diff, code: Callable[[str], str]) -> str:
    return " -> ".join(dict.fromkeys(code(side.network.name) for side in (diff.old, diff.new)))


def _shown() -> list[str]:
    """The figures that a table has where they differ."""
    return [name for name in totals() if "diff" in FIGURES[name].told]


def _headline(diff: Diff, figure: str) -> str:
    old, new = diff.totals[figure]
    if old == new:
        return ""
    return f"{FIGURES[figure].label} {numerals.human(old)} -> {numerals.human(new)} ({relative(old, new)})"


_LARGE = 1000
"""Per cent from which on a change is so many times the old number."""


def relative(old: int, new: int, beside: Fraction | None = None) -> str:
    """Return the change in percent of the old number, with as many digits as tell it from 0 and from another.

    >>> relative(1000, 1051), relative(100000, 100001), relative(0, 12), relative(1000, 1050, Fraction(5))
    ('+5.1 %', '+0.001 %', 'from 0', '+5.0 %')
    >>> relative(1000, 12000)
    '12 times as much'
    """
    if old == new:
        return "as before"
    if old == 0:
        return "from 0"
    percent = Fraction(100 * (new - old), old)
    if percent >= max(_LARGE, 2 * (beside or 0)):
        return numerals.times(Fraction(new, old))
    decimals = next((n for n in range(1, 12) if _tells(percent, n, beside)), 12)
    return f"{float(percent):+,.{decimals}f} %"


def _tells(percent: Fraction, decimals: int, beside: Fraction | None) -> bool:
    rounded = round(percent, decimals)
    return rounded != 0 and (beside is None or percent == beside or rounded != beside)


def layer_columns(diff: Diff, code: Callable[[str], str] = printable) -> list[Column[DiffRow]]:
    """Return the columns of a table with a row per change; `code` marks what is a spec's."""
    sums = {figure: numerals.signed(new - old) for figure, (old, new) in diff.totals.items() if figure in _ALWAYS}

    return [
        Column("", lambda row: _MARKS[row.state], right=False),
        Column("layer", lambda row: _name(row, code), total="total", right=False, rank=-1),
        Column("change", lambda row: _what(row, code), right=False, rank=-1),
        Column("params", lambda row: _signed(row.costs["params"]), sums["params"], rank=1),
        Column("MACs", lambda row: _signed(row.costs["macs"]), sums["macs"], rank=-1),
    ]


def _name(row: DiffRow, code: Callable[[str], str]) -> str:
    if row.state == OTHERS:
        return f"({row.layers} more layers)"
    if row.state == FOLLOWS and row.layers > 1:
        return f"({row.layers} layers that follow)"
    if row.state == RENAMED and row.changes[0].pair.left:
        return f"{code(row.changes[0].pair.left.name)} -> {code(row.name)}"
    return code(row.name) + (f" ({row.layers} layers)" if row.layers > 1 else "")


def _what(row: DiffRow, code: Callable[[str], str]) -> str:
    if row.state == FOLLOWS:
        return code(row.what) if row.what else "another input"
    return code(row.what) if row.what else ""


def _signed(number: int) -> str:
    return f"{number:+,}" if number else ""


def total_rows(diff: Diff) -> list[Total]:
    """Return the figures of the whole network that differ; params and MACs always."""
    rows = []
    for figure in _shown():
        old, new = diff.totals[figure]
        if old != new or figure in _ALWAYS:
            texts = numerals.exact(old), numerals.exact(new), _signed(new - old)
            rows.append(Total(FIGURES[figure].heading, *texts, relative(old, new) if old != new else ""))
    fields = [Total(heading, *texts) for heading, texts in field_rows([diff.old, diff.new])]
    return rows + (fields if any(row.old != row.new for row in fields) else [])


def total_columns(diff: Diff) -> Sequence[Column[Total]]:
    """Return the columns of the table of totals, whose first header says what counts are for, unless it is a sample."""
    return (
        Column("" if diff.new.at.batch == 1 else per_batch(diff.new.at), lambda row: row.label, right=False, rank=-1),
        Column("old", lambda row: row.old, rank=-1),
        Column("new", lambda row: row.new, rank=-1),
        Column("change", lambda row: row.change, rank=1),
        Column("relative", lambda row: row.relative),
    )


def remarks(diff: Diff, only_symbols: bool = False, code: Callable[[str], str] = printable) -> list[Line]:
    """Return what explains the changes, in labelled lines; `only_symbols`: with the old values nothing differs."""
    lines = []
    if diff.symbols:
        values = (
            f"{code(name)} {' -> '.join('none' if n is None else str(numerals.plain_number(n)) for n in both)}"
            for name, both in diff.symbols.items()
        )
        lines.append(("symbols", ", ".join(values) + ("; nothing else differs" if only_symbols else "")))
    inputs = [", ".join(map(str, side.network.inputs.values())) for side in (diff.old, diff.new)]
    if inputs[0] != inputs[1]:
        lines.append(("input", " -> ".join(inputs)))
    if diff.outputs:
        lines.append(("outputs", " -> ".join(", ".join(map(code, names)) for names in diff.outputs)))
    names = [
        f"{code(old)} -> {code(new)}" + (f" ({layers} layers)" if layers > 1 else "")
        for old, new, layers in renamed(diff.changes)
    ]
    if names:
        lines.append(("renamed", listed(names)))
    same = sum(change.layers for change in diff.changes if change.state in (SAME, RENAMED))
    if not diff.is_empty:
        lines.append(("the same", f"{same or 'no'} layer{'s' * (same != 1)}"))
    return lines


def failure(budget: Budget, old: Measure, new: Measure) -> str:
    """Return why a budget was not kept."""
    if isinstance(new, tuple):
        change = in_words(new) if old == new else f"went from {in_words(old)} to {in_words(new)}"
        return f"{FIGURES[budget.figure].label} {change}, which --fail-if '{budget.text}' forbids"
    beside = 100 * budget.limit if budget.relative else None
    figure = budget.figure.replace("_", " ")
    show, exactly = numerals.exact, ""
    if not FIGURES[budget.figure].whole:
        show = numerals.quotient
    elif FIGURES[budget.figure].is_bytes:
        show, exactly = numerals.memory, f"{new:,} bytes" if old == new else f"; {old:,} to {new:,} bytes"
    if old != new:
        went = f"{figure} went from {show(old)} to {show(new)} ({relative(old, new, beside)}{exactly})"
    else:
        went = f"{figure} {show(new)}" + (f" ({exactly})" if exactly else "")
    return f"{went}, which --fail-if '{budget.text}' forbids"


def diff_as_markdown(diff: Diff, rows: Sequence[DiffRow], only_symbols: bool, failures: Sequence[str]) -> str:
    """Return what one would post on a pull request: the totals' change, and the layers that it comes from."""
    parts = [f"### {verdict(diff, in_code)}\n"]
    if diff.is_empty:
        parts = [f"{verdict(diff, in_code)}.\n"]
    else:
        if rows:
            parts.append(as_markdown(layer_columns(diff, in_code), rows, marked=True))
        parts.append(as_markdown(total_columns(diff), total_rows(diff)))
    lines = [f"- {label}: {text}\n" for label, text in remarks(diff, only_symbols, in_code)]
    lines += [f"- **failed**: {in_code(text)}\n" for text in failures]
    return "\n".join([*parts, *(["".join(lines)] if lines else [])])
