"""Each algorithm computes the convolution, and takes and holds what its formula says: random layers."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from drawn_layers import bound, flag, layers, sides
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convcost.algorithms.fft import fft as fft_formula
from convcost.algorithms.table import ALGORITHMS, as_convolution
from convcost.algorithms.winograd import DATA, FILTER, INVERSE, winograd
from convcost.errors import ShapeError
from convcost.kernels.algorithms import TWINS, fft
from convcost.kernels.algorithms.winograd import toom_cook
from convcost.kernels.algorithms.workspace import Workspace
from convcost.ops.base import Shape

property_test = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)


@st.composite
def three_by_three(draw):
    """Convolutions that Winograd's algorithm is for: groups up to depthwise, and edges where tiles hang over."""
    groups, per_group = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    written = {
        "out": groups * draw(st.integers(1, 3)),
        "kernel": 3,
        "padding": draw(st.sampled_from(["same", None])) or sides(draw, 2, 2),
        "groups": groups,
        "bias": flag(draw),
    }
    size = tuple(draw(st.integers(1, 12)) for _ in range(2))
    try:
        return bound("conv", written, [Shape(groups * per_group, size)])
    except ShapeError:
        assume(False)


def convolutions():
    """Those whose weights are as they are held."""
    return (layers("conv") | layers("depthwise_conv")).filter(
        lambda one: (
            getattr(one.given, "trained", True)
            and not getattr(one.given, "weight_norm", False)
            and getattr(one.given, "weights", "trained") == "trained"
        )
    )


def computed(run, layer, batch, conv):
    """The output, the direct one's, and the workspace."""
    (x,), weights = layer.arrays(batch)
    work = Workspace()
    y = run(conv, weights, work, x)
    (expected,), _ = layer.run([x], weights)
    return y, expected, work


@pytest.mark.parametrize("name", ALGORITHMS)
def test_computes_the_convolution_at_the_cost_of_its_formula(name):
    @property_test
    @given(three_by_three() if name.startswith("winograd") else convolutions(), st.integers(1, 2))
    def check(layer, batch):
        (shape,) = layer.shapes
        conv = as_convolution(layer.operator, shape)
        try:
            cost = ALGORITHMS[name].cost(conv, shape)
        except ShapeError:
            assume(False)
        y, expected, work = computed(TWINS[name], layer, batch, conv)
        np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-9)
        # Kernels are transformed once, whatever the batch.
        assert work.macs + work.multiplies == cost.multiplies + (batch - 1) * cost.precomputed
        if batch == 1 and name != "im2col":
            assert work.held == cost.extra_elements
        if name == "im2col":  # numpy knows more cases than the formula where no copy is needed
            assert work.held in (0, batch * cost.extra_elements)

    check()


def test_same_algorithms():
    assert list(ALGORITHMS) == list(TWINS)


@pytest.mark.slow
@property_test
@given(convolutions())
def test_fft_with_room_for_the_whole_linear_convolution(layer):
    (shape,) = layer.shapes
    conv = as_convolution(layer.operator, shape)
    formula = fft_formula(conv, shape, "full")
    y, expected, work = computed(partial(fft.run, mode="full"), layer, 1, conv)
    np.testing.assert_allclose(y, expected, rtol=1e-9, atol=1e-9)
    assert work.macs + work.multiplies == formula.real_multiplies
    assert work.held == formula.extra_elements


@property_test
@given(three_by_three())
def test_winograd_adds_what_its_formula_says(layer):
    (shape,) = layer.shapes
    for m in DATA:
        formula = winograd(layer.operator, shape, m)
        _, expected, work = computed(TWINS[f"winograd_{m}"], layer, 1, layer.operator)
        biases = expected.size if layer.operator.bias else 0
        transforms = formula.filter_additions + formula.data_additions + formula.inverse_additions
        assert work.additions == transforms + biases


def test_an_unpadded_1x1_is_not_copied():
    layer = bound("conv", {"out": 4, "kernel": 1}, [Shape(3, (5, 5))])
    assert computed(TWINS["im2col"], layer, 1, layer.operator)[2].held == 0
    layer = bound("conv", {"out": 4, "kernel": 1, "stride": 2}, [Shape(3, (5, 5))])
    assert computed(TWINS["im2col"], layer, 1, layer.operator)[2].held == 3 * 9


@pytest.mark.parametrize("m", DATA)
def test_the_constructed_matrices_are_the_papers(m):
    """Up to the sign of a point, which may stand in any two of the three."""
    found = toom_cook(m)
    for own, published in zip(found, (DATA[m], FILTER[m], tuple(zip(*INVERSE[m], strict=True))), strict=True):
        points = own if own is not found.inverse else list(zip(*own, strict=True))
        for row, expected in zip(points, published, strict=True):
            assert tuple(row) in (tuple(expected), tuple(-n for n in expected))
