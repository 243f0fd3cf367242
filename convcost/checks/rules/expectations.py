"""E101 to E106: figures that are not what the spec expects. `convcost.checks.expectations` finds them."""

from __future__ import annotations

from convcost.checks.findings import Rule

RULES = (
    Rule(
        "E101",
        "other-figure",
        "A figure is not the number that the spec expects.",
        """\
`expect:` states a figure exactly, or rounded as a paper prints it (`~ 569 M`), and the network has another.

    expect:
      params: 25557032
      macs: ~ 4.1 G

If the change is meant, `convcost check --update` writes the new figures into the file; comments and layout stay. It
leaves alone what would not be reported, and formulas, escapes and text over several lines.
""",
    ),
    Rule(
        "E102",
        "beyond-bound",
        "A figure is beyond a bound or outside a range.",
        """\
`expect:` states a budget, `<= 4.1e9`, or a range, `4.0e9 .. 4.1e9`, for the network, a block or a layer, and the figure
is beyond it. Budgets are not for a tool to loosen: `--update` leaves them alone.
""",
    ),
    Rule(
        "E103",
        "other-shape",
        "An output has another shape than the spec expects.",
        """\
`output_shape: [2048, 7, 7]` states the shape of a layer's, a block's or the network's output, channels first, without
the batch.
""",
    ),
    Rule(
        "E104",
        "other-field",
        "A receptive field or an effective stride is another than the spec expects.",
        """\
`receptive_field: 427` and `effective_stride: 32` are in positions of the network's input, one number for every axis or
a list of one per axis. A layer that reads the whole input meets any lower bound and nothing else.
""",
    ),
    Rule(
        "E105",
        "refused-row",
        "A row of `at` sets symbols so that there is no network.",
        """\
The settings in a row of `expect: at:` are refused: a width that is no whole number, channels that do not fit their
groups, windows larger than the map. `convcost analyze SPEC --set NAME=VALUE` shows the error where it stands.
""",
    ),
    Rule(
        "E106",
        "no-such-figure",
        "There is no such figure to hold against what is expected.",
        """\
A layer with several outputs has no one shape; where branches of different strides meet there is no one receptive
field; and a convention counts in some way that is not known here.
""",
    ),
    Rule(
        "E107",
        "over-budget",
        "A figure is what `--fail-if` forbids.",
        """\
`convcost check --fail-if 'macs > 5e9' model.onnx` sets a budget from outside, for files that can't state it themselves.
A spec states its own under `expect:`, where everyone sees it.
""",
    ),
)
