"""Laws as a person writes them: each spec of data/laws with formulas written by hand, held against ours."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from math import ceil, floor
from pathlib import Path
from typing import Any

import pytest

from convcost.algebra.derivation import derive
from convcost.algebra.formula import formula_of
from convcost.algebra.law import Law
from convcost.analysis.costs import analyze
from convcost.errors import Source, SpecError, UsageError
from convcost.ops.numbers import Number
from convcost.reading.description import Description
from convcost.render.law.text import formula_text

LAWS = Path(__file__).parent / "data" / "laws"
BY_HAND: list[dict[str, Any]] = [
    law for name in ("laws.json", "blocks.json") for law in json.loads((LAWS / name).read_text(encoding="utf-8"))
]
TOTALS = ("macs", "params")
LONGEST = 1.5
"""So many times as long as by hand a formula is at most."""


def description(by_hand: dict[str, Any]) -> Description:
    """Return the spec that formulas are of."""
    file = by_hand["file"]
    return Description(Source(file, by_hand.get("spec") or (LAWS / file).read_text(encoding="utf-8")), file)


def law_of(by_hand: dict[str, Any], assume: list[str] | None = None) -> Law:
    """Return a spec's law in all of its symbols, under the assumptions that the formulas by hand rest on."""
    spec = description(by_hand)
    free = list(spec.outline().symbols)
    return derive(spec, {}, free=free, assume=by_hand["assume"] if assume is None else assume, of=TOTALS)


def at_random(law: Law, rng: random.Random) -> dict[str, Number]:
    """Return values that meet the assumptions: the defaults, and what is near them, made to fit."""
    near = {
        name: max(1, int(default) + rng.randint(-2, 3) * (8 if default > 20 else 1))
        for name, default in law.defaults.items()
        if name != "N"
    }
    return law.assumed.defaults(near)[0] if law.assumed else near


def calculated(text: str, known: dict[str, Number]) -> Number:
    """Return what a formula by hand comes to."""
    exact = {name: Fraction(value) for name, value in known.items()}
    names: dict[str, Any] = {"floor": floor, "ceil": ceil, "max": max, "min": min, **exact}
    return eval(text, {"__builtins__": {}}, names)  # type: ignore[no-any-return]  # noqa: S307 - the text is our own


@pytest.mark.parametrize("by_hand", BY_HAND, ids=lambda law: law["file"])
@pytest.mark.parametrize("bindings", [24, pytest.param(200, marks=pytest.mark.thorough)])
def test_laws_are_those_by_hand(by_hand: dict[str, Any], bindings: int) -> None:
    law, rng = law_of(by_hand), random.Random(bindings)
    spec, numbers = description(by_hand), {of: formula_of(law, of).number for of in TOTALS}
    met = 0
    for n in range(8 * bindings):
        values = at_random(law, rng) if n % 4 else anywhere(law, rng)
        at = law.at(values)
        assumed = all(condition.holds(at) for condition in (law.assumed.conditions if law.assumed else ()))
        try:
            analysis = analyze(spec.network(values))
        except SpecError:
            assert law.broken(at), f"the network refuses {values}, the law does not"
            continue
        assert (law.broken(at) is None) == assumed, f"the law refuses {values}: {law.broken(at)}"
        if not assumed:
            continue
        known: dict[str, Number] = dict(values)
        for name, text in by_hand["where"].items():
            known[name] = calculated(text, known)
        for of, number in numbers.items():
            assert at(number) == analysis.of(of) == calculated(by_hand[of], known), (of, values)
        met += 1
        if met == bindings:
            return
    assert met >= 24, "too few settings meet the conditions"


def anywhere(law: Law, rng: random.Random) -> dict[str, Number]:
    """Return values that may meet the assumptions, or not."""
    return {name: rng.randrange(1, 70 if default > 20 else 9) for name, default in law.defaults.items() if name != "N"}


@pytest.mark.parametrize("by_hand", BY_HAND, ids=lambda law: law["file"])
@pytest.mark.parametrize("of", TOTALS)
def test_laws_are_hardly_longer_than_by_hand(by_hand: dict[str, Any], of: str) -> None:
    law = law_of(by_hand)
    written = formula_text(law, formula_of(law, of))
    text = re.sub(r"^.*? = (N\*)?", "", written.text)
    length = len(text) + sum(len(f"{name} = {meant}\n") for name, meant in written.definitions.items())
    assert length <= LONGEST * by_hand["length_by_hand"][of]


@pytest.mark.parametrize("by_hand", [law for law in BY_HAND if law.get("short")], ids=lambda law: law["file"])
def test_short_forms_are_those_by_hand(by_hand: dict[str, Any]) -> None:
    law, short = law_of(by_hand), by_hand["short"]
    formula = formula_of(law, "macs")
    assert formula.short
    divided = law_of(by_hand, [*by_hand["assume"], *short["assume"]])
    rng = random.Random(4)
    for _ in range(24):
        values = at_random(divided, rng)
        assert law.at(values)(formula.short.number) == calculated(short["macs"], dict(values))


BRANCHES = """\
network: branches
symbols: {H: 32, W: 30, c: 4, k: 3, j: 5}
input: {channels: 3, size: [H, W]}
layers:
- {conv: {out: c, kernel: k, padding: k//2}, name: a}
- {conv: {out: c, kernel: j, padding: j//2}, from: input, name: b}
- {maximum: , from: [a, b]}
- max_pool: {kernel: 2}
- conv: {out: 2*c, kernel: 1}
"""
"""A size that is a sum of roundings."""


@pytest.mark.parametrize("by_hand", [*BY_HAND, {"file": "branches", "spec": BRANCHES}], ids=lambda law: law["file"])
@pytest.mark.parametrize("of", [*TOTALS, "elements"])
def test_what_is_printed_comes_to_what_is_counted(by_hand: dict[str, Any], of: str) -> None:
    law, spec, rng = law_of(by_hand, []), description(by_hand), random.Random(6)
    written = formula_text(law, formula_of(law, of))
    met = 0
    for _ in range(200):
        values = at_random(law, rng)
        if met < 4 and not law.broken(law.at(values)):
            met += 1
            known: dict[str, Number] = {"N": 1, **law.defaults, **values}
            for name, text in written.definitions.items():
                known[name] = calculated(text, known)
            assert calculated(written.text.partition(" = ")[2], known) == analyze(spec.network(values)).of(of)
    assert met


ASSUMED = """\
network: a
symbols: {k: 3, s: 2, c: 8, g: 2}
input: {channels: 4, size: [32, 32]}
layers:
- conv: {out: c, kernel: k, stride: s, padding: (k - 1)//2, groups: g}
- conv: {out: 1, kernel: 1}
"""


@pytest.mark.parametrize(
    ("assume", "texts"),
    [
        (["k odd"], ["ceil(H/s)*ceil(W/s)"]),
        (["k is odd", "s == 2"], ["ceil(H/2)*ceil(W/2)"]),
        (["k % 2 == 1", "H % 4 == 0", "W % 4 == 0", "s == 2"], ["H*W"]),
        (["k == 2*s + 1"], ["ceil(H/s)*ceil(W/s)"]),
        (["k odd", "s <= 1"], ["H*W"]),
    ],
    ids=" and ".join,
)
def test_assumptions_decide_roundings(assume: list[str], texts: list[str]) -> None:
    law = derive(Description(Source("a.yaml", ASSUMED), "a"), assume=assume)
    written = formula_text(law, formula_of(law, "macs"))
    everything = "\n".join([written.text, *(f"{name} = {text}" for name, text in written.definitions.items())])
    assert all(text in everything for text in texts)
    rng, met = random.Random(5), 0
    for _ in range(40):
        values = at_random(law, rng)
        if not law.broken(law.at(values)):
            met += 1
            network = Description(Source("a.yaml", ASSUMED), "a").network(
                {name: value for name, value in values.items() if name not in "HW"},
                sizes=lambda given, axis, rank: values["HW"[axis]],  # noqa: B023 - it is called here
            )
            assert law.at(values)(law.total("macs")) == analyze(network).macs
    assert met


TURNED = """\
network: turned
symbols: {L: 32, k: 3, s: 5}
input: {channels: 4, size: [L]}
layers:
- conv: {out: "max(k - 6, 0) + 1", kernel: 1, stride: s}
- conv: {out: 8, kernel: k, padding: k}
"""


@pytest.mark.parametrize(
    ("assume", "meets"),
    [
        ("(8 - k) % s == 0", lambda L, k, s: (8 - k) % s == 0),
        ("(k - 7) % s == 0", lambda L, k, s: (k - 7) % s == 0),
        ("(k + 1) % 3 == 2", lambda L, k, s: (k + 1) % 3 == 2),
        ("L % s == 2", lambda L, k, s: L % s == 2),
        ("L >= k", lambda L, k, s: k <= L),
        ("s < k", lambda L, k, s: s < k),
        ("k == 2*s - 1", lambda L, k, s: k == 2 * s - 1),
    ],
    ids=lambda given: given if isinstance(given, str) else "",
)
def test_an_assumption_takes_all_values_that_meet_it_and_no_others(assume: str, meets: Callable[..., bool]) -> None:
    spec = Description(Source("turned.yaml", TURNED), "turned")
    law, plain = (derive(spec, assume=texts) for texts in ([assume], []))
    for L, k, s in product(range(1, 20, 2), range(1, 12), range(1, 7)):
        values = {"L": L, "k": k, "s": s}
        holds = meets(**values) and not plain.broken(plain.at(values))
        assert (not law.broken(law.at(values))) == holds
        if holds:
            assert law.at(values)(law.total("macs")) == analyze(spec.network(values)).macs


@pytest.mark.parametrize(
    ("assume", "says"),
    [
        (["z odd"], "there is no symbol `z`"),
        (["k odd", "k even"], "no values meet it together with 'k odd'"),
        (["k >= 4", "k <= 2"], "no values meet it together with"),
        (["H % 4 == 1", "H % 2 == 0"], "no values meet it"),
        (["k"], "is not an assumption"),
        (["k odd and s even"], "this is not an expression"),
        (["c*g >= 3"], "this can't be assumed here"),
        (["c % 0 == 0"], "this can't be assumed here"),
        (["k == "], "this is not an expression"),
        (["k == 1 +"], "expression"),
        (["H % 3 == 5"], "no values meet it"),
        (["H % s == -1"], "no values meet it"),
    ],
    ids=str,
)
def test_assumptions_that_can_not_be_made(assume: list[str], says: str) -> None:
    with pytest.raises(UsageError, match=re.escape(says)):
        derive(Description(Source("a.yaml", ASSUMED), "a"), assume=assume)


def test_assumptions_that_the_network_refuses() -> None:
    with pytest.raises(SpecError, match="groups"):
        derive(Description(Source("a.yaml", ASSUMED), "a"), assume=["g == 3"])


def test_what_holds_under_an_assumption_is_neither_too_strict_nor_too_lax() -> None:
    law = derive(Description(Source("a.yaml", ASSUMED), "a"), assume=["k odd", "c % g == 0"])
    assert law.broken(law.at({"k": 4}))
    assert law.broken(law.at({"c": 9}))
    assert not law.broken(law.at({"k": 5, "c": 12, "g": 4, "H": 3, "W": 9}))
    assert Fraction(law.at({"k": 5, "c": 12, "g": 4})(law.total("macs"))) == 16 * 16 * (12 * 25 + 12)
