"""The walks over one network's layers that figures come from, each made once, when a figure first needs it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from convcost.analysis.memory import Peak, peak_memory
from convcost.analysis.receptive_field import ReceptiveField, has_gates, largest_window, receptive_fields
from convcost.analysis.training import training_macs
from convcost.figures import FIGURES, Setting
from convcost.network import Network
from convcost.ops.base import Shape
from convcost.ops.numbers import Number


@dataclass(frozen=True)
class Walks:
    """What walks over a network find, for one sample."""

    network: Network

    @cached_property
    def fields(self) -> list[ReceptiveField]:
        """The receptive field of every layer."""
        return receptive_fields(self.network)

    @cached_property
    def ungated_fields(self) -> list[ReceptiveField]:
        """The receptive field of every layer, gates that read the whole input left out."""
        return receptive_fields(self.network, gates=False) if has_gates(self.network) else self.fields

    @cached_property
    def widest(self) -> int | None:
        """The layer whose receptive field stands for the network's."""
        return largest_window(self.fields)

    @cached_property
    def widest_ungated(self) -> int | None:
        """The layer whose receptive field stands for the network's, gates left out."""
        return self.widest if self.ungated_fields is self.fields else largest_window(self.ungated_fields)

    @cached_property
    def training_sums(self) -> list[Number]:
        """Forward and backward multiply-accumulates of the first n layers, for every n from 0."""
        return list(accumulate(training_macs(self.network), initial=0))

    def sums(self, figure: str, at: Setting) -> list[Number]:
        """Return a figure that is a sum, of the first n layers for every n from 0: any run's is a difference of two."""
        if (figure, at) not in self._sums:
            of_layer = FIGURES[figure].of_layer
            each = (of_layer(layer, at) for layer in self.network.layers)
            self._sums[figure, at] = list(accumulate(each, initial=0))
        return self._sums[figure, at]

    @cached_property
    def _sums(self) -> dict[tuple[str, Setting], list[Number]]:
        return {}

    @cached_property
    def peak(self) -> Peak:
        """The most elements that are held at once."""
        return peak_memory(self.network)

    @cached_property
    def writers(self) -> dict[str, int]:
        """The place of the layer that writes each tensor."""
        return {name: n for n, layer in enumerate(self.network.layers) for name in layer.outputs}

    @cached_property
    def shapes(self) -> dict[str, Shape]:
        """The shape of every tensor."""
        return dict(self.network.tensors())
