"""Algorithms side by side: for every convolution of a network, and for a single one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from convcost import numerals
from convcost.algorithms.fft import FFT, REAL_MULTIPLIES
from convcost.algorithms.table import Cost, Details, Estimate
from convcost.algorithms.winograd import PUBLISHED_FLOPS, Winograd
from convcost.analysis.algorithms import LayerAlgorithms, NetworkAlgorithms
from convcost.csv_text import as_csv
from convcost.errors import printable
from convcost.ops.arguments import many
from convcost.ops.base import by_x
from convcost.render.columns import Column
from convcost.render.sections import Section
from convcost.render.summary import Line

SHORT = {
    "direct": "direct",
    "im2col": "im2col",
    "winograd_2": "F(2x2,3x3)",
    "winograd_4": "F(4x4,3x3)",
    "fft": "FFT",
}
"""For the heads of columns."""

NOT_APPLICABLE = "-"
NOTE = (NOT_APPLICABLE, "does not apply: F computes 3x3 kernels of stride and dilation 1 in two dimensions")


def layer_columns(rows: Sequence[LayerAlgorithms]) -> list[Column[LayerAlgorithms]]:
    """Return the columns of the table of a network. im2col multiplies what the direct algorithm does."""
    return [
        Column("layer", lambda row: row.layer.name, total="total", right=False),
        Column(
            "direct, im2col\nmultiplies", lambda row: _multiplies(row.cost("direct")), numerals.exact(_direct(rows))
        ),
        _multiplies_of("winograd_2", rank=2),
        _multiplies_of("winograd_4", rank=1),
        _multiplies_of("fft", rank=3),
        Column("least", lambda row: SHORT[row.least.algorithm.name], right=False),
        Column("least\nmultiplies", lambda row: _multiplies(row.least.cost), numerals.exact(_least(rows)), rank=4),
        Column(
            "least, kernels\nbeforehand", lambda row: SHORT[row.least_precomputed.algorithm.name], right=False, rank=5
        ),
        _extra_of("im2col", rank=6),
        _extra_of("winograd_2", rank=8),
        _extra_of("winograd_4", rank=7),
        _extra_of("fft", rank=9),
    ]


def _multiplies_of(name: str, rank: int) -> Column[LayerAlgorithms]:
    return Column(f"{SHORT[name]}\nmultiplies", lambda row: _multiplies(row.cost(name)), rank=rank)


def _extra_of(name: str, rank: int) -> Column[LayerAlgorithms]:
    return Column(f"{SHORT[name]}\nextra elements", lambda row: _extra(row.cost(name)), rank=rank)


def estimate_columns() -> list[Column[Estimate]]:
    """Return the columns of the table of a single convolution."""
    return [
        Column("algorithm", lambda row: row.algorithm.title, right=False),
        Column("multiplies", lambda row: _multiplies(row.cost)),
        Column("multiplies, kernels\ntransformed beforehand", lambda row: _precomputed(row.cost), rank=1),
        Column("extra\nelements", lambda row: _extra(row.cost), rank=2),
    ]


def nothing(found: NetworkAlgorithms) -> str:
    """Return what is said of a network without convolutions."""
    others = f": it multiplies in {_others(found)}" if found.others else ""
    return f"{printable(found.name)} has no convolution that could be computed in another way{others}."


def _others(found: NetworkAlgorithms) -> str:
    """Each operator, with how often it is there."""
    return ", ".join(f"{kind} ({many(n, 'layer')})" for kind, n in found.others.items())


def totals(found: NetworkAlgorithms) -> list[Line]:
    """Return what the choice of algorithm saves over a whole network, and what is left out."""
    rows = found.layers
    count = many(len(rows), "convolution")
    direct = _direct(rows)
    chosen = _least(rows)
    precomputed = sum(row.least_precomputed.cost.precomputed for row in rows)
    lines = [
        ("network", f"{printable(found.name)}, {count}: {numerals.exact(direct)} multiplies per sample"),
        ("least", f"{numerals.exact(chosen)} ({numerals.percent(chosen, direct)}), each layer by its own algorithm"),
        (
            "beforehand",
            f"{numerals.exact(precomputed)} ({numerals.percent(precomputed, direct)}), without the kernels' transforms",
        ),
    ]
    if found.others:
        lines.append(("not counted", f"{_others(found)}: these ways are for convolutions"))
    some_refused = any(estimate.cost is None for row in rows for estimate in row.estimates.values())
    return [*lines, NOTE] if some_refused else lines


def remarks(row: LayerAlgorithms) -> list[str]:
    """Return what does not apply, and what multiplies least, with and without the kernels' transforms."""
    refused = [
        f"{estimate.algorithm.title} does not apply: {estimate.reason}."
        for estimate in row.estimates.values()
        if estimate.cost is None
    ]
    first, second = row.least, row.least_precomputed
    text = f"Least: {first.algorithm.title}, {numerals.exact(first.cost.multiplies)}"
    if first.cost.multiplies != second.cost.precomputed:
        text += (
            f"; with kernels transformed beforehand {second.algorithm.title}, {numerals.exact(second.cost.precomputed)}"
        )
    return [*refused, f"{text}."]


def detail_sections(found: Details) -> list[Section]:
    """Return where the multiplies and additions of the algorithms with transforms are."""
    inside = [Section(f"Inside F({m}x{m},3x3)", rows=_winograd_rows(m, parts)) for m, parts in found.winograd.items()]
    return [*inside, Section("Inside the FFT", rows=_fft_rows(found.fft))]


def _winograd_rows(m: int, found: Winograd) -> list[Line]:
    data, filter, inverse = PUBLISHED_FLOPS[m]
    parts = [
        ("filter transform", found.filter_multiplies, found.filter_additions),
        ("data transform", found.data_multiplies, found.data_additions),
        ("inverse transform", found.inverse_multiplies, found.inverse_additions),
    ]
    return [
        (
            "elementwise",
            f"{numerals.exact(found.elementwise_multiplies)} multiplies, {numerals.exact(found.tiles)} tiles",
        ),
        *(
            (label, f"{numerals.exact(multiplies)} multiplies, {numerals.exact(additions)} additions")
            for label, multiplies, additions in parts
        ),
        (
            "in the paper",
            f"{filter} a filter, {data} a data tile, {inverse} an output tile: operations, common ones shared",
        ),
    ]


def _fft_rows(found: FFT) -> list[Line]:
    inputs, kernels = numerals.exact(found.input_transforms), numerals.exact(found.kernel_transforms)
    return [
        ("frequencies", by_x(found.size)),
        (
            "transforms",
            f"{inputs} of inputs, {kernels} of kernels, {numerals.exact(found.output_transforms)} of outputs",
        ),
        ("a transform", f"{numerals.exact(found.multiplies_per_transform)} complex multiplies"),
        ("between transforms", f"{numerals.exact(found.pointwise_multiplies)} complex multiplies"),
        ("a complex multiply", f"{REAL_MULTIPLIES} real ones"),
    ]


FIGURES = ("multiplies", "multiplies_kernels_beforehand", "extra_elements", "reason")


def estimate_object(estimate: Estimate) -> dict[str, Any]:
    """Return an algorithm's cost as plain data; no figures, but a reason, where it does not apply."""
    return dict(zip(FIGURES, (*(estimate.cost or (None, None, None)), estimate.reason), strict=True))


def details_object(found: Details) -> dict[str, Any]:
    """Return the parts as plain data; the FFT's multiplies are complex."""
    parts = {f"winograd_{m}": asdict(one) for m, one in found.winograd.items()}
    return {**parts, "fft": {**asdict(found.fft), "transforms": found.fft.transforms}}


def network_object(found: NetworkAlgorithms) -> dict[str, Any]:
    """Return a network's convolutions as plain data, and how many layers of other operators with MACs there are."""
    return {
        "name": found.name,
        "layers": [
            {
                "name": row.layer.name,
                "operator": row.layer.kind,
                "algorithms": {key: estimate_object(estimate) for key, estimate in row.estimates.items()},
                "least": row.least.algorithm.name,
                "least_kernels_beforehand": row.least_precomputed.algorithm.name,
            }
            for row in found.layers
        ],
        "not_counted": dict(found.others),
    }


def networks_as_csv(networks: Sequence[NetworkAlgorithms], top: int | None = None) -> str:
    """Return one line per layer and algorithm; with `top`, of the first few layers of each network."""
    lines = [
        [one.name, row.layer.name, row.layer.kind, key, *estimate_object(estimate).values()]
        for one in networks
        for row in one.layers[:top]
        for key, estimate in row.estimates.items()
    ]
    return as_csv(["network", "layer", "operator", "algorithm", *FIGURES], lines)


def _multiplies(cost: Cost | None) -> str:
    return numerals.exact(cost.multiplies) if cost else NOT_APPLICABLE


def _precomputed(cost: Cost | None) -> str:
    return numerals.exact(cost.precomputed) if cost else NOT_APPLICABLE


def _extra(cost: Cost | None) -> str:
    return numerals.exact(cost.extra_elements) if cost else NOT_APPLICABLE


def _direct(rows: Sequence[LayerAlgorithms]) -> int:
    return sum(cost.multiplies for row in rows if (cost := row.cost("direct")))


def _least(rows: Sequence[LayerAlgorithms]) -> int:
    return sum(row.least.cost.multiplies for row in rows)
