"""A file of PyTorch held against the network that it was written of: torch counts it, in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from convcost.analysis.costs import analyze
from convcost.errors import UsageError
from convcost.writing.checked import Checked
from convcost.writing.pytorch import Module

PATIENCE = 600
"""Seconds that torch may take."""


def check(module: Module) -> list[Checked]:
    """Return parameters, MACs and output shapes, said and counted; UsageError where torch is not installed."""
    if find_spec("torch") is None:
        raise UsageError("--check runs what is written, and needs PyTorch", "pip install 'convcost[torch]'")
    network, analysis = module.network, analyze(module.network)
    shapes = dict(network.tensors())
    said = {
        "params": analysis.params,
        "macs": analysis.macs,
        "outputs": [list(shapes[output].numbers) for output in network.outputs],
    }
    found = _counted(module, [list(shape.numbers) for shape in network.inputs.values()])
    return [Checked(figure, value, found[figure]) for figure, value in said.items()]


def _counted(module: Module, shapes: list[list[Any]]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "exported.py")
        file.write_text(module.text, encoding="utf-8")
        counter = Path(__file__).with_name("counted.py")
        words = [sys.executable, str(counter), str(file), module.class_name, json.dumps(shapes)]
        try:
            run = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=True)
        except subprocess.TimeoutExpired:
            raise UsageError(f"torch has not counted it within {PATIENCE} seconds") from None
        except subprocess.CalledProcessError as error:
            last = (error.stderr or "").strip().rpartition("\n")[2]
            raise UsageError(f"torch can't run what was written: {last}", "please report it") from None
    found: dict[str, Any] = json.loads(run.stdout)
    return found
