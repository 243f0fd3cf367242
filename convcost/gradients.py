"""Which gradients a training step works out: what a layer's training costs depends on where it stands.

The gradient with respect to a layer's input is needed where the input depends on a parameter: not in the first layer.
None reaches a layer of which no output of the network is made: it is computed forward alone.
"""

from __future__ import annotations

from functools import reduce

from convcost.network import Network, Repeat
from convcost.ops.numbers import NeedsNumber, Number, maximum, minimum


def training_macs(network: Network) -> list[Number]:
    """Return multiply-accumulates of every layer, forward and backward, in order and for one sample.

    Raises NeedsNumber for a symbolic number of repetitions of which some are trained in other ways than others.
    """
    return _Walk(network).through(0, len(network.layers), 0)


class _Walk:
    def __init__(self, network: Network) -> None:
        self.layers = network.layers
        self.distinct, self.places = network.alike
        self.reached = set(network.outputs)
        """Tensors of which outputs are made."""
        for layer in reversed(network.layers):
            if not self.reached.isdisjoint(layer.outputs):
                self.reached.update(layer.inputs)
        self.trained: dict[str, Number] = {}
        """1 for each tensor that depends on a parameter; for some it is 1 where a symbol is not 0."""
        self.known: dict[tuple[int, tuple[Number, ...]], Number] = {}

    def through(self, first: int, end: int, depth: int) -> list[Number]:
        """Return what the layers from first to end take inside so many repeats, once each of these."""
        found: list[Number] = []
        while (n := first + len(found)) < end:
            inner = self.layers[n].repeats[::-1][depth:]
            found += self.repeated(inner[0], depth + 1) if inner else [self.layer(n)]
        return found

    def layer(self, place: int) -> Number:
        layer, n = self.layers[place], self.places[place]
        needs = tuple([self.trained.get(name, 0) for name in layer.inputs])
        trained = 1 if self.distinct[n].is_trained else reduce(maximum, needs)
        outputs = layer.outputs
        for name in outputs:
            self.trained[name] = trained
        if self.reached.isdisjoint(outputs):
            return self.distinct[n].work.macs
        if (n, needs) not in self.known:
            self.known[n, needs] = layer.operator.training_macs(needs, *layer.input_shapes)
        return self.known[n, needs]

    def repeated(self, repeat: Repeat, depth: int) -> list[Number]:
        """Return what the layers of a repeat take in all: the first time their input may need no gradient."""
        names, run = self.layers[repeat.first : repeat.end], (repeat.first, repeat.end, depth)
        given = [self.trained.get(name, 0) for name in repeat.given]
        first = self.through(*run)
        out = [self.trained[name] for name in repeat.out]
        later = first
        if given != out:
            self.trained.update(zip(repeat.given, out, strict=True))
            later = self.through(*run)
        read = {name for layer in names if not self.reached.isdisjoint(layer.outputs) for name in layer.inputs}
        ends = self.reached.intersection(repeat.out)
        if out != [self.trained[name] for name in repeat.out] or (
            ends and not (ends.issuperset(repeat.out) and read.issuperset(repeat.given))
        ):
            raise NeedsNumber(repeat.count, f"repeats `{names[0].name}`, which is not trained alike each time")
        some = minimum(repeat.count, 1)
        self.trained.update(zip(repeat.given, given, strict=True))
        self.trained.update(
            (name, before + some * (after - before)) for name, before, after in zip(repeat.out, given, out, strict=True)
        )
        return [
            repeat.total(after, layer.name) - some * repeat.first_of(after - before)
            for layer, before, after in zip(names, first, later, strict=True)
        ]
