"""A transposed convolution in other ways: its overlap, the direct convolution that computes the same, its matrix."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from convcost import numerals
from convcost.explain.transposed import Direct, Overlap, together
from convcost.ops.base import by_x
from convcost.render.explanation import drawings
from convcost.render.explanation.drawings import Marks
from convcost.render.sections import Section


def overlap_sections(found: Sequence[Overlap], room: int, marks: Marks) -> list[Section]:
    """Return sections that say how often each output is written, and whether evenly."""
    sections = []
    for number, axis in enumerate(found):
        if axis in found[:number]:
            continue
        name = "" if len(set(found)) == 1 else f", axis {number}"
        fits = 0 < 2 * len(axis.counts) <= room and max(axis.counts) < 10
        lines = drawings.counts(axis.counts, marks) if fits else []
        sections.append(Section(f"Overlap{name}: products summed into each output", [_verdict(axis)], lines))
    square = together(found)
    if len(found) == 2 and len(set(found)) == 1 and square is not None and square != 1:
        sections[0] = sections[0]._replace(
            paragraphs=[*sections[0].paragraphs, f"On both axes together the ratio is squared: {square}."]
        )
    if len(found) == 2 and all(0 < len(axis.counts) <= 12 for axis in found):
        sections.append(Section("The same on both axes", lines=drawings.grid(found[1].counts, found[0].counts)))
    return sections


def _verdict(found: Overlap) -> str:
    w = found.window
    inner = ", ".join(map(str, found.interior))
    rule = f"k mod s = {w.kernel} mod {w.stride} = {w.kernel % w.stride}, gcd(d, s) = {found.shared}"
    small = "; this input is too small for that" if found.edges_only else ""
    if found.uniform:
        sums = f"every output sums {found.interior[0]} products along an axis"
        return f"Even ({rule}): away from the edges {sums}{small}."
    if found.holes:
        return (
            f"With holes ({rule}): away from the edges outputs sum {inner} products in turn, so some get none{small}."
        )
    sums = f"outputs sum {inner} products in turn; checkerboard ratio {found.ratio}"
    return f"Uneven ({rule}): away from the edges {sums}{small}."


def overlap_object(found: Sequence[Overlap]) -> dict[str, Any]:
    """Return the overlap as plain data; ratios are fractions as text."""
    ratio = together(found) if found else None
    return {
        "axes": [
            {
                "interior_counts_per_phase": list(axis.interior),
                "counts": list(axis.counts),
                "uniform": axis.uniform,
                "holes": axis.holes,
                "ratio": None if axis.ratio is None else str(axis.ratio),
            }
            for axis in found
        ],
        "ratio": None if ratio is None else str(ratio),
    }


def direct_section(direct: Direct, macs: int) -> Section:
    """Return the convolution that computes the same."""
    sides = " and ".join(f"{before} before, {after} after" for before, after in dict.fromkeys(direct.padding))
    zeros, dilation = numerals.per_axis(direct.zeros), numerals.per_axis(direct.dilation)
    between = "a zero" if zeros == "1" else f"{zeros} zeros"
    stretched = f"put {between} between neighbours, which makes the input {by_x(direct.stretched)}; "
    return Section(
        "The equivalent direct convolution",
        [
            f"{stretched if any(direct.zeros) else ''}pad it by {sides}; turn the kernel by 180 degrees and swap its "
            f"input and output channels; convolve at stride 1 and dilation {dilation}. ".capitalize()
            + f"That way it would take {numerals.exact(direct.macs)} multiplies, zeros included, and not "
            f"{numerals.exact(macs)}."
        ],
    )


def direct_object(direct: Direct) -> dict[str, Any]:
    """Return the convolution that computes the same as plain data."""
    return {
        "zeros_between": list(direct.zeros),
        "stretched": list(direct.stretched),
        "padding": [list(sides) for sides in direct.padding],
        "dilation": list(direct.dilation),
        "macs": direct.macs,
    }


def matrix_sections(rows: Sequence[Sequence[int | None]], marks: Marks) -> list[Section]:
    """Return sections that show the forward convolution as a matrix C, and its transpose."""
    filled = sum(entry is not None for row in rows for entry in row)
    tall, wide = len(rows), len(rows[0])
    return [
        Section(
            f"The forward convolution as a matrix C, {tall} x {wide}: {filled} of {tall * wide} entries are not zero",
            lines=drawings.matrix(rows, marks),
        ),
        Section(
            f"This layer is its transpose, {wide} x {tall}, times the input",
            [
                f"C has at most rank {min(tall, wide)}, so C^T C, {wide} x {wide}, is not the identity: what the "
                "forward convolution merged, the transpose does not bring back."
            ]
            if tall < wide
            else [],
            drawings.matrix(drawings.transposed(rows), marks),
        ),
    ]
