"""Every rule: what it finds, on which line and column, and where it keeps quiet. Proofs against brute force."""

from __future__ import annotations

import re
from contextlib import nullcontext

import pytest
from cases import cases
from hypothesis import assume, given
from hypothesis import strategies as st

from convcost.algebra.evaluation import Evaluation
from convcost.building.build import bind
from convcost.checks.base import Axis, Finding, Subject
from convcost.checks.paths import Target
from convcost.checks.rules import RULES
from convcost.checks.rules.lucky_join import extents
from convcost.checks.rules.padded_kernel import dead_taps
from convcost.checks.rules.unread_edge import unread
from convcost.checks.runner import Asked, chosen_codes
from convcost.checks.runner import check as check_target
from convcost.errors import Source, SpecError
from convcost.network import Layer
from convcost.ops.base import Shape
from convcost.ops.windows import TransposedWindow, Window
from convcost.reading.description import Description
from convcost.reading.load import open_description, read
from convcost.reading.sources import bundled

ALL = chosen_codes()


def findings(text: str) -> list[Finding]:
    return list(check_target(Target("-", text.encode()), Asked(ALL)).findings)


def marked(text: str) -> tuple[str, int, int]:
    """A text without its « and », and the line and column of the word between them."""
    before = text[: text.index("«")]
    return text.replace("«", "").replace("»", ""), before.count("\n") + 1, len(before) - before.rfind("\n")


CASES = cases("rules.yaml")
FOUND = {case["name"]: case for case in CASES["found"]}
QUIET = {case["name"]: case["spec"] for case in CASES["quiet"]}


@pytest.mark.parametrize("name", FOUND)
def test_what_a_rule_finds_and_where(name: str) -> None:
    case = FOUND[name]
    text, line, column = marked(case["spec"])
    found = [finding for finding in findings(text) if finding.code == case["code"]]
    assert len(found) == 1, findings(text)
    span = found[0].span
    assert span is not None
    assert (span.line, span.column) == (line, column)
    assert case["message"] in found[0].message
    assert case["help"] in (found[0].help or "")
    assert found[0].severity == RULES[case["code"]].severity


@pytest.mark.parametrize("name", QUIET)
def test_where_rules_keep_quiet(name: str) -> None:
    assert findings(QUIET[name]) == []


SIZES_APART = {
    "a kernel without padding": "a: [conv: {out: 8, kernel: 2}]\n      b: []",
    "strides of different padding": "a: [conv: {out: 8, kernel: 3, stride: 2, padding: 1}]\n"
    "      b: [conv: {out: 8, kernel: 3, stride: 2}]",
    "two apart": "a: [max_pool: {kernel: 2}]\n      b: [conv: {out: 8, kernel: 3, stride: 2, padding: 2}]",
}


@pytest.mark.parametrize("name", SIZES_APART)
def test_sizes_that_differ_for_another_reason_are_no_rounding(name: str) -> None:
    text = f"network: n\ninput: {{channels: 8, size: [55]}}\nlayers:\n  - add:\n      {SIZES_APART[name]}\n"
    assert [finding.code for finding in findings(text)] == ["E001"]


@pytest.mark.parametrize("name", bundled())
def test_bundled_networks_are_sound(name: str) -> None:
    report = check_target(Target(str(bundled()[name])), Asked(ALL))
    assert (report.readable, report.findings) == (True, ())


windows = st.builds(
    Window, st.integers(1, 6), st.integers(1, 5), st.integers(0, 7), st.integers(0, 7), st.integers(1, 4)
)


def axis(window: Window, size: int) -> Axis:
    given = {"kernel": window.kernel, "stride": window.stride, "dilation": window.dilation}
    conv = bind("conv", {"out": 1, "padding": [[window.before, window.after]], **given}, 1)
    shape = Shape(1, (size,))
    assume(window.output(size) >= 1)
    return Axis(
        Layer("c", "conv", conv, ("input",), (shape,), (conv.output(shape),)), 0, window, size, window.output(size)
    )


@given(windows, st.integers(1, 30))
def test_what_is_unread_at_the_edge_is_read_by_one_window_more(window: Window, size: int) -> None:
    one = axis(window, size)
    spans = [range(window.reads(y)[0], window.reads(y)[-1] + 1) for y in range(one.output + 1)]
    after = [x for x in range(size) if x > spans[-2][-1]]
    lost = [x for x in after if x in spans[-1]]
    assert (unread(one) > 0) == bool(lost)
    if lost:
        assert unread(one) == len(after)


@given(windows, st.integers(1, 30))
def test_dead_taps_are_those_that_no_output_brings_onto_the_map(window: Window, size: int) -> None:
    one = axis(window, size)
    alive = {tap for y in range(one.output) for tap, x in enumerate(window.reads(y)) if 0 <= x < size}
    assert dead_taps(one) == window.kernel - len(alive)


@given(st.integers(1, 7), st.integers(1, 6), st.integers(0, 3), st.integers(1, 4))
def test_interior_counts_are_those_of_scattered_kernels(kernel: int, stride: int, before: int, dilation: int) -> None:
    window = TransposedWindow(kernel, stride, before, 0, dilation)
    inputs = 4 * (dilation * kernel + stride)
    sums = [0] * ((inputs - 1) * stride + window.forward.extent)
    for x in range(inputs):
        for tap in range(kernel):
            sums[x * stride + tap * dilation] += 1
    middle = len(sums) // 2 // stride * stride
    assert list(window.interior) == sums[middle : middle + stride]


steps = st.sampled_from(
    [
        "conv: {out: 2, kernel: 3, stride: 2, padding: 1}",
        "conv: {out: 2, kernel: 4, stride: 3, padding: same}",
        "depthwise_conv: {kernel: 5, dilation: 2, padding: 3}",
        "max_pool: {kernel: 3, stride: 2, padding: 1, ceil_mode: true}",
        "avg_pool: {kernel: 2}",
        "pad: {padding: [[0, 3]]}",
        "relu",
    ]
)


@given(st.lists(steps, max_size=6), st.integers(100, 400), st.integers(100, 400))
def test_what_is_known_of_a_size_holds_at_another_input(chain: list[str], here: int, there: int) -> None:
    layers = "".join(f"  - {{{layer}{': ' * (layer == 'relu')}}}\n" for layer in chain)
    description = Description(Source("n", f"input: {{channels: 2, size: [{here}]}}\nlayers:\n{layers}"), "n")
    assume(not description.problems({"L": here}) and not description.problems({"L": there}))  # it is that large
    known = extents(Subject(description))
    for name, x in description.network({"L": there}).tensors():
        (size,) = known[name]
        assert size is not None
        assert Evaluation({"input 0": there})(size) == x.size[0]


def test_a_size_that_is_too_long_is_not_known() -> None:
    layers = "  - {max_pool: {kernel: 3, stride: 1000000, padding: 1}, repeat: 20}\n  - {add: , from: [input, input]}\n"
    text = f"input: {{channels: 1, size: [1]}}\nlayers:\n{layers}"
    assert "W301" not in {one.code for one in findings(text)}


@pytest.mark.parametrize("name", ["a pool's floor and a convolution's", "ceil_mode against floor, at a symbol"])
def test_the_size_that_proves_a_lucky_join_is_the_next_that_is_refused(name: str) -> None:
    text, *_ = marked(FOUND[name]["spec"])
    first = re.search(r"(\d+), (\d+)\]|H: (\d+)", text)
    assert first is not None
    here = int(first[1] or first[3])
    refused = []
    for size in range(here, here + 8):
        try:
            read(Source("n", text.replace(str(here), str(size), 1)))
        except SpecError:
            refused.append(size)
    assert refused[0] == here + 1


def test_many_lucky_joins() -> None:
    inputs = "".join(f"  x{n}: {{channels: 8, size: [64]}}\n" for n in range(6))
    layers = "".join(
        f"  - {{add: {{a{n}: [max_pool: {{kernel: 2}}], b{n}: [conv: {{out: 8, kernel: 3, stride: 2, padding: 1}}]}},"
        f" from: x{n}, name: y{n}}}\n"
        for n in range(6)
    )
    ys = "".join(f", y{n}" for n in range(6))[2:]
    found = findings(f"network: n\ninputs:\n{inputs}layers:\n{layers}  - {{concat: , from: [{ys}]}}\n")
    assert [(one.code, one.layer) for one in found] == [("W301", f"y{n}") for n in range(6)]


BRIEF = [
    ("resnet50", {"H": 20}),
    ("resnet50", {"H": 3, "W": 3}),
    ("mobilenet_v1", {"alpha": "0.3"}),
    ("shufflenet_v1", {"groups": 7}),
    ("efficientnet_b0", {"width": "1/1000"}),
    ("vgg16", {"resolution": 7}),
]


@pytest.mark.parametrize(("name", "settings"), BRIEF)
def test_a_brief_reading_refuses_what_a_whole_one_refuses(name: str, settings: dict[str, object]) -> None:
    description = open_description(name)
    brief = description.problems(settings)
    with pytest.raises(SpecError) if brief else nullcontext() as caught:
        description.network(settings)
    assert list(map(str, brief)) == ([str(problem) for problem in caught.value.problems] if caught else [])


def test_a_brief_reading_counts_the_layers_that_it_leaves_out() -> None:
    text = "network: n\nsymbols: {n: 1}\ninput: {channels: 8, size: [7]}\nblocks:\n"
    text += "  b: {layers: [{relu: , repeat: 1000*n}]}\nlayers: [{b: , repeat: 1000}]\n"
    assert "more than 100,000 layers" in str(Description(Source("n", text), "n").problems()[0])


@pytest.mark.parametrize("code", RULES)
def test_every_code_is_explained(code: str) -> None:
    rule = RULES[code]
    assert rule.code == code
    assert re.fullmatch(r"[EWN]\d{3}", code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert rule.summary.endswith(".")
    assert all(len(line) <= 120 for line in rule.explanation.splitlines())
    assert [other.code for other in RULES.values() if other.name == rule.name] == [code]


def test_every_rule_is_tested() -> None:
    assert {rule.code for rule in RULES.values() if rule.find} <= {case["code"] for case in FOUND.values()}


def test_a_layer_stands_where_the_reader_found_it() -> None:
    text = (
        "network: n\ninput: {channels: 8, size: [8]}\nblocks:\n  b:\n    layers:\n"
        "      - {add: {one: [conv: {out: 8, kernel: 1}], two: []}, repeat: 2}\n"
        "      - {add: {one: [conv_bn_relu: {out: 8, kernel: 1}], two: []}, repeat: 2, name: again}\n"
        "layers:\n  - {b: , repeat: 2}\n"
    )
    subject = Subject(Description(Source("n.yaml", text), "n"))
    places = {layer.name: subject.place(layer) for layer in subject.network.layers}
    at = {name: (span.line, span.column) for name, (span, _) in places.items() if span}
    assert (at["b.0.one_2.conv"], at["b.1.one_4.conv_bn_relu.conv"], at["b.1.again.1"]) == ((6, 22), (7, 22), (7, 10))
    assert places["b.0.one.conv"][1] == ("in block `b`, used at n.yaml:9:6",)
    assert places["b.1.one_4.conv_bn_relu.conv"][1] == (
        "at <block conv_bn_relu>:6:7",
        "in block `conv_bn_relu`, used at n.yaml:7:22",
        "in block `b`, used at n.yaml:9:6",
    )
