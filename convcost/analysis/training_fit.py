"""Whether a training step fits into a memory: the largest batch, and what fills the memory at the peak.

Whatever is held at a moment of the backward pass has a part that is there once and a part for each sample: the largest
batch follows by division. A step with more samples than there are bytes in the first of these parts tells both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, groupby
from typing import NamedTuple

from convcost.analysis.tree import with_blocks
from convcost.errors import UsageError, did_you_mean
from convcost.memory import training
from convcost.memory.kept import FLOAT, kept_for_backward
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


class Moment(NamedTuple):
    """All that is held at a moment of a step."""

    layer: Layer
    """The layer that runs."""
    is_forward: bool
    parts: tuple[Held, ...]

    @property
    def once(self) -> int:
        """The bytes that are there whatever the batch."""
        return sum(part.once for part in self.parts)

    @property
    def each(self) -> int:
        """The bytes of each sample."""
        return sum(part.each for part in self.parts)

    def at(self, batch: int) -> int:
        """Return the bytes at a batch."""
        return self.once + batch * self.each


class Stage(NamedTuple):
    """A block that may be checkpointed, beside those that are."""

    name: str
    saves: int
    """The bytes by which the peak of the batch falls."""
    macs: int
    """The multiply-accumulates of each sample that are computed again."""
    largest: int
    """The largest batch that fits then."""


class TrainingFit(NamedTuple):
    """What a training step holds in a memory."""

    network: Network
    optimizer: str
    precision: str
    memory: int
    reserve: int
    frozen: Collection[str]
    """The names of layers that are not trained."""
    checkpointed: Sequence[str]
    """The blocks that are computed again in the backward pass."""
    macs_again: int
    """The multiply-accumulates of each sample that this takes."""
    largest: int
    """The largest batch that fits; 0 if not even one sample does."""
    batch: int
    """The batch that the parts are of: the one that was asked for, else the largest, at least 1."""
    peak: Moment
    """When this batch holds most."""
    kept: Sequence[Keeps]
    """Every layer that keeps something, those that keep most first."""
    stages: Sequence[Stage]
    """The outermost blocks that are not checkpointed, and what it would save."""
    printed_by_torchinfo: int
    """The bytes of "forward/backward pass size" for the batch."""

    @property
    def total(self) -> int:
        """The bytes held at the peak."""
        return self.peak.at(self.batch)

    @property
    def fits(self) -> bool:
        """Whether the batch fits."""
        return self.batch <= self.largest


class Plan(NamedTuple):
    """How a network is trained."""

    network: Network
    optimizer: str
    precision: str
    frozen: frozenset[str]
    checkpoints: tuple[range, ...] = ()
    """The runs of layers that are computed again in the backward pass."""

    def moments(self) -> list[Moment]:
        """Return all that is held at every moment of the backward pass."""
        step = training.training_step(
            self.network, _MANY, self.optimizer, self.frozen, self.checkpoints, self.precision
        )
        always = (
            _held("parameters", step.parameters),
            _held("running statistics", step.statistics),
            _held("optimizer", step.optimizer),
            _held("inputs, outputs, targets", step.data),
        )
        return [
            Moment(self.network.layers[one.place], one.is_forward, (*always, *_beside(one))) for one in step.moments
        ]


def training_fit(
    network: Network,
    memory: int,
    optimizer: str,
    batch: int | None = None,
    reserve: int = 0,
    freeze: Sequence[str] = (),
    checkpoint: Sequence[str] | None = (),
    precision: str = "fp32",
) -> TrainingFit:
    """Return what a training step holds in a memory, at a batch or at the largest that fits.

    Checkpointed blocks are computed again in the backward pass; None: the cheapest outermost ones with which the batch
    fits, if there are such. Raises UsageError for a block that the network does not have, for one inside another, and
    where nothing is left to train.
    """
    frozen = layers_of(network, freeze)
    if not any(layer.is_trained for layer in network.layers if (layer.shares or layer.name) not in frozen):
        raise UsageError("nothing is trained: no layer has parameters that are not frozen")
    free = memory - reserve
    plan, stages = Plan(network, optimizer, precision, frozen), outermost(network)
    if checkpoint is None:
        if batch is None:
            raise UsageError("--checkpoint auto goes with a batch", "say which one is to fit: --batch 32")
        checkpoint = _cheapest(plan, stages, batch, free)
    blocks = {name: _run_of(network, name) for name in checkpoint}
    _refuse_overlaps(blocks)
    plan = plan._replace(checkpoints=tuple(sorted(blocks.values(), key=lambda run: run.start)))
    moments = plan.moments()
    largest = _largest(moments, free)
    shown = batch or max(largest, 1)
    most = max(moments, key=lambda moment: moment.at(shown))
    kept = kept_for_backward(network, _MANY, frozen, plan.checkpoints, precision)
    keeps = [Keeps(layer, number // _MANY) for layer, number in zip(network.layers, kept, strict=True)]
    others = {name: run for name, run in stages.items() if not any(_overlap(run, one) for one in blocks.values())}
    return TrainingFit(
        network,
        optimizer,
        precision,
        memory,
        reserve,
        frozen,
        tuple(blocks),
        sum(_macs(network, run) for run in blocks.values()),
        largest,
        shown,
        most,
        sorted((one for one in keeps if one.each), key=lambda one: -one.each),
        [_stage(plan, name, run, most.at(shown), shown, free) for name, run in others.items()],
        shown * _torchinfo(network),
    )


def outermost(network: Network) -> dict[str, range]:
    """Return the outermost blocks, each with the places of its layers; blocks of one layer are left out."""
    found: dict[str, range] = {}
    for name, group in groupby(enumerate(network.layers), key=lambda one: one[1].name.partition(".")[0]):
        places = [n for n, _ in group]
        if len(places) > 1 and name not in found:
            found[name] = range(places[0], places[-1] + 1)
    return found


def _run_of(network: Network, block: str) -> range:
    """The places of a block's layers; UsageError if others stand between them."""
    names = layers_of(network, [block])
    places = [n for n, layer in enumerate(network.layers) if layer.name in names]
    run = range(places[0], places[-1] + 1)
    if len(run) != len(places):
        raise UsageError(f"`{block}` can't be checkpointed: other layers run between its own", "name smaller blocks")
    return run


def _refuse_overlaps(blocks: Mapping[str, range]) -> None:
    for (one, first), (other, second) in combinations(blocks.items(), 2):
        if _overlap(first, second):
            inner, outer = sorted((one, other), key=len, reverse=True)
            raise UsageError(f"`{inner}` is inside `{outer}`: checkpoint one of them")


def _overlap(one: range, other: range) -> bool:
    return one.start < other.stop and other.start < one.stop


def _largest(moments: Sequence[Moment], free: int) -> int:
    """The largest batch for which no moment holds more than what is free."""
    return max(0, min((free - moment.once) // (moment.each or 1) for moment in moments))


def _stage(plan: Plan, name: str, run: range, total: int, batch: int, free: int) -> Stage:
    moments = plan._replace(checkpoints=tuple(sorted((*plan.checkpoints, run), key=lambda one: one.start))).moments()
    saved = total - max(moment.at(batch) for moment in moments)
    return Stage(name, saved, _macs(plan.network, run), _largest(moments, free))


def _cheapest(plan: Plan, stages: Mapping[str, range], batch: int, free: int) -> list[str]:
    """The blocks of fewest MACs with which a batch fits; where none do, those that hold least.

    Only so many blocks are tried together, those that save most for each MAC.
    """
    macs = {name: _macs(plan.network, run) for name, run in stages.items()}
    kept = kept_for_backward(plan.network, 1, plan.frozen, precision=plan.precision)

    def worth(name: str) -> Fraction:
        return Fraction(sum(kept[n] for n in stages[name]), macs[name] + 1)

    tried = sorted(sorted(stages, key=worth, reverse=True)[:_MOST_TRIED], key=list(stages).index)
    sets = (names for n in range(len(tried) + 1) for names in combinations(tried, n))
    least: tuple[int, tuple[str, ...]] | None = None
    for names in sorted(sets, key=lambda names: sum(macs[name] for name in names)):
        moments = plan._replace(checkpoints=tuple(stages[name] for name in names)).moments()
        held = max(moment.at(batch) for moment in moments)
        if held <= free:
            return list(names)
        least = min(least or (held, names), (held, names))
    return list(least[1]) if least else []


_MOST_TRIED = 7
"""So many blocks have 128 sets, each of which takes two walks over the layers."""


def _macs(network: Network, run: range) -> int:
    return sum(layer.work.macs for layer in network.layers[run.start : run.stop])


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


_MANY = 2**64
"""A batch of so many samples."""


def _held(name: str, number: int) -> Held:
    """The bytes of one kind, from those at a batch of many."""
    return Held(name, number % _MANY, number // _MANY)


def _beside(moment: training.Moment) -> tuple[Held, ...]:
    """What is held at one moment beside what is held all the time."""
    return (
        _held("gradients of parameters", moment.gradients),
        _held("kept for backward", moment.kept),
        _held("other activations" if moment.is_forward else "gradients of activations", moment.transient),
    )


def _torchinfo(network: Network) -> int:
    """The outputs of all layers with parameters, twice: torchinfo's bytes of one sample."""
    having = (layer for layer in network.layers if layer.held.total)
    return sum(2 * FLOAT * shape.elements for layer in having for shape in layer.output_shapes)
