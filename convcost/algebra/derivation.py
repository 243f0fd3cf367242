"""From a description to its law: which symbols are left free, and which can't be."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from math import inf

from convcost.algebra.anatomy import symbols_of
from convcost.algebra.assumptions import Assumptions, Certainty, Uncertain
from convcost.algebra.judges import judged_by
from convcost.algebra.law import DecidesStructure, Law
from convcost.algebra.letters import AXES
from convcost.algebra.polynomial import Polynomial, symbol
from convcost.algebra.readings import Readings
from convcost.errors import SpecError, UsageError
from convcost.ops.numbers import NeedsNumber, Number
from convcost.reading.description import Description


def derive(
    description: Description,
    settings: Mapping[str, Number | str] | None = None,
    variant: str | None = None,
    free: Collection[str] | None = None,
    near: Mapping[str, Number] | None = None,
    outputs: bool = False,
    dtype: str | None = None,
    signed: Collection[str] = (),
    assume: Collection[str] = (),
    of: Collection[str] = (),
) -> Law:
    """Return the law of a description, in the symbols of `free`.

    Without `free`: in the batch, the input's sizes and every symbol that is not set, except for those that follow from
    others, decide which layers there are, or (without `outputs`) are only the number of outputs. A symbol that says how
    often something is repeated is left free where the totals `of` figures have a closed form in it; without `free`, not
    if variants set it or if it is rounded, for then it chooses between networks.

    Where guards depend on the symbols, the law is that of the network at values `near` instead of the defaults. Figures
    in bytes are those of numbers of the `dtype`, or of the description's own type. Symbols may be below 0 if their
    defaults are, or if they are `signed`.
    The law holds where all that is said in `assume` holds, as 'k odd' or 'H % 32 == 0'.
    """

    def under(texts: Collection[str]) -> Law:
        return derive(description, settings, variant, free, near, outputs, dtype, signed, texts, of)

    description.require_whole("formula")
    spec = Readings(description, dict(settings or {}), variant, free, near or {}, signed, assume)
    names, bound = spec.plain.names(), dict[str, str]()
    while True:
        try:
            law = spec.law(names, bound, outputs or free is not None)
            for figure in of if law.network.repeats else ():
                law.layer_totals(figure)
            if free is None:
                refuse_chosen(law)
        except NeedsNumber as needed:
            lost, why, learned = symbols_of(needed.value), needed.why, False
        except DecidesStructure as decides:
            lost, why, learned = frozenset({decides.symbol}), decides.why, False
        else:
            lost, why, learned = frozenset(), "", matters(law, spec.learned.keys())
            if not learned:
                return replace(law, dtype=dtype or description.dtype, derive_under=under)
            spec.facts |= spec.learned
        if not lost & set(names) and not learned:
            help = "its layers depend on the input's size: convcost analyze shows its numbers"
            raise UsageError(f"`{description.spec.name}` has no formulas", help)
        for symbol_name in sorted(lost & set(names)):
            if free is not None:
                raise DecidesStructure(symbol_name, why)
            bound[symbol_name] = why
            names.remove(symbol_name)


def refuse_chosen(law: Law) -> None:
    """Raise NeedsNumber for a symbol that a layer's condition leaves one value: it chooses which layers there are."""
    for condition in law.conditions:
        if condition.kind == "==" and not condition.layer:
            raise NeedsNumber(condition.number)


def matters(law: Law, names: Collection[str]) -> bool:
    """Return whether it changes a law to know that these symbols are whole numbers and how large they are at least."""
    if not names:
        return False
    sizes = (n for layer in law.network.layers for y in layer.output_shapes for n in y.numbers)
    atoms = (atom for n in sizes if isinstance(n, Polynomial) for atom in n.atoms)
    rounded = any(atom.kind != "symbol" and not atom.symbols.isdisjoint(names) for atom in atoms)
    windows = (window for layer in law.network.layers for reads in layer.reads for window in reads or ())
    read = any(
        not symbols_of(n).isdisjoint(names) for window in windows for n in window or () if isinstance(n, Polynomial)
    )
    return rounded or read or any(not c.is_plain and not c.number.symbols.isdisjoint(names) for c in law.conditions)


def refuses(
    description: Description, settings: Mapping[str, Number | str], variant: str | None, free: Collection[str]
) -> bool:
    """Return whether it is certain that there is no network, whatever the values of `free` and of the input's sizes."""
    outline = description.outline(settings, variant)
    numbers = {name: symbol(name, name in outline.size_symbols, least=-inf) for name in free if name in outline.symbols}

    def free_size(given: str, axis: int, rank: int) -> Number:
        return symbol(list(AXES[rank])[axis], whole=True, least=1)

    try:
        with judged_by(Certainty()):
            counters = Assumptions(None, outline.symbols)
            description.symbolic({**settings, **numbers}, variant, free_size, counters)
    except SpecError:
        return True
    except (NeedsNumber, Uncertain):
        pass
    return False
