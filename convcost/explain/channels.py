"""Which channels meet: one grouped convolution, and two with a shuffle between them."""

from __future__ import annotations


def group_of(channel: int, channels: int, groups: int) -> int:
    """Return the group that a channel is in, from 0."""
    return channel * groups // channels


def shuffled(channels: int, groups: int) -> list[int]:
    """For each output of the shuffle, the channel that it is: channel j of group i goes to place i of subgroup j.

    >>> shuffled(6, 2)
    [0, 3, 1, 4, 2, 5]
    """
    per_group = channels // groups
    return [i * per_group + j for j in range(per_group) for i in range(groups)]


def reached(channels: int, groups: int) -> int:
    """Return how many channels an output sees at least, behind grouped, shuffle, grouped, all with as many channels.

    >>> reached(9, 3), reached(6, 3)
    (9, 4)
    """
    order = shuffled(channels, groups)
    seen: list[set[int]] = [set() for _ in range(groups)]
    for place, channel in enumerate(order):
        # The first grouped convolution gave this channel all inputs of its group.
        seen[group_of(place, channels, groups)].add(group_of(channel, channels, groups))
    return min(map(len, seen)) * (channels // groups)
