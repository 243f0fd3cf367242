"""Where a law holds, in sentences: what is assumed, what the network asks of its symbols; and what names stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from convcost.algebra.atoms import Atom
from convcost.algebra.domain import Sentence, sentences
from convcost.algebra.law import Law
from convcost.render.summary import Line

MOST_CONDITIONS = 5
"""More than these are shown on request."""


def domain_of(law: Law, names: Mapping[Atom, str] | None = None, every: bool = False) -> str:
    """Return where the law holds: every condition, or the first few, each with the layer that needs it."""
    found = _conditions(law, _alike(sentences(law.conditions, names), law))
    more = 0 if every else max(0, len(found) - MOST_CONDITIONS)
    rest = f"; and {more} more: --conditions shows all" if more else ""
    return f"where {'; '.join(found[: len(found) - more])}{rest}" if found else _everywhere(law)


def domain_in_full(law: Law) -> str:
    """Return where the law holds, for a program: every condition, with the axis that it is on."""
    found = conditions_of(law)
    return f"where {'; '.join(found)}" if found else _everywhere(law)


def _everywhere(law: Law) -> str:
    whole = law.whole
    if len(whole) == len(law.all_variables):
        return "for all whole numbers from 1 up"
    return f"for all positive values{f', whole for {listed(whole)}' if whole else ''}"


def conditions_of(law: Law) -> list[str]:
    """Return all that a law rests on, as sentences of their own; what is assumed comes first."""
    return _conditions(law, sentences(law.conditions))


def _conditions(law: Law, found: Iterable[Sentence]) -> list[str]:
    return [*map(said, law.assumed.texts if law.assumed else ()), *map(_needed, found), *law.unanswered]


def _needed(sentence: Sentence) -> str:
    return f"{sentence.text}, for {sentence.layer}" if sentence.layer else sentence.text


def _alike(found: Iterable[Sentence], law: Law) -> list[Sentence]:
    """Sentences about axes that are alike as one: `H >= k, W alike`; one that has several sizes in it is left alone."""
    axes = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(law.sizes)))})(?=\d*\b)") if law.sizes else None
    kept: dict[str, Sentence] = {}
    for sentence in found:
        letters = set(axes.findall(sentence.text)) if axes else set()
        key = axes.sub("", sentence.text) if axes and len(letters) == 1 else sentence.text
        if (other := kept.get(key)) and letters:
            kept[key] = other._replace(text=f"{other.text}, {letters.pop()} alike")
        else:
            kept[key] = sentence
    return list(kept.values())


def said(assumption: str) -> str:
    """Return an assumption as one says it: `32 divides H`.

    >>> said("H % 32 == 0"), said("T % (p*s) == 0"), said("k odd"), said("s == 2")
    ('32 divides H', 'p*s divides T', 'k is odd', 's == 2')
    """
    if divided := re.fullmatch(r"(.*\S)\s*%\s*(\S.*?)\s*==\s*0", assumption):
        return f"{divided[2].removeprefix('(').removesuffix(')')} divides {divided[1]}"
    return re.sub(r"\s+(?:is\s+)?(odd|even)$", r" is \1", assumption)


def definition_lines(law: Law, definitions: Mapping[str, str]) -> list[Line]:
    """Return what names stand for; of sizes along two axes that are alike, H1 and W1, the first."""
    found = (Sentence(f"{name} = {text}", name) for name, text in definitions.items())
    return [
        (one.layer, re.sub(r", (\S+) alike$", rf", \g<1>{one.layer[1:]} alike", one.text.removeprefix(f"{one.layer} ")))
        for one in _alike(found, law)
    ]


def listed(names: Sequence[str]) -> str:
    """Return names as a list: `H, W and c`."""
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
