"""The figures that can be expected, of a network and of groups of its layers, worked out as they are asked for."""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from typing import TypeAlias

from convcost.analysis.memory import peak_memory
from convcost.analysis.receptive_field import WHOLE_INPUT, ReceptiveField, receptive_fields
from convcost.errors import UsageError
from convcost.expectation import PER_AXIS, SHAPE, Expectations
from convcost.network import Network
from convcost.ops.base import BYTES, Params, Shape, Work
from convcost.ops.numbers import Number

Measure: TypeAlias = int | tuple[int | Fraction, ...]
"""A count, bytes, a shape with the channels first, or a number per spatial axis."""


class NoFigure(Exception):
    """There is no such figure of this: why, as in "`name` has no single output"."""


class SeesAll(NoFigure):
    """The receptive field is the whole input: larger than any window."""


class Measures:
    """One network's figures; each walk over its layers is made once, when a figure first needs it."""

    def __init__(self, network: Network) -> None:
        self.network = network

    def of(self, figure: str, stated: Expectations) -> Measure:
        """A figure of what an expectation is about; NoFigure if it has none."""
        if figure == SHAPE:
            return self._output_shape(stated)
        if figure in PER_AXIS:
            field = self._field(stated)
            if field.fields is None:
                raise (SeesAll if field.reason == WHOLE_INPUT.reason else NoFigure)(field.reason)
            return (field.size if figure == "receptive_field" else field.stride) or ()
        if figure == "peak_memory":
            return int(peak_memory(self.network).elements * BYTES[stated.dtype])
        first, end = stated.layers or (0, len(self.network.layers))
        if figure in ("params", "weight_memory"):
            count = sum(params.total for params in self._params[first:end])
            return int(count * (1 if figure == "params" else BYTES[stated.dtype]))
        if figure == "useful_macs":
            return int(sum(self._useful_macs[first:end]))
        if figure == "elements":
            layers = self.network.layers[first:end]
            return int(sum(shape.elements for layer in layers for shape in layer.output_shapes))
        if stated.convention is not None and figure == "macs":
            return _counted(self.network, stated.convention)
        return int(sum(getattr(work, figure) for work in self._works[first:end]))

    @cached_property
    def _params(self) -> list[Params]:
        return [
            Params() if layer.shares else layer.operator.params(*layer.input_shapes) for layer in self.network.layers
        ]

    @cached_property
    def _works(self) -> list[Work]:
        return [layer.operator.work(*layer.input_shapes) for layer in self.network.layers]

    @cached_property
    def _useful_macs(self) -> list[Number]:
        return [layer.operator.useful_work(*layer.input_shapes).macs for layer in self.network.layers]

    @cached_property
    def _fields(self) -> dict[str, ReceptiveField]:
        """By tensor, in the order of the layers that write them."""
        fields = zip(self.network.layers, receptive_fields(self.network), strict=True)
        return {name: field for layer, field in fields for name in layer.outputs}

    @cached_property
    def _shapes(self) -> dict[str, Shape]:
        return dict(self.network.tensors())

    def _output_shape(self, stated: Expectations) -> Measure:
        return self._shapes[self._single_output(stated)].numbers

    def _field(self, stated: Expectations) -> ReceptiveField:
        """That of the last layer of a group; of a network, that of the last which does not read the whole input."""
        if stated.layers is None:
            windows = (field for field in reversed(self._fields.values()) if field.fields is not None)
            return next(windows, WHOLE_INPUT)
        name = self._single_output(stated)
        if name not in self._fields:
            raise NoFigure("it hands on an input of the network")
        return self._fields[name]

    def _single_output(self, stated: Expectations) -> str:
        names = stated.outputs if stated.layers is not None else self.network.outputs
        if len(names) != 1:
            raise NoFigure(f"it has {len(names)} outputs")
        return names[0]


def _counted(network: Network, convention: str) -> int:
    """A network's macs as a named convention counts them; NoFigure if there is none of that name."""
    from convcost.analysis.conventions import counted
    from convcost.analysis.costs import analyze

    try:
        return counted(analyze(network), convention)
    except UsageError as error:
        problem = error.problems[0]
        raise NoFigure(f"{problem.message}; {problem.help}" if problem.help else problem.message) from None
