"""A spec -> a file of PyTorch: a class for each block as it is used, and one for the network."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any, NamedTuple

from convcost.language.layers import given_to
from convcost.language.parts import Block
from convcost.language.scope import Applicable, written_sizes
from convcost.language.tree import Node, ScalarNode, SequenceNode
from convcost.network import Network
from convcost.reading.description import Description, Settings
from convcost.writing.pytorch.expressions import Expr, constant, name, names_in, read, replaced, value
from convcost.writing.pytorch.helpers import HELPERS, NEEDS
from convcost.writing.pytorch.lists import Lists, Times
from convcost.writing.pytorch.names import TAKEN, class_name, free
from convcost.writing.pytorch.operation import Differs, Unsaid
from convcost.writing.pytorch.place import NO_VALUE, Parameter, Place, kind_of, literal
from convcost.writing.pytorch.says import of_block, of_network
from convcost.writing.pytorch.tensors import Variable
from convcost.writing.pytorch.writer import Writer
from convcost.writing.recording import Applied, Body, recorded


class Written(NamedTuple):
    """A class that is written."""

    name: str
    block: Block | None
    parameters: list[Parameter]
    channels: list[Expr]
    """Of what it hands on, in the names of its block."""
    labels: list[str]
    text: str
    frozen: set[str]
    """Names of the block that stand for the values that they have now."""


class Source:
    """Writes one file."""

    def __init__(self, description: Description, settings: Settings, variant: str | None) -> None:
        self.description = description
        self.network, self.root, recorder = recorded(description, settings, variant)
        self.vocabulary = recorder.vocabulary
        self.symbols: Mapping[str, Any] = self.network.symbols
        self.kinds = {name: kind_of([value, *self._variants(name)]) for name, value in self.symbols.items()}
        self.sizes = {one for sizes in written_sizes(description.spec) for node in sizes for one in _names(node)}
        """Symbols of the input's size."""
        self.frozen = {*self.sizes}
        """Symbols that are numbers here, for something depends on them that is written as it is at their values."""
        self._begin()

    def freeze(self, symbol: str) -> None:
        """Let a symbol be a number, for something depends on it that is written as it is at its value."""
        self.frozen.add(symbol)

    def _begin(self) -> None:
        self.helpers: set[str] = set()
        self.classes: dict[int, Written] = {}
        self.classes_taken: set[str] = set(HELPERS)
        self.written: list[Written] = []
        self.sized: dict[int, Variable] = {}

    def _variants(self, symbol: str) -> list[Any]:
        nodes = [node.entries[symbol][1] for node in self.description.spec.variants.values() if symbol in node.entries]
        return [value(read(node), {}) for node in nodes if isinstance(node, ScalarNode) and not names_in(read(node))]

    def text(self) -> str:
        """Return the file; again, if it turned out that symbols are numbers."""
        before = {*self.frozen}
        text = self._text()
        if self.frozen == before:
            return text
        self._begin()
        return self.text()

    def _text(self) -> str:
        self.classes_taken.add(free(class_name(self.network.name), self.classes_taken | TAKEN))
        self.name = next(iter(self.classes_taken - HELPERS.keys()))
        for uses in _by_block(self.root):
            self._write_block(uses)
        top = self._write_network()
        return self._file([*(one.text for one in self.written), top])

    # Classes.

    def _write_block(self, uses: list[Applied]) -> None:
        """Write the classes of a block: as many as its uses need."""
        parts = [uses]
        while parts:
            part = parts.pop(0)
            try:
                self._write_class(part)
            except Differs as differs:
                split: dict[object, list[Applied]] = {}
                for use, key in zip(part, differs.keys, strict=True):
                    split.setdefault(key, []).append(use)
                groups = [*split.items()]
                if None in split and len(groups) > 1:  # those of which nothing is known go with the first
                    rest = split.pop(None)
                    groups = [*split.items()]
                    groups[0] = (groups[0][0], groups[0][1] + rest)
                if len(groups) == 1:
                    raise Unsaid from None
                parts = [group for _, group in groups] + parts

    def _write_class(self, uses: list[Applied]) -> None:
        block = uses[0].block
        assert block is not None
        bodies = [use.body for use in uses if use.body]
        numbers = {len(body.given) for body in bodies}
        if len(numbers) > 1:
            raise Differs([len(body.given) for body in bodies])
        place = Place(self, block, uses, bodies)
        self._agree_on_layers(place)
        single = len(bodies[0].given) == 1
        given = []
        for n in range(len(bodies[0].given)):
            stem = "input.channels" if single else f"input.{n}.channels"
            shapes = [body.given[n].shape for body in bodies]
            given.append(Variable(name(stem), shapes, "x" if single else f"x{n}"))
        place.env.append({"input": given, **{f"input.{n}": [one] for n, one in enumerate(given)}})
        lists = Lists(place)
        steps, results = lists.steps(bodies, given)  # type: ignore[arg-type]
        labels = [one.hint for one in results]
        if block.outputs:
            place.env.append(lists.last)
            results = [one for word in block.outputs.values() for one in place.look(word)]
            labels = [*block.outputs]
        called = free(class_name(block.name), self.classes_taken | TAKEN)
        says = of_block(block)
        text = Writer(place).write(called, says, steps, given, results)
        self.classes_taken.add(called)
        channels = [replaced(_without_locals(place, one.channels), place.fixed) for one in results]
        written = Written(called, block, place.parameters(), channels, labels, text, place.frozen)
        for use in uses:
            self.classes[id(use)] = written
        self.written.append(written)

    def _agree_on_layers(self, place: Place) -> None:
        """See that arguments that are layers are the same in all uses, or activations that may be given."""
        assert place.block is not None
        for argument in place.block.defaults:
            if isinstance(place.values[0].get(argument), Applicable) and not place.activation(argument):
                keys = [_told(values[argument]) for values in place.values]
                if len(set(keys)) > 1:
                    raise Differs(keys)

    def _write_network(self) -> str:
        place = Place(self, None, [], [self.root])
        given = []
        for label, node in self.description.spec.inputs.items():
            channels = node.entries["channels"][1]
            assert isinstance(channels, ScalarNode)
            shape = self.network.inputs[label]
            expr = place.channels(read(channels), [shape])
            given.append(Variable(expr, [shape], label))
        place.env.append({label: [one] for label, one in zip(self.network.inputs, given, strict=True)})
        if len(given) == 1:
            place.env[0]["input"] = given
        says = of_network(self.network, self.description.source, self.frozen - self.sizes)
        lists = Lists(place)
        steps, results = lists.steps([self.root], given if len(given) == 1 else [])
        if self.description.spec.outputs is not None:
            place.env.append(lists.last)
            results = [one for word in self.description.spec.outputs for one in place.look(word)]
        return Writer(place).write(self.name, says, steps, given, results)

    # Calls.

    def arguments(
        self, place: Place, written: Written, time: Times, given: Sequence[Variable]
    ) -> tuple[list[str], dict[str, Expr]]:
        """Return what a class is given where it is used, in Python, and all that its block is given, by name."""
        exprs, texts = self._given(place, written, time)
        for n, variable in enumerate(given):
            exprs["input.channels" if len(given) == 1 else f"input.{n}.channels"] = variable.channels
        assert written.block is not None
        seen = () if written.block.library else self.symbols.keys() - written.block.defaults.keys()
        exprs |= {symbol: name(symbol) for symbol in seen}
        for argument, default in written.block.defaults.items() if written.block else ():
            if argument not in exprs and argument not in texts and isinstance(default, ScalarNode):
                first = next(one for one in time if one and one.body)
                if not isinstance(first.body.scope.values[argument], Applicable):  # type: ignore[union-attr]
                    sizes = {
                        size: constant(first.body.scope.values[size])  # type: ignore[union-attr]
                        for size in names_in(read(default))
                        if size.startswith("input.") and size not in exprs
                    }
                    exprs[argument] = replaced(read(default), {**sizes, **exprs})
        required = sum(one.default is NO_VALUE and not one.spec.startswith("input.") for one in written.parameters)
        words: list[str] = []
        for parameter in written.parameters:
            if parameter.spec not in texts and parameter.spec not in exprs:
                continue  # its default is an activation
            text = texts.get(parameter.spec) or place.python.text(exprs[parameter.spec], parameter.kind)
            if parameter.default is NO_VALUE or text != literal(parameter.default):
                is_size = parameter.spec.startswith("input.")
                by_name = parameter.default is not NO_VALUE or (required > 3 and not is_size)
                words.append(f"{parameter.name}={text}" if by_name else text)
        return words, exprs

    def _given(self, place: Place, written: Written, time: Times) -> tuple[dict[str, Expr], dict[str, str]]:
        """What is written where a block is used: expressions, and texts of what is no number."""
        assert written.block is not None
        exprs: dict[str, Expr] = {}
        texts: dict[str, str] = {}
        first = next(one for one in time if one)
        assert first.applicable and first.body
        found = given_to(f"block `{written.block.name}`", written.block.defaults, first.applicable)
        for argument, one in found.items():
            values = [use and use.body and use.body.scope.values[argument] for use in time]
            given = first.body.scope.values[argument]
            scope = next(body.scope for body, use in zip(place.bodies, time, strict=True) if use is first)
            is_own = one.scope.values is scope.values
            if isinstance(given, Applicable):
                own = is_own and isinstance(one.node, ScalarNode) and one.node.text in scope.values
                if own and isinstance(one.node, ScalarNode) and place.activation(one.node.text):
                    texts[argument] = place._called(one.node.text)
                elif place_is_activation(given):
                    texts[argument] = literal(given)
            elif is_own and isinstance(one.node, ScalarNode):
                exprs[argument] = place.closed(read(one.node), values)
            elif is_own and isinstance(one.node, SequenceNode) and all(isinstance(n, ScalarNode) for n in one.node.items):
                parts = [place.closed(read(item)) for item in one.node.items if isinstance(item, ScalarNode)]
                listed = ", ".join(place.python.text(part) for part in parts)
                texts[argument] = f"({listed}{',' if len(parts) == 1 else ''})"
            else:
                known = [one for one in values if one is not None]
                if any(one != known[0] for one in known):
                    raise Differs(list(map(str, values)))
                if isinstance(known[0], list):
                    texts[argument] = literal(known[0])
                else:
                    exprs[argument] = constant(known[0])
        return exprs, texts

    # The file.

    def _file(self, classes: Sequence[str]) -> str:
        needed = {*self.helpers}
        for one in self.helpers:
            needed.update(NEEDS.get(one, ()))
        helpers = [text.strip("\n") for one, text in HELPERS.items() if one in needed]
        body = "\n\n\n".join([*helpers, *classes])
        imports = ["import torch"] if re.search(r"\btorch\.", body) else []
        if re.search(r"\bF\.", body):
            imports.append("import torch.nn.functional as F")
        imports.append("from torch import Tensor, nn" if "Tensor" in body else "from torch import nn")
        abstract = [one for one in ("Callable", "Sequence") if re.search(rf"\b{one}\[", body)]
        head = [f"from collections.abc import {', '.join(abstract)}"] if abstract else []
        head = ["import math", *head] if re.search(r"\bmath\.", body) else head
        head += ["from typing import Any"] if re.search(r"\bAny\b", body) else []
        head += [""] if head else []
        return "\n".join([*head, *imports, "", "", body]) + "\n"


def _names(node: Node) -> list[str]:
    return names_in(read(node)) if isinstance(node, ScalarNode) else []


def _by_block(root: Body) -> Iterator[list[Applied]]:
    """Yield all uses of each block, those of blocks that it uses before it."""
    uses: dict[int, list[Applied]] = {}
    inside: dict[int, set[int]] = {}
    stack: list[tuple[Body, int]] = [(root, 0)]
    while stack:
        body, owner = stack.pop()
        for time in reversed([time for entry in body.entries for time in entry.times]):
            if time.body is not None:
                uses.setdefault(id(time.block), []).append(time)
                inside.setdefault(owner, set()).add(id(time.block))
                stack.append((time.body, id(time.block)))
            stack += [(path, owner) for path in time.paths.values()]
    yield from (uses[block] for block in TopologicalSorter(inside).static_order() if block)


def place_is_activation(given: Applicable) -> bool:
    """Return whether a layer that is given is an activation without arguments."""
    from convcost.writing.pytorch.operators import ACTIVATIONS

    return given.kind.text in ACTIVATIONS


def _told(applicable: Applicable) -> str:
    return f"{applicable.kind.text} {[_shown(body) for body, _ in applicable.bodies]}"


def _shown(node: Node | None) -> str:
    return repr(node and [getattr(one, "text", "") for one in getattr(node, "items", [node])]) if node else ""


def _without_locals(place: Place, expr: Expr) -> Expr:
    for local, meaning in reversed(place.locals.items()):
        expr = replaced(expr, {local: meaning})
    return expr
