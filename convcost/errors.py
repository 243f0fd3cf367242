"""What can be wrong with an input, and how it is shown: a span, the source line, a caret, a help line.

The text of an exception *is* the picture, so whoever prints it prints all there is to know.
What is wrong with a description is gathered while it is read, so that one run tells everything.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

Reason: TypeAlias = str | tuple[str, int]
"""Why something is wrong, where a check has more to say about it: `rounding`, or `groups` and how many."""


class Source:
    """The text of one input and the name it goes by in messages (a path, `<stdin>`, `--set`).

    What is not text has the `lines` of a listing instead, for messages to point into.
    """

    __slots__ = ("lines", "name", "text")

    def __init__(self, name: str, text: str, lines: list[str] | None = None) -> None:
        self.name = name
        self.text = text
        self.lines = text.split("\n") if lines is None else lines

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Source) and self._key == other._key

    def __hash__(self) -> int:
        return hash((self.name, self.text))

    def __reduce__(self) -> tuple[Any, ...]:
        return Source, self._key

    def __repr__(self) -> str:
        return f"Source{self._key}"

    @property
    def _key(self) -> tuple[str, str, list[str] | None]:
        return self.name, self.text, None if self.text else self.lines


class Span(NamedTuple):
    """A stretch of one line of a source; line and column count from 1."""

    source: Source
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{printable(self.source.name)}:{self.line}:{self.column}"

    def part(self, offset: int, length: int) -> Span:
        """Return the span of a few characters inside this one (a word inside an expression)."""
        return Span(self.source, self.line, self.column + offset, max(1, length))


def whole_file(name: str) -> Span:
    """Return the span of what is said of a file as a whole: its first place, of which no line is shown."""
    return Span(Source(name, "", []), 1, 1)


class Problem:
    """One thing that is wrong, where it stands, and what to do about it."""

    __slots__ = ("help", "message", "reason", "span", "trail")

    def __init__(
        self,
        span: Span | None,
        message: str,
        help: str | None = None,
        trail: tuple[str, ...] = (),
        reason: Reason | None = None,
    ) -> None:
        self.span = span
        self.message = shorten(printable(message))
        self.help = help and shorten(printable(help))
        self.trail = trail
        self.reason = reason

    def __str__(self) -> str:
        return pointed("error", self.message, self.span, self.help, self.trail)


def pointed(label: str, message: str, span: Span | None, help: str | None, trail: tuple[str, ...]) -> str:
    """Return a message with its place, the line with carets under the words, the help and the uses that led there."""
    if span is None:
        lines = [f"{label}: {message}"]
        gutter = " "
    else:
        lines = [f"{span}: {label}: {message}"]
        gutter = " " * (len(str(span.line)) + 1)
        lines += _picture(span, gutter)
    if help:
        lines.append(f"{gutter} = help: {help}")
    lines += [f"{gutter} = {step}" for step in trail]
    return "\n".join(lines)


class ConvcostError(Exception):
    """The base of all errors a caller can expect; `problems` holds every one that was found."""

    def __init__(self, problems: Iterable[Problem] | str, help: str | None = None) -> None:
        self.problems = (Problem(None, problems, help),) if isinstance(problems, str) else tuple(problems)
        texts = [str(problem) for problem in self.problems[:_MOST_SHOWN]]
        if len(self.problems) > _MOST_SHOWN:
            texts.append(f"... and {len(self.problems) - _MOST_SHOWN} more")
        super().__init__("\n\n".join(texts))


class SpecError(ConvcostError):
    """A spec that can't be read as a network."""


class UsageError(ConvcostError):
    """A request that doesn't fit: an unknown symbol in `--set`, a file that isn't there."""


class ShapeError(Exception):
    """An operator's guard: these sizes do not go together. The reader adds the place."""

    def __init__(
        self,
        message: str,
        help: str | None = None,
        argument: str | None = None,
        pair: tuple[int, int] | None = None,
        reason: Reason | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.argument = argument  # the argument at fault, where there is one
        self.pair = pair  # the two inputs that do not go together
        self.reason = reason


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """Return a help text naming the closest of the candidates, or None.

    >>> did_you_mean("kernal", ["kernel", "stride"])
    'did you mean `kernel`?'
    """
    close = closest(word, candidates)
    return f"did you mean `{close}`?" if close else None


def choices(word: str, known: Collection[str], lead: str = "there are") -> str:
    """Return a help text naming the closest of what is known, or all of it; `none` if that is nothing.

    >>> choices("tabel", ["table", "json"]), choices("pdf", ["table", "json"])
    ('did you mean `table`?', 'there are table, json')
    """
    return did_you_mean(word, known) or f"{lead} {', '.join(known) or 'none'}"


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """Return the candidate most like the word: alike but for case, underscores and `2d`, or nearly so; else None.

    >>> closest("MaxPool2d", ["avg_pool", "max_pool"])
    'max_pool'
    """
    if len(word) > _LONGEST_WORD:
        return None
    short = (candidate for candidate in candidates if len(candidate) <= _LONGEST_WORD)
    return _closest(word, tuple(islice(short, _MOST_CANDIDATES)))


@lru_cache(maxsize=256)
def _closest(word: str, candidates: tuple[str, ...]) -> str | None:
    # Remembered, for a mistake in a block that is repeated is met again and again.
    from difflib import get_close_matches

    folded = {_folded(candidate): candidate for candidate in candidates}
    close = get_close_matches(_folded(word), folded, n=1, cutoff=0.65)
    return folded[close[0]] if close else None


def _folded(word: str) -> str:
    plain = word.lower().replace("_", "").replace("-", "")
    return plain[:-2] if plain[-2:] in ("1d", "2d", "3d") else plain


def shorten(text: str) -> str:
    """Return the text, cut in the middle if it is longer than anyone would read."""
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 60]} ... {text[-50:]}"


def is_printable(text: str) -> bool:
    """Return whether nothing in the text drives a terminal, and a CI system takes nothing in it for a command."""
    return text.isprintable() and "::" not in text and "##" not in text


def printable(text: str) -> str:
    r"""Return the text with control and formatting characters shown as escapes, so that it can't drive a terminal.

    Nor a CI system, which takes `::error::` at a line's start and `##[error]` anywhere for commands.

    >>> print(printable("red \x1b[31m"), printable("::error::"))
    red \x1b[31m \x3a:error\x3a:
    """
    if is_printable(text):
        return text
    import re

    escaped = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return re.sub(r":(?=:)|#(?=#(vso)?\[)", lambda found: f"\\x{ord(found[0]):02x}", escaped)


_WIDEST_LINE = 120
_MOST_SHOWN = 20
_LONGEST_MESSAGE = 400
_LONGEST_WORD = 60
_MOST_CANDIDATES = 200


def _picture(span: Span, gutter: str) -> list[str]:
    if not 1 <= span.line <= len(span.source.lines):
        return []
    line = span.source.lines[span.line - 1].rstrip("\r")
    start = span.column - 1
    first = 0 if start < _WIDEST_LINE - 20 else start - 40  # keep the caret on the screen in a very long line
    before = printable(line[first:start].expandtabs(1))
    here = printable(line[start : start + span.length].expandtabs(1))
    after = printable(line[start + span.length : first + _WIDEST_LINE].expandtabs(1))
    carets = "^" * max(1, min(_columns(here), _WIDEST_LINE))
    shown = printable((before + here + after)[:_WIDEST_LINE].rstrip())
    return [f"{gutter}|", f"{span.line} | {shown}", f"{gutter}| {' ' * _columns(before)}{carets}"]


def _columns(text: str) -> int:
    """How many columns of a terminal the text takes: two for a wide character, none for a combining one."""
    if text.isascii():
        return len(text)
    import unicodedata

    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in text)
    return len(text) + wide - sum(unicodedata.combining(char) > 0 for char in text)


MAX_PROBLEMS = 100


class Problems:
    """Collects what is wrong, each thing once, however often a block is used."""

    def __init__(self, found: Iterable[Problem] = ()) -> None:
        """Begin with what has been found before."""
        self.found = list(found)
        self._seen: set[tuple[Any, ...]] = set()

    def report(
        self,
        span: Span | None,
        message: str,
        help: str | None = None,
        trail: tuple[str, ...] = (),
        reason: Reason | None = None,
    ) -> None:
        """Add a problem, unless the same was said of the same place; SpecError if there are too many."""
        place = (span.source.name, span.line, span.column) if span else None
        if (place, message) not in self._seen:
            self._seen.add((place, message))
            self.found.append(Problem(span, message, help, trail, reason))
            if len(self.found) > MAX_PROBLEMS:
                self.found[-1] = Problem(None, f"more than {MAX_PROBLEMS} problems; the rest is not shown")
                raise self.error()

    def error(self) -> SpecError:
        """Return an error with all that was found, in the order of the text."""
        return SpecError(sorted(self.found, key=_place))


def _place(problem: Problem) -> tuple[bool, str, int, int]:
    span = problem.span
    return (False, span.source.name, span.line, span.column) if span else (True, "", 0, 0)
