"""`convcost.formula`: text, source, sympy's expression and values are of one closed form, and what is counted."""

from __future__ import annotations

import random
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from test_fields import law_of, layers, settings_for

import convcost
from convcost.closed_form.total import ClosedForm

LAWS = Path(__file__).parent / "data" / "laws"


@pytest.mark.parametrize("name", ["resnet50", "mobilenet_v2", "alexnet", "unet", "lenet5"])
def test_all_ways_to_evaluate_are_what_is_counted(name: str) -> None:
    form, rng = convcost.formula(name), random.Random(3)
    size = [variable for variable in form.variables if variable in ("H", "W", "resolution")]
    sizes = [{variable: rng.randrange(300, 600, 4) for variable in size} for _ in range(4)]
    counted = [convcost.analyze(name, values).macs for values in sizes]
    assert [form.at(values) for values in sizes] == counted
    arrays = {variable: np.array([values[variable] for values in sizes]) for variable in size}
    assert form.at(arrays).tolist() == counted
    made: dict[str, Any] = {}
    exec(form.python, made)  # noqa: S102 - the source is our own
    others = {"N": 1, **({"alpha": Fraction(1)} if "alpha" in form.variables else {})}
    assert made["macs"](**others, **arrays).tolist() == counted
    assert [made["macs"](**others, **values) for values in sizes] == counted


@pytest.mark.parametrize(
    ("name", "values"),
    [("mobilenet_v2", {"alpha": Fraction(1, 2), "resolution": 225}), ("alexnet", {"resolution": 259})],
    ids=["make_divisible", "floors"],
)
def test_the_expression_of_sympy_comes_to_what_is_counted(name: str, values: dict[str, Any]) -> None:
    expression = convcost.formula(name).sympy()
    exact = {symbol: sympy.Rational(str({"N": 1, **values}[symbol.name])) for symbol in expression.free_symbols}
    assert expression.subs(exact) == convcost.analyze(name, values).macs


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(layers(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_random_networks_with_symbolic_windows(drawn: list[str], rng: random.Random) -> None:
    """The law, its Python and sympy's expression come to what is counted, with paths that meet, too."""
    text = "symbols: {c: 2, k: 3, j: 1, s: 2, d: 1, u: 2, o: 3}\ninput: {channels: c, size: [64]}\nlayers:\n"
    text += "".join(f"  - {layer}\n" for layer in drawn).replace("out: 1", "out: c")
    try:
        law = law_of(text)
    except convcost.ConvcostError:
        assume(False)
    for of in ("macs", "params", "elements"):
        form, made = ClosedForm(law, of), dict[str, Any]()
        exec(form.python, made)  # noqa: S102 - the source is our own
        expression = form.sympy()
        for values, network in settings_for(law, rng, 2):
            counted = getattr(convcost.analyze(network), of)
            used = {name: values.get(name, 1) for name in form.variables}
            if law.broken(law.at(used)):
                continue  # the defaults of symbols that this total does not have do not go with these values
            assert form.at(used) == made[of](**used) == counted, (of, values)
            assert expression.subs({symbol: used[symbol.name] for symbol in expression.free_symbols}) == counted


def test_the_expression_of_sympy_has_its_symbols_and_their_assumptions() -> None:
    form = convcost.formula("resnet50")
    expression = form.sympy()
    assert {symbol.name: symbol.is_integer and symbol.is_positive for symbol in expression.free_symbols} == {
        "N": True,
        "H": True,
        "W": True,
    }
    at = {symbol: {"N": 2, "H": 225, "W": 331}[symbol.name] for symbol in expression.free_symbols}
    assert expression.subs(at) == 2 * convcost.analyze("resnet50", {"H": 225, "W": 331}).macs


def test_layers_have_the_formulas_of_nodes() -> None:
    form = convcost.formula(LAWS / "01_conv_ksdp.yaml", free=["H", "W", "c", "k", "s", "d", "p"])
    first, second, pool = form.layers.values()
    texts = [str(formula) for formula in (first.output_shape, first.params, first.macs, second.macs)]
    assert texts == ["c x H1 x W1", "3*c*k**2 + c", "3*c*k**2*H1*W1", "2*c**2*k**2*H2*W2"]
    assert pool.receptive_field is not None
    assert pool.receptive_field.text == "d*k + k*s - d + 1"  # 1 + d*(k - 1) + s*k
    assert form.definitions["H1"] == "ceil((H + 2*p - d*(k - 1))/s)"
    assert first.macs.definitions == {name: form.definitions[name] for name in ("H1", "W1")}
    assert first.params.definitions == {}
    assert r"\text{receptive field}(k, s, d) = {} & d\,k + k\,s - d + 1" in pool.receptive_field.latex


@pytest.mark.parametrize(
    ("spec", "settings"),
    [
        (LAWS / "01_conv_ksdp.yaml", {"H": 41, "W": 38, "c": 5, "k": 4, "s": 3, "d": 2, "p": 2}),
        (LAWS / "03_resnext_path.yaml", {"H": 33, "W": 20, "c": 3}),
        ("mobilenet_v2", {"alpha": Fraction(3, 4), "resolution": 225}),
        ("unet", {"resolution": 204}),
    ],
    ids=["windows", "groups", "widths", "crops"],
)
def test_every_formula_of_every_layer_comes_to_what_is_counted(spec: Any, settings: dict[str, Any]) -> None:
    form, counted = convcost.formula(spec, free=list(settings)), convcost.analyze(spec, settings)
    assert list(form.layers) == [cost.layer.name for cost in counted.layers]
    for cost in counted.layers:
        for of in ("output_shape", "params", "macs", "receptive_field"):
            formula, expected = getattr(form.layers[cost.layer.name], of), getattr(cost, of)
            if formula is None:
                assert of == "receptive_field"
                continue
            assert formula.at(settings) == expected
            made: dict[str, Any] = {}
            exec(formula.python, made)  # noqa: S102 - the source is our own
            assert made[of](*(settings[variable] for variable in formula.variables)) == expected


def test_a_formula_of_a_layer_has_expressions_and_arrays() -> None:
    form = convcost.formula("resnet50")
    stem = form.layers["conv1.conv"]
    channels, height, width = stem.output_shape.at(H=[[224], [225], [31]], W=[224, 7])
    assert channels.tolist() == [[64, 64]] * 3
    assert height.tolist() == [[112, 112], [113, 113], [16, 16]]  # a stride of 2, padded: half, rounded up
    assert width.tolist() == [[112, 4]] * 3
    assert stem.macs.at(H=8, W=8) == 7 * 7 * 3 * 64 * 4 * 4
    expressions = stem.output_shape.sympy()
    symbols = {symbol for expression in expressions[1:] for symbol in expression.free_symbols}
    at = {symbol: {"H": 225, "W": 7}[symbol.name] for symbol in symbols}
    assert [expression.subs(at) for expression in expressions] == [64, 113, 4]
    assert stem.receptive_field is not None
    assert stem.receptive_field.at() == (7, 7)
    assert stem.macs.holds == form.holds == []


def test_a_layer_whose_shape_changes_says_which_repetition_it_is() -> None:
    form = convcost.formula(LAWS / "02_odd_grouped_stack.yaml", free=["H", "W", "c", "k", "g", "n"])
    shape = list(form.layers.values())[1].output_shape
    # With k = 4 and a padding of 1 every layer takes one position; one stands before the repetitions.
    assert [shape.at(k=4, H=32, W=20, i=i) for i in range(3)] == [(16, 30 - i, 18 - i) for i in range(3)]
    with pytest.raises(convcost.UsageError, match="`i`, which repetition it is, from 0, has no value"):
        shape.at(k=4)


def test_the_short_form_and_what_it_assumes() -> None:
    assert convcost.formula("resnet50").short == (("H % 32 == 0", "W % 32 == 0"), "N*(81456*H*W + 2048000)")
    deep = convcost.formula(LAWS / "02_odd_grouped_stack.yaml", free=["H", "W", "c", "k", "g", "n"], assume="k odd")
    assert deep.text == "macs(H, W, c, k, g, n) = c*g*k**2*(c*n + 4)*H*W"
    assert deep.holds == ["k is odd", "n <= 99999"]


def test_symbols_that_a_total_does_not_depend_on_change_nothing() -> None:
    assert convcost.formula("resnet50", "params").at(H=np.array([224, 320])).tolist() == [25_557_032] * 2


ALPHAS = ["0.35", "0.5", "0.75", "1.4"]


@pytest.mark.parametrize(
    "values",
    [
        ALPHAS,
        [0.35, 0.5, 0.75, 1.4],
        np.array([0.35, 0.5, 0.75, 1.4]),
        np.array([0.35, 0.5, 0.75, 1.4], np.float32),
        [Fraction(7, 20), Fraction(1, 2), Fraction(3, 4), Fraction(7, 5)],
        np.array([Decimal("0.35"), "1/2", 0.75, Fraction(7, 5)], object),
    ],
    ids=["text", "floats", "array of floats", "of 32 bits", "fractions", "all kinds"],
)
def test_arrays_of_fractions_are_exact(values: Any) -> None:
    counted = [convcost.analyze("mobilenet_v2", {"alpha": alpha, "resolution": 225}).macs for alpha in ALPHAS]
    form = convcost.formula("mobilenet_v2")
    assert form.at(alpha=values, resolution=225).tolist() == counted
    assert [form.at(alpha=value, resolution=225) for value in values] == counted
    assert form.at(alpha=[[value] for value in values], resolution=[225, 225]).tolist() == [[n, n] for n in counted]


def test_a_size_beyond_64_bits_is_exact() -> None:
    sizes = [2**63 + 32, 32]
    found = convcost.formula("resnet50").at(H=np.array(sizes, np.uint64), W=32)
    assert found.tolist() == [81456 * 32 * n + 2048000 for n in sizes]


def test_conditions_for_programs_name_every_axis() -> None:
    form = convcost.formula(LAWS / "19_unet_valid.yaml", free=["H", "W"])
    assert "alike" not in form.python
    assert [condition.partition(" ")[0] for condition in form.holds] == ["H", "W"]
    for condition in form.holds:
        assert condition in form.python


def test_what_can_not_be() -> None:
    with pytest.raises(convcost.UsageError, match="the formula has no `Q`"):
        convcost.formula("resnet50").at(Q=3)
    with pytest.raises(convcost.UsageError, match="has no formula"):
        convcost.formula("resnet50", "operations_per_byte")
    with pytest.raises(convcost.UsageError, match="does not hold at place 1"):
        convcost.formula("alexnet").at(resolution=np.array([227, 11]))
    for alphas, message in (
        ([0.5, float("inf")], "can't be inf"),
        (["x", "1"], "unknown name `x`"),
        ([True, None], "None"),
    ):
        with pytest.raises(convcost.UsageError, match=message):
            convcost.formula("mobilenet_v2").at(alpha=alphas)
    with pytest.raises(convcost.UsageError, match=r"do not fit together: H has \(2,\), W has \(3,\)"):
        convcost.formula("resnet50").at(H=[1, 2], W=[1, 2, 3])
    with pytest.raises(convcost.UsageError, match="does not hold at place 0, 1"):
        convcost.formula("mobilenet_v1").at(alpha=[["1", "1/3"], [1, 1]])
    with pytest.raises(convcost.UsageError, match="of can't be `mac`"):
        convcost.formula("resnet50", "mac")
