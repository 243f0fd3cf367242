r"""Tables for a paper, in LaTeX: booktabs, and a caption that says what is counted.

Exact numbers stand there with commas, so that a program reads them again; no name of a network is a command.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from convcost.algebra.latex import escaped
from convcost.analysis.costs import Analysis
from convcost.errors import printable
from convcost.figures import FIGURES, Figure
from convcost.render.columns import Column, cells_of, drawn
from convcost.render.summary import inputs_of, per_batch

T = TypeVar("T")

MOST_ROWS = 50
"""That fit on a page."""


def paper_table(columns: Sequence[Column[T]], rows: Sequence[T], caption: str, label: str) -> str:
    """Return a table that needs the package booktabs, and longtable where it is longer than a page.

    The caption is text, `label` what it is of.
    """
    columns = drawn(columns, rows)
    cells = [_cells(column, each) for column, each in zip(columns, cells_of(columns, rows), strict=True)]
    body = list(map(_row, zip(*cells, strict=True)))
    if any(column.total for column in columns):
        totals = [_cells(column, [column.total])[0] for column in columns]
        body += [r"\midrule", _row(totals)]
    head = [r"\toprule", _row(escaped(column.title) for column in columns), r"\midrule"]
    sides = "".join("r" if column.right else "l" for column in columns)
    named = rf"\caption{{{numbers(escaped(caption))}}}" + rf"\label{{tab:{re.sub(r'[^A-Za-z0-9]+', '-', label)}}}"
    if len(rows) > MOST_ROWS:
        lines = [
            "% needs the packages booktabs and longtable",
            rf"\begin{{longtable}}{{{sides}}}",
            *_indented([rf"{named}\\", *head, r"\endfirsthead", *head, r"\endhead"]),
            *_indented([r"\bottomrule", r"\endfoot", *body]),
            r"\end{longtable}",
        ]
    else:
        tabular = [rf"\begin{{tabular}}{{{sides}}}", *_indented([*head, *body, r"\bottomrule"]), r"\end{tabular}"]
        inside = [r"\centering", named, *tabular]
        lines = ["% needs the package booktabs", r"\begin{table}", *_indented(inside), r"\end{table}"]
    return "\n".join(lines) + "\n"


def caption_of(subject: str, analyses: Mapping[str, Analysis], names: Iterable[str]) -> str:
    """Return what the table of some networks says: of what, at which size, and what each of the figures is.

    Networks go by what they are called in the table: what is not the same of all says of which it is.
    """
    figures = [FIGURES[name] for name in names if name in FIGURES]
    inputs = {inputs_of(one) for one in analyses.values()}
    at = [f"input {inputs.pop()}"] if len(inputs) == 1 else []
    if any(figure.per_sample or "batch" in figure.reads for figure in figures):
        at += _of_each({label: per_batch(one.at) for label, one in analyses.items()})
    if any("dtype" in figure.reads for figure in figures):
        at += _of_each({label: f"as {one.at.dtype}" for label, one in analyses.items()})
    counted = [figure for figure in figures if not figure.is_shape]
    meanings = [f"{figure.label}: {_meaning(figure)}." for figure in counted]
    missing = [
        f"Not counted in {label}: {_missing(one)}." for label, one in analyses.items() if one.network.not_counted
    ]
    return printable(" ".join([f"{', '.join([subject, *at])}.", *meanings, *missing]))


def _of_each(texts: Mapping[str, str]) -> list[str]:
    """Each text once, with the labels that it holds for unless it holds for all."""
    labels = {text: [label for label in texts if texts[label] == text] for text in texts.values()}
    return list(labels) if len(labels) == 1 else [f"{text} ({', '.join(of)})" for text, of in labels.items()]


def _meaning(figure: Figure) -> str:
    """What a figure is, to stand behind its name, which some meanings begin with."""
    text = figure.meaning.rstrip(".").removeprefix(f"The {figure.label}: ")
    return f"{text[0].lower()}{text[1:]}"


def _missing(analysis: Analysis) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in analysis.network.not_counted.items())


def numbers(text: str) -> str:
    r"""Return text that is escaped already with its numbers as they are set: signs, crosses, and prefixes held to them.

    >>> print(numbers("3x224x224, -2, 4.09 G"))
    $3 \times 224 \times 224$, $-2$, 4.09\,G
    """
    text = re.sub(r"\b\d+(?:x\d+)+\b", lambda found: "$" + found[0].replace("x", r" \times ") + "$", text)
    text = re.sub(r"(?<![\w-])-(\d+(?:\.\d+)?)", r"$-\1$", text)
    return re.sub(r"(?<=\d) (?=(?:[kKMGTPE](?:iB)?|B)\b)", r"\\,", text)


def _cells(column: Column[T], texts: Iterable[str]) -> list[str]:
    return [numbers(escaped(text)) if column.right else escaped(text) for text in texts]


def _row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]
