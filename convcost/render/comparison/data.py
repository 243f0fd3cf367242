"""A comparison of convolutions as plain data: exact integers, exact fractions and formulas as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from convcost.algebra import texts
from convcost.algebra.letters import AXES
from convcost.algebra.printing import sympy_as_text
from convcost.comparison.against import Against
from convcost.comparison.convolutions import Side, Table, compared
from convcost.comparison.exactness import replaces
from convcost.csv_text import as_csv
from convcost.render.comparison.sides import figures_object, plain_figures
from convcost.render.comparison.table import formula_text
from convcost.render.objects import fraction_object


def sides_as_csv(table: Table) -> str:
    """Return one line per side, plain numbers."""
    header = ["name", "layer", "output_shape", "receptive_field", *(figure.name for figure in compared())]
    fields = [side.analysis.layers[-1].field.size for side in table.sides]
    rows = [
        [
            side.label,
            side.layer,
            json.dumps(side.output.numbers),
            json.dumps(field) if field else None,
            *plain_figures(side.figures),
        ]
        for side, field in zip(table.sides, fields, strict=True)
    ]
    return as_csv(header, rows)


def comparison_as_json(table: Table, against: Sequence[Against]) -> str:
    """Everything: exact integers, exact fractions as text, formulas as text."""
    ratios_ = [_against_object(one) for one in against]
    result = {
        "input": {"channels": table.given.channels, "size": list(table.given.size)},
        "letters": dict(zip(AXES[table.given.rank], table.given.size, strict=True)) | dict(table.letters),
        "dtype": table.sides[0].analysis.at.dtype,
        "sides": [_side_object(side) for side in table.sides],
        "ratio": ratios_[0] if ratios_ else None,
        "ratios": ratios_,
    }
    return json.dumps(result, indent=2) + "\n"


def _side_object(side: Side) -> dict[str, Any]:
    field = side.analysis.layers[-1].field
    result = figures_object(side.label, side.analysis)
    result |= {
        "member": side.member.name,
        "layer": side.layer,
        "output_shape": list(side.output.numbers),
        "receptive_field": list(field.size) if field.size is not None else None,
    }
    if field.size is None:
        result["receptive_field_reason"] = field.reason
    output = [texts.number_as_text(n) for n in side.symbolic.layers[-1].output_shapes[0].numbers]
    formulas = {figure: formula_text(side, figure) for figure in side.formulas}
    return result | {"symbolic": {"output_shape": output, **formulas}}


def _against_object(one: Against) -> dict[str, Any]:
    result: dict[str, Any] = {"of": one.of.label, "to": one.to.label}
    for figure, ratio in one.exact.items():
        found = fraction_object(ratio)
        if found and figure in one.symbolic:
            found["symbolic"] = sympy_as_text(one.symbolic[figure])
        result[figure] = found
    result["where"] = {letter: texts.number_as_text(size) for letter, size in one.short.items()}
    result["limits"] = [{"letters": letters, "ratio": sympy_as_text(limit)} for letters, limit in one.limits]
    result["fewer_multiplies_where"] = (
        " < ".join(sympy_as_text(side, "lex") for side in one.condition) if one.condition else None
    )
    result["break_even"] = [
        {
            "letter": found.letter,
            "fewer": [[span.first, span.last] for span in found.below],
            "equal": list(found.even),
            "asked": [found.domain.first, found.domain.last],
        }
        for found in one.pays
    ]
    result["replaces"] = {other.label: replaces(other, side)._asdict() for other, side in one.replacements}
    return result
