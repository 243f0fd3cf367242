"""What all classes of one file share: the symbols, the helpers, and the classes that are written already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from convcost.language.parts import Block, Spec
from convcost.language.scope import written_sizes
from convcost.language.tree import Node, ScalarNode
from convcost.language.vocabulary import Vocabulary
from convcost.writing.pytorch.expressions import Expr, names_in, read, value
from convcost.writing.pytorch.helpers import HELPERS
from convcost.writing.pytorch.pairs import Pairs
from convcost.writing.pytorch.parameters import Parameter, kind_of
from convcost.writing.pytorch.tensors import Variable
from convcost.writing.pytorch.varied import Arguments


class Written(NamedTuple):
    """A class that is written."""

    name: str
    block: Block
    parameters: list[Parameter]
    channels: list[Expr]
    """Of what it hands on, in the names of its block."""
    labels: list[str]
    text: str
    frozen: set[str]
    """Names of the block that stand for the values that they have now."""


class File:
    """One file of PyTorch, while it is written."""

    def __init__(
        self, spec: Spec, symbols: Mapping[str, Any], vocabulary: Vocabulary, varied: Arguments, open_: Arguments
    ) -> None:
        self.symbols = symbols
        self.varied, self.open = varied, open_
        """Arguments that are not always as by default, and those that are not written as they are."""
        self.vocabulary = vocabulary
        values = {name: [given, *_variants(spec, name)] for name, given in symbols.items()}
        self.kinds = {name: kind_of(known) for name, known in values.items()}
        """What symbols are in Python."""
        self.switches = {name for name, known in values.items() if {*known} == {0, 1}}
        """Symbols that are 0 or 1, as far as is known: as the exponent of a number they say whether it is there."""
        self.sizes = {one for sizes in written_sizes(spec) for node in sizes for one in _names(node)}
        """Symbols of the input's size."""
        self.frozen = {*self.sizes}
        """Symbols that are numbers here, for something depends on them that is written as it is at their values."""
        self.pairs = Pairs()
        self.begin()

    def begin(self) -> None:
        """Begin with nothing written."""
        self.pairs.begin()
        self.helpers: set[str] = set()
        self.classes: dict[int, Written] = {}
        """The class of each application of a block, by its id."""
        self.classes_taken: set[str] = set(HELPERS)
        self.sized: dict[int, Variable] = {}
        """Tensors whose sizes are asked for, kept so that their ids are theirs alone."""

    def freeze(self, symbol: str) -> None:
        """Let a symbol be a number, for something depends on it that is written as it is at its value."""
        self.frozen.add(symbol)


def _names(node: Node) -> list[str]:
    return names_in(read(node)) if isinstance(node, ScalarNode) else []


def _variants(spec: Spec, symbol: str) -> list[Any]:
    """The values that variants give a symbol, where they are numbers."""
    nodes = [node.entries[symbol][1] for node in spec.variants.values() if symbol in node.entries]
    return [value(read(node), {}) for node in nodes if isinstance(node, ScalarNode) and not _names(node)]
