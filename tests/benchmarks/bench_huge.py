"""What commands take of 10,000 and of 95,000 layers: `python tests/benchmarks/bench_huge.py [--before CHECKOUT]`.

The network is a block of 20 layers, repeated. Every command runs as a whole process on one thread, all of them in turn;
with a checkout of an earlier version, both versions in one run.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from math import log
from pathlib import Path
from tempfile import TemporaryDirectory

from measure import measure
from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parents[2]
PAIR = "{conv: {out: 8, kernel: 3, padding: 1}}, relu"
REPEATS = {"10,000": 500, "95,000": 4750}
AT_LEAST = {"analyze": 30_000, "check": 30_000}
"""Layers per CPU second, start-up included."""


def write(path: Path, repeat: int, kernel: int = 3) -> str:
    """Write a network of 20 layers so many times, the first with another kernel, and return where it is."""
    first = PAIR.replace("kernel: 3, padding: 1", f"kernel: {kernel}, padding: {kernel // 2}")
    block = ", ".join([first, *[PAIR] * 9])
    size = "input: {channels: 8, size: [64, 64]}"
    path.write_text(f"{size}\nblocks:\n  unit: {{layers: [{block}]}}\nlayers:\n  - {{unit: , repeat: {repeat}}}\n")
    return str(path)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--before", type=Path, help="a checkout of an earlier version")
    arguments.add_argument("--commands", nargs="+", default=["analyze", "check", "conventions", "diff"])
    given = arguments.parse_args()
    versions = {"now": HERE} | ({"before": given.before.resolve()} if given.before else {})
    environment = shutil.which("env") or "env"
    with TemporaryDirectory() as folder:
        commands = {}
        for name, repeat in REPEATS.items():
            old, new = (write(Path(folder, f"{kernel}x{repeat}.yaml"), repeat, kernel) for kernel in (3, 5))
            for version, path in versions.items():
                start = [environment, f"PYTHONPATH={path}", sys.executable, "-P", "-m", "convcost"]
                for command in given.commands:
                    specs = [old, new] if command == "diff" else [old]
                    commands[version, command, name] = [*start, command, *specs]
        samples = measure({" ".join(key): command for key, command in commands.items()}, given.runs)
    table = Table(
        "command", "version", *(f"{name} layers, CPU s" for name in REPEATS), "exponent", "layers/s", "target"
    )
    small, large = REPEATS
    for command in given.commands:
        for version in versions:
            one, other = (samples[f"{version} {command} {name}"].cpu for name in (small, large))
            grows = log(other / one) / log(REPEATS[large] / REPEATS[small])
            speed = 20 * REPEATS[large] * (1 + (command == "diff")) / other
            least = AT_LEAST.get(command)
            target = f"{least:,}: {'met' if speed >= least else 'missed'}" if least else ""
            table.add_row(command, version, f"{one:.2f}", f"{other:.2f}", f"{grows:.2f}", f"{speed:,.0f}", target)
    Console().print(table)


if __name__ == "__main__":
    main()
