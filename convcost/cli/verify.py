"""`convcost verify`: run networks in numpy and compare every figure with what was counted."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.formats import Format, Output, printer
from convcost.cli.options import (
    Arguments,
    Ends,
    NotPartial,
    Settings,
    Shapes,
    Specs,
    Variant,
    collected,
    opening,
    settings_of,
)
from convcost.cli.progress import progress
from convcost.errors import ConvcostError, Problem
from convcost.reading.load import open_description

if TYPE_CHECKING:
    from convcost.verification import Verification


def command(
    specs: Specs,
    settings: Settings = None,
    variant: Variant = None,
    layers: Annotated[bool, typer.Option("--layers", help="Show every layer instead of the totals.")] = False,
    format: Format = None,
    output: Output = None,
    memory: Annotated[
        float | None,
        typer.Option(
            "--memory", min=0, metavar="GIB", help="Refuse networks that need more; default: 3/4 of what is free."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="For the random weights and inputs.")] = 0,
    every: Annotated[bool, typer.Option("--every", help="Run equal layers too; default: one stands for all.")] = False,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
    partial: NotPartial = False,
) -> None:
    """Run networks in numpy, count what is really multiplied, and compare it with the formulas."""
    # Threads of numpy's library spin while they wait, which costs more than they save. It reads this when it is loaded.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    from convcost.render.verification.data import FORMATS, LAYER_FORMATS
    from convcost.verification import verify

    show = printer(LAYER_FORMATS if layers else FORMATS, format, output)
    chosen, how = settings_of(settings), opening(shapes, arguments, *specs, outputs=outputs, partial=partial)
    limit = int(memory * 2**30) if memory is not None else _free_memory() * 3 // 4
    verifications: list[Verification] = []
    failures: list[Problem] = []
    for spec in specs:
        with collected(failures):
            description = open_description(spec, how)
            description.require_whole("verification")
            own, at = description.at(chosen)
            network = description.network(own, variant)
            with progress(network.name, len(network.layers)) as bar:
                verifications.append(verify(network, limit, seed, lambda layer: bar.advance(), at.batch, every))
    if verifications:
        show(verifications)
    if failures:
        raise ConvcostError(failures)
    if not all(verification.agrees for verification in verifications):
        raise typer.Exit(1)


def _free_memory() -> int:
    """Bytes that can be had now; where the system does not say, 4 GiB."""
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return 4 * 2**30
