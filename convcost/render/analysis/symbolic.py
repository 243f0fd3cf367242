"""Formulas of layers and operators as text, LaTeX and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.algebra.polynomial import number_of
from convcost.algebra.texts import number_as_text
from convcost.analysis.in_symbols import Walked
from convcost.csv_text import as_csv
from convcost.errors import printable
from convcost.network import Layer
from convcost.ops.base import WORK_KINDS
from convcost.render.columns import Column
from convcost.render.law.axes import cell, latex_cell
from convcost.render.law.text import of_several, shown
from convcost.render.objects import as_json


def formula_columns(found: Walked) -> list[Column[Layer]]:
    """Return the columns of the table of formulas."""
    texts = found.layers
    return [
        Column("layer", lambda layer: layer.name, right=False),
        Column("operator", lambda layer: layer.kind, right=False, rank=2),
        Column(
            "output CxHxW",
            lambda layer: of_several(layer.output_shapes, texts.shape(layer.output_shapes[0])),
            right=False,
            rank=1,
        ),
        Column("receptive\nfield, px", lambda layer: cell(found, "receptive_field", layer), right=False, rank=3),
        Column(
            "params",
            lambda layer: "shared" if layer.shares else texts.total("params", found.place(layer)),
            right=False,
        ),
        Column("MACs", lambda layer: texts.total("macs", found.place(layer)), right=False, rank=-1),
    ]


def formulas_as_csv(laws: Sequence[tuple[Walked, Sequence[Layer]]]) -> str:
    """Return one line for each layer; of several networks one under the other."""
    columns = [formula_columns(found) for found, _ in laws]
    rows = [
        [found.network.name, *(column.cell(layer) for column in own)]
        for (found, layers), own in zip(laws, columns, strict=True)
        for layer in layers
    ]
    return as_csv(["network", *(column.title for column in columns[0])], rows)


def formulas_as_json(laws: Sequence[tuple[Walked, Sequence[Layer]]]) -> str:
    """Return the formulas in JSON: an object like the one of numbers, or a list of them for several networks."""
    return as_json([formulas_object(found, layers) for found, layers in laws])


def formulas_object(found: Walked, layers: Sequence[Layer]) -> dict[str, Any]:
    """Return one network's formulas as plain data."""
    network, texts = found.network, found.layers
    rows = [
        {
            "name": layer.name,
            "operator": layer.kind,
            "inputs": list(layer.inputs),
            "output_shape": [number_as_text(n, in_place=True) for n in layer.output_shapes[0].numbers],
            **{of: found.texts(of, layer) for of in ("receptive_field", "effective_stride", "start_offset")},
            "params": texts.total("params", found.place(layer)),
            "macs": texts.total("macs", found.place(layer)),
            "work": {kind: texts.total(kind, found.place(layer)) for kind in WORK_KINDS},
        }
        for layer in layers
    ]
    symbols = {name: shown(value) for name, value in network.symbols.items()}
    inputs = {
        name: {"channels": number_as_text(shape.channels), "size": [number_as_text(n) for n in shape.size]}
        for name, shape in network.inputs.items()
    }
    return {
        "name": network.name,
        "symbols": symbols,
        "inputs": inputs,
        "layers": rows,
        "definitions": texts.definitions,
    }


def formulas_as_latex(found: Walked, layers: Sequence[Layer]) -> str:
    """Return a table for a paper; it needs the packages booktabs and longtable."""
    from convcost.algebra.latex import as_latex, as_latex_factors, escaped

    texts = found.layers
    lines = [
        rf"% {printable(found.network.name)}: needs the packages booktabs and longtable",
        r"\begin{longtable}{lllll}",
        r"\toprule",
        r"layer & output & receptive field & parameters & multiply-accumulates \\",
        r"\midrule",
        r"\endhead",
    ]
    for layer in layers:
        cells = [
            rf"\texttt{{{escaped(layer.name)}}}",
            f"${as_latex_factors(texts.sizes(layer.output_shapes[0]), texts.named)}$",
            latex_cell(found, "receptive_field", layer),
        ]
        numbers = (texts.number(of, found.place(layer)) for of in ("params", "macs"))
        cells += [f"${as_latex(number, texts.named)}$" for number in numbers]
        lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{longtable}"]
    sizes = [rf"{as_latex(number_of(atom), texts.named)} &= {as_latex(atom.parts[0])}" for atom in texts.named]
    if sizes:
        rows = " \\\\\n".join(sizes)
        lines += [r"\begin{align*}", rows, r"\end{align*}"]
    return "\n".join(lines) + "\n"
