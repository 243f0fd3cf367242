"""What the lock file keeps of a network."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from convcost.analysis.arguments import written
from convcost.analysis.memory import peak_memory
from convcost.network import Network
from convcost.ops.arguments import show
from convcost.ops.numbers import Number

TOTAL = ("layers", "params", "macs", "elements", "peak_elements")
"""What is kept of all layers together, for one sample; the last is the most that is held at once."""


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
    total: Mapping[str, int]
    """What TOTAL names."""
    layers: tuple[LockedLayer, ...]
    line: int = 0


def locked(network: Network) -> LockedNetwork:
    """A network as the lock file has it."""
    layers = []
    for layer in network.layers:
        params = 0 if layer.shares else layer.operator.params(*layer.input_shapes).total
        macs = layer.operator.work(*layer.input_shapes).macs
        output = ",".join(map(str, layer.output_shapes))
        layers.append(
            LockedLayer(layer.name, layer.kind, output, params, macs, written(layer), layer.inputs, layer.shares)
        )
    total = (
        len(layers),
        sum(layer.params for layer in layers),
        sum(layer.macs for layer in layers),
        sum(shape.elements for layer in network.layers for shape in layer.output_shapes),
        peak_memory(network).elements,
    )
    return LockedNetwork(
        network.name,
        {name: _plain(value) for name, value in network.symbols.items() if value is not None},
        {name: str(shape) for name, shape in network.inputs.items()},
        network.outputs,
        dict(zip(TOTAL, total, strict=True)),
        tuple(layers),
    )


def _plain(value: Number) -> str:
    return show(value) if isinstance(value, Fraction) else str(value)
