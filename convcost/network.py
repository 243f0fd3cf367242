"""A network as values: layers in topological order, each with its operator, its inputs' names and its shapes.

Tensors have names: a network input's, a layer's, or `layer.n` for output n of a layer that has several. Nothing
downstream of reading knows whether a Network came from YAML or from elsewhere.
"""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from functools import cached_property
from typing import NamedTuple, TypeAlias

from convcost.errors import Span
from convcost.expectation import Expectations
from convcost.ops.base import Operator, Params, Shape, Work
from convcost.ops.numbers import NeedsNumber, Number, maximum, minimum, sum_below
from convcost.ops.windows import Reads


class Tensor(NamedTuple):
    """A tensor's full name, and its shape unless an error before it left that unknown."""

    name: str
    shape: Shape | None


Flow: TypeAlias = tuple[Tensor, ...]
"""What a layer, a block or an input hands on: one tensor, or several."""


class Repeat(NamedTuple):
    """A run of layers that stands for a symbolic number of repetitions, each of which reads the one before."""

    first: int
    """The place of its first layer in the network."""
    end: int
    """The place after its last layer."""
    count: Number
    """How many repetitions there are."""
    given: tuple[str, ...]
    """The tensors that the first repetition reads."""
    out: tuple[str, ...]
    """The tensors that a repetition hands on: the next one reads them in the place of `given`."""
    shapes: tuple[Shape, ...]
    """The shapes of what the last one hands on."""
    counter: Number | None = None
    """The symbol in its layers' shapes that says which repetition it is, from 0 to count - 1; None if all are alike."""

    def total(self, number: Number, layer: str) -> Number:
        """Return what a number of one repetition of a layer comes to in all; NeedsNumber if it has no closed form."""
        if self.counter is None:
            return number * self.count
        try:
            return sum_below(self.counter, self.count, number)
        except NeedsNumber as needed:
            why = f"repeats `{layer}`, whose figures do not add up in closed form"
            raise NeedsNumber(needed.value, why) from None

    def first_of(self, number: Number) -> Number:
        """Return what a number of any repetition is in the first."""
        return number if self.counter is None else sum_below(self.counter, 1, number)

    def most(self, number: Number, layer: str) -> Number:
        """Return the most that a number of a layer is in any repetition; NeedsNumber where it may rise and fall."""
        if self.counter is None:
            return number
        up_to = [sum_below(self.counter, n, number) for n in (self.count - 1, self.count, self.counter + 1)]
        step = sum_below(self.counter, self.counter + 2, number) - up_to[2] - number
        if minimum(step, 0) == 0:
            return up_to[1] - up_to[0]
        if maximum(step, 0) == 0:
            return self.first_of(number)
        raise NeedsNumber(self.count, f"repeats `{layer}`, which may hold most in any repetition")


class _Application(NamedTuple):
    name: str
    kind: str
    """The operator's name in a spec."""
    operator: Operator
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    output_shapes: tuple[Shape, ...]
    span: Span | None = None
    shares: str | None = None
    """The layer whose weights this one uses."""
    repeats: tuple[Repeat, ...] = ()
    """The runs it stands in that stand for more than one, where a repeat count is a symbol: the innermost first."""


class Layer(_Application):
    """One application of an operator, a value: layers with equal fields are equal.

    What its operator answers about it is asked once.
    """

    @property
    def what(self) -> Hashable:
        """All that its figures follow from, and no more than that."""
        return self.kind, self.operator, self.input_shapes, self.output_shapes, self.shares is None, self.repeats

    @cached_property
    def held(self) -> Params:
        """The numbers that its operator holds, its own or those of the layer whose weights it uses."""
        return self.operator.params(*self.input_shapes)

    @property
    def is_trained(self) -> bool:
        """Whether training changes any of the parameters that it holds or uses."""
        return self.operator.is_trained and self.held.total != 0

    @property
    def params(self) -> Params:
        """The numbers that it adds to a network: none where it uses another layer's weights."""
        return Params() if self.shares else self.held

    @cached_property
    def work(self) -> Work:
        """The operations that it takes for one sample, padding included."""
        return self.operator.work(*self.input_shapes)

    @cached_property
    def useful_work(self) -> Work:
        """The operations that it takes for one sample, without those on padding."""
        return self.operator.useful_work(*self.input_shapes)

    @cached_property
    def reads(self) -> tuple[Reads, ...]:
        """For each input, the windows through which it is read (one per spatial axis), or WHOLE."""
        return self.operator.reads(*self.input_shapes)

    def in_all(self, number: Number) -> Number:
        """Return what it adds in all repetitions that it stands for, given what it adds in one.

        Raises NeedsNumber for a count of repetitions over which the sum has no closed form.
        """
        for repeat in self.repeats:
            number = repeat.total(number, self.name)
        return number

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the tensors it writes."""
        if len(self.output_shapes) == 1:
            return (self.name,)
        return tuple(f"{self.name}.{n}" for n in range(len(self.output_shapes)))


class Alike(NamedTuple):
    """Layers by what they cost: a figure of a single layer is worked out once for all that are alike."""

    layers: list[Layer]
    """The first of each."""
    places: list[int]
    """For every layer of the network, the place in `layers` of the one that it is like."""


class Note(NamedTuple):
    """What is to be said of a network as a whole, beside its figures."""

    text: str
    hides: str = ""
    """What its model had, and it has no more."""


class _Described(NamedTuple):
    name: str
    inputs: Mapping[str, Shape]
    layers: tuple[Layer, ...]
    outputs: tuple[str, ...]
    symbols: Mapping[str, Number] = {}
    variants: tuple[str, ...] = ()
    expect: tuple[Expectations, ...] = ()
    """What the spec states of itself; it holds for its symbols' defaults, and is left out for others."""
    notes: tuple[Note, ...] = ()


class Network(_Described):
    """Layers in topological order, from named inputs to named outputs. Equal if everything in it is."""

    def __repr__(self) -> str:
        return f"<Network {self.name}: {len(self.layers)} layers from {', '.join(map(str, self.inputs.values()))}>"

    def __hash__(self) -> int:
        return hash((self.name, self.layers, self.outputs))

    @cached_property
    def alike(self) -> Alike:
        """Its layers, those together that differ in nothing but their names and what they are connected to."""
        found: dict[Hashable, int] = {}
        places = [found.setdefault(layer.what, len(found)) for layer in self.layers]
        first = dict(zip(reversed(places), reversed(self.layers), strict=True))
        return Alike([first[n] for n in range(len(found))], places)

    @cached_property
    def not_counted(self) -> Mapping[str, int]:
        """How many layers there are of every operator that is not counted."""
        return Counter(layer.kind for layer in self.layers if not layer.operator.is_counted)

    @cached_property
    def repeats(self) -> list[Repeat]:
        """The runs of layers that stand for more than one repetition, each after those inside it."""
        found = dict.fromkeys(repeat for layer in self.layers for repeat in layer.repeats)
        return sorted(found, key=lambda repeat: (repeat.end, -repeat.first))

    def tensors(self) -> Iterator[tuple[str, Shape]]:
        """Yield all tensors by name: the inputs, then what each layer writes, in the end if it is repeated."""
        yield from self.inputs.items()
        ends = {name: shape for repeat in self.repeats for name, shape in zip(repeat.out, repeat.shapes, strict=True)}
        for layer in self.layers:
            for name, shape in zip(layer.outputs, layer.output_shapes, strict=True):
                yield name, ends.get(name, shape)
