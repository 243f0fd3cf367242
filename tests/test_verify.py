"""Every bundled network executed and counted; and a wrong formula, wherever it is, noticed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from command_line import Run
from test_operators import ROWS

from convcost.errors import Source, UsageError
from convcost.ops import OPERATORS, operator
from convcost.ops.base import Params, Shape
from convcost.ops.windows import WHOLE, Window
from convcost.reading.load import bundled, load, read
from convcost.verification import verify


@pytest.mark.slow
@pytest.mark.parametrize("name", bundled())
def test_network(name: str) -> None:
    verification = verify(load(name))
    assert list(map(str, verification.differences)) == []
    assert verification.unseen == ()


LAYERS = {
    **{row.layer.partition(":")[0]: row.layer for row in reversed(ROWS)},
    "conv": "conv: {out: 6, kernel: 3, stride: 2, padding: 1, groups: 2}",
    "conv_transpose": "conv_transpose: {out: 6, kernel: 3, stride: 2, padding: 1, groups: 2}",
    "deformable_conv": "deformable_conv: {out: 6, kernel: 3, stride: 2, padding: 1, groups: 2}",
    "depthwise_conv": "depthwise_conv: {kernel: 3, stride: 2, padding: 1}",
    "max_pool": "max_pool: {kernel: 3, stride: 2, padding: 1}",
    "mul": "mul: {a: [], b: []}",
    "upsample": "upsample: {scale: 2, mode: bilinear}",
}
"""A layer of each operator: that worked by hand, unless what can be forgotten of it needs more arguments."""


def network_of(kind: str) -> Any:
    return read(Source("<test>", f"input: {{channels: 4, size: [13, 12]}}\nlayers:\n  - {LAYERS[kind]}\n"))


def one_more_channel(right: Any) -> Any:
    return lambda self, *inputs: tuple(Shape(y.channels + 1, y.size) for y in right(self, *inputs))


def one_more_weight(right: Any) -> Any:
    return lambda self, *inputs: right(self, *inputs) + Params(weights=1)


def work_of_one_kind_more(kind: str) -> Any:
    def sabotage(right: Any) -> Any:
        def wrong(self: Any, *inputs: Shape) -> Any:
            work = right(self, *inputs)
            return type(work)(**{name: n + (name == kind) for name, n in work.items()})

        return wrong

    return sabotage


def shifted_windows(right: Any) -> Any:
    def wrong(self: Any, *inputs: Shape) -> Any:
        read = right(self, *inputs)
        if read[0] is WHOLE:
            return tuple((Window(),) * x.rank for x in inputs)
        return tuple((Window(3, 2),) * len(windows) for windows in read)

    return wrong


SABOTAGE = {
    "outputs": one_more_channel,
    "params": one_more_weight,
    "work": work_of_one_kind_more("macs"),
    "useful_work": work_of_one_kind_more("macs"),
    "reads": shifted_windows,
}


@pytest.mark.parametrize("kind", OPERATORS)
def test_right_formulas_agree(kind: str) -> None:
    assert list(map(str, verify(network_of(kind)).differences)) == []


@pytest.mark.parametrize("formula", SABOTAGE)
@pytest.mark.parametrize("kind", OPERATORS)
def test_a_wrong_formula_is_noticed(monkeypatch: pytest.MonkeyPatch, kind: str, formula: str) -> None:
    cls = operator(kind)
    monkeypatch.setattr(cls, formula, SABOTAGE[formula](getattr(cls, formula)))
    network = network_of(kind)
    assert verify(network).differences[0].layer == network.layers[-1].name


@pytest.mark.parametrize(
    ("kind", "formula", "change"),
    [
        ("conv", "groups ignored", {"groups": 1}),
        ("conv", "stride ignored", {"stride": (1, 1)}),
        ("conv", "bias forgotten", {"bias": False}),
        ("conv_transpose", "groups ignored", {"groups": 1}),
        ("conv_transpose", "counted over the output", {"stride": (1, 1)}),
        ("depthwise_conv", "multiplier ignored", {"multiplier": 2}),
        ("deformable_conv", "mask counted", {"modulated": True}),
        ("max_pool", "padding compared", {"padding": ((0, 0), (0, 0))}),
        ("upsample", "interpolation free", {"mode": "nearest"}),
    ],
)
def test_a_formula_that_forgets_an_argument(
    monkeypatch: pytest.MonkeyPatch, kind: str, formula: str, change: dict[str, Any]
) -> None:
    from dataclasses import replace

    network = network_of(kind)
    cls = operator(kind)
    for method in ("params", "work", "useful_work"):
        right = getattr(cls, method)
        monkeypatch.setattr(cls, method, lambda self, *inputs, right=right: right(replace(self, **change), *inputs))
    assert not verify(network).agrees, formula


def test_too_large_a_network_is_refused_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcost.verification.Machine", None)  # nothing may be run
    with pytest.raises(UsageError, match=r"takes about 0\.81 GiB; the limit is 0\.5 GiB"):
        verify(load("vgg19"), limit=2**29)


def test_the_command(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    good = run("verify", "lenet5", "dcgan")
    assert good.code == 0
    assert good.out.count("agree with what was counted") == 2
    layers = run("verify", "lenet5", "--layers").out
    assert "C3" in layers
    assert "150,000" in layers
    assert json.loads(run("verify", "lenet5", "--format", "json").out)["agrees"] is True
    refused = run("verify", "vgg19", "--memory", "0.5")
    assert refused.code == 2
    assert "--memory" in refused.err
    cls = operator("subsample")
    monkeypatch.setattr(cls, "work", work_of_one_kind_more("additions")(cls.work))
    wrong = run("verify", "lenet5")
    assert wrong.code == 1
    assert "lenet5: 2 of" in wrong.out
    assert "the first in `S2`: additions is 3,529 by formula and 3,528 counted" in wrong.out


def test_a_terminal_has_a_bar(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    ran = run("verify", "lenet5")
    assert ran.code == 0
    assert "100%" in ran.err
    assert "100%" not in ran.out
