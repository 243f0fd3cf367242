"""Tree -> the parts of a spec: which keys there are, what kind of node each holds. No arithmetic, no graph yet."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.

import keyword
import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from convcost.errors import Source, Span, did_you_mean
from convcost.language.expression import FUNCTIONS, WORDS
from convcost.language.tree import NO_TEXT, MappingNode, Node, ScalarNode, SequenceNode, walk
from convcost.ops import OPERATORS

KEYS = ("network", "symbols", "input", "inputs", "blocks", "layers", "outputs", "variants", "expect")
MODIFIERS = ("name", "from", "when", "repeat", "share", "expect", "rows")
PATH = ("when", "layers")
BLOCK = ("args", "layers", "outputs")
MAX_NAME = 64

RESERVED = frozenset([*WORDS, *FUNCTIONS, *NO_TEXT, *keyword.kwlist])
"""What can't be the name of a symbol, an argument, a block or an input."""

T = TypeVar("T")
Report = Callable[..., object]
"""report(span, message, help=None) collects a problem and lets the reading go on."""


class Requirement(NamedTuple):
    """A condition of a block's arguments, without which it can't be built."""

    condition: ScalarNode
    message: str
    """What is said where it does not hold; values of the block stand in it as `{out}`."""
    help: str


class Block(NamedTuple):
    """A named list of layers with arguments; `defaults` holds None for an argument that must be given."""

    name: str
    defaults: dict[str, Node | None]
    layers: list[Node]
    span: Span
    library: bool = False
    outputs: Mapping[str, ScalarNode] = {}
    """The layers whose outputs it hands on, by the names that they have outside; none: the last layer's."""
    requires: Requirement | None = None


class Spec(NamedTuple):
    """A spec's parts, unread: expressions are still text."""

    source: Source
    name: str
    root: MappingNode
    symbols: Mapping[str, tuple[ScalarNode, Node]]
    inputs: Mapping[str, MappingNode]
    blocks: Mapping[str, Block]
    layers: list[Node]
    outputs: list[ScalarNode] | None = None
    variants: Mapping[str, MappingNode] = {}
    expect: MappingNode | None = None
    is_translated: bool = False
    """Whether they come from a file in another format: its text is no spec's."""
    variant: str | None = None
    """The variant that is taken where none is named; None for the values of the symbols themselves."""
    note: str = ""
    """Why that is the one, where nothing in the file says so."""
    notes: tuple[str, ...] = ()
    """What is to be said under the totals, whatever the variant."""

    @property
    def shares(self) -> bool:
        """Whether any layer may use the weights of another."""
        bodies = (self.layers, *(block.layers for block in self.blocks.values()))
        return any(isinstance(node, MappingNode) and "share" in node.entries for body in bodies for node in walk(*body))


def read_parts(root: MappingNode, source: Source, default_name: str, report: Report) -> Spec:
    """Return the parts of a spec; whatever is unknown, missing or of the wrong kind is reported."""
    entries = root.entries
    for key, _ in entries.values():
        if key.text not in KEYS:
            other = "a network's name is `network:`" if key.text == "name" else f"a spec has {', '.join(KEYS)}"
            report(key.span, f"unknown key `{key.text}`", did_you_mean(key.text, KEYS) or other)
    name = scalar(entries["network"][1], "`network` is a name", report) if "network" in entries else None
    if name:
        refuse_unlike_text(name, report)
    symbols = {key.text: (key, node) for key, node in _names(entries, "symbols", report)}
    inputs = _inputs(root, report)
    blocks = {}
    for key, node in _names(entries, "blocks", report):
        if key.text in OPERATORS:
            report(key.span, f"`{key.text}` is an operator and can't be a block")
        elif block := read_block(key, node, report):
            blocks[key.text] = block
    layers: list[Node] = []
    if "layers" in entries:
        layers = sequence(entries["layers"][1], "`layers` is a list of layers", report)
    else:
        report(root.span, "a spec needs `layers:`")
    outputs = _outputs(entries["outputs"][1], report) if "outputs" in entries else None
    variants = {}
    if "variants" in entries:
        given = _mapping(entries["variants"][1], "`variants` maps names to settings of the symbols", report)
        for key, node in _pairs(given):
            if settings := _mapping(node, "a variant maps symbols to values", report):
                variants[key.text] = settings
    expect = _mapping(entries["expect"][1], "`expect` maps figures to values", report) if "expect" in entries else None
    named = name.text if name else default_name
    return Spec(source, named, root, symbols, inputs, blocks, layers, outputs, variants, expect)


def _outputs(given: Node, report: Report) -> list[ScalarNode]:
    """The layers that a network hands on."""
    names = sequence(given, "`outputs` is a list of layer names", report)
    found = [name for node in names if (name := scalar(node, "an output is a layer's name", report))]
    if is_empty(given) or (isinstance(given, SequenceNode) and not names):
        report(given.span, "`outputs` names no layer", "leave it out: the last layer's output is meant")
    return found


def read_block(key: ScalarNode, node: Node, report: Report, library: bool = False) -> Block | None:
    """Return a block's definition: `args` with or without defaults, and `layers`."""
    body = _mapping(node, f"block `{key.text}` is a mapping with `args` and `layers`", report)
    if body is None:
        return None
    for inner, _ in body.entries.values():
        if inner.text not in BLOCK:
            help = did_you_mean(inner.text, BLOCK)
            report(inner.span, f"a block has `args`, `layers` and `outputs`, no `{inner.text}`", help)
    defaults: dict[str, Node | None] = {}
    for inner, value in _names(body.entries, "args", report):
        defaults[inner.text] = None if is_empty(value) else value
        if inner.text in MODIFIERS or inner.text == "input":
            report(inner.span, f"`{inner.text}` has a meaning of its own and can't be an argument")
    if "layers" not in body.entries:
        report(key.span, f"block `{key.text}` has no `layers`")
        return None
    layers = sequence(body.entries["layers"][1], "`layers` is a list of layers", report)
    outputs = _block_outputs(body.entries["outputs"][1], report) if "outputs" in body.entries else {}
    return Block(key.text, defaults, layers, key.span, library, outputs)


def _block_outputs(node: Node, report: Report) -> dict[str, ScalarNode]:
    """The layers whose outputs a block hands on: as a list, by their own names, or by others."""
    named = [(key, value) for key, value in node.entries.values()] if isinstance(node, MappingNode) else []
    if isinstance(node, SequenceNode):
        named = [(item, item) for item in node.items if isinstance(item, ScalarNode)]
    if not named or (isinstance(node, SequenceNode) and len(named) < len(node.items)):
        refuse_node(node, "`outputs` is a list of layers, or {name: layer, ...}", report)
    found: dict[str, ScalarNode] = {}
    for key, value in named:
        word = scalar(value, "an output is a layer's name", report)
        if key.text in found:
            report(key.span, f"there are two outputs `{key.text}`")
        elif key is not value and not is_local_name(key.text):
            report(key.span, f"`{key.text}` is not a name for an output")
        elif word:
            found[key.text] = word
    return found


def is_empty(node: Node) -> bool:
    """Nothing was written: `out:`, or `out: null`, as programs write it."""
    return isinstance(node, ScalarNode) and not node.quoted and (not node.text or NO_TEXT.get(node.text) == "nothing")


def is_local_name(text: str) -> bool:
    """Return a layer's or path's name: letters, digits, - and _, and not a number (`split.0` is an output)."""
    return re.fullmatch(r"[A-Za-z0-9_-]+", text) is not None and not text.isdigit() and len(text) <= MAX_NAME


def is_torn(key: ScalarNode, mapping: MappingNode) -> bool:
    """Return whether a key is the rest of an expression that a comma inside { } has torn: the first part says so."""
    texts = (node.text for _, node in mapping.entries.values() if isinstance(node, ScalarNode))
    return ")" in key.text and any(text.count("(") > text.count(")") for text in texts)


def describe(node: Node) -> str:
    """Return the kind of a node, for messages."""
    if is_empty(node):
        return "nothing"
    return {ScalarNode: "a single value", SequenceNode: "a list", MappingNode: "a mapping"}[type(node)]


def refuse_node(node: Node, message: str, report: Callable[..., T], named: bool = False) -> T:
    """Report a node of the wrong kind, where there should be a name if so `named`; return what `report` does."""
    help = None
    if named and isinstance(node, ScalarNode) and node.text:
        help = f'`{node.text}` is nothing in YAML; a name is put in quotes: "{node.text}"'
    return report(node.span, f"{message}, not {describe(node)}", help)


def scalar(node: Node, wanted: str, report: Report) -> ScalarNode | None:
    """Return a node that is a word; None, and reported, if it is another."""
    if isinstance(node, ScalarNode) and not is_empty(node):
        return node
    refuse_node(node, wanted, report, named=True)
    return None


def sequence(node: Node, wanted: str, report: Report) -> list[Node]:
    """Return what is in a list: nothing if nothing is written, or, reported, if it is not a list."""
    if isinstance(node, SequenceNode):
        return node.items
    if not is_empty(node):
        refuse_node(node, wanted, report)
    return []


def layers_of(path: Node) -> list[Node]:
    """Return the layers of a path: a list, or what is under `layers` in `{when: ..., layers: [...]}`; else nothing."""
    node = path.entries["layers"][1] if isinstance(path, MappingNode) and "layers" in path.entries else path
    return node.items if isinstance(node, SequenceNode) else []


def refuse_unlike_text(node: ScalarNode, report: Report) -> bool:
    """Report a name that is not text in YAML, such as `1e3`."""
    kind = node.unlike_text
    if kind is not None:
        report(node.span, f"`{node.text}` is {kind} in YAML, no name", f'put quotes around it: "{node.text}"')
    return kind is not None


def _inputs(root: MappingNode, report: Report) -> dict[str, MappingNode]:
    """What a network is given, by name."""
    entries = root.entries
    inputs: dict[str, MappingNode] = {}
    if "input" in entries and "inputs" in entries:
        report(entries["inputs"][0].span, "a spec has `input` or `inputs`, not both")
    if "input" in entries:
        if shape := _mapping(entries["input"][1], "`input` is {channels: ..., size: [...]}", report):
            inputs["input"] = shape
    elif "inputs" in entries:
        for key, node in _names(entries, "inputs", report):
            if shape := _mapping(node, "an input is {channels: ..., size: [...]}", report):
                inputs[key.text] = shape
        given = entries["inputs"][1]
        if is_empty(given) or (isinstance(given, MappingNode) and not given.entries):
            report(
                given.span, "`inputs` names no input", "for example inputs: {image: {channels: 3, size: [224, 224]}}"
            )
    else:
        report(root.span, "a spec needs `input:`", "for example input: {channels: 3, size: [224, 224]}")
    return inputs


def _names(entries: dict[str, tuple[ScalarNode, Node]], key: str, report: Report) -> Iterable[tuple[ScalarNode, Node]]:
    """The entries of a mapping whose keys are names that expressions or `from` may use."""
    if key not in entries or is_empty(entries[key][1]):
        return
    for name, node in _pairs(_mapping(entries[key][1], f"`{key}` is a mapping", report)):
        if not (name.text.isidentifier() and name.text.isascii() and len(name.text) <= MAX_NAME):
            report(name.span, f"`{name.text}` is not a name", "a name has letters, digits and _, no digit first")
        elif name.text in RESERVED:
            report(name.span, f"`{name.text}` has a meaning of its own and can't be a name")
        else:
            yield name, node


def _pairs(mapping: MappingNode | None) -> Iterable[tuple[ScalarNode, Node]]:
    return mapping.entries.values() if mapping else ()


def _mapping(node: Node, wanted: str, report: Report) -> MappingNode | None:
    if isinstance(node, MappingNode):
        return node
    refuse_node(node, wanted, report)
    return None
