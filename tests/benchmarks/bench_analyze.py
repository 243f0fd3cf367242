"""What `convcost analyze` costs, side by side with others: `python tests/benchmarks/bench_analyze.py [--runs N]`.

Every command runs as a whole process on one thread, all of them in turn. Competitors not installed are left out.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Samples, measure
from rich.console import Console
from rich.table import Table

from convcost.errors import Source
from convcost.reading.load import load, read

CONVCOST = str(Path(sysconfig.get_path("scripts"), "convcost"))
INPUT = "input: {channels: 8, size: [64, 64]}"
CONV = "conv: {out: 8, kernel: 3, padding: 1}"
UNIT = "python -c pass"
ANALYZE = "convcost analyze resnet50"


@dataclass(frozen=True, slots=True)
class Row:
    """A command, the one its CPU time is held against, and the targets."""

    name: str
    command: list[str] | None
    """None where a competitor is not installed."""
    to: str = ""
    at_most: float = inf
    at_least: float = 0
    peak_under: float = inf
    start_up: str | None = None
    """The command whose CPU time counts as start-up; the ratio is then of what is left of both."""

    def cells(self, samples: dict[str, Samples]) -> list[str]:
        if self.command is None:
            return [self.name, "not installed"]
        mine = samples[self.name]
        other = samples.get(self.to, mine)
        left = mine.less(samples[self.start_up]) if self.start_up else mine
        ratio = left.ratio(other.less(samples[self.start_up]) if self.start_up else other)
        return [
            self.name,
            f"{1e3 * mine.cpu:,.1f}",
            f"{1e3 * left.cpu:,.1f}" if self.start_up else "",
            f"{mine.peak:,.1f}",
            f"{ratio:,.2f} x {self.to}" if self.to else "",
            *self.verdict(ratio, mine.peak),
        ]

    def verdict(self, ratio: float, peak: float) -> tuple[str, str]:
        """The targets, and whether they are met."""
        parts = [
            f"at most {self.at_most:g} x" if self.at_most < inf else "",
            f"at least {self.at_least:g} x" if self.at_least else "",
            f"under {self.peak_under:g} MiB" if self.peak_under < inf else "",
        ]
        met = self.at_least <= ratio <= self.at_most and peak < self.peak_under
        text = ", ".join(filter(None, parts))
        return text, ("met" if met else "missed") if text else ""


def rows(folder: Path) -> Iterator[Row]:
    one, thousand, ten_thousand = "1 convolution", "1,000 convolutions", "10,000 convolutions"
    yield Row(UNIT, [sys.executable, "-c", "pass"])
    yield Row(ANALYZE, [CONVCOST, "analyze", "resnet50"], UNIT, at_most=30, peak_under=45)
    yield Row(f"{ANALYZE} --format json", [CONVCOST, "analyze", "resnet50", "--format", "json"], UNIT, at_most=20)
    if installed("onnx"):
        yield from models(folder, ten_thousand)
    yield from competitors(folder)
    yield Row(one, chain(folder, 1))
    yield Row(thousand, chain(folder, 1_000), start_up=one)
    yield Row(ten_thousand, chain(folder, 10_000), thousand, at_most=13, start_up=one)
    yield Row("1,000 nested blocks", nest(folder, 1_000), thousand, start_up=one)


def models(folder: Path, ten_thousand: str) -> Iterator[Row]:
    """What reading ONNX files takes: one that is nearly all weights, and one that is nearly all nodes."""
    from onnx_file import write

    weights, nodes = folder / "resnet50.onnx", folder / "nodes.onnx"
    write(load("resnet50"), weights)
    layers = 10_000 * ["  - conv: {out: 8, kernel: 3, padding: 1, bias: false}", "  - relu"]
    write(read(Source("nodes", "\n".join([INPUT, "layers:", *layers]))), nodes)
    name = f"analyze resnet50.onnx, {weights.stat().st_size / 1e6:.0f} MB"
    yield Row(name, [CONVCOST, "analyze", str(weights)], ANALYZE, at_most=1.1, peak_under=35)
    yield Row("analyze 20,000 ONNX nodes", [CONVCOST, "analyze", str(nodes)], ten_thousand, at_most=2, peak_under=120)


def competitors(folder: Path) -> Iterator[Row]:
    """What others take for ResNet-50: our own model in torch.nn, and an ONNX file made from our spec."""
    name, command = "torchinfo.summary", None
    if installed("torch", "torchinfo"):
        from resnet50_torch import parameters

        name += f" ({parameters():,} parameters)"
        command = [sys.executable, str(Path(__file__).with_name("resnet50_torch.py"))]
    yield Row(name, command, ANALYZE, at_least=15)

    path = folder / "resnet50.onnx"
    profile = f"import onnx_tool; onnx_tool.model_profile({str(path)!r})"
    command = [sys.executable, "-c", profile] if installed("onnx", "onnx_tool") else None
    yield Row("onnx_tool.model_profile", command, ANALYZE, at_least=1)
    infer = f"import onnx; onnx.shape_inference.infer_shapes(onnx.load({str(path)!r}))"
    yield Row("onnx.shape_inference", [sys.executable, "-c", infer] if installed("onnx") else None, ANALYZE)


def chain(folder: Path, length: int) -> list[str]:
    return analyze(folder / f"chain{length}.yaml", ["layers:", *[f"  - {CONV}"] * length])


def nest(folder: Path, depth: int) -> list[str]:
    blocks = [f"  b{n}: {{layers: [b{n - 1}]}}" for n in range(1, depth)]
    lines = ["blocks:", f"  b0: {{layers: [{CONV}]}}", *blocks, f"layers: [b{depth - 1}]"]
    return analyze(folder / "nest.yaml", lines)


def analyze(path: Path, lines: list[str]) -> list[str]:
    path.write_text("\n".join([INPUT, *lines]))
    return [CONVCOST, "analyze", str(path), "--format", "json"]


def installed(*packages: str) -> bool:
    return all(map(find_spec, packages))


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure `convcost analyze` side by side with others.")
    parser.add_argument("--runs", type=int, default=7, help="runs of each command (7)")
    runs = parser.parse_args().runs
    with TemporaryDirectory() as folder:
        found = list(rows(Path(folder)))
        samples = measure({row.name: row.command for row in found if row.command}, runs)
    packages = [f"{name} {version(name)}" for name in ("torch", "torchinfo", "onnx", "onnx_tool") if installed(name)]
    caption = ", ".join([f"Python {platform.python_version()}", f"{os.cpu_count()} cores", *packages])
    table = Table(title=f"Whole processes, medians of {runs} runs; generated chains as JSON", caption=caption)
    table.add_column("command")
    for number in ("CPU ms", "after start-up", "peak MiB"):
        table.add_column(number, justify="right")
    for text in ("CPU against", "target", ""):
        table.add_column(text)
    for row in found:
        table.add_row(*row.cells(samples))
    Console(width=None if sys.stdout.isatty() else 160).print(table)


if __name__ == "__main__":
    main()
