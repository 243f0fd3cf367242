"""A network executed: its layers run in order by the kernels, each counting what it does, tensors freed at last use."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite, sqrt
from types import SimpleNamespace
from typing import Any, TypeAlias

import numpy as np

from convcost.alive import Alive, InPlace
from convcost.kernels import Kernel, kernel
from convcost.kernels.drawing import held, parameters, trainable
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
    """Parameters that it computes with, another layer's among them."""
    trained: int
    """How many of these training changes."""
    backward: Tally | None = None
    """What its gradients took, if it was trained and has any to compute."""
    counted_as: str | None = None
    """The equal layer that was run in its place, if it was not run itself."""


Ran: TypeAlias = tuple[LayerRun, tuple[Array, ...]]
"""A layer's run, and its outputs."""

Needs: TypeAlias = tuple[bool, ...] | None
"""Which inputs of a layer need gradients; None where none are computed."""


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
        in_place: bool = False,
    ) -> Execution:
        """Run the network forward once; `watch` sees each layer's run and outputs as they come.

        Without `every`, of layers with equal arguments and inputs of equal shape only the first is run: the others
        take as much, and hand on ones. Weights are not kept then, but for those that are shared.

        With `training`, every layer that multiplies and accumulates also computes its gradients, from one of ones. What
        no parameter comes before, as a network's first layer, needs none with respect to its input; what no output
        of the network is made of needs none at all.

        With `in_place`, elementwise layers write over what they are the last to read, as if normalisation were folded
        into convolutions; a view has no memory of its own.

        Values that grow or shrink too far, as they do in deep networks, are scaled back.
        """
        _keep_memory()
        alive = (InPlace if in_place else Alive)(dict(inputs if inputs is not None else self.inputs()))
        wanted = _Gradients(self.network, training)
        run_layer = self._run if every else self._first_run()
        runs = []
        for layer, released in zip(self.network.layers, releases(self.network), strict=True):
            xs = [alive.tensors[name] for name in layer.inputs]
            run, outputs = run_layer(layer, xs, wanted.of(layer))
            wanted.follow(run)
            alive.add(layer, outputs, released)
            runs.append(run)
            if watch is not None:
                watch(run, outputs)
            del xs, outputs
            alive.free(released)
        results = {name: alive.tensors[name] for name in self.network.outputs}
        return Execution(results, tuple(runs), alive.peak_bytes, alive.peak_layer)

    def _first_run(self) -> Callable[[Layer, list[Array], Needs], Ran]:
        """Return what runs the first of layers that are equal; for the others it has that run's counts, and ones."""
        first: dict[Hashable, LayerRun] = {}
        shared = {layer.shares for layer in self.network.layers}

        def run_layer(layer: Layer, xs: list[Array], needs: Needs) -> Ran:
            alike = (layer.operator, layer.shares, *(x.shape for x in xs), needs)
            if alike in first:
                run = replace(first[alike], layer=layer, counted_as=first[alike].layer.name)
                return run, tuple(np.ones(shape, xs[0].dtype) for shape in run.shapes)
            first[alike], outputs = self._run(layer, xs, needs)
            if layer.name not in shared:
                self.weights.pop(layer.name, None)
            return first[alike], outputs

        return run_layer

    def _run(self, layer: Layer, xs: list[Array], needs: Needs) -> Ran:
        """Run one layer; backward too where it is said which inputs need gradients."""
        given, found = plain(layer), kernel(layer.kind)
        weights = self._weights(layer, found, given, xs)
        tally, backward = Tally(), None
        result = found.run(given, weights, tally, *xs)
        outputs = result if isinstance(result, tuple) else (result,)
        for y in outputs:
            _settle(y)
        if needs is not None:
            from convcost.kernels.backward import gradients

            backward = Tally()
            gradients(layer.kind, given, weights, backward, xs, np.ones_like(outputs[0]), needs)
        shapes, read = tuple(y.shape for y in outputs), sum(x.size for x in xs)
        own = held({} if layer.shares else weights)
        used, trained = parameters(weights), trainable(weights)
        return LayerRun(layer, tally, shapes, read, own, used, trained, backward), outputs

    def _weights(self, layer: Layer, found: Kernel, given: Any, xs: list[Array]) -> Weights:
        owner = layer.shares or layer.name
        if owner not in self.weights:
            # A generator per layer: what a layer holds does not depend on which layers ran before.
            rng = np.random.default_rng([self.seed, *owner.encode()])
            self.weights[owner] = found.weights(given, rng, *xs)
        return self.weights[owner]


class _Gradients:
    """Which gradients training takes: of what an output is made of, and behind what is trained."""

    def __init__(self, network: Network, training: bool) -> None:
        self._layers = _with_gradients(network) if training else set()
        self._trained: set[str] = set()
        """Tensors that depend on trained numbers."""

    def of(self, layer: Layer) -> Needs:
        """Which inputs of a layer need gradients; None if it has none to compute."""
        return tuple(name in self._trained for name in layer.inputs) if layer.name in self._layers else None

    def follow(self, run: LayerRun) -> None:
        """Take note of what a layer's outputs depend on."""
        if run.trained or not self._trained.isdisjoint(run.layer.inputs):
            self._trained.update(run.layer.outputs)


def _with_gradients(network: Network) -> set[str]:
    """The layers that multiply and accumulate, to which a gradient comes."""
    from convcost.kernels.backward import BACKWARD

    seen = _seen_by_outputs(network)
    return {layer.name for layer in network.layers if layer.kind in BACKWARD and not seen.isdisjoint(layer.outputs)}


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
    return SimpleNamespace(**vars(layer.operator))


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
