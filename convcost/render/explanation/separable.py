"""Whether a kernel is separable, and into what, as sections and as plain data."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from convcost.explain.separable import Fit, Split
from convcost.ops.base import by_x
from convcost.ops.numbers import plain
from convcost.render.sections import Section


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
