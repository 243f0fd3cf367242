"""What the kernels count, against the formulas: random layers of every operator."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from drawn_layers import layers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convcost.kernels import KERNELS
from convcost.kernels.backward import BACKWARD
from convcost.kernels.drawing import held
from convcost.kernels.tally import Tally
from convcost.ops import OPERATORS

BATCH = 2

property_test = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)


def test_same_operators():
    assert tuple(OPERATORS) == KERNELS, "each operator has a kernel: convcost/kernels/NAME.py, and a line in KERNELS"


@pytest.mark.parametrize("kind", KERNELS)
def test_counts_equal_formulas(kind):
    @property_test
    @given(st.data())
    def check(data):
        layer = data.draw(layers(kind))
        xs, weights = layer.arrays(BATCH)
        outputs, tally = layer.run(xs, weights)
        formulas, shapes = layer.operator, layer.shapes
        assert [y.shape for y in outputs] == [(BATCH, y.channels, *y.size) for y in formulas.outputs(*shapes)]
        assert astuple(tally)[:6] == tuple(BATCH * n for n in formulas.work(*shapes))
        assert tally.useful_macs == BATCH * formulas.useful_work(*shapes).macs
        assert held(weights) == dict(formulas.params(*shapes).items())
        assert not any(np.may_share_memory(x, y) for x in xs for y in outputs)

    check()


@pytest.mark.parametrize("kind", BACKWARD)
def test_each_gradient_costs_what_the_forward_pass_costs(kind):
    @property_test
    @given(st.data())
    def check(data):
        layer = data.draw(layers(kind))
        xs, weights = layer.arrays(BATCH)
        (y,), forward = layer.run(xs, weights)
        both, first = Tally(), Tally()
        BACKWARD[kind](layer.given, weights, both, *xs, np.ones_like(y))
        grad_x, _ = BACKWARD[kind](layer.given, weights, first, *xs, np.ones_like(y), needs_input=False)
        assert grad_x is None
        assert (both.macs, both.useful_macs) == (2 * forward.macs, 2 * forward.useful_macs)
        assert (first.macs, first.useful_macs) == (forward.macs, forward.useful_macs)

    check()
