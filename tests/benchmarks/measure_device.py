"""Writes a device file for `convcost analyze --device`: what one core of this machine can do at most.

    python tests/benchmarks/measure_device.py this_machine.yaml --seconds 60

Peaks are those of matrix products, the bandwidth that of copies, each the fastest of many runs and sizes: a bound needs
the best that the machine can do. Copies that fit a cache are faster than those that do not, and what a layer reads may
be in a cache, so the fastest of them all bounds it; the text of the source has each size. Time is that of the thread's
processor, so that other work on the machine does not count.
"""

from __future__ import annotations

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}

import argparse
import platform
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

SIDES = (96, 128, 192, 256, 384, 512, 768)
"""Of square matrices."""
SIZES = tuple(3 * 2**n for n in range(11, 26, 2))
"""Bytes that are copied: 6 kB to 100 MB, no powers of two, whose rows share places in a cache."""
SHORTEST = 0.002
"""Seconds that are timed at once: the clock's own time is small beside it."""


def fastest(operation: Callable[[], object], seconds: float) -> float:
    """The seconds of processor time that one of the operations takes in the quickest of its runs."""
    operation()
    best, count, end = float("inf"), 1, time.perf_counter() + seconds
    while True:
        start = time.thread_time()
        for _ in range(count):
            operation()
        taken = time.thread_time() - start
        if taken < SHORTEST:
            count *= 2
            continue
        best = min(best, taken / count)
        if time.perf_counter() > end:
            return best


def products(dtype: str, seconds: float) -> dict[int, float]:
    """Operations a second by the side of the matrices."""
    found = {}
    for side in SIDES:
        a, b = (np.random.default_rng(n).random((side, side)).astype(dtype) for n in range(2))
        out = np.empty_like(a)
        found[side] = 2 * side**3 / fastest(lambda a=a, b=b, out=out: np.matmul(a, b, out=out), seconds)
    return found


def copies(seconds: float) -> dict[int, float]:
    """Bytes a second, read and written, by the bytes that are copied."""
    found = {}
    for size in SIZES:
        source, target = np.ones(size, "int8"), np.empty(size + 64, "int8")[64:]
        found[size] = 2 * size / fastest(lambda source=source, target=target: np.copyto(target, source), seconds)
    return found


def merged(rounds: list[dict[int, float]]) -> dict[int, float]:
    """The best of each size."""
    return {size: max(one[size] for one in rounds) for size in rounds[0]}


def rate(found: dict[int, float], what: str, unit: str, indent: int) -> str:
    each = ", ".join(f"{size} {value / 1e9:.1f}" for size, value in found.items())
    lines = (
        f"value: {max(found.values()) / 1e9:.1f} {unit}",
        "kind: measured",
        f"date: {date.today()}",
        f'source: "{what}, in G a second: {each}"',
    )
    return "".join(f"{' ' * indent}{line}\n" for line in lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--seconds", type=float, default=60, help="how long to measure")
    asked = parser.parse_args()
    rounds = max(1, int(asked.seconds // 12))
    each = asked.seconds / rounds / (2 * len(SIDES) + len(SIZES))
    peaks: dict[str, list[dict[int, float]]] = {"float64": [], "float32": []}
    moved = []
    for _ in range(rounds):
        for dtype, found in peaks.items():
            found.append(products(dtype, each))
        moved.append(copies(each))
    text = f'device: "{platform.processor() or platform.machine()}, one core"\n\npeak:\n'
    for dtype, found in peaks.items():
        text += f"  {dtype}:\n" + rate(merged(found), "numpy.matmul of square matrices by their side", "G", 4)
    text += "\nbandwidth:\n" + rate(merged(moved), "numpy.copyto, read and written, by bytes copied", "GB", 2)
    asked.file.write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
