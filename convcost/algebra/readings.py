"""A description, read in numbers and in symbols: what guards ask of the symbols is noted on the way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from math import inf
from typing import NamedTuple

from convcost.algebra.anatomy import atoms_of, symbols_of
from convcost.algebra.assumed import Assumed
from convcost.algebra.assumptions import Assumptions, Unwitnessed
from convcost.algebra.conditions import Condition, shortest_conditions
from convcost.algebra.evaluation import Substitution
from convcost.algebra.in_numbers import InNumbers
from convcost.algebra.intervals import Bound
from convcost.algebra.judges import judged_by
from convcost.algebra.law import Law
from convcost.algebra.letters import AXES
from convcost.algebra.polynomial import Polynomial, size_symbol, symbol, total_of
from convcost.algebra.premises import counted_in
from convcost.algebra.variables import Variable
from convcost.network import Network
from convcost.ops.numbers import NeedsNumber, Number
from convcost.reading.description import Description

OUTPUTS = "only the number of outputs"


class Fact(NamedTuple):
    """What is known of a symbol's values, from where it stands."""

    whole: bool
    least: Bound


class Readings:
    """A description's network in symbols, with the settings that it is asked for; and in numbers, which guards need."""

    def __init__(
        self,
        description: Description,
        settings: dict[str, Number | str],
        variant: str | None,
        asked: Collection[str] | None,
        near: Mapping[str, Number],
        signed: Collection[str],
        assume: Collection[str] = (),
    ) -> None:
        self.plain = InNumbers(description, settings, variant, asked, near)
        self.numbers = self.plain.numbers
        self.given = {*self.plain.examples, *near}
        """Symbols that only have a value because one was tried, or asked for."""
        self.signed = signed
        self.assume = assume
        self.facts = {name: Fact(True, 1) for name in self.plain.outline.size_symbols}
        for name, least in {name: n for text in assume for name, n in counted_in(text).items()}.items():
            if name in self.plain.outline.symbols:
                self.facts.setdefault(name, Fact(True, least))

    def law(self, names: list[str], bound: Mapping[str, str], outputs: bool = True) -> Law:
        """Return the law in these symbols, and learn what they have to be.

        NeedsNumber for those that decide the structure, or (without `outputs`) are only the number of outputs.
        """
        plain = self.plain
        axes = {n: a for n, a in plain.axes.items() if plain.asked is None or a.name in plain.asked}
        free = {name: self._symbol(name) for name in names} | {a.name: size_symbol(a.name) for a in axes.values()}
        symbols = {**plain.outline.symbols, **{axis.name: axis.default for axis in plain.axes.values()}}
        known = {name: value for name, value in symbols.items() if name not in free and value is not None}
        assumed = Assumed(self.assume, free, known)
        values = {name: symbols[name] for name in free if symbols[name] is not None} | plain.examples
        values, witness = self._met(assumed, values) if self.assume else (values, values)

        used: set[str] = set()

        def free_size(given: str, axis: int, rank: int) -> Number | None:
            if axis not in axes:
                return plain.axes[axis].default if axis in plain.axes else None
            used.add(axes[axis].name)
            return assumed.inner[axes[axis].name]

        outer = assumed.outer
        chooses = self._chooses(outer)
        judge = Assumptions(witness, symbols, chooses) if self.numbers else Unwitnessed(symbols, chooses)
        settings = {**plain.settings, **{name: assumed.inner[name] for name in names}}
        try:
            with judged_by(judge):
                network = plain.description.symbolic(settings, plain.variant, free_size, judge)
                lost = frozenset() if outputs else outputs_only(network, free) & set(names) - self.given
                # Where nothing is to be learned of the others, guards can wait for the next reading.
                if not lost or not self.facts.keys() >= set(names) - lost:
                    judge.guard(network)
                if lost:
                    self.facts |= self._learned(names, assumed, judge)
                    raise NeedsNumber(total_of(assumed.inner[name] for name in lost), OUTPUTS)
        except NeedsNumber as needed:
            raise NeedsNumber(outer(needed.value) if outer else needed.value, needed.why) from None
        self.learned = self._learned(names, assumed, judge)
        batched = plain.set_batch == 1 and (plain.asked is None or plain.batch in plain.asked)
        return Law(
            network=network,
            variables=(
                *(
                    Variable(n, self._meaning(n, network, assumed), self._default(n, values.get(n)), free[n])
                    for n in names
                ),
                *(Variable(a.name, a.meaning, values[a.name], free[a.name]) for a in axes.values() if a.name in used),
            ),
            batch=Variable(plain.batch, "samples", plain.samples, size_symbol(plain.batch)) if batched else None,
            bound=dict(bound),
            conditions=tuple(shortest_conditions(_written(judge.conditions, outer))),
            unanswered=tuple(judge.unanswered),
            numbers=None if plain.examples else self.numbers,
            network_at=plain.network_at,
            taken_at=plain.takes,
            samples=plain.set_batch,
            assumed=assumed,
        )

    def _chooses(self, outer: Substitution | None) -> Callable[[Number], bool] | None:
        """What says whether a count chooses between networks, as variants do, or is rounded; None where none may."""
        if self.plain.asked is not None:
            return None
        variants = {name for variant in self.plain.description.spec.variants.values() for name in variant.entries}

        def chooses(count: Number) -> bool:
            written = outer(count) if outer else count
            rounded = any(atom.kind != "symbol" for atom in atoms_of(written))
            return rounded or not symbols_of(written).isdisjoint(variants)

        return chooses

    def _met(self, assumed: Assumed, values: dict[str, Number]) -> tuple[dict[str, Number], dict[str, Number]]:
        """Values that meet the assumptions, of the symbols and of those that the network is read in."""
        met, witness = assumed.defaults(values)
        if met != values:
            self.numbers = self.plain.network_at(met)
        return met, witness

    def _learned(self, names: Collection[str], assumed: Assumed, judge: Assumptions) -> dict[str, Fact]:
        """What is not known yet of symbols: that they stand where whole numbers do, or numbers from 1 up."""
        found = {}
        for name in names:
            fact = self.facts.get(name, Fact(False, -inf if self._is_signed(name) else 0))
            if assumed.inner[name] in judge.counts:
                new = Fact(True, max(fact.least, judge.counts[assumed.inner[name]]))
                if new != fact:
                    found[name] = new
        return found

    def _default(self, name: str, default: Number | None) -> Number | None:
        """None where the network takes only others."""
        return None if name in self.plain.examples else default

    def _symbol(self, name: str) -> Polynomial:
        fact = self.facts.get(name, Fact(False, -inf if self._is_signed(name) else 0))
        return symbol(name, fact.whole, fact.least)

    def _is_signed(self, name: str) -> bool:
        default = self.plain.outline.symbols[name]
        return name in self.signed or (default is not None and default < 0)

    def _meaning(self, name: str, network: Network, assumed: Assumed) -> str:
        if self.plain.outline.comments[name]:
            return self.plain.outline.comments[name]
        sizes = [shape.size for shape in network.inputs.values()]
        axes = {
            what
            for size in sizes
            for what, n in zip(AXES.get(len(size), {}).values(), size, strict=True)
            if isinstance(n, Polynomial) and not n.symbols.isdisjoint(symbols_of(assumed.inner[name]))
        }
        return f"{' and '.join(sorted(axes))} of the input" if axes else ""


def outputs_only(network: Network, free: Mapping[str, Number]) -> frozenset[str]:
    """Return the symbols that are the number of outputs and nothing else: what the task fixes."""
    numbers = {number: name for name, number in free.items()}
    made = (layer.output_shapes[0].channels for layer in network.layers if layer.name in network.outputs)
    found = {numbers[channels] for channels in made if channels in numbers}
    for layer in network.layers if found else ():
        for y in layer.output_shapes:
            found -= {name for n in y.numbers if n not in numbers for name in symbols_of(n)}
        if layer.held.total != 0:
            found -= {name for x in layer.input_shapes for n in x.numbers for name in symbols_of(n)}
    return frozenset(found)


def _written(conditions: Iterable[Condition], outer: Substitution | None) -> Iterator[Condition]:
    """Conditions in the symbols of the spec."""
    for condition in conditions:
        number = condition.number if outer is None else outer(condition.number)
        if isinstance(number, Polynomial):
            where = condition.where if outer is None else tuple(map(outer, condition.where))
            yield replace(condition, number=number, where=where)
