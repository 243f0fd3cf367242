"""`convcost analyze --symbolic`: each layer's formulas."""

from __future__ import annotations

from convcost.algebra.network import LayerFormulas, layer_formulas, symbolic_network
from convcost.algebra.printing import as_text
from convcost.cli.output import show_table, write
from convcost.network import Network
from convcost.reading.load import open_source
from convcost.render.formulas import formula_columns, formulas_as_json, formulas_as_latex


def show_formulas(
    specs: list[str], settings: dict[str, str], variant: str | None, format: str, top: int | None
) -> None:
    """Print the formulas of every layer of every spec."""
    for n, spec in enumerate(specs):
        source, name = open_source(spec)
        network = symbolic_network(source, name, settings, variant)
        rows = layer_formulas(network)[:top]
        if n:
            write("")
        if format == "json":
            write(formulas_as_json(network, rows))
        elif format == "latex":
            write(formulas_as_latex(network, rows))
        elif format == "markdown":
            from convcost.render.columns import as_markdown

            write(as_markdown(formula_columns(), rows))
        else:
            _show_table(network, rows)


def _show_table(network: Network, rows: list[LayerFormulas]) -> None:
    show_table(formula_columns(), rows, len(network.layers))
    free = [name for name, value in network.symbols.items() if as_text(value) == name]
    bound = [f"{name} = {as_text(value)}" for name, value in network.symbols.items() if name not in free]
    write("\n" + "; ".join([f"{network.name}, per sample" + (f", in {', '.join(free)}" if free else ""), *bound]))
