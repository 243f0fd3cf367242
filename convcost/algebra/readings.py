"""A description, read in numbers and in symbols: what guards ask of the symbols is noted on the way."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from math import inf
from typing import NamedTuple

from convcost.algebra.anatomy import atoms_of, symbols_of
from convcost.algebra.assumed import Assumed, counted_in
from convcost.algebra.assumptions import Assumptions, Unwitnessed
from convcost.algebra.conditions import Condition, shortest_conditions
from convcost.algebra.evaluation import Substitution
from convcost.algebra.intervals import Bound
from convcost.algebra.judges import judged_by
from convcost.algebra.law import Law, Variable
from convcost.algebra.letters import AXES
from convcost.algebra.polynomial import Polynomial, size_symbol, symbol, total_of
from convcost.errors import SpecError, UsageError, did_you_mean
from convcost.language.scope import Sizes
from convcost.network import Network
from convcost.ops.numbers import NeedsNumber, Number
from convcost.reading.description import Description

OUTPUTS = "only the number of outputs"

EXAMPLES = (64, 1, 2, 3, 4, 8, 16, 32, 128, 256, 512, 1024)
"""Values that are tried for symbols without any, to find out what the guards ask of them."""


class Fact(NamedTuple):
    """What is known of a symbol's values, from where it stands."""

    whole: bool
    least: Bound


class _Axis(NamedTuple):
    """A size that the spec gives as a plain number."""

    name: str
    meaning: str
    default: Number


class Readings:
    """A description's network in numbers and in symbols, with the settings that it is asked for."""

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
        settings, at = description.at(settings)
        self.description, self.settings, self.variant, self.asked = description, settings, variant, asked
        self.outline = description.outline(settings, variant)
        chosen = {**settings, **{symbol: n for symbol, n in near.items() if symbol in self.outline.symbols}}
        if near:
            self.outline = description.outline(chosen, variant)
        missing = [symbol for symbol, value in self.outline.symbols.items() if value is None]
        self.examples, self.numbers = self._example(chosen, missing) if missing else self._sound(chosen, near)
        self.axes = {n: axis._replace(default=near.get(axis.name, axis.default)) for n, axis in self._axes().items()}
        if self.numbers and any(axis.name in near for axis in self.axes.values()):
            self.numbers = self.network_at(near)
        self.batch, self.set_batch = self.outline.batch, at.batch
        self.samples = near.get(self.batch, 1)
        self.given = {*self.examples, *near}
        """Symbols that only have a value because one was tried, or asked for."""
        self.signed = signed
        self.assume = assume
        self.facts = {name: Fact(True, 1) for name in self.outline.size_symbols}
        for name, least in {name: n for text in assume for name, n in counted_in(text).items()}.items():
            if name in self.outline.symbols:
                self.facts.setdefault(name, Fact(True, least))

    def _read(self, settings: Mapping[str, Number | str]) -> Network:
        return self.description.network(settings, self.variant)

    def _sound(
        self, settings: Mapping[str, Number | str], near: Mapping[str, Number]
    ) -> tuple[dict[str, Number], Network]:
        """The network; where the spec's sizes do not fit, at others for those that are left free, and what they are."""
        try:
            return {}, self._read(settings)
        except SpecError as error:
            refused = error
        free = [name for name in (*self.outline.size_symbols, *self.outline.letters) if self._is_free(name)]
        for n in EXAMPLES if free else ():
            chosen = {**settings, **{name: near.get(name, n) for name in free}}
            if self._fits(chosen):
                return {name: n for name in free if name not in near}, self._read(chosen)
        raise refused

    def _fits(self, settings: Mapping[str, Number | str]) -> bool:
        """Return whether there is a network there, without all the layers of those that are refused."""
        return not self.description.problems(settings, self.variant)

    def _is_free(self, name: str) -> bool:
        outline = self.outline
        if name in (*self.settings, *outline.settled, *outline.derived):
            return False
        return self.asked is None or name in self.asked

    def _example(
        self, settings: Mapping[str, Number | str], missing: list[str]
    ) -> tuple[dict[str, Number], Network | None]:
        """Values for symbols that have none with which the network is sound, and the network there."""
        for n in EXAMPLES:
            tried = dict.fromkeys(missing, n)
            if self._fits({**settings, **tried}):
                return tried, self._read({**settings, **tried})
        return {}, None

    def _axes(self) -> dict[int, _Axis]:
        """The input's sizes that are plain numbers; none where several inputs have different sizes."""
        sizes = {shape.size for shape in self.numbers.inputs.values()} if self.numbers else set()
        if len(sizes) != 1:
            return {}
        (size,) = sizes
        names = {axis: letter for letter, axis in self.outline.letters.items()}
        axes = enumerate(zip(AXES.get(len(size), {}).items(), size, strict=True))
        return {
            axis: _Axis(names[axis], f"{what} of the input", n)
            for axis, ((_, what), n) in axes
            if axis in names and names[axis] not in self.settings
        }

    def names(self) -> list[str]:
        """Return the spec's symbols that are to be left free, in its order."""
        outline = self.outline
        numeric = [name for name, value in outline.symbols.items() if not isinstance(value, bool | str)]
        if self.asked is None:
            return [name for name in numeric if self._is_free(name)]
        known = [*numeric, self.batch, *(axis.name for axis in self.axes.values())]
        for name in self.asked:
            if name in self.settings:
                raise UsageError(f"`{name}` can't be both set and left free")
            if name not in known:
                help = did_you_mean(name, known) or f"there are {', '.join(known)}"
                raise UsageError(f"`{self.description.spec.name}` has no symbol `{name}`", help)
        return [name for name in numeric if name in self.asked]

    def law(self, names: list[str], bound: Mapping[str, str], outputs: bool = True) -> Law:
        """Return the law in these symbols, and learn what they have to be.

        NeedsNumber for those that decide the structure, or (without `outputs`) are only the number of outputs.
        """
        axes = {n: a for n, a in self.axes.items() if self.asked is None or a.name in self.asked}
        free = {name: self._symbol(name) for name in names} | {a.name: size_symbol(a.name) for a in axes.values()}
        symbols = {**self.outline.symbols, **{axis.name: axis.default for axis in self.axes.values()}}
        known = {name: value for name, value in symbols.items() if name not in free and value is not None}
        assumed = Assumed(self.assume, free, known)
        values = {name: symbols[name] for name in free if symbols[name] is not None} | self.examples
        values, witness = self._met(assumed, values) if self.assume else (values, values)

        used: set[str] = set()

        def free_size(given: str, axis: int, rank: int) -> Number | None:
            if axis not in axes:
                return self.axes[axis].default if axis in self.axes else None
            used.add(axes[axis].name)
            return assumed.inner[axes[axis].name]

        outer = assumed.outer
        chooses = self._chooses(outer)
        judge = Assumptions(witness, symbols, chooses) if self.numbers else Unwitnessed(symbols, chooses)
        settings = {**self.settings, **{name: assumed.inner[name] for name in names}}
        try:
            with judged_by(judge):
                network = self.description.symbolic(settings, self.variant, free_size, judge)
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
        batched = self.set_batch == 1 and (self.asked is None or self.batch in self.asked)
        return Law(
            network=network,
            variables=(
                *(
                    Variable(n, self._meaning(n, network, assumed), self._default(n, values.get(n)), free[n])
                    for n in names
                ),
                *(Variable(a.name, a.meaning, values[a.name], free[a.name]) for a in axes.values() if a.name in used),
            ),
            batch=Variable(self.batch, "samples", self.samples, size_symbol(self.batch)) if batched else None,
            bound=dict(bound),
            conditions=tuple(shortest_conditions(_written(judge.conditions, outer))),
            unanswered=tuple(judge.unanswered),
            numbers=None if self.examples else self.numbers,
            network_at=self.network_at,
            taken_at=self.takes,
            samples=self.set_batch,
            assumed=assumed,
        )

    def _chooses(self, outer: Substitution | None) -> Callable[[Number], bool] | None:
        """What says whether a count chooses between networks, as variants do, or is rounded; None where none may."""
        if self.asked is not None:
            return None
        variants = {name for variant in self.description.spec.variants.values() for name in variant.entries}

        def chooses(count: Number) -> bool:
            written = outer(count) if outer else count
            rounded = any(atom.kind != "symbol" for atom in atoms_of(written))
            return rounded or not symbols_of(written).isdisjoint(variants)

        return chooses

    def _met(self, assumed: Assumed, values: dict[str, Number]) -> tuple[dict[str, Number], dict[str, Number]]:
        """Values that meet the assumptions, of the symbols and of those that the network is read in."""
        met, witness = assumed.defaults(values)
        if met != values:
            self.numbers = self.network_at(met)
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

    def network_at(self, values: Mapping[str, Number]) -> Network:
        """Return the network with these values of symbols and sizes, in numbers."""
        return self.description.network(*self._asked_at(values))

    def takes(self, values: Mapping[str, Number]) -> bool:
        """Return whether there is a network with these values of symbols and sizes; it is not made."""
        return not self.description.problems(*self._asked_at(values))

    def _asked_at(self, values: Mapping[str, Number]) -> tuple[dict[str, Number | str], str | None, Sizes | None]:
        sizes = {n: values.get(axis.name, axis.default) for n, axis in self.axes.items()}
        symbols = {name: value for name, value in values.items() if name in self.outline.symbols}
        return (
            {**self.settings, **symbols},
            self.variant,
            (lambda given, axis, rank: sizes.get(axis)) if sizes else None,
        )

    def _default(self, name: str, default: Number | None) -> Number | None:
        """None where the network takes only others."""
        return None if name in self.examples else default

    def _symbol(self, name: str) -> Polynomial:
        fact = self.facts.get(name, Fact(False, -inf if self._is_signed(name) else 0))
        return symbol(name, fact.whole, fact.least)

    def _is_signed(self, name: str) -> bool:
        default = self.outline.symbols[name]
        return name in self.signed or (default is not None and default < 0)

    def _meaning(self, name: str, network: Network, assumed: Assumed) -> str:
        if self.outline.comments[name]:
            return self.outline.comments[name]
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
