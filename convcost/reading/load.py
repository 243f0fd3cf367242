"""From a file, a bundled name or standard input to a Network."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from convcost.errors import Source
from convcost.expectation import Expectations
from convcost.language import tree
from convcost.language.blocks import Expander
from convcost.language.inputs import shape_of_input
from convcost.language.parts import Problems, Spec, read_parts
from convcost.language.scope import Flow, Scope, Tensor, Unknown
from convcost.language.symbols import symbol_values
from convcost.network import Network
from convcost.ops.numbers import Number
from convcost.reading.model import Model, tree_of
from convcost.reading.sources import open_source


def load(spec: str, settings: Mapping[str, Number | str] | None = None, variant: str | None = None) -> Network:
    """The network that a spec describes, with its symbols set as given.

    `spec` is a path, a bundled network's name, or `-` for standard input; `settings` maps symbols to numbers or to
    expressions; `variant` names one of the spec's variants. Raises SpecError with all that is wrong with the spec, and
    UsageError for settings and variants that it does not have.

    >>> load("mobilenet_v1", {"alpha": "0.5"}).layers[0].output_shapes[0].channels
    16
    """
    source, name = open_source(spec)
    return read(source, name, settings, variant)


def read(
    source: Source,
    name: str = "network",
    settings: Mapping[str, Number | str] | None = None,
    variant: str | None = None,
    tidy: Callable[[Number], Number] | None = None,
    free_size: Callable[[int, int], Number] | None = None,
    fold: bool = False,
    expecting: bool = True,
    root: tree.Mapping | None = None,
    brief: bool = False,
    scopes: dict[str, Scope] | None = None,
) -> Network:
    """The network that a text describes; `root` is its tree, where it has been parsed before.

    With `tidy`, settings may be symbolic; it keeps sizes canonical. `free_size(axis, rank)` then stands for an input
    size that the spec gives as a plain number. With `fold`, repeat counts may be symbolic, too. Without `expecting`,
    and in symbols, what the spec states of its figures is not read. With `brief`, layers that only repeat others are
    left out: the same specs are refused, sooner. `scopes` is filled with what each layer of the network could see.
    """
    expecting = expecting and tidy is None
    problems = Problems()
    parts = read_parts(root or tree_of(source), source, name, problems.report)
    symbols = symbol_values(parts, settings or {}, variant, problems)
    top = Scope(symbols, (), "", problems)
    inputs = {key: shape_of_input(node, top, free_size) for key, node in parts.inputs.items()}
    flows: dict[str, Flow] = {key: (Tensor(key, shape),) for key, shape in inputs.items()}
    top.names.update({key: flow for key, flow in flows.items() if key != "input"})
    if "input" in flows:
        top.given = flows["input"]
    else:
        top.given = next(iter(flows.values())) if len(flows) == 1 else ()
    # A layer that is left out could not be shared.
    brief = brief and "share" not in source.text
    expander = Expander(parts, symbols, tidy, fold, expecting, brief)
    last = source.expand(expander.reader, top) if isinstance(source, Model) else expander.run(top)
    outputs = _outputs(parts, top, last)
    expect = _expect(parts, top, expander.expectations) if expecting else ()
    if problems.found:
        raise problems.error()
    if scopes is not None:
        scopes.update(expander.reader.scopes)
    return Network(
        name=parts.name,
        inputs={key: shape for key, shape in inputs.items() if shape},
        layers=tuple(expander.reader.layers),
        outputs=tuple(tensor.name for tensor in outputs),
        symbols=symbols,
        variants=tuple(parts.variants),
        expect=() if settings or variant else expect,
    )


def _outputs(parts: Spec, scope: Scope, last: Flow) -> Flow:
    if parts.outputs is None:
        return last
    found: list[Tensor] = []
    for name in parts.outputs:
        try:
            found += scope.find(name)
        except Unknown:
            continue
    return tuple(found)


def _expect(parts: Spec, scope: Scope, layers: list[Expectations]) -> tuple[Expectations, ...]:
    """What a spec states of its figures: those of the whole network, then those of its layers."""
    if parts.expect is None:
        return tuple(layers)
    from convcost.language.expect import of_network

    whole = of_network(parts, scope, lambda settings, variant: symbol_values(parts, settings, variant, scope.problems))
    return (*whole, *layers)
