"""Counting lattice points under a line, in logarithmic time: for windows of so many taps that one can't go through."""

from __future__ import annotations


def pairs_below(bound: int, positions: int, taps: int, stride: int, dilation: int) -> int:
    """Pairs of 0 <= y < positions and 0 <= t < taps with stride*y + dilation*t <= bound.

    >>> pairs_below(5, positions=3, taps=2, stride=2, dilation=3)
    5
    """
    if bound < 0 or positions < 1:
        return 0
    some = min(taps, bound // dilation + 1)  # later taps are beyond the bound for every y
    whole = min(some, max(0, (bound - stride * (positions - 1)) // dilation + 1))  # these are within it for every y
    rest = some - whole
    return whole * positions + rest + floor_sum(rest, stride, dilation, bound - dilation * (some - 1))


def floor_sum(n: int, m: int, a: int, b: int) -> int:
    """Return the sum of floor((a*j + b)/m) over 0 <= j < n, for m > 0 and a, b >= 0, by Euclid's steps.

    What is whole is summed at once; the points below the rest of the line are the points beside it, seen from the
    other axis, where it has slope m/a.

    >>> floor_sum(4, 3, 2, 1), sum((2 * j + 1) // 3 for j in range(4))
    (4, 4)
    """
    total = 0
    while n:
        total += n * (n - 1) // 2 * (a // m) + n * (b // m)
        a, b = a % m, b % m
        n, b = divmod(a * n + b, m)
        a, m = m, a
    return total
