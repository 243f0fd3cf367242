"""What `convcost formula` and `convcost solve` cost, and how fast laws are evaluated, in tests/benchmarks.

Commands run as whole processes on one thread, all of them in turn.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from measure import measure
from rich.console import Console
from rich.table import Table

from convcost.algebra.derivation import derive
from convcost.algebra.law import Law
from convcost.reading.load import open_description

CONVCOST = str(Path(sysconfig.get_path("scripts"), "convcost"))
UNIT = "python -c 'import sympy'"
AT_MOST = 1.5
CHUNK = 16_384
ROWS = 128
"""Of a grid, evaluated at once."""

SOLVED = [
    ("mobilenet_v1", "alpha", "300M"),
    ("mobilenet_v1", "alpha,resolution", "300M"),
    ("mobilenet_v2", "alpha,resolution", "300M"),
    ("efficientnet_b0", "width,depth", "1G"),
    ("resnet50", "H,W", "4G"),
]


def commands() -> dict[str, list[str]]:
    formulas = {
        f"convcost formula {name}": [CONVCOST, "formula", *name.split()]
        for name in ("resnet50", "resnet152", "efficientnet_b0", "mobilenet_v2 --of params")
    }
    solved = {
        f"convcost solve {spec} --for {symbols} (macs <= {bound})": [
            *(CONVCOST, "solve", spec, "--for", symbols, "--subject-to", f"macs <= {bound}")
        ]
        for spec, symbols, bound in SOLVED
    }
    imported = {UNIT: [sys.executable, "-c", "import sympy"], "python -c pass": [sys.executable, "-c", "pass"]}
    return imported | formulas | solved


def processes(runs: int) -> Table:
    samples = measure(commands(), runs)
    table = Table(title=f"Whole processes, medians of {runs} runs", caption=f"Python {platform.python_version()}")
    for text in ("command", "CPU ms", "peak MiB", f"CPU against {UNIT}", "target", ""):
        table.add_column(text)
    for name, sample in samples.items():
        ratio = sample.ratio(samples[UNIT])
        target = [f"at most {AT_MOST}", "met" if ratio <= AT_MOST else "missed"] if "resnet152" in name else []
        table.add_row(name, f"{1e3 * sample.cpu:,.1f}", f"{sample.peak:,.1f}", f"{ratio:.2f}", *target)
    return table


def rates(law: Law) -> Iterator[tuple[str, float]]:
    """Million configurations of ResNet-50, MACs and parameters, for each CPU second."""
    random = np.random.default_rng(0)
    heights, widths = random.integers(32, 1024, (2, 64 * CHUNK))
    some = list(zip(heights[:5000].tolist(), widths[:5000].tolist(), strict=True))
    at = [law.at({"H": h, "W": w}) for h, w in some]
    macs, params = law.total("macs"), law.total("params")
    both = {"macs": macs, "params": params}
    yield "one by one, in ints", rate(lambda: [(values(macs), values(params)) for values in at], len(some))

    def chunks() -> None:
        for start in range(0, len(heights), CHUNK):
            law.evaluate_numbers(both, {"H": heights[start:][:CHUNK], "W": widths[start:][:CHUNK]})

    yield f"random, in chunks of {CHUNK:,}", rate(chunks, len(heights))
    sizes = np.arange(32, 1056)

    def grid() -> None:
        for start in range(0, len(sizes), ROWS):
            columns = {"H": sizes[start : start + ROWS, None], "W": sizes[None, :]}
            law.evaluate_numbers(both, columns)

    yield "a grid, broadcast", rate(grid, len(sizes) ** 2)


def rate(work: Callable[[], object], count: int) -> float:
    """Million per CPU second, the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return count / best / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure `convcost formula` and the evaluation of laws.")
    parser.add_argument("--runs", type=int, default=7, help="runs of each command (7)")
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(processes(parser.parse_args().runs))
    table = Table(title="ResNet-50's MACs and parameters", caption=f"{os.cpu_count()} cores, one used")
    table.add_column("configurations")
    table.add_column("million per CPU second", justify="right")
    for name, million in rates(derive(open_description("resnet50"))):
        table.add_row(name, f"{million:,.2f}")
    console.print(table)


if __name__ == "__main__":
    main()
