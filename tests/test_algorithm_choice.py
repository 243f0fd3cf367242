"""`convcost analyze --algorithms`: which algorithm multiplies least, layer by layer."""

from __future__ import annotations

import csv
import io
import json

import pytest
from command_line import Run

# The first layer's figures were counted by execution; 5x5 kernels and strides are not for Winograd.
SPEC = b"""
network: three
input: {channels: 3, size: [7, 7]}
layers:
  - conv: {out: 128, kernel: 3, bias: false}
  - relu
  - conv: {out: 2, kernel: 5, bias: false}
  - conv_transpose: {out: 2, kernel: 2}
  - depthwise_conv: {kernel: 1, stride: 2}
"""


def test_every_convolution_and_nothing_else(run: Run) -> None:
    found = json.loads(run("analyze", "-", "--algorithms", "--format", "json", stdin=SPEC).out)
    assert [layer["name"] for layer in found["layers"]] == ["conv", "conv_2", "depthwise_conv"]
    first, second, third = (layer["algorithms"] for layer in found["layers"])
    multiplies = {name: cost["multiplies"] for name, cost in first.items()}
    # FFT: 3 + 384 + 128 transforms of 8x8 positions, 192 complex multiplies each, and 384*64 between them.
    fft = 4 * ((3 + 384 + 128) * 192 + 384 * 64)
    assert multiplies == {
        "direct": 86_400,
        "im2col": 86_400,
        "winograd_2": 71_424,
        "winograd_4": 132_672,
        "fft": fft,
    }
    assert first["im2col"]["extra_elements"] == 675
    assert first["winograd_2"]["extra_elements"] == 16 * (3 * 128 + 9 * 3 + 9 * 128)
    assert second["winograd_2"] == {
        "multiplies": None,
        "multiplies_kernels_beforehand": None,
        "extra_elements": None,
        "reason": "F(2x2, 3x3) computes 3x3 kernels, not 5x5",
    }
    assert third["im2col"]["extra_elements"] == 2
    assert [layer["least"] for layer in found["layers"]] == ["winograd_2", "direct", "direct"]


def test_table_and_totals(run: Run) -> None:
    out = run("analyze", "-", "--algorithms", stdin=SPEC).out
    direct = 86_400 + 2 * 128 * 25 + 2
    assert f"three, 3 convolutions: {direct:,} multiplies per sample" in out
    assert f"least        {direct - 86_400 + 71_424:,}" in out
    assert f"beforehand   {direct - 86_400 + 55_296:,}" in out
    assert "does not apply" in out


def test_rows(run: Run) -> None:
    rows = list(csv.DictReader(io.StringIO(run("analyze", "lenet5", "--algorithms", "--format", "csv").out)))
    assert len(rows) == 3 * 5
    assert {row["reason"] for row in rows if row["layer"] == "C3" and row["algorithm"] == "im2col"} == {
        "a table of connections is not a product of whole matrices"
    }
    assert "| C3 |" in run("analyze", "lenet5", "--algorithms", "--format", "markdown").out
    assert "Rows shown: 2 of 3." in run("analyze", "lenet5", "--algorithms", "--top", "2").out


def test_without_convolutions(run: Run) -> None:
    ran = run("analyze", "-", "--algorithms", stdin=b"input: {channels: 3, size: []}\nlayers: [linear: {out: 4}]\n")
    assert "no convolution that could be computed in another way: it multiplies in linear (1 layer)." in ran.out


def test_what_is_not_counted_is_named(run: Run) -> None:
    spec = b"input: {channels: 3, size: [8]}\nlayers: [conv: {out: 4, kernel: 3}, conv_transpose: {out: 2, kernel: 2}]"
    out = run("analyze", "-", "--algorithms", stdin=spec).out
    assert "1 convolution: " in out
    assert "not counted  conv_transpose (1 layer)" in out
    found = json.loads(run("analyze", "-", "--algorithms", "--format", "json", stdin=spec).out)
    assert found["not_counted"] == {"conv_transpose": 1}


def test_one_bad_spec_of_several_loses_nothing(run: Run) -> None:
    ran = run("analyze", "lenet6", "lenet5", "--algorithms")
    assert ran.code == 2
    assert "C3" in ran.out
    assert "lenet6" in ran.err


@pytest.mark.parametrize("option", [["--depth", "1"], ["--symbolic"], ["--training"], ["--sort", "macs"]])
def test_what_it_does_not_go_with(run: Run, option: list[str]) -> None:
    ran = run("analyze", "lenet5", "--algorithms", *option)
    assert (ran.code, ran.out) == (2, "")
    assert "--algorithms goes with" in ran.err


@pytest.mark.parametrize("columns", [60, 80, 110])
def test_it_fits_the_terminal(run: Run, columns: int) -> None:
    out = run("analyze", "vgg16", "--algorithms", columns=columns).out
    assert max(map(len, out.splitlines())) <= columns
