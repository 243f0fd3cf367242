"""`convcost import`: a model as a spec that one likes to read, which is the same network."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from command_line import DATA, Run
from hypothesis import HealthCheck, assume, given, settings
from networks import each_network
from random_specs import specs

from convcost.analysis.costs import analyze
from convcost.errors import Source, SpecError
from convcost.language.library import library_names
from convcost.network import Network
from convcost.reading.load import load, read
from convcost.reading.sources import bundled
from convcost.writing.flat import flat_spec
from convcost.writing.spec import spec as writing
from convcost.writing.spec.spec import readable_spec

SPECS = Path(__file__).parent.parent / "specs"
EITHER_WAY = ("add", "mul", "maximum", "minimum")
"""The operators whose inputs may change places."""


def computed(network: Network) -> list[object]:
    """What is computed from what, layer by layer, apart from names."""
    place = {name: n for n, (name, _) in enumerate(network.tensors())}
    rows = []
    for layer in network.layers:
        read_from = [place[name] for name in layer.inputs]
        windows = dict(zip(read_from, layer.reads, strict=True))
        if layer.kind in EITHER_WAY:
            read_from.sort()
        shared = place[layer.shares] if layer.shares else None
        reads = [] if layer.kind == "upsample" else [windows[n] for n in read_from]  # from 4 to 8 is from 1 to 2
        rows.append((layer.kind, layer.output_shapes, read_from, reads, layer.params, layer.work, shared))
    return [list(network.inputs.values()), *rows, [place[name] for name in network.outputs]]


def again(text: str) -> Network:
    return read(Source("imported.yaml", text))


def lines(text: str) -> list[str]:
    """What counts of a spec: no blank lines, comments, header and `expect`."""
    found, inside = [], False
    for line in text.splitlines():
        if line[:1].strip():
            inside = line.startswith("expect:")
        if line.strip() and not line.lstrip().startswith("#") and not inside:
            found.append(line)
    return found


@pytest.mark.parametrize("name", each_network(bundled()))
def test_every_network_is_itself_again(name: str) -> None:
    network = load(name)
    text = readable_spec(network)
    assert computed(again(text)) == computed(network)
    mine, theirs = analyze(again(text)), analyze(network)
    for figure in ("params", "macs", "elements", "peak_memory", "receptive_field"):
        assert getattr(mine, figure) == getattr(theirs, figure)
    assert "blocks:" not in text or len(lines(text)) < len(lines(flat_spec(network)))


def is_itself_again(text: str) -> None:
    try:
        network = read(Source("<random>", text))
    except SpecError:
        assume(False)
    assert computed(again(readable_spec(network))) == computed(network)


RANDOM = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True, "database": None}


@settings(max_examples=60, **RANDOM)
@given(specs())
def test_random_networks_are_themselves_again(text: str) -> None:
    is_itself_again(text)


@pytest.mark.thorough
@settings(max_examples=500, **RANDOM)
@given(specs())
def test_many_random_networks_are_themselves_again(text: str) -> None:
    is_itself_again(text)


# Every block of the library with what it may be given, for 64 channels of 16 x 16.
USES = [
    "atrous_pyramid: {out: 32, rate: 2}",
    "basic_block: {out: 128, stride: 2}",
    "basic_block: {out: 64}",
    "bottleneck: {width: 32, out: 96, stride: 2}",
    "bottleneck: {width: 16, dilation: 2}",
    "conv_bn_act: {out: 8, kernel: 3, act: silu}",
    "conv_bn_act: {out: 8, kernel: 3, padding: 1, act: {clip: {min: 0, max: 4}}}",
    "conv_bn_act: {out: 8, kernel: 1, act: identity}",
    "conv_bn_relu: {out: 8, kernel: 5, stride: 2, padding: 2, groups: 2}",
    "conv_bn_relu6: {out: 8, kernel: 1}",
    "dense_layer: {growth: 12}",
    "depthwise_separable: {out: 96, padding: 1, bias: false}",
    "fire: {squeeze: 8, one: 16, three: 24}",
    "flattened: {out: 12, padding: 1}",
    "global_response_norm",
    "inception: {one: 8, reduce3: 4, three: 12, reduce5: 2, five: 6, pool: 10}",
    "inverted_residual: {out: 96, expansion: 2.5, kernel: 5, stride: 2, act: hard_swish}",
    "inverted_residual: {expansion: 4}",
    "inverted_residual: {out: 24, expansion: 1}",
    "linear_bottleneck: {out: 64, expansion: 2}",
    "resnext_unit: {width: 64, stride: 2}",
    "shuffle_unit: {groups: 4}",
    "shuffle_unit_down: {out: 96, groups: 2}",
    "shuffle_v2_unit",
    "shuffle_v2_unit_down: {out: 96}",
    "shuffled_group_conv: {out: 32, groups: 4, bias: false}",
    "spatially_separable: {out: 8, kernel: 5, padding: 2, middle: 6}",
    "squeeze_excite: {squeezed: 5, act: silu, gate: hard_sigmoid, dense: {conv: {kernel: 1}}}",
    "squeeze_excite",
]


def test_every_block_of_the_library_is_used() -> None:
    assert {use.partition(":")[0] for use in USES} == library_names()


@pytest.mark.parametrize("use", USES)
def test_a_block_of_the_library_is_known(use: str) -> None:
    text = f"input: {{channels: 64, size: [16, 16]}}\nlayers:\n  - {use}\n"
    flat = again(flat_spec(again(text)))
    assert lines(readable_spec(flat))[-1] == f"  - {use}"


# Layers, and the line that says no more than is needed.
PLAIN = {
    "max_pool: {kernel: 2, stride: 2}": "max_pool: {kernel: 2}",
    "max_pool: {kernel: 2, stride: 1}": "max_pool: {kernel: 2, stride: 1}",
    "avg_pool: {kernel: [2, 4], stride: [2, 4], include_pad: false}": "avg_pool: {kernel: [2, 4]}",
    "avg_pool: {kernel: 3, padding: 1, include_pad: false}": "avg_pool: {kernel: 3, padding: 1, include_pad: false}",
    "conv: {out: 8, kernel: 1}, conv: {out: 8, kernel: 1}": "{conv: {out: 8, kernel: 1}, repeat: 2}",
    "conv: {out: 8, kernel: [3, 1]}, conv: {out: 8, kernel: [1, 3]}": "spatially_separable: {out: 8}",
}


@pytest.mark.parametrize("layers", PLAIN)
def test_what_says_nothing_is_left_out(layers: str) -> None:
    network = again(f"input: {{channels: 64, size: [16, 16]}}\nlayers: [{layers}]\n")
    assert lines(readable_spec(network))[-1] == f"  - {PLAIN[layers]}"


def test_what_is_not_the_network_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fold that is wrong is found by reading it again, and left out."""
    network = load("resnet18")
    right = writing.known

    def wrong(plan: writing.Plan) -> list[writing.Item]:
        items = right(plan)
        return [replace(one, args={**one.args, "out": "65"}) if one.args.get("out") == "64" else one for one in items]

    monkeypatch.setattr(writing, "known", wrong)
    text = readable_spec(network)
    assert "65" not in text
    assert "basic_block" not in text
    assert computed(again(text)) == computed(network)


def imported(run: Run, tmp_path: Path, *words: str) -> Path:
    file = tmp_path / "net.yaml"
    ran = run("import", *words, "-o", str(file))
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    return file


def test_an_onnx_model_becomes_a_spec_that_check_guards(run: Run, tmp_path: Path) -> None:
    model = str(DATA / "onnx" / "torchvision__googlenet__tsbn.onnx")
    file = imported(run, tmp_path, model)
    assert computed(load(str(file))) == computed(load(model))
    assert file.read_text().startswith(f"# From {model}, input 3x224x224.\nnetwork: ")
    assert run("check", str(file)).code == 0
    file.write_text(file.read_text().replace("macs: ", "macs: 1"))
    assert run("check", str(file)).code == 1


def test_rows_become_a_spec(run: Run, tmp_path: Path) -> None:
    rows = str(DATA / "yolo" / "birds.yaml")
    file = imported(run, tmp_path, rows)
    assert computed(load(str(file))) == computed(load(rows))
    assert len(lines(file.read_text())) < len(load(rows).layers) / 2


@pytest.mark.parametrize("name", ["crnn", "hrnet_w18", "m5", "ssdlite"])
def test_what_rules_say_of_a_model_is_noted_on_its_lines(run: Run, tmp_path: Path, name: str) -> None:
    file = imported(run, tmp_path, name)
    assert "]  as in the model\n" in file.read_text()
    checked = run("check", str(file), "--strict")
    assert (checked.code, "nothing found" in checked.out) == (0, True)


RECURRENT = """
from torch import nn


class Last(nn.Module):
    def __init__(self):
        super().__init__()
        self.read, self.out = nn.LSTM(8, 5, num_layers=2, bidirectional=True), nn.Linear(10, 3)

    def forward(self, x):
        steps, _ = self.read(x.permute(2, 0, 1))
        return self.out(steps[-1])
"""


@pytest.mark.slow
def test_states_that_nothing_reads_are_no_layers(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    (tmp_path / "recurrent.py").write_text(RECURRENT)
    file = imported(run, tmp_path, f"{tmp_path}/recurrent.py:Last", "--shape", "8x12")
    assert lines(file.read_text())[3:] == [
        "  - {lstm: {hidden: 5, bidirectional: true}, name: read, repeat: 2}",
        "  - slice: {start: 11, stop: 12}",
        "  - {linear: {out: 3}, name: out}",
    ]


def test_it_reads_like_this(run: Run) -> None:
    shown = run("import", "resnet18", "--symbols").out
    assert shown == (
        """\
# From resnet18, input 3x224x224.
network: resnet18

symbols:
  width: 64
  resolution: 224
  classes: 1000

input: {channels: 3, size: [resolution, resolution]}

layers:
  - {conv_bn_relu: {out: width, kernel: 7, stride: 2, padding: 3}, name: conv1}
  - max_pool: {kernel: 3, stride: 2, padding: 1}
  - {basic_block: {out: width}, name: layer1, repeat: 2}
  - {basic_block: {out: 2*width, stride: 2}, name: layer2_first}
  - {basic_block: {out: 2*width}, name: layer2_rest_0}
  - {basic_block: {out: 4*width, stride: 2}, name: layer3_first}
  - {basic_block: {out: 4*width}, name: layer3_rest_0}
  - {basic_block: {out: 8*width, stride: 2}, name: layer4_first}
  - {basic_block: {out: 8*width}, name: layer4_rest_0}
  - global_avg_pool
  - {linear: {out: classes}, name: fc}

expect:
  params: 11689512
  macs: 1814073344
  output_shape: [1000]
"""
    )


NAMES = {
    "ghostnet_100": ["ghost_relu", "ghost", "bneck", "bneck_down", "bneck_down_se"],
    "regnet_y_400mf": ["residual", "residual_down"],
    "se_resnet50": ["residual", "residual_projected"],
    "mobilenet_v3_large": ["inverted_bottleneck_hard_swish", "inverted_bottleneck_relu"],
    "efficientnet_v2_s": ["inverted_bottleneck_x6", "inverted_bottleneck_x4"],
    "inception_resnet_v2": ["residual", "residual_k3", "conv_unit"],
    "unet": ["convs", "up_convs"],
    "hrnet_w18": ["stage_of_4", "stage_of_3", "head"],
}
"""The blocks of what is imported, whose modules have names that say something in two networks alone."""


@pytest.mark.parametrize("name", NAMES)
def test_blocks_are_called_what_they_are(name: str) -> None:
    text = writing.readable_spec(load(name))
    assert re.findall(r"^  (\w+):$", text.partition("\nblocks:\n")[2], re.MULTILINE) == NAMES[name]


ENTRIES = {
    "mobilenet_v3_small": ["bneck_2", "bneck_3", "bneck_4", "bneck_7", "bneck_9"],
    "regnet_y_400mf": ["stem"],
    "yolov8": ["P1", "P5_narrow", "P5_wide"],
}
"""Some names of entries, whose layers stand in modules that are called `body` or as their operators are too."""


@pytest.mark.parametrize("name", ENTRIES)
def test_entries_are_called_as_modules_that_say_something(name: str) -> None:
    found = re.findall(r"name: ([\w-]+)", writing.readable_spec(load(name)))
    assert {*ENTRIES[name]} <= {*found}
    assert not [one for one in found if re.search(r"(^|_)body(_|$)", one)]


def test_a_network_is_called_after_what_made_it(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch")
    (tmp_path / "nets.py").write_text("import torch\n\ndef make(kind):\n    return torch.nn.Conv2d(3, 8, 3)\n")
    monkeypatch.chdir(tmp_path)
    shown = run("import", "nets.py:make", "--shape", "3x6x6", "--arg", "kind='wide'").out
    assert shown.startswith("# From nets.py:make(kind='wide'), input 3x6x6.\nnetwork: make_wide\n")


def test_what_was_set_is_in_the_first_line(run: Run) -> None:
    shown = run("import", "context_module", "--variant", "large", "--set", "C=3").out
    assert shown.startswith("# From context_module, variant large, C = 3, input 3x64x64.")


def test_a_width_is_left_open(run: Run, tmp_path: Path) -> None:
    """The width that `solve` finds is the last one at which counting stays within the limit."""
    file = imported(run, tmp_path, "resnet50", "--symbol", "width=64")
    solved = run("solve", str(file), "--for", "width", "--subject-to", "macs <= 2 G").out
    width = int(solved.splitlines()[2].split()[0])
    counts = [analyze(load(str(file), {"width": n})).macs for n in (width, width + 1)]
    assert counts[0] <= 2 * 10**9 < counts[1]
    assert load(str(file), {"width": 128}).layers[-1].output_shapes[0].channels == 1000


@pytest.mark.slow
def test_the_width_that_is_found_is_written_as_pytorch(run: Run, tmp_path: Path) -> None:
    """torch counts 2 G at most of the source at that width, and more at the next."""
    pytest.importorskip("torch")
    file = imported(run, tmp_path, "resnet50", "--symbol", "width=64")
    counts = []
    for width in ("44", "45"):
        checked = run("export", str(file), "--set", f"width={width}", "--check")
        assert checked.code == 0, checked.out
        counts.append(int(checked.out.splitlines()[1].split()[1].replace(",", "")))
    assert counts[0] <= 2 * 10**9 < counts[1]


def test_what_cuts_channels_grows_with_the_width(run: Run, tmp_path: Path) -> None:
    """With width 64, the queries and the keys are 64 channels: 64 x 16 x 16 multiply-accumulates for their product.

    The 1x1 convolutions make 192 channels of 3 and 10 of 64, at 16 positions.
    """
    cut = tmp_path / "cut.yaml"
    cut.write_text("""
input: {channels: 3, size: [4, 4]}
layers:
  - {conv: {out: 96, kernel: 1}, name: qkv}
  - {slice: {axis: channels, stop: 32}, name: q, from: qkv}
  - {slice: {axis: channels, start: 32, stop: 64}, name: k, from: qkv}
  - {slice: {axis: channels, start: -32}, name: v, from: qkv}
  - {matmul: , name: scores, from: [q, k]}
  - {matmul: {over: positions}, from: [scores, v]}
  - {pad: {channels: [32, 64]}}
  - {split: {channels: [32, 96]}, name: parts}
  - {conv: {out: 10, kernel: 1}, from: parts.0}
outputs: [conv, parts.1]
""")
    file = imported(run, tmp_path, str(cut), "--symbol", "width=32")
    assert analyze(load(str(file), {"width": 64})).macs == 16 * (3 * 192 + 64 * 16 + 16 * 64 + 64 * 10)


FIXED = "layers: [conv: {out: 64, kernel: 1}, slice: {axis: channels, stop: 5}, conv: {out: 7, kernel: 1}]\n"


def test_a_width_that_changes_no_slice_is_none(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "fixed.yaml"
    spec.write_text("input: {channels: 3, size: [4, 4]}\n" + FIXED)
    ran = run("import", str(spec), "--symbol", "width=64")
    assert (ran.code, ran.out) == (2, "")
    assert "`slice` takes 5 of 64 channels, and 5 of 128 at twice the value" in ran.err
    assert "width:" not in run("import", str(spec), "--symbols").out


REFUSED = [
    (["lenet5", "--symbol", "widht"], "for example --symbol width=64"),
    (["resnet18", "--symbol", "width=7"], "no number in the network is a multiple of it"),
    (["resnet18", "--symbol", "width=1.5", "--symbols"], "the numbers of channels are 64, 128, 256, 512, 1000"),
    (["resnet18", "--symbol", "and=64"], "--symbol and=64: `and` has a meaning of its own"),
    (["resnet18", "--symbol", "H=224"], "`resolution` is the input's size"),
    (["resnet18", "--symbol", "D=64"], "`D` is an axis"),
    (["resnet18", "--symbol", "W=64"], "`W` is an axis"),
    (["resnet18", "--symbol", "N=64"], "`N` is the batch"),
    (["lenet5", "--symbol", "width"], "a setting is NAME=VALUE"),
    (["lenet5", "--symbol", "width=0"], "a name and a number above 0"),
    (["resnet18", "--symbol", "resolution=225"], "`resolution` is the input's size, and it is 224"),
    (["resnet18", "--symbol", "classes=10"], "`classes` is how many classes there are, and it is 1000"),
    (["resnet18", "--symbol", "a=64", "--symbol", "b=128"], "`a` and `b` are widths"),
    (["unet", "--symbol", "resolution=572"], "it can't be 1144"),
    (["no_such_network"], "no_such_network"),
]


@pytest.mark.parametrize(("words", "message"), REFUSED)
def test_what_is_refused(run: Run, words: list[str], message: str) -> None:
    ran = run("import", *words)
    assert ran.code == 2
    assert message in ran.err
    assert ran.out == ""


def test_what_is_known_in_part_is_refused(run: Run) -> None:
    ran = run("import", str(DATA / "onnx" / "torchvision__resnet18__ts.onnx"), "--partial")
    assert ran.code == 2
    assert "read in part, --partial: there is no spec of that" in ran.err


# A module, its arguments, the spec of ours that it is held against: it is at most half as long again.
MODULES = {
    "torchvision.models:resnet50": "resnet50",
    "torchvision.models:mobilenet_v3_large": "mobilenet_v3_large",
    "torchvision.models:densenet121": "densenet121",
    "torchvision.models:googlenet": "googlenet_torchvision",
    "torchvision.models:shufflenet_v2_x1_0": "shufflenet_v2",
    "torchvision.models:efficientnet_b0": "efficientnet_b0",
    "torchvision.models:regnet_y_400mf": "regnet_y_400mf",
    "DEEPLAB:deeplabv3": "deeplabv3_resnet50",
    "timm.models:hrnet_w18": "hrnet_w18",
    "timm.models:ghostnet_100": "ghostnet_100",
}

DEEPLAB = """
from torchvision.models.segmentation import deeplabv3_resnet50


def deeplabv3():
    return deeplabv3_resnet50(weights=None, weights_backbone=None)
"""


@pytest.mark.filterwarnings("ignore:The default weight initialization:FutureWarning")
@pytest.mark.slow
@pytest.mark.parametrize("module", MODULES)
def test_modules_become_specs_as_short_as_ours(run: Run, tmp_path: Path, module: str) -> None:
    pytest.importorskip("torchvision")
    pytest.importorskip("timm")
    ours = MODULES[module]
    size = load(ours).inputs["input"].size[0]
    (tmp_path / "deeplab.py").write_text(DEEPLAB)
    named = module.replace("DEEPLAB", str(tmp_path / "deeplab.py"))
    file = imported(run, tmp_path, named, "--shape", f"3x{size}x{size}")
    mine, theirs = analyze(load(str(file))), analyze(load(ours))
    assert (mine.params, mine.macs) == (theirs.params, theirs.macs)
    most = 45 if ours == "resnet50" else 1.5 * len(lines((SPECS / f"{ours}.yaml").read_text()))
    assert len(lines(file.read_text())) <= most
    assert run("check", str(file)).code == 0
