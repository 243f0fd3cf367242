"""`convcost fit`: whether training fits into a memory, or inference into a microcontroller, and what fills it."""

from __future__ import annotations

from typing import Annotated

import typer

from convcost.analysis.arena_fit import PLANNERS, arena_fit
from convcost.analysis.training_fit import training_fit
from convcost.cli.fit.amounts import batch_of, bytes_of
from convcost.cli.fit.question import is_of_training
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
from convcost.errors import UsageError
from convcost.memory.settings import OPTIMIZERS, PRECISIONS
from convcost.ops.base import BYTES
from convcost.reading.load import open_description
from convcost.render import training
from convcost.render.arena import table as arena

TRAINING, INFERENCE = "Training into a memory", "Inference into a microcontroller"


def command(
    context: typer.Context,
    spec: Spec,
    memory: Annotated[
        str | None,
        typer.Option(
            "--memory",
            metavar="BYTES",
            help="The memory of the device that trains, as 24GiB.",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    optimizer: Annotated[
        str,
        typer.Option(
            "--optimizer", metavar="|".join(OPTIMIZERS), help="What training steps with.", rich_help_panel=TRAINING
        ),
    ] = "momentum",
    precision: Annotated[
        str,
        typer.Option(
            "--precision",
            metavar="|".join(PRECISIONS),
            help="The types that training works with; amp is torch.autocast.",
            rich_help_panel=TRAINING,
        ),
    ] = "fp32",
    batch: Annotated[
        str,
        typer.Option(
            "--batch", metavar="N|max", help="The batch; max is the largest that fits.", rich_help_panel=TRAINING
        ),
    ] = "max",
    checkpoint: Annotated[
        str | None,
        typer.Option(
            "--checkpoint",
            metavar="BLOCK,...|auto",
            help="Blocks that are computed again in the backward pass; auto finds the cheapest outermost ones "
            "with which N fit.",
            rich_help_panel=TRAINING,
        ),
    ] = None,
    freeze: Annotated[
        str | None,
        typer.Option(
            "--freeze", metavar="BLOCK,...", help="Blocks or layers that are not trained.", rich_help_panel=TRAINING
        ),
    ] = None,
    reserve: Annotated[
        str,
        typer.Option(
            "--reserve",
            metavar="BYTES",
            help="What the framework's context and workspace may take of it.",
            rich_help_panel=TRAINING,
        ),
    ] = "1GiB",
    int8: Annotated[
        bool, typer.Option("--int8", help="Quantised, as --dtype int8.", rich_help_panel=INFERENCE)
    ] = False,
    dtype: Annotated[
        str,
        typer.Option("--dtype", metavar="|".join(BYTES), help="The type of all numbers.", rich_help_panel=INFERENCE),
    ] = "int8",
    ram: Annotated[
        str | None,
        typer.Option("--ram", metavar="BYTES", help="The memory for activations, as 64KiB.", rich_help_panel=INFERENCE),
    ] = None,
    flash: Annotated[
        str | None,
        typer.Option("--flash", metavar="BYTES", help="The memory for weights and biases.", rich_help_panel=INFERENCE),
    ] = None,
    planner: Annotated[
        str,
        typer.Option(
            "--planner",
            metavar="|".join(PLANNERS),
            help="What lays tensors: TensorFlow Lite Micro, or any planner: what is held at once.",
            rich_help_panel=INFERENCE,
        ),
    ] = "tflm",
    settings: Settings = None,
    variant: Variant = None,
    format: Format = None,
    output: Output = None,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
    partial: NotPartial = False,
) -> None:
    """Tell whether training fits into a memory, or inference into a microcontroller, and what fills it.

    The exit code is 0 if it fits, and 1 if it does not.
    """
    opened = opening(shapes, arguments, spec, outputs=outputs, partial=partial)
    if is_of_training(context):
        show_training = printer(training.FORMATS, format, output)
        one_of("--optimizer", optimizer, tuple(OPTIMIZERS))
        one_of("--precision", precision, tuple(PRECISIONS))
        room, kept_free, samples = bytes_of("--memory", memory or ""), bytes_of("--reserve", reserve), batch_of(batch)
        network = open_description(spec, opened).network(settings_of(settings), variant)
        again = None if checkpoint == "auto" else names_of(checkpoint) or ()
        frozen = names_of(freeze) or ()
        trained = training_fit(network, room, optimizer, samples, kept_free, frozen, again, precision)
        show_training(trained)
        fits = trained.fits
    else:
        show_arena = printer(arena.FORMATS, format, output)
        one_of("--planner", planner, tuple(PLANNERS))
        one_of("--dtype", dtype, tuple(BYTES))
        if int8 and dtype != "int8":
            raise UsageError(f"--int8 is --dtype int8, and --dtype {dtype} is given too", "leave one of them out")
        sizes = [
            None if text is None else bytes_of(option, text) for option, text in (("--ram", ram), ("--flash", flash))
        ]
        found = arena_fit(open_description(spec, opened), settings_of(settings), variant, dtype, planner, *sizes)
        show_arena(found)
        fits = found.fits
    if not fits:
        raise typer.Exit(1)
