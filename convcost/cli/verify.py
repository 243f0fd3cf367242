"""`convcost verify`: run networks in numpy and compare every figure with what was counted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.formats import Output, option, printer, tabular
from convcost.cli.options import Settings, Specs, Variant, collected, settings_of
from convcost.cli.progress import progress
from convcost.errors import ConvcostError, Problem
from convcost.reading.load import open_description
from convcost.render.blocks import Blocks, Grid

if TYPE_CHECKING:
    from convcost.verification import Verification


def command(
    specs: Specs,
    settings: Settings = None,
    variant: Variant = None,
    layers: Annotated[bool, typer.Option("--layers", help="Show every layer instead of the totals.")] = False,
    format: Annotated[str | None, option(FORMATS)] = None,
    output: Output = None,
    memory: Annotated[
        float | None,
        typer.Option(
            "--memory", min=0, metavar="GIB", help="Refuse networks that need more; default: 3/4 of what is free."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="For the random weights and inputs.")] = 0,
) -> None:
    """Run networks in numpy, count what is really multiplied, and compare it with the formulas."""
    from convcost.verification import verify

    show = printer(LAYER_FORMATS if layers else FORMATS, format, output)
    chosen = settings_of(settings)
    limit = int(memory * 2**30) if memory is not None else _free_memory() * 3 // 4
    verifications: list[Verification] = []
    failures: list[Problem] = []
    for spec in specs:
        with collected(failures):
            description = open_description(spec)
            own, at = description.at(chosen)
            network = description.network(own, variant)
            with progress(network.name, len(network.layers)) as bar:
                verifications.append(verify(network, limit, seed, lambda layer: bar.advance(), at.batch))
    if verifications:
        show(verifications)
    if failures:
        raise ConvcostError(failures)
    if not all(verification.agrees for verification in verifications):
        raise typer.Exit(1)


def _by_figure(verifications: Sequence[Verification]) -> Blocks:
    from convcost.render.verification import by_figure, figure_columns, verdict

    return [block for one in verifications for block in (Grid(figure_columns(one), by_figure(one)), verdict(one))]


def _by_layer(verifications: Sequence[Verification]) -> Blocks:
    from convcost.render.verification import LAYER_COLUMNS, by_layer, verdict

    return [block for one in verifications for block in (Grid(LAYER_COLUMNS, by_layer(one)), verdict(one))]


def _json(verifications: Sequence[Verification]) -> str:
    from convcost.render.verification import verifications_as_json

    return verifications_as_json(verifications)


def _figures_as_csv(verifications: Sequence[Verification]) -> str:
    from convcost.render.verification import by_figure, groups_as_csv

    return groups_as_csv("figure", [(one, by_figure(one)) for one in verifications])


def _layers_as_csv(verifications: Sequence[Verification]) -> str:
    from convcost.render.verification import by_layer, groups_as_csv

    return groups_as_csv("layer", [(one, by_layer(one)) for one in verifications])


FORMATS = tabular(_by_figure, _json, _figures_as_csv)
LAYER_FORMATS = tabular(_by_layer, _json, _layers_as_csv)


def _free_memory() -> int:
    """Bytes that can be had now; where the system does not say, 4 GiB."""
    try:
        with Path("/proc/meminfo").open(encoding="ascii") as lines:
            return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
    except (OSError, StopIteration, ValueError):
        return 4 * 2**30
