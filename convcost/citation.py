"""The paper that a network is from, as the head of its spec names it: the title, then authors, year and where it is."""

from __future__ import annotations

import re
from typing import NamedTuple

from convcost.errors import Source


class Citation(NamedTuple):
    """A paper: its title, its authors and whether there are more of them, its year, and its number or place."""

    title: str
    authors: tuple[str, ...]
    et_al: bool
    year: str
    arxiv: str
    """Its number there; empty where it has none."""
    place: str
    """A journal, a conference or an address; empty where it has a number."""

    @property
    def identity(self) -> str:
        """What it has in common with the same paper as another spec names it."""
        return self.arxiv or self.title.casefold()


_WHERE = re.compile(
    r"(?P<authors>[^\d:;()]+?)(?P<et_al> et al\.)? (?P<year>(?:19|20)\d\d), "
    r"(?:arXiv:(?P<arxiv>\d{4}\.\d{4,5})|(?P<place>.+?)(?: \(|, |: |\.?$))"
)
_NAME = r"[^\W\d_a-z][\w.'’-]*"
_AUTHOR = re.compile(rf"(?:[a-z]{{2,3}} ){{0,3}}{_NAME}(?: {_NAME}){{0,4}}")
"""Particles, as in `van der Maaten`, and names with capitals."""


def head_of(source: Source) -> list[str]:
    """Return the lines of comments that a spec begins with, without their marks."""
    lines = []
    for line in source.lines:
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# ").strip())
    return lines


def cited(source: Source) -> Citation | None:
    """Return the paper that the head of a spec names; None if it names none.

    >>> cited(Source("net.yaml", "# Network In Network\\n# Lin, Chen & Yan 2014, arXiv:1312.4400, fig. 2\\nlayers:"))
    Citation(title='Network In Network', authors=('Lin', 'Chen', 'Yan'), et_al=False, year='2014', arxiv='1312.4400',
             place='')
    """
    title, *rest = head_of(source) or [""]
    found = _WHERE.match(" ".join(rest))
    if not title or not found:
        return None
    authors = tuple(re.split(r", (?:& )?| & | and ", found["authors"]))
    if not all(map(_AUTHOR.fullmatch, authors)):
        return None
    return Citation(title, authors, bool(found["et_al"]), found["year"], found["arxiv"] or "", found["place"] or "")
