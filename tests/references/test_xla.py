"""What XLA counts: useful MACs of every convolution of every bundled network, and what `conventions` says of it.

What it counts of layers and networks in Flax is kept in `data/conventions/xla.json`; where jax and flax are installed,
it is measured again, and `--renew` writes it.

XLA counts a multiply and an add for every product with an element of the map: none with a padding zero, and none with
the zeros that a transposed convolution puts between its inputs. It keeps the count as a 32-bit float, whose next number
is 4,096 away at 37 billion; so ours is rounded to one, too.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from convcost.analysis.conventions import convention, count_by, counted
from convcost.analysis.costs import analyze
from convcost.errors import Source
from convcost.reading.load import load, read

CONVENTIONS = Path(__file__).parents[1] / "data" / "conventions"
KEPT = json.loads((CONVENTIONS / "xla.json").read_text())
LAYERS = list(dict.fromkeys(case["spec"] for case in json.loads((CONVENTIONS / "measured.json").read_text())["layers"]))
"""Every operator in 1, 2 and 3 axes."""

with_jax = pytest.mark.skipif(find_spec("jax") is None or find_spec("flax") is None, reason="jax, flax not installed")


def layer_of(spec):
    return analyze(read(Source("layer", spec), "layer"))


@pytest.mark.parametrize("spec", KEPT["layers"])
def test_a_layer_counts_as_xla_counts_it(spec):
    assert counted(layer_of(spec), "xla") == KEPT["layers"][spec]


@pytest.mark.parametrize("name", KEPT["networks"])
def test_a_network_does_to_the_digits_of_a_float(name):
    """XLA adds up what its layers count in 32-bit floats."""
    assert counted(analyze(load(name)), "xla") == pytest.approx(KEPT["networks"][name], rel=1e-5)


@with_jax
@pytest.mark.slow
def test_measured_again(renew):
    from flax_layers import of_layer, of_network

    layers, xla = {}, convention("xla")
    for spec in LAYERS:
        analysis = layer_of(spec)
        (layer,) = analysis.network.layers[-1:]
        found = of_layer(layer) if len(analysis.network.layers) == 1 else None
        if found is not None and not count_by(xla, analysis).unknown:
            layers[spec] = int(found)
    measured = {"layers": layers, "networks": {name: of_network(load(name)) for name in NETWORKS}}
    if renew:
        (CONVENTIONS / "xla.json").write_text(json.dumps(measured, indent=1) + "\n")
    else:
        assert measured == KEPT


NETWORKS = ["resnet50", "mobilenet_v2", "squeezenet1_1", "unet", "densenet121"]

SPECS = sorted(path.stem for path in (Path(__file__).parents[2] / "specs").glob("*.yaml"))
CONVOLUTIONS = {"conv", "depthwise_conv", "conv_transpose"}


@with_jax
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
    import jax

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
