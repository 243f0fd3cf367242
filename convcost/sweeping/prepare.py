"""A sweep made ready: which axes a closed form can't have as symbols; and points counted to see that it is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from convcost.algebra.lanes import Array
from convcost.algebra.law import DecidesStructure
from convcost.algebra.masks import mask, undisturbed
from convcost.algebra.probes import not_needed, value_at
from convcost.analysis.recount import recount
from convcost.errors import UsageError
from convcost.ops.arguments import show
from convcost.ops.numbers import Number
from convcost.sweeping.blocks import totals_at
from convcost.sweeping.forms import MOST_FORMS, Form, forms
from convcost.sweeping.plan import Plan

CORNERS = 14
"""Points at ends of the axes that are evaluated, beside the first and the last."""

TRIED = 4096
"""Points all over the axes that are evaluated."""

COUNTED = 4
"""Of the points at the ends, and of those anywhere, so many are counted as well."""


def prepared(plan: Plan) -> Plan:
    """Return the plan with those axes first, and fixed, whose symbols decide which layers or formulas there are.

    UsageError if a symbol is unknown, if that makes too many forms, or if the network refuses what a form allows.
    """
    while plan.free:
        try:
            ends = (next(forms(plan, backwards), None) for backwards in (False, True))
            deciding = next(filter(None, (_deciding(plan, at) for at in ends if at)), None)
        except DecidesStructure as found:
            deciding = found.symbol
        if deciding is None:
            return plan
        plan = _fixed(plan, deciding)
    return plan


def _fixed(plan: Plan, name: str) -> Plan:
    """The plan with one more axis fixed."""
    first = [axis for n, axis in enumerate(plan.axes) if n < plan.fixed or axis.name == name]
    plan = replace(plan, axes=(*first, *(axis for axis in plan.axes if axis not in first)), fixed=len(first))
    if plan.combinations > MOST_FORMS:
        names = " and ".join(f"`{axis.name}`" for axis in first)
        help = f"choose larger steps: at most {MOST_FORMS:,} values"
        raise UsageError(f"each of {plan.combinations:,} values of {names} takes a closed form of its own", help)
    return plan


def _deciding(plan: Plan, at: Form) -> str | None:
    """A symbol for some of whose values the network is another one than that of the form; None if there is none."""
    if at.law.unanswered:
        return None  # every point is counted anyway
    axes, indices = plan.axes[plan.fixed :], _tried(plan)
    values = {axis.name: axis.pick(indices[axis.name]) for axis in axes}
    totals, holds = totals_at(at, values, indices)
    with undisturbed():
        holds = holds & mask(at.where, at.law.at(values))
    size = 2 + CORNERS + TRIED
    taken = np.flatnonzero(np.broadcast_to(holds, size))
    some = (taken[taken < size - TRIED], taken[taken >= size - TRIED])
    points = {tuple(value_at(values, n).items()): n for part in some for n in part[:COUNTED]}
    for point, n in points.items():
        _require_counted(plan, at, dict(point), [np.broadcast_to(total, size)[n] for total in totals])
    for condition in not_needed(at.law, at.conditions, values):
        return min((axis for axis in axes if axis.name in condition.number.symbols), key=len).name
    return None


def _tried(plan: Plan) -> dict[str, Array]:
    """The indices of values on the axes that are not fixed: the ends of the axes first, then any; of chosen points."""
    rng, axes = np.random.default_rng(0), plan.axes[plan.fixed :]
    if plan.chosen:
        picked = {axis.name: plan.chosen.indices[axis.name] for axis in axes}
        ends = np.resize([end for index in picked.values() for end in (index.argmin(), index.argmax())], 2 + CORNERS)
        points = np.concatenate([ends, rng.integers(0, plan.points, TRIED)])
        return {name: index[points] for name, index in picked.items()}
    # The smallest values, the largest ones, some of the smallest with others of the largest, and any.
    return {
        axis.name: np.concatenate(
            [[0, len(axis) - 1], rng.choice([0, len(axis) - 1], CORNERS), rng.integers(0, len(axis), TRIED)]
        )
        for axis in axes
    }


def _require_counted(plan: Plan, at: Form, point: Mapping[str, Number], totals: Sequence[int]) -> None:
    """Raise RuntimeError unless these totals are counted at a point; UsageError if the network refuses it."""
    text = ", ".join(f"{name} = {show(value)}" for name, value in point.items())
    formulated = [of for of, number in zip(plan.totals, at.totals, strict=True) if number is not None]
    counted = recount(at.law, formulated, point)
    if counted is None:
        raise UsageError(f"the network refuses {text}, where its closed form holds", "sweep smaller values")
    computed = {of: int(total) for of, total in zip(plan.totals, totals, strict=True) if of in counted}
    if computed != counted:
        raise RuntimeError(f"{text}: {counted} are counted, {computed} computed")
