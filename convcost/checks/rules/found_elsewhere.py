"""Codes whose findings come from elsewhere: what each means, and where it is found."""

from __future__ import annotations

from convcost.checks.base import Rule

RULES = (
    Rule(
        "E001",
        "unreadable",
        "The file can't be read as a network.",
        """\
There is no such file, it is not text, or it describes no network: an unknown operator or argument, a layer that reads
what is not there, shapes that do not go together. Every problem is a finding of its own, where it stands; nothing else
is checked in that file, and the exit code is 2. It can't be suppressed.
""",
    ),
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
The settings in a row of `expect: at:` are refused: a width that is not a whole number, channels that do not fit their
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
    Rule(
        "E108",
        "not-counted",
        "Layers are not counted, so that totals are too low.",
        """\
`convcost check --partial model.onnx` goes on past what is unknown in a model. What such a layer costs is in no total,
so that a budget may be kept in part alone. `--outputs NAME,...` stops before such layers.
""",
    ),
    Rule(
        "E201",
        "not-as-locked",
        "A layer, a setting or a total is not as in the lock file.",
        """\
`convcost lock` wrote down what every layer of the network is and costs, and one is another now. Layers that merely
follow, because what they read has another shape, are counted and not listed.

If the change is meant, `convcost lock PATH` takes it over; the lock file's difference shows it to whoever reviews it.
""",
    ),
    Rule(
        "E202",
        "not-locked",
        "A layer is not in the lock file.",
        """\
The network has a layer, or a block, that it did not have when `convcost lock` was run.
""",
    ),
    Rule(
        "E203",
        "locked-and-gone",
        "A layer, or a network, of the lock file is gone.",
        """\
The lock file has a layer, or a block, that the network has no more. The finding is where the layer before it stands.
Or a spec is gone, from a folder or from behind a glob that was checked, that the lock file has; the finding is there.
Or the spec can't be read any more with settings that the lock file has it with: a variant or a symbol is gone.
""",
    ),
    Rule(
        "E204",
        "network-not-locked",
        "The network is not in the lock file.",
        """\
With `--locked`, every network that is checked must be in the lock file: `convcost lock PATH` takes it in. With settings
a network has a place of its own there: `convcost lock PATH --set alpha=0.5`, `convcost lock PATH --variant half`.
""",
    ),
    Rule(
        "N205",
        "not-kept",
        "The lock file does not keep a figure.",
        """\
An older convcost wrote the lock file, or a part of it, and did not know a figure that is kept of every network today.
Nothing is held against a figure that is not there. `convcost lock` reads the networks again and takes it in.
""",
    ),
    Rule(
        "E301",
        "rounded-join",
        "Inputs of an add, concat or mul differ, because a layer rounded.",
        """\
Two paths that meet would agree if a layer had not rounded: 55 positions make 27 windows of a 2x2 pool, which rounds
down, and 28 of a 3x3 convolution of stride 2 and padding 1, which rounds up. The help names the layer that rounded.

    - add:
        body:  [conv: {out: 64, kernel: 3, stride: 2, padding: 1}]      # 55 -> 28
        short: [max_pool: {kernel: 2}]                                  # 55 -> 27; with ceil_mode: true, 28

Choose padding or `ceil_mode` so that both paths round alike, `upsample: {like: name}` or `crop: {like: name}` where
they meet again, or an input size that divides evenly.
""",
    ),
    Rule(
        "W401",
        "unknown-suppression",
        "A suppressing comment names no code that can be suppressed.",
        """\
A comment on a line keeps that line's findings quiet, by their codes; one for the file stands anywhere in it.

    - max_pool: {kernel: 2}      # convcost: ignore[W302]  the paper's network has this, too
    # convcost: ignore-file[W303, W306]

There is no way to suppress everything, and none to suppress E001: a file that can't be read is not checked at all.
""",
    ),
    Rule(
        "N402",
        "unused-suppression",
        "A suppressing comment suppresses nothing.",
        """\
The finding that the comment kept quiet is gone, or stands on another line. Remove the comment, so that it does not hide
the next one. Codes that are not selected are not looked at.
""",
    ),
)
"""E001 and E301 are found by the reader; E1 by `expectations` and `budgets`; E2 and N2 by `locked`; W4 and N4 by
`suppressions`, all of `convcost.checks`."""
