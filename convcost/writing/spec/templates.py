"""The library's blocks read in symbols: which layers each is, and where its arguments stand in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from typing import NamedTuple

import convcost.algebra.law  # noqa: F401  helpers of formulas learn of polynomials
from convcost.algebra.judges import judged_by
from convcost.algebra.polynomial import Polynomial, symbol
from convcost.errors import ConvcostError, Source
from convcost.language.library import library_block, library_names
from convcost.language.parts import Block, is_empty
from convcost.language.tree import Node, ScalarNode
from convcost.language.vocabulary import NOTHING, Vocabulary
from convcost.network import Layer
from convcost.ops import OPERATORS
from convcost.ops.numbers import NeedsNumber, Number
from convcost.reading.description import Description

INPUT = ("input_channels", "input_size_0", "input_size_1", "input_size_2")
"""The symbols that stand for the shape of what a block is given."""

_STAND_INS = ("mish", "celu", "selu")
"""The operators that stand for any activation, each for an argument of its own."""

_POINTWISE = "{conv: {kernel: 1}}"
"""What a linear layer may be instead."""

_MOST = 64
"""How many ways of deciding a block's conditions are followed."""


class Template(NamedTuple):
    """A block's layers as its conditions are decided in one way."""

    block: str
    layers: tuple[Layer, ...]
    outputs: tuple[str, ...]
    symbols: Mapping[str, Polynomial]
    """What stands for each argument that is a number, and for the sizes of the input."""
    said: Mapping[str, str]
    """The arguments that are no numbers, as they were chosen."""
    stand_ins: Mapping[str, str]
    """The arguments that name an activation, by the operator that stands for it here."""


@cache
def templates(rank: int) -> tuple[Template, ...]:
    """Return all blocks of the library, for an input with so many spatial axes, the longest first."""
    found = [one for name in sorted(library_names()) for one in _templates(name, rank)]
    return tuple(sorted(found, key=lambda one: -len(one.layers)))


@cache
def literal_defaults(name: str) -> Mapping[str, str]:
    """Return the arguments of a block of the library whose defaults are plain values, and those."""
    defaults = library_block(name).defaults
    plain = {key: node.text for key, node in defaults.items() if isinstance(node, ScalarNode)}
    return {key: text for key, text in plain.items() if text not in defaults and _is_plain(text)}


def _is_plain(text: str) -> bool:
    return text.isdigit() or text in ("true", "false") or text in OPERATORS


def _templates(name: str, rank: int) -> Iterator[Template]:
    block = library_block(name)
    choices = _choices(block)
    numbers = [key for key, node in block.defaults.items() if key not in choices and not _is_condition(node)]
    shape = INPUT[: rank + 1]
    symbols = {key: symbol(key, whole=True, least=1) for key in [*numbers, *shape]}
    seen = set()
    for chosen in product(*choices.values()):
        said = dict(zip(choices, chosen, strict=True))
        text = _text(name, numbers, said, shape)
        description = Description(Source(f"<block {name}>", text), name)
        for way in _ways():
            try:
                with judged_by(way):
                    network = description.symbolic(symbols)
            except (ConvcostError, NeedsNumber, TypeError, ArithmeticError):
                continue
            layers = tuple(layer._replace(span=None) for layer in network.layers)
            told = tuple((layer.kind, layer.operator, layer.inputs) for layer in layers)
            if len(layers) > 1 and told not in seen:
                seen.add(told)
                stand_ins = {one: key for key, one in said.items() if one in _STAND_INS}
                yield Template(name, layers, network.outputs, symbols, said, stand_ins)


def _text(name: str, numbers: list[str], said: Mapping[str, str], shape: tuple[str, ...]) -> str:
    """A spec of one entry, in which every argument that is a number is a symbol of its name."""
    given = [*(f"{key}: {key}" for key in numbers), *(f"{key}: {text}" for key, text in said.items())]
    lines = [
        f"symbols: {{{', '.join(f'{key}: ' for key in [*numbers, *shape])}}}",
        f"input: {{channels: {shape[0]}, size: [{', '.join(shape[1:])}]}}",
        "layers:",
        f"  - {name}: {{{', '.join(given)}}}",
    ]
    return "\n".join(lines) + "\n"


def _choices(block: Block) -> dict[str, tuple[str, ...]]:
    """What is tried for the arguments that are no numbers: layers, and yes or no."""
    applied = Vocabulary({}).roles(block).layers
    stand_ins = iter(_STAND_INS)
    found: dict[str, tuple[str, ...]] = {}
    for key, node in block.defaults.items():
        text = node.text if isinstance(node, ScalarNode) else ""
        if key in applied:
            found[key] = (text, _POINTWISE) if text == "linear" else (next(stand_ins), NOTHING)
        elif text in ("true", "false"):
            found[key] = ("true", "false")
    return found


def _is_condition(node: Node | None) -> bool:
    return (
        isinstance(node, ScalarNode)
        and not is_empty(node)
        and any(sign in node.text for sign in ("==", "!=", "<", ">"))
    )


def _ways() -> Iterator[_Way]:
    """Yield judges until they have decided in all ways that there are, the first always yes."""
    ahead: list[list[bool]] = [[]]
    for _ in range(_MOST):
        if not ahead:
            return
        way = _Way(ahead.pop())
        yield way
        given = len(way.given)
        ahead += [[*way.answers[:n], False] for n in range(given, len(way.answers))]


class _Way:
    """Answers what is asked of symbols as it is told, and after that always yes; the same question in the same way."""

    def __init__(self, given: list[bool]) -> None:
        self.given = given
        self.answers: list[bool] = []
        self._known: dict[tuple[str, Number], bool] = {}

    def at_least_zero(self, number: Number) -> bool:
        return self._answer(">=", number)

    def is_zero(self, number: Number) -> bool:
        return self._answer("==", number)

    def divides(self, number: Number) -> None:
        pass

    def _answer(self, sign: str, number: Number) -> bool:
        question = sign, number
        if question not in self._known:
            place = len(self.answers)
            self._known[question] = self.given[place] if place < len(self.given) else True
            self.answers.append(self._known[question])
        return self._known[question]
