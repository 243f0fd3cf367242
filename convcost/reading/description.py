"""A description of a network that has been parsed, once: what it is at any settings, in symbols, and in outline."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from convcost.building.build import Tensor, Tidy
from convcost.building.layers import Layers
from convcost.errors import ConvcostError, Problem, ShapeError, Source, Span
from convcost.language import tree
from convcost.language.how import PLAINLY, How, Sizes
from convcost.language.network import Reading, read_network
from convcost.language.parts import Spec, read_parts
from convcost.language.symbols import require_known, setting, symbol_values
from convcost.network import Network
from convcost.ops.arguments import Count
from convcost.ops.base import Shape
from convcost.ops.numbers import Number
from convcost.problems import Problems
from convcost.reading.model import Model, ModelInput, Size
from convcost.reading.outline import InputOutline, Outline, outline_of

Settings = Mapping[str, Number | str] | None
"""Values of symbols: numbers, or text in the spec's own grammar."""


class Description(ABC):
    """A description of a network, parsed; whatever is asked of it, its text is not parsed again.

    Every question takes settings, which map symbols to numbers or to expressions, and the name of a variant. Each
    raises SpecError with all that is wrong with the description there, and UsageError for settings and variants that
    it does not have. Descriptions are equal if their texts, names and places are.
    """

    source: Source
    """What messages point into."""
    spec: Spec
    """The parts of its text; empty where it is no spec."""

    def network(
        self, settings: Settings = None, variant: str | None = None, sizes: Sizes | None = None, expecting: bool = True
    ) -> Network:
        """Return the network, with `sizes` in place of plain numbers among those of its inputs.

        Without `expecting`, what it states of its own figures is not read.
        """
        return self.reading(settings, variant, How(expecting=expecting, sizes=sizes)).network

    def symbolic(
        self,
        settings: Settings = None,
        variant: str | None = None,
        sizes: Sizes | None = None,
        fold: bool = False,
        tidy: Tidy = lambda number: number,
    ) -> Network:
        """Return the network in symbols: settings and sizes may be symbolic, and so may repeat counts, with `fold`.

        `tidy` keeps sizes canonical. Guards, which compare, are not asked. Raises NeedsNumber where a symbol decides
        which layers there are.
        """
        how = How(expecting=False, sizes=sizes, tidy=tidy, fold=fold)
        return self.reading(settings, variant, how).network

    def problems(
        self, settings: Settings = None, variant: str | None = None, sizes: Sizes | None = None
    ) -> tuple[Problem, ...]:
        """Return why there is no network; nothing if there is one. Sooner than by `network`."""
        try:
            self.reading(settings, variant, How(expecting=False, sizes=sizes, brief=True))
        except ConvcostError as error:
            return error.problems
        return ()

    @abstractmethod
    def reading(self, settings: Settings = None, variant: str | None = None, how: How = PLAINLY) -> Reading:
        """Return the network with what the line of each layer could see."""

    @abstractmethod
    def outline(self, settings: Settings = None, variant: str | None = None) -> Outline:
        """Return its symbols and the sizes of its inputs; layers are not looked at."""

    @abstractmethod
    def _key(self) -> tuple[Any, ...]:
        """Return what it is made of: the arguments that make another one like it."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Description) and type(self) is type(other) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((self.source, self.spec.name))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), self._key()


class SpecDescription(Description):
    """A text in the spec language."""

    def __init__(self, source: Source, name: str) -> None:
        """Parse a text; `name` is the network's unless it has one. SpecError if it is no text of the language."""
        self.source = source
        self._default_name = name
        found = Problems()
        self.spec = read_parts(tree.parse(source), source, name, found.report)
        self._problems = tuple(found.found)

    def reading(self, settings: Settings = None, variant: str | None = None, how: How = PLAINLY) -> Reading:
        return read_network(self.spec, settings or {}, variant, how, Problems(self._problems))

    def outline(self, settings: Settings = None, variant: str | None = None) -> Outline:
        problems = Problems(self._problems)
        symbols = symbol_values(self.spec, settings or {}, variant, problems)
        if problems.found:
            raise problems.error()
        return outline_of(self.spec, symbols, variant)

    def _key(self) -> tuple[Any, ...]:
        return self.source, self._default_name


class ModelDescription(Description):
    """A model file that a front door has opened. It states nothing of its figures and has no variants."""

    def __init__(self, model: Model, name: str) -> None:
        self.model = model
        self.source = model.source
        self.spec = Spec(model.source, name, tree.Mapping({}, Span(model.source, 1, 1)))

    def reading(self, settings: Settings = None, variant: str | None = None, how: How = PLAINLY) -> Reading:
        symbols = self._symbols(settings or {}, variant)
        problems, layers = Problems(), Layers(how.tidy)
        inputs = {key: _shape(key, given, symbols, how.sizes, problems) for key, given in self.model.inputs.items()}
        outputs = self.model.add_layers({key: Tensor(key, x) for key, x in inputs.items()}, layers, problems)
        if problems.found:
            raise problems.error()
        network = Network(
            name=self.spec.name,
            inputs={key: shape for key, shape in inputs.items() if shape},
            layers=tuple(layers.all),
            outputs=tuple(tensor.name for tensor in outputs),
            symbols=symbols,
        )
        return Reading(network, {})

    def outline(self, settings: Settings = None, variant: str | None = None) -> Outline:
        inputs = {
            key: InputOutline(given.span, tuple(size.value for size in given.size))
            for key, given in self.model.inputs.items()
        }
        symbols = self._symbols(settings or {}, variant)
        return Outline(symbols, inputs, comments=dict.fromkeys(symbols, ""))

    def _symbols(self, settings: Mapping[str, Number | str], variant: str | None) -> dict[str, Any]:
        require_known(self.spec.name, self.model.symbols, (), settings, variant)
        return {name: setting(name, settings[name]) if name in settings else None for name in self.model.symbols}

    def _key(self) -> tuple[Any, ...]:
        return self.model, self.spec.name


def _shape(
    key: str, given: ModelInput, symbols: Mapping[str, Any], sizes: Sizes | None, problems: Problems
) -> Shape | None:
    """Return an input's shape; None, and reported, for a symbol that has no value or one that no axis can have."""
    numbers: list[Number] = []
    for what, size in [("channels", given.channels), *(("size", size) for size in given.size)]:
        try:
            numbers.append(_number(what, size, symbols))
        except ShapeError as error:
            problems.report(size.span, error.message, error.help)
    if len(numbers) != 1 + len(given.size):
        return None
    channels, *spatial = numbers
    if sizes is not None:
        for axis, size in enumerate(given.size):
            chosen = sizes(key, axis, len(spatial)) if isinstance(size.value, int) else None
            spatial[axis] = spatial[axis] if chosen is None else chosen
    return Shape(channels, tuple(spatial))


def _number(what: str, size: Size, symbols: Mapping[str, Any]) -> Number:
    value = symbols[size.value] if isinstance(size.value, str) else size.value
    if value is None:
        raise ShapeError(f"`{size.value}` has no value", f"give it one: --set {size.value}=...")
    try:
        return Count().read(value, 0)
    except ShapeError as error:
        raise ShapeError(f"`{what}` {error.message}", error.help) from None


def description_of(source: Source | Model, name: str) -> Description:
    """Return the description in a text or in a model file. SpecError if the text is none."""
    return SpecDescription(source, name) if isinstance(source, Source) else ModelDescription(source, name)
