"""Operators as textbooks define them, one number at a time in pure Python: `run(kind, given, weights, x)`.

Slow and plain on purpose. Each gives the output, one sample of a batch after the other, and what it counted.
"""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import floor, inf, prod

import numpy as np


def run(kind, given, weights, *xs):
    """The output [N, ...], and counts by kind of work; `useful` are the macs that read or write no padding."""
    count = Counter()
    return np.array([LOOPS[kind](given, weights, *samples, count=count) for samples in zip(*xs, strict=True)]), count


def sides_of(padding, size, kernel, stride, dilation):
    """TensorFlow's documentation states `same` by the remainder."""
    if padding != "same":
        return padding
    totals = [
        max(d * (k - 1) + 1 - (s if n % s == 0 else n % s), 0)
        for n, k, s, d in zip(size, kernel, stride, dilation, strict=True)
    ]
    return [(total // 2, total - total // 2) for total in totals]


def starts(n, k, s, d, before, after, ceil_mode=False):
    """Where along an axis windows start, on the map's own positions."""
    reach = d * (k - 1)
    fitting = [start for start in range(-before, n + after, s) if start + reach < n + after]
    following = fitting[-1] + s if fitting else -before
    if ceil_mode and (not fitting or fitting[-1] + reach < n + after - 1) and following < n:
        fitting.append(following)
    return fitting


def grid(given, size, padding, ceil_mode=False):
    """For each output position, the map's positions its taps read: a list of (position, [(tap, read), ...])."""
    rank = len(size)
    stride, dilation = given.stride or given.kernel, getattr(given, "dilation", (1,) * rank)
    sides = sides_of(padding, size, given.kernel, stride, dilation)
    axes = [
        starts(n, k, s, d, *side, ceil_mode)
        for n, k, s, d, side in zip(size, given.kernel, stride, dilation, sides, strict=True)
    ]
    for position in product(*(range(len(axis)) for axis in axes)):
        corner = [axis[y] for axis, y in zip(axes, position, strict=True)]
        reads = [
            (tap, tuple(c + t * d for c, t, d in zip(corner, tap, dilation, strict=True)))
            for tap in product(*map(range, given.kernel))
        ]
        yield position, reads


def inside(place, size):
    return all(0 <= p < n for p, n in zip(place, size, strict=True))


def folded(place, size, mode):
    """The map's position that lies at a place around it: mirrored at the last ones, those, or from the other end."""
    ways = {
        "zeros": lambda p, n: p,
        "reflect": lambda p, n: -p if p < 0 else 2 * (n - 1) - p if p >= n else p,
        "replicate": lambda p, n: min(max(p, 0), n - 1),
        "circular": lambda p, n: p % n,
    }
    return tuple(map(ways[mode], place, size))


def filled(numbers):
    """An array from numbers by position."""
    shape = [max(axis) + 1 for axis in zip(*numbers, strict=True)]
    y = np.empty(shape)
    for position, number in numbers.items():
        y[position] = number
    return y


def normalised(weights):
    """Filters; with a length for each, that long: their numbers over the root of the sum of their squares."""
    if "given_weight" in weights:
        return weights["given_weight"]
    if "length_weight" not in weights:
        return weights["weight"]
    lengths = weights["length_weight"].ravel()
    norms = [sum(n * n for n in filter.ravel()) ** 0.5 for filter in weights["weight"]]
    scaled = zip(weights["weight"], lengths, norms, strict=True)
    return np.array([filter / norm * length for filter, length, norm in scaled])


def conv(given, weights, x, count):
    held = normalised(weights)
    fan = x.shape[0] // given.groups
    per_group = given.out // given.groups
    if given.connections is None:
        read = [[(m // per_group * fan + c, held[m, c]) for c in range(fan)] for m in range(given.out)]
    else:
        kernels = iter(weights["weight"])
        read = [[(c, next(kernels)) for c in row] for row in given.connections]
    return correlate(given, x, read, weights.get("bias"), count)


def depthwise_conv(given, weights, x, count):
    read = [[(m // given.multiplier, kernel[0])] for m, kernel in enumerate(weights["weight"])]
    return correlate(given, x, read, weights.get("bias"), count)


def correlate(given, x, read, bias, count):
    """`read` has, for each output map, the input maps and the kernels they meet."""
    numbers = {}
    for position, reads in grid(given, x.shape[1:], given.padding):
        for m, maps in enumerate(read):
            total = 0.0
            for c, kernel in maps:
                for tap, place in reads:
                    place = folded(place, x.shape[1:], getattr(given, "padding_mode", "zeros"))
                    real = inside(place, x.shape[1:])
                    total += kernel[tap] * (x[(c, *place)] if real else 0.0)
                    count["macs"] += 1
                    count["useful"] += real
            if bias is not None:
                total += bias[m]
                count["additions"] += 1
            numbers[(m, *position)] = total
    return filled(numbers)


def conv_transpose(given, weights, x, count):
    fan, per_group = x.shape[0] // given.groups, given.out // given.groups
    landed = {}
    places = list(np.ndindex(*x.shape[1:]))
    far = [
        max(p[axis] for p in places) * given.stride[axis]
        + (given.kernel[axis] - 1) * given.dilation[axis]
        + given.output_padding[axis]
        for axis in range(len(given.kernel))
    ]
    kept = [range(before, end + 1 - after) for end, (before, after) in zip(far, given.padding, strict=True)]
    for c, place in product(range(x.shape[0]), places):
        for out, tap in product(range(per_group), product(*map(range, given.kernel))):
            m = c // fan * per_group + out
            target = tuple(p * s + t * d for p, s, t, d in zip(place, given.stride, tap, given.dilation, strict=True))
            number = x[(c, *place)] * weights["weight"][(c, out, *tap)]
            count["macs"] += 1
            count["useful"] += all(t in axis for t, axis in zip(target, kept, strict=True))
            landed[(m, *target)] = landed.get((m, *target), 0.0) + number
    y = np.empty((given.out, *map(len, kept)))
    for m, *position in np.ndindex(*y.shape):
        target = tuple(axis[p] for axis, p in zip(kept, position, strict=True))
        y[(m, *position)] = landed.get((m, *target), 0.0)
        if given.bias:
            y[(m, *position)] += weights["bias"][m]
            count["additions"] += 1
    return y


def linear(given, weights, x, count):
    y = []
    for m, row in enumerate(normalised(weights)):
        total = 0.0
        for number, weight in zip(x.ravel(), row, strict=True):
            total += number * weight
            count["macs"] += 1
            count["useful"] += 1
        if given.bias:
            total += weights["bias"][m]
            count["additions"] += 1
        y.append(total)
    return y


def pooled(given, x, combine, padding, ceil_mode=False):
    """`combine` makes one number of a window's real elements, given all the places it reads."""
    numbers = {}
    for position, reads in grid(given, x.shape[1:], padding, ceil_mode):
        for c in range(x.shape[0]):
            real = [x[(c, *place)] for _, place in reads if inside(place, x.shape[1:])]
            numbers[(c, *position)] = combine(c, real, [place for _, place in reads])
    return filled(numbers)


def max_pool(given, weights, x, count):
    def largest(c, real, places):
        best = -inf
        for n, number in enumerate(real):
            count["comparisons"] += n > 0
            best = max(best, number)
        return best

    return pooled(given, x, largest, given.padding, given.ceil_mode)


def avg_pool(given, weights, x, count):
    stride = given.stride or given.kernel
    sides = sides_of(given.padding, x.shape[1:], given.kernel, stride, (1,) * len(stride))
    declared = [range(-before, n + after) for n, (before, after) in zip(x.shape[1:], sides, strict=True)]

    def mean(c, real, places):
        total = summed(real, count)
        count["divisions"] += 1
        on_padding = [all(p in axis for p, axis in zip(place, declared, strict=True)) for place in places]
        return total / (sum(on_padding) if given.include_pad else len(real))

    return pooled(given, x, mean, given.padding, given.ceil_mode)


def subsample(given, weights, x, count):
    def scaled(c, real, places):
        count["macs"] += 1
        count["useful"] += 1
        return summed(real, count) * weights["weight"][c] + weights["bias"][c]

    return pooled(given, x, scaled, [(0, 0)] * (x.ndim - 1))


def summed(numbers, count):
    total = numbers[0]
    for number in numbers[1:]:
        total += number
        count["additions"] += 1
    return total


def deformable_conv(given, weights, x, *moves, count):
    """Dai et al. 2017, eq. 2 to 4: every tap is read at a moved place, by bilinear interpolation."""
    channels, *size = x.shape
    taps, groups = prod(given.kernel), given.deform_groups
    if moves:
        branch = np.concatenate(moves)
    else:
        everything = [[(c, kernel) for c, kernel in enumerate(kernels)] for kernels in weights["offset_weight"]]
        branch = correlate(given, x, everything, weights.get("offset_bias"), count)
    fan, per_group = channels // given.groups, given.out // given.groups
    numbers = {}
    for position, reads in grid(given, size, given.padding):
        at = {}
        for c, (t, (_, place)) in product(range(channels), enumerate(reads)):
            g = c * groups // channels
            moved = [p + branch[(2 * (g * taps + t) + axis, *position)] for axis, p in enumerate(place)]
            value = 0.0
            for n, corner in enumerate(product(*((floor(p), floor(p) + 1) for p in moved))):
                nearness = prod(1 - abs(p - q) for p, q in zip(moved, corner, strict=True))
                count["multiplies"] += c % (channels // groups) == 0  # once for all channels of a group
                value += nearness * (x[(c, *corner)] if inside(corner, size) else 0.0)
                count["multiplies"] += 1
                count["additions"] += n > 0
            if given.modulated:
                value *= branch[(2 * groups * taps + g * taps + t, *position)]
                count["multiplies"] += 1
            at[c, t] = value
        for m in range(given.out):
            total = 0.0
            for c, (t, (tap, _)) in product(range(fan), enumerate(reads)):
                total += weights["weight"][(m, c, *tap)] * at[m // per_group * fan + c, t]
                count["macs"] += 1
                count["useful"] += 1
            if given.bias:
                total += weights["bias"][m]
                count["additions"] += 1
            numbers[(m, *position)] = total
    return filled(numbers)


LOOPS = {
    "avg_pool": avg_pool,
    "conv": conv,
    "conv_transpose": conv_transpose,
    "deformable_conv": deformable_conv,
    "depthwise_conv": depthwise_conv,
    "linear": linear,
    "max_pool": max_pool,
    "subsample": subsample,
}
