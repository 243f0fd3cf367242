"""Runs of entries that differ in numbers -> a block, and the arguments of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

from convcost.language.parts import MODIFIERS
from convcost.writing.spec.items import Arguments, Block, Item, Plan
from convcost.writing.spec.naming import Modules, as_name, is_kind
from convcost.writing.spec.outline import Slot, entries, filled, slots

_MOST = 9
"""How many arguments a block may have."""


def block_of(plan: Plan, runs: Sequence[Sequence[Item]], modules: Modules) -> tuple[Block, list[Arguments]] | None:
    """Return a block that is each of the runs, and its arguments there; None if it had too many."""
    ours = slots(runs[0])
    columns = list(zip(*([slot.value for slot in slots(run)] for run in runs), strict=True))
    spans = [(run[0].first, run[-1].end) for run in runs]
    given = [plan.given_to(*span) for span in spans]
    made = plan.handed_on(*spans[0])
    channels = tuple(str(plan.shapes[names[0]].channels) for names in given) if len(given[0]) == 1 else ()
    if len({len(plan.handed_on(*span)) for span in spans} | {len(made)}) > 1 or len({*map(len, given)}) > 1:
        return None
    items = [*entries(runs[0])]
    new = _new(zip(ours, columns, strict=True), channels)
    if len(new) > _MOST:
        return None
    found: dict[str, tuple[str, ...]] = {}
    usual: dict[str, str] = {}
    texts: dict[tuple[int, str], str] = {}
    for slot, column in zip(ours, columns, strict=True):
        if len(set(column)) == 1:
            continue
        text = _in_terms(column, found, channels)
        if text is None:
            alone = [other.argument for other in new].count(slot.argument) == 1
            text = _free(slot.argument or "act" if alone else _wish(slot, items, spans[0], modules), found)
            found[text] = column
            default = items[slot.place].defaults.get(slot.argument)
            if default is not None and default in column:
                usual[text] = default
        texts[slot.place, slot.argument] = text
    args: dict[str, str | None] = {name: usual.get(name) for name in sorted(found, key=lambda name: name in usual)}
    arguments: list[Arguments] = [{name: found[name][n] for name in args} for n in range(len(runs))]
    outputs = tuple(f"out{n}" for n in range(len(made))) if len(made) > 1 else ()
    return Block(args, filled(runs[0], texts), given[0], made, outputs, modules.stem_of(spans)), arguments


def _new(pairs: Iterable[tuple[Slot, tuple[str, ...]]], channels: Sequence[str]) -> list[Slot]:
    """The slots whose values do not follow from those before them."""
    found: dict[str, tuple[str, ...]] = {}
    new: list[Slot] = []
    for slot, column in pairs:
        if len(set(column)) > 1 and _in_terms(column, found, channels) is None:
            found[str(len(new))] = column
            new.append(slot)
    return new


def _wish(slot: Slot, items: Sequence[Item], span: tuple[int, int], modules: Modules) -> str:
    """The name of an argument of which there are several: by the module where it is."""
    item = items[slot.place]
    path = modules.path_of(item, modules.common(*span))
    name = as_name("_".join(path)).replace("-", "_")
    usual = slot.argument or "act"
    if not name or name in MODIFIERS or is_kind(name, item.kind):
        return usual
    return name if usual == "out" else f"{name}_{usual}"


def _free(wish: str, taken: Mapping[str, object]) -> str:
    name, n = wish, 1
    while name in taken:
        n += 1
        name = f"{wish}_{n}"
    return name


def _in_terms(column: Sequence[str], found: Mapping[str, Sequence[str]], channels: Sequence[str]) -> str | None:
    """A column of values in terms of arguments that there are, or of the channels of the input; None if it is new."""
    for name, values in found.items():
        if list(values) == list(column):
            return name
    numbers = _numbers(column)
    if numbers is None:
        return None
    known = {"input.channels": channels, **found} if channels else found
    for name, values in known.items():
        others = _numbers(values)
        if others is None or 0 in others or len(set(others)) == 1:
            continue
        if list(values) == list(column):
            return name
        ratios = {a / b for a, b in zip(numbers, others, strict=True)}
        if len(ratios) == 1:
            (ratio,) = ratios
            if ratio.denominator == 1:
                return f"{ratio}*{name}"
            if ratio.numerator == 1:
                return f"{name}/{ratio.denominator}"
        if all(a == b // 2 for a, b in zip(numbers, others, strict=True)):
            return f"{name}//2"
    return None


def _numbers(values: Sequence[str]) -> list[Fraction] | None:
    if not all(text.replace(".", "", 1).isdigit() for text in values):
        return None
    return [Fraction(text) for text in values]
