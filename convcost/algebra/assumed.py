"""What a reader assumes of symbols, as `k odd` or `H % 32 == 0`: each assumption writes a symbol in another one.

An odd k is 2*k' + 1 for a whole k'; an H that 32 divides is 32*H'; an H from 64 up is 64 + H' for H' from 0 up. A
network read in such symbols has every rounding decided that the assumption decides, by algebra alone. What comes out is
written back in the symbols of the spec.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import ceil, floor, gcd, inf
from typing import Any

from convcost.algebra.anatomy import coefficient, symbols_of
from convcost.algebra.atoms import Atom
from convcost.algebra.bounds import highest, lowest
from convcost.algebra.conditions import Condition
from convcost.algebra.evaluation import Evaluation, Substitution
from convcost.algebra.intervals import Bound
from convcost.algebra.polynomial import Polynomial, is_count, number_of, symbol
from convcost.algebra.premises import HELP, Assumption
from convcost.errors import UsageError, did_you_mean
from convcost.language.expression import value_of
from convcost.language.syntax import ExpressionError, names_of
from convcost.ops.numbers import NeedsNumber, Number


class Contradiction(UsageError):
    """Assumptions that no values meet."""


class Assumed:
    """Symbols as they are read under assumptions, and what these stand for; UsageError for one that can't be met.

    `free` are the symbols as the spec has them, `known` the values of names that are not free. `inner` has, for the
    name of each free symbol, the number that the network is read with. `outer` writes what comes out in the symbols of
    the spec. Where the assumptions hold, is said by `conditions`.
    """

    def __init__(self, texts: Iterable[str], free: Mapping[str, Polynomial], known: Mapping[str, Any]) -> None:
        self.texts = tuple(texts)
        self.inner: dict[str, Number] = dict(free)
        self.conditions: list[Condition] = []
        self._free, self._known = free, known
        self._outer: dict[Atom, Number] = {}
        # Rests are asked last: what else is known of a symbol then bounds the one that it is written in.
        for assumption in sorted(map(Assumption.read, self.texts), key=lambda found: found.modulo is not None):
            self._assume(assumption)

    @property
    def outer(self) -> Substitution | None:
        """What writes a number in the symbols of the spec; None where all are as they were."""
        return Substitution(self._outer) if self._outer else None

    def defaults(self, given: Mapping[str, Number]) -> tuple[dict[str, Number], dict[str, Number]]:
        """Return values that meet the assumptions, those that are given or the next larger ones; and of what is read.

        Symbols without a value are left out.
        """
        at, read = Evaluation(given), dict[str, Number]()
        for atom in sorted({atom for number in self.inner.values() for atom in _symbols(number)}):
            meant = self._outer.get(atom, self._free.get(atom.parts[0], 0))
            if symbols_of(meant) <= given.keys():
                near, (low, high) = at(meant), atom.interval
                read[atom.parts[0]] = min(max(ceil(near) if atom.whole else near, low), high)
        there = Evaluation(read)
        met = {name: there(number) for name, number in self.inner.items() if symbols_of(number) <= read.keys()}
        return {name: value for name, value in met.items() if name in given}, read

    def _assume(self, assumption: Assumption) -> None:
        text = assumption.given
        for name in sorted(set().union(*map(names_of, assumption.sides))):
            if name not in self.inner and name not in self._known:
                known = [*self.inner, *self._known]
                raise UsageError(
                    f"--assume '{text}': there is no symbol `{name}`",
                    did_you_mean(name, known) or f"there are {', '.join(known)}",
                )
        scope = {**self._known, **self.inner}
        try:
            left, right, *modulo = (value_of(side, assumption.text, scope) for side in assumption.sides)
            holds = self._leaves(left, modulo[0], right) if modulo else self._compares(left, assumption.relation, right)
        except ExpressionError as error:
            raise UsageError(f"--assume '{text}': {error.message}", error.help or HELP) from None
        except (NeedsNumber, _Unfit) as error:
            help = str(error) if isinstance(error, _Unfit) else HELP
            raise UsageError(f"--assume '{text}': this can't be assumed here", help) from None
        if not holds:
            others = [f"'{other}'" for other in self.texts if other != text]
            against = f" together with {' and '.join(others)}" if others else ""
            raise Contradiction(f"--assume '{text}': no values meet it{against}", "leave one of them out")

    def _leaves(self, number: Number, divisor: Number, rest: Number) -> bool:
        """Assume that a number divided by another one leaves a rest; False if it never does."""
        if not is_count(divisor):
            raise _Unfit("what divides is a whole number from 1 up")
        if (not isinstance(rest, Polynomial) and rest < 0) or _is_less(divisor, rest + 1):
            return False
        shown, room = self._shown((number - rest) / divisor), self._shown(divisor - 1 - rest)
        left = (number - rest) % divisor
        if not isinstance(left, Polynomial):
            return bool(left == 0)
        for atom in _symbols(number):
            c = coefficient(number, atom) if atom.whole else 0
            others = number - c * number_of(atom)
            if isinstance(c, Polynomial) or not c or atom in _symbols(others) or atom in _symbols(divisor):
                continue
            if isinstance(others, int) and isinstance(divisor, int) and isinstance(rest, int) and isinstance(c, int):
                # c*x + others = rest modulo divisor: x is known modulo divisor/gcd.
                common = gcd(c, divisor)
                if (rest - others) % common:
                    return False
                divisor, offset = divisor // common, (rest - others) // common
                offset = offset * pow(c // common, -1, divisor) % divisor
            elif c in (1, -1):
                offset = c * (rest - others)
            else:
                continue
            self._write(atom, divisor, offset)
            self._add("whole", shown)
            for least in (self._shown(rest), room) if rest != 0 else ():
                self._add(">=", least)
            return True
        raise _Unfit("what is divided is a symbol, or a symbol and a number")

    def _compares(self, left: Number, relation: str, right: Number) -> bool:
        if relation == "==":
            return self._equal(left - right)
        difference = left - right if relation[0] == ">" else right - left
        strict = len(relation) == 1
        if strict and (not isinstance(difference, Polynomial) or difference.is_whole):
            difference, strict = difference - 1, False
        if not isinstance(difference, Polynomial):
            return bool(difference > 0 if strict else difference >= 0)
        if highest(difference) < 0:
            return False
        shown = self._shown(difference)
        if lowest(difference) < 0 and not self._bounded(difference):
            return False
        if strict:
            self._add(">", shown)
        return True

    def _equal(self, difference: Number) -> bool:
        if not isinstance(difference, Polynomial):
            return bool(difference == 0)
        for atom in reversed(_symbols(difference)):
            c = coefficient(difference, atom)
            value = number_of(atom) - difference / c if c in (1, -1) else None
            if value is None or atom in _symbols(value) or (atom.whole and not _is_whole(value)):
                continue
            if isinstance(value, Polynomial) and highest(value) < atom.interval[0]:
                return False
            if not isinstance(value, Polynomial) and not atom.interval[0] <= value <= atom.interval[1]:
                return False
            shown = self._shown(difference)
            self._put(atom, value)
            self._add("==", shown)
            return True
        raise _Unfit("one side is a symbol")

    def _bounded(self, difference: Polynomial) -> bool:
        """Assume that a number is not negative, by a symbol that has a sign of its own in it."""
        shown = self._shown(difference)
        for atom in _symbols(difference):
            c = coefficient(difference, atom)
            others = difference - c * number_of(atom)
            if isinstance(c, Polynomial) or not c or atom in _symbols(others):
                continue
            if not isinstance(others, Polynomial):
                bound = Fraction(-others) / c
                if atom.whole:
                    bound = Fraction(ceil(bound) if c > 0 else floor(bound))
                low, high = atom.interval
                low, high = (max(low, bound), high) if c > 0 else (low, min(high, bound))
                if low > high:
                    return False
                if low == high:
                    self._put(atom, int(low) if atom.whole else Fraction(low))
                else:
                    self._narrow(atom, low, high)
            elif c == 1:
                self._write(atom, 1, -others, least=0)
            else:
                continue
            self._add(">=", shown)
            return True
        raise _Unfit("one side is a symbol that is larger or smaller")

    def _write(self, atom: Atom, divisor: Number, offset: Number, least: Bound = -inf) -> None:
        """Write a symbol as divisor*x + offset, in a new symbol x."""
        if not isinstance(offset, Polynomial) and not isinstance(divisor, Polynomial):
            low = atom.interval[0]
            least = max(least, ceil(Fraction(low - offset) / divisor)) if low != -inf else least
        elif least == -inf:
            # divisor*x >= low - offset: where this is more than 0, x is at least 1; where it may be less, x may be.
            start = atom.interval[0] - offset if atom.interval[0] != -inf else -1
            low = lowest(start) if isinstance(start, Polynomial) else start
            least = 1 if low > 0 else 0 if low == 0 else -inf
        new = symbol(f"{atom.parts[0]}'", atom.whole, least)
        meant = self._outer.get(atom, self._free.get(atom.parts[0], number_of(atom)))
        outer = Substitution(self._outer)
        self._put(atom, divisor * new + offset, {new.atoms[0]: (meant - outer(offset)) / outer(divisor)})

    def _narrow(self, atom: Atom, low: Bound, high: Bound) -> None:
        new = symbol(atom.parts[0], atom.whole, low, high)
        meant = self._outer.get(atom, self._free.get(atom.parts[0], number_of(atom)))
        self._put(atom, new, {new.atoms[0]: meant})

    def _put(self, atom: Atom, value: Number, outer: Mapping[Atom, Number] | None = None) -> None:
        put = Substitution({atom: value})
        self.inner = {name: put(number) for name, number in self.inner.items()}
        self._outer.update(outer or {})

    def _shown(self, number: Number) -> Number:
        return Substitution(self._outer)(number)

    def _add(self, kind: str, number: Number) -> None:
        if isinstance(number, Polynomial):
            self.conditions.append(Condition(kind, number))


class _Unfit(Exception):
    """Why an assumption can't be written as a substitution."""


def _symbols(number: Number) -> list[Atom]:
    """The symbols that are atoms of a number's terms."""
    atoms = number.atoms if isinstance(number, Polynomial) else []
    return [atom for atom in atoms if atom.kind == "symbol"]


def _is_less(number: Number, other: Number) -> bool:
    return not isinstance(difference := number - other, Polynomial) and bool(difference < 0)


def _is_whole(number: Number) -> bool:
    return number.is_whole if isinstance(number, Polynomial) else number.denominator == 1
