"""Networks held against the lock file: what is not as it was written down.

E201: a layer, a setting or a total is another one. E202: a layer is not in the lock file. E203: a layer or a spec that
the lock file has is gone. E204: the lock file does not have the network. N205: it does not keep one of the totals.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fnmatch import fnmatch
from functools import partial
from glob import has_magic
from itertools import groupby, zip_longest
from pathlib import Path
from typing import NamedTuple

from convcost.analysis.arguments import unwritten
from convcost.analysis.blocks import outermost_not_in, with_blocks
from convcost.checks.findings import Finding, named
from convcost.checks.subject import Subject
from convcost.errors import Span
from convcost.lock.file import Lock
from convcost.lock.records import TOTALS, LockedLayer, LockedNetwork, locked, shown

_MEANT = "if it is meant, `convcost lock` takes it over"


class _Both(NamedTuple):
    """A network as it is, and as the lock file has it."""

    subject: Subject
    top: Span
    now: LockedNetwork
    was: LockedNetwork


def unlocked(subject: Subject, lock: Lock, path: str) -> list[Finding]:
    """What differs from the lock file in the network of a spec file.

    Layers that merely follow, because what they read has another shape, are counted beside the totals. A line of the
    spec that makes several layers is told of once, for the first of them.
    """
    was, now = lock.find(path), locked(subject.network)
    top = subject.key("network") or Span(subject.source, 1, 1)
    if was is None:
        message = f"`{now.name}` is not in the lock file `{lock.source.name}`"
        help = f"`convcost lock {path} -o {lock.source.name}` takes it in" if path != "-" else None
        return [Finding("E204", "error", message, top, help)]
    both = _Both(subject, top, now, was)
    changed, follow = _changed(both)
    found = [*_totals(both, follow), *_settings(both), *changed, *_added(both), *_removed(both)]
    return list(_once_a_line(found))


def gone(lock: Lock, words: Sequence[str]) -> list[Finding]:
    """The networks of a lock file whose specs are gone, where its lines are.

    Of those in the folders and behind the globs among the words; without words all.
    """
    found = []
    for key, path in lock.files().items():
        if path is None and (not words or any(_covers(word, lock.folder / key) for word in words)):
            was = lock.networks[key]
            message = f"`{key}` ({_size(was.layers)}) is gone"
            found.append(Finding("E203", "error", message, _head(lock, was), _MEANT))
    return found


def not_kept(lock: Lock) -> list[Finding]:
    """A note on the totals that the lock file does not keep of all its networks, at the first that lacks one."""
    short = {key: was for key, was in lock.networks.items() if not TOTALS.keys() <= was.total.keys()}
    if not short:
        return []
    figures = [name for name in TOTALS if any(name not in was.total for was in short.values())]
    first, *others = short
    of = f"`{first}`" + (f" and {len(others)} more" if others else "")
    message = f"the lock file does not keep {', '.join(figures)} of {of}"
    help = f"`convcost lock -o {lock.source.name}` takes {'them' if figures[1:] else 'it'} in"
    return [Finding("N205", "note", message, _head(lock, short[first]), help)]


def _head(lock: Lock, was: LockedNetwork) -> Span:
    """Where a network's name stands in the lock file."""
    return Span(lock.source, was.line, 1, len(lock.source.lines[was.line - 1].rstrip().rstrip(":")))


def _covers(word: str, path: Path) -> bool:
    """Whether a file is below a folder, or behind a glob."""
    goal = os.path.abspath(path)
    if has_magic(word):
        pattern = os.path.abspath(word)
        return fnmatch(goal, pattern) and ("**" in word or goal.count(os.sep) == pattern.count(os.sep))
    return os.path.isdir(word) and Path(goal).is_relative_to(os.path.abspath(word))


def _totals(both: _Both, follow: int) -> Iterator[Finding]:
    now, was = both.now.total, both.was.total
    differ = [figure for figure in now if figure in was and now[figure] != was[figure]]
    figures = [figure for figure in differ if figure in ("params", "macs")] or differ
    if not figures:
        return
    message = _says(both.now.name, [(f"{shown(now[one])} {TOTALS[one].label}", shown(was[one])) for one in figures])
    words = [f"in {follow} layer{'s' * (follow != 1)} only what they read differs"] if follow else []
    yield Finding("E201", "error", message, both.top, "; ".join([*words, _MEANT]))


def _settings(both: _Both) -> Iterator[Finding]:
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
            message = f"{what} is {is_ or 'not there'}, the lock file says {was_ or 'it is not there'}"
            yield Finding("E201", "error", message, span or both.top, _MEANT)


def _changed(both: _Both) -> tuple[list[Finding], int]:
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
            found.append(Finding("E201", "error", _says(now.name, pairs), span, _MEANT, trail, now.name))
    return found, follow


def _added(both: _Both) -> Iterator[Finding]:
    """The layers that the lock file doesn't have, those of a block together."""
    known = with_blocks(layer.name for layer in both.was.layers)
    before = {layer.name for layer in both.was.layers}
    of = {layer.name: layer for layer in both.subject.network.layers}
    new = [layer for layer in both.now.layers if layer.name not in before]
    for block, stretch in groupby(new, key=lambda layer: outermost_not_in(layer.name, known)):
        layers = list(stretch)
        span, trail = both.subject.place(of[layers[0].name])
        message = f"{_group(block, layers)} is not in the lock file"
        yield Finding("E202", "error", message, span, _MEANT, trail, _name(block, layers))


def _removed(both: _Both) -> Iterator[Finding]:
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
            message = f"{_group(block, layers)} is gone; the lock file has it in line {layers[0].line}"
            yield Finding("E203", "error", message, span or both.top, _MEANT, trail, _name(block, layers))


def _pairs_of_words(now: LockedLayer, was: LockedLayer, default: Callable[[str], str]) -> list[tuple[str, str]]:
    """What a layer has, and what the lock file says instead."""
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


def _says(name: str, pairs: Iterable[tuple[str, str]]) -> str:
    """One sentence of what is so and what was.

    >>> _says("conv2", [("12,345 params", "11,000")])
    '`conv2` has 12,345 params, the lock file says 11,000'
    """
    now, was = zip(*pairs, strict=True)
    return f"`{name}` has {_listed(now)}, the lock file says {_listed(was)}"


def _listed(words: Sequence[str]) -> str:
    return " and ".join([*([", ".join(words[:-1])] if words[1:] else []), words[-1]])


def _group(block: str, layers: Sequence[LockedLayer]) -> str:
    return f"`{_name(block, layers)}` ({_size(layers)})"


def _size(layers: Sequence[LockedLayer]) -> str:
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
        yield replace(first, help=f"likewise {named(others)}; {_MEANT}") if others else first
