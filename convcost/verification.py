"""Formulas held against execution: the network is run, and every figure is compared with what was counted.

The run shares no code with the formulas. Shapes are those of the arrays, parameters the sizes of the weights, work
what was multiplied, added and compared, useful multiplies those whose operands are no padding, memory the bytes that
were held, and the receptive field is followed by dye.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, replace
from math import prod
from typing import Any

import numpy as np

from convcost.analysis.costs import Analysis, Costs, analyze
from convcost.analysis.receptive_field import WHOLE_INPUT, Field, receptive_fields
from convcost.checks.expectations import broken_here
from convcost.errors import ShapeError, UsageError
from convcost.execute import Dyed, LayerRun, Machine, dye
from convcost.figures import Setting
from convcost.kernels.tally import Array
from convcost.network import Layer, Network
from convcost.ops.base import Shape

BYTES = 4
"""Of a float32, in which networks are run."""

WORKSPACE = 256 * 2**20
"""Bytes that a kernel may need beside its tensors: unfolded windows, a padded copy."""


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
    """One figure of one layer, by formula and by count."""

    layer: str
    figure: str
    formula: Any
    counted: Any

    @property
    def agrees(self) -> bool:
        return bool(self.formula == self.counted)

    def __str__(self) -> str:
        return f"{self.layer}: {self.figure} {self.formula} by formula, {self.counted} counted"


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of comparing a network's formulas with its execution."""

    analysis: Analysis
    compared: tuple[Compared, ...]
    unseen: tuple[str, ...]
    """Layers whose receptive field no input that was tried makes visible."""

    @property
    def differences(self) -> tuple[Compared, ...]:
        return tuple(compared for compared in self.compared if not compared.agrees)

    @property
    def agrees(self) -> bool:
        return not self.differences


def bytes_needed(analysis: Analysis) -> int:
    """Return an estimate of what running a network takes: its parameters, its peak of activations, and room to work."""
    held = analysis.params + analysis.statistics
    return int(BYTES * held + analysis.peak_memory + WORKSPACE)


def verify(
    network: Network,
    limit: int | None = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
    batch: int = 1,
) -> Verification:
    """Run a network on a batch of random samples and compare every figure of every layer.

    Raises UsageError, before anything is allocated, if it needs more than `limit` bytes. `progress` is told the name
    of each layer that is done.
    """
    analysis = analyze(network, Setting(batch=batch))
    needed = bytes_needed(analysis)
    if limit is not None and needed > limit:
        raise UsageError(
            f"running `{network.name}` takes about {needed / 2**30:.2g} GiB; the limit is {limit / 2**30:.2g} GiB",
            "set a smaller size (--set), or raise the limit (--memory)",
        )
    compared: list[Compared] = []
    costs = iter(analysis.layers)

    def watch(run: LayerRun, outputs: Any) -> None:
        compared.extend(_compare(next(costs), run))
        if progress:
            progress(run.layer.name)

    machine = Machine(network, seed)
    execution = machine.run(machine.inputs(batch), watch)
    compared.append(Compared(network.name, "peak_memory", analysis.peak_memory, execution.peak_bytes))
    for judged in broken_here(analysis):
        subject, figure = judged.stated.subject or judged.network, f"{judged.expected.figure}, as the spec has it"
        compared.append(Compared(subject, figure, judged.expected.written, judged.found))
    fields, unseen = _compare_fields(network)
    return Verification(analysis, (*compared, *fields), unseen)


def _compare(cost: Costs, run: LayerRun) -> Iterator[Compared]:
    """Yield what running one layer showed."""
    name = cost.layer.name
    shapes = tuple(Shape(c, tuple(size)) for _, c, *size in run.shapes)
    yield Compared(name, "output_shape", cost.layer.output_shapes, shapes)
    for figure, witness in WITNESSES.items():
        yield Compared(name, figure, cost.of(figure), witness(run))


def _compare_fields(network: Network) -> tuple[list[Compared], tuple[str, ...]]:
    """Receptive fields along every axis of every input; those that do not fit into it, on a longer one."""
    compared: list[Compared] = []
    unseen: list[str] = []
    for source, shape in network.inputs.items():
        for axis in range(shape.rank):
            found, hidden = _dyed(network, source, axis)
            if hidden:
                again, hidden = _dyed(_lengthened(network, axis), source, axis, hidden)
                found += again
            compared += found
            unseen += hidden
    return compared, tuple(dict.fromkeys(unseen))


def _dyed(
    network: Network, source: str, axis: int, only: Container[str] | None = None
) -> tuple[list[Compared], list[str]]:
    """Compare along one axis; and the layers that have a field which is not to be seen."""
    fields = dict(zip((layer.name for layer in network.layers), receptive_fields(network, source), strict=True))
    compared, hidden = [], []
    for dyed in dye(network, axis, source):
        name, found = dyed.layer.name, fields[dyed.layer.name]
        if only is not None and name not in only:
            continue
        if found.fields is None:
            if found.reason == WHOLE_INPUT.reason:
                # An output that meets nothing but padding reads nothing.
                spans = {tuple(span) for span in dyed.spans.tolist() if span != [-1, -1]}
                compared.append(
                    Compared(name, "receptive_field", found.reason, "windows" if len(spans) > 1 else found.reason)
                )
            continue
        field = found.fields[axis]
        expected = (field.size, field.jump, field.start)
        seen = _disagreement(field, dyed)
        if seen is not None:
            compared.append(Compared(name, "receptive_field", expected, seen))
        elif dyed.edges.all():
            hidden.append(name)
        else:
            compared.append(Compared(name, "receptive_field", expected, expected))
    return compared, hidden


def _disagreement(field: Field, dyed: Dyed) -> str | None:
    """The first output whose stains are not where the field has them, if there is one.

    An output that touches an edge of the input shows a part of its field, which can't be longer than the whole.
    """
    expected = _intervals(field, len(dyed.spans))
    longer = dyed.spans[:, 1] - dyed.spans[:, 0] >= max(field.size, 1)
    elsewhere = (dyed.spans != expected).any(axis=1)
    wrong = np.flatnonzero(np.where(dyed.edges, longer, elsewhere))
    if not wrong.size:
        return None
    first, last = dyed.spans[wrong[0]]
    return f"positions {first} to {last} at output {wrong[0]}"


def _intervals(field: Field, outputs: int) -> Array:
    """The field's first and last position for every output, [outputs, 2]; -1 for one that reads nothing."""
    exact = max(field.size, abs(field.start), field.advance * outputs) < 2**62
    turns, phase = np.divmod(np.arange(outputs).astype(np.int64 if exact else object), len(field.phases))
    phases = np.array([interval or (0, 0) for interval in field.phases], turns.dtype)
    found = phases[phase.astype(int)] + turns[:, np.newaxis] * field.advance
    found[~np.array([interval is not None for interval in field.phases])[phase.astype(int)]] = -1
    return found


def _lengthened(network: Network, axis: int) -> Network:
    """The layers that can take an input longer along one axis, long enough for the largest field and its pattern."""
    fields = [found.fields[axis] for found in receptive_fields(network) if found.fields]
    more = max(field.size + 4 * field.advance for field in fields)
    shapes = {
        name: Shape(shape.channels, (*shape.size[:axis], shape.size[axis] + more, *shape.size[axis + 1 :]))
        for name, shape in network.inputs.items()
    }
    inputs = dict(shapes)
    layers: list[Layer] = []
    for layer in network.layers:
        given = tuple(shapes[name] for name in layer.inputs if name in shapes)
        try:
            if len(given) < len(layer.inputs):
                continue
            layer.operator.check(*given)
        except ShapeError:
            continue
        layers.append(layer._replace(input_shapes=given, output_shapes=layer.operator.outputs(*given)))
        shapes.update(zip(layer.outputs, layers[-1].output_shapes, strict=True))
    return replace(network, inputs=inputs, layers=tuple(layers), outputs=())
