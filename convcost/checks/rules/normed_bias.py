"""W303: a bias whose only reader is a batch norm, which subtracts it."""

from __future__ import annotations

from collections.abc import Iterator

from convcost.checks.rules.base import Found, Rule
from convcost.checks.subject import Subject

_ADD_A_BIAS = ("conv", "depthwise_conv", "conv_transpose", "linear")
"""Not `deformable_conv`: its bias also belongs to the branch that computes the offsets."""


def find(subject: Subject) -> Iterator[Found]:
    """Layers with a bias of their own that a batch norm alone reads."""
    shared = {layer.shares for layer in subject.network.layers}
    for norm in subject.network.layers:
        if norm.kind != "batch_norm":
            continue
        layer = subject.layers.get(norm.inputs[0])
        if layer is None or layer.kind not in _ADD_A_BIAS or not getattr(layer.operator, "bias", False):
            continue
        # A shared bias may matter elsewhere.
        if subject.reads[layer.name] == 1 and layer.shares is None and layer.name not in shared:
            count = layer.operator.params(*layer.input_shapes).biases
            yield Found(
                f"`{layer.name}` adds a bias that `{norm.name}` subtracts again: {count:,} parameters without effect",
                "say `bias: false`",
                layer,
            )


RULE = Rule(
    "W303",
    "normed-bias",
    "A bias before a batch norm has no effect.",
    """\
A batch norm subtracts each channel's mean, and with it any constant that was added to the channel before. The bias is
stored, read and trained for nothing; what the network can compute is the same without it.

    - conv: {out: 64, kernel: 3, padding: 1}                 # bias: true unless said otherwise
    - batch_norm

Say `bias: false`. A network that is described as it was published, bias and all, can say
`# convcost: ignore[W303]` on the line. (Ioffe & Szegedy 2015, section 3.2.)
""",
    find,
)
