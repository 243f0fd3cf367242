"""Operators that are no convolutions: what their files say of them, and one layer of each, worked through.

The layers are kept in a file, for to work them out takes longer than all the rest: `convcost.explain.examples` does it,
and `pytest tests/test_output.py --renew` writes the file anew.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from convcost.explain.step import Step
from convcost.ops import operator

FILE = Path(__file__).with_name("examples.json")


class Example(NamedTuple):
    """One layer of an operator, worked through."""

    layer: str
    """As a spec has it."""
    letters: str
    """The input as formulas have it: C x H x W."""
    input: Sequence[int]
    """Its channels and size."""
    output: Sequence[int]
    steps: Sequence[Step]


def about(name: str) -> Sequence[str]:
    """Return what the operator's file says of it, by paragraphs."""
    text = sys.modules[operator(name).__module__].__doc__ or ""
    return [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]


def example(name: str) -> Example:
    """Return the operator on one layer, as it is kept."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))[name]
    return Example(**kept | {"steps": [Step(**step) for step in kept["steps"]]})
