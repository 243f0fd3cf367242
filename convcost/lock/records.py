"""What the lock file keeps of a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from convcost.analysis.arguments import written
from convcost.analysis.costs import Analysis, LayerCost, analyze
from convcost.lock.words import typed
from convcost.network import Network


class Total(NamedTuple):
    """A figure of all layers together, for one sample."""

    label: str
    of: Callable[[Analysis], int]


TOTALS: Mapping[str, Total] = {
    "layers": Total("layers", lambda network: len(network.layers)),
    "params": Total("params", lambda network: network.params.total),
    "macs": Total("macs", lambda network: network.work.macs),
    "elements": Total("activation elements", lambda network: network.elements),
    "peak_elements": Total("elements held at most", lambda network: network.peak.elements),
}
"""What is written of all layers together. A file that has fewer, or more, is read all the same: what both have is held
against each other."""


class LockedLayer(NamedTuple):
    """What is kept of a layer."""

    name: str
    kind: str
    output: str
    """The shapes of its outputs, `64x56x56`, with commas between them."""
    params: int
    macs: int
    arguments: Mapping[str, str]
    inputs: tuple[str, ...]
    shares: str | None = None
    line: int = 0
    """Where it stands in the file; 0: it was not read from one."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the tensors that it writes."""
        count = self.output.count(",") + 1
        return (self.name,) if count == 1 else tuple(f"{self.name}.{n}" for n in range(count))


class LockedNetwork(NamedTuple):
    """What is kept of a network."""

    name: str
    symbols: Mapping[str, str]
    inputs: Mapping[str, str]
    """Shapes by name."""
    outputs: tuple[str, ...]
    total: Mapping[str, int | str]
    """What TOTALS names, as far as it is there; whatever else a newer convcost may have written."""
    layers: tuple[LockedLayer, ...]
    line: int = 0


def locked(network: Network) -> LockedNetwork:
    """Return what the lock file keeps of a network."""
    analysis = analyze(network)
    return LockedNetwork(
        network.name,
        {name: typed(value) for name, value in network.symbols.items() if value is not None},
        {name: str(shape) for name, shape in network.inputs.items()},
        network.outputs,
        {name: total.of(analysis) for name, total in TOTALS.items()},
        tuple(map(_layer, analysis.layers)),
    )


def _layer(cost: LayerCost) -> LockedLayer:
    layer = cost.layer
    output = ",".join(map(str, layer.output_shapes))
    params, macs = cost.params.total, cost.work.macs
    return LockedLayer(layer.name, layer.kind, output, params, macs, written(layer), layer.inputs, layer.shares)


def shown(amount: int | str) -> str:
    """Return an amount with commas between its thousands, as people read it."""
    return f"{amount:,}" if isinstance(amount, int) else amount
