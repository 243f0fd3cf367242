"""A network executed: its layers run in order by the kernels, each counting what it does, tensors freed at last use."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from math import isfinite, sqrt
from types import SimpleNamespace
from typing import Any

import numpy as np

from convcost.kernels import Kernel, kernel
from convcost.kernels.backward import BACKWARD, gradients
from convcost.kernels.drawing import held, trainable
from convcost.kernels.tally import Array, Tally, Weights
from convcost.network import Layer, Network

FARTHEST = 2**16
"""Times that the values of a tensor may be larger or smaller than 1 on average: products of four stay in range."""


@dataclass(frozen=True, slots=True)
class LayerRun:
    """The outcome of running one layer, for the whole batch."""

    layer: Layer
    tally: Tally
    shapes: tuple[tuple[int, ...], ...]
    """Of its outputs, with the batch."""
    read: int
    """Elements of its inputs."""
    held: Mapping[str, int]
    """Numbers its weights hold, by kind; those of another layer's weights it shares are not its own."""
    used: int
    """Trained numbers that it computes with, another layer's weights among them."""
    backward: Tally | None = None
    """What its gradients took, if it was trained and has any to compute."""
    counted_as: str | None = None
    """The equal layer that was run in its place, if it was not run itself."""


@dataclass(frozen=True, slots=True)
class Execution:
    """A run of a network."""

    outputs: Mapping[str, Array]
    layers: tuple[LayerRun, ...]
    peak_bytes: int
    """Most bytes of tensors alive at once; weights and what a kernel needs while it works are not counted."""
    peak_layer: str | None
    """The first layer that reaches the peak; None if the inputs alone do."""


@dataclass(slots=True)
class Machine:
    """A network ready to run. Weights are drawn when a layer first runs, and kept."""

    network: Network
    seed: int = 0
    dtype: Any = np.float32
    weights: dict[str, Weights] = field(default_factory=dict)
    """By layer."""

    def inputs(self, batch: int = 1) -> dict[str, Array]:
        """Return random inputs of unit variance."""
        rng = np.random.default_rng(self.seed)
        shapes = self.network.inputs.items()
        return {name: rng.standard_normal((batch, *x.numbers), dtype=self.dtype) for name, x in shapes}

    def run(
        self,
        inputs: Mapping[str, Array] | None = None,
        watch: Callable[[LayerRun, tuple[Array, ...]], None] | None = None,
        training: bool = False,
        every: bool = True,
    ) -> Execution:
        """Run the network forward once; `watch` sees each layer's run and outputs as they come.

        Without `every`, of layers with equal arguments and inputs of equal shape only the first is run: the others
        take as much, and hand on ones. Weights are not kept then, but for those that are shared.

        With `training`, every layer that multiplies and accumulates also computes its gradients, from one of ones. What
        no parameter comes before, as a network's first layer, needs none with respect to its input; what no output
        of the network is made of needs none at all.

        Values that grow or shrink too far, as they do in deep networks, are scaled back.
        """
        network = self.network
        trained: set[str] = set()
        reached = _seen_by_outputs(network) if training else set()
        _keep_memory()
        tensors = dict(inputs if inputs is not None else self.inputs())
        live = best = sum(x.nbytes for x in tensors.values())
        peak, runs = None, []
        first: dict[Hashable, LayerRun] = {}
        shared = {layer.shares for layer in network.layers}
        for layer, released in zip(network.layers, releases(network), strict=True):
            xs = [tensors[name] for name in layer.inputs]
            has_gradients = layer.kind in BACKWARD and not reached.isdisjoint(layer.outputs)
            needs = tuple(name in trained for name in layer.inputs)
            needed = needs if has_gradients else None
            alike = (layer.operator, layer.shares, *(x.shape for x in xs), needed)
            if every or alike not in first:
                run, outputs = self._run(layer, xs, needed)
                first[alike] = run
            else:
                run = replace(first[alike], layer=layer, counted_as=first[alike].layer.name)
                outputs = tuple(np.ones(shape, xs[0].dtype) for shape in run.shapes)
            del xs
            if run.used or any(needs):
                trained.update(layer.outputs)
            tensors.update(zip(layer.outputs, outputs, strict=True))
            live += sum(y.nbytes for y in outputs)
            if live > best:
                best, peak = live, layer.name
            runs.append(run)
            if not every and layer.name not in shared:
                self.weights.pop(layer.name, None)
            if watch is not None:
                watch(run, outputs)
            del outputs
            live -= sum(tensors.pop(name).nbytes for name in released)
        return Execution({name: tensors[name] for name in network.outputs}, tuple(runs), best, peak)

    def _run(self, layer: Layer, xs: list[Array], needs: tuple[bool, ...] | None) -> tuple[LayerRun, tuple[Array, ...]]:
        """Run one layer; backward too where it is said which inputs need gradients."""
        given, found = plain(layer), kernel(layer.kind)
        weights = self._weights(layer, found, given, xs)
        tally, backward = Tally(), None
        result = found.run(given, weights, tally, *xs)
        outputs = result if isinstance(result, tuple) else (result,)
        for y in outputs:
            _settle(y)
        if needs is not None:
            backward = Tally()
            gradients(layer.kind, given, weights, backward, xs, np.ones_like(outputs[0]), needs)
        shapes, read = tuple(y.shape for y in outputs), sum(x.size for x in xs)
        own = held({} if layer.shares else weights)
        return LayerRun(layer, tally, shapes, read, own, trainable(weights), backward), outputs

    def _weights(self, layer: Layer, found: Kernel, given: Any, xs: list[Array]) -> Weights:
        owner = layer.shares or layer.name
        if owner not in self.weights:
            # A generator per layer: what a layer holds does not depend on which layers ran before.
            rng = np.random.default_rng([self.seed, *owner.encode()])
            self.weights[owner] = found.weights(given, rng, *xs)
        return self.weights[owner]


def _seen_by_outputs(network: Network) -> set[str]:
    """The tensors that a gradient from the network's outputs comes to."""
    waiting, seen = list(network.outputs), set()
    writers = {name: layer for layer in network.layers for name in layer.outputs}
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += writers[name].inputs if name in writers else ()
    return seen


def execute(network: Network, batch: int = 1, seed: int = 0, dtype: Any = np.float32) -> Execution:
    """Run a network forward once, on random inputs with random weights."""
    machine = Machine(network, seed, dtype)
    return machine.run(machine.inputs(batch))


def plain(layer: Layer) -> SimpleNamespace:
    """Return a layer's arguments as plain values: all that a kernel is told."""
    operator: Any = layer.operator
    return SimpleNamespace(**{item.name: getattr(operator, item.name) for item in fields(operator)})


def _settle(y: Array) -> None:
    """Bring values whose size has got out of hand back to unit size. What is counted does not depend on them."""
    size = np.linalg.norm(y) / sqrt(y.size)
    if size and isfinite(size) and not 1 / FARTHEST < size < FARTHEST:
        y /= size


def laid_around(layer: Layer) -> tuple[int, ...]:
    """Return how many positions, at most, its kernel lays around a map along each axis; nothing if it lays none."""
    given = vars(plain(layer))
    kernel, padding = given.get("kernel") or (), given.get("padding") or ()
    around = [0] * max(len(kernel), len(padding) if padding != "same" else 0)
    if padding == "same" or "output_padding" in given:
        around = [
            n + d * (k - 1) for n, k, d in zip(around, kernel, given.get("dilation", (1,) * len(kernel)), strict=True)
        ]
    if padding != "same":
        around = [n + sum(pair) for n, pair in zip(around, padding or [()] * len(around), strict=True)]
    if given.get("ceil_mode"):
        around = [n + s for n, s in zip(around, given["stride"] or kernel, strict=True)]
    return tuple(around)


def _keep_memory() -> None:
    """Let the allocator keep what tensors free.

    Until it has freed one block of nearly 32 MiB, glibc hands back every large one, and gets the next page by page.
    """
    np.empty(31 << 20, np.uint8)


def most_alive(network: Network) -> int:
    """Return how many tensors are alive at once, at most."""
    alive = most = len(network.inputs)
    for layer, released in zip(network.layers, releases(network), strict=True):
        alive += len(layer.outputs)
        most = max(most, alive)
        alive -= len(released)
    return most


def releases(network: Network) -> Iterator[list[str]]:
    """Yield for each layer the tensors not needed after it."""
    last: dict[str, int] = {}
    for index, layer in enumerate(network.layers):
        last.update(dict.fromkeys((*layer.inputs, *layer.outputs), index))
    released: list[list[str]] = [[] for _ in network.layers]
    for name, index in last.items():
        if name not in network.outputs:
            released[index].append(name)
    return iter(released)
