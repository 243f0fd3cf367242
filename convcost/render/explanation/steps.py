"""The steps of a worked example, as lines of text."""

from __future__ import annotations

import re
from collections.abc import Sequence

from convcost import numerals
from convcost.explain.step import Step


def sizes_once(sizes: Sequence[Step]) -> list[Step]:
    """Return the steps, without W_out where it is H_out with other letters."""
    shown: dict[str, Step] = {}
    for step in sizes:
        axis, _, kind = step.label.partition("_")
        same = re.sub(rf"\b{axis}\b", "", f"{step.formula} {kind}") + str(step.value) + step.substituted
        key = same if kind else step.label
        if key in shown:
            first = shown[key]
            shown[key] = Step(f"{first.label}, {step.label}", first.formula, first.substituted, first.value)
        else:
            shown[key] = step
    return list(shown.values())


def equation(step: Step) -> str:
    """Return a step's formula with its numbers, and what it comes to."""
    value = numerals.exact(step.value)
    return value if step.substituted == str(step.value) else f"{step.substituted} = {value}"
