"""Formulas as text, LaTeX and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.algebra.describe import Description
from convcost.algebra.network import LayerFormulas
from convcost.algebra.printing import as_factors, as_latex, as_latex_factors, as_text, escaped
from convcost.errors import printable
from convcost.network import Network
from convcost.ops.base import WORK_KINDS, Shape
from convcost.render.columns import Column
from convcost.render.objects import as_json


def formula_columns() -> list[Column[LayerFormulas]]:
    """The columns of the table of formulas."""
    return [
        Column("layer", lambda row: row.layer.name, right=False),
        Column("operator", lambda row: row.layer.kind, right=False, rank=2),
        Column("output CxHxW", lambda row: _shapes(row.output_shapes), right=False, rank=1),
        Column("params", lambda row: "shared" if row.layer.shares else as_text(row.params), right=False),
        Column("MACs", lambda row: as_text(row.work.macs), right=False, rank=-1),
    ]


def formulas_as_json(networks: Sequence[tuple[Network, Sequence[LayerFormulas]]]) -> str:
    """The formulas as text: an object like the one of numbers, or a list of them for several networks."""
    return as_json([formulas_object(*one) for one in networks])


def formulas_object(network: Network, rows: Sequence[LayerFormulas]) -> dict[str, Any]:
    """One network's formulas as plain data."""
    layers = [
        {
            "name": row.layer.name,
            "operator": row.layer.kind,
            "inputs": list(row.layer.inputs),
            "output_shape": [as_text(n) for n in row.output_shapes[0].numbers],
            "params": as_text(row.params),
            "macs": as_text(row.work.macs),
            "work": {kind: as_text(n) for kind, n in row.work.items()},
        }
        for row in rows
    ]
    symbols = {name: as_text(value) for name, value in network.symbols.items()}
    inputs = {
        name: {"channels": as_text(shape.channels), "size": [as_text(n) for n in shape.size]}
        for name, shape in network.inputs.items()
    }
    return {"name": network.name, "symbols": symbols, "inputs": inputs, "layers": layers}


def formulas_as_latex(network: Network, rows: Sequence[LayerFormulas]) -> str:
    """A table for a paper; it needs the packages booktabs and longtable."""
    lines = [
        rf"% {printable(network.name)}: needs the packages booktabs and longtable",
        r"\begin{longtable}{llll}",
        r"\toprule",
        r"layer & output & parameters & multiply-accumulates \\",
        r"\midrule",
        r"\endhead",
    ]
    for row in rows:
        output = as_latex_factors(row.output_shapes[0].numbers)
        cells = [rf"\texttt{{{escaped(row.layer.name)}}}"]
        cells += [f"${text}$" for text in (output, as_latex(row.params), as_latex(row.work.macs))]
        lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{longtable}"]
    return "\n".join(lines) + "\n"


def described(description: Description) -> list[tuple[str, str]]:
    """An operator as labelled lines."""
    arguments = (name if default is None else f"{name}: {default}" for name, default in description.arguments)
    lines = [
        (description.name, description.summary),
        ("  arguments", ", ".join(arguments) or "none"),
        ("  output", as_factors(description.output)),
    ]
    if description.params != 0:
        lines.append(("  params", as_text(description.params)))
    where = f" ({description.where})" if description.where else ""
    lines += [(f"  {kind}", f"{as_text(n)}{where}") for kind, n in description.work.items() if n != 0]
    return lines


def description_object(description: Description) -> dict[str, Any]:
    """An operator as plain data."""
    return {
        "name": description.name,
        "summary": description.summary,
        "arguments": dict(description.arguments),
        "output": [as_text(n) for n in description.output],
        "params": as_text(description.params),
        "work": {kind: as_text(n) for kind, n in zip(WORK_KINDS, description.work, strict=True)},
        **({"work_where": description.where} if description.where else {}),
    }


def _shapes(outputs: tuple[Shape, ...]) -> str:
    first = as_factors(outputs[0].numbers)
    return first if len(outputs) == 1 else f"{len(outputs)} of {first}"
