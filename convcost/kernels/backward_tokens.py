"""Gradients of attention, products of two maps, and recurrent layers, with the forward pass worked out once more.

The products of the gradients alone are counted: what the forward pass had is kept by it, and is free here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod, sqrt
from typing import Any, TypeAlias

import numpy as np

from convcost.kernels.attention import averaged, by_distance, distances, heads, linear, together, windows
from convcost.kernels.matmul import rows
from convcost.kernels.recurrent import directions
from convcost.kernels.tally import Array, Given, Tally, Weights


def matmul(
    given: Given, weights: Weights, tally: Tally, xs: Sequence[Array], grad: Array, needs: Sequence[bool]
) -> tuple[list[Array | None], Weights]:
    a, b = (rows(given, x) for x in xs)
    flat, over_channels = rows(given, grad), given.over == (0,)
    found: list[Array | None] = [None, None]
    if needs[0]:
        found[0] = tally.matmul(b if over_channels else b.swapaxes(2, 3), flat).reshape(xs[0].shape)
    if needs[1]:
        left = tally.matmul(flat, a.swapaxes(2, 3))
        found[1] = (left.swapaxes(2, 3) if over_channels else left).reshape(xs[1].shape)
    return found, {}


def attention(
    given: Given, weights: Weights, tally: Tally, xs: Sequence[Array], grad: Array, needs: Sequence[bool]
) -> tuple[list[Array | None], Weights]:
    """Queries are scaled before they meet the keys; shares are [windows, heads, keys, queries]."""
    free, x = Tally(), xs[0]
    tokens, read = windows(given, x), windows(given, xs[1] if len(xs) > 1 else averaged(given, free, x))
    sources = {"query": tokens, "key": read, "value": read}
    query, key, value = (heads(given, linear(weights, free, name, each)) for name, each in sources.items())
    near = x.dtype.type(1 / sqrt(query.shape[2]))
    size = given.window or x.shape[2:]
    added = by_distance(given, weights, free, query * near, size, slice(None))
    powers = np.exp(sum(added, key.swapaxes(2, 3) @ (query * near)))
    shares = powers / powers.sum(2, keepdims=True)
    summed, found = value @ shares, {}

    def back(name: str, source: Array, change: Array, needed: bool) -> Array | None:
        """Through a linear layer: the gradients of its weights are kept, that of its source is returned."""
        change = change.reshape(len(change), -1, change.shape[-1])
        found[f"{name}_weight"] = tally.matmul(change, source.swapaxes(1, 2)).sum(0)
        if f"{name}_bias" in weights:
            found[f"{name}_bias"] = change.sum((0, 2))
        return tally.matmul(weights[f"{name}_weight"].T, change) if needed else None

    merged: Array | None = windows(given, grad)
    if given.project:
        merged = back("out", summed.reshape(len(summed), -1, summed.shape[3]), windows(given, grad), True)
    assert merged is not None
    merged = merged.reshape(summed.shape)
    weighed = shares * tally.matmul(value.swapaxes(2, 3), merged)
    scores = weighed - shares * weighed.sum(2, keepdims=True)
    changes = {
        "query": tally.matmul(key, scores) * near,
        "key": tally.matmul(query * near, scores.swapaxes(2, 3)),
        "value": tally.matmul(merged, shares.swapaxes(2, 3)),
    }
    if given.relative != "none":
        of_distances, to_query = _by_distance(given, weights, tally, query * near, scores, distances(size))
        found |= of_distances
        changes["query"] = changes["query"] + to_query * near
    of_query, of_key, of_value = (
        back(name, sources[name], changes[name], needs[0] if name == "query" else needs[-1]) for name in changes
    )
    to_x = None if of_query is None else together(given, of_query, len(x), x.shape[2:])
    to_read = None if of_key is None or of_value is None else of_key + of_value
    if len(xs) > 1:
        return [to_x, None if to_read is None else to_read.reshape(xs[1].shape)], found
    if to_x is None or to_read is None:
        return [None], found
    return [to_x + _spread(given, to_read, x)], found


def _by_distance(
    given: Given, weights: Weights, tally: Tally, query: Array, scores: Array, apart: Array
) -> tuple[Weights, Array | int]:
    """The gradients of what is held for the distances, and of the queries that were multiplied with it."""
    if given.relative == "bias":
        held = np.zeros_like(weights["relative_weight"])
        np.add.at(held, (slice(None), *apart), scores.sum(0))
        return {"relative_weight": held}, 0
    found, to_query = {}, np.zeros_like(query)
    for axis, index in enumerate(apart):
        name = f"relative{axis}_weight"
        vectors = weights[name]
        change = np.zeros((*scores.shape[:2], len(vectors), scores.shape[3]), scores.dtype)  # of each product
        places: Any = slice(None), slice(None), index, np.arange(scores.shape[3])
        np.add.at(change, places, scores)
        found[name] = tally.matmul(change, query.swapaxes(2, 3)).sum((0, 1))
        to_query += tally.matmul(vectors.T, change)
    return found, to_query


def _spread(given: Given, change: Array, x: Array) -> Array:
    """The gradient of keys and values, given back to the tokens; each of a mean gets its part."""
    if prod(given.stride) == 1:
        return together(given, change, len(x), x.shape[2:])
    change = change.reshape(*x.shape[:2], *(n // s for n, s in zip(x.shape[2:], given.stride, strict=True)))
    for axis, s in enumerate(given.stride, 2):
        change = change.repeat(s, axis)
    return np.asarray(change / prod(given.stride))


Gradients: TypeAlias = tuple[Array | None, Weights]

Back: TypeAlias = Callable[[Array, Array], tuple[Array, Array, Array, Array]]
"""Takes the gradients of the state and the memory that a step hands on.

Gives those of what its linear layers gave, on the input and on the state; of the state it was given, by other ways than
its linear layer; and of the memory it was given.
"""


def lstm(given: Given, weights: Weights, tally: Tally, x: Array, grad: Array, needs_input: bool = True) -> Gradients:
    return _recurrent(_lstm_step, given, weights, tally, x, grad, needs_input)


def gru(given: Given, weights: Weights, tally: Tally, x: Array, grad: Array, needs_input: bool = True) -> Gradients:
    return _recurrent(_gru_step, given, weights, tally, x, grad, needs_input)


def _recurrent(
    step: Callable[[Array, Array, Array, Array], tuple[Array, Array, Back]],
    given: Given,
    weights: Weights,
    tally: Tally,
    x: Array,
    grad: Array,
    needs_input: bool,
) -> Gradients:
    found = {name: np.zeros_like(array) for name, array in weights.items()}
    grad_x = np.zeros_like(x) if needs_input else None
    for direction, changes in zip(directions(given), np.split(grad, len(directions(given)), axis=1), strict=True):
        own = {name.partition("_")[2]: array for name, array in weights.items() if name.startswith(direction)}
        mine = {name: found[f"{direction}_{name}"] for name in own}
        places = list(range(x.shape[2]))[:: 1 if direction == "forward" else -1]
        state = memory = np.zeros((len(x), given.hidden), x.dtype)
        steps = []
        for place in places:
            on_input = x[:, :, place] @ own["input_weight"].T + own.get("input_bias", 0)
            on_state = state @ own["state_weight"].T + own.get("state_bias", 0)
            before = state
            state, memory, back = step(on_input, on_state, state, memory)
            steps.append((place, before, back))
        of_state = of_memory = np.zeros_like(state)
        for place, before, back in reversed(steps):
            of_input, of_linear, direct, of_memory = back(of_state + changes[:, :, place], of_memory)
            mine["input_weight"] += tally.matmul(of_input.T, x[:, :, place])
            mine["state_weight"] += tally.matmul(of_linear.T, before)
            if given.bias:
                mine["input_bias"] += of_input.sum(0)
                mine["state_bias"] += of_linear.sum(0)
            of_state = direct + tally.matmul(of_linear, own["state_weight"])
            if grad_x is not None:
                grad_x[:, :, place] += tally.matmul(of_input, own["input_weight"])
    return grad_x, found


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def _lstm_step(on_input: Array, on_state: Array, state: Array, memory: Array) -> tuple[Array, Array, Back]:
    i, f, g, o = np.split(on_input + on_state, 4, axis=1)
    i, f, g, o = _sigmoid(i), _sigmoid(f), np.tanh(g), _sigmoid(o)
    kept = f * memory + i * g
    seen = np.tanh(kept)

    def back(of_state: Array, of_memory: Array) -> tuple[Array, Array, Array, Array]:
        of_kept = of_memory + of_state * o * (1 - seen**2)
        gates = [of_kept * g * i * (1 - i), of_kept * memory * f * (1 - f), of_kept * i * (1 - g**2)]
        change = np.concatenate([*gates, of_state * seen * o * (1 - o)], axis=1)
        return change, change, np.zeros_like(state), of_kept * f

    return o * seen, kept, back


def _gru_step(on_input: Array, on_state: Array, state: Array, memory: Array) -> tuple[Array, Array, Back]:
    (r, z, new), (r_too, z_too, old) = np.split(on_input, 3, axis=1), np.split(on_state, 3, axis=1)
    r, z = _sigmoid(r + r_too), _sigmoid(z + z_too)
    n = np.tanh(new + r * old)

    def back(of_state: Array, of_memory: Array) -> tuple[Array, Array, Array, Array]:
        of_new = of_state * (1 - z) * (1 - n**2)
        gates = [of_new * old * r * (1 - r), of_state * (state - n) * z * (1 - z)]
        both = (np.concatenate([*gates, last], axis=1) for last in (of_new, of_new * r))
        return *both, of_state * z, of_memory

    return (1 - z) * n + z * state, memory, back
