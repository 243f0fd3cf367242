"""What a spec expects of itself: read, held against the network, and brought up to date in the text.

The networks are small enough to be counted by hand.
"""

from __future__ import annotations

import re
import textwrap
from fractions import Fraction
from typing import Any

import pytest
from command_line import Run
from test_errors import fails

from convcost.analysis.costs import analyze
from convcost.checks.expectations import unmet
from convcost.errors import Source, UsageError
from convcost.expectation import Expected
from convcost.network import Network
from convcost.reading.load import load, read
from convcost.reading.sources import bundled, open_source

# One 3x3 convolution over a 4x4 map: 2 maps of 2x2; 2*9 weights and 2 biases; 2*4*9 products; the last layer has 3*8
# weights and 3 biases.
HEAD = "network: tiny\nsymbols: {n: 2, m: 3}\ninput: {channels: 1, size: [4, 4]}\n"
LAYERS = "layers: [{conv: {out: n, kernel: 3}, name: c}, {relu: , name: r}, {linear: {out: m}, name: fc}]\n"
TINY = HEAD + LAYERS


def network(text: str) -> Network:
    return read(Source("net.yaml", textwrap.dedent(text)))


def expected(value: str, figure: str = "macs") -> Expected:
    (stated,) = network(f"{TINY}expect:\n  {figure}: {value}\n").expect
    (found,) = stated.figures
    return found


# What is written, and the least and the most that it admits.
VALUES: list[tuple[str, str, Any, Any]] = [
    ("macs", "72", 72, 72),
    ("macs", "25_557_032", 25_557_032, 25_557_032),
    ("macs", "4.1e9", 4_100_000_000, 4_100_000_000),
    ("macs", "1e3", 1000, 1000),
    ("macs", "12 k", 12_000, 12_000),
    ("macs", "1.5M", 1_500_000, 1_500_000),
    ("macs", "1 T", 10**12, 10**12),
    ("macs", "300e+6", 300_000_000, 300_000_000),
    ("macs", "9*n*4", 72, 72),
    ("macs", "2*n k", 4_000, 4_000),
    ("macs", "min(n, m)", 2, 2),
    ("macs", "<= 4.1e9", None, 4_100_000_000),
    ("macs", "<=72", None, 72),
    ("macs", "< 9*n", None, 18),
    ("macs", "'>= 224'", 224, None),
    ("macs", "'> 0.5'", Fraction(1, 2), None),
    ("macs", "4.0e9 .. 4.1e9", 4_000_000_000, 4_100_000_000),
    ("macs", "290 M .. 291 M", 290_000_000, 291_000_000),
    ("macs", "4..5", 4, 5),
    ("macs", "n .. 2*n", 2, 4),
    ("macs", "~ 569 M", 568_500_000, 569_500_000),
    ("macs", "~4.2M", 4_150_000, 4_250_000),
    ("macs", "~ 4.10 G", 4_095_000_000, 4_105_000_000),
    ("macs", "~ 4.1e9", 4_050_000_000, 4_150_000_000),
    ("macs", "~ 72", Fraction(143, 2), Fraction(145, 2)),
    ("peak_memory", "<= 32 MiB", None, 32 * 1024 * 1024),
    ("peak_memory", "96", 96, 96),
    ("peak_memory", "96 B", 96, 96),
    ("weight_memory", "~ 1.5 kB", 1450, 1550),
    ("weight_memory", "0.5 KiB .. 1 GiB", 512, 2**30),
    ("output_shape", "[3]", (3,), (3,)),
    ("output_shape", "[n, 2, 4//2]", (2, 2, 2), (2, 2, 2)),
    ("receptive_field", "3", 3, 3),
    ("receptive_field", "[3, 5]", (3, 5), (3, 5)),
    ("effective_stride", "1/2", Fraction(1, 2), Fraction(1, 2)),
    ("effective_stride", "[1/2, 1]", (Fraction(1, 2), 1), (Fraction(1, 2), 1)),
]


@pytest.mark.parametrize(("figure", "written", "low", "high"), VALUES)
def test_values(figure: str, written: str, low: Any, high: Any) -> None:
    found = expected(written, figure)
    assert (found.low, found.high) == (low, high)


# The same as in the tests of errors: exactly the places between «» are reported.
MISTAKES = [
    # Figures, and what stands among them
    ("{«flops»: 3}", "`macs` counts a multiply-add once"),
    ("{«prams»: 3}", "did you mean `params`?"),
    ("{«memory»: 3}", "there are `peak_memory`, of activations, and `weight_memory`"),
    ("{«quux»: 3}", "there are params, weights,"),
    ("«{}»", "`expect` states no figure"),
    ("«3»", "`expect` maps figures to values, not a single value"),
    ("{peak_memory: 3, dtype: «float17»}", "did you mean `float16`?"),
    ("{peak_memory: 3, dtype: «»}", "`dtype` is a name, not nothing"),
    ("{params: 3, «dtype»: float16}", "it goes with weight_memory and activation_memory and peak_memory"),
    ("{params: 3, «convention»: fvcore}", "it goes with macs"),
    ("{convention: «[a]», macs: 3}", "`convention` is a name, not a list"),
    # Numbers
    ("{macs: «flase»}", "did you mean `false`?"),
    ("{macs: «false»}", "`macs` wants a number, not `false`"),
    ("{macs: «»}", "`macs` is a number, a bound or a range, not nothing"),
    ("{macs: «{a: 1}»}", "`macs` is a number, a bound or a range, not a mapping"),
    ("{macs: «[<= 4, '>= 3']»}", "two limits are a range: `3e9 .. 4.1e9`"),
    ("{macs: «-1»}", "`macs` is never below 0"),
    ("{macs: <= 2*«x»}", "unknown name `x`"),
    ('{macs: "<= 2*«x»"}', "unknown name `x`"),
    ("{macs: n .. 2*«k»}", "unknown name `k`"),
    ("{macs: «7/2»}", "`macs` wants a whole number from 0 up, not 3.5"),
    ("{peak_memory: «9.19 MiB»}", "a rounded figure is written `~ 9.19 MiB`"),
    ("{macs: ~ «4.1e99»}", "exponents go up to 18"),
    ("{macs: 25,«557»,«032»}", "digits are grouped as 25_557_032"),
    ("{macs: «'25,557,032'»}", "digits are grouped as 25_557_032"),
    ("{macs: '«3,5» M'}", "decimals follow a point"),
    ("{macs: «1e--5»}", "exponents go up to 18"),
    ("{macs: «032»}", "numbers are decimal and do not start with 0"),
    ("{macs: «4__1»}", "`4__1` is not a number"),
    ("{macs: «1e400»}", "exponents go up to 18"),
    # Units
    ("{macs: 5 «MiB»}", "counts take k, M, G, T"),
    ("{peak_memory: 5 «M»}", "bytes take B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"),
    ("{params: 5 «K»}", "did you mean `k`?"),
    ("{peak_memory: <= 5 «mib»}", "did you mean `MiB`?"),
    ("{params: 5 «Mio»}", "no unit `Mio`"),
    ("{receptive_field: 3 «px»}", "`receptive_field` has no unit"),
    ("{params: «4 .. 5 M»}", "write `4 M .. 5 M`"),
    # Bounds and ranges
    ("{macs: «5 .. 4»}", "write `4 .. 5`"),
    ("{macs: «=» 4}", "an exact figure is just the number"),
    ("{macs: «=»= 4}", "an exact figure is just the number"),
    ("{macs: «=>» 4}", "a bound is <=, >=, < or >"),
    ("{macs: «≤» 4}", "write <="),
    ("{macs: «≥» 4}", "write '>=', in quotes"),
    ("{macs: «~ 4*n»}", "not with an expression"),
    # A `>` that YAML takes for itself
    ("{macs: «>= 4», params: 3}", "put quotes around it: '>= 224'"),
    ("{macs: «> 4» }  # more", "YAML reads an unquoted `>` as the start of a text"),
    # Shapes and axes
    ("{output_shape: «8»}", "`output_shape` is a list, channels first: [2048, 7, 7]"),
    ("{output_shape: «2x2x2»}", "`output_shape` is a list"),
    ("{output_shape: «[2, 2, 2, 2, 2]»}", "`output_shape` has 1 to 4 numbers here, not 5"),
    ("{output_shape: «[]»}", "`output_shape` has 1 to 4 numbers here, not 0"),
    ("{output_shape: [2, «0», 2]}", "`output_shape` wants positive whole numbers, not 0"),
    ("{output_shape: [2, «1/2», 2]}", "`output_shape` wants positive whole numbers, not 0.5"),
    ("{output_shape: [2, «[1]», 2]}", "`output_shape` is a list of numbers"),
    ("{output_shape: [2, «h», 2]}", "unknown name `h`"),
    ("{receptive_field: «[3, 3, 3]»}", "`receptive_field` has 2 numbers here, not 3"),
    ("{receptive_field: «3x3»}", "write [3, 3]"),
    # Rows
    ("{at: «3»}", "`at` is a list of rows"),
    ("{at: «[]»}", "`at` has no rows"),
    ("{at: «[" + "{macs: 96}, " * 201 + "]»}", "201 rows; there are at most 200"),
    ("{at: [«3»]}", "a row is {symbol: value, ..., figure: value, ...}"),
    ("{at: [«{n: 3}»]}", "this row states no figure"),
    ("{at: [{«nn»: 3, macs: 4}]}", "no figure and no symbol `nn`"),
    ("{at: [{n: 3, «mac»: 4}]}", "did you mean `macs`?"),
    ("{at: [{n: «x», macs: 4}]}", "unknown name `x`"),
    ("{at: [{n: «[1]», macs: 4}]}", "`n` is a list; a symbol is one number"),
    ("{at: [{variant: «wied», macs: 4}]}", "did you mean `wide`?"),
    ("{at: [{variant: «3», macs: 4}]}", "there are wide"),
    ("{at: [{n: 3, macs: 9*«x»}]}", "unknown name `x`"),
    ("{at: [{n: 3, macs: 9*n}, {n: 3, macs: «~ n»}]}", "not with an expression"),
    ("{at: [{n: 3, peak_memory: 3, dtype: «float»}]}", "no dtype `float`"),
]


@pytest.mark.parametrize(("marked", "text"), MISTAKES)
def test_mistakes(marked: str, text: str) -> None:
    places = marked.count("«")
    fails(f"{TINY}variants: {{wide: {{n: 4}}}}\nexpect: {marked}\n", *[text] * places)


# Without braces, where YAML sees other things.
BLOCK_STYLE = [
    ("macs: «>= 224»", "put quotes around it"),
    ("macs: «> 224»  # more", "put quotes around it"),
    ("macs: «>»5", "put quotes around it"),
    ("macs: «25,557,032»", "digits are grouped as 25_557_032"),
    ("macs:\n    «[72]»", "`macs` is one value, not a list"),
    ("at:\n  - {n: 3, macs: «>= 4»}", "put quotes around it"),
]


@pytest.mark.parametrize(("marked", "text"), BLOCK_STYLE)
def test_mistakes_in_block_style(marked: str, text: str) -> None:
    fails(f"{TINY}expect:\n  {marked}\n", text)


BESIDE = [
    ("{conv: {out: 2, kernel: 3}, expect: {«prams»: 4}}", "did you mean `params`?"),
    ("{conv: {out: 2, kernel: 3}, «expct»: {params: 4}}", "did you mean `expect`?"),
    ("{conv: {out: 2, kernel: 3, «expect»: {params: 4}}}", "it stands beside `conv`, not inside"),
    ("{relu: , expect: «3»}", "`expect` maps figures to values"),
    ("{relu: , expect: «»}", "`expect` maps figures to values, not nothing"),
    ("{relu: , expect: {«at»: [], macs: 0}}", "`at` stands in the `expect` of the top level"),
    ("{relu: , expect: {«convention»: fvcore, macs: 0}}", "conventions count whole networks"),
    ("{relu: , expect: {«peak_memory»: 3, macs: 0}}", "it is a figure of the whole network"),
]


@pytest.mark.parametrize(("layer", "text"), BESIDE)
def test_mistakes_beside_a_layer(layer: str, text: str) -> None:
    fails(f"{HEAD}layers:\n  - {layer}\n", text)


def test_a_mistake_in_a_block_is_told_once_and_where_it_is_used() -> None:
    fails(
        """
        input: {channels: 1, size: [4]}
        blocks:
          b: {args: {w: }, layers: [{conv: {out: w, kernel: 1}, expect: {params: 2*«v»}}]}
        layers: [b: {w: 1}, b: {w: 2}]
        """,
        "in block `b`, used at net.yaml:5:18",
    )


def findings(text: str) -> list[tuple[str, str]]:
    return [(finding.code, finding.message) for finding in unmet(analyze(network(text)))]


# Every figure of the tiny network, as it is and as it is not.
FIGURES = [
    ("params", "47", "48", "E101", "`tiny` has 47 params, 2.1 % less than the 48 expected"),
    ("macs", "96", "95", "E101", "`tiny` has 96 macs, 1.1 % more than the 95 expected"),
    ("useful_macs", "96", "<= 48", "E102", "`tiny` has 96 useful macs, 100.0 % more than the 48 it may have"),
    ("additions", "8 + 3", "'> 11'", "E102", "`tiny` has 11 additions; it must have more"),
    ("comparisons", "8", "< 8", "E102", "`tiny` has 8 comparisons; it must have less"),
    ("multiplies", "0", "1 .. 2", "E102", "`tiny` has 0 multiplies, 1 less than the 1 it must have"),
    ("divisions", "<= 0", "'>= 5'", "E102", "`tiny` has 0 divisions, 5 less than the 5 it must have"),
    ("exponentials", "0", "1", "E101", "`tiny` has 0 exponentials, 1 less than the 1 expected"),
    ("elements", "19", "<= 4", "E102", "`tiny` has 19 activation elements, 4.8 times the 4 it may have"),
    # 16 of the input and 8 of the convolution, of four bytes each
    ("peak_memory", "96", "<= 95", "E102", "`tiny` has 96 bytes of peak memory as float32, 1.1 % more than the 95 it"),
    (
        "peak_memory",
        "~ 0.1 kB",
        "<= 0.05 KiB",
        "E102",
        "has 0.09 KiB of peak memory (96 bytes as float32), 87.5 %",
    ),
    (
        "weight_memory",
        "188",
        "~ 2 kB",
        "E101",
        "(188 bytes as float32), 87.5 % less than `~ 2 kB` admits: 1,500",
    ),
    ("output_shape", "[3]", "[4]", "E103", "`tiny` has an output shape of 3, not 4"),
    ("output_shape", "[m]", "[3, 1, 1]", "E103", "`tiny` has an output shape of 3, not 3x1x1"),
    ("receptive_field", "3", "4", "E104", "`tiny` has a receptive field of 3x3, not 4"),
    ("receptive_field", "[3, 3]", "[3, 5]", "E104", "`tiny` has a receptive field of 3x3, not 3x5"),
    (
        "receptive_field",
        "'>= 3'",
        "'>= 224'",
        "E104",
        "a receptive field of 3x3, 98.7 % less than the 224 it must",
    ),
    ("effective_stride", "<= 1", "1/2", "E104", "`tiny` has an effective stride of 1x1, not 0.5"),
]


@pytest.mark.parametrize(("figure", "right", "wrong", "code", "message"), FIGURES)
def test_figures(figure: str, right: str, wrong: str, code: str, message: str) -> None:
    assert unmet(analyze(network(f"{TINY}expect: {{{figure}: {right}}}"))) == []
    (finding,) = unmet(analyze(network(f"{TINY}expect: {{{figure}: {wrong}}}")))
    assert (finding.code, finding.severity, finding.layer) == (code, "error", "")
    assert message in finding.message
    assert (finding.span and (finding.span.line, finding.span.column)) == (5, 12 + len(figure))


BREAKING = [
    ("[5, 61]", "'>= 7'", "5x61, 28.6 % less than the 7 it must have"),
    ("[200, 310]", "100 .. 300", "200x310, 3.3 % more than the 300 it may have"),
    ("[5, 310]", "100 .. 300", "5x310, 95.0 % less than the 100 it must have"),
]


@pytest.mark.parametrize(("kernel", "stated", "message"), BREAKING)
def test_the_axis_that_breaks_the_limit_is_told_of(kernel: str, stated: str, message: str) -> None:
    head = "network: n\ninput: {channels: 1, size: [400, 400]}\n"
    text = f"{head}layers: [conv: {{out: 1, kernel: {kernel}}}]\nexpect: {{receptive_field: {stated}}}\n"
    assert findings(text) == [("E104", f"`n` has a receptive field of {message}")]


def test_bytes_are_those_of_the_dtype() -> None:
    assert not findings(f"{TINY}expect: {{dtype: float16, peak_memory: 48, weight_memory: 94}}")
    assert not findings(f"{TINY}expect: {{dtype: float64, peak_memory: 192, at: [{{n: 1, peak_memory: 160}}]}}")
    assert findings(f"{TINY}expect: {{dtype: int8, weight_memory: <= 46}}") == [
        ("E102", "`tiny` has 47 bytes of weight memory as int8, 2.2 % more than the 46 it may have")
    ]


# Two 1x1 convolutions of 4 and 8 weights, one after the other, and a branch beside them.
BESIDE_LAYERS = """
    input: {channels: 2, size: [3, 3]}
    blocks:
      pair:
        args: {w: }
        layers:
          - {conv: {out: w, kernel: 1, bias: false}, expect: {params: w*input.channels, elements: 9*w}}
          - {conv: {out: 2*w, kernel: 1, bias: false}, name: second, expect: {params: 2*w**2}}
    layers:
      - {pair: {w: 2}, name: one, expect: {params: 4 + 8, macs: 9*12, output_shape: [4, 3, 3], receptive_field: 1}}
      - {conv: {out: 4, kernel: 3, padding: 1, stride: 2}, repeat: 2, name: down,
         expect: {params: 2*(4*4*9 + 4), output_shape: [4, 1, 1], receptive_field: 7, effective_stride: 4}}
      - add:
          body: [{conv: {out: 4, kernel: 1, bias: false}, expect: {params: 16}}]
          short: []
        name: sum
        expect: {params: 16, macs: 16, additions: 4, elements: 8}
      - {conv: {out: 9, kernel: 1}, repeat: 0, expect: {params: 1000}}
      - {linear: {out: 3}, name: fc, expect: {params: 15, receptive_field: '>= 10000', output_shape: [3]}}
"""


def test_beside_layers_and_blocks() -> None:
    assert findings(BESIDE_LAYERS) == []


@pytest.mark.parametrize(
    ("right", "wrong", "subject", "message"),
    [
        ("params: 4 + 8", "params: <= 11", "one", "`one` has 12 params, 9.1 % more than the 11 it may have"),
        (
            "params: w*input",
            "params: 1 + w*input",
            "one.conv",
            "`one.conv` has 4 params, 20.0 % less than the 5",
        ),
        ("[4, 1, 1]", "[4, 2, 2]", "down", "`down` has an output shape of 4x1x1, not 4x2x2"),
        (
            "_stride: 4",
            "_stride: <= 2",
            "down",
            "`down` has an effective stride of 4x4, 100.0 % more than the 2",
        ),
        ("additions: 4", "additions: 5", "sum", "`sum` has 4 additions, 20.0 % less than the 5 expected"),
        ("params: 16}}]", "params: 17}}]", "sum.body.conv", "`sum.body.conv` has 16 params"),
        ("'>= 10000'", "<= 10000", "fc", "`fc` reads the whole input; it has no receptive field of <= 10000"),
    ],
)
def test_unmet_beside_layers_and_blocks(right: str, wrong: str, subject: str, message: str) -> None:
    text = BESIDE_LAYERS.replace(right, wrong)
    assert text != BESIDE_LAYERS
    (finding,) = unmet(analyze(network(text)))
    subject = subject.replace("sum.body", "body")
    assert (finding.layer, message.replace("sum.body", "body") in finding.message) == (subject, True), finding


def test_one_line_of_a_block_is_one_finding() -> None:
    (finding,) = unmet(
        analyze(
            network("""
            input: {channels: 1, size: [4]}
            blocks:
              b: {args: {w: }, layers: [{conv: {out: w, kernel: 1}, name: c, expect: {params: 4}}]}
            layers: [b: {w: 2}, b: {w: 2}, {b: {w: 3}, repeat: 5, name: more}]
        """)
        )
    )
    assert finding.message == "`b_2.c` has 6 params, 50.0 % more than the 4 expected"
    assert finding.help == "nor is it met by `more.0.c`, `more.1.c`, `more.2.c` and 2 more"
    assert finding.trail == ("in block `b`, used at net.yaml:5:21",)


def test_shared_weights_are_counted_once() -> None:
    assert not findings("""
        input: {channels: 1, size: [4]}
        layers:
          - {conv: {out: 1, kernel: 1}, name: a, expect: {params: 2, macs: 4}}
          - {conv: {out: 1, kernel: 1}, share: a, expect: {params: 0, weight_memory: 0, macs: 4}}
    """)


def test_rows() -> None:
    table = """
        variants: {wide: {n: 8}}
        expect:
          macs: 96
          at:
            - {n: 3, macs: 3*36 + 36, params: 30 + 39}
            - {n: 3, m: 1, macs: 36*n + 4*n}
            - {variant: wide, params: 80 + 99, output_shape: [3]}
            - {variant: wide, m: 2, params: 80 + 66}
            - {macs: ~ 96}
    """
    assert findings(TINY + textwrap.dedent(table)) == []
    broken = table.replace("30 + 39", "70").replace("80 + 66", "<= 145").replace("[3]", "[8]").replace("~ 96", "~ 90")
    assert findings(TINY + textwrap.dedent(broken)) == [
        ("E101", "`tiny` (n = 3) has 69 params, 1.4 % less than the 70 expected"),
        ("E103", "`tiny` (variant `wide`) has an output shape of 3, not 8"),
        ("E102", "`tiny` (variant `wide`, m = 2) has 146 params, 0.7 % more than the 145 it may have"),
        ("E101", "`tiny` has 96 macs, 6.1 % more than `~ 90` admits: 89.5 to 90.5"),
    ]


def test_a_row_without_a_network() -> None:
    (finding,) = unmet(analyze(network(f"{TINY}expect: {{at: [{{n: 1.5, macs: 3, params: 4}}, {{n: 1, macs: 48}}]}}")))
    assert finding.code == "E105"
    assert finding.message == (
        "`tiny` (n = 1.5) can't be had: `out` of `conv` wants a positive whole number, not 1.5, at net.yaml:4:23"
    )
    assert finding.help == "round it: floor(x), ceil(x), round(x) or make_divisible(x, 8)"
    assert finding.span
    assert (finding.span.line, finding.span.column) == (5, 15)


def test_conventions() -> None:
    # Counted by the tools themselves, of torchvision's models.
    totals = {"torchinfo": 4_089_238_376, "fvcore": 4_111_512_576, "thop": 4_133_742_592, "torchprofile": 4_100_300_288}
    resnet50 = bundled()["resnet50"].read_text()
    rows = [f"    - {{convention: {name}, macs: {macs}}}\n" for name, macs in totals.items()]
    assert not findings(resnet50 + "".join(rows))
    wrong = f"{TINY}expect: {{convention: fvcor, macs: 96}}"
    assert findings(wrong) == [("E106", "`tiny` has no macs: no convention `fvcor`; did you mean `fvcore`?")]
    assert findings(f"{TINY}expect: {{convention: fvcore, macs: <= 95}}") == [
        ("E102", "`tiny` has 96 macs as fvcore counts them, 1.1 % more than the 95 it may have")
    ]


def test_figures_that_there_are_not() -> None:
    text = """
        input: {channels: 4, size: [6, 6]}
        layers:
          - {split: {parts: 2}, name: halves, expect: {output_shape: [2, 6, 6], params: 0}}
          - {concat: , from: [halves.0, halves.1], name: joined, expect: {output_shape: [4, 6, 6]}}
        outputs: [joined, halves.0]
        expect: {output_shape: [4, 6, 6], receptive_field: 1}
    """
    assert findings(text) == [
        ("E106", "`halves` has no output shape: it has 2 outputs"),
        ("E106", "`network` has no output shape: it has 2 outputs"),
    ]
    unchanged = """
        input: {channels: 1, size: [8]}
        blocks: {b: {layers: [relu, {tanh: , from: input, repeat: 0}]}}
        layers: [{b: , expect: {output_shape: [1, 8], receptive_field: 1}}]
    """
    assert findings(unchanged) == [("E106", "`b` has no receptive field: it hands on an input of the network")]
    misaligned = """
        input: {channels: 1, size: [8]}
        layers:
          - {max_pool: {kernel: 2}, name: fast}
          - {conv: {out: 1, kernel: 5}, from: input, name: slow}
          - {add: , from: [fast, slow], name: sum, expect: {receptive_field: '>= 1'}}
    """
    (finding,) = unmet(analyze(network(misaligned)))
    assert (finding.code, "have different strides" in finding.message) == ("E106", True)


def test_they_hold_for_the_defaults() -> None:
    text = TINY.replace("name: c}", "name: c, expect: {params: 20}}") + "expect: {params: 47, at: [{n: 3, macs: 144}]}"
    assert len(read(Source("net.yaml", text)).expect) == 3
    assert read(Source("net.yaml", text), settings={"n": 3}).expect == ()
    with pytest.raises(UsageError, match="no symbol"):
        read(Source("net.yaml", text), settings={"k": 3})


def test_analyze_warns_of_other_settings_as_check_does(run: Run) -> None:
    text = f"{TINY}expect: {{params: 47, at: [{{n: 3, macs: 145}}, {{n: 3, macs: 144}}, {{n: 1.5, macs: 3}}]}}".encode()
    ran = run("analyze", "-", stdin=text)
    assert (ran.code, ran.err) == (
        0,
        "warning: <stdin>:5:40: `tiny` (n = 3) has 144 macs, 0.7 % less than the 145 expected\n"
        "warning: <stdin>:5:65: `tiny` (n = 1.5) can't be had: "
        "`out` of `conv` wants a positive whole number, not 1.5, at <stdin>:4:23\n",
    )
    reported = [line for line in run("check", "-", stdin=text).out.splitlines() if line.startswith("<stdin>")]
    for warning, error in zip(ran.err.splitlines(), reported, strict=True):
        place, _, message = warning.removeprefix("warning: ").partition(": ")
        assert error.startswith(f"{place}: error[")
        assert error.endswith(message)


def test_what_other_commands_make_of_them(run: Run) -> None:
    text = f"{TINY}expect: {{params: 48, macs: <= 95, elements: 19, convention: fvcore, peak_memory: 1}}".encode()
    ran = run("analyze", "-", stdin=text)
    assert (ran.code, ran.err) == (
        0,
        "warning: <stdin>:5:18: `tiny` has 47 params, 2.1 % less than the 48 expected\n"
        "warning: <stdin>:5:28: `tiny` has 96 macs as fvcore counts them, 1.1 % more than the 95 it may have\n"
        "warning: <stdin>:5:82: `tiny` has 96 bytes of peak memory as float32, 96.0 times the 1 expected\n",
    )
    text = f"{TINY}expect: {{params: 48, macs: <= 95, elements: 19}}".encode()
    ran = run("analyze", "-", stdin=text)
    assert ran.code == 0
    assert [line.partition(": `tiny` ")[2] for line in ran.err.splitlines()] == [
        "has 47 params, 2.1 % less than the 48 expected",
        "has 96 macs, 1.1 % more than the 95 it may have",
    ]
    ran = run("verify", "-", stdin=text)
    assert ran.code == 1
    assert "2 of 70 figures differ; the first in `tiny`: params is 48 as the spec states it and 47 counted" in ran.out
    assert run("formula", "-", stdin=text).code == 0
    assert run("analyze", "-", "--set", "n=5", stdin=text).err == ""


def test_a_name_is_shown_inert() -> None:
    text = HEAD.replace("network: tiny", 'network: "\\e[31m::error::x"') + LAYERS + "expect: {params: 3}"
    (finding,) = unmet(analyze(network(text)))
    assert "[31m::error::x" in finding.message  # as it is: whoever prints it makes it printable


@pytest.mark.parametrize("name", ["googlenet", "mobilenet_v1", "lenet5", "resnet50"])
def test_every_line_of_a_bundled_network_can_fail(name: str) -> None:
    source, _ = open_source(name)
    stated = [found for stated in load(name).expect for found in stated.figures]
    words = [word for found in stated for word in (found.words[:1] or [(found.written, found.span)])]
    lines = source.text.split("\n")
    for word, span in sorted(words, key=lambda word: (word[1].line, -word[1].column)):
        line, start = lines[span.line - 1], span.column - 1
        other = re.sub(r"\d+", lambda digits: str(2 * int(digits[0]) + 1), word)
        lines[span.line - 1] = line[:start] + other + line[start + span.length :]
    broken = unmet(analyze(read(Source("net.yaml", "\n".join(lines)))))
    assert len(broken) == len(stated)
