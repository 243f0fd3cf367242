"""What the inputs of a class are called, where it has several: as what its list makes of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from convcost.language.tree import Node, ScalarNode, SequenceNode
from convcost.writing.recording import Body


def names_of_inputs(body: Body) -> list[str]:
    """Return a name for each input of a block: of the only entry or branch that reads it, if all have one."""
    if len(body.given) == 1:
        return ["x"]
    readers: dict[str, list[str]] = defaultdict(list)
    for name, source in _reading(body, ""):
        for word in source:
            readers[word].append(name)
    readings = [readers[f"input.{n}"] for n in range(len(body.given))]
    names = [names[0].lower() for names in readings if len(names) == 1 and len(names[0]) > 1]
    return names if len({*names}) == len(readings) else [f"x{n}" for n in range(len(readings))]


def _reading(body: Body, label: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield what each entry of a list reads by name, and what it is called; the first of a branch as the branch."""
    for n, entry in enumerate(body.entries):
        name = entry.item.name.text if entry.item.name else "" if n else label
        yield name, _words(entry.item.source)
        for path, inner in entry.times[0].paths.items() if entry.times else ():
            yield from _reading(inner, path)


def _words(source: Node | None) -> Sequence[str]:
    nodes = source.items if isinstance(source, SequenceNode) else [source]
    return [node.text for node in nodes if isinstance(node, ScalarNode)]
