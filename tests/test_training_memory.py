"""What a training step holds, against PyTorch: what its tracker showed is kept in `data/memory/steps.json`.

It is measured again with torch; `--renew` writes it.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from networks import each_network

from convcost.analysis.costs import analyze
from convcost.errors import Source
from convcost.figures import Setting
from convcost.memory.training import training_step
from convcost.reading.description import Description
from convcost.reading.load import load, open_description
from convcost.writing.pytorch import write

FILE = Path(__file__).parent / "data" / "memory" / "steps.json"
STEPS: dict[str, dict[str, int]] = json.loads(FILE.read_text())
"""By network, then by `optimizer batch precision`, the last where it is not fp32: bytes."""

EACH = [(name, how) for name, steps in sorted(STEPS.items()) for how in steps]


def off(name: str, how: str) -> float:
    """Return the share by which a figure is off what was measured."""
    optimizer, batch, *precision = how.split()
    at = Setting("float32", int(batch), optimizer, *precision)
    found = analyze(load(name), at).training_memory
    return abs(found - STEPS[name][how]) / STEPS[name][how]


@pytest.mark.parametrize("name", each_network(sorted(STEPS)))
def test_a_step_holds_what_torch_holds(name: str) -> None:
    assert {how: off(name, how) for how in STEPS[name] if off(name, how) > 0.005} == {}


@pytest.mark.thorough
def test_most_are_nearer_by_far() -> None:
    assert median(off(name, how) for name, how in EACH) < 1e-5


@pytest.mark.slow
@pytest.mark.parametrize("name", each_network(sorted(STEPS)))
def test_measured_again(name: str, tmp_path: Path, renew: bool) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    from kept_by_torch import peak

    description = open_description(name)
    written = write(description)
    (tmp_path / "net.py").write_text(written.text, encoding="utf-8")
    spec: Any = importlib.util.spec_from_file_location("net", tmp_path / "net.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shapes = [shape.numbers for shape in description.network().inputs.values()]
    how = min(STEPS[name])
    optimizer, batch, *precision = how.split()
    found = peak(getattr(module, written.class_name), shapes, int(batch), optimizer, *precision)
    if renew:
        STEPS[name][how] = found
        FILE.write_text(json.dumps(STEPS, indent=1) + "\n")
    assert found == pytest.approx(STEPS[name][how], abs=1000)  # of several losses, the sum


# What follows from it


def network(layers: str) -> Description:
    return Description(Source("net.yaml", f"input: {{channels: 3, size: [4, 4]}}\nlayers: [{layers}]\n"), "net")


def test_by_hand() -> None:
    step = training_step(network("{linear: {out: 5}}").network(), 2, "momentum")
    assert (step.parameters, step.optimizer, step.statistics) == (4 * 245, 4 * 245, 0)
    # Inputs of 2 x 48 and outputs of 2 x 5 numbers, and a class for both samples.
    assert step.data == 4 * 96 + 4 * 10 + 8 * 2
    # Logarithms of probabilities and two gradients; then what the layer is given, and makes for its parameters.
    assert [moment.total for moment in step.moments] == [3 * 4 * 10, 4 * 10 + 4 * 245]


def test_gradients_that_are_passed_on_are_no_tensors_of_their_own() -> None:
    path = "{conv: {out: 3, kernel: 1}}, {add: {a: [{conv: {out: 3, kernel: 1}}], b: []}}"
    step = training_step(network(path).network(), 1, "sgd")
    one = 4 * 48
    assert [moment.transient for moment in step.moments] == [2 * one, one, 2 * one, 3 * one, one]


def test_without_layers_there_is_none() -> None:
    assert analyze(network("").network()).training_memory == 0
