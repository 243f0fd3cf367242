"""What the kernels count, against the formulas: random layers of every operator."""

from __future__ import annotations

from dataclasses import astuple
from itertools import product

import numpy as np
import pytest
from drawn_layers import examples, layers, property_test
from hypothesis import given
from hypothesis import strategies as st

from convcost.kernels import KERNELS
from convcost.kernels.backward import BACKWARD, gradients
from convcost.kernels.drawing import held, trainable
from convcost.kernels.tally import Tally
from convcost.ops import OPERATORS

BATCH = 2


def test_same_operators():
    assert tuple(OPERATORS) == KERNELS, "each operator has a kernel: convcost/kernels/NAME.py, and a line in KERNELS"


@examples(30, 60)
@pytest.mark.parametrize("kind", KERNELS)
def test_counts_equal_formulas(kind, most):
    @property_test(kind, most)
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


@examples(30, 60)
@pytest.mark.parametrize("kind", BACKWARD)
def test_each_gradient_costs_what_the_forward_pass_costs(kind, most):
    @property_test(kind, most)
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
            assert tally.wasted == forward.wasted * (bool(trainable(weights)) + sum(needs))
            if all(needs) and trainable(weights):  # each product once for what it multiplies, and once for its factor
                assert tally.macs == 2 * forward.macs

    check()


@pytest.mark.parametrize("kind", BACKWARD)
def test_gradients_are_slopes(kind):
    """Along a random direction, of each input and all that is trained, the output changes as the gradient says."""

    @property_test(kind, 15)
    @given(st.data())
    def check(data):
        layer = data.draw(layers(kind))
        xs, drawn = layer.arrays(BATCH)
        weights = {name: array.copy() for name, array in drawn.items()}  # numbers of their own, to be moved by steps
        (y,), _ = layer.run(xs, weights)
        rng = np.random.default_rng(1)
        grad = rng.standard_normal(y.shape)
        found, grads = gradients(kind, layer.given, weights, Tally(), xs, grad, [True] * len(xs))
        for slope, array in [*zip(found, xs, strict=True), *((grads[name], weights[name]) for name in grads)]:
            step, before = 1e-6 * rng.standard_normal(array.shape), array.copy()
            sides = []
            for side in (1, -1):
                array[...] = before + side * step
                (y,), _ = layer.run(xs, weights)
                sides.append(np.vdot(grad, y))
            array[...] = before
            np.testing.assert_allclose((sides[0] - sides[1]) / 2, np.vdot(slope, step), rtol=1e-5, atol=1e-9)

    check()
