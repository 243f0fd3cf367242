"""A spec's parts -> a Network, at settings of its symbols."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from convcost.building.build import Layers
from convcost.errors import Problems
from convcost.expectation import Expectations
from convcost.language.blocks import Expander
from convcost.language.how import How
from convcost.language.parts import Spec
from convcost.language.scope import Scope, Unknown, shape_of_input, symbol_values
from convcost.network import Flow, Network, Note, Tensor
from convcost.ops.numbers import Number


class Reading(NamedTuple):
    """The outcome of one reading of a description."""

    network: Network
    scopes: Mapping[str, Scope]
    """What the line of each layer could see, by the layer's name; nothing where there are no lines."""
    stated: tuple[Expectations, ...] = ()
    """What is stated of figures: at its symbols' defaults, or in rows at other settings."""


AddLayers: TypeAlias = Callable[[Mapping[str, Tensor], Layers, Problems], Flow]
"""Adds all layers to those there are, given the network's inputs, and returns what the network hands on."""

MakeExpander: TypeAlias = Callable[[Spec, dict[str, Any], How, int | None], Expander]
"""Makes what walks over the lists of a spec: an Expander, or one that keeps what it did."""


def read_network(
    spec: Spec,
    settings: Mapping[str, Number | str],
    variant: str | None,
    how: How,
    problems: Problems,
    add_layers: AddLayers | None = None,
    expander: MakeExpander = Expander,
) -> Reading:
    """Return the network that a spec describes; with `add_layers`, those layers instead of the spec's.

    Raises SpecError with `problems` and all that is wrong besides, UsageError for settings and variants that the spec
    does not have, NeedsNumber where a symbol without a value decides which layers there are.
    """
    symbols = symbol_values(spec, settings, variant, problems)
    top = Scope(symbols, (), "", problems)
    inputs = {key: Tensor(key, shape_of_input(key, node, top, how.sizes)) for key, node in spec.inputs.items()}
    top.names.update({key: (tensor,) for key, tensor in inputs.items() if key != "input"})
    top.given = tuple(inputs.values()) if len(inputs) == 1 else ()
    ranks = {tensor.shape.rank if tensor.shape else None for tensor in inputs.values()}
    walk = expander(spec, symbols, how, ranks.pop() if len(ranks) == 1 else None)
    last = add_layers(inputs, walk.layers, problems) if add_layers else walk.run(top)
    outputs = _outputs(spec, top, last)
    expect = _expect(spec, top, walk.expectations) if how.expecting else ()
    if problems.found:
        raise problems.error()
    network = Network(
        name=spec.name,
        inputs={key: tensor.shape for key, tensor in inputs.items() if tensor.shape},
        layers=tuple(walk.layers.all),
        outputs=tuple(tensor.name for tensor in outputs),
        symbols=symbols,
        variants=tuple(spec.variants),
        expect=() if settings or variant else expect,
        notes=(*map(Note, spec.notes), *walk.layers.notes),
    )
    return Reading(network, walk.reader.scopes, expect)


def _outputs(spec: Spec, scope: Scope, last: Flow) -> Flow:
    if spec.outputs is None:
        return last
    found: list[Tensor] = []
    for name in spec.outputs:
        try:
            found += scope.find(name)
        except Unknown:
            continue
    return tuple(found)


def _expect(spec: Spec, scope: Scope, layers: list[Expectations]) -> tuple[Expectations, ...]:
    """Return what a spec states of its figures: those of the whole network, then those of its layers."""
    if spec.expect is None:
        return tuple(layers)
    from convcost.language.expect import of_network

    return (*of_network(spec, scope), *layers)
