"""What can be said of a spec before its layers are read: its symbols, and which sizes are open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from convcost.errors import Source
from convcost.language.expression import names_in
from convcost.language.inputs import is_plain, written_sizes
from convcost.language.parts import Problems, read_parts
from convcost.language.symbols import symbol_values
from convcost.language.tree import Node, Scalar
from convcost.ops.numbers import Number
from convcost.reading.model import tree_of


class Outline(NamedTuple):
    """What can be said of a spec before its layers are read."""

    symbols: Mapping[str, Any]
    size_symbols: frozenset[str]
    """The symbols that are an input's size: they count positions and are whole."""
    settled: frozenset[str]
    """The symbols that the variant sets."""
    plain_axes: frozenset[int]
    """The axes along which every input's size is a plain number."""
    derived: frozenset[str]
    """The symbols whose values, unless they are set, follow from others."""
    comments: Mapping[str, str]
    """What is written behind the symbols, after a `#`."""


def read_outline(source: Source, name: str, settings: Mapping[str, Number | str], variant: str | None) -> Outline:
    """The symbols of a spec with their values; None for one that has none yet."""
    problems = Problems()
    parts = read_parts(tree_of(source), source, name, problems.report)
    symbols = symbol_values(parts, settings, variant, problems)
    if problems.found:
        raise problems.error()
    axes = written_sizes(parts)
    chosen = parts.variants[variant].entries if variant is not None else {}
    return Outline(
        symbols,
        size_symbols=frozenset(n.text for items in axes for n in items if isinstance(n, Scalar)) & symbols.keys(),
        settled=frozenset(chosen),
        plain_axes=frozenset(n for n in range(3) if all(len(items) > n and is_plain(items[n]) for items in axes)),
        derived=frozenset(symbol for symbol, (_, node) in parts.symbols.items() if _names(node) & symbols.keys()),
        comments={symbol: _comment(node) for symbol, (_, node) in parts.symbols.items()},
    )


def _names(node: Node) -> set[str]:
    return names_in(node.text) if isinstance(node, Scalar) else set()


def _comment(node: Node) -> str:
    """What stands behind a value on its line."""
    line = node.span.source.lines[node.span.line - 1]
    behind = re.match(r"\s+#\s*(.*?)\s*$", line[node.span.column - 1 + node.span.length :])
    return behind[1] if behind else ""
