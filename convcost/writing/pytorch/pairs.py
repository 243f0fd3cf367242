"""A convolution and its activation, many times in one file -> a class for the two, as a person would write it."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from convcost.writing.pytorch.layout import closed_at, fitted
from convcost.writing.pytorch.names import free

ENOUGH = 6
"""How often two modules stand one behind the other before they have a class."""
_CONV = re.compile(r"nn\.Conv\dd\(")
_ACTIVATION = re.compile(r", (nn\.(\w+)\(inplace=True\))")
_ROW = re.compile(r"nn\.Sequential\((?=\w+\()")
_DEFAULTS = {"stride": "1", "padding": "0", "dilation": "1", "groups": "1", "bias": "True"}


class Pair(NamedTuple):
    """A convolution, `nn.Conv2d`, and what stands behind it, `nn.ReLU(inplace=True)`."""

    conv: str
    activation: str
    called: str
    """The activation in words."""


Use = dict[str, str]
"""The kernel and the keywords that a convolution is given, in Python."""


class Pairs:
    """The pairs of one file; `classes` are the names of those that have a class."""

    def __init__(self) -> None:
        self.classes: dict[Pair, str] = {}
        self.begin()

    def begin(self) -> None:
        """Begin with none seen."""
        self.uses: dict[Pair, list[Use]] = defaultdict(list)

    def settle(self, taken: Collection[str]) -> bool:
        """Give classes to those that were seen often enough, by names that are not taken; return whether more have."""
        often = [pair for pair, uses in self.uses.items() if len(uses) >= ENOUGH and pair not in self.classes]
        self.classes.update((pair, free(f"Conv{pair.called}", taken)) for pair in often)
        return bool(often)

    def joined(self, line: str) -> str:
        """Return a line in which pairs that have a class are made by it; all are taken note of."""
        for found in reversed([*_CONV.finditer(line)]):
            start, end = found.start(), closed_at(line, found.end() - 1) + 1
            behind = _ACTIVATION.match(line, end)
            call = ast.parse(line[start:end], mode="eval").body
            if behind is None or not isinstance(call, ast.Call) or len(call.args) != 3:
                continue
            if line[:start].endswith("super().__init__(") and line[behind.end() :] == ")":  # this is such a class
                continue
            given = {"kernel": call.args[2], **{word.arg or "": word.value for word in call.keywords}}
            if given.keys() <= {"kernel", *_DEFAULTS}:
                pair = Pair(line[start : found.end() - 1], behind[1], behind[2])
                self.uses[pair].append({name: ast.unparse(value) for name, value in given.items()})
                if pair in self.classes:
                    line = line[:start] + self.classes[pair] + line[found.end() - 1 : end] + line[behind.end() :]
        return self._unwrapped(line)

    def _unwrapped(self, line: str) -> str:
        """The same without rows of modules that have only one, of such a class."""
        for found in reversed([*_ROW.finditer(line)]):
            start = found.end()
            end = closed_at(line, line.index("(", start)) + 1
            if line[start : line.index("(", start)] in self.classes.values() and line[end] == ")":
                line = line[: found.start()] + line[start:end] + line[end + 1 :]
        return line

    def sources(self) -> list[str]:
        """Return the classes, each with the arguments that some use gives."""
        return ["\n".join(self._source(pair, name)) for pair, name in self.classes.items()]

    def _source(self, pair: Pair, name: str) -> list[str]:
        given = [word for word in _DEFAULTS if any(word in use for use in self.uses[pair])]
        words = ["self", "channels: int", "out: int", f"kernel: {self._kind(pair, 'kernel')}"]
        words += [f"{word}: {self._kind(pair, word)} = {_DEFAULTS[word]}" for word in given]
        handed = ", ".join(["channels", "out", "kernel", *(f"{word}={word}" for word in given)])
        return [
            f"class {name}(nn.Sequential):",
            f'    """Convolution, {pair.called}."""',
            "",
            *fitted(f"    def __init__({', '.join(words)}) -> None:"),
            *fitted(f"        super().__init__({pair.conv}({handed}), {pair.activation})"),
        ]

    def _kind(self, pair: Pair, word: str) -> str:
        """What an argument is in Python: all of its kinds that uses give."""
        axes = f"tuple[{', '.join(['int'] * int(pair.conv[-2]))}]"
        kinds = {
            "str" if use[word][0] in "'\"" else axes if use[word][0] == "(" else "int"
            for use in self.uses[pair]
            if word in use
        }
        return "bool" if word == "bias" else " | ".join(sorted(kinds | ({"int"} if word in _DEFAULTS else set())))
