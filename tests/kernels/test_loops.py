"""The kernels against pure Python loops that count one multiplication at a time: the oracle of the oracle."""

from __future__ import annotations

from dataclasses import asdict

import loops
import numpy as np
import pytest
from drawn_layers import layers, property_test
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize("kind", loops.LOOPS)
def test_kernels_equal_loops(kind):
    @property_test(kind, 60)
    @given(st.data())
    def check(data):
        layer = data.draw(layers(kind, ranks=(1, 1, 2, 2, 3)))
        xs, weights = layer.arrays(batch=1)
        (ours, *_), tally = layer.run(xs, weights)
        theirs, count = loops.run(kind, layer.given, weights, *xs)
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9)
        assert asdict(tally) | {"useful": tally.useful_macs} == {
            **dict.fromkeys(asdict(tally), 0),
            **count,
            "wasted": count["macs"] - count["useful"],
            "useful": count["useful"],
        }

    check()
