"""`convcost export --to onnx`: what is written is read again as the same layers, and onnx and onnxruntime take it."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from command_line import Run
from hypothesis import HealthCheck, assume, given, settings
from networks import each_network
from random_specs import specs

import convcost
import convcost.writing.onnx as onnx_file
from convcost.algebra.law import Law
from convcost.errors import Source, SpecError, UsageError
from convcost.network import Layer, Network
from convcost.ops.base import WORK_KINDS, Shape
from convcost.reading.description import Description
from convcost.reading.load import open_description, read
from convcost.reading.onnx.model import OnnxModel
from convcost.reading.onnx.wire import Message as Read
from convcost.reading.onnx.wire import Wire
from convcost.reading.opening import Opening
from convcost.reading.sources import bundled
from convcost.writing.checked import Checked
from convcost.writing.onnx import Model, write
from convcost.writing.onnx.wire import Bulk, Message

needs_onnx = pytest.mark.skipif(
    not all(map(find_spec, ("onnx", "onnxruntime"))), reason="onnx and onnxruntime are not installed"
)

TOTALS = ("params", "statistics", "useful_macs", *WORK_KINDS)
AS_PARTS = {"blur_pool", "deformable_conv", "rms_norm", "swish"}
"""Operators that ONNX has not, and that are read as what they are made of."""


def data(model: Model) -> bytes:
    """The bytes of a file."""
    return b"".join(model.file.model().chunks())


def read_again(network: Network, dtype: str = "float32") -> Network:
    """The network that is read of what is written of another; nobody reads its weights."""
    chunks = Model(network, dtype).file.model(beside="weights").chunks()
    return read(OnnxModel("net.onnx", b"".join(chunks)), "net")


def rows(network: Network) -> dict[str, tuple[Any, ...]]:
    """By name, the figures of every layer that is read as one, in order."""
    return {
        cost.layer.name: (cost.layer.output_shapes, cost.layer.params, cost.layer.work, cost.field)
        for cost in convcost.analyze(network).layers
        if not is_read_as_several(cost.layer)
    }


def is_read_as_several(layer: Layer) -> bool:
    """Whether it is what ONNX says in several operators that are layers each."""
    along = {"slice": "axis", "sub": "", "mul": "", "div": ""}.get(layer.kind)
    if along == "":
        return len(layer.inputs) > 2  # ONNX has them for two
    return layer.kind in AS_PARTS or (along is not None and len(layer.operator.axis) > 1)  # type: ignore[attr-defined]


def agrees(network: Network) -> None:
    """Hold a network against what is read of what is written of it."""
    again = read_again(network)
    ours, theirs = convcost.analyze(network), convcost.analyze(again)
    assert {figure: theirs.of(figure) for figure in TOTALS} == {figure: ours.of(figure) for figure in TOTALS}
    wanted, found = rows(network), rows(again)
    assert {name: found.get(name) for name in wanted} == wanted
    shapes, others = dict(network.tensors()), dict(again.tensors())
    assert [others[name] for name in again.outputs] == [shapes[name] for name in network.outputs]
    if all(map(is_alone, network.layers)):
        assert [*found] == [*wanted]


def is_alone(layer: Layer) -> bool:
    """Whether no layer that only moves numbers is read before it, or several in its place."""
    return not is_read_as_several(layer) and getattr(layer.operator, "padding_mode", "zeros") == "zeros"


SAID = [name for name in bundled() if name != "lenet5"]


@pytest.mark.parametrize("name", each_network(SAID))
def test_every_network_is_read_again(name: str) -> None:
    agrees(convcost.load(name))


RANDOM = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True, "database": None}


def written_of(text: str) -> Network:
    """The network of a random spec that ONNX can say."""
    try:
        network = read(Source("<random>", text))
        Model(network, "float32")
    except (SpecError, UsageError):
        assume(False)
    return network


@settings(max_examples=20, **RANDOM)
@given(text=specs())
def test_random_specs(text: str) -> None:
    agrees(written_of(text))


@pytest.mark.slow
@pytest.mark.thorough
@settings(max_examples=500, **RANDOM)
@given(text=specs())
def test_more_random_specs(text: str) -> None:
    agrees(written_of(text))


def run_of(file: bytes, inputs: dict[str, Any]) -> list[Any]:
    """What onnxruntime makes of a file."""
    import onnxruntime

    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    outputs: list[Any] = session.run(None, inputs)
    return outputs


def test_a_deformable_convolution_is_read_again() -> None:
    layer = "deformable_conv: {out: 6, kernel: 3, padding: same, groups: 2, deform_groups: 2, modulated: true}"
    agrees(read(Source("spec", f"input: {{channels: 4, size: [9, 8]}}\nlayers: [{layer}]")))


ATTENTIONS = [
    "attention: {heads: 2}",
    "attention: {heads: 1, bias: false}",
    "attention: {heads: 2, key: 3, value: 5, out: 7, out_bias: false}",
    "attention: {heads: 2, project: false}",
    "attention: {heads: 2, window: [2, 3]}",
    "attention: {heads: 1, window: [4, 1], relative: bias}",
    "attention: {heads: 2, relative: bias, out_bias: true, bias: false}",
    "attention: {heads: 2, relative: embedding}",
    "attention: {heads: 2, stride: [2, 3]}",
    "{avg_pool: {kernel: 2}, name: small}, {attention: {heads: 2}, from: [input, small]}",
    "{attention: {heads: 2}, name: a}, {attention: {heads: 2}, share: a}, attention: {heads: 2, value: 3, key: 3}",
]


@pytest.mark.parametrize("layers", ATTENTIONS)
def test_attention_is_one_layer_again(layers: str) -> None:
    network = read(Source("spec", f"input: {{channels: 8, size: [4, 6]}}\nlayers: [{layers}]"))
    agrees(network)
    again = read_again(network)
    operators, others = ([one.operator for one in net.layers if one.kind == "attention"] for net in (network, again))
    assert operators == others


def test_attention_that_something_reads_inside_stays_in_parts() -> None:
    """A file of ours whose scores somebody has made an output: they are a layer, and so are the others."""
    network = read(Source("spec", "input: {channels: 8, size: [4]}\nlayers: [attention: {heads: 2}]"))
    model = Model(network, "float32")
    nodes = OnnxModel("net.onnx", data(model)).graph
    (scores,) = (node.outputs[0] for node in nodes.nodes if node.name == "attention/scores")
    again = read(OnnxModel("net.onnx", data(model), Opening(outputs=(scores, "attention"))), "net")
    assert "attention" not in {layer.kind for layer in again.layers}


@needs_onnx
def test_maxima_go_back_to_their_places() -> None:
    """A map of 5 is pooled to 3 and unpooled to 5: where a window had its maximum, it is again."""
    import numpy as np

    network = read(
        Source(
            "spec",
            """
input: {channels: 2, size: [5, 5]}
layers:
  - {max_pool: {kernel: 2, ceil_mode: true, indices: true}, name: pool}
  - {max_unpool: {kernel: 2, size: [5, 5]}, from: [pool.0, pool.1]}
""",
        )
    )
    agrees(network)
    x = np.arange(100, dtype=np.float32).reshape(2, 2, 5, 5)
    (y,) = run_of(data(Model(network, "float32")), {"input": x})
    kept = np.isin(np.arange(5), [1, 3, 4])
    assert np.array_equal(y, x * np.outer(kept, kept))


FEW = ["botnet50", "crnn", "m5", "shufflenet_v2", "squeezenet1_1", "vit_tiny"]


@needs_onnx
@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name if name in FEW else pytest.param(name, marks=pytest.mark.thorough) for name in SAID]
)
def test_onnx_and_onnxruntime_take_it(name: str) -> None:
    from convcost.writing.onnx.check import check

    found = check(write(open_description(name)))
    assert [one.figure for one in found if not one.agrees or one.why_not] == []


@needs_onnx
def test_the_batch_is_open_and_the_sizes_are_not() -> None:
    import numpy as np
    import onnx

    made = data(Model(convcost.load("vit_tiny"), "float32"))
    model = onnx.ModelProto.FromString(made)
    assert (model.opset_import[0].version, model.ir_version, model.producer_name) == (21, 10, "convcost")
    sizes = [
        [dim.dim_param or dim.dim_value for dim in one.type.tensor_type.shape.dim]
        for one in (*model.graph.input, *model.graph.output)
    ]
    assert sizes == [["N", 3, 224, 224], ["N", 1000]]
    (y,) = run_of(made, {"input": np.zeros((3, 3, 224, 224), np.float32)})
    assert y.shape == (3, 1000)


# Open sizes.


def others(law: Law) -> list[dict[str, int]]:
    """Two other values of the open sizes at which there is a network."""
    factors = (0.5, 0.75, 1.5, 1.25, 2, 3)
    tried = ({name: int(law.defaults[name] * factor) for name in law.sizes} for factor in factors)
    return [values for values in tried if all(values.values()) and law.taken_at(values)][:2]


FIXED = {
    **dict.fromkeys(("alexnet", "c3d"), "fc6"),
    **dict.fromkeys(("alexnet_torchvision", "vgg11", "vgg13", "vgg16", "vgg19"), "adaptive_avg_pool"),
    "botnet50": "c5.body.attention",
    "pspnet50": "two.level.adaptive_avg_pool",
    "segnet": "max_unpool",
    "vit_tiny": "shift",
}
"""The layers of which ONNX has to know sizes: weights for each position, pools to a size, what it cuts off."""


@pytest.mark.parametrize("name", each_network(name for name in SAID if name not in FIXED))
def test_open_sizes_are_read_as_symbols(name: str) -> None:
    model = write(open_description(name), symbolic=True)
    again = Description(OnnxModel("net.onnx", b"".join(model.file.model(beside="weights").chunks())), "net")
    assert model.law is not None
    for values in others(model.law):
        network = model.law.network_at(values)
        ours, theirs = convcost.analyze(network), convcost.analyze(again.network(values))
        assert {figure: theirs.of(figure) for figure in TOTALS} == {figure: ours.of(figure) for figure in TOTALS}
        wanted, found = rows(network), rows(theirs.network)
        assert {name: found.get(name) for name in wanted} == wanted


@pytest.mark.parametrize("name", FIXED)
def test_layers_whose_sizes_are_fixed_are_named(name: str) -> None:
    with pytest.raises(UsageError) as caught:
        write(open_description(name), symbolic=True)
    assert caught.value.problems[0].message.startswith(f"`{FIXED[name]}`: in ONNX this ")
    assert "leave --symbolic out, or set a size: --set " in (caught.value.problems[0].help or "")


def test_what_is_set_is_not_open() -> None:
    model = write(open_description("resnet50"), {"W": "96"}, symbolic=True)
    description = Description(OnnxModel("net.onnx", data(model)), "net")
    assert description.outline().sizes == {"input": ("H", 96)}
    with pytest.raises(UsageError, match="no size of `resnet50` is open"):
        write(open_description("resnet50"), {"H": "96", "W": "96"}, symbolic=True)


@needs_onnx
@pytest.mark.slow
@pytest.mark.parametrize("name", ["resnet50", "unet", "yolov8"])
def test_open_files_run_at_other_sizes(name: str) -> None:
    import numpy as np
    import onnx

    model = write(open_description(name), symbolic=True)
    made = data(model)
    onnx.checker.check_model(made, full_check=True)
    assert model.law is not None
    law = model.law
    values = [{name: law.defaults[name] // 2 for name in law.sizes}, dict.fromkeys(law.sizes, 288)]
    for sizes in values:
        network = model.law.network_at(sizes)
        shapes = dict(network.tensors())
        zeros = {name: np.zeros((1, *shape.numbers), np.float32) for name, shape in network.inputs.items()}
        assert [y.shape[1:] for y in run_of(made, zeros)] == [shapes[name].numbers for name in network.outputs]


# Weights.

SMALL = """
network: small
input: {channels: 4, size: [6, 6]}
layers: [conv: {out: 64, kernel: 5}, batch_norm, relu, linear: {out: 8}]
"""
LARGE_ENOUGH = 64 * 4 * 25


def small(dtype: str = "float32", seed: int | None = None) -> Model:
    return Model(Description(Source("small.yaml", SMALL), "small").network(), dtype, seed)


@needs_onnx
def test_without_a_seed_weights_are_zeros_and_each_has_its_name() -> None:
    import onnx
    from onnx import numpy_helper

    weights = onnx.ModelProto.FromString(data(small())).graph.initializer
    assert [one.name for one in weights] == [
        *("conv.weight", "conv.bias"),
        *("batch_norm.weight", "batch_norm.bias", "batch_norm.running_mean", "batch_norm.running_var"),
        *("linear.weight", "linear.bias"),
    ]
    assert not any(numpy_helper.to_array(one).any() for one in weights)


@needs_onnx
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "bfloat16"])
def test_a_seed_draws_them(dtype: str) -> None:
    import onnx
    from onnx import numpy_helper

    def drawn(seed: int) -> dict[str, Any]:
        graph = onnx.ModelProto.FromString(data(small(dtype, seed))).graph
        return {one.name: numpy_helper.to_array(one).astype("f8") for one in graph.initializer}

    weights, again, others = drawn(3), drawn(3), drawn(4)
    assert all((weights[name] == again[name]).all() for name in weights)
    kernel = weights["conv.weight"]
    assert (kernel != others["conv.weight"]).mean() > 0.9
    assert kernel.size == LARGE_ENOUGH
    # He et al. 2015: a variance of 2 over the products of a sum, here 4 * 25.
    assert abs(kernel.std() - 0.02**0.5) < 0.005
    assert abs(kernel.mean()) < 0.005
    assert all((weights[name] == 1).all() for name in ("batch_norm.weight", "batch_norm.running_var"))
    assert not any(weights[name].any() for name in ("conv.bias", "batch_norm.bias", "batch_norm.running_mean"))


@needs_onnx
@pytest.mark.parametrize("seed", [None, 3])
def test_weights_that_are_given_are_not_drawn(seed: int | None) -> None:
    import onnx
    from onnx import numpy_helper

    text = "input: {channels: 3, size: [2]}\nlayers: [conv: {out: 2, kernel: 2, bias: false, weights: indices}]"
    made = data(Model(Description(Source("mine.yaml", text), "mine").network(), "float32", seed))
    (kernel,) = map(numpy_helper.to_array, onnx.ModelProto.FromString(made).graph.initializer)
    assert kernel.tolist() == [[[0, 0], [1, 1], [2, 2]]] * 2


@pytest.mark.parametrize("dtype", ["float16", "float64", "bfloat16"])
def test_the_type_of_numbers_is_the_networks(dtype: str) -> None:
    model = OnnxModel("net.onnx", data(small(dtype)))
    assert model.dtype == dtype


@needs_onnx
def test_numbers_that_a_type_does_not_have_are_its_largest() -> None:
    import onnx
    from onnx import numpy_helper

    text = "input: {channels: 2, size: [4]}\nlayers: [clip: {min: 0, max: 100000}]"
    made = data(Model(Description(Source("mine.yaml", text), "mine").network(), "float16"))
    nodes = onnx.ModelProto.FromString(made).graph.node
    bounds = [float(numpy_helper.to_array(node.attribute[0].t)) for node in nodes if node.op_type == "Constant"]
    assert bounds == [0, 65504]


def test_numbers_of_int8_are_refused() -> None:
    with pytest.raises(UsageError, match="does not convolve numbers of int8"):
        small("int8")


@needs_onnx
def test_what_a_file_can_not_hold_is_in_one_beside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import onnx
    from onnx import numpy_helper

    model, file = small(seed=1), tmp_path / "net.onnx"
    whole = {one.name: numpy_helper.to_array(one) for one in onnx.ModelProto.FromString(data(model)).graph.initializer}
    monkeypatch.setattr(onnx_file, "MOST_BYTES", 20_000)
    model.save(file)
    assert {one.name for one in tmp_path.iterdir()} == {"net.onnx", "net.onnx.data"}
    assert file.stat().st_size < 20_000
    onnx.checker.check_model(file, full_check=True)
    parted = {one.name: numpy_helper.to_array(one) for one in onnx.load(file).graph.initializer}
    assert all((parted[name] == whole[name]).all() for name in whole)
    assert convcost.analyze(convcost.load(str(file))).params == convcost.analyze(model.network).params


def test_numpy_is_not_imported_for_zeros() -> None:
    program = (
        "import sys, convcost.writing.onnx as w; from convcost.reading.load import open_description as o\n"
        "b''.join(w.write(o('squeezenet1_1')).file.model().chunks()); print('numpy' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_weights_that_are_shared_are_written_once() -> None:
    network = read(
        Source(
            "spec",
            """
input: {channels: 4, size: [6, 6]}
layers:
  - {conv: {out: 4, kernel: 3, padding: 1}, name: a}
  - {conv: {out: 4, kernel: 3, padding: 1}, share: a, name: b}
  - {conv: {out: 4, kernel: 3, padding: 1}, name: c}
""",
        )
    )
    agrees(network)
    again = read_again(network)
    assert [layer.shares for layer in again.layers] == [None, "a", None]
    assert again.notes == ()


# Names.

HOSTILE = """
network: "$(touch pwned)\\n=cmd|' /C calc'!A0 \\u202e"
input: {channels: 4, size: [8, 8]}
layers:
  - {conv: {out: 4, kernel: 1}, name: input-1}
  - {relu: , name: weight}
  - {add: {weight: [{conv: {out: 4, kernel: 1}, name: conv.bias}], conv: []}, name: add}
  - {split: {parts: 2}, name: parts}
  - {relu: , from: parts.0, name: N}
outputs: [N, parts.1, N]
"""


@needs_onnx
def test_hostile_names_are_texts_and_those_that_collide_are_told_apart() -> None:
    import numpy as np
    import onnx

    text = HOSTILE.replace(", name: conv.bias", "")
    network = Description(Source("mine.yaml", text), "mine").network()
    made = data(Model(network, "float32"))
    onnx.checker.check_model(made, full_check=True)
    graph = onnx.ModelProto.FromString(made).graph
    assert graph.name == network.name
    tensors = [name for node in graph.node for name in node.output] + [one.name for one in graph.initializer]
    assert len({*tensors}) == len(tensors)
    assert len({node.name for node in graph.node}) == len(graph.node)
    assert [one.shape for one in run_of(made, {"input": np.zeros((1, 4, 8, 8), np.float32)})] == [(1, 2, 8, 8)] * 3
    agrees(network)


def test_names_of_layers_that_are_those_of_weights() -> None:
    shape, conv = Shape(4, (6, 6)), convcost.load("squeezenet1_1").layers[0]
    first = conv._replace(name="a", inputs=("x",), input_shapes=(shape,), output_shapes=(Shape(64, (2, 2)),))
    relu = Layer("a.weight", "relu", WITHOUT, ("a",), (Shape(64, (2, 2)),), (Shape(64, (2, 2)),))
    network = Network("net", {"x": shape}, (first, relu), ("a.weight",))
    again = read_again(network)
    assert [layer.name for layer in again.layers] == ["a", "a.weight"]


def test_names_keep_their_underscores() -> None:
    names = ["conv_", "_r", "__", "a__b_"]
    layers = ", ".join(f"{{relu: , name: {name}}}" for name in names)
    network = Description(
        Source("mine.yaml", f"input: {{channels: 2, size: [4]}}\nlayers: [{layers}]"), "mine"
    ).network()
    assert [layer.name for layer in read_again(network).layers] == names


WITHOUT = convcost.load("squeezenet1_1").layers[1].operator


# What ONNX can't say.

REFUSED = {
    "conv: {out: 2, kernel: 1, connections: [[0], [1]]}": "conv whose maps are connected by a table",
    "adaptive_avg_pool: {size: 3}": "adaptive_avg_pool of windows that are not alike",
    "subsample: {kernel: 2}": "subsample",
    "rbf: {out: 2}": "rbf",
    "locally_connected: {out: 2, kernel: 3}": "locally_connected",
    "arg_max: {over: positions}": "arg_max over several axes",
}


@pytest.mark.parametrize("layer", REFUSED)
def test_what_onnx_can_not_say_is_refused(layer: str) -> None:
    text = f"input: {{channels: 2, size: [8, 8]}}\nlayers: [{layer}]"
    with pytest.raises(UsageError) as caught:
        write(Description(Source("mine.yaml", text), "mine"))
    assert caught.value.problems[0].message == f"`{layer.partition(':')[0]}`: ONNX has no {REFUSED[layer]}"


# The command.


def test_nothing_is_written_of_what_is_refused(run: Run, tmp_path: Path) -> None:
    ran = run("export", "lenet5", "--to", "onnx", "-o", str(tmp_path / "net.onnx"))
    assert (ran.code, ran.out) == (2, "")
    assert "`S2`: ONNX has no subsample" in ran.err
    assert [*tmp_path.iterdir()] == []


def test_a_file_that_is_no_text_is_named(run: Run) -> None:
    for words in ([], ["-o", "-"]):
        ran = run("export", "m5", "--to", "onnx", *words)
        assert (ran.code, ran.out) == (2, "")
        assert "name it: -o net.onnx" in ran.err


def test_a_network_is_not_written_over(run: Run, tmp_path: Path) -> None:
    file = str(tmp_path / "net.onnx")
    assert run("export", "m5", "--to", "onnx", "-o", file) == (0, "", "")
    ran = run("export", "m5", "--to", "onnx", "-o", file)
    assert ran.code == 2
    assert "there is a network in this file" in ran.err


def test_a_seed_is_for_onnx_alone(run: Run) -> None:
    ran = run("export", "m5", "--seed", "1")
    assert ran.code == 2
    assert "--seed draws the weights of an ONNX file" in ran.err


def test_sizes_are_open_in_onnx_alone(run: Run, tmp_path: Path) -> None:
    ran = run("export", "m5", "--to", "dot", "--symbolic")
    assert ran.code == 2
    assert "--symbolic leaves the sizes of an ONNX file open" in ran.err
    ran = run("export", "m5", "--to", "onnx", "--symbolic", "-o", str(tmp_path / "net.onnx"))
    assert ran == (0, "", "note: samples is open, where samples >= 1772, for conv4.max_pool\n")


@needs_onnx
@pytest.mark.slow
def test_the_check_says_that_figures_agree(run: Run) -> None:
    ran = run("export", "m5", "--to", "onnx", "--check")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split() for line in ran.out.splitlines()] == [
        ["params", "559,114,", "as", "counted"],
        ["macs", "276,421,632,", "as", "counted"],
        ["outputs", "10,", "as", "counted"],
    ]


def test_the_check_says_what_is_not_the_same(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Checked("macs", 3, 4), Checked("outputs", [[3]], None, "it takes about 9.0 GB")]
    monkeypatch.setattr("convcost.writing.onnx.check.check", lambda model: found)
    ran = run("export", "m5", "--to", "onnx", "--check")
    assert ran.code == 1
    assert ran.out.splitlines() == ["macs     3, but 4 counted", "outputs  3, not run: it takes about 9.0 GB"]


def test_without_onnx_the_check_says_what_to_install(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcost.writing.onnx.check.find_spec", lambda name: None)
    ran = run("export", "m5", "--to", "onnx", "--check")
    assert (ran.code, ran.out) == (2, "")
    assert "needs onnx and onnxruntime" in ran.err


# The wire format: what is written is read.


def test_messages_are_read_as_they_were_written() -> None:
    inner, outer = Message(), Message()
    inner.add(1, 300, -2)
    inner.add(2, "é\n")
    inner.packed(3, [1, -1, 2**40])
    outer.add(4, inner, inner)
    outer.add(5, 0.5, -2.0)
    outer.add(6, Bulk(4, lambda: iter([b"ab", b"cd"])))
    written = b"".join(outer.chunks())
    assert len(written) == outer.size
    wire = Wire(BytesIO(written))
    found = Read(wire, [(0, wire.size)])
    for one in found.messages(4):
        assert one.integers(1) == (300, -2)
        assert one.text(2) == "é\n"
        assert one.integers(3) == (1, -1, 2**40)
    assert found.fixed(5, 4) == b"\x00\x00\x00\x3f\x00\x00\x00\xc0"
    assert found.raw(6) == b"abcd"
