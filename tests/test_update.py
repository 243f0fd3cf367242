"""Expected figures brought up to date in a spec's text."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convcost.analysis.costs import analyze
from convcost.checks.expectations import unmet, update, updated_source
from convcost.errors import Source
from convcost.reading.load import read
from convcost.reading.sources import bundled, open_source

# 2*9 weights and 2 biases, then 3*8 and 3; 2*4*9 products, then 24; 8, 8 and 3 numbers; at most 16 and 8 are held.
TINY = """network: tiny
symbols: {n: 2, m: 3}
input: {channels: 1, size: [4, 4]}
layers: [{conv: {out: n, kernel: 3}, name: c}, {relu: , name: r}, {linear: {out: m}, name: fc}]
"""

UPDATES = [
    # layout, comments and the way of writing are kept
    ("expect: {params: 3, macs: 4}  # as printed", "expect: {params: 47, macs: 96}  # as printed"),
    ("expect:\n  params:    3   # 20 + 27\n\n  macs: 96", "expect:\n  params:    47   # 20 + 27\n\n  macs: 96"),
    ("expect: {params: '3', macs: \"4\"}", "expect: {params: '47', macs: \"96\"}"),
    ("expect: {params: 1_000_000}", "expect: {params: 47}"),
    ("expect: {macs: ~ 1.2 k}", "expect: {macs: ~ 0.096 k}"),
    ("expect: {macs: ~ 90}", "expect: {macs: ~ 96}"),
    ("expect: {macs: ~ 3.0e1}", "expect: {macs: ~ 9.6e1}"),
    ("expect: {macs: '~  0.30 k'}", "expect: {macs: '~  0.096 k'}"),
    ("expect: {macs: 1e3}", "expect: {macs: 96}"),
    ("expect: {weight_memory: 1 KiB}", "expect: {weight_memory: 188}"),
    ("expect: {peak_memory: ~ 1 kB}", "expect: {peak_memory: ~ 0.096 kB}"),
    ("expect: {output_shape: [4]}", "expect: {output_shape: [3]}"),
    ("expect: {output_shape: [ 3, 1, 1 ]}", "expect: {output_shape: [3]}"),
    ("expect: {receptive_field: 5, effective_stride: 2}", "expect: {receptive_field: 3, effective_stride: 1}"),
    ("expect: {receptive_field: [5, 3]}", "expect: {receptive_field: [3, 3]}"),
    (
        "expect:\n  receptive_field:\n  - 3  # high\n  - 5  # wide",
        "expect:\n  receptive_field:\n  - 3  # high\n  - 3  # wide",
    ),
    ("expect: {at: [{n: 3, macs: 1}, {n: 1, macs: 48}]}", "expect: {at: [{n: 3, macs: 144}, {n: 1, macs: 48}]}"),
    ("expect: {convention: fvcore, macs: 95}", "expect: {convention: fvcore, macs: 96}"),
    # budgets, formulas and what can't be had are left alone
    ("expect: {params: <= 3, macs: 1 .. 2, elements: '>= 100'}", None),
    ("expect: {params: 9*n, macs: ~ 96}", None),
    ("expect: {output_shape: [n]}", None),
    ("expect: {effective_stride: 1/2}", None),
    ("expect: {at: [{n: 1.5, macs: 3}]}", None),
    ('expect: {macs: "9\\x35"}', None),  # 95 in a roundabout way
    ("expect:\n  macs: >-\n    95", None),
]


@pytest.mark.parametrize(("before", "after"), UPDATES)
def test_update(before: str, after: str | None) -> None:
    updated = updated_source(Source("net.yaml", TINY + before), "net")
    assert updated.text == TINY + (after or before)
    assert bool(updated.changes) == (after is not None)
    assert bool(updated.left) == (after is None)
    # The help promises what it does, and what is left is what is still found.
    helps = [finding.help or "" for finding in unmet(analyze(read(Source("net.yaml", TINY + before))))]
    assert any("--update" in help for help in helps) == (after is not None)
    again = read(Source("net.yaml", updated.text))
    assert [finding.message for finding in unmet(analyze(again))] == [finding.message for finding in updated.left]


def test_update_beside_layers() -> None:
    text = textwrap.dedent("""\
        network: größe  # 日本語
        input: {channels: 1, size: [4]}
        blocks:
          # ünïcode
          alike: {layers: [{conv: {out: 2, kernel: 1}, expect: {params: 3, macs: 7}}]}
          other: {args: {w: }, layers: [{conv: {out: w, kernel: 1}, expect: {params: 4, macs: 4*w*input.channels}}]}
        layers:
          - alike
          - {conv: {out: 1, kernel: 1}, name: 'squeeze',
             expect: {params: 3, output_shape: [2, 4]}}  # 日本 params: 3
          - alike
          - other: {w: 2}
          - other: {w: 3}
    """)
    updated = updated_source(Source("net.yaml", text), "net")
    assert updated.text == text.replace("macs: 7", "macs: 8").replace("params: 3, macs", "params: 4, macs").replace(
        "output_shape: [2, 4]", "output_shape: [1, 4]"
    )
    # Its uses have 6 and 9: no number holds for both.
    assert [finding.span and finding.span.line for finding in updated.left] == [6, 6]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_update_of_a_file(end: str, mark: str, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    text = mark + f"{TINY}expect:\n  params: 3  # größer\n  output_shape:\n  - 4\n".replace("\n", end)
    path.write_bytes(text.encode())
    updated = update(path)
    assert updated.text == text.replace("params: 3", "params: 47").replace("- 4", "- 3")
    assert path.read_bytes() == text.encode()
    assert [(change.old, change.new) for change in updated.changes] == [("3", "47"), ("4", "3")]


@pytest.mark.parametrize("name", bundled())
def test_bundled_networks_are_up_to_date(name: str) -> None:
    source, _ = open_source(name)
    assert updated_source(source, name)[1:] == ((), ())


STYLES = ["{}", "{:_}", "'{}'", '"{}"', "~ {}", "'~ {} k'", "~ {}e1", "{} k", "<= {}", "0 .. {}"]
SUMS = ["params", "macs", "elements", "additions", "comparisons"]


@st.composite
def specs(draw: st.DrawFn) -> str:
    """A network whose expectations seldom hold, written in many ways."""

    def figures(separator: str = ", ") -> str:
        chosen = draw(st.lists(st.sampled_from(SUMS), min_size=1, unique=True))
        numbers = (draw(st.one_of(st.integers(1, 200), st.integers(1, 10**9))) for _ in chosen)
        styles = (draw(st.sampled_from(STYLES)) for _ in chosen)
        return separator.join(
            f"{name}: {style.format(number)}" for name, style, number in zip(chosen, styles, numbers, strict=True)
        )

    w, k = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    comment = draw(st.sampled_from(["", "  # ünï: 3", "  # params: 7"]))
    return f"""network: größe{comment}
symbols: {{w: {w}}}
input: {{channels: 2, size: [9, 7]}}
blocks:
  b: {{layers: [{{conv: {{out: w, kernel: 1}}, name: c, expect: {{{figures()}}}}}, relu]}}{comment}
layers:
  - {{conv: {{out: w, kernel: {k}}}, name: first, expect: {{{figures()}}}}}
  - {{b: , name: once, expect: {{{figures()}}}}}{comment}
  - {{b: , repeat: 2, name: twice}}
expect:
  {figures(f"{comment}{chr(10)}  ")}
  at:
  - {{w: {w + 1}, {figures()}}}{comment}
"""


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(specs())
def test_after_an_update_nothing_exact_is_unmet(text: str) -> None:
    source = Source("net.yaml", text)
    before = unmet(analyze(read(source)))
    updated = updated_source(source, "net")
    after = unmet(analyze(read(Source("net.yaml", updated.text))))
    assert {finding.code for finding in after} <= {"E102"}
    assert sum(finding.code == "E102" for finding in before) == len(after)
    # Put back what was changed, last first, and the text is as it was: nothing else was touched.
    lines = updated.text.split("\n")
    changes = sorted(updated.changes, key=lambda change: (change.span.line, change.span.column))
    shift = 0
    for n, change in enumerate(changes):
        line = change.span.line
        shift = shift if n and changes[n - 1].span.line == line else 0
        start = change.span.column - 1 + shift
        here = lines[line - 1]
        assert here[start : start + len(change.new)] == change.new
        lines[line - 1] = here[:start] + change.old + here[start + len(change.new) :]
    assert "\n".join(lines) == text
    assert updated_source(Source("net.yaml", updated.text), "net").changes == ()
