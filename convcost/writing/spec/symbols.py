"""Numbers of a draft as multiples of symbols: widths that scale together, the input's size, the classes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from itertools import chain
from typing import NamedTuple

from convcost.errors import UsageError
from convcost.language.library import library_names
from convcost.language.parts import RESERVED
from convcost.network import Network
from convcost.ops import OPERATORS, operator
from convcost.reading.outline import LETTERS
from convcost.writing.spec.folding import Draft
from convcost.writing.spec.items import Block, Item, Plan
from convcost.writing.spec.outline import entries
from convcost.writing.spec.templates import templates

SIZE, CLASSES, WIDTH = "resolution", "classes", "width"
"""The names of symbols that say what they are; any other one is a width."""

MOVERS = frozenset({"pad", "reshape", "slice", "split"})
"""The operators that put channels elsewhere, and have numbers of channels as arguments."""

AXES = frozenset({"N", *chain.from_iterable(LETTERS.values())})
"""The names of the batch and of axes in formulas."""

MOST_PARTS = 8
"""What part of a width another may be."""


class Symbols(NamedTuple):
    """What is left open in a spec: the width that others are multiples of, the input's size and the classes."""

    width: tuple[str, Fraction] | None = None
    size: int | None = None
    classes: int | None = None

    @property
    def values(self) -> dict[str, int | Fraction]:
        """Every symbol's value."""
        others = {name: value for name, value in ((SIZE, self.size), (CLASSES, self.classes)) if value is not None}
        return {**({self.width[0]: self.width[1]} if self.width else {}), **others}

    def without(self, name: str) -> Symbols:
        """Return the others."""
        if name in (SIZE, CLASSES):
            return self._replace(**{"size" if name == SIZE else "classes": None})
        return self._replace(width=None)


NONE = Symbols()


def asked(plan: Plan, draft: Draft, settings: Mapping[str, Fraction], every: bool) -> Symbols:
    """Return the symbols that are asked for by name, or all that there are.

    Raises UsageError for a size or a number of classes that the network does not have, and for names with a meaning.
    """
    for name, value in settings.items():
        if name in RESERVED:
            raise UsageError(f"--symbol {name}={value}: `{name}` has a meaning of its own and can't be a name")
        if name in AXES:
            what = "the batch, and a spec is of one sample" if name == "N" else "an axis"
            raise UsageError(f"--symbol {name}={value}: `{name}` is {what}", f"`{SIZE}` is the input's size")
    size, classes = _size(plan), _classes(plan)
    for name, there, what in ((SIZE, size, "the input's size"), (CLASSES, classes, "how many classes there are")):
        if name in settings and settings[name] != there:
            found = f"it is {there}" if there else "there is no such number in the network"
            raise UsageError(f"--symbol {name}={settings[name]}: `{name}` is {what}, and {found}")
    named = {name: value for name, value in settings.items() if name not in (SIZE, CLASSES)}
    if len(named) > 1:
        raise UsageError(
            f"--symbol: {' and '.join(f'`{name}`' for name in named)} are widths",
            "name one: others are multiples of it",
        )
    if every and not named:
        named = _common_width(draft, classes)
    return Symbols(
        next(iter(named.items()), None),
        size if every or SIZE in settings else None,
        classes if every or CLASSES in settings else None,
    )


def widths(draft: Draft) -> list[int]:
    """Return the numbers of channels that a draft's entries are given, each once."""
    return sorted({*map(int, _widths(draft))})


def _size(plan: Plan) -> int | None:
    """The size of all inputs along all axes, if that is one number."""
    sizes = {n for shape in plan.network.inputs.values() for n in shape.size}
    return sizes.pop() if len(sizes) == 1 else None


def _last(plan: Plan) -> int | None:
    """The place of the layer that decides how many channels the network hands on."""
    if len(plan.network.outputs) != 1:
        return None
    place = plan.made_at.get(plan.network.outputs[0])
    while place is not None and not hasattr(plan.layers[place].operator, "out"):
        layer = plan.layers[place]
        if len(layer.inputs) != 1 or layer.input_shapes[0].channels != layer.output_shapes[0].channels:
            return None
        place = plan.made_at.get(layer.inputs[0])
    return place


def _classes(plan: Plan) -> int | None:
    place = _last(plan)
    return None if place is None else plan.layers[place].operator.out  # type: ignore[attr-defined]


def with_symbols(plan: Plan, draft: Draft, symbols: Symbols) -> Draft:
    """Return the draft with numbers as multiples of symbols."""
    last = _last(plan)

    def replaced(item: Item) -> Item:
        item = item.with_lists([tuple(map(replaced, path.items)) for path in item.paths])
        scaled = dict(item.args)
        is_last = last is not None and item.first <= last < item.end
        for name in width_arguments(item.kind, draft.blocks):
            text = item.args.get(name, "")
            if is_last and item.end - item.first < 9 and text == str(_classes(plan)):
                scaled[name] = CLASSES if symbols.classes else text
            elif symbols.width and text.isdigit():
                scaled[name] = multiple(int(text), *symbols.width)
        if symbols.width:
            scaled |= {name: _multiples(item.args[name], *symbols.width) for name in _bounds(item) & item.args.keys()}
        if symbols.size and "size" in item.args and item.kind in OPERATORS and item.args["size"] == str(symbols.size):
            scaled["size"] = SIZE
        return replace(item, args=scaled)

    def block(one: Block) -> Block:
        return replace(one, items=tuple(map(replaced, one.items)))

    return Draft(tuple(map(replaced, draft.items)), {name: block(one) for name, one in draft.blocks.items()})


def multiple(width: int, name: str, value: Fraction) -> str:
    """Return a width in terms of a symbol of some value; the number itself where it is no plain part of it.

    >>> [multiple(n, "w", Fraction(64)) for n in (64, 128, 32, 96, 48)]
    ['w', '2*w', 'w/2', '3*w/2', '48']
    """
    ratio = width / value
    if ratio.denominator > (MOST_PARTS if ratio.numerator == 1 else 2):
        return str(width)
    times = name if ratio.numerator == 1 else f"{ratio.numerator}*{name}"
    return times if ratio.denominator == 1 else f"{times}/{ratio.denominator}"


def _bounds(item: Item) -> frozenset[str]:
    """The arguments of an entry that cuts, adds or reshapes channels that are numbers of channels."""
    if item.kind == "slice":
        return frozenset({"start", "stop"} if item.args.get("axis") == "channels" else ())
    return frozenset({"channels"} if item.kind in MOVERS else ())


def _multiples(text: str, name: str, value: Fraction) -> str:
    """A number or a list of them in terms of a symbol.

    >>> _multiples("[32,-16,0]", "w", Fraction(32))
    '[w,-w/2,0]'
    """
    if not re.fullmatch(r"[][,\d-]+", text):
        return text
    return re.sub(r"[1-9]\d*", lambda found: multiple(int(found[0]), name, value), text)


def misfit(before: Network, after: Network) -> str:
    """Return why a network with a symbol twice as large is none of that kind; nothing if it is.

    Channels that are moved are as many times more as those that they are taken from: a slice that stays as wide is
    none of a module that is twice as wide.
    """
    if [layer.kind for layer in before.layers] != [layer.kind for layer in after.layers]:
        return "at twice the value the network has other layers"
    if [shape for _, shape in before.tensors()] == [shape for _, shape in after.tensors()]:
        return "no number in the network is a multiple of it"
    for one, other in zip(before.layers, after.layers, strict=True):
        given, taken = one.input_shapes[0].channels, other.input_shapes[0].channels
        for made, makes in zip(one.output_shapes, other.output_shapes, strict=True):
            stays = (given == taken) == (made.channels == makes.channels)
            grows = taken != 2 * given or makes.channels == 2 * made.channels
            if one.kind in MOVERS and not (stays and grows):
                now = f"{made.channels} of {given} channels"
                return f"`{one.kind}` takes {now}, and {makes.channels} of {taken} at twice the value"
    return ""


def _common_width(draft: Draft, classes: int | None) -> dict[str, Fraction]:
    """The width that most others are multiples of, the first of several."""
    texts = [text for text in _widths(draft) if text != str(classes)]

    def others(width: str) -> tuple[int, int]:
        parts = sum("w" in multiple(int(other), "w", Fraction(width)) for other in texts)
        return parts, sum(int(other) % int(width) == 0 for other in texts)

    return {WIDTH: Fraction(max(texts, key=others))} if texts else {}


def _widths(draft: Draft) -> Iterator[str]:
    for items in (draft.items, *(block.items for block in draft.blocks.values())):
        for item in entries(items):
            for name in width_arguments(item.kind, draft.blocks):
                if item.args.get(name, "").isdigit():
                    yield item.args[name]


def width_arguments(kind: str, blocks: Mapping[str, Block]) -> frozenset[str]:
    """Return the arguments of an operator or a block that say how many channels something has."""
    if kind in blocks:
        block = blocks[kind]
        texts = [
            item.args[name]
            for item in entries(block.items)
            for name in width_arguments(item.kind, {key: one for key, one in blocks.items() if key != kind})
            if name in item.args
        ]
        return frozenset(name for name in block.args if any(_is_in(name, text) for text in texts))
    if kind in OPERATORS:
        return frozenset({"out"} & operator(kind).arguments.keys())
    return _of_library(kind) if kind in library_names() else frozenset()


def _is_in(name: str, text: str) -> bool:
    """Whether an expression is an argument, or some times it or a part of it."""
    return text == name or text.endswith(f"*{name}") or text.startswith((f"{name}/", f"{name}*"))


@cache
def _of_library(kind: str) -> frozenset[str]:
    """The arguments that are a number of channels by themselves, without the channels of the input."""
    alone: set[str] = set()
    mixed: set[str] = set()
    for template in templates(2):
        for layer in template.layers if template.block == kind else ():
            terms = getattr(getattr(layer.operator, "out", None), "terms", {})
            for monomial in terms:
                names = [name for atom, _ in monomial for name in atom.symbols]
                (alone if len(monomial) == 1 and monomial[0][1] == 1 else mixed).update(names)
    return frozenset(alone - mixed)
