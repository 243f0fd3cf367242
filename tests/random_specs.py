"""Random small networks as specs: a hypothesis strategy."""

from __future__ import annotations

from hypothesis import strategies as st

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
