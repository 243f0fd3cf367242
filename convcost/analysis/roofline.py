"""Bounds on the time of a network on a device: the roofline.

No layer is done before its operations are at the device's peak, nor before its bytes have come and gone at the
bandwidth of its memory: its time is at least the larger of both (Williams, Waterman and Patterson, "Roofline: an
insightful visual performance model for multicore architectures", Communications of the ACM 52(4), 2009). What it takes
beyond that depends on the program that computes it, and is not told.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

from convcost.analysis.costs import Analysis, Costs
from convcost.errors import UsageError
from convcost.figures import FIGURES
from convcost.ops.numbers import Number
from convcost.reading.device import Device, Rate


class Bound(NamedTuple):
    """The least time of one layer, or of some that are computed one after the other, in seconds."""

    time: Fraction
    in_memory: Fraction
    """Of the layers whose bytes take longer than their operations."""

    @property
    def by(self) -> str:
        """What bounds it: `operations`, `memory`, or `both` where layers differ; nothing where it takes no time."""
        if self.in_memory and self.in_memory < self.time:
            return "both"
        return ("memory" if self.in_memory else "operations") if self.time else ""


class Roofline(NamedTuple):
    """The bounds of a network's layers on a device."""

    analysis: Analysis
    device: Device
    layers: list[Bound]

    @property
    def peak(self) -> Rate | None:
        """The most operations of the network's data type that the device does in a second; None: not known."""
        return self.device.peak.get(self.analysis.at.dtype)

    def of(self, row: Costs) -> Bound:
        """Return the bound of a layer or a block."""
        return together(self.layers[n] for run in row.group.runs for n in run)

    @property
    def total(self) -> Bound:
        """The bound of the network if each layer reads its inputs from memory and writes its outputs there."""
        return together(self.layers)

    @property
    def fused(self) -> Fraction:
        """The bound of the network however its layers are fused, in seconds.

        Its multiply-accumulates that are not on padding are computed, and its inputs, parameters and outputs moved.
        """
        network, at = self.analysis.network, self.analysis.at
        shapes = dict(network.tensors())
        ends = sum(shapes[name].elements for name in (*network.inputs, *network.outputs)) * at.batch
        operations = 2 * FIGURES["useful_macs"].total(network.layers, at)
        return max(_time(operations, self.peak), _time((ends + self.analysis.params) * at.bytes, self.device.bandwidth))

    def by_operator(self) -> dict[str, Bound]:
        """Return the bound of all layers of each operator, the largest first."""
        found: dict[str, list[Bound]] = {}
        for layer, bound in zip(self.analysis.network.layers, self.layers, strict=True):
            found.setdefault(layer.kind, []).append(bound)
        sums = {kind: together(bounds) for kind, bounds in found.items()}
        return dict(sorted(sums.items(), key=lambda item: -item[1].time))


def together(bounds: Iterable[Bound]) -> Bound:
    """Return the bound of layers that are computed one after the other."""
    each = list(bounds)
    return Bound(sum((one.time for one in each), Fraction(0)), sum((one.in_memory for one in each), Fraction(0)))


def roofline(analysis: Analysis, device: Device) -> Roofline:
    """Return the bounds of a network on a device; UsageError if nothing is known of it for the network's data type."""
    network, at = analysis.network, analysis.at
    peak = device.peak.get(at.dtype)
    if not peak and not device.bandwidth:
        known = ", ".join(dtype for dtype, rate in device.peak.items() if rate) or "none"
        raise UsageError(
            f"{device.name} has neither a peak for {at.dtype} nor a bandwidth", f"there are peaks for: {known}"
        )
    intensity = FIGURES["operations_per_byte"]
    operations, bytes_moved = intensity.in_network(network, at), intensity.divisor.in_network(network, at)
    layers = []
    for computed, moved in zip(operations, bytes_moved, strict=True):
        computing, moving = _time(computed, peak), _time(moved, device.bandwidth)
        layers.append(Bound(max(computing, moving), moving if moving > computing else Fraction(0)))
    return Roofline(analysis, device, layers)


def _time(amount: Number, rate: Rate | None) -> Fraction:
    """Seconds that an amount takes at a rate; none where that is not known, for it bounds nothing then."""
    return Fraction(amount) / rate.value if rate else Fraction(0)
