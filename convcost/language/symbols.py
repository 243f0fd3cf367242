"""The values of a spec's symbols: its defaults, its variants, and settings from outside."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from convcost.errors import Problem, Source, Span, UsageError, did_you_mean
from convcost.language.expression import UNKNOWN_VALUE, ExpressionError, evaluate
from convcost.language.parts import Spec, is_empty
from convcost.language.scope import Scope, Unknown
from convcost.language.tree import Node
from convcost.ops.numbers import Number
from convcost.problems import Problems


def symbol_values(
    parts: Spec, settings: Mapping[str, Number | str], variant: str | None, problems: Problems
) -> dict[str, Any]:
    """Return every symbol's value: as set, else as the variant says, else its default; None for one without any.

    UsageError for a setting or a variant that the spec does not have.
    """
    chosen: dict[str, Node] = {}
    for name, mapping in parts.variants.items():
        for key, node in mapping.entries.values():
            if key.text not in parts.symbols:
                problems.report(key.span, f"no symbol `{key.text}`", did_you_mean(key.text, parts.symbols))
            elif name == variant:
                chosen[key.text] = node
    if variant is not None and variant not in parts.variants:
        help = did_you_mean(variant, parts.variants) or f"its variants: {', '.join(parts.variants) or 'none'}"
        raise UsageError(f"`{parts.name}` has no variant `{variant}`", help)
    for name in settings:
        if name not in parts.symbols:
            help = did_you_mean(name, parts.symbols) or f"its symbols: {', '.join(parts.symbols) or 'none'}"
            raise UsageError(f"`{parts.name}` has no symbol `{name}`", help)
    values: dict[str, Any] = {}
    for name, (key, default) in parts.symbols.items():
        node = chosen.get(name, default)
        if name in settings:
            values[name] = setting(name, settings[name])
        elif is_empty(node):
            values[name] = None
        else:
            try:
                values[name] = Scope(values, (), "", problems).value(node)
            except Unknown:
                values[name] = UNKNOWN_VALUE
            if isinstance(values[name], list):
                problems.report(key.span, f"`{name}` is a list; a symbol is one number")
    return values


def setting(name: str, value: Number | str, option: str = "--set") -> Number:
    """Return a value given from outside: text is read by the spec's own grammar. UsageError if it is no value."""
    if isinstance(value, float):
        value = repr(value)  # 0.1 is meant as 1/10
    if not isinstance(value, str):
        return value
    try:
        return evaluate(value, {})
    except ExpressionError as error:
        source = Source(option, f"{name}={value}")
        span = Span(source, 1, len(name) + 2 + error.start, error.length or max(1, len(value)))
        raise UsageError([Problem(span, error.message, error.help)]) from None
