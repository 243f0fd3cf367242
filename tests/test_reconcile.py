"""What is printed of networks, and what gives it: tables of papers, and forms of small networks worked by hand."""

from __future__ import annotations

import json

import pytest
from command_line import Run
from json_schemas import validator

import convcost
from convcost.errors import Source, UsageError
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.reconciliation.forms import with_norms_folded, without_biases, without_head
from convcost.reconciliation.printed import printed
from convcost.reconciliation.search import Reconciliation, reconcile
from convcost.render.reconciliation import form_of, way_of

SCHEMA = validator("reconciliation")

CUT = "cut off, not rounded"


def reconciled(network: str, total: str, params: str) -> Reconciliation:
    macs = printed(total, "macs") if total else None
    return reconcile(open_description(network), {}, None, macs, printed(params, "params") if params else None)


# network, total, parameters as printed; the form, the way of counting, its total and parameters, how it is printed.
# The exact numbers are those of torchvision, pytorchcv or the paper's own rows.
NAMED = [
    ("alexnet", "", "60M", "as described", "", None, 60_965_224, CUT),
    ("vgg11", "", "133M", "as described", "", None, 132_863_336, "rounded"),
    ("vgg13", "", "133M", "as described", "", None, 133_047_848, "rounded"),
    ("vgg16", "", "138M", "as described", "", None, 138_357_544, "rounded"),
    ("vgg19", "19.6G", "144M", "as described", "paper", 19_632_062_464, 143_667_240, "rounded"),
    ("resnet18", "1.8G", "", "as described", "paper", 1_814_073_344, None, "rounded"),
    ("resnet34", "3.6G", "", "as described", "paper", 3_663_761_408, None, CUT),
    ("resnet50", "3.8G", "", "variant paper", "paper", 3_857_973_248, None, CUT),
    ("resnet101", "7.6G", "", "variant paper", "paper", 7_570_194_432, None, "rounded"),
    ("resnet152", "11.3G", "", "variant paper", "paper", 11_282_415_616, None, "rounded"),
    ("resnet_cifar", "", "0.85M", "variant ResNet-56", "", None, 853_018, "rounded"),
    ("resnet_cifar", "", "1.7M", "variant ResNet-110", "", None, 1_727_962, "rounded"),
    ("resnet_cifar", "", "19.4M", "variant ResNet-1202", "", None, 19_421_274, "rounded"),
    ("resnet_cifar", "", "0.27M", "as described", "", None, 269_722, "rounded"),
    ("resnet50", "4.1B", "26M", "as described", "paper", 4_089_184_256, 25_557_032, "rounded"),
    ("resnet50", "4.1G", "25.6M", "as described", "paper", 4_089_184_256, 25_557_032, "rounded"),
    ("resnet50", "4.1G", "25.5M", "as described", "paper", 4_089_184_256, 25_502_912, "rounded"),
    ("resnet50", "8.2 GFLOPs", "", "as described", "paper x 2", 8_178_368_512, None, "rounded"),
    ("resnext50_32x4d", "4.2G", "25.0M", "as described", "paper", 4_230_479_872, 25_028_904, "rounded"),
    ("mobilenet_v1", "569M", "4.2M", "as described", "paper", 568_740_352, 4_231_976, "rounded"),
    ("mobilenet_v1", "325M", "2.6M", "variant 0.75 MobileNet-224", "paper", 325_400_448, 2_585_560, "rounded"),
    ("mobilenet_v1", "307M", "2.9M", "variant Shallow MobileNet", "paper", 307_323_392, 2_887_976, "rounded"),
    ("mobilenet_v1", "149M", "1.3M", "variant 0.5 MobileNet-224", "paper", 149_497_088, 1_331_592, "rounded"),
    ("mobilenet_v1", "41M", "0.5M", "variant 0.25 MobileNet-224", "paper", 41_030_272, 470_072, "rounded"),
    ("mobilenet_v1", "418M", "4.2M", "variant 1.0 MobileNet-192", "paper", 418_121_728, 4_231_976, "rounded"),
    ("mobilenet_v1", "290M", "4.2M", "variant 1.0 MobileNet-160", "paper", 290_675_200, 4_231_976, CUT),
    ("mobilenet_v1", "186M", "4.2M", "variant 1.0 MobileNet-128", "paper", 186_400_768, 4_231_976, "rounded"),
    ("mobilenet_v1", "76M", "1.32M", "variant 0.50 MobileNet-160", "paper", 76_524_800, 1_319_648, CUT),
    ("mobilenet_v1", "1.14G", "", "as described", "paper x 2", 1_137_480_704, None, "rounded"),
    ("shufflenet_v1", "143M", "", "variant g1", "paper", 143_078_976, None, "rounded"),
    ("shufflenet_v1", "137M", "", "as described", "paper", 137_460_672, None, "rounded"),
    ("shufflenet_v1", "292M", "3.4M", "variant ShuffleNet 1.5x (g = 3)", "paper", 292_443_552, 3_442_168, "rounded"),
    ("mobilenet_v2", "300M", "", "as described", "paper", 300_774_272, None, CUT),
    ("densenet121", "", "8M", "as described", "", None, 7_978_856, "rounded"),
    ("densenet121", "", "14M", "variant densenet169", "", None, 14_149_480, "rounded"),
    ("densenet121", "", "20M", "variant densenet201", "", None, 20_013_928, "rounded"),
    ("xception", "", "22855952", "as described", "", None, 22_855_952, "rounded"),
    ("efficientnet_b0", "0.39B", "5.3M", "as described", "paper", 385_814_752, 5_288_548, "rounded"),
    ("c3d", "", "78.4M", "variant UCF101", "", None, 78_409_573, "rounded"),
    ("lenet5", "", "60000", "as described", "", None, 60_000, "rounded"),
]
NAMED_THOROUGHLY = [
    ("shufflenet_v1", "133M", "", "variant g4, without its head", "paper", 133_251_776, None, "rounded"),
    ("shufflenet_v1", "524M", "", "variant ShuffleNet 2x (g = 3)", "paper", 524_045_184, None, "rounded"),
    ("efficientnet_b0", "1.8B", "12M", "variant B3", "paper", 1_827_141_392, 12_233_232, "rounded"),
    ("efficientnet_b0", "19B", "43M", "variant B6", "paper", 19_067_593_536, 43_040_704, "rounded"),
    ("efficientnet_b0", "37B", "66M", "variant B7", "paper", 37_745_884_192, 66_347_960, CUT),
]


@pytest.mark.parametrize(
    ("network", "total", "params", "form", "way", "macs", "held", "how"),
    [*NAMED, *(pytest.param(*row, marks=pytest.mark.thorough) for row in NAMED_THOROUGHLY)],
)
def test_published_totals(
    network: str, total: str, params: str, form: str, way: str, macs: int | None, held: int | None, how: str
) -> None:
    first = reconciled(network, total, params).explanations[0]
    found = (form_of(first), *map(way_of, first.countings[:1]))
    assert (*found, first.total, first.params, first.form) == (form, *filter(None, [way]), macs, held, how)


# Other networks than ours under the same name, slips of the tables, or what no tool counts.
IMPOSSIBLE = [
    ("alexnet", "720M", "60M"),
    ("googlenet", "1550M", ""),
    ("googlenet", "", "6.8M"),
    ("squeezenet1_1", "1700M", "1.25M"),
    ("lenet5", "340908", ""),
    ("resnet50", "6.96G", ""),
]
IMPOSSIBLE_THOROUGHLY = [
    ("vgg16", "30.71G", ""),
    ("mobilenet_v1", "575M", "4.2M"),
    ("mobilenet_v1", "4866M", "29.3M"),
    ("mobilenet_v2", "585M", "6.9M"),
    ("shufflenet_v1", "13M", ""),
    ("shufflenet_v1", "38M", ""),
    ("resnet101", "14.39G", ""),
    ("resnet152", "21.81G", ""),
    ("inception_v3", "", "23626728"),
]


@pytest.mark.parametrize(
    ("network", "total", "params"),
    [*IMPOSSIBLE, *(pytest.param(*row, marks=pytest.mark.thorough) for row in IMPOSSIBLE_THOROUGHLY)],
)
def test_totals_that_nothing_gives(network: str, total: str, params: str) -> None:
    found = reconciled(network, total, params)
    assert found.explanations == ()
    assert found.nearest is not None
    assert None in found.nearest.forms


@pytest.mark.slow
def test_two_tools_tell_two_totals() -> None:
    """YOLOv8s: 28.8 is thop's, doubled, and the maker's own; 28.6 is torch's."""
    for total, ways in (("28.8G", {"ultralytics", "thop x 2"}), ("28.6G", {"torch", "paper x 2"})):
        found = reconcile(open_description("yolov8"), {}, "s", printed(total, "macs"), None)
        plain = [way_of(way) for one in found.explanations if not one.changes for way in one.countings]
        assert ways <= set(plain), plain
        assert {"torch", "thop x 2"} & {*plain} == {"torch", "thop x 2"} & ways


@pytest.mark.parametrize(
    ("text", "inside", "cut", "outside"),
    [
        ("4.1G", [4_050_000_000, 4_149_999_999], [4_150_000_000, 4_199_999_999], [4_049_999_999, 4_200_000_000]),
        ("4.1 GMACs", [4_050_000_000], [4_150_000_000], [4_200_000_000]),
        ("0.39B", [385_000_000, 394_999_999], [399_999_999], [384_999_999, 400_000_000]),
        ("12M", [11_500_000], [12_500_000], [13_000_000]),
        ("340908", [340_908], [], [340_907, 340_909]),
    ],
)
def test_what_a_printed_number_stands_for(text: str, inside: list[int], cut: list[int], outside: list[int]) -> None:
    number = printed(text, "macs")
    assert [number.form(n) for n in inside + cut] == ["rounded"] * len(inside) + [CUT] * len(cut)
    assert [number.form(n) for n in outside] == [None] * len(outside)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("4.1", "`4.1` is not a whole number"),
        ("4,1G", "is not a printed number"),
        ("large", "is not a printed number"),
        ("4.1 MiB", "`MiB` does not fit `macs`"),
    ],
)
def test_what_is_no_printed_number(text: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        printed(text, "macs")


TINY = """
network: tiny
symbols: {classes: 10}
input: {channels: 3, size: [8, 8]}
layers:
  - {conv: {out: 4, kernel: 3, padding: 1, bias: false}, name: one}
  - {batch_norm: , name: norm}
  - relu
  - batch_norm
  - {conv: {out: 5, kernel: 1}, name: two}
  - global_avg_pool
  - flatten
  - {linear: {out: classes}, name: head}
"""


def test_forms_by_hand() -> None:
    """3*3*3*4 = 108 weights, 2*4 in each norm, 4*5 + 5, and 5*10 + 10: 209 parameters.

    The first norm folds into 4 biases; the second, behind a relu, does not.
    """
    network = Description(Source("tiny.yaml", TINY), "tiny").network()

    def params(one: convcost.Network) -> int:
        return sum(layer.params.total for layer in one.layers)

    assert params(network) == 108 + 8 + 8 + 25 + 60
    folded = with_norms_folded(network)
    assert params(folded) == 108 + 4 + 8 + 25 + 60
    assert [layer.inputs for layer in folded.layers][:3] == [("input",), ("one",), (folded.layers[1].name,)]
    assert params(without_head(network)) == 108 + 8 + 8 + 25
    assert params(without_biases(network)) == 108 + 8 + 8 + 20 + 50
    assert with_norms_folded(folded) is folded
    assert without_head(without_head(network)).outputs == without_head(network).outputs


def test_what_is_set_is_left() -> None:
    """At 160x160 nothing of another size or variant is a way out: 1.8 G is that of 224x224."""
    found = reconcile(open_description("resnet18"), {"H": "160", "W": "160"}, None, printed("1.81G", "macs"), None)
    assert found.explanations == ()


def test_the_command(run: Run) -> None:
    ran = run("reconcile", "resnet50", "4.11G", columns=120)
    assert ran.code == 0
    assert "fvcore, mmengine" in ran.out
    assert "batch_norm +22.2 M" in ran.out
    assert "22,227,968" in ran.out  # the ledger: 11,113,984 elements enter batch norms, two for each

    ran = run("reconcile", "lenet5", "3.9T", columns=120)
    assert ran.code == 1
    assert "none: no convention" in ran.out

    ran = run("reconcile", "resnet50")
    assert (ran.code, "say what is printed" in ran.err) == (2, True)


@pytest.mark.parametrize("words", [("4.1G", "--params", "25.6M"), ("--params", "25.6M"), ("3.9T",)])
def test_json_and_csv(run: Run, words: tuple[str, ...]) -> None:
    data = json.loads(run("reconcile", "resnet18" if "T" in words[0] else "resnet50", *words, "-f", "json").out)
    SCHEMA.validate(data)
    assert bool(data["explanations"]) is ("T" not in words[0])
    header, *rows = run("reconcile", "resnet50", *words, "-f", "csv").out.splitlines()
    assert header == "network,counted_by,total,params,params_are,printed,steps"
    assert len(rows) == sum(max(1, len(one["counted_by"])) for one in data["explanations"])
