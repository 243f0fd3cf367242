"""`convcost analyze --algorithms`: every convolution by every algorithm, and by the one that multiplies least."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from convcost.analysis.algorithms import NetworkAlgorithms, network_algorithms
from convcost.cli.formats import printer
from convcost.cli.options import show_all
from convcost.reading.load import open_description
from convcost.reading.opening import AS_IT_IS, Opening
from convcost.render.analysis.algorithms import layer_columns, network_object, networks_as_csv, nothing, totals
from convcost.render.formats import Block, Blocks, Grid, tabular
from convcost.render.objects import as_json


class Shown(NamedTuple):
    """A network's convolutions by all algorithms, and of how many of them rows are asked for."""

    found: NetworkAlgorithms
    top: int | None


def show_algorithms(
    specs: list[str],
    settings: dict[str, str],
    variant: str | None,
    format: str | None,
    output: Path | None,
    top: int | None,
    how: Opening = AS_IT_IS,
) -> None:
    """Print the algorithms of every convolution of every spec; with `top`, of the first few."""
    show = printer(FORMATS, format, output)

    def read(spec: str) -> Shown:
        description = open_description(spec, how)
        description.require_whole("list of algorithms")
        return Shown(network_algorithms(description.network(settings, variant)), top)

    show_all(specs, read, show)


def _blocks(shown: list[Shown]) -> Blocks:
    blocks: list[Block] = []
    for found, top in shown:
        rows = found.layers
        blocks += [Grid(layer_columns(rows), rows[:top], len(rows)), totals(found)] if rows else [nothing(found)]
    return blocks


FORMATS = tabular(
    _blocks,
    json=lambda shown: as_json([network_object(one.found) for one in shown]),
    csv=lambda shown: networks_as_csv([one.found for one in shown], shown[0].top),
)
