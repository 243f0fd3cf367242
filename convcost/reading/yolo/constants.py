"""What a YOLO file says outside of its rows: classes, scales, activation."""

from __future__ import annotations

import re
from collections.abc import Mapping

from convcost.errors import choices, did_you_mean
from convcost.language.parts import Report, refuse_node
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.reading.yolo.arguments import is_factor
from convcost.reading.yolo.words import at, shown

SCALED = ("depth_multiple", "width_multiple", "max_channels")
"""What a scale says, in order."""

KEYS = ("nc", "scales", "scale", *SCALED[:2], "activation", "kpt_shape", "reg_max", "backbone", "head")
UNUSED = ("anchors", "names")
"""Keys that say nothing about layers."""

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


class Words:
    """The keys of a file, and what stands under them; what is wrong with it is reported when it is asked for."""

    def __init__(self, root: MappingNode, report: Report) -> None:
        self.root = root
        self.report = report
        for key, _ in root.entries.values():
            if key.text not in (*KEYS, *UNUSED):
                help = did_you_mean(key.text, KEYS) or f"what is read here: {', '.join(KEYS)}"
                report(key.span, f"`{key.text}` is not known in a YOLO file", help)

    def value(self, key: str) -> Node | None:
        """Return what stands under a key."""
        return self.root.entries[key][1] if key in self.root.entries else None

    def symbols(self) -> dict[str, Node]:
        """Return the symbols that have a key of their own."""
        given = {name: self.value(name) for name in ("nc", *SCALED[:2])}
        return {name: node for name, node in given.items() if node is not None and self._is_factor(f"`{name}`", node)}

    def scales(self, has_c3k2: bool) -> dict[str, dict[str, Node]]:
        """Return the symbols that each scale sets; with a C3k2 among the rows also `c3k`, if any scale has it at 1."""
        node = self.value("scales")
        found: dict[str, dict[str, Node]] = {}
        if node is not None and not isinstance(node, MappingNode):
            refuse_node(node, "`scales` maps names to [depth, width, max_channels]", self.report)
        for key, value in node.entries.values() if isinstance(node, MappingNode) else ():
            if not isinstance(value, SequenceNode) or len(value.items) != len(SCALED):
                self.report(value.span, "a scale is [depth, width, max_channels]", "for example [0.33, 0.25, 1024]")
                continue
            parts = dict(zip(SCALED, value.items, strict=True))
            known = [self._is_factor(f"`{part}` of scale `{key.text}`", item) for part, item in parts.items()]
            if False not in known:
                found[key.text] = parts
        if has_c3k2 and any(name in found for name in _DEEP):
            for name, parts in found.items():
                parts["c3k"] = at(parts[SCALED[0]], "1" if name in _DEEP else "0")
        return found

    def chosen(self, scales: Mapping[str, object], name: str) -> tuple[str | None, str]:
        """Return the scale that the file says, else the one in its name, else the first, and a note then."""
        given = self.value("scale")
        if given is not None:
            text = given.text if isinstance(given, ScalarNode) else ""
            if text in scales:
                return text, ""
            self.report(given.span, f"there is no scale {shown(given)}", choices(text, scales))
        named = re.match(r"yolo[a-z-]*\d+([a-z])(?![a-z])", name.lower())
        if named and named[1] in scales:
            return named[1], ""
        first, *others = scales or (None,)
        names = ", ".join(scales)
        return first, f"scale `{first}` is taken, the first of {names}: `--variant` takes another" if others else ""

    def _is_factor(self, what: str, node: Node) -> bool:
        if not is_factor(node):
            self.report(node.span, f"{what} is a number above 0, not {shown(node)}")
        return is_factor(node)

    def bins(self) -> Node | None:
        """Return in how many bins distances are told, where the file says so."""
        node = self.value("reg_max")
        if node is None or (isinstance(node, ScalarNode) and re.fullmatch(r"[2-9]|[1-9]\d{1,8}", node.text)):
            return node
        self.report(node.span, f"`reg_max` is a whole number from 2 up, not {shown(node)}")
        return None

    def activation(self) -> str:
        """Return the operator that stands behind every convolution."""
        node = self.value("activation")
        if node is None:
            return "silu"
        word = re.fullmatch(r"(torch\.)?nn\.(\w+)\(.*\)", node.text) if isinstance(node, ScalarNode) else None
        if word and word[2] in ACTIVATIONS:
            return ACTIVATIONS[word[2]]
        known = f"there are {', '.join(f'nn.{name}()' for name in ACTIVATIONS)}"
        self.report(node.span, f"`activation` is {shown(node)}, which is not known here", known)
        return "silu"
