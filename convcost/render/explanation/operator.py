"""An operator that is not a convolution explained: as sections of text, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.algebra.kept import OperatorFormulas
from convcost.explain.operators import Example
from convcost.ops.base import by_x
from convcost.render.analysis.operators import described
from convcost.render.explanation.steps import equation, sizes_once
from convcost.render.sections import Section


def operator_sections(listed: OperatorFormulas, about: Sequence[str], found: Example) -> list[Section]:
    """Return an operator that is not a convolution: what it is, its formulas, and one layer of it."""
    (name, summary), *rows = [(label.strip(), text) for label, text in described(listed)]
    note = ["T(H): pairs of window and tap along the axis that read a real element and not padding."]
    steps = [(step.label, equation(step)) for step in sizes_once(found.steps)] or [("work", "none: it moves numbers")]
    return [
        Section(f"{name}: {summary}", about),
        Section(
            f"Formulas, per sample, for an input {found.letters}",
            note if any("T(H)" in text for _, text in rows) else (),
            rows=rows,
        ),
        Section(
            f"Worked example: {found.layer}, input {by_x(found.input)}", rows=[("output", by_x(found.output)), *steps]
        ),
    ]


def operator_object(listed: OperatorFormulas, about: Sequence[str], found: Example) -> dict[str, Any]:
    """Return an operator, its formulas and one layer of it as plain data."""
    return listed.data | {
        "about": list(about),
        "example": {
            "layer": found.layer,
            "input": found.input,
            "output": found.output,
            "steps": [step._asdict() for step in found.steps],
        },
    }
