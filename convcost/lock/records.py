"""What the lock file keeps of a network, and its text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from convcost.analysis.arguments import written
from convcost.analysis.costs import Analysis, Costs, analyze, figure_or_none
from convcost.analysis.whole import Measure
from convcost.figures import FIGURES
from convcost.lock.keys import Key, heading, quoted, typed
from convcost.network import Network
from convcost.ops.base import by_x


def kept() -> list[str]:
    """Return the names of the figures that are written of all layers together.

    A file that has fewer, or more, is read all the same: what both have is held against each other.
    """
    return [name for name, figure in FIGURES.items() if "lock" in figure.told]


class LockedLayer(NamedTuple):
    """The figures that a lock file keeps of a layer."""

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
    """The figures that a lock file keeps of a network."""

    name: str
    symbols: Mapping[str, str]
    inputs: Mapping[str, str]
    """Shapes by name."""
    outputs: tuple[str, ...]
    total: Mapping[str, int | str]
    """What `kept` names, as far as it is there; whatever else a newer convcost may have written."""
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
        _totals(analysis),
        tuple(map(_layer, analysis.layers)),
    )


def _totals(analysis: Analysis) -> dict[str, int | str]:
    """The figures that the network has; what is no int as text: `427x427`."""
    found = ((name, figure_or_none(analysis, name)) for name in kept())
    return {name: _written(value) for name, value in found if value is not None}


def _written(value: Measure) -> int | str:
    text = by_x(value) if isinstance(value, tuple) else str(value)
    return int(text) if text.isdigit() else text


def _layer(cost: Costs) -> LockedLayer:
    layer = cost.layer
    output = ",".join(map(str, layer.output_shapes))
    params, macs = cost.params, cost.macs
    return LockedLayer(layer.name, layer.kind, output, params, macs, written(layer), layer.inputs, layer.shares)


def shown(amount: int | str) -> str:
    """Return an amount with commas between its thousands, as people read it."""
    return f"{amount:,}" if isinstance(amount, int) else amount


VERSION = 1
FIRST = "convcost-lock"
"""The key that a lock file begins with."""

_HEAD = "# What every layer of these networks is and costs: written by `convcost lock`, compared by `convcost check`.\n"


def lock_as_text(networks: Mapping[Key, LockedNetwork]) -> str:
    """Return the text of a lock file, sorted by keys; the same for the same networks, byte for byte."""
    parts = [f"{_HEAD}{FIRST}: {VERSION}\n", *(_text(key, networks[key]) for key in sorted(networks))]
    return "\n".join(parts)


def _text(key: Key, network: LockedNetwork) -> str:
    lines = [f"{heading(key)}:", f"  network: {quoted(network.name)}"]
    if network.symbols:
        lines.append(f"  symbols: {_pairs(network.symbols)}")
    lines.append(f"  inputs: {_pairs(network.inputs)}")
    lines.append(f"  outputs: {_list(network.outputs)}")
    lines.append(f"  total: {_pairs({figure: str(n) for figure, n in network.total.items()})}")
    lines.append("  layers:")
    above = tuple(network.inputs)
    for layer in network.layers:
        words = [layer.kind, layer.output, f"params={layer.params} macs={layer.macs}"]
        words += [_pairs(layer.arguments)] if layer.arguments else []
        words += [f"from={_list(layer.inputs)}"] if layer.inputs != above else []
        words += [f"shares={quoted(layer.shares)}"] if layer.shares else []
        lines.append(f"    {quoted(layer.name)}: {' '.join(words)}")
        above = layer.outputs
    return "\n".join(lines) + "\n"


def _pairs(values: Mapping[str, str]) -> str:
    return " ".join(f"{quoted(name)}={value}" for name, value in values.items())


def _list(names: Iterable[str]) -> str:
    return ",".join(map(quoted, names))
