"""What a closed form rests on: the guards of the operators, asked about symbols.

A guard compares sizes. Where symbols leave the answer open, it is taken from one set of values for which the network is
known to be sound, and noted: wherever all that was noted holds, the guards let the network pass in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import count as count_from
from math import inf
from typing import Any

from convcost.algebra.anatomy import coefficient, inside, is_symbol, symbols_of
from convcost.algebra.bounds import highest, lowest
from convcost.algebra.conditions import Condition, asked_of_all, may_be_none
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.intervals import Bound
from convcost.algebra.polynomial import Polynomial, number_of, symbol
from convcost.errors import ShapeError
from convcost.network import Layer, Network
from convcost.ops import arguments as arg
from convcost.ops.numbers import NeedsNumber, Number, product


class Assumptions:
    """Decides comparisons, and notes what it could only decide by the values of `witness`.

    Without a witness every guard is taken to pass, and nothing is noted.
    """

    def __init__(
        self,
        witness: Mapping[str, Number] | None,
        taken: Collection[str] = (),
        chooses: Callable[[Number], bool] | None = None,
    ) -> None:
        """Begin without conditions; symbols that are made have none of the names that are `taken`.

        `chooses` says of a count of repetitions whether it is no part of a formula, but chooses between networks.
        """
        self._values = None if witness is None else dict(witness)
        self._witness = None if self._values is None else Evaluation(self._values)
        self._taken = taken
        self._chooses = chooses
        self._counters: list[tuple[Polynomial, Number]] = []
        self._where: tuple[Polynomial, ...] = ()
        self.conditions: dict[Condition, None] = {}
        self.counts: dict[Number, Bound] = {}
        """What has to be a whole number, and how large it has to be."""
        self._layer = ""
        self.unanswered: dict[str, None] = {}
        """Guards that compare the forms of numbers, which may differ where their values do not."""

    def at_least_zero(self, number: Polynomial) -> bool:
        """Return the answer that holds at the witness, and note the condition under which it does."""
        if lowest(number) >= 0:
            return True
        if highest(number) < 0 or self._witness is None:
            return False
        holds = bool(self._witness(number) >= 0)
        if holds:
            self._note(">=", number)
        elif number.is_whole:
            self._note(">=", -number - 1)
        else:
            self._note(">", -number)
        return holds

    def is_zero(self, number: Polynomial) -> bool:
        """Return the answer that holds at the witness, and note the condition under which it does."""
        if lowest(number) > 0 or highest(number) < 0:
            return False
        if self._witness is None:
            return True
        if self._witness(number) != 0:
            self._note("!=", number)
            return False
        rounded = _unrounded(number)
        if rounded is None:
            self._note("==", number)
        else:
            self._note("whole", rounded)
        return True

    def divides(self, number: Polynomial) -> None:
        """Note that a number is not 0."""
        if self._witness is not None and lowest(number) <= 0 <= highest(number):
            self._note("!=", number)

    def _note(self, kind: str, number: Polynomial) -> None:
        if kind == "whole":
            self.counts.setdefault(number, -inf)
        if kind != "whole" or not number.is_whole:
            self.conditions.setdefault(Condition(kind, number, self._where, self._layer))

    def admit(self, count: Number) -> None:
        """Raise NeedsNumber for a count of repetitions that chooses between networks."""
        if self._chooses and self._chooses(count):
            raise NeedsNumber(count)

    def counter(self, count: Number) -> Number:
        """Return a new symbol for the numbers from 0 to count - 1."""
        names = (name for n in count_from(len(self._counters)) for name in [f"i_{n}" if n else "i"])
        name = next(name for name in names if name not in self._taken)
        counter = symbol(name, whole=True)
        self._counters.append((counter, count))
        if self._values is not None:
            self._values[name] = 0
        return counter

    def guard(self, network: Network) -> None:
        """Asks all guards of a network, as the reading does where sizes are ints."""
        if self._witness is None:
            return
        for shape in network.inputs.values():
            for number in shape.numbers:
                self._count(number, 1)
        for atom in inside(n for layer in network.layers for y in layer.output_shapes for n in y.numbers):
            if atom.kind == "make_divisible":
                self._at_least(atom.parts[1], 1)
        for layer in network.layers:
            self._layer = layer.name
            self._where = tuple(n for repeat in layer.repeats if may_be_none(n := repeat.count))
            self._confined(layer)
            given: list[Number] = []
            for name, argument in layer.operator.arguments.items():
                for number, least in _counts(argument.kind, getattr(layer.operator, name)):
                    self._count(number, least)
                    given.append(number)
            try:
                layer.operator.check(*layer.input_shapes)
            except ShapeError as error:
                # The network is there at the witness, so it means something else there than in symbols.
                if symbolic := [number for number in given if isinstance(number, Polynomial)]:
                    raise NeedsNumber(product(symbolic), f"decides what `{layer.name}` reads") from None
                self.unanswered[f"`{layer.name}` does not refuse it ({error.message})"] = None
        for counter, count in reversed(self._counters):
            self._hold_in_all(counter, count)

    def _confined(self, layer: Layer) -> None:
        """See to it that no shape depends on which repetition of other layers it was made in."""
        own = {repeat.counter for repeat in layer.repeats}
        others = [(counter, count) for counter, count in self._counters if counter not in own]
        numbers = [n for x in (*layer.input_shapes, *layer.output_shapes) for n in x.numbers] if others else []
        for counter, count in others:
            if any(counter.symbols <= symbols_of(n) for n in numbers):
                raise NeedsNumber(count)

    def _hold_in_all(self, counter: Polynomial, count: Number) -> None:
        """Ask of all repetitions what was asked of one."""
        asked, self.conditions = self.conditions, {}
        for condition in asked:
            self._layer = condition.layer
            above = self._witness is not None and self._witness(condition.number) > 0
            for closed in asked_of_all(condition, counter, count, above):
                self._where = closed.where
                self._note(closed.kind, closed.number)

    def _count(self, number: Number, least: Bound) -> None:
        """A whole number from `least` up has to stand here."""
        if isinstance(number, Polynomial):
            self._note("whole", number)
            self.counts[number] = max(least, self.counts[number])
            constant = number.terms.get((), 0)
            if constant % 1 == 0:  # without it the rest is as whole, and so is what is below 0
                self.counts.setdefault(number - constant, -inf)
                self.counts.setdefault(constant - number, -inf)
            self._at_least(number, least)

    def _at_least(self, number: Number, least: Bound) -> None:
        if isinstance(number, Polynomial) and lowest(number) < least:
            # What a symbol is where it stands, no layer needs more than others.
            layer = "" if is_symbol(number) else self._layer
            self.conditions.setdefault(Condition(">=", number - least, self._where, layer))


class Unwitnessed(Assumptions):
    """Answers while a network is read of which no values are known to be sound: what they decide, is not decided."""

    def __init__(self, taken: Collection[str] = (), chooses: Callable[[Number], bool] | None = None) -> None:
        super().__init__(None, taken, chooses)

    def at_least_zero(self, number: Polynomial) -> bool:
        """Return whether a number is 0 or more; NeedsNumber if that depends on the values."""
        if lowest(number) < 0 <= highest(number):
            raise NeedsNumber(number)
        return lowest(number) >= 0

    def is_zero(self, number: Polynomial) -> bool:
        """Return False where a number is never 0; else NeedsNumber."""
        if lowest(number) <= 0 <= highest(number):
            raise NeedsNumber(number)
        return False


class Uncertain(Exception):
    """A comparison that depends on the symbols' values."""


class Certainty:
    """Decides only what holds for all values of the symbols, or for none."""

    def at_least_zero(self, number: Polynomial) -> bool:
        """Return whether a number is 0 or more; Uncertain if that depends on the values."""
        if lowest(number) < 0 <= highest(number):
            raise Uncertain
        return lowest(number) >= 0

    def is_zero(self, number: Polynomial) -> bool:
        """Return False where a number is never 0; else Uncertain."""
        if lowest(number) <= 0 <= highest(number):
            raise Uncertain
        return False

    def divides(self, number: Polynomial) -> None:
        """A division by zero is for the numbers to refuse."""


def _counts(kind: arg.Kind, value: Any) -> Iterator[tuple[Number, Bound]]:
    """The numbers of an argument that have to be whole, and how large they have to be."""
    match kind:
        case arg.Optional() if value is not None:
            yield from _counts(kind.kind, value)
        case arg.Count():
            yield value, _least(kind)
        case arg.PerAxis():
            yield from ((number, _least(kind.number)) for number in value)
        case arg.BothSides():
            yield from ((number, 0) for number in value)
        case arg.Sides() if value != "same":
            yield from ((number, _least(kind.side)) for pair in value for number in pair)
        case arg.Counts():
            yield from ((number, 1) for number in value)


def _least(kind: arg.Count) -> Bound:
    return -inf if kind.least is None else kind.least


def _unrounded(number: Polynomial) -> Polynomial | None:
    """The y of b*(y - floor(y)), which is zero where y is whole: so a % b is asked."""
    for atom in number.atoms:
        if atom.kind == "floor":
            inner: Polynomial = atom.parts[0]
            if number == -coefficient(number, atom) * (inner - number_of(atom)):
                return inner
    return None
