"""Two versions of a network layer by layer: what was done to each, and what that costs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple, TypeAlias

from convcost.analysis.arguments import unwritten, written
from convcost.analysis.costs import Analysis, figure_or_none
from convcost.analysis.whole import Measure
from convcost.comparison.alignment import align
from convcost.comparison.networks import Pair, Part
from convcost.figures import FIGURES, totals
from convcost.network import Layer, Network
from convcost.ops.base import Shape


def sums() -> list[str]:
    """Return the names of the figures that add up over layers, each of which has its own."""
    own = (figure for figure in FIGURES.values() if figure.is_number and figure.of_parts and not figure.is_shared)
    return [figure.name for figure in own if figure.per is None]


SAME, RENAMED, CHANGED, FOLLOWS, REMOVED, ADDED = "same", "renamed", "changed", "follows", "removed", "added"
"""What became of a layer. One that follows is as it was and costs something else, because its input differs."""


class Change(NamedTuple):
    """The layers at one place in either version; several where they replace one, or one replaces them."""

    state: str
    pair: Pair
    what: str
    """What differs, in the words of a spec: `kernel 3 -> 5, output 8x6x6 -> 8x4x4`."""
    costs: Mapping[str, int]
    """What it adds to each of the network's sums; nothing that stays as it was."""

    @property
    def name(self) -> str:
        """Its name in the new version, or in the old one if it is gone."""
        part = self.pair.right or self.pair.left
        return part.name if part else ""

    @property
    def layers(self) -> int:
        """How many layers these are, in the version that has more of them."""
        return max(len(part.layers) for part in (self.pair.left, self.pair.right) if part)


def _moved(pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs, a layer that left one place and came to another in one of them."""
    gone = {pair.left.name: pair.left for pair in pairs if pair.left and not pair.right}
    come = {pair.right.name: pair.right for pair in pairs if pair.right and not pair.left}
    moved = {name: gone[name] for name in gone.keys() & come.keys() if gone[name].can_become(come[name])}
    found = []
    for pair in pairs:
        if pair.right and not pair.left:
            found.append(pair._replace(left=moved.get(pair.right.name)))
        elif pair.right or not pair.left or pair.left.name not in moved:
            found.append(pair)
    return found


def _places(pairs: Iterable[Pair], old: Network, new: Network) -> dict[str, str]:
    """The tensors of the old version that the new one has, under their new names."""
    places = dict(zip(old.inputs, new.inputs, strict=False))
    for pair in pairs:
        if pair.left and pair.right:
            places.update(zip(pair.left.layers[-1].layer.outputs, pair.right.layers[-1].layer.outputs, strict=False))
    return places


_Sums: TypeAlias = tuple[int, ...]
"""What is added to each of the sums."""


def _every(version: Analysis) -> list[_Sums]:
    """What each layer adds to the sums."""
    return list(zip(*(version.walks.each(FIGURES[figure], version.at) for figure in sums()), strict=True))


def _costs(pair: Pair, old: Sequence[_Sums], new: Sequence[_Sums]) -> dict[str, int]:
    """What a pair adds to each of the sums, given what each layer of either version does."""
    before, after = _of_part(pair.left, old), _of_part(pair.right, new)
    if before == after:
        return {}
    return {figure: n - m for figure, m, n in zip(sums(), before, after, strict=True) if m != n}


def _of_part(part: Part | None, layers: Sequence[_Sums]) -> _Sums:
    """What a part adds to the sums."""
    added = [layers[one.group.runs[0].start] for one in part.layers] if part else [(0,) * len(sums())]
    return added[0] if len(added) == 1 else tuple(map(sum, zip(*added, strict=True)))


def _change(pair: Pair, places: Mapping[str, str], kept: frozenset[str], costs: Mapping[str, int]) -> Change:
    if pair.left is None or pair.right is None:
        state = ADDED if pair.left is None else REMOVED
        return Change(state, pair, _said(pair.right or pair.left), costs)
    done = _done(pair.left, pair.right, places, kept)
    shapes = pair.left.output_shapes, pair.right.output_shapes
    what = [*done]
    # Where `out` is other and no size is, the shape says nothing that `out 64 -> 32` does not.
    is_said = any(word.startswith("out ") for word in done)
    if shapes[0] != shapes[1] and not (is_said and [y.size for y in shapes[0]] == [y.size for y in shapes[1]]):
        what.append(f"output {' -> '.join(map(_shapes, shapes))}")
    if done:
        state = CHANGED
        what += [f"was {pair.left.name}"] if _is_renamed(pair.left, pair.right) else []
    elif what or costs:
        state = FOLLOWS
    elif pair.left.name != pair.right.name and _is_renamed(pair.left, pair.right):
        state = RENAMED
    else:
        state = SAME
    return Change(state, pair, ", ".join(what), costs)


def _is_renamed(old: Part, new: Part) -> bool:
    return (old.name, old.kind) != (new.name, new.kind) and _called(old) != _called(new)


def _called(part: Part) -> list[str]:
    """A part's name without numbers that count layers or repeats, and without a last word that names its operator."""
    words = [re.sub(r"_\d+$", "", word) for word in part.name.split(".") if not word.isdigit()]
    return words[:-1] if words[-1:] == [part.kind] else words


def _done(old: Part, new: Part, places: Mapping[str, str], kept: frozenset[str]) -> list[str]:
    """Return what was done to the layer itself: operator, arguments, weights, what it reads."""
    if old.kind != new.kind:
        return [f"{old.kind} -> {new.kind}"]
    if len(old.layers) > 1:
        return []
    before, after = old.layers[0].layer, new.layers[0].layer
    done = [] if before.operator == after.operator else _rewritten(before, after)
    if (before.shares is None) != (after.shares is None) or places.get(before.shares or "") != after.shares:
        done.append(f"shares the weights of {after.shares}" if after.shares else "has weights of its own")
    return done + _rewired(before, after, places, kept)


def _rewritten(old: Layer, new: Layer) -> list[str]:
    """Return what differs of their arguments."""
    texts = written(old), written(new)
    names = [name for name in dict.fromkeys([*texts[0], *texts[1]]) if texts[0].get(name) != texts[1].get(name)]
    return [
        f"{name} {_or_default(texts[0], old, name)} -> {_or_default(texts[1], new, name)}".rstrip() for name in names
    ]


def _or_default(texts: Mapping[str, str], layer: Layer, name: str) -> str:
    return texts.get(name) or unwritten(layer, name) or "unset"


def _rewired(old: Layer, new: Layer, places: Mapping[str, str], kept: frozenset[str]) -> list[str]:
    """Return what it reads instead, both being in both versions: layers put in or taken out speak for themselves."""
    before = [places.get(name) for name in old.inputs]
    if before == list(new.inputs):
        return []
    if sorted(map(str, before)) == sorted(new.inputs):
        return ["inputs in another order"]
    pairs = zip_longest(before, new.inputs)
    both = [(was, now) for was, now in pairs if was != now and was is not None and now in kept]
    return [f"reads {was} -> {now}" for was, now in both]


def _said(part: Part | None) -> str:
    """A layer as one would write it."""
    if part is None:
        return ""
    if len(part.layers) > 1:
        return part.kind
    layer = part.layers[0].layer
    arguments = (f"{name} {text}" for name, text in written(layer).items() if name != "out")
    return ", ".join([f"{layer.kind} {_shapes(part.output_shapes)}", *arguments])


def _shapes(shapes: Sequence[Shape]) -> str:
    return ", ".join(map(str, shapes))


@dataclass(frozen=True, slots=True, repr=False)
class Diff:
    """The changes from one version to the next."""

    old: Analysis
    new: Analysis
    changes: tuple[Change, ...]
    """Every layer of both, in the order of the new version; their costs add up to the totals' difference."""
    totals: Mapping[str, tuple[Measure, Measure]]
    """Every figure that is one number, before and after."""
    places: Mapping[str, str]
    """The tensors of the old version that the new one has, under their new names."""

    def __hash__(self) -> int:
        return hash((self.old, self.new))

    def __repr__(self) -> str:
        differ = sum(change.state != SAME for change in self.changes)
        return f"<Diff of {self.old.network.name} and {self.new.network.name}: {differ} layers differ>"

    @property
    def symbols(self) -> dict[str, tuple[object, object]]:
        """The symbols whose values differ, with both; None where a version hasn't the symbol."""
        before, after = self.old.network.symbols, self.new.network.symbols
        names = dict.fromkeys([*before, *after])
        return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}

    @property
    def outputs(self) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """What either version hands on, where that is something that both have and not the same."""
        before = [self.places.get(name) for name in self.old.network.outputs]
        after = self.new.network.outputs
        moved = before != list(after) and None not in before and set(after) <= set(self.places.values())
        return (self.old.network.outputs, after) if moved else None

    @property
    def is_empty(self) -> bool:
        """Whether both compute the same at the same cost; names apart."""
        same_inputs = list(self.old.network.inputs.values()) == list(self.new.network.inputs.values())
        same_totals = all(before == after for before, after in self.totals.values())
        return (
            same_inputs
            and same_totals
            and not self.outputs
            and all(change.state in (SAME, RENAMED) for change in self.changes)
        )


def diff(old: Analysis, new: Analysis) -> Diff:
    """Return the difference of two versions, at the setting that both were analysed at."""
    pairs = _moved(align(old, new))
    places = _places(pairs, old.network, new.network)
    kept = frozenset(places.values())
    before, after = _every(old), _every(new)
    changes = tuple([_change(pair, places, kept, _costs(pair, before, after)) for pair in pairs])
    both = {name: (figure_or_none(old, name), figure_or_none(new, name)) for name in totals()}
    return Diff(old, new, changes, {name: pair for name, pair in both.items() if None not in pair}, places)
