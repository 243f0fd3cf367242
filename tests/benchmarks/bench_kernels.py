"""Whole forward passes by our kernels, side by side with others: `python tests/benchmarks/bench_kernels.py [--runs N]`.

One thread, float32, one image, the same weights for all; CPU time, each at its best of some runs in turn. Values are
compared as well: the largest difference in units of the largest value. What is not installed is left out.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from importlib.util import find_spec
from math import inf
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from convcost.execute import Machine, plain
from convcost.network import Network
from convcost.reading.load import load

sys.path.append(str(Path(__file__).parents[1] / "kernels"))

THREADS = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")

Forward = Callable[[], np.ndarray]

MOST = {"alexnet": 1.3, "resnet18": 1.3, "resnet50": 1.3, "mobilenet_v1": 1.6}
"""Networks, and at most how many times torch's CPU time we may take."""

FASTER = 5
"""At least how many times faster than onnx.reference we have to be."""


def programs(network: Network) -> Iterator[tuple[str, Forward]]:
    """All that can run the network, ours first."""
    machine = Machine(network)
    (name, x), *_ = machine.inputs().items()
    machine.run({name: x})
    yield "convcost", lambda: next(iter(machine.run({name: x}).outputs.values()))
    layers = [
        (layer.kind, plain(layer), machine.weights[layer.shares or layer.name], layer.inputs, layer.outputs)
        for layer in network.layers
    ]
    if find_spec("torch"):
        yield "torch", by_torch(layers, network, name, x)
    if find_spec("onnx"):
        import onnx_twins

        model = onnx_twins.model(layers, {name: x}, network.outputs)
        yield "onnx.reference", by_reference(model, name, x)
        if find_spec("onnxruntime"):
            yield "onnxruntime", by_onnxruntime(model, name, x)


def by_torch(layers: list[tuple], network: Network, name: str, x: np.ndarray) -> Forward:
    import torch
    import torch_twins

    torch.set_num_threads(1)
    numbers = [{key: torch.from_numpy(array) for key, array in weights.items()} for _, _, weights, _, _ in layers]
    start = torch.from_numpy(x)

    @torch.inference_mode()
    def forward() -> np.ndarray:
        tensors = {name: start}
        for (kind, given, _, reads, writes), weights in zip(layers, numbers, strict=True):
            made = torch_twins.run(kind, given, weights, *(tensors[read] for read in reads))
            tensors.update(zip(writes, made if isinstance(made, tuple) else (made,), strict=True))
        return tensors[network.outputs[0]].numpy()

    return forward


def by_reference(model: object, name: str, x: np.ndarray) -> Forward:
    from onnx.reference import ReferenceEvaluator

    evaluator = ReferenceEvaluator(model)
    return lambda: evaluator.run(None, {name: x})[0]


def by_onnxruntime(model: object, name: str, x: np.ndarray) -> Forward:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = 1
    session = InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    return lambda: session.run(None, {name: x})[0]


def best_times(forwards: dict[str, Forward], runs: int, label: str) -> dict[str, float]:
    """CPU seconds of each at its best, all in turn; what takes more than a second runs once."""
    best = dict.fromkeys(forwards, inf)
    for _ in track(range(runs), label, console=Console(stderr=True), transient=True):
        for name, forward in forwards.items():
            if best[name] < 1 or best[name] == inf:
                start = time.process_time()
                forward()
                best[name] = min(best[name], time.process_time() - start)
    return best


def row(name: str, runs: int) -> list[str]:
    forwards = dict(programs(load(name)))
    ours = forwards["convcost"]()
    # The reference's local response normalisation is no one else's.
    judges = [forward for name, forward in forwards.items() if name != "onnx.reference"]
    error = max(np.abs(forward() - ours).max() / np.abs(ours).max() for forward in judges)
    best = best_times(forwards, runs, name)
    ratio = {other: best["convcost"] / seconds for other, seconds in best.items()}
    met = ratio.get("torch", 0) <= MOST[name] and ratio.get("onnx.reference", 0) <= 1 / FASTER
    others = [
        f"{1e3 * best[other]:,.1f} ({ratio[other]:.2f} x)" if other in best else "not installed"
        for other in ("torch", "onnx.reference", "onnxruntime")
    ]
    return [
        name,
        f"{1e3 * best['convcost']:,.1f}",
        *others,
        f"{error:.0e}",
        f"{MOST[name]:g}",
        "met" if met else "missed",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure forward passes by our kernels side by side with others.")
    parser.add_argument("--runs", type=int, default=15, help="runs of each network by each program (15)")
    runs = parser.parse_args().runs
    packages = [f"{name} {version(name)}" for name in ("numpy", "torch", "onnx", "onnxruntime") if find_spec(name)]
    caption = ", ".join([f"Python {platform.python_version()}", *packages])
    table = Table(title=f"Forward pass, CPU ms, one thread, best of {runs} (ours / theirs)", caption=caption)
    table.add_column("network")
    for text in ("convcost", "torch", "onnx.reference", "onnxruntime", "difference", "at most x torch"):
        table.add_column(text, justify="right")
    table.add_column("")
    for name in MOST:
        table.add_row(*row(name, runs))
    Console(width=None if sys.stdout.isatty() else 140).print(table)


def level_ground() -> None:
    """Start again with one thread for all, and without what holds numpy's library back and not the others'."""
    pinned = [name for name in os.environ if name.startswith("OPENBLAS_") and name not in THREADS]
    if pinned or any(os.environ.get(name) != count for name, count in THREADS.items()):
        environment = {name: value for name, value in os.environ.items() if name not in pinned}
        os.execve(sys.executable, [sys.executable, *sys.argv], environment | THREADS)


if __name__ == "__main__":
    level_ground()
    main()
