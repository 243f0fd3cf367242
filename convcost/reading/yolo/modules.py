"""The modules that a YOLO file may name: what their arguments are, in order, and the blocks that they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from convcost.errors import Problems
from convcost.language.parsing import parse
from convcost.language.parts import Block, Requirement, read_block
from convcost.language.tree import ScalarNode, decode
from convcost.reading.yolo.heads import heads


class Module(NamedTuple):
    """A module: the block or operator that it stands for, and its arguments, `needed` of which must be given."""

    kind: str
    arguments: tuple[str, ...]
    needed: int = 1
    repeats_inside: bool = False
    """Whether a row's number of repeats is its argument `n`; else the whole module is repeated."""
    several: bool = False
    """Whether it reads a list of maps, of any length."""
    picks: bool = False
    """Whether it adds one of the maps of each CBLinear that it reads to the last that it reads."""


def _module(kind: str, arguments: str, needed: int = 1, **kinds: bool) -> Module:
    return Module(kind, tuple(arguments.split()), needed, **kinds)


MODULES: Mapping[str, Module] = {
    "Conv": _module("Conv", "out kernel stride padding groups dilation act"),
    "DWConv": _module("DWConv", "out kernel stride dilation act"),
    "CBLinear": _module("CBLinear", "maps kernel stride padding groups"),
    "CBFuse": _module("add", "picks", several=True, picks=True),
    "Focus": _module("Focus", "out kernel stride padding groups act"),
    "GhostConv": _module("GhostConv", "out kernel stride groups act"),
    "Bottleneck": _module("Bottleneck", "out shortcut groups"),
    "C2": _module("C2", "out shortcut groups expand", repeats_inside=True),
    "C2f": _module("C2f", "out shortcut groups expand", repeats_inside=True),
    "C3": _module("C3", "out shortcut groups expand", repeats_inside=True),
    "C2fCIB": _module("C2fCIB", "out shortcut large groups expand", repeats_inside=True),
    "C3k2": _module("C3k2", "out c3k expand attend", repeats_inside=True),
    "C3Ghost": _module("C3Ghost", "out shortcut", repeats_inside=True),
    "A2C2f": _module("A2C2f", "out attention areas", needed=3, repeats_inside=True),
    "C2PSA": _module("C2PSA", "out expand", repeats_inside=True),
    "PSA": _module("C2PSA", "out expand"),
    "SPP": _module("SPP", "out kernels"),
    "SPPF": _module("SPPF", "out kernel pools shortcut"),
    "SPPELAN": _module("SPPELAN", "out hidden kernel", needed=2),
    "ELAN1": _module("ELAN1", "out hidden step", needed=3),
    "RepNCSPELAN4": _module("RepNCSPELAN4", "out hidden step n", needed=3),
    "AConv": _module("AConv", "out"),
    "ADown": _module("ADown", "out"),
    "SCDown": _module("SCDown", "out kernel stride", needed=3),
    "Concat": _module("concat", "axis", several=True),
    "nn.ConvTranspose2d": _module("conv_transpose", "out kernel stride padding", needed=2),
    "nn.Identity": _module("identity", "", needed=0),
    "nn.MaxPool2d": _module("max_pool", "kernel stride padding"),
    "nn.Upsample": _module("upsample", "size scale mode", needed=2),
    "nn.ZeroPad2d": _module("pad", "sides"),
    "Classify": _module("Classify", "classes"),
    "Detect": _module("Detect", "classes", several=True),
    "v10Detect": _module("Detect", "classes", several=True),
    "Segment": _module("Segment", "classes masks width", several=True),
    "Pose": _module("Pose", "classes keypoints", needed=2, several=True),
    "OBB": _module("OBB", "classes angles", several=True),
    "Segment26": _module("Segment26", "classes masks width", several=True),
    "Pose26": _module("Pose26", "classes keypoints", needed=2, several=True),
    "OBB26": _module("OBB", "classes angles", several=True),
}

HEADS = frozenset({"Detect", "v10Detect", "Segment", "Pose", "OBB", "Segment26", "Pose26", "OBB26"})
"""Those that tell what is where, by distances in `reg_max` bins."""

TRAINED_WITH: Mapping[str, str] = {
    "Segment26": "its map of classes",
    "Pose26": "the spread of its key points and the flow that they go through",
}
"""Those with parts that nothing goes through unless they are trained."""

_REQUIRED: Mapping[str, tuple[str, str, str]] = {
    "A2C2f": (
        "width % 32 == 0",
        "`A2C2f` is made of whole heads of 32 channels on half of its width, and half of {out} is {width}",
        "its width, as the file scales it, is a multiple of 64",
    ),
    "C2PSA": (
        "input.channels == out",
        "this module hands on as many channels as it reads, and does not make {out} of them",
        "its width, as the file scales it, is that of the row it reads; a Conv above it changes that",
    ),
}
"""By block, a condition without which it can't be built, what is said then, and what helps."""

LIGHT = frozenset({"A2C2f", "C3k2", "v10Detect"})
"""Those of files whose heads tell classes by depthwise and 1x1 convolutions."""

_FOLDER = Path(__file__).parent


@lru_cache(maxsize=16)
def blocks(maps: int, light: bool, activation: str) -> Mapping[str, Block]:
    """Return the blocks that modules stand for, where heads read so many maps, `light` ones or not."""
    text = (_FOLDER / "modules.yaml").read_text(encoding="utf-8") + heads(maps, light)
    source = decode("<YOLO modules>", text.replace("act: silu", f"act: {activation}").encode())
    problems = Problems()
    found = {
        name: read_block(key, node, problems.report, library=True)
        for name, (key, node) in parse(source).entries.items()
    }
    if problems.found:
        raise problems.error()
    return {name: _required(block) for name, block in found.items() if block}


def _required(block: Block) -> Block:
    """A block with what it requires."""
    if block.name not in _REQUIRED:
        return block
    condition, message, help = _REQUIRED[block.name]
    return block._replace(requires=Requirement(ScalarNode(condition, False, block.span), message, help))
