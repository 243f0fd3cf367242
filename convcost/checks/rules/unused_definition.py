"""W306: symbols and blocks that a spec defines and never uses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from convcost.checks.base import Found, Rule, Subject
from convcost.language.tree import MappingNode, Node, ScalarNode, walk


def find(subject: Subject) -> Iterator[Found]:
    """Definitions whose names do not appear where they could be used: whatever might be a use counts as one."""
    spec = subject.spec
    if spec.is_translated or not (spec.symbols or spec.blocks):
        return
    layers = [*spec.layers, *(node for block in spec.blocks.values() for node in block.layers)]
    keys = {key for node in walk(*layers) if isinstance(node, MappingNode) for key in node.entries}
    kinds = keys.union(_values(layers))
    defaults = [default for block in spec.blocks.values() for default in block.defaults.values() if default]
    elsewhere = [*defaults, *(default for _, default in spec.symbols.values()), *spec.inputs.values()]
    elsewhere += [*spec.variants.values(), *(spec.outputs or ()), *([spec.expect] if spec.expect else ())]
    words = set(re.findall(r"[A-Za-z_]\w*", " ".join(_values([*layers, *elsewhere]))))
    for name, (key, _) in spec.symbols.items():
        if name not in words:
            help = "remove it: setting it changes nothing"
            yield Found(f"the symbol `{name}` is never used", help, span=key.span)
    for name, block in spec.blocks.items():
        if name not in kinds:
            yield Found(f"the block `{name}` is never used", "remove it", span=block.span)


def _values(nodes: Iterable[Node]) -> list[str]:
    return [node.text for node in walk(*nodes) if isinstance(node, ScalarNode)]


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
