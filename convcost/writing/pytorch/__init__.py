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


class Module(NamedTuple):
    """A file of PyTorch."""

    text: str
    class_name: str
    """The class of the network; it needs no arguments."""
    network: Network


def write(description: Description, settings: Settings = None, variant: str | None = None) -> Module:
    """Return the source of a network, with its symbols as arguments at these settings.

    What can't be kept of its blocks is written layer by layer. UsageError for what PyTorch can't say.
    """
    if description.model is None and not description.spec.is_translated:
        try:
            return _written(description, settings, variant)
        except (Unsaid, Differs, RecursionError):
            pass
    network = description.network(settings, variant, expecting=False)
    return _written(Description(Text(description.source.name, flat_spec(network)), network.name), None, None)


def _written(description: Description, settings: Settings, variant: str | None) -> Module:
    source = Source(description, settings, variant)
    text = source.text()
    ast.parse(text)
    return Module(text, source.name, source.network)
