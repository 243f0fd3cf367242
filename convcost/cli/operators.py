"""`convcost operators`: every operator with its formulas."""

from __future__ import annotations

from typing import Annotated

import typer

from convcost.algebra.kept import formulas_of
from convcost.cli.formats import Format, Output, printer
from convcost.errors import UsageError, choices
from convcost.ops import OPERATORS
from convcost.render.analysis.operators import FORMATS


def command(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Operators; all if none.")] = None,
    format: Format = None,
    output: Output = None,
) -> None:
    """Show the operators of the spec language with their arguments and formulas, for one sample C x H x W."""
    show = printer(FORMATS, format, output)
    for name in names or ():
        if name not in OPERATORS:
            raise UsageError(f"no operator `{name}`", choices(name, OPERATORS))
    show([formulas_of(name) for name in names or OPERATORS])
