"""`convcost operators`: every operator with its formulas."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.formats import Formats, Output, option, printer, tabular
from convcost.errors import UsageError, choices
from convcost.ops import OPERATORS
from convcost.render.blocks import Blocks

if TYPE_CHECKING:
    from convcost.algebra.describe import Description

_LEGEND = (
    "Per sample, for two spatial axes and square windows: input C x H x W, output C_out x H_out x W_out. "
    "T(H): pairs (window, tap) along the axis that read a real element and not padding."
)


def command(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Operators; all if none.")] = None,
    format: Annotated[str | None, option(FORMATS)] = None,
    output: Output = None,
) -> None:
    """Show the operators of the spec language with their arguments and formulas, for one sample C x H x W."""
    from convcost.algebra.describe import describe

    show = printer(FORMATS, format, output)
    for name in names or ():
        if name not in OPERATORS:
            raise UsageError(f"no operator `{name}`", choices(name, OPERATORS))
    show([describe(name) for name in names or OPERATORS])


def _blocks(found: list[Description]) -> Blocks:
    from convcost.render.analysis.symbolic import described

    return [_LEGEND, *map(described, found)]


def _json(found: list[Description]) -> str:
    from convcost.render.analysis.symbolic import description_object

    return json.dumps([description_object(description) for description in found], indent=2)


def _csv(found: list[Description]) -> str:
    from convcost.render.analysis.symbolic import descriptions_as_csv

    return descriptions_as_csv(found)


FORMATS: Formats[list[Description]] = tabular(_blocks, _json, _csv)
