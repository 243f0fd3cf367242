"""Comparisons as plain data: exact integers, exact fractions and formulas as text."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from convcost.algebra.network import AXES
from convcost.algebra.printing import as_text
from convcost.algebra.symbols import as_ceilings
from convcost.compare.against import Against, replaces
from convcost.compare.convolutions import Side, Table
from convcost.compare.figures import FIGURES, INTENSITY
from convcost.compare.networks import Pair, Part, differences
from convcost.render import figures
from convcost.render.columns import as_csv
from convcost.render.network_comparison import Compared


def sides_as_csv(table: Table) -> str:
    """One line per side, plain numbers."""
    header = ["name", "layer", "output_shape", "receptive_field", *FIGURES]
    rows = [
        [
            side.label,
            side.layer,
            str(side.output),
            _field_text(side),
            *(float(n) if isinstance(n, Fraction) else n for n in side.figures.values()),
        ]
        for side in table.sides
    ]
    return as_csv(header, rows)


def comparison_as_json(table: Table, against: Sequence[Against], dtype: str, bytes_per_element: int) -> str:
    """Everything: exact integers, exact fractions as text, formulas as text."""
    ratios_ = [_against_object(one) for one in against]
    result = {
        "input": {"channels": table.given.channels, "size": list(table.given.size)},
        "letters": dict(zip(AXES[table.given.rank], table.given.size, strict=True)) | dict(table.letters),
        "dtype": dtype,
        "sides": [_side_object(side, bytes_per_element) for side in table.sides],
        "ratio": ratios_[0] if ratios_ else None,
        "ratios": ratios_,
    }
    return json.dumps(result, indent=2) + "\n"


def _side_object(side: Side, bytes_per_element: int) -> dict[str, Any]:
    field = side.analysis.layers[-1].receptive_field
    shape = side.symbolic.layers[-1].output_shapes[0]
    result: dict[str, Any] = {
        "name": side.label,
        "member": side.member.name,
        "layer": side.layer,
        "output_shape": [side.output.channels, *side.output.size],
        "receptive_field": list(field.size) if field.size is not None else None,
    }
    if field.size is None:
        result["receptive_field_reason"] = field.reason
    result |= {figure: int(n) for figure, n in side.figures.items() if figure != INTENSITY}
    result["activation_bytes"] = side.analysis.elements * bytes_per_element
    result["peak_memory_bytes"] = side.analysis.peak.elements * bytes_per_element
    result[INTENSITY] = fraction_object(Fraction(side.figures[INTENSITY]))
    formulas = {figure: _formula(formula) for figure, formula in side.formulas.items()}
    output = [as_text(as_ceilings(n)) for n in (shape.channels, *shape.size)]
    return result | {"symbolic": {"output_shape": output, **formulas}}


def _against_object(one: Against) -> dict[str, Any]:
    result: dict[str, Any] = {"of": one.of.label, "to": one.to.label}
    for figure, ratio in one.exact.items():
        found = fraction_object(ratio)
        if found and figure in one.symbolic:
            found["symbolic"] = as_text(one.symbolic[figure], "grlex")
        result[figure] = found
    result["where"] = {letter: as_text(as_ceilings(size)) for letter, size in one.short.items()}
    result["limits"] = [{"letters": letters, "ratio": as_text(limit, "grlex")} for letters, limit in one.limits]
    result["fewer_multiplies_where"] = " < ".join(map(as_text, one.condition)) if one.condition else None
    result["break_even"] = [
        {
            "letter": found.letter,
            "fewer": [[span.first, span.last] for span in found.below],
            "equal": list(found.even),
            "asked": [found.domain.first, found.domain.last],
        }
        for found in one.pays
    ]
    result["replaces"] = {
        other.label: dict(zip(("word", "condition"), replaces(other.member, member.member), strict=True))
        for other, member in one.replacements
    }
    return result


def fraction_object(ratio: Fraction | None) -> dict[str, Any] | None:
    """A fraction as text and as the nearest decimal."""
    return None if ratio is None else {"exact": str(ratio), "decimal": float(ratio)}


def networks_as_json(
    sides: Sequence[Compared],
    ratios: Sequence[tuple[str, str, Mapping[str, Fraction | None]]],
    pairs: Sequence[Pair],
    bytes_per_element: int,
) -> str:
    """Everything as plain data."""
    objects: list[dict[str, Any]] = [
        {"of": of, "to": to, **{figure: fraction_object(ratio) for figure, ratio in found.items()}}
        for of, to, found in ratios
    ]
    result = {
        "sides": [_side_object(side, bytes_per_element) for side in sides],
        "ratio": objects[0] if objects else None,
        "ratios": objects,
        "differences": [
            {"state": one.state, "layers": one.layers, "params": list(one.params), "macs": list(one.macs)}
            for one in differences(pairs)
        ],
        "layers": [
            {"state": pair.state, "left": _part_object(pair.left), "right": _part_object(pair.right)} for pair in pairs
        ],
    }
    return json.dumps(result, indent=2) + "\n"


def _side_object(side: Compared, bytes_per_element: int) -> dict[str, Any]:
    windowed = side.analysis.windowed
    size = windowed.receptive_field.size if windowed else None
    return {
        "name": side.label,
        **{figure: int(n) for figure, n in side.figures.items() if figure != INTENSITY},
        INTENSITY: fraction_object(Fraction(side.figures[INTENSITY])),
        "activation_bytes": side.analysis.elements * bytes_per_element,
        "peak_memory_bytes": side.analysis.peak.elements * bytes_per_element,
        "receptive_field": list(size) if size is not None else None,
    }


def _part_object(part: Part | None) -> dict[str, Any] | None:
    if part is None:
        return None
    return {
        "name": part.name,
        "op": part.kind,
        "output_shape": _shape(part.output_shapes[0]),
        "params": part.params,
        "macs": part.macs,
    }


def _shape(shape: Shape) -> list[int]:
    return [shape.channels, *shape.size]


def pairs_as_csv(pairs: Sequence[Pair]) -> str:
    """One line per pair of layers."""
    header = ["state", "layer", "operator", "output_shape", "params", "macs"]
    header += [f"{name}_after" for name in header[1:]]
    rows = []
    for pair in pairs:
        cells: list[object] = [pair.state]
        for part in (pair.left, pair.right):
            if part is None:
                cells += [None] * 5
            else:
                cells += [part.name, part.kind, figures.shapes(part.output_shapes), part.params, part.macs]
        rows.append(cells)
    return as_csv(header, rows)


def sides_as_csv(sides: Sequence[Compared]) -> str:
    """One line per network."""
    rows = [
        [side.label, *(float(n) if isinstance(n, Fraction) else n for n in side.figures.values())] for side in sides
    ]
    return as_csv(["name", *FIGURES], rows)
