"""A description, read in numbers and in symbols: what guards ask of the symbols is noted on the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import inf
from typing import NamedTuple

from convcost.algebra.assumptions import Assumptions
from convcost.algebra.judges import judged_by
from convcost.algebra.law import Law, Variable
from convcost.algebra.letters import AXES
from convcost.algebra.polynomial import Polynomial, symbol
from convcost.errors import SpecError, UsageError, did_you_mean
from convcost.language.scope import Sizes
from convcost.network import Network
from convcost.ops.numbers import Number
from convcost.reading.description import Description

EXAMPLES = (64, 1, 2, 3, 4, 8, 16, 32, 128, 256, 512, 1024)
"""Values that are tried for symbols without any, to find out what the guards ask of them."""


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

    def law(self, names: list[str], whole: set[str], bound: Mapping[str, str]) -> Law:
        """Return the law in these symbols; NeedsNumber if one of them decides the structure."""
        numbers = {name: self._symbol(name, name in whole) for name in names}
        used: dict[str, Variable] = {}

        def free_size(given: str, axis: int, rank: int) -> Number | None:
            if axis not in self.axes:
                return None
            name, meaning, default = self.axes[axis]
            if self.asked is not None and name not in self.asked:
                return default
            used[name] = Variable(name, meaning, self._default(name, default), symbol(name, whole=True, least=1))
            return used[name].number

        defaults = {name: self.outline.symbols[name] for name in names}
        sizes = {axis.name: axis.default for axis in self.axes.values()}
        judge = Assumptions({**sizes, **defaults, **self.examples} if self.numbers else None)
        with judged_by(judge):
            network = self.description.symbolic(
                {**self.settings, **numbers}, self.variant, free_size, fold=self.asked is not None
            )
            judge.guard(network)
        batched = self.set_batch == 1 and (self.asked is None or self.batch in self.asked)
        return Law(
            network=network,
            variables=(
                *(
                    Variable(name, self._meaning(name, network), self._default(name, defaults[name]), numbers[name])
                    for name in names
                ),
                *used.values(),
            ),
            batch=Variable(self.batch, "samples", self.samples, symbol(self.batch, whole=True, least=1))
            if batched
            else None,
            bound=dict(bound),
            conditions=tuple(judge.conditions),
            unanswered=tuple(judge.unanswered),
            numbers=None if self.examples else self.numbers,
            network_at=self.network_at,
            taken_at=self.takes,
            samples=self.set_batch,
        )

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

    def _symbol(self, name: str, whole: bool) -> Polynomial:
        if name in self.outline.size_symbols:
            return symbol(name, whole=True, least=1)
        default = self.outline.symbols[name]
        below_zero = name in self.signed or (default is not None and default < 0)
        return symbol(name, whole, least=-inf if below_zero else 0)

    def _meaning(self, name: str, network: Network) -> str:
        if self.outline.comments[name]:
            return self.outline.comments[name]
        sizes = [shape.size for shape in network.inputs.values()]
        axes = {
            what
            for size in sizes
            for what, n in zip(AXES.get(len(size), {}).values(), size, strict=True)
            if isinstance(n, Polynomial) and name in n.symbols
        }
        return f"{' and '.join(sorted(axes))} of the input" if axes else ""
