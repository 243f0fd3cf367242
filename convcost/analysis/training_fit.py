"""Whether a training step fits into a memory: the largest batch, and what fills the memory at the peak.

Whatever is held at a moment of the backward pass has a part that is there once and a part for each sample. Two batches
tell both, so that the largest batch follows by division.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from convcost.analysis.tree import with_blocks
from convcost.errors import UsageError, did_you_mean
from convcost.memory.kept import FLOAT, kept_for_backward
from convcost.memory.training import Step, training_step
from convcost.network import Layer, Network


class Held(NamedTuple):
    """Bytes of one kind: those that are there once, and those of each sample."""

    name: str
    once: int
    each: int

    def at(self, batch: int) -> int:
        """Return the bytes at a batch."""
        return self.once + batch * self.each


class Keeps(NamedTuple):
    """A layer, and the bytes that it is the first to keep for each sample."""

    layer: Layer
    each: int


class TrainingFit(NamedTuple):
    """What a training step holds in a memory."""

    network: Network
    optimizer: str
    memory: int
    reserve: int
    frozen: Collection[str]
    """The names of layers that are not trained."""
    largest: int
    """The largest batch that fits; 0 if not even one sample does."""
    batch: int
    """The batch that the parts are of: the one that was asked for, else the largest, at least 1."""
    parts: Sequence[Held]
    """What is held at the peak of this batch."""
    peak: Layer
    """The layer during whose backward pass, or right after it, the peak stands."""
    kept: Sequence[Keeps]
    """Every layer that keeps something, those that keep most first."""
    printed_by_torchinfo: int
    """The bytes of "forward/backward pass size" for the batch."""

    @property
    def total(self) -> int:
        """The bytes held at the peak."""
        return sum(part.at(self.batch) for part in self.parts)

    @property
    def fits(self) -> bool:
        """Whether the batch fits."""
        return self.batch <= self.largest


def training_fit(
    network: Network,
    memory: int,
    optimizer: str,
    batch: int | None = None,
    reserve: int = 0,
    freeze: Sequence[str] = (),
) -> TrainingFit:
    """Return what a training step holds in a memory, at a batch or at the largest that fits.

    Raises UsageError for a block that the network does not have, and where nothing is left to train.
    """
    frozen = layers_of(network, freeze)
    if not any(layer.held.total for layer in network.layers if (layer.shares or layer.name) not in frozen):
        raise UsageError("nothing is trained: no layer has parameters that are not frozen")
    step, two = (training_step(network, n, optimizer, frozen) for n in (1, 2))
    moments = [_parts(step, two, n) for n in range(len(step.moments))]
    sums = [(sum(part.once for part in parts), sum(part.each for part in parts)) for parts in moments]
    free = memory - reserve
    largest = max(0, min((free - once) // each if each else (free - once) for once, each in sums))
    shown = batch or max(largest, 1)
    most = max(range(len(sums)), key=lambda n: sums[n][0] + shown * sums[n][1])
    kept = zip(network.layers, *(kept_for_backward(network, n, frozen) for n in (1, 2)), strict=True)
    growing = [Keeps(layer, b - a) for layer, a, b in kept if b != a]
    return TrainingFit(
        network,
        optimizer,
        memory,
        reserve,
        frozen,
        largest,
        shown,
        moments[most],
        network.layers[step.moments[most].place],
        sorted(growing, key=lambda one: -one.each),
        shown * _torchinfo(network),
    )


def layers_of(network: Network, blocks: Sequence[str]) -> frozenset[str]:
    """Return the names of the layers of some blocks, each a block or a layer; UsageError if there is none of a name."""
    names = [layer.name for layer in network.layers]
    known = with_blocks(names)
    for block in blocks:
        if block not in known:
            outermost = dict.fromkeys(name.partition(".")[0] for name in names)
            help = did_you_mean(block, known) or f"outermost are {', '.join(list(outermost)[:8])}"
            raise UsageError(f"no block or layer `{block}`", help)
    return frozenset(name for name in names if any(name == block or name.startswith(f"{block}.") for block in blocks))


def _parts(one: Step, two: Step, n: int) -> list[Held]:
    """What is held at moment n of a step, from the same step with one sample and with two."""
    kinds = {
        "parameters": (one.parameters, two.parameters),
        "running statistics": (one.statistics, two.statistics),
        "optimizer": (one.optimizer, two.optimizer),
        "gradients of parameters": (one.moments[n].gradients, two.moments[n].gradients),
        "inputs, outputs, targets": (one.data, two.data),
        "kept for backward": (one.moments[n].kept, two.moments[n].kept),
        "gradients of activations": (one.moments[n].transient, two.moments[n].transient),
    }
    return [Held(name, 2 * a - b, b - a) for name, (a, b) in kinds.items()]


def _torchinfo(network: Network) -> int:
    """The outputs of all layers with parameters, twice: torchinfo's bytes of one sample."""
    having = (layer for layer in network.layers if layer.held.total)
    return sum(2 * FLOAT * shape.elements for layer in having for shape in layer.output_shapes)
