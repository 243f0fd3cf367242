"""`convcost.sweep`: at points that a program chose there is what `analyze` counts, or the network refuses them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convcost
from convcost.figures import FIGURES

LAWS = Path(__file__).parent / "data" / "laws"


def counted(spec: str | Path, values: Mapping[str, Any], of: str) -> int | None:
    """A figure as `analyze` counts it; None where the network refuses the values."""
    try:
        found = convcost.analyze(spec, values).of(of)
    except convcost.ConvcostError:
        return None
    return int(min(found) if FIGURES[of].is_per_axis else found)


POINTS: list[tuple[str | Path, dict[str, Sequence[Any]]]] = [
    ("resnet50", {"H": [1, 31, 224, 225, 640], "W": [224, 7, 33, 0, 1000], "N": [1, 2, 32, 4, -1]}),
    ("resnet50", {"early": [0, 1, 1, 0], "H": [32, 32, 97, 97]}),
    ("mobilenet_v1", {"alpha": [Fraction(1, 2), "0.75", Decimal("0.25"), 0.5, 1, 0.3, "1/3"], "middle": range(7)}),
    ("mobilenet_v2", {"alpha": [0.35, 1.4, 0.1, 1.0], "resolution": [224, 96, 225, 0]}),
    ("efficientnet_b0", {"width": [1, 1.1, 1.4], "depth": [1, 1.2, 1.8], "resolution": [224, 260, 380]}),
    ("alexnet", {"resolution": [227, 11, 62, 63, 64, 224]}),
    ("shufflenet_v1", {"groups": [1, 2, 3, 4, 8, 0], "channels": [144, 200, 240, 272, 384, 24]}),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "points"), POINTS, ids=lambda case: str(case)[:24])
def test_every_point_is_what_analyze_counts(spec: str, points: dict[str, Sequence[Any]]) -> None:
    figures = ["macs", "params", "elements", "peak_memory", "receptive_field"]
    found = convcost.sweep(spec, points, figures)
    rows = [dict(zip(points, values, strict=True)) for values in zip(*points.values(), strict=True)]
    expected = {of: [counted(spec, row, of) for row in rows] for of in figures}
    assert {of: found[of].tolist() for of in figures} == expected
    assert found.refused.tolist() == [n is None for n in expected["macs"]]


@pytest.mark.parametrize("file", ["02_odd_grouped_stack.yaml", "11_dense_block.yaml", "13_wavenet_causal_1d.yaml"])
def test_random_points_of_laws(file: str) -> None:
    rng, symbols = random.Random(file), convcost.load(LAWS / file).symbols
    rows = [{name: rng.randrange(0, 2 * int(n) + 2) for name, n in symbols.items()} for _ in range(40)]
    points = {name: np.array([row[name] for row in rows]) for name in symbols}
    found = convcost.sweep(LAWS / file, points, "macs")
    expected = [counted(LAWS / file, row, "macs") for row in rows]
    assert found["macs"].tolist() == expected
    assert {n is None for n in expected} == {True, False}


def test_arrays_broadcast_and_keep_their_shape() -> None:
    heights, widths = np.array([[30], [225]]), [32, 40, 64]
    found = convcost.sweep("resnet18", {"H": heights, "W": widths}, "macs")
    grid = [[counted("resnet18", {"H": h, "W": w}, "macs") for w in widths] for h in (30, 225)]
    assert found["macs"].shape == found.refused.shape == (2, 3)
    assert found["macs"].tolist() == grid
    one = convcost.sweep("lenet5", {"resolution": 32})
    assert (one["macs"].shape, int(one["macs"])) == ((), 327256)


HALVED = """\
symbols: {a: 1, b: 1}
input: {channels: 2, size: [64, 64]}
layers:
  - {conv: {out: 2, kernel: 3, stride: 2, padding: 1}, repeat: a}
  - {max_pool: {kernel: 3, stride: 2, padding: 1}, repeat: b}
"""


def test_only_combinations_that_are_asked_for_take_a_form(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(HALVED)
    # The grid of these counts, which decide what layers there are, has 1,600 points, more than forms.
    counts = np.arange(40)
    found = convcost.sweep(tmp_path / "net.yaml", {"a": counts, "b": counts[::-1]}, ["macs", "elements"])
    for n in (0, 1, 5, 38, 39):
        values = {"a": n, "b": 39 - n}
        assert found["macs"][n] == counted(tmp_path / "net.yaml", values, "macs")
        assert found["elements"][n] == counted(tmp_path / "net.yaml", values, "elements")


def test_too_many_forms_are_refused(tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(HALVED)
    with pytest.raises(convcost.UsageError, match="each of 2,000 values of `a` takes a closed form of its own"):
        convcost.sweep(tmp_path / "net.yaml", {"a": np.arange(2000)})


def test_numbers_beyond_64_bits_are_exact() -> None:
    found = convcost.sweep("resnet50", {"H": [2**20, 224], "W": [2**20, 224], "N": [2**20, 1]}, "macs")["macs"]
    # 81,456 MACs for each pixel that 32 divides, and 2,048,000 for the classifier.
    assert found.tolist() == [2**20 * (81456 * 2**40 + 2048000), 4089184256]
    assert found.dtype == object
    assert convcost.sweep("resnet50", {"H": [224]}, "macs")["macs"].dtype == np.int64


@pytest.mark.parametrize(
    "values",
    [np.array([0.1, 0.3]), np.array([0.1, 0.3], np.float32), ["0.1", "3/10"], [Fraction(1, 10), Decimal("0.3")]],
)
def test_values_are_those_that_are_written(values: Any) -> None:
    exact = [counted("mobilenet_v2", {"alpha": text}, "macs") for text in ("0.1", "0.3")]
    assert convcost.sweep("mobilenet_v2", {"alpha": values}, "macs")["macs"].tolist() == exact


ERRORS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("resnet50", {}, {}, "there are no points"),
    ("resnet50", {"H": []}, {}, "there are no points"),
    ("resnet50", {"h": [1]}, {}, "no symbol `h`"),
    ("resnet50", {"H": [1, 2], "W": [1, 2, 3]}, {}, r"do not fit together: H has \(2,\), W has \(3,\)"),
    ("resnet50", {"H": [[1, 2], [3]]}, {}, "`H` is not an array: its rows have different lengths"),
    ("resnet50", {"H": [1, None]}, {}, "`H` can't be None"),
    ("resnet50", {"H": np.array([True])}, {}, "`H` can't be True"),
    ("mobilenet_v1", {"alpha": [0.5, float("nan")]}, {}, "`alpha` can't be nan"),
    ("mobilenet_v1", {"alpha": ["x"]}, {}, "x"),
    ("mobilenet_v1", {"alpha": [1]}, {"settings": {"alpha": 1}}, "`alpha` is set as well"),
    ("mobilenet_v1", {"alpha": [1]}, {"of": ["mac"]}, "did you mean `macs`"),
    ("mobilenet_v1", {"alpha": [1]}, {"of": "output_shape"}, "is not one number"),
    ("mobilenet_v1", {"alpha": [1]}, {"dtype": "flot32"}, "did you mean `float32`"),
]


@pytest.mark.parametrize(("spec", "points", "more", "message"), ERRORS, ids=lambda case: str(case)[:30])
def test_what_can_not_be(spec: str, points: dict[str, Any], more: dict[str, Any], message: str) -> None:
    with pytest.raises(convcost.UsageError, match=message):
        convcost.sweep(spec, points, **more)


FIELDS: dict[str, str] = {
    # A window that is smaller than its stride, and two paths of which either may be the wider one.
    "strides": """\
symbols: {k: 3, s: 2, d: 1, a: 3, b: 5}
input: {channels: 2, size: [64, 48]}
layers:
  - {conv: {out: 2, kernel: k, stride: s, dilation: d, padding: "d*(k - 1)"}}
  - add:
      left: [{conv: {out: 2, kernel: [a, 3], padding: "same"}}]
      right: [{conv: {out: 2, kernel: [b, 1], padding: "same"}}]
  - {max_pool: {kernel: k, stride: s}}
""",
    # Which layer has the largest window depends on the symbols.
    "layers": """\
symbols: {k: 3, s: 2, a: 3, b: 5}
input: {channels: 2, size: [64, 48]}
layers:
  - {name: left, conv: {out: 2, kernel: a, padding: a, stride: s}}
  - {name: right, from: input, conv: {out: 2, kernel: b, padding: b, stride: k}}
outputs: [left, right]
""",
}


@pytest.mark.parametrize("name", FIELDS)
def test_receptive_fields_by_their_law_are_what_analyze_counts(name: str, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text(FIELDS[name])
    rng, symbols = random.Random(name), convcost.load(tmp_path / "net.yaml").symbols
    rows = [{symbol: rng.randrange(0, 9) for symbol in symbols} for _ in range(120)]
    points = {symbol: [row[symbol] for row in rows] for symbol in symbols}
    found = convcost.sweep(tmp_path / "net.yaml", points, "receptive_field")
    expected = [counted(tmp_path / "net.yaml", row, "receptive_field") for row in rows]
    assert found["receptive_field"].tolist() == expected
    assert len(set(expected)) > 8


def test_many_receptive_fields_are_not_counted_one_by_one() -> None:
    # Each layer adds 2*(k // 2), to 1: more points than are counted.
    points = {"k": np.arange(1, 200)[:, None], "n": np.arange(1, 200)}
    found = convcost.sweep(LAWS / "02_odd_grouped_stack.yaml", {**points, "H": 1000, "W": 1000}, "receptive_field")
    assert found["receptive_field"][2].tolist() == [1 + 2 * (n + 1) for n in range(1, 200)]
