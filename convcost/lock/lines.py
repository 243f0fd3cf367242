"""The lines of a lock file, word by word.

Each word knows its place, for the file may be torn, merged badly, or another's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from convcost.errors import Problem, Source, Span, SpecError
from convcost.language.yaml_problems import MERGE_CONFLICT
from convcost.lock.keys import HEADING, NAME, Key, key_in, unquoted
from convcost.lock.records import FIRST, VERSION

_HEADING = re.compile(rf"(?P<indent>)(?P<key>{HEADING}):(?: (?P<rest>\S.*)?)?", re.ASCII)
_LINE = re.compile(rf"(?P<indent>  |    )(?P<key>{NAME}):(?: (?P<rest>\S.*)?)?", re.ASCII)
_PAIR = re.compile(rf"(?P<key>{NAME})=(?P<value>\S+)", re.ASCII)
_SHAPES = re.compile(r"\d+(x\d+)*(,\d+(x\d+)*)*", re.ASCII)
_NUMBER = re.compile(r"\d{1,1000}", re.ASCII)
_ANEW = "take it as it was before, or delete it and write it anew: `convcost lock PATH...`"
EITHER_SIDE = "take either side of the file whole, then run `convcost lock` again"


class Word(NamedTuple):
    """A word of a line, and where it stands."""

    text: str
    source: Source
    line: int
    column: int


class Line(NamedTuple):
    """A line: how far it is indented, what stands before the colon, and the words behind it."""

    indent: int
    key: Word
    words: list[Word]


def refused(word: Word, message: str, help: str = _ANEW) -> SpecError:
    """Return the error that a lock file is wrong at a word of it."""
    span = Span(word.source, word.line, word.column, max(1, len(word.text)))
    return SpecError([Problem(span, message, help)])


def lines_of(source: Source) -> Iterator[Line]:
    """Yield each line behind the first, which says that this is a lock file. SpecError if it is none, or torn."""
    if not source.text:
        raise refused(Word("", source, 1, 1), "the lock file is empty")
    texts = _texts(source)
    _check_first(next(texts, Word("", source, 1, 1)))
    if not source.text.endswith("\n"):
        end = Word("", source, len(source.lines), len(source.lines[-1]) + 1)
        raise refused(end, "the file is torn: it ends in the middle of a line")
    for whole in texts:
        found = (_LINE if whole.text.startswith(" ") else _HEADING).fullmatch(whole.text)
        if found is None:
            text = whole.text.strip()
            raise refused(whole._replace(text=text, column=whole.text.index(text) + 1), "no line of a lock file")
        rest = re.finditer(r"\S+", found["rest"] or "")
        words = [Word(one[0], source, whole.line, found.start("rest") + one.start() + 1) for one in rest]
        yield Line(len(found["indent"]), Word(found["key"], source, whole.line, found.start("key") + 1), words)


def _texts(source: Source) -> Iterator[Word]:
    """Yield whole lines, without those that are empty and comments."""
    for number, text in enumerate(source.lines, 1):
        if text.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
            raise refused(Word(text[:7], source, number, 1), MERGE_CONFLICT, EITHER_SIDE)
        if text.strip() and not text.lstrip().startswith("#"):
            yield Word(text, source, number, 1)


def _check_first(line: Word) -> None:
    found = re.fullmatch(rf"{FIRST}: (\S+)", line.text)
    if found is None:
        help = "`convcost lock PATH... -o FILE` writes one"
        raise refused(line._replace(text=""), "this is not a lock file of convcost", help)
    if found[1] != str(VERSION):
        message = f"lock files of version {found[1]} are unknown to this convcost"
        raise refused(line._replace(text=found[1], column=found.start(1) + 1), message, f"it writes {VERSION}")


def pairs_of(words: list[Word]) -> dict[str, Word]:
    """Return the values of words that are `name=value`, by name. SpecError for a word that is not, or a name twice."""
    pairs: dict[str, Word] = {}
    for word in words:
        found = _PAIR.fullmatch(word.text)
        if found is None:
            raise refused(word, f"`{word.text}` is not `name=value`")
        name = name_of(word._replace(text=found["key"]))
        if name in pairs:
            raise refused(word, f"`{name}` is given twice")
        pairs[name] = word._replace(text=found["value"], column=word.column + found.start("value"))
    return pairs


def name_of(word: Word) -> str:
    """Return the name that a word is. SpecError if its quotes hold none."""
    try:
        return unquoted(word.text)
    except ValueError:
        raise refused(word, f"{word.text} is not a name") from None


def key_of_heading(word: Word) -> Key:
    """Return the key that a heading names. SpecError if it names none."""
    try:
        return key_in(word.text)
    except ValueError:
        raise refused(word, f"{word.text} names no spec") from None


def names_of(word: Word) -> tuple[str, ...]:
    """Return the names that stand in a word, with commas between them. SpecError if one is none."""
    return tuple(name_of(word._replace(text=text)) for text in word.text.split(","))


def number_of(word: Word) -> int:
    """Return the number that a word is. SpecError if it is none."""
    value = amount_of(word)
    if isinstance(value, str):
        raise refused(word, f"`{word.text}` is not a number")
    return value


def amount_of(word: Word) -> int | str:
    """Return the number that a word is; its text if it is none: a newer convcost may write other amounts."""
    return int(word.text) if _NUMBER.fullmatch(word.text) else word.text


def shapes_of(word: Word) -> str:
    """Return the shapes that a word is, with commas between them. SpecError if it is none."""
    if not _SHAPES.fullmatch(word.text):
        raise refused(word, f"`{word.text}` is not a shape")
    return word.text
