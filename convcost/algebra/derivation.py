"""From a spec to its law: which symbols are left free, the reading with them, and what the guards noted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import inf

from convcost.algebra import extents  # noqa: F401 - makes the formulas run on polynomials
from convcost.algebra.assumptions import Assumptions
from convcost.algebra.judges import judged_by
from convcost.algebra.law import Law, Variable
from convcost.algebra.polynomial import Polynomial, symbol, symbols_of
from convcost.errors import Source, UsageError, did_you_mean
from convcost.network import Network
from convcost.ops.numbers import NeedsNumber, Number
from convcost.reading.load import read, read_outline

AXES = {1: {"L": "length"}, 2: {"H": "height", "W": "width"}, 3: {"D": "depth", "H": "height", "W": "width"}}
"""Names for sizes that a spec gives as plain numbers, and what they are."""

STRUCTURE = "decides which layers there are"
OUTPUTS = "only the number of outputs"


def derive(
    source: Source,
    name: str,
    settings: Mapping[str, Number | str] | None = None,
    variant: str | None = None,
    free: Collection[str] | None = None,
) -> Law:
    """The law of a spec, in the symbols of `free`.

    Without `free`: in the batch, the input's sizes and every symbol that is not set, except for those that follow from
    others, decide which layers there are, or are only the number of outputs.
    """
    spec = _Spec(source, name, dict(settings or {}), variant, free)
    names, bound = spec.names(), dict[str, str]()
    whole = set(spec.outline.size_symbols)
    while True:
        try:
            law = spec.law(names, whole, bound)
        except NeedsNumber as needed:
            lost, why = needed.value.symbols, STRUCTURE
        else:
            lost, why = (outputs_only(law) if free is None else frozenset()), OUTPUTS
            counted = whole_after_all(law)
            if not lost and not counted:
                return law
            whole |= counted
        for symbol_name in sorted(lost & set(names)):
            if free is not None:
                raise UsageError(f"`{symbol_name}` {why}: it can't be left free", f"set it: --set {symbol_name}=...")
            bound[symbol_name] = why
            names.remove(symbol_name)


def outputs_only(law: Law) -> frozenset[str]:
    """The variables that are the number of outputs and nothing else: what the task fixes."""
    network, numbers = law.network, {variable.number: variable.name for variable in law.variables}
    made = (layer.output_shapes[0].channels for layer in network.layers if layer.name in network.outputs)
    found = {numbers[channels] for channels in made if channels in numbers}
    for layer in network.layers if found else ():
        for y in layer.output_shapes:
            found -= {name for n in (y.channels, *y.size) if n not in numbers for name in symbols_of(n)}
        if layer.operator.params(*layer.input_shapes).total != 0:
            found -= {name for x in layer.input_shapes for n in (x.channels, *x.size) for name in symbols_of(n)}
    return frozenset(found)


def whole_after_all(law: Law) -> set[str]:
    """Variables that have to be whole, which roundings do not know yet."""
    numbers = {condition.number for condition in law.conditions if condition.kind == "whole"}
    counted = {variable.name for variable in law.variables if variable.number in numbers}
    shapes = (y for layer in law.network.layers for y in layer.output_shapes) if counted else ()
    sizes = (n for y in shapes for n in (y.channels, *y.size) if isinstance(n, Polynomial))
    return {name for n in sizes for atom in n.atoms if atom.kind != "symbol" for name in atom.symbols & counted}


class _Spec:
    """A spec, read with numbers and with symbols."""

    def __init__(
        self,
        source: Source,
        name: str,
        settings: dict[str, Number | str],
        variant: str | None,
        asked: Collection[str] | None,
    ) -> None:
        self.source, self.name, self.settings, self.variant, self.asked = source, name, settings, variant, asked
        self.outline = read_outline(source, name, settings, variant)
        known = all(value is not None for value in self.outline.symbols.values())
        self.numbers = read(source, name, settings, variant) if known else None
        self.axes = self._axes()
        self.batch = self._unused("N")

    def _axes(self) -> dict[str, tuple[str, Number]]:
        """Names, meanings and numbers of the input's sizes; none where several inputs have different sizes."""
        sizes = {shape.size for shape in self.numbers.inputs.values()} if self.numbers else set()
        if len(sizes) != 1:
            return {}
        (size,) = sizes
        axes = AXES.get(len(size), {}).items()
        return {self._unused(axis): (f"{what} of the input", n) for (axis, what), n in zip(axes, size, strict=True)}

    def _unused(self, name: str) -> str:
        return name if name not in self.outline.symbols else self._unused(f"{name}_")

    def names(self) -> list[str]:
        """The spec's symbols that are to be left free, in its order."""
        outline = self.outline
        numeric = [name for name, value in outline.symbols.items() if not isinstance(value, bool | str)]
        if self.asked is None:
            not_free = {*self.settings, *outline.settled, *outline.derived}
            return [name for name in numeric if name not in not_free]
        known = [*numeric, self.batch, *self.axes]
        for name in self.asked:
            if name in self.settings:
                raise UsageError(f"`{name}` can't be both set and left free")
            if name not in known:
                help = did_you_mean(name, known) or f"there are {', '.join(known)}"
                raise UsageError(f"`{self.name}` has no symbol `{name}`", help)
        return [name for name in numeric if name in self.asked]

    def law(self, names: list[str], whole: set[str], bound: Mapping[str, str]) -> Law:
        """The law in these symbols; NeedsNumber if one of them decides the structure."""
        numbers = {name: self._symbol(name, name in whole) for name in names}
        used: dict[str, Variable] = {}

        def free_size(axis: int, rank: int) -> Number:
            name, (meaning, default) = list(self.axes.items())[axis]
            if self.asked is not None and name not in self.asked:
                return default
            used[name] = Variable(name, meaning, default, symbol(name, whole=True, least=1))
            return used[name].number

        defaults = {name: self.outline.symbols[name] for name in names}
        sizes = {name: default for name, (_, default) in self.axes.items()}
        judge = Assumptions({**sizes, **defaults} if self.numbers else None)
        with judged_by(judge):
            network = read(
                self.source,
                self.name,
                {**self.settings, **numbers},
                self.variant,
                tidy=lambda number: number,
                free_size=free_size if self.axes else None,
                fold=self.asked is not None,
            )
            judge.guard(network)
        batched = self.asked is None or self.batch in self.asked
        return Law(
            network=network,
            variables=(
                *(Variable(name, self._meaning(name, network), defaults[name], numbers[name]) for name in names),
                *(used[name] for name in self.axes if name in used),
            ),
            batch=Variable(self.batch, "samples", 1, symbol(self.batch, whole=True, least=1)) if batched else None,
            bound=dict(bound),
            conditions=tuple(judge.conditions),
            unanswered=tuple(judge.unanswered),
            numbers=self.numbers,
        )

    def _symbol(self, name: str, whole: bool) -> Polynomial:
        if name in self.outline.size_symbols:
            return symbol(name, whole=True, least=1)
        default = self.outline.symbols[name]
        return symbol(name, whole, least=-inf if default is not None and default < 0 else 0)

    def _meaning(self, name: str, network: Network) -> str:
        if self.outline.comments[name]:
            return self.outline.comments[name]
        sizes = [shape.size for shape in network.inputs.values()]
        axes = {
            what
            for size in sizes
            for what, n in zip(AXES.get(len(size), {}).values(), size, strict=True)
            if isinstance(n, Polynomial) and name in n.symbols
        }
        return f"{' and '.join(sorted(axes))} of the input" if axes else ""
