"""What a shell completes: commands, options, networks, operators, and the symbols and variants of a spec.

After `convcost --install-completion` the shell asks for it, by environment variables; only then is this file imported.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import typer

from convcost.errors import ConvcostError
from convcost.language.parts import Spec
from convcost.reading.description import Description
from convcost.reading.sources import SUFFIXES, bundled


def words_so_far() -> list[str]:
    """Return the command line as it stands, without the program's name."""
    return (os.environ.get("COMP_WORDS") or os.environ.get("_TYPER_COMPLETE_ARGS", "")).split()[1:]


def answer(app: typer.Typer) -> None:
    """Print the completions that the shell asks for, and exit."""
    group: Any = typer.main.get_command(app)
    for command in group.commands.values():
        for parameter in command.params:
            words = _words_for(parameter)
            if words is not None:
                parameter.shell_complete = partial(_items, words)
    group(prog_name="convcost")


class Item(NamedTuple):
    """A word, as typer's printers for the shells want it."""

    value: str
    help: str | None = None
    type: str = "plain"


def _items(words: Callable[[], Iterable[str]], context: object, incomplete: str) -> list[Item]:
    """The words that begin as typed. What a shell could take for more than a word is left out."""
    safe = (word for word in words() if re.fullmatch(r"[\w.+=/-]+", word, re.ASCII))
    return [Item(word) for word in sorted(set(safe)) if word.startswith(incomplete)]


def _words_for(parameter: Any) -> Callable[[], Iterable[str]] | None:
    """An option's choices stand in its help: `table|json`."""
    choices = (parameter.metavar or "").split("|")
    if len(choices) > 1:
        return lambda: [choice for choice in choices if choice.islower()]
    return WORDS.get(parameter.name)


def _networks() -> list[str]:
    """Bundled networks, and specs in this folder. Where none fits, the shell completes files."""
    files = (path.name for path in Path().iterdir() if path.suffix in SUFFIXES)
    return [*bundled(), *files]


def _operators() -> list[str]:
    from convcost.ops import OPERATORS

    return list(OPERATORS)


def _devices() -> list[str]:
    from convcost.reading.device import device_names

    return list(device_names())


def _convolutions() -> list[str]:
    from convcost.family import FAMILY

    return list(FAMILY)


def _explained() -> list[str]:
    from convcost.language.library import library_names

    return [*_convolutions(), *_operators(), *library_names()]


def _sides() -> list[str]:
    return [*_convolutions(), *_networks()]


def _symbols() -> list[str]:
    return [name for spec in _specs() for name in spec.symbols]


def _settings() -> list[str]:
    return [f"{name}=" for name in _symbols()]


def _variants() -> list[str]:
    return [name for spec in _specs() for name in spec.variants]


def _ends() -> list[str]:
    """The tensors of the models on the line."""
    from convcost.reading.graph.model import GraphModel

    graphs = (one.model.graph for one in _descriptions() if isinstance(one.model, GraphModel))
    return [name for graph in graphs for node in graph.nodes for name in node.outputs]


def _specs() -> Iterator[Spec]:
    """The specs on the line that can be read."""
    return (description.spec for description in _descriptions())


def _descriptions() -> Iterator[Description]:
    from convcost.reading.load import open_description

    for word in words_so_far():
        if word in bundled() or word.endswith(SUFFIXES):
            try:
                yield open_description(word)
            except ConvcostError:
                continue


WORDS: dict[str, Callable[[], Iterable[str]]] = {
    "at": _settings,
    "device": _devices,
    "free": _symbols,
    "name": _explained,
    "names": _operators,
    "new": _networks,
    "old": _networks,
    "outputs": _ends,
    "paths": _networks,
    "settings": _settings,
    "sides": _sides,
    "spec": _networks,
    "specs": _networks,
    "symbols": _symbols,
    "variant": _variants,
}
"""What completes the parameters of commands, by their names there."""
