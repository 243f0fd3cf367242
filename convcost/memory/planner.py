"""Where tensors are laid in one piece of memory: planners, and the most that they can reach."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.
from collections.abc import Sequence
from itertools import accumulate
from typing import NamedTuple


class Buffer(NamedTuple):
    """A tensor's bytes, and the first and the last of the operators that it is held for; at 0 there are the inputs."""

    name: str
    size: int
    first: int
    last: int


class Placed(NamedTuple):
    """A buffer, and the byte at which it starts."""

    buffer: Buffer
    start: int

    @property
    def end(self) -> int:
        """The byte after its last."""
        return self.start + self.buffer.size


def held_at(buffers: Sequence[Buffer]) -> list[int]:
    """Return the bytes that are held at each time, from 0: no planner needs less than the most of them."""
    changes = [0] * (2 + max((one.last for one in buffers), default=0))
    for one in buffers:
        changes[one.first] += one.size
        changes[one.last + 1] -= one.size
    return list(accumulate(changes[:-1]))


def arena_of(placed: Sequence[Placed]) -> int:
    """Return the bytes from the first to the last that is used."""
    return max((one.end for one in placed), default=0)


def greedy_by_size(buffers: Sequence[Buffer]) -> list[Placed]:
    """Return where TensorFlow Lite Micro lays tensors: the largest first, of equals the last made.

    `GreedyMemoryPlanner`; Pisarchyk & Lee 2020, arXiv:2001.03288, greedy by size.
    """
    return first_fit(_largest_first(buffers))


def _largest_first(buffers: Sequence[Buffer]) -> list[Buffer]:
    return sorted(buffers, key=lambda one: one.size)[::-1]


def first_fit(buffers: Sequence[Buffer]) -> list[Placed]:
    """Return the buffers laid in their order, each as low as those before it that are held with it allow."""
    times = range(1 + max((one.last for one in buffers), default=0))
    held: list[list[Placed]] = [[] for _ in times]
    """What is laid and held at each time; and below, what is laid and begins then."""
    begun: list[list[Placed]] = [[] for _ in times]
    for buffer in buffers:
        later = (one for time in range(buffer.first + 1, buffer.last + 1) for one in begun[time])
        start = 0
        for other in sorted((*held[buffer.first], *later), key=lambda one: one.start):
            if other.start - start >= buffer.size:
                break
            start = max(start, other.end)
        placed = Placed(buffer, start)
        begun[buffer.first].append(placed)
        for time in range(buffer.first, buffer.last + 1):
            held[time].append(placed)
    return sorted((one for laid in begun for one in laid), key=lambda one: one.start)


TRIES = 2000
"""How many orders of a few buffers are tried at most; of many, so many that it takes as long."""

FEW = 16


def best_found(buffers: Sequence[Buffer]) -> list[Placed]:
    """Return the buffers laid in the least memory that was found, in orders near that of the largest first.

    First fit lays them as well as can be in some order: here, what ends highest is moved to the front, as often as
    that is no loss. The search ends at the most that is held at once, below which there is nothing.
    """
    from random import Random

    order = _largest_first(buffers)
    random, least, best = Random(0), max(held_at(buffers)), first_fit(order)
    for _ in range(TRIES * FEW**2 // max(FEW, len(buffers)) ** 2):
        if arena_of(best) == least:
            break
        place = order.index(max(best, key=lambda one: one.end).buffer)
        tried = [*order]
        tried.insert(random.randint(0, place), tried.pop(place))
        found = first_fit(tried)
        if arena_of(found) <= arena_of(best):
            order, best = tried, found
    return best
