"""What every operator answers, and in which words: shapes, work, parameters."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, NamedTuple, Self, dataclass_transform

from convcost.errors import ShapeError
from convcost.ops.arguments import Argument
from convcost.ops.numbers import Number, differ, product
from convcost.ops.windows import SAME_POSITION, Reads


class Shape(NamedTuple):
    """One sample's tensor, channels first, without the batch: `Shape(64, (56, 56))`; `Shape(1000, ())` is a vector."""

    channels: Number
    size: tuple[Number, ...]

    @property
    def elements(self) -> Number:
        """Numbers in one sample."""
        return self.channels * product(self.size)

    @property
    def rank(self) -> int:
        """How many spatial axes there are: 1, 2 or 3; 0 for a vector."""
        return len(self.size)

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The channels and the sizes, in the order they are written."""
        return (self.channels, *self.size)

    def __str__(self) -> str:
        return by_x(self.numbers)


def by_x(numbers: Iterable[Number]) -> str:
    """Numbers as sizes are written.

    >>> by_x((64, 56, 56))
    '64x56x56'
    """
    return "x".join(map(str, numbers))


class Work(NamedTuple):
    """The operations on one sample, by kind. `macs` are multiply-accumulates: one multiply and one add count 1."""

    macs: Number = 0
    multiplies: Number = 0
    additions: Number = 0
    comparisons: Number = 0
    divisions: Number = 0
    exponentials: Number = 0  # exp, log, powers and roots

    def __add__(self, other: "Work") -> "Work":  # type: ignore[override]
        return Work(*(a + b for a, b in zip(self, other, strict=True)))

    def items(self) -> list[tuple[str, Number]]:
        """(kind, count) pairs in the order of the fields."""
        return list(zip(WORK_KINDS, self, strict=True))


WORK_KINDS = Work._fields


class Params(NamedTuple):
    """Numbers an operator holds. Running statistics and fixed constants are held but not trained: not in `total`."""

    weights: Number = 0
    biases: Number = 0
    norm: Number = 0  # scales and shifts of normalisation layers
    statistics: Number = 0  # running means and variances, fixed centres

    @property
    def total(self) -> Number:
        """Trainable parameters."""
        return self.weights + self.biases + self.norm

    def __add__(self, other: "Params") -> "Params":  # type: ignore[override]
        return Params(*(a + b for a, b in zip(self, other, strict=True)))

    def items(self) -> list[tuple[str, Number]]:
        """(kind, count) pairs in the order of the fields."""
        return list(zip(PARAM_KINDS, self, strict=True))


PARAM_KINDS = Params._fields

BYTES = {"float64": 8, "float32": 4, "float16": 2, "bfloat16": 2, "int8": 1}
"""Data types and the bytes of one number."""


@dataclass_transform(frozen_default=True)
class Operator:
    """The base of all operators: formulas for one sample, from the shapes of its inputs; here, elementwise ones.

    A subclass is a value in a file of its own, named as the operator is in a spec, and declares its arguments as a
    dataclass does its fields. `check` guards and is only asked about ints; everything else is formulas.
    """

    arguments: ClassVar[Mapping[str, Argument]] = {}
    """Its arguments by name, in the order they are documented."""

    # Subclasses name the inputs they take, `output(self, x)`, and mypy lets them narrow `*inputs: Any, **_: Any` alone.
    # `building` holds the inputs against `arity`; others ask a Layer, which knows its inputs.

    arity: ClassVar[tuple[int, int | None]] = (1, 1)
    """The fewest and the most inputs; None: any number. Several may be written in place as branches."""

    is_counted: ClassVar[bool] = True
    """Whether its formulas are known; if not, what it takes is missing in every total."""

    ranks: ClassVar[tuple[int, ...]] = (2, 1, 3)
    """How many spatial axes its first input may have, those that it is shown for first."""

    @property
    def is_trained(self) -> bool:
        """Whether training changes its parameters; some are given, and counted all the same."""
        return True

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Argument)}
        cls.arguments = {**cls.arguments, **own}

    def __init__(self, *values: Any, **named: Any) -> None:
        """Take the values of all arguments, as the formulas want them; TypeError if others are given."""
        given = {**dict(zip(self.arguments, values, strict=False)), **named}
        if given.keys() != self.arguments.keys() or len(values) + len(named) != len(given):
            raise TypeError(f"{type(self).__name__} takes {', '.join(self.arguments) or 'no arguments'}")
        vars(self).update({name: given[name] for name in self.arguments})

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is a value, and its {name} can't be changed")

    @classmethod
    def usual(cls, **given: Any) -> Self:
        """Return it with these arguments, and all others as by default."""
        return cls(**{name: argument.default for name, argument in cls.arguments.items()} | given)

    def with_arguments(self, **changed: Any) -> Self:
        """Return it with other values of some arguments."""
        return type(self)(**{**vars(self), **changed})

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    def check(self, *inputs: Any, **_: Any) -> None:
        """Raise ShapeError if these inputs can't be taken. Sizes are ints here."""

    def output(self, *inputs: Any, **_: Any) -> Shape:
        """Return the shape of the one output."""
        shape: Shape = inputs[0]
        return shape

    def outputs(self, *inputs: Any, **_: Any) -> tuple[Shape, ...]:
        """Return the shapes of all outputs."""
        return (self.output(*inputs),)

    def params(self, *inputs: Any, **_: Any) -> Params:
        """Return how many numbers it holds."""
        return Params()

    def work(self, *inputs: Any, **_: Any) -> Work:
        """Return what computing one sample takes, padding included."""
        return Work()

    def useful_work(self, *inputs: Any, **_: Any) -> Work:
        """Return what computing one sample takes, without what is computed on padding."""
        return self.work(*inputs)

    def training_macs(self, needs: Sequence[Number], *inputs: Any) -> Number:
        """Multiply-accumulates forward and backward; `needs` has 1 for each input whose gradient is needed, else 0.

        Each gradient pairs every product of the forward pass once: y += w x gives dw += dy x and dx += dy w.
        """
        forward = self.work(*inputs).macs
        return forward * (1 + (self.is_trained and self.params(*inputs).total != 0) + needs[0])

    def reads(self, *inputs: Any, **_: Any) -> tuple[Reads, ...]:
        """For each input, its windows (one per spatial axis), or WHOLE."""
        return tuple((SAME_POSITION,) * x.rank for x in inputs)


def require_spatial(operator: str, x: Shape) -> None:
    """Refuse a vector where windows need spatial axes."""
    if not x.size:
        raise ShapeError(f"`{operator}` needs spatial axes; its input is a vector of {x.channels}")


def require_rank(name: str, operator: Operator, x: Shape) -> None:
    """Refuse maps with other numbers of spatial axes than an operator is defined for."""
    if x.rank not in operator.ranks:
        axes = " or ".join(map(str, sorted(operator.ranks)))
        raise ShapeError(f"`{name}` needs {axes} spatial {'axis' if axes == '1' else 'axes'}; its input has {x.rank}")


def require_divisible(what: str, channels: int, groups: int, argument: str = "groups") -> None:
    """Refuse groups that do not divide channels."""
    if channels % groups:
        message = f"{channels} {what} are not divisible by {argument} {groups}"
        raise ShapeError(message, argument=argument, reason=("groups", groups))


def require_equal(operator: str, inputs: tuple[Shape, ...], channels: bool = True) -> None:
    """Refuse inputs of different sizes (and channels)."""
    first = inputs[0]
    for n, x in enumerate(inputs[1:], 1):
        alike = x.rank == first.rank and not any(map(differ, x.size, first.size))
        if not alike or (channels and differ(x.channels, first.channels)):
            raise ShapeError(f"{operator}: {first} and {x} differ", pair=(0, n))
