"""`expect`: what a spec states of its own figures, at the top level and beside a layer or block."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from convcost.errors import choices
from convcost.expectation import Expectations, Expected
from convcost.figures import FIGURES
from convcost.language.amounts import GROUPS, expected
from convcost.language.parts import Spec, is_empty, is_torn, refuse_node, scalar
from convcost.language.scope import Scope, Unknown, symbol_values, written_sizes
from convcost.language.synonyms import meant_figure
from convcost.language.tree import MappingNode, Node, SequenceNode
from convcost.memory.settings import OPTIMIZERS, PRECISIONS
from convcost.ops.base import BYTES
from convcost.ops.numbers import Number

HOW: Mapping[str, Collection[str] | None] = {
    "dtype": BYTES,
    "batch": None,
    "optimizer": OPTIMIZERS,
    "precision": PRECISIONS,
    "convention": None,
}
"""What else may stand among the figures: how they are taken, and the names that each may be one of."""

MAX_ROWS = 200
"""Each is a network to be read when the spec is checked."""


_ROW = "{symbol: value, ..., figure: value, ...}"


def of_network(spec: Spec, scope: Scope) -> tuple[Expectations, ...]:
    """Return what is stated of the whole network: at its symbols' defaults, then by each row of `at`."""
    assert spec.expect is not None
    entries = dict(spec.expect.entries)
    rows = entries.pop("at", None)
    stated = _read(MappingNode(entries, spec.expect.span), scope, _ranks(spec), bare=rows is not None)
    if rows is None:
        return (stated,) if stated else ()
    if not isinstance(rows[1], SequenceNode):
        refuse_node(rows[1], f"`at` is a list of rows, {_ROW}", scope.report)
        return ()
    if not rows[1].items:
        scope.report(rows[1].span, "`at` has no rows", f"a row is {_ROW}")
    if len(rows[1].items) > MAX_ROWS:
        scope.report(rows[1].span, f"{len(rows[1].items)} rows; there are at most {MAX_ROWS}")
        return ()
    found = [_row(node, spec, scope, stated) for node in rows[1].items]
    return tuple(one for one in (stated, *found) if one and one.figures)


def of_layers(node: Node, scope: Scope, spec: Spec) -> Expectations | None:
    """Return what is stated beside a layer or a block, in the scope where it is used; None if it is nothing."""
    if not isinstance(node, MappingNode):
        refuse_node(node, "`expect` maps figures to values", scope.report)
        return None
    entries = dict(node.entries)
    figures = {name: "it is a figure of the whole network" for name, one in FIGURES.items() if not one.of_parts}
    for word, why in (_WHOLE_NETWORK | figures).items():
        if word in entries:
            scope.report(entries.pop(word)[0].span, f"`{word}` stands in the `expect` of the top level", why)
    return _read(MappingNode(entries, node.span), scope, _ranks(spec))


_WHOLE_NETWORK = {
    "at": "here, figures may be expressions in what the layer sees",
    "convention": "conventions count whole networks",
}


def _row(node: Node, spec: Spec, scope: Scope, above: Expectations | None) -> Expectations | None:
    """One row: symbols and a variant as settings, and the figures there."""
    if not isinstance(node, MappingNode):
        refuse_node(node, f"a row is {_ROW}", scope.report)
        return None
    entries = dict(node.entries)
    settings: dict[str, Number] = {}
    for word, (key, value) in node.entries.items():
        if word in spec.symbols:
            del entries[word]
            try:
                settings[word] = Scope({}, (), "", scope.problems).value(value)
            except Unknown:
                return None
            if isinstance(settings[word], list):
                scope.report(value.span, f"`{key.text}` is a list; a symbol is one number")
                return None
    variant = None
    if "variant" in entries and "variant" not in spec.symbols:
        _, value = entries.pop("variant")
        variant = _word(value, "`variant`", spec.variants, scope)
        if variant is None:
            return None
    inner = Scope(symbol_values(spec, settings, variant, scope.problems), (), "", scope.problems)
    stated = _read(MappingNode(entries, node.span), inner, _ranks(spec), known=[*spec.symbols, "variant"], above=above)
    return stated and stated._replace(settings=settings, variant=variant)


def _read(
    mapping: MappingNode,
    scope: Scope,
    ranks: frozenset[int],
    bare: bool = False,
    known: list[str] | None = None,
    above: Expectations | None = None,
) -> Expectations | None:
    """The figures of one mapping, and how they are taken; `bare`: there need not be any."""
    figures: list[Expected] = []
    how: dict[str, Any] = {**above.how, "convention": above.convention} if above else {}
    for key, node in mapping.entries.values():
        word = key.text
        if word in FIGURES:
            try:
                figures.append(expected(word, node, scope, ranks))
            except Unknown:
                continue
        elif word == "batch":
            try:
                how[word] = _batch(node, scope)
            except Unknown:
                continue
        elif word in HOW:
            how[word] = _word(node, f"`{word}`", HOW[word], scope)
        elif word.isdigit() and is_empty(node):
            scope.report(key.span, "a comma starts a new entry", GROUPS)
        elif not is_torn(key, mapping):
            message = f"no figure and no symbol `{word}`" if known else f"can't expect `{word}`"
            help = meant_figure(word) or choices(word, [*FIGURES, *HOW, *(known or [])])
            if known and word in ("N", "D", "H", "W", "L"):
                help = "a row of `at` sets symbols: make the input's size a symbol"
            scope.report(key.span, message, help)
    if not bare and all(word in HOW for word in mapping.entries):
        what = "`expect`" if known is None else "this row"
        scope.report(mapping.span, f"{what} states no figure", f"there are {', '.join(FIGURES)}")
        return None
    for word in () if bare else HOW:
        goes_with = _decided_by(word)
        if word in mapping.entries and not any(figure in mapping.entries for figure in goes_with):
            place = mapping.entries[word][0].span
            scope.report(place, f"`{word}` decides nothing here", f"it goes with {' and '.join(goes_with)}")
    convention = how.pop("convention", None)
    stated = {word: value for word, value in how.items() if value is not None}
    return Expectations(tuple(figures), mapping.span, how=stated, convention=convention)


def _decided_by(word: str) -> list[str]:
    """The figures that are others where a word says how they are taken."""
    if word == "convention":
        return ["macs"]
    figures = FIGURES.items()
    return [name for name, one in figures if word in one.reads or (word == "batch" and one.per_sample)]


def _batch(node: Node, scope: Scope) -> int:
    """A number of samples."""
    batch = scope.value(node)
    if isinstance(batch, int) and batch > 0:
        return batch
    scope.report(node.span, "`batch` is a whole number from 1 up")
    raise Unknown


def _word(node: Node, what: str, known: Collection[str] | None, scope: Scope) -> str | None:
    """A name, one of the choices if there are any."""
    word = scalar(node, f"{what} is a name", scope.report)
    if word and known is not None and word.text not in known:
        scope.report(word.span, f"no {what[1:-1]} `{word.text}`", choices(word.text, known))
        return None
    return word and word.text


def _ranks(spec: Spec) -> frozenset[int]:
    """How many spatial axes the network's inputs have."""
    return frozenset(map(len, written_sizes(spec)))
