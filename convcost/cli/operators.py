"""`convcost operators`: every operator with its formulas."""

from __future__ import annotations

import json
import textwrap
from typing import Annotated

import typer

from convcost.cli.options import one_of
from convcost.cli.output import terminal_width, write
from convcost.errors import UsageError, choices
from convcost.ops import OPERATORS

FORMATS = ("table", "json")

_LEGEND = (
    "Per sample, for two spatial axes and square windows: input C x H x W, output C_out x H_out x W_out. "
    "T(H): pairs (window, tap) along the axis that read a real element and not padding."
)


def command(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Operators; all if none.")] = None,
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="How to print.")] = "table",
) -> None:
    """Show the operators of the spec language with their arguments and formulas, for one sample C x H x W."""
    from convcost.algebra.describe import describe
    from convcost.render.analysis.symbolic import described, description_object
    from convcost.render.summary import as_text

    one_of("--format", format, FORMATS)
    for name in names or ():
        if name not in OPERATORS:
            raise UsageError(f"no operator `{name}`", choices(name, OPERATORS))
    found = [describe(name) for name in names or OPERATORS]
    if format == "json":
        write(json.dumps([description_object(description) for description in found], indent=2))
        return
    write(textwrap.fill(_LEGEND, terminal_width() or 120))
    for description in found:
        write("\n" + as_text(described(description), terminal_width()))
