"""An operator that is no convolution, explained: as sections of text, and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost.algebra.describe import OperatorFormulas
from convcost.explain.operators import Example
from convcost.render.analysis.operators import described, description_object
from convcost.render.explanation.member import equation, sizes_once, step_object
from convcost.render.sections import Section


def operator_sections(description: OperatorFormulas, about: Sequence[str], found: Example) -> list[Section]:
    """Return an operator that is no convolution: what it is, its formulas, and one layer of it."""
    _, *rows = [(label.strip(), text) for label, text in described(description)]
    note = ["T(H): pairs of window and tap along the axis that read a real element and not padding."]
    steps = [(step.label, equation(step)) for step in sizes_once(found.steps)] or [("work", "none: it moves numbers")]
    return [
        Section(f"{description.name}: {description.summary}", about),
        Section(
            "Formulas, per sample, for an input C x H x W",
            note if any("T(H)" in text for _, text in rows) else (),
            rows=rows,
        ),
        Section(f"Worked example: {found.layer}, input {found.given}", rows=[("output", str(found.output)), *steps]),
    ]


def operator_object(description: OperatorFormulas, about: Sequence[str], found: Example) -> dict[str, Any]:
    """Return an operator, its formulas and one layer of it as plain data."""
    return description_object(description) | {
        "about": list(about),
        "example": {
            "layer": found.layer,
            "input": list(found.given.numbers),
            "output": list(found.output.numbers),
            "steps": [step_object(step) for step in found.steps],
        },
    }
