"""What one figure under `expect` may be: a number, a number as printed, a bound, a range, a list."""

from __future__ import annotations

from fractions import Fraction

from convcost.expectation import Expected
from convcost.figures import FIGURES
from convcost.language.parts import refuse_node
from convcost.language.scope import Scope, Unknown
from convcost.language.tree import Node, ScalarNode, SequenceNode
from convcost.language.units import Quantity, part, quantity, taken_apart
from convcost.ops.arguments import show
from convcost.ops.numbers import Number


def expected(figure: str, node: Node, scope: Scope, ranks: frozenset[int]) -> Expected:
    """Return one figure's value or limits; Unknown, and reported, if it has none."""
    if FIGURES[figure].is_shape or (FIGURES[figure].is_per_axis and isinstance(node, SequenceNode)):
        return _list(figure, node, scope, ranks)
    if not isinstance(node, ScalarNode) or not node.text:
        raise _refused_value(figure, node, scope)
    text, form = node.text, "="
    if not text[0].isalnum():
        form = next((form for form in ("<=", ">=", "<", ">", "~") if text.startswith(form)), "=")
        for start, meant in _MEANT.items():
            if text.startswith(start):
                raise scope.report(part(node, 0, start).span, f"`{start}` starts no value", meant)
    if form == "=" and ".." in text:
        return _range(figure, node, scope)
    offset = len(text) - len(text[len(form) if form != "=" else 0 :].lstrip())
    found = quantity(node, text[offset:], offset, figure, scope)
    low, high = _limits(form, figure, node, found, scope)
    return Expected(figure, form, low, high, text, node.span)


_MEANT = {
    "=<": "a bound is <=, >=, < or >",
    "=>": "a bound is <=, >=, < or >",
    "=": "an exact figure is just the number",
    "≤": "write <=",
    "≥": "write '>=', in quotes",
    "≈": "write ~",
    "±": "a range is written `3.9e9 .. 4.1e9`",
}


def _limits(form: str, figure: str, node: ScalarNode, found: Quantity, scope: Scope) -> tuple[Number, Number]:
    value, step, unit = found
    if FIGURES[figure].least == 0 and value < 0:
        raise scope.report(node.span, f"`{figure}` is never below 0")
    if form == "~":
        if step is None:
            raise scope.report(node.span, "`~` goes with a number as it is printed, not with an expression")
        return value - Fraction(step) / 2, value + Fraction(step) / 2
    if form == "=" and FIGURES[figure].whole and isinstance(value, Fraction):
        help = f"a rounded figure is written `~ {node.text}`" if unit else "round it, or write a bound or a range"
        raise scope.report(node.span, f"`{figure}` wants a whole number from 0 up, not {show(value)}", help)
    return (None if form[0] == "<" else value), (None if form[0] == ">" else value)


def _range(figure: str, node: ScalarNode, scope: Scope) -> Expected:
    """`low .. high`, both included."""
    first, _, last = node.text.partition("..")
    offset = len(node.text) - len(last.lstrip())
    low, _, low_unit = quantity(node, first.rstrip(), 0, figure, scope)
    high, _, high_unit = quantity(node, last.strip(), offset, figure, scope)
    if bool(low_unit) != bool(high_unit):
        unit = low_unit or high_unit
        both = " .. ".join(f"{taken_apart(end.strip())[0]} {unit}" for end in (first, last))
        raise scope.report(node.span, f"only one end of the range has the unit `{unit}`", f"write `{both}`")
    if low > high:
        raise scope.report(node.span, "the range is upside down", f"write `{last.strip()} .. {first.strip()}`")
    return Expected(figure, "..", low, high, node.text, node.span)


def _list(figure: str, node: Node, scope: Scope, ranks: frozenset[int]) -> Expected:
    """A shape, or one number per axis; exact."""
    if not isinstance(node, SequenceNode):
        raise refuse_node(node, f"`{figure}` is a list, channels first: [2048, 7, 7]", scope.report)
    numbers: list[Number] = []
    words = []
    for item in node.items:
        if not isinstance(item, ScalarNode) or not item.text:
            raise refuse_node(item, f"`{figure}` is a list of numbers", scope.report)
        value, _, _ = quantity(item, item.text, 0, figure, scope)
        signed = FIGURES[figure].least is None
        if (value <= 0 and not signed) or (isinstance(value, Fraction) and FIGURES[figure].whole):
            wants = "whole numbers" if signed else "positive whole numbers"
            raise scope.report(item.span, f"`{figure}` wants {wants}, not {show(value)}")
        numbers.append(value)
        words.append((item.text, item.span))
    lengths = {1, *(1 + rank for rank in ranks)} if FIGURES[figure].is_shape else set(ranks)
    if ranks and len(numbers) not in lengths:
        there = " or ".join(map(str, sorted(lengths)))
        shape = "channels, and a size per spatial axis; or channels alone"
        what = shape if FIGURES[figure].is_shape else "one per spatial axis"
        raise scope.report(node.span, f"`{figure}` has {there} numbers here, not {len(numbers)}", what)
    values, text = tuple(numbers), ", ".join(word for word, _ in words)
    return Expected(figure, "=", values, values, f"[{text}]", node.span, tuple(words))


def _refused_value(figure: str, node: Node, scope: Scope) -> Unknown:
    line = node.span.source.lines[node.span.line - 1]
    if line[node.span.column - 1 : node.span.column] == ">":
        return scope.report(node.span, "YAML reads `>` as the start of a text", "put quotes around it: '>= 224'")
    if isinstance(node, SequenceNode):
        return scope.report(node.span, f"`{figure}` is one value, not a list", "two limits are a range: `3e9 .. 4.1e9`")
    return refuse_node(node, f"`{figure}` is a number, a bound or a range", scope.report)
