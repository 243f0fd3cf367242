"""Comments that keep findings quiet: `# convcost: ignore[W302]` on their line, `# convcost: ignore-file[W302]`."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convcost.checks.base import Finding
from convcost.checks.rules import RULES
from convcost.errors import Source, Span, did_you_mean
from convcost.language.parsing import quoted_ranges

_COMMENT = re.compile(r"(?:^|(?<=\s))#\s*convcost:\s*(?P<word>[\w-]+)\s*(?P<codes>\[[^\]#]*\])?")

_WORDS = ("ignore", "ignore-file")

LASTING = ("E001", "E301", "W401", "N402")
"""Codes that no comment suppresses: a file that can't be read is not checked, and comments do not excuse comments."""


class Suppression(NamedTuple):
    """One code in one comment."""

    code: str
    span: Span
    whole_file: bool


def suppress(source: Source, findings: Sequence[Finding], active: frozenset[str]) -> tuple[list[Finding], int]:
    """Return the findings that remain, and how many do not.

    Comments that name no code, or suppress nothing, are found, too.

    `active` are the codes that were looked for.
    """
    if "convcost:" not in source.text:
        return list(findings), 0
    wrong: list[Finding] = []
    suppressions = {(one.code, 0 if one.whole_file else one.span.line): one for one in _suppressions(source, wrong)}
    remaining: list[Finding] = []
    used = set()
    for finding in findings:
        places = [(finding.code, 0), (finding.code, finding.span.line if finding.span else 0)]
        by = [place for place in places if place in suppressions]
        used.update(by)
        if not by:
            remaining.append(finding)
    for place, one in suppressions.items():
        if place not in used and one.code in active:
            where = "in this file" if one.whole_file else "on this line"
            message = f"nothing to suppress: there is no {one.code} {where}"
            wrong.append(Finding("N402", message, one.span, "remove it"))
    return remaining + wrong, len(findings) - len(remaining)


def _suppressions(source: Source, wrong: list[Finding]) -> Iterator[Suppression]:
    """The codes of all comments; what is not a code is added to what is wrong."""
    for line, comment in _comments(source):
        word, codes = comment["word"], comment["codes"]
        span = Span(source, line, comment.start("word") + 1, len(word))
        if word not in _WORDS:
            # Prose about convcost is no mistake; a misspelt word before codes is.
            if codes:
                wrong.append(_unknown(f"no such comment: `{word}`", span, did_you_mean(word, _WORDS)))
            continue
        if not codes:
            wrong.append(_unknown(f"`{word}` names no codes", span, f"for example {word}[W302]"))
            continue
        for found in re.finditer(r"[^\s,\[\]]+", codes):
            code = found[0]
            span = Span(source, line, comment.start("codes") + found.start() + 1, len(code))
            if code in RULES and code not in LASTING:
                yield Suppression(code, span, word == "ignore-file")
            else:
                what = "can't be suppressed" if code in RULES else "is not a code"
                help = did_you_mean(code.upper(), [known for known in RULES if known not in LASTING])
                wrong.append(_unknown(f"`{code}` {what}", span, help))


def _unknown(message: str, span: Span, help: str | None) -> Finding:
    return Finding("W401", message, span, help or "`convcost check --explain W401`")


def _comments(source: Source) -> Iterator[tuple[int, re.Match[str]]]:
    """Comments to convcost with their lines: what looks like one inside a quoted or a block scalar is text."""
    texts = list(quoted_ranges(source))
    starts = [start for start, _ in texts]
    offset = 0
    for number, line in enumerate(source.lines, 1):
        for match in _COMMENT.finditer(line) if "convcost:" in line else ():
            before = bisect_right(starts, offset + match.start()) - 1
            if before < 0 or offset + match.start() >= texts[before][1]:
                yield number, match
        offset += len(line) + 1
