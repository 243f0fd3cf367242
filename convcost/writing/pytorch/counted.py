"""Counts a file of PyTorch: `python counted.py FILE CLASS SHAPES` prints parameters, MACs and output shapes as JSON.

It is run in a process of its own, on the meta device: nothing is computed, and no memory is taken.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode


def counted(file: str, class_name: str, shapes: list[list[int]]) -> dict[str, Any]:
    """Return what torch counts of a class in a file, for one sample of these shapes."""
    spec = importlib.util.spec_from_file_location("exported", file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with torch.device("meta"):
        network = getattr(module, class_name)().eval()
        inputs = [torch.empty(1, *shape) for shape in shapes]
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            outputs = network(*inputs)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    return {
        "params": sum(one.numel() for one in network.parameters()),
        "macs": counter.get_total_flops() // 2,
        "outputs": [list(one.shape[1:]) for one in outputs],
    }


if __name__ == "__main__":
    _, file, class_name, shapes = sys.argv
    sys.stdout.write(json.dumps(counted(file, class_name, json.loads(shapes))))
