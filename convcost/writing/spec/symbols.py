"""Numbers of a draft as multiples of symbols: widths that scale together, the input's size, the classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from convcost.errors import UsageError
from convcost.language.library import library_names
from convcost.ops import OPERATORS, operator
from convcost.writing.spec.folding import Draft
from convcost.writing.spec.items import Block, Item, Plan
from convcost.writing.spec.outline import entries
from convcost.writing.spec.templates import templates

SIZE, CLASSES, WIDTH = "resolution", "classes", "width"
"""The names of symbols that say what they are; any other one is a width."""

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

    Raises UsageError for a size or a number of classes that the network does not have.
    """
    size, classes = _size(plan), _classes(plan)
    for name, there, what in ((SIZE, size, "the input's size"), (CLASSES, classes, "how many classes there are")):
        if name in settings and settings[name] != there:
            found = f"it is {there}" if there else "there is no such number in the network"
            raise UsageError(f"--symbol {name}={settings[name]}: `{name}` is {what}, and {found}")
    widths = {name: value for name, value in settings.items() if name not in (SIZE, CLASSES)}
    if len(widths) > 1:
        raise UsageError(
            f"--symbol: {' and '.join(f'`{name}`' for name in widths)} are widths",
            "name one: others are multiples of it",
        )
    if every and not widths:
        widths = _common_width(draft, classes)
    return Symbols(
        next(iter(widths.items()), None),
        size if every or SIZE in settings else None,
        classes if every or CLASSES in settings else None,
    )


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


def _common_width(draft: Draft, classes: int | None) -> dict[str, Fraction]:
    """The width that most others are multiples of, the first of several."""
    lists = [draft.items, *(block.items for block in draft.blocks.values())]
    texts = [text for one in lists for text in _widths(draft, one) if text.isdigit() and text != str(classes)]

    def others(width: str) -> tuple[int, int]:
        parts = sum("w" in multiple(int(other), "w", Fraction(width)) for other in texts)
        return parts, sum(int(other) % int(width) == 0 for other in texts)

    return {WIDTH: Fraction(max(texts, key=others))} if texts else {}


def _widths(draft: Draft, items: Iterable[Item]) -> Iterator[str]:
    for item in entries([*items]):
        for name in width_arguments(item.kind, draft.blocks):
            if name in item.args:
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
