"""Random small networks: formulas on ints, formulas on symbols with the sizes put in, and execution agree."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convcost.algebra.derivation import derive
from convcost.errors import Source, SpecError
from convcost.reading.description import Description
from convcost.reading.load import read
from convcost.verification import verify

KEEPING = [
    "batch_norm",
    "relu",
    "silu",
    "tanh",
    "prelu",
    "softmax",
    "local_response_norm",
    "layer_norm",
    "group_norm: {groups: 2}",
    "channel_shuffle: {groups: 2}",
    "depthwise_conv: {kernel: 3, padding: same}",
    "max_pool: {kernel: 3, stride: 1, padding: 1}",
    "squeeze_excite: {reduction: 2}",
]
"""Layers that keep the shape, so that an identity can be added to them. Channels are even."""


@st.composite
def changing(draw: st.DrawFn) -> str:
    """A layer that changes the shape."""
    number = lambda low, high: draw(st.integers(low, high))  # noqa: E731
    kernel, stride, dilation = number(1, 3), number(1, 3), number(1, 2)
    padding = draw(st.sampled_from(["same", "valid", "1", "2"]))
    window = f"kernel: {kernel}, stride: {stride}, padding: {padding}"
    return draw(
        st.sampled_from(
            [
                f"conv: {{out: {2 * number(1, 3)}, {window}, dilation: {dilation}, groups: {number(1, 2)}}}",
                f"depthwise_conv: {{{window}, multiplier: {number(1, 2)}}}",
                f"conv_transpose: {{out: 4, kernel: {kernel}, stride: {stride}, groups: {number(1, 2)}}}",
                f"max_pool: {{kernel: {kernel}, stride: {stride}, ceil_mode: true}}",
                f"avg_pool: {{kernel: {kernel}, stride: {stride}}}",
                f"upsample: {{scale: {number(1, 3)}, mode: {draw(st.sampled_from(['nearest', 'bilinear']))}}}",
                f"pad: {{padding: {number(0, 2)}}}",
                f"adaptive_avg_pool: {{size: {number(1, 4)}}}",
            ]
        )
    )


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A network of layers and of branches that are added, multiplied or stacked."""
    rank = draw(st.integers(1, 3))
    size = [draw(st.integers(3, 9 if rank < 3 else 5)) for _ in range(rank)]
    keeping = st.sampled_from(KEEPING)
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        if draw(st.booleans()):
            lines.append(f"  - {draw(changing())}")
            continue
        joint = draw(st.sampled_from(["add", "concat", "mul"]))
        paths = [draw(st.lists(keeping, max_size=3)) for _ in range(draw(st.integers(2, 3)))]
        lines.append(f"  - {joint}:")
        lines += [f"      p{n}: [{', '.join(path)}]" for n, path in enumerate(paths)]
    lines.append(draw(st.sampled_from(["  - relu", "  - global_avg_pool", "  - linear: {out: 3}"])))
    return f"network: random\ninput: {{channels: 4, size: {size}}}\nlayers:\n" + "\n".join(lines) + "\n"


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(specs())
def test_formulas_symbols_and_execution_agree(text: str) -> None:
    source = Source("<random>", text)
    try:
        network = read(source)
    except SpecError:
        assume(False)
    verification = verify(network)
    assert list(map(str, verification.differences)) == []
    law = derive(Description(source, "random"))
    at = law.at({})  # the sizes that the text gives
    for layer, cost in zip(law.network.layers, verification.analysis.layers, strict=True):
        params, work = layer.operator.params(*layer.input_shapes), layer.operator.work(*layer.input_shapes)
        assert list(map(at, [params.total, *work])) == [cost.params, *cost.layer.work], layer.name
        for symbolic, exact in zip(layer.output_shapes, cost.layer.output_shapes, strict=True):
            assert tuple(map(at, symbolic.numbers)) == exact.numbers
