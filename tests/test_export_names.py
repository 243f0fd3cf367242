"""Names in what `convcost export` writes: whatever they are, what is written is the same but for them.

Each result is read by what reads its language, and held against that of a network of harmless names: Python's syntax
tree up to names, the cells of a table, the boxes and arrows of a diagram.
"""

from __future__ import annotations

import ast
import builtins
import csv
import io
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest
from test_export_diagram import Drawing, by_eye, by_graphviz

from convcost.cli.export import TARGETS
from convcost.errors import Source
from convcost.reading.description import Description

HARMLESS = "wombat"
WORDS = {
    "of Python": ["self", "cls", "super", "__init__", "__class__", "__name__", "_", "__", "print", "range", "int"],
    "of Python, in some places": ["match", "case", "type", "annotations", "Any", "Callable", "Sequence", "exec"],
    "of torch": ["torch", "nn", "F", "Tensor", "Module", "forward", "training", "parameters", "to", "__call__"],
    "of what is written": ["x", "y", "l", "layers", "part", "channels", "size", "other", "body", "width", "two"],
    "that collide": ["u_two", "two_", "Two", "x_", "x_2", "self_", "second_2", "second", "Nn", "wombat_2"],
    "of Graphviz and Mermaid": ["graph", "digraph", "node", "edge", "strict", "end", "style", "click", "in1", "n1"],
}
"""What a spec may call its symbols, inputs, blocks, arguments, branches and layers."""

KEYWORDS = ["class", "lambda", "import", "None", "del", "end-", "subgraph", "a-b", "e3-"]
"""What it may call layers only."""

TEXTS = [
    '"""; import os; os.system("x") #',
    "'''",
    '"] }; x -> y [label="',
    "*/ x /*",
    "\\",
    '\\"',
    "\\N{BULLET}",
    "line\nimport os\n",
    "carriage\rreturn",
    "\u2028",
    "\x1b[31m",
    "日本",
    "</script>",
    "-->",
    "%%{init}%%",
    "=cmd|' /C calc'!A0",
    "{x}",
    "class",
]
"""What it may call itself and its variants."""

SPEC = """\
network: {text}
symbols: {{{word}: 4}}
variants: {{{text}: {{{word}: 8}}}}
inputs: {{{word}: {{channels: 3, size: [8, 8]}}, given: {{channels: 3, size: [8, 8]}}}}
blocks:
  {word}:  # Unit {comment}
    args: {{{word}: , of_groups: 1}}
    layers:
      - {{conv: {{out: {word}, kernel: 3, padding: 1}}, name: {word}}}
      - {{relu: , name: b}}
      - {{add: {{{word}: [{{conv: {{out: {word}, kernel: 1, groups: of_groups}}}}], short: []}}}}
layers:
  - {{add: , from: [{word}, given], name: first}}
  - {{conv: {{out: {word}, kernel: 1}}, name: {layer}}}
  - {{{word}: {{{word}: {word}}}, repeat: 2, name: u_{word}}}
  - {{{word}: {{{word}: 2*{word}, of_groups: 2}}, name: last}}
"""


def named(word: str = HARMLESS, layer: str = "koala", text: str = "Network") -> Description:
    """The network, with names in it."""
    comment = "".join(one for one in text if " " <= one <= "~")
    spec = SPEC.format(word=word, layer=json.dumps(layer), text=json.dumps(text), comment=comment)
    return Description(Source("mine.yaml", spec), "mine")


class Names(ast.NodeVisitor):
    """The names in each function and the attributes of each class, in order, and the tree without them."""

    def __init__(self, text: str) -> None:
        self.found: dict[str, list[str]] = {}
        self._scope = self._class = ""
        tree = ast.parse(text)
        self.visit(tree)
        for node in ast.walk(tree):
            for field in ("id", "attr", "arg", "name"):
                if isinstance(getattr(node, field, None), str) and not isinstance(node, ast.alias):
                    setattr(node, field, "")
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                node.value.value = ""
        self.tree = ast.dump(tree)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._class = str(len(self.found))
        self._add("classes", node.name)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._scope = f"{self._class}.{node.name}"
        self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        self._add(self._scope, node.id)

    def visit_arg(self, node: ast.arg) -> None:
        self._add(self._scope, node.arg)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        if ast.unparse(node.value) == "self":
            self._add(f"{self._class}.self", node.attr)
        self.generic_visit(node)

    def _add(self, scope: str, name: str) -> None:
        self.found.setdefault(scope, []).append(name)


OUTSIDE = {*dir(builtins), "F", "Tensor", "nn", "self"}
"""What means something where the file is read."""
OF_MODULES = {"forward", "training", "parameters", "to", "__init__", "__call__", "__class__"}
"""What of the words above each module has."""


def same_source(text: str, plain: str, *_: str) -> None:
    """No name of the spec hides another, nor what is imported, built in or a module's."""
    one, other = Names(text), Names(plain)
    assert one.tree == other.tree
    assert one.found.keys() == other.found.keys()
    for scope, names in one.found.items():
        pairs = {*zip(names, other.found[scope], strict=True)}
        assert len(pairs) == len({a for a, _ in pairs}) == len({b for _, b in pairs}), scope
        assert all(a == b for a, b in pairs if {a, b} & OUTSIDE), scope
        assert not scope.endswith(".self") or OF_MODULES.isdisjoint(names)


def same_cells(text: str, plain: str, word: str, layer: str) -> None:
    """The cells are those of harmless names."""
    rows, expected = csv.reader(io.StringIO(text)), csv.reader(io.StringIO(plain))
    assert [*rows] == [[renamed(cell, word, layer) for cell in row] for row in expected]


def same_rows(text: str, plain: str, word: str, layer: str) -> None:
    """A name that SCALE-Sim takes has letters, digits, _ and points."""
    same_cells(text, plain, word, layer.replace("-", "_"))


def same_flowchart(text: str, plain: str, word: str, layer: str) -> None:
    assert by_eye(text) == renamed_drawing(by_eye(plain), word, layer)


by_graphviz_once = cache(by_graphviz)


def same_graph(text: str, plain: str, word: str, layer: str) -> None:
    if shutil.which("dot"):
        assert by_graphviz_once(text) == renamed_drawing(by_graphviz_once(plain), word, layer)


def same_svg(text: str, plain: str, word: str, layer: str) -> None:
    """What stands in boxes; the legend is broken at another word where another name is longer."""
    rows, expected = (
        ["".join(one.itertext()) for one in ElementTree.fromstring(each).iter(SVG) if one.get("text-anchor") is None]
        for each in (text, plain)
    )
    assert rows == [renamed(row, word, layer) for row in expected]


def same_tikz(text: str, plain: str, word: str, layer: str) -> None:
    r"""What stands in boxes, as in the SVG; `_` is a command of TeX's."""
    rows, expected = (re.findall(r"\node\[words=.*?\{(.*)\};", each) for each in (text, plain))
    assert rows == [renamed(row, word.replace("_", r"\_"), layer) for row in expected]


def renamed_drawing(drawing: Drawing, word: str, layer: str) -> Drawing:
    boxes = {renamed(name, word, layer): inside for name, inside in drawing.boxes.items()}
    return Drawing(boxes, {(renamed(a, word, layer), renamed(b, word, layer), shape) for a, b, shape in drawing.arrows})


def renamed(text: str, word: str, layer: str) -> str:
    return text.replace(HARMLESS, word).replace("koala", layer)


SVG = "{http://www.w3.org/2000/svg}text"

SAME: Mapping[str, Callable[[str, str, str, str], None]] = {
    "pytorch": same_source,
    "layers": same_cells,
    "scalesim": same_rows,
    "dot": same_graph,
    "mermaid": same_flowchart,
    "svg": same_svg,
    "tikz": same_tikz,
}
"""By target, what holds what is written against what is written of harmless names."""


def test_every_target_that_is_text_is_held() -> None:
    assert SAME.keys() == TARGETS.keys() - {"onnx"}


def written(to: str, description: Description, variant: str | None = None) -> str:
    return str(TARGETS[to].load("write")(description, None, variant))


@pytest.mark.parametrize("to", SAME)
@pytest.mark.parametrize("words", WORDS)
def test_words(to: str, words: str) -> None:
    plain = written(to, named())
    for word in WORDS[words]:
        SAME[to](written(to, named(word)), plain, word, "koala")


@pytest.mark.parametrize("to", SAME)
def test_names_of_layers(to: str) -> None:
    plain = written(to, named())
    for layer in KEYWORDS:
        SAME[to](written(to, named(layer=layer)), plain, HARMLESS, layer)


@pytest.mark.parametrize("to", SAME)
def test_names_of_networks_and_variants(to: str) -> None:
    plain = written(to, named(), "Network")
    for text in TEXTS:
        SAME[to](written(to, named(text=text), text), plain, HARMLESS, "koala")


@pytest.mark.slow
@pytest.mark.parametrize("words", WORDS)
def test_torch_runs_them(words: str, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="torch is not installed")
    from test_export_torch import agrees

    from convcost.writing.pytorch import write

    for word in WORDS[words]:
        agrees(write(named(word)), tmp_path)
