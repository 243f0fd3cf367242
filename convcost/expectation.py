"""What a spec states of its own figures under `expect`: values that a check holds against the network."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.
import operator
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from convcost.errors import Span
from convcost.ops.numbers import Number

COMPARISONS: Mapping[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}


class Expected(NamedTuple):
    """One figure as it is stated, with the values that it may have."""

    figure: str
    form: str
    """`=` exactly, `~` rounded as printed, `..` a range with both its ends, or a bound: `<=`, `>=`, `<`, `>`."""
    low: Any
    """The least value; None: no limit; a tuple for a shape, or for one number per axis."""
    high: Any
    written: str
    span: Span
    words: tuple[tuple[str, Span], ...] = ()
    """The entries of a list, as they are written."""

    @property
    def number(self) -> str:
        """The number as it is written, without what makes it a bound; of a range the upper end."""
        return self.written.rpartition("..")[2].removeprefix(self.form).lstrip()

    @property
    def admits_whole_input(self) -> bool:
        """Whether a receptive field that is the whole input is as stated: any bound from below, as none is larger."""
        return self.form in (">", ">=")

    def admits(self, found: Any) -> bool:
        """Return whether a figure is as stated; one number stated of several axes holds for each of them."""
        if isinstance(found, tuple) and not isinstance(self.low, tuple):
            return all(self.admits(number) for number in found)
        if self.form in ("=", "~", ".."):
            return bool(found == self.low if self.form == "=" else self.low <= found <= self.high)
        if self.form[0] == "<":
            return bool(found < self.high or (found == self.high and self.form == "<="))
        return bool(found > self.low or (found == self.low and self.form == ">="))


class Expectations(NamedTuple):
    """All that one `expect`, or one row of its table, states of a network, a block or a layer."""

    figures: tuple[Expected, ...]
    span: Span
    subject: str = ""
    """The full name of the layer or block; empty for the whole network."""
    layers: tuple[int, int] | None = None
    """The layers it is about, from the first to behind the last; None: all."""
    outputs: tuple[str, ...] = ()
    """The tensors that they hand on; those of the whole network are its outputs."""
    trail: tuple[str, ...] = ()
    """The uses of blocks that led there."""
    how: Mapping[str, str | int] = {}
    """What the figures are taken at, where it is stated: the type, the batch, what training steps with."""
    convention: str | None = None
    """How macs are counted; None: our own way."""
    variant: str | None = None
    settings: Mapping[str, Number] = {}
    """The symbols that a row sets."""

    def counts_otherwise(self, figure: str) -> bool:
        """Return whether a figure is meant as another tool counts it."""
        return self.convention is not None and figure == "macs"

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is about the network at other settings than its defaults."""
        return self.variant is not None or bool(self.settings)
