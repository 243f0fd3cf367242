"""What a YOLO file says outside of its rows: classes, scales, activation."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

from convcost.errors import choices, did_you_mean
from convcost.language.parts import Report, refuse_node
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode
from convcost.reading.yolo.arguments import is_factor
from convcost.reading.yolo.words import at, shown

SCALED = ("depth_multiple", "width_multiple", "max_channels")
"""What a scale says, in order."""

KEYS = ("nc", "scales", "scale", *SCALED[:2], "activation", "kpt_shape", "reg_max", "end2end", "backbone", "head")
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

_SPECIAL: Mapping[str, tuple[str, str]] = {"C3k2": ("c3k", "mlx"), "A2C2f": ("residual", "lx")}
"""By module, a symbol that is 1 in some scales: every C3k2 has C3k inside there, every A2C2f a shortcut around it."""


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

    def scales(self, modules: Container[str]) -> dict[str, dict[str, Node]]:
        """Return the symbols that each scale sets, with those of the modules in the file that are 1 in some scale."""
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
        for module, (symbol, special) in _SPECIAL.items():
            if module in modules and any(name in found for name in special):
                for name, parts in found.items():
                    parts[symbol] = at(parts[SCALED[0]], "1" if name in special else "0")
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
        if node is None or (isinstance(node, ScalarNode) and re.fullmatch(r"[1-9]\d{0,8}", node.text)):
            return node
        self.report(node.span, f"`reg_max` is a whole number from 1 up, not {shown(node)}")
        return None

    def twice(self) -> Node | None:
        """Return what the file says of a second head, which finds each thing once; None if it has none."""
        node = self.value("end2end")
        text = node.text.lower() if isinstance(node, ScalarNode) else ""
        if node is not None and text not in ("true", "false"):
            self.report(node.span, f"`end2end` is True or False, not {shown(node)}")
        return node if text == "true" else None

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
