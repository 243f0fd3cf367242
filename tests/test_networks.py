"""The bundled networks against measurements of reference implementations and against the numbers of their papers."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from networks import CHOSEN

from convcost.analysis.costs import Analysis, analyze
from convcost.checks.expectations import unmet
from convcost.cli.list_networks import FIGURES_KEPT, TASKS
from convcost.reading.load import load
from convcost.reading.sources import bundled

DATA = Path(__file__).parent / "data"
COUNTED = {"conv", "depthwise_conv", "conv_transpose", "linear"}
GOLDEN_COUNTED = {"Conv2d", "ConvTranspose2d", "Linear", "Conv", "Gemm"}


@cache
def figures(spec: str, variant: str | None = None, **settings: str) -> Analysis:
    return analyze(load(spec, settings, variant))


def layers(analysis: Analysis) -> list[tuple[tuple[int, ...], int, int]]:
    """(output shape, parameters, macs) of every convolution and linear layer, in order."""
    return [
        ((shape.channels, *shape.size), cost.params, cost.macs)
        for cost in analysis.layers
        if cost.layer.kind in COUNTED
        for shape in cost.layer.output_shapes
    ]


# Golden files: hooks on torchvision's and pytorchcv's models, on literal readings of the papers, and ONNX's own models.
@pytest.mark.parametrize(
    ("golden", "spec", "variant", "settings"),
    [
        ("handwritten__AlexNetPaper", "alexnet", None, {}),
        ("onnx_light__bvlc_alexnet", "alexnet", None, {"resolution": "224"}),
        ("onnx_light__bvlc_alexnet", "alexnet", "224", {}),
        ("torchvision__alexnet", "alexnet_torchvision", None, {}),
        ("torchvision__vgg16", "vgg16", None, {}),
        ("handwritten__GoogLeNetPaper", "googlenet", None, {}),
        ("torchvision__googlenet", "googlenet_torchvision", None, {}),
        ("torchvision__resnet18", "resnet18", None, {}),
        ("torchvision__resnet50", "resnet50", None, {}),
        ("torchvision__resnext50_32x4d", "resnext50_32x4d", None, {}),
        ("torchvision__resnet50", "resnext50_32x4d", "1x64d", {}),
        ("torchvision__squeezenet1_1", "squeezenet1_1", None, {}),
        ("pytorchcv__nin_cifar10", "nin_cifar10", None, {}),
        ("pytorchcv__xception", "xception", None, {}),
        ("pytorchcv__mobilenet_w1", "mobilenet_v1", None, {}),
        ("pytorchcv__mobilenet_wd2_160", "mobilenet_v1", "0.50 MobileNet-160", {}),
        ("torchvision__mobilenet_v2", "mobilenet_v2", None, {}),
        ("pytorchcv__shufflenet_g1_w1", "shufflenet_v1", "g1", {}),
        ("pytorchcv__shufflenet_g3_w1", "shufflenet_v1", "g3", {}),
        ("torchvision__shufflenet_v2_x1_0", "shufflenet_v2", "x1_0", {}),
        ("torchvision__shufflenet_v2_x1_0", "shufflenet_v2", None, {}),
        ("torchvision__efficientnet_b0", "efficientnet_b0", None, {}),
        ("torchvision__deeplabv3_resnet50", "deeplabv3_resnet50", None, {}),
        ("handwritten__ContextModule", "context_module", None, {}),
        ("handwritten__UNet2015", "unet", None, {}),
        ("handwritten__DCGANGenPaper", "dcgan", None, {}),
    ],
)
def test_golden(golden: str, spec: str, variant: str | None, settings: dict[str, str]) -> None:
    measured = json.loads((DATA / "golden" / f"{golden}.json").read_text())
    totals = measured["totals"]
    expected = [
        (tuple(layer["out"][1:]), layer["w"] + layer.get("b", 0), layer["macs"])
        for layer in measured["layers"]
        if layer.get("type", layer.get("op")) in GOLDEN_COUNTED
    ]
    analysis = figures(spec, variant, **settings)
    assert layers(analysis) == expected
    assert analysis.params == totals.get("params", totals.get("params_learnable"))
    assert analysis.macs == totals.get("conv_linear_macs", totals.get("macs"))


# LeCun et al. 1998, sec. II-B: (maps, trainable parameters, connections). A connection is a use of a weight or a bias.
LENET5 = {
    "C1": ((6, 28, 28), 156, 122_304),
    "S2": ((6, 14, 14), 12, 5_880),
    "C3": ((16, 10, 10), 1_516, 151_600),
    "S4": ((16, 5, 5), 32, 2_000),
    "C5": ((120, 1, 1), 48_120, 48_120),
    "F6": ((84,), 10_164, 10_164),
    "OUTPUT": ((10,), 0, 840),
}


def connections(layer: Any) -> int:
    """As the paper counts: products and biases; a subsampling unit has four inputs and a bias."""
    match layer.layer.kind:
        case "subsample":
            return layer.additions + 2 * layer.macs  # 4 inputs are 3 additions
        case "rbf":
            return layer.multiplies
        case _:
            return layer.macs + layer.additions


def test_lenet5() -> None:
    found = {
        layer.layer.name: (
            (layer.layer.output_shapes[0].channels, *layer.layer.output_shapes[0].size),
            layer.params,
            connections(layer),
        )
        for layer in figures("lenet5").layers
        if layer.layer.kind != "tanh"
    }
    assert found == LENET5
    assert figures("lenet5").params == 60_000
    assert figures("lenet5").statistics == 840


# Totals of reference implementations, which round to what the papers print.
@pytest.mark.parametrize(
    ("spec", "variant", "settings", "totals"),
    [
        ("vgg11", None, {}, {"params": 132_863_336}),
        ("vgg13", None, {}, {"params": 133_047_848}),
        ("vgg19", None, {}, {"params": 143_667_240, "macs": 19_632_062_464}),
        ("resnet34", None, {}, {"params": 21_797_672, "macs": 3_663_761_408}),
        ("resnet50", "paper", {}, {"params": 25_557_032, "macs": 3_857_973_248}),
        ("resnet101", None, {}, {"params": 44_549_160, "macs": 7_801_405_440}),
        ("resnet101", "paper", {}, {"macs": 7_570_194_432}),
        ("resnet152", None, {}, {"params": 60_192_808, "macs": 11_513_626_624}),
        ("resnet152", "paper", {}, {"macs": 11_282_415_616}),
        ("mobilenet_v1", "1.0 MobileNet-192", {}, {"params": 4_231_976, "macs": 418_121_728}),
        ("mobilenet_v1", "1.0 MobileNet-160", {}, {"params": 4_231_976, "macs": 290_675_200}),
        ("mobilenet_v1", "1.0 MobileNet-128", {}, {"params": 4_231_976, "macs": 186_400_768}),
        ("mobilenet_v1", "0.75 MobileNet-224", {}, {"params": 2_585_560}),
        ("mobilenet_v1", "0.25 MobileNet-224", {}, {"params": 470_072}),
        ("shufflenet_v1", "g2", {}, {"macs": 140_836_512}),
        ("shufflenet_v1", "g4", {}, {"macs": 134_339_776}),
        ("shufflenet_v1", "g8", {}, {"macs": 138_365_952}),
        ("m5", None, {}, {"params": 559_114, "macs": 276_421_632}),
        ("c3d", None, {"classes": "487"}, {"params": 79_991_015}),
        ("c3d", None, {"classes": "101"}, {"params": 78_409_573}),
    ],
)
def test_published(spec: str, variant: str | None, settings: dict[str, str], totals: dict[str, int]) -> None:
    analysis = figures(spec, variant, **settings)
    found = {"params": analysis.params, "macs": analysis.macs}
    assert {key: found[key] for key in totals} == totals


@cache
def executed() -> dict[str, dict[str, int]]:
    """Totals of networks that were run and their multiplies counted, with and without those on padding."""
    cases = yaml.load((DATA / "operator_cases.yaml").read_text(), yaml.CSafeLoader)
    return {case["id"]: case["expect"] for case in cases["networks"]}


@pytest.mark.parametrize(
    ("case", "spec"),
    [
        ("net-vgg16", "vgg16"),
        ("net-googlenet_no_aux", "googlenet_torchvision"),
        ("net-resnet18", "resnet18"),
        ("net-resnet50", "resnet50"),
        ("net-mnasnet1_0", "mnasnet1_0"),
        ("net-shufflenet_v2_x1_0", "shufflenet_v2"),
        ("net-mobilenet_v1", "mobilenet_v1"),
    ],
)
def test_executed(case: str, spec: str) -> None:
    expected = executed()[case]
    analysis = figures(spec)
    assert analysis.params == expected["params"]
    assert analysis.weights == expected["params_conv_linear_weights"]
    assert analysis.macs == expected["multiplies_total_dense"]
    assert analysis.useful_macs == expected["multiplies_conv_useful"] + expected["multiplies_linear"]


RESNET50 = ["pool1", "layer1.rest.1.relu", "layer2.rest.2.relu", "layer3.rest.4.relu", "layer4.rest.1.relu"]
INCEPTION = [f"inception_{module}.concat" for module in ("3a", "3b", "4a", "4b", "4c", "4d", "4e", "5a", "5b")]


# Our layers at the end-points, in order, at which the fields of the reference models were measured by their gradients.
@pytest.mark.parametrize(
    ("source", "model", "spec", "variant", "names"),
    [
        (
            *("handwritten", "AlexNetPaper", "alexnet", None),
            ["conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5"],
        ),
        (
            *("torchvision", "alexnet", "alexnet_torchvision", None),
            ["conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5"],
        ),
        (
            *("torchvision", "vgg16", "vgg16", None),
            [
                *("conv1.0.conv", "conv1.1.conv", "pool1"),
                *("conv2.0.conv", "conv2.1.conv", "pool2"),
                *("conv3.0.conv", "conv3.1.conv", "conv3.2.conv", "pool3"),
                *("conv4.0.conv", "conv4.1.conv", "conv4.2.conv", "pool4"),
                *("conv5.0.conv", "conv5.1.conv", "conv5.2.conv", "pool5"),
            ],
        ),
        (
            *("torchvision", "googlenet", "googlenet_torchvision", None),
            [
                *("conv1.relu", "pool1", "conv2.relu", "conv3.relu", "pool2"),
                *(*INCEPTION[:2], "pool3", *INCEPTION[2:7], "pool4", *INCEPTION[7:]),
            ],
        ),
        ("torchvision", "resnet50", "resnet50", None, RESNET50),
        ("pytorchcv", "resnet50", "resnet50", "paper", RESNET50),
        (
            *("pytorchcv", "mobilenet_w1", "mobilenet_v1", None),
            ["relu", *(f"separable{n}.relu_2" for n in ("", "_3", "_5", "_7.4", "_9"))],
        ),
        (
            *("torchvision", "mobilenet_v2", "mobilenet_v2", None),
            [
                *("conv_bn_relu6.relu6", "stage.linear_bottleneck.batch_norm_2"),
                *("stage_2.linear_bottleneck.batch_norm_2", "stage_2.inverted_residual.0.add"),
                "stage_3.linear_bottleneck.batch_norm_2",
                *(f"stage_3.inverted_residual.{n}.add" for n in range(2)),
                "stage_4.linear_bottleneck.batch_norm_2",
                *(f"stage_4.inverted_residual.{n}.add" for n in range(3)),
                "stage_5.linear_bottleneck.batch_norm_2",
                *(f"stage_5.inverted_residual.{n}.add" for n in range(2)),
                "stage_6.linear_bottleneck.batch_norm_2",
                *(f"stage_6.inverted_residual.{n}.add" for n in range(2)),
                *("stage_7.linear_bottleneck.batch_norm_2", "conv_bn_relu6_2.relu6"),
            ],
        ),
        (
            *("handwritten", "ContextModule", "context_module", None),
            [*(f"layer{n}.conv" for n in range(1, 8)), "layer8"],
        ),
    ],
)
def test_receptive_field(source: str, model: str, spec: str, variant: str | None, names: list[str]) -> None:
    models = json.loads((DATA / "receptive_field.json").read_text())
    endpoints = next(entry["endpoints"] for entry in models if (entry["source"], entry["model"]) == (source, model))
    found = {cost.layer.name: cost.field for cost in figures(spec, variant).layers}
    assert [(found[name].size, found[name].stride, found[name].start) for name in names] == [
        (
            (end["rf_h"], end["rf_w"]),
            (end["effective_stride"],) * 2,
            (-end["effective_padding_at_this_input"],) * 2,
        )
        for end in endpoints
    ]


# The end of the feature extractor: size and effective stride in the table of Araujo, Norris & Sim 2019 (Distill), and
# where the stride is in the 3x3 as measured on torchvision's models.
@pytest.mark.parametrize(
    ("spec", "variant", "size", "stride"),
    [
        ("alexnet", None, 195, 32),
        ("vgg16", None, 212, 32),
        ("mobilenet_v1", None, 315, 32),
        ("resnet50", "paper", 483, 32),
        ("resnet101", "paper", 1027, 32),
        ("resnet152", "paper", 1507, 32),
        ("resnet101", None, 971, 32),
        ("resnet152", None, 1451, 32),
    ],
)
def test_receptive_field_of_features(spec: str, variant: str | None, size: int, stride: int) -> None:
    features = figures(spec, variant).windowed
    assert features is not None
    assert features.receptive_field == (size, size)
    assert features.effective_stride == (stride, stride)


@pytest.mark.parametrize("name", bundled())
def test_spec(name: str) -> None:
    text = bundled()[name].read_text()
    head = re.match(r"(#.*\n)*", text)
    assert head
    assert re.search(r"[a-z.] (19|20)\d\d\b", head.group()), "the head comment cites a paper: authors and year"
    analysis = figures(name)
    assert analysis.network.name == name
    assert {expected.figure for stated in analysis.network.expect for expected in stated.figures} >= {"params", "macs"}
    assert not unmet(analysis)
    for variant in analysis.network.variants:
        assert figures(name, variant).params > 0


def constructs(name: str) -> set[object]:
    """What a network is made of: operators, dimensions, and what the spec language has for it."""
    network, text = figures(name).network, bundled()[name].read_text(encoding="utf-8")
    words = {word for word in ("blocks", "repeat", "rows", "symbols", "use", "when") if re.search(rf"\b{word}:", text)}
    dimensions = {len(shape.size) for shape in network.inputs.values()}
    found = {
        "outputs": network.outputs[1:],
        "variants": network.variants,
        "shared": any(x.shares for x in network.layers),
    }
    return {x.kind for x in network.layers} | words | dimensions | {what for what, there in found.items() if there}


@pytest.mark.slow
def test_the_chosen_networks_stand_for_all() -> None:
    found = {name: constructs(name) for name in bundled()}
    assert set().union(*found.values()) == set().union(*(found[name] for name in CHOSEN))


def entry(name: str, path: Path) -> dict[str, Any]:
    """Headline figures, and title and citation (authors, year, arXiv number) from the head of the spec."""
    title, citation = (line.lstrip("# ").rstrip() for line in path.read_text(encoding="utf-8").splitlines()[:2])
    task = re.search(r"^# task: (.*)\n[^#]", path.read_text(encoding="utf-8"), re.MULTILINE)
    assert task, "the last line of the head says what the network is for"
    found, short = figures(name), re.match(r".*?\b\d{4}(, arXiv:[\d.]+\d)?", citation)
    return {
        "name": name,
        "task": TASKS[TASKS.index(task[1])],
        "input": str(next(iter(found.network.inputs.values()))),
        "params": found.params,
        "macs": found.macs,
        "variants": list(found.network.variants),
        "paper": short[0] if short else citation,
        "title": title,
    }


def test_what_is_listed_is_what_is_counted(renew: bool) -> None:
    kept = bundled()["lenet5"].with_name(FIGURES_KEPT)
    counted = [entry(name, path) for name, path in bundled().items()]
    if renew:
        kept.write_text(json.dumps(counted, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    assert json.loads(kept.read_text(encoding="utf-8")) == counted
