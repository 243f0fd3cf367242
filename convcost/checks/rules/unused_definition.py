"""W306: symbols and blocks that a spec defines and never uses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from convcost.checks.base import Found, Rule, Subject
from convcost.language.tree import MappingNode, Node, ScalarNode, SequenceNode


def find(subject: Subject) -> Iterator[Found]:
    """Definitions whose names do not appear where they could be used: whatever might be a use counts as one."""
    spec = subject.spec
    if not spec.symbols and not spec.blocks:
        return
    values: list[str] = []
    keys: set[str] = set()
    bodies = [spec.layers, *(block.layers for block in spec.blocks.values())]
    for node in (node for body in bodies for node in body):
        _collect(node, values, keys)
    kinds = keys.union(values)
    defaults = [default for block in spec.blocks.values() for default in block.defaults.values() if default]
    elsewhere = [*defaults, *(default for _, default in spec.symbols.values()), *spec.inputs.values()]
    elsewhere += [*spec.variants.values(), *(spec.outputs or ()), *([spec.expect] if spec.expect else ())]
    for node in elsewhere:
        _collect(node, values, set())
    words = set(re.findall(r"[A-Za-z_]\w*", " ".join(values)))
    for name, (key, _) in spec.symbols.items():
        if name not in words:
            help = "remove it: setting it changes nothing"
            yield Found(f"the symbol `{name}` is never used", help, span=key.span)
    for name, block in spec.blocks.items():
        if name not in kinds:
            yield Found(f"the block `{name}` is never used", "remove it", span=block.span)


def _collect(node: Node, values: list[str], keys: set[str]) -> None:
    if isinstance(node, ScalarNode):
        values.append(node.text)
    elif isinstance(node, SequenceNode):
        for item in node.items:
            _collect(item, values, keys)
    elif isinstance(node, MappingNode):
        for key, value in node.entries.values():
            keys.add(key.text)
            _collect(value, values, keys)


RULE = Rule(
    "W306",
    "unused-definition",
    "A symbol or a block is never used.",
    """\
A symbol that no expression names has no effect: `--set`, a variant, or a row of `expect: at:` that sets it changes
nothing, which is rarely what its author believes. A block that no list of layers names has no effect either.

    symbols: {alpha: 1}
    layers:
      - conv: {out: 32, kernel: 3}      # 32*alpha?

Use it or remove it.
""",
    find,
)
