"""`convcost analyze --algorithms`: every convolution by every algorithm, and by the one that multiplies least."""

from __future__ import annotations

import json

from convcost.analysis.algorithms import LayerAlgorithms, layer_algorithms
from convcost.cli.options import one_of
from convcost.cli.output import show_table, terminal_width, write
from convcost.reading.load import load
from convcost.render.algorithms import layer_columns, network_object, networks_as_csv, totals
from convcost.render.columns import as_markdown
from convcost.render.summary import as_markdown_list, as_text

FORMATS = ("table", "json", "csv", "markdown")


def show_algorithms(
    specs: list[str], settings: dict[str, str], variant: str | None, format: str, top: int | None
) -> None:
    """Print the algorithms of every convolution of every spec; with `top`, of the first few."""
    one_of("--format", format, FORMATS)
    networks = [load(spec, settings, variant) for spec in specs]
    found = [(network.name, layer_algorithms(network)) for network in networks]
    if format == "json":
        objects = [network_object(name, rows) for name, rows in found]
        write(json.dumps(objects[0] if len(objects) == 1 else objects, indent=2))
    elif format == "csv":
        write(networks_as_csv([(name, rows[:top]) for name, rows in found]))
    else:
        for n, (name, rows) in enumerate(found):
            if n:
                write("")
            _show(name, rows, top, format == "markdown")


def _show(name: str, rows: list[LayerAlgorithms], top: int | None, markdown: bool) -> None:
    if not rows:
        write(f"{name} has no convolution that could be computed in another way.")
    elif markdown:
        write(as_markdown(layer_columns(rows), rows[:top]) + "\n" + as_markdown_list(totals(name, rows)))
    else:
        show_table(layer_columns(rows), rows[:top], len(rows))
        write("\n" + as_text(totals(name, rows), terminal_width()))
