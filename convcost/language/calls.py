"""A block that is used: what its layers can see."""

from __future__ import annotations

from collections.abc import Mapping as Table
from typing import Any

from convcost.building.build import Flow
from convcost.errors import closest
from convcost.language.expression import UNKNOWN_VALUE
from convcost.language.items import Item
from convcost.language.parts import Block, is_empty, is_torn, refuse_node
from convcost.language.scope import Scope, Unknown
from convcost.language.synonyms import meant_argument
from convcost.language.tree import MappingNode, Node


def values_inside(block: Block, item: Item, scope: Scope, flow: Flow, symbols: Table[str, Any]) -> dict[str, Any]:
    """Return the values that a block's layers see: symbols, its arguments, and the sizes of what it was given."""
    given = _given(block, item, scope)
    # A block of the library knows nothing of the network it is used in.
    values = {**({} if block.library else symbols), **_sizes_of(flow)}
    inner = Scope(values, flow, "", scope.problems, scope.trail)
    for name, default in block.defaults.items():
        try:
            if name in given:
                values[name] = scope.value(given[name])
            elif default is not None:
                values[name] = inner.value(default)
            else:
                scope.report(item.kind.span, f"block `{block.name}` needs `{name}`")
                values[name] = UNKNOWN_VALUE
        except Unknown:
            values[name] = UNKNOWN_VALUE
    return values


def _given(block: Block, item: Item, scope: Scope) -> dict[str, Node]:
    """Return the arguments as written, by name; those unknown are reported."""
    given: dict[str, Node] = {}
    if isinstance(item.body, MappingNode):
        for key, node in item.body.entries.values():
            if key.text in block.defaults:
                given[key.text] = node
            elif not is_torn(key, item.body):
                known = ", ".join(block.defaults) or "no arguments"
                meant = meant_argument(key.text, block.defaults) or closest(key.text, block.defaults)
                hint = f"did you mean `{meant}`?" if meant else f"it takes {known}"
                scope.report(key.span, f"block `{block.name}` takes no `{key.text}`", hint)
                if meant:
                    given.setdefault(meant, node)
    elif item.body is not None and not is_empty(item.body):
        refuse_node(item.body, f"block `{block.name}` takes named arguments", scope.report)
    return given


def _sizes_of(given: Flow) -> dict[str, Any]:
    """Return `input.channels` and `input.size` of what a block was given; `input.0.channels`, ... of several."""
    values: dict[str, Any] = {}
    for n, tensor in enumerate(given):
        stem = f"input.{n}" if len(given) > 1 else "input"
        known = tensor.shape
        values[f"{stem}.channels"] = known.channels if known else UNKNOWN_VALUE
        values[f"{stem}.size"] = list(known.size) if known else UNKNOWN_VALUE
    return values
