"""A symbolic number of repetitions, of which one that is read stands for all others.

Once a repetition hands on the shapes that it was given, all further ones cost the same. Where each changes the shapes
by the same numbers, as dense layers and convolutions without padding do, one is read with the shapes of any repetition:
a symbol in them says which it is.
"""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.

from collections.abc import Callable, Generator, Iterable
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from convcost.building.build import Layers
from convcost.language.entries import MAX_LAYERS, Budget
from convcost.language.scope import Scope
from convcost.network import Flow, Layer
from convcost.ops.base import Shape
from convcost.ops.numbers import NeedsNumber, Number

Step = Generator["Step", Any, Flow]


class Counters(Protocol):
    """What says which counts of repetitions may be symbols, and counts them."""

    def admit(self, count: Number) -> None:
        """Raise NeedsNumber for a count that has to be a number."""

    def counter(self, count: Number) -> Number:
        """Return a new symbol for the numbers from 0 to a count - 1."""


class _Start(NamedTuple):
    """How far the reading had come before a repetition."""

    layers: int
    steps: int
    folded: Number
    told: int
    names: int
    full_names: int
    counts: dict[str, int]


class Folding:
    """Reads one entry of a list a symbolic number of times."""

    def __init__(self, layers: Layers, budget: Budget, scope: Scope, counters: Counters) -> None:
        self.layers = layers
        self.budget = budget
        self.scope = scope
        self.counters = counters

    def read(self, once: Callable[[Flow, int], Step], flow: Flow, count: Number, steps: int, name: str) -> Step:
        """Read the entry, `once` from the flow it is given with its number, and return what the last one hands on.

        `steps` are those of an entry. Raises NeedsNumber where no repetition stands for all that follow.
        """
        self.counters.admit(count)
        if count % 1 or count < 0:
            raise NeedsNumber(count)
        starts, flows = list[_Start](), [flow]
        for n in range(2):
            starts.append(self._start())
            out: Flow = yield once(flows[n], n)
            if _shapes(out) == _shapes(flows[n]):
                self._stand(starts[n], flows[n], out, count, n, steps)
                return out
            flows.append(out)
        out = yield from self._moving(once, starts, flows, count, steps, name)
        return out

    def _moving(
        self,
        once: Callable[[Flow, int], Step],
        starts: list[_Start],
        flows: list[Flow],
        count: Number,
        steps: int,
        name: str,
    ) -> Step:
        """Read a repetition with the shapes of any, from the first on, or from the second."""
        own = [self.layers.all[start.layers :] for start in starts]
        odd = _uneven(own[0], own[1]) or name
        why = f"repeats `{odd}`, which changes shapes by other numbers each time"
        first, by = (_change(*pair) for pair in pairwise(map(_shapes, flows)))
        n = 0 if first == by else 1
        if by is None:
            raise NeedsNumber(count, why)
        self._undo(starts[n], count)
        counter = self.counters.counter(count - n)
        given = _moved(flows[n], by, counter)
        out: Flow = yield once(given, n)
        if _shapes(out) != _shapes(_moved(given, by, 1)) or len(self.scope.problems.found) > starts[n].told:
            raise NeedsNumber(count, why)
        out = _moved(out, by, count - n - 1 - counter)
        self._stand(starts[n], given, out, count, n, steps, counter)
        return out

    def _stand(
        self, start: _Start, given: Flow, out: Flow, count: Number, n: int, steps: int, counter: Number | None = None
    ) -> None:
        """Let the repetition that was read since stand for all but the n before it."""
        if n and count < n:
            raise NeedsNumber(count)
        repeat = self.layers.repeat(start.layers, given, out, count - n, counter)
        inner = self.budget.spent - start.steps - start.folded
        self.budget.folded += count * steps + repeat.total(inner, self.scope.prefix) - inner

    def _start(self) -> _Start:
        budget, scope = self.budget, self.scope
        names = len(scope.names), len(scope.full_names), dict(scope.counts)
        return _Start(len(self.layers.all), budget.steps, budget.folded, len(scope.problems.found), *names)

    def _undo(self, start: _Start, count: Number) -> None:
        """Forget what was read since; NeedsNumber where that was too much already."""
        budget, scope = self.budget, self.scope
        budget.undone += budget.steps - start.steps
        if budget.undone > MAX_LAYERS:
            raise NeedsNumber(count)
        self.layers.drop(start.layers)
        budget.steps, budget.folded = start.steps, start.folded
        for names, kept in ((scope.names, start.names), (scope.full_names, start.full_names)):
            for name in list(names)[kept:]:
                del names[name]
        scope.counts = start.counts


def _shapes(flow: Flow) -> list[Shape | None]:
    return [tensor.shape for tensor in flow]


def _change(given: Iterable[Shape | None], out: Iterable[Shape | None]) -> tuple[Shape, ...] | None:
    """By how much channels and sizes grow; None where there is no telling: others are handed on than are given."""
    before, after = list(given), list(out)
    if len(before) != len(after):
        return None
    found = []
    for a, b in zip(before, after, strict=True):
        if a is None or b is None or a.rank != b.rank:
            return None
        found.append(Shape(b.channels - a.channels, tuple(n - m for m, n in zip(a.size, b.size, strict=True))))
    return tuple(found)


def _moved(flow: Flow, by: tuple[Shape, ...], times: Number) -> Flow:
    """The tensors after so many changes."""
    moved = []
    for tensor, change in zip(flow, by, strict=True):
        assert tensor.shape is not None
        channels, *size = (n + times * d for n, d in zip(tensor.shape.numbers, change.numbers, strict=True))
        moved.append(tensor._replace(shape=Shape(channels, tuple(size))))
    return tuple(moved)


def _uneven(first: Iterable[Layer], second: Iterable[Layer]) -> str | None:
    """The first layer that does not change its shape in one repetition as it does in the next."""
    for one, other in zip(first, second, strict=False):
        changes = [_change(layer.input_shapes[:1], layer.output_shapes[:1]) for layer in (one, other)]
        if changes[0] != changes[1] or changes[0] is None:
            return one.name
    return None
