"""How fast `convcost sweep` is, beside other ways: `python tests/benchmarks/bench_sweep.py [--runs N]`.

ResNet-50's MACs and parameters at sizes of the input, in CPU seconds of one thread. The targets are for evaluation,
which is measured in this process. Whole commands, with start-up, the comparison of points and the writing of text, are
measured as processes. Others not installed are left out.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import sysconfig
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
from measure import Usage, run
from rich.console import Console
from rich.progress import track
from rich.table import Table

from convcost.algebra.lanes import Array, Lanes
from convcost.reading.load import open_description
from convcost.sweeping.axes import axis
from convcost.sweeping.blocks import Block, evaluated, totals_at
from convcost.sweeping.encodings import Csv
from convcost.sweeping.forms import form
from convcost.sweeping.plan import DRAWN, Plan

CONVCOST = str(Path(sysconfig.get_path("scripts"), "convcost"))
MILLION = 1_000_000
LAYERWISE = 32_768
"""Configurations in a chunk of the layer-wise numpy."""


def resnet50(h: Any, w: Any) -> tuple[Any, Any]:
    """MACs and parameters, layer by layer, for ints or arrays of them: what one would write for this network alone."""
    macs: Any = 0
    params = 0

    def conv(h: Any, w: Any, inputs: int, out: int, kernel: int, stride: int) -> tuple[Any, Any]:
        nonlocal macs, params
        pad = kernel // 2 * 2
        h, w = (h + pad - kernel) // stride + 1, (w + pad - kernel) // stride + 1
        macs = macs + inputs * out * kernel**2 * h * w
        params += inputs * out * kernel**2 + 2 * out
        return h, w

    h, w = conv(h, w, 3, 64, 7, 2)
    h, w = (h + 2 - 3) // 2 + 1, (w + 2 - 3) // 2 + 1
    inputs = 64
    for width, units, first in [(64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)]:
        for unit in range(units):
            stride = 1 if unit else first
            conv(h, w, inputs, width, 1, 1)
            if not unit:
                conv(h, w, inputs, 4 * width, 1, stride)
            h, w = conv(h, w, width, width, 3, stride)
            conv(h, w, width, 4 * width, 1, 1)
            inputs = 4 * width
    return macs + 2048 * 1000, params + 2048 * 1000 + 1000


@dataclass(frozen=True, slots=True)
class Row:
    """A way to get the totals."""

    name: str
    points: int
    work: Callable[[], Usage] | None
    """None where something is not installed."""
    at_least: float = 0
    """Million points per CPU second that are asked for."""


def here(work: Callable[[], object]) -> Callable[[], Usage]:
    """What takes CPU seconds of this process."""

    def timed() -> Usage:
        start = time.process_time()
        work()
        return Usage(time.process_time() - start, 0)

    return timed


def command(*words: str) -> Callable[[], Usage]:
    """A whole `convcost sweep resnet50`."""
    return lambda: run([CONVCOST, "sweep", "resnet50", *words])


def plan(*over: str, spec: str = "resnet50", **rest: Any) -> Plan:
    return Plan(open_description(spec), (), None, tuple(map(axis, over)), ("macs", "params"), **rest)


def evaluate(plan: Plan) -> Iterator[Block]:
    return (evaluated(plan, number) for number in range(plan.blocks))


def drop(results: Iterable[object]) -> None:
    """Go through results and keep none: memory that is kept has to be had from the system, page by page."""
    deque(results, maxlen=0)


def points(plan: Plan, indices: tuple[Array, ...]) -> tuple[dict[str, Lanes], dict[str, Array]]:
    """Values of the axes by name, and their indices."""
    values = {side.name: side.pick(picked) for side, picked in zip(plan.axes, indices, strict=True)}
    return values, dict(zip(plan.names, indices, strict=True))


def rows(folder: Path) -> list[Row]:
    drawn = plan("H=32:1031", "W=32:1031", sample=4 * MILLION)
    grid = plan("H=32:1631", "W=32:10031")
    scaled = plan("resolution=224:600", "width=1:2:0.001", spec="efficientnet_b0", sample=4 * MILLION)
    at = form(drawn)
    assert at is not None
    blocks = [points(drawn, drawn.indices(number)) for number in range(drawn.blocks)]
    heights, widths = (np.concatenate([values[name].above for values, _ in blocks]) for name in drawn.names)
    some = list(zip(heights[:5000].tolist(), widths[:5000].tolist(), strict=True))
    checked = [resnet50(h, w) for h, w in some[:100]]
    totals, _ = totals_at(at, *blocks[0])
    assert [(int(totals[0][n]), int(totals[1])) for n in range(100)] == checked

    def layerwise() -> None:
        for n in range(0, MILLION, LAYERWISE):
            resnet50(heights[n : n + LAYERWISE], widths[n : n + LAYERWISE])

    over = ("--over", "H=32:1031", "--over", "W=32:1031")
    large = ("--over", "H=32:10031", "--over", "W=32:10031")
    best = ("--pareto", "macs,params")
    parquet = command(*over, "-o", str(folder / "out.parquet")) if find_spec("pyarrow") else None
    return [
        *peers(),
        Row("plain Python, ints, layer by layer", len(some), here(lambda: [resnet50(h, w) for h, w in some])),
        Row(f"numpy, layer by layer, chunks of {LAYERWISE:,}", MILLION, here(layerwise)),
        Row(
            f"closed form, random, blocks of {DRAWN:,}",
            drawn.points,
            here(lambda: drop(totals_at(at, *block) for block in blocks)),
            60,
        ),
        Row("the same, drawn as well", drawn.points, here(lambda: drop(evaluate(drawn)))),
        Row("closed form, grid", grid.points, here(lambda: drop(evaluate(grid))), 300),
        Row(
            "EfficientNet-B0, random, drawn as well",
            scaled.points,
            here(lambda: drop(evaluate(scaled))),
            15,
        ),
        *texts(plan("H=32:1031", "W=32:1031")),
        Row("sweep --sample 1e6 --pareto", MILLION, command(*over, "--sample", str(MILLION), *best)),
        Row("sweep --sample 1e8 --pareto", 100 * MILLION, command(*over, "--sample", str(100 * MILLION), *best)),
        Row("sweep --pareto, 1e6 points of a grid", MILLION, command(*over, *best)),
        Row("sweep --pareto, 1e8 points of a grid", 100 * MILLION, command(*large, *best)),
        Row("sweep -o out.csv, 1e6 points of a grid", MILLION, command(*over, "-o", str(folder / "out.csv"))),
        Row(
            "sweep -o out.csv, 1e7 points of a grid",
            10 * MILLION,
            command("--over", "H=32:10031", *over[2:], "-o", str(folder / "out.csv")),
        ),
        Row("sweep -o out.parquet, 1e6 points of a grid", MILLION, parquet),
    ]


def texts(grid: Plan) -> list[Row]:
    """The text of all points of a grid, evaluated before, beside what pyarrow writes of a table of them."""
    if find_spec("pyarrow") is None:
        return [Row("CSV text of a grid", grid.points, None)]
    from pyarrow import array, table
    from pyarrow.csv import write_csv

    blocks = list(evaluate(grid))
    names = [*grid.names, *grid.totals]
    columns = [array(np.concatenate([block.taken(block.column(name)) for block in blocks])) for name in names]
    rows = table(columns, names)
    return [
        Row("CSV text of a grid", grid.points, here(lambda: Csv().encode(grid, blocks))),
        Row("CSV text of a grid, by pyarrow's own writer", grid.points, here(lambda: write_csv(rows, BytesIO()))),
    ]


def peers() -> list[Row]:
    """What analyses a model by running it: 224 x 224 and the sizes around."""
    sizes = [(224 + 32 * n, 224) for n in (-1, 0, 1)]
    found: dict[str, Callable[[], Usage] | None] = {"torchinfo.summary": None, "fvcore.FlopCountAnalysis": None}
    if find_spec("torch"):
        import torch
        from resnet50_torch import resnet50 as build

        torch.set_num_threads(1)
        model = build().eval()
        if find_spec("torchinfo"):
            from torchinfo import summary

            found["torchinfo.summary"] = here(lambda: [summary(model, (1, 3, *size), verbose=0) for size in sizes])
        if find_spec("fvcore"):
            from fvcore.nn import FlopCountAnalysis

            images = [torch.zeros(1, 3, *size) for size in sizes]

            def count() -> None:
                for image in images:
                    FlopCountAnalysis(model, image).unsupported_ops_warnings(False).total()

            found["fvcore.FlopCountAnalysis"] = here(count)
    return [Row(name, len(sizes), work) for name, work in found.items()]


def cells(row: Row, usages: list[Usage], unit: float) -> list[str]:
    if not usages:
        return [row.name, "", "not installed"]
    rate = row.points / median(usage.cpu for usage in usages) / MILLION
    peak = median(usage.peak for usage in usages)
    return [
        row.name,
        f"{row.points:,}",
        f"{rate:,.6f}" if rate < 0.01 else f"{rate:,.2f}",
        f"{rate / unit:,.4g}",
        f"{peak:,.0f}" if peak else "",
        f"at least {row.at_least:g}: {'met' if rate >= row.at_least else 'missed'}" if row.at_least else "",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure `convcost sweep` beside other ways.")
    parser.add_argument("--runs", type=int, default=5, help="runs of each (5)")
    runs = parser.parse_args().runs
    with TemporaryDirectory() as folder:
        ways = rows(Path(folder))
        usages: dict[str, list[Usage]] = {row.name: [] for row in ways}
        for n, row in track(
            [(n, row) for n in range(runs + 1) for row in ways], console=Console(stderr=True), transient=True
        ):
            if row.work:
                usage = row.work()
                if n:
                    usages[row.name].append(usage)
    unit = next(row for row in ways if row.name.startswith("plain"))
    rate = unit.points / median(usage.cpu for usage in usages[unit.name]) / MILLION
    packages = [
        f"{name} {version(name)}" for name in ("numpy", "torch", "torchinfo", "fvcore", "pyarrow") if find_spec(name)
    ]
    caption = ", ".join([f"Python {platform.python_version()}", f"{os.cpu_count()} cores, one used", *packages])
    table = Table(title=f"ResNet-50's MACs and parameters, medians of {runs} runs", caption=caption)
    for text in ("", "points", "million points per CPU second", "times plain Python", "peak MiB", "target"):
        table.add_column(text, justify="right" if text not in ("", "target") else "left")
    for row in ways:
        table.add_row(*cells(row, usages[row.name], rate))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


if __name__ == "__main__":
    main()
