"""Entries as the text of a spec: short ones in a line, others in lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from convcost.ops import OPERATORS
from convcost.writing.spec.items import Block, Item
from convcost.writing.spec.naming import Modules, untaken

WIDTH = 120

_PATH_NAMES = {"add": ("body", "short"), "mul": ("gate", "map")}
"""What a branch is called, and one without layers."""


class Scope:
    """A list of layers with its paths, in which names are told apart: the network's own, or a block's."""

    def __init__(
        self,
        items: Sequence[Item],
        inputs: Mapping[str, str],
        blocks: Mapping[str, Block],
        modules: Modules,
        names_shown: bool = False,
    ) -> None:
        """Begin with the names of what the list is given; where names are shown, not only those that are needed."""
        self.items = items
        self.given = tuple(inputs)
        self.blocks = blocks
        self.modules = modules
        self.names_shown = names_shown
        self._module = () if names_shown else modules.common(items[0].first, items[-1].end)
        self.names: dict[int, str] = {}
        """Of each entry, by its identity."""
        self.labels: dict[str, str] = dict(inputs)
        """Of each tensor, what `from` calls it."""
        self.outputs: dict[str, str] = {}
        """What a block calls the tensors that it hands on."""
        self.used: set[str] = set()
        """The names that are needed."""
        self._taken = {"input", *OPERATORS, *blocks, *inputs.values()}
        self._name(items)

    def _name(self, items: Iterable[Item]) -> None:
        for item in items:
            for path in item.paths:
                self._name(path.items)
            wish = self.modules.name_of(item, self._module)
            name = untaken(wish or item.kind, self._taken)
            self._taken.add(name)
            self.names[id(item)] = name
            outputs = self.blocks[item.kind].outputs if item.kind in self.blocks else ()
            for n, tensor in enumerate(item.makes):
                several = f"{name}.{outputs[n] if outputs else n}"
                self.labels[tensor] = name if len(item.makes) == 1 else several

    def label(self, tensor: str) -> str:
        """Return what `from` calls a tensor, which is then to have that name."""
        label = self.labels[tensor]
        self.used.add(label.partition(".")[0])
        return label

    def lines(self, indent: int, last: Sequence[str] = ()) -> list[str]:
        """Return the list of layers; `last` are tensors that have to have names, as outputs."""
        for _ in range(2):  # names that are needed are known when all is written
            for tensor in last:
                self.label(tensor)
            found = self._list(self.items, self.given, indent)
        return found

    def _list(self, items: Sequence[Item], above: tuple[str, ...], indent: int) -> list[str]:
        lines = []
        for item in items:
            lines += self._entry(item, above, indent)
            above = item.makes
        return lines

    def _entry(self, item: Item, above: tuple[str, ...], indent: int) -> list[str]:
        line = f"{' ' * indent}- {self._flow(item, above)}"
        if not item.paths or (len(line) <= WIDTH - 8 and len(item.paths) < 4):
            return _wrapped(line, indent + 5)
        lines = [f"{' ' * indent}- {item.kind}:"]
        lines += [f"{' ' * (indent + 4)}{name}: {_spaced(text)}" for name, text in item.said.items()]
        for name, steps in self._paths(item):
            if not steps:
                lines.append(f"{' ' * (indent + 4)}{name}: []")
                continue
            flow = f"{' ' * (indent + 4)}{name}: [{self._steps(steps, item.reads)}]"
            listed = [f"{' ' * (indent + 4)}{name}:", *self._list(steps, item.reads, indent + 6)]
            lines += [flow] if len(flow) <= WIDTH - 8 else listed
        return [*lines, *(f"{' ' * (indent + 2)}{word}" for word in self._beside(item, above))]

    def _paths(self, item: Item) -> list[tuple[str, Sequence[Item]]]:
        """The names of branches with their entries: those of modules, else what branches of the kind are called."""
        found: dict[str, Sequence[Item]] = {}
        usual, kept = _PATH_NAMES.get(item.kind, ("branch", "kept"))
        for path in item.paths:
            wish = (self._module_of(item, path.items) or usual) if path.items else kept
            found[untaken(wish, [*found, *item.args])] = path.items
        return [*found.items()]

    def _module_of(self, item: Item, steps: Sequence[Item]) -> str:
        """The module inside that of an entry where all of a branch is; nothing if there is none with a name."""
        own = self.modules.common(item.first, item.end)
        inner = self.modules.common(steps[0].first, steps[-1].end)
        if inner[: len(own)] != own:
            return ""
        return next((part for part in inner[len(own) :] if part.isidentifier()), "")

    def _flow(self, item: Item, above: tuple[str, ...]) -> str:
        """An entry in one line."""
        said = [f"{name}: {_spaced(text)}" for name, text in item.said.items()]
        for name, steps in self._paths(item) if item.paths else ():
            said.append(f"{name}: [{self._steps(steps, item.reads)}]")
        beside = self._beside(item, above)
        if not said and not beside:
            return item.kind
        body = f"{item.kind}: {{{', '.join(said)}}}" if said else f"{item.kind}: "
        if not beside:
            return body
        return f"{{{', '.join([body, *beside])}}}"

    def _steps(self, steps: Sequence[Item], above: tuple[str, ...]) -> str:
        words = []
        for step in steps:
            words.append(self._flow(step, above))
            above = step.makes
        return ", ".join(words)

    def _beside(self, item: Item, above: tuple[str, ...]) -> list[str]:
        words = []
        if item.reads != above and self._needs_source(item):
            labels = [self.label(tensor) for tensor in item.reads]
            if labels != ["input"] or self.given != above or len(self.given) != 1:
                words.append(f"from: {labels[0] if len(labels) == 1 else '[' + ', '.join(labels) + ']'}")
        if item.repeat > 1:
            words.append(f"repeat: {item.repeat}")
        if item.share:
            words.append(f"share: {self.label(item.share)}")
        name = self.names[id(item)]
        shown = self.names_shown and any(item is one for one in self.items) and self.modules.holds(item)
        if name in self.used or (shown and name == self.modules.name_of(item, self._module)):
            words.insert(0, f"name: {name}")
        return words

    def _needs_source(self, item: Item) -> bool:
        """Whether what an entry is given matters: of paths that all say where they start, it does not."""
        return not item.paths or any(not path.items or path.items[0].reads == item.reads for path in item.paths)


def _spaced(text: str) -> str:
    """A list with blanks behind its commas."""
    return re.sub(r",\s*", ", ", text)


def _wrapped(line: str, indent: int) -> list[str]:
    """A line in several, broken behind commas."""
    lines = []
    while len(line) > WIDTH and (cut := line.rfind(", ", indent, WIDTH)) > 0:
        lines.append(line[: cut + 1])
        line = " " * indent + line[cut + 2 :]
    return [*lines, line]
