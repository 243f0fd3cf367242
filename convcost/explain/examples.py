"""One layer of each operator that is no convolution, worked through: `operators` has them kept, and a test compares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from convcost.algebra.letters import AXES, in_symbols
from convcost.errors import Source
from convcost.explain.operators import Example
from convcost.explain.worked import all_steps, substitute
from convcost.ops import operator
from convcost.ops.base import Shape
from convcost.reading.load import read

SIDE = 56
"""Of the input, whose channels are 64."""

EXAMPLES: Mapping[str, str] = {
    "adaptive_avg_pool": "{size: 7}",
    "adaptive_max_pool": "{size: 7}",
    "add": "{left: [], right: []}",
    "arg_max": "{over: channels}",
    "attention": "{heads: 8}",
    "avg_pool": "{kernel: 3, stride: 2}",
    "channel_shuffle": "{groups: 4}",
    "clip": "{min: 0, max: 1}",
    "compare": "{left: [], right: []}",
    "concat": "{left: [], right: []}",
    "crop": "{size: 28}",
    "div": "{left: [], right: []}",
    "grid_sample": "{map: [], places: [{conv: {out: 2, kernel: 1}}]}",
    "group_norm": "{groups: 8}",
    "gru": "{hidden: 32}",
    "l2_norm": "{over: positions}",
    "linear": "{out: 10}",
    "local_response_norm": "{size: 5}",
    "locally_connected": "{out: 16, kernel: 3}",
    "lstm": "{hidden: 32}",
    "matmul": "{left: [], right: [], groups: 8}",
    "max": "{over: channels}",
    "max_pool": "{kernel: 3, stride: 2}",
    "max_unpool": "{left: [], right: [], kernel: 2}",
    "maximum": "{left: [], right: []}",
    "mean": "{over: channels}",
    "min": "{over: channels}",
    "minimum": "{left: [], right: []}",
    "mul": "{left: [], right: []}",
    "pad": "{padding: 1}",
    "pixel_shuffle": "{factor: 2}",
    "pixel_unshuffle": "{factor: 2}",
    "pow": "{exponent: 3}",
    "rbf": "{out: 10}",
    "rearrange": "{cut: [[64], [28, 2], [28, 2]], order: [[2, 4, 0], [1], [3]]}",
    "reshape": "{channels: 256, size: [28, 28]}",
    "slice": "{start: 1, step: 2}",
    "split": "{parts: 2}",
    "sub": "{left: [], right: []}",
    "subsample": "{kernel: 2, stride: 2}",
    "sum": "{over: channels}",
    "swish": "{per: channel}",
    "transcendental": "{function: cos}",
    "upsample": "{scale: s, mode: bilinear}",
    "where": "{mask: [], left: [], right: []}",
}
"""The arguments of those that need any, or inputs of those that need two."""

VALUES = {"s": 2}
"""Of the letters in them, which stay letters in the formulas."""


def worked_example(name: str) -> Example:
    """Return the operator on an input of 64x56x56, or of 64x56 if it takes one spatial axis."""
    layer = f"{name}: {EXAMPLES[name]}" if name in EXAMPLES else name
    axes = AXES[operator(name).ranks[0]]
    given = Shape(64, (SIDE,) * len(axes))
    values = dict(zip(("C", *axes), given.numbers, strict=True)) | VALUES
    spec = _spec(layer, list(axes), values)
    symbolic, numeric = in_symbols(spec, "example", values), read(spec, "example", values)
    return Example(
        substitute(layer, VALUES),
        " x ".join(("C", *axes)),
        given.numbers,
        numeric.layers[-1].output_shapes[0].numbers,
        list(all_steps(symbolic, numeric, values)),
    )


def _spec(layer: str, size: Sequence[str], letters: Iterable[str]) -> Source:
    text = (
        f"symbols: {{{', '.join(f'{letter}: ' for letter in letters)}}}\n"
        f"input: {{channels: C, size: [{', '.join(size)}]}}\n"
        f"layers:\n  - {layer}\n"
    )
    return Source("<example>", text)
