"""Stains: they follow values exactly, and give the receptive fields that others measured and the formulas say."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce

import numpy as np
import pytest
from drawn_layers import examples, layers, property_test
from hypothesis import assume, given
from hypothesis import strategies as st

from convcost.analysis.propagation import receptive_fields
from convcost.dyed import dye
from convcost.errors import Source
from convcost.kernels import KERNELS, kernel
from convcost.kernels.dye import Measured, along, beyond, clean, colours, measure, spans
from convcost.reading.load import load, read

WITHOUT_NAN = ("arg_max", "compare", "deformable_conv", "grid_sample", "max_unpool", "where")


@examples(20, 40)
@pytest.mark.parametrize("kind", [kind for kind in KERNELS if kind not in WITHOUT_NAN])
def test_stains_are_what_a_nan_reaches(kind, most):
    """Not deformable_conv, grid_sample and max_unpool: their values depend on others elsewhere, nor for comparisons.

    Where positions become channels, any may be read: there are no stains of positions. A recurrent layer in one
    direction reads what has been.
    """

    @property_test(kind, most)
    @given(st.data())
    def check(data):
        layer = data.draw(layers(kind))
        # Bilinear multiplies a neighbour it does not need by nothing, which a NaN survives.
        assume(getattr(layer.given, "mode", "nearest") != "bilinear")
        xs, weights = layer.arrays(batch=1)
        which = data.draw(st.integers(0, len(xs) - 1))
        place = tuple(data.draw(st.integers(0, n - 1)) for n in xs[which].shape[2:])
        xs[which][(..., *place)] = np.nan
        stains = [np.zeros((1, *x.shape[2:]), bool) for x in xs]
        stains[which][(..., *place)] = True
        with np.errstate(invalid="ignore"):
            outputs, _ = layer.run(xs, weights)
        stained = kernel(kind).stain(layer.given, 0, *stains)
        reached = np.any([np.isnan(y).any(axis=1) for y in outputs], axis=0)
        for flags in stained if isinstance(stained, tuple) else (stained,):
            if flags.ndim < reached.ndim or kind in ("gru", "lstm"):
                assert reached.any()
                assert flags.all()
            else:
                np.testing.assert_array_equal(flags, reached)

    check()


@examples(20, 40)
@pytest.mark.parametrize("kind", KERNELS)
def test_axes_can_be_dyed_in_turn(kind, most):
    """The outputs that read a position are those that read its row, and its column, ..."""

    @property_test(kind, most)
    @given(st.data())
    def check(data):
        layer = data.draw(layers(kind, ranks=(2, 3)))
        sizes = [x.size for x in layer.shapes]
        assume(all(len(size) == len(sizes[0]) > 0 for size in sizes))
        # A place that all inputs have, whose sizes may differ.
        place = tuple(data.draw(st.integers(0, min(along_axis) - 1)) for along_axis in zip(*sizes, strict=True))
        together, apart = [np.zeros((1, *size), bool) for size in sizes], []
        for stains in together:
            stains[(0, *place)] = True
        for axis, p in enumerate(place):
            lines = [np.arange(size[axis])[np.newaxis] == p for size in sizes]
            apart.append(kernel(kind).stain(along(layer.given, axis), 0, *lines))
        whole = kernel(kind).stain(layer.given, 0, *together)
        if isinstance(whole, tuple):
            whole, apart = whole[0], [line[0] for line in apart]
        product = reduce(np.logical_and.outer, (line[0] for line in apart)) if whole.ndim > 1 else apart[0][0]
        np.testing.assert_array_equal(whole[0], product)

    check()


def test_every_position_has_a_dye_of_its_own():
    positions, edges = spans(colours(200))
    assert positions.tolist() == [[n, n] for n in range(200)]
    assert not edges.any()
    both = np.maximum(colours(200)[:, 3:100], colours(200)[:, 70:167])
    assert spans(both)[0].tolist() == [[n, n + 67] for n in range(3, 100)]
    assert spans(clean((3,)))[0].tolist() == [[-1, -1]] * 3
    beside = np.maximum(colours(2), beyond(True))
    assert [x.tolist() for x in spans(beside)] == [[[0, 0], [1, 1]], [True, True]]


def test_measuring():
    alternating = np.array([[0, 2], [1, 2], [2, 4], [3, 4], [4, 6], [5, 6]])
    nowhere = np.zeros(6, bool)
    assert measure(alternating, nowhere) == Measured(3, 0, Fraction(1))
    first = np.array([True, False, False, False, False, False])
    assert measure(np.array([[0, 1], [0, 3], [2, 5], [4, 7], [6, 9], [8, 11]]), first) == Measured(4, -2, Fraction(2))
    assert measure(alternating, ~nowhere) is None
    assert measure(np.array([[0, 4], [1, 6], [2, 8], [3, 10], [4, 12], [5, 14]]), nowhere) is None


MEASURED = [
    # Network, and the last layer's field that gradients in torch gave, or that Araujo et al. 2019 print.
    ("alexnet", 195, 32, -64),
    ("vgg16", 212, 32, -90),
    ("resnet50", 427, 32, -213),
    ("mobilenet_v1", 315, 32, -157),
    ("mobilenet_v2", 491, 32, -245),
    ("context_module", 67, 1, -33),
]


@pytest.mark.parametrize(("name", "size", "stride", "start"), MEASURED)
@pytest.mark.parametrize("axis", [0, 1])
def test_fields_that_others_measured(name, size, stride, start, axis):
    fields = [dyed.measure() for dyed in dye(load(name), axis, length=2048)]
    assert [field for field in fields if field is not None][-1] == Measured(size, start, Fraction(stride))


GRAPHS = {
    "one path": "- conv: {out: 2, kernel: 3, stride: 2}\n- max_pool: {kernel: 3, stride: 2, padding: 1}",
    "dilated": "- conv: {out: 2, kernel: 3, dilation: 4}\n- conv: {out: 2, kernel: 3, dilation: 3, padding: 3}",
    "upsampled": "- conv: {out: 2, kernel: 3, padding: 1}\n- upsample: {scale: 2}\n- conv: {out: 2, kernel: 3}",
    "bilinear": "- upsample: {scale: 2, mode: bilinear}\n- conv: {out: 2, kernel: 3, padding: 1}",
    "bilinear, odd": "- upsample: {scale: 3, mode: bilinear}\n- conv: {out: 2, kernel: 2, stride: 2}",
    "transposed": "- max_pool: {kernel: 3, stride: 2}\n- conv_transpose: {out: 2, kernel: 4, stride: 2, padding: 1}",
    "with holes": "- conv_transpose: {out: 2, kernel: 3, stride: 2, dilation: 2, padding: 2, output_padding: 1}",
    "aligned": "- add: {body: [conv: {out: 3, kernel: 3, padding: 1}], short: []}",
    "other centres": "- add: {body: [conv: {out: 3, kernel: 3, padding: [[2, 0], [2, 0]]}], short: []}",
    "other strides": "- concat: {half: [max_pool: {kernel: 2}], middle: [crop: {size: 32}]}",
    "everything": "- global_avg_pool\n- upsample: {scale: 4}",
}


@pytest.mark.parametrize("layers", GRAPHS.values(), ids=GRAPHS.keys())
def test_fields_equal_formulas(layers):
    network = network_of(layers)
    formulas = {layer.name: field for layer, field in zip(network.layers, receptive_fields(network), strict=True)}
    for dyed in dye(network, 0):
        said, found = formulas[dyed.layer.name], dyed.measure()
        assert dyed.alignment() == said.alignment
        if said.fields is None:
            assert found is None
        else:
            assert found == Measured(said.fields[0].size, said.fields[0].start, said.fields[0].jump)


def test_misalignment_is_seen():
    """The graphs above hold all three."""
    kinds = {name: {dyed.alignment() for dyed in dye(network_of(GRAPHS[name]), 0)} for name in GRAPHS}
    assert "aligned" in kinds["aligned"]
    assert "misaligned_centre" in kinds["other centres"]
    assert "misaligned_stride" in kinds["other strides"]


def network_of(layers):
    return read(Source("test", f"network: x\ninput: {{channels: 3, size: [64, 64]}}\nlayers:\n{indent(layers)}"))


def indent(text):
    return "\n".join("  " + line for line in text.splitlines())


@pytest.mark.parametrize("name", ["resnet18", "googlenet", "shufflenet_v2", "xception", "squeezenet1_1"])
def test_networks_equal_formulas(name):
    """On inputs long enough that every layer but those that read it all shows its field."""
    network = load(name)
    formulas = {layer.name: field for layer, field in zip(network.layers, receptive_fields(network), strict=True)}
    seen = {dyed.layer.name: dyed for dyed in dye(network, 0, length=2048)}
    assert len(seen) >= len(network.layers) - 2
    for layer, dyed in seen.items():
        said, found = formulas[layer].fields, dyed.measure()
        assert found == (said and Measured(said[0].size, said[0].start, said[0].jump))
        assert dyed.alignment() == formulas[layer].alignment
