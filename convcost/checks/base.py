"""What rules are asked about, what a rule is, and what is found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Literal, NamedTuple, TypeAlias

from convcost.errors import Span
from convcost.language import tree
from convcost.network import Layer
from convcost.ops.numbers import Number
from convcost.ops.windows import Window
from convcost.reading.description import Description


class Axis(NamedTuple):
    """One spatial axis of a layer that moves a kernel over its input."""

    layer: Layer
    number: int
    window: Window
    size: int
    output: int


class Subject:
    """A network and the spec that describes it. What rules share is worked out once, when the first asks."""

    def __init__(
        self, description: Description, settings: Mapping[str, Number | str] | None = None, variant: str | None = None
    ) -> None:
        """Raises SpecError with all that is wrong with the description, UsageError for settings it does not have."""
        self.description = description
        self.source, self.spec = description.source, description.spec
        self.settings, self.variant = settings, variant
        self.network, self.scopes, _ = description.reading(settings, variant)

    @cached_property
    def reads(self) -> Counter[str]:
        """How often each tensor is read: by layers, and as an output of the network."""
        return Counter([name for layer in self.network.layers for name in layer.inputs] + list(self.network.outputs))

    @cached_property
    def axes(self) -> list[Axis]:
        """Every axis along which a kernel moves over a layer's input. Upsampling kernels are not among them."""
        found = []
        for layer in self.network.layers:
            if not hasattr(layer.operator, "kernel"):
                continue
            x, y = layer.input_shapes[0], layer.output_shapes[0]
            for number, (window, i, o) in enumerate(zip(layer.reads[0] or (), x.size, y.size, strict=True)):
                if type(window) is Window:
                    found.append(Axis(layer, number, window, i, o))
        return found

    def layers_where(self, count: Callable[[Axis], int]) -> Iterator[tuple[Layer, list[tuple[Axis, int]]]]:
        """Yield each layer with axes of which there is something to count, and these axes with how much it is."""
        found = ((axis, number) for axis in self.axes if (number := count(axis)))
        for _, group in groupby(found, key=lambda pair: pair[0].layer.name):
            pairs = list(group)
            yield pairs[0][0].layer, pairs

    def key(self, *words: str) -> Span | None:
        """Return where a key of the spec stands, by the keys that lead to it; None if there is none."""
        node: tree.Node = self.spec.root
        span = None
        for word in words:
            if not isinstance(node, tree.MappingNode) or word not in node.entries:
                return None
            key, node = node.entries[word]
            span = key.span
        return span

    def place(self, layer: Layer) -> tuple[Span | None, tuple[str, ...]]:
        """Return the line of the spec that made a layer, and the uses of blocks that led there, the innermost first.

        A layer of a library's block stands where the spec uses the block.
        """
        scope = self.scopes.get(layer.name)
        if scope is None or scope.stand_in is None:
            return layer.span, scope.trail if scope else ()
        return scope.stand_in, (f"at {layer.span}", *scope.trail)


Severity: TypeAlias = Literal["error", "warning", "note"]
"""An error fails the check, a warning does where asked to, a note never does."""

_SEVERITIES: Mapping[str, Severity] = {"E": "error", "W": "warning", "N": "note"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a check found: what, where it stands, and what to do about it."""

    code: str
    """The rule, as in the table of rules: `E101`."""
    message: str
    span: Span | None
    help: str | None = None
    trail: tuple[str, ...] = ()
    """The uses of blocks that led there."""
    layer: str = ""
    """The full name of the layer or block it is about; empty for the whole network."""

    @property
    def severity(self) -> Severity:
        """How grave it is, as the code's letter says."""
        return _SEVERITIES[self.code[0]]


def named(findings: Sequence[Finding], most: int = 3) -> str:
    """Return the layers that findings are about; of many, the first and how many more."""
    names = ", ".join(f"`{finding.layer}`" for finding in findings[:most])
    return names + (f" and {len(findings) - most} more" if len(findings) > most else "")


class Found(NamedTuple):
    """Where a rule is broken: at a layer, or at a place of the text."""

    message: str
    help: str | None = None
    layer: Layer | None = None
    span: Span | None = None
    trail: tuple[str, ...] = ()


Find: TypeAlias = Callable[[Subject], Iterator[Found]]


class Rule(NamedTuple):
    """One code: what it means, and how it is found.

    A rule finds what can be shown, with the sizes that show it; where something is unknown it is silent.
    """

    code: str
    """A letter for the severity, E, W or N, and a number."""
    name: str
    summary: str
    explanation: str
    """What it means, why it matters, what to do: paragraphs, parted by empty lines; examples are indented."""
    find: Find | None = None
    """None where the finding comes from elsewhere: the reader, the expectations, the lock file."""

    @property
    def severity(self) -> Severity:
        """How grave its findings are, as the code's letter says."""
        return _SEVERITIES[self.code[0]]
