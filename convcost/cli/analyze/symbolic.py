"""`convcost analyze --symbolic`: each layer's formulas."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from convcost.algebra.derivation import derive
from convcost.algebra.law import Law
from convcost.analysis.in_symbols import Walked
from convcost.cli.formats import printer
from convcost.cli.options import show_all
from convcost.errors import printable
from convcost.network import Layer
from convcost.ops.base import WORK_KINDS
from convcost.reading.load import open_description
from convcost.reading.opening import AS_IT_IS, Opening
from convcost.render.analysis import symbolic as render
from convcost.render.formats import Block, Blocks, Formats, Grid, tabular
from convcost.render.law.domain import definition_lines, domain_of
from convcost.render.law.text import fixed_symbols, shown

Formulas = list[tuple[Walked, Sequence[Layer]]]
"""Networks, and those of their layers that are asked for."""


def show_formulas(
    specs: list[str],
    settings: dict[str, str],
    variant: str | None,
    free: Collection[str] | None,
    format: str | None,
    output: Path | None,
    top: int | None,
    assume: Collection[str] = (),
    how: Opening = AS_IT_IS,
) -> None:
    """Print the formulas of every layer of every spec, in the symbols `free`; with `top`, of the first few."""
    show = printer(FORMATS, format, output)

    def read(spec: str) -> tuple[Walked, Sequence[Layer]]:
        law = derive(open_description(spec, how), settings, variant, free, assume=assume, of=("params", *WORK_KINDS))
        return Walked(law.network, law), law.layers[:top]

    show_all(specs, read, show)


def _blocks(found: Formulas) -> Blocks:
    blocks: list[Block] = []
    for walked, layers in found:
        blocks.append(Grid(render.formula_columns(walked), layers, len(walked.network.layers)))
        if walked.law:
            blocks += [definition_lines(walked.law, walked.layers.defined(layers)), _heading(walked.law)]
    return blocks


def _heading(law: Law) -> str:
    free = [variable.name for variable in law.variables]
    heading = f"{law.network.name}, per sample" + (f", in {', '.join(free)}, {domain_of(law)}" if free else "")
    fixed = [f"{name} = {shown(value)}{why and f' ({why})'}" for name, (value, why) in fixed_symbols(law).items()]
    return printable("; ".join([heading, *fixed]))


FORMATS: Formats[Formulas] = {
    **tabular(_blocks, render.formulas_as_json, render.formulas_as_csv),
    "latex": lambda found: "\n".join(render.formulas_as_latex(walked, layers) for walked, layers in found),
}
