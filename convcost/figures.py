"""The figures: the name of each, its unit, what it means, and what a layer adds to it.

This table is the one place that says which figures there are. Specs expect them, laws are derived for them, commands
sort by, compare and limit them, and tables, JSON and CSV print them, each by going through it.

Counted: everything that layers compute on one sample. `macs`, the headline, are multiply-accumulates of convolutions,
linear layers and LeNet-5's trained pooling, products with padding zeros included; `useful_macs` leaves those out. All
other work (bias additions, normalisation, activations, pooling, sums) is counted by kind and never mixed into macs.
Not counted: moving data, addressing, and parameters shared with an earlier layer (their cost is).

A figure of a layer has its formula here, in `of`. It runs on ints, on polynomials and on arrays, so that one line gives
the count, the law and a sweep. A figure of a whole network has its name here and its function in `analysis.whole`.
"""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from convcost.gradients import training_macs
from convcost.liveness import held
from convcost.network import Layer, Network
from convcost.ops.base import BYTES
from convcost.ops.numbers import Number


class Setting(NamedTuple):
    """What a figure may depend on beside the network."""

    dtype: str = "float32"
    """The type of every number that is held or moved."""
    batch: Number = 1
    """How many samples are computed at once."""
    optimizer: str = "momentum"
    """What training steps with: one of `memory.settings.OPTIMIZERS`."""
    precision: str = "fp32"
    """The types that training works with: one of `memory.settings.PRECISIONS`."""

    @property
    def bytes(self) -> int:
        """The bytes of one number."""
        return BYTES[self.dtype]


Formula: TypeAlias = Callable[[Layer, Setting], Number]


class Figure(NamedTuple):
    """One figure: `FIGURES` holds all of them.

    `of(layer, at)` is what a layer adds to it, for one sample if the figure is `per_sample` and else for the batch of
    the setting. With `per` the figure is a quotient: of several layers, the sum of `of` over the sum of `per`. Without
    `of` it is a figure of a whole network, which a walk over its layers gives.
    """

    name: str
    """Its key in specs, in JSON and CSV, on the command line and in Python."""
    meaning: str
    """What it is, as a sentence."""
    of: Formula | None = None
    per: Formula | None = None
    walk: Callable[[Network, Setting], list[Number]] | None = None
    """What each layer of a network adds, as `of`, where that depends on the layers around it."""
    is_shared: bool = False
    """Whether layers share what it counts, and the first of them is charged: what one adds says little of it alone."""
    is_largest: bool = False
    """Whether the layer that has most makes up the figure of a network, and not their sum."""
    unit: str = ""
    """`bytes`, `px` for one number per spatial axis, `CxHxW` for a shape; empty for a count."""
    says: str = ""
    """What sentences call it, where they do not say its name."""
    per_sample: bool = True
    """Whether it grows with the batch in proportion."""
    reads: tuple[str, ...] = ()
    """The fields of the setting that it depends on otherwise."""
    whole: bool = True
    """Whether its numbers are whole."""
    least: int | None = 0
    """No number of it is smaller; None: it may be negative."""
    of_parts: bool = True
    """Whether a layer or a block has it, too."""
    told: tuple[str, ...] = ("comparison", "diff", "lock")
    """Where it stands without being asked for: the tables of a comparison or a diff, the lock file."""

    @property
    def label(self) -> str:
        """What sentences call it; tables, its `heading`."""
        return self.says or self.name.replace("_", " ")

    @property
    def heading(self) -> str:
        """What tables call it: its label, and its unit unless that is in the label."""
        return self.label if self.is_shape or self.unit in self.label else f"{self.label}, {self.unit}"

    @property
    def is_bytes(self) -> bool:
        """Whether it is in bytes."""
        return self.unit == "bytes"

    @property
    def is_per_axis(self) -> bool:
        """Whether it has a number for each spatial axis."""
        return self.unit == "px"

    @property
    def is_shape(self) -> bool:
        """Whether it is a shape."""
        return self.unit == "CxHxW"

    @property
    def is_number(self) -> bool:
        """Whether it is one number."""
        return not (self.is_per_axis or self.is_shape)

    @property
    def has_least_axis(self) -> bool:
        """Whether it is a size along each axis, so that the smallest of them may stand for all."""
        return self.is_per_axis and self.whole and self.least is not None

    @property
    def is_sum(self) -> bool:
        """Whether what layers add makes up the figure of a network."""
        return self.has_law and not self.is_largest

    @property
    def has_law(self) -> bool:
        """Whether what its layers have makes up the figure of a network."""
        return self.walk is not None or (self.of is not None and self.per is None)

    def total(self, layers: Iterable[Layer], at: Setting) -> Number:
        """Return the figure of some layers together: a Fraction if it is a quotient, 0 where it divides by nothing.

        Raises TypeError for a figure of a whole network.
        """
        parts = list(layers)
        above = sum(self.each(parts, at))
        return above if self.per is None else self.quotient(above, sum(self.divisor.each(parts, at)))

    @property
    def divisor(self) -> "Figure":
        """Of a quotient, the figure that is divided by."""
        return self._replace(name=f"divisor of {self.name}", of=self.per, per=None)

    def quotient(self, above: Number, below: Number) -> Fraction:
        """Return a quotient from both its sums, 0 where it divides by nothing."""
        return Fraction(above, below) if below else Fraction(0)

    def in_network(self, network: Network, at: Setting) -> list[Number]:
        """Return what each layer of a network adds for the whole batch, worked out once for those that are alike.

        Raises TypeError for a figure of a whole network.
        """
        if self.walk is not None:
            samples = at.batch if self.per_sample else 1
            return [number * samples for number in self.walk(network, at)]
        distinct, places = network.alike
        each = self.each(distinct, at)
        return [each[n] for n in places]

    def each(self, layers: Iterable[Layer], at: Setting) -> list[Number]:
        """Return what each layer adds for the whole batch; TypeError for a figure of a whole network."""
        if self.of is None:
            raise TypeError(f"`{self.name}` is a figure of a whole network")
        samples = at.batch if self.per_sample else 1
        return [layer.in_all(self.of(layer, at)) * samples for layer in layers]


def _elements(layer: Layer, at: Setting) -> Number:
    return sum(shape.elements for shape in layer.output_shapes)


def _all_multiplies(layer: Layer, at: Setting) -> Number:
    return layer.work.macs + layer.work.multiplies


def _held(network: Network, at: Setting) -> list[Number]:
    return [elements * at.bytes for elements in held(network)]


def _held_fused(network: Network, at: Setting) -> list[Number]:
    from convcost.memory.fusion import in_place

    return [elements * at.bytes for elements in held(in_place(network))]


def _flash(network: Network, at: Setting) -> list[Number]:
    from convcost.memory.arena import flash

    return [one.total for one in flash(network)]


def _kept(network: Network, at: Setting) -> list[Number]:
    from convcost.memory.kept import kept_for_backward

    return kept_for_backward(network, at.batch, precision=at.precision)


def _trained(network: Network, at: Setting) -> list[Number]:
    from convcost.memory.training import training_memory

    return training_memory(network, at.batch, at.optimizer, at.precision)


def _bytes_moved(layer: Layer, at: Setting) -> Number:
    """Inputs and outputs once for each sample, parameters once, another layer's too if it uses those."""
    read = sum(shape.elements for shape in layer.input_shapes)
    return at.bytes * (at.batch * (read + _elements(layer, at)) + layer.held.total)


# A table: what is short stands on the line of the name, below it what the figure is.
# fmt: off
_TABLE = (
    Figure("params", of=lambda layer, _: layer.params.total, per_sample=False,
        meaning="Trained parameters."),
    Figure("weights", of=lambda layer, _: layer.params.weights, per_sample=False, told=("comparison",),
        meaning="Trained parameters that inputs are multiplied by, those of normalisation apart."),
    Figure("biases", of=lambda layer, _: layer.params.biases, per_sample=False, told=(),
        meaning="Trained parameters that are added to outputs."),
    Figure("norm", of=lambda layer, _: layer.params.norm, per_sample=False, told=(),
        meaning="Trained scales and shifts of normalisation layers."),
    Figure("statistics", of=lambda layer, _: layer.params.statistics, per_sample=False, told=(),
        meaning="Numbers that are held but not trained: running means and variances, fixed centres."),
    Figure("weight_memory", unit="bytes", of=lambda layer, at: layer.params.total * at.bytes,
        per_sample=False, reads=("dtype",), told=(),
        meaning="Bytes that the trained parameters take."),
    Figure("macs", says="MACs", of=lambda layer, _: layer.work.macs,
        meaning="Multiply-accumulates: one multiply and one add count 1."),
    Figure("useful_macs", says="useful MACs", of=lambda layer, _: layer.useful_work.macs, told=("diff",),
        meaning="Multiply-accumulates that are not on padding zeros."),
    Figure("training_macs", says="training MACs", walk=lambda network, _: training_macs(network), told=(),
        meaning="Multiply-accumulates of one training step: forward, and backward where gradients are needed."),
    Figure("all_multiplies", of=_all_multiplies, told=("comparison",),
        meaning="Multiplies of every kind: those of multiply-accumulates, gates, activations and interpolation."),
    Figure("useful_multiplies",
        of=lambda layer, at: layer.useful_work.macs + layer.useful_work.multiplies,
        told=("comparison",),
        meaning="Multiplies of every kind that are not on padding zeros."),
    Figure("elements", says="activation elements", of=_elements,
        meaning="Numbers that the layers write."),
    Figure("activation_memory", unit="bytes", of=lambda layer, at: _elements(layer, at) * at.bytes,
        reads=("dtype",), told=(),
        meaning="Bytes that all outputs of layers take together."),
    Figure("peak_memory", unit="bytes", walk=_held, is_largest=True, reads=("dtype",), of_parts=False,
        told=("diff", "lock"),
        meaning="The most bytes of activations that are held at once, layer after layer."),
    Figure("peak_memory_fused", unit="bytes", walk=_held_fused, is_largest=True, reads=("dtype",), of_parts=False,
        told=(),
        meaning="The most bytes of activations that are held at once, with normalisation folded into convolutions and "
        "elementwise operators that write over what they read last."),
    Figure("arena", unit="bytes", per_sample=False, reads=("batch",), of_parts=False, told=(),
        meaning="Bytes that TensorFlow Lite Micro lays the activations in, as int8: the head of its arena."),
    Figure("flash", unit="bytes", walk=_flash, per_sample=False, told=(),
        meaning="Bytes of the numbers that a network holds once it is quantised: int8 weights, int32 biases, and a "
        "float32 scale for each output channel."),
    Figure("kept_for_backward", unit="bytes", walk=_kept, is_shared=True, per_sample=False,
        reads=("batch", "precision"), told=(),
        meaning="Bytes that PyTorch 2 keeps for the backward pass of a training step, parameters apart."),
    Figure("training_memory", unit="bytes", walk=_trained, is_largest=True, per_sample=False,
        reads=("batch", "optimizer", "precision"), of_parts=False, told=(),
        meaning="The most bytes that a training step of PyTorch 2 holds at once: parameters, gradients, the state of "
        "the optimizer, and what is kept."),
    Figure("bytes_moved", unit="bytes", of=_bytes_moved, per_sample=False, reads=("dtype", "batch"),
        told=("comparison",),
        meaning="Bytes that are moved if every layer reads its inputs and its parameters once and writes its "
        "outputs once."),
    Figure("multiplies_per_byte", of=lambda layer, at: _all_multiplies(layer, at) * at.batch,
        per=_bytes_moved, per_sample=False, reads=("dtype", "batch"), whole=False,
        told=("comparison",),
        meaning="Arithmetic intensity: multiplies of every kind per byte moved."),
    Figure("operations_per_byte",
        of=lambda layer, at: (sum(layer.work) + layer.work.macs) * at.batch, per=_bytes_moved,
        per_sample=False, reads=("dtype", "batch"), whole=False, told=(),
        meaning="Operations per byte moved: 2 for a multiply-accumulate, 1 for everything else that is computed."),
    Figure("multiplies", of=lambda layer, _: layer.work.multiplies, told=("diff",),
        meaning="Multiplies that are not multiply-accumulates."),
    Figure("additions", of=lambda layer, _: layer.work.additions, told=("diff",),
        meaning="Additions that are not multiply-accumulates."),
    Figure("comparisons", of=lambda layer, _: layer.work.comparisons, told=("diff",),
        meaning="Comparisons, as maxima and rectifiers make them."),
    Figure("divisions", of=lambda layer, _: layer.work.divisions, told=("diff",),
        meaning="Divisions."),
    Figure("exponentials", of=lambda layer, _: layer.work.exponentials, told=("diff",),
        meaning="Exponentials, powers and roots."),
    Figure("layers", of=lambda layer, _: 1, per_sample=False, told=("diff", "lock"),
        meaning="Layers, each use of shared weights counted."),
    Figure("receptive_field", unit="px", per_sample=False,
        meaning="The receptive field: positions of the input that one output can depend on, the largest window "
        "there is."),
    Figure("ungated_receptive_field", says="receptive field, gates left out", unit="px",
        per_sample=False, told=("comparison", "diff"),
        meaning="The receptive field through the convolutions alone: gates that read the whole input are left out."),
    Figure("effective_stride", unit="px", per_sample=False, whole=False, told=("comparison", "diff"),
        meaning="Positions of the input from one output to the next, at the layer of the receptive field."),
    Figure("start_offset", unit="px", per_sample=False, least=None, told=("comparison", "diff"),
        meaning="The first position of the input that output 0 reads, below 0 in the padding."),
    Figure("output_shape", unit="CxHxW", per_sample=False, told=("comparison", "diff"),
        meaning="The shape of the output, channels first: [2048, 7, 7]."),
)
# fmt: on

FIGURES: dict[str, Figure] = {figure.name: figure for figure in _TABLE}
"""Every figure by name, in the order in which they are told."""


def totals() -> list[str]:
    """Return the names of the figures that are one number for a whole network."""
    return [name for name, figure in FIGURES.items() if figure.is_number]
