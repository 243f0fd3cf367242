"""Bounds on time: a table, lines below it, plain data."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from convcost import numerals
from convcost.analysis.costs import Costs
from convcost.analysis.roofline import Bound, Roofline
from convcost.csv_text import as_csv
from convcost.errors import printable
from convcost.figures import FIGURES
from convcost.reading.device import Rate
from convcost.render.analysis.table import is_unknown
from convcost.render.columns import Column
from convcost.render.objects import fraction_object
from convcost.render.summary import Line, per_batch

Row = tuple[Costs, Bound]
"""A layer or a block, and the bound of its time."""

UNCOUNTED = "?"


def columns(found: Roofline) -> list[Column[Row]]:
    """Return the columns of the table of layers."""
    total, analysis = found.total.time, found.analysis
    return [
        Column("layer", lambda row: row[0].name, total="total", right=False),
        Column("operator", lambda row: row[0].kind, right=False, rank=4),
        _figure("macs", "MACs", numerals.exact(analysis.macs), rank=3),
        Column("share of\nMACs", lambda row: numerals.percent(row[0].of("macs"), analysis.macs), rank=2),
        _figure("bytes_moved", "bytes\nmoved", numerals.exact(analysis.bytes_moved), rank=5),
        Column(
            "operations\nper byte",
            lambda row: numerals.quotient(row[0].of("operations_per_byte")),
            numerals.quotient(analysis.operations_per_byte),
            rank=1,
        ),
        Column("least time\nms", lambda row: numerals.milliseconds(row[1].time), numerals.milliseconds(total), rank=-1),
        Column("share of\nleast time", lambda row: numerals.percent(row[1].time, total), rank=-1),
        Column("bound by", lambda row: row[1].by, found.total.by, right=False, rank=-1),
    ]


def _figure(name: str, header: str, total: str, rank: int) -> Column[Row]:
    def cell(row: Row) -> str:
        return UNCOUNTED if is_unknown(row[0]) else numerals.exact(row[0].of(name))

    return Column(header, cell, total, rank=rank)


def lines(found: Roofline) -> list[Line]:
    """Return what is to be said of the network as a whole."""
    analysis, total = found.analysis, found.total
    per, dtype = per_batch(analysis.at), analysis.at.dtype
    bound = [layer for layer in found.layers if layer.time]
    in_memory = sum(layer.by == "memory" for layer in bound)
    result = [
        ("network", f"{printable(analysis.network.name)}, as {dtype}"),
        ("device", f"{printable(found.device.name)}: {_rate(found.peak, f' operations/s as {dtype}')}, "
         f"{_rate(found.device.bandwidth, ' bytes/s to and from memory')}"),
        ("least time", f"{numerals.milliseconds(total.time)} ms {per}, if every layer reads its inputs from memory and "
         "writes its outputs there: its operations at the peak or its bytes, whichever take longer"),
        ("fused", f"{numerals.milliseconds(found.fused)} ms {per}, however layers are fused: all useful MACs at the "
         "peak, or the network's inputs, parameters and outputs moved once"),
        ("bound by", f"memory {in_memory:,} of {len(bound):,} layers, {numerals.percent(total.in_memory, total.time)} "
         "of the least time"),
        ("where it sits", _where(found)),
        ("not counted", ", ".join(f"{n} {printable(kind)}" for kind, n in analysis.network.not_counted.items())),
    ]  # fmt: skip
    return [(label, text) for label, text in result if text]


def _rate(rate: Rate | None, of: str) -> str:
    if rate is None:
        return f"no number known of{of}"
    return f"{numerals.human(int(rate.value))}{of} ({rate.kind}, {rate.date})"


def _where(found: Roofline) -> str:
    """Each operator's share of MACs beside its share of time: why fewer multiplies need not take less time."""
    macs, total, analysis = found.analysis.macs_by_operator, found.total.time, found.analysis
    if not total or not macs:
        return ""
    times = found.by_operator()
    shares = [
        f"{printable(kind)} {numerals.percent(n, analysis.macs)} of MACs, {numerals.percent(times[kind].time, total)} "
        "of the least time"
        for kind, n in macs.items()
    ]
    others = sum((one.time for kind, one in times.items() if kind not in macs), Fraction(0))
    if others:
        shares.append(f"other layers none of MACs, {numerals.percent(others, total)}")
    return "; ".join(shares)


def as_object(found: Roofline, rows: Sequence[Row]) -> dict[str, Any]:
    """Return the bounds of a network as plain data, in seconds; rates are per second."""
    analysis, device = found.analysis, found.device
    return {
        "name": analysis.network.name,
        "dtype": analysis.at.dtype,
        "batch": analysis.at.batch,
        "device": {
            "name": device.name,
            "peak": _rate_object(found.peak),
            "bandwidth": _rate_object(device.bandwidth),
        },
        "totals": {
            "macs": analysis.macs,
            "bytes_moved": analysis.bytes_moved,
            "operations_per_byte": fraction_object(analysis.operations_per_byte),
            **_bound_object(found.total),
            "time_bound_fused": float(found.fused),
            "by_operator": {
                kind: {"macs": analysis.macs_by_operator.get(kind, 0), **_bound_object(bound)}
                for kind, bound in found.by_operator().items()
            },
        },
        "not_counted": dict(analysis.network.not_counted),
        "layers": [
            {
                "name": costs.name,
                "operator": costs.kind,
                "macs": costs.macs,
                "bytes_moved": costs.bytes_moved,
                "operations_per_byte": fraction_object(costs.operations_per_byte),
                **_bound_object(bound),
            }
            for costs, bound in rows
        ],
    }


def _bound_object(bound: Bound) -> dict[str, Any]:
    return {"time_bound": float(bound.time), "time_bound_by_memory": float(bound.in_memory), "bound_by": bound.by}


def _rate_object(rate: Rate | None) -> dict[str, Any] | None:
    return rate and {"value": float(rate.value), "kind": rate.kind, "date": rate.date, "source": rate.source}


def as_rows(networks: Sequence[tuple[Roofline, Sequence[Row]]]) -> str:
    """Return one line of comma-separated values per layer."""
    header = ["network", "device", "layer", "operator", *_FIGURES, "time_bound", "bound_by"]
    return as_csv(
        header,
        [
            [found.analysis.network.name, found.device.name, costs.name, costs.kind]
            + [_plain(costs, name) for name in _FIGURES]
            + [float(bound.time), bound.by]
            for found, rows in networks
            for costs, bound in rows
        ],
    )


_FIGURES = ("macs", "bytes_moved", "operations_per_byte")


def _plain(costs: Costs, name: str) -> int | float:
    value = costs.of(name)
    return value if FIGURES[name].whole else float(value)
