"""The table of figures: every row has a witness, and a new row is known everywhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from command_line import Run
from networks import each_network

import convcost
from convcost.algebra.derivation import derive
from convcost.analysis.costs import analyze
from convcost.analysis.whole import WHOLE
from convcost.comparison.convolutions import figures_of
from convcost.diff.changes import diff
from convcost.editor.schema import spec_schema
from convcost.errors import Source
from convcost.execute import Machine
from convcost.figures import FIGURES, Figure, Setting, totals
from convcost.reading.load import load, open_description, read
from convcost.reading.sources import bundled
from convcost.verification import WITNESSES

OF_NETWORKS = {
    "training_macs": "products that the backward kernels tallied: test_training_macs below",
    "peak_memory": "bytes of the arrays held: `convcost verify`",
    "peak_memory_fused": "bytes of the arrays held, written over in place: `tests/kernels/test_execute.py`",
    "arena": "the head of the arena of TensorFlow Lite Micro: `tests/test_arena.py`",
    "flash": "constants in files of TensorFlow Lite: `tests/test_arena.py`",
    "kept_for_backward": "storages that PyTorch packs: `tests/test_memory.py`",
    "training_memory": "the tracker of PyTorch's distributed tools: `tests/test_training_memory.py`",
    "receptive_field": "dye: `convcost verify`",
    "ungated_receptive_field": "what papers quote, and a network without its gates: below",
    "effective_stride": "dye: `convcost verify`",
    "start_offset": "dye: `convcost verify`",
    "output_shape": "shapes of arrays: `convcost verify`",
}
"""What counts each figure of a network, not by formula."""

QUOTIENTS = {name for name, figure in FIGURES.items() if figure.per is not None}
"""What is divided has a witness, and so has what it is divided by."""


def test_every_figure_has_a_witness() -> None:
    missing = FIGURES.keys() - {*WITNESSES, *OF_NETWORKS, *QUOTIENTS}
    assert not missing, "add what counts them: to WITNESSES in convcost/verification.py, or to OF_NETWORKS above"
    assert {*WITNESSES, *OF_NETWORKS} <= FIGURES.keys()
    assert not WITNESSES.keys() & OF_NETWORKS.keys()


def test_every_figure_has_one_place() -> None:
    assert WHOLE.keys() == {name for name, figure in FIGURES.items() if not figure.is_sum and figure.per is None}
    assert all(name == figure.name for name, figure in FIGURES.items())
    assert all(figure.meaning.endswith((".", "]")) for figure in FIGURES.values())
    assert {read for figure in FIGURES.values() for read in figure.reads} <= set(Setting._fields)


@pytest.mark.parametrize("name", ["lenet5", "m5", "squeezenet1_1", "dcgan"])
def test_training_macs(name: str) -> None:
    network = load(name)
    machine = Machine(network)
    runs = machine.run(training=True).layers
    counted = sum(run.tally.macs + (run.backward.macs if run.backward else 0) for run in runs)
    assert analyze(network).training_macs == counted
    assert derive(open_description(name)).evaluate("training_macs") == counted


def test_the_field_with_gates_left_out() -> None:
    # Kernels and strides of Tan & Le 2019, table 1: every window adds k - 1 steps as wide as the strides before it.
    windows = [(3, 2), (3, 1), (3, 2), (3, 1), (5, 2), (5, 1), (3, 2), (3, 1), (3, 1), (5, 1), (5, 1), (5, 1)]
    windows += [(5, 2), (5, 1), (5, 1), (5, 1), (3, 1)]
    field, jump = 1, 1
    for kernel, stride in windows:
        field, jump = field + (kernel - 1) * jump, jump * stride
    assert (field, jump) == (851, 32)
    assert analyze(load("efficientnet_b0")).ungated_receptive_field == (field, field)
    assert analyze(load("efficientnet_b0")).receptive_field == (7, 7)
    for name in ("resnet50", "mobilenet_v2", "unet"):  # no gates
        found = analyze(load(name))
        assert found.ungated_receptive_field == found.receptive_field


def test_operations_per_byte() -> None:
    text = "input: {channels: 1, size: [3, 3]}\nlayers: [conv: {out: 1, kernel: 3}, relu]\n"
    network = read(Source("net.yaml", text))
    # The convolution: 9 multiply-accumulates and its bias are 19 operations; it reads 9 numbers and 10 parameters, and
    # writes 1. The rectifier compares once, reads 1 and writes 1. Numbers are 4 bytes.
    assert analyze(network).operations_per_byte == Fraction(19 + 1, 4 * (20 + 2))
    assert analyze(network, Setting(batch=2)).operations_per_byte == Fraction(2 * (19 + 1), 4 * (30 + 4))


@pytest.mark.parametrize("name", each_network(bundled()))
def test_a_batch_of_samples(name: str) -> None:
    one, many = analyze(load(name)), analyze(load(name), Setting(dtype="float16", batch=32))
    for figure in FIGURES.values():
        if figure.is_number and figure.per is None and "batch" not in figure.reads:
            bytes_ = Fraction(1, 2) if "dtype" in figure.reads else 1
            assert many.of(figure.name) == one.of(figure.name) * bytes_ * (32 if figure.per_sample else 1), figure.name
    # Parameters are moved once, all else with every sample; half the bytes.
    held = sum(cost.layer.operator.params(*cost.layer.input_shapes).total for cost in one.layers)
    assert many.bytes_moved == 2 * held + 16 * (one.bytes_moved - 4 * held)


# A figure that is new


@pytest.fixture
def bits() -> Iterator[Figure]:
    """A figure that exists nowhere: the bits of the weights."""
    figure = Figure("weight_bits", "Bits of the weights.", lambda x, _: 8 * x.params.weights, per_sample=False)
    FIGURES[figure.name] = figure
    yield figure
    del FIGURES[figure.name]


def test_a_new_figure_is_known_everywhere(bits: Figure, run: Run, tmp_path: Path) -> None:
    weights = 59_752  # of LeNet-5
    assert convcost.analyze("lenet5").weight_bits == 8 * weights
    spec = tmp_path / "net.yaml"
    text = bundled()["lenet5"].read_text().replace("\nexpect:", f"\nexpect:\n  weight_bits: {8 * weights}")
    spec.write_text(text)
    assert run("check", str(spec)).code == 0
    spec.write_text(text.replace("weight_bits: ", "weight_bits: 1"))
    assert "weight bits" in run("check", str(spec)).out
    assert "weight_bits" in json.dumps(spec_schema()["properties"]["expect"])
    assert "weight_bits" in run("formula", "mobilenet_v1", "--of", "weight_bits").out
    assert run("solve", "mobilenet_v1", "--for", "alpha", "--subject-to", "weight_bits <= 8e6").code == 0
    swept = run("sweep", "mobilenet_v1", "--over", "alpha=0.25,1", "--of", "weight_bits", "--format", "csv").out
    assert swept.splitlines()[0] == "alpha,weight_bits"
    assert int(swept.splitlines()[2].rpartition(",")[2]) == 8 * analyze(load("mobilenet_v1")).weights
    assert run("diff", "lenet5", "alexnet", "--fail-if", "weight_bits > +5%").code == 1
    assert "weight bits" in run("diff", "lenet5", "alexnet").out
    assert "weight bits" in run("compare", "lenet5", "alexnet").out
    assert "weight_bits" in json.loads(run("compare", "lenet5", "alexnet", "--format", "json").out)["sides"][0]
    printed = json.loads(run("analyze", "lenet5", "--format", "json").out)
    assert printed["totals"]["weight_bits"] == sum(layer["weight_bits"] for layer in printed["layers"]) == 8 * weights
    assert "weight_bits" in run("analyze", "lenet5", "--format", "csv").out.splitlines()[0].split(",")
    assert run("analyze", "lenet5", "--sort", "weight_bits").code == 0
    lock = tmp_path / "convcost.lock"
    assert run("lock", "lenet5", "-o", str(lock)).code == 0
    assert f"weight_bits={8 * weights}" in lock.read_text()


def test_what_the_public_functions_say_of_it(bits: Figure) -> None:
    old, new = analyze(load("lenet5")), analyze(load("alexnet"))
    assert "weight_bits" in totals()
    assert diff(old, new).totals["weight_bits"] == (8 * 59_752, 8 * new.weights)
    assert figures_of(new)["weight_bits"] == 8 * new.weights
    assert derive(open_description("lenet5"), {"resolution": 32}).total("weight_bits") == 8 * 59_752
