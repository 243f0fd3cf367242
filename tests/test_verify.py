"""Every bundled network executed and counted; and a wrong formula, wherever it is, noticed."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Run
from networks import each_network
from test_operators import ROWS

from convcost.analysis.costs import analyze
from convcost.building.build import Tensor, build
from convcost.errors import Source, UsageError
from convcost.execute import Machine
from convcost.figures import FIGURES
from convcost.network import Network
from convcost.ops import OPERATORS, operator
from convcost.ops.base import Params, Shape
from convcost.ops.windows import WHOLE, Window
from convcost.reading.load import load, read
from convcost.reading.sources import bundled
from convcost.verification import bytes_needed, verify

SMALLER = {
    "bisenet": {"H": "96", "W": "64"},
    "botnet50": {"resolution": "96"},
    "c3d": {"resolution": "64"},
    "centernet": {"resolution": "96"},
    "deeplabv3_resnet50": {"resolution": "128"},
    "deeplabv3plus": {"resolution": "128"},
    "efficientdet_d0": {"resolution": "128"},
    "edsr": {"resolution": "16"},
    "espcn": {"H": "30", "W": "32"},
    "fcn8s": {"resolution": "100"},
    "fpn": {"resolution": "128"},
    "pspnet50": {"resolution": "96"},
    "r2plus1d_18": {"frames": "4", "resolution": "64"},
    "r3d_18": {"frames": "4", "resolution": "64"},
    "retinanet_resnet50_fpn": {"resolution": "128"},
    "segnet": {"H": "72", "W": "96"},
    "srgan": {"resolution": "8"},
    "ssd300_vgg16": {"resolution": "268", "classes": "2"},
    "ssdlite": {"resolution": "96"},
    "unet": {"resolution": "188"},
    "unetplusplus": {"resolution": "64"},
    "unet3d": {"side": "92", "depth": "92"},
    "yolov3": {"resolution": "96"},
    "yolov8": {"resolution": "96"},
}
"""What takes long at its defaults, at a size at which it does not."""

UNSEEN = {"pspnet50": ("two.level.", "three.level.")}
"""Layers whose field no input is long enough for: the windows of an adaptive pool grow with it."""


LONG = {
    "convnext_tiny": "convnext_v2",
    "deeplabv3_resnet50": "deeplabv3plus",
    "densenet121": "vovnet39",
    "efficientnet_v2_s": "efficientnet_b0",
    "hrnet_w18": "fpn",
    "inception_resnet_v2": "inception_v3",
    "unet3d": "unet, c3d",
    "vgg11": "vgg16",
    "vgg13": "vgg16",
    "vgg19": "vgg16",
    "wide_resnet50_2": "resnet50",
    "xception": "mobilenet_v1",
}
"""Networks that take a second, whose layers and joints are those of others, which are named: for the thorough run."""


@pytest.mark.slow
@pytest.mark.parametrize("name", each_network(bundled(), bundled().keys() - LONG.keys()))
def test_network(name: str) -> None:
    verification = verify(load(name, SMALLER.get(name, {})))
    assert list(map(str, verification.differences)) == []
    assert [layer for layer in verification.unseen if not layer.startswith(UNSEEN.get(name, ()))] == []


LAYERS = {
    **{row.layer.partition(":")[0]: row.layer for row in reversed(ROWS)},
    "conv": "conv: {out: 6, kernel: 3, stride: 2, padding: 1, groups: 2}",
    "conv_transpose": "conv_transpose: {out: 6, kernel: 3, stride: 2, padding: 1, groups: 2}",
    "deformable_conv": "deformable_conv: {out: 6, kernel: 3, stride: 2, padding: 1, groups: 2}",
    "depthwise_conv": "depthwise_conv: {kernel: 3, stride: 2, padding: 1}",
    "grid_sample": "grid_sample: {map: [], places: [{conv: {out: 2, kernel: 1}}]}",
    "locally_connected": "locally_connected: {out: 4, kernel: 3}",
    "max_pool": "max_pool: {kernel: 3, stride: 2, padding: 1}",
    "mul": "mul: {a: [], b: []}",
    "pixel_unshuffle": "pixel_unshuffle: {factor: [1, 2]}",
    "rearrange": "rearrange: {cut: [[2, 2], [13], [4, 3]], order: [[3, 0], [1, 2, 4]]}",
    "reshape": "reshape: {size: [2, 4]}",
    "sub": "sub: {a: [], b: []}",
    "transpose": "transpose: {axis: width}",
    "upsample": "upsample: {scale: 2, mode: bilinear}",
    "where": "where: {mask: [], a: [], b: []}",
}
"""A layer of each operator: that worked by hand, unless what can be forgotten of it needs more arguments, or it has
weights at each position: those of fewer channels tell as much."""


def network_of(kind: str) -> Any:
    size = [13, 12] if 2 in operator(kind).ranks else [13]
    return read(Source("<test>", f"input: {{channels: 4, size: {size}}}\nlayers:\n  - {LAYERS[kind]}\n"))


def one_more_channel(right: Any) -> Any:
    return lambda self, *inputs: tuple(Shape(y.channels + 1, y.size) for y in right(self, *inputs))


def one_more_weight(right: Any) -> Any:
    return lambda self, *inputs: right(self, *inputs) + Params(weights=1)


def work_of_one_kind_more(kind: str) -> Any:
    def sabotage(right: Any) -> Any:
        def wrong(self: Any, *inputs: Shape) -> Any:
            work = right(self, *inputs)
            return type(work)(**{name: n + (name == kind) for name, n in work.items()})

        return wrong

    return sabotage


def shifted_windows(right: Any) -> Any:
    def wrong(self: Any, *inputs: Shape) -> Any:
        read = right(self, *inputs)
        if WHOLE in read:
            return tuple((Window(),) * x.rank for x in inputs)
        return tuple((Window(3, 2),) * len(windows) for windows in read)

    return wrong


SABOTAGE = {
    "outputs": one_more_channel,
    "params": one_more_weight,
    "work": work_of_one_kind_more("macs"),
    "useful_work": work_of_one_kind_more("macs"),
    "reads": shifted_windows,
}


@pytest.mark.parametrize("kind", OPERATORS)
def test_right_formulas_agree(kind: str) -> None:
    assert list(map(str, verify(network_of(kind)).differences)) == []


@pytest.mark.parametrize("formula", SABOTAGE)
@pytest.mark.parametrize("kind", OPERATORS)
def test_a_wrong_formula_is_noticed(monkeypatch: pytest.MonkeyPatch, kind: str, formula: str) -> None:
    cls = operator(kind)
    monkeypatch.setattr(cls, formula, SABOTAGE[formula](getattr(cls, formula)))
    network = network_of(kind)
    assert verify(network).differences[0].layer == network.layers[-1].name


@pytest.mark.parametrize(
    ("kind", "formula", "change"),
    [
        ("conv", "groups ignored", {"groups": 1}),
        ("conv", "stride ignored", {"stride": (1, 1)}),
        ("conv", "bias forgotten", {"bias": False}),
        ("conv_transpose", "groups ignored", {"groups": 1}),
        ("conv_transpose", "counted over the output", {"stride": (1, 1)}),
        ("depthwise_conv", "multiplier ignored", {"multiplier": 2}),
        ("deformable_conv", "mask counted", {"modulated": True}),
        ("max_pool", "padding compared", {"padding": ((0, 0), (0, 0))}),
        ("upsample", "interpolation free", {"mode": "nearest"}),
    ],
)
def test_a_formula_that_forgets_an_argument(
    monkeypatch: pytest.MonkeyPatch, kind: str, formula: str, change: dict[str, Any]
) -> None:
    network = network_of(kind)
    cls = operator(kind)
    for method in ("params", "work", "useful_work"):
        right = getattr(cls, method)
        monkeypatch.setattr(
            cls, method, lambda self, *inputs, right=right: right(self.with_arguments(**change), *inputs)
        )
    assert not verify(network).agrees, formula


def test_too_large_a_network_is_refused_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcost.verification.Machine", None)  # nothing may be run
    with pytest.raises(UsageError, match=r"takes about 0\.81 GiB; the limit is 0\.5 GiB"):
        verify(load("vgg19"), limit=2**29)


def test_equal_layers_are_counted_once() -> None:
    network = chain("conv: {out: 4, kernel: 3, padding: 1}", 3)
    once, each = verify(network), verify(network, every=True)
    first, second, third = (layer.name for layer in network.layers)
    assert once.counted_as == {second: first, third: first}
    assert each.counted_as == {}
    assert once.agrees
    assert once.compared == each.compared
    layers = list(network.layers)
    layers[2] = layers[2]._replace(output_shapes=(Shape(5, (13, 12)),))
    wrong = verify(network._replace(layers=tuple(layers)))
    assert {one.layer for one in wrong.differences if one.figure == "output_shape"} == {third}


def test_layers_that_differ_are_each_counted(run: Run) -> None:
    """In their arguments, in what they read, in whose weights they use."""
    text = "input: {channels: 4, size: [13, 12]}\nlayers:\n"
    for layer in ("{kernel: 3, padding: 1}", "{kernel: 3, padding: 2}", "{kernel: 3, padding: 1}"):
        text += f"  - conv: {{out: 4, {layer[1:]}\n"
    text += "  - {conv: {out: 4, kernel: 3, padding: 1}, share: conv_3}\n"
    verification = verify(read(Source("<test>", text)))
    assert verification.agrees
    assert verification.counted_as == {}


@pytest.mark.parametrize(
    "layer",
    [
        "conv: {out: 4, kernel: 3, padding: 1}",
        "conv: {out: 4, kernel: 1, bias: false}",
        "add: {a: [], b: []}",
        "mul: {a: [], b: []}",
        "avg_pool: {kernel: 3, stride: 1, padding: 1}",
        "local_response_norm: {size: 3}",
        "add: {body: [conv: {out: 4, kernel: 3, padding: 1}], short: []}",
    ],
)
def test_values_of_deep_networks_stay_in_range(layer: str) -> None:
    seen = []
    Machine(chain(layer, 400)).run(watch=lambda run, outputs: seen.append(float(np.abs(outputs[0]).max())))
    assert np.isfinite(seen).all()
    assert min(seen) > 1e-20


def chain(layer: str, count: int) -> Any:
    layers = f"  - {{{layer}, repeat: {count}}}" if "[" not in layer else f"  - {layer}\n    repeat: {count}"
    return read(Source("<test>", f"input: {{channels: 4, size: [13, 12]}}\nlayers:\n{layers}\n"))


def taken(work: Callable[[], Any]) -> int:
    """The most bytes that it has at once, numpy's arrays among them."""
    tracemalloc.start()
    monkey = pytest.MonkeyPatch()
    monkey.setattr("convcost.execute._keep_memory", lambda: None)  # what it reserves is never touched
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        monkey.undo()
        tracemalloc.stop()


LARGE = {
    "attention": (128, [64, 64]),
    "gru": (2048, [256]),
    "lstm": (2048, [256]),
    "matmul": (256, [32, 32]),
}
"""Inputs of what is quadratic in positions, or goes through them one by one."""


@pytest.mark.parametrize("kind", OPERATORS)
def test_no_kernel_takes_more_than_the_estimate(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr("convcost.verification.WORKSPACE", 18 * 2**20)  # hides nothing of tensors of 2 MiB
    layer = LAYERS[kind].replace("[1, 3]", "[1, 31]").replace("[[2, 2], [13], [4, 3]]", "[[16, 2], [128], [4, 32]]")
    channels, size = LARGE.get(kind) or (32, [128, 128]) if 2 in operator(kind).ranks else (256, [2048])
    network = read(Source("<test>", f"input: {{channels: {channels}, size: {size}}}\nlayers:\n  - {layer}\n"))
    verify(network_of(kind))  # for what is imported
    assert taken(lambda: verify(network)) < bytes_needed(analyze(network))


@pytest.mark.parametrize(
    ("layer", "count", "unseen"),
    [
        ("max_pool: {kernel: 3, stride: 2, padding: 1}", 14, 0),
        ("max_pool: {kernel: 3, stride: 2, padding: 1}", 63, 11),
        ("conv: {out: 1, kernel: 3, stride: 4, padding: 1}", 40, 6),
        ("conv: {out: 1, kernel: 3, dilation: 1000, padding: 1000}", 2, 0),
    ],
)
def test_receptive_fields_are_seen_in_little_memory(layer: str, count: int, unseen: int) -> None:
    network, found = chain(layer, count), []
    assert taken(lambda: found.append(verify(network, limit=300 * 2**20))) < 300 * 2**20
    assert found[0].agrees
    assert len(found[0].unseen) == unseen


@pytest.mark.parametrize(
    "layer",
    [
        "conv: {out: 1, kernel: 3, dilation: 100000, padding: 100000}",
        "max_pool: {kernel: 3, stride: 100000, padding: 1, ceil_mode: true}",
        "conv_transpose: {out: 1, kernel: 3, dilation: 100000, padding: 100000}",
    ],
)
def test_what_is_laid_around_a_small_map_is_in_the_estimate(layer: str) -> None:
    with pytest.raises(UsageError, match="the limit is"):
        verify(chain(layer, 1), limit=2**30)


def test_a_field_that_is_wrong_along_one_axis_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    cls = operator("conv")
    right = cls.reads

    def wrong(self: Any, *inputs: Shape) -> Any:
        ((first, _),) = right(self, *inputs)
        return ((first, Window(5, 1, -1)),)

    monkeypatch.setattr(cls, "reads", wrong)
    differing = verify(chain("conv: {out: 4, kernel: 3, padding: 1}", 1)).differences
    assert [one.figure for one in differing] == ["receptive_field"]


MAP, LINE, VECTOR = Shape(3, (8, 8)), Shape(4, (30,)), Shape(10, ())

Rows = list[tuple[str, str, dict[str, Any], list[str]]]
"""Name, operator, arguments and inputs of every layer."""


@pytest.mark.parametrize(
    ("inputs", "rows"),
    [
        (
            {"vector": VECTOR, "map": MAP},
            [
                ("gate", "linear", {"out": 3}, ["vector"]),
                ("body", "conv", {"out": 3, "kernel": 3, "padding": 1}, ["map"]),
                ("product", "mul", {}, ["body", "gate"]),
            ],
        ),
        (
            {"line": LINE, "map": MAP},
            [
                ("along", "conv", {"out": 3, "kernel": 3}, ["line"]),
                ("of_line", "flatten", {}, ["along"]),
                ("across", "conv", {"out": 3, "kernel": 3}, ["map"]),
                ("of_map", "flatten", {}, ["across"]),
                ("both", "concat", {}, ["of_line", "of_map"]),
            ],
        ),
    ],
)
def test_inputs_of_several_kinds(inputs: dict[str, Shape], rows: Rows) -> None:
    shapes, layers = dict(inputs), []
    for name, kind, given, reads in rows:
        layers.append(build(kind, given, [Tensor(read, shapes[read]) for read in reads], name))
        shapes[name] = layers[-1].output_shapes[0]
    verification = verify(Network("mixed", inputs, tuple(layers), (name,)))
    assert list(map(str, verification.differences)) == []
    assert verification.unseen == ()


STATED = "network: x\ninput: {channels: 3, size: [8, 8]}\nlayers:\n  - conv: {out: 4, kernel: 3}\nexpect: "


@pytest.mark.parametrize(
    ("expect", "differing", "words"),
    [
        ("{params: 112}", 0, "x: all 24 figures agree"),
        ("{params: 100}", 1, "x: 1 of 24 figures differ; the first in `x`: params is 100 as the spec states it"),
        ("{params: 112, macs: <= 3 k}", 1, "macs is <= 3 k as the spec states it and 3,888 counted"),
    ],
)
def test_what_a_spec_states_is_held_against_the_count(run: Run, expect: str, differing: int, words: str) -> None:
    shown = run("verify", "-", stdin=(STATED + expect).encode())
    assert shown.code == bool(differing)
    assert words in " ".join(shown.out.split()).replace("MACs", "macs")
    told = json.loads(run("verify", "-", "-f", "json", stdin=(STATED + expect).encode()).out)
    assert told["agrees"] is not bool(differing)
    assert set(told["figures"]) <= set(FIGURES)
    assert {one["figure"] for one in told["stated"]} <= set(FIGURES)
    assert sum(not one["agrees"] for one in told["stated"]) == differing
    assert told["differences"] == []


@pytest.mark.parametrize("layers", ["[]", "[{relu: , repeat: 0}]"])
def test_a_network_without_layers_holds_its_input(run: Run, tmp_path: Path, layers: str) -> None:
    (tmp_path / "net.yaml").write_text(f"input: {{channels: 8, size: [11, 11]}}\nlayers: {layers}")
    ran = run("verify", str(tmp_path / "net.yaml"), "-f", "csv")
    assert (ran.code, ran.err) == (0, "")
    assert ",3872,,3872,1,0" in ran.out  # 8 x 11 x 11 numbers of 4 bytes


def test_data_has_the_values(run: Run) -> None:
    lines = run("verify", "-", "-f", "csv", stdin=(STATED + "{params: 100}").encode()).out.splitlines()
    assert lines[0] == "network,subject,figure,formula,stated,counted,compared,differing"
    assert "x,,macs,3888,,3888,1,0" in lines
    assert "x,,peak_memory,1344,,1344,1,0" in lines
    assert "x,x,params,,100,112,1,1" in lines
    (layer,) = json.loads(run("verify", "-", "-f", "json", "--layers", stdin=(STATED + "{params: 112}").encode()).out)[
        "layers"
    ]
    told = {name: layer[name] for name in ("name", "params", "macs", "output_shape", "receptive_field")}
    assert told == {
        "name": "conv",
        "params": 112,
        "macs": 3888,
        "output_shape": [[4, 6, 6]],
        "receptive_field": [3, 3],
    }


def test_equal_layers_are_shown(run: Run) -> None:
    shown = run("verify", "resnet18", "--layers", columns=300).out
    assert "counted once for x4" in shown
    assert "as layer1.first.body.conv_bn_relu.conv" in shown
    assert "; 28 of 68 layers were run, each counted once for all equal ones (--every runs all)" in shown
    assert "counted once" not in run("verify", "lenet5", "--layers").out


@pytest.mark.parametrize(("set_to", "threads"), [(None, "1"), ("3", "3")])
def test_one_thread_unless_more_are_asked_for(
    run: Run, monkeypatch: pytest.MonkeyPatch, set_to: str | None, threads: str
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", set_to or "1")
    if set_to is None:
        monkeypatch.delenv("OMP_NUM_THREADS")
    run("verify", "lenet5")
    assert os.environ["OMP_NUM_THREADS"] == threads


def test_the_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    good = run("verify", "lenet5", "dcgan")
    assert good.code == 0
    assert good.out.count("agree with what was counted") == 2
    layers = run("verify", "lenet5", "--layers").out
    assert "C3" in layers
    assert "150,000" in layers
    assert json.loads(run("verify", "lenet5", "--format", "json").out)["agrees"] is True
    refused = run("verify", "vgg19", "--memory", "0.5")
    assert refused.code == 2
    assert "--memory" in refused.err
    cls = operator("subsample")
    monkeypatch.setattr(cls, "work", work_of_one_kind_more("additions")(cls.work))
    wrong = run("verify", "lenet5")
    assert wrong.code == 1
    assert "lenet5: 2 of" in wrong.out
    assert "the first in `S2`: additions is 3,529 by formula and 3,528 counted" in wrong.out


def test_a_terminal_has_a_bar(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    ran = run("verify", "lenet5")
    assert ran.code == 0
    assert "100%" in ran.err
    assert "100%" not in ran.out
