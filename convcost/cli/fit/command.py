"""`convcost fit`: whether training fits into a memory, at which batch, and what fills it."""

from __future__ import annotations

from typing import Annotated

import typer

from convcost.analysis.training_fit import training_fit
from convcost.cli.fit.amounts import batch_of, bytes_of
from convcost.cli.formats import Format, Output, printer
from convcost.cli.options import (
    Arguments,
    Ends,
    NotPartial,
    Settings,
    Shapes,
    Spec,
    Variant,
    names_of,
    one_of,
    opening,
    settings_of,
)
from convcost.memory.settings import OPTIMIZERS
from convcost.reading.load import open_description
from convcost.render.training import FORMATS


def command(
    spec: Spec,
    memory: Annotated[str, typer.Option("--memory", metavar="BYTES", help="The memory of the device, as 24GiB.")],
    optimizer: Annotated[
        str, typer.Option("--optimizer", metavar="|".join(OPTIMIZERS), help="What training steps with.")
    ] = "momentum",
    batch: Annotated[
        str, typer.Option("--batch", metavar="N|max", help="The batch; max is the largest that fits.")
    ] = "max",
    checkpoint: Annotated[
        str | None,
        typer.Option(
            "--checkpoint",
            metavar="BLOCK,...|auto",
            help="Blocks that are computed again in the backward pass; auto finds the cheapest with which N fit.",
        ),
    ] = None,
    freeze: Annotated[
        str | None, typer.Option("--freeze", metavar="BLOCK,...", help="Blocks or layers that are not trained.")
    ] = None,
    reserve: Annotated[
        str,
        typer.Option("--reserve", metavar="BYTES", help="What the framework's context and workspace may take of it."),
    ] = "1GiB",
    settings: Settings = None,
    variant: Variant = None,
    format: Format = None,
    output: Output = None,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
    partial: NotPartial = False,
) -> None:
    """Tell whether training fits into a memory, at which batch, and what fills it.

    The exit code is 0 if it fits, and 1 if it does not.
    """
    show = printer(FORMATS, format, output)
    one_of("--optimizer", optimizer, tuple(OPTIMIZERS))
    room, kept_free, samples = bytes_of("--memory", memory), bytes_of("--reserve", reserve), batch_of(batch)
    description = open_description(spec, opening(shapes, arguments, spec, outputs=outputs, partial=partial))
    network = description.network(settings_of(settings), variant)
    again = None if checkpoint == "auto" else names_of(checkpoint) or ()
    found = training_fit(network, room, optimizer, samples, kept_free, names_of(freeze) or (), again)
    show(found)
    if not found.fits:
        raise typer.Exit(1)
