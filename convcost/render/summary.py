"""What one wants to know of a network before reading its table: the totals, and where the cost sits."""

from __future__ import annotations

import textwrap

from convcost.analysis.costs import Analysis
from convcost.analysis.receptive_field import WHOLE_INPUT
from convcost.analysis.rows import rows_of, select
from convcost.errors import printable
from convcost.ops.base import PARAM_KINDS, WORK_KINDS
from convcost.render import numerals
from convcost.render.columns import in_markdown

Line = tuple[str, str]
"""A label and what stands beside it."""


def summary(analysis: Analysis, dtype: str, bytes_per_element: int) -> list[Line]:
    """The totals of a network as labelled lines."""
    lines = [
        ("network", f"{printable(analysis.network.name)}, input {_inputs(analysis)}{_symbols(analysis)}"),
        ("params", f"{_both(analysis.params.total)}{_params(analysis, dtype, bytes_per_element)}"),
        ("MACs", f"{_both(analysis.work.macs)} per sample{_useful(analysis)}"),
        ("other work", _other_work(analysis)),
        ("activations", f"{_both(analysis.elements)} elements written{_bytes(analysis, dtype, bytes_per_element)}"),
        ("peak memory", _peak(analysis, bytes_per_element)),
        ("receptive field", field_of(analysis)),
        ("where it sits", _where(analysis)),
    ]
    return [(label, text) for label, text in lines if text]


def as_text(lines: list[Line], width: int | None) -> str:
    """The lines with their labels aligned, wrapped to the width; below their labels if there is no room beside them."""
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
    """The lines as a list."""
    return "".join(f"- {label}: {in_markdown(text)}\n" for label, text in lines)


def _both(number: int) -> str:
    return numerals.exact(number) if number < 10_000 else f"{numerals.exact(number)} ({numerals.human(number)})"


def _inputs(analysis: Analysis) -> str:
    inputs = analysis.network.inputs
    if len(inputs) == 1:
        return str(next(iter(inputs.values())))
    return ", ".join(f"{name} {shape}" for name, shape in inputs.items())


def _symbols(analysis: Analysis) -> str:
    values = (f"{name} = {numerals.plain_number(value)}" for name, value in analysis.network.symbols.items())
    text = ", ".join(values)
    return f" ({text})" if text else ""


def _params(analysis: Analysis, dtype: str, bytes_per_element: int) -> str:
    params = analysis.params
    if not params.total:
        return ""
    kinds = ", ".join(
        f"{kind} {numerals.exact(n)}" for kind, n in zip(PARAM_KINDS[:3], list(params)[:3], strict=True) if n
    )
    held = f"; {numerals.exact(params.statistics)} more are held but not trained" if params.statistics else ""
    return f", {numerals.memory(params.total * bytes_per_element)} as {dtype}: {kinds}{held}"


def _useful(analysis: Analysis) -> str:
    useful, macs = analysis.useful_work.macs, analysis.work.macs
    if useful == macs:
        return ""
    return f"; {numerals.exact(useful)} ({numerals.percent(useful, macs)}) are useful, not on padding zeros"


def _other_work(analysis: Analysis) -> str:
    kinds = zip(WORK_KINDS[1:], list(analysis.work)[1:], strict=True)
    return ", ".join(f"{kind} {numerals.human(n)}" for kind, n in kinds if n)


def _bytes(analysis: Analysis, dtype: str, bytes_per_element: int) -> str:
    return f", {numerals.memory(analysis.elements * bytes_per_element)} as {dtype}" if analysis.elements else ""


def _peak(analysis: Analysis, bytes_per_element: int) -> str:
    peak = analysis.peak
    tensors = ", ".join(f"{name} {numerals.memory(n * bytes_per_element)}" for name, n in peak.tensors[:4])
    more = f" and {len(peak.tensors) - 4} more" if len(peak.tensors) > 4 else ""
    where = f" in {peak.layer}" if peak.layer else ""
    return f"{numerals.memory(peak.elements * bytes_per_element)} of activations{where}, holding {tensors}{more}"


def field_of(analysis: Analysis) -> str:
    """The largest receptive field that is a window; what comes after it, if anything does, sees everything."""
    cost = analysis.windowed
    if cost is None:
        reason = analysis.layers[-1].receptive_field.reason if analysis.layers else None
        return f"none single: {reason}" if reason else "no layer has one"
    field = cost.receptive_field
    at = f"{numerals.field(field)} px, stride {numerals.per_axis(field.stride)} px, at {cost.layer.name}"
    whole = analysis.layers[-1].receptive_field.reason == WHOLE_INPUT.reason
    return f"{at}; the whole input after that" if whole else at


def _where(analysis: Analysis) -> str:
    macs = analysis.work.macs
    if not macs:
        return ""
    kinds = ", ".join(f"{kind} {numerals.percent(n, macs)}" for kind, n in analysis.macs_by_kind.items())
    costly = select(rows_of(analysis), "macs", 3)
    layers = ", ".join(f"{row.name} {numerals.percent(row.macs, macs)}" for row in costly if row.macs)
    return f"{kinds} of MACs; costliest layers: {layers}"
