"""W304: a width multiplier at which channels are no longer divisible by the groups of a layer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction

from convcost.checks.base import Found, Rule, Subject
from convcost.errors import Problem
from convcost.language.expression import evaluate
from convcost.language.syntax import ExpressionError
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.ops.arguments import show
from convcost.ops.numbers import Number

_TRIED = (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4), Fraction(3, 2), 2, 3)
"""Of a multiplier's default. If the spec can be read at a quarter, it can be read at all multiples of a quarter."""

_WHOLE = (2, 3)
"""Of a symbol that may be a count: it is 1, and nothing says that it may be a fraction."""

_NO_WIDTHS = ("kernel", "stride", "padding", "dilation", "repeat", "size", "groups", "parts", "deform_groups", "scale")
"""Arguments that are no number of channels."""


def find(subject: Subject) -> Iterator[Found]:
    """Yield the first multiple of each multiplier at which the spec is refused because of a layer's groups."""
    groups = {("groups", n) for layer in subject.network.layers if (n := _groups(layer.operator)) > 1}
    if not groups:
        return
    for symbol, value in subject.network.symbols.items():
        if not _is_multiplier(value) or not _scales_channels(subject, symbol):
            continue
        for factor in _TRIED if _may_be_a_fraction(subject, symbol) else _WHOLE:
            tried = value * factor
            problems = subject.description.problems({symbol: tried if tried % 1 else int(tried)})
            problem = next((p for p in problems if isinstance(p.reason, tuple)), None)
            # The same groups as here: it is the channels that have changed.
            if problem and problem.reason in groups:
                yield _found(symbol, tried, problem)
            if problem or not problems:
                break


def _found(symbol: str, value: Number, problem: Problem) -> Found:
    help = "round the width to a multiple of the groups: make_divisible(..., groups)"
    message = f"at {symbol} = {show(value)} the spec is refused: {problem.message}"
    return Found(message, help, span=problem.span, trail=problem.trail)


def _groups(operator: object) -> int:
    return max(getattr(operator, "groups", None) or 1, getattr(operator, "parts", None) or 1)


def _is_multiplier(value: object) -> bool:
    """1, or a number that is not whole: what is multiplied with a width."""
    return (
        isinstance(value, int | Fraction)
        and not isinstance(value, bool)
        and value > 0
        and (value == 1 or value % 1 != 0)
    )


def _may_be_a_fraction(subject: Subject, symbol: str) -> bool:
    """Whether it is one: by default, in a variant or in a row of expectations."""
    rows = (stated.settings.get(symbol) for stated in subject.network.expect)
    values = (subject.network.symbols[symbol], *rows, *_in_variants(subject, symbol))
    return any(isinstance(value, Fraction) and value % 1 != 0 for value in values)


def _in_variants(subject: Subject, symbol: str) -> Iterator[object]:
    for variant in subject.spec.variants.values():
        _, node = variant.entries.get(symbol, (None, None))
        if isinstance(node, ScalarNode):
            with suppress(ExpressionError):  # said as E002
                yield evaluate(node.text, subject.network.symbols)


def _scales_channels(subject: Subject, symbol: str) -> bool:
    """Whether the symbol may be part of a number of channels: it stands in an argument that can be one."""
    word = re.compile(rf"\b{symbol}\b")
    blocks = subject.spec.blocks.values()
    nodes = [*subject.spec.layers, *(node for block in blocks for node in (*block.layers, *block.defaults.values()))]
    return any(_names(node, word) for node in nodes if node)


def _names(node: Node, word: re.Pattern[str]) -> bool:
    if isinstance(node, ScalarNode):
        return word.search(node.text) is not None
    if isinstance(node, SequenceNode):
        return any(_names(item, word) for item in node.items)
    if isinstance(node, MappingNode):
        return any(_names(value, word) for key, value in node.entries.values() if key.text not in _NO_WIDTHS)
    return False


RULE = Rule(
    "W304",
    "indivisible-groups",
    "At another width, channels are not divisible by the groups of a layer.",
    """\
A grouped convolution, a channel shuffle or a split needs channels that its groups divide. A width multiplier scales the
channels and not the groups, so that a spec that is sound at 1 may be refused at 0.25. The finding names such a value:
quarters of the default, then twice and three times as much, are tried. Where a symbol is 1 and no variant and no row of
`at` makes it a fraction, it may be a count, and quarters are not tried.

    symbols: {alpha: 1}
    layers:
      - conv: {out: 24*alpha, kernel: 1}
      - conv: {out: 24*alpha, kernel: 3, groups: 4}      # 24*0.25 = 6 channels
    variants: {half: {alpha: 0.5}}

Round the width where it is made: `make_divisible(24*alpha, 4)`. A spec that is not meant to be scaled needs no symbol.
Variants are looked at by themselves (E002).
""",
    find,
)
