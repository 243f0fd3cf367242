"""A network's law against its numbers: wherever the closed form claims to hold, it is what `analyze` counts."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command_line import Run
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from json_schemas import validator
from networks import CHOSEN, each_network
from random_specs import specs

from convcost.algebra.conditions import Condition
from convcost.algebra.derivation import derive
from convcost.algebra.domain import assumptions
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.formula import formula_of
from convcost.algebra.law import Law, formulated
from convcost.algebra.polynomial import symbol
from convcost.algebra.texts import number_as_text
from convcost.analysis.costs import Analysis, analyze
from convcost.analysis.recount import recount
from convcost.building.build import Layers
from convcost.errors import Source, SpecError, UsageError
from convcost.figures import FIGURES, Setting
from convcost.network import Network
from convcost.ops.base import WORK_KINDS
from convcost.ops.numbers import Number
from convcost.reading.description import Description
from convcost.reading.load import open_description, read
from convcost.reading.sources import bundled, open_source


def law_of(spec: str, *free: str, **settings: str) -> Law:
    source, name = open_source(spec)
    return derive(Description(source, name), settings, free=free or None)


def law_of_text(text: str, *free: str) -> Law:
    return derive(Description(Source("net.yaml", text), "net"), free=free or None)


def counted(analysis: Analysis, of: str) -> int:
    """A total, as `analyze` has it."""
    return int(analysis.of(of))


# What the literature says

RESNET50 = {
    "ceil(H/2)*ceil(W/2)": "9408",
    "ceil(H/4)*ceil(W/4)": "245760",
    "ceil(H/8)*ceil(W/8)": "1310720",
    "ceil(H/16)*ceil(W/16)": "7471104",
    "ceil(H/32)*ceil(W/32)": "14417920",
    "1": "2048000",
}


def test_resnet50_is_five_terms_and_a_constant() -> None:
    law = law_of("resnet50")
    terms = formula_of(law, "macs").terms
    assert {number_as_text(term.extent): number_as_text(term.coefficient) for term in terms} == RESNET50
    assert law.evaluate("macs") == 4_089_184_256
    assert law.evaluate("macs", {"H": 225, "W": 331}) == 6_559_845_504
    assert law.evaluate("macs", {"N": 3}) == 3 * 4_089_184_256
    assert law.total("params") == 25_557_032


def test_mobilenet_v1_is_quadratic_in_its_width() -> None:
    # Table 1's depthwise layers and first convolution grow with alpha, its 1x1 convolutions with alpha squared; the
    # classifier reads 1024*alpha features.
    law = law_of("mobilenet_v1", "alpha", "classes")
    pairs = [(32, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 512), *[(512, 512)] * 5]
    pairs += [(512, 1024), (1024, 1024)]
    square = sum(a * b for a, b in pairs)
    scaled = 27 * 32 + 2 * 32 + sum(9 * a + 2 * a + 2 * b for a, b in pairs)
    assert number_as_text(law.total("params")) == (f"1024*alpha*classes + {square}*alpha**2 + {scaled}*alpha + classes")
    assert law.evaluate("params", {"alpha": Fraction(1, 2), "classes": 10}) == square // 4 + scaled // 2 + 5120 + 10


def test_repeat_counts_are_linear() -> None:
    law = law_of("mobilenet_v1", "middle")
    # Of the five layers of 512 channels at 14x14, one is 512*512 + 9*512 products at each position.
    assert law.total("macs") == 568_740_352 + (512 * 512 + 9 * 512) * 14**2 * (law.variables[0].number - 5)
    assert law.evaluate("macs", {"middle": 0}) == counted(
        analyze(read(*open_source("mobilenet_v1"), {"middle": 0})), "macs"
    )


# Every bundled network, at random values of everything that is free

FREE = {
    "efficientnet_b0": ["width", "depth", "resolution", "classes"],
    "mobilenet_v1": ["alpha", "resolution", "classes", "middle"],
    "mobilevit_xxs": ["t", "c1", "d3", "classes"],
    "regnet_y_400mf": ["w1", "w4", "resolution", "classes"],
    "resnext50_32x4d": ["H", "W", "classes", "cardinality", "d"],
    "shufflenet_v1": ["groups", "channels", "scale", "first", "resolution", "classes"],
}
"""Symbols that are left free besides those that are anyway."""

BINDINGS = 100
"""Of every network, all of them accepted by it; fewer of those that are large, which repeat themselves."""

ANALYZED = 10
"""Of those, how many are put through `analyze` as well."""


def binding(law: Law, rng: random.Random) -> dict[str, Number]:
    """Random values of the variables, most of them within what the network takes."""
    values: dict[str, Number] = {"N": rng.randint(1, 64)}
    for variable in law.variables:
        default = variable.default
        if variable.name in law.sizes:
            values[variable.name] = rng.randint(max(1, default // 2), 2 * default)
        elif variable.name in ("groups", "cardinality", "middle"):
            values[variable.name] = rng.randint(0, 6)
        else:
            factor = rng.choice([1, 2, Fraction(1, 2), Fraction(3, 4), Fraction(rng.randint(1, 40), 20)])
            values[variable.name] = default * factor
    return values


def network_at(description: Description, values: dict[str, Number]) -> Network | None:
    """The network at these values of its symbols and sizes; None if it refuses them."""
    source, name = description.source, description.spec.name
    known = {symbol: value for symbol, value in values.items() if symbol in description.spec.symbols}
    sizes = [values[axis] for axis in "LDHW" if axis in values.keys() - known.keys()]
    if sizes:
        description = Description(Source(source.name, re.sub(r"size: \[.*?\]", f"size: {sizes}", source.text)), name)
    try:
        return description.network(known)
    except SpecError:
        return None


def sums(network: Network) -> dict[str, int]:
    """What `analyze` sums up, without all else that it finds."""
    layers = [(layer, *layer.input_shapes) for layer in network.layers]
    work = [layer.operator.work(*inputs) for layer, *inputs in layers]
    return {
        "params": sum(layer.operator.params(*inputs).total for layer, *inputs in layers if not layer.shares),
        "elements": sum(shape.elements for layer, *_ in layers for shape in layer.output_shapes),
        **{kind: sum(getattr(one, kind) for one in work) for kind in WORK_KINDS},
    }


def hold_at_random(name: str, bindings: int) -> None:
    """Compare the closed forms with what is counted at random bindings."""
    description = open_description(name)
    law = derive(description, free=["N", *FREE[name]] if name in FREE else None)
    totals = {of: law.total(of) for of in ("params", "elements", *WORK_KINDS)}
    rng = random.Random(name)
    most = max(10, min(bindings, 50 * bindings // len(law.network.layers)))
    compared = 0
    for _ in range(40 * most):
        values = binding(law, rng)
        at = law.at(values)
        network = network_at(description, values)
        if law.broken(at) is not None:
            # It can't be, or a condition decides otherwise for some layer.
            assert network is None or len(network.layers) != len(law.network.layers), values
            continue
        assert network is not None, values
        found = sums(network)
        if compared < ANALYZED:
            analysis = analyze(network)
            assert {of: counted(analysis, of) for of in found} == found
        for of, total in totals.items():
            assert at(total) == (1 if of == "params" else values["N"]) * found[of], (of, values)
        compared += 1
        if compared == most:
            return
    raise AssertionError(f"only {compared} random bindings were networks")


@pytest.mark.parametrize("name", sorted({*CHOSEN, *FREE}))
def test_closed_forms_are_what_is_counted(name: str) -> None:
    hold_at_random(name, BINDINGS // 4)


@pytest.mark.thorough
@pytest.mark.parametrize("name", bundled())
def test_closed_forms_are_what_is_counted_at_many_bindings(name: str) -> None:
    hold_at_random(name, BINDINGS)


@pytest.mark.parametrize("name", ["lenet5", "alexnet", "resnet18", "unet", "m5", "c3d", "squeezenet1_1"])
def test_useful_work_has_a_closed_form_too(name: str) -> None:
    description = open_description(name)
    law = law_of(name)
    total = law.total("useful_macs")
    rng = random.Random(name)
    for _ in range(5):
        values = binding(law, rng)
        network = network_at(description, values)
        if network:
            assert law.at(values)(total) == values["N"] * counted(analyze(network), "useful_macs")


# Random graphs


@pytest.mark.slow
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(specs(), st.lists(st.integers(1, 12), min_size=3, max_size=3), st.integers(1, 4))
def test_closed_forms_of_random_graphs(text: str, size: list[int], batch: int) -> None:
    try:
        law = law_of_text(text)
    except SpecError:
        assume(False)
    names = sorted(law.sizes, key="LDHW".index)
    values = dict(zip(names, size, strict=False)) | {"N": batch}
    other = re.sub(r"size: \[.*?\]", f"size: {size[: len(names)]}", text, count=1)
    at = law.at(values)
    try:
        analysis = analyze(read(Source("other.yaml", other)), Setting(batch=batch))
    except SpecError:
        assert law.broken(at) is not None
        return
    assume(law.broken(at) is None)
    for of in formulated():
        expected = counted(analysis, of)
        assert at(law.total(of)) == expected, of
        one = expected // batch if FIGURES[of].per_sample else expected
        assert Evaluation({**law.defaults, **values})(formula_of(law, of).number) == one


@pytest.mark.parametrize(
    "name", ["resnet50", "mobilenet_v1", "mobilenet_v2", "shufflenet_v1", "efficientnet_b0", "unet"]
)
def test_arrays_give_what_numbers_give(name: str) -> None:
    description = open_description(name)
    law = derive(description, free=["N", *FREE[name]] if name in FREE else None)
    rng = random.Random(name)
    rows = [binding(law, rng) for _ in range(50)]
    columns = {key: [row[key] for row in rows] for key in rows[0]}
    found, holds = law.evaluate_numbers({of: law.total(of) for of in ("macs", "params")}, columns)
    assert holds.any()
    for of, array in found.items():
        values = np.broadcast_to(array, len(rows)).tolist()
        for row, value, ok in zip(rows, values, holds.tolist(), strict=True):
            at = law.at(row)
            assert ok == (law.broken(at) is None)
            assert not ok or value == at(law.total(of))


# Forms that do not close


@pytest.mark.parametrize(
    ("layers", "form", "reason"),
    [
        (
            "- upsample: {scale: 2}\n  - conv: {out: 1, kernel: 1, stride: 3, bias: false}",
            "ceil(2*L/3)",
            None,
        ),
        (
            "- max_pool: {kernel: 2}\n  - upsample: {scale: 2}\n  - conv: {out: 1, kernel: 1, stride: 3, bias: false}",
            "ceil(2*floor(L/2)/3)",
            "a size that was multiplied, then divided by something else, keeps both roundings",
        ),
        (
            "- adaptive_avg_pool: {size: 4}\n  - conv: {out: 3, kernel: 1}",
            "12",
            None,
        ),
        (
            "- conv: {out: 5, kernel: 4, stride: 3, padding: same, bias: false}",
            "20*ceil(L/3)",
            None,
        ),
    ],
)
def test_what_does_not_collapse_is_exact_and_says_why(layers: str, form: str, reason: str | None) -> None:
    text = f"input: {{channels: 1, size: [20]}}\nlayers:\n  {layers}\n"
    law = law_of_text(text)
    formula = formula_of(law, "macs")
    assert number_as_text(formula.number) == form
    assert [why.partition(":")[0] for why in formula.reasons] == ([reason] if reason else [])
    for size in range(1, 60):
        other = Source("net.yaml", text.replace("[20]", f"[{size}]"))
        try:
            expected = counted(analyze(read(other)), "macs")
        except SpecError:
            assert law.broken(law.at({"L": size})) is not None
        else:
            assert law.evaluate("macs", {"L": size}) == expected


def test_sizes_that_meet_are_assumed_to_be_equal() -> None:
    text = """
input: {channels: 4, size: [8]}
layers:
  - add:
      body: [max_pool: {kernel: 2}, upsample: {scale: 2}]
      short: []
"""
    law = law_of_text(text)
    assert assumptions(law.conditions) == ["L/2 is whole", "L >= 2"]
    assert law.evaluate("additions", {"L": 6}) == 24
    with pytest.raises(UsageError, match="holds only where L/2 is whole"):
        law.evaluate("additions", {"L": 7})
    with pytest.raises(SpecError, match="differ"):
        read(Source("net.yaml", text.replace("[8]", "[7]")))


def test_symbols_that_must_be_whole_are_counted_on() -> None:
    text = """
symbols: {growth: 12}
input: {channels: 16, size: [8]}
layers:
  - conv: {out: growth, kernel: 1}
  - halve
blocks:
  halve:
    layers: [conv: {out: (input.channels + 3*growth + 16)//4, kernel: 1}]
"""
    law = law_of_text(text, "growth")
    assert number_as_text(law.network.layers[-1].output_shapes[0].channels) == "growth + 4"


# By hand, of 16 channels on 8x8 and 8 filters: the last w channels; a pad that cuts w rows and columns to w - 3 more.
@pytest.mark.parametrize(
    ("layer", "form", "counts"),
    [
        ("slice: {axis: channels, start: -w}", "512*w", {1: 512, 2: 1024, 16: 8192}),
        ("slice: {axis: channels, stop: -w}", "8192 - 512*w", {1: 7680, 15: 512}),
        ("slice: {axis: channels, start: 16 - w}", "512*w", {1: 512, 16: 8192}),
        ("pad: {padding: [[-w, 0], [0, w - 3]]}", "128*(8 - w)*(w + 5)", {1: 128 * 7 * 6, 3: 128 * 5 * 8}),
    ],
)
def test_places_and_sides_below_zero_have_forms(layer: str, form: str, counts: dict[int, int]) -> None:
    text = f"symbols: {{w: 2}}\ninput: {{channels: 16, size: [8, 8]}}\nlayers: [{layer}, conv: {{out: 8, kernel: 1}}]\n"
    law = law_of_text(text, "w")
    assert number_as_text(formula_of(law, "macs").number) == form
    for w, macs in counts.items():
        assert law.evaluate("macs", {"w": w}) == macs
        assert counted(analyze(read(Source("net.yaml", text), settings={"w": w})), "macs") == macs


def test_a_place_that_may_count_from_either_end_has_no_form() -> None:
    text = "symbols: {w: 2}\ninput: {channels: 16, size: [8, 8]}\nlayers: [slice: {axis: channels, start: w - 4}]\n"
    with pytest.raises(UsageError, match="`w` decides what `slice` reads: it can't be left free"):
        law_of_text(text, "w")


def test_symbols_that_follow_from_others_follow() -> None:
    law = law_of("shufflenet_v1", "scale")
    doubled = analyze(read(*open_source("shufflenet_v1"), {"scale": 2}))
    assert law.evaluate("params", {"scale": 2}) == doubled.params
    assert "first" not in {variable.name for variable in law_of("shufflenet_v1").variables}


def test_symbols_without_a_default_are_asked_about_too() -> None:
    text = """
symbols: {w: }
input: {channels: 3, size: [32, 32]}
layers: [conv: {out: w, kernel: 3, groups: 3}, max_pool: {kernel: 2}]
"""
    law = law_of_text(text)
    assert assumptions(law.conditions) == ["w/3 is whole", "H >= 4", "W >= 4"]
    assert law.evaluate("macs", {"w": 6}) == 9 * 6 * 30 * 30
    with pytest.raises(UsageError, match="`w` has no value"):
        law.evaluate("macs")


@pytest.mark.parametrize(
    ("layers", "holds"),
    [
        # A sixteenth of the channels is whole, so that they are.
        (["conv: {out: b + 4, kernel: 1}", "squeeze_excite"], ["b/16 + 1/4 is whole", "b >= 12"]),
        (["conv: {out: 'make_divisible(64*b, 8)', kernel: 1}", "group_norm: {groups: 8}"], []),
        (["conv: {out: 'make_divisible(64, b)', kernel: 1}"], ["make_divisible(64, b) is whole", "b >= 1"]),
        (["conv_transpose: {out: 4, kernel: 3, stride: 3, dilation: b}"], []),
        (["conv: {out: b, kernel: 1}", "conv: {out: 4, kernel: 1, groups: 2}"], ["b/2 is whole"]),
        # The last none of the channels are all of them, which is another form; a pad of nothing is none.
        (["conv: {out: 16, kernel: 1}", "slice: {axis: channels, start: -b}"], ["b <= 16", "b >= 1"]),
        (["pad: {padding: b}"], []),
        # A padding is at least 0, and b*b - b is for every b.
        (["conv: {out: 4, kernel: b, dilation: b, padding: b*(b - 1)//2}"], []),
    ],
)
def test_conditions_are_few_and_true(layers: list[str], holds: list[str]) -> None:
    head = "symbols: {b: 12}\ninput: {channels: 4, size: [33]}\nlayers:\n"
    law = law_of_text(head + "".join(f"  - {layer}\n" for layer in layers), "b")
    assert assumptions(law.conditions) == holds


@pytest.mark.parametrize(
    ("layers", "holds", "at"),
    [
        # What a pooling needs of L, the repetitions after it need as well.
        (
            ["max_pool: {kernel: 2}", "{conv: {out: 4, kernel: 3, padding: 1}, repeat: n}"],
            ["n <= 99999", "L >= 2"],
            {"L": 2, "n": 0},
        ),
        (
            ["conv: {out: 4, kernel: k, padding: k//2}", "max_pool: {kernel: 2}"],
            ["L + 2*floor(k/2) >= k + 1"],
            {"L": 2, "k": 4},
        ),
        (["pad: {padding: n}", "conv: {out: 4, kernel: 3}"], ["L + 2*n >= 3"], {"n": 0, "L": 3}),
    ],
)
def test_conditions_are_none_too_many(layers: list[str], holds: list[str], at: dict[str, Number]) -> None:
    head = "symbols: {n: 4, k: 3}\ninput: {channels: 4, size: [33]}\nlayers:\n"
    text = head + "".join(f"  - {layer}\n" for layer in layers)
    law = law_of_text(text)
    assert assumptions(law.conditions) == holds
    values = {name: at.get(name, default) for name, default in law.defaults.items()}
    assert law.evaluate("macs", values) == counted(analyze(law.network_at(values)), "macs")


@pytest.mark.parametrize(
    ("when", "free", "holds"),
    [
        ("w > 5", "ws", ["w <= 5"]),
        ("w <= 5", "ws", ["w <= 5"]),
        ("s == 2", "ws", ["s != 2"]),
        ("s == 1 and w != 6", "w", ["w != 6"]),
        # The same polynomial is the same number; a number below 0 is none.
        ("input.channels == w", "ws", []),
        ("input.channels != w or w < 0", "ws", []),
    ],
)
def test_a_condition_of_a_layer_is_one_of_the_law(when: str, free: str, holds: list[str]) -> None:
    text = f"""
symbols: {{w: 4, s: 1}}
input: {{channels: 8, size: [6, 6]}}
blocks:
  b: {{layers: [{{conv: {{out: 2*w, kernel: 1, bias: false}}, when: {when}}}]}}
layers:
  - {{conv: {{out: w, kernel: 1, bias: false}}, name: stem}}
  - b
  - {{conv: {{out: 4, kernel: 1, bias: false}}, name: last}}
"""
    law = law_of_text(text)
    assert "".join(variable.name for variable in law.variables if variable.name in "ws") == free
    assert assumptions(law.conditions) == holds
    assert law.bound == ({} if "s" in free else {"s": "decides which layers there are"})
    for w in (3, 4, 5):
        assert law.evaluate("macs", {"w": w}) == sums(law.network_at({"w": w, "H": 6, "W": 6}))["macs"]


def test_of_two_bounds_the_sharper_one_is_told() -> None:
    d = symbol("d")
    assert assumptions(
        [Condition(">", d - 3), Condition(">", d), Condition(">=", 1 / d - 3), Condition(">=", 1 / d)]
    ) == [
        "1/d >= 3",
        "d > 3",
    ]


@pytest.mark.parametrize("samples", [0, -1, Fraction(1, 2)])
def test_samples_are_counted(samples: Number) -> None:
    assert recount(law_of("lenet5"), ["macs"], {"N": samples}) is None


# The command


def shown(run: Run, *arguments: str, columns: int | None = None) -> str:
    ran = run("formula", *arguments, columns=columns)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


def test_text_is_the_formula_and_what_it_rests_on(run: Run) -> None:
    out = shown(run, "resnet50")
    assert out.splitlines()[0] == (
        "macs(N, H, W) = N*(9408*ceil(H/2)*ceil(W/2) + 245760*ceil(H/4)*ceil(W/4) + 1310720*ceil(H/8)*ceil(W/8)"
        " + 7471104*ceil(H/16)*ceil(W/16) + 14417920*ceil(H/32)*ceil(W/32) + 2048000)"
    )
    assert "4,089,184,256 (4.09 G) at N = 1, H = 224, W = 224" in out
    assert "427x427 px, stride 32 px" in out
    # The output of conv1 and what batch norm makes of it: 2 * 64 * 112 * 112 numbers of 4 bytes.
    peak = shown(run, "resnet18", "--of", "peak_memory")
    assert "6,422,528 bytes (6.12 MiB) at N = 1, H = 224, W = 224" in peak
    width = shown(run, "mobilenet_v1")
    assert "width multiplier, 1" in width
    assert "where 32*alpha is whole" in width
    assert "539,492,352*alpha**2 + 29,248,000*alpha: 94.9 % quadratic, 5.1 % linear" in width
    assert "params(alpha, classes) = 1024*alpha*classes" in shown(
        run, "mobilenet_v1", "--of", "params", "--in", "alpha,classes"
    )


def test_a_constant_holds_where_its_conditions_do(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "constant.yaml"
    layers = "[{relu: , when: deep == 0}, {tanh: , when: deep > 3}]"
    spec.write_text(f"symbols: {{deep: 1}}\ninput: {{channels: 3, size: [8]}}\nlayers: {layers}\n")
    lines = shown(run, str(spec), "--in", "deep").splitlines()
    assert lines[0] == "macs = 0"
    assert [line.split(maxsplit=1)[1] for line in lines if line.startswith("holds")] == ["where deep <= 3; deep != 0"]


@pytest.mark.parametrize("columns", [40, 60, 80, 132])
@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v1", "efficientnet_b0"])
def test_lines_fit_the_terminal(run: Run, name: str, columns: int) -> None:
    out = shown(run, name, columns=columns)
    assert max(map(len, out.splitlines())) <= max(columns, 80)


SCHEMA = validator("formula")


def executed(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {}
    exec(source, namespace)  # noqa: S102 - our own text
    return namespace


@pytest.mark.parametrize("name", each_network(bundled()))
@pytest.mark.parametrize("of", ["macs", "params", pytest.param("additions", marks=pytest.mark.thorough)])
def test_python_runs_and_json_reads(run: Run, name: str, of: str) -> None:
    data = json.loads(shown(run, name, "--of", of, "--format", "json"))
    SCHEMA.validate(data)
    function = executed(shown(run, name, "--of", of, "--format", "python"))[of]
    expected = counted(analyze(read(*open_source(name))), of)
    assert function(*(variable["default"] for variable in data["variables"])) == expected
    assert data["value"] == expected
    assert sum(term["value"] for growth in data["growth"][:1] for term in growth["terms"]) == (
        expected if data["growth"] else 0
    )


@pytest.mark.parametrize("name", sorted(FREE))
def test_python_gives_what_the_law_gives(run: Run, name: str) -> None:
    free = ["N", *FREE[name]]
    law = law_of(name, *free)
    rng = random.Random(name)
    arguments = [name, "--of", "elements", "--in", ",".join(free)]
    variables = [variable["name"] for variable in json.loads(shown(run, *arguments, "--format", "json"))["variables"]]
    function = executed(shown(run, *arguments, "--format", "python"))["elements"]
    for _ in range(30):
        values = binding(law, rng)
        if law.broken(law.at(values)) is None:
            assert function(*map(values.get, variables)) == law.evaluate("elements", values)


def test_python_takes_fractions(run: Run) -> None:
    function = executed(shown(run, "mobilenet_v2", "--format", "python"))["macs"]
    for alpha in (Fraction(1, 2), Fraction(7, 5)):
        expected = counted(analyze(read(*open_source("mobilenet_v2"), {"alpha": alpha})), "macs")
        assert function(1, alpha, 224) == expected


@pytest.mark.parametrize("name", each_network(bundled()))
@pytest.mark.parametrize("of", ["macs", "params", pytest.param("divisions", marks=pytest.mark.thorough)])
def test_latex_is_balanced(run: Run, name: str, of: str) -> None:
    out = shown(run, name, "--of", of, "--format", "latex")
    comment, *lines = out.splitlines()
    assert comment.startswith(f"% {name}")
    assert (lines[0], lines[-1]) == (r"\begin{align*}", r"\end{align*}")
    text = "".join(lines).replace(r"\{", "").replace(r"\}", "")
    depth = 0
    for character in text:
        depth += {"{": 1, "}": -1}.get(character, 0)
        assert depth >= 0
    assert depth == 0
    assert text.count("(") == text.count(")")
    words = re.findall(r"\\[A-Za-z]+", text)
    for left, right in (("left", "right"), ("Bigl", "Bigr"), ("lceil", "rceil"), ("lfloor", "rfloor")):
        assert words.count(f"\\{left}") == words.count(f"\\{right}")
    assert [line.endswith(r"\\") for line in lines[1:-1]] == [True] * (len(lines) - 3) + [False]
    assert [line.count("&") for line in lines[1:-1]] == [1] * (len(lines) - 2)


def test_latex_is_an_equation(run: Run) -> None:
    out = shown(run, "resnet50", "--format", "latex")
    assert out.count(r"\left\lceil \frac{H}{") == 5
    assert r"\begin{align*}" in out
    assert r"c_{1} = {} &" in shown(run, "mobilenet_v2", "--format", "latex")


ODD = b"""
network: odd$x_y%
symbols: {N: 3, gcd: 8, c1: 1, Fraction: 1/2, Fraction_: 2, macs: 2, half: 5}
input: {channels: N, size: [gcd, 20]}
layers:
  - conv: {out: 'make_divisible(gcd*Fraction*Fraction_, 8)', kernel: 3, padding: 1}
  - conv: {out: c1*macs*4, kernel: 1, stride: 2}
  - upsample: {scale: 2}
  - conv: {out: 'round(half*1.3)', kernel: 3, stride: 3}
"""


def test_symbols_may_have_any_name(run: Run) -> None:
    """Those of Python's functions, of the batch, and of the names that are given to roundings."""
    out = {}
    for format in ("text", "latex", "python", "json"):
        ran = run("formula", "-", "--format", format, stdin=ODD, columns=None)
        assert (ran.code, ran.err) == (0, "")
        out[format] = ran.out
    assert out["text"].startswith("macs(N_, N, gcd, c1, Fraction, Fraction_, macs, half, W) = N_*(")
    assert "c2      " in out["text"]
    assert "holds" in out["text"]
    assert "round(13*half/10) x floor(" in out["text"]
    assert re.search(r"c_\{2\} = \{\} & \\operatorname\{make", out["latex"])
    assert r"\mathrm{N\_}" in out["latex"]
    expected = counted(analyze(read(Source("odd", ODD.decode()))), "macs")
    assert json.loads(out["json"])["value"] == expected
    assert executed(out["python"])["macs"](1, 3, 8, 1, Fraction(1, 2), 2, 2, 5, 20) == expected


def test_a_formula_is_evaluated_where_one_wants(run: Run) -> None:
    out = shown(run, "resnet50", "--at", "H=225", "--at", "W=331")
    assert "6,559,845,504 (6.56 G) at N = 1, H = 225, W = 331" in out
    assert "ceil(H/32)*ceil(W/32)" in out
    text = ODD.decode().replace("gcd, 20", "gcd, 60").encode()
    ran = run("formula", "-", "--at", "W=20", "--at", "N_=7", "--format", "json", stdin=text)
    assert json.loads(ran.out)["value"] == 7 * counted(analyze(read(Source("odd", ODD.decode()))), "macs")


def test_the_number_of_outputs_may_be_asked_for(run: Run) -> None:
    assert "2,048*classes + 4,087,136,256" in shown(run, "resnet50", "--at", "classes=10", columns=None)
    text = b"symbols: {w: }\ninput: {channels: 3, size: [33, 33]}\nlayers: [conv: {out: w, kernel: 3}]"
    ran = run("formula", "-", "--at", "w=6", "--format", "json", stdin=text)
    assert json.loads(ran.out)["value"] == 27 * 6 * 31 * 31


@pytest.mark.parametrize(
    ("layer", "growth"),
    [
        # Shares that are fractions: 27*a**2 of 10 are 3.
        ("conv: {out: 9*a, kernel: 1}", "27*a**2 + 21*a: 30.0 % quadratic, 70.0 % linear; 2.6 times as much"),
        # What cancels has no share, and what is taken off leaves none.
        ("conv: {out: 'max(9*a - 3, 0) + 1', kernel: 1}", "83.3 % linear, 16.7 % constant"),
        ("conv: {out: 12 - 9*a, kernel: 1}", "-27*a**2 + 39*a + 12: quadratic, linear, constant"),
    ],
)
def test_growth_in_words(run: Run, layer: str, growth: str) -> None:
    head = "symbols: {a: 1/3}\ninput: {channels: 3, size: [9]}\nlayers:\n  - conv: {out: 3*a, kernel: 1}\n"
    text = f"{head}  - {layer}\n"
    ran = run("formula", "-", "--of", "params", stdin=text.encode(), columns=None)
    assert f"growth in a      {growth}" in ran.out


def test_parameters_have_a_term_for_the_classifier(run: Run) -> None:
    assert shown(run, "mobilenet_v1", "--of", "params").startswith(
        "params(alpha, classes) = 1024*alpha*classes + 3139584*alpha**2 + 67392*alpha + classes\n"
    )


def test_a_symbol_may_divide(run: Run) -> None:
    assert re.search(r"growth in groups +17,414,592 \+ 360,138,240/groups: ", shown(run, "shufflenet_v1", columns=None))


def test_tables(run: Run) -> None:
    blocks = shown(run, "resnet50", "--by", "block")
    assert re.search(r"layer2 +25\.1 % +32768\*ceil\(H/4\)\*ceil\(W/4\) \+ 1179648\*ceil\(H/8\)\*ceil\(W/8\)", blocks)
    layers = shown(run, "unet", "--per-layer")
    # The names of the sizes are those of the layers above: 64 channels of the first pooling's output come in.
    assert re.search(r"down2\.conv +conv +128 x H\d+ x H\d+ .* 73728\*H\d+\*\*2", layers)
    assert re.search(r"H\d+ += floor\(resolution/2\) - 2", layers)


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "efficientnet_b0", "unet", "googlenet", "dcgan"])
def test_tables_add_up(run: Run, name: str) -> None:
    """Every layer and block, as data: their formulas come to what is counted."""
    total = counted(analyze(read(*open_source(name))), "macs")
    blocks = json.loads(shown(run, name, "--by", "block", "--format", "json"))
    layers = json.loads(shown(run, name, "--per-layer", "--format", "json"))
    for data in (blocks, layers):
        SCHEMA.validate(data)
    assert sum(block["value"] for block in blocks["blocks"]) == total
    assert len(layers["layers"]) == len(read(*open_source(name)).layers)
    csv = shown(run, name, "--by", "block", "--format", "csv").splitlines()
    assert csv[0].startswith("block,share,")
    assert len(csv) == 1 + len(blocks["blocks"])
    assert shown(run, name, "--per-layer", "--format", "markdown").startswith("| layer | operator | output CxHxW |")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["resnet50", "--in", "alpha"], "`resnet50` has no symbol `alpha`"),
        (["mobilenet_v1", "--in", "alpa"], "did you mean `alpha`?"),
        (["mobilenet_v1", "--in", "alpha", "--set", "alpha=1"], "both set and left free"),
        (["resnet50", "--in", "early"], "`early` decides which layers there are"),
        (["resnet50", "--of", "mac"], "did you mean `macs`?"),
        (["resnet50", "--by", "stage"], "there are block"),
        (["resnet50", "--by", "block", "--format", "latex"], "--format can't be `latex`"),
        (["resnet50", "--by", "block", "--per-layer"], "ask for one"),
        (["resnet50", "--at", "early=1"], "has no `early` = help: it decides which layers there are: --set early=..."),
        (["mobilenet_v1", "--at", "alpa=1"], "did you mean `alpha`?"),
        (["mobilenet_v1", "--at", "alpha=0.3"], "wants a positive whole number, not 9.6"),
        (["mobilenet_v1", "--at", "alpha=x"], "--at:1:7: error: unknown name `x`"),
        (["mobilenet_v1", "--at", "N=0"], "holds only where N >= 1"),
        (["mobilenet_v1", "--at", "alpha"], "a setting is NAME=VALUE"),
        (["mobilenet_v1", "--in", "alpha", "--set", "resolution=0"], "positive whole number"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_refusals(run: Run, arguments: list[str], says: str) -> None:
    ran = run("formula", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in " ".join(ran.err.split())


def test_text_needs_neither_sympy_nor_numpy() -> None:
    code = (
        "import sys; sys.argv = ['convcost', 'formula', 'resnet50']\n"
        "from convcost.cli.main import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sorted({'sympy', 'numpy'} & set(sys.modules)), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.startswith("macs(N, H, W) = ")
    assert ran.stderr.strip() == ""


SMALL = "layers: [conv: {out: 8, kernel: 7}, max_pool: {kernel: 2}, conv: {out: 8, kernel: 7}]"


@pytest.mark.parametrize(
    ("size", "arguments", "says"),
    [
        ("r, r", ["formula"], "height and width of the input, no default"),
        ("r, r", ["formula"], "where r >= 20"),
        ("r, r", ["formula", "--at", "r=26"], "520,576 (521 k) at N = 1, r = 26"),
        ("r, r", ["solve", "--for", "r", "--subject-to", "macs <= 520576"], "26   520,576"),
        ("r, r", ["sweep", "--over", "r=26"], "26   520,576"),
        ("4, 4", ["formula", "--at", "H=26", "--at", "W=26"], "520,576 (521 k) at N = 1, H = 26, W = 26"),
        ("4, 4", ["solve", "--for", "H,W", "--step", "26", "--subject-to", "macs <= 520576"], "26   26   520,576"),
        ("4, 4", ["sweep", "--over", "H=26", "--over", "W=26"], "26   26   520,576"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_a_size_that_does_not_fit_is_left_free(
    size: str, arguments: list[str], says: str, run: Run, tmp_path: Path
) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(f"symbols: {{r: 4}}\ninput: {{channels: 3, size: [{size}]}}\n{SMALL}\n")
    ran = run(arguments[0], str(spec), *arguments[1:])
    # At 26: 20*20 positions of 8*7*7*3 products, 10*10 after the pooling, 4*4 of 8*7*7*8.
    assert 20**2 * 1176 + 4**2 * 3136 == 520_576
    assert (ran.code, ran.err) == (0, "")
    assert says in ran.out


# Budgets


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["analyze"], 0, "at max_pool.0; more than"),
        (["check"], 0, "nothing found"),
        (["diff", "lenet5"], 0, "net -> lenet5: MACs 0 -> 327 k"),
        (["compare", "lenet5"], 0, "3x3"),
        (["formula"], 2, "the formula is too long: nobody could read it"),
        (["formula", "--set", "H=8", "--set", "W=8"], 0, "macs = 0"),
        (["analyze", "--symbolic"], 2, "the formula is too long: nobody could read it"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_strides_and_fields_have_a_bound(arguments: list[str], code: int, says: str, run: Run, tmp_path: Path) -> None:
    """1,000,000**750 has 4,501 digits: more than Python writes."""
    spec = tmp_path / "net.yaml"
    layer = "{max_pool: {kernel: 3, stride: 1000000, padding: 1}, repeat: 750}"
    spec.write_text(f"input: {{channels: 3, size: [8, 8]}}\nlayers: [{layer}]")
    ran = run(arguments[0], str(spec), *arguments[1:])
    assert ran.code == code
    assert says in ran.out + ran.err


def test_a_formula_has_a_budget(run: Run, tmp_path: Path) -> None:
    """Windows that the size decides, three axes of them: 1,343 terms."""
    spec = tmp_path / "net.yaml"
    layers = [f"conv: {{out: 8, kernel: 5, stride: {stride}, padding: same}}" for stride in (2, 3, 2)]
    spec.write_text(f"input: {{channels: 3, size: [20, 64, 64]}}\nlayers: [{', '.join(layers)}]")
    ran = run("formula", str(spec), "--of", "useful_macs")
    assert (ran.code, ran.out) == (2, "")
    assert "the formula is too long: nobody could read it" in ran.err
    assert run("formula", str(spec), "--of", "useful_macs", "--set", "D=20", "--set", "W=64").code == 0


def test_sizes_that_are_tried_are_not_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """No size fits that pool: a dozen are tried, and the repetitions before it are read once."""
    built = 0
    add = Layers.add

    def counted(*given: Any, **named: Any) -> Any:
        nonlocal built
        built += 1
        return add(*given, **named)

    monkeypatch.setattr(Layers, "add", counted)
    layers = "[{conv: {out: 4, kernel: 3, padding: 1, stride: 2}, repeat: 500}, max_pool: {kernel: 2}]"
    with pytest.raises(SpecError, match="kernel 2 exceeds the padded input, 1, on axis 0"):
        derive(Description(Source("net.yaml", f"input: {{channels: 3, size: [16, 12]}}\nlayers: {layers}"), "net"))
    assert built < 700


@pytest.mark.slow
def test_as_many_symbols_as_layers_take_little_time() -> None:
    """Of 200 convolutions with a width each: what was cubic took a minute."""
    symbols = ", ".join(f"w{n}: {8 + n % 5}" for n in range(200))
    layers = "\n".join(f"  - conv: {{out: w{n}, kernel: 3, padding: 1}}" for n in range(200))
    text = f"symbols: {{{symbols}}}\ninput: {{channels: 3, size: [32, 32]}}\nlayers:\n{layers}\n"
    started = time.process_time()
    law = derive(Description(Source("net.yaml", text), "net"))
    formula = formula_of(law, "macs")
    assert len(formula.terms) == 1
    assert len(formula.growth) == 202  # the last width is only the number of outputs
    # Twice the first width: 27 + 9*w1 more for each of its 8 filters, of 1024 positions.
    first = next(growth for growth in formula.growth if growth.variable.name == "w0")
    assert first.doubled is not None
    assert (first.doubled - 1) * Fraction(formula.value) == 1024 * 8 * (27 + 9 * 9)
    assert law.whole[:2] == ["w0", "w1"]
    assert time.process_time() - started < 10
