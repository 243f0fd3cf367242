"""How a network differs from what a lock file keeps of it: its totals, its settings, its layers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby, zip_longest
from typing import NamedTuple

from convcost.analysis.arguments import unwritten
from convcost.analysis.tree import outermost_not_in, with_blocks
from convcost.checks.base import Finding, Subject, named
from convcost.errors import Span
from convcost.figures import FIGURES
from convcost.lock.records import LockedLayer, LockedNetwork, shown
from convcost.ops.arguments import many

MEANT = "if it is meant, `convcost lock` takes it over"


class Both(NamedTuple):
    """A network as it is, and as the lock file has it."""

    subject: Subject
    top: Span
    """Where findings about the whole network stand."""
    at: str
    """The settings that it is read with, in parentheses; empty if there are none."""
    now: LockedNetwork
    was: LockedNetwork


def changes(both: Both) -> list[Finding]:
    """Return what differs as findings.

    Layers that merely follow, because what they read has another shape, are counted beside the totals. A line of the
    spec that makes several layers is told of once, for the first of them.
    """
    changed, follow = _changed(both)
    found = [*_totals(both, follow), *_settings(both), *changed, *_added(both), *_removed(both)]
    return list(_once_a_line(found))


def _totals(both: Both, follow: int) -> Iterator[Finding]:
    now, was = both.now.total, both.was.total
    differ = [figure for figure in now if figure in was and now[figure] != was[figure]]
    figures = [figure for figure in differ if figure in ("params", "macs")] or differ
    if not figures:
        return
    message = _says(
        f"`{both.now.name}`{both.at}",
        [(f"{shown(now[one])} {FIGURES[one].label}", shown(was[one])) for one in figures],
    )
    words = [f"in {many(follow, 'layer')} only what they read differs"] if follow else []
    yield Finding("E201", message, both.top, "; ".join([*words, MEANT]))


def _settings(both: Both) -> Iterator[Finding]:
    """The name, the symbols' defaults, the inputs and the outputs."""
    now, was, key = both.now, both.was, both.subject.key
    pairs: list[tuple[str, object, object, Span | None]] = [
        ("the network", f"`{now.name}`", f"`{was.name}`", both.top),
        ("the output", ", ".join(now.outputs), ", ".join(was.outputs), key("outputs")),
    ]
    for name in dict.fromkeys([*now.symbols, *was.symbols]):
        pairs.append((f"symbol `{name}`", now.symbols.get(name), was.symbols.get(name), key("symbols", name)))
    for name in dict.fromkeys([*now.inputs, *was.inputs]):
        place = key("input") or key("inputs", name)
        pairs.append((f"input `{name}`", now.inputs.get(name), was.inputs.get(name), place))
    for what, is_, was_, span in pairs:
        if is_ != was_:
            message = f"{what}{both.at} is {is_ or 'not there'}, the lock file says {was_ or 'it is not there'}"
            yield Finding("E201", message, span or both.top, MEANT)


def _changed(both: Both) -> tuple[list[Finding], int]:
    """A finding for each layer that something was done to, and how many merely follow."""
    before = {layer.name: layer for layer in both.was.layers}
    shapes_now, shapes_was = _shapes(both.now), _shapes(both.was)
    found = []
    follow = 0
    for layer, now in zip(both.subject.network.layers, both.now.layers, strict=True):
        was = before.get(now.name)
        if was is None:
            continue
        pairs = _pairs_of_words(now, was, partial(unwritten, layer))
        others = zip_longest(now.inputs, was.inputs)
        rewired = any(i != j and i in shapes_was and j in shapes_now for i, j in others)
        if rewired:
            pairs.append((f"inputs {', '.join(now.inputs)}", ", ".join(was.inputs)))
        done = rewired or (now.kind, now.arguments, now.shares) != (was.kind, was.arguments, was.shares)
        if pairs and not done and [shapes_now[i] for i in now.inputs] != [shapes_was.get(j) for j in was.inputs]:
            follow += 1
        elif pairs:
            span, trail = both.subject.place(layer)
            message = _says(f"`{now.name}`{both.at}", pairs)
            found.append(Finding("E201", message, span, MEANT, trail, now.name))
    return found, follow


def _added(both: Both) -> Iterator[Finding]:
    """The layers that the lock file doesn't have, those of a block together."""
    known = with_blocks(layer.name for layer in both.was.layers)
    before = {layer.name for layer in both.was.layers}
    of = {layer.name: layer for layer in both.subject.network.layers}
    new = [layer for layer in both.now.layers if layer.name not in before]
    for block, stretch in groupby(new, key=lambda layer: outermost_not_in(layer.name, known)):
        layers = list(stretch)
        span, trail = both.subject.place(of[layers[0].name])
        message = f"{_group(block, layers)}{both.at} is not in the lock file"
        yield Finding("E202", message, span, MEANT, trail, _name(block, layers))


def _removed(both: Both) -> Iterator[Finding]:
    """The layers that only the lock file has, those of a block together; told of where the layer before them stands."""
    known = with_blocks(layer.name for layer in both.now.layers)
    of = {layer.name: layer for layer in both.subject.network.layers}
    span: Span | None = both.subject.key("layers")
    trail: tuple[str, ...] = ()
    for block, stretch in groupby(
        both.was.layers, key=lambda layer: None if layer.name in of else outermost_not_in(layer.name, known)
    ):
        layers = list(stretch)
        if block is None:
            span, trail = both.subject.place(of[layers[-1].name])
        else:
            message = f"{_group(block, layers)}{both.at} is gone; the lock file has it in line {layers[0].line}"
            yield Finding("E203", message, span or both.top, MEANT, trail, _name(block, layers))


def _pairs_of_words(now: LockedLayer, was: LockedLayer, default: Callable[[str], str]) -> list[tuple[str, str]]:
    """Return what a layer has, and what the lock file says instead."""
    if now.kind != was.kind:
        pairs = [(f"operator {now.kind}", was.kind)]
    else:
        names = dict.fromkeys([*now.arguments, *was.arguments])
        values = [(name, *(_value(name, layer, default) for layer in (now, was))) for name in names]
        pairs = [(f"{name} {is_}", was_) for name, is_, was_ in values if is_ != was_]
    if now.shares != was.shares:
        weights = [f"the weights of {layer.shares}" if layer.shares else "weights of its own" for layer in (now, was)]
        pairs.append((weights[0], weights[1]))
    if now.output != was.output:
        pairs.append((f"output {now.output}", was.output))
    costs = (("params", now.params, was.params), ("macs", now.macs, was.macs))
    return pairs + [(f"{is_:,} {figure}", f"{was_:,}") for figure, is_, was_ in costs if is_ != was_]


def _value(name: str, layer: LockedLayer, default: Callable[[str], str]) -> str:
    return layer.arguments.get(name) or default(name) or "unset"


def _says(what: str, pairs: Iterable[tuple[str, str]]) -> str:
    """One sentence of what is so and what was.

    >>> _says("`conv2`", [("12,345 params", "11,000")])
    '`conv2` has 12,345 params, the lock file says 11,000'
    """
    now, was = zip(*pairs, strict=True)
    return f"{what} has {_listed(now)}, the lock file says {_listed(was)}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])


def _group(block: str, layers: Sequence[LockedLayer]) -> str:
    return f"`{_name(block, layers)}` ({size_of(layers)})"


def size_of(layers: Sequence[LockedLayer]) -> str:
    """Return what layers are, or how many, with their parameters and multiply-accumulates."""
    what = f"{layers[0].kind} {layers[0].output}" if len(layers) == 1 else f"{len(layers)} layers"
    params, macs = sum(layer.params for layer in layers), sum(layer.macs for layer in layers)
    return f"{what}, {params:,} params, {macs:,} macs"


def _name(block: str, layers: Sequence[LockedLayer]) -> str:
    return layers[0].name if len(layers) == 1 else block


def _shapes(network: LockedNetwork) -> dict[str, str]:
    """The shape of every tensor."""
    found = dict(network.inputs)
    for layer in network.layers:
        found.update(zip(layer.outputs, layer.output.split(","), strict=True))
    return found


def _once_a_line(findings: Iterable[Finding]) -> Iterator[Finding]:
    """Findings about layers of one line of the spec as one, about the first."""
    groups: dict[object, list[Finding]] = {}
    for n, one in enumerate(findings):
        place = (one.code, str(one.span)) if one.layer else n
        groups.setdefault(place, []).append(one)
    for first, *others in groups.values():
        yield replace(first, help=f"likewise {named(others)}; {MEANT}") if others else first
