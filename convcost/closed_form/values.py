"""Closed forms at values of their symbols, or at arrays of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from convcost.algebra.law import Law
from convcost.algebra.variables import Variable
from convcost.errors import UsageError, choices
from convcost.language.scope import exact, setting
from convcost.ops.numbers import Number
from convcost.render.law.domain import domain_in_full


def values_at(
    law: Law, variables: Iterable[Variable], numbers: Sequence[Number], given: Mapping[str, Any]
) -> list[Any]:
    """Return numbers of a law at values of the variables that they depend on; arrays where some of these are.

    Raises UsageError for a name that is not a variable, for one without a value, for what is not a number, and where
    the law does not hold.
    """
    own = {variable.name: variable for variable in variables}
    known = {**law.all_variables, **own}
    for name in given:
        if name not in known:
            raise UsageError(f"the formula has no `{name}`", choices(name, known, "it has"))
    for name, variable in own.items():
        if variable.default is None and name not in given:
            meaning = f", {variable.meaning}," if variable.meaning else ""
            raise UsageError(f"`{name}`{meaning} has no value", f"give it one: {name}=...")
    if any(hasattr(value, "__len__") and not isinstance(value, str) for value in given.values()):
        return _at_many(law, numbers, given)
    return law.evaluate_all(
        numbers, {name: setting(name, exact(name, value), "values") for name, value in given.items()}
    )


def _at_many(law: Law, numbers: Sequence[Number], given: Mapping[str, Any]) -> list[Any]:
    import numpy as np

    from convcost.sweeping.axes import arrays_of, lanes_of

    arrays, shape = arrays_of(given)
    columns = {name: lanes_of(name, array) for name, array in arrays.items()}
    found, holds = law.evaluate_numbers({str(n): number for n, number in enumerate(numbers)}, columns)
    if not np.all(holds):
        place = ", ".join(str(n) for n in np.argwhere(~np.broadcast_to(holds, shape))[0])
        raise UsageError(f"the closed form does not hold at place {place}", f"it holds {domain_in_full(law)}")
    return [np.broadcast_to(array, shape).copy() for array in found.values()]
