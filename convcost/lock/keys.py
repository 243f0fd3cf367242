"""What a network goes by in a lock file: its spec, and what the spec is read with.

The heading of a network says both as one would type them: `specs/net.yaml`, `specs/net.yaml --set alpha=0.5`,
`specs/net.yaml --variant half`, `nets.py:make --shape 3x64x64`. Names stand as they are, or in quotes where they hold
what parts words; then the quotes stand around the whole heading.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple, TypeAlias

from convcost.language.scope import setting
from convcost.ops.arguments import show
from convcost.ops.numbers import Number
from convcost.reading.opening import AS_IT_IS, Opening, names_module
from convcost.reading.sources import bundled

PLAIN = r"[A-Za-z0-9_][A-Za-z0-9_./+@-]*"
"""Names that need no quotes."""

IN_QUOTES = r'"(?:[^"\\]|\\.)*"'

NAME = f"{PLAIN}|{IN_QUOTES}"
"""Names as they are written."""


def quoted(name: str) -> str:
    r"""Return a name as it is, or in quotes as JSON has it, without blanks, quotes, commas and signs that part words.

    >>> print(quoted("layer1.0"), quoted("a, b"))
    layer1.0 "a\u002c\u0020b"
    """
    if re.fullmatch(PLAIN, name):
        return name
    import json

    body = json.dumps(name)[1:-1]
    return '"' + re.sub(r'\\"|[ ,=:#]', lambda found: f"\\u{ord(found[0][-1]):04x}", body) + '"'


def unquoted(text: str) -> str:
    """Return the name that is written so. ValueError if its quotes hold none."""
    if not text.startswith('"'):
        return text
    import json

    return str(json.loads(text))


def typed(value: Number) -> str:
    """Return a symbol's value as one would type it.

    >>> typed(Fraction(1, 2)), typed(Fraction(1, 3)), typed(True), typed(2**200) == str(2**200)
    ('0.5', '1/3', 'true', True)
    """
    if isinstance(value, bool):
        return str(value).lower()
    return show(value) if isinstance(value, Fraction) else str(value)


_OPTIONS = r"(?: --variant [\w./+@-]+)?(?: --set \w+=[\w./+-]+)*(?: --(?:shape|arg|outputs) [\w./+=,-]+)*"
_IN_WORDS = rf"{PLAIN}(?::[\w.]+)?{_OPTIONS}"
HEADING = f"{_IN_WORDS}|{IN_QUOTES}"
"""Headings as they are written."""


Settings: TypeAlias = Mapping[str, Number | str] | None


class Key(NamedTuple):
    """A spec and what it is read with. Keys sort by spec, the one without settings first."""

    file: str
    """The spec's path from the lock file's folder, with forward slashes; or a bundled network's or a module's name."""
    variant: str = ""
    """The variant that is chosen; empty: none."""
    settings: tuple[tuple[str, str], ...] = ()
    """The symbols that are set, sorted, each with its value as one would type it."""
    opening: Opening = AS_IT_IS
    """How a model or a module is opened."""

    @property
    def words(self) -> list[str]:
        """Its name, and what it is read with as one would type it."""
        variant = [("--variant", self.variant)] if self.variant else []
        settings = [("--set", f"{symbol}={value}") for symbol, value in self.settings]
        return [self.file, *(word for pair in (*variant, *settings, *self.opening.options) for word in pair)]

    @property
    def options(self) -> str:
        """What it is read with as one would type it, with a blank before each word; empty if that is nothing."""
        return "".join(f" {word}" for word in self.words[1:])

    def __str__(self) -> str:
        return self.file + self.options


def key_of(
    path: str, folder: Path, settings: Settings = None, variant: str | None = None, opening: Opening = AS_IT_IS
) -> Key:
    """Return the key of a spec file that is read with these settings, in a lock file of that folder.

    A network that comes with convcost, and not from below the folder, has the name that it is known by, as has a module
    that Python finds. UsageError for a setting that is no value.

    >>> str(key_of("specs/net.yaml", Path("specs"))), str(key_of("net.yaml", Path("locks"), {"alpha": "1/2"}))
    ('net.yaml', '../net.yaml --set alpha=0.5')
    """
    file = path if is_found_by_python(path) else Path(os.path.relpath(path, folder)).as_posix()
    if file.startswith("../") and path in map(str, bundled().values()):
        file = Path(path).stem
    return Key(file, variant or "", typed_settings(settings), opening.of(path))


def is_found_by_python(path: str) -> bool:
    """Return whether that names a module by its dotted name, which is the same in every folder."""
    module = names_module(path)
    return module is not None and not module[0].endswith(".py")


def typed_settings(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Return settings as a key has them. Values are worked out: 1/2 and 0.5 are one setting."""
    values = {symbol: typed(setting(symbol, value)) for symbol, value in (settings or {}).items()}
    return tuple(sorted(values.items()))


def heading(key: Key) -> str:
    r"""Return a key as the heading of its network.

    >>> print(heading(Key("a b.yaml", "half", (("n", "3"),))))
    "a\u0020b.yaml --variant half --set n=3"
    """
    if re.fullmatch(_IN_WORDS, str(key), re.ASCII) and str(key).split(" ") == key.words:
        return str(key)
    words = (re.sub("[^=]+", lambda part: quoted(part[0]).strip('"'), word) for word in key.words)
    return '"' + " ".join(words) + '"'


def key_in(text: str) -> Key:
    r"""Return the key that a heading names. ValueError if it names none.

    >>> key_in('"a\\u0020b.yaml --variant half --set n=3"')[:3]
    ('a b.yaml', 'half', (('n', '3'),))
    """
    is_quoted = text.startswith('"')
    file, *options = [unquoted(f'"{word}"') for word in text[1:-1].split(" ")] if is_quoted else text.split(" ")
    pairs = list(zip(options[::2], options[1::2], strict=True))
    given: dict[str, list[str]] = {"--variant": [], "--set": [], "--shape": [], "--arg": [], "--outputs": []}
    for option, word in pairs:
        if option not in given:
            raise ValueError(text)
        given[option].append(word)
    variants, settings, shapes, arguments, outputs = given.values()
    ends = tuple(name for word in outputs for name in word.split(","))
    values = dict(word.partition("=")[::2] for word in settings)
    opening = Opening(tuple(shapes), tuple(arguments), ends)
    return Key(file, next(iter(variants), ""), tuple(sorted(values.items())), opening)
