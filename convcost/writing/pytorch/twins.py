"""A block that is another one with an activation said -> the class of that one, instead of one more that is like it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from convcost.language.parts import Block
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.writing.pytorch.file import Written
from convcost.writing.pytorch.parameters import literal
from convcost.writing.pytorch.place import Place


def twin_of(place: Place, text: str, written: Sequence[Written]) -> Written | None:
    """Return a class that is written already, and does all that a block is used for; None if there is none.

    `text` is the class that the block would have.
    """
    block = place.block
    assert block is not None
    said: dict[str, str] = {}
    for argument in block.defaults:
        if place.activation(argument):
            kinds = {values[argument].kind.text for values in place.values}
            if len(kinds) > 1 or (id(block), argument) in place.file.open:
                return None
            (said[argument],) = kinds
            text = text.replace(f"{place.names.get(argument, argument)}(", f"{literal(place.values[0][argument])}(")
    needed = {one.spec for one in place.parameters()} - said.keys()
    for one in written if said else ():
        is_same = block.library == one.block.library and _shown(block, said) == _shown(one.block, {})
        does_all = needed <= {parameter.spec for parameter in one.parameters} and not (place.frozen or one.frozen)
        if is_same and does_all and _MODULES.findall(text) == _MODULES.findall(one.text):
            return one
    return None


_MODULES = re.compile(r"nn\.\w+(?=\()")
"""What is made: several classes of one block may be of maps of several ranks."""


def _shown(block: Block, said: Mapping[str, str]) -> object:
    """What a block says, with words in place of some arguments."""
    defaults = {name: _plain(node, {}) for name, node in block.defaults.items() if name not in said}
    return defaults, [_plain(node, said) for node in block.layers]


def _plain(node: Node | None, said: Mapping[str, str]) -> object:
    match node:
        case ScalarNode():
            return said.get(node.text, node.text)
        case SequenceNode():
            return [_plain(item, said) for item in node.items]
        case MappingNode():
            return {key: _plain(value, said) for key, (_, value) in node.entries.items()}
    return None
