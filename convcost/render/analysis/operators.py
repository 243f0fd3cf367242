"""Operators with their arguments and formulas."""

from __future__ import annotations

import json
from collections.abc import Sequence

from convcost.algebra.kept import OperatorFormulas
from convcost.csv_text import as_csv
from convcost.ops.base import WORK_KINDS
from convcost.render.formats import Blocks, tabular

_LEGEND = (
    "Per sample, for two spatial axes and square windows: input C x H x W, output C_out x H_out x W_out. "
    "T(H): pairs (window, tap) along the axis that read a real element and not padding."
)


def described(one: OperatorFormulas) -> list[tuple[str, str]]:
    """Return an operator as labelled lines."""
    data = one.data
    where = f" ({data['work_where']})" if "work_where" in data else ""
    lines = {"arguments": _arguments(one) or "none", **one.lines}
    if data["params"] != "0":
        lines["params"] = data["params"]
    lines |= {kind: text + where for kind, text in data["work"].items() if text != "0"}
    return [(data["name"], data["summary"]), *((f"  {label}", text) for label, text in lines.items())]


def _arguments(one: OperatorFormulas) -> str:
    arguments = one.data["arguments"].items()
    return ", ".join(name if default is None else f"{name}: {default}" for name, default in arguments)


def _blocks(operators: Sequence[OperatorFormulas]) -> Blocks:
    return [_LEGEND, *map(described, operators)]


def _as_json(operators: Sequence[OperatorFormulas]) -> str:
    return json.dumps([one.data for one in operators], indent=2)


def _as_csv(operators: Sequence[OperatorFormulas]) -> str:
    """Return one line per operator: its arguments as one would write them, and its formulas as text."""
    rows = [
        [
            one.data["name"],
            one.data["summary"],
            _arguments(one),
            one.lines["output"],
            one.lines.get("window", ""),
            one.data["params"],
            *one.data["work"].values(),
        ]
        for one in operators
    ]
    return as_csv(["name", "summary", "arguments", "output", "window", "params", *WORK_KINDS], rows)


FORMATS = tabular(_blocks, _as_json, _as_csv)
