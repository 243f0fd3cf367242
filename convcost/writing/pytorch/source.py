"""A spec -> a file of PyTorch: a class for each block as it is used, and one for the network."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from convcost.citation import head_of
from convcost.language.scope import Applicable
from convcost.language.tree import Node, ScalarNode
from convcost.reading.description import Description, Settings
from convcost.writing.pytorch.differs import Differs, Unsaid
from convcost.writing.pytorch.expressions import Expr, name, read, replaced
from convcost.writing.pytorch.file import File, Written
from convcost.writing.pytorch.helpers import HELPERS
from convcost.writing.pytorch.lists import Lists
from convcost.writing.pytorch.names import TAKEN, class_name, free
from convcost.writing.pytorch.place import Place
from convcost.writing.pytorch.says import of_block, of_network
from convcost.writing.pytorch.tensors import Variable
from convcost.writing.pytorch.token_helpers import NEEDS
from convcost.writing.pytorch.twins import twin_of
from convcost.writing.pytorch.varied import varied_arguments
from convcost.writing.pytorch.writer import Writer
from convcost.writing.recording import Applied, Body, recorded


class Source:
    """Writes one file."""

    def __init__(self, description: Description, settings: Settings, variant: str | None) -> None:
        self.description = description
        self.network, self.root, recorder = recorded(description, settings, variant)
        self.file = File(description.spec, self.network.symbols, recorder.vocabulary, *varied_arguments(self.root))

    def text(self) -> str:
        """Return the file; again, if it turned out that symbols are numbers, or that pairs of modules have a class."""
        before = {*self.file.frozen}
        self.file.begin()
        self.written: list[Written] = []
        text = self._text()
        if self.file.frozen != before or self.file.pairs.settle(self.file.classes_taken):
            return self.text()
        return text

    def _text(self) -> str:
        printed = " ".join(head_of(self.description.source))
        self.file.classes_taken.add(free(class_name(self.network.name, printed), self.file.classes_taken | TAKEN))
        self.name = next(iter(self.file.classes_taken - HELPERS.keys()))
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
        place = Place(self.file, block, uses, bodies)
        self._agree_on_layers(place)
        single = len(bodies[0].given) == 1
        given = []
        for n, hint in enumerate(place.inputs):
            stem = "input.channels" if single else f"input.{n}.channels"
            shapes = [body.given[n].shape for body in bodies]
            given.append(Variable(name(stem), shapes, hint))
        place.env.append({"input": given, **{f"input.{n}": [one] for n, one in enumerate(given)}})
        lists = Lists(place)
        steps, results = lists.steps(bodies, given)
        labels = [one.hint for one in results]
        if block.outputs:
            place.env.append(lists.last)
            results = [one for word in block.outputs.values() for one in place.look(word)]
            labels = [*block.outputs]
        called = free(class_name(block.name), self.file.classes_taken | TAKEN)
        says = of_block(block)
        text = Writer(place).write(called, says, steps, given, results)
        twin = twin_of(place, text, self.written)
        channels = [replaced(_without_locals(place, one.channels), place.fixed) for one in results]
        written = Written(called, block, place.parameters(), channels, labels, text, place.frozen)
        if twin:
            written = written._replace(name=twin.name, parameters=twin.parameters)
        else:
            self.file.classes_taken.add(called)
            self.written.append(written)
        for use in uses:
            self.file.classes[id(use)] = written

    def _agree_on_layers(self, place: Place) -> None:
        """See that arguments that are layers are the same in all uses, or activations that may be given."""
        assert place.block is not None
        for argument in place.block.defaults:
            if isinstance(place.values[0].get(argument), Applicable) and not place.activation(argument):
                keys = [_told(values[argument]) for values in place.values]
                if len(set(keys)) > 1:
                    raise Differs(keys)

    def _write_network(self) -> str:
        place = Place(self.file, None, [], [self.root])
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
        says = of_network(self.network, self.description.source, self.file.frozen - self.file.sizes)
        lists = Lists(place)
        steps, results = lists.steps([self.root], given if len(given) == 1 else [])
        if self.description.spec.outputs is not None:
            place.env.append(lists.last)
            results = [one for word in self.description.spec.outputs for one in place.look(word)]
        return Writer(place).write(self.name, says, steps, given, results)

    # The file.

    def _file(self, classes: Sequence[str]) -> str:
        needed = {*self.file.helpers}
        for one in self.file.helpers:
            needed.update(NEEDS.get(one, ()))
        helpers = [text.strip("\n") for one, text in HELPERS.items() if one in needed]
        body = "\n\n\n".join([*helpers, *self.file.pairs.sources(), *classes])
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


def _by_block(root: Body) -> Iterator[list[Applied]]:
    """Yield all uses of each block, in the order in which blocks are needed: those that it uses just before it."""
    uses: dict[int, list[Applied]] = {}
    inside: dict[int, dict[int, None]] = {}
    stack: list[tuple[Body, int]] = [(root, 0)]
    while stack:
        body, owner = stack.pop()
        for time in reversed([time for entry in body.entries for time in entry.times]):
            if time.body is not None:
                uses.setdefault(id(time.block), []).append(time)
                inside.setdefault(owner, {})[id(time.block)] = None
                stack.append((time.body, id(time.block)))
            stack += [(path, owner) for path in time.paths.values()]
    yield from (uses[block] for block in _needed(0, inside) if block)


def _needed(block: int, inside: Mapping[int, Iterable[int]], seen: set[int] | None = None) -> Iterator[int]:
    seen = set() if seen is None else seen
    for one in inside.get(block, ()):
        if one not in seen:
            yield from _needed(one, inside, seen)
    seen.add(block)
    yield block


def _told(applicable: Applicable) -> str:
    return f"{applicable.kind.text} {[_shown(body) for body, _ in applicable.bodies]}"


def _shown(node: Node | None) -> str:
    return repr(node and [getattr(one, "text", "") for one in getattr(node, "items", [node])]) if node else ""


def _without_locals(place: Place, expr: Expr) -> Expr:
    for local, meaning in reversed(place.locals.items()):
        expr = replaced(expr, {local: meaning})
    return expr
