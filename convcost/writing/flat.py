"""A network as a spec of layers alone: blocks opened, repetitions written out, symbols put in.

Read again it has the same layers, with the same figures. A layer's full name, `stage2.0.three.conv`, is one of a
spec's own with lines for points: `stage2_0_three_conv`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import count

from convcost.analysis.arguments import written
from convcost.language.parts import MAX_NAME, RESERVED
from convcost.network import Layer, Network
from convcost.ops.base import Shape


def flat_spec(network: Network) -> str:
    """Return the text of a spec with a network's layers, one a line, each with its arguments that are not defaults.

    >>> from convcost.reading.load import load
    >>> print(*flat_spec(load("m5")).splitlines()[:6], sep="\\n")
    network: m5
    <BLANKLINE>
    input: {channels: 1, size: [32000]}
    <BLANKLINE>
    layers:
      - {conv: {out: 128, kernel: 80, stride: 4}, name: conv1_conv}
    """
    names = _names(network)
    named = network.name.isidentifier() and network.name not in RESERVED
    lines = [f"network: {network.name if named else json.dumps(network.name)}", ""]
    lines += [*_inputs(network, names), "", "layers:"]
    above: tuple[str, ...] = tuple(network.inputs)
    for layer in network.layers:
        lines.append(f"  - {{{', '.join(_words(layer, above, names))}}}")
        above = layer.outputs
    if network.outputs != above:
        lines += ["", f"outputs: [{', '.join(names[output] for output in network.outputs)}]"]
    return "\n".join(lines) + "\n"


def _words(layer: Layer, above: tuple[str, ...], names: dict[str, str]) -> Iterable[str]:
    """What stands in a layer's entry: its operator, its name, and what it reads if that is not the layer above."""
    arguments = ", ".join(f"{name}: {text.replace(',', ', ')}" for name, text in written(layer).items())
    yield f"{layer.kind}: {{{arguments}}}" if arguments else f"{layer.kind}: "
    yield f"name: {names[layer.name]}"
    if layer.inputs != above:
        given = [names[name] for name in layer.inputs]
        yield f"from: {given[0] if len(given) == 1 else '[' + ', '.join(given) + ']'}"
    if layer.shares:
        yield f"share: {names[layer.shares]}"


def _inputs(network: Network, names: dict[str, str]) -> Iterable[str]:
    if [*network.inputs] == ["input"]:
        return [f"input: {_shape(network.inputs['input'])}"]
    return ["inputs:", *(f"  {names[name]}: {_shape(shape)}" for name, shape in network.inputs.items())]


def _shape(shape: Shape) -> str:
    return f"{{channels: {shape.channels}, size: [{', '.join(map(str, shape.size))}]}}"


def _names(network: Network) -> dict[str, str]:
    """A name of the spec's own for every tensor: of a layer with several outputs, the layer's and a number."""
    names: dict[str, str] = {}
    taken = {"input", *RESERVED}
    for name in network.inputs:
        names[name] = "input" if name == "input" else _free(name, taken)
    for layer in network.layers:
        names[layer.name] = name = _free(layer.name, taken)
        if len(layer.output_shapes) > 1:
            names |= {output: f"{name}.{n}" for n, output in enumerate(layer.outputs)}
    return names


def _free(name: str, taken: set[str]) -> str:
    """The name in letters, digits and _, or one like it that is not taken yet; from then on it is."""
    plain = re.sub(r"[^A-Za-z0-9_]", "_", name)
    wish = (plain if plain[:1].isalpha() else f"_{plain}")[: MAX_NAME - 8]
    found = next(one for n in count(1) if (one := wish if n == 1 else f"{wish}_{n}") not in taken)
    taken.add(found)
    return found
