"""What blocks are called: as the modules that they stand for, or what they are; what tells several apart is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from convcost.language.library import library_names
from convcost.language.parts import MODIFIERS, RESERVED
from convcost.network import Layer
from convcost.ops import OPERATORS
from convcost.writing.spec.folding import Draft
from convcost.writing.spec.items import Block, Item, Plan, is_activation
from convcost.writing.spec.naming import VAGUE, untaken
from convcost.writing.spec.outline import entries

_VAGUE = VAGUE | {"first", "layer", "new", "rest"}
"""What modules are called that says nothing of a block."""

_JOINS = {"add": "residual", "concat": "branches", "mul": "gate"}
"""What ends in branches, by how they are joined."""

_WORDS = {
    "attention": "attention",
    "depthwise": "depthwise",
    "conv_transpose": "up",
    "upsample": "up",
    "conv": "conv",
    "linear": "linear",
    "pool": "pool",
    "lstm": "lstm",
    "gru": "gru",
}
"""What a chain of entries is called, by what is in their names: the first that fits each."""

_CHAINS = {("depthwise", "conv"): "separable", ("conv", "depthwise", "conv"): "inverted_bottleneck"}
"""Chains that have names of their own."""


def well_named(plan: Plan, draft: Draft) -> Draft:
    """Return the draft with its blocks under names that people would give them."""
    wishes = {name: _wish(plan, draft, block) for name, block in draft.blocks.items()}
    for difference in _DIFFERENCES:
        told = {name: difference(plan, draft, block) for name, block in draft.blocks.items()}
        for alike in _groups(wishes):
            if len({told[name] for name in alike}) > 1:
                wishes |= {name: "_".join(filter(None, (wishes[name], told[name]))) for name in alike}
    taken = {*OPERATORS, *library_names(), *RESERVED, *MODIFIERS, "input"}
    names: dict[str, str] = {}
    for name, wish in wishes.items():
        names[name] = untaken(f"{wish}_unit" if wish in taken else wish, {*taken, *names.values()})
    blocks = {names[name]: replace(block, items=_renamed(block.items, names)) for name, block in draft.blocks.items()}
    return Draft(_renamed(draft.items, names), blocks)


def _groups(wishes: Mapping[str, str]) -> list[list[str]]:
    """The names of blocks of which there is the same wish."""
    ordered = sorted(wishes, key=lambda name: wishes[name])
    return [[*found] for _, found in groupby(ordered, key=lambda name: wishes[name])]


def _renamed(items: Iterable[Item], names: Mapping[str, str]) -> tuple[Item, ...]:
    found = (replace(item, kind=names.get(item.kind, item.kind)) for item in items)
    return tuple(item.with_lists([_renamed(path.items, names) for path in item.paths]) for item in found)


def _wish(plan: Plan, draft: Draft, block: Block) -> str:
    if block.stem and not block.stem.startswith("conv") and block.stem not in _VAGUE | OPERATORS.keys():
        return block.stem
    if len(block.makes) > 1:
        return "stage"
    last = next((item for item in reversed(block.items) if _holds_together(plan, item)), block.items[-1])
    if last.kind in _JOINS:
        return "merge" if len(block.reads) > 1 else _JOINS[last.kind]
    kinds = [item.kind for item in _all(draft, block.items)]
    words = [next((said for part, said in _WORDS.items() if part in kind), "") for kind in kinds]
    counted = [(word, len([*same])) for word, same in groupby(filter(None, words))]
    chain = tuple(word for word, _ in counted)
    several = ["convs" if word == "conv" and n > 1 else word for word, n in counted]
    return _CHAINS.get(chain) or "_".join([*dict.fromkeys(several or kinds)][:3])


def _holds_together(plan: Plan, item: Item) -> bool:
    """Whether an entry is more than an activation or a norm."""
    return item.end > item.first + 1 or not (item.is_activation or item.kind.endswith("_norm"))


def _all(draft: Draft, items: Sequence[Item]) -> Iterator[Item]:
    """All entries, those of the spec's own blocks in their places."""
    for item in entries(items):
        if item.kind in draft.blocks:
            yield from _all(draft, draft.blocks[item.kind].items)
        else:
            yield item


def _layers(plan: Plan, block: Block) -> Sequence[Layer]:
    return plan.layers[block.items[0].first : block.items[-1].end]


def _resized(plan: Plan, draft: Draft, block: Block) -> str:
    if any("stride" in name for name in block.args):
        return ""
    before, after = (plan.shapes[names[0]].size for names in (block.reads, block.makes))
    return "" if before == after else "down" if after < before else "up"


def _squeezed(plan: Plan, draft: Draft, block: Block) -> str:
    return "se" if any(item.kind == "squeeze_excite" for item in _all(draft, block.items)) else ""


def _projected(plan: Plan, draft: Draft, block: Block) -> str:
    """Whether what a sum adds at the end is the input, or that through a convolution."""
    added = [layer for layer in _layers(plan, block) if layer.kind == "add"]
    return "projected" if added and block.reads[0] not in added[-1].inputs else ""


def _activated(plan: Plan, draft: Draft, block: Block) -> str:
    layers = _layers(plan, block)
    return "" if "act" in block.args else next((layer.kind for layer in layers if is_activation(layer)), "")


def _given(plan: Plan, draft: Draft, block: Block) -> str:
    return f"of_{len(block.reads)}"


def _kernel(plan: Plan, draft: Draft, block: Block) -> str:
    sizes = [vars(layer.operator).get("kernel") for layer in _layers(plan, block)]
    kernels = [max(size) for size in sizes if isinstance(size, tuple)]
    return "" if not kernels or any("kernel" in name for name in block.args) else f"k{max(kernels)}"


def _widened(plan: Plan, draft: Draft, block: Block) -> str:
    given = plan.shapes[block.reads[0]].channels
    widest = max(layer.output_shapes[0].channels for layer in _layers(plan, block))
    return f"x{widest // given}" if widest % given == 0 else ""


_DIFFERENCES: tuple[Callable[[Plan, Draft, Block], str], ...] = (
    _resized,
    _squeezed,
    _projected,
    _activated,
    _given,
    _kernel,
    _widened,
)
"""What tells blocks apart that would have one name, what says most first."""
