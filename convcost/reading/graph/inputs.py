"""The inputs of an ONNX graph as a network has them: channels and sizes, and symbols for what has a name."""

from __future__ import annotations

from typing import Any, NamedTuple

from convcost.errors import Problem, Source, Span, SpecError, printable
from convcost.network import Tensor
from convcost.ops.arguments import many
from convcost.reading.graph.graph import Graph, Input
from convcost.reading.graph.views import BATCH, C, View, plain, view
from convcost.reading.model import ModelInput, Size, symbol_name, untaken

LETTERS = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""What sizes are called that the file gives neither a number nor a name."""


class Port(NamedTuple):
    """One input: what it is called in the file and in the network, and which axes it has."""

    name: str
    key: str
    axes: tuple[int, ...]
    batch: Any

    def seen(self, tensor: Tensor) -> View:
        """Return the network's tensor with the axes that the file's has."""
        whole = plain(tensor, self.batch)
        return view(tensor, [whole.axes[n] for n in self.axes])


class Inputs:
    """The inputs, the line of the listing that shows them, and the symbols in their sizes."""

    def __init__(self, graph: Graph, source: Source) -> None:
        """SpecError for an input that is not a map or row of numbers."""
        self.source = source
        self.line = "graph "
        self.ports: list[Port] = []
        self.inputs: dict[str, ModelInput] = {}
        self._symbols: dict[str, str] = {}
        problems: list[Problem] = []
        for given in graph.inputs:
            start = len(self.line)
            # `input` is the only one.
            key = "input" if len(graph.inputs) == 1 else symbol_name(given.name, "input", {"input", *self.inputs})
            channels_last = _is_channels_last(given, graph)
            dims = self._write(given, channels_last)
            span = Span(source, 1, start + 1, max(1, len(printable(given.name))))
            if dims is None or not 2 - _is_beside_samples(given, graph) <= len(dims) <= 5:
                has = "has no shape" if dims is None else f"has {many(len(dims), 'axis', 'axes')}"
                help = "it should be the batch, the channels and up to 3 sizes: [1, 3, 224, 224]"
                problems.append(Problem(span, f"input `{given.name}` {has}", help))
                continue
            order = (0, len(dims) - 1, *range(1, len(dims) - 1)) if channels_last else tuple(range(len(dims)))
            axes = tuple(order.index(n) for n in range(len(dims)))
            self.ports.append(Port(given.name, key, axes, _batch(given)))
            # Of one number for each sample, as the time in a diffusion model is, there is no axis.
            channels = dims[order[1]] if len(dims) > 1 else Size(1, span)
            self.inputs[key] = ModelInput(span, channels, tuple(dims[n] for n in order[2:]))
        if problems:
            source.lines = [self.line]
            raise SpecError(problems)

    @property
    def symbols(self) -> tuple[str, ...]:
        """The symbols that are the size of an axis; the batch's is none."""
        used = {size.value for given in self.inputs.values() for size in (given.channels, *given.size)}
        return tuple(name for name in self._symbols.values() if name in used)

    def _write(self, given: Input, channels_last: bool) -> list[Size] | None:
        """Add one input to the line; return its sizes, each where it stands there."""
        self.line += f"{', ' if self.line[-1] == ']' else ''}{printable(given.name)}"
        if given.dims is None:
            return None
        dims = []
        for axis, dim in enumerate(given.dims[:_MOST_AXES]):
            self.line += ", " if axis else "["
            # A size of 0 or less is how exporters say that it is open.
            size = dim if isinstance(dim, int) and dim > 0 else self._symbol(given, axis, dim, channels_last)
            dims.append(Size(size, Span(self.source, 1, len(self.line) + 1, len(str(size)))))
            self.line += str(size)
        self.line += "]"
        return dims

    def _symbol(self, given: Input, axis: int, dim: int | str | None, channels_last: bool) -> str:
        """Return the symbol for a size that has a name, or none."""
        if isinstance(dim, str):
            if dim not in self._symbols:
                self._symbols[dim] = symbol_name(dim, "size", self._symbols.values())
            return self._symbols[dim]
        rank = len(given.dims or ()) - 2
        letters = ["N", *LETTERS.get(rank, ("?",) * rank)]
        letters.insert(len(letters) if channels_last else C, "C")
        letter = letters[axis]
        return self._symbols.setdefault(letter, untaken(letter, self._symbols.values()))


_MOST_AXES = 16


def _batch(given: Input) -> Any:
    first = given.dims[0] if given.dims else None
    return first if isinstance(first, int) and first > 0 else BATCH


def _is_beside_samples(given: Input, graph: Graph) -> bool:
    """Whether there is one number for each sample of another input."""
    others = [one.dims for one in graph.inputs if one.dims and len(one.dims) > 1]
    return bool(given.dims) and any(dims[0] == (given.dims or ())[0] for dims in others)


def _is_channels_last(given: Input, graph: Graph) -> bool:
    """Whether all that reads it moves the last of its 4 or 5 axes to the front. (Of 3 axes that is its own inverse.)"""
    rank = len(given.dims or ())
    wanted = (0, rank - 1, *range(1, rank - 1))
    readers = [node for node in graph.nodes if given.name in node.inputs]
    return (
        rank > 3
        and bool(readers)
        and all(node.op == "Transpose" and node.attributes.get("perm") == wanted for node in readers)
    )
