"""A convolution explained: as sections of text, and as plain data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from convcost import numerals
from convcost.algebra.letters import AXES
from convcost.explain.explanation import Explanation
from convcost.explain.worked import Part, Worked
from convcost.ops.base import Shape
from convcost.render.explanation.steps import equation, sizes_once
from convcost.render.sections import Section


def opening(explanation: Explanation) -> list[Section]:
    """Return the sections that say what a member is."""
    member = explanation.member
    return [
        Section(member.title, [explanation.prose.what]),
        Section(
            "Seen from the standard convolution",
            [member.relation, f"Equal to one? {member.exact[0].upper()}{member.exact[1:]}."],
        ),
    ]


def closing(explanation: Explanation) -> list[Section]:
    """Return the sections that say when to use it, its pitfalls, and where it comes from."""
    text = explanation.prose
    return [
        Section("When to use it", [f"- {item}" for item in text.when]),
        Section("Pitfalls", [f"- {item}" for item in text.pitfalls]),
        Section("Reference", [explanation.member.reference]),
    ]


def formulas(explanation: Explanation) -> Section:
    """Return the formulas with letters, layer by layer."""
    worked = explanation.worked
    (given,) = explanation.analysis.network.inputs.values()
    rows = [(step.label, step.formula) for step in sizes_once(worked.sizes)]
    for part in _parts(worked):
        rows.append(("", f"{part.name}: {part.output}" if len(worked.parts) > 1 else f"output {part.output}"))
        rows += [(step.label, step.formula) for step in part.steps]
    title = f"Formulas, per sample, for an input C x {' x '.join(AXES[given.rank])}"
    return Section(title, rows=rows)


def example(explanation: Explanation) -> Section:
    """Return the formulas with numbers for their letters, layer by layer."""
    worked, analysis = explanation.worked, explanation.analysis
    rows = [(step.label, equation(step)) for step in sizes_once(worked.sizes)]
    for part in _parts(worked):
        rows.append(("", f"{part.name}: {_shapes(part, analysis.layers[-1].layer.output_shapes[0])}"))
        rows += [(step.label, equation(step)) for step in part.steps]
    useful = analysis.useful_macs
    if useful != analysis.macs:
        share = numerals.percent(useful, analysis.macs)
        rows.append(("useful MACs", f"{numerals.exact(useful)} ({share}); the others meet padding"))
    rows.append(("activations", f"{numerals.exact(analysis.elements)} elements written"))
    rows.append(("receptive field", _field(explanation)))
    title = f"Worked example: {explanation.layer}, input {explanation.given}"
    return Section(title, rows=rows)


def explanation_object(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as plain data."""
    worked, analysis, text = explanation.worked, explanation.analysis, explanation.prose
    output = analysis.layers[-1].layer.output_shapes[0]
    return {
        "name": explanation.member.name,
        "title": explanation.member.title,
        "what": text.what,
        "relation": explanation.member.relation,
        "exact": explanation.member.exact,
        "layer": explanation.layer,
        "input": list(explanation.given.numbers),
        "output": list(output.numbers),
        "params": analysis.params,
        "macs": analysis.macs,
        "useful_macs": analysis.useful_macs,
        "multiplies": analysis.multiplies,
        "elements": analysis.elements,
        "sizes": [step._asdict() for step in worked.sizes],
        "layers": [_part_object(part) for part in worked.parts],
        "total": _part_object(worked.total),
        "when": list(text.when),
        "pitfalls": list(text.pitfalls),
        "reference": explanation.member.reference,
    }


def _parts(worked: Worked) -> list[Part]:
    """Every layer, and the total where there are several; to a single layer the total adds the parameters."""
    if len(worked.parts) > 1:
        return [*worked.parts, worked.total]
    (part,) = worked.parts
    summed = {step.label for step in worked.total.steps}
    own = [step for step in part.steps if step.label not in summed]
    return [replace(part, steps=(*own, *worked.total.steps))]


def _shapes(part: Part, output: Shape) -> str:
    if part.layer is None:
        return str(output)
    return f"{part.layer.input_shapes[0]} -> {part.layer.output_shapes[0]}"


def _field(explanation: Explanation) -> str:
    field = explanation.analysis.layers[-1].field
    if field.size is None:
        return field.reason or "-"
    return f"{numerals.field(field)}, stride {numerals.per_axis(field.stride)}"


def _part_object(part: Part) -> dict[str, Any]:
    shape = part.layer and part.layer.output_shapes[0]
    return {
        "name": part.name,
        "operator": part.layer and part.layer.kind,
        "output_formula": part.output,
        "output": shape and list(shape.numbers),
        "steps": [step._asdict() for step in part.steps],
    }
