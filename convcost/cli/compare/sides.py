"""The networks that `convcost compare` puts side by side: those that are named, or one before and after a change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from convcost.analysis.costs import Analysis, analyze
from convcost.analysis.described import analyze_description
from convcost.cli.compare.request import Named, Request, unique
from convcost.cli.sizes import written_of
from convcost.comparison.condition import condition
from convcost.comparison.replace import replace
from convcost.errors import Source, UsageError, printable
from convcost.figures import Setting
from convcost.files import save
from convcost.reading.load import open_description


class Side(NamedTuple):
    """A network, what it is called here, and the word that it was asked for by."""

    label: str
    word: str
    analysis: Analysis
    source: Source


def sides_of(request: Request) -> list[Side]:
    """Return the networks that were asked for."""
    if request.input is not None:
        raise UsageError("--input is for convolutions", "a network's sizes are its symbols: --set H=192")
    return _networks(request) if request.replace is None else _before_and_after(request)


def _networks(request: Request) -> list[Side]:
    if request.where or request.save is not None:
        raise UsageError(f"{'--where' if request.where else '--save'} goes with --replace")
    if request.sizes:
        option = next(iter(request.sizes)).replace("_", "-")
        raise UsageError(f"--{option} is for convolutions, and for --replace")
    if sum(side.name == "-" for side in request.sides) > 1:
        raise UsageError("standard input can be read once: only one side can be `-`")
    found = [one for side in request.sides for one in _each(side, request)]
    names = [one.label for one in found]
    labels = names if len(set(names)) == len(names) else [one.word for one in found]
    return [one._replace(label=label) for label, one in zip(unique(list(map(printable, labels))), found, strict=True)]


def _each(side: Named, request: Request) -> Iterator[Side]:
    """A side's network; of `NAME:*` each of its variants, and before them the network itself, if none of them is it."""
    description = open_description(side.name)
    variant = side.own.get("variant", request.variant)
    settings = request.settings | {name: value for name, value in side.own.items() if name != "variant"}

    def analysis(variant: str | None) -> Analysis:
        return analyze_description(description, settings, variant, request.dtype)

    if not side.is_all:
        one = analysis(variant)
        yield Side(f"{one.network.name}{side.word.removeprefix(side.name)}", side.word, one, description.source)
        return
    variants = {name: analysis(name) for name in description.spec.variants}
    if not variants:
        raise UsageError(f"`{side.name}` has no variants", "`convcost list` shows which networks have some")
    itself = analysis(None)
    if all(one.network.symbols != itself.network.symbols for one in variants.values()):
        yield Side(itself.network.name, side.name, itself, description.source)
    for name, one in variants.items():
        yield Side(name, f"{side.name}:variant={name}", one, description.source)


def _before_and_after(request: Request) -> list[Side]:
    old, equals, new = (request.replace or "").partition("=")
    if not equals or not old.strip() or not new.strip():
        raise UsageError(f"--replace {request.replace}: what is replaced, and by what", "conv=depthwise_separable")
    if len(request.sides) != 1:
        raise UsageError("--replace compares one network with itself", "name one network")
    if str(request.save) == "-":
        raise UsageError("--save names a file: standard output is for the comparison", "--save new.yaml")
    (side,) = request.sides
    variant = side.own.pop("variant", request.variant)
    conditions = [condition(text) for text in request.where]
    words = old.strip(), new.strip()
    sizes = written_of(request.sizes)
    replaced = replace(side.name, request.settings | side.own, variant, words, sizes, conditions)
    at = Setting(request.dtype)
    if request.save is not None:
        save(request.save, replaced.text)
    networks = {"before": replaced.before, "after": replaced.after}
    source = Source("--replace", replaced.text)
    return [Side(label, label, analyze(network, at), source) for label, network in networks.items()]
