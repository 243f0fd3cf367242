"""From a file, a bundled name or standard input to a Network."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from convcost.errors import Problem, ShapeError, Source, Span, UsageError, did_you_mean
from convcost.expectation import Expectations
from convcost.network import Network
from convcost.ops.arguments import Count
from convcost.ops.base import Shape
from convcost.ops.numbers import Number
from convcost.reading import yaml_tree
from convcost.reading.blocks import Expander
from convcost.reading.expression import UNKNOWN_VALUE, ExpressionError, evaluate, names_in
from convcost.reading.formats import read_data, source_of
from convcost.reading.model import Model, tree_of
from convcost.reading.scope import Flow, Scope, Tensor, Unknown
from convcost.reading.spec import Problems, Spec, is_empty, read_parts
from convcost.reading.yaml_tree import Node, Scalar, Sequence


@cache
def bundled() -> Mapping[str, Path]:
    """The networks that come with convcost, by name."""
    here = Path(__file__).parent.parent
    # Installed, the specs lie inside the package; in a checkout, beside it.
    folder = here / "specs" if (here / "specs").is_dir() else here.parent / "specs"
    return MappingProxyType({path.stem: path for path in sorted(folder.glob("*.yaml"))})


def paper_of(path: Path) -> tuple[str, str]:
    """The title and the citation (authors, year, arXiv number) at the head of a bundled spec."""
    lines = path.read_text(encoding="utf-8").splitlines()
    title, citation = (line.lstrip("# ").rstrip() for line in lines[:2])
    found = re.match(r".*?\b\d{4}(, arXiv:[\d.]+\d)?", citation)
    return title, found[0] if found else citation


def open_source(spec: str) -> tuple[Source, str]:
    """The text of a spec, or a model, and its default name; `spec` is a path, a bundled network's name, or `-`.

    Raises UsageError if there is nothing by that name, SpecError if it can't be read.
    """
    if spec == "-":
        return source_of("<stdin>", read_data("-", sys.stdin.buffer)), "stdin"
    path = Path(spec)
    if "/" not in spec and not path.suffix and spec in bundled() and not path.exists():
        path = bundled()[spec]
    try:
        with path.open("rb") as file:
            data = read_data(spec, file)
    except FileNotFoundError:
        help = did_you_mean(path.stem, bundled()) or "`convcost list` names the networks that come with convcost"
        raise UsageError(f"no file and no bundled network `{spec}`", help) from None
    except IsADirectoryError:
        raise UsageError(f"`{spec}` is a folder", "name the files in it: FOLDER/*.yaml") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"can't read `{spec}`: {reason}") from None
    return source_of(spec, data), path.stem


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
    root: yaml_tree.Mapping | None = None,
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
    symbols = _symbols(parts, settings or {}, variant, problems)
    top = Scope(symbols, (), "", problems)
    inputs = {key: _shape(node, top, free_size) for key, node in parts.inputs.items()}
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


class Outline(NamedTuple):
    """What can be said of a spec before its layers are read."""

    symbols: Mapping[str, Any]
    size_symbols: frozenset[str]
    """The symbols that are an input's size: they count positions and are whole."""
    settled: frozenset[str]
    """The symbols that the variant sets."""
    plain_axes: frozenset[int]
    """The axes along which every input's size is a plain number."""
    derived: frozenset[str]
    """The symbols whose values, unless they are set, follow from others."""
    comments: Mapping[str, str]
    """What is written behind the symbols, after a `#`."""


def read_outline(source: Source, name: str, settings: Mapping[str, Number | str], variant: str | None) -> Outline:
    """The symbols of a spec with their values; None for one that has none yet."""
    problems = Problems()
    parts = read_parts(tree_of(source), source, name, problems.report)
    symbols = _symbols(parts, settings, variant, problems)
    if problems.found:
        raise problems.error()
    sizes = [shape.entries["size"][1] for shape in parts.inputs.values() if "size" in shape.entries]
    axes = [size.items for size in sizes if isinstance(size, Sequence)]
    chosen = parts.variants[variant].entries if variant is not None else {}
    return Outline(
        symbols,
        size_symbols=frozenset(n.text for items in axes for n in items if isinstance(n, Scalar)) & symbols.keys(),
        settled=frozenset(chosen),
        plain_axes=frozenset(n for n in range(3) if all(len(items) > n and _is_plain(items[n]) for items in axes)),
        derived=frozenset(symbol for symbol, (_, node) in parts.symbols.items() if _names(node) & symbols.keys()),
        comments={symbol: _comment(node) for symbol, (_, node) in parts.symbols.items()},
    )


def _is_plain(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text.isdigit()


def _names(node: Node) -> set[str]:
    return names_in(node.text) if isinstance(node, Scalar) else set()


def _comment(node: Node) -> str:
    """What stands behind a value on its line."""
    line = node.span.source.lines[node.span.line - 1]
    behind = re.match(r"\s+#\s*(.*?)\s*$", line[node.span.column - 1 + node.span.length :])
    return behind[1] if behind else ""


def _symbols(
    parts: Spec, settings: Mapping[str, Number | str], variant: str | None, problems: Problems
) -> dict[str, Any]:
    """Every symbol's value: as set, else as the variant says, else its default."""
    chosen: dict[str, Node] = {}
    for name, mapping in parts.variants.items():
        for key, node in mapping.entries.values():
            if key.text not in parts.symbols:
                problems.report(key.span, f"no symbol `{key.text}`", did_you_mean(key.text, parts.symbols))
            elif name == variant:
                chosen[key.text] = node
    if variant is not None and variant not in parts.variants:
        known = ", ".join(parts.variants) or "none"
        help = did_you_mean(variant, parts.variants) or f"its variants: {known}"
        raise UsageError(f"`{parts.name}` has no variant `{variant}`", help)
    for key_text in settings:
        if key_text not in parts.symbols:
            known = ", ".join(parts.symbols) or "none"
            help = did_you_mean(key_text, parts.symbols) or f"its symbols: {known}"
            raise UsageError(f"`{parts.name}` has no symbol `{key_text}`", help)
    values: dict[str, Any] = {}
    for name, (key, default) in parts.symbols.items():
        node = chosen.get(name, default)
        if name in settings:
            values[name] = setting(name, settings[name])
        elif is_empty(node):
            values[name] = None
        else:
            try:
                values[name] = Scope(values, (), "", problems).value(node)
            except Unknown:
                values[name] = UNKNOWN_VALUE
            if isinstance(values[name], list):
                problems.report(key.span, f"`{name}` is a list; a symbol is one number")
    return values


def setting(name: str, value: Number | str, option: str = "--set") -> Number:
    """A value given from outside: text is read by the spec's own grammar. UsageError if it is no value."""
    if isinstance(value, float):
        value = repr(value)  # 0.1 is meant as 1/10
    if not isinstance(value, str):
        return value
    try:
        return evaluate(value, {})
    except ExpressionError as error:
        source = Source(option, f"{name}={value}")
        span = Span(source, 1, len(name) + 2 + error.start, error.length or max(1, len(value)))
        raise UsageError([Problem(span, error.message, error.help)]) from None


def _shape(node: yaml_tree.Mapping, scope: Scope, free_size: Callable[[int, int], Number] | None) -> Shape | None:
    """An input's shape: {channels: ..., size: [...]}."""
    entries = node.entries
    for key, _ in entries.values():
        if key.text not in ("channels", "size"):
            help = did_you_mean(key.text, ("channels", "size")) or "an input is {channels: ..., size: [...]}"
            scope.report(key.span, f"an input has `channels` and `size`, no `{key.text}`", help)
    missing = [key for key in ("channels", "size") if key not in entries]
    if missing:
        scope.report(node.span, f"an input needs `{missing[0]}`", "for example {channels: 3, size: [224, 224]}")
        return None
    size_node = entries["size"][1]
    if not isinstance(size_node, Sequence):
        scope.report(size_node.span, "`size` is a list with one number per spatial axis", "for example [224, 224]")
        return None
    if len(size_node.items) > 3:
        scope.report(size_node.span, f"{len(size_node.items)} spatial axes; there are at most 3")
        return None
    numbers: list[Number] = []
    for what, item in [("channels", entries["channels"][1]), *(("size", item) for item in size_node.items)]:
        try:
            numbers.append(Count().read(scope.value(item), 0))
        except ShapeError as error:
            scope.report(item.span, f"`{what}` {error.message}", error.help)
        except Unknown:
            pass
    if len(numbers) != 1 + len(size_node.items):
        return None
    channels, *size = numbers
    if free_size is not None:
        plain = map(_is_plain, size_node.items)
        size = [
            free_size(axis, len(size)) if given else n for axis, (n, given) in enumerate(zip(size, plain, strict=True))
        ]
    return Shape(channels, tuple(size))


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
    from convcost.reading.expect import of_network

    whole = of_network(parts, scope, lambda settings, variant: _symbols(parts, settings, variant, scope.problems))
    return (*whole, *layers)
