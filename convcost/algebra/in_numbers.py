"""A description in numbers, for the values of the spec or for others that are tried: what a law's guards go by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from convcost.algebra.letters import AXES
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


class InNumbers:
    """A description's network at the values that it gives; at others where it gives none, or they do not fit."""

    def __init__(
        self,
        description: Description,
        settings: dict[str, Number | str],
        variant: str | None,
        asked: Collection[str] | None,
        near: Mapping[str, Number],
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
        free = [name for name in (*self.outline.size_symbols, *self.outline.letters) if self.is_free(name)]
        for n in EXAMPLES if free else ():
            chosen = {**settings, **{name: near.get(name, n) for name in free}}
            if self._fits(chosen):
                return {name: n for name in free if name not in near}, self._read(chosen)
        raise refused

    def _fits(self, settings: Mapping[str, Number | str]) -> bool:
        """Return whether there is a network there, without all the layers of those that are refused."""
        return not self.description.problems(settings, self.variant)

    def is_free(self, name: str) -> bool:
        """Return whether a symbol may be left free: none is that is set, or follows from others."""
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
            return [name for name in numeric if self.is_free(name)]
        known = [*numeric, self.batch, *(axis.name for axis in self.axes.values())]
        for name in self.asked:
            if name in self.settings:
                raise UsageError(f"`{name}` can't be both set and left free")
            if name not in known:
                help = did_you_mean(name, known) or f"there are {', '.join(known)}"
                raise UsageError(f"`{self.description.spec.name}` has no symbol `{name}`", help)
        return [name for name in numeric if name in self.asked]

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
