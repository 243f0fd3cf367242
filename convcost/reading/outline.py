"""What can be said of a network before its layers are read: its symbols, and which sizes are open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from convcost.errors import Span
from convcost.language.expression import names_in
from convcost.language.inputs import is_plain
from convcost.language.parts import Spec
from convcost.language.tree import Node, Scalar, Sequence


class InputOutline(NamedTuple):
    """Where an input stands, and its sizes as they are written."""

    span: Span
    sizes: tuple[int | str | None, ...]
    """For each spatial axis a number, the name of a symbol, or None for another expression."""


class Outline(NamedTuple):
    """What can be said of a network before its layers are read."""

    symbols: Mapping[str, Any]
    """Every symbol's value; None for one that has none yet."""
    inputs: Mapping[str, InputOutline]
    settled: frozenset[str] = frozenset()
    """The symbols that the variant sets."""
    derived: frozenset[str] = frozenset()
    """The symbols whose values, unless they are set, follow from others."""
    comments: Mapping[str, str] = {}
    """What is written behind the symbols, after a `#`."""

    @property
    def size_symbols(self) -> frozenset[str]:
        """The symbols that are an input's size: they count positions and are whole."""
        return frozenset(size for given in self.inputs.values() for size in given.sizes if isinstance(size, str))

    @property
    def plain_axes(self) -> frozenset[int]:
        """The axes along which every input's size is a plain number."""
        sizes = [given.sizes for given in self.inputs.values()]
        return frozenset(n for n in range(3) if all(len(items) > n and isinstance(items[n], int) for items in sizes))


def outline_of(spec: Spec, symbols: Mapping[str, Any], variant: str | None) -> Outline:
    """Return the outline of a spec whose symbols have these values."""
    chosen = spec.variants[variant].entries if variant is not None else {}
    return Outline(
        symbols,
        inputs={name: InputOutline(node.span, _sizes(node.entries, symbols)) for name, node in spec.inputs.items()},
        settled=frozenset(chosen),
        derived=frozenset(symbol for symbol, (_, node) in spec.symbols.items() if _names(node) & symbols.keys()),
        comments={symbol: _comment(node) for symbol, (_, node) in spec.symbols.items()},
    )


def _sizes(entries: Mapping[str, tuple[Scalar, Node]], symbols: Mapping[str, Any]) -> tuple[int | str | None, ...]:
    written = entries["size"][1] if "size" in entries else None
    return tuple(_size(node, symbols) for node in written.items) if isinstance(written, Sequence) else ()


def _size(node: Node, symbols: Mapping[str, Any]) -> int | str | None:
    if not isinstance(node, Scalar):
        return None
    if is_plain(node):
        return int(node.text)
    return node.text if node.text in symbols else None


def _names(node: Node) -> set[str]:
    return names_in(node.text) if isinstance(node, Scalar) else set()


def _comment(node: Node) -> str:
    """Return what stands behind a value on its line."""
    line = node.span.source.lines[node.span.line - 1]
    behind = re.match(r"\s+#\s*(.*?)\s*$", line[node.span.column - 1 + node.span.length :])
    return behind[1] if behind else ""
