"""What a line of a spec can see: values for its expressions, names for its `from`; at the top, symbols and inputs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from numbers import Integral
from typing import TYPE_CHECKING, Any, TypeAlias

from convcost.errors import Problem, Problems, Reason, ShapeError, Source, Span, UsageError, choices, did_you_mean
from convcost.language.expression import UNKNOWN_VALUE, NoNumber, UnknownValue, evaluate
from convcost.language.parts import Block, Spec, is_empty, refuse_node, refuse_unlike_text
from convcost.language.syntax import ExpressionError
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.network import Flow
from convcost.ops.arguments import Count
from convcost.ops.base import Shape
from convcost.ops.numbers import Number, plain

if TYPE_CHECKING:
    from decimal import Decimal


class Unknown(Exception):
    """A value can't be had because of an error already reported: say nothing more about it."""


class Applicable(NoNumber):
    """An operator or a block, as an entry or an argument names it: what a layer applies."""

    def __init__(self, kind: ScalarNode, bodies: tuple[tuple[Node | None, Scope], ...], scope: Scope) -> None:
        self.kind = kind
        """Its name, where it is written."""
        self.bodies = bodies
        """What is written of its arguments, in one place or in several, and what these can see."""
        self.scope = scope
        """What can be seen where its name is written."""

    def with_body(self, body: Node, scope: Scope) -> Applicable:
        """Return it with further arguments."""
        return Applicable(self.kind, (*self.bodies, (body, scope)), self.scope)


class Scope:
    """One list of layers, of a network, a block or a path. A path also sees the list it stands in."""

    def __init__(
        self,
        values: Mapping[str, Any],
        given: Flow,
        prefix: str,
        problems: Problems,
        trail: tuple[str, ...] = (),
        parent: Scope | None = None,
        block: Block | None = None,
    ) -> None:
        """Begin a list of layers without names; `block` is the one whose layers they are."""
        self.values = values
        self.given = given
        self.prefix = prefix
        self.problems = problems
        self.trail = trail
        self.parent = parent
        self.block = block
        self.caller: Scope | None = None
        self.use: Span | None = None
        """Inside a block: the list where it is used, and the entry that uses it."""
        self.stand_in: Span | None = None
        """Inside a block of the library: where the spec uses it, which is where its author can mend it."""
        self.names: dict[str, Flow] = {}
        self.full_names: dict[str, str] = {}
        self.left_out: set[str] = set()
        """The names of layers whose conditions do not hold."""
        self.labels: dict[str, list[str]] = {}
        """The names of the outputs of a block."""
        self.counts: dict[str, int] = {}
        self.reserved: set[str] = set()
        self.likened: set[str] = set()
        """The tensors whose sizes a `like` takes."""

    @property
    def in_library(self) -> bool:
        """Whether these are the layers of a block of the library."""
        return self.stand_in is not None

    def report(self, span: Span | None, message: str, help: str | None = None, reason: Reason | None = None) -> Unknown:
        """Report a problem. Return what to raise where nothing can go on without what is wrong."""
        place = (span, self.trail) if self.stand_in is None else (self.stand_in, (f"at {span}", *self.trail))
        self.problems.report(place[0], message, help, place[1], reason)
        return Unknown()

    def value(self, node: Node) -> Any:
        """Return the value of an argument: a number, flag, word or list of them; Unknown if it has none."""
        if isinstance(node, ScalarNode) and not is_empty(node):
            try:
                return evaluate(node.text, self.values)
            except UnknownValue:
                raise Unknown from None
            except ExpressionError as error:
                span = node.span if error.length is None else node.place(error.start, error.length)
                raise self.report(span, error.message, error.help) from None
        if isinstance(node, SequenceNode):
            return [self.value(item) for item in node.items]
        if is_empty(node):
            raise self.report(node.span, "there is no value here", "give one, or leave it out")
        raise refuse_node(node, "a value is a number, a word or a list", self.report)

    def layer_at(self, name: str) -> Applicable | None:
        """Return what the argument of that name applies; None if it is a number; Unknown if it has no value."""
        value = self.values[name]
        if value is UNKNOWN_VALUE:
            raise Unknown
        return value if isinstance(value, Applicable) else None

    def find(self, node: ScalarNode) -> Flow:
        """Return the tensors that a name in `from` stands for: `input`, a layer above, or `layer.n` for one output."""
        name, dot, index = node.text.partition(".")
        flow = (
            self.given
            if name == "input"
            else next((one.names[name] for one in self.lists() if name in one.names), None)
        )
        if flow is None:
            names = ["input", *(name for one in self.lists() for name in one.names)]
            raise self.report(node.span, f"no layer `{node.text}` above", did_you_mean(name, names))
        if name == "input" and not flow:
            raise self.report(node.span, "there are several inputs, and none is called `input`")
        if name != "input" and refuse_unlike_text(node, self.report):
            raise Unknown
        if not dot:
            return flow
        if len(flow) == 1 and flow[0].shape is None:  # what it hands on is not known, because of what has been said
            raise Unknown
        labels = next((one.labels[name] for one in self.lists() if name in one.labels), [])
        if index in labels:
            return (flow[labels.index(index)],)
        if not (index.isascii() and index.isdigit() and len(index) < 6 and int(index) < len(flow)):
            there = f"outputs {', '.join(labels)}" if labels else f"outputs 0 to {len(flow) - 1}"
            there = "one output" if len(flow) == 1 else there
            raise self.report(node.span, f"`{name}` has {there}, no `{index}`", did_you_mean(index, labels))
        return (flow[int(index)],)

    def lists(self) -> Iterator[Scope]:
        """Yield this list of layers and those that it stands in, the innermost first."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def claim(self, base: str) -> str:
        """Return a local name that is still free: `conv`, then `conv_2`, `conv_3`."""
        while True:
            count = self.counts[base] = self.counts.get(base, 0) + 1
            name = base if count == 1 else f"{base}_{count}"
            if name not in self.names and name not in self.reserved:
                return name


def symbol_values(
    parts: Spec, settings: Mapping[str, Number | str], variant: str | None, problems: Problems
) -> dict[str, Any]:
    """Return every symbol's value: as set, else as the variant says, else its default; None for one without any.

    UsageError for a setting or a variant that the spec does not have.
    """
    chosen: dict[str, Node] = {}
    for name, mapping in parts.variants.items():
        for key, node in mapping.entries.values():
            if key.text not in parts.symbols:
                problems.report(key.span, f"no symbol `{key.text}`", did_you_mean(key.text, parts.symbols))
            elif name == variant:
                chosen[key.text] = node
    if variant is not None and variant not in parts.variants:
        help = choices(variant, parts.variants, "its variants:")
        raise UsageError(f"`{parts.name}` has no variant `{variant}`", help)
    for name in settings:
        if name not in parts.symbols:
            letters = "its input's size is L, or H and W, or D, H and W; the batch is N"
            known = f"its symbols: {', '.join(parts.symbols) or 'none'}; {letters}"
            help = "figures here are for one sample" if name == "N" else did_you_mean(name, parts.symbols) or known
            raise UsageError(f"`{parts.name}` has no symbol `{name}`", help)
    values: dict[str, Any] = {}
    for name, (key, default) in parts.symbols.items():
        node = chosen.get(name, default)
        if name in settings:
            values[name] = setting(name, settings[name])
        elif is_empty(node):
            values[name] = None
        else:
            try:
                values[name] = Scope(values, (), "", problems).value(node)
            except Unknown:
                values[name] = UNKNOWN_VALUE
            if isinstance(values[name], list):
                problems.report(key.span, f"`{name}` is a list; a symbol is one number")
    return values


def setting(name: str, value: Number | str, option: str = "--set") -> Number:
    """Return a value given from outside: text is read by the spec's own grammar. UsageError if it is no value."""
    if isinstance(value, float):
        value = repr(value)  # 0.1 is meant as 1/10
    if not isinstance(value, str):
        return value
    try:
        return evaluate(value, {})
    except ExpressionError as error:
        source = Source(option, f"{name}={value}")
        span = Span(source, 1, len(name) + 2 + error.start, error.length or max(1, len(value)))
        raise UsageError([Problem(span, error.message, error.help)]) from None


def exact(name: str, value: int | float | Decimal | Fraction | str) -> int | Fraction | str:
    """Return a number from a program without rounding, text as it is; a float is the decimal that it prints as.

    Raises UsageError for what is not a number, such as nan.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Integral):
        return int(value)
    try:
        number: int | Fraction = plain(Fraction(str(value)))
    except ValueError:
        raise UsageError(f"`{name}` can't be {value}") from None
    return number


Sizes: TypeAlias = Callable[[str, int, int], Number | None]
"""The size to take for an axis of an input, (its name, the axis, of how many), where a plain number is written.

None leaves what is written.
"""


def shape_of_input(name: str, node: MappingNode, scope: Scope, sizes: Sizes | None) -> Shape | None:
    """Return an input's shape, with `sizes` in place of plain numbers; None, and reported, if it is none."""
    entries = node.entries
    for key, _ in entries.values():
        if key.text not in ("channels", "size"):
            help = did_you_mean(key.text, ("channels", "size")) or "an input is {channels: ..., size: [...]}"
            scope.report(key.span, f"an input has `channels` and `size`, no `{key.text}`", help)
    missing = [key for key in ("channels", "size") if key not in entries]
    if missing:
        scope.report(node.span, f"an input needs `{missing[0]}`", "for example {channels: 3, size: [224, 224]}")
        return None
    size_node = entries["size"][1]
    if not isinstance(size_node, SequenceNode):
        scope.report(size_node.span, "`size` is a list with one number per spatial axis", "for example [224, 224]")
        return None
    if len(size_node.items) > 3:
        scope.report(size_node.span, f"{len(size_node.items)} spatial axes; there are at most 3")
        return None
    numbers: list[Number] = []
    for what, item in [("channels", entries["channels"][1]), *(("size", item) for item in size_node.items)]:
        try:
            numbers.append(Count().read(scope.value(item), 0))
        except ShapeError as error:
            scope.report(item.span, f"`{what}` {error.message}", error.help)
        except Unknown:
            pass
    if len(numbers) != 1 + len(size_node.items):
        return None
    channels, *size = numbers
    if sizes is not None:
        for axis, item in enumerate(size_node.items):
            chosen = sizes(name, axis, len(size)) if is_plain(item) else None
            size[axis] = size[axis] if chosen is None else chosen
    return Shape(channels, tuple(size))


def written_sizes(spec: Spec) -> list[list[Node]]:
    """Return the inputs' sizes as they are written, one entry per spatial axis; without those that are no lists."""
    sizes = (shape.entries["size"][1] for shape in spec.inputs.values() if "size" in shape.entries)
    return [size.items for size in sizes if isinstance(size, SequenceNode)]


def is_plain(size: Node) -> bool:
    """Return whether a size is a number, no expression."""
    return isinstance(size, ScalarNode) and size.text.isascii() and size.text.isdigit() and len(size.text) <= 40
