"""Models that are known in part: stopped before what is unknown, or read past it."""

from __future__ import annotations

import csv
import io
import json

import pytest

onnx = pytest.importorskip("onnx")

from command_line import DATA  # noqa: E402
from onnx import TensorProto, helper  # noqa: E402
from onnx_files import model, network, node, numbers, weight  # noqa: E402

from convcost import analyze  # noqa: E402

BACK = 216 * 256
"""MACs of the convolution before what is unknown: 8 times 3 times 3 x 3 weights at 16 x 16 positions."""
HEAD = 288 * 196
"""Of the one behind it: 4 times 8 times 3 x 3 weights at 14 x 14 positions."""

NODES = [
    node("Conv", "x w", "c", "/back/Conv", pads=[1, 1, 1, 1]),
    node("Foo", "c", "f", "/tail/Foo", domain="com.acme"),
    node("Conv", "f v", "maps", "/head/boxes/Conv"),
    node("Reshape", "maps s", "boxes", "/head/Reshape"),
    node("ReduceMax", "boxes axis", "best", "/head/ReduceMax", keepdims=0),
    node("Unsqueeze", "best one", "scores", "/head/Unsqueeze"),
    node("NonMaxSuppression", "boxes scores", "kept", "/tail/NMS"),
    node("NonMaxSuppression", "boxes scores", "others", "/tail/NMS_1"),
]
CONSTANTS = [
    weight("w", 8, 3, 3, 3),
    weight("v", 4, 8, 3, 3),
    numbers("s", 1, -1, 4),
    numbers("axis", 2),
    numbers("one", 1),
]


def written(path, dims=(1, 3, 16, 16), stated=None):
    """A detector whose middle and end are unknown; `stated` is the shape of what the middle makes."""
    made = onnx.ModelProto.FromString(model(NODES, {"x": dims}, CONSTANTS, outputs=["kept", "others"]))
    made.opset_import.append(helper.make_opsetid("com.acme", 1))
    if stated is not None:
        made.graph.value_info.append(helper.make_tensor_value_info("f", TensorProto.FLOAT, stated))
    path.write_bytes(made.SerializeToString())
    return str(path)


@pytest.fixture
def detector(tmp_path):
    return written(tmp_path / "net.onnx", stated=(1, 8, 16, 16))


def test_the_error_has_a_census_of_the_whole_file(detector, run):
    got = run("analyze", detector)
    assert got.code == 2
    assert "3 nodes have no operator here: 2 NonMaxSuppression, 1 Foo; the first is `/tail/Foo` (Foo)" in got.err
    assert "--outputs NAME,... stops before it; `analyze --partial` goes on" in got.err
    assert got.err.count("error:") == 1


def test_shapes_behind_what_is_unknown_are_not_in_the_census(tmp_path, run):
    """Gather has no operator: of a shape it needs none, and the shape is not known here."""
    nodes = [
        node("Foo", "x", "f", domain="com.acme"),
        node("Shape", "f", "shape"),
        node("Gather", "shape zero", "n"),
        node("Reshape", "f n", "y"),
    ]
    path = tmp_path / "net.onnx"
    path.write_bytes(model(nodes, {"x": [1, 3, 4, 4]}, [numbers("zero", 0)]))
    assert "`Foo` has no operator here of the domain `com.acme`" in run("analyze", str(path)).err


@pytest.mark.parametrize(
    ("names", "outputs", "macs"),
    [
        ("c", ["back"], BACK),  # a tensor
        ("/back/Conv", ["back"], BACK),  # the node that makes it
        ("back", ["back"], BACK),  # the layer, as it is called here
    ],
)
def test_outputs_stop_before_the_tail(detector, run, names, outputs, macs):
    got = run("analyze", detector, "--outputs", names, "--format", "json")
    found = json.loads(got.out)
    assert (found["outputs"], found["totals"]["macs"], found["not_counted"]) == (outputs, macs, {})


@pytest.mark.parametrize("command", [("formula",), ("verify",), ("check",), ("conventions",), ("lock", "-o", "-")])
def test_every_command_stops_there(detector, run, command):
    assert run(*command[:1], detector, *command[1:], "--outputs", "c").code == 0


def test_inputs_that_are_not_needed_are_left_out(tmp_path, run):
    nodes = [node("Conv", "x w", "c"), node("Mul", "c z", "y")]
    path = tmp_path / "net.onnx"
    path.write_bytes(model(nodes, {"x": [1, 3, 4, 4], "z": [7]}, [weight("w", 8, 3, 1, 1)]))
    assert "input `z` has 1 axis" in run("analyze", str(path)).err
    assert run("analyze", str(path), "--outputs", "c").code == 0


@pytest.mark.parametrize(
    ("dims", "stated", "words"),
    [
        ((1, 3, 16, 16), (1, 8, 16, 16), ()),
        (("n", 3, 16, 16), ("n", 8, 16, 16), ()),
        ((2, 3, 16, 16), (2, 8, 16, 16), ()),
        ((1, 3, "h", "w"), (1, 8, "h", "w"), ("--set", "h=16", "--set", "w=16")),
    ],
)
def test_what_is_not_counted_is_listed(tmp_path, run, dims, stated, words):
    path = written(tmp_path / "net.onnx", dims, stated)
    got = run("analyze", path, "--partial", *words, columns=200)
    assert got.code == 0
    assert f"MACs             {BACK + HEAD:,} (112 k) per sample" in got.out
    unknown = "1 Foo, 1 Reshape, " if dims[0] != 1 else "1 Foo, 2 Non"  # several samples can't be put together to 1
    assert f"in part          at least 112 k MACs; not counted: {unknown}" in got.out
    (row,) = (line.split() for line in got.out.splitlines() if line.startswith("tail.foo"))
    assert row[:5] == ["tail.foo", "Foo", "8x16x16", "?", "?"]


def test_the_least_time_says_what_it_leaves_out(detector, run):
    got = run("analyze", detector, "--partial", "--device", "v100", columns=200)
    assert (got.code, got.err) == (0, "")
    assert "not counted    1 Foo, 2 NonMaxSuppression" in got.out


def test_programs_are_told_what_is_not_counted(detector, run):
    found = json.loads(run("analyze", detector, "--partial", "--format", "json").out)
    assert found["not_counted"] == {"Foo": 1, "NonMaxSuppression": 2}
    rows = csv.DictReader(io.StringIO(run("analyze", detector, "--partial", "--format", "csv").out))
    assert [row["operator"] for row in rows if row["not_counted"] == "1"] == [
        "Foo",
        "NonMaxSuppression",
        "NonMaxSuppression",
    ]


def test_a_check_fails_for_what_is_not_counted(detector, run):
    got = run("check", detector, "--partial")
    assert got.code == 1
    assert "E108 not-counted]: `net` is not counted as a whole: 1 Foo, 2 NonMaxSuppression are in no total" in got.out


def test_shapes_are_inferred_where_the_file_has_none(tmp_path, run):
    """Hardmax has no operator here, and the package onnx knows what it makes."""
    path = tmp_path / "net.onnx"
    nodes = [node("Hardmax", "x", "a"), node("Conv", "a w", "y")]
    path.write_bytes(model(nodes, {"x": [1, 3, 16, 16]}, [weight("w", 8, 3, 3, 3)]))
    found = json.loads(run("analyze", str(path), "--partial", "--format", "json").out)
    assert (found["not_counted"], found["totals"]["macs"]) == ({"Hardmax": 1}, 216 * 14 * 14)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("formula", "NET", "--partial"), "is read in part, --partial: there is no formula of that"),
        (("solve", "NET", "--partial", "--for", "H", "--subject-to", "macs < 1e9"), "there is no formula of that"),
        (("analyze", "NET", "--partial", "--algorithms"), "there is no list of algorithms of that"),
        (("verify", "NET", "--partial"), "there is no verification of that"),
        (("lock", "NET", "--partial", "-o", "-"), "there is no lock of that"),
        (("analyze", "NET", "--outputs", "boxs"), "did you mean `boxes`?"),
        (("analyze", "NET", "--outputs", "nothing_like_it"), "name a tensor, a node or a layer of the model"),
        (("analyze", "NET", "--outputs", "c,maps"), "`/tail/Foo` (Foo) has no operator here"),
        (("analyze", "resnet50", "--partial"), "--partial goes with a model, and none is named"),
        (("check", "resnet50", "--outputs", "c"), "--outputs goes with a model, and none is named"),
        (("analyze", "NET", "--partial", "--set", "H=20"), "the file has the shape of `f` for its own sizes alone"),
    ],
)
def test_what_is_refused(detector, run, words, message):
    got = run(*(detector if word == "NET" else word for word in words))
    assert (got.code, message in " ".join(got.err.split())) == (2, True), got.err


def test_both_ways_are_named_where_no_shape_is_known(tmp_path, run):
    got = run("analyze", written(tmp_path / "net.onnx"), "--partial")
    assert got.code == 2
    assert "the file does not say which shape `f` has" in got.err
    assert "onnx.shape_inference.infer_shapes(model)" in got.err
    assert "pip install 'convcost[onnx]'" in got.err


@pytest.mark.parametrize(
    ("types", "words", "dtype", "weight_memory"),
    [
        ((TensorProto.FLOAT,), (), "float32", 216 * 4),
        ((TensorProto.FLOAT16,), (), "float16", 216 * 2),
        ((TensorProto.BFLOAT16,), (), "bfloat16", 216 * 2),
        ((TensorProto.DOUBLE,), (), "float64", 216 * 8),
        ((TensorProto.FLOAT16,), ("--dtype", "float32"), "float32", 216 * 4),
        ((), (), "float16", 0),  # without weights, that of the input
    ],
)
def test_the_data_type_is_the_files_own(tmp_path, run, types, words, dtype, weight_memory):
    nodes = [node("Conv", "x w", "y") if types else node("Relu", "x", "y")]
    weights = [weight("w", 8, 3, 3, 3) for _ in types]
    for one, type in zip(weights, types, strict=True):
        one.data_type = type
    made = onnx.ModelProto.FromString(model(nodes, {"x": [1, 3, 16, 16]}, weights))
    made.graph.input[0].type.tensor_type.elem_type = TensorProto.FLOAT16
    path = tmp_path / "net.onnx"
    path.write_bytes(made.SerializeToString())
    found = json.loads(run("analyze", str(path), *words, "--format", "json").out)
    assert (found["dtype"], found["totals"]["weight_memory"]) == (dtype, weight_memory)


FOLDED = "convolutions carry a folded batch norm: parameters are"
FOLDED_ONE = "convolution carries a folded batch norm: parameters are"


@pytest.mark.parametrize(
    ("name", "notes"),
    [
        # torchvision's resnet18 has 11,689,512 parameters, and these files 11,684,712.
        ("torchvision__resnet18__ts", [f"20 {FOLDED} 4,800 fewer or more than the module's"]),
        ("torchvision__resnet18__dynamo", [f"20 {FOLDED} 4,800 fewer or more than the module's"]),
        ("torchvision__googlenet__tsbn", []),  # exported with its batch norms
        ("handwritten__UNet2015__ts", []),  # it has none
    ],
)
def test_folded_batch_norms_are_noted(run, name, notes):
    path = str(DATA / f"onnx/{name}.onnx")
    assert json.loads(run("analyze", path, "--format", "json").out)["notes"] == notes
    shown = run("analyze", path, columns=200).out
    assert [line.removeprefix("note").strip() for line in shown.splitlines() if line.startswith("note")] == notes
    cannot = "What tools print for the module can't be told: the file has not its batch norms."
    assert (cannot in run("conventions", path, columns=200).out) == bool(notes)


def exported(op, inputs, outputs, rules, call):
    """A node with what PyTorch's exporter notes of it: the rules that it has gone through, and the call that it was."""
    made = node(op, inputs, outputs)
    made.metadata_props.add(key="pkg.onnxscript.rewriter.rule_name", value=rules)
    made.metadata_props.add(key="pkg.torch.onnx.fx_node", value=call)
    return made


UNBIASED, NORM = "RemoveOptionalBiasFromConv", "FuseBatchNormIntoConv"
CONV = "%y : call_function[target=torch.ops.aten.conv2d.default](args = (%x, %p_0_weight, {}), kwargs = {{}})"


@pytest.mark.parametrize(
    ("inputs", "rules", "call", "notes"),
    [
        # A bias of 8 zeros, which are parameters of the module.
        (
            "x w",
            UNBIASED,
            CONV.format("%p_0_bias"),
            ["1 bias of zeros is not in the file: parameters are 8 fewer than the module's"],
        ),
        ("x w", UNBIASED, CONV.format("None"), []),
        # Without training the norm's 8 scales are ones, and its 8 shifts zeros.
        ("x w", f"{UNBIASED}, {NORM}, {UNBIASED}", "", [f"1 {FOLDED_ONE} 16 fewer or more than the module's"]),
        ("x w b", f"{UNBIASED}, {NORM}", "", [f"1 {FOLDED_ONE} 8 fewer or more than the module's"]),
    ],
)
def test_parameters_that_an_exporter_left_out_are_noted(inputs, rules, call, notes):
    constants = [weight("w", 8, 3, 3, 3), weight("b", 8)]
    data = model([exported("Conv", inputs, "y", rules, call)], {"x": [1, 3, 16, 16]}, constants)
    assert [note.text for note in network(data).notes] == notes


def test_tables_that_an_exporter_worked_out_are_noted():
    nodes = [node("Add", "x onnx::Add_7", "a"), node("Add", "a onnx::Add_8", "b"), node("Mul", "b slice_1", "y")]
    constants = [weight("onnx::Add_7", 1, 8, 6, 6), weight("onnx::Add_8", 8, 1, 1), weight("slice_1", 6, 6)]
    said = "2 tables of numbers that an exporter worked out: 324 parameters here, a module may have fewer"
    assert [note.text for note in network(model(nodes, {"x": [1, 8, 6, 6]}, constants)).notes] == [said]


def test_masks_are_no_parameters():
    """Nobody trains to minus infinity."""
    masked = [float("-inf") if there > here else 0.0 for here in range(9) for there in range(9)]
    mask = helper.make_tensor("m", TensorProto.FLOAT, [9, 9], masked)
    nodes = [node("Add", "x m", "a"), node("Add", "a w", "y")]
    found = network(model(nodes, {"x": [1, 8, 9, 9]}, [mask, weight("w", 9, 9)]))
    assert [(cost.layer.kind, cost.params) for cost in analyze(found).layers] == [("shift", 0), ("shift", 81)]


@pytest.mark.parametrize(
    ("one", "two", "params", "notes"),
    [
        ("w b", "v b", 2 * (216 + 8), ["2 layers read one bias: counted each"]),
        ("w b", "v d", 2 * (216 + 8), []),
        # Kernels of zeros, too, are written once: a module that has two has 2 * (216 + 8).
        (
            "w b",
            "w b",
            216 + 8,
            [
                "1 layer reads parameters of a layer above: counted once; a module in which they are only equal has "
                "224 more"
            ],
        ),
    ],
)
def test_parameters_that_several_layers_read_are_noted(tmp_path, run, one, two, params, notes):
    nodes = [node("Conv", f"x {one}", "c"), node("Conv", f"x {two}", "e"), node("Add", "c e", "y")]
    path = tmp_path / "net.onnx"
    constants = [weight("w", 8, 3, 3, 3), weight("v", 8, 3, 3, 3), weight("b", 8), weight("d", 8)]
    path.write_bytes(model(nodes, {"x": [1, 3, 16, 16]}, constants))
    found = json.loads(run("analyze", str(path), "--format", "json").out)
    assert (found["totals"]["params"], found["notes"]) == (params, notes)


# A model's figures are stated in a text beside it.


@pytest.fixture
def stated(tmp_path):
    """A model of one convolution, 216 parameters, and what stands beside it."""

    def write(text):
        path = tmp_path / "net.onnx"
        path.write_bytes(model([node("Conv", "x w", "c")], {"x": [1, 3, "h", 16]}, [weight("w", 8, 3, 3, 3)]))
        (tmp_path / "net.expect.yaml").write_text(text)
        return str(path)

    return write


@pytest.mark.parametrize("asked", ["net.onnx", "net.expect.yaml", "."])
@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("at:\n  - {h: 16, params: 216, macs: 42336}\n", 0, "nothing found"),
        ("expect:\n  at:\n    - {h: 16, params: 216}\n", 0, "nothing found"),
        ("at:\n  - {h: 16, params: 217}\n", 1, "net.expect.yaml:2:21: error[E101"),
        ("at:\n  - {h: 16, parms: 217}\n", 2, "net.expect.yaml:2:13: error[E001 unreadable]"),
        ("at: [\n", 2, "net.expect.yaml:"),
    ],
)
def test_figures_are_stated_beside_a_model(stated, run, tmp_path, monkeypatch, asked, text, code, message):
    stated(text)
    monkeypatch.chdir(tmp_path)
    got = run("check", asked, "--set", "h=16")
    assert (got.code, message in got.out) == (code, True), got.out + got.err
    assert "skipped" not in got.err


def test_figures_beside_a_model_are_brought_up_to_date(stated, run, tmp_path):
    path = stated("expect: {params: 216}  # of the paper\n")
    made = onnx.ModelProto.FromString((tmp_path / "net.onnx").read_bytes())
    made.graph.input[0].type.tensor_type.shape.dim[2].dim_value = 16
    (tmp_path / "net.onnx").write_bytes(made.SerializeToString())
    assert run("check", path).code == 0
    assert run("check", path, "--fail-if", "macs > 4 G").code == 0
    assert run("check", path, "--fail-if", "macs > 42 k").code == 1
    (tmp_path / "net.expect.yaml").write_text("expect: {params: 217}  # of the paper\n")
    assert run("check", path, "--update").code == 0
    assert (tmp_path / "net.expect.yaml").read_text() == "expect: {params: 216}  # of the paper\n"
    assert "217" not in run("analyze", path).err


def test_tensors_are_completed(detector, monkeypatch):
    from convcost.cli.completion import WORDS

    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", f"convcost analyze {detector} --outputs b")
    monkeypatch.delenv("COMP_WORDS", raising=False)
    assert {"c", "maps", "boxes", "kept"} <= set(WORDS["outputs"]())
