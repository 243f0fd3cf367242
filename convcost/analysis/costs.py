"""The costs of a network, layer by layer and in total.

Counted: everything its layers compute on one sample. `macs`, the headline, are multiply-accumulates of convolutions,
linear layers and LeNet-5's trained pooling, products with padding zeros included; `useful_macs` leaves those out. All
other work (bias additions, normalisation, activations, pooling, sums) is counted by kind and never mixed into macs.
Not counted: moving data, addressing, and parameters shared with an earlier layer (their cost is).
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import NamedTuple

from convcost.analysis.memory import Peak, peak_memory
from convcost.analysis.receptive_field import ReceptiveField, receptive_fields
from convcost.analysis.training import training_macs
from convcost.network import Layer, Network
from convcost.ops.base import Params, Work
from convcost.ops.numbers import Number


class LayerCost(NamedTuple):
    """One layer's figures, for one sample."""

    layer: Layer
    params: Params
    work: Work
    useful_work: Work
    training_macs: Number
    """Forward and backward."""
    receptive_field: ReceptiveField

    @property
    def elements(self) -> Number:
        """Numbers it writes."""
        return sum(shape.elements for shape in self.layer.output_shapes)

    @property
    def sums(self) -> dict[str, Number]:
        """What adds up over layers, each figure under the name that it has in `expect`."""
        return _sums(self)


class Analysis(NamedTuple):
    """A network's figures, for one sample."""

    network: Network
    layers: tuple[LayerCost, ...]
    params: Params
    work: Work
    useful_work: Work
    training_macs: Number
    elements: Number
    peak: Peak

    @property
    def sums(self) -> dict[str, Number]:
        """Those of all layers."""
        return _sums(self)

    @property
    def macs_by_kind(self) -> Mapping[str, Number]:
        """Multiply-accumulates per operator kind, the largest first; kinds without any are left out."""
        totals: dict[str, Number] = {}
        for cost in self.layers:
            totals[cost.layer.kind] = totals.get(cost.layer.kind, 0) + cost.work.macs
        return {kind: macs for kind, macs in sorted(totals.items(), key=lambda item: -item[1]) if macs}

    @property
    def unmet(self) -> list[tuple[str, str, Number]]:
        """The sums over layers that the spec states of the whole network and that are not so: (figure, stated, found).

        A remark for those who did not ask; `convcost.checks.expectations` holds everything stated against the network.
        """
        sums = self.sums
        return [
            (figure, expected.written, sums[figure])
            for stated in self.network.expect
            if stated.layers is None and not stated.is_elsewhere
            for expected in stated.figures
            if (figure := expected.figure) in sums and not (figure == "macs" and stated.convention)
            if not expected.admits(sums[figure])
        ]

    @property
    def windowed(self) -> LayerCost | None:
        """The layer with the largest receptive field that is a window; of those alike, the last.

        Where a classifier follows, whose output sees everything, that is the end of the feature extractor, whose field
        the literature quotes. Where gates see everything, it is the last layer that no gate has touched.
        """
        seen = [
            (prod(size), n) for n, cost in enumerate(self.layers) if (size := cost.receptive_field.size) is not None
        ]
        return self.layers[max(seen)[1]] if seen else None


def _sums(cost: LayerCost | Analysis) -> dict[str, Number]:
    return {
        "params": cost.params.total,
        **dict(cost.work.items()),
        "useful_macs": cost.useful_work.macs,
        "elements": cost.elements,
        "training_macs": cost.training_macs,
    }


def analyze(network: Network) -> Analysis:
    """All figures of a network whose sizes are ints."""
    walks = zip(network.layers, receptive_fields(network), training_macs(network), strict=True)
    layers = tuple(_layer_cost(layer, field, training) for layer, field, training in walks)
    return Analysis(
        network=network,
        layers=layers,
        params=Params(*map(sum, zip(*(cost.params for cost in layers), strict=True))),
        work=Work(*map(sum, zip(*(cost.work for cost in layers), strict=True))),
        useful_work=Work(*map(sum, zip(*(cost.useful_work for cost in layers), strict=True))),
        training_macs=sum(cost.training_macs for cost in layers),
        elements=sum(cost.elements for cost in layers),
        peak=peak_memory(network),
    )


def _layer_cost(layer: Layer, field: ReceptiveField, training: Number) -> LayerCost:
    operator, inputs = layer.operator, layer.input_shapes
    return LayerCost(
        layer,
        Params() if layer.shares else operator.params(*inputs),
        operator.work(*inputs),
        operator.useful_work(*inputs),
        training,
        field,
    )
