"""Which arguments of blocks differ from one use to another: what is always as by default is no parameter of a class."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from convcost.language.layers import Written, given_to
from convcost.language.parts import Block
from convcost.language.scope import Applicable
from convcost.language.tree import Node, ScalarNode
from convcost.writing.pytorch.activations import ACTIVATIONS
from convcost.writing.pytorch.expressions import names_in, read
from convcost.writing.recording import Body

Arguments = set[tuple[int, str]]
"""Arguments, each with the id of its block."""


def varied_arguments(root: Body) -> tuple[Arguments, Arguments]:
    """Return the arguments that some use gives another value than their default; and those that some does not write.

    An argument may be handed on from block to block: it is varied where the one that it is given is.
    """
    given = [*_given(root)]
    found: Arguments = set()
    while more := {(id(one.block), one.name) for one in given if not _is_default(one, found)} - found:
        found |= more
    return found, {(id(one.block), one.name) for one in given if not _is_written(one, found)}


class _Given(NamedTuple):
    """What an argument of a block is given, in a list of another one."""

    block: Block
    name: str
    written: Written
    owner: Block | None
    body: Body


def _given(root: Body) -> Iterator[_Given]:
    """Yield what is given where blocks are used."""
    stack: list[tuple[Body, Block | None]] = [(root, None)]
    while stack:
        body, owner = stack.pop()
        for time in (time for entry in body.entries for time in entry.times):
            stack += [(path, owner) for path in time.paths.values()]
            if time.block is not None and time.body is not None:
                stack.append((time.body, time.block))
                assert isinstance(time.applicable, Applicable)
                found = given_to(f"block `{time.block.name}`", time.block.defaults, time.applicable)
                yield from (_Given(time.block, name, one, owner, body) for name, one in found.items())


def _is_default(one: _Given, varied: Arguments) -> bool:
    return _is_same(_constant(one, varied), one.block.defaults[one.name])


def _is_written(one: _Given, varied: Arguments) -> bool:
    return _is_constant(_constant(one, varied))


def _constant(one: _Given, varied: Arguments) -> Node | None:
    """What is given, if it is the same whatever the names of that place stand for."""
    node = one.written.node
    if not isinstance(node, ScalarNode) or one.written.scope.values is not one.body.scope.values:
        return None
    if one.owner is not None and node.text in one.owner.defaults:
        return None if (id(one.owner), node.text) in varied else one.owner.defaults[node.text]
    return node


def _is_same(one: Node | None, other: Node | None) -> bool:
    return _is_constant(one) and getattr(one, "text", None) == getattr(other, "text", None)


def _is_constant(node: Node | None) -> bool:
    """Whether a value is written as a number, a flag or an activation."""
    return isinstance(node, ScalarNode) and bool(node.text) and (node.text in ACTIVATIONS or not names_in(read(node)))
