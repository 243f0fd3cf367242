"""The inputs of an ONNX graph as a spec would state them: channels and sizes, and symbols for what has a name."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from convcost.errors import Problem, Source, Span, SpecError, printable
from convcost.language.parts import MAX_NAME, RESERVED
from convcost.language.tree import Mapping, Node, Scalar, Sequence
from convcost.reading.onnx.file import Graph, Input
from convcost.reading.onnx.tensors import BATCH, C

LETTERS = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""What sizes are called that the file gives neither a number nor a name."""


class Port(NamedTuple):
    """One input: what it is called in the file and in the spec, and which axes it has."""

    name: str
    key: str
    axes: tuple[int, ...]
    batch: Any


class Inputs:
    """The inputs, the line of the listing that shows them, and the tree of a spec that has them."""

    def __init__(self, graph: Graph, source: Source) -> None:
        """SpecError for an input that is no map or row of numbers."""
        self.source = source
        self.line = "graph "
        self.symbols: dict[str, str] = {}
        problems: list[Problem] = []
        ports: list[Port] = []
        shapes: dict[str, tuple[Scalar, Node]] = {}
        for given in graph.inputs:
            start = len(self.line)
            key = "input" if len(graph.inputs) == 1 else _new(_identifier(given.name, "input"), shapes)
            channels_last = _is_channels_last(given, graph)
            dims = self._write(given, channels_last)
            span = Span(source, 1, start + 1, max(1, len(printable(given.name))))
            if dims is None or not 2 <= len(dims) <= 5:
                has = "has no shape" if dims is None else f"has {len(dims)} {'axis' if len(dims) == 1 else 'axes'}"
                help = "it should be the batch, the channels and up to 3 sizes: [1, 3, 224, 224]"
                problems.append(Problem(span, f"input `{given.name}` {has}", help))
                continue
            order = (0, len(dims) - 1, *range(1, len(dims) - 1)) if channels_last else tuple(range(len(dims)))
            channels, size = dims[order[1]], [dims[n] for n in order[2:]]
            ports.append(Port(given.name, key, tuple(order.index(n) for n in range(len(dims))), _batch(given)))
            entries: dict[str, Node] = {"channels": channels, "size": Sequence(list(size), channels.span)}
            shapes[key] = (Scalar(key, True, span), _mapping(entries, span))
        if problems:
            source.lines = [self.line]
            raise SpecError(problems)
        self.ports = tuple(ports)
        self.tree = self._tree(shapes)

    def _write(self, given: Input, channels_last: bool) -> list[Scalar] | None:
        """One input added to the line; its sizes, each where it stands there."""
        self.line += f"{', ' if self.line[-1] == ']' else ''}{printable(given.name)}"
        if given.dims is None:
            return None
        dims = []
        for axis, dim in enumerate(given.dims[:_MOST_AXES]):
            self.line += ", " if axis else "["
            text = self._text(given, axis, dim, channels_last)
            dims.append(Scalar(text, False, Span(self.source, 1, len(self.line) + 1, len(text))))
            self.line += text
        self.line += "]"
        return dims

    def _text(self, given: Input, axis: int, dim: int | str | None, channels_last: bool) -> str:
        """A size as an expression: a number or a symbol. A size of 0 or less is how exporters say that it is open."""
        if isinstance(dim, int) and dim > 0:
            return str(dim)
        if isinstance(dim, str):
            if dim not in self.symbols:
                self.symbols[dim] = _new(_identifier(dim, "size"), self.symbols.values())
            return self.symbols[dim]
        rank = len(given.dims or ()) - 2
        letters = ["N", *LETTERS.get(rank, ("?",) * rank)]
        letters.insert(len(letters) if channels_last else C, "C")
        letter = letters[axis]
        return self.symbols.setdefault(letter, _new(letter, self.symbols.values()))

    def _tree(self, shapes: dict[str, tuple[Scalar, Node]]) -> Mapping:
        top = Span(self.source, 1, 1)
        inputs = next(iter(shapes.values()))[1] if "input" in shapes else Mapping(dict(shapes), top)
        used = {node.text for _, shape in shapes.values() for node in _sizes(shape)}
        symbols = {name: Scalar("", False, top) for name in self.symbols.values() if name in used}
        key = "input" if "input" in shapes else "inputs"
        return _mapping({"symbols": _mapping(symbols, top), key: inputs, "layers": Sequence([], top)}, top)


_MOST_AXES = 16


def _mapping(entries: Any, span: Span) -> Mapping:
    return Mapping({key: (Scalar(key, True, span), node) for key, node in entries.items()}, span)


def _sizes(shape: Node) -> list[Scalar]:
    assert isinstance(shape, Mapping)
    channels, size = shape.entries["channels"][1], shape.entries["size"][1]
    assert isinstance(channels, Scalar)
    assert isinstance(size, Sequence)
    return [channels, *(node for node in size.items if isinstance(node, Scalar))]


def _batch(given: Input) -> Any:
    first = given.dims[0] if given.dims else None
    return first if isinstance(first, int) and first > 0 else BATCH


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


def _identifier(text: str, otherwise: str) -> str:
    """A name that expressions may use, like the text."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text[:MAX_NAME]).strip("_")
    if not name or name[0].isdigit() or name in RESERVED:
        name = f"{otherwise}_{name}" if name else otherwise
    return name[: MAX_NAME - 8]


def _new(name: str, taken: Any) -> str:
    """The name, or with a number behind it if it is taken."""
    count = 1
    new = name
    while new in taken:
        count += 1
        new = f"{name}_{count}"
    return new
