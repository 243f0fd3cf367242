"""What stands beside an operator or block in an entry: its name, what it reads, how often it stands, whose weights."""

from __future__ import annotations

from collections.abc import Iterable

from convcost.building.build import Flow, Tensor
from convcost.errors import ShapeError
from convcost.language.budget import MAX_LAYERS
from convcost.language.items import Item
from convcost.language.parts import is_empty, refuse_node
from convcost.language.scope import Scope, Unknown
from convcost.language.tree import ScalarNode, SequenceNode
from convcost.ops.arguments import Count
from convcost.ops.numbers import NeedsNumber, Number


def local_name(item: Item, scope: Scope) -> str:
    """Return the entry's name in its list: as given, else made from the operator or block."""
    if item.name is None:
        return scope.claim(item.kind.text)
    if item.name.text in scope.names:
        scope.report(item.name.span, f"the name `{item.name.text}` is taken")
        return scope.claim(item.name.text)
    return item.name.text


def tensors_read(item: Item, scope: Scope, above: Flow) -> Flow:
    """Return what `from` names; without it, what the entry above hands on. Unknown, and reported, for other words."""
    if item.source is None:
        return above
    nodes = item.source.items if isinstance(item.source, SequenceNode) else [item.source]
    flow: list[Tensor] = []
    for node in nodes:
        if not isinstance(node, ScalarNode) or is_empty(node):
            refuse_node(node, "`from` names layers", scope.report)
            raise Unknown
        flow += scope.find(node)
    return tuple(flow)


def refuse_ambiguous(item: Item, scope: Scope, inputs: Iterable[str]) -> None:
    """Report an entry that reads nothing, because the network has several inputs."""
    if names := ", ".join(f"`{name}`" for name in inputs):
        scope.report(item.kind.span, f"which input does it read? Say `from:` one of {names}")


def repeat_count(item: Item, scope: Scope, fold: bool) -> Number:
    """Return how often the entry stands; NeedsNumber for a symbol, unless symbols can be folded."""
    if item.repeat is None:
        return 1
    try:
        count = Count(0, most=None).read(scope.value(item.repeat), 0)
    except ShapeError as error:
        scope.report(item.repeat.span, f"`repeat` {error.message}", error.help)
        raise Unknown from None
    if not isinstance(count, int):
        if fold:
            return count
        raise NeedsNumber(count)
    if count > MAX_LAYERS:
        scope.report(item.repeat.span, f"repeated {count:,} times; a network has at most {MAX_LAYERS:,} layers")
        raise Unknown
    return count


def weights_owner(item: Item, scope: Scope) -> str | None:
    """Return the full name of the layer or block whose weights the entry shares; None if it has its own."""
    if item.share is None:
        return None
    scope.find(item.share)
    where: Scope | None = scope
    while where is not None and item.share.text not in where.full_names:
        where = where.parent
    if where is None:
        scope.report(item.share.span, f"`{item.share.text}` has no weights to share")
        raise Unknown
    return where.full_names[item.share.text]
