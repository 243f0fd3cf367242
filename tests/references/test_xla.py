"""Useful MACs of every convolution of every bundled network, against XLA's own count of its floating-point operations.

XLA counts a multiply and an add for every product with an element of the map: none with a padding zero, and none with
the zeros that a transposed convolution puts between its inputs. It keeps the count as a 32-bit float, whose next number
is 4,096 away at 37 billion; so ours is rounded to one, too.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from convcost.reading.load import load

jax = pytest.importorskip("jax", reason="jax is not installed")

SPECS = sorted(path.stem for path in (Path(__file__).parents[2] / "specs").glob("*.yaml"))
CONVOLUTIONS = {"conv", "depthwise_conv", "conv_transpose"}


@pytest.mark.slow
@pytest.mark.parametrize("spec", SPECS)
def test_xla_counts_twice_the_useful_macs(spec):
    different = [
        (layer.name, layer.useful_work.macs, xla)
        for layer in load(spec).layers
        if layer.kind in CONVOLUTIONS and getattr(layer.operator, "connections", None) is None
        if (xla := flops(layer.kind, layer.operator, layer.input_shapes[0], layer.output_shapes[0]))
        != np.float32(2 * layer.useful_work.macs)
    ]
    assert not different


@cache
def flops(kind, operator, x, y):
    """Return what XLA counts for one layer, without its bias."""
    groups = x.channels if kind == "depthwise_conv" else operator.groups
    transposed = kind == "conv_transpose"
    dilation = operator.dilation
    if transposed:
        stride, lhs_dilation = (1,) * x.rank, operator.stride
        padding = [
            (d * (k - 1) - before, d * (k - 1) - after + more)
            for k, d, (before, after), more in zip(
                operator.kernel, dilation, operator.padding, operator.output_padding, strict=True
            )
        ]
    else:
        stride, lhs_dilation = operator.stride, (1,) * x.rank
        padding = "SAME" if operator.padding == "same" else list(operator.padding)

    def convolution(x, w):
        return jax.lax.conv_general_dilated(
            x, w, stride, padding, lhs_dilation, dilation, feature_group_count=groups, precision="highest"
        )

    given = jax.ShapeDtypeStruct((1, *x.numbers), "float32")
    weights = jax.ShapeDtypeStruct((y.channels, x.channels // groups, *operator.kernel), "float32")
    lowered = jax.jit(convolution).lower(given, weights)
    assert lowered.out_info.shape == (1, *y.numbers)
    return int(lowered.cost_analysis()["flops"])
