"""What a convention of counting is: rules by operator, each a linear form of the components in `components.py`."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple


class Rule(NamedTuple):
    """The coefficients of one operator's components, and why they are what they are."""

    coefficients: Mapping[str, int]
    why: str = ""
    known: bool = True
    """False where the tool's figure depends on what a description does not say."""


Rules = Mapping[str, Rule]
"""By operator, with the words that a layer must have: `batch_norm, affine: false` goes before `batch_norm`."""


@dataclass(frozen=True, eq=False)  # each is one of its own, by which what is made of its rules is kept
class Convention:
    """One way of counting: a tool's as of a version, or the literature's, which has none."""

    name: str
    version: str
    unit: str
    """MAC where a multiply-add counts 1, FLOP where it counts 2."""
    modules: Rules
    """For layers as torch's modules. What has no rule adds nothing."""
    functions: Rules | None = None
    """For layers that are called as functions, where the tool counts those differently."""
    means: Rules = field(default_factory=dict)
    """For a global average that is written as `x.mean(...)`."""
    batch: str = "times N"
    """What becomes of the total with N samples."""
    remark: str = ""
    framework: str = "torch"
    """Whose modules the layers are taken for."""

    def rules(self, call: str = "module") -> Rules:
        """Return the rules for what is called as a `module`, a `function` or a `mean`."""
        rules = self.modules if call == "module" or self.functions is None else self.functions
        if call == "mean":
            rules = self.means
        if not self.version or self.framework != "torch":
            return rules
        uneven = {key: rule for key, rule in UNEVEN.items() if key.partition(",")[0] in rules}
        return {**NO_MODULE, **uneven, **rules}


def count(why: str = "", /, **coefficients: int) -> Rule:
    """A rule: `count("a scale and a shift", inputs=2)`."""
    return Rule(coefficients, why)


def unknown(why: str) -> Rule:
    """Return a rule that tells why there is none."""
    return Rule({}, why, known=False)


def each(operators: str, rule: Rule) -> dict[str, Rule]:
    """Return one rule for several operators, or for all layers of theirs that have the words after the comma."""
    names, comma, asked = operators.partition(",")
    return {f"{name}{comma}{asked}": rule for name in names.split()}


def per_input(operators: str, why: str, affine: int, plain: int) -> dict[str, Rule]:
    """Rules for normalisations: so much per element with a scale and a shift, so much without."""
    return {
        **each(operators, count(why, inputs=affine)),
        **each(f"{operators}, affine: false", count(why, inputs=plain) if plain else count()),
    }


_IMAGES = unknown("torch has it for images alone")

NO_MODULE: Rules = {
    **each(
        "subsample rbf deformable_conv grid_sample swish blur_pool locally_connected",
        unknown("torch has no such module"),
    ),
    "conv, connections": unknown("torch has no table of connections"),
    "upsample, mode: bicubic, 1 axes": _IMAGES,
    "upsample, mode: bicubic, 3 axes": _IMAGES,
    "attention": unknown("torch runs its module in one piece or in parts, as it sees fit, and tools see the parts"),
}
"""Layers that no tool can be asked about."""

UNEVEN: Rules = each(
    "max_pool avg_pool conv_transpose, uneven padding",
    unknown("torch's module pads alike before and after, so another one must do it, and the sizes are not these"),
)
"""Layers whose sizes, as a tool would see them, are not known; where it counts them at all."""
