"""A network as PyTorch: source that a person would have written, with a class for each block."""

from __future__ import annotations

import ast
from typing import NamedTuple

from convcost.errors import Source as Text
from convcost.network import Network
from convcost.reading.description import Description, Settings
from convcost.writing.flat import flat_spec
from convcost.writing.pytorch.differs import Differs, Unsaid
from convcost.writing.pytorch.source import Source
from convcost.writing.spec.spec import readable_spec


class Module(NamedTuple):
    """A file of PyTorch."""

    text: str
    class_name: str
    """The class of the network; it needs no arguments."""
    network: Network

    def __str__(self) -> str:
        return self.text


def write(description: Description, settings: Settings = None, variant: str | None = None) -> Module:
    """Return the source of a network, with its symbols as arguments at these settings.

    Of a model, and of a spec whose blocks can't be classes, what is alike is a block; what can't be kept of that is
    written layer by layer. UsageError for what PyTorch can't say.
    """
    is_spec = description.model is None and not description.spec.is_translated
    if is_spec and (found := _with_blocks(description, settings, variant)):
        return found
    network = description.network(settings, variant, expecting=False)
    if found := _with_blocks(_read(readable_spec(network), network)):
        return found
    return _written(_read(flat_spec(network), network))


def _read(text: str, network: Network) -> Description:
    return Description(Text(network.name, text), network.name)


def _with_blocks(description: Description, settings: Settings = None, variant: str | None = None) -> Module | None:
    """A network with its blocks; None where they can't be kept."""
    try:
        return _written(description, settings, variant)
    except (Unsaid, Differs, RecursionError):
        return None


def _written(description: Description, settings: Settings = None, variant: str | None = None) -> Module:
    source = Source(description, settings, variant)
    text = source.text()
    ast.parse(text)
    return Module(text, source.name, source.network)
