"""Networks -> the text of a lock file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from convcost.lock.records import LockedNetwork
from convcost.lock.words import quoted
from convcost.reading.sources import bundled

VERSION = 1
FIRST = "convcost-lock"
"""The key that a lock file begins with."""

_HEAD = "# What every layer of these networks is and costs: written by `convcost lock`, compared by `convcost check`.\n"


def key_of(path: str, folder: Path) -> str:
    """The name of a spec file in a lock file of that folder: its path from there, with forward slashes.

    A network that comes with convcost, and not from below the folder, has the name that it is known by.

    >>> key_of("specs/net.yaml", Path("specs")), key_of("net.yaml", Path("locks"))
    ('net.yaml', '../net.yaml')
    """
    relative = Path(os.path.relpath(path, folder)).as_posix()
    if relative.startswith("../") and path in map(str, bundled().values()):
        return Path(path).stem
    return relative


def as_text(networks: Mapping[str, LockedNetwork]) -> str:
    """The lock file of networks by name, sorted; the same for the same networks, byte for byte."""
    parts = [f"{_HEAD}{FIRST}: {VERSION}\n", *(_text(name, networks[name]) for name in sorted(networks))]
    return "\n".join(parts)


def _text(key: str, network: LockedNetwork) -> str:
    lines = [f"{quoted(key)}:", f"  network: {quoted(network.name)}"]
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
