"""`convcost analyze --symbolic`: each layer's formulas."""

from __future__ import annotations

from convcost.algebra.network import LayerFormulas, layer_formulas, symbolic_network
from convcost.algebra.printing import as_text
from convcost.cli.options import collected
from convcost.cli.output import show_table, wrapped, write
from convcost.errors import ConvcostError, Problem, printable
from convcost.network import Network
from convcost.reading.load import open_description
from convcost.render.analysis.symbolic import formula_columns, formulas_as_json, formulas_as_latex
from convcost.render.columns import as_markdown


def show_formulas(
    specs: list[str], settings: dict[str, str], variant: str | None, format: str, top: int | None
) -> None:
    """Print the formulas of every layer of every spec."""
    found: list[tuple[Network, list[LayerFormulas]]] = []
    failures: list[Problem] = []
    for spec in specs:
        with collected(failures):
            network = symbolic_network(open_description(spec), settings, variant)
            found.append((network, layer_formulas(network)[:top]))
    if format == "json" and found:
        write(formulas_as_json(found))
    elif format == "latex":
        write("\n".join(formulas_as_latex(*one) for one in found))
    elif format == "markdown":
        write("\n".join(as_markdown(formula_columns(), rows) for _, rows in found))
    else:
        for n, one in enumerate(found):
            if n:
                write("")
            _show_table(*one)
    if failures:
        raise ConvcostError(failures)


def _show_table(network: Network, rows: list[LayerFormulas]) -> None:
    show_table(formula_columns(), rows, len(network.layers))
    free = [name for name, value in network.symbols.items() if as_text(value) == name]
    bound = [f"{name} = {as_text(value)}" for name, value in network.symbols.items() if name not in free]
    heading = f"{printable(network.name)}, per sample" + (f", in {', '.join(free)}" if free else "")
    write("\n" + wrapped("; ".join([heading, *bound])))
