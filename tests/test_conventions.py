"""What other tools print, to the last unit: their documented totals, and their own counts of every layer and network.

`printed.json` has totals of torchvision's models; `measured.json` is written by `benchmarks/count_with_tools.py`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from command_line import Run

from convcost.analysis.components import COMPONENTS
from convcost.analysis.convention_rules import NO_MODULE
from convcost.analysis.convention_table import CONVENTIONS
from convcost.analysis.conventions import Count, convention, count_by, counted
from convcost.analysis.costs import Analysis, analyze
from convcost.errors import Source, UsageError
from convcost.ops import OPERATORS
from convcost.reading.load import load, read
from convcost.reading.sources import bundled

DATA = Path(__file__).parent / "data" / "conventions"
PRINTED = json.loads((DATA / "printed.json").read_text())
MEASURED = json.loads((DATA / "measured.json").read_text())

# torchvision's alexnet is not the paper's; its mobilenet_v2 calls the last pooling as a function.
PRINTED_OF = {"alexnet": "alexnet_torchvision"}
CALLED = {"mobilenet_v2": {"global_avg_pool": "function"}}


@cache
def bundled_analysis(name: str) -> Analysis:
    return analyze(load(name))


def one_layer(text: str) -> Analysis:
    return analyze(read(Source("layer", text), "layer", {}, None))


@pytest.mark.parametrize(
    ("network", "tool", "total"), [(name, tool, n) for name, totals in PRINTED.items() for tool, n in totals.items()]
)
def test_printed_totals(network: str, tool: str, total: int) -> None:
    analysis = bundled_analysis(PRINTED_OF.get(network, network))
    assert counted(analysis, tool, CALLED.get(network, {})) == total


def test_a_total_is_printed_for_every_convention() -> None:
    """XLA's are in references/test_xla.py: it adds in floats."""
    assert all(totals.keys() == CONVENTIONS.keys() - {"xla"} for totals in PRINTED.values())


def named(case: Mapping[str, Any]) -> str:
    return "-".join([case["spec"], *(f"{kind}={how}" for kind, how in case["calls"].items())])


@pytest.mark.parametrize("case", MEASURED["networks"], ids=named)
def test_measured_networks(case: Mapping[str, Any]) -> None:
    analysis = bundled_analysis(case["spec"])
    assert {tool: counted(analysis, tool, case["calls"]) for tool in case["totals"]} == case["totals"]


@pytest.mark.slow
def test_measured_layers() -> None:
    """Every operator in 1, 2 and 3 axes, as a module and as a function."""
    wrong, kinds = [], set()
    for case in MEASURED["layers"]:
        analysis = one_layer(case["spec"])
        kinds.add(analysis.layers[0].layer.kind)
        found = {tool: counted(analysis, tool, case["calls"]) for tool in case["totals"]}
        if found != case["totals"]:
            wrong.append((case, found))
    assert wrong == []
    missing = OPERATORS.keys() - kinds - NO_MODULE.keys()
    assert not missing, "measure them: tests/benchmarks/count_with_tools.py; what can't be stands in NO_MODULE"


def counts() -> Iterator[Count]:
    for name, one in product(bundled(), CONVENTIONS.values()):
        yield count_by(one, bundled_analysis(name))


@pytest.mark.slow
def test_items_add_up() -> None:
    for count in counts():
        where = (count.convention.name, count.items)
        assert sum(item.coefficient * item.amount for item in count.items) == count.total, where
        assert count.macs + sum(item.difference for item in count.items) == count.total, where


def test_what_is_called_otherwise() -> None:
    """The changes that are announced are those that come about."""
    seen = 0
    for name in ("mobilenet_v2", "googlenet_torchvision", "deeplabv3_resnet50"):
        for one in CONVENTIONS.values():
            count = count_by(one, bundled_analysis(name))
            for (kind, call), change in count.called.items():
                assert count_by(one, bundled_analysis(name), {kind: call}).total == count.total + change
                seen += 1
    assert seen > 10


def test_resnet50_by_fvcore() -> None:
    """11,113,984 elements enter batch norms, 7*7*2048 the last pooling; the classifier's bias is left out."""
    count = count_by(convention("fvcore"), bundled_analysis("resnet50"))
    assert [(item.kind, item.component, item.amount, item.coefficient) for item in count.items] == [
        ("conv", "macs", 4_087_136_256, 1),
        ("batch_norm", "inputs", 11_113_984, 2),
        ("global_avg_pool, 2 axes", "inputs", 100_352, 1),
        ("linear", "macs", 2_048_000, 1),
    ]
    assert count.uncounted == ("relu", "max_pool", "add", "bias of linear")
    assert count.called == {("global_avg_pool", "mean"): -100_352}


@pytest.mark.parametrize(
    ("layer", "tool"),
    [
        ("rbf: {out: 3}", "torch"),
        ("subsample: {kernel: 2}", "fvcore"),
        ("locally_connected: {out: 2, kernel: 3}", "torch"),
        ("attention: {heads: 1}", "fvcore"),
        ("max_unpool: {kernel: 2, a: [], b: []}", "fvcore"),
        ("append: {count: 2}", "torchinfo"),
        ("deformable_conv: {out: 2, kernel: 3}", "ptflops"),
        ("conv: {out: 2, kernel: 3, connections: [[0], [1, 2]]}", "torchinfo"),
        ("max_pool: {kernel: 2, padding: [[0, 1], [0, 1]]}", "ptflops"),
        ("conv_transpose: {out: 2, kernel: 3, padding: [[0, 1], [0, 1]]}", "thop"),
        ("conv: {out: 2, kernel: 2, padding: same}", "calflops_macs"),
    ],
)
def test_what_can_not_be_known(layer: str, tool: str) -> None:
    analysis = one_layer(f"network: t\ninput: {{channels: 3, size: [8, 8]}}\nlayers: [{layer}]\n")
    with pytest.raises(UsageError, match=f"what {tool} counts for `.*` is not known"):
        counted(analysis, tool)


def test_what_is_known_although_it_is_odd() -> None:
    """Uneven padding of a pool is nothing to a tool that counts no pools; papers count any convolution."""
    pool = (
        "network: t\ninput: {channels: 3, size: [8, 8]}\nlayers: [max_pool: {kernel: 2, padding: [[0, 1], [0, 1]]}]\n"
    )
    assert counted(one_layer(pool), "fvcore") == 0
    deformed = "network: t\ninput: {channels: 3, size: [8, 8]}\nlayers: [deformable_conv: {out: 2, kernel: 3}]\n"
    assert counted(one_layer(deformed), "paper") == 36 * 27 * (18 + 2)
    assert counted(bundled_analysis("dcgan"), "paper") == 410_583_040  # torch's own counter has 821,166,080 FLOPs


def test_every_rule_names_an_operator_and_components() -> None:
    for one, call in product(CONVENTIONS.values(), ("module", "function", "mean")):
        for key, rule in one.rules(call).items():
            assert key.partition(",")[0] in OPERATORS
            assert rule.coefficients.keys() <= COMPONENTS.keys()


@pytest.mark.parametrize("name", ["fvcore", "fvcore@0.1.5", "fvcore@0.1.5.post20221221"])
def test_names(name: str) -> None:
    assert convention(name) is CONVENTIONS["fvcore"]


@pytest.mark.parametrize(
    ("arguments", "message", "help"),
    [
        (["--by", "fvcor"], "no convention `fvcor`", "did you mean `fvcore`?"),
        (["--by", "fvcore@0.2"], "no convention `fvcore@0.2`", "what is known is `fvcore@0.1.5`"),
        (["--by", "paper@1"], "no convention `paper@1`", "what is known is `paper`, which has no versions"),
        (["--call", "relu"], "--call relu: say how it is called", "for example --call relu=function"),
        (["--call", "relux=function"], "no operator `relux`", "did you mean `relu`?"),
        (["--call", "relu=method"], "`relu` can't be called as `method`", "there are module, function, mean"),
        (["--call", "relu=mean"], "`relu` is no mean", "global_avg_pool can be"),
    ],
)
def test_usage_errors(run: Run, arguments: list[str], message: str, help: str) -> None:
    ran = run("conventions", "lenet5", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert f"error: {message}\n" in ran.err
    assert f"= help: {help}\n" in ran.err


def test_options_of_a_network_want_one(run: Run) -> None:
    ran = run("conventions", "--call", "relu=function")
    assert ran.code == 2
    assert "go with a network" in ran.err


def test_json(run: Run) -> None:
    data = json.loads(run("conventions", "resnet50", "--format", "json").out)
    assert (data["name"], data["macs"]) == ("resnet50", 4_089_184_256)
    totals = {one["convention"]: one["total"] for one in data["conventions"]}
    assert totals == {**PRINTED["resnet50"], "xla": totals["xla"]}
    for one in data["conventions"]:
        assert sum(item["adds"] for item in one["items"]) == one["total"]
        assert sum(item["difference"] for item in one["items"]) == one["difference"] == one["total"] - data["macs"]


def test_json_of_a_total_that_is_not_known(run: Run) -> None:
    data = json.loads(run("conventions", "lenet5", "--by", "thop", "--format", "json").out)
    (one,) = data["conventions"]
    assert one["total"] is None
    assert one["not_known"].keys() == {"subsample", "conv, connections", "rbf"}


def test_csv(run: Run) -> None:
    header, *rows = run("conventions", "resnet50", "--by", "thop,torch", "--format", "csv").out.splitlines()
    assert header == "convention,version,unit,operator,component,amount,coefficient,adds,difference"
    assert "thop,0.1.1,MAC,batch_norm,inputs,11113984,4,44455936,44455936" in rows
    _, *totals = run("conventions", "resnet50", "--format", "csv").out.splitlines()
    assert "torch,2.15,FLOP,8178368512,4089184256," in totals


@pytest.mark.parametrize("view", [[], ["resnet50"], ["resnet50", "--by", "ptflops,fvcore"], ["lenet5", "--by", "thop"]])
def test_every_view_fits(run: Run, view: list[str]) -> None:
    for columns in (60, 100):
        ran = run("conventions", *view, columns=columns)
        assert (ran.code, ran.err) == (0, "")
        assert max(map(len, ran.out.splitlines())) <= columns
    assert "No room" not in run("conventions", *view, columns=None).out


def test_a_narrow_table_keeps_operators_and_what_they_add(run: Run) -> None:
    out = run("conventions", "resnet50", "--by", "fvcore", columns=50).out
    assert ["batch_norm", "x", "2", "22,227,968"] in [line.split() for line in out.splitlines()]


def test_names_do_not_drive_the_terminal(run: Run) -> None:
    spec = rb"""network: "\e[31mred"
input: {channels: 3, size: [8, 8]}
layers: [conv: {out: 4, kernel: 3}]
"""
    for arguments in ([], ["--by", "torch"], ["--format", "markdown"], ["--format", "csv"]):
        ran = run("conventions", "-", *arguments, stdin=spec)
        assert ran.code == 0
        assert "\x1b" not in ran.out


def test_markdown(run: Run) -> None:
    out = run("conventions", "resnet50", "--by", "fvcore", "--format", "markdown").out
    assert "| **total** |  |  |  | **4,111,512,576** | **+22,328,320** |" in out
