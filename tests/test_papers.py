"""Networks against the numbers printed in their papers, to the last printed digit.

Papers round half up, or cut off (ROUND_DOWN): each row says which.
"""

from __future__ import annotations

from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import cache

import pytest

from convcost.analysis.costs import Analysis, Costs, analyze
from convcost.errors import Source
from convcost.reading.load import load, read
from convcost.reading.sources import bundled

MILLION, BILLION = 10**6, 10**9


@cache
def figures(spec: str, variant: str | None = None, **settings: str) -> Analysis:
    return analyze(load(spec, settings, variant))


@cache
def figures_of(text: str) -> Analysis:
    return analyze(read(Source("paper.yaml", text)))


def printed(count: int, unit: int, like: str, rounding: str = ROUND_HALF_UP) -> str:
    """A count as a paper prints it: in a unit, with as many decimals as `like` has.

    >>> printed(290_675_200, MILLION, "290"), printed(290_675_200, MILLION, "290", ROUND_DOWN)
    ('291', '290')
    """
    decimals = len(like.partition(".")[2])
    return str((Decimal(count) / unit).quantize(Decimal(1).scaleb(-decimals), rounding))


def without_norm(analysis: Analysis) -> int:
    """Weights and biases."""
    return int(analysis.weights + analysis.biases)


def convolutions(analysis: Analysis) -> int:
    """Multiply-accumulates without the classifier's."""
    return sum(cost.macs for cost in analysis.layers if cost.layer.kind != "linear")


# Howard et al. 2017, arXiv:1704.04861, tables 5, 6, 7 and 9: million mult-adds and million parameters.
@pytest.mark.parametrize(
    ("variant", "macs", "rounding", "params"),
    [
        ("1.0 MobileNet-224", "569", ROUND_HALF_UP, "4.2"),
        ("0.75 MobileNet-224", "325", ROUND_HALF_UP, "2.6"),
        ("0.5 MobileNet-224", "149", ROUND_HALF_UP, "1.3"),
        ("0.25 MobileNet-224", "41", ROUND_HALF_UP, "0.5"),
        ("1.0 MobileNet-192", "418", ROUND_HALF_UP, "4.2"),
        ("1.0 MobileNet-160", "290", ROUND_DOWN, "4.2"),
        ("1.0 MobileNet-128", "186", ROUND_HALF_UP, "4.2"),
        ("0.50 MobileNet-160", "76", ROUND_DOWN, "1.32"),
        ("Shallow MobileNet", "307", ROUND_HALF_UP, "2.9"),
    ],
)
def test_mobilenet_v1(variant: str, macs: str, rounding: str, params: str) -> None:
    analysis = figures("mobilenet_v1", variant)
    assert printed(analysis.macs, MILLION, macs, rounding) == macs
    assert printed(without_norm(analysis), MILLION, params) == params


def test_mobilenet_v1_with_full_convolutions() -> None:
    # Table 4: a 3x3 convolution for each separable pair; 29.3 million parameters and, without the classifier's, 4866
    # million mult-adds.
    text = bundled()["mobilenet_v1"].read_text()
    text = text.replace("depthwise_conv: {", "conv: {out: out, ")
    analysis = figures_of(text.replace("conv: {out: out, kernel: 1, bias: false}", "identity"))
    assert printed(convolutions(analysis), MILLION, "4866") == "4866"
    assert printed(without_norm(analysis), MILLION, "29.3") == "29.3"


def test_mobilenet_v1_for_dogs() -> None:
    # Table 10: 0.75 MobileNet-192 with the 120 classes of Stanford Dogs.
    analysis = figures("mobilenet_v1", "0.75 MobileNet-224", resolution="192", classes="120")
    assert printed(analysis.macs, MILLION, "239") == "239"
    assert printed(without_norm(analysis), MILLION, "1.9") == "1.9"


# Table 2: per cent of the mult-adds and of the weights. The paper prints 1.19 for 1.91.
@pytest.mark.parametrize(
    ("kind", "kernel", "macs", "weights"),
    [
        ("conv", 1, "94.86", "74.59"),
        ("depthwise_conv", 3, "3.06", "1.06"),
        ("conv", 3, "1.91", "0.02"),
        ("linear", None, "0.18", "24.33"),
    ],
)
def test_mobilenet_v1_shares(kind: str, kernel: int | None, macs: str, weights: str) -> None:
    analysis = figures("mobilenet_v1")
    chosen = [cost for cost in analysis.layers if cost.layer.kind == kind and kernel_of(cost) == kernel]
    assert printed(100 * sum(cost.macs for cost in chosen), analysis.macs, macs) == macs
    assert printed(100 * sum(cost.weights for cost in chosen), analysis.weights, weights) == weights


def kernel_of(cost: Costs) -> int | None:
    kernel = getattr(cost.layer.operator, "kernel", None)
    return kernel[0] if kernel else None


# Table 3: one layer with 512 maps of 14x14, made cheaper step by step.
@pytest.mark.parametrize(
    ("layer", "channels", "size", "macs", "weights"),
    [
        ("conv: {out: 512, kernel: 3, padding: 1}", 512, 14, "462", "2.36"),
        ("depthwise_separable: {out: 512, padding: 1}", 512, 14, "52.3", "0.27"),
        ("depthwise_separable: {out: 384, padding: 1}", 384, 14, "29.6", "0.15"),
        ("depthwise_separable: {out: 384, padding: 1}", 384, 10, "15.1", "0.15"),
    ],
)
def test_mobilenet_v1_layer(layer: str, channels: int, size: int, macs: str, weights: str) -> None:
    analysis = figures_of(f"input: {{channels: {channels}, size: [{size}, {size}]}}\nlayers:\n  - {layer}\n")
    assert printed(analysis.macs, MILLION, macs) == macs
    assert printed(analysis.weights, MILLION, weights) == weights


# The models that the authors of MobileNetV2 released (TF-Slim): million MACs, cut off, and million parameters. The
# first row of each width is in the paper's table 4 or figure 5, but for 1.4, which it prints as 585 and 6.9.
MOBILENET_V2 = {
    "1.4": ("6.06", {224: "582"}),
    "1.3": ("5.34", {224: "509"}),
    "1": ("3.47", {224: "300", 192: "221", 160: "154", 128: "99", 96: "56"}),
    "0.75": ("2.61", {224: "209", 192: "153", 160: "107", 128: "69", 96: "39"}),
    "0.5": ("1.95", {224: "97", 192: "71", 160: "50", 128: "32", 96: "18"}),
    "0.35": ("1.66", {224: "59", 192: "43", 160: "30", 128: "20", 96: "11"}),
}


@pytest.mark.parametrize("alpha", MOBILENET_V2)
def test_mobilenet_v2(alpha: str) -> None:
    params, macs = MOBILENET_V2[alpha]
    for resolution, count in macs.items():
        analysis = figures("mobilenet_v2", alpha=alpha, resolution=str(resolution))
        assert printed(analysis.macs, MILLION, count, ROUND_DOWN) == count
        assert printed(without_norm(analysis), MILLION, params) == params


def test_mobilenet_v2_table_4() -> None:
    # Sandler et al. 2018, arXiv:1801.04381: 300 million and 3.4 million, both cut off.
    analysis = figures("mobilenet_v2", "MobileNetV2")
    assert printed(analysis.macs, MILLION, "300", ROUND_DOWN) == "300"
    assert printed(without_norm(analysis), MILLION, "3.4", ROUND_DOWN) == "3.4"


# Zhang et al. 2018, arXiv:1707.01083, table 1: "complexity" in million, of the convolutions alone.
@pytest.mark.parametrize(("variant", "macs"), [("g1", 143), ("g2", 140), ("g3", 137), ("g4", 133), ("g8", 137)])
def test_shufflenet_v1(variant: str, macs: int) -> None:
    assert printed(convolutions(figures("shufflenet_v1", variant)), MILLION, "0") == str(macs)


# Tables 2 and 5, and Ma et al. 2018, arXiv:1807.11164, table 8: scaled networks, g = 3, the classifier included.
@pytest.mark.parametrize(
    ("variant", "settings", "macs"),
    [
        ("ShuffleNet 2x (g = 3)", {}, 524),
        ("ShuffleNet 1.5x (g = 3)", {}, 292),
        ("g3", {"scale": "0.5"}, 38),
        ("g3", {"scale": "0.25", "first": "12"}, 13),
    ],
)
def test_shufflenet_v1_scaled(variant: str, settings: dict[str, str], macs: int) -> None:
    assert printed(figures("shufflenet_v1", variant, **settings).macs, MILLION, "0") == str(macs)


# The share that Zhang et al. give for the 1x1 convolutions of a ResNeXt unit with 32 groups (section 3.1).
def test_resnext_pointwise_share() -> None:
    analysis = figures_of("input: {channels: 256, size: [14, 14]}\nlayers: [resnext_unit: {width: 128}]\n")
    pointwise = sum(cost.macs for cost in analysis.layers if kernel_of(cost) == 1)
    assert printed(100 * pointwise, analysis.macs, "93.4") == "93.4"


# Ma et al. 2018, arXiv:1807.11164, table 5: million weights.
@pytest.mark.parametrize(("variant", "params"), [("x0_5", "1.4"), ("x1_0", "2.3"), ("x1_5", "3.5"), ("x2_0", "7.4")])
def test_shufflenet_v2(variant: str, params: str) -> None:
    assert printed(figures("shufflenet_v2", variant).params, MILLION, params) == params


# Szegedy et al. 2015, arXiv:1409.4842, table 1: "ops" in million. Not here: conv1 (34 printed) and 5a (54 printed).
@pytest.mark.parametrize(
    ("prefix", "ops", "rounding"),
    [
        ("conv2", "360", ROUND_HALF_UP),
        ("inception_3a", "128", ROUND_HALF_UP),
        ("inception_3b", "304", ROUND_HALF_UP),
        ("inception_4a", "73", ROUND_DOWN),
        ("inception_4b", "88", ROUND_HALF_UP),
        ("inception_4c", "100", ROUND_HALF_UP),
        ("inception_4d", "119", ROUND_HALF_UP),
        ("inception_4e", "170", ROUND_HALF_UP),
        ("inception_5b", "71", ROUND_HALF_UP),
        ("fc", "1", ROUND_HALF_UP),
    ],
)
def test_googlenet(prefix: str, ops: str, rounding: str) -> None:
    macs = sum(cost.macs for cost in figures("googlenet").layers if cost.layer.name.startswith(prefix))
    assert printed(macs, MILLION, ops, rounding) == ops


# Iandola et al. 2016, arXiv:1602.07360, table 1, "#parameters before pruning".
FIRES = {
    "fire2": (96, "squeeze: 16, one: 64", 11_920),
    "fire3": (128, "squeeze: 16, one: 64", 12_432),
    "fire4": (128, "squeeze: 32, one: 128", 45_344),
    "fire5": (256, "squeeze: 32, one: 128", 49_440),
    "fire6": (256, "squeeze: 48, one: 192", 104_880),
    "fire7": (384, "squeeze: 48, one: 192", 111_024),
    "fire8": (384, "squeeze: 64, one: 256", 188_992),
    "fire9": (512, "squeeze: 64, one: 256", 197_184),
}


@pytest.mark.parametrize("name", FIRES)
def test_squeezenet(name: str) -> None:
    channels, arguments, params = FIRES[name]
    text = f"input: {{channels: {channels}, size: [13, 13]}}\nlayers: [fire: {{{arguments}}}]\n"
    assert figures_of(text).params == params


# Tan & Le 2019, arXiv:1905.11946, table 2: million parameters. B2 has 9.1; 9.2 is printed.
@pytest.mark.parametrize(
    ("variant", "params"),
    [("B0", "5.3"), ("B1", "7.8"), ("B3", "12"), ("B4", "19"), ("B5", "30"), ("B6", "43"), ("B7", "66")],
)
def test_efficientnet_params(variant: str, params: str) -> None:
    assert printed(figures("efficientnet_b0", variant).params, MILLION, params) == params


# The same, billion mult-adds. B1, B4 and B5 have 0.69, 4.4 and 10.3; 0.70, 4.2 and 9.9 are printed.
@pytest.mark.parametrize(
    ("variant", "macs", "rounding"),
    [
        ("B0", "0.39", ROUND_HALF_UP),
        ("B2", "1.0", ROUND_HALF_UP),
        ("B3", "1.8", ROUND_HALF_UP),
        ("B6", "19", ROUND_HALF_UP),
        ("B7", "37", ROUND_DOWN),
    ],
)
def test_efficientnet_macs(variant: str, macs: str, rounding: str) -> None:
    assert printed(figures("efficientnet_b0", variant).macs, BILLION, macs, rounding) == macs


# The same, as torchvision builds them.
@pytest.mark.parametrize(
    ("variant", "params", "macs"),
    [
        ("B1", 7_794_184, 686_802_832),
        ("B2", 9_109_994, 993_561_872),
        ("B3", 12_233_232, 1_827_141_392),
        ("B4", 19_341_616, 4_393_771_024),
        ("B5", 30_389_784, 10_266_384_752),
        ("B6", 43_040_704, 19_067_593_536),
        ("B7", 66_347_960, 37_745_884_192),
    ],
)
def test_efficientnet_exactly(variant: str, params: int, macs: int) -> None:
    analysis = figures("efficientnet_b0", variant)
    assert (analysis.params, analysis.macs) == (params, macs)


# He et al. 2016, arXiv:1512.03385, table 1: billion FLOPs, one per multiply-add.
@pytest.mark.parametrize(
    ("spec", "variant", "flops", "rounding"),
    [
        ("resnet18", None, "1.8", ROUND_HALF_UP),
        ("resnet34", None, "3.6", ROUND_DOWN),
        ("resnet50", "paper", "3.8", ROUND_DOWN),
        ("resnet101", "paper", "7.6", ROUND_HALF_UP),
        ("resnet152", "paper", "11.3", ROUND_HALF_UP),
    ],
)
def test_resnet(spec: str, variant: str | None, flops: str, rounding: str) -> None:
    assert printed(figures(spec, variant).macs, BILLION, flops, rounding) == flops


# Simonyan & Zisserman 2015, arXiv:1409.1556, table 2: million parameters of A, B, D and E.
@pytest.mark.parametrize(("spec", "params"), [("vgg11", "133"), ("vgg13", "133"), ("vgg16", "138"), ("vgg19", "144")])
def test_vgg(spec: str, params: str) -> None:
    assert printed(figures(spec).params, MILLION, params) == params


def test_context_module() -> None:
    # Yu & Koltun 2016, arXiv:1511.07122, table 1: seven 3x3 layers and a 1x1 from C to C maps.
    analysis = figures("context_module", "basic", C="10")
    assert analysis.weights == (7 * 9 + 1) * 10 * 10
