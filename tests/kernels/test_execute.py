"""Networks executed: counts against the analysis, memory as it is really held, weights by seed and shared."""

from __future__ import annotations

import weakref
from dataclasses import astuple

import numpy as np
import pytest

from convcost.analysis.costs import analyze
from convcost.errors import Source
from convcost.execute import Machine, execute
from convcost.reading.load import load, read

NETWORKS = [
    ("lenet5", {}),
    ("nin_cifar10", {}),
    ("mobilenet_v1", {"alpha": "0.25", "resolution": "64"}),
    ("shufflenet_v1", {}),
    ("squeezenet1_1", {}),
    ("context_module", {}),
    ("dcgan", {}),
    ("crnn", {"W": "16"}),
    ("vit_tiny", {"resolution": "32"}),
]

SHARED = """
network: siamese
inputs:
  left: {channels: 3, size: [8, 8]}
  right: {channels: 3, size: [8, 8]}
layers:
  - conv: {out: 4, kernel: 3}
    name: first
    from: left
  - conv: {out: 4, kernel: 3}
    name: second
    from: right
    share: first
  - {add: , from: [first, second]}
"""

ONE_SIDED = """
network: one_sided
input: {channels: 2, size: [4]}
layers:
  - conv: {out: 2, kernel: 1, bias: false}
  - {matmul: , from: [conv, input]}
"""


@pytest.mark.parametrize(("name", "settings"), NETWORKS)
def test_network_counts_what_the_analysis_says(name, settings):
    network = load(name, settings)
    said, done = analyze(network), Machine(network).run(training=True)
    for cost, ran in zip(said.layers, done.layers, strict=True):
        assert ran.shapes == tuple((1, y.channels, *y.size) for y in cost.layer.output_shapes)
        assert astuple(ran.tally)[:6] == tuple(cost.layer.work)
        assert ran.tally.useful_macs == cost.useful_macs
        assert dict(ran.held) == dict(cost.layer.params.items())
        assert ran.tally.macs + (ran.backward.macs if ran.backward else 0) == cost.training_macs
    assert done.peak_bytes == 4 * said.peak.elements
    assert done.peak_layer == said.peak.layer
    assert all(np.isfinite(y).all() and 1e-3 < np.std(y) < 1e6 for y in done.outputs.values())


def test_only_what_depends_on_a_parameter_has_a_gradient():
    """Of a product of two maps one is the input itself: 16 and 32 products forward, and one gradient of each."""
    network = read(Source("one_sided.yaml", ONE_SIDED))
    runs = Machine(network).run(training=True).layers
    assert [(ran.tally.macs, ran.backward.macs) for ran in runs] == [(16, 16), (32, 32)]
    assert [cost.training_macs for cost in analyze(network).layers] == [32, 64]


@pytest.mark.parametrize("batch", [1, 3])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_batch_and_dtype(batch, dtype):
    network = load("lenet5")
    one, done = execute(network), execute(network, batch, dtype=dtype)
    assert [ran.tally.macs for ran in done.layers] == [batch * ran.tally.macs for ran in one.layers]
    assert done.peak_bytes == one.peak_bytes * batch * np.dtype(dtype).itemsize // 4
    assert all(y.dtype == dtype and len(y) == batch for y in done.outputs.values())


def test_tensors_are_freed_at_last_use():
    """The peak is what is really alive: every tensor is watched."""
    alive, most = [], 0

    class Watched(Machine):
        def inputs(self, batch=1):
            inputs = super().inputs(batch)
            alive.extend(map(weakref.ref, inputs.values()))
            return inputs

    def watch(ran, outputs):
        nonlocal most
        alive.extend(map(weakref.ref, outputs))
        most = max(most, sum(x.nbytes for ref in alive if (x := ref()) is not None))

    assert Watched(load("squeezenet1_1")).run(watch=watch).peak_bytes == most


@pytest.mark.parametrize(
    ("name", "settings"), [*NETWORKS, ("densenet121", {"resolution": "32"}), ("resnet50", {"H": "32", "W": "32"})]
)
def test_in_place_nothing_is_lost(name, settings):
    """Written over what is read no more, the outputs are as they were, and the peak is what the figure says."""
    network = load(name, settings)
    apart, done = Machine(network).run(), Machine(network).run(in_place=True)
    for one, y in done.outputs.items():
        np.testing.assert_array_equal(y, apart.outputs[one])
    assert done.peak_bytes == analyze(network).peak_memory_fused


def test_in_place_by_hand():
    """While the sum is made there are both of its 4x6x6 inputs; if it is not made in one of them, there are three."""
    text = """
    network: residual
    input: {channels: 3, size: [6, 6]}
    layers:
      - conv: {out: 4, kernel: 1}
      - add: {body: [{conv: {out: 4, kernel: 3, padding: 1}}, batch_norm, relu], short: []}
      - relu
    """
    network = read(Source("residual.yaml", text))
    assert Machine(network).run().peak_bytes == 4 * 3 * 4 * 36
    assert Machine(network).run(in_place=True).peak_bytes == 4 * 2 * 4 * 36


def test_seed_decides():
    network = load("lenet5")
    (first,), (again,), (other,) = (execute(network, seed=seed).outputs.values() for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, other)


def test_shared_weights_are_one_set():
    network = read(Source("test", SHARED))
    machine = Machine(network)
    x = machine.inputs()["left"]
    seen = {}
    machine.run({"left": x, "right": x}, lambda ran, outputs: seen.update({ran.layer.name: (ran, outputs[0])}))
    np.testing.assert_array_equal(seen["first"][1], seen["second"][1])
    assert sum(seen["first"][0].held.values()) == 4 * 3 * 9 + 4
    assert sum(seen["second"][0].held.values()) == 0
    assert seen["first"][0].tally == seen["second"][0].tally
    assert [name for name, held in machine.weights.items() if held] == ["first"]
