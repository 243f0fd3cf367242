"""An entry of a list of layers: its name, what it reads, how often it stands, whose weights, what a block is given.

There is a budget of layers, for a few words can say a billion.
"""

from __future__ import annotations

from collections.abc import Mapping as Table
from functools import lru_cache
from typing import Any

from convcost.errors import ShapeError, Span, did_you_mean
from convcost.language.expression import UNKNOWN_VALUE
from convcost.language.items import Item
from convcost.language.layers import given_to
from convcost.language.parts import PATH, Block, is_empty, refuse_node, sequence
from convcost.language.scope import Applicable, Scope, Unknown
from convcost.language.syntax import COMPARISONS
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.language.vocabulary import Vocabulary
from convcost.network import Flow, Tensor
from convcost.ops.arguments import AXES, Count, many, show
from convcost.ops.numbers import NeedsNumber, Number, differ, minimum, product

MAX_LAYERS = 100_000

_EVERY_AXIS = {"positions", *(name for names in AXES for name in names)}


class Budget:
    """Steps taken so far. What takes longer counts for more: long names, many paths, arguments or symbols."""

    def __init__(self) -> None:
        self.steps = 0
        self.folded: Number = 0
        """What symbolic numbers of repetitions would add."""
        self.undone = 0
        """Steps that were taken back."""

    @property
    def spent(self) -> Number:
        """All steps, those of symbolic repetitions included."""
        return self.steps + self.folded

    def spend(self, steps: int, span: Span, scope: Scope) -> None:
        """Count steps; SpecError if there are too many."""
        self.steps += steps
        if self.steps > MAX_LAYERS:
            scope.report(span, f"more than {MAX_LAYERS:,} layers")
            raise scope.problems.error()


def local_name(item: Item, scope: Scope) -> str:
    """Return the entry's name in its list: as given, else made from the operator or block.

    It is the same whatever conditions hold, so that a name means one line of the spec at all settings.
    """
    return scope.claim(item.kind.text) if item.name is None else item.name.text


def leave_out(name: str, scope: Scope, above: Flow) -> None:
    """Let the name of an entry that is left out stand for what it would have read, unless another one has it."""
    if name not in scope.names:
        scope.names[name] = above
        scope.left_out.add(name)


def take(name: str, item: Item, scope: Scope) -> str:
    """Return the name for an entry that is there; another one, and reported, if a layer above has it."""
    if name in scope.names and name not in scope.left_out:
        assert item.name is not None
        help = "layers share a name only where `when` leaves all but one of them out" if item.when else None
        scope.report(item.name.span, f"the name `{name}` is taken", help)
        return scope.claim(name)
    scope.left_out.discard(name)
    return name


def tensors_read(item: Item, scope: Scope, above: Flow) -> Flow:
    """Return what `from` names; without it, what the entry above hands on. Unknown, and reported, for other words."""
    if item.source is None:
        return above
    nodes = item.source.items if isinstance(item.source, SequenceNode) else [item.source]
    flow: list[Tensor] = []
    for node in nodes:
        if not isinstance(node, ScalarNode) or is_empty(node):
            raise refuse_node(node, "`from` names layers", scope.report, named=True)
        flow += scope.find(node)
    return tuple(flow)


def is_there(condition: Node | None, scope: Scope) -> bool:
    """Return whether a condition holds; always, if there is none. Unknown, and reported, where it is no condition."""
    value = True if condition is None else scope.value(condition)
    if not isinstance(value, bool):
        assert condition is not None
        raise scope.report(condition.span, f"`when` wants a condition, not {show(value)}", COMPARISONS)
    return value


def paths_there(paths: MappingNode, scope: Scope) -> list[tuple[ScalarNode, list[Node]]]:
    """Return the names and the layers of the paths whose conditions hold, where they have any."""
    found = []
    for key, node in paths.entries.values():
        condition, layers = None, node
        if isinstance(node, MappingNode) and (given := node.entries) and given.keys() & set(PATH):
            for inner, _ in given.values():
                if inner.text not in PATH:
                    help = did_you_mean(inner.text, PATH)
                    scope.report(inner.span, f"a path has `when` and `layers`, no `{inner.text}`", help)
            condition = given["when"][1] if "when" in given else None
            layers = given["layers"][1] if "layers" in given else SequenceNode([], node.span)
        if is_there(condition, scope):
            wanted = "a path is a list of layers, or {when: ..., layers: [...]}"
            found.append((key, sequence(layers, wanted, scope.report)))
    return found


def beside(paths: MappingNode | None, body: Node | None) -> Node | None:
    """Return what is written of an operator beside its paths: arguments, if there are any."""
    if paths is None or not isinstance(body, MappingNode):
        return body
    arguments = {key: entry for key, entry in body.entries.items() if key not in paths.entries}
    return MappingNode(arguments, body.span) if arguments else None


def repeat_count(item: Item, scope: Scope, fold: bool) -> Number:
    """Return how often the entry stands; NeedsNumber for a symbol, unless symbols can be folded.

    What stands once or not at all, whatever the symbols, is decided.
    """
    if item.repeat is None:
        return 1
    try:
        count = Count(0, most=None).read(scope.value(item.repeat), 0)
    except ShapeError as error:
        raise scope.report(item.repeat.span, f"`repeat` {error.message}", error.help) from None
    if not isinstance(count, int):
        if not fold:
            raise NeedsNumber(count)
        if minimum(count, 1) == count and not count % 1:  # at most once
            return 0 if count < 1 else 1 if not differ(count, 1) else count
        return count
    if count > MAX_LAYERS:
        raise scope.report(item.repeat.span, f"repeated {count:,} times; a network has at most {MAX_LAYERS:,} layers")
    return count


def weights_owner(item: Item, scope: Scope) -> str | None:
    """Return the full name of the layer or block whose weights the entry shares; None if it has its own."""
    if item.share is None:
        return None
    scope.find(item.share)
    name = item.share.text
    owner = next((one.full_names[name] for one in scope.lists() if name in one.full_names), None)
    if owner is None:
        raise scope.report(item.share.span, f"`{name}` has no weights to share")
    return owner


def fill(inner: Scope, block: Block, applied: Applicable, symbols: Table[str, Any], vocabulary: Vocabulary) -> None:
    """Give a block's layers the values that they see: symbols, its arguments, and the sizes of what it was given."""
    for body, scope in applied.bodies:
        if not (body is None or is_empty(body) or isinstance(body, MappingNode)):
            refuse_node(body, f"block `{block.name}` takes named arguments", scope.report)
    given = given_to(f"block `{block.name}`", block.defaults, applied)
    # A block of the library knows nothing of the network it is used in.
    inner.values = values = {**({} if block.library else symbols), **_sizes_of(inner.given)}
    for name, default in block.defaults.items():
        try:
            if name in given:
                values[name] = vocabulary.argument(name, given[name].node, block, given[name].scope)
            elif default is not None:
                values[name] = vocabulary.argument(name, default, block, inner)
            else:
                raise applied.scope.report(applied.kind.span, f"block `{block.name}` needs `{name}`")
        except Unknown:
            values[name] = UNKNOWN_VALUE


def hold(inner: Scope, block: Block) -> None:
    """Hold a block's arguments against what it requires; Unknown, and reported, where it can't be built of them."""
    if block.requires and not is_there(block.requires.condition, inner):
        given = {name: show(value) for name, value in inner.values.items()}
        raise inner.report(block.span, block.requires.message.format_map(given), block.requires.help)


def outputs_of(block: Block, inner: Scope) -> Flow:
    """Return what a block hands on by its `outputs`, one tensor for each; nothing if it has none."""
    found: list[Tensor] = []
    for node in block.outputs.values():
        try:
            flow = inner.find(node)
            if len(flow) != 1:
                inner.report(node.span, f"`{node.text}` has {len(flow)} outputs", f"say which: `{node.text}.0`")
            found.append(flow[0] if flow else Tensor("", None))
        except Unknown:
            found.append(Tensor("", None))
    return tuple(found)


def can_go_on(item: Item, given: Flow, flow: Flow, scope: Scope) -> bool:
    """Return whether a repetition can read the one before; reported where that hands on more tensors or fewer."""
    if len(given) != len(flow) > 1 and item.repeat and all(tensor.name for tensor in flow):
        numbers = f"{many(len(given), 'tensor')} and hands on {len(flow)}"
        scope.report(item.repeat.span, f"`{item.kind.text}` is given {numbers}, so it can't be repeated")
        return False
    return True


def _sizes_of(given: Flow) -> dict[str, Any]:
    """Return sizes of a block's input by name: `input.channels`, `input.height`, ...; of several `input.0.channels`."""
    values: dict[str, Any] = {}
    for n, tensor in enumerate(given):
        stem = f"input.{n}" if len(given) > 1 else "input"
        known = tensor.shape
        values[f"{stem}.channels"] = known.channels if known else UNKNOWN_VALUE
        values[f"{stem}.size"] = list(known.size) if known else UNKNOWN_VALUE
        values |= _axes_of(stem, known.size) if known else {f"{stem}.{name}": UNKNOWN_VALUE for name in _EVERY_AXIS}
    return values


@lru_cache(256)
def _axes_of(stem: str, size: tuple[Number, ...]) -> Table[str, Number]:
    """Return a size axis by axis, and how many positions it has."""
    names = ("positions", *AXES[len(size)])
    return {f"{stem}.{name}": number for name, number in zip(names, (product(size), *size), strict=True)}
