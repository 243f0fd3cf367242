"""W305: layers and inputs that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from convcost.checks.base import Found, Rule, Subject


def find(subject: Subject) -> Iterator[Found]:
    """Inputs, then the last layers of paths, whose tensors are read by no layer and are no output of the network."""
    likened = (name for scope in subject.scopes.values() for name in scope.likened)
    reads = {*subject.reads, *likened}
    shared = {layer.shares for layer in subject.network.layers}
    for name in subject.network.inputs:
        if name not in reads:
            span = subject.key("inputs", name) or subject.key("input")
            yield Found(f"nothing reads the input `{name}`", "remove it, or say `from:` where it is meant", span=span)
    for layer in subject.network.layers:
        if layer.name not in shared and reads.isdisjoint(layer.outputs):
            what = "outputs" if len(layer.outputs) > 1 else "output"
            help = "remove it, say `from:` where it is meant, or name it in `outputs`"
            yield Found(f"nothing reads the {what} of `{layer.name}`", help, layer)


RULE = Rule(
    "W305",
    "unread-layer",
    "A layer's output is read by nothing.",
    """\
A layer reads the one above it unless it says `from`. One that no layer reads, and that is not the network's output,
has no effect, but its parameters and its work are counted. The finding is at the last layer of such a path. One whose
size a `like` takes, or whose weights another layer shares, is needed.

    - {conv: {out: 64, kernel: 1}, name: side}
    - {conv: {out: 64, kernel: 3}, from: input}      # so nothing reads `side`

Remove it, name it where it is meant to be read, or list it under `outputs:` if the network has several.
""",
    find,
)
