"""Bounds on time beside onnxruntime: `python tests/benchmarks/bench_bounds.py this_machine.yaml [NAME ...]`.

`measure_device.py` writes the device file, of the same machine. One thread, float32, one sample; processor time of the
thread, the quickest of the runs that there is time for. A bound above the time that was measured is marked: the
network's layers are fused, or its tensors stay in a cache.
"""

from __future__ import annotations

import argparse
import time
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import onnxruntime
from rich.console import Console
from rich.table import Table

from convcost.analysis.costs import analyze
from convcost.analysis.roofline import roofline
from convcost.errors import ConvcostError
from convcost.reading.device import open_device
from convcost.reading.load import open_description
from convcost.reading.sources import bundled
from convcost.writing.onnx import write


def quickest(path: Path, seconds: float) -> float:
    """The seconds of one forward pass: the least of two, and of as many more as there is time for."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    draw = np.random.default_rng(0)
    sizes = {one.name: [n if isinstance(n, int) else 1 for n in one.shape] for one in session.get_inputs()}
    values = {name: draw.random(size, np.float32) for name, size in sizes.items()}
    taken: list[float] = []
    while len(taken) < 2 or sum(taken) < seconds:
        start = time.thread_time()
        session.run(None, values)
        taken.append(time.thread_time() - start)
    return min(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("device", help="a device file")
    parser.add_argument("names", nargs="*", help="bundled networks; default: all")
    parser.add_argument("--seconds", type=float, default=1, help="of processor time for each network (1)")
    asked = parser.parse_args()
    device = open_device(asked.device)
    caption = f"{device.name}, onnxruntime {version('onnxruntime')}"
    table = Table(title="Bounds on time and time", caption=caption)
    table.add_column("network")
    for heading in ("measured, ms", "least time, ms", "of measured", "fused, ms", "of measured"):
        table.add_column(heading, justify="right")
    for name in asked.names or bundled():
        description = open_description(name)
        with TemporaryDirectory() as folder:
            path = Path(folder, "net.onnx")
            try:
                write(description, {}, None, seed=0).save(path)
                measured = quickest(path, asked.seconds)
            except ConvcostError as error:
                table.add_row(name, error.problems[0].message)
                continue
        found = roofline(analyze(description.network({}, None)), device)
        bounds = (float(found.total.time), float(found.fused))
        cells = [cell for bound in bounds for cell in (f"{1000 * bound:.3g}", _share(bound / measured))]
        table.add_row(name, f"{1000 * measured:.3g}", *cells)
        print(name, *(f"{time:.6f}" for time in (measured, *bounds)), flush=True)
    Console().print(table)


def _share(ratio: float) -> str:
    return f"{ratio:.2f}" + (" above" if ratio > 1 else "")


if __name__ == "__main__":
    main()
