"""How polynomials are written, as one could type them; roundings that are long or inside others get a name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import count, takewhile

from convcost.algebra.anatomy import common_factor, fraction_of, inside, rounding
from convcost.algebra.atoms import Atom, Monomial, factors_of
from convcost.algebra.factoring import Factoring
from convcost.algebra.polynomial import Coefficient, Polynomial, number_of, sum_of
from convcost.algebra.sums import bare, fraction, is_sum, joined, shorter
from convcost.ops.numbers import Number

_IN_PLACE = ("floor", "positive", "sum")
_LONGEST = 40
"""Characters of a rounding that has no name; twice as many where only what is long gets one."""


class Notation:
    """How the numbers of one formula are written.

    `definitions` holds the names that it uses for roundings, with their texts: each may use those before it. Names that
    are `taken` are not used. With `in_place`, only what is long gets a name. Sizes have the names that are given, but
    for those that are `inlined`.
    """

    def __init__(
        self,
        taken: Collection[str] = (),
        in_place: bool = False,
        names: Mapping[Atom, str] | None = None,
        inlined: Collection[Atom] = (),
    ) -> None:
        self.definitions: dict[str, str] = {}
        self._in_place = in_place
        self.names = names or {}
        self._inlined = inlined
        self.taken = {*taken, *self.names.values()}
        self._atoms: dict[Atom, tuple[int, str]] = {}
        self._monomials: dict[Monomial, tuple[int, list[str], list[str]]] = {}
        self._factorings: dict[Collection[str], Factoring] = {}

    def text(self, number: Number) -> str:
        """Return the number as a sum, the highest degree first."""
        return joined(self.parts(number))

    def parts(self, number: Number) -> list[str]:
        """Return the terms of that sum with their signs: ["+ a**2", "- 2*a"]."""
        if not isinstance(number, Polynomial):
            return [f"- {-number}" if number < 0 else f"+ {number}"]
        self.learn(number)
        return self.terms(number)

    def learn(self, number: Number) -> None:
        """Write the atoms of a number, and name those that are not written in place."""
        atoms = inside([number], self._atoms)
        for atom in atoms:
            if atom in self._atoms:
                continue
            for before in self._named_before(atom):
                if before in atoms and before not in self._atoms:
                    self.learn(number_of(before))
            sign, text = self.write(atom)
            if not self.is_in_place(atom, text):
                text = self._named(atom, text)
            elif atom.kind == "sum" and is_sum(text):
                text = f"({text})"
            self._atoms[atom] = sign, text

    def _named_before(self, atom: Atom) -> list[Atom]:
        """The sizes that have names and come before this one."""
        return list(takewhile(lambda named: named is not atom, self.names)) if atom in self.names else []

    def short_parts(self, number: Number, sizes: Collection[str] = ()) -> list[str]:
        """Return the terms with their signs, those that have factors in common as one where that is much shorter.

        What depends on the symbols `sizes` is taken out of all terms or of none.
        """
        plain = self.parts(number)
        if not isinstance(number, Polynomial) or len(number.terms) < 2:
            return plain
        sizes = frozenset(sizes)
        short = self._factorings.setdefault(sizes, Factoring(self, sizes)).parts(number)
        return shorter(plain, short)

    def product(self, number: Number) -> str:
        """Return the number as what its terms have in common, times a sum."""
        text = self.text(number)
        if not isinstance(number, Polynomial) or len(number.terms) == 1:
            return text
        c, monomial, rest = common_factor(number)
        if not monomial and c.denominator == 1:
            return text
        return joined([self.signed(c, monomial, self.terms(rest) if monomial else self.short_parts(rest))])

    def signed(self, c: Coefficient, monomial: Monomial, parts: list[str]) -> str:
        """Return c*monomial*(parts) as a term with its sign."""
        sign, above, below = self._factors(monomial)
        return f"{'+' if sign * c > 0 else '-'} {fraction(max(c, -c), [*above, f'({joined(parts)})'], below)}"

    def factor(self, number: Number) -> str:
        """Return the number as it stands in a product."""
        text = self.text(number)
        return f"({text})" if isinstance(number, Polynomial) and len(number.terms) > 1 else text

    def is_in_place(self, atom: Atom, text: str) -> bool:
        """Return whether an atom is written where it stands."""
        if atom.kind in ("symbol", "inverse", "max"):
            return True
        if atom in self.names:
            return atom in self._inlined
        return len(text) <= (2 * _LONGEST if self._in_place else _LONGEST if atom.kind in _IN_PLACE else 0)

    def is_below(self, atom: Atom, exponent: int) -> bool:
        """Return whether a factor is written below a fraction's line: an inverse, as what it is the inverse of."""
        return (exponent < 0) != (atom.kind == "inverse")

    def _named(self, atom: Atom, text: str) -> str:
        if atom in self.names:
            self.definitions[self.names[atom]] = text
            return self.names[atom]
        letter = "c" if atom.kind in ("make_divisible", "round") else "s"  # as in channels and in size
        name = next(name for n in count(1) if (name := f"{letter}{n}") not in self.taken)
        self.taken.add(name)
        self.definitions[name] = text
        return name

    def _sum(self, number: Number) -> str:
        return joined(self.terms(number)) if isinstance(number, Polynomial) else str(number)

    def terms(self, number: Polynomial) -> list[str]:
        """Return the terms of a number whose atoms are written, with their signs."""
        parts = []
        for monomial, c in number.terms.items():
            sign, above, below = self._factors(monomial)
            degree = sum(exponent for _, exponent in monomial)
            text = ("+ " if sign * c > 0 else "- ") + fraction(max(c, -c), above, below)
            parts.append((-degree, text[0], [(len(factor), factor) for factor in above], text))
        texts = [part[-1] for part in sorted(parts)]
        first = next((n for n, text in enumerate(texts) if text[0] == "+"), 0)
        return [texts[first], *texts[:first], *texts[first + 1 :]]  # b - a, not -a + b

    def _factors(self, monomial: Monomial) -> tuple[int, list[str], list[str]]:
        """A monomial's sign, and its factors above and below a fraction's line."""
        if monomial not in self._monomials:
            self._monomials[monomial] = self._factored(monomial)
        return self._monomials[monomial]

    def _factored(self, monomial: Monomial) -> tuple[int, list[str], list[str]]:
        sign, above, below = 1, list[str](), list[str]()
        factors = [(atom.rank[:2], *self._atoms[atom], atom, exponent) for atom, exponent in factors_of(monomial)]
        for _, own_sign, text, atom, exponent in sorted(factors, key=lambda f: (f[0], len(f[2]), f[2])):
            sign *= own_sign ** abs(exponent)
            side = below if self.is_below(atom, exponent) else above
            side.append(text if abs(exponent) == 1 else f"{text}**{abs(exponent)}")
        return sign, above, below

    def write(self, atom: Atom) -> tuple[int, str]:
        """Return an atom's sign and text."""
        if atom.kind == "symbol":
            return 1, atom.parts[0]
        if atom.kind == "floor":
            return self._floor(atom.parts[0])
        if atom.kind == "sum":
            return 1, self._size(atom)
        parts = [bare(self._sum(part)) if isinstance(part, Polynomial) else str(part) for part in atom.parts]
        if atom.kind == "inverse":
            return 1, f"({parts[0]})"
        if atom.kind == "max":
            parts.sort(key=lambda text: (text == "...", text))
        return 1, f"max({parts[0]}, 0)" if atom.kind == "positive" else f"{atom.kind}({', '.join(parts)})"

    def _floor(self, number: Polynomial) -> tuple[int, str]:
        """A floor, or the ceiling that people would write: (H + 1)/2 rounded down is H/2 rounded up."""
        sign, name, inner = rounding(number)
        return sign, f"{name}({self._over(inner)})"

    def _size(self, atom: Atom) -> str:
        """A size: in one before it that has a name, or with a constant beside its rounding or in it."""
        number: Polynomial = atom.parts[0]
        texts = [self._sum(number)]
        for known in self._named_before(atom):
            name = self.names[known]
            if name not in self.definitions or name[0] != self.names[atom][0]:
                continue
            rest = number - known.parts[0]
            if all(inner.kind == "symbol" for inner in inside([rest])):
                texts.append(joined([f"+ {name}", *self.parts(rest)]) if rest != 0 else name)
        constant = number.terms.get((), 0)
        floors = [atom for atom in number.atoms if atom.kind == "floor" and number.terms.get(((atom, 1),)) == 1]
        for shift in {1, constant} if constant and len(floors) == 1 else ():
            rest = number - number_of(floors[0]) - shift
            sign, text = self._floor(floors[0].parts[0] + shift)
            rounded = f"{'+' if sign > 0 else '-'} {text}"
            texts.append(joined([rounded, *self.parts(rest)]) if rest != 0 else joined([rounded]))
        return min(texts, key=len)

    def _over(self, number: Number) -> str:
        """A sum over its denominator."""
        above, below = fraction_of(number)
        if below == 1 or not isinstance(number, Polynomial) or len(number.terms) == 1:
            return self._sum(number)
        divisor = self._sum(below)
        if isinstance(above, Polynomial):
            above = f"({joined(self._grouped(above))})"
        return f"{above}/{divisor if divisor.replace('**', '').isalnum() else f'({divisor})'}"

    def _grouped(self, number: Polynomial) -> list[str]:
        """The terms of a sum, with d*(k - 1) for d*k - d, as textbooks have it."""
        for monomial, c in number.terms.items():
            for atom, exponent in monomial if len(monomial) > 1 else ():
                rest = tuple(factor for factor in monomial if factor[0] is not atom)
                if exponent == 1 and number.terms.get(rest) == -c:
                    others = number - sum_of({monomial: c, rest: -c})
                    sign, text = self._atoms[atom]
                    group = self.signed(c, rest, [f"{'+' if sign > 0 else '-'} {text}", "- 1"])
                    return [*self._grouped(others), group] if isinstance(others, Polynomial) else [group]
        return self.terms(number)
