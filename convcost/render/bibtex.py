r"""Papers as BibTeX: keys of author, year and title; accents as BibTeX sorts them; nothing is a command."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import count

from convcost.algebra.latex import escaped
from convcost.citation import Citation
from convcost.errors import printable


def as_bibtex(papers: Iterable[Citation]) -> str:
    """Return the entries in BibTeX, each paper once, in the order in which they come first.

    A key is the first author, the year and the first word of the title that says something: `he2016deep`. Papers that
    would share one are told apart by a number.
    """
    first: dict[str, Citation] = {}
    for paper in papers:
        first.setdefault(paper.identity, paper)
    entries: dict[str, str] = {}
    for paper in first.values():
        key = next(one for one in _keys(paper) if one not in entries)
        entries[key] = _entry(key, paper)
    return "\n".join(entries.values())


_SAYS_NOTHING = {"a", "an", "the", "on", "in", "of", "for", "from", "to", "with", "and"}


def _keys(paper: Citation) -> Iterator[str]:
    """The key of a paper, and those that it has where others have it already."""
    author = _ascii(paper.authors[0].rpartition(" ")[2])
    words = list(filter(None, map(_ascii, re.split(r"[^\w'’-]+", paper.title))))
    word = next((word for word in words if word not in _SAYS_NOTHING), "")
    yield f"{author}{paper.year}{word}"
    for n in count(2):
        yield f"{author}{paper.year}{word}-{n}"


def _ascii(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", text).lower())


def _entry(key: str, paper: Citation) -> str:
    fields = {
        "author": " and ".join([*map(_text, paper.authors), *(["others"] if paper.et_al else [])]),
        "title": f"{{{_text(paper.title)}}}",  # in braces of its own, it keeps its capitals
        "year": paper.year,
    }
    if paper.arxiv:
        fields |= {"eprint": paper.arxiv, "archiveprefix": "arXiv", "url": f"https://arxiv.org/abs/{paper.arxiv}"}
    elif re.fullmatch(r"[\w-]+(\.[\w-]+)+(/[\w.-]+)*", paper.place, re.ASCII):
        fields["url"] = f"https://{paper.place}"
    else:
        fields["howpublished"] = _text(paper.place)
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items()]
    return "\n".join([f"@misc{{{key},", *lines, "}\n"])


_ACCENTS = {
    "\u0300": "`",
    "\u0301": "'",
    "\u0302": "^",
    "\u0303": "~",
    "\u0304": "=",
    "\u0307": ".",
    "\u0308": '"',
    "\u030a": "r ",
    "\u030b": "H ",
    "\u030c": "v ",
    "\u0327": "c ",
    "\u0328": "k ",
}
"""By the mark that Unicode has for them."""

_BRACES = {"{": r"\textbraceleft{}", "}": r"\textbraceright{}"}
"""As BibTeX counts braces, also those after a backslash."""


def _text(text: str) -> str:
    r"""Text in an entry.

    >>> print(_text(r"Krähenbühl {50%"))
    Kr{\"a}henb{\"u}hl \textbraceleft{}50\%
    """
    return "".join(map(_letter, unicodedata.normalize("NFC", printable(text))))


def _letter(char: str) -> str:
    letter, *marks = list(unicodedata.normalize("NFD", char))
    if len(marks) == 1 and marks[0] in _ACCENTS:
        return f"{{\\{_ACCENTS[marks[0]]}{letter}}}"
    return _BRACES.get(char) or escaped(char)
