"""An entry that is an operator -> a layer: its arguments, and what is wrong with them at the words of the spec."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from itertools import cycle
from typing import Any, NamedTuple, TypeAlias

from convcost.building.build import ArgumentErrors, Layers, bind
from convcost.errors import ShapeError, Span, closest
from convcost.language.parts import MODIFIERS, describe, is_empty, is_torn
from convcost.language.scope import Applicable, Scope, Unknown
from convcost.language.synonyms import elsewhere, meant_argument, stands_for
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.network import Flow
from convcost.ops import operator
from convcost.ops.arguments import REQUIRED, Axes, Choice, Kind, Padding, many
from convcost.ops.numbers import Number


class Written(NamedTuple):
    """An argument as it is written: its name, its value, and what that can see."""

    key: ScalarNode
    node: Node
    scope: Scope


Given: TypeAlias = dict[str, Written]
"""Arguments by name."""


def given_to(what: str, known: Collection[str], applied: Applicable) -> Given:
    """Return the known arguments of `what`, an operator or a block; others are reported, and stand for the closest."""
    found: Given = {}
    for node, scope in applied.bodies:
        given = _given_in(node, what, known, scope) if isinstance(node, MappingNode) else {}
        for name in given.keys() & found.keys() if found else ():
            key = given[name].key
            scope.report(key.span, f"`{name}` of {what} is given twice", f"first at {found[name].key.span}")
        found = found | given if found else given
    return found


def _given_in(node: MappingNode, what: str, known: Collection[str], scope: Scope) -> Given:
    given = {key.text: Written(key, value, scope) for key, value in node.entries.values() if key.text in known}
    if len(given) == len(node.entries):
        return given
    for key, value in node.entries.values():
        if key.text in known or is_torn(key, node):
            continue
        name, colon, rest = key.text.partition(":")
        meant = meant_argument(name, [name for name in known if name not in given])
        note = None if stands_for(name, meant) else elsewhere(name)
        help = note or f"it takes {', '.join(known) or 'no arguments'}"
        if colon and rest and is_empty(value):
            help = f"a space stands behind the colon: `{name}: {rest}`"
            given[meant or name] = Written(key, ScalarNode(rest, False, key.span), scope)
        elif meant and not note:
            help = f"did you mean `{meant}`?"
            given[meant] = Written(key, value, scope)
        elif key.text in MODIFIERS:
            word = what.removeprefix("block ").strip("`")
            help = f"it stands beside `{word}`, not inside: {{{word}: ..., {key.text}: ...}}"
        scope.report(key.span, f"{what} takes no `{key.text}`", help)
    return given


@cache
def argument_names(kind: str) -> tuple[str, ...]:
    """Return the arguments that a spec may give an operator."""
    arguments = operator(kind).arguments
    return (*arguments, "like") if any(argument.like for argument in arguments.values()) else tuple(arguments)


def _written(applied: Applicable) -> Given:
    """Return the arguments of an operator; Unknown, and reported, where there are no arguments' names."""
    kind = applied.kind.text
    for node, scope in applied.bodies:
        if not (node is None or is_empty(node) or isinstance(node, MappingNode)):
            message = f"`{kind}` takes named arguments, not {describe(node)}"
            raise scope.report(node.span, message, _example(kind))
    given = given_to(f"`{kind}`", argument_names(kind), applied)
    if "like" in given and "size" in given:
        like = given["like"]
        like.scope.report(like.key.span, "`like` and `size` say the same thing: give one")
    return given


def _values_of(applied: Applicable, given: Given) -> tuple[dict[str, Any], bool]:
    """Return the arguments' values, and whether all are there that are written or needed.

    What is wrong with one, or missing at the operator's name, is reported.
    """
    kind = applied.kind.text
    values: dict[str, Any] = {}
    complete = True
    for name, argument in operator(kind).arguments.items():
        like = given.get("like") if argument.like and name not in given else None
        try:
            if like is not None:
                values[name] = _size_of(like.node, like.scope)
            elif name in given:
                values[name] = _value(given[name].node, argument.kind, given[name].scope)
            elif argument.default is REQUIRED:
                place = applied.kind.span
                raise applied.scope.report(place, f"`{kind}` needs `{name}`", _example(kind))
        except Unknown:
            complete = False
    return values, complete


def _value(node: Node, kind: Kind, scope: Scope) -> Any:
    if isinstance(kind, Axes):  # a word is an axis here, though a symbol may have its name
        if isinstance(node, SequenceNode):
            return [_value(item, kind, scope) for item in node.items]
        if isinstance(node, ScalarNode) and node.text.isidentifier():
            return node.text
    # A word that is none of the choices is better told which there are than that it is not a name.
    if not isinstance(node, ScalarNode) or not node.text.isidentifier() or node.text in scope.values:
        return scope.value(node)
    is_choice = isinstance(kind, Choice) or (isinstance(kind, Padding) and not closest(node.text, scope.values))
    return node.text if is_choice else scope.value(node)


def _size_of(node: Node, scope: Scope) -> list[Number]:
    """Return the spatial size of the tensor that `like` names."""
    if not isinstance(node, ScalarNode):
        raise scope.report(node.span, "`like` names a tensor")
    flow = scope.find(node)
    if len(flow) != 1:
        scope.report(node.span, f"`{node.text}` has {len(flow)} outputs", f"say which: `{node.text}.0`")
    if len(flow) != 1 or flow[0].shape is None:
        raise Unknown
    scope.likened.add(flow[0].name)
    return list(flow[0].shape.size)


def _example(kind: str) -> str:
    """Return how the operator is written with its required arguments, or its first."""
    cls = operator(kind)
    required = [name for name, argument in cls.arguments.items() if argument.default is REQUIRED]
    if not required and cls.arity[1] != 1:
        return f"for example `{kind}: {{body: [...], short: []}}`, or `{{{kind}: , from: [body, short]}}`"
    required = required or list(cls.arguments)[:1]
    if not required:
        return f"for example `- {kind}`"
    return f"for example `{kind}: {{{', '.join(f'{name}: ...' for name in required)}}}`"


class LayerReader:
    """Reads layers in order, and remembers what each could see."""

    def __init__(self, guarded: bool, rank: int | None) -> None:
        self.layers = Layers(guarded)
        self.rank = rank
        """How many spatial axes a tensor has that a mistake left unknown; None where there may be any number."""
        self.scopes: dict[str, Scope] = {}

    def read(self, applied: Applicable, span: Span, flow: Flow, name: str, scope: Scope) -> Flow:
        """Return what a new layer hands on, whose entry stands at `span`; Unknown, and reported, if it is wrong."""
        kind = applied.kind.text
        given = _written(applied)
        _check_arity(applied, span, flow)
        values, complete = _values_of(applied, given)
        shapes = [tensor.shape for tensor in flow]
        try:
            if complete and None not in shapes:
                out = self.layers.add(kind, values, flow, name, span)
                self.scopes[name] = scope
                return out
            rank = shapes[0].rank if shapes[0] else self.rank
            if rank is not None:
                bind(kind, values, rank)
        except ArgumentErrors as wrong:
            for error in wrong.errors:
                if error.argument in values:  # the others have no value, which has been said
                    message = f"`{error.argument}` of `{kind}` {error.message}"
                    place, where = _place(error.argument, given)
                    where.report(place, message, error.help)
        except ShapeError as error:
            own = applied.kind.span, applied.scope
            place, where = _place(error.argument, given) if error.argument in values else own
            where.report(place, error.message, error.help, error.reason)
        raise Unknown

    def again(self, first: int, given: Flow, out: Flow, names: Sequence[str]) -> Flow:
        """Add the layers from `first` on once more for each further name; see `Layers.again`."""
        scopes = [self.scopes[layer.name] for layer in self.layers.all[first:]]
        flow = self.layers.again(first, given, out, names)
        self.scopes.update(zip((layer.name for layer in self.layers.all[first:]), cycle(scopes), strict=False))
        return flow

    def share(self, index: int, owner: str, word: ScalarNode, scope: Scope) -> None:
        """Let a layer use another's weights; reported where `share` says so if it can't."""
        try:
            self.layers.share(index, owner)
        except ShapeError as error:
            scope.report(word.span, error.message)


def _place(argument: str, given: Given) -> tuple[Span, Scope]:
    """Return where the value of an argument stands, in its own place or in that of `like`, and what that can see."""
    found = given.get(argument) or given["like"]
    return found.node.span, found.scope


def _check_arity(applied: Applicable, place: Span, flow: Flow) -> None:
    kind = applied.kind.text
    fewest, most = operator(kind).arity
    if fewest <= len(flow) and (most is None or len(flow) <= most):
        return
    if not all(tensor.name for tensor in flow):
        raise Unknown
    if most is None:
        takes = f"at least {many(fewest, 'input')}"
        help = "an empty path, `short: []`, is the input itself"
    else:
        takes = "one input" if most == 1 else f"{fewest} or {most} inputs" if fewest < most else f"{most} inputs"
        help = "say which with `from`"
    if place != applied.kind.span:
        help = f"{place} applies it to {many(len(flow), 'tensor')}: name what takes as many"
    names = ", ".join(f"`{tensor.name}`" for tensor in flow[:4])
    raise applied.scope.report(
        applied.kind.span, f"`{kind}` takes {takes} and is given {len(flow)}{': ' if names else ''}{names}", help
    )
