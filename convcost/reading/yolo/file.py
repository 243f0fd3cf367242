"""A YOLO file's tree -> the parts of a spec: its constants are symbols, its scales variants, its rows layers."""

from __future__ import annotations

import re
from collections.abc import Mapping

from convcost.errors import Source, choices, did_you_mean
from convcost.language.parts import Report, Spec, describe, refuse_node, sequence
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.reading.yolo.modules import HEADS, blocks
from convcost.reading.yolo.rows import NUMBER, Constants, Row, Wrong, at, entry, mapping, taken_apart

SCALED = ("depth_multiple", "width_multiple", "max_channels")
"""What a scale says, in order."""

KEYS = ("nc", "scales", "scale", *SCALED[:2], "activation", "kpt_shape", "reg_max", "backbone", "head")
UNUSED = ("anchors", "names")
"""Keys of older files, which change nothing in these modules."""

ACTIVATIONS: Mapping[str, str] = {
    "SiLU": "silu",
    "ReLU": "relu",
    "ReLU6": "relu6",
    "LeakyReLU": "leaky_relu",
    "Hardswish": "hard_swish",
    "Mish": "mish",
    "GELU": "gelu",
    "ELU": "elu",
    "Identity": "identity",
}

_DEEP = ("m", "l", "x")
"""The scales in which every C3k2 has C3k inside, whatever its row says."""


def read_yolo(root: MappingNode, source: Source, default_name: str, report: Report) -> Spec:
    """Return a YOLO file as the parts of a spec; what is wrong with it is reported."""
    for key, _ in root.entries.values():
        if key.text not in (*KEYS, *UNUSED):
            help = did_you_mean(key.text, KEYS) or f"what is read here: {', '.join(KEYS)}"
            report(key.span, f"`{key.text}` is not known in a YOLO file", help)
    file = _File(root, report)
    rows = file.rows()
    spec = Spec(source, default_name, root, is_translated=True)
    scales = file.scales()
    chosen = _chosen(scales, file, spec)
    words = {row.word.text for row in rows.values()}
    forced = "C3k2" in words and any(name in scales for name in _DEEP)
    settings = {name: file.settings(name, node, forced) for name, node in scales.items()}
    own = {"imgsz": at(root.span, "224" if "Classify" in words else "640"), **file.constants()}
    own |= settings[chosen] if chosen else {}
    spec.symbols = {name: (at(node.span, name), node) for name, node in own.items()}
    spec.variants = {name: mapping(values, scales[name].span) for name, values in settings.items()}
    size = SequenceNode([at(root.span, "imgsz"), at(root.span, "imgsz")], root.span)
    spec.inputs["input"] = mapping({"channels": at(root.span, "3"), "size": size}, root.span)
    heads = [row for row in rows.values() if row.word.text in HEADS]
    maps = {len(row.sources) for row in heads}
    if len(maps) > 1:
        report(heads[-1].word.span, "there is another head that reads another number of maps")
    spec.blocks = dict(blocks(max(maps, default=1), "C3k2" in words, file.activation()))
    constants = Constants(own, file.value("kpt_shape"), file.bins(), forced)
    for row in rows.values():
        try:
            spec.layers.append(entry(row, rows, constants, report))
        except Wrong:
            continue
    return spec


def _chosen(scales: Mapping[str, Node], file: _File, spec: Spec) -> str | None:
    """Return the scale that the file says, else the one in its name, else the first; a note says so then."""
    given = file.value("scale")
    if isinstance(given, ScalarNode):
        if given.text in scales:
            return given.text
        file.report(given.span, f"there is no scale `{given.text}`", choices(given.text, scales, "scales are"))
    if not scales:
        return None
    named = re.match(r"yolo[a-z-]*\d+([a-z])(?![a-z])", spec.name.lower())
    if named and named[1] in scales:
        return named[1]
    first = next(iter(scales))
    others = ", ".join(scales)
    spec.notes.append(f"scale `{first}` is taken, the first of {others}; --variant or the file's name says another")
    return first


class _File:
    """What stands in a file outside of its rows, and the rows."""

    def __init__(self, root: MappingNode, report: Report) -> None:
        self.root = root
        self.report = report

    def value(self, key: str) -> Node | None:
        """Return what stands under a key."""
        return self.root.entries[key][1] if key in self.root.entries else None

    def rows(self) -> dict[int, Row]:
        """Return the rows of backbone and head that can be taken apart, by their numbers."""
        nodes: list[Node] = []
        for key in ("backbone", "head"):
            node = self.value(key)
            if node is None:
                self.report(self.root.span, f"a YOLO file has a `{key}:`", "a list of rows")
            else:
                nodes += sequence(node, f"`{key}` is a list of rows", self.report)
        found = {}
        for number, node in enumerate(nodes):
            try:
                found[number] = taken_apart(node, number, self.report)
            except Wrong:
                continue
        return found

    def scales(self) -> dict[str, SequenceNode]:
        """Return the scales that have their three numbers."""
        node = self.value("scales")
        if node is None:
            return {}
        if not isinstance(node, MappingNode):
            refuse_node(node, "`scales` maps names to [depth, width, max_channels]", self.report)
            return {}
        found = {}
        for key, value in node.entries.values():
            if not isinstance(value, SequenceNode) or len(value.items) != len(SCALED):
                self.report(value.span, "a scale is [depth, width, max_channels]", "for example [0.33, 0.25, 1024]")
            elif all([self.number(f"`{part}` of scale `{key.text}`", item) for part, item in _parts(value)]):
                found[key.text] = value
        return found

    def number(self, what: str, node: Node) -> bool:
        """Return whether a node is a number above 0; reported if not."""
        if isinstance(node, ScalarNode) and re.fullmatch(NUMBER, node.text) and float(node.text) > 0:
            return True
        shown = f"`{node.text}`" if isinstance(node, ScalarNode) and node.text else describe(node)
        self.report(node.span, f"{what} is a number above 0, not {shown}")
        return False

    def settings(self, scale: str, node: SequenceNode, forced: bool) -> dict[str, Node]:
        """Return the symbols that a scale sets."""
        own = dict(_parts(node))
        return own | {"c3k": at(node.span, str(int(scale in _DEEP)))} if forced else own

    def constants(self) -> dict[str, Node]:
        """Return the symbols that have a key of their own, or a default."""
        found: dict[str, Node] = {}
        if (classes := self.value("nc")) is not None and self.number("`nc`", classes):
            found["nc"] = classes
        for name in SCALED[:2]:
            node = self.value(name)
            found[name] = node if node is not None and self.number(f"`{name}`", node) else at(self.root.span, "1")
        return found

    def bins(self) -> str | None:
        """Return in how many bins distances are told, where the file says so."""
        node = self.value("reg_max")
        if isinstance(node, ScalarNode) and re.fullmatch(r"[1-9]\d{0,8}", node.text) and node.text != "1":
            return node.text
        if node is not None:
            self.report(node.span, "`reg_max` is a whole number from 2 up")
        return None

    def activation(self) -> str:
        """Return the operator that the file has after every convolution."""
        node = self.value("activation")
        if node is None:
            return "silu"
        word = re.fullmatch(r"(torch\.)?nn\.(\w+)\(.*\)", node.text) if isinstance(node, ScalarNode) else None
        if word is None or word[2] not in ACTIVATIONS:
            help = f"one of {', '.join(f'nn.{name}()' for name in ACTIVATIONS)}"
            self.report(node.span, "`activation` is not known", help)
            return "silu"
        return ACTIVATIONS[word[2]]


def _parts(scale: SequenceNode) -> list[tuple[str, Node]]:
    return list(zip(SCALED, scale.items, strict=True))
