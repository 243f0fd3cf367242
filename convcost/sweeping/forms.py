"""The closed forms that a sweep evaluates, and the conditions under which they are those of its points."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import product
from math import inf, prod
from typing import Any, NamedTuple

from convcost.algebra.conditions import Condition, asked_of_all
from convcost.algebra.derivation import derive, refuses
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.intervals import Bound
from convcost.algebra.lanes import Lanes
from convcost.algebra.law import Law
from convcost.algebra.masks import mask, undisturbed
from convcost.algebra.polynomial import Polynomial
from convcost.algebra.ranges import Range, bounds
from convcost.analysis.in_symbols import axis_formula
from convcost.errors import SpecError, UsageError
from convcost.figures import FIGURES
from convcost.network import Repeat
from convcost.ops import arguments as arg
from convcost.ops.numbers import Number, minimum
from convcost.sweeping.axes import Axis
from convcost.sweeping.plan import Plan
from convcost.sweeping.products import Products, products_of

LONGEST = 1 << 16
"""Values of an axis that are all tried, to find out whether a condition holds for them."""

MOST_FORMS = 1000
"""Combinations of values that each take a form of their own."""

MOST_SPREAD = 1 << 20
"""Combinations of values, in all forms, for which a total is worked out everywhere: 8 MiB. More points are drawn."""

MOST_TRIED = 1000
"""Points that are all tried, to find one that the network takes."""


@dataclass(frozen=True)
class Form:
    """The law at certain values of the axes that are fixed, in the symbols of the others."""

    law: Law
    totals: tuple[Products | Number | None, ...]
    """Each total, as a sum of products if it is one; None where it has no formula and is counted."""
    largest: tuple[Bound, ...]
    """What no total exceeds, anywhere on the axes."""
    conditions: tuple[Condition, ...]
    """Those that do not hold everywhere on the axes. Where they do not hold, the network refuses the values."""
    where: tuple[Condition, ...]
    """Where these do not hold, the formulas of receptive fields are others, and the totals are counted."""


@lru_cache(maxsize=MOST_FORMS)
def form(plan: Plan, *fixed: Number) -> Form | None:
    """Return the form at these values of the fixed axes; None if the network refuses them, whatever the others are.

    SpecError if it refuses all that were tried, and there are too many to try them all.
    """
    settings = {**dict(plan.settings), **dict(zip(plan.names, fixed, strict=False))}
    axes = plan.axes[plan.fixed :]
    law = _law(plan, settings, axes)
    if law is None:
        return None
    anywhere = Evaluation({**law.defaults, **{axis.name: Range(*axis.ends) for axis in axes}})
    values = {axis.name: axis.part(0, len(axis)) for axis in axes if len(axis) <= LONGEST}
    conditions = [c for c in (*law.domain, *law.conditions, *_sizes(law)) if not _holds_for_all(c, anywhere)]
    rest = tuple(c for c in conditions if not _holds_for_each(c, values))
    found = [_total(law, of) for of in plan.totals]
    numbers = [one.number for one in found]
    return Form(
        law,
        tuple(None if n is None else _evaluable(n, plan, values) for n in numbers),
        tuple(inf if n is None else _most(anywhere(n)) for n in numbers),
        rest,
        tuple(dict.fromkeys(c for one in found for c in one.where if not _holds_for_all(c, anywhere))),
    )


def _evaluable(total: Number, plan: Plan, values: Mapping[str, Lanes]) -> Products | Number:
    """A total in the shape that is evaluated fastest."""
    products = products_of(total, plan.free, values)
    if products is None:
        return total
    forms = prod(map(len, plan.axes[: plan.fixed]))
    return products if plan.is_grid else products.spread(min(MOST_SPREAD, plan.points) // forms)


class _Total(NamedTuple):
    """A total in symbols, None if it has no formula; and where that holds, beside where the law does."""

    number: Number | None
    where: tuple[Condition, ...] = ()


def _total(law: Law, of: str) -> _Total:
    """A total, or the smallest axis of a receptive field."""
    if FIGURES[of].has_law:
        return _Total(law.total(of))
    if not FIGURES[of].is_per_axis:
        return _Total(None)
    try:
        formula = axis_formula(law, of)
    except UsageError:
        return _Total(None)
    where = tuple(condition for condition in formula.law.conditions if condition not in law.conditions)
    return _Total(reduce(minimum, formula.numbers), where)


def forms(plan: Plan, backwards: bool = False) -> Iterator[Form]:
    """Yield the forms at all combinations of values of the fixed axes that the network takes."""
    return filter(None, (form(plan, *fixed) for fixed in plan.fixed_values(backwards)))


def largest(plan: Plan) -> list[Bound]:
    """Return what no total exceeds at any point."""
    nothing: tuple[Bound, ...] = (0,) * len(plan.totals)
    return [max(bounds) for bounds in zip(nothing, *(at.largest for at in forms(plan)), strict=True)]


def _law(plan: Plan, settings: Mapping[str, Number | str], axes: Sequence[Axis]) -> Law | None:
    """The law, near the defaults of the symbols, or where the network refuses those, somewhere on the axes."""
    few = prod(map(len, axes)) <= MOST_TRIED
    signed = [axis.name for axis in axes if axis.ends[0] < 0]
    refused: SpecError | None = None
    for near in _points(axes, few):
        try:
            more: dict[str, Any] = {"dtype": plan.dtype, "signed": signed, "of": plan.formulated}
            return derive(plan.description, settings, plan.variant, plan.free, near, **more)
        except SpecError as error:
            if plan.fixed and not refused and refuses(plan.description, settings, plan.variant, plan.free):
                return None
            refused = refused or error
    assert refused is not None
    if plan.fixed and few:
        return None
    raise refused


def _points(axes: Sequence[Axis], every: bool) -> Iterator[dict[str, Number]]:
    """The defaults; the first, the last and the middle value of each axis; then all points, if they are few."""
    yield {}
    if axes:
        yield from ({axis.name: axis.value(int(part * (len(axis) - 1))) for axis in axes} for part in (0, 1, 0.5))
    if every and axes:
        values = ([axis.value(n) for n in range(len(axis))] for axis in axes)
        yield from (dict(zip((axis.name for axis in axes), point, strict=True)) for point in product(*values))


def _sizes(law: Law) -> Iterator[Condition]:
    """Yield what else the reading asks of numbers: no axis of a tensor and no argument is larger than there can be."""
    numbers: dict[tuple[Polynomial, tuple[Repeat, ...]], None]
    numbers = dict.fromkeys((n, ()) for n in _polynomials(tuple(law.network.inputs.values())))
    for layer in law.network.layers:
        shapes = (shape for shape in layer.output_shapes if shape.size)
        values = vars(layer.operator).values()
        numbers |= dict.fromkeys((n, layer.repeats) for n in _polynomials((*shapes, *values)))
    for n, repeats in numbers:
        conditions = [Condition(">=", arg.LARGEST - n)]
        for repeat in repeats:
            if repeat.counter is not None:
                conditions = [c for one in conditions for c in asked_of_all(one, repeat.counter, repeat.count)]
        yield from conditions


def _polynomials(value: object) -> Iterator[Polynomial]:
    if isinstance(value, Polynomial):
        yield value
    elif isinstance(value, tuple):
        for part in value:
            yield from _polynomials(part)


def _holds_for_all(condition: Condition, anywhere: Evaluation) -> bool:
    """Whether bounds of the number show it."""
    low, high = bounds(anywhere(condition.number))
    match condition.kind:
        case ">=":
            return low >= 0
        case ">":
            return low > 0
        case "!=":
            return low > 0 or high < 0
    return False


def _holds_for_each(condition: Condition, values: Mapping[str, Lanes]) -> bool:
    """Whether it was tried for every value of the only symbol that it depends on."""
    (name, *others) = condition.number.symbols
    if others or name not in values or condition.where:
        return False
    with undisturbed():
        return bool(mask([condition], Evaluation({name: values[name]})).all())


def _most(number: Number) -> Bound:
    low, high = bounds(number)
    return max(-low, high)
