"""What the kernels count, against the formulas: random layers of every operator."""

from __future__ import annotations

from dataclasses import astuple
from itertools import product

import numpy as np
import pytest
from drawn_layers import layers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convcost.kernels import KERNELS
from convcost.kernels.backward import BACKWARD, gradients
from convcost.kernels.drawing import held, trainable
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
        for needs in product((False, True), repeat=len(xs)):
            tally = Tally()
            found, _ = gradients(kind, layer.given, weights, tally, xs, np.ones_like(y), needs)
            assert [x is not None for x in found] == list(needs)
            assert forward.macs + tally.macs == BATCH * layer.operator.training_macs(needs, *layer.shapes)
            assert tally.useful_macs * forward.macs == forward.useful_macs * tally.macs
            if all(needs) and trainable(weights):  # each product once for what it multiplies, and once for its factor
                assert tally.macs == 2 * forward.macs

    check()
