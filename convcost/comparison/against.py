"""One convolution against another: ratios, what they tend to, where it pays, and whether one can replace the other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import gcd

from convcost.algebra.anatomy import is_symbol, symbols_of
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.letters import AXES, in_letters
from convcost.algebra.polynomial import Polynomial, size_symbol
from convcost.algebra.ratios import Pays, Range, condition_of, limits_of, pays, ratio_of
from convcost.comparison.convolutions import Side, Table, formulas_of, ratios
from convcost.ops.numbers import Number

SQUARE = "N"
"""The letter for all axes of the input where they have one size."""


@dataclass(frozen=True, slots=True)
class Against:
    """One side measured against another."""

    of: Side
    to: Side
    exact: Mapping[str, Fraction | None]
    symbolic: Mapping[str, Number]
    """The ratios in letters, for those figures that have formulas."""
    short: Mapping[str, Number]
    """What the letters for output sizes in `symbolic` and `condition` stand for."""
    limits: tuple[tuple[str, Number], ...]
    """Of the ratio of multiplies, as these letters grow."""
    condition: tuple[Number, Number] | None
    """(left, right): `of` takes fewer multiplies exactly where left < right; None if that depends on nothing."""
    pays: tuple[Pays, ...]
    """For each letter, the values for which `of` takes fewer multiplies, the others as given."""

    @property
    def replacements(self) -> tuple[tuple[Side, Side], ...]:
        """(other, side) pairs of which one may ask whether `other` can replace `side`; not two transposed ones."""
        same = self.of.layer == self.to.layer or self.of.member.name == self.to.member.name == "transposed"
        return () if same else ((self.of, self.to), (self.to, self.of))


def measure(of: Side, to: Side, table: Table) -> Against:
    """Return one side against another, both of the same table."""
    axes = AXES[table.given.rank]
    at = dict(table.letters) | dict(zip(axes, table.given.size, strict=True))
    sizes = to.symbolic.layers[-1].output_shapes[0].size
    outputs = {
        size: size_symbol(f"{axis}_out")
        for axis, size in zip(axes, sizes, strict=False)
        if isinstance(size, Polynomial) and not is_symbol(size)
    }
    above, below = (formulas_of(in_letters(side.symbolic, outputs)) for side in (of, to))
    symbolic = {figure: ratio_of(above[figure], below[figure]) for figure in of.formulas if below[figure] != 0}
    used = {str(letter) for ratio in symbolic.values() for letter in ratio.free_symbols}
    ratio = symbolic.get("all_multiplies")
    if ratio is None or not ratio.free_symbols:
        limits, condition = [], None
    else:
        full = ratio_of(of.formulas["all_multiplies"], to.formulas["all_multiplies"])
        limits = limits_of(ratio, [["C_out"], ["C"]]) + limits_of(full, [list(axes)])
        condition = condition_of(ratio, at | {str(letter): _at(size, at) for size, letter in outputs.items()})
    return Against(
        of=of,
        to=to,
        exact=ratios(of.figures, to.figures),
        symbolic=symbolic,
        short={str(letter): size for size, letter in outputs.items() if str(letter) in used},
        limits=tuple(limits),
        condition=condition,
        pays=tuple(_pays(of, to, at, axes)),
    )


def _pays(of: Side, to: Side, at: dict[str, int], axes: Collection[str]) -> list[Pays]:
    """For every letter that the difference of multiplies depends on: which values make it negative."""
    difference = of.formulas["all_multiplies"] - to.formulas["all_multiplies"]
    layers = [*of.symbolic.layers, *to.symbolic.layers]
    sizes = [size for layer in layers for y in layer.output_shapes for size in y.size]
    letters = [letter for letter in at if letter not in axes]
    names: dict[str, str] = {}
    if len({at[axis] for axis in axes}) == 1:
        names = dict.fromkeys(axes, SQUARE)
        at = at | {SQUARE: next(at[axis] for axis in axes)}
        letters.insert(0, SQUARE)
    found = []
    for letter in letters:
        values = {name: size_symbol(letter) if names.get(name, name) == letter else at[name] for name in at}
        alone = Evaluation(values)
        if symbols_of(alone(difference)):
            found.append(pays(alone(difference), letter, _domain(letter, [alone(size) for size in sizes], at)))
    return found


def _domain(letter: str, sizes: list[Number], at: Mapping[str, int]) -> Range:
    """The values of a letter for which every window fits: an input may be too small, a kernel too large."""
    if letter == "g":
        return Range(1, gcd(at["C"], at.get("C_out", at["C"])))
    depending = [size for size in sizes if symbols_of(size)]

    def fits(n: int) -> bool:
        return all(_at(size, {letter: n}) >= 1 for size in depending)

    if not depending:
        return Range(1, None)
    # Sizes rise or fall with a letter, so what fits is one stretch around what is given.
    here, far = at[letter], 2 * (at[letter] + max(at.values()))
    first = bisect_left(range(1, here), True, key=fits) + 1
    last = None if fits(far) else here + bisect_left(range(here + 1, far), True, key=lambda n: not fits(n))
    return Range(first, last)


def _at(size: Number, at: Mapping[str, int]) -> int:
    return int(Evaluation(at)(size))
