"""What is worked out about one convolution in particular, as sections and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from convcost.explain.separable import Fit, Split
from convcost.explain.stack import Depth
from convcost.explain.transposed import Direct, Overlap, together
from convcost.ops.base import by_x
from convcost.ops.numbers import plain
from convcost.render import numerals
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
    """C, and its transpose."""
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


def split_sections(found: Split, name: str) -> list[Section]:
    """Return a kernel's rank, its vectors, and what is lost without them."""
    rows = [("sum of all numbers", str(found.element_sum))]
    if found.fit is not None:
        values = ", ".join(f"{value:.6g}" for value in _clean(found.fit.singular_values))
        rows += [("rank", _ranks(found)), ("singular values", values)]
    else:
        rows.append(("unfolding ranks", _ranks(found)))
    title = f"The kernel{f' {name}' if name else ''}, {by_x(found.size)}"
    sections = [Section(title, lines=[*_numbers(found), ""], rows=rows)]
    if found.vectors is not None:
        labels = ("column", "row") if len(found.size) == 2 else ("first axis", "second axis", "third axis")
        vectors = [(label, ", ".join(map(str, v))) for label, v in zip(labels, found.vectors, strict=True)]
        each = " + ".join(map(str, found.size))
        text = f"Separable, exactly: {each} = {found.split_products} products per output instead of {found.products}."
        return [*sections, Section("Split", [text], rows=vectors)]
    if found.fit is not None:
        return [*sections, _best_fit(found, found.fit)]
    verdict = (
        "Separable, within the decimals written."
        if found.separable
        else "Not separable: that takes rank 1 in every unfolding."
    )
    return [*sections, Section("Split", [verdict])]


def _ranks(found: Split) -> str:
    exact = ", ".join(map(str, found.ranks))
    return f"{', '.join(map(str, found.near))} within the decimals written; {exact} exactly" if found.near else exact


def _best_fit(found: Split, fit: Fit) -> Section:
    scale = fit.singular_values[0] ** 0.5
    # Of the two signs, the one with more positive numbers.
    sign = -1 if sum(fit.row) < 0 else 1
    vectors = [
        (label, ", ".join(f"{sign * scale * entry + 0.0:.4g}" for entry in vector))
        for label, vector in (("column", fit.column), ("row", fit.row))
    ]
    rank, total = (found.near or found.ranks)[0], sum(found.size)
    products = f"{found.split_products} products per output"
    off = f"by {100 * fit.error:{'.1f' if fit.error > 0.001 else '.2g'}} % (Frobenius norm)"
    if found.separable:
        text = f"Separable, within the decimals written: {products} instead of {found.products}; off {off}."
        return Section("Split", [text], rows=vectors)
    text = f"Not separable: rank {rank}. As a sum of {rank} separable kernels it takes {rank} x {total} = {products}"
    return Section(
        "Split", [f"{text}; as it stands {found.products}.", f"The best single pair is off {off}:"], rows=vectors
    )


def _numbers(found: Split) -> list[str]:
    """The kernel's rows; of three axes, slice by slice."""
    slices = found.kernel if len(found.size) == 3 else [found.kernel]
    texts = [[[_number(entry) for entry in row] for row in part] for part in slices]
    wide = max(len(text) for part in texts for row in part for text in row)
    blocks = [[" ".join(text.rjust(wide) for text in row) for row in part] for part in texts]
    return [line for n, block in enumerate(blocks) for line in ([""] if n else []) + block]


def _number(entry: Any) -> str:
    """Decimals as they were written, all others as fractions."""
    return f"{entry.normalize():f}" if isinstance(entry, Decimal) else str(Fraction(entry))


def _clean(values: Sequence[float]) -> list[float]:
    """Rounding errors of zeros shown as zeros."""
    return [value if value > 1e-12 * values[0] else 0.0 for value in values]


def split_object(found: Split) -> dict[str, Any]:
    """Return a kernel's separability as plain data; exact numbers are text if they are no ints."""
    fit = found.fit
    return {
        "size": list(found.size),
        "element_sum": _plain(found.element_sum),
        "rank": found.ranks[0] if fit else None,
        "unfolding_ranks": None if fit else list(found.ranks),
        "rank_within_decimals": list(found.near) if found.near else None,
        "separable": found.separable,
        "vectors": found.vectors and [[_plain(entry) for entry in vector] for vector in found.vectors],
        "singular_values": fit and _clean(fit.singular_values),
        "rank_1_error": fit and (0.0 if found.vectors else fit.error),
        "products_per_output": found.products,
        "products_per_output_split": found.split_products,
    }


def _plain(number: Fraction) -> int | str:
    whole = plain(number)
    return whole if isinstance(whole, int) else str(whole)


def stack_sections(kernel: int, depths: Sequence[Depth], rank: int, room: int, marks: Marks) -> list[Section]:
    """Return what each layer of a stack sees, and what its last one reads."""
    last = depths[-1]
    rows = [
        f"{str(n).rjust(5)}  {str(d.dilation).rjust(8)}  {str(d.extent).rjust(6)}  {str(d.field).rjust(5)}  "
        f"{str(len(d.positions)).rjust(4)}"
        for n, d in enumerate(depths, 1)
    ]
    weights = len(depths) * kernel**rank
    paragraphs = [
        f"Weights per channel pair: {len(depths)} x {kernel}^{rank} = {numerals.exact(weights)}; one kernel of "
        f"{by_x((last.field,) * rank)} would have {numerals.exact(last.field**rank)}."
    ]
    if last.gaps:
        paragraphs.append(
            f"Gridding: of the {last.field} positions that the field spans along an axis, only {len(last.positions)} "
            "are read."
        )
    else:
        paragraphs.append("Every position of the field is read.")
    lines = [drawings.row(set(last.positions), last.field, marks)] if 2 * last.field <= room else []
    head = "layer  dilation  extent  field  read"
    return [
        Section(
            f"The stack: kernel {kernel}, dilations {', '.join(str(d.dilation) for d in depths)}", lines=[head, *rows]
        ),
        Section("What one output reads along an axis", paragraphs, lines),
    ]


def stack_object(kernel: int, depths: Sequence[Depth]) -> dict[str, Any]:
    """Return a stack as plain data."""
    return {
        "kernel": kernel,
        "layers": [
            {
                "dilation": depth.dilation,
                "extent": depth.extent,
                "receptive_field": depth.field,
                "positions_read": list(depth.positions),
            }
            for depth in depths
        ],
    }
