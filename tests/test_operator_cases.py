"""Operators against numbers that were counted by execution: tests/data/operator_cases.yaml.

Every case is written in the spec language and read as a user's spec would be, with and without biases.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import pytest
from cases import cases

from convcost.algorithms import im2col, separability
from convcost.algorithms.fft import fft
from convcost.algorithms.winograd import PUBLISHED_FLOPS, winograd
from convcost.analysis.costs import Analysis, Costs, analyze
from convcost.analysis.propagation import receptive_fields
from convcost.analysis.receptive_field import ReceptiveField
from convcost.errors import ShapeError, Source, SpecError
from convcost.explain.separable import split
from convcost.ops.base import Shape
from convcost.reading.load import read

DATA = cases("operator_cases.yaml")

OPERATOR = {
    "pointwise": "conv",
    "pointwise_grouped": "conv",
    "grouped": "conv",
    "dilated": "conv",
    "winograd": "conv",
    "fft": "conv",
    "depthwise": "depthwise_conv",
    "deformable": "deformable_conv",
    "upsample_nearest": "upsample",
    "channel_scale": "mul",
    "convt": "conv_transpose",
    "pool": "max_pool",
}
"""Names of the cases that are not those of the language."""

WITH_BIAS = ("conv", "depthwise_conv", "conv_transpose", "deformable_conv", "linear")

ARGUMENT = {"out_channels": "out", "out_features": "out", "count_include_pad": "include_pad"}

NO_ARGUMENT = ("in_channels", "in_features", "padding_mode", "m", "r", "fft_mode")
"""Follows from the input, or says how an algorithm runs."""

BY_EXECUTION = {
    "backward_input_multiplies_dense",
    "backward_input_multiplies_useful",
    "backward_weight_multiplies_dense",
    "backward_weight_multiplies_useful",
}
"""Figures of a backward pass, which no formula gives: for those who run the network."""


def layer_text(op: str, params: dict[str, Any], bias: bool, beside: str = "") -> str:
    """One layer as a user would write it."""
    kind = OPERATOR.get(op, op)
    arguments = {ARGUMENT.get(key, key): value for key, value in params.items() if key not in NO_ARGUMENT}
    if params.get("padding_mode") == "same_tf":
        arguments["padding"] = "same"
    if kind == "depthwise_conv":
        arguments["multiplier"] = arguments.pop("out") // params["in_channels"]
        del arguments["groups"]
    if kind == "avg_pool":
        arguments.pop("dilation", None)
    if kind in ("max_pool", "avg_pool"):
        arguments.pop("out", None)
    if kind in WITH_BIAS:
        arguments["bias"] = bias
    return f"  - {{{kind}: {flow(arguments)}{beside}}}\n"


def flow(value: Any) -> str:
    return json.dumps(value).replace('"', "")


def input_text(entry: dict[str, Any]) -> str:
    return f"input: {{channels: {entry['channels']}, size: {entry['spatial']}}}\nlayers:\n"


def case_text(case: dict[str, Any], bias: bool) -> str:
    if "layers" not in case:
        return input_text(case["input"]) + layer_text(case["op"], case["params"], bias)
    layers = (
        layer_text(
            layer["op"], layer.get("params", {}), bias, f", name: {layer['name']}, from: {flow(layer['inputs'])}"
        )
        for layer in case["layers"]
    )
    return input_text(case["input"]) + "".join(layers)


def analyze_text(text: str) -> Analysis:
    return analyze(read(Source("case.yaml", text)))


@dataclass
class Case:
    """A case, read twice: without and with biases."""

    data: dict[str, Any]

    @cached_property
    def plain(self) -> Analysis:
        return analyze_text(case_text(self.data, bias=False))

    @cached_property
    def biased(self) -> Analysis:
        return analyze_text(case_text(self.data, bias=True))

    @cached_property
    def last(self) -> Costs:
        return self.plain.layers[-1]

    @cached_property
    def operator(self) -> Any:
        return self.last.layer.operator

    @cached_property
    def input(self) -> Shape:
        return self.last.layer.input_shapes[0]

    @property
    def dense(self) -> int:
        return self.plain.macs + self.plain.multiplies

    @property
    def pooled(self) -> list[Costs]:
        return [cost for cost in self.plain.layers if "pool" in cost.layer.kind]

    @cached_property
    def winograd(self) -> Any:
        return winograd(self.operator, self.input, self.data["params"]["m"])

    @cached_property
    def fft(self) -> Any:
        return fft(self.operator, self.input, self.data["params"]["fft_mode"])

    @cached_property
    def standard(self) -> Analysis:
        """One convolution that covers what a chain of passes covers."""
        layers = [layer["params"] for layer in self.data["layers"]]
        kernel = [max(sizes) for sizes in zip(*(layer["kernel"] for layer in layers), strict=True)]
        padding = [[sum(p[n][side] for p in (x["padding"] for x in layers)) for side in (0, 1)] for n in (0, 1)]
        params = {"out": layers[-1]["out_channels"], "kernel": kernel, "padding": padding}
        return analyze_text(input_text(self.data["input"]) + layer_text("conv", params, bias=False))

    @cached_property
    def zero_stuffed(self) -> int:
        """A transposed convolution as a convolution of stride 1 over the stretched and padded input."""
        operator, y = self.operator, self.last.layer.output_shapes[0]
        extents = (d * (k - 1) for d, k in zip(operator.dilation, operator.kernel, strict=True))
        size = [o + extra for o, extra in zip(y.size, extents, strict=True)]
        params = {key: self.data["params"][key] for key in ("out_channels", "kernel", "dilation", "groups")}
        entry = {"channels": self.data["input"]["channels"], "spatial": size}
        analysis = analyze_text(input_text(entry) + layer_text("conv", params, bias=False))
        assert analysis.layers[0].layer.output_shapes == (y,)
        return analysis.macs

    @property
    def published_flops(self) -> dict[str, int]:
        data, kernels, outputs = PUBLISHED_FLOPS[self.data["params"]["m"]]
        tiles = self.winograd.tiles
        return {
            "data": data * tiles * self.input.channels,
            "filter": kernels * self.operator.channel_pairs(self.input),
            "inverse": outputs * tiles * self.operator.out,
        }


def shape_list(shape: Shape) -> list[int]:
    return [shape.channels, *shape.size]


def field_size(case: Case) -> Any:
    """As the cases say it: deformable layers have a nominal field, and `global` is the whole input."""
    if case.data["op"] == "deformable":
        return "unbounded (data dependent)"
    field = case.last.field
    return "global" if field.reason == "whole input" else sizes(field)


def sizes(field: ReceptiveField) -> list[int]:
    assert field.size is not None
    return list(field.size)


def smallest_sizes(field: ReceptiveField) -> list[int]:
    assert field.fields is not None
    return [axis.smallest for axis in field.fields]


def strides(field: ReceptiveField) -> list[Any]:
    assert field.stride is not None
    return [int(jump) if jump.denominator == 1 else str(jump) for jump in field.stride]


def starts(field: ReceptiveField) -> list[int]:
    assert field.start is not None
    return list(field.start)


def windowed(case: Case) -> ReceptiveField:
    assert case.plain.windowed is not None
    return case.plain.windowed.field


def trained(costs: Analysis | Costs) -> int:
    assert costs.statistics == 0
    return int(costs.params)


FIGURES = {
    "output_shape": lambda c: shape_list(c.last.layer.output_shapes[0]),
    "params_no_bias": lambda c: trained(c.plain),
    "params_bias": lambda c: trained(c.biased),
    "multiplies_dense": lambda c: c.dense,
    "multiplies_useful": lambda c: c.plain.useful_multiplies,
    "comparisons_useful": lambda c: c.plain.comparisons,
    "additions_useful": lambda c: c.plain.additions,
    "divisions": lambda c: sum(cost.divisions for cost in c.pooled),
    "window_reads_useful": lambda c: sum(x.comparisons + x.additions + x.elements for x in c.pooled),
    "receptive_field": field_size,
    "receptive_field_nominal": lambda c: sizes(c.last.field),
    "receptive_field_min_over_phases": lambda c: smallest_sizes(c.last.field),
    "effective_stride": lambda c: strides(c.last.field),
    "start_offset": lambda c: starts(c.last.field),
    "receptive_field_last_pool": lambda c: sizes(windowed(c)),
    "effective_stride_last_pool": lambda c: strides(windowed(c)),
    "start_offset_last_pool": lambda c: starts(windowed(c)),
    "standard_multiplies": lambda c: c.standard.macs,
    "standard_params": lambda c: c.standard.params,
    "ratio_exact": lambda c: Fraction(c.dense, c.standard.macs),
    "multiplies_zero_stuffed": lambda c: c.zero_stuffed,
    "im2col_elements": lambda c: im2col.buffer_elements(
        getattr(c.operator, "grouped", lambda x: c.operator)(c.input), c.input
    ),
    "direct_multiplies_dense": lambda c: c.dense,
    # Deformable convolution
    "offset_channels": lambda c: c.operator.predicted_channels(),
    "params_main_no_bias": lambda c: c.operator.main().params(c.input).total,
    "params_offset_no_bias": lambda c: c.operator.branch().params(c.input).total,
    "offset_conv_multiplies_dense": lambda c: c.operator.branch().work(c.input).macs,
    "offset_conv_multiplies_useful": lambda c: c.operator.branch().useful_work(c.input).macs,
    "main_multiplies_dense": lambda c: c.operator.main().work(c.input).macs,
    # Winograd
    "tiles": lambda c: c.winograd.tiles,
    "tile_input": lambda c: c.data["params"]["m"] + 2,
    "elementwise_multiplies": lambda c: c.winograd.elementwise_multiplies,
    "filter_transform_multiplies": lambda c: c.winograd.filter_multiplies,
    "filter_transform_additions": lambda c: c.winograd.filter_additions,
    "data_transform_multiplies": lambda c: c.winograd.data_multiplies,
    "data_transform_additions": lambda c: c.winograd.data_additions,
    "inverse_transform_multiplies": lambda c: c.winograd.inverse_multiplies,
    "inverse_transform_additions": lambda c: c.winograd.inverse_additions,
    "total_multiplies_with_transforms": lambda c: c.winograd.multiplies,
    "total_multiplies_filter_precomputed": lambda c: c.winograd.multiplies_precomputed,
    "lavin_gray_transform_flops": lambda c: c.published_flops,
    # FFT
    "fft_size": lambda c: list(c.fft.size),
    "complex_multiplies_per_transform": lambda c: c.fft.multiplies_per_transform,
    "transforms": lambda c: c.fft.transforms,
    "transform_complex_multiplies": lambda c: c.fft.transform_multiplies,
    "pointwise_complex_multiplies": lambda c: c.fft.pointwise_multiplies,
    "real_multiplies_total": lambda c: c.fft.real_multiplies,
    "real_multiplies_filter_precomputed": lambda c: c.fft.real_multiplies_precomputed,
}
"""What the product says for every key that a case expects."""

INTERPOLATION = {"bilinear_weight_multiplies", "bilinear_value_multiplies", "modulation_multiplies"}
"""The product gives the sum of these."""


@pytest.mark.parametrize("data", [pytest.param(data, id=data["id"]) for data in DATA["cases"]])
def test_case(data: dict[str, Any]) -> None:
    case = Case(data)
    expected = {key: value for key, value in data["expect"].items() if key not in BY_EXECUTION | INTERPOLATION}
    if "ratio_exact" in expected:
        expected["ratio_exact"] = Fraction(expected["ratio_exact"])
    assert {key: FIGURES[key](case) for key in expected} == expected
    if parts := [value for key, value in data["expect"].items() if key in INTERPOLATION]:
        assert case.operator.interpolation(case.input).multiplies == sum(parts)


@pytest.mark.parametrize("data", [pytest.param(x, id=x["id"]) for x in DATA["cases"] if "layers" in x])
def test_layers_of_a_case(data: dict[str, Any]) -> None:
    case = Case(data)
    expected = [{"name": layer["name"], **layer["expect"]} for layer in data["layers"]]
    assert [
        {
            "name": plain.layer.name,
            "output_shape": shape_list(plain.layer.output_shapes[0]),
            "params_no_bias": trained(plain),
            "params_bias": trained(biased),
            "multiplies_dense": plain.macs + plain.multiplies,
            "multiplies_useful": plain.useful_multiplies,
        }
        for plain, biased in zip(case.plain.layers, case.biased.layers, strict=True)
    ] == expected


def test_every_case_is_read() -> None:
    assert [len(DATA[section]) for section in ("cases", "rf_chains", "alignment", "invalid")] == [112, 6, 3, 27]


@pytest.mark.parametrize("data", [pytest.param(data, id=data["id"]) for data in DATA["cases"] if data["op"] == "conv"])
def test_im2col_multiplies_what_the_convolution_does(data: dict[str, Any]) -> None:
    case = Case(data)
    if "layers" not in data:
        matrices = im2col.matrix_product(case.operator, case.input)
        assert matrices.multiplies == data["expect"]["multiplies_dense"]
        assert matrices.groups * matrices.inner * matrices.columns == data["expect"]["im2col_elements"]


@pytest.mark.parametrize(
    ("arguments", "copies"),
    [
        ({"kernel": 1}, False),
        ({"kernel": [1, 1], "dilation": 3}, False),
        ({"kernel": 1, "stride": [1, 2]}, True),
        ({"kernel": 1, "padding": [[0, 0], [0, 1]]}, True),
        ({"kernel": [1, 2]}, True),
    ],
)
def test_im2col_copies_unless_windows_are_positions(arguments: dict[str, Any], copies: bool) -> None:
    text = input_text({"channels": 4, "spatial": [6, 6]}) + layer_text("conv", {"out": 8, **arguments}, bias=False)
    layer = read(Source("case.yaml", text)).layers[0]
    assert im2col.needs_copy(layer.operator, layer.input_shapes[0]) is copies


@pytest.mark.parametrize("data", [pytest.param(data, id=data["id"]) for data in DATA["rf_chains"]])
def test_receptive_field_of_a_chain(data: dict[str, Any]) -> None:
    text = "input: {channels: 1, size: [64]}\nlayers:\n"
    for layer in data["layers"]:
        params = {key: value for key, value in layer.items() if key not in ("op", "name")}
        if layer["op"].startswith("up_"):
            text += layer_text("upsample", {**params, "mode": layer["op"].removeprefix("up_")}, bias=False)
        else:
            out = {} if layer["op"] == "pool" else {"out": 1}
            text += layer_text(layer["op"], {**out, **params, "padding": [params["padding"]]}, bias=False)
    network = read(Source("case.yaml", text))
    field = receptive_fields(network)[-1]

    def positions(y: int) -> set[int]:
        read_by = {y}
        for layer in reversed(network.layers):
            (window,) = layer.operator.reads(*layer.input_shapes)[0] or ()
            read_by = {x for output in read_by for x in window.reads(output)}
        return read_by

    assert {
        "receptive_field": sizes(field)[0],
        "receptive_field_min_over_phases": smallest_sizes(field)[0],
        "effective_stride": strides(field)[0],
        "start_offset_output0": starts(field)[0],
        "distinct_input_positions": max(len(positions(y)) for y in range(20, 28)),
    } == data["expect"]


@pytest.mark.parametrize("data", [pytest.param(data, id=data["id"]) for data in DATA["alignment"]])
def test_alignment_of_branches(data: dict[str, Any]) -> None:
    text = "input: {channels: 1, size: [48]}\nlayers:\n  - add:\n"
    for number, path in enumerate(data["paths_kernel_stride_padding"]):
        size = 48
        text += f"      path{number}:\n"
        for kernel, stride, before in path:
            output = -(-size // stride)
            after = max(0, (output - 1) * stride + kernel - size - before)
            params = {"out": 1, "kernel": kernel, "stride": stride, "padding": [[before, after]]}
            text += "      " + layer_text("conv", params, bias=False)
            size = output
    network = read(Source("case.yaml", text))
    fields = dict(zip((layer.name for layer in network.layers), receptive_fields(network), strict=True))
    *_, (_, joined) = fields.items()
    ends = [fields[name] for name in network.layers[-1].inputs]
    assert joined.fields is not None
    reads = [joined.fields[0].at(y) for y in range(12)]
    assert {
        "kind": joined.alignment,
        "path_strides": [strides(end)[0] for end in ends],
        "path_sizes": [sizes(end)[0] for end in ends],
        "hull_size_at_outputs_0_to_11": [last - first + 1 for first, last in reads if first is not None],
        "hull_size": sizes(joined)[0],
    } == data["expect"]


REFUSALS = {
    "bad-kernel-exceeds-input": ("kernel 5 exceeds the padded input, 3, on axis 0", "[5, 5]"),
    "bad-kernel-exceeds-one-axis": ("kernel 3 exceeds the padded input, 2, on axis 1", "[3, 3]"),
    "bad-in-channels-groups": ("6 input channels are not divisible by groups 4", "4"),
    "bad-out-channels-groups": ("6 output channels are not divisible by groups 4", "4"),
    "bad-groups-zero": ("`groups` of `conv` wants a positive whole number, not 0", "0"),
    "bad-stride-zero": ("`stride` of `conv` wants a positive whole number, not 0", "[0, 1]"),
    "bad-stride-negative": ("`stride` of `conv` wants a positive whole number, not -1", "[-1, 1]"),
    "bad-padding-negative": ("`padding` of `conv` wants a whole number from 0 up, not -1", "-1"),
    "bad-dilation-zero": ("`dilation` of `conv` wants a positive whole number, not 0", "0"),
    "bad-kernel-zero": ("`kernel` of `conv` wants a positive whole number, not 0", "[0, 3]"),
    # Input channels follow from what a layer reads, so a contradiction can't be written, and the attempt is refused.
    "bad-channels-mismatch": ("`conv` takes no `in_channels`", "in_channels"),
    "bad-out-channels-zero": ("`out` of `conv` wants a positive whole number, not 0", "0"),
    "bad-kernel-rank": ("`kernel` of `conv` has 3 numbers for 2 spatial axes", "[3, 3, 3]"),
    "bad-empty-input": ("`size` wants a positive whole number, not 0", "0"),
    "bad-output-padding-equal-stride": ("output_padding 2 must be smaller than stride 2", "[2, 2]"),
    "bad-transposed-groups": ("3 input channels are not divisible by groups 2", "2"),
    "bad-pool-padding": ("padding 2 is more than half of kernel 2 on axis 0", "2"),
    "bad-pool-kernel": ("kernel 9 exceeds the padded input, 8, on axis 0", "[9, 9]"),
    "bad-pool-stride-zero": ("`stride` of `max_pool` wants a positive whole number, not 0", "0"),
    "bad-add-shapes": ("add: 8x4x4 (from `a`) and 8x3x3 (from `b`) differ", "add"),
    "bad-depthwise-multiplier": ("`multiplier` of `depthwise_conv` wants a positive whole number, not 1.5", "6/4"),
    "bad-deform-offset-channels": ("offset_channels 9 must be 2 * deform_groups * taps = 18", "9"),
}
"""What the message says, and the words under the caret."""


def refused_text(data: dict[str, Any]) -> str:
    entry, params = data["input"], dict(data["params"])
    if "shapes" in entry:
        inputs = [
            f"{name}: {{channels: {c}, size: {size}}}" for name, (c, *size) in zip("ab", entry["shapes"], strict=True)
        ]
        return f"inputs: {{{', '.join(inputs)}}}\nlayers:\n  - {{{data['op']}: , from: [a, b]}}\n"
    if data["id"] == "bad-depthwise-multiplier":
        multiplier = f"{params['out_channels']}/{params['in_channels']}"
        return input_text(entry) + f"  - depthwise_conv: {{kernel: {params['kernel']}, multiplier: {multiplier}}}\n"
    text = input_text(entry) + layer_text(data["op"], params, bias=True)
    if params.get("in_channels", entry["channels"]) != entry["channels"]:
        text = text.replace("{out:", f"{{in_channels: {params['in_channels']}, out:")
    return text


@pytest.mark.parametrize(
    "data", [pytest.param(data, id=data["id"]) for data in DATA["invalid"] if data["id"] in REFUSALS]
)
def test_invalid_case_is_refused(data: dict[str, Any]) -> None:
    message, under_caret = REFUSALS[data["id"]]
    source = Source("case.yaml", refused_text(data))
    with pytest.raises(SpecError) as caught:
        read(source)
    (problem,) = caught.value.problems
    assert message in problem.message
    span = problem.span
    assert span is not None
    assert source.lines[span.line - 1][span.column - 1 :][: span.length] == under_caret


def invalid(name: str) -> dict[str, Any]:
    return next(data for data in DATA["invalid"] if data["id"] == name)


def test_same_with_a_stride_is_tensorflows() -> None:
    data = invalid("bad-same-with-stride-torch")
    layer = read(Source("case.yaml", refused_text(data))).layers[0]
    assert layer.output_shapes == (Shape(1, (4, 4)),)


def test_one_number_per_position_is_spread() -> None:
    """As torch has it; the case is from when `add` took tensors of one shape alone."""
    layer = read(Source("case.yaml", refused_text(invalid("bad-add-broadcast")))).layers[0]
    assert layer.output_shapes == (Shape(8, (4, 4)),)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("bad-winograd-stride2", "F(2x2, 3x3) computes stride 1, not 2x2"),
        ("bad-winograd-kernel", "F(2x2, 3x3) computes 3x3 kernels, not 5x5"),
    ],
)
def test_winograd_refuses_what_it_cannot_compute(name: str, message: str) -> None:
    data = invalid(name)
    text = input_text(data["input"]) + layer_text("conv", {"out": 1, **data["params"]}, bias=False)
    layer = read(Source("case.yaml", text)).layers[0]
    with pytest.raises(ShapeError) as caught:
        winograd(layer.operator, layer.input_shapes[0], data["params"]["m"])
    assert str(caught.value) == message


def test_separable_passes_need_a_kernel_of_rank_1() -> None:
    found = split(invalid("bad-spatial-sep-rank2")["params"]["kernel"])
    assert (found.separable, found.ranks) == (False, (2,))


@pytest.mark.parametrize("data", [pytest.param(data, id=data["id"]) for data in DATA["separability"]])
def test_separability(data: dict[str, Any]) -> None:
    found = split(data["kernel"])
    assert found.separable is data["separable"]
    if data["op"] == "rank_test_3d":
        assert list(found.ranks) == data["unfolding_ranks"]
    else:
        assert found.ranks == (data["rank"],)
        assert found.products == data["products_per_output_direct"]
        assert found.split_products == data["products_per_output_rank_sum"]


@pytest.mark.parametrize("kernel", [[[1, 2], [3]], [], [[]], [[1, 2], 3], [[[1], [2, 3]]]])
def test_ragged_kernels_are_refused(kernel: list[Any]) -> None:
    with pytest.raises(ShapeError, match="full grid"):
        separability.kernel_size(kernel)


def test_fft_in_full_mode_holds_the_whole_linear_convolution() -> None:
    # 7x7 and a 3x3 kernel dilated by 2 span 11 positions, which need 16 but leave 8 in valid mode.
    text = "input: {channels: 3, size: [7, 7]}\nlayers:\n  - conv: {out: 4, kernel: 3, dilation: 2, bias: false}\n"
    layer = read(Source("case.yaml", text)).layers[0]
    assert fft(layer.operator, layer.input_shapes[0], "full").size == (16, 16)
    assert fft(layer.operator, layer.input_shapes[0], "valid").size == (8, 8)
    with pytest.raises(ShapeError, match="valid or full"):
        fft(layer.operator, layer.input_shapes[0], "same")


def test_every_invalid_case_has_its_test() -> None:
    others = {
        "bad-same-with-stride-torch",
        "bad-add-broadcast",
        "bad-winograd-stride2",
        "bad-winograd-kernel",
        "bad-spatial-sep-rank2",
    }
    assert {data["id"] for data in DATA["invalid"]} == set(REFUSALS) | others
