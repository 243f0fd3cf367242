"""`convcost.formula`: text, source, sympy's expression and values are of one closed form, and what is counted."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import convcost

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
    assert (first.output_shape, first.params, first.macs) == ("c x H1 x W1", "3*c*k**2 + c", "3*c*k**2*H1*W1")
    assert second.macs == "2*c**2*k**2*H2*W2"
    assert pool.receptive_field == ("d*k + k*s - d + 1",) * 2  # 1 + d*(k - 1) + s*k
    assert form.definitions["H1"] == "ceil((H + 2*p - d*(k - 1))/s)"


def test_the_short_form_and_what_it_assumes() -> None:
    assert convcost.formula("resnet50").short == (("H % 32 == 0", "W % 32 == 0"), "N*(81456*H*W + 2048000)")
    deep = convcost.formula(LAWS / "02_odd_grouped_stack.yaml", free=["H", "W", "c", "k", "g", "n"], assume="k odd")
    assert deep.text == "macs(H, W, c, k, g, n) = c*g*k**2*(c*n + 4)*H*W"
    assert deep.holds == ["k is odd", "n <= 99999"]


def test_symbols_that_a_total_does_not_depend_on_change_nothing() -> None:
    assert convcost.formula("resnet50", "params").at(H=np.array([224, 320])).tolist() == [25_557_032] * 2


def test_what_can_not_be() -> None:
    with pytest.raises(convcost.UsageError, match="the formula has no `Q`"):
        convcost.formula("resnet50").at(Q=3)
    with pytest.raises(convcost.UsageError, match="has no formula"):
        convcost.formula("resnet50", "operations_per_byte")
    with pytest.raises(convcost.UsageError, match="does not hold at place 1"):
        convcost.formula("alexnet").at(resolution=np.array([227, 11]))
    for alphas in (np.array([0.5, 1.0]), [Fraction(1, 2), Fraction(3, 4)]):
        with pytest.raises(convcost.UsageError, match="`alpha` is not an array of ints"):
            convcost.formula("mobilenet_v2").at(alpha=alphas)
    with pytest.raises(convcost.UsageError, match="of can't be `mac`"):
        convcost.formula("resnet50", "mac")
