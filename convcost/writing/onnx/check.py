"""An ONNX file held against the network that it was written of: onnx checks it, onnxruntime runs it, convcost reads it.

The package onnx infers all shapes strictly; those that the file states of its outputs must be the ones.
"""

from __future__ import annotations

import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from convcost.analysis.costs import analyze
from convcost.errors import ConvcostError, UsageError
from convcost.network import Network
from convcost.reading.load import open_description
from convcost.writing.checked import Checked
from convcost.writing.onnx import Model


def check(model: Model) -> list[Checked]:
    """Return parameters and MACs as they are read again, and output shapes as onnxruntime computes them.

    UsageError where onnx or onnxruntime is not installed, or one of them does not take the file.
    """
    if not all(map(find_spec, ("onnx", "onnxruntime"))):
        raise UsageError("--check needs onnx and onnxruntime", "pip install 'convcost[onnx]' onnxruntime")
    import onnx

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "exported.onnx")
        model.save(file)
        try:
            onnx.checker.check_model(file, full_check=True)
        except Exception as error:  # noqa: BLE001  (whatever it raises, it says what it does not take)
            raise _refused("onnx", error) from None
        ours, again = analyze(model.network), _read(file, model.network)
        found = [Checked(figure, ours.of(figure), again.of(figure)) for figure in ("params", "macs")]
        return [*found, _outputs(model, file)]


def _read(file: Path, network: Network) -> Any:
    """The figures of a file where its open sizes are those of a network."""
    try:
        description = open_description(str(file))
        sizes = zip(description.outline().sizes.values(), network.inputs.values(), strict=True)
        pairs = (pair for names, shape in sizes for pair in zip(names, shape.size, strict=True))
        return analyze(description.network({name: n for name, n in pairs if isinstance(name, str)}))
    except ConvcostError as error:
        raise _refused("convcost", error) from None


def _refused(program: str, error: Exception) -> UsageError:
    return UsageError(f"{program} does not take what was written: {str(error).splitlines()[0]}", "please report it")


def _outputs(model: Model, file: Path) -> Checked:
    """The shapes of the outputs, by running the file on zeros, one sample, where it fits in memory."""
    shapes = dict(model.network.tensors())
    said = [list(shapes[name].numbers) for name in model.network.outputs]
    needed, there = _needed(model), _memory()
    if there is not None and needed > there:
        return Checked("outputs", said, None, f"it takes about {needed / 1e9:.1f} GB; there are {there / 1e9:.1f}")
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        zeros = {name: np.zeros((1, *shape.numbers), model.file.dtype) for name, shape in model.network.inputs.items()}
        return Checked("outputs", said, [[*y.shape[1:]] for y in session.run(None, zeros)])
    except Exception as error:  # noqa: BLE001  (its errors have no base of their own)
        return Checked("outputs", said, None, str(error).splitlines()[0])


def _memory() -> int | None:
    """How many bytes of memory this machine has, where the system says so."""
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError):
        return None


def _needed(model: Model) -> int:
    """About how many bytes a run takes: the weights twice, as they are packed anew, and some tensors at the most."""
    return 2 * model.file.weight_bytes + 4 * int(analyze(model.network).of("peak_memory"))
