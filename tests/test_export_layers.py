"""`convcost export --to layers` and `--to scalesim`: the list that an accelerator runs."""

from __future__ import annotations

import csv
import io
from math import ceil, prod
from pathlib import Path
from typing import Any

import pytest
from command_line import Run
from networks import each_network

from convcost.errors import Source, UsageError
from convcost.reading.description import Description
from convcost.reading.load import load, open_description
from convcost.reading.sources import bundled
from convcost.writing import layers, scalesim


def described(text: str) -> Description:
    """The description that a text is."""
    return Description(Source("mine.yaml", text), "mine")


def rows_of(description: Description) -> list[dict[str, Any]]:
    """The rows of the list, numbers as numbers."""
    rows = csv.DictReader(io.StringIO(layers.write(description)))
    return [{key: int(text) if text.isdigit() else text for key, text in row.items()} for row in rows]


def maps(*lines: str, given: str = "channels: 3, size: [8, 8]", end: str = "") -> Description:
    """A network of some layers on a small map."""
    return described("\n".join([f"input: {{{given}}}", "layers:", *(f"  - {line}" for line in lines), end]))


# Rows and parameters of published models, whose batch norms leave a bias for each channel in place of a scale and a
# shift: 25,557,032 - 26,560 for resnet50 and 3,504,872 - 17,056 for mobilenet_v2. Those of the others have no norm.
FOLDED = {
    "resnet50": (54, 25_530_472),
    "mobilenet_v2": (53, 3_487_816),
    "vgg16": (16, 138_357_544),
    "alexnet_torchvision": (8, 61_100_840),
}


@pytest.mark.parametrize("name", FOLDED)
def test_rows_and_parameters_of_published_models(name: str) -> None:
    rows = rows_of(open_description(name))
    assert (len(rows), sum(row["params"] for row in rows)) == FOLDED[name]


def test_every_column_of_the_first_row(run: Run) -> None:
    ran = run("export", "resnet50", "--to", "layers")
    assert (ran.code, ran.err) == (0, "")
    header, first, *_, last = csv.reader(io.StringIO(ran.out))
    # 112 * 112 positions, 3 * 7 * 7 products of 64 filters; 64 * 147 weights and 64 biases; 4 bytes each
    assert dict(zip(header, first, strict=True)) == {
        "layer": "conv1.conv",
        "operator": "conv",
        "normalisation": "batch_norm",
        "activation": "relu",
        "arguments": "out=64 kernel=7 stride=2 padding=3 bias=false",
        **{"input_channels": "3", "input_h": "224", "input_w": "224"},
        **{"output_channels": "64", "output_h": "112", "output_w": "112"},
        **{"kernel_h": "7", "kernel_w": "7", "stride_h": "2", "stride_w": "2"},
        **{"before_h": "3", "before_w": "3", "after_h": "3", "after_w": "3", "dilation_h": "1", "dilation_w": "1"},
        **{"groups": "1", "m": "12544", "n": "64", "k": "147", "macs": "118013952", "params": "9472"},
        **{"input_bytes": "602112", "weight_bytes": "37888", "output_bytes": "3211264"},
    }
    assert last[:3] == ["fc", "linear", ""]
    assert last[-9:] == ["1", "1", "1000", "2048", "2048000", "2049000", "8192", "8196000", "4000"]


def test_symbols_are_put_in(run: Run) -> None:
    ran = run("export", "resnet50", "--to", "layers", "--set", "H=448", "--set", "classes=10")
    rows = [*csv.DictReader(io.StringIO(ran.out))]
    assert (rows[0]["input_h"], rows[0]["m"], rows[-1]["n"]) == ("448", "25088", "10")


# What is folded, and what is not: each row's operator, normalisation, activation and parameters.
CASES: dict[str, tuple[Description, list[tuple[str, str, str, int]]]] = {
    "a norm leaves a bias": (
        maps("conv: {out: 4, kernel: 1, bias: false}", "batch_norm", "relu"),
        [("conv", "batch_norm", "relu", 16)],
    ),
    "a bias stays one": (maps("conv: {out: 4, kernel: 1}", "batch_norm"), [("conv", "batch_norm", "", 16)]),
    "an activation with slopes": (maps("conv: {out: 4, kernel: 1}", "prelu"), [("conv", "", "prelu", 20)]),
    "lengths of weights": (maps("conv: {out: 4, kernel: 1, weight_norm: true}"), [("conv", "", "", 16)]),
    "dropout between": (maps("conv: {out: 4, kernel: 1}", "dropout", "relu"), [("conv", "", "relu", 16)]),
    "a norm of what was activated": (
        maps("conv: {out: 4, kernel: 1}", "relu", "batch_norm", "sigmoid"),
        [("conv", "", "relu", 16), ("batch_norm", "", "sigmoid", 8)],
    ),
    "a norm before": (
        maps("batch_norm", "relu", "conv: {out: 4, kernel: 1}"),
        [("batch_norm", "", "relu", 6), ("conv", "", "", 16)],
    ),
    "what is read between": (
        maps("{conv: {out: 4, kernel: 1}, name: a}", "{batch_norm: , name: b}", "{add: , from: [a, b]}"),
        [("conv", "", "", 16), ("batch_norm", "", "", 8)],
    ),
    "an output between": (
        maps("{conv: {out: 4, kernel: 1}, name: a}", "{batch_norm: , name: b}", end="outputs: [a, b]"),
        [("conv", "", "", 16), ("batch_norm", "", "", 8)],
    ),
    "weights that are used again": (
        maps(
            "{conv: {out: 3, kernel: 1}, name: a}",
            "{batch_norm: }",
            "{conv: {out: 3, kernel: 1}, name: b, share: a}",
            "{relu: }",
        ),
        [("conv", "", "", 12), ("batch_norm", "", "", 6), ("conv", "", "relu", 0)],
    ),
    "without a scale": (maps("batch_norm: {affine: false}"), [("batch_norm", "", "", 6)]),
    "fixed kernels": (
        maps("depthwise_conv: {kernel: 3, bias: false, trained: false}"),
        [("depthwise_conv", "", "", 27)],
    ),
    "nothing to list": (maps("relu", "max_pool: {kernel: 2}"), []),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_folded(case: str) -> None:
    description, expected = CASES[case]
    rows = rows_of(description)
    assert [(row["operator"], row["normalisation"], row["activation"], row["params"]) for row in rows] == expected


def test_weights_that_are_used_again_are_read_again() -> None:
    description, _ = CASES["weights that are used again"]
    assert [row["weight_bytes"] for row in rows_of(description)] == [48, 24, 48]


# Groups, M, N and K, worked by hand; nothing where a layer is several products.
PRODUCTS = {
    "conv: {out: 4, kernel: [3, 2], padding: 1, groups: 1}": (1, 72, 4, 18),
    "conv: {out: 6, kernel: 3, groups: 3}": (3, 36, 2, 9),
    "depthwise_conv: {kernel: 3, multiplier: 2}": (3, 36, 2, 9),
    "conv_transpose: {out: 5, kernel: 2, stride: 2}": (1, 64, 20, 3),
    "linear: {out: 7}": (1, 1, 7, 192),
    "locally_connected: {out: 4, kernel: 3}": (36, 1, 4, 27),
    "{matmul: {over: channels}, from: [input, input]}": (1, 64, 64, 3),
    "attention: {heads: 3}": ("", "", "", ""),
    "blur_pool: {kernel: 3, stride: 2}": (3, 16, 1, 9),
}


@pytest.mark.parametrize("line", PRODUCTS)
def test_products_of_matrices(line: str) -> None:
    (row,) = rows_of(maps(line))
    assert tuple(row[name] for name in ("groups", "m", "n", "k")) == PRODUCTS[line]


@pytest.mark.parametrize("name", each_network(bundled()))
def test_no_product_and_no_parameter_is_lost(name: str) -> None:
    rows, network = rows_of(open_description(name)), load(name)
    assert sum(row["macs"] for row in rows) == sum(layer.work.macs for layer in network.layers)
    for row in rows:
        if row["m"] != "":
            assert row["groups"] * row["m"] * row["n"] * row["k"] == row["macs"], row["layer"]
    held = {layer.name: layer.held for layer in network.layers}
    norms = sum(row["normalisation"] != "" for row in rows)
    listed = sum(held[row["layer"]].total + held[row["layer"]].statistics > 0 for row in rows)
    slopes = sum(row["activation"] == "prelu" for row in rows)
    assert norms + listed + slopes == sum(one.total + one.statistics > 0 for one in held.values())


def test_one_and_three_axes() -> None:
    along = rows_of(maps("conv: {out: 4, kernel: 3}", given="channels: 1, size: [10]"))[0]
    assert [along[key] for key in ("input_w", "output_w", "kernel_w")] == [10, 8, 3]
    assert "input_h" not in along
    (cube, line) = rows_of(maps("conv: {out: 2, kernel: 3}", "linear: {out: 5}", given="channels: 1, size: [4, 5, 6]"))
    assert [cube[f"output_{axis}"] for axis in "dhw"] == [2, 3, 4]
    assert [line[key] for key in ("input_channels", "input_d", "input_h", "input_w")] == [48, 1, 1, 1]


# What SCALE-Sim computes of a row: ceil((map - filter + stride) / stride) outputs along each axis.
def simulated(text: str) -> list[tuple[str, int]]:
    """The name of every row, and its multiply-accumulates."""
    header, *rows = text.splitlines()
    assert (
        header == "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,"
    )
    found = []
    for row in rows:
        name, *numbers, nothing = row.split(",")
        assert nothing == ""
        high, wide, *taps, channels, filters, stride = map(int, numbers)
        assert high >= taps[0]
        assert wide >= taps[1]
        outputs = prod(ceil((size - k + stride) / stride) for size, k in zip((high, wide), taps, strict=True))
        found.append((name, outputs * prod(taps) * channels * filters))
    return found


@pytest.mark.parametrize("name", each_network(name for name in bundled() if name != "lenet5"))
def test_scalesim_multiplies_as_often(name: str) -> None:
    rows = simulated(scalesim.write(open_description(name)))
    assert sum(macs for _, macs in rows) == sum(layer.work.macs for layer in load(name).layers)
    assert len({name for name, _ in rows}) == len(rows)


# Rows of SCALE-Sim, by hand.
ROWS = {
    "conv: {out: 4, kernel: 3, padding: 1}": ["conv, 10, 10, 3, 3, 3, 4, 1,"],
    "conv: {out: 4, kernel: [3, 1], stride: 2}": ["conv, 7, 7, 3, 1, 3, 4, 2,"],
    "conv: {out: 4, kernel: 3, dilation: 2}": ["conv, 6, 6, 3, 3, 3, 4, 1,"],
    "conv: {out: 4, kernel: 3, stride: [1, 2]}": ["conv, 18, 1, 1, 1, 27, 4, 1,"],
    "{depthwise_conv: {kernel: 3}, name: x}": [f"x.{n}, 8, 8, 3, 3, 1, 1, 1," for n in range(3)],
    "{linear: {out: 7}, name: aDP}": ["aDp, 1, 1, 1, 1, 192, 7, 1,"],
    "{attention: {heads: 3}, name: a}": [
        *(f"a.{part}, 64, 1, 1, 1, 3, 3, 1," for part in ("queries", "keys", "values")),
        *(f"a.scores.{n}, 64, 1, 1, 1, 1, 64, 1," for n in range(3)),
        *(f"a.weighing.{n}, 64, 1, 1, 1, 64, 1, 1," for n in range(3)),
        "a.projection, 64, 1, 1, 1, 3, 3, 1,",
    ],
}


@pytest.mark.parametrize("line", ROWS)
def test_rows_of_scalesim(line: str) -> None:
    assert scalesim.write(maps(line)).splitlines()[1:] == ROWS[line]


# Attention in windows and with distances, deformable and recurrent layers are several products: as many as counted.
SEVERAL = [
    ("attention: {heads: 1, window: 4, relative: bias}", "channels: 4, size: [8, 8]"),
    ("attention: {heads: 2, relative: embedding}", "channels: 4, size: [3, 5]"),
    ("attention: {heads: 2, stride: 2, project: false}", "channels: 4, size: [8, 8]"),
    ("{attention: {heads: 2, key: 3, value: 5, out: 7}, from: [input, input]}", "channels: 4, size: [6, 8]"),
    ("deformable_conv: {out: 4, kernel: 3, groups: 2, modulated: true}", "channels: 4, size: [8, 8]"),
    ("lstm: {hidden: 5, bidirectional: true}", "channels: 4, size: [7]"),
    ("gru: {hidden: 5}", "channels: 4, size: [7]"),
    ("{matmul: {over: positions}, from: [input, input]}", "channels: 4, size: [2, 2]"),
    ("conv: {out: 4, kernel: 3, padding: 1, dilation: 2, groups: 2}", "channels: 4, size: [5, 6, 7]"),
    ("conv: {out: 4, kernel: 3, stride: 3}", "channels: 4, size: [11]"),
]


@pytest.mark.parametrize(("line", "given"), SEVERAL)
def test_several_products_are_as_many_as_counted(line: str, given: str) -> None:
    description = maps(line, given=given)
    counted = description.network().layers[0].work.macs
    assert sum(macs for _, macs in simulated(scalesim.write(description))) == counted


def test_what_is_no_product_is_refused(run: Run, tmp_path: Path) -> None:
    output = tmp_path / "net.csv"
    ran = run("export", "lenet5", "--to", "scalesim", "-o", str(output))
    assert ran.code == 2
    assert "`S2`: SCALE-Sim multiplies whole matrices, and `subsample` is no product of such" in ran.err
    assert not output.exists()
    with pytest.raises(UsageError, match="`conv` is no product"):
        scalesim.write(maps("conv: {out: 1, kernel: 1, connections: [[0]]}"))


def test_nothing_runs_the_list(run: Run) -> None:
    ran = run("export", "resnet18", "--to", "layers", "--check")
    assert ran.code == 2
    assert "there is nothing that runs layers" in ran.err
