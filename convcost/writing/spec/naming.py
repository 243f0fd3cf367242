"""What entries are called: by the modules that their layers were in, where these say something."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import takewhile

from convcost.language.library import library_names
from convcost.language.parts import MAX_NAME, RESERVED
from convcost.ops import OPERATORS
from convcost.writing.spec.items import Item, Plan


class Modules:
    """The modules of a network's layers, as their names tell: `layer1.0.conv1` is in `layer1.0`."""

    def __init__(self, plan: Plan) -> None:
        self._holding = [any(layer.held) for layer in plan.layers]
        self.paths = [_parts(layer.name) for layer in plan.layers]
        outermost = Counter(path[0] for path in self.paths)
        self.containers = {part for part, n in outermost.items() if 2 * n > len(self.paths)}
        """Modules in which most of the network is: their names tell nothing."""

    def common(self, first: int, end: int) -> tuple[str, ...]:
        """Return the innermost module that holds all these layers; a layer alone is its own."""
        path = _shared(self.paths[first], self.paths[end - 1])
        return path if all(other[: len(path)] == path for other in self.paths[first:end]) else ()

    def is_whole(self, first: int, end: int) -> bool:
        """Return whether these are all the layers of a module."""
        path = self.common(first, end)
        return bool(path) and self._is_all(path, first, end)

    def holds(self, item: Item) -> bool:
        """Return whether an entry has parameters: what has none is told by its operator."""
        return any(self._holding[item.first : item.end])

    def name_of(self, item: Item, inside: tuple[str, ...] = ()) -> str:
        """Return what the modules call an entry in one of them; nothing where they have but numbers for it."""
        path = self.path_of(item, inside)
        named = [n for n, part in enumerate(path) if not part.isdigit() and part not in self.containers]
        return as_name("_".join(path[named[0] :])) if named else ""

    def path_of(self, item: Item, inside: tuple[str, ...] = ()) -> tuple[str, ...]:
        """Return the modules that an entry is in, behind those that it is known to be inside, where they say something.

        One that is called as an operator is, and that is all there is in the module around it, says nothing; nor does
        one of the vague words, nor one whose name the next begins with.
        """
        path = self.common(item.first, item.end)
        known = len(inside) if path[: len(inside)] == inside else 0
        while len(path) > known and is_kind(path[-1], item.kind) and self._is_all(path[:-1], item.first, item.end):
            path = path[:-1]
        inner = [*path[known + 1 :], ""]
        words = zip(path[known:], inner, strict=False)
        return tuple(part for part, after in words if part not in VAGUE and not after.startswith(f"{part}-"))

    def _is_all(self, path: tuple[str, ...], first: int, end: int) -> bool:
        """Whether nothing beside some layers is in a module, where there is one around them."""
        beside = [self.paths[n] for n in (first - 1, end) if 0 <= n < len(self.paths)]
        return not path or not any(other[: len(path)] == path for other in beside)

    def stem_of(self, items: Sequence[tuple[int, int]]) -> str:
        """Return what modules of the same structure have in common in their names, without numbers."""
        words = []
        for first, end in items:
            path = [part for part in self.common(first, end) if not part.isdigit() and part not in self.containers]
            words.append(re.sub(r"[-_]?\d.*$", "", path[-1]) if path else "")
        shortest = min(words, key=len)
        end = max(n for n in range(len(shortest) + 1) if all(word.startswith(shortest[:n]) for word in words))
        word = shortest[:end].strip("_-").replace("-", "_")
        return word if len(word) > 2 and word.isidentifier() else ""


VAGUE = frozenset(("block", "blocks", "body", "layers", "module", "path", "unit"))
"""What modules are called that says nothing of what is in them."""


def is_kind(part: str, kind: str) -> bool:
    """Return whether a module is called as what it is: an operator, a block, with a number or without."""
    word = re.sub(r"_\d+$", "", part)
    return word == kind or word in OPERATORS or word in library_names()


def _shared(a: tuple[str, ...], b: tuple[str, ...]) -> tuple[str, ...]:
    """The parts with which both begin."""
    return tuple(one for one, _ in takewhile(lambda pair: pair[0] == pair[1], zip(a, b, strict=False)))


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[./]", name) if part) or (name,)


def as_name(text: str) -> str:
    """Return a text with what a name may have, and not more than that; nothing where it can't be one."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", text)[: MAX_NAME - 8].strip("_-")
    return name if name[:1].isalpha() and name not in RESERVED and name != "input" else ""


def untaken(wish: str, taken: Iterable[str]) -> str:
    """Return the name, or it with a number behind it."""
    name, n = wish, 1
    while name in taken:
        n += 1
        name = f"{wish}_{n}"
    return name
