"""What `compare` says of one convolution in place of another, against the matrices that both really are.

A side is executed on every unit input, which gives its matrix; the other side's weights are then fitted to that, by
least squares where it is linear in them, else by singular vectors. It can replace it if nothing is left over.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from convcost.comparison.convolutions import Asked, Question, Side, work_out
from convcost.comparison.exactness import replaces
from convcost.execute import Machine
from convcost.family import FAMILY
from convcost.ops.base import Shape

Array = Any

GIVEN = Shape(4, (5, 5))

# Sizes that single members take besides those that all share.
OWN: dict[str, list[dict[str, Any]]] = {
    "depthwise": [{}, {"multiplier": 2}],
    "depthwise_separable": [{}, {"multiplier": 2}, {"multiplier": 9}],
    "dilated": [{}],
    "flattened": [{}],
    "grouped": [{"groups": 2}, {"groups": 4}],
    "pointwise": [{}],
    "pointwise_grouped": [{"groups": 2}],
    "shuffled_grouped": [{"groups": 2}],
    "spatially_separable": [{}, {"middle": 2}, {"middle": 12}],
    "standard": [{}, {"kernel": 1, "padding": 0}, {"kernel": 5, "padding": 2}],
    "transposed": [{}],
}


def sides(out: int, bias: bool) -> list[Side]:
    asked = []
    for name, choices in OWN.items():
        for own in choices:
            sizes = {"out": out, "kernel": 3, "padding": 2 if name == "dilated" else 1, "bias": bias, **own}
            asked.append(
                Asked(f"{name} {own}", FAMILY[name], {k: n for k, n in sizes.items() if k in FAMILY[name].sizes})
            )
    return list(work_out(Question(asked, GIVEN, {})).sides)


def run(side: Side, inputs: Array, weights: dict[str, Any] | None = None) -> Array:
    machine = Machine(side.analysis.network, seed=7, dtype=np.float64, weights=weights or {})
    (found,) = machine.run({"input": inputs}).outputs.values()
    return found.reshape(len(inputs), -1)


def own_weights(side: Side) -> dict[str, Any]:
    """Random ones."""
    machine = Machine(side.analysis.network, seed=len(side.label), dtype=np.float64)
    machine.run({"input": np.zeros((1, GIVEN.channels, *GIVEN.size))})
    return {name: dict(held) for name, held in machine.weights.items()}


def units() -> Array:
    """Zero, and each unit input."""
    positions = GIVEN.channels * 25
    return np.vstack([np.zeros((1, positions)), np.eye(positions)]).reshape(-1, GIVEN.channels, *GIVEN.size)


def kernel_of(side: Side, weights: dict[str, Any]) -> Array:
    """K[out, in, 5, 5], from the output in the middle, which reads no padding."""
    responses = run(side, units(), weights)
    linear = (responses[1:] - responses[0]).reshape(GIVEN.channels, 5, 5, -1, 5, 5)
    return np.moveaxis(linear[:, :, :, :, 2, 2], 3, 0)


def fitted(other: Side, kernel: Array, bias: Array) -> dict[str, Any]:
    """Weights that bring `other` as near to a kernel as may be."""
    weights = own_weights(other)
    for held in weights.values():
        if "bias" in held:
            held["bias"] = np.zeros_like(held["bias"])
    names, channels = list(weights), GIVEN.channels
    last = weights[names[-1]]
    if "bias" in last:
        last["bias"] = bias
        if other.member.name == "shuffled_grouped":
            last["bias"] = bias.reshape(-1, 2).T.reshape(-1)
    middle = kernel[:, :, 1:4, 1:4]
    if other.member.name == "depthwise_separable":
        m = weights[names[0]]["weight"].shape[0] // channels
        for c in range(channels):
            left, values, right = np.linalg.svd(middle[:, c].reshape(len(kernel), -1), full_matrices=False)
            rank = min(m, len(values))
            depthwise, pointwise = weights[names[0]]["weight"], weights[names[1]]["weight"]
            depthwise[c * m : (c + 1) * m] = 0
            depthwise[c * m : c * m + rank] = right[:rank].reshape(rank, 1, 3, 3)
            pointwise[:, c * m : c * m + rank, 0, 0] = left[:, :rank] * values[:rank]
    elif other.member.name == "spatially_separable":
        matrix = middle.transpose(1, 2, 0, 3).reshape(channels * 3, -1)
        left, values, right = np.linalg.svd(matrix, full_matrices=False)
        vertical, horizontal = (weights[name]["weight"] for name in names)
        rank = min(len(vertical), len(values))
        vertical[...], horizontal[...] = 0, 0
        vertical[:rank, :, :, 0] = left[:, :rank].T.reshape(rank, channels, 3)
        horizontal[:, :rank, 0] = (values[:rank, None] * right[:rank]).reshape(rank, len(kernel), 3).swapaxes(0, 1)
    elif other.member.name == "flattened":
        lateral, vertical, horizontal = (weights[name]["weight"] for name in names)
        for o, filter in enumerate(middle):
            axes = [
                np.linalg.svd(np.moveaxis(filter, axis, 0).reshape(filter.shape[axis], -1))[0][:, 0]
                for axis in range(3)
            ]
            lateral[o, :, 0, 0] = axes[0] * np.einsum("abc,a,b,c", filter, *axes)
            vertical[o, 0, :, 0], horizontal[o, 0, 0] = axes[1], axes[2]
    else:
        linear_fit(other, weights[names[0]], kernel)
    return weights


def linear_fit(other: Side, held: dict[str, Any], kernel: Array) -> None:
    size = held["weight"].size
    if other.label not in FITS:
        layer = other.analysis.network.layers[0].name
        each = [one.reshape(held["weight"].shape) for one in np.eye(size)]
        basis = np.array([kernel_of(other, {layer: {**held, "weight": one}}).flat for one in each])
        FITS[other.label] = np.linalg.pinv(basis.T)
    held["weight"] = (FITS[other.label] @ kernel.reshape(-1)).reshape(held["weight"].shape)


FITS: dict[str, Array] = {}
"""For a side that is linear in its weights: from a kernel to those weights that come nearest to it."""


@pytest.mark.slow
@pytest.mark.parametrize("out", [4, 8])
def test_it_can_be_replaced_iff_a_fit_leaves_nothing(out: int) -> None:
    FITS.clear()
    for bias in (False, True):
        asked = sides(out, bias)
        held = {side.label: own_weights(side) for side in asked}
        responses = {side.label: run(side, units(), held[side.label]) for side in asked}
        kernels = {side.label: kernel_of(side, held[side.label]) for side in asked}
        said = set()
        for other, side in permutations(asked, 2):
            answer = replaces(other, side)
            if other.output != side.output:
                assert answer.word == "no"
                continue
            if bias and other.member is side.member and other.member.name == "spatially_separable":
                continue  # the fit leaves no biases between the passes
            biases = responses[side.label][0].reshape(-1, 5, 5)[:, 2, 2]
            weights = fitted(other, kernels[side.label], biases)
            left = np.abs(run(other, units(), weights) - responses[side.label]).max()
            assert (answer.word == "yes") == (left < 1e-9), (other.label, side.label, answer, left)
            said.add(answer.word)
        assert {"yes", "fewer taps", "one tap", "block-diagonal", "rank 1", "rank 1 per filter"} <= said


def blocks(out: int, groups: int) -> Array:
    """1 where an output channel and an input channel are of one group."""
    o, c = np.arange(out)[:, None] * groups // out, np.arange(4)[None] * groups // 4
    return (o == c).astype(float)[:, :, None, None]


def low_rank(rows: int, columns: int, rank: int) -> Array:
    return RANDOM.standard_normal((rows, rank)) @ RANDOM.standard_normal((rank, columns))


def per_channel(rank: int) -> Array:
    return np.stack([low_rank(8, 9, rank).reshape(8, 3, 3) for _ in range(4)], axis=1)


def column_by_row(rank: int) -> Array:
    return low_rank(4 * 3, 8 * 3, rank).reshape(4, 3, 8, 3).transpose(2, 0, 1, 3)


def only(*taps: tuple[int, int]) -> Array:
    kernel = np.zeros((1, 1, 3, 3))
    for y, x in taps:
        kernel[..., y, x] = 1
    return kernel * full()


def full(*shape: int) -> Array:
    return RANDOM.standard_normal(shape or (8, 4, 3, 3))


RANDOM = np.random.default_rng(0)
SHUFFLED = np.arange(8).reshape(2, 4).T.flatten()
SLICES = np.einsum("oc,ocy,ocx->ocyx", full(8, 4), full(8, 4, 3), full(8, 4, 3))  # each of rank 1, the whole is not
VECTORS = np.einsum("oc,oy,ox->ocyx", full(8, 4), full(8, 3), full(8, 3))

CONDITIONS = [
    # (member, its sizes, a kernel that its condition allows, one that it does not)
    ("depthwise", {"multiplier": 2}, full() * blocks(8, 4), full() * blocks(8, 2)),
    ("grouped", {"groups": 2}, full() * blocks(8, 2), full()),
    ("shuffled_grouped", {"groups": 2}, (full() * blocks(8, 2))[SHUFFLED], full() * blocks(8, 2)),
    ("depthwise_separable", {}, per_channel(1), per_channel(2)),
    ("depthwise_separable", {"multiplier": 2}, per_channel(2), per_channel(3)),
    ("spatially_separable", {"middle": 3}, column_by_row(3), column_by_row(4)),
    ("flattened", {}, VECTORS, SLICES),
    ("pointwise", {}, only((1, 1)), only((0, 1))),
    ("pointwise_grouped", {"groups": 2}, only((1, 1)) * blocks(8, 2), only((1, 1))),
    ("dilated", {"kernel": 2, "padding": 1}, only((0, 0), (0, 2), (2, 0), (2, 2)), only((0, 0), (1, 1))),
    ("standard", {}, full(), None),
    ("transposed", {}, full(), None),
]


@pytest.mark.parametrize(("name", "own", "allowed", "other"), CONDITIONS, ids=lambda value: str(value)[:20])
def test_the_condition_in_words_is_the_condition(name: str, own: dict[str, Any], allowed: Array, other: Array) -> None:
    FITS.clear()
    sizes = {"out": 8, "kernel": 3, "padding": 1, "bias": False, **own}
    sizes = {size: n for size, n in sizes.items() if size in FAMILY[name].sizes}
    (side,) = work_out(Question([Asked(name, FAMILY[name], sizes)], GIVEN, {})).sides
    for kernel, exact in ((allowed, True), (other, False)):
        if kernel is not None:
            wide = np.pad(kernel, [(0, 0), (0, 0), (1, 1), (1, 1)])
            left = np.abs(kernel_of(side, fitted(side, wide, np.zeros(8))) - wide).max()
            assert (left < 1e-9) == exact
