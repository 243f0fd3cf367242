"""`convcost reconcile`: which way of counting which form of a network gives a printed number."""

from __future__ import annotations

from typing import Annotated

import typer

from convcost.cli.formats import Format, Output, printer
from convcost.cli.options import Arguments, Ends, Settings, Shapes, Spec, Variant, opening, settings_of
from convcost.cli.progress import progress
from convcost.errors import UsageError
from convcost.reading.load import open_description
from convcost.reconciliation.printed import printed
from convcost.reconciliation.search import reconcile
from convcost.render.reconciliation import FORMATS


def command(
    spec: Spec,
    total: Annotated[
        str | None, typer.Argument(metavar="[TOTAL]", help="The total as it is printed: 4.1G, '8.2 GFLOPs', 0.39B.")
    ] = None,
    params: Annotated[
        str | None, typer.Option("--params", metavar="NUMBER", help="The parameters as they are printed: 25.6M.")
    ] = None,
    settings: Settings = None,
    variant: Variant = None,
    format: Format = None,
    output: Output = None,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
) -> None:
    """Tell which convention, variant, size or folding gives a printed number to its digits, or that none does.

    What is set is left as it is. The exit code is 0 if something gives the number, and 1 if nothing does.
    """
    show = printer(FORMATS, format, output)
    if total is None and params is None:
        raise UsageError("say what is printed", "for example convcost reconcile resnet50 4.1G --params 25.6M")
    wanted = None if total is None else printed(total, "macs")
    held = None if params is None else printed(params, "params")
    description = open_description(spec, opening(shapes, arguments, spec, outputs=outputs))
    with progress("forms counted") as bar:
        found = reconcile(description, settings_of(settings), variant, wanted, held, bar.reach)
    show(found)
    if not found.explanations:
        raise typer.Exit(1)
