"""A description of a network that has been parsed, once: what it is at any settings, in symbols, and in outline."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from convcost.errors import ConvcostError, Problem, Problems, ShapeError, Source, Span, UsageError
from convcost.figures import Setting
from convcost.language import tree
from convcost.language.blocks import Expander
from convcost.language.folding import Counters
from convcost.language.how import PLAINLY, How
from convcost.language.network import MakeExpander, Reading, read_network
from convcost.language.parts import Report, Spec, read_parts
from convcost.language.scope import Sizes, setting, symbol_values
from convcost.network import Network
from convcost.ops.arguments import Count
from convcost.ops.numbers import Number

if TYPE_CHECKING:
    from convcost.reading.model import Model
    from convcost.reading.outline import Outline

Settings = Mapping[str, Number | str] | None
"""Values of symbols: numbers, or text in the spec's own grammar."""


class Description:
    """A text in the spec language, or a model file, parsed; whatever is asked of it, it is not parsed again.

    Every question takes settings, which map symbols to numbers or to expressions, and the name of a variant. Each
    raises SpecError with all that is wrong with the description there, and UsageError for settings and variants that
    it does not have. Descriptions are equal if they have the same text, name and place.
    """

    def __init__(self, given: Source | Model, name: str) -> None:
        """Parse what is given; `name` is the network's unless it has one. SpecError if it can't be parsed.

        `source` is what messages point into; `spec` has the parts: of a model file, its inputs and symbols.
        """
        self._given = given, name
        self.model = None if isinstance(given, Source) else given
        self.source = given if isinstance(given, Source) else given.source
        found = Problems()
        root = _parsed(given) if isinstance(given, Source) else _tree(given)
        self.spec = _parts(root, self.source, name, found.report)
        self.dtype = self.model.dtype if self.model else "float32"
        self._problems = tuple(found.found)

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
        counters: Counters | None = None,
    ) -> Network:
        """Return the network in symbols: settings and sizes may be symbolic.

        So may be repeat counts that `counters` admit. Guards, which compare, are not asked. Raises NeedsNumber where a
        symbol decides which layers there are.
        """
        how = How(expecting=False, sizes=sizes, guarded=False, counters=counters)
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

    def reading(
        self,
        settings: Settings = None,
        variant: str | None = None,
        how: How = PLAINLY,
        expander: MakeExpander = Expander,
    ) -> Reading:
        """Return the network with what the line of each layer could see; `expander` makes what walks over the lines."""
        add_layers = self.model.add_layers if self.model else None
        variant = variant or self.spec.variant
        symbols, sizes = self._taken_apart(settings or {}, variant)
        if sizes:
            how = how._replace(sizes=_first_of(sizes, how.sizes), expecting=False)
        return read_network(self.spec, symbols, variant, how, Problems(self._problems), add_layers, expander)

    def require_whole(self, what: str) -> None:
        """Raise UsageError where layers that are not counted are asked for; `what` is what there is not of such."""
        if self.model and self.model.is_partial:
            help = "leave --partial out; --outputs NAME,... stops before what is unknown"
            raise UsageError(f"`{self.spec.name}` is read in part, --partial: there is no {what} of that", help)

    def at(self, settings: Settings = None, dtype: str | None = None) -> tuple[dict[str, Number | str], Setting]:
        """Return the settings without that of the batch, N, and the setting of figures that they make.

        Without `dtype`, it has the description's own.

        Raises UsageError for a batch that is not a whole number from 1 up.
        """
        others = dict(settings or {})
        name = self.outline().batch if any(name.startswith("N") for name in others) else "N"
        batch = _count(name, others.pop(name)) if name in others else 1
        return others, Setting(dtype or self.dtype, batch)

    def _taken_apart(
        self, settings: Mapping[str, Number | str], variant: str | None
    ) -> tuple[Mapping[str, Number | str], dict[int, int]]:
        """The settings of symbols, and the sizes by axis that are set by the letters of plain numbers: `H=320`."""
        symbols = self.spec.symbols.keys()
        if symbols >= settings.keys():
            return settings, {}
        outline = self.outline(None, variant)
        letters = outline.letters
        for axis in "LDHW" if len(outline.sizes) > 1 and not outline.has_one_size else "":
            if axis in settings.keys() - symbols:
                message = f"--set {axis}={settings[axis]}: the inputs of `{self.spec.name}` have different sizes"
                raise UsageError(message, "write the sizes with symbols, and set those")
        sizes = {letters[name]: _count(name, value) for name, value in settings.items() if name in letters}
        return {name: value for name, value in settings.items() if name not in letters}, sizes

    def outline(self, settings: Settings = None, variant: str | None = None) -> Outline:
        """Return its symbols and the sizes of its inputs; layers are not looked at."""
        from convcost.reading.outline import outline_of

        problems = Problems(self._problems)
        variant = variant or self.spec.variant
        own, _ = self._taken_apart(settings or {}, variant) if settings else ({}, {})
        symbols = symbol_values(self.spec, own, variant, problems)
        if problems.found:
            raise problems.error()
        return outline_of(self.spec, symbols, variant)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Description) and self._given == other._given

    def __hash__(self) -> int:
        return hash(self._given)

    def __reduce__(self) -> tuple[Any, ...]:
        return _described, self._given

    def __repr__(self) -> str:
        return f"Description{self._given}"


@lru_cache(maxsize=8)
def _described(given: Source | Model, name: str) -> Description:
    """The description that was sent to this process, which is parsed there once."""
    return Description(given, name)


def _count(name: str, value: Number | str) -> int:
    """Return a size or a batch that is set; UsageError if it is not a whole number from 1 up."""
    try:
        return int(Count().read(setting(name, value), 0))
    except ShapeError as error:
        raise UsageError(f"--set {name}={value}: `{name}` {error.message}", error.help) from None


def _first_of(sizes: Mapping[int, int], others: Sizes | None) -> Sizes:
    """Return the sizes that are set, else those of others."""

    def size(name: str, axis: int, rank: int) -> Number | None:
        return sizes[axis] if axis in sizes else others(name, axis, rank) if others else None

    return size


def _parsed(source: Source) -> tree.MappingNode:
    """Return the tree of a text."""
    from convcost.language.parsing import parse  # models do without what it loads

    return parse(source)


def _parts(root: tree.MappingNode, source: Source, name: str, report: Report) -> Spec:
    """Return the parts of a spec, or of a YOLO file, which is known by its `backbone`."""
    if "backbone" not in root.entries or "layers" in root.entries:
        return read_parts(root, source, name, report)
    from convcost.reading.yolo.file import read_yolo

    return read_yolo(root, source, name, report)


def _tree(model: Model) -> tree.MappingNode:
    """Return the tree of a spec that has a model's inputs and symbols, and no layers."""
    top = Span(model.source, 1, 1)
    inputs: dict[str, tree.Node] = {}
    for name, given in model.inputs.items():
        channels, *size = (tree.ScalarNode(str(one.value), False, one.span) for one in (given.channels, *given.size))
        inputs[name] = _mapping(
            {"channels": channels, "size": tree.SequenceNode(list(size), channels.span)}, given.span
        )
    symbols: dict[str, tree.Node] = {name: tree.ScalarNode("", False, top) for name in model.symbols}
    key, node = ("input", inputs["input"]) if "input" in inputs else ("inputs", _mapping(inputs, top))
    parts = {"symbols": _mapping(symbols, top), key: node, "layers": tree.SequenceNode([], top)}
    return _mapping(parts | _stated(model), top)


def _stated(model: Model) -> dict[str, tree.Node]:
    """What stands in the text beside a model: its figures, below `expect:` or without it."""
    if model.expect is None:
        return {}
    root = _parsed(model.expect)
    return {"expect": root.entries["expect"][1] if [*root.entries] == ["expect"] else root}


def _mapping(entries: Mapping[str, tree.Node], span: Span) -> tree.MappingNode:
    """Return a mapping whose keys stand where their values do."""
    return tree.MappingNode({key: (tree.ScalarNode(key, True, node.span), node) for key, node in entries.items()}, span)
