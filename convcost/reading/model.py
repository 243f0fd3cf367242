"""The seam for networks that are not text: what a front end hands to the reader in place of a spec.

A front end gives its inputs and symbols as the tree of a spec without layers, and makes the layers itself. Whatever is
asked of a spec before its layers are read (symbols, sizes, places) is then asked in one way.
"""

from __future__ import annotations

from convcost.errors import Source, UsageError
from convcost.language import tree
from convcost.language.layers import LayerReader
from convcost.language.scope import Flow, Scope


class Model(Source):
    """A network in a file of another kind. Its text is a listing, one node a line, which messages point into."""

    __slots__ = ("root",)

    root: tree.Mapping
    """`symbols`, `input` or `inputs`, and `layers` without any."""

    def expand(self, reader: LayerReader, scope: Scope) -> Flow:
        """Make the layers, with the inputs as `scope` has them; what the network hands on."""
        raise NotImplementedError


def tree_of(source: Source) -> tree.Mapping:
    """The tree of a spec, or what stands for one. SpecError with all that is wrong with the text."""
    return source.root if isinstance(source, Model) else tree.parse(source)


def require_text(source: Source, what: str) -> None:
    """Refuse a source that is no spec, for a command that needs one; `what` completes "... a spec's text"."""
    if isinstance(source, Model):
        raise UsageError(f"`{source.name}` is a model file: {what} a spec's text", "describe the network in a spec")
