"""What training keeps, against PyTorch: what its hooks showed is kept in `data/memory`, and measured again with torch.

`--renew` writes it.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from networks import each_network

from convcost.algebra.derivation import derive
from convcost.analysis.costs import analyze
from convcost.errors import Source
from convcost.figures import Setting
from convcost.memory.pytorch_eager import RULES
from convcost.ops import OPERATORS
from convcost.reading.description import Description
from convcost.reading.load import load, open_description
from convcost.reading.sources import bundled
from convcost.writing.pytorch import write

FILE = Path(__file__).parent / "data" / "memory" / "kept.json"
KEPT: dict[str, dict[str, int]] = json.loads(FILE.read_text())
"""By precision, then by network, or by `operator arguments`: bytes for a batch of 2."""

IN_16_BITS = ["amp-bf16", "bf16"]

UNSAID = {"lenet5"}
"""What PyTorch has no operators for."""

BEFORE = "input: {channels: 3, size: [12, 12]}\nlayers: [{conv: {out: 8, kernel: 1}}, relu, "


def test_every_operator_has_a_rule() -> None:
    assert RULES.keys() == OPERATORS.keys()


@pytest.mark.parametrize("name", sorted(bundled().keys() - UNSAID))
def test_a_network_keeps_what_torch_keeps(name: str) -> None:
    assert analyze(load(name), Setting(batch=2)).kept_for_backward == KEPT["fp32"][name]


@pytest.mark.parametrize("name", each_network(sorted(bundled().keys() - UNSAID)))
def test_so_it_does_in_16_bits(name: str) -> None:
    network = load(name)
    found = {one: analyze(network, Setting(batch=2, precision=one)).kept_for_backward for one in IN_16_BITS}
    assert found == {one: KEPT[one][name] for one in IN_16_BITS}


OPERATOR_CASES = [
    "abs",
    "adaptive_avg_pool: {size: 1}",
    "adaptive_avg_pool: {size: 5}",
    "adaptive_max_pool: {size: 5}",
    "append: {count: 2}",
    "attention: {heads: 2, out: 6, key: 3, value: 5}",
    "attention: {heads: 2, window: 4}",
    "avg_pool: {kernel: 3, padding: 1, stride: 2}",
    "avg_pool: {kernel: 3, padding: same, stride: 2}",
    "blur_pool: {kernel: 3, stride: 2}",
    "celu",
    "channel_shuffle: {groups: 2}",
    "clip: {min: 0, max: 4}",
    "conv: {out: 8, kernel: 3, padding: 1, padding_mode: circular}",
    "conv: {out: 8, kernel: 3, padding: 1, padding_mode: reflect}",
    "conv: {out: 8, kernel: 3, padding: same, stride: 2}",
    "conv: {out: 8, kernel: 3, weight_norm: true}",
    "conv: {out: 8, kernel: 3, bias: false, weights: indices}",
    "conv: {out: 8, kernel: 4, padding: same}",
    "conv_transpose: {out: 8, kernel: 3}",
    "dropout",
    "dropout: {p: 0}",
    "elu",
    "exp",
    "gelu",
    "gelu: {approximate: tanh}",
    "global_max_pool",
    "grid_sample: {map: [], places: [{conv: {out: 2, kernel: 1}}]}",
    "group_norm: {groups: 2}",
    "hard_sigmoid",
    "hard_swish",
    "hard_tanh",
    "instance_norm",
    "instance_norm: {affine: true, running_stats: true}",
    "l2_norm: {over: channels}",
    "layer_norm",
    "layer_norm: {over: [channels, positions]}",
    "leaky_relu",
    "linear: {out: 8, weight_norm: true}",
    "local_response_norm",
    "locally_connected: {out: 4, kernel: 3, padding: 1}",
    "log_softmax",
    "max: {over: channels}",
    "max_pool: {kernel: 3, padding: same, stride: 2}",
    "mean: {over: channels}",
    "min: {over: positions}",
    "mish",
    "pad: {padding: 1}",
    "pad: {padding: 1, mode: circular}",
    "pad: {padding: 1, mode: reflect}",
    "pow: {exponent: 3}",
    "prelu",
    "reciprocal",
    "rms_norm",
    "scale: {per: channel}",
    "scale: {by: 2}",
    "selu",
    "shift: {per: channel}",
    "silu",
    "softmax",
    "softplus",
    "sqrt",
    "subsample: {kernel: 2}",
    "sum: {over: positions}",
    "swish: {per: layer}",
    "tanh",
    "upsample: {scale: 2, mode: bilinear}",
    "add: {a: [{conv: {out: 8, kernel: 1}}], b: []}",
    "div: {a: [{conv: {out: 8, kernel: 1}}], b: []}",
    "matmul: {a: [{conv: {out: 8, kernel: 1}}], b: []}",
    "maximum: {a: [{conv: {out: 8, kernel: 1}}], b: []}",
    "minimum: {a: [{conv: {out: 8, kernel: 1}}], b: []}",
    "mul: {a: [{conv: {out: 8, kernel: 1}}], b: []}",
    "sub: {a: [{conv: {out: 8, kernel: 1}}], b: []}",
    "flatten: {over: positions}}, {gru: {hidden: 5, bidirectional: true}",
    "flatten: {over: positions}}, {lstm: {hidden: 5, bias: false}",
    "flatten: {over: positions}}, {attention: {heads: 2}}, silu, {attention: {heads: 2}",
    "conv: {out: 8, kernel: 1}}, batch_norm, {leaky_relu: ",
    "conv: {out: 8, kernel: 1}}, batch_norm, {silu: ",
]


def described(case: str) -> Description:
    return Description(Source("<case>", f"{BEFORE}{{{case}}}, relu]\n"), "case")


@pytest.mark.parametrize("case", OPERATOR_CASES)
def test_an_operator_keeps_what_torch_keeps(case: str) -> None:
    network = described(case).network()
    found = {one: analyze(network, Setting(batch=2, precision=one)).kept_for_backward for one in KEPT}
    assert found == {one: KEPT[one][case] for one in KEPT}


@pytest.mark.slow
@pytest.mark.parametrize("name", each_network(sorted(bundled().keys() - UNSAID)) + OPERATOR_CASES)
def test_measured_again(name: str, tmp_path: Path, renew: bool) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    from kept_by_torch import kept

    description = open_description(name) if name in bundled() else described(name)
    written = write(description)
    (tmp_path / "net.py").write_text(written.text, encoding="utf-8")
    spec: Any = importlib.util.spec_from_file_location("net", tmp_path / "net.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shapes = [shape.numbers for shape in description.network().inputs.values()]
    made = getattr(module, written.class_name)
    found = {one: kept(made, shapes, 2, one) for one in ("fp32", *IN_16_BITS)}
    if renew:
        for one in found:
            KEPT.setdefault(one, {})[name] = found[one]
            KEPT[one] = dict(sorted(KEPT[one].items()))
        FILE.write_text(json.dumps(KEPT, indent=1) + "\n")
    assert found == {one: KEPT[one][name] for one in found}
    half = kept(made, shapes, 2, "amp-fp16")
    assert half == found["amp-bf16"]  # and so it is in ours, by the same rules


# What follows from it


def test_of_a_layer_and_of_a_block() -> None:
    analysis = analyze(load("resnet50"))
    assert sum(cost.kept_for_backward for cost in analysis.layers) == analysis.kept_for_backward
    first = next(iter(analysis.layers))
    assert first.kept_for_backward == 4 * 3 * 224 * 224  # its input, of which a gradient of its weights is made


@pytest.mark.parametrize("figure", ["kept_for_backward", "training_memory"])
@pytest.mark.parametrize("name", each_network(sorted(bundled())))
def test_the_law(name: str, figure: str) -> None:
    description = open_description(name)
    found = derive(description, of=(figure,)).evaluate(figure, {"N": 3})
    assert found == getattr(analyze(description.network(), Setting(batch=3)), figure)


def test_what_is_not_trained_is_not_kept() -> None:
    layers = "relu, {conv: {out: 2, kernel: 1}}, {slice: {axis: height, stop: 1}}, relu"
    text = f"input: {{channels: 3, size: [4, 4]}}\nlayers: [{layers}]\n"
    found = analyze(Description(Source("net.yaml", text), "net").network()).layers
    # The convolution keeps what the first rectifier made. A part of its output is a view; the last keeps its own.
    assert [one.kept_for_backward for one in found] == [0, 4 * 48, 0, 4 * 8]
