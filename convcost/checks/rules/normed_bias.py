"""W303: a bias whose only reader is a batch norm, which subtracts it."""

from __future__ import annotations

from collections.abc import Iterator

from convcost.checks.base import Found, Rule, Subject
from convcost.network import Layer

_ADD_A_BIAS = ("conv", "depthwise_conv", "conv_transpose", "linear")
"""Not `deformable_conv`: its bias also belongs to the branch that computes the offsets."""


def find(subject: Subject) -> Iterator[Found]:
    """Layers with a bias of their own that a batch norm alone reads, as it reads all that their line makes."""
    layers = subject.network.layers
    norms = {one.inputs[0]: one.name for one in layers if one.kind == "batch_norm"}
    # A shared bias may matter elsewhere.
    shared = {name for layer in layers if layer.shares for name in (layer.name, layer.shares)}
    biased = [one for one in layers if one.kind in _ADD_A_BIAS and getattr(one.operator, "bias", False)]
    normed = {name for name in norms if subject.reads[name] == 1} - shared
    needed = {_line(subject, layer) for layer in biased if layer.name not in normed}
    for layer in biased:
        if _line(subject, layer) not in needed:
            count, norm = layer.held.biases, norms[layer.name]
            yield Found(
                f"`{layer.name}` adds a bias that `{norm}` subtracts again: {count:,} parameters without effect",
                "say `bias: false`",
                layer,
            )


def _line(subject: Subject, layer: Layer) -> tuple[str, str]:
    """Where a bias is said: the line of the layer, and of the block's use if that is the library's."""
    return str(layer.span), str(subject.place(layer)[0])


RULE = Rule(
    "W303",
    "normed-bias",
    "A bias before a batch norm has no effect.",
    """\
A batch norm subtracts each channel's mean, and with it any constant that was added to the channel before. The bias is
stored, read and trained for nothing; what the network can compute is the same without it.

    - conv: {out: 64, kernel: 3, padding: 1}                 # bias: true unless said otherwise
    - batch_norm

Say `bias: false`. A line that also makes layers whose bias is needed is left alone. A network that is described as it
was published, bias and all, can say `# convcost: ignore[W303]` on the line. (Ioffe & Szegedy 2015, section 3.2.)
""",
    find,
)
