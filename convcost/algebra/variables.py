"""The symbols that a law is in, and the values of them for which it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from convcost.algebra.conditions import Condition
from convcost.algebra.domain import rises, smallest_root
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.polynomial import Polynomial
from convcost.errors import SpecError, UsageError
from convcost.network import Network
from convcost.ops.numbers import Number

if TYPE_CHECKING:
    from convcost.algebra.assumed import Assumed
    from convcost.algebra.lanes import Array, Column, Lanes


class Variable(NamedTuple):
    """A symbol that was left free."""

    name: str
    meaning: str
    default: Number | None
    number: Polynomial


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Domain:
    """Variables, and what is asked of their values."""

    variables: tuple[Variable, ...]
    batch: Variable | None
    """The number of samples; None where the law is that of one."""
    conditions: tuple[Condition, ...]
    numbers: Network | None
    """The network with all symbols at their defaults; None if some have none."""
    network_at: Callable[[Mapping[str, Number]], Network]
    """Returns the network at values of the variables; raises SpecError if it refuses them."""
    taken_at: Callable[[Mapping[str, Number]], bool]
    """Says, without making it, whether there is a network at values of the variables."""
    samples: int = 1
    """The number of samples where it was not left free."""
    assumed: Assumed | None = None
    """What is assumed of the symbols: the network's shapes and figures are in what these are read in."""

    @cached_property
    def all_variables(self) -> Mapping[str, Variable]:
        """The variables and the batch, by name."""
        variables = [*self.variables, *([self.batch] if self.batch else [])]
        return {variable.name: variable for variable in variables}

    @cached_property
    def defaults(self) -> Mapping[str, Number]:
        """The variables' values that the spec gives."""
        variables = self.all_variables.values()
        return {variable.name: variable.default for variable in variables if variable.default is not None}

    @cached_property
    def domain(self) -> tuple[Condition, ...]:
        """The conditions on the variables alone: counts are whole, and nothing is less than it may be."""
        variables = self.all_variables.values()
        least = [(v.number, v.number.interval[0]) for v in variables]
        return (
            *(Condition("whole", v.number) for v in variables if v.number.is_whole),
            *(Condition(">=", number - bound) for number, bound in least if bound != -inf),
            *(self.assumed.conditions if self.assumed else ()),
        )

    @cached_property
    def least(self) -> Mapping[str, int]:
        """How large variables are at least where it holds, as far as a condition on one of them says so."""
        found: dict[str, int] = {}
        for condition in self.conditions:
            if condition.kind == ">=" and len(condition.number.symbols) == 1 and not condition.where:
                (name,) = condition.number.symbols
                if self.all_variables[name].number.is_whole and rises(condition.number):
                    found[name] = max(found.get(name, 1), smallest_root(condition.number))
        return found

    @property
    def whole(self) -> list[str]:
        """The names of the variables that are whole numbers, for they count something."""
        counts = {condition.number for condition in self.conditions if condition.kind == "whole"}
        return [name for name, v in self.all_variables.items() if v.number.is_whole or v.number in counts]

    def broken(self, at: Evaluation) -> Condition | None:
        """Return the first of the conditions that does not hold."""
        return next((condition for condition in (*self.domain, *self.conditions) if not condition.holds(at)), None)

    def numbers_at(self, values: Mapping[str, Number]) -> tuple[Network, int] | None:
        """Return the network at values of the variables, in ints, and the batch; None if it refuses them."""
        complete = self._counted(values)
        if complete is None:
            return None
        try:
            return self.network_at(complete), int(complete[self.batch.name]) if self.batch else self.samples
        except SpecError:
            return None

    def takes(self, values: Mapping[str, Number]) -> bool:
        """Return whether the network takes values of the variables; sooner than by `numbers_at`."""
        complete = self._counted(values)
        return complete is not None and self.taken_at(complete)

    def _counted(self, values: Mapping[str, Number]) -> Mapping[str, Number] | None:
        """The values and the defaults of the others; None if a size or a count is not a whole number from 1 up."""
        complete = {**self.defaults, **values}
        counts = (
            complete.get(v.name, 1)
            for v in self.all_variables.values()
            if v.number.is_whole and v.number.interval[0] == 1
        )
        return None if any(n < 1 or n.denominator != 1 for n in counts) else complete

    def evaluate_all(self, numbers: Iterable[Number], values: Mapping[str, Number]) -> list[Number]:
        """Return numbers of this law at values of the variables, as `evaluate` does."""
        at = self.at(values)
        broken = self.broken(at)
        if broken:
            raise UsageError(f"the closed form holds only where {broken}")
        return list(map(at, numbers))

    def evaluate_numbers(
        self, numbers: Mapping[str, Number], columns: Mapping[str, Column | Lanes]
    ) -> tuple[dict[str, Array], Array]:
        """Evaluate numbers of this law for many configurations at once, exactly; and say which of them it holds for.

        Columns are arrays of int64, or fractions; shapes broadcast. Where it does not hold, a number means nothing.
        """
        from convcost.algebra.lanes import array_of, lanes
        from convcost.algebra.masks import mask, undisturbed

        at = self.at({name: lanes(column) for name, column in columns.items()})
        with undisturbed():
            found = {name: array_of(at(number)) for name, number in numbers.items()}
            return found, mask((*self.domain, *self.conditions), at)

    def at(self, values: Mapping[str, Number]) -> Evaluation:
        """Return an evaluation of this law's numbers at values of the variables; UsageError where one has no value."""
        complete = {**self.defaults, **values}
        for variable in self.variables:
            if variable.name not in complete:
                raise UsageError(f"`{variable.name}` has no value", f"give it one: --set {variable.name}=...")
        return Evaluation(complete)

    @property
    def at_defaults(self) -> Evaluation | None:
        """The evaluation of its numbers at the defaults; None if some variables have none."""
        return self.at({}) if self.numbers else None
