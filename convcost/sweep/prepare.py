"""A sweep made ready: which axes a closed form can't have as symbols; and points counted to see that it is right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod

import numpy as np

from convcost.algebra.assumptions import Condition
from convcost.algebra.derivation import DecidesStructure
from convcost.algebra.lanes import Lanes, mask, undisturbed
from convcost.errors import UsageError
from convcost.ops.arguments import show
from convcost.sweep.blocks import totals_at
from convcost.sweep.forms import Form, form
from convcost.sweep.plan import Plan

MOST_FORMS = 1000
"""Combinations of values that each take a form of their own."""

TRIED = 4096
"""Points all over the axes that are evaluated; some of them are counted."""

MOST_COUNTED = 4
"""Points for which a form does not hold, of which is made sure that the network refuses them."""


def prepared(plan: Plan) -> Plan:
    """The plan with those axes first, and fixed, whose symbols decide which layers there are or which formulas hold.

    UsageError if a symbol is unknown, if that makes too many forms, or if the network refuses what a form allows.
    """
    while plan.free:
        try:
            ends = {tuple(axis.value(n) for axis in plan.axes[: plan.fixed]) for n in (0, -1)}
            deciding = next(filter(None, (_deciding(plan, form(plan, *fixed)) for fixed in ends)), None)
        except DecidesStructure as found:
            deciding = found.symbol
        if deciding is None:
            return plan
        plan = _fixed(plan, deciding)
    return plan


def _fixed(plan: Plan, name: str) -> Plan:
    """The plan with one more axis fixed."""
    if plan.sample is not None:
        help = f"set it, --set {name}=..., or sweep all points"
        raise UsageError(f"each value of `{name}` takes a closed form of its own: it can't be drawn at random", help)
    first = [axis for n, axis in enumerate(plan.axes) if n < plan.fixed or axis.name == name]
    count = prod(map(len, first))
    if count > MOST_FORMS:
        names = " and ".join(f"`{axis.name}`" for axis in first)
        help = f"choose larger steps: at most {MOST_FORMS:,} values"
        raise UsageError(f"each of {count:,} values of {names} takes a closed form of its own", help)
    return replace(plan, axes=(*first, *(axis for axis in plan.axes if axis not in first)), fixed=len(first))


def _deciding(plan: Plan, at: Form) -> str | None:
    """A symbol for some of whose values the network is another one than that of the form; None if there is none."""
    if at.law.unanswered:
        return None  # every point is counted anyway
    axes = plan.axes[plan.fixed :]
    rng = np.random.default_rng(0)
    # The smallest values, the largest ones, and any.
    indices = [np.concatenate([[0, len(axis) - 1], rng.integers(0, len(axis), TRIED)]) for axis in axes]
    values = {axis.name: axis.pick(picked) for axis, picked in zip(axes, indices, strict=True)}
    totals, holds = totals_at(at, values)

    def counted(n: int) -> tuple[str, dict[str, int] | None]:
        point = {axis.name: axis.value(picked[n]) for axis, picked in zip(axes, indices, strict=True)}
        text = ", ".join(f"{name} = {show(value)}" for name, value in point.items())
        return text, at.counted(plan.totals, point)

    for n in np.flatnonzero(np.broadcast_to(holds, TRIED + 2))[:2]:
        text, found = counted(n)
        if found is None:
            raise UsageError(f"the network refuses {text}, where its closed form holds", "sweep smaller values")
        expected = [int(np.broadcast_to(total, TRIED + 2)[n]) for total in totals]
        assert list(found.values()) == expected, f"{text}: {found} are counted, {expected} computed"
    for condition, n in _broken(at, values)[:MOST_COUNTED]:
        if counted(n)[1] is not None:
            return min((axis for axis in axes if axis.name in condition.number.symbols), key=len).name
    return None


def _broken(at: Form, values: Mapping[str, Lanes]) -> list[tuple[Condition, int]]:
    """Points for which a condition does not hold, and few others: one for each, by number."""
    evaluation = at.law.at(values)
    with undisturbed():
        broken = {c: np.broadcast_to(~mask([c], evaluation), TRIED + 2) for c in at.conditions}
    count = sum(array.astype(int) for array in broken.values())
    found: dict[int, Condition] = {}
    for condition, array in broken.items():
        n = int(np.where(array, count, len(broken) + 1).argmin())
        if array[n]:
            found.setdefault(n, condition)
    return [(condition, n) for n, condition in found.items()]
