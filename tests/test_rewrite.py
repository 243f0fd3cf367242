"""`compare --replace`: what is rewritten, what is left as it was, and that the text says what was compared."""

from __future__ import annotations

import json
import textwrap
from difflib import ndiff
from pathlib import Path
from typing import NamedTuple

import pytest
from command_line import Run
from networks import each_network

from convcost.analysis.costs import analyze
from convcost.checks.expectations import unmet
from convcost.comparison.condition import condition
from convcost.comparison.replace import replace
from convcost.editing.uses import Uses
from convcost.errors import ConvcostError, UsageError
from convcost.network import Network
from convcost.reading.description import Description
from convcost.reading.load import load
from convcost.reading.sources import bundled, open_source

HEAD = "network: spec\ninput: {channels: 4, size: [8, 8]}\n"


class Case(NamedTuple):
    """A spec below its input, how it is changed, and the lines that differ: - before, + after."""

    text: str
    words: str
    changed: str
    where: tuple[str, ...] = ()
    sizes: dict[str, str] = {}  # noqa: RUF012


CASES = {
    "a word": Case(
        """
        layers:
          - conv: {out: 8, kernel: 3, padding: 1}   # the stem
          - {conv: {out: 8, kernel: 3}, name: two, repeat: 2}
        """,
        "conv=depthwise_separable",
        """
        -   - conv: {out: 8, kernel: 3, padding: 1}   # the stem
        -   - {conv: {out: 8, kernel: 3}, name: two, repeat: 2}
        +   - depthwise_separable: {out: 8, kernel: 3, padding: 1}   # the stem
        +   - {depthwise_separable: {out: 8, kernel: 3}, name: two, repeat: 2}
        """,
    ),
    "a synonym, on some lines": Case(
        """
        layers:
          - conv: {out: 8, kernel: 3}
          - conv: {out: 8, kernel: [1, 3]}
          - conv: {out: 8, kernel: 1}
        """,
        "conv=separable",
        """
        -   - conv: {out: 8, kernel: 3}
        +   - depthwise_separable: {out: 8, kernel: 3}
        """,
        where=("kernel > 1",),
    ),
    "an argument": Case(
        """
        layers:
          - conv: {out: 8, kernel: 3,
                   padding: 1}
          - conv:
              out: 8      # as many
              kernel: 3   # small
        """,
        "conv=grouped",
        """
        -            padding: 1}
        +            padding: 1, groups: 4}
        +       groups: 4
        """,
        sizes={"groups": "4"},
    ),
    "an argument that was there": Case(
        "layers: [conv: {out: 8, groups: 2, kernel: 1}, relu]",
        "conv=conv",
        """
        - layers: [conv: {out: 8, groups: 2, kernel: 1}, relu]
        + layers: [conv: {out: 8, groups: 1, kernel: 1}, relu]
        """,
        sizes={"groups": "1"},
    ),
    "an argument that has no place": Case(
        """
        layers:
          - conv: {groups: 1, out: 8, kernel: 3}
          - conv: {out: 8, kernel: 3, dilation: 1, groups: 1}
          - conv:
              out: 8
              groups: 1
              kernel: 3
        """,
        "conv=spatially_separable",
        """
        -   - conv: {groups: 1, out: 8, kernel: 3}
        -   - conv: {out: 8, kernel: 3, dilation: 1, groups: 1}
        -   - conv:
        +   - spatially_separable: {out: 8, kernel: 3}
        +   - spatially_separable: {out: 8, kernel: 3}
        +   - spatially_separable:
        -       groups: 1
        """,
    ),
    "a word without arguments": Case(
        "layers: [relu, {relu: }, relu6]",
        "relu=tanh",
        """
        - layers: [relu, {relu: }, relu6]
        + layers: [tanh, {tanh: }, relu6]
        """,
    ),
    "names that others use": Case(
        """
        layers:
          - conv: {out: 8, kernel: 3, padding: 1}
          - add: {body: [conv: {out: 8, kernel: 3, padding: 1}, relu], short: []}
          - {conv: {out: 8, kernel: 1}, from: conv}
        """,
        "conv=depthwise_separable",
        """
        -   - conv: {out: 8, kernel: 3, padding: 1}
        -   - add: {body: [conv: {out: 8, kernel: 3, padding: 1}, relu], short: []}
        +   - name: conv
        +     depthwise_separable: {out: 8, kernel: 3, padding: 1}
        +   - add: {body: [{name: conv, depthwise_separable: {out: 8, kernel: 3, padding: 1}}, relu], short: []}
        """,
        where=("kernel == 3",),
    ),
    "a block that all uses want": Case(
        """
        blocks:
          unit: {args: {k: 3}, layers: [conv: {out: 4, kernel: k}]}
        layers: [unit, unit: {k: 5}]
        """,
        "conv=depthwise_separable",
        """
        -   unit: {args: {k: 3}, layers: [conv: {out: 4, kernel: k}]}
        +   unit: {args: {k: 3}, layers: [depthwise_separable: {out: 4, kernel: k}]}
        """,
    ),
    "a block that some uses want": Case(
        """
        blocks:
          outer:
            layers: [inner: {k: 3}, inner]
          inner:         # two in one
            args: {k: 1}
            layers:
              - conv: {out: 4, kernel: k}

        # the network
        layers: [outer]
        """,
        "conv=depthwise_separable",
        """
        -     layers: [inner: {k: 3}, inner]
        +     layers: [inner_depthwise_separable: {k: 3}, inner]
        +   inner_depthwise_separable:         # two in one
        +     args: {k: 1}
        +     layers:
        +       - depthwise_separable: {out: 4, kernel: k}
        """,
        where=("kernel > 1",),
    ),
    "a block of the library": Case(
        "layers: [fire: {squeeze: 2, one: 4}]",
        "conv=depthwise_separable",
        """
        - layers: [fire: {squeeze: 2, one: 4}]
        + blocks:
        +   # SqueezeNet's fire module: 1x1 to few channels, then 1x1 and 3x3 side by side (Iandola et al. 2016, arXiv:1602.07360,
        +   # figure 1).
        +   fire_depthwise_separable:
        +     args: {squeeze: , one: , three: one}
        +     layers:
        +       - {conv: {out: squeeze, kernel: 1}, name: squeeze}
        +       - relu
        +       - concat:
        +           one: [conv: {out: one, kernel: 1}, relu]
        +           three: [depthwise_separable: {out: three, kernel: 3, padding: 1}, relu]
        +\x20
        + layers: [fire_depthwise_separable: {squeeze: 2, one: 4}]
        """,  # noqa: E501
        where=("kernel > 1",),
    ),
    "a block by another": Case(
        """
        layers:
          - basic_block: {out: 4}
          - {fire: {squeeze: 2, one: 4}, name: f}
        """,
        "basic_block=bottleneck",
        """
        -   - basic_block: {out: 4}
        +   - bottleneck: {out: 4, width: 1}
        """,
        sizes={"width": "1"},
    ),
    "what an argument names": Case(
        """
        blocks:
          unit:
            args: {act: tanh, norm: {group_norm: {groups: 2}}}
            layers: [norm, act]
          outer:
            args: {act: relu}
            layers: [unit: {act: act}]
        layers:
          - unit
          - unit:
              act: relu  # by name
          - outer
          - relu
        """,
        "relu=gelu",
        """
        -     args: {act: relu}
        -       act: relu  # by name
        -   - relu
        +     args: {act: gelu}
        +       act: gelu  # by name
        +   - gelu
        """,
    ),
    "what an argument names, with arguments": Case(
        """
        blocks:
          unit:
            args: {norm: {group_norm: {groups: 2}}, act: batch_norm}
            layers: [norm, act]
        layers:
          - unit: {act: relu}
          - unit: {act: {batch_norm: {affine: true}}}
          - {unit: , name: last}
        """,
        "batch_norm=group_norm",
        """
        -   - unit: {act: {batch_norm: {affine: true}}}
        -   - {unit: , name: last}
        +   unit_group_norm:
        +     args: {norm: {group_norm: {groups: 2}}, act: {group_norm: {groups: 4}}}
        +     layers: [norm, act]
        +   - unit: {act: {group_norm: {affine: true, groups: 4}}}
        +   - {unit_group_norm: , name: last}
        """,
        sizes={"groups": "4"},
    ),
    "what an argument of the library's names": Case(
        """
        layers:
          - conv_bn_act: {out: 4, kernel: 1}
          - conv_bn_act: {out: 4, kernel: 1, act: silu}
        """,
        "relu=gelu",
        """
        -   - conv_bn_act: {out: 4, kernel: 1}
        + blocks:
        +   # Convolution without bias, batch normalisation (Ioffe & Szegedy 2015, arXiv:1502.03167), any activation:
        +   # `act: silu`; `act: identity` is none.
        +   conv_bn_act_gelu:
        +     args: {out: , kernel: , stride: 1, padding: 0, dilation: 1, groups: 1, act: gelu}
        +     layers:
        +       - conv:
        +           out: out
        +           kernel: kernel
        +           stride: stride
        +           padding: padding
        +           dilation: dilation
        +           groups: groups
        +           bias: false
        +       - batch_norm
        +       - act
        + «»
        +   - conv_bn_act_gelu: {out: 4, kernel: 1}
        """.replace("«»", ""),
    ),
    "inside a block that an argument names": Case(
        """
        blocks:
          mine: {layers: [relu, tanh]}
        layers:
          - conv_bn_act: {out: 4, kernel: 1, act: mine}
          - conv_bn_act: {out: 4, kernel: 1, act: relu6}
        """,
        "tanh=gelu",
        """
        -   mine: {layers: [relu, tanh]}
        +   mine: {layers: [relu, gelu]}
        """,
    ),
    "a block that an argument names, here and not there": Case(
        """
        blocks:
          mine:
            args: {k: }
            layers: [conv: {out: 4, kernel: k, padding: k//2}]
        layers:
          - conv_bn_act: {out: 4, kernel: 1, act: {mine: {k: 1}}}
          - conv_bn_act: {out: 4, kernel: 1, act: {mine: {k: 3}}}
        """,
        "conv=depthwise_separable",
        """
        -   - conv_bn_act: {out: 4, kernel: 1, act: {mine: {k: 3}}}
        +   mine_depthwise_separable:
        +     args: {k: }
        +     layers: [depthwise_separable: {out: 4, kernel: k, padding: k//2}]
        +   - conv_bn_act: {out: 4, kernel: 1, act: {mine_depthwise_separable: {k: 3}}}
        """,
        where=("kernel > 1",),
    ),
    "in a block that rows use, and in a row": Case(
        """
        blocks:
          unit:
            args: {out: , act: }
            layers: [conv: {out: out, kernel: 1}, act]
        layers:
          - unit:
            rows:
              - [out, act]
              - [4, relu]
              - [6, tanh]
          - relu
        """,
        "relu=gelu",
        """
        -       - [4, relu]
        -   - relu
        +       - [4, gelu]
        +   - gelu
        """,
    ),
    "rows in the middle of a table": Case(
        """
        layers:
          - conv: {kernel: 1}  # of the table
            when: 1 < 2
            repeat: 2
            rows:
              - [out, bias]
              - [4, false]  # kept
              # for both
              - [4, true]   # first
              - [4, true]
              - [4, false]
          - relu
        """,
        "conv=depthwise_separable",
        """
        +   - depthwise_separable: {kernel: 1}  # of the table
        +     when: 1 < 2
        +     repeat: 2
        +     rows:
        +       - [out, bias]
        +   - conv: {kernel: 1}  # of the table
        +     when: 1 < 2
        +     repeat: 2
        +     rows:
        +       - [out, bias]
        """,
        where=("bias == true",),
    ),
    "all rows of a table": Case(
        """
        layers:
          - conv: {kernel: 3, padding: 1}
            rows:
              - [groups, out, name]
              - [1, 4, a]  # first
              - [null, 6, b]
        """,
        "conv=spatially_separable",
        """
        -   - conv: {kernel: 3, padding: 1}
        +   - spatially_separable: {kernel: 3, padding: 1}
        -       - [1, 4, a]  # first
        +       - [null, 4, a]  # first
        """,
    ),
    "what it expects": Case(
        """
        layers:
          - conv: {out: 4, kernel: 3, bias: false}
        expect: {macs: 5184, params: 144}  # counted
        """,
        "conv=depthwise_separable",
        """
        -   - conv: {out: 4, kernel: 3, bias: false}
        - expect: {macs: 5184, params: 144}  # counted
        +   - depthwise_separable: {out: 4, kernel: 3, bias: false}
        + expect: {macs: 1872, params: 52}  # counted
        """,
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_text(case: Case, tmp_path: Path) -> None:
    old, _, new = case.words.partition("=")
    before = HEAD + textwrap.dedent(case.text).lstrip("\n")
    (tmp_path / "spec.yaml").write_text(before, encoding="utf-8")
    found = replace(str(tmp_path / "spec.yaml"), {}, None, (old, new), case.sizes, list(map(condition, case.where)))
    assert differing(before, found.text) == differing_lines(case.changed)
    (tmp_path / "new.yaml").write_text(found.text, encoding="utf-8")
    assert figures(load(str(tmp_path / "new.yaml"))) == figures(found.after)


def differing(before: str, after: str) -> tuple[list[str], list[str]]:
    lines = [line for line in ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]
    return [line for line in lines if line[0] == "-"], [line for line in lines if line[0] == "+"]


def differing_lines(text: str) -> tuple[list[str], list[str]]:
    lines = textwrap.dedent(text).strip("\n").splitlines()
    return [line for line in lines if line[0] == "-"], [line for line in lines if line[0] == "+"]


def figures(network: Network) -> list[tuple[object, ...]]:
    return [(layer.kind, layer.output_shapes, layer.params, layer.work) for layer in network.layers]


# Those whose convolutions can't all be separable, and the argument that forbids it.
GROUPED = {"lenet5": "connections"} | dict.fromkeys(
    ("alexnet", "regnet_y_400mf", "resnest50", "resnext50_32x4d", "sknet50"), "groups"
)


# Those without a convolution over more than one position along every axis.
NARROW = {"dcgan", "r2plus1d_18"}


@pytest.mark.parametrize("name", each_network(sorted({*bundled()} - NARROW), also=GROUPED))
def test_bundled(name: str, tmp_path: Path) -> None:
    words, where = ("conv", "depthwise_separable"), [condition("kernel > 1")]
    if name in GROUPED:
        with pytest.raises(UsageError, match=f"takes no `{GROUPED[name]}`, which matters"):
            replace(name, {}, None, words, {}, where)
        return
    found = replace(name, {}, None, words, {}, where)
    wanted = [cost for cost in found.before.layers if cost.kind == "conv" and "depthwise_separable" not in cost.name]
    assert found.layers == sum(min(layer.operator.kernel) > 1 for layer in wanted)  # type: ignore[attr-defined]
    # All that is not replaced keeps its name, its shapes and its cost; what is replaced keeps its shape.
    after = {cost.name: cost for cost in found.after.layers}
    missing = [cost for cost in found.before.layers if after.get(cost.name, cost).work != cost.work]
    assert not missing
    gone = [cost for cost in found.before.layers if cost.name not in after]
    assert len(gone) == found.layers
    assert all(after[f"{layer.name}.pointwise"].output_shapes == layer.output_shapes for layer in gone)
    (tmp_path / "new.yaml").write_text(found.text, encoding="utf-8")
    again = load(str(tmp_path / "new.yaml"))
    assert figures(again) == figures(found.after)
    assert {finding.code for finding in unmet(analyze(again))} <= {"E102"}, "budgets alone are not brought up to date"


@pytest.mark.parametrize("name", bundled())
def test_every_layer_is_traced_through_its_names(name: str) -> None:
    source, name = open_source(name)
    description = Description(source, name)
    uses = Uses(description.spec)
    network, scopes, _ = description.reading()
    for layer in network.layers:
        chain = uses.chain(layer, scopes[layer.name])
        words = iter(layer.name.split("."))
        assert all(use.name in words for use in chain if not use.is_argument), (
            "a name has the entries in order, with paths and counts between"
        )
        assert chain[-1].kind == layer.kind


def test_repeated_paths_of_one_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "twice.yaml").write_text(
        "input: {channels: 8, size: [8, 8]}\n"
        "layers:\n"
        "  - {add: {body: [conv: {out: 8, kernel: 1}], b2: []}, repeat: 3}\n"
        "  - {add: {body: [conv: {out: 8, kernel: 3, padding: 1}], b2: []}, repeat: 2, name: again}\n"
    )
    goal = tmp_path / "new.yaml"
    words = ["conv=depthwise_separable", "--where", "kernel > 1", "--save", str(goal)]
    assert run("compare", str(tmp_path / "twice.yaml"), "--replace", *words).code == 0
    assert [line.count("depthwise_separable") for line in goal.read_text().splitlines()] == [0, 0, 0, 1]


def test_written(run: Run, tmp_path: Path) -> None:
    goal = tmp_path / "new.yaml"
    goal.write_text("old")
    ran = run("compare", "vgg16", "--replace", "conv=depthwise_separable", "--save", str(goal), "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    assert [side["name"] for side in json.loads(ran.out)["sides"]] == ["before", "after"]
    source, _ = open_source("vgg16")
    removed, added = differing(source.text, goal.read_text())
    # The convolution, what it has of parameters, and its MACs as we count and as fvcore does.
    assert [len(removed), len(added)] == [4, 4]
    assert list(tmp_path.iterdir()) == [goal]
    assert run("analyze", str(goal)).code == 0


REFUSED = [
    (["vgg16", "--replace", "conv"], "what is replaced, and by what"),
    (["vgg16", "--replace", "convv=grouped"], "did you mean `conv`?"),
    (["vgg16", "--replace", "conv=groupt"], "did you mean `grouped`?"),
    (["vgg16", "vgg11", "--replace", "conv=grouped"], "name one network"),
    (["vgg16", "--replace", "conv=grouped"], "--where 'input.channels > 3'"),
    (["vgg16", "--replace", "conv=grouped", "--where", "kernel = 3"], "write `==`"),
    (["vgg16", "--replace", "conv=grouped", "--where", "kernel"], "a condition is one comparison"),
    (["vgg16", "--replace", "conv=grouped", "--where", "1 < kernel < 5"], "a condition is one comparison"),
    (["vgg16", "--replace", "conv=grouped", "--where", "kernal > 1"], "did you mean `kernel`?"),
    (["vgg16", "--replace", "conv=grouped", "--where", "bias > 1"], "these can't be compared so"),
    (["vgg16", "--replace", "conv=grouped", "--where", "kernel > 9"], "`vgg16` has no `conv` with kernel > 9"),
    (["vgg16", "--replace", "conv3x3=grouped", "--where", "out > 9"], "`conv3x3` is a block"),
    (["vgg16", "--replace", "conv=grouped", "--multiplier", "2"], "grouped takes no multiplier"),
    (
        ["vgg16", "--replace", "conv=depthwise_separable", "--save", "nowhere/new.yaml"],
        "can't write `nowhere/new.yaml`",
    ),
    (["lenet5", "--replace", "conv=depthwise_separable"], "takes no `connections`, which matters to `C3`"),
    (["alexnet", "--replace", "conv=depthwise_separable"], "--where 'groups == 1'"),
]


@pytest.mark.parametrize(("arguments", "text"), REFUSED, ids=lambda value: str(value)[:70])
def test_refused(run: Run, arguments: list[str], text: str) -> None:
    ran = run("compare", *arguments)
    assert (ran.code, ran.out) == (2, "")
    assert text in ran.err


class Row(NamedTuple):
    """A table, how it is changed, and the layers that then are there, written one by one."""

    table: str
    words: str
    where: str | None
    layers: str
    sizes: dict[str, str] = {}  # noqa: RUF012


THREE = """
- conv: {kernel: 3, padding: 1}
  rows:
    - [out, name]
    - [4, a]
    - [6, b]
    - [8, c]
"""
BLOCKS = """blocks:
  unit: {args: {out: , kernel: 1}, layers: [conv: {out: out, kernel: kernel}, relu]}
  between: {args: {kernel: , act: }, layers: [relu, conv: {out: 8, kernel: kernel}, act]}
"""
ROWS = {
    "the first": Row(
        THREE,
        "conv=depthwise_separable",
        "out == 4",
        """
        - {depthwise_separable: {out: 4, kernel: 3, padding: 1}, name: a}
        - {conv: {out: 6, kernel: 3, padding: 1}, name: b}
        - {conv: {out: 8, kernel: 3, padding: 1}, name: c}
        """,
    ),
    "one in the middle": Row(
        THREE,
        "conv=depthwise_separable",
        "out == 6",
        """
        - {conv: {out: 4, kernel: 3, padding: 1}, name: a}
        - {depthwise_separable: {out: 6, kernel: 3, padding: 1}, name: b}
        - {conv: {out: 8, kernel: 3, padding: 1}, name: c}
        """,
    ),
    "the last": Row(
        THREE,
        "conv=depthwise_separable",
        "out == 8",
        """
        - {conv: {out: 4, kernel: 3, padding: 1}, name: a}
        - {conv: {out: 6, kernel: 3, padding: 1}, name: b}
        - {depthwise_separable: {out: 8, kernel: 3, padding: 1}, name: c}
        """,
    ),
    "all": Row(
        THREE,
        "conv=depthwise_separable",
        None,
        """
        - {depthwise_separable: {out: 4, kernel: 3, padding: 1}, name: a}
        - {depthwise_separable: {out: 6, kernel: 3, padding: 1}, name: b}
        - {depthwise_separable: {out: 8, kernel: 3, padding: 1}, name: c}
        """,
    ),
    "a size for some": Row(
        THREE,
        "conv=grouped",
        "out != 4",
        """
        - {conv: {out: 4, kernel: 3, padding: 1}, name: a}
        - {conv: {out: 6, kernel: 3, padding: 1, groups: 2}, name: b}
        - {conv: {out: 8, kernel: 3, padding: 1, groups: 2}, name: c}
        """,
        {"groups": "2"},
    ),
    "a size that is a column, and one without a place": Row(
        """
        - conv: {kernel: 3, dilation: 1}
          rows:
            - [out, padding, groups]
            - [4, 1, 1]
            - [6, 0, null]
        """,
        "conv=spatially_separable",
        None,
        """
        - spatially_separable: {out: 4, kernel: 3, padding: 2}
        - spatially_separable: {out: 6, kernel: 3, padding: 2}
        """,
        {"padding": "2"},
    ),
    "with conditions, repeated": Row(
        """
        - conv: {kernel: 1}
          when: 1 < 2
          repeat: 2
          rows:
            - [out, bias]
            - [4, true]
            - [4, false]
        """,
        "conv=depthwise_separable",
        "bias == true",
        """
        - {depthwise_separable: {out: 4, kernel: 1}, repeat: 2}
        - {conv: {out: 4, kernel: 1, bias: false}, repeat: 2}
        """,
    ),
    "a condition of its own": Row(
        """
        - conv: {kernel: 1}
          rows:
            - [when, out]
            - [1 == 2, 8]
            - [1 == 1, 6]
            - [null, 4]
        """,
        "conv=depthwise_separable",
        "out == 6",
        """
        - depthwise_separable: {out: 6, kernel: 1}
        - conv: {out: 4, kernel: 1}
        """,
    ),
    "what it expects": Row(
        """
        - conv: {kernel: 1, bias: false}
          rows:
            - [out, expect]
            - [4, {params: 16}]
            - [6, {params: 24}]
        """,
        "conv=depthwise_separable",
        "out == 6",
        """
        - {conv: {out: 4, kernel: 1, bias: false}, expect: {params: 16}}
        - {depthwise_separable: {out: 6, kernel: 1, bias: false}, expect: {params: 28}}
        """,
    ),
    "names that others use": Row(
        """
        - conv: {kernel: 1}
          rows:
            - [out]
            - [4]
            - [6]
        - {relu: , from: conv}
        - {tanh: , from: conv_2}
        """,
        "conv=depthwise_separable",
        None,
        """
        - {depthwise_separable: {out: 4, kernel: 1}, name: conv}
        - {depthwise_separable: {out: 6, kernel: 1}, name: conv_2}
        - {relu: , from: conv}
        - {tanh: , from: conv_2}
        """,
    ),
    "a block": Row(
        """
        - unit:
          rows:
            - [out, kernel]
            - [4, 1]
            - [6, 3]
        """,
        "unit=conv_bn_relu",
        None,
        """
        - conv_bn_relu: {out: 4, kernel: 1}
        - conv_bn_relu: {out: 6, kernel: 3}
        """,
    ),
    "an argument of all, and inside the block of some": Row(
        """
        - between: {act: relu}
          rows:
            - [kernel]
            - [1]
            - [3]
        """,
        "relu=gelu",
        "input.channels == 8",
        """
        - relu
        - conv: {out: 8, kernel: 1}
        - gelu
        - gelu
        - conv: {out: 8, kernel: 3}
        - gelu
        """,
    ),
    "inside a block, here and not there": Row(
        """
        - conv_bn_act: {kernel: 1, act: relu}
          rows:
            - [out, groups]
            - [4, 2]
            - [6, 1]
        """,
        "conv=depthwise_separable",
        "groups == 1",
        """
        - conv_bn_act: {out: 4, kernel: 1, act: relu, groups: 2}
        - depthwise_separable: {out: 6, kernel: 1, bias: false}
        - batch_norm
        - relu
        """,
    ),
}


@pytest.mark.parametrize("case", ROWS.values(), ids=ROWS)
def test_rows(case: Row, tmp_path: Path) -> None:
    head = HEAD + BLOCKS + "layers:\n"
    texts = [head + textwrap.indent(textwrap.dedent(text), "  ") for text in (case.table, case.layers)]
    spec, by_hand = tmp_path / "spec.yaml", tmp_path / "by_hand.yaml"
    for path, text in zip((spec, by_hand), texts, strict=True):
        path.write_text(text)
    old, _, new = case.words.partition("=")
    where = [condition(case.where)] if case.where else []
    found = replace(str(spec), {}, None, (old, new), case.sizes, where)
    (tmp_path / "new.yaml").write_text(found.text)
    again, wanted = load(str(tmp_path / "new.yaml")), load(str(by_hand))
    assert figures(again) == figures(found.after) == figures(wanted)
    assert wired(again) == wired(wanted)
    assert not unmet(analyze(again))


UNTOUCHED = {
    "rows on one line": "- conv: {kernel: 1}\n  rows: [[out], [4]]",
    "a table in braces": "- {conv: {kernel: 1}, rows: [[out], [4]]}",
    "rows without brackets": "- conv: {kernel: 1}\n  rows:\n    - [out]\n    - - 4",
    "a key below the rows": "- conv: {kernel: 1}\n  rows:\n    - [out]\n    - [4]\n  when: 1 < 2",
}


@pytest.mark.parametrize("table", UNTOUCHED.values(), ids=UNTOUCHED)
def test_rows_that_can_not_be_changed(table: str, tmp_path: Path) -> None:
    (tmp_path / "spec.yaml").write_text(f"{HEAD}layers:\n{textwrap.indent(table, '  ')}\n")
    with pytest.raises(
        UsageError, match=r"spec.yaml:4:5: .*\n(.|\n)*write `rows` last, each row in brackets on a line"
    ):
        replace(str(tmp_path / "spec.yaml"), {}, None, ("conv", "depthwise_separable"), {}, [])


def wired(network: Network) -> list[list[int]]:
    place = {name: n for n, (name, _) in enumerate(network.tensors())}
    return [[place[name] for name in layer.inputs] for layer in network.layers]


def test_a_line_that_makes_different_layers(tmp_path: Path) -> None:
    text = HEAD + "layers:\n  - {conv: {out: 8, kernel: 1}, repeat: 2}\n"
    (tmp_path / "spec.yaml").write_text(text)
    with pytest.raises(ConvcostError, match="holds for some of the layers that this line makes"):
        replace(str(tmp_path / "spec.yaml"), {}, None, ("conv", "grouped"), {}, [condition("input.channels < 8")])


@pytest.mark.parametrize(
    ("text", "kernels"),
    [
        ("kernel > 1", [[2, 2], [3, 3], [5, 5]]),
        ("kernel == 3", [[3, 3]]),
        ("kernel != 3", [[1, 1], [1, 2], [2, 2], [5, 5]]),
        ("kernel <= 2", [[1, 1], [1, 2], [2, 2]]),
        ("2*kernel >= input.size", [[5, 5]]),
        ("kernel**2 < input.channels + 1", [[1, 1], [1, 2], [2, 2]]),
        ("bias == false", [[5, 5]]),
        ("padding == 0", [[1, 1], [1, 2], [2, 2], [1, 3]]),
    ],
)
def test_condition(text: str, kernels: list[list[int]], tmp_path: Path) -> None:
    all_of = [[1, 1], [1, 2], [2, 2], [1, 3], [3, 3], [5, 5]]
    lines = [
        f"conv: {{out: 4, kernel: {k}, padding: {k[0] // 2 and [k[0] - 2] * 2}, bias: {str(k != [5, 5]).lower()}}}"
        for k in all_of
    ]
    (tmp_path / "spec.yaml").write_text(
        "input: {channels: 4, size: [9, 9]}\nlayers:\n" + "".join(f"  - {line}\n" for line in lines)
    )
    holds = [layer for layer in load(str(tmp_path / "spec.yaml")).layers if condition(text).holds(layer)]
    assert [list(layer.operator.kernel) for layer in holds] == kernels  # type: ignore[attr-defined]
