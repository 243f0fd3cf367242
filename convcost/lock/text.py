"""Networks -> the text of a lock file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from convcost.lock.keys import Key, heading
from convcost.lock.records import LockedNetwork
from convcost.lock.words import quoted

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
