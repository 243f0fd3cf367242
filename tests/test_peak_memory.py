"""Peak memory as a law: the largest of few terms, exact wherever the law holds."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from command_line import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import each_network
from test_depth import CASES, REPEATS

from convcost.algebra.derivation import derive
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.formula import formula_of
from convcost.algebra.large import decided
from convcost.algebra.law import Law
from convcost.algebra.maxima import candidates, largest_of
from convcost.algebra.polynomial import size_symbol
from convcost.algebra.texts import number_as_text
from convcost.analysis.costs import analyze
from convcost.errors import Source, SpecError
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.reading.sources import bundled
from convcost.render.law.domain import domain_of
from convcost.render.law.text import formula_text

LAWS = Path(__file__).parent / "data" / "laws"


def law_of(text: str, assume: list[str] | None = None, of: str = "peak_memory") -> Law:
    return derive(Description(Source("net.yaml", text), "net"), assume=assume or [], of=[of])


@pytest.mark.parametrize("of", ["peak_memory", "peak_memory_fused"])
@pytest.mark.parametrize("name", CASES)
def test_with_repeat_counts_it_is_what_is_counted(name: str, of: str) -> None:
    text, assume, least = CASES[name]
    law, rng, met = law_of(text, list(assume), of), random.Random(name), 0
    total = law.total(of)
    for _ in range(600):
        most = {v.name: 9 if v.name in "gqwcrk" else 40 for v in law.variables}
        values = {n: rng.randint(least, 4) if n in REPEATS else rng.randint(1, most[n]) for n in most} | {"N": 2}
        at = law.at(values)
        if law.broken(at):
            continue
        assert at(total) == 2 * analyze(law.network_at(values)).of(of), values
        met += 1
        if met == 40:
            return
    assert met >= 20


@pytest.mark.parametrize("of", ["peak_memory", "peak_memory_fused"])
@pytest.mark.parametrize("name", each_network(bundled()))
def test_of_bundled_networks_it_is_what_is_counted(name: str, of: str) -> None:
    law, rng, met = derive(open_description(name), of=[of]), random.Random(name), 0
    total, large = law.total(of), decided(law, of)
    for _ in range(40):
        values = {v.name: rng.randint(1, 2 * v.default) if v.name in law.sizes else v.default for v in law.variables}
        if law.broken(law.at(values)):
            continue
        try:
            counted = analyze(law.network_at(values)).of(of)
        except SpecError:
            continue
        assert law.at(values)(total) == counted, values
        if not large.broken(large.at(values)):
            assert large.at(values)(large.total(of)) == counted, values
        met += 1
        if met == 6:
            return
    assert met


@pytest.mark.parametrize(
    ("name", "text", "holds"),
    [
        # 3 tensors of 256 channels where the first stage joins: 4*3*256.
        ("resnet50", "N*3072*ceil(H/4)*ceil(W/4)", "where H >= 33, W alike"),
        # By hand, for each position: the first convolution's output and its ReLU's, 96 channels each.
        ("alexnet", "N*768*floor((resolution - 7)/4)**2", "where resolution >= 51, for pool5"),
        # In the last dense layer, given (n + 1)*g channels that are kept: beside them stand their ReLU and a tensor of
        # 4*g; normalisation's output and its ReLU's, as many each; or two tensors of 4*g.
        ("11_dense_block.yaml", "N*4*H*W*g*max(2*n + 6, 3*n + 3, n + 9)", "where n >= 1; n <= 9090"),
    ],
)
def test_worked_by_hand(name: str, text: str, holds: str) -> None:
    law = derive(open_description(str(LAWS / name) if name.endswith(".yaml") else name), of=["peak_memory"])
    large = decided(law, "peak_memory")
    assert formula_text(large, formula_of(large, "peak_memory")).text.split(" = ")[1] == text
    assert domain_of(large) == holds


@pytest.mark.slow
def test_few_numbers_of_a_maximum_are_shown(run: Run) -> None:
    """Those that are largest at the defaults: 2*96*112**2 bytes, which decide, are among them."""
    text = " ".join(run("formula", "shufflenet_v2", "--of", "peak_memory").out.split())
    (shown,) = re.findall(r"N\*2\*max\((.*?), \.\.\.\)", text)
    assert len(shown.split(", ")) == 5
    assert "96*ceil(resolution/2)**2" in shown
    assert "left out 2 more, smaller at these values: --per-layer shows what each layer holds" in text
    assert f"value {2 * 96 * 112**2:,}" in text
    assert "..." not in run("formula", "shufflenet_v2", "--of", "peak_memory", "--format", "json").out


sizes = st.builds(
    lambda c, H, W, b, d: c * ((H + b - 1) // b) * ((W + d - 1) // d),
    st.integers(1, 99),
    *(st.just(size_symbol(name)) for name in "HW"),
    *[st.sampled_from([1, 2, 4, 8])] * 2,
)


@pytest.mark.slow
@settings(deadline=None)
@given(st.lists(st.builds(lambda a, b: a + b, sizes, sizes), min_size=1, max_size=6), st.integers(1, 20))
def test_what_is_left_out_is_never_the_largest(numbers: list[object], least: int) -> None:
    kept, few = candidates(numbers), candidates(numbers, {"H": least, "W": least})
    largest = largest_of(numbers)
    for H in (1, 2, 3, 5, 7, 8, 9, 17, 20, 31, 64):
        for W in (1, 4, 6, 13, 20, 33):
            at = Evaluation({"H": H, "W": W})
            found = list(map(at, numbers))
            assert max(found) == max(found[n] for n in kept) == at(largest)
            if min(H, W) >= least:
                assert max(found) == max(found[n] for n in few)


def test_the_larger_of_two_is_seen_through_roundings() -> None:
    H = size_symbol("H")
    half, quarter = (H + 1) // 2, (H + 3) // 4
    assert largest_of([half, 2 * quarter]) == 2 * quarter
    assert number_as_text(largest_of([half, 3 * (H // 4)])) == "max(3*floor(H/4), ceil(H/2))"


@pytest.mark.parametrize(
    ("layers", "why"),
    [
        ("{add: {body: [{conv: {out: 4, kernel: 3, padding: 1}, repeat: n}], short: []}}", "whose input is read again"),
        ("{conv: {out: 4, kernel: 3}, repeat: n}", "which may hold most in any repetition"),
    ],
)
def test_counts_that_have_no_closed_form_say_why(layers: str, why: str) -> None:
    text = f"symbols: {{n: 2}}\ninput: {{channels: 4, size: [32, 32]}}\nlayers:\n  - {layers}\n"
    assert why in law_of(text).bound["n"]


def test_the_command_says_which_layer_it_is(run: Run) -> None:
    ran = run("formula", "resnet50", "--of", "peak_memory")
    assert ran.out.startswith("peak_memory(N, H, W) = N*3072*ceil(H/4)*ceil(W/4)\n")
    assert "reached          while layer1.first.short.batch_norm runs\n" in ran.out
    assert run("solve", "resnet50", "--for", "N", "--subject-to", "peak_memory >= 1 GiB").out.split()[5] == "112"
