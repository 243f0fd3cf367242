"""What one wants to know of a network before reading its table: the totals, and where the cost sits."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from convcost import numerals
from convcost.analysis.costs import Analysis, Costs
from convcost.analysis.receptive_field import WHOLE_INPUT, ReceptiveField
from convcost.errors import printable
from convcost.figures import FIGURES, Setting
from convcost.ops.base import WORK_KINDS
from convcost.render.columns import in_markdown

Line = tuple[str, str]
"""A label and what stands beside it."""


def summary(analysis: Analysis) -> list[Line]:
    """Return the totals of a network as labelled lines."""
    lines = [
        ("network", f"{printable(analysis.network.name)}, input {inputs_of(analysis)}{_symbols(analysis)}"),
        ("params", f"{_both(analysis.params)}{_params(analysis)}"),
        ("MACs", f"{_both(analysis.macs)} {per_batch(analysis.at)}{_useful(analysis)}"),
        ("other work", _other_work(analysis)),
        ("activations", f"{_both(analysis.elements)} elements written{_bytes(analysis)}"),
        ("peak memory", _peak(analysis)),
        ("receptive field", field_of(analysis)),
        ("gates left out", _ungated(analysis)),
        ("where it sits", _where(analysis)),
        ("in part", _in_part(analysis)),
        *(("note", printable(note.text)) for note in analysis.network.notes),
    ]
    return [(label, text) for label, text in lines if text]


def _in_part(analysis: Analysis) -> str:
    missing = ", ".join(f"{count} {printable(kind)}" for kind, count in analysis.network.not_counted.items())
    return f"at least {numerals.human(analysis.macs)} MACs; not counted: {missing}" if missing else ""


def per_batch(at: Setting) -> str:
    """Return what counts are for: `per sample`, or `per batch of 32`."""
    return "per sample" if at.batch == 1 else f"per batch of {at.batch}"


def lines_as_text(lines: list[Line], width: int | None) -> str:
    """Return the lines with their labels aligned, wrapped to the width; below the labels if there is no room."""
    indent = max(len(label) for label, _ in lines) + 2
    room = (width or 100_000) - indent
    if room < NARROWEST:
        return "\n".join(line for label, text in lines for line in _below(label, text, max(NARROWEST, width or 0)))
    result = []
    for label, text in lines:
        first, *more = textwrap.wrap(text, room, break_on_hyphens=False) or [""]
        result += [label.ljust(indent) + first, *(" " * indent + line for line in more)]
    return "\n".join(result)


NARROWEST = 30
"""Columns that text needs."""


def _below(label: str, text: str, width: int) -> list[str]:
    lead = " " * (len(label) - len(label.lstrip()) + 2)
    wrapped = textwrap.wrap(text, width, initial_indent=lead, subsequent_indent=lead, break_on_hyphens=False)
    return [label, *wrapped] if label.strip() else wrapped


def as_markdown_list(lines: list[Line]) -> str:
    """Return the lines as a list; what is indented stands below what comes before."""
    return "".join(re.sub(r" *", r"\g<0>- ", label, count=1) + f": {in_markdown(text)}\n" for label, text in lines)


def _both(number: int) -> str:
    return numerals.exact(number) if number < 10_000 else f"{numerals.exact(number)} ({numerals.human(number)})"


def inputs_of(analysis: Analysis) -> str:
    """Return the shape of a network's input, or of each by its name."""
    inputs = analysis.network.inputs
    if len(inputs) == 1:
        return str(next(iter(inputs.values())))
    return ", ".join(f"{name} {shape}" for name, shape in inputs.items())


def _symbols(analysis: Analysis) -> str:
    values = (f"{name} = {numerals.plain_number(value)}" for name, value in analysis.network.symbols.items())
    text = ", ".join(values)
    return f" ({text})" if text else ""


def _params(analysis: Analysis) -> str:
    if not analysis.params:
        return ""
    kinds = ", ".join(
        f"{kind} {numerals.exact(n)}" for kind in ("weights", "biases", "norm") if (n := analysis.of(kind))
    )
    held = f"; {numerals.exact(analysis.statistics)} more are held but not trained" if analysis.statistics else ""
    return f", {numerals.memory(analysis.weight_memory)} as {analysis.at.dtype}: {kinds}{held}"


def _useful(analysis: Analysis) -> str:
    useful, macs = analysis.useful_macs, analysis.macs
    if useful == macs:
        return ""
    return f"; {numerals.exact(useful)} ({numerals.percent(useful, macs)}) are useful, not on padding zeros"


def _other_work(analysis: Analysis) -> str:
    return ", ".join(f"{kind} {numerals.human(n)}" for kind in WORK_KINDS[1:] if (n := analysis.of(kind)))


def _bytes(analysis: Analysis) -> str:
    if not analysis.elements:
        return ""
    return f", {numerals.memory(analysis.activation_memory)} as {analysis.at.dtype}"


def _peak(analysis: Analysis) -> str:
    peak, bytes_of_one = analysis.peak, analysis.at.bytes * analysis.at.batch
    tensors = listed([f"{name} {numerals.memory(n * bytes_of_one)}" for name, n in peak.tensors])
    where = f" in {peak.layer}" if peak.layer else ""
    return f"{numerals.memory(analysis.peak_memory)} of activations{where}, holding {tensors}"


def listed(texts: Sequence[str], most: int = 4) -> str:
    """Return texts with commas between them; of many, the first and how many more there are.

    >>> listed(["conv", "relu"]), listed(["conv", "relu", "linear"], 2)
    ('conv, relu', 'conv, relu and 1 more')
    """
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(texts[:most]) + more


def field_of(analysis: Analysis) -> str:
    """Return the largest receptive field that is a window; what comes after it, if anything does, sees more."""
    cost, layers = analysis.windowed, analysis.layers
    return field_text(cost and _window(cost.field, cost), layers[-1].field.reason if layers else None)


def field_text(window: str | None, reason: str | None) -> str:
    """Return the largest window in words, if there is one, and why the last layer has none, if it has none."""
    if window is None:
        return f"none single: {reason}" if reason else "no layer has one"
    if reason == WHOLE_INPUT.reason:
        return f"{window}; the whole input after that"
    return f"{window}; {reason} after that" if reason else window


def field_rows(analyses: Sequence[Analysis]) -> list[tuple[str, list[str]]]:
    """Return the receptive fields of networks in a row with its heading; if any has gates, those without, too."""
    from convcost.render.figure_columns import EXACT, text_of

    names = ["receptive_field", *(["ungated_receptive_field"] if any(one.ungated for one in analyses) else [])]
    figures = [FIGURES[name] for name in names]
    return [(figure.heading, [text_of(one, figure, EXACT) for one in analyses]) for figure in figures]


def _ungated(analysis: Analysis) -> str:
    cost = analysis.ungated
    return "" if cost is None else f"receptive field {_window(cost.ungated_field, cost)}"


def _window(field: ReceptiveField, cost: Costs) -> str:
    return f"{numerals.field(field)} px, stride {numerals.per_axis(field.stride)} px, at {cost.layer.name}"


def _where(analysis: Analysis) -> str:
    macs = analysis.macs
    if not macs:
        return ""
    kinds = ", ".join(f"{kind} {numerals.percent(n, macs)}" for kind, n in analysis.macs_by_operator.items())
    layers, each = analysis.network.layers, analysis.walks.each(FIGURES["macs"], analysis.at)
    costliest = sorted(range(len(each)), key=each.__getitem__, reverse=True)[:3]
    shares = ", ".join(f"{layers[n].name} {numerals.percent(each[n], macs)}" for n in costliest if each[n])
    return f"{kinds} of MACs; costliest layers: {shares}"
