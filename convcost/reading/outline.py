"""What can be said of a network before its layers are read: its symbols, and which sizes are open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from convcost.language.parts import Spec
from convcost.language.scope import is_plain
from convcost.language.syntax import names_in
from convcost.language.tree import Node, ScalarNode, SequenceNode

LETTERS: Mapping[int, tuple[str, ...]] = {1: ("L",), 2: ("H", "W"), 3: ("D", "H", "W")}
"""By the number of spatial axes, the names of sizes that are written as plain numbers."""


class Outline(NamedTuple):
    """What can be said of a network before its layers are read."""

    symbols: Mapping[str, Any]
    """Every symbol's value; None for one that has none yet."""
    sizes: Mapping[str, tuple[int | str | None, ...]]
    """For each axis of each input a number, the name of a symbol, or None for another expression."""
    settled: frozenset[str]
    """The symbols that the variant sets."""
    derived: frozenset[str]
    """The symbols whose values, unless they are set, follow from others."""
    comments: Mapping[str, str]
    """What is written behind the symbols, after a `#`."""

    @property
    def size_symbols(self) -> frozenset[str]:
        """The symbols that are an input's size: they count positions and are whole."""
        return frozenset(size for items in self.sizes.values() for size in items if isinstance(size, str))

    @property
    def batch(self) -> str:
        """The name of the number of samples: N, unless a symbol has that name."""
        return self._unused("N")

    @property
    def has_one_size(self) -> bool:
        """Whether all inputs have one size."""
        return len(set(self.sizes.values())) == 1

    @property
    def letters(self) -> dict[str, int]:
        """The names of the axes whose size is a plain number, where all inputs have one size: {"H": 0, "W": 1}."""
        (size,) = set(self.sizes.values()) if self.has_one_size else ((),)
        names = LETTERS.get(len(size), ())
        return {self._unused(names[axis]): axis for axis, given in enumerate(size) if names and isinstance(given, int)}

    @property
    def settable(self) -> list[str]:
        """The names of all that can be set: symbols, plain sizes, the batch."""
        return [*self.symbols, *self.letters, self.batch]

    def _unused(self, name: str) -> str:
        return name if name not in self.symbols else self._unused(f"{name}_")


def outline_of(spec: Spec, symbols: Mapping[str, Any], variant: str | None) -> Outline:
    """Return the outline of a spec whose symbols have these values."""
    chosen = spec.variants[variant].entries if variant is not None else {}
    return Outline(
        symbols,
        sizes={name: _sizes(node.entries, symbols) for name, node in spec.inputs.items()},
        settled=frozenset(chosen),
        derived=frozenset(
            symbol
            for symbol, (_, node) in spec.symbols.items()
            if isinstance(node, ScalarNode) and names_in(node.text) & symbols.keys()
        ),
        comments={symbol: _comment(node) for symbol, (_, node) in spec.symbols.items()},
    )


def _sizes(entries: Mapping[str, tuple[ScalarNode, Node]], symbols: Mapping[str, Any]) -> tuple[int | str | None, ...]:
    written = entries["size"][1] if "size" in entries else None
    return tuple(_size(node, symbols) for node in written.items) if isinstance(written, SequenceNode) else ()


def _size(node: Node, symbols: Mapping[str, Any]) -> int | str | None:
    if not isinstance(node, ScalarNode):
        return None
    if is_plain(node):
        return int(node.text)
    return node.text if node.text in symbols else None


def _comment(node: Node) -> str:
    """Return what stands behind a value on its line."""
    line = node.span.source.lines[node.span.line - 1]
    behind = re.match(r"\s+#\s*(.*?)\s*$", line[node.span.column - 1 + node.span.length :])
    return behind[1] if behind else ""
