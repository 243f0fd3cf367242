"""`convcost analyze --algorithms`: every convolution by every algorithm, and by the one that multiplies least."""

from __future__ import annotations

from convcost.analysis.algorithms import NetworkAlgorithms, network_algorithms
from convcost.cli.options import collected, one_of
from convcost.cli.output import show_table, terminal_width, wrapped, write
from convcost.errors import ConvcostError, Problem
from convcost.reading.load import load
from convcost.render.analysis.algorithms import layer_columns, network_object, networks_as_csv, nothing, totals
from convcost.render.columns import as_markdown
from convcost.render.objects import as_json
from convcost.render.summary import as_markdown_list, as_text

FORMATS = ("table", "json", "csv", "markdown")


def show_algorithms(
    specs: list[str], settings: dict[str, str], variant: str | None, format: str, top: int | None
) -> None:
    """Print the algorithms of every convolution of every spec; with `top`, of the first few."""
    one_of("--format", format, FORMATS)
    found: list[NetworkAlgorithms] = []
    failures: list[Problem] = []
    for spec in specs:
        with collected(failures):
            found.append(network_algorithms(load(spec, settings, variant)))
    if format == "json" and found:
        write(as_json([network_object(one) for one in found]))
    elif format == "csv" and found:
        write(networks_as_csv(found, top))
    else:
        for n, one in enumerate(found):
            if n:
                write("")
            _show(one, top, format == "markdown")
    if failures:
        raise ConvcostError(failures)


def _show(found: NetworkAlgorithms, top: int | None, markdown: bool) -> None:
    rows = found.layers
    if not rows:
        write(wrapped(nothing(found)))
    elif markdown:
        write(as_markdown(layer_columns(rows), rows[:top]) + "\n" + as_markdown_list(totals(found)))
    else:
        show_table(layer_columns(rows), rows[:top], len(rows))
        write("\n" + as_text(totals(found), terminal_width()))
