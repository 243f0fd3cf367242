"""Whole outputs, kept in files: `pytest --renew` writes them anew, and the difference is there to be read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import DATA, Run

from convcost.algebra.describe import describe
from convcost.algebra.kept import FILE
from convcost.explain import operators
from convcost.explain.examples import worked_example
from convcost.family import find_member
from convcost.ops import OPERATORS


def test_what_is_listed_of_operators_is_what_they_compute(renew: bool) -> None:
    require_kept(FILE, [describe(name)._asdict() for name in OPERATORS], renew)


def test_examples_of_operators_are_what_is_worked_out(renew: bool) -> None:
    found = {name: worked_example(name)._asdict() for name in OPERATORS if find_member(name) is None}
    for example in found.values():
        example["steps"] = [step._asdict() for step in example["steps"]]
    require_kept(operators.FILE, found, renew)


def require_kept(file: Path, worked_out: object, renew: bool) -> None:
    text = json.dumps(worked_out, indent=1, ensure_ascii=False) + "\n"
    if renew:
        file.write_text(text, encoding="utf-8")
    assert file.read_text(encoding="utf-8") == text


OUTPUTS = {
    "resnet50_depth1": ["analyze", "resnet50", "--depth", "1"],
    "lenet5": ["analyze", "lenet5"],
    "lenet5_json": ["analyze", "lenet5", "--format", "json"],
    "lenet5_csv": ["analyze", "lenet5", "--format", "csv"],
    "m5_markdown": ["analyze", "m5", "--format", "markdown"],
    "c3d_top": ["analyze", "c3d", "--sort", "macs", "--top", "4", "--dtype", "float16"],
    "dcgan": ["analyze", "dcgan"],
    "unet_depth1": ["analyze", "unet", "--depth", "1"],
    "mobilenet_v1_symbolic": ["analyze", "mobilenet_v1", "--symbolic", "--top", "12"],
    "mobilenet_v1_latex": ["analyze", "mobilenet_v1", "--symbolic", "--top", "12", "--format", "latex"],
    "mobilenet_v1_symbolic_json": ["analyze", "mobilenet_v1", "--symbolic", "--top", "3", "--format", "json"],
    "vgg16_algorithms": ["analyze", "vgg16", "--algorithms"],
    "explain": ["explain"],
    "explain_depthwise_separable": ["explain", "depthwise_separable"],
    "explain_shuffled_grouped": ["explain", "shuffled_grouped"],
    "explain_transposed": ["explain", "transposed"],
    "explain_inception": ["explain", "inception"],
    "explain_algorithms": ["explain", "conv", "--algorithms"],
    "explain_weights": ["explain", "separable", "--weights", "laplacian4"],
    "explain_stack": ["explain", "dilated", "--stack", "4,4"],
    "explain_block": ["explain", "fire"],
    "list": ["list"],
    "list_blocks": ["list", "--blocks"],
    "operators": ["operators"],
    "operators_json": ["operators", "conv", "split", "--format", "json"],
}

# As on a screen of 50 lines: the blocks as a tree.
TREES = {
    "resnet50_tree": ["analyze", "resnet50"],
    "resnet50_tree_depth3": ["analyze", "resnet50", "--depth", "3"],
    "mobilenet_v2_tree": ["analyze", "mobilenet_v2"],
    "googlenet_tree": ["analyze", "googlenet"],
    "unet_tree": ["analyze", "unet"],
    "unet_tree_all": ["analyze", "unet", "--all"],
    "compare_tree": ["compare", "resnet50", "resnext50_32x4d"],
    "compare_replaced_tree": ["compare", "vgg16", "--replace", "conv=depthwise_separable"],
}


@pytest.mark.parametrize("name", [*OUTPUTS, *TREES])
def test_output(run: Run, renew: bool, name: str) -> None:
    ran = run(*(OUTPUTS | TREES)[name], columns=110, lines=50 if name in TREES else None)
    assert (ran.code, ran.err) == (0, "")
    path = DATA / "output" / f"{name}.txt"
    if renew:
        path.parent.mkdir(exist_ok=True)
        path.write_text(ran.out, encoding="utf-8")
    assert ran.out == path.read_text(encoding="utf-8")
