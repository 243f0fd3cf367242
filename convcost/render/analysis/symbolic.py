"""Formulas of layers and operators as text, LaTeX and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.algebra.describe import Description
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.formula import layer_formula
from convcost.algebra.law import Law
from convcost.algebra.letters import factors
from convcost.algebra.notation import as_text
from convcost.errors import printable
from convcost.figures import FIGURES, Setting
from convcost.network import Layer, Network
from convcost.ops.base import WORK_KINDS
from convcost.ops.numbers import Number
from convcost.render.columns import Column, as_csv
from convcost.render.law.text import shapes_text, shortest_shape, shown
from convcost.render.objects import as_json


def formula_columns(at: Evaluation | None) -> list[Column[Layer]]:
    """The columns of the table of formulas; `at` are the defaults, where there are any."""
    return [
        Column("layer", lambda layer: layer.name, right=False),
        Column("operator", lambda layer: layer.kind, right=False, rank=2),
        Column("output CxHxW", lambda layer: shapes_text(layer.output_shapes), right=False, rank=1),
        Column(
            "params",
            lambda layer: "shared" if layer.shares else formula_text(layer, "params", at),
            right=False,
        ),
        Column("MACs", lambda layer: formula_text(layer, "macs", at), right=False, rank=-1),
    ]


def formula_text(layer: Layer, of: str, at: Evaluation | None) -> str:
    """A layer's formula of a figure."""
    return as_text(_formula(layer, of, at))


def _formula(layer: Layer, of: str, at: Evaluation | None) -> Number:
    return layer_formula(layer, FIGURES[of].of_layer(layer, Setting()), at)


def formulas_as_csv(laws: Sequence[tuple[Law, Sequence[Layer]]]) -> str:
    """One line for each layer; of several networks one under the other."""
    rows = [
        [law.network.name, *(column.cell(layer) for column in formula_columns(law.at_defaults))]
        for law, layers in laws
        for layer in layers
    ]
    return as_csv(["network", *(column.title for column in formula_columns(None))], rows)


def formulas_as_json(laws: Sequence[tuple[Law, Sequence[Layer]]]) -> str:
    """The formulas as text: an object like the one of numbers, or a list of them for several networks."""
    return as_json([formulas_object(law.network, layers, law.at_defaults) for law, layers in laws])


def formulas_object(network: Network, layers: Sequence[Layer], at: Evaluation | None) -> dict[str, Any]:
    """One network's formulas as plain data; `at` are the defaults, where there are any."""
    rows = [
        {
            "name": layer.name,
            "operator": layer.kind,
            "inputs": list(layer.inputs),
            "output_shape": [as_text(n, in_place=True) for n in layer.output_shapes[0].numbers],
            "params": formula_text(layer, "params", at),
            "macs": formula_text(layer, "macs", at),
            "work": {kind: formula_text(layer, kind, at) for kind in WORK_KINDS},
        }
        for layer in layers
    ]
    symbols = {name: shown(value) for name, value in network.symbols.items()}
    inputs = {
        name: {"channels": as_text(shape.channels), "size": [as_text(n) for n in shape.size]}
        for name, shape in network.inputs.items()
    }
    return {"name": network.name, "symbols": symbols, "inputs": inputs, "layers": rows}


def formulas_as_latex(law: Law, layers: Sequence[Layer]) -> str:
    """A table for a paper; it needs the packages booktabs and longtable."""
    from convcost.algebra.printing import as_latex, as_latex_factors, escaped

    lines = [
        rf"% {printable(law.network.name)}: needs the packages booktabs and longtable",
        r"\begin{longtable}{llll}",
        r"\toprule",
        r"layer & output & parameters & multiply-accumulates \\",
        r"\midrule",
        r"\endhead",
    ]
    for layer in layers:
        cells = [
            rf"\texttt{{{escaped(layer.name)}}}",
            f"${as_latex_factors(shortest_shape(layer.output_shapes[0]).numbers)}$",
        ]
        cells += [f"${as_latex(_formula(layer, of, law.at_defaults))}$" for of in ("params", "macs")]
        lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{longtable}"]
    return "\n".join(lines) + "\n"


def described(description: Description) -> list[tuple[str, str]]:
    """An operator as labelled lines."""
    lines = [
        (description.name, description.summary),
        ("  arguments", _arguments(description) or "none"),
        ("  output", factors(description.output)),
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


def descriptions_as_csv(descriptions: Sequence[Description]) -> str:
    """Return one line per operator: its arguments as one would write them, and its formulas as text."""
    rows = [
        [one.name, one.summary, _arguments(one), factors(one.output), as_text(one.params), *map(as_text, one.work)]
        for one in descriptions
    ]
    return as_csv(["name", "summary", "arguments", "output", "params", *WORK_KINDS], rows)


def _arguments(description: Description) -> str:
    return ", ".join(name if default is None else f"{name}: {default}" for name, default in description.arguments)
