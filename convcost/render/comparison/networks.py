"""Networks side by side: their layers, their totals, and what the difference is made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from textwrap import wrap

from convcost import numerals
from convcost.analysis.costs import Analysis
from convcost.comparison.convolutions import told
from convcost.comparison.networks import CHANGED, ONLY_LEFT, ONLY_RIGHT, SAME, Pair, Part, differences, moved_shapes
from convcost.figures import FIGURES, Figure
from convcost.ops.arguments import many
from convcost.render.columns import Column
from convcost.render.comparison.lines import Line
from convcost.render.comparison.sides import ComparisonRow, decimal, exact, in_lines, value_columns
from convcost.render.figure_columns import Chosen, text_of
from convcost.render.summary import field_rows, inputs_of, listed
from convcost.render.tree import label

Totals = Mapping[str, int | Fraction]
Ratios = Mapping[str, Fraction | None]


@dataclass(frozen=True, slots=True)
class Compared:
    """A network under the name it has here, its figures, and what those are as parts of the baseline's."""

    label: str
    analysis: Analysis
    figures: Totals
    ratios: Ratios


def layer_columns(left: Compared, right: Compared) -> list[Column[Line]]:
    """Return the columns for a row per layer, block, or stretch of layers in one state."""

    def numbers(figure: str, rank: int) -> Iterator[Column[Line]]:
        """A figure of the left side, and of the right one."""
        for n, side in enumerate((left, right)):
            header, total = f"{in_lines(side.label)}\n{FIGURES[figure].label}", side.analysis.of(figure)
            yield Column(header, partial(_number, figure, n), numerals.exact(total), rank=rank)

    return [
        Column("", lambda line: _MARKS[line.state], right=False, rank=-1),
        Column("layer", label, total="total", right=False, rank=-1),
        Column("operator", lambda line: _only(line, lambda part: part.kind), right=False, rank=1),
        Column("output\nCxHxW", lambda line: _only(line, lambda part: numerals.shapes(part.output_shapes)), rank=2),
        *numbers("params", rank=3),
        *numbers("macs", rank=-1),
        Column("difference\nMACs", _difference, numerals.signed(right.analysis.macs - left.analysis.macs)),
    ]


_MARKS = {SAME: "", CHANGED: "~", ONLY_LEFT: "-", ONLY_RIGHT: "+"}


def _only(line: Line, text: Callable[[Part], str]) -> str:
    return "" if line.folded else line.pairs[0].both(text)


def _number(figure: str, side: int, line: Line) -> str:
    """A figure of the left side, 0, or the right one, 1; empty where it has no such layer."""
    there = any((pair.left, pair.right)[side] for pair in line.pairs)
    return numerals.exact(getattr(line, figure)[side]) if there else ""


def _difference(line: Line) -> str:
    before, after = line.macs
    return numerals.signed(after - before) if after != before else ""


def total_rows(sides: Sequence[Compared], to: Compared) -> list[ComparisonRow]:
    """Return one row per figure; with the ratio if there are two networks."""
    other = next((side for side in sides if side is not to), None)
    rows = [ComparisonRow(_INPUT, tuple(map(_input, sides)))] if _inputs_differ(sides) else []
    for figure in told():
        values = tuple(decimal(side.figures[figure.name]) for side in sides)
        ratio = other.ratios[figure.name] if other else None
        rows.append(ComparisonRow(figure.heading, values, exact(ratio), decimal(ratio)))
    fields = field_rows([side.analysis for side in sides])
    return rows + [ComparisonRow(heading, tuple(texts)) for heading, texts in fields]


def total_columns(sides: Sequence[Compared]) -> list[Column[ComparisonRow]]:
    """Return a column per network, and the ratio's."""
    return value_columns([side.label for side in sides], ratio=len(sides) == 2)


_HEADER = 10
"""Characters of a line of a header that is long."""


def network_columns(sides: Sequence[Compared], to: str) -> list[Column[Compared]]:
    """Return the columns for a row per network, where there are many, or little room; `to` is the baseline."""
    labels = [side.label for side in sides]

    def field(heading: str, texts: Sequence[str]) -> Column[Compared]:
        text_of = dict(zip(labels, texts, strict=True))
        return Column("\n".join(wrap(heading, _HEADER)), lambda side: text_of[side.label], rank=5)

    return [
        Column("network", lambda side: side.label, right=False, rank=-1),
        *_input_columns(sides, rank=2),
        Column("params", lambda side: decimal(side.figures["params"]), rank=1),
        Column("MACs", lambda side: decimal(side.figures["macs"])),
        Column(f"MACs to\n{to}", lambda side: decimal(side.ratios["macs"])),
        Column(f"params to\n{to}", lambda side: decimal(side.ratios["params"]), rank=3),
        Column("useful\nmultiplies", lambda side: decimal(side.figures["useful_multiplies"]), rank=6),
        *(field(*row) for row in field_rows([side.analysis for side in sides])),
        Column("activations\nelements", lambda side: decimal(side.figures["elements"]), rank=4),
        Column("multiplies\nper byte", lambda side: decimal(side.figures["multiplies_per_byte"]), rank=7),
    ]


UNASKED = ("params", "macs")
"""The figures of a table with a row per network, where others may be asked for."""


def chosen_columns_for(sides: Sequence[Compared], chosen: Chosen) -> list[Column[Compared]]:
    """Return the columns that were asked for, for a row per network; sizes of inputs among them, if they differ."""

    def text(side: Compared, figure: Figure) -> str:
        return text_of(side.analysis, figure, chosen.style)

    return [
        Column("network", lambda side: side.label, right=False, rank=-1),
        *_input_columns(sides, rank=1 if chosen.measured.files else 0),
        *chosen.columns(UNASKED, lambda side: side.label, text, None),
    ]


def _input_columns(sides: Sequence[Compared], rank: int) -> list[Column[Compared]]:
    return [Column(_INPUT, _input, rank=rank)] if _inputs_differ(sides) else []


def _inputs_differ(sides: Sequence[Compared]) -> bool:
    return len(set(map(_input, sides))) > 1


def _input(side: Compared) -> str:
    return inputs_of(side.analysis)


_INPUT = "input CxHxW"
"""The heading of sizes of inputs, which stand in a table where they differ."""


def summary_lines(pairs: Sequence[Pair], before: str, after: str) -> list[tuple[str, str]]:
    """Return what the difference is made of."""
    words = {SAME: "the same", CHANGED: "changed", ONLY_LEFT: f"only in {before}", ONLY_RIGHT: f"only in {after}"}
    lines = []
    for one in differences(pairs):
        text = many(one.layers, "layer")
        if one.state == SAME:
            text += f", {numerals.human(one.macs[0])} MACs, {numerals.human(one.params[0])} params"
        else:
            if one.state == CHANGED:
                kinds = Counter(pair.both(lambda part: part.kind) for pair in pairs if pair.state == CHANGED)
                text += f" ({', '.join(kind for kind, _ in kinds.most_common(2))}{', ...' if len(kinds) > 2 else ''})"
            text += f": MACs {_change(one.macs)}, params {_change(one.params)}"
        lines.append((words[one.state], text))
    moved = moved_shapes(pairs)
    if moved:
        texts = [
            f"{pair.left.name} {pair.both(lambda part: numerals.shapes(part.output_shapes))}"
            for pair in moved
            if pair.left
        ]
        lines.append(("output shapes", f"{len(moved)} differ{'s' * (len(moved) == 1)}: {listed(texts)}"))
    elif any(pair.left and pair.right for pair in pairs):
        lines.append(("output shapes", "the same in all layers that both have"))
    else:
        lines.append(("in both", "no layer"))
    return lines


def _change(numbers: tuple[int, int]) -> str:
    before, after = numbers
    return f"{numerals.human(before)} -> {numerals.human(after)} ({numerals.signed_human(after - before)})"
