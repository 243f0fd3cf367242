"""Operators that are no convolutions: what their files say of them, and their formulas on one layer, worked through."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from convcost.algebra.letters import AXES, in_symbols
from convcost.errors import Source
from convcost.explain.worked import Step, all_steps, substitute
from convcost.ops import operator
from convcost.ops.base import Shape
from convcost.reading.load import read

GIVEN = Shape(64, (56, 56))

EXAMPLES: Mapping[str, str] = {
    "adaptive_avg_pool": "{size: 7}",
    "adaptive_max_pool": "{size: 7}",
    "add": "{left: [], right: []}",
    "avg_pool": "{kernel: 3, stride: 2}",
    "channel_shuffle": "{groups: 4}",
    "clip": "{min: 0, max: 1}",
    "concat": "{left: [], right: []}",
    "crop": "{size: 28}",
    "div": "{left: [], right: []}",
    "group_norm": "{groups: 8}",
    "l2_norm": "{over: positions}",
    "linear": "{out: 10}",
    "local_response_norm": "{size: 5}",
    "max": "{over: channels}",
    "max_pool": "{kernel: 3, stride: 2}",
    "maximum": "{left: [], right: []}",
    "mean": "{over: channels}",
    "minimum": "{left: [], right: []}",
    "mul": "{left: [], right: []}",
    "pad": "{padding: 1}",
    "pow": "{exponent: 3}",
    "rbf": "{out: 10}",
    "split": "{parts: 2}",
    "sub": "{left: [], right: []}",
    "subsample": "{kernel: 2, stride: 2}",
    "sum": "{over: channels}",
    "swish": "{per: channel}",
    "upsample": "{scale: s, mode: bilinear}",
}
"""The arguments of those that need any, or inputs of those that need two."""

VALUES = {"s": 2}
"""Of the letters in them, which stay letters in the formulas."""


@dataclass(frozen=True, slots=True)
class Example:
    """One layer of an operator, worked through."""

    layer: str
    """As a spec has it."""
    given: Shape
    output: Shape
    steps: tuple[Step, ...]


def about(name: str) -> Sequence[str]:
    """Return what the operator's file says of it, by paragraphs."""
    text = sys.modules[operator(name).__module__].__doc__ or ""
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def example(name: str) -> Example:
    """Return the operator on an input of 64x56x56."""
    layer = f"{name}: {EXAMPLES[name]}" if name in EXAMPLES else name
    values = dict(zip(("C", *AXES[2]), GIVEN.numbers, strict=True)) | VALUES
    spec = _spec(layer, values)
    symbolic, numeric = in_symbols(spec, "example", values), read(spec, "example", values)
    return Example(
        substitute(layer, VALUES),
        GIVEN,
        numeric.layers[-1].output_shapes[0],
        tuple(all_steps(symbolic, numeric, values)),
    )


def _spec(layer: str, letters: Iterable[str]) -> Source:
    channels, *size = ("C", *AXES[2])
    text = (
        f"symbols: {{{', '.join(f'{letter}: ' for letter in letters)}}}\n"
        f"input: {{channels: {channels}, size: [{', '.join(size)}]}}\n"
        f"layers:\n  - {layer}\n"
    )
    return Source("<example>", text)
