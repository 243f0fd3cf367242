"""Tables for a paper: `-f latex`, `--style`, `--columns`, `--with`, and the variants of a network as rows."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command_line import DATA, Run
from json_schemas import validator

from convcost.algebra.latex import escaped
from convcost.render.columns import Column
from convcost.render.paper import MOST_ROWS, paper_table

PDFLATEX = shutil.which("pdflatex")


def rows_of(latex: str) -> list[list[str]]:
    """Return the cells of the rows between the rules, names without the braces and backslashes of LaTeX."""
    body = latex.partition("\\endhead" if "\\endhead" in latex else "\\midrule")[2]
    lines = [line.strip().removesuffix("\\\\") for line in body.splitlines() if line.strip().endswith("\\\\")]
    return [[cell.strip().replace("\\_", "_") for cell in line.split(" & ")] for line in lines]


def integer(cell: str) -> int:
    return int(cell.replace(",", ""))


def printed(run: Run, *words: str) -> str:
    ran = run(*words)
    assert (ran.code, ran.err) == (0, "")
    return ran.out


# From the golden files: hooks on torchvision's models.
def golden(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / "golden" / f"torchvision__{name}.json").read_text(encoding="utf-8"))
    return found


def test_exact_numbers_of_networks_are_read_again(run: Run) -> None:
    found = rows_of(printed(run, "compare", "resnet18", "resnet34", "resnet50", "-f", "latex"))
    assert [(name, integer(params), integer(macs)) for name, params, macs in found] == [
        ("resnet18", 11_689_512, 1_814_073_344),
        ("resnet34", 21_797_672, 3_663_761_408),
        ("resnet50", 25_557_032, 4_089_184_256),
    ]


def test_exact_numbers_of_layers_are_read_again(run: Run) -> None:
    *layers, total = rows_of(printed(run, "analyze", "resnet18", "-f", "latex", "--columns", "params,macs"))
    assert sum(integer(params) for _, params, _ in layers) == integer(total[1]) == 11_689_512
    assert sum(integer(macs) for *_, macs in layers) == integer(total[2]) == 1_814_073_344
    assert layers[0] == ["conv1.conv", "9,408", "118,013,952"]


CAPTIONS = [
    (
        ["compare", "resnet18", "resnet50"],
        "The cost of resnet18, resnet50, input $3 \\times 224 \\times 224$, per sample.",
    ),
    (["compare", "resnet18", "resnet50"], "multiply-accumulates: one multiply and one add count 1."),
    (["compare", "resnet18", "resnet34", "--set", "N=8"], "per batch of 8."),
    (["compare", "resnet18", "resnet18:N=8"], ", per sample (resnet18), per batch of 8 (resnet18:N=8). params:"),
    (["compare", "resnet18", "resnet34", "--columns", "peak_memory", "--dtype", "int8"], ", as int8."),
    (["compare", "resnet18", "resnet34", "--columns", "receptive_field"], " receptive field: positions of the input"),
    (["analyze", "lenet5", "--training"], ". training MACs: multiply-accumulates of one training step"),
    (
        ["analyze", "lenet5"],
        "The layers of lenet5, input $1 \\times 32 \\times 32$, per sample. params: trained parameters.",
    ),
]


@pytest.mark.parametrize(("words", "says"), CAPTIONS)
def test_the_caption_says_what_is_counted(run: Run, words: list[str], says: str) -> None:
    caption = re.search(r"\\caption\{(.*)\}\\label", printed(run, *words, "-f", "latex"))
    assert caption
    assert says in caption[1]


def test_bytes_alone_name_their_type(run: Run) -> None:
    assert "float32" not in printed(run, "compare", "resnet18", "resnet34", "-f", "latex")


def test_sizes_that_differ_are_a_column(run: Run) -> None:
    out = printed(run, "compare", "resnet18", "resnet18:H=320,W=256", "-f", "latex")
    assert rows_of(out)[1][1] == "$3 \\times 320 \\times 256$"
    assert "input" not in out.partition("\\caption")[2].partition("\\label")[0]
    sides = ["resnet18", "resnet18:H=320,W=256", "resnet34"]
    rows = printed(run, "compare", *sides, "-f", "markdown").splitlines()
    assert [row.split(" | ")[1] for row in rows[:4:3]] == ["input CxHxW", "3x320x256"]
    assert "| input CxHxW | 3x224x224 | 3x320x256 |" in printed(run, "compare", *sides[:2], "-f", "markdown")
    assert "CxHxW |" not in printed(run, "compare", "resnet18", "resnet34", "resnet50", "-f", "markdown")


# As the papers print them: He et al. 2016, table 1, and Tan & Le 2019, table 2, with a digit more.
STYLES = [
    (["compare", "resnet18", "resnet50"], ["11.7\\,M & 1.81\\,G", "25.6\\,M & 4.09\\,G"]),
    (["analyze", "lenet5", "--columns", "params,weight_memory"], ["total & 60.0\\,k & 234\\,KiB"]),
]


@pytest.mark.parametrize(("words", "says"), STYLES)
def test_numbers_as_papers_print_them(run: Run, words: list[str], says: list[str]) -> None:
    out = printed(run, *words, "-f", "latex", "--style", "millions")
    assert [text for text in says if text not in out] == []


def test_the_training_step_is_a_column(run: Run) -> None:
    rows = rows_of(printed(run, "analyze", "lenet5", "--training", "-f", "latex"))
    # The first layer needs no gradient of its input: twice the forward pass, the others three times.
    assert [row[3:] for row in rows[:3]] == [["117,600", "235,200"], ["0", "0"], ["1,176", "3,528"]]


def test_long_tables_go_over_pages(run: Run) -> None:
    out = printed(run, "analyze", "resnet18", "-f", "latex")
    assert "\\begin{longtable}{lrrr}" in out
    first, _, others = out.partition("\\endfirsthead")
    assert ("\\caption" in first, "\\label" in first) == (True, True)
    assert "layer & output shape & params & MACs" in others.partition("\\endhead")[0]
    assert ("\\caption" in others, "\\label" in others) == (False, False)
    assert "longtable" not in printed(run, "analyze", "lenet5", "-f", "latex")


HOSTILE = [
    "\\input{/etc/passwd}",
    "\\end{document}",
    "50% & more \\\\",
    "[2cm] first",
    "*star",
    "{open",
    "close}",
    "$x^2$ _a_ #1 ~ ^",
    "<b>|\"`'</b>",
    "?` !` -- ---",
    "\\",
    "##[error]",
]


@pytest.mark.slow
@pytest.mark.skipif(PDFLATEX is None, reason="pdflatex is not installed")
def test_latex_compiles_whatever_things_are_called(run: Run, tmp_path: Path) -> None:
    hostile = ["x" * 30, *HOSTILE]
    columns = [Column[str]("name", lambda name: name, right=False), Column[str]("& {n}", lambda name: "1x2", "%")]
    tables = [
        paper_table(columns, hostile, " ".join(HOSTILE), "\\hostile{}"),
        paper_table(columns, hostile * MOST_ROWS, "long [", "]"),
        printed(
            run, "compare", "mobilenet_v1:*", "-f", "latex", "--columns", "params,macs,receptive_field,start_offset"
        ),
        printed(run, "analyze", "resnet18", "-f", "latex", "--columns", "macs,multiplies_per_byte,effective_stride"),
    ]
    packages = "\\usepackage{booktabs,longtable}"
    body = "\n".join(tables)
    text = f"\\documentclass{{article}}{packages}\\begin{{document}}\n{body}\nLAST\\end{{document}}\n"
    (tmp_path / "tables.tex").write_text(text, encoding="utf-8")
    ran = subprocess.run(
        [str(PDFLATEX), "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "tables.tex"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-2000:].decode(errors="replace")


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_is_a_command(name: str) -> None:
    """Outside of the words that stand for characters, nothing that LaTeX reads as more than text is left."""
    left = re.sub(
        r"\\(textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar)\{\}", "", escaped(name)
    )
    left = re.sub(r"\\[_&%$#{}]|\{[\[\]*]\}", "", left)
    assert not re.search(r"[\\_&%$#{}\[\]*^~<>|]", left)


# Variants: the printed names of the papers' tables, parameters as the golden files have them.
def test_every_variant_is_a_row_under_its_printed_name(run: Run) -> None:
    found = rows_of(printed(run, "compare", "densenet121:*", "-f", "latex"))
    assert [row[0] for row in found] == ["densenet121", "densenet169", "densenet201", "densenet264", "densenet161"]
    assert [integer(params) for _, params, _ in found][:2] == [7_978_856, 14_149_480]


def test_the_network_itself_is_a_row_unless_a_variant_is_it(run: Run) -> None:
    lines = printed(run, "compare", "resnet50:*", "-f", "csv", "--columns", "macs").splitlines()
    assert lines == ["name,macs", "resnet50,4089184256", "paper,3857973248"]


def test_variants_beside_other_networks(run: Run) -> None:
    out = printed(run, "compare", "resnet50:*", "resnet101:*", "-f", "csv", "--columns", "macs", "--set", "classes=10")
    assert [line.split(",")[0] for line in out.splitlines()[1:]] == [
        "resnet50",
        "resnet50:variant=paper",
        "resnet101",
        "resnet101:variant=paper",
    ]


def test_two_variants_are_rows_not_a_pair(run: Run) -> None:
    assert [line.split()[0] for line in printed(run, "compare", "context_module:*").splitlines()[3:5]] == [
        "basic",
        "large",
    ]


# Columns.
def test_columns_are_the_figures_that_are_named(run: Run) -> None:
    out = printed(run, "compare", "resnet18", "resnet50", "--columns", "peak_memory,receptive_field,output_shape")
    head, _, *rows = out.splitlines()
    assert re.split(r"\s{2,}", head) == ["network", "peak memory, bytes", "receptive field, px", "output shape"]
    assert [row.split() for row in rows] == [
        ["resnet18", "6,422,528", "435x435", "1000"],
        ["resnet50", "9,633,792", "427x427", "1000"],
    ]


def test_columns_of_layers(run: Run) -> None:
    out = printed(run, "analyze", "lenet5", "--columns", "receptive_field,start_offset", "-f", "markdown")
    assert "| C3 | 14x14 | 0 |" in out
    assert "| F6 | all | - |" in out


def test_csv_has_the_columns_that_are_named(run: Run) -> None:
    lines = printed(run, "analyze", "lenet5", "--columns", "params,output_shape", "-f", "csv").splitlines()
    assert lines[:2] == ["network,layer,params,output_shape", 'lenet5,C1,156,"[6, 28, 28]"']


# A file beside them.
ACCURACY = 'name,top1,"latency, ms"\nresnet18,69.76,1.5\n"resnet50",76.10,\n'


@pytest.fixture
def accuracy(tmp_path: Path) -> str:
    path = tmp_path / "acc.csv"
    path.write_bytes(b"\xef\xbb\xbf" + ACCURACY.replace("\n", "\r\n").encode())
    return str(path)


def test_numbers_are_joined_by_name_as_they_are_written(run: Run, accuracy: str) -> None:
    words = ["compare", "resnet18", "resnet50", "--with", accuracy, "-f"]
    assert rows_of(printed(run, *words, "latex"))[1] == ["resnet50", "25,557,032", "4,089,184,256", "76.10", ""]
    assert "| resnet18 | 11,689,512 | 1,814,073,344 | 69.76 | 1.5 |" in printed(run, *words, "markdown")
    assert printed(run, *words, "table").splitlines()[2].split() == [
        "resnet18",
        "11,689,512",
        "1,814,073,344",
        "69.76",
        "1.5",
    ]
    row = list(csv.DictReader(io.StringIO(printed(run, *words, "csv"))))[1]
    assert (row["name"], row["macs"], row["top1"], row["latency, ms"]) == ("resnet50", "4089184256", "76.10", "")


def test_numbers_are_joined_in_json(run: Run, accuracy: str) -> None:
    found = json.loads(printed(run, "compare", "resnet18", "resnet50", "--with", accuracy, "-f", "json"))
    validator("comparison").validate(found)
    assert [side["measured"] for side in found["sides"]] == [
        {"top1": 69.76, "latency, ms": 1.5},
        {"top1": 76.1, "latency, ms": None},
    ]


def test_numbers_of_layers(run: Run, tmp_path: Path) -> None:
    (tmp_path / "ms.csv").write_text("layer,ms\nC1,0.5\nF6,2\n")
    ran = run("analyze", "lenet5", "--with", str(tmp_path / "ms.csv"), "--columns", "ms,macs", "-f", "csv", lines=50)
    assert ran.out.splitlines()[:3] == ["network,layer,ms,macs", "lenet5,C1,0.5,117600", "lenet5,tanh,,0"]
    assert ran.err == f"note: {tmp_path}/ms.csv has no line for `tanh`, `S2`, `tanh_2`, `C3` and 7 more\n"
    ran = run("analyze", "lenet5", "--with", str(tmp_path / "ms.csv"), "-f", "json")
    found = json.loads(ran.out)
    validator("analysis").validate(found)
    assert [layer["measured"]["ms"] for layer in found["layers"]][:2] == [0.5, None]


def test_columns_choose_among_those_of_the_file(run: Run, tmp_path: Path) -> None:
    (tmp_path / "acc.csv").write_text("name,source,top1\nresnet18,torchvision,69.76\nresnet34,torchvision,73.31\n")
    words = ["compare", "resnet18", "resnet34", "--with", str(tmp_path / "acc.csv"), "--columns", "top1,params"]
    assert rows_of(printed(run, *words, "-f", "latex")) == [
        ["resnet18", "69.76", "11,689,512"],
        ["resnet34", "73.31", "21,797,672"],
    ]


def test_rows_without_a_partner_are_noted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "acc.csv").write_text("name,top1\n\nresnet18,69.76\nresnet19,70\n")
    ran = run("compare", "resnet18", "resnet34", "--with", str(tmp_path / "acc.csv"))
    assert ran.code == 0
    assert ran.err.splitlines() == [
        f"note: {tmp_path}/acc.csv:4: there is no row `resnet19` here",
        f"note: {tmp_path}/acc.csv has no line for `resnet34`",
    ]


def test_rows_that_are_not_shown_are_noted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "ms.csv").write_text("name,ms\nlayer1.0.conv_bn_relu.conv,1\nfc,2\nlayer4,3\nlayer5,4\n")
    ran = run("analyze", "resnet18", "--top", "1", "--with", str(tmp_path / "ms.csv"))
    assert [line.partition(".csv")[2] for line in ran.err.splitlines()[1:]] == [
        ":3: the row `fc` is not shown",
        ":4: the row `layer4` is not shown",
        ":5: there is no row `layer5` here",
        " has no line for `conv1.conv`",
    ]


def test_several_files_stand_side_by_side(run: Run, accuracy: str, tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("network,year\nresnet50,2015\n")
    words = ["compare", "resnet18", "resnet50", "--with", accuracy, "--with", str(tmp_path / "more.csv")]
    ran = run(*words, "-f", "csv", "--columns", "year,macs,top1")
    assert ran.out.splitlines()[1:] == ["resnet18,,1814073344,69.76", "resnet50,2015,4089184256,76.10"]
    assert ran.err == f"note: {tmp_path}/more.csv has no line for `resnet18`\n"
    ran = run(*words, "--with", accuracy)
    assert (ran.code, "acc.csv:1:6: error: `top1` is a column of" in ran.err) == (2, True)


def test_a_column_of_a_file_stays_if_it_is_empty(run: Run, tmp_path: Path) -> None:
    (tmp_path / "acc.csv").write_text("name,top1\nresnet18,\nresnet34,\n")
    words = ["compare", "resnet18", "resnet34", "--with", str(tmp_path / "acc.csv"), "--columns", "macs,top1"]
    assert printed(run, *words).splitlines()[0].split() == ["network", "MACs", "top1"]
    assert rows_of(printed(run, *words, "-f", "latex"))[0] == ["resnet18", "1,814,073,344", ""]


@pytest.mark.parametrize(
    ("columns", "head"),
    [
        (60, ["network", "input", "CxHxW", "params", "top1"]),
        (40, ["network", "input", "CxHxW", "top1"]),
        (30, ["network", "top1"]),
    ],
)
def test_columns_of_a_file_are_the_last_to_go(run: Run, tmp_path: Path, columns: int, head: list[str]) -> None:
    (tmp_path / "acc.csv").write_text("name,top1\nresnet18,69.76\nresnet18:H=320,70\n")
    ran = run("compare", "resnet18", "resnet18:H=320", "--with", str(tmp_path / "acc.csv"), columns=columns)
    assert ran.out.splitlines()[0].split() == head


# By what the file is: where the error is, and what it says.
FILES = [
    ("", ":1:1: error: there are no columns beside the names of rows"),
    ("name\nresnet18\n", ":1:1: error: there are no columns beside the names of rows"),
    ("name;top1\nresnet18;70\n", "cells are parted by commas"),
    ("name,top1,top1\nresnet18,1,2\n", ":1:6: error: the header `top1` is there twice"),
    ("name,,b\nresnet18,1,2\n", ":1:1: error: a header is empty"),
    ("name,macs\nresnet18,1\n", ":1:6: error: `macs` is a figure that convcost counts"),
    ("name,MACs\nresnet18,1\n", ":1:6: error: `MACs` is a figure that convcost counts"),
    ("name,network\nresnet18,1\n", ":1:6: error: `network` is a column that convcost's tables have"),
    ("resnet18,69.76\nresnet34,73.31\n", ":1:10: error: `69.76` is a number, and no header"),
    ("\nresnet18,top1\nresnet34,73.31\n", ":2:1: error: `resnet18` is a row here, and no header"),
    ("name,top1\nresnet18,70\nresnet18,71\n", ":3:1: error: `resnet18` is there twice, first in line 2"),
    ("name,top1\nresnet18,70,71\n", ":2:1: error: this line has 3 cells, the first line has 2"),
    ("name,top1\nresnet18,70%\n", ":2:10: error: `70%` is no number"),
    ('name,top1\nresnet18,"76,1"\n', ":2:11: error: `76,1` is no number"),
    ("name,top1\nresnet18,nan\n", ":2:10: error: `nan` is no number"),
    ("name,top1\nresnet18,1e999\n", ":2:10: error: `1e999` is no number"),
    ('name,top1\n"two\nlines",70\nresnet18,x\n', ":4:10: error: `x` is no number"),
    ('name,top1\nresnet18,"70\n', ":2:1: error: this is no line of comma-separated values"),
    ("name,top1\nresnet18,\xff\n", ":2: this is no text in UTF-8"),
]


@pytest.mark.parametrize(("text", "says"), FILES)
def test_what_is_wrong_with_a_file(run: Run, tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "acc.csv").write_bytes(text.encode("latin-1"))
    ran = run("compare", "resnet18", "resnet34", "--with", str(tmp_path / "acc.csv"))
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err


REFUSALS = [
    (["compare", "resnet18", "resnet34", "--columns", "parms"], "did you mean `params`?"),
    (["compare", "resnet18", "resnet34", "--columns", "macs,macs"], "--columns: `macs` is there twice"),
    (["compare", "resnet18", "resnet34", "--columns", ","], "--columns: no column is named"),
    (["compare", "resnet18", "resnet34", "--columns", "macs", "-f", "json"], "json has all figures"),
    (["compare", "resnet18", "resnet34", "--style", "millions", "-f", "csv"], "--style goes with other formats"),
    (["compare", "resnet18", "resnet34", "--style", "milions"], "did you mean `millions`?"),
    (["compare", "resnet18", "resnet34", "--with", "none.csv"], "can't read `none.csv`: No such file"),
    (["compare", "standard", "depthwise", "--columns", "macs"], "--columns is for networks"),
    (["compare", "standard", "depthwise", "-f", "latex"], "--format latex is for networks"),
    (["compare", "standard", "depthwise", "-o", "table.tex"], "--format latex is for networks"),
    (["compare", "resnet18:*"], "`resnet18` has no variants"),
    (["compare", "resnt18:*"], "did you mean `resnet18`?"),
    (["compare", "depthwise:*"], "`depthwise` is a convolution and has no variants"),
    (["analyze", "lenet5", "--columns", "peak_memory"], "`peak_memory` is not a figure of layers"),
    (["analyze", "lenet5", "--columns", "macs", "--training"], "--columns params,macs,training_macs"),
    (["analyze", "lenet5", "--columns", "macs", "--symbolic"], "--symbolic goes with"),
    (["analyze", "lenet5", "--style", "millions", "--algorithms"], "--algorithms goes with"),
]


@pytest.mark.parametrize(("words", "says"), REFUSALS)
def test_refusals(run: Run, words: list[str], says: str) -> None:
    ran = run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
