"""The seam for networks that are not text: what a front door hands over of the file that it opened."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from typing import NamedTuple

from convcost.building.build import Layers
from convcost.errors import Problems, Source, Span
from convcost.language.parts import MAX_NAME, RESERVED
from convcost.network import Flow, Tensor


class Size(NamedTuple):
    """A number of channels or positions of an input, or the name of the symbol that stands for it, and its place."""

    value: int | str
    span: Span


class ModelInput(NamedTuple):
    """An input of one sample: its place, its channels and its size along each spatial axis."""

    span: Span
    channels: Size
    size: tuple[Size, ...]


class Model(ABC):
    """A network in a file of another kind. A front door subclasses it.

    `source` is a listing of the file, one line for each thing that messages point into. `symbols` are what has a name
    in the sizes of `inputs`: they have no values until they are set. A model that
    `is_partial` may have layers that are not counted. `dtype` is the type that most of its weights have,
    `expect` a text beside it that states its figures.
    """

    is_partial: bool = False
    dtype: str = "float32"
    expect: Source | None = None

    source: Source
    symbols: tuple[str, ...]
    inputs: Mapping[str, ModelInput]

    @abstractmethod
    def add_layers(self, inputs: Mapping[str, Tensor], layers: Layers, problems: Problems) -> Flow:
        """Add all layers and return what the network hands on.

        `inputs` are those of the model, whose shapes are unknown where a problem has been reported.
        """


def symbol_name(text: str, otherwise: str, taken: Collection[str]) -> str:
    """Return a name like `text` that expressions may use, and that is not taken; `otherwise` begins it if it must.

    >>> symbol_name("batch size", "size", ["batch_size"]), symbol_name("224", "size", [])
    ('batch_size_2', 'size_224')
    """
    name = re.sub(r"[^A-Za-z0-9_]+", "_", text[:MAX_NAME]).strip("_")
    if not name or name[0].isdigit() or name in RESERVED:
        name = f"{otherwise}_{name}" if name else otherwise
    return untaken(name[: MAX_NAME - 8], taken)


def untaken(name: str, taken: Collection[str]) -> str:
    """Return the name, with a number behind it if it is taken."""
    count, new = 1, name
    while new in taken:
        count += 1
        new = f"{name}_{count}"
    return new
