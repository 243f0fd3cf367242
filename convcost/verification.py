"""Formulas held against execution: the network is run, and every figure is compared with what was counted.

The run shares no code with the formulas. Shapes are those of the arrays, parameters the sizes of the weights, work
what was multiplied, added and compared, useful multiplies those whose operands are not padding, memory the bytes that
were held, and the receptive field is followed by dye.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from operator import add
from typing import Any

from convcost.analysis.costs import Analysis, analyze
from convcost.analysis.described import lines_stated
from convcost.errors import UsageError
from convcost.execute import LayerRun, Machine, laid_around
from convcost.fields_seen import bytes_of_dye, fields_seen
from convcost.figures import FIGURES, Setting
from convcost.network import Layer, Network
from convcost.ops.base import Shape

BYTES = 4
"""Of a float32, in which networks are run."""

WORKSPACE = 256 * 2**20
"""Bytes that a kernel may need beside its tensors, for pieces of what it unfolds, and all else that is loaded."""

COPIES = 2
"""Of what a layer reads and writes, that its kernel may need beside one with its padding: parts of a sum."""

RECORD = 16 * 2**10
"""Bytes that a layer's figures take."""


def _trained(run: LayerRun) -> int:
    return sum(run.held.values()) - run.held["statistics"]


def _written(run: LayerRun) -> int:
    return sum(prod(shape) for shape in run.shapes)


WITNESSES: Mapping[str, Callable[[LayerRun], int]] = {
    "params": _trained,
    "weights": lambda run: run.held["weights"],
    "biases": lambda run: run.held["biases"],
    "norm": lambda run: run.held["norm"],
    "statistics": lambda run: run.held["statistics"],
    "weight_memory": lambda run: BYTES * _trained(run),
    "macs": lambda run: run.tally.macs,
    "useful_macs": lambda run: run.tally.useful_macs,
    "all_multiplies": lambda run: run.tally.macs + run.tally.multiplies,
    "useful_multiplies": lambda run: run.tally.useful_macs + run.tally.multiplies,
    "elements": _written,
    "activation_memory": lambda run: BYTES * _written(run),
    "bytes_moved": lambda run: BYTES * (run.read + run.used + _written(run)),
    "multiplies": lambda run: run.tally.multiplies,
    "additions": lambda run: run.tally.additions,
    "comparisons": lambda run: run.tally.comparisons,
    "divisions": lambda run: run.tally.divisions,
    "exponentials": lambda run: run.tally.exponentials,
    "layers": lambda run: 1,
}
"""What a run showed of every figure that layers add to, none of it by formula."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure of one layer, or of the network, by formula and by count."""

    layer: str
    figure: str
    formula: Any
    """What the formula says; of what the spec states, that."""
    counted: Any
    met: bool | None = None
    """Whether the spec states it truly; None: it is a formula's figure."""

    @property
    def stated(self) -> bool:
        """Whether the spec states it; else a formula gives it."""
        return self.met is not None

    @property
    def agrees(self) -> bool:
        """Whether what was counted is what was said."""
        return bool(self.formula == self.counted) if self.met is None else self.met

    def __str__(self) -> str:
        by = "stated by the spec" if self.stated else "by formula"
        return f"{self.layer}: {self.figure} {self.formula} {by}, {self.counted} counted"


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of comparing a network's formulas, and what its spec states, with its execution."""

    analysis: Analysis
    compared: tuple[Compared, ...]
    unseen: tuple[str, ...]
    """Layers whose receptive field no input that was tried makes visible."""
    counted_as: Mapping[str, str] = field(default_factory=dict)
    """Layers that were not run, and the equal layers that were run and counted in their place."""

    @property
    def differences(self) -> tuple[Compared, ...]:
        """The figures that do not agree with what was counted."""
        return tuple(compared for compared in self.compared if not compared.agrees)

    @property
    def agrees(self) -> bool:
        """Whether all figures agree with what was counted."""
        return not self.differences


def _laid_out(layer: Layer, around: tuple[int, ...]) -> int:
    """Elements of what a layer reads and writes, with positions laid around maps."""
    shapes = (*layer.input_shapes, *layer.output_shapes)
    return sum(x.channels * prod(map(add, x.size, around) if around else x.size) for x in shapes)


def bytes_needed(analysis: Analysis) -> int:
    """Return an estimate of what verifying a network takes: its parameters, its peak of activations, and room to work.

    Room is needed for the largest layer, and for the dye that shows receptive fields.
    """
    network, batch = analysis.network, analysis.at.batch
    held = BYTES * (analysis.params + analysis.statistics) + RECORD * len(network.layers)
    sizes = (COPIES * _laid_out(layer, ()) + _laid_out(layer, laid_around(layer)) for layer in network.layers)
    largest = max(sizes, default=0)
    room = max(WORKSPACE, BYTES * batch * largest, bytes_of_dye(network))
    return int(held + analysis.peak_memory + room)


def verify(
    network: Network,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
    batch: int = 1,
    every: bool = False,
) -> Verification:
    """Run a network on a batch of random samples and compare every figure of every layer.

    Of layers with equal arguments and inputs of equal shape one is run and counted, with `every` each of them. Raises
    UsageError, before anything is allocated, if it needs more than `limit` bytes. `progress` is told the name of each
    layer that is done.
    """
    analysis = analyze(network, Setting(batch=batch))
    needed = bytes_needed(analysis)
    if limit is not None and needed > limit:
        raise UsageError(
            f"running `{network.name}` takes about {needed / 2**30:.2g} GiB; the limit is {limit / 2**30:.2g} GiB",
            "set a smaller size (--set), or raise the limit (--memory)",
        )
    compared: list[Compared] = []
    counted_as: dict[str, str] = {}
    by_layer = zip(*(analysis.walks.each(FIGURES[figure], analysis.at) for figure in WITNESSES), strict=True)

    def watch(run: LayerRun, outputs: Any) -> None:
        compared.extend(_compare(next(by_layer), run))
        if run.counted_as is not None:
            counted_as[run.layer.name] = run.counted_as
        if progress:
            progress(run.layer.name)

    machine = Machine(network, seed)
    execution = machine.run(machine.inputs(batch), watch, every=every)
    compared.append(Compared(network.name, "peak_memory", analysis.peak_memory, execution.peak_bytes))
    compared += _stated(analysis)
    seen, unseen = fields_seen(network, WORKSPACE)
    compared += [Compared(layer, "receptive_field", formula, dyed) for layer, formula, dyed in seen]
    return Verification(analysis, tuple(compared), unseen, counted_as)


def _stated(analysis: Analysis) -> Iterator[Compared]:
    """Yield what the spec states of itself at this setting, as we count it."""
    for stated, expected, verdict in lines_stated(analysis):
        if not stated.counts_otherwise(expected.figure):
            subject = stated.subject or analysis.network.name
            yield Compared(subject, expected.figure, expected.written, verdict.found, verdict.met)


def _compare(formulas: Sequence[Any], run: LayerRun) -> Iterator[Compared]:
    """Yield what running one layer showed, beside what `formulas` say of what it has WITNESSES for."""
    name = run.layer.name
    shapes = tuple(Shape(c, tuple(size)) for _, c, *size in run.shapes)
    yield Compared(name, "output_shape", run.layer.output_shapes, shapes)
    for formula, (figure, witness) in zip(formulas, WITNESSES.items(), strict=True):
        yield Compared(name, figure, formula, witness(run))
