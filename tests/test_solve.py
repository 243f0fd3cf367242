"""The largest values within limits against brute force: every multiple of the step, read and counted."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import count, product
from pathlib import Path

import pytest
from command_line import Run
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from json_schemas import validator
from random_specs import specs
from test_law import sums

import convcost
from convcost.algebra.derivation import derive
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.law import Law
from convcost.algebra.ranges import bounds
from convcost.analysis.recount import recount
from convcost.errors import Source, SpecError, UsageError
from convcost.ops.numbers import Number
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.solve.floors import floor_within
from convcost.solve.grid import Grid
from convcost.solve.limits import Limit, limit, step
from convcost.solve.search import Point
from convcost.solve.solution import Solution, solve

SCHEMA = validator("solution")


described = cache(open_description)


@cache
def law_of(spec: str, *free: str) -> Law:
    return derive(described(spec), free=free)


def solved(spec: str, limits: Sequence[str], **steps: object) -> Solution:
    chosen = {name: step(str(size)) for name, size in steps.items()}
    return solve(law_of(spec, *steps), list(steps), list(map(limit, limits)), chosen)


@cache
def counted(spec: str, values: tuple[tuple[str, Fraction], ...]) -> Mapping[str, int] | None:
    """The totals at these values; None if the network refuses them."""
    samples = int(dict(values).get("N", 1))
    if not samples:
        return None
    try:
        found = sums(described(spec).network({name: value for name, value in values if name != "N"}, expecting=False))
    except SpecError:
        return None
    return {of: total * (1 if of == "params" else samples) for of, total in found.items()}


def fits(spec: str, limits: Sequence[Limit], **values: Fraction) -> bool:
    totals = counted(spec, tuple(values.items()))
    return totals is not None and all(limit.allows(totals[limit.of]) for limit in limits)


# One symbol


@pytest.mark.parametrize("size", [Fraction(1, 20), Fraction(1, 32), Fraction(1, 3000)])
def test_mobilenet_v1_within_300_million(size: Fraction) -> None:
    solution = solved("mobilenet_v1", ["macs <= 300e6"], alpha=size)
    multiples = [n * size for n in range(1, int(2 / size)) if (n * size * 32).denominator == 1]
    expected = max(alpha for alpha in multiples if fits("mobilenet_v1", solution.limits, alpha=alpha))
    # 0.75 is the paper's 325 million.
    assert expected == {20: Fraction(1, 2), 32: Fraction(23, 32), 3000: Fraction(5, 8)}[size.denominator]
    assert [point.values for point in solution.points] == [{"alpha": expected}]
    assert solution.next == (Point({"alpha": Fraction(3, 4)}, {"macs": 325_400_448}),)


CASES = {
    ("mobilenet_v1", "alpha"): Fraction(1, 16),
    ("mobilenet_v1", "middle"): Fraction(1),
    ("mobilenet_v2", "alpha"): Fraction(1, 20),
    ("mnasnet1_0", "alpha"): Fraction(1, 10),
    ("efficientnet_b0", "width"): Fraction(1, 10),
    ("efficientnet_b0", "depth"): Fraction(1, 10),
    ("shufflenet_v1", "channels"): Fraction(24),
    ("shufflenet_v1", "groups"): Fraction(1),
    ("shufflenet_v2", "channels"): Fraction(14),
    ("resnet18", "H"): Fraction(28),
    ("resnet18", "N"): Fraction(1),
    ("alexnet", "resolution"): Fraction(16),
    ("unet", "resolution"): Fraction(44),
    ("lenet5", "resolution"): Fraction(3),
    ("m5", "samples"): Fraction(1777),
    ("context_module", "C"): Fraction(2),
    ("c3d", "frames"): Fraction(2),
    ("dcgan", "noise"): Fraction(7),
}
MOST = 24
"""Multiples that are tried one by one."""
FACTORS = ("alpha", "width", "depth")
"""Symbols that sizes are multiplied by: none is 0."""


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids="-".join)
@settings(max_examples=9, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    st.lists(st.tuples(st.sampled_from(["macs", "params", "elements", "additions"]), st.integers(1, MOST)), max_size=2),
    st.fractions(Fraction(1, 8), 1, max_denominator=1000),
)
def test_solutions_are_those_of_brute_force(case: tuple[str, str], of: list[tuple[str, int]], part: Fraction) -> None:
    """Limits are what some of the multiples take, or a part of that."""
    (spec, symbol), size = case, CASES[case]
    at = [counted(spec, ((symbol, n * size),)) for n in range(MOST + 1)]
    texts = [
        f"{total} {'<=' if n or part < 1 else '<'} {int(totals[total] * (part if n == 0 else 1))}"
        for n, (total, place) in enumerate(of)
        if (totals := at[place]) is not None
    ]
    assume(texts)
    limits = list(map(limit, texts))
    tried = range(symbol in FACTORS, MOST + 1)
    expected = max((n * size for n in tried if fits(spec, limits, **{symbol: n * size})), default=None)
    try:
        solution = solved(spec, texts, **{symbol: size})
    except UsageError:
        # There is no largest value.
        assert fits(spec, limits, **{symbol: 1000 * size})
        return
    found = [point.values[symbol] for point in solution.points]
    assert found == ([] if expected is None else [expected]) or found[0] > MOST * size
    for point in (*solution.points, *filter(None, solution.next)):
        assert point.totals.items() <= (counted(spec, tuple(point.values.items())) or {}).items()
    outside = [n * size for n in tried if found and n * size < found[0]]
    outside = [
        value for value in outside if counted(spec, ((symbol, value),)) and not fits(spec, limits, **{symbol: value})
    ]
    if found and found[0] <= MOST * size:
        assert (solution.outside.values[symbol] if solution.outside else None) == max(outside, default=None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("condition", "only", "branch"),
    [
        ("w > 20", "w <= 20", range(21)),
        ("w != 12", "w == 12", [12]),
        ("3*w <= 50", "w <= 16", range(17)),
    ],
)
def test_where_a_condition_of_a_layer_does_not_hold_is_not_searched(
    condition: str, only: str, branch: Sequence[int], tmp_path: Path
) -> None:
    spec = tmp_path / "net.yaml"
    when = f"layers:\n  - {{conv: {{out: w, kernel: 3}}, when: {condition}}}\n  - conv: {{out: w, kernel: 1}}\n"
    spec.write_text("symbols: {w: 12}\ninput: {channels: 4, size: [5, 5]}\n" + when)
    for most in (70, 130, 3000, 30_000):
        solution = solved(str(spec), [f"macs <= {most}"], w=1)
        limits = [limit(f"macs <= {most}")]
        expected = max((w for w in branch if w and fits(str(spec), limits, w=Fraction(w))), default=None)
        assert [point.values["w"] for point in solution.points] == ([] if expected is None else [expected])
        assert [str(condition) for condition in solution.only] == [only]


@pytest.mark.slow
def test_all_limits_hold_at_once() -> None:
    solution = solved("mobilenet_v2", ["macs <= 300M", "params < 3e6", "elements >= 1k"], alpha="1/50")
    multiples = [Fraction(n, 50) for n in range(1, 60)]
    expected = max(alpha for alpha in multiples if fits("mobilenet_v2", solution.limits, alpha=alpha))
    assert solution.points[-1].values["alpha"] == expected
    *_, beyond = solution.next
    assert beyond is not None
    assert [limit.text for limit in solution.limits if not limit.allows(beyond.totals[limit.of])] == ["params < 3e6"]


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs(), st.sampled_from(["macs", "elements", "params"]), st.integers(0, 400), st.integers(1, 3))
def test_random_networks_and_budgets(text: str, of: str, budget: int, size: int) -> None:
    source = Source("net.yaml", text)
    try:
        symbol = min(derive(Description(source, "net")).sizes, key="LDHW".index)
        law = derive(Description(source, "net"), free=[symbol])
    except SpecError:  # the input is too small, along this axis or along another one
        assume(False)
    within = limit(f"{of} <= {budget}")
    try:
        solution = solve(law, [symbol], [within], {symbol: Fraction(size)})
    except UsageError:
        # There is no largest value.
        totals = recount(law, [of], {symbol: 5000 * size})
        assert totals is None or within.allows(totals[of])
        return
    found = solution.points[0].values[symbol] if solution.points else 0
    for n in range(1, 40):
        totals = recount(law, [of], {symbol: n * size})
        if totals is not None and within.allows(totals[of]) and law.broken(law.at({symbol: n * size})) is None:
            assert n * size <= found
    if found:
        assert within.allows(recount(law, [of], {symbol: found})[of])  # type: ignore[index]


@pytest.mark.parametrize("case", CASES, ids="-".join)
def test_no_total_is_below_what_its_sizes_admit(case: tuple[str, str]) -> None:
    """Bounds for everything from some value on, against what is counted there."""
    (spec, symbol), size = case, CASES[case]
    law, grid = law_of(spec, symbol), Grid(law_of(spec, symbol), {symbol: size})
    figures = [
        "macs",
        "useful_macs",
        "params",
        "elements",
        "comparisons",
        "bytes_moved",
        "training_macs",
        "peak_memory",
    ]
    for start in (1, 7):
        at = Evaluation({**law.defaults, symbol: grid.distance(symbol, grid.range(symbol, start))})
        within = {of: bounds(floor_within(law, of, at)) for of in figures}
        for n in (start, start + 1, 2 * start + 5):
            for of, found in (recount(law, figures, {symbol: grid.value(symbol, n)}) or {}).items():
                low, high = within[of]
                assert low <= found
                assert found <= high or of == "training_macs"  # of which only a floor is known
        assert any(low > 0 for low, _ in within.values())


def test_a_total_need_not_rise() -> None:
    """Costs that fall first: the largest value is looked for on all sides."""
    text = "symbols: {s: 8}\ninput: {channels: 1, size: [4]}\nlayers:\n  - conv: {out: (s - 20)**2 + 1, kernel: 1}\n"
    law = derive(Description(Source("net.yaml", text), "net"), free=["s"])
    solution = solve(law, ["s"], [limit("macs <= 404")], {})
    assert solution.points[0].values == {"s": 30}  # 4 positions of 101 channels
    assert solution.outside == Point({"s": 9}, {"macs": 4 * 122})
    falling = text.replace("(s - 20)**2 + 1", "64 - s")
    law = derive(Description(Source("net.yaml", falling), "net"), free=["s"])
    assert solve(law, ["s"], [limit("macs <= 100")], {}).points[0].values == {"s": 63}


def law_of_layer(layer: str, symbols: str, channels: int, size: str) -> tuple[Law, str]:
    text = f"symbols: {{{symbols}}}\ninput: {{channels: {channels}, size: [{size}]}}\nlayers:\n  - {layer}\n"
    free = [word.split(":")[0] for word in symbols.split(", ")]
    return derive(Description(Source("net.yaml", text), "net"), free=free), text


@pytest.mark.parametrize(
    ("layer", "symbol", "within", "expected"),
    [
        # 8*(18*3 + 2*d + 1)**2 elements: no dilation is too large for a stride.
        ("conv_transpose: {out: 8, kernel: 3, stride: 3, dilation: d}", "d: 1", "elements <= 50_000", 12),
        # 72*16 products at each of 17x17 positions.
        ("conv: {out: 16, kernel: 3, padding: p}", "p: 1", "macs <= 400_000", 0),
        ("conv: {out: 16 + 2*z, kernel: 3}", "z: -2", "params <= 250", Fraction(-13, 2)),
        ("conv: {out: 16 + extra, kernel: 3}", "extra: 8", "params <= 1168", 0),
        ("conv: {out: 'make_divisible(30, g)', kernel: 3}", "g: 8", "params <= 5200", 71),
    ],
)
def test_all_values_are_tried(layer: str, symbol: str, within: str, expected: Number) -> None:
    law, _ = law_of_layer(layer, symbol, 8, "19, 19")
    name = symbol[: symbol.index(":")]
    steps = {name: Fraction(1, 2 if name == "z" else 1)}
    (point,) = solve(law, [name], [limit(within)], steps).points
    assert point.values == {name: expected}


# Widths that stay small however large `a` is, and `a` itself: the total grows, whatever rounding stands in the way.
BOUNDED = [
    "(a % 7) + 1",
    "(3 - a) % 7 + 1",
    "(a*a + 2) % 5 + 1",
    "a - 7*(a//7) + 1",
    "ceil(a/6)*6 - a + 1",
    "2*(a % 2.5) + 1",
    "(a % (-4)) + 4",
    "min(9, make_divisible(a, 8))",
    "max(3, a % 11)",
]


@pytest.mark.parametrize("width", BOUNDED)
@pytest.mark.parametrize("order", [1, -1], ids=["before", "after"])
def test_a_width_with_bounds_hides_no_answer(width: str, order: int) -> None:
    layers = [f"conv: {{out: '{out}', kernel: 1}}" for out in (width, "a")[::order]]
    text = f"symbols: {{a: 1}}\ninput: {{channels: 3, size: [2]}}\nlayers: [{', '.join(layers)}]"
    description = Description(Source("net.yaml", text), "net")

    def within(a: int) -> bool:
        try:
            return sums(description.network({"a": a}))["macs"] <= 700
        except SpecError:
            return False

    # Two positions: at least 6*a or 2*a*width products.
    expected = max(filter(within, range(1, 351)), default=None)
    points = solve(derive(description, free=["a"]), ["a"], [limit("macs <= 700")], {"a": Fraction(1)}).points
    assert [point.values["a"] for point in points] == [expected]


# Widths side by side: a product of two grows with either, whatever roundings are in its way. Over two positions, the
# first pair takes 2*(1 + w%4)*(1 + ceil(w/4)) products.
WIDTHS: Mapping[str, Callable[[int], int]] = {
    "1 + w%4": lambda w: 1 + w % 4,
    "ceil(w/4)": lambda w: -(-w // 4),
    "5 - w%4": lambda w: 5 - w % 4,
    "(1 + w%4)*(4 - w%4)": lambda w: (1 + w % 4) * (4 - w % 4),
    "100 % w + 1": lambda w: 100 % w + 1,
    "(50 - w) % w + 1": lambda w: (50 - w) % w + 1,
    "(3*w + 50) % (w + 1) + 1": lambda w: (3 * w + 50) % (w + 1) + 1,
    "ceil(w/4) + w%3": lambda w: -(-w // 4) + w % 3,
}


@pytest.mark.parametrize("first", WIDTHS)
@pytest.mark.parametrize("second", ["ceil(w/4)", "ceil(w/4) + w%3", "w"])
def test_a_product_grows_with_each_of_its_sizes(first: str, second: str) -> None:
    layers = [f"conv: {{out: '{out}', kernel: 1}}" for out in (first, second)]
    text = f"symbols: {{w: 1}}\ninput: {{channels: 1, size: [2]}}\nlayers: [{', '.join(layers)}]"
    law = derive(Description(Source("net.yaml", text), "net"), free=["w"])
    x, y = WIDTHS[first], WIDTHS.get(second, lambda w: w)
    expected = max(w for w in range(1, 2000) if 2 * x(w) + 2 * x(w) * y(w) <= 350)
    assert [point.values for point in solve(law, ["w"], [limit("macs <= 350")], {}).points] == [{"w": expected}]


# What is divided and what it is divided by grow alike: a remainder is below the one, and not below 0.
REMAINDERS: Mapping[str, Callable[[int], int]] = {
    "(2*w + 5) % (w + 3) + 1": lambda w: (2 * w + 5) % (w + 3) + 1,
    "(w + 5)*2 % (3*w + 1) + 1": lambda w: (w + 5) * 2 % (3 * w + 1) + 1,
    "(w + 5) % 11 % (w + 1) + 1": lambda w: (w + 5) % 11 % (w + 1) + 1,
    "(4 + 2*w) % (w + 3) + 1": lambda w: (4 + 2 * w) % (w + 3) + 1,
    "(40 - 3*w) % (2*w + 1) + 1": lambda w: (40 - 3 * w) % (2 * w + 1) + 1,
    "w % 7 * (7 - w % 7) + 1": lambda w: w % 7 * (7 - w % 7) + 1,
}


@pytest.mark.parametrize("number", REMAINDERS)
@pytest.mark.parametrize(
    ("layer", "products"),
    [
        ("conv: {out: 1, kernel: 'NUMBER', padding: same}", lambda n: 16 * n * n),
        ("conv: {out: 1, kernel: 1}, repeat: 'NUMBER'", lambda n: 16 * n),
    ],
    ids=["kernel", "repeat"],
)
def test_a_remainder_by_a_sum_hides_no_answer(number: str, layer: str, products: Callable[[int], int]) -> None:
    layers = f"[{{{layer.replace('NUMBER', number)}}}, {{conv: {{out: w, kernel: 1}}}}]"
    text = f"symbols: {{w: 1}}\ninput: {{channels: 1, size: [4, 4]}}\nlayers: {layers}"
    law = derive(Description(Source("net.yaml", text), "net"), free=["w"])
    expected = max(w for w in range(1, 200) if products(REMAINDERS[number](w)) + 16 * w <= 1600)
    assert [point.values for point in solve(law, ["w"], [limit("macs <= 1600")], {}).points] == [{"w": expected}]


# No other size grows: the remainder alone does, as far as what it is divided by, less what is left over.
@pytest.mark.parametrize(
    ("number", "remainder"),
    [
        ("(a + 2*w) % (w + 3) + 1", lambda w: (4 + 2 * w) % (w + 3) + 1),
        ("(a - w) % (w + 2) + 1", lambda w: (4 - w) % (w + 2) + 1),
        ("(a + 3*w) % (2*w + 5) + 1", lambda w: (4 + 3 * w) % (2 * w + 5) + 1),
        ("(5*w - 2) % (w + a) + 1", lambda w: (5 * w - 2) % (w + 4) + 1),
        ("(w*w + a) % (w + 1) + 1", lambda w: (w * w + 4) % (w + 1) + 1),
    ],
)
def test_a_remainder_that_grows_alone_has_a_largest_value(number: str, remainder: Callable[[int], int]) -> None:
    text = (
        f"symbols: {{a: 4, w: 1}}\ninput: {{channels: 3, size: [4, 4]}}\nlayers: [conv: {{out: '{number}', kernel: 1}}]"
    )
    law = derive(Description(Source("net.yaml", text), "net"), free=["w"])
    within = [w for w in range(1, 1000) if 48 * remainder(w) <= 2000]
    if within[-1] == 999:
        with pytest.raises(UsageError, match="`w` has no largest value"):
            solve(law, ["w"], [limit("macs <= 2000")], {"w": Fraction(1)})
    else:
        (point,) = solve(law, ["w"], [limit("macs <= 2000")], {"w": Fraction(1)}).points
        assert point.values == {"w": within[-1]}


# The largest are 6, 24, 120: what bounds do not show is not denied.
@pytest.mark.parametrize("number", ["w*w*w % (w*w + 1) + 1", "(7*w + 3) // (w % 5 + 1) + 1", "w*w % (3*w - 1) + 1"])
def test_a_largest_value_that_bounds_do_not_show_is_not_denied(number: str) -> None:
    law, _ = law_of_layer(f"conv: {{out: '{number}', kernel: 1}}", "w: 4", 3, "4, 4")
    with pytest.raises(UsageError, match="whether `w` has a largest value was not decided"):
        solve(law, ["w"], [limit("macs <= 2000")], {"w": Fraction(1)})


def positions(kernel: int, padding: int, stride: int = 1, dilation: int = 1) -> int:
    return (32 + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


@pytest.mark.parametrize(
    ("layer", "products"),
    [
        ("conv: {out: 16, kernel: k, padding: k//2}", lambda k: 3 * 16 * k**2 * positions(k, k // 2) ** 2),
        ("conv: {out: 1, kernel: k, padding: k//2, stride: 2}", lambda k: 3 * k**2 * positions(k, k // 2, 2) ** 2),
        ("conv: {out: 1, kernel: k, padding: k - 1, dilation: 2}", lambda k: 3 * k**2 * positions(k, k - 1, 1, 2) ** 2),
        ("conv: {out: 1, kernel: 2*k, padding: (2*k - 1)//2}", lambda k: 12 * k**2 * positions(2 * k, k - 1) ** 2),
        ("depthwise_conv: {kernel: k, padding: k//2}", lambda k: 3 * k**2 * positions(k, k // 2) ** 2),
    ],
)
def test_a_kernel_whose_padding_grows_with_it_has_a_largest_value(layer: str, products: Callable[[int], int]) -> None:
    law, _ = law_of_layer(layer, "k: 3", 3, "32, 32")
    for macs in (100_000, 1_000_000, 9_000_000):
        (point,) = solve(law, ["k"], [limit(f"macs <= {macs}")], {"k": Fraction(1)}).points
        assert point.values == {"k": max(k for k in range(1, 500) if products(k) <= macs)}


def test_a_remainder_by_the_symbol_itself_is_below_both() -> None:
    """100 % w is 0 at 100, and 100 from there on."""
    law, _ = law_of_layer("conv: {out: 100 % w + 1, kernel: 1}", "w: 1", 1, "1")
    (point,) = solve(law, ["w"], [limit("macs <= 60")], {}).points
    assert point.values == {"w": 100}


def test_training_of_repeated_layers_is_counted_as_often() -> None:
    depths = [Fraction(n, 10) for n in range(1, 15)]
    counts = {depth: convcost.analyze("efficientnet_b0", {"depth": depth}).training_macs for depth in depths}
    expected = max(depth for depth in depths if counts[depth] <= 600_000_000)
    (point,) = solved("efficientnet_b0", ["training_macs <= 600M"], depth="0.1").points
    assert point == Point({"depth": expected}, {"training_macs": counts[expected]})


@pytest.mark.slow
def test_a_factor_is_never_0() -> None:
    """make_divisible(0, 8) is 8, so the network would take it."""
    steps = {"alpha": Fraction(1, 2), "resolution": Fraction(64)}
    within = [limit("macs <= 100M")]
    alphas, sizes = [Fraction(n, 2) for n in range(1, 12)], [Fraction(64 * n) for n in range(1, 12)]
    fit = [(a, r) for a in alphas for r in sizes if fits("mobilenet_v2", within, alpha=a, resolution=r)]
    front = [(a, r) for a, r in fit if not any((a, r) != (x, y) and a <= x and r <= y for x, y in fit)]
    solution = solve(law_of("mobilenet_v2", "alpha", "resolution"), ["alpha", "resolution"], within, steps)
    assert [tuple(point.values.values()) for point in solution.points] == front
    assert solved("mobilenet_v2", ["macs <= 1000"], alpha="0.5").points == ()


def test_a_value_that_divides_by_zero_is_refused(tmp_path: Path, run: Run) -> None:
    """Where a trade-off tries d = 0, the law divides by it."""
    spec = tmp_path / "net.yaml"
    layers = "layers:\n  - {squeeze_excite: {reduction: d}, repeat: d//2}\n  - conv: {out: 4, kernel: 3}\n"
    spec.write_text(f"symbols: {{d: 0.5}}\ninput: {{channels: 8, size: [24, 24]}}\n{layers}")
    ran = run("solve", str(spec), "--for", "d,H", "--subject-to", "macs <= 1e12")
    # 22*9*8*4 = 6336 products for each of the H - 2 rows; the gates, four of 2*8*1 products, fit in beside them.
    assert ran.code == 0
    assert [row.split()[:2] for row in ran.out.splitlines()[2:3]] == [["8", str((10**12 - 64) // 6336 + 2)]]


def test_that_a_layer_is_repeated_once_goes_without_saying(run: Run, tmp_path: Path) -> None:
    """The network of no repetition is not searched, and nothing is said of it."""
    spec = tmp_path / "net.yaml"
    spec.write_text(
        "symbols: {n: 2}\ninput: {channels: 4, size: [8]}\nlayers:\n  - {conv: {out: 4, kernel: 1}, repeat: n}\n"
    )
    ran = run("solve", str(spec), "--for", "n", "--subject-to", "macs <= 1000")
    assert (ran.code, ran.out.splitlines()[2].split()[:2]) == (0, ["7", "896"])  # of 4*4*8 each
    assert "not searched" not in ran.out


def test_what_was_not_searched_is_told(run: Run, tmp_path: Path) -> None:
    """A layer that is there from s = 2 on: the closed form is that of the network with it."""
    spec = tmp_path / "net.yaml"
    layers = "layers:\n  - {conv: {out: 8, kernel: 3}, when: s >= 2}\n  - conv: {out: 8*s, kernel: 3}\n"
    spec.write_text(f"symbols: {{s: 2}}\ninput: {{channels: 8, size: [19]}}\n{layers}")
    arguments = ["solve", str(spec), "--for", "s", "--subject-to", "params <= 300"]
    ran = run(*arguments)
    # 8*3 weights and one bias for each of 8*s channels: 200 of them at s = 1, where there is no other layer.
    assert ran.code == 1
    assert "none found" in ran.out
    assert "not searched  values that don't meet s >= 2, for which other formulas hold" in " ".join(ran.out.split("\n"))
    data = json.loads(run(*arguments, "--format", "json").out)
    SCHEMA.validate(data)
    assert data["searched_only_where"] == ["s >= 2"]


def test_an_output_padding_fits_below_the_stride_or_the_dilation(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    layer = "conv_transpose: {out: 8, kernel: 3, stride: s, dilation: d, output_padding: 1}"
    spec.write_text(law_of_layer(layer, "s: 2, d: 1", 8, "19")[1])
    ran = run("solve", str(spec), "--for", "s,d", "--subject-to", "elements <= 300", "--format", "json")
    # 18*s + 2*d + 2 positions of 8 channels: of at most 37, up to dilation 8 at stride 1, and none at stride 2.
    data = json.loads(ran.out)
    assert [point["values"] for point in data["points"]] == [{"s": 1, "d": 8}]
    assert data["searched_only_where"] == []


def test_no_solution_says_from_where_on(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(law_of_layer("conv: {out: 16 + e, kernel: 3}", "e: 8", 3, "16, 16")[1])
    out = run("solve", str(spec), "--for", "e", "--subject-to", "params <= 100").out
    assert "no solution  e in whole numbers from 0 up, where" in out


# Two symbols

PAIRS = {
    ("mobilenet_v1", "alpha", "resolution"): (Fraction(1, 8), Fraction(32)),
    ("mobilenet_v2", "resolution", "alpha"): (Fraction(48), Fraction(3, 20)),
    ("efficientnet_b0", "width", "depth"): (Fraction(1, 2), Fraction(1, 4)),
    ("shufflenet_v2", "channels", "last"): (Fraction(40), Fraction(256)),
    ("resnet18", "H", "W"): (Fraction(56), Fraction(40)),
    ("lenet5", "N", "resolution"): (Fraction(2), Fraction(5)),
    ("c3d", "frames", "resolution"): (Fraction(8), Fraction(17)),
    ("unet", "resolution", "N"): (Fraction(48), Fraction(1)),
}
GRID = 7


@pytest.mark.slow
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(
    st.sampled_from(["macs", "elements"]),
    st.tuples(st.integers(1, GRID), st.integers(1, GRID)),
    st.sampled_from([[], ["params <= 4M"], ["macs >= 1M"]]),
)
def test_trade_offs_are_those_of_brute_force(
    pair: tuple[str, str, str], of: str, place: tuple[int, int], more: list[str]
) -> None:
    (spec, *names), sizes = pair, PAIRS[pair]
    totals = counted(spec, tuple((name, n * size) for name, n, size in zip(names, place, sizes, strict=True)))
    assume(totals is not None)
    assert totals is not None
    solution = solved(spec, [f"{of} <= {totals[of]}", *more], **dict(zip(names, sizes, strict=True)))
    first, second = ([point.values[name] for point in solution.points] for name in names)
    assert first == sorted(set(first))
    assert second == sorted(set(second), reverse=True)
    for point in solution.points:
        at = counted(spec, tuple(point.values.items()))
        assert at is not None
        assert point.totals.items() <= at.items()
        assert fits(spec, solution.limits, **point.values)
    for n, m in product(range(1, GRID + 1), repeat=2):
        a, b = n * sizes[0], m * sizes[1]
        if fits(spec, solution.limits, **dict(zip(names, (a, b), strict=True))):
            assert any(a <= x and b <= y for x, y in zip(first, second, strict=True))


# What is asked


@pytest.mark.parametrize(
    ("text", "of", "bound", "upper"),
    [
        ("macs <= 300e6", "macs", 300_000_000, True),
        ("params<3.5M", "params", 3_499_999, True),
        (" elements  <  2.5 ", "elements", 2, True),
        ("additions >= 1.5", "additions", 2, False),
        ("macs > 1_000_000 k", "macs", 1_000_000_001, False),
        ("macs <= 300e+6", "macs", 300_000_000, True),
        ("useful_macs <= 0.3 T", "useful_macs", 300_000_000_000, True),
    ],
)
def test_limits(text: str, of: str, bound: int, upper: bool) -> None:
    assert limit(text) == Limit(text.strip(), of, bound, upper)


@pytest.mark.parametrize(
    "text", ["macs", "macs <= ", "macs = 3", "macs <= -1", "3 <= macs", "macs <= 1e999", "macs <= x"]
)
def test_what_is_no_limit(text: str) -> None:
    with pytest.raises(UsageError, match="is not a limit"):
        limit(text)


@pytest.mark.parametrize("text", ["macs <= 3,5 M", "params < 1,000"])
def test_commas_are_refused_with_help(text: str) -> None:
    with pytest.raises(UsageError, match="digits are grouped as 25_557_032, and decimals follow a point"):
        limit(text)


@pytest.mark.parametrize("text", ["0", "-1", "0.0", "0,5", "1/0", "x", "1e-999", "", "1/2/3", "inf"])
def test_what_is_no_step(text: str) -> None:
    with pytest.raises(UsageError, match="a step is a number above 0"):
        step(text)


# The command


def test_table(run: Run) -> None:
    ran = run("solve", "mobilenet_v1", "--for", "alpha", "--subject-to", "macs <= 300e6")
    assert (ran.code, ran.err) == (0, "")
    assert "0.71875   299,724,592     99.9 %" in ran.out
    assert "alpha in multiples of 0.03125, where macs <= 300e6" in ran.out
    assert "alpha = 0.75 has 325,400,448 macs, 8.5 % above `macs <= 300e6`" in ran.out


PAIR = ["mobilenet_v1", "--for", "alpha,resolution", "--subject-to", "macs <= 50M", "--multiple-of", "64"]


def test_formats(run: Run) -> None:
    arguments = ["solve", *PAIR, "--step", "alpha=0.25", "--format"]
    data = json.loads(run(*arguments, "json").out)
    SCHEMA.validate(data)
    assert data["steps"] == {"alpha": 0.25, "resolution": 64}
    assert data["points"][0]["values"] == {"alpha": 0.25, "resolution": 192}
    assert data["points"][0]["next"]["totals"]["macs"] > 50e6
    assert run(*arguments, "csv").out.splitlines()[:2] == ["alpha,resolution,macs", "0.25,192,30212608"]
    assert "| alpha | resolution | macs | of 50.0 M | next resolution |" in run(*arguments, "markdown").out
    assert "256: macs 7." in run(*arguments, "table").out


def test_no_solution_is_a_no(run: Run) -> None:
    arguments = ["solve", "mobilenet_v1", "--for", "alpha", "--subject-to", "macs <= 1000"]
    ran = run(*arguments)
    assert (ran.code, ran.err) == (1, "")
    assert "no solution" in ran.out
    assert "alpha = 0.03125 has 1,440,848 macs, 1,441 times the limit `macs <= 1000`" in ran.out
    ran = run(*arguments, "--format", "json")
    assert ran.code == 1
    data = json.loads(ran.out)
    SCHEMA.validate(data)
    assert data["points"] == []
    assert data["smallest"]["totals"] == {"macs": 1_440_848}
    assert run(*arguments, "--format", "csv").out == "alpha,macs\n"
    assert run(*arguments, "--format", "markdown").out.startswith("- no solution: alpha")
    ran = run("solve", *PAIR, "--subject-to", "params <= 1000")
    assert ran.code == 1
    assert "smallest     alpha = 0.03125, resolution = 64 has" in ran.out


def test_steps_and_lower_limits_are_shown_as_they_are(run: Run) -> None:
    limits = ["--subject-to", "macs <= 300M", "--subject-to", "params >= 1"]
    arguments = ["solve", "mobilenet_v2", "--for", "alpha", *limits]
    out = run(*arguments).out
    assert "finer  between these there may be more: --step alpha=0.005" in out
    assert out.splitlines()[0].split() == ["alpha", "macs", "of", "300", "M", "params"]
    out = run(*arguments, "--step", "0.0000001").out
    assert "alpha in multiples of 0.0000001, where" in out
    assert "finer" not in out


def test_smaller_values_that_are_outside_are_told(run: Run) -> None:
    out = run("solve", "shufflenet_v1", "--for", "groups", "--subject-to", "macs <= 100e6").out
    assert "not all that is smaller is within: groups = 4 has 107,449,152 macs" in out


@pytest.mark.slow
def test_fine_steps_and_large_networks_take_no_time(run: Run) -> None:
    for spec, symbol, text, *more in [
        ("mobilenet_v1", "alpha", "macs <= 300M", "--step", "1e-9"),
        ("mobilenet_v2", "alpha", "macs <= 300M", "--step", "1e-9"),
        ("lenet5", "resolution", "macs <= 1P".replace("P", "000T")),
        ("resnet50", "H,W", "macs <= 4G"),
    ]:
        assert run("solve", spec, "--for", symbol, "--subject-to", text, *more).code == 0


ALPHA = ["--for", "alpha", "--subject-to"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--for", "alpa", "--subject-to", "macs <= 1"], "did you mean `alpha`?"),
        ([*ALPHA, "mac <= 1"], "did you mean `macs`?"),
        ([*ALPHA, "macs is small"], "`macs is small` is not a limit"),
        (["--for", "resolution", "--subject-to", "params <= 5M"], "`resolution` has no largest value"),
        (["--for", "resolution,alpha", "--subject-to", "params <= 5M"], "`resolution` has no largest value"),
        (["--for", "alpha,resolution", "--subject-to", "macs >= 1"], "has no largest value"),
        ([*ALPHA, "macs <= 1G", "--step", "0"], "a step is a number above 0"),
        ([*ALPHA, "macs <= 1G", "--step", "-1"], "a step is a number above 0"),
        ([*ALPHA, "macs <= 1G", "--step", "1e12"], "no size is larger than 2,147,483,647"),
        ([*ALPHA, "macs <= 1G", "--step", "beta=1"], "`beta` is not solved for"),
        ([*ALPHA, "macs <= 1G", "--multiple-of", "32"], "say --step 32"),
        ([*ALPHA, "macs <= 1G", "--multiple-of", "0"], "0 is not in the range"),
        ([*ALPHA, "macs <= 1G", "--set", "alpha=1"], "can't be both set and left free"),
        ([*ALPHA, "macs <= 1G", "--format", "xml"], "--format can't be `xml`"),
        (["--for", "", "--subject-to", "macs <= 1G"], "has no symbol"),
        (["--for", "alpha,alpha", "--subject-to", "macs <= 1G"], "two different ones"),
        (["--for", "alpha,resolution,N", "--subject-to", "macs <= 1G"], "two different ones"),
        (["--for", "alpha"], "Missing option '--subject-to'"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_refusals(run: Run, arguments: list[str], says: str) -> None:
    ran = run("solve", "mobilenet_v1", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in " ".join(ran.err.split())


def test_what_decides_the_structure_is_not_solved_for(run: Run) -> None:
    ran = run("solve", "resnet50", "--for", "early", "--subject-to", "macs <= 1G")
    assert (ran.code, ran.out) == (2, "")
    assert "`early` decides which layers there are" in ran.err


@pytest.mark.parametrize(
    ("most", "value", "says"),
    [
        ("MOST_POINTS", 3, "more than 3 pairs of values are largest"),
        ("MOST_SECONDS", 0, "the search was given up after 0 seconds: `alpha` was not searched"),
    ],
)
def test_what_takes_too_long_is_given_up(
    run: Run, monkeypatch: pytest.MonkeyPatch, most: str, value: int, says: str
) -> None:
    monkeypatch.setattr(f"convcost.solve.search.{most}", value)
    ran = run("solve", *PAIR)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert "choose a larger step" in ran.err


def test_pairs_that_were_found_in_time_are_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    every = run("solve", *PAIR, "--format", "csv").out.splitlines()[1:]
    now = count()
    monkeypatch.setattr("convcost.solve.search.process_time", lambda: next(now) // 40 * 4.5)
    found = run("solve", *PAIR, "--format", "csv").out.splitlines()[1:]
    assert 0 < len(found) < len(every)
    assert found == every[-len(found) :]
    now = count()
    ran = run("solve", *PAIR)
    (untried,) = re.findall(r"not searched  `alpha` up to (\S+): it takes too long", ran.out)
    assert (ran.code, float(untried) < float(found[0].split(",")[0])) == (0, True)
    now = count()
    data = json.loads(run("solve", *PAIR, "--format", "json").out)
    SCHEMA.validate(data)


@pytest.mark.parametrize("limit", ["training_macs <= 1e7", "peak_memory <= 4 MiB"])
def test_a_total_that_is_no_plain_sum_is_searched_in_little_time(run: Run, tmp_path: Path, limit: str) -> None:
    """What such a figure is never less than leaves few values to count: here it took minutes."""
    spec = tmp_path / "net.yaml"
    layers = "[conv: {out: 16, kernel: 3, padding: 1}, max_pool: {kernel: 2}, conv: {out: 32, kernel: 3, padding: 1}]"
    spec.write_text(f"input: {{channels: 3, size: [64, 64]}}\nlayers: {layers}")
    started = time.process_time()
    assert run("solve", str(spec), "--for", "N,H", "--subject-to", limit).code == 0
    assert time.process_time() - started < 5


def test_a_terminal_has_a_bar(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    ran = run("solve", *PAIR)
    assert ran.code == 0
    assert "values tried" not in ran.out


GATED = """
symbols: {w: 2}
input: {channels: 4, size: [5, 7]}
layers:
  - conv: {out: 2*w, kernel: 1}
  - mul:
      a: [{conv: {out: 4, kernel: 1}}]
      b: [global_avg_pool]
"""


@pytest.mark.parametrize(
    ("limit", "line"), [("macs <= 1000", "smallest      w = 2 has 1,120 macs"), ("macs <= 2000", "")]
)
def test_what_the_network_refuses_is_neither_next_nor_smallest(run: Run, tmp_path: Path, limit: str, line: str) -> None:
    """A gate has as many channels as what it gates, so w is 2 and nothing else: 4*4*35 + 4*4*35 macs."""
    (tmp_path / "gated.yaml").write_text(GATED, encoding="utf-8")
    out = run("solve", str(tmp_path / "gated.yaml"), "--for", "w", "--subject-to", limit).out
    assert line in out
    assert "next" not in out


WAVES = """
symbols: {w: 2}
input: {channels: 1, size: [4, 4]}
layers:
  - conv: {out: 1 + w % 7, kernel: 1, bias: false}
  - conv: {out: w, kernel: 1, bias: false}
"""


@pytest.mark.parametrize(("low", "high"), [(300, 900), (1000, 4000), (1900, 2000), (0, 500), (2001, 2015), (500, 499)])
def test_mixed_limits_give_the_range(run: Run, tmp_path: Path, low: int, high: int) -> None:
    """Totals rise and fall with w, so the range has gaps: found by trying every value."""
    (tmp_path / "waves.yaml").write_text(WAVES, encoding="utf-8")
    totals = {w: convcost.analyze(tmp_path / "waves.yaml", {"w": w}).macs for w in range(1, 300)}
    within = [w for w, total in totals.items() if low <= total <= high]
    limits = ["--subject-to", f"macs >= {low}", "--subject-to", f"macs <= {high}"]
    ran = run("solve", str(tmp_path / "waves.yaml"), "--for", "w", *limits, "--format", "json")
    data = json.loads(ran.out)
    SCHEMA.validate(data)
    assert [point["values"]["w"] for point in data["points"]] == sorted({*within[:1], *within[-1:]})
    gaps = [w for w in range(within[0], within[-1]) if w not in within] if within else []
    assert (data["outside"] and data["outside"]["values"]["w"]) == (gaps[-1] if gaps else None)
    assert ran.code == (0 if within else 1)
    text = run("solve", str(tmp_path / "waves.yaml"), "--for", "w", *limits).out
    assert ("range" if within else "no solution") in text
    assert ("not all in the range is within" in text) == bool(gaps)
