"""The numbers of a law against plain ints and fractions: whatever is computed with symbols holds at every value."""

from __future__ import annotations

import inspect
import math
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple

import numpy as np
import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from convcost.algebra.assumptions import Assumptions
from convcost.algebra.atoms import TooLong
from convcost.algebra.bounds import highest, lowest
from convcost.algebra.conditions import Condition
from convcost.algebra.domain import assumptions, lattice
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.judges import judged_by
from convcost.algebra.lanes import Lanes, lanes
from convcost.algebra.notation import Notation
from convcost.algebra.polynomial import Polynomial, symbol, total_of
from convcost.algebra.source_code import PythonNotation, function
from convcost.algebra.sympy_form import Rounding, SympyForm
from convcost.algebra.texts import number_as_text
from convcost.ops import rounding
from convcost.ops.numbers import ceil_div, common_divisor, exact, maximum, minimum
from convcost.ops.windows import Window

H, W = (symbol(name, whole=True, least=1) for name in "HW")
ALPHA = symbol("alpha", least=Fraction(1, 8))
Z = symbol("z", least=-math.inf)
SYMBOLS = {"H": H, "W": W, "alpha": ALPHA, "z": Z}
VALUES = st.fixed_dictionaries(
    {
        "H": st.integers(1, 40),
        "W": st.integers(1, 40),
        "alpha": st.fractions(Fraction(1, 8), 3, max_denominator=8),
        "z": st.fractions(-9, 9, max_denominator=6),
    }
)


class Built(NamedTuple):
    """A computation, to be done on numbers of any kind, and whether its result is whole for every value."""

    compute: Callable[[dict[str, Any]], Any]
    whole: bool


def rounded(number: Any) -> Any:
    return number if isinstance(number, int) else rounding.floor(number)


def divisible(number: Any, divisor: int) -> Any:
    return rounding.make_divisible(number, divisor)


def over(a: Any, b: Any) -> Any:
    """a / b as expressions in specs have it; what divides by zero is no example."""
    assume(not isinstance(b, int | Fraction) or b != 0)
    return Fraction(a) / b if isinstance(a, int) and isinstance(b, int | Fraction) else a / b


ALONE = ("//", "ceil", "%", "/", "round", "divisible")
"""Operations on one number; the others are on two."""


@st.composite
def computations(draw: st.DrawFn, depth: int = 3) -> Built:
    """What formulas of operators and expressions in specs do, nested at random."""
    if depth == 0:
        name = draw(st.sampled_from(["H", "W", "alpha", "z", "3", "5/2", "-2", "-4/3"]))
        if name in SYMBOLS:
            return Built(lambda given: given[name], name in "HW")
        return Built(lambda given: Fraction(name) if "/" in name else int(name), "/" not in name)
    a = draw(computations(depth - 1))
    k = draw(st.sampled_from([1, 2, 3, 4, 5, -1, -2, -3, Fraction(3, 2), Fraction(-5, 4)]))
    kind = draw(st.sampled_from([*ALONE, "+", "-", "*", "min", "max", "gcd", "by", "rounded by", "rest"]))
    if kind in ALONE:
        whole, count = a.whole, math.ceil(abs(k))
        match kind:
            case "//":
                return Built(lambda given: a.compute(given) // k, True)
            case "ceil" if whole:
                return Built(lambda given: ceil_div(a.compute(given), count), True)
            case "%":
                return Built(lambda given: a.compute(given) % k, whole and isinstance(k, int))
            case "/":
                return Built(lambda given: a.compute(given) * Fraction(1, k), False)
            case "round":
                return Built(lambda given: rounding.nearest(a.compute(given)), True)
            case "divisible":
                return Built(lambda given: divisible(a.compute(given), count), True)
        return Built(lambda given: rounding.ceiling(a.compute(given)), True)
    b = draw(computations(depth - 1))
    whole = a.whole and b.whole
    match kind:
        case "+":
            return Built(lambda given: a.compute(given) + b.compute(given), whole)
        case "-":
            return Built(lambda given: a.compute(given) - b.compute(given), whole)
        case "*":
            return Built(lambda given: a.compute(given) * b.compute(given), whole)
        case "min":
            return Built(lambda given: minimum(a.compute(given), b.compute(given)), whole)
        case "by":
            return Built(lambda given: over(a.compute(given), b.compute(given)), False)
        case "rounded by":
            return Built(lambda given: rounding.floor(over(a.compute(given), b.compute(given))), True)
        case "rest":
            # Python's remainder has the sign of the divisor, and a // b is what it leaves.
            return Built(
                lambda given: (over(a.compute(given), b.compute(given)), a.compute(given) % b.compute(given))[1], whole
            )
        case "gcd" if whole:
            return Built(lambda given: common_divisor(a.compute(given), b.compute(given)), True)
    return Built(lambda given: maximum(a.compute(given), b.compute(given)), whole)


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(computations(), VALUES)
def test_symbols_give_what_numbers_give(built: Built, values: dict[str, Any]) -> None:
    formula, expected = built.compute(SYMBOLS), built.compute(values)
    assert Evaluation(values)(formula) == expected
    if isinstance(formula, Polynomial):
        assert lowest(formula) <= expected <= highest(formula)
        assert not formula.is_whole or Fraction(expected).denominator == 1


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(computations(), st.lists(VALUES, min_size=1, max_size=4))
def test_arrays_give_what_numbers_give(built: Built, rows: list[dict[str, Any]]) -> None:
    formula, expected = built.compute(SYMBOLS), [built.compute(row) for row in rows]
    columns = {name: lanes([row[name] for row in rows]) for name in SYMBOLS}
    found = Evaluation(columns)(formula)
    if isinstance(found, Lanes):
        above, below = (np.broadcast_to(part, len(rows)).tolist() for part in (found.above, found.below))
        assert [Fraction(a, b) for a, b in zip(above, below, strict=True)] == expected
        assert max(map(abs, above)) <= found.bounds[0]
    else:
        assert [found] * len(rows) == expected


FUNCTIONS = {
    "Fraction": Fraction,
    "ceil": math.ceil,
    "floor": math.floor,
    "gcd": lambda a, b: math.gcd(int(a), int(b)),
    "make_divisible": rounding.make_divisible,
    "max": max,
    "round": round,
}


def calculated(text: str, known: dict[str, Any]) -> Fraction:
    """What a reader with exact arithmetic makes of a formula."""
    exactly = re.sub(r"(?<![A-Za-z_\d])\d+", r"Fraction(\g<0>)", text)
    exact = {name: Fraction(value) if isinstance(value, int) else value for name, value in known.items()}
    functions = {name: lambda *parts, made=made: Fraction(made(*parts)) for name, made in FUNCTIONS.items()}
    return Fraction(eval(exactly, {}, {**functions, **exact}))  # noqa: S307 - the text is our own


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(computations(), VALUES)
def test_text_says_what_is_meant(built: Built, values: dict[str, Any]) -> None:
    formula, expected = built.compute(SYMBOLS), built.compute(values)
    notation, known = Notation(SYMBOLS), dict(values)
    text = notation.text(formula)
    for name, definition in notation.definitions.items():
        known[name] = calculated(definition, known)
    assert calculated(text, known) == expected


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(computations(), VALUES)
def test_source_code_runs(built: Built, values: dict[str, Any]) -> None:
    formula, expected = built.compute(SYMBOLS), built.compute(values)
    notation = PythonNotation(SYMBOLS)
    result = notation.quotient(formula)
    namespace: dict[str, Any] = {}
    exec(function("f", list(SYMBOLS), "A test.", notation, result), namespace)  # noqa: S102 - the text is our own
    assert namespace["f"](**values) == expected


@settings(max_examples=60, deadline=None)
@given(computations(2), VALUES)
def test_sympy_says_the_same(built: Built, values: dict[str, Any]) -> None:
    formula, expected = built.compute(SYMBOLS), built.compute(values)
    found = SympyForm()(formula)
    letters = {
        letter: sympy.Rational(*Fraction(values[letter.name]).as_integer_ratio())
        for letter in found.free_symbols
        if letter.name in values
    }

    def rounded(name: sympy.Symbol, *parts: sympy.Rational) -> sympy.Rational:
        given = [int(part) if part.is_Integer else Fraction(int(part.p), int(part.q)) for part in parts]
        result = {"gcd": common_divisor, "make_divisible": divisible, "round": rounding.nearest}[name.name](*given)
        return sympy.Rational(*Fraction(result).as_integer_ratio())

    found = found.subs(letters).doit().replace(Rounding, rounded, simultaneous=False)
    assert found.doit() == sympy.Rational(*Fraction(expected).as_integer_ratio())


# Canonical sizes

WINDOWS = st.builds(
    Window,
    kernel=st.integers(1, 7),
    stride=st.integers(1, 4),
    before=st.integers(0, 3),
    after=st.integers(0, 3),
    dilation=st.integers(1, 2),
)


@given(st.lists(st.tuples(WINDOWS, st.booleans()), min_size=1, max_size=8), st.integers(1, 500))
def test_sizes_along_windows_stay_one_floor(chain: list[tuple[Window, bool]], size: int) -> None:
    symbolic: Any = H
    for window, round_up in chain:
        step = window.output_ceil if round_up else window.output
        symbolic, size = step(symbolic), step(size)
    floors = [atom for atom in symbolic.atoms if atom.kind == "floor"]
    assert len(symbolic.terms) - (() in symbolic.terms) == 1
    assert all(atom.parts[0].atoms == H.atoms for atom in floors)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (((H - 1) // 2 + 1 - 1) // 2 + 1, "ceil(H/4)"),
        ((H + 3) // 4 * 2 - (H + 3) // 4 - ceil_div(ceil_div(H, 2), 2), "0"),
        ((H + 2 * 3 - 7) // 2 + 1, "ceil(H/2)"),
        ((2 * (H // 2) + 1) // 4, "floor(H/4)"),
        ((2 * (H // 2)) // 3, "floor(2*floor(H/2)/3)"),
        ((7 * H + 9) // 2, "3*H + ceil(H/2) + 4"),
        (-(-5 * ALPHA // 2), "ceil(5*alpha/2)"),
        (maximum(H, 1), "H"),
        (minimum(H - H // 2, H), "H - floor(H/2)"),
        (maximum(ALPHA, 1), "max(alpha - 1, 0) + 1"),
        (maximum(H - 7, W - 7), "H + max(W - H, 0) - 7"),
        (exact(240 * ALPHA, 3 * ALPHA), "80"),
        (exact(64, ALPHA), "64/alpha"),
        ((H + W) / (2 * H + 2 * W), "1/2"),
        (Fraction(3, 4) * ALPHA**2 / H - 2, "3*alpha**2/(4*H) - 2"),
        (1 / (H + W), "1/(H + W)"),
        (common_divisor(6, H), "gcd(6, H)"),
        (divisible(32 * ALPHA, 8), "make_divisible(32*alpha, 8)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_forms(number: Any, text: str) -> None:
    assert number_as_text(number) == text


def test_one_number_has_one_form() -> None:
    assert (H + 1) * (H - 1) == H**2 - 1
    assert (H + 3) // 4 - 1 == (H - 1) // 4
    assert hash(H * W) == hash(W * H)
    assert H - H == 0
    assert (ALPHA + 1) - ALPHA == 1
    assert type(H * Fraction(1, 2) * 2 - H) is int
    assert total_of([H, 2, -H, W, Fraction(1, 2)]) == W + Fraction(5, 2)


@pytest.mark.slow
def test_sizes_may_nest_without_end() -> None:
    """A size that is doubled and divided by three, again and again, keeps every rounding."""
    size: Any = H
    expected = 10**9
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack(0)) + 100)  # less than the size has floors in floors
    try:
        for _ in range(150):
            size, expected = (2 * size + 5) // 3, (2 * expected + 5) // 3
        assert Evaluation({"H": 10**9})(size) == expected
        notation = Notation()
        notation.text(size)
    finally:
        sys.setrecursionlimit(usual)
    assert sum(map(len, notation.definitions.values())) < 25_000


def test_text_does_not_explode() -> None:
    width: Any = ALPHA
    for _ in range(60):
        width = divisible(width * 2 + width // 2, 8)
    notation = Notation()
    notation.text(width)
    assert sum(map(len, notation.definitions.values())) < 10_000


def test_formulas_that_nobody_would_read_are_refused() -> None:
    with pytest.raises(TooLong, match="too long"):
        (sum(symbol(f"x{n}") for n in range(9)) + 1) ** 64
    with pytest.raises(TooLong):
        ((ALPHA**64) ** 64) ** 64
    with pytest.raises(TooLong):
        reduce(lambda size, _: (size + 1) // 1_000_000, range(100), H)


# Many configurations at once


def test_arrays_leave_64_bits_where_they_must() -> None:
    formula = 10**12 * ((H + 1) // 2) * ((W + 1) // 2)
    sizes = np.array([1, 999, 100_000])
    at = Evaluation({"H": lanes(sizes), "W": lanes(sizes)})
    expected = [10**12 * ((n + 1) // 2) ** 2 for n in (1, 999, 100_000)]
    assert expected[-1] > 2**63
    assert at(formula).array.tolist() == expected
    small = Evaluation({"H": lanes(sizes[:2]), "W": lanes(sizes[:2])})(formula)
    assert small.array.dtype == np.int64


def test_arrays_broadcast() -> None:
    rows, columns = np.arange(1, 5)[:, None], np.arange(1, 8)[None, :]
    found = Evaluation({"H": lanes(rows), "W": lanes(columns)})(3 * (H // 2) * W)
    assert found.array.tolist() == [[3 * (h // 2) * w for w in range(1, 8)] for h in range(1, 5)]


# What guards note


def test_symbols_are_not_compared_without_a_judge() -> None:
    for ask in (lambda: H < W, lambda: W >= 3, lambda: bool(H - W), lambda: min(H, W)):
        with pytest.raises(TypeError, match="can't be compared"):
            ask()


def test_guards_note_what_they_are_told() -> None:
    judge = Assumptions({"H": 8, "W": 5, "alpha": Fraction(3, 4)})
    with judged_by(judge):
        assert H >= 1
        assert not H < 1
        assert judge.conditions == {}  # that is known of any size
        assert H > W
        assert not (32 * ALPHA) % 8
        assert not W * 2 - 10
        assert ALPHA - 1 < 0
    assert list(judge.conditions) == [
        Condition(">=", H - W - 1),
        Condition("whole", 4 * ALPHA),
        Condition("==", 2 * W - 10),
        Condition(">", 1 - ALPHA),
    ]


@pytest.mark.parametrize(
    ("conditions", "sentences"),
    [
        ([("whole", 64 * ALPHA), ("whole", 32 * ALPHA), (">=", 32 * ALPHA - 1)], ["32*alpha is whole"]),
        ([("whole", 12 * ALPHA), ("whole", 18 * ALPHA + 4)], ["6*alpha is whole"]),
        ([(">=", (H - 7) // 4), (">=", (H - 19) // 32)], ["H >= 19"]),
        ([(">=", (H - 19) // 32 + (W - 3) // 4)], ["floor((W + 1)/4) + floor((H + 13)/32) >= 2"]),
        ([("==", H - 2 * (H // 2))], ["H == 2*floor(H/2)"]),
        ([("whole", ALPHA), ("whole", ALPHA * H), ("whole", ALPHA**2)], []),
        # At alpha = 1 and W = 1 the first of these hold, and the second don't; at alpha = 0 and W = 2 as well.
        ([(">=", ALPHA - 1), (">", ALPHA + W - 2)], ["alpha >= 1", "W + alpha > 2"]),
        ([("!=", ALPHA - 1), ("!=", ALPHA + W - 2)], ["alpha != 1", "W + alpha != 2"]),
        ([(">", ALPHA - 1), ("!=", ALPHA + W - 2)], ["alpha > 1"]),
    ],
)
def test_conditions_in_few_words(conditions: list[tuple[str, Any]], sentences: list[str]) -> None:
    assert assumptions([Condition(kind, number) for kind, number in conditions]) == sentences


def test_what_repetitions_ask_says_so_and_stands_for_nothing_else() -> None:
    asked = [Condition(">=", W - 5, (H - 1,)), Condition(">=", W * 2 - 8)]
    assert assumptions(asked) == ["W >= 4", "W >= 5 if H > 1"]


@pytest.mark.slow
@given(st.lists(st.tuples(*[st.fractions(-9, 9, max_denominator=6)] * 2), min_size=1, max_size=4), VALUES)
def test_a_lattice_has_the_same_whole_points(rows: list[tuple[Fraction, Fraction]], values: dict[str, Any]) -> None:
    numbers = [a * ALPHA + b * ALPHA**2 for a, b in rows if a or b]
    assume(numbers)
    at = Evaluation(values)
    basis = lattice(numbers)
    assert len(basis) <= 2
    assert all(Fraction(at(n)).denominator == 1 for n in numbers) == all(
        Fraction(at(n)).denominator == 1 for n in basis
    )
