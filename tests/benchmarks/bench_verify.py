"""What `convcost verify` costs: `python tests/benchmarks/bench_verify.py [--before FOLDER] [--runs N]`.

Every command runs as a whole process on one thread. With `--before`, the code in another checkout runs in turn with
this one.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import Samples, measure
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parents[2]

AT_MOST = {"vgg16": 1.2, "resnet50": 0.45, "1,000 convolutions": 3}
"""CPU seconds, on an idle core."""


def command(code: Path, spec: str) -> list[str]:
    return ["/usr/bin/env", f"PYTHONPATH={code}", sys.executable, "-P", "-m", "convcost", "verify", spec]


def chain(path: Path, length: int) -> str:
    conv = "  - conv: {out: 8, kernel: 3, padding: 1}\n"
    path.write_text("input: {channels: 8, size: [16, 16]}\nlayers:\n" + conv * length)
    return str(path)


def row(name: str, samples: dict[str, Samples]) -> list[str]:
    now, before = samples[name], samples.get(f"{name}, before")
    earlier = [f"{before.cpu:.2f}", f"{before.peak:,.0f}", f"{before.ratio(now):.1f} x"] if before else [""] * 3
    met = "met" if now.cpu <= AT_MOST[name] else "missed"
    return [name, f"{now.cpu:.2f}", f"{now.peak:,.0f}", *earlier, f"at most {AT_MOST[name]:g} s", met]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure `convcost verify`, before and after.")
    parser.add_argument("--before", type=Path, help="another checkout")
    parser.add_argument("--runs", type=int, default=5, help="runs of each command (5)")
    asked = parser.parse_args()
    with TemporaryDirectory() as folder:
        specs = {name: name for name in AT_MOST} | {"1,000 convolutions": chain(Path(folder, "chain.yaml"), 1_000)}
        commands = {name: command(HERE, spec) for name, spec in specs.items()}
        if asked.before:
            commands |= {f"{name}, before": command(asked.before, spec) for name, spec in specs.items()}
        samples = measure(commands, asked.runs)
    caption = f"Python {platform.python_version()}, numpy {version('numpy')}, {os.cpu_count()} cores"
    table = Table(title=f"convcost verify, whole processes, medians of {asked.runs} runs", caption=caption)
    table.add_column("network")
    for heading in ("CPU s", "peak MiB", "before, CPU s", "peak MiB", "faster"):
        table.add_column(heading, justify="right")
    table.add_column("target")
    table.add_column("")
    for name in AT_MOST:
        table.add_row(*row(name, samples))
    Console(width=None if sys.stdout.isatty() else 120).print(table)


if __name__ == "__main__":
    main()
