"""A lock file on the disk and the specs that it is about; and its text -> networks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from convcost.errors import Source, UsageError
from convcost.language.tree import decode
from convcost.lock.keys import Key, Settings, is_found_by_python, key_of, typed_settings
from convcost.lock.lines import (
    EITHER_SIDE,
    Line,
    Word,
    amount_of,
    key_of_heading,
    lines_of,
    name_of,
    names_of,
    number_of,
    pairs_of,
    refused,
    shapes_of,
)
from convcost.lock.records import LockedLayer, LockedNetwork, shown
from convcost.reading.opening import AS_IT_IS, Opening, names_module
from convcost.reading.sources import bundled

MAX_BYTES = 64 * 1024 * 1024


class Lock(NamedTuple):
    """A lock file as it was read."""

    source: Source
    folder: Path
    networks: dict[Key, LockedNetwork]

    def keys(
        self, path: str, settings: Settings = None, variant: str | None = None, opening: Opening = AS_IT_IS
    ) -> list[Key]:
        """Return the key of a spec file with these settings; without any, its keys with all settings that are kept."""
        own = key_of(path, self.folder, settings, variant, opening)
        if own.settings or own.variant:
            return [own]
        return [key for key in self.networks if (key.file, key.opening) == (own.file, own.opening)] or [own]

    def path(self, key: Key) -> Path | None:
        """Return a network's spec file; None if it is gone. Nothing is imported to see whether a module is there."""
        if is_found_by_python(key.file):
            return Path(key.file)
        module = names_module(key.file)
        is_there = (self.folder / (module[0] if module else key.file)).is_file()
        return self.folder / key.file if is_there else bundled().get(key.file)

    def there(self) -> dict[Key, LockedNetwork]:
        """Return the networks whose spec files are there."""
        return {key: network for key, network in self.networks.items() if self.path(key)}

    def specs(self, settings: Settings = None, variant: str | None = None) -> list[str]:
        """Return the paths of the spec files that are there; with settings, of those that are kept with them.

        What is opened in a way of its own is not among them: see `named_alone`.
        """
        wanted = (variant or "", typed_settings(settings))
        keys = [key for key in self.there() if wanted in (("", ()), key[1:3]) and key.opening == AS_IT_IS]
        return list(dict.fromkeys(str(self.path(key)) for key in keys))

    @property
    def named_alone(self) -> list[Key]:
        """The networks that are read where they are named alone: modules, whose code runs, and parts of models."""
        return [key for key in self.there() if key.opening != AS_IT_IS]


def open_lock(path: Path) -> Lock:
    """Return a lock file. UsageError if it can't be opened, SpecError with the place if it can't be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"no lock file `{path}`", "`convcost lock PATH...` writes one") from None
    except OSError as error:
        raise UsageError(f"can't read `{path}`: {error.strerror or error}") from None
    source = decode(str(path), data, MAX_BYTES)
    return Lock(source, path.parent, read_lock(source))


_FIELDS = ("network", "symbols", "inputs", "outputs", "total", "layers")


def read_lock(source: Source) -> dict[Key, LockedNetwork]:
    """Return the networks of a lock file. SpecError with the place of what is wrong."""
    sections: list[list[Line]] = []
    for line in lines_of(source):
        if line.indent == 0:
            sections.append([])
        elif not sections:
            raise refused(line.key, "this belongs to no network")
        sections[-1].append(line)
    networks: dict[Key, LockedNetwork] = {}
    for head, *lines in sections:
        key = key_of_heading(head.key)
        if head.words:
            raise refused(head.words[0], "a heading stands alone in its line")
        if key in networks:
            raise refused(head.key, f"`{key}` is there twice; first in line {networks[key].line}", EITHER_SIDE)
        networks[key] = _network(head.key, key, lines)
    return networks


def _network(head: Word, key: Key, lines: list[Line]) -> LockedNetwork:
    fields: dict[str, list[Word]] = {}
    layers: list[Line] = []
    for line in lines:
        field = line.key.text
        if line.indent == 4 and "layers" in fields:
            layers.append(line)
        elif line.indent == 2 and field in _FIELDS and field not in fields and "layers" not in fields:
            fields[field] = line.words
        else:
            raise refused(line.key, f"`{field}` can't stand here")
    missing = next((name for name in _FIELDS if name not in fields and name != "symbols"), None)
    if missing or len(fields["network"]) != 1 or len(fields["outputs"]) != 1:
        raise refused(head, f"`{key}` has no `{missing or 'outputs'}`: the file is torn")
    inputs = {name: shapes_of(value) for name, value in pairs_of(fields["inputs"]).items()}
    found = LockedNetwork(
        name_of(fields["network"][0]),
        {name: value.text for name, value in pairs_of(fields.get("symbols", [])).items()},
        inputs,
        names_of(fields["outputs"][0]),
        {name: amount_of(value) for name, value in pairs_of(fields["total"]).items()},
        _layers(layers, tuple(inputs)),
        head.line,
    )
    _check_total(head, key, found)
    return found


def _check_total(head: Word, key: Key, found: LockedNetwork) -> None:
    """Refuse a total that is not that of the layers: a line is lost. It need not say anything."""
    sums = {
        "layers": len(found.layers),
        "params": sum(layer.params for layer in found.layers),
        "macs": sum(layer.macs for layer in found.layers),
    }
    for name, count in sums.items():
        stated = found.total.get(name, count)
        if stated != count:
            raise refused(head, f"`{key}` has {count:,} {name}, its total says {shown(stated)}")


def _layers(lines: list[Line], above: tuple[str, ...]) -> tuple[LockedLayer, ...]:
    """Return the layers. Each reads what the one above writes, unless it says otherwise."""
    layers: dict[str, LockedLayer] = {}
    for line in lines:
        layer = _layer(line, above)
        if layer.name in layers:
            message = f"`{layer.name}` is there twice; first in line {layers[layer.name].line}"
            raise refused(line.key, message, EITHER_SIDE)
        layers[layer.name] = layer
        above = layer.outputs
    return tuple(layers.values())


def _layer(line: Line, above: tuple[str, ...]) -> LockedLayer:
    key, words = line.key, line.words
    if len(words) < 2 or not re.fullmatch(r"\w+", words[0].text, re.ASCII):
        raise refused(key, "a layer's line has its operator and its output's shape")
    pairs = pairs_of(words[2:])
    missing = next((name for name in ("params", "macs") if name not in pairs), None)
    if missing:
        raise refused(key, f"the layer has no `{missing}`")
    params, macs = (number_of(pairs.pop(name)) for name in ("params", "macs"))
    inputs = names_of(pairs.pop("from")) if "from" in pairs else above
    shares = name_of(pairs.pop("shares")) if "shares" in pairs else None
    arguments = {name: value.text for name, value in pairs.items()}
    output = shapes_of(words[1])
    return LockedLayer(name_of(key), words[0].text, output, params, macs, arguments, inputs, shares, key.line)
