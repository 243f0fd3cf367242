"""The text of a lock file -> networks. It is read line by line, for it may be torn, merged badly, or another's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from convcost.errors import Problem, Source, Span, SpecError, UsageError
from convcost.language.tree import decode
from convcost.language.yaml_problems import MERGE_CONFLICT
from convcost.lock.records import TOTAL, LockedLayer, LockedNetwork
from convcost.lock.text import FIRST, PLAIN, VERSION, key_of
from convcost.reading.sources import bundled

MAX_BYTES = 64 * 1024 * 1024

_NAME = rf'{PLAIN}|"(?:[^"\\]|\\.)*"'
_LINE = re.compile(rf"(?P<indent> *)(?P<key>{_NAME}):(?: (?P<rest>\S.*)?)?", re.ASCII)
_WORD = re.compile(rf"(?P<key>{_NAME})=(?P<value>\S+)", re.ASCII)
_SHAPES = re.compile(r"\d+(x\d+)*(,\d+(x\d+)*)*", re.ASCII)
_FIELDS = ("network", "symbols", "inputs", "outputs", "total", "layers")
_ANEW = "take it as it was before, or delete it and write it anew: `convcost lock PATH...`"
_EITHER_SIDE = "take either side of the file whole, then run `convcost lock` again"


class _Word(NamedTuple):
    """A word of a line, and where it stands."""

    text: str
    line: int
    column: int


class Lock(NamedTuple):
    """A lock file as it was read."""

    source: Source
    folder: Path
    networks: dict[str, LockedNetwork]
    """By the name that `key_of` gives their specs."""

    def find(self, path: str) -> LockedNetwork | None:
        """What is kept of a spec file's network."""
        return self.networks.get(key_of(path, self.folder))

    def files(self) -> dict[str, Path | None]:
        """Each network's spec file; None if it is gone."""
        paths = {key: self.folder / key for key in self.networks}
        return {key: path if path.is_file() else bundled().get(key) for key, path in paths.items()}

    def specs(self) -> list[str]:
        """The paths of the spec files that are there."""
        return [str(path) for path in self.files().values() if path]


def open_lock(path: Path) -> Lock:
    """A lock file; UsageError if it can't be opened, SpecError with the place if it can't be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"no lock file `{path}`", "`convcost lock PATH...` writes one") from None
    except OSError as error:
        raise UsageError(f"can't read `{path}`: {error.strerror or error}") from None
    source = decode(str(path), data, MAX_BYTES)
    return Lock(source, path.parent, read_lock(source))


def read_lock(source: Source) -> dict[str, LockedNetwork]:
    """The networks of a lock file by name; SpecError with the place of what is wrong."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: Source) -> None:
        self.source = source
        self.networks: dict[str, LockedNetwork] = {}
        self.places: dict[str, int] = {}
        self.is_lock = False

    def read(self) -> dict[str, LockedNetwork]:
        lines = self._lines()
        self._head(next(lines, None))
        if not self.source.text.endswith("\n"):
            last = _Word("", len(self.source.lines), len(self.source.lines[-1]) + 1)
            raise self.refuse(last, "the file is torn: it ends in the middle of a line")
        open_network: list[tuple[int, _Word, list[_Word]]] = []
        for line in lines:
            if line[0] == 0 and open_network:
                self._network(open_network)
                open_network = []
            if line[0] != 0 and not open_network:
                raise self.refuse(line[1], "this belongs to no network")
            open_network.append(line)
        if open_network:
            self._network(open_network)
        return self.networks

    def refuse(self, word: _Word, message: str, help: str = _ANEW) -> SpecError:
        return SpecError([Problem(Span(self.source, word.line, word.column, max(1, len(word.text))), message, help)])

    def _lines(self) -> Iterator[tuple[int, _Word, list[_Word]]]:
        """Each line's indentation, key and other words; empty lines and comments left out."""
        for number, text in enumerate(self.source.lines, 1):
            if not text.strip() or text.lstrip().startswith("#"):
                continue
            if text.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
                raise self.refuse(_Word(text[:7], number, 1), MERGE_CONFLICT, _EITHER_SIDE)
            found = _LINE.fullmatch(text)
            if found is None or len(found["indent"]) not in (0, 2, 4):
                if not self.is_lock:
                    raise self._foreign(number)
                column = len(text) - len(text.lstrip()) + 1
                raise self.refuse(_Word(text.strip(), number, column), "no line of a lock file")
            start = found.start("rest") + 1
            words = [_Word(m[0], number, start + m.start()) for m in re.finditer(r"\S+", found["rest"] or "")]
            yield len(found["indent"]), _Word(found["key"], number, len(found["indent"]) + 1), words

    def _foreign(self, number: int) -> SpecError:
        return self.refuse(
            _Word("", number, 1), "this is no lock file of convcost", "`convcost lock PATH... -o FILE` writes one"
        )

    def _head(self, line: tuple[int, _Word, list[_Word]] | None) -> None:
        if not self.source.text:
            raise self.refuse(_Word("", 1, 1), "the lock file is empty")
        if line is None or line[0] != 0 or line[1].text != FIRST or len(line[2]) != 1:
            raise self._foreign(line[1].line if line else 1)
        version = line[2][0]
        if version.text != str(VERSION):
            raise self.refuse(
                version, f"lock files of version {version.text} are unknown to this convcost", f"it writes {VERSION}"
            )
        self.is_lock = True

    def _network(self, lines: list[tuple[int, _Word, list[_Word]]]) -> None:
        (_, head, words), *others = lines
        key = self._name(head)
        if words:
            raise self.refuse(words[0], "a network's name stands alone in its line")
        if key in self.places:
            raise self.refuse(head, f"`{key}` is there twice; first in line {self.places[key]}", _EITHER_SIDE)
        self.places[key] = head.line
        fields: dict[str, list[_Word]] = {}
        layers: dict[str, LockedLayer] = {}
        above: tuple[str, ...] | None = None
        for indent, word, rest in others:
            if indent == 2 and word.text in _FIELDS and word.text not in fields and "layers" not in fields:
                fields[word.text] = rest
            elif indent == 4 and "layers" in fields:
                above = tuple(self._pairs(fields.get("inputs", []))) if above is None else above
                layer = self._layer(word, rest, above)
                if layer.name in layers:
                    place = layers[layer.name].line
                    raise self.refuse(word, f"`{layer.name}` is there twice; first in line {place}", _EITHER_SIDE)
                layers[layer.name] = layer
                above = layer.outputs
            else:
                raise self.refuse(word, f"`{word.text}` can't stand here")
        missing = next((name for name in _FIELDS if name not in fields and name != "symbols"), None)
        if missing or len(fields["network"]) != 1 or len(fields["outputs"]) != 1:
            raise self.refuse(head, f"`{key}` has no `{missing or 'outputs'}`: the file is torn")
        total = {name: self._number(value) for name, value in self._pairs(fields["total"]).items()}
        found = LockedNetwork(
            self._name(fields["network"][0]),
            {name: value.text for name, value in self._pairs(fields.get("symbols", [])).items()},
            {name: self._shapes(value) for name, value in self._pairs(fields["inputs"]).items()},
            self._names(fields["outputs"][0]),
            total,
            tuple(layers.values()),
            head.line,
        )
        self._check_total(key, found, head)
        self.networks[key] = found

    def _check_total(self, key: str, found: LockedNetwork, head: _Word) -> None:
        if tuple(found.total) != TOTAL:
            raise self.refuse(head, f"the total of `{key}` has not {', '.join(TOTAL)}")
        if found.total["layers"] != len(found.layers):
            raise self.refuse(
                head, f"`{key}` has {len(found.layers)} layers here, its total says {found.total['layers']}"
            )
        for figure in ("params", "macs"):
            sum_ = sum(getattr(layer, figure) for layer in found.layers)
            if sum_ != found.total[figure]:
                message = f"the layers of `{key}` have {sum_:,} {figure}, its total says {found.total[figure]:,}"
                raise self.refuse(head, message)

    def _layer(self, key: _Word, words: list[_Word], above: tuple[str, ...]) -> LockedLayer:
        if len(words) < 2 or not re.fullmatch(r"\w+", words[0].text, re.ASCII):
            raise self.refuse(key, "a layer's line has its operator and its output's shape")
        pairs = self._pairs(words[2:])
        missing = next((name for name in ("params", "macs") if name not in pairs), None)
        if missing:
            raise self.refuse(key, f"the layer has no `{missing}`")
        params, macs = (self._number(pairs.pop(name)) for name in ("params", "macs"))
        inputs = self._names(pairs.pop("from")) if "from" in pairs else above
        shares = self._name(pairs.pop("shares")) if "shares" in pairs else None
        arguments = {name: value.text for name, value in pairs.items()}
        output = self._shapes(words[1])
        return LockedLayer(self._name(key), words[0].text, output, params, macs, arguments, inputs, shares, key.line)

    def _pairs(self, words: list[_Word]) -> dict[str, _Word]:
        pairs: dict[str, _Word] = {}
        for word in words:
            found = _WORD.fullmatch(word.text)
            if found is None:
                raise self.refuse(word, f"`{word.text}` is no `name=value`")
            key = self._name(word._replace(text=found["key"]))
            if key in pairs:
                raise self.refuse(word, f"`{key}` is given twice")
            pairs[key] = _Word(found["value"], word.line, word.column + found.start("value"))
        return pairs

    def _name(self, word: _Word) -> str:
        if not word.text.startswith('"'):
            return word.text
        import json

        try:
            return str(json.loads(word.text))
        except ValueError:
            raise self.refuse(word, f"{word.text} is no name") from None

    def _names(self, word: _Word) -> tuple[str, ...]:
        return tuple(self._name(word._replace(text=text)) for text in word.text.split(","))

    def _number(self, word: _Word) -> int:
        if not re.fullmatch(r"\d{1,1000}", word.text, re.ASCII):
            raise self.refuse(word, f"`{word.text}` is no number")
        return int(word.text)

    def _shapes(self, word: _Word) -> str:
        if not _SHAPES.fullmatch(word.text):
            raise self.refuse(word, f"`{word.text}` is no shape")
        return word.text
