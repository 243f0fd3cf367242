"""Operators with their arguments and formulas."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from convcost.algebra.describe import OperatorFormulas
from convcost.algebra.fields import SymbolicField
from convcost.algebra.letters import factors
from convcost.algebra.notation import Notation, number_as_text
from convcost.ops.base import WORK_KINDS
from convcost.ops.numbers import Number
from convcost.render.columns import as_csv
from convcost.render.formats import Blocks, tabular

_LEGEND = (
    "Per sample, for two spatial axes and square windows: input C x H x W, output C_out x H_out x W_out. "
    "T(H): pairs (window, tap) along the axis that read a real element and not padding."
)


def described(description: OperatorFormulas) -> list[tuple[str, str]]:
    """Return an operator as labelled lines."""
    lines = [
        (description.name, description.summary),
        ("  arguments", _arguments(description) or "none"),
        ("  output", factors(description.output)),
    ]
    if description.rounded_up:
        lines.append(("  with ceil_mode", factors(description.rounded_up)))
    if window := _window(description):
        lines.append(("  window", window))
    if description.params != 0:
        lines.append(("  params", number_as_text(description.params)))
    where = f" ({description.where})" if description.where else ""
    lines += [(f"  {kind}", f"{number_as_text(n)}{where}") for kind, n in description.work.items() if n != 0]
    return lines


def description_object(description: OperatorFormulas) -> dict[str, Any]:
    """Return an operator as plain data."""
    return {
        "name": description.name,
        "summary": description.summary,
        "arguments": dict(description.arguments),
        "output": [number_as_text(n) for n in description.output],
        **({"output_ceil_mode": list(map(number_as_text, description.rounded_up))} if description.rounded_up else {}),
        "window": _window_object(description.window),
        **({"window_where": description.window_where} if description.window_where else {}),
        "params": number_as_text(description.params),
        "work": {kind: number_as_text(n) for kind, n in zip(WORK_KINDS, description.work, strict=True)},
        **({"work_where": description.where} if description.where else {}),
    }


def descriptions_as_csv(descriptions: Sequence[OperatorFormulas]) -> str:
    """Return one line per operator: its arguments as one would write them, and its formulas as text."""
    rows = [
        [
            one.name,
            one.summary,
            _arguments(one),
            factors(one.output),
            _window(one),
            number_as_text(one.params),
            *map(number_as_text, one.work),
        ]
        for one in descriptions
    ]
    return as_csv(["name", "summary", "arguments", "output", "window", "params", *WORK_KINDS], rows)


def _window(description: OperatorFormulas) -> str:
    """What an output reads along an axis; nothing where that is its own position."""
    window = description.window
    if window is None:
        return "the whole input"
    if window == SymbolicField():
        return ""
    where = f" ({description.window_where})" if description.window_where else ""
    return f"{_size(window.size)}, stride {number_as_text(window.jump)}, from {number_as_text(window.start)}{where}"


def _window_object(window: SymbolicField | None) -> dict[str, str] | None:
    numbers = window and {"size": window.size, "stride": window.jump, "start": window.start}
    return numbers and {name: number_as_text(n) for name, n in numbers.items()}


def _size(size: Number) -> str:
    """A window's size; positions from the first tap to the last as the literature has them: d*(k - 1) + 1."""
    between = Notation(in_place=True).product(size - 1)
    return f"{between} + 1" if re.fullmatch(r"\w+\*\([^()]*\)", between) else number_as_text(size, in_place=True)


def _arguments(description: OperatorFormulas) -> str:
    return ", ".join(name if default is None else f"{name}: {default}" for name, default in description.arguments)


def _blocks(descriptions: Sequence[OperatorFormulas]) -> Blocks:
    return [_LEGEND, *map(described, descriptions)]


def _as_json(descriptions: Sequence[OperatorFormulas]) -> str:
    return json.dumps(list(map(description_object, descriptions)), indent=2)


FORMATS = tabular(_blocks, _as_json, descriptions_as_csv)
