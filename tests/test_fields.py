"""Receptive fields in symbols, held against those of numbers, against dye, and against what a person wrote."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

import pytest
from command_line import DATA, Run
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from networks import each_network

from convcost.algebra.derivation import derive
from convcost.algebra.fields import SymbolicField
from convcost.algebra.law import Law
from convcost.algebra.texts import number_as_text
from convcost.analysis.field import MOST_PHASES
from convcost.analysis.in_symbols import Walked, axis_formula
from convcost.analysis.propagation import receptive_fields
from convcost.analysis.whole import NoFigure
from convcost.dyed import dye
from convcost.errors import ConvcostError, Source, UsageError
from convcost.network import Network
from convcost.ops.resampling import AdaptiveWindow, BlockWindow, ResizeWindow
from convcost.ops.windows import NotFollowed, TransposedWindow, Window
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.reading.sources import bundled
from convcost.solve.limits import limit
from convcost.solve.solution import solve

FIGURES = {"receptive_field": "receptive_field", "effective_stride": "stride", "start_offset": "start"}

LAWS = [
    law
    for name in ("laws.json", "blocks.json")
    for law in json.loads((DATA / "laws" / name).read_text(encoding="utf-8"))
    if law["receptive_field"]
]


def law_of(text: str, **settings: Any) -> Law:
    return derive(Description(Source("net.yaml", text), "net"), **settings)


def settings_for(law: Law, rng: random.Random, count: int) -> Iterator[tuple[Mapping[str, int], Network]]:
    """Settings at which the law holds, and the network there."""
    found = 0
    for _ in range(40 * count):
        values = {
            v.name: rng.randrange(1, 9) if (v.default or 1) < 16 else rng.randrange(16, 120) for v in law.variables
        }
        at = law.numbers_at(values)
        if at is not None and not law.broken(law.at(values)):
            found += 1
            yield values, at[0]
        if found == count:
            return


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law["file"])
def test_what_a_person_wrote(law: Any) -> None:
    """As short as that, and equal to it, and to what is counted, wherever the law holds."""
    text = law.get("spec") or (DATA / "laws" / law["file"]).read_text(encoding="utf-8")
    description = Description(Source(law["file"], text), law["file"])
    found = derive(description, free=list(description.outline().symbols), assume=law["assume"])
    formulas = {of: axis_formula(found, of) for of in FIGURES}
    size = {number_as_text(n, in_place=True) for n in formulas["receptive_field"].numbers}
    assert max(map(len, size)) <= 1.5 * len(law["text"]["receptive_field"])
    rng, checked = random.Random(1), 0
    for values, network in settings_for(found, rng, 5):
        names: dict[str, Any] = {**values, "max": max}
        for name, text in law["where"].items():
            names[name] = value_of(text, names)
        counted = counted_figures(network)
        for of, key in FIGURES.items():
            numbers = tuple(map(found.at(values), formulas[of].numbers))
            assert numbers == tuple(value_of(text, names) for text in law[key]) == counted[of]
        checked += 1
    assert checked


def value_of(text: str, names: Mapping[str, Any]) -> Any:
    return eval(text, {"__builtins__": {}}, dict(names))  # noqa: S307 - expressions of the test data


def counted_figures(network: Network) -> dict[str, Any]:
    from convcost.analysis.costs import analyze

    analysis = analyze(network)
    return {of: analysis.of(of) for of in FIGURES}


def check_layers(law: Law, values: Mapping[str, int], network: Network, gates: bool = True) -> int:
    """Hold every layer's field against that of numbers; return of how many there is a formula."""
    at, known = law.at(values), 0
    counted = dict(zip((layer.name for layer in network.layers), receptive_fields(network, gates=gates), strict=True))
    for layer, field in zip(
        law.network.layers, receptive_fields(law.network, gates=gates, axis=SymbolicField()), strict=True
    ):
        if field.fields is None:
            assert field.has_no_formula or field.reason == counted[layer.name].reason
            continue
        numbers = [tuple(map(at, law.written(ns))) for ns in (field.size or (), field.stride or (), field.start or ())]
        there = counted[layer.name]
        if there.reason == f"more than {MOST_PHASES} phases":  # numbers are followed one phase after the other
            continue
        assert numbers == [there.size, there.stride, there.start], (layer.name, values)
        known += 1
    return known


@pytest.mark.parametrize("name", each_network(bundled()))
def test_layers_of_bundled_networks(name: str) -> None:
    law = derive(open_description(name))
    rng = random.Random(2)
    for _ in range(2):
        values = {
            v.name: v.default + 32 * rng.randrange(3) + rng.randrange(9) for v in law.variables if v.name in "HWT"
        }
        at = law.numbers_at(values)
        if at is not None and len(at[0].layers) == len(law.network.layers):
            for gates in (True, False):
                assert check_layers(law, values, at[0], gates)


STACK = """
symbols: {k: 3, d: 2, s: 2, u: 2, p: 1}
input: {channels: 1, size: [90]}
layers:
  - conv: {out: 1, kernel: k, dilation: d, padding: p}
  - {conv: {out: 1, kernel: 3, padding: 1}, repeat: p}
  - max_pool: {kernel: k, stride: s}
  - add: {body: [conv: {out: 1, kernel: 3, padding: 1}], short: []}
  - upsample: {scale: u}
  - conv: {out: 1, kernel: k}
"""


@pytest.mark.parametrize("seed", range(6))
def test_dye_shows_the_formula(seed: int) -> None:
    law, rng = law_of(STACK), random.Random(seed)
    formulas = Walked(law.network, law)
    last = law.network.layers[-1]
    size, stride, start = (formulas.numbers(of, last)[0] for of in FIGURES)
    values = {"k": rng.randrange(1, 5), "d": rng.randrange(1, 4), "s": rng.randrange(1, 4), "u": rng.randrange(1, 4)}
    at = law.at({**values, "p": 1, "T": 90})
    network = law.network_at({**values, "p": 1, "T": 90})
    *_, dyed = dye(network, 0, length=250)
    measured = dyed.measure()
    assert measured is not None
    assert (at(size), at(stride), at(start)) == (measured.size, measured.stride, measured.start)


@pytest.mark.parametrize("seed", range(8))
def test_dye_shows_what_a_fitted_pool_reads(seed: int) -> None:
    """Its windows are all that there are, so that the largest of them is seen."""
    layers = ["conv: {out: 1, kernel: k, stride: s}", "max_pool: {kernel: 2}", "adaptive_avg_pool: {size: o}"]
    text = "symbols: {k: 3, s: 2, o: 3}\ninput: {channels: 1, size: [90]}\nlayers:\n"
    law, rng = law_of(text + "".join(f"  - {layer}\n" for layer in layers)), random.Random(seed)
    (size,) = axis_formula(law, "receptive_field").numbers
    values = {"k": rng.randrange(1, 6), "s": rng.randrange(1, 4), "o": rng.randrange(2, 9), "L": rng.randrange(60, 200)}
    *_, dyed = dye(law.network_at(values), 0)
    first, last = dyed.spans.T
    assert law.at(values)(size) == max(last - first) + 1


KERNELS = st.sampled_from(["1", "2", "3", "k", "2*j + 1", "k + 1"])
STRIDES = st.sampled_from(["1", "1", "2", "s"])
KEEPING = st.sampled_from(
    [
        "conv: {out: 1, kernel: 2*j + 1, padding: j}",
        "conv: {out: 1, kernel: 3, padding: d, dilation: d}",
        "conv: {out: 1, kernel: k, padding: same}",
        "max_pool: {kernel: 3, stride: 1, padding: 1}",
        "relu",
    ]
)


@st.composite
def layers(draw: Any) -> str:
    kind = draw(st.sampled_from(["conv", "conv", "pool", "fitted", "up", "transposed", "join", "join", "again"]))
    match kind:
        case "conv":
            padding = draw(st.sampled_from(["0", "1", "j", "(k - 1)//2", "same"]))
            dilation = draw(st.sampled_from(["1", "2", "d"]))
            more = f"stride: {draw(STRIDES)}, padding: {padding}, dilation: {dilation}"
            return f"conv: {{out: 1, kernel: {draw(KERNELS)}, {more}}}"
        case "pool":
            return f"max_pool: {{kernel: {draw(KERNELS)}, stride: {draw(STRIDES)}}}"
        case "fitted":
            return f"adaptive_avg_pool: {{size: {draw(st.sampled_from(['3', '5', 'o + 1']))}}}"
        case "up":
            mode = draw(st.sampled_from(["nearest", "bilinear"]))
            return f"upsample: {{scale: {draw(st.sampled_from(['2', '3', 'u']))}, mode: {mode}}}"
        case "transposed":
            kernel, stride = draw(st.sampled_from([("2*u", "u"), ("k", "s"), ("2", "2"), ("3", "2"), ("1", "2")]))
            return f"conv_transpose: {{out: 1, kernel: {kernel}, stride: {stride}}}"
        case "join":
            paths = draw(st.lists(st.lists(KEEPING, max_size=2), min_size=2, max_size=2))
            return f"add: {{a: [{', '.join(paths[0])}], b: [{', '.join(paths[1])}]}}"
    return draw(KEEPING)


UPS = ["conv_transpose: {out: 1, kernel: 2*u, stride: u}", "upsample: {scale: 2}"] * 2 + ["upsample: {scale: 3}"]


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(st.lists(layers(), min_size=1, max_size=5), st.randoms(use_true_random=False))
@example(UPS, random.Random(5))
def test_layers_of_random_networks(drawn: list[str], rng: random.Random) -> None:
    """With windows, strides and scales that are symbols, on paths that meet: a formula is right, or there is none."""
    text = "symbols: {k: 3, j: 1, s: 2, d: 1, u: 2, o: 3}\ninput: {channels: 1, size: [64]}\nlayers:\n"
    text += "".join(f"  - {layer}\n" for layer in drawn)
    try:
        law = law_of(text)
    except ConvcostError:
        assume(False)
    for values, network in settings_for(law, rng, 3):
        check_layers(law, values, network)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(layers(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_dye_shows_the_formula_of_random_stacks(drawn: list[str], rng: random.Random) -> None:
    assume(not any("adaptive" in layer for layer in drawn))  # too few windows to see a pattern
    text = "symbols: {k: 3, j: 1, s: 2, d: 1, u: 2, o: 3}\ninput: {channels: 1, size: [64]}\nlayers:\n"
    text += "".join(f"  - {layer}\n" for layer in drawn)
    try:
        law = law_of(text)
        formulas = Walked(law.network, law)
        numbers = [formulas.numbers(of, law.network.layers[-1])[0] for of in FIGURES]
    except (ConvcostError, NoFigure):
        assume(False)
    for _ in range(2):
        # As long as the line that is dyed: where windows begin with `same` padding depends on it.
        values = {v.name: 400 if v.name in law.sizes else rng.randrange(1, 4) for v in law.variables}
        found = law.numbers_at(values)
        if found is None or law.broken(law.at(values)):
            continue
        *_, dyed = dye(found[0], 0, length=400)
        if (measured := dyed.measure()) is not None:
            at = law.at(values)
            assert [at(n) for n in numbers] == [measured.size, measured.stride, measured.start], values


@given(
    st.builds(Window, st.integers(1, 5), st.integers(1, 4), st.integers(-2, 3), st.just(0), st.integers(1, 3))
    | st.builds(ResizeWindow, st.integers(1, 9), st.integers(1, 9), st.sampled_from([1, 2, 4]), st.just(False))
    | st.builds(ResizeWindow, st.integers(2, 9), st.integers(2, 9), st.sampled_from([2, 4]), st.just(True))
    | st.builds(BlockWindow, st.integers(1, 9))
    | st.builds(AdaptiveWindow, st.integers(1, 9), st.integers(1, 9))
    | st.builds(
        TransposedWindow, st.integers(1, 5), st.integers(1, 4), st.integers(0, 3), st.just(0), st.just(1), st.just(0)
    ),
    st.integers(-9, 9),
)
def test_a_span_is_where_the_reads_begin_and_end(window: Any, y: int) -> None:
    reads, (first, last) = window.reads(y), window.span(y)
    assert (first, last) == (min(reads), max(reads)) if reads else first == last + 1
    period = window.span(y + window.period)
    assert period[0] - first == window.advance == window.period * window.step


def test_a_dilated_transposed_convolution_has_a_reason() -> None:
    with pytest.raises(NotFollowed, match="a stride and a dilation"):
        TransposedWindow(3, 2, 0, 0, 2).span(0)


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        # By hand: d*(k - 1) + 1 after the first; s*(k - 1) more; 2*s outputs of the pool begin s further on.
        (
            ["conv: {out: c, kernel: k, stride: s, dilation: d, padding: 2}", "conv: {out: 2*c, kernel: k, padding: 1}",
             "max_pool: {kernel: 2}"],
            ("d*k + k*s - d + 1", "2*s", "-s - 2"),
        ),
        (["{conv: {out: c, kernel: 3, padding: 1}, repeat: n}"], ("2*n + 1", "1", "-n")),
        # One position in two is read twice: by an even output and by the odd one after it.
        (["upsample: {scale: u}", "conv: {out: c, kernel: k}"], ("floor((k - 2)/u) + 2", "1/u", "0")),
        (["conv_transpose: {out: c, kernel: 2*u, stride: u}"], ("2", "1/u", "-1")),
    ],
)  # fmt: skip
def test_worked_by_hand(layers: list[str], expected: tuple[str, ...]) -> None:
    law = law_of(
        "symbols: {k: 3, d: 2, c: 8, s: 2, n: 2, u: 2}\ninput: {channels: 8, size: [32, 32]}\nlayers:\n"
        + "".join(f"  - {layer}\n" for layer in layers),
        free=["k", "d", "c", "s", "n", "u"],
    )
    found = [{number_as_text(n, in_place=True) for n in axis_formula(law, of).numbers} for of in FIGURES]
    assert found == [{text} for text in expected]


def test_pools_fitted_to_rounded_sizes() -> None:
    """By hand: of n = ceil(L/2) positions, m windows of five have at most 1 + ceil((m*n - gcd(n, 5))/5).

    They begin at floor(y*n/5) and end before ceil((y + m)*n/5), where y*n leaves any multiple of gcd(n, 5) modulo 5.
    """
    law = law_of(
        """
input: {channels: 1, size: [64]}
layers:
  - conv: {out: 1, kernel: 3, stride: 2, padding: 1}
  - adaptive_avg_pool: {size: 5}
  - conv: {out: 1, kernel: 3, padding: 1}
"""
    )
    formulas = [Walked(law.network, law).texts(of, law.network.layers[1]) for of in FIGURES]
    assert formulas == [["2*ceil((ceil(L/2) - gcd(5, ceil(L/2)))/5) + 3"], ["2*ceil(L/2)/5"], ["-1"]]
    last = axis_formula(law, "receptive_field")
    assert [number_as_text(n, in_place=True) for n in last.numbers] == [
        "2*ceil((3*ceil(L/2) - gcd(5, ceil(L/2)))/5) + 3"
    ]
    # 19 positions: 0-3, 3-7, 7-11, 11-15, 15-18; the middle three are 13 positions, of which 2*12 + 3 are read.
    assert law.at({"L": 37})(last.numbers[0]) == 27


def test_one_window_of_a_fitted_pool_reads_everything() -> None:
    """Where the formula of several windows does not hold."""
    spec = "symbols: {o: %d}\ninput: {channels: 1, size: [64]}\nlayers:\n  - adaptive_avg_pool: {size: o}\n"
    assert "o >= 2" in [str(c) for c in axis_formula(law_of(spec % 4, free=["o"]), "receptive_field").law.conditions]
    with pytest.raises(UsageError, match="one window, which reads the whole input"):
        axis_formula(law_of(spec % 1, free=["o"]), "receptive_field")


@pytest.mark.parametrize(
    ("layers", "says"),
    [
        (["adaptive_avg_pool: {size: 7}", "conv: {out: 1, kernel: 1}"], None),
        (["conv: {out: 1, kernel: 5}", "adaptive_avg_pool: {size: 7}"], None),
        (["max_pool: {kernel: 2}", "max_pool: {kernel: 2}", "adaptive_avg_pool: {size: 7}"], None),
        (
            ["conv: {out: 1, kernel: 5}", "adaptive_avg_pool: {size: 7}", "upsample: {scale: 2}"],
            "`upsample` has windows",
        ),
        (["conv_transpose: {out: 1, kernel: k, stride: s, dilation: s}"], "a stride and a dilation"),
        (["conv_transpose: {out: 1, kernel: k, stride: s}", "conv: {out: 1, kernel: 2, dilation: 2}"], "write nothing"),
    ],
)
def test_what_has_no_formula_has_a_reason(layers: list[str], says: str | None) -> None:
    text = "symbols: {k: 3, s: 2}\ninput: {channels: 1, size: [64, 64]}\nlayers:\n"
    law = law_of(text + "".join(f"  - {layer}\n" for layer in layers))
    if says is None:
        assert axis_formula(law, "receptive_field").layer
    else:
        with pytest.raises(UsageError, match=says):
            axis_formula(law, "receptive_field")


DEEP = """
symbols: {k: 3, n: 4}
input: {channels: 3, size: [64, 64]}
layers:
  - conv: {out: 8, kernel: k}
  - {conv: {out: 8, kernel: 3, padding: 1}, repeat: n}
  - max_pool: {kernel: [2, 3]}
"""


@pytest.mark.parametrize(
    ("symbol", "limits", "value", "field"),
    [
        # k + 2*n, and one more along the first axis, which is the smaller one.
        ("n", ["receptive_field >= 224"], 110, 224),
        ("n", ["receptive_field > 224"], 111, 226),
        ("k", ["receptive_field >= 30"], 21, 30),
        ("n", ["receptive_field <= 30"], 13, 30),
        ("n", ["receptive_field >= 24", "receptive_field <= 31"], 13, 30),
    ],
)
def test_a_field_can_be_limited(symbol: str, limits: list[str], value: int, field: int) -> None:
    """From below alone, the smallest value is found; from both sides, the largest is the last."""
    law = law_of(DEEP, free=[symbol])
    point = solve(law, [symbol], list(map(limit, limits)), {}).points[-1]
    assert (point.values[symbol], point.totals["receptive_field"]) == (value, field)


def test_python_of_a_field_runs(run: Run) -> None:
    source = run("formula", "resnet18", "--of", "output_shape", "--format", "python").out
    names: dict[str, Any] = {"Fraction": Fraction}
    exec(source, names)  # noqa: S102 - what is tested is source
    assert names["output_shape"]() == (1000,)[0]
