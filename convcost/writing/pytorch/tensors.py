"""The tensors of a class, and the steps that make them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from convcost.ops.base import Shape
from convcost.writing.pytorch.expressions import Expr


class Variable:
    """A tensor inside a class: its channels as an expression, and its shape in every use of the class."""

    def __init__(self, channels: Expr, shapes: Sequence[Shape | None], hint: str = "x", is_fresh: bool = False) -> None:
        self.channels = channels
        self.shapes = shapes
        self.hint = hint
        self.is_fresh = is_fresh
        """Whether no gradient needs it, so that it may be overwritten by its only reader."""
        self.readers = 0


@dataclass
class Step:
    """What makes one or several tensors of others."""

    name: str
    inputs: list[Variable]
    outputs: list[Variable]
    kind: str = ""
    """The operator's name, or nothing."""
    modules: Sequence[str] | None = None
    """Modules one after the other; a starred one stands for several."""
    function: Callable[[Sequence[str]], str] | None = None
    over: tuple[Sequence[str] | None, Callable[[Sequence[str]], str] | None] | None = None
    """Modules and function that overwrite the input."""
    condition: str = ""
    """In Python; where it does not hold, the outputs are the `otherwise`."""
    otherwise: list[Variable] = field(default_factory=list)
    paths: list[Path] = field(default_factory=list)
    count: str = ""
    """How many modules stand one after the other, where each takes and makes several tensors."""
    turn: str = "_"
    """What counts these modules."""
    owner: Step | None = None
    """The step whose module this one uses."""
    is_named: bool = False
    is_alone: bool = False
    """Whether its module has to be an attribute of its own."""
    attribute: str = ""
    call: Any = None
    """Of a block, the `Call` of its class."""
    table: Table | None = None
    """Of a loop over the rows of a table, these: `modules` is what it makes of each."""


class Table(NamedTuple):
    """The rows of a table, of each of which a loop makes a module."""

    name: str
    columns: list[str]
    rows: list[list[str]]
    channels: str
    """What the channels that go from one row to the next are called; nothing where they stay."""
    first: str
    """How many the first row is given."""
    out: str
    """How many a row hands on."""


@dataclass
class Path:
    """A branch that is written in place."""

    name: str
    steps: list[Step]
    given: Variable | None
    end: Variable
    condition: str = ""


class Made(NamedTuple):
    """One application, before it is known how often it stands."""

    step: Step
    channels: list[Expr]
    """Of its outputs."""
