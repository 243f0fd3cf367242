"""`convcost export --to svg` and `--to tikz`: the network, where nothing lies on anything else, LaTeX reads it."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import xml.etree.ElementTree as ElementTree
from itertools import combinations, pairwise
from math import prod
from pathlib import Path
from typing import Any
from unicodedata import normalize

import pytest
from command_line import DATA, Ran, Run
from geometry import apart, crosses, within
from networks import each_network

from convcost.analysis.costs import Analysis
from convcost.errors import Source
from convcost.layout import Rectangle
from convcost.network import Network
from convcost.reading.description import Description
from convcost.reading.load import load, open_description
from convcost.reading.sources import bundled
from convcost.writing import svg, tikz
from convcost.writing.diagram import Box, diagram
from convcost.writing.figure.drawing import PAGE, drawing
from convcost.writing.figure.kinds import Kinds
from convcost.writing.figure.units import units

needs_latex = pytest.mark.skipif(
    None in (shutil.which("pdflatex"), shutil.which("pdftotext")), reason="LaTeX is not installed"
)


def described(text: str) -> Description:
    return Description(Source("mine.yaml", text), "mine")


RESIDUAL = """\
network: mine
input: {channels: 3, size: [8, 8]}
blocks:
  unit:
    layers:
      - {conv: {out: 4, kernel: 3, padding: 1, bias: false}, name: a}
      - batch_norm
      - relu
      - {add: , from: [relu, input], name: sum}
layers:
  - {conv: {out: 4, kernel: 3, stride: 2, padding: 1}, name: stem}
  - max_pool: {kernel: 2}
  - {unit: , repeat: 3, name: body}
  - {global_avg_pool: , name: pool}
  - {linear: {out: 10}, name: fc}
"""


def read(text: str) -> tuple[list[tuple[Rectangle, list[str]]], set[tuple[str, str]]]:
    """What an SVG shows: its boxes with the texts in them; lines, as the first texts of the boxes that they join."""
    root = ElementTree.fromstring(text)
    tag = "{http://www.w3.org/2000/svg}"
    _, *rectangles = [
        Rectangle(*(float(one.attrib[key]) for key in ("x", "y", "width", "height"))) for one in root.iter(f"{tag}rect")
    ]
    texts = [(float(one.attrib["x"]), float(one.attrib["y"]), str(one.text)) for one in root.iter(f"{tag}text")]
    inside = [(box, [text for x, y, text in texts if crosses((x, y), (x + 0.1, y), box)]) for box in rectangles]
    boxes = [
        (box, words)
        for box, words in inside
        if not any(other is not box and within(other, box) for other in rectangles)
    ]
    lines = [re.findall(r"[-\d.]+", one.attrib["d"]) for one in root.iter(f"{tag}path") if "Z" not in one.attrib["d"]]
    return boxes, {(_at(boxes, *line[:2]), _at(boxes, *line[-2:])) for line in lines}


def _at(boxes: list[tuple[Rectangle, list[str]]], x: str, y: str) -> str:
    """The first text of the box at whose edge a line begins or ends."""
    (found,) = [
        words[0]
        for box, words in boxes
        if abs(box.x + box.width / 2 - float(x)) < 0.2 and min(abs(box.y - float(y)), abs(box.bottom - float(y))) < 1.2
    ]
    return found


# By hand: 16 positions after the pool; 3*3*3*4 + 4 and 4*4*9 weights, 10*4 + 10; 4*4 positions of the stem.
RESIDUAL_BOXES = [
    ["input", "3×8×8"],
    ["3×3 conv, 4, /2", "4×4×4 · 1.73 k · 112"],
    ["2×2 max pool, /2", "4×2×2"],
    ["3×3 conv, 4", "BN, ReLU", "4×2×2 · 576 · 152"],
    ["add", "4×2×2"],
    ["global avg pool", "4×1×1"],
    ["linear, 10", "10 · 40 · 50"],
    ["output", "10"],
]
RESIDUAL_LINES = {
    ("input", "3×3 conv, 4, /2"),
    ("3×3 conv, 4, /2", "2×2 max pool, /2"),
    ("2×2 max pool, /2", "3×3 conv, 4"),
    ("2×2 max pool, /2", "add"),
    ("3×3 conv, 4", "add"),
    ("add", "global avg pool"),
    ("global avg pool", "linear, 10"),
    ("linear, 10", "output"),
}


def test_a_residual_network_by_hand() -> None:
    text = svg.write(described(RESIDUAL))
    boxes, lines = read(text)
    assert [words for _, words in boxes] == RESIDUAL_BOXES
    assert lines == RESIDUAL_LINES
    assert "body ×3" in text


def outside(boxes: list[Box]) -> dict[int, int]:
    """How many copies each box, by its place, stands for with the frames that it is in."""
    found, frames = {}, list[Box]()
    for n, box in enumerate(boxes):
        frames = frames[: box.level]
        found[n] = prod(one.copies for one in (*frames, box))
        frames += [box] if box.frame else []
    return found


@pytest.mark.parametrize("most", [20, 60])
@pytest.mark.parametrize("name", each_network(bundled()))
def test_boxes_hold_the_whole_network(name: str, most: int) -> None:
    """What stands in the boxes adds up to the network, and what joins them is what joins its layers."""
    network = load(name)
    kinds = Kinds(network, parts := units(network))
    shown = diagram(network, most, parts, kinds.weight, kinds.grouped)
    copies, analysis = outside(shown.boxes), Analysis(network)
    costs = [
        (copies[n], analysis.costs_of((box.layers,), box.name))
        for n, box in enumerate(shown.boxes)
        if box.layers and not box.frame
    ]
    assert sum(times * one.macs for times, one in costs) == analysis.macs
    assert sum(times * one.params for times, one in costs) == analysis.params
    # Where there is one copy, arrows are those between layers of different boxes, and no others.
    alone = {n: box for n, box in enumerate(shown.boxes) if not box.frame and copies[n] == 1}
    of = {place: box.id for box in alone.values() for place in box.layers}
    of_tensor = {tensor: of[n] for n, layer in enumerate(network.layers) if n in of for tensor in layer.outputs}
    of_tensor |= {tensor: f"in{n}" for n, tensor in enumerate(network.inputs, 1)}
    read_by = [(tensor, of[n]) for n, layer in enumerate(network.layers) if n in of for tensor in layer.inputs]
    read_by += [(tensor, f"out{n}") for n, tensor in enumerate(network.outputs, 1)]
    joined = {(of_tensor[tensor], reader) for tensor, reader in read_by if tensor in of_tensor}
    ids = {box.id for box in alone.values()}
    arrows = {(arrow.source, arrow.target) for arrow in shown.arrows}
    assert {arrow for arrow in arrows if {*arrow} <= ids} == {(a, b) for a, b in joined if a != b}


@pytest.mark.parametrize("name", each_network(bundled()))
def test_nothing_lies_on_anything_else(name: str) -> None:
    network = load(name)
    figure = drawing(network)
    boxes = {box.id: box.at for box in figure.boxes}
    page = Rectangle(0, 0, figure.width, figure.height)
    assert figure.scale * figure.width <= PAGE[0] + 0.1
    assert figure.scale * figure.height <= PAGE[1] + 0.1
    for one, other in combinations(boxes.values(), 2):
        assert apart(one, other, 5)
    for box in figure.boxes:
        assert within(box.at, page)
        for text in box.texts:
            width = text.line.width
            line = Rectangle(text.x - width / 2, text.y - text.line.size * 0.8, width, text.line.size)
            assert within(line, box.at)
    titles = [Rectangle(text.x, text.y - 6, text.line.width, 6) for frame in figure.frames for text in frame.texts]
    for (source, target), line in figure.lines.items():
        assert (line[0][1], line[-1][1]) == pytest.approx((boxes[source].bottom, boxes[target].y))
        for a, b in pairwise(line):
            assert not any(crosses(a, b, box) for box in (*boxes.values(), *titles))
    for frame in figure.frames:
        assert all(within(box, frame.at) or apart(box, frame.at) for box in boxes.values())


def shown(text: str) -> list[list[str]]:
    """What stands in the boxes of a spec's figure."""
    return [words for _, words in read(svg.write(described(text)))[0]]


NO_LAYERS = "network: none\ninput: {channels: 3, size: [32, 32]}\nlayers: []\n"


def test_no_layers() -> None:
    assert shown(NO_LAYERS) == [["input", "3×32×32"], ["output", "3×32×32"]]
    assert r"\end{document}" in tikz.write(described(NO_LAYERS))


@pytest.mark.parametrize("to", ["svg", "tikz", "dot", "mermaid", "pytorch", "onnx", "layers", "scalesim"])
def test_every_target_takes_no_layers(run: Run, tmp_path: Path, to: str) -> None:
    (tmp_path / "none.yaml").write_text(NO_LAYERS)
    ran = run("export", str(tmp_path / "none.yaml"), "--to", to, "-o", str(tmp_path / "written"))
    assert ran.code == 0, ran.err
    assert (tmp_path / "written").stat().st_size > 0


ENDS = """\
input: {channels: 3, size: [8]}
layers:
  - {lstm: {hidden: 8, bidirectional: true}, name: rnn}
  - {conv: {out: 16, kernel: 3, padding: 1}, name: one}
  - {conv: {out: 16, kernel: 3, padding: 1}, name: two, share: one}
outputs: [one, two]
"""


def test_what_is_shared_and_bidirectional_and_which_output_is_which() -> None:
    boxes = shown(ENDS)
    assert boxes[1][0] == "LSTM, 8, bidirectional"
    # By hand: 3*16*16 weights at 8 positions, and 16 biases.
    assert ["conv 3, 16", "16×8 · 6.14 k · 784"] in boxes
    assert ["conv 3, 16", "16×8 · 6.14 k · shared"] in boxes
    assert [words for words in boxes if len(words[0]) == 3] == [["one", "16×8"], ["two", "16×8"]]


TOGETHER = """\
input: {channels: 3, size: [8]}
layers: [{split: {parts: 3}, name: thirds}]
outputs: [thirds.0, thirds.1, thirds.2]
"""


def test_outputs_of_one_box_are_one() -> None:
    lines = ["3 outputs", "thirds.0: 1×8", "thirds.1: 1×8", "thirds.2: 1×8"]
    assert shown(TOGETHER)[2:] == [lines]


def test_one_block_of_a_series_is_open() -> None:
    boxes = [words for _, words in read(svg.write(open_description("densenet121")))[0]]
    closed = [words for words in boxes if words[0].startswith("dense")]
    # From the paper: blocks of 6, 12, 24 and 16 layers, that grow by 32 channels each to 256, 512, 1024 and 1024.
    assert [words[0] for words in closed] == ["dense1.1-5", "dense2.1-11", "dense3.1-23", "dense4.1-15"]
    assert [words[1].partition(" ")[0] for words in closed] == ["256×56×56", "512×28×28", "1024×14×14", "1024×7×7"]
    assert [words[-1] for words in boxes if words[0] == "concat"] == ["96×56×56", "160×28×28", "288×14×14", "544×7×7"]


def test_boxes_in_no_frame_have_the_name_of_their_block() -> None:
    figure = svg.write(open_description("efficientnet_b0"))
    assert "residual_mbconv.body" in figure


def test_blocks_are_closed_until_it_fits() -> None:
    assert drawing(load("resnet152")).scale > 0.85
    opened, closed = (len(drawing(load(name)).boxes) for name in ("resnet50", "resnet152"))
    assert opened == closed  # for only ×N differs


PLAIN = "network: mine\ninput: {channels: 3, size: [8, 8]}\nlayers: [{conv: {out: 3, kernel: 1}}, relu]\n"


@pytest.mark.parametrize("to", ["svg", "tikz"])
def test_whole_figures(run: Run, tmp_path: Path, renew: bool, to: str) -> None:
    (tmp_path / "mine.yaml").write_text(PLAIN)
    kept(run("export", str(tmp_path / "mine.yaml"), "--to", to), DATA / "export" / f"figure.{to}", renew)


def test_the_picture_of_the_docs(run: Run, renew: bool) -> None:
    kept(
        run("export", "resnet50", "--to", "svg"),
        Path(__file__).parents[1] / "docs" / "commands" / "resnet50.svg",
        renew,
    )


def kept(ran: Ran, path: Path, renew: bool) -> None:
    assert (ran.code, ran.err) == (0, "")
    if renew:
        path.write_text(ran.out, encoding="utf-8")
    assert ran.out == path.read_text(encoding="utf-8")


HOSTILE = [
    r"\input{/etc/passwd} $x^2_a$ #1 % &~<>|\"`'--\\",
    "</text><script>alert(1)</script>&lt;",
    "中文 é α",
    "{",
    "]]>",
    "?` !` ---",
]
_MACROS = {
    *("documentclass", "usetikzlibrary", "begin", "end", "definecolor", "fontsize", "selectfont"),
    *("filldraw", "draw", "node", "bfseries", "times", "cdot", "char"),
    *("textbackslash", "textasciicircum", "textasciitilde", "textless", "textgreater", "textbar"),
}


class Known:
    """In the place of a description: a network that no spec can say."""

    def __init__(self, hostile: str) -> None:
        plain = described("input: {channels: 3, size: [8, 8]}\nlayers: [relu]\n").network()
        layers = (plain.layers[0]._replace(inputs=(hostile,), name=hostile),)
        self._network = plain._replace(
            name=hostile, inputs={hostile: plain.inputs["input"]}, layers=layers, outputs=(hostile,)
        )

    def network(self, *_: Any, **__: Any) -> Network:
        return self._network


@pytest.mark.parametrize("hostile", HOSTILE)
def test_names_are_only_shown(hostile: str, tmp_path: Path) -> None:
    known: Any = Known(hostile)
    root = ElementTree.fromstring(svg.write(known))
    assert {one.tag.partition("}")[2] for one in root.iter()} == {"svg", "title", "desc", "rect", "g", "path", "text"}
    text = tikz.write(known)
    assert re.fullmatch(r"[ -~\n中文éα]*", text)
    assert {*re.findall(r"\\([A-Za-z]+)", text)} <= _MACROS
    pictured = text[text.index(r"\documentclass") :]
    assert not re.search(r"\\[^A-Za-z{}$&#%_]|(?<!\\)[%^~]", pictured.replace("~$", ""))


@needs_latex
@pytest.mark.parametrize("hostile", HOSTILE)
def test_latex_shows_names_as_they_are(hostile: str, tmp_path: Path) -> None:
    known: Any = Known(hostile)
    text = tikz.write(known)
    (foreign,) = re.findall(r"^% Compile with lualatex, .*: (.*)$", text, re.MULTILINE) or [""]
    assert foreign == ("中文α" if "中" in hostile else "")
    assert all(text.count(letter) > 1 for letter in foreign)
    without = str.maketrans("", "", foreign)
    hostile = hostile.translate(without).strip()
    words = re.findall(r">(.*)</word>", compiled(text.translate(without), tmp_path))
    first = hostile.split()[0]
    assert normalize("NFC", html.unescape(words[0]))[:20].replace("‘", "`") == first[:20]


COMPILED = ("alexnet", "crnn", "fpn", "lenet5", "mobilenet_v3_small", "resnet50", "segnet", "vit_tiny", "yolov8")
"""Networks that LaTeX is started for by default, which takes a second for each."""


@needs_latex
@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name if name in COMPILED else pytest.param(name, marks=pytest.mark.thorough) for name in bundled()]
)
def test_latex_takes_it_and_texts_are_in_their_boxes(name: str, tmp_path: Path) -> None:
    text = tikz.write(open_description(name))
    scale, number = float(re.findall(r"scale=([\d.]+)", text)[0]), r"([-\d.]+)"
    corners = rf"fill=convcost (?!frame).*\] \({number},{number}\) rectangle \({number},{number}\)"
    boxes = [[float(at) for at in found] for found in re.findall(corners, text)]
    words = 0
    for found in re.findall(r'xMin="(.*)" yMin="(.*)" xMax="(.*)" yMax="(.*)">', compiled(text, tmp_path)):
        left, top, right, bottom = ((float(at) - BORDER) / scale for at in found)
        around = [box for box in boxes if box[0] < (left + right) / 2 < box[2] and box[1] < (top + bottom) / 2 < box[3]]
        assert all(box[0] < left and right < box[2] for box in around)
        words += len(around)
    assert words >= 2 * len(boxes)


BORDER = 2 * 72 / 72.27
"""What `standalone` leaves around a picture, in the points of PDF."""


def compiled(text: str, folder: Path) -> str:
    """What can be read in what LaTeX makes of a document."""
    (folder / "net.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "net.tex"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, errors="replace")
    assert ran.returncode == 0, ran.stdout[-2000:]
    assert "Overfull" not in ran.stdout
    return subprocess.run(["pdftotext", "-bbox", "net.pdf", "-"], cwd=folder, capture_output=True, text=True).stdout
