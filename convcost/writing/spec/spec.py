"""A network -> the text of a spec."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from fractions import Fraction

from convcost.analysis.costs import analyze
from convcost.errors import ConvcostError, Source, UsageError
from convcost.language.parts import RESERVED
from convcost.network import Network
from convcost.ops.base import Shape
from convcost.reading.load import read
from convcost.writing.flat import flat_spec
from convcost.writing.spec.called import well_named
from convcost.writing.spec.folding import Draft, NotTheSame, folded
from convcost.writing.spec.items import Block, Plan, item_of
from convcost.writing.spec.known import known, same_layers
from convcost.writing.spec.naming import Modules, as_name, untaken
from convcost.writing.spec.nesting import nested
from convcost.writing.spec.plain import plain
from convcost.writing.spec.symbols import CLASSES, NONE, SIZE, Symbols, asked, misfit, widths, with_symbols
from convcost.writing.spec.text import Scope


def readable_spec(
    network: Network, origin: str = "", settings: Mapping[str, Fraction] | None = None, every_symbol: bool = False
) -> str:
    """Return the text of a spec with a network's layers, where what is alike is written once.

    Read again it has the same layers in the same order, with the same figures: each step that makes the text shorter
    is taken only where that holds. `origin` is what its first line says of where it is from. With `settings` widths
    are multiples of the symbol named there; `resolution` is the input's size, `classes` the number of outputs; with
    `every_symbol` there are those of all these that can have other values.

    Raises UsageError for symbols that can't be left open.
    """
    plan = Plan(plain(network))
    writer = _Writer(plan)
    draft = _shortest(plan, writer)
    if draft is None:
        text = flat_spec(network)
    elif settings or every_symbol:
        text = _open_text(plan, writer, draft, asked(plan, draft, settings or {}, every_symbol), settings or {})
    else:
        text = writer.text(draft)
    analysis = analyze(network)
    expect = [f"  {name}: {getattr(analysis, name)}" for name in ("params", "macs")]
    if len(network.outputs) == 1:
        shape = dict(network.tensors())[network.outputs[0]]
        expect.append(f"  output_shape: [{', '.join(map(str, shape.numbers))}]")
    head = [f"# {line}\n" for line in (origin, *(note.text for note in network.notes)) if line]
    return "".join([*head, text, "\nexpect:\n", "\n".join(expect), "\n"])


def _open_text(plan: Plan, writer: _Writer, draft: Draft, symbols: Symbols, named: Container[str]) -> str:
    """The draft with the symbols that take other values; those that are `named` have to."""
    for name, value in symbols.values.items():
        text = writer.text(with_symbols(plan, draft, symbols), symbols)
        try:
            other = read(Source("<spec>", text), settings={name: 2 * value})
            why = misfit(plan.network, other)
        except ConvcostError as error:
            why = f"it can't be {2 * value}: {error.problems[0].message}"
        if why and name in named:
            found = ", ".join(map(str, widths(draft)))
            known = f"the numbers of channels are {found}" if found and name not in (SIZE, CLASSES) else None
            raise UsageError(f"--symbol {name}={value}: {why}", known)
        symbols = symbols.without(name) if why else symbols
    writer.lines(with_symbols(plan, draft, symbols), symbols)
    return writer.text(with_symbols(plan, draft, symbols), symbols)


def _shortest(plan: Plan, writer: _Writer) -> Draft | None:
    """The shortest draft, with the library's blocks if that can be; None if none is the network."""
    for items in (known(plan), [item_of(layer, place) for place, layer in enumerate(plan.layers)]):
        best = None
        try:
            for draft in folded(plan, tuple(nested(plan, items)), writer.modules, writer.lines):
                best = draft
        except NotTheSame:
            continue
        return well_named(plan, best) if best else None
    return None


class _Writer:
    """Writes drafts of a network, and reads them again."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.modules = Modules(plan)

    def lines(self, draft: Draft, symbols: Symbols = NONE) -> int:
        """Return how many lines a draft has; NotTheSame if it is not the network."""
        text = self.text(draft, symbols)
        try:
            again = plain(read(Source("<spec>", text)))
        except ConvcostError as error:
            raise NotTheSame(str(error)) from None
        if not _is_same(again, self.plan.network):
            raise NotTheSame
        return len([line for line in text.splitlines() if line])

    def text(self, draft: Draft, symbols: Symbols = NONE) -> str:
        """Return the text of a draft."""
        network = self.plan.network
        named = network.name.isidentifier() and network.name not in RESERVED
        lines = [f"network: {network.name if named else json.dumps(network.name)}", ""]
        if symbols.values:
            lines += ["symbols:", *(f"  {name}: {value}" for name, value in symbols.values.items()), ""]
        inputs = self._input_names()
        lines += [*_inputs(network, inputs, SIZE if symbols.size else ""), ""]
        if draft.blocks:
            lines += ["blocks:"]
            for name, block in draft.blocks.items():
                lines += self._block(name, block, draft)
            lines += [""]
        scope = Scope(draft.items, inputs, draft.blocks, self.modules, names_shown=True)
        last = draft.items[-1].makes if draft.items else tuple(network.inputs)
        outputs = network.outputs if network.outputs != last else ()
        lines += ["layers:", *scope.lines(2, outputs)]
        if outputs:
            lines += ["", f"outputs: [{', '.join(map(scope.label, outputs))}]"]
        return "\n".join(lines) + "\n"

    def _block(self, name: str, block: Block, draft: Draft) -> Iterable[str]:
        yield f"  {name}:"
        if block.args:
            yield f"    args: {{{', '.join(f'{key}: {text or str()}' for key, text in block.args.items())}}}"
        yield "    layers:"
        several = len(block.reads) > 1
        inputs = {tensor: f"input.{n}" if several else "input" for n, tensor in enumerate(block.reads)}
        scope = Scope(block.items, inputs, draft.blocks, self.modules)
        yield from scope.lines(6, block.makes if block.outputs else ())
        if block.outputs:
            named = zip(block.outputs, map(scope.label, block.makes), strict=True)
            yield f"    outputs: {{{', '.join(f'{key}: {label}' for key, label in named)}}}"

    def _input_names(self) -> dict[str, str]:
        names: dict[str, str] = {}
        for name in self.plan.network.inputs:
            wish = "input" if [*self.plan.network.inputs] == ["input"] else as_name(name).replace("-", "_") or "given"
            names[name] = untaken(wish, names.values())
        return names


def _inputs(network: Network, names: dict[str, str], size: str) -> Iterable[str]:
    if [*network.inputs] == ["input"]:
        return [f"input: {_shape(network.inputs['input'], size)}"]
    return ["inputs:", *(f"  {names[name]}: {_shape(shape, size)}" for name, shape in network.inputs.items())]


def _shape(shape: Shape, size: str) -> str:
    return f"{{channels: {shape.channels}, size: [{', '.join(size or str(n) for n in shape.size)}]}}"


def _is_same(ours: Network, theirs: Network) -> bool:
    if [*ours.inputs.values()] != [*theirs.inputs.values()]:
        return False
    names = dict(zip(ours.inputs, theirs.inputs, strict=True))
    return same_layers(ours.layers, theirs.layers, names) and [names[name] for name in ours.outputs] == [
        *theirs.outputs
    ]
