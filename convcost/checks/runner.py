"""Files checked one by one: each is read once, and all that is wrong with it is found."""

from __future__ import annotations

import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from convcost.analysis.costs import Analysis
from convcost.building.joints import ROUNDING
from convcost.checks.base import Finding, Found, Rule, Subject, named
from convcost.checks.budgets import Budget, over_budget
from convcost.checks.expectations import rows_at, unmet
from convcost.checks.locked import gone, not_kept, unlocked
from convcost.checks.paths import Target
from convcost.checks.rules import RULES, no_code
from convcost.checks.suppressions import suppress
from convcost.errors import ConvcostError, Problem, Span, whole_file
from convcost.lock.file import Lock
from convcost.network import Network
from convcost.ops.numbers import Number
from convcost.reading.opening import AS_IT_IS, Opening


class Report(NamedTuple):
    """The findings in one file."""

    path: str
    """As it is shown: relative where it can be, with `/`."""
    network: str | None
    """None if it can't be read; empty for a lock file."""
    layers: int
    findings: tuple[Finding, ...]
    """In the order of the text."""
    suppressed: int = 0

    @property
    def readable(self) -> bool:
        """Whether the file could be read as a network."""
        return self.network is not None

    def count(self, severity: str) -> int:
        """Return how many findings of a severity there are."""
        return sum(finding.severity == severity for finding in self.findings)


def chosen_codes(select: Iterable[str] = (), ignore: Iterable[str] = ()) -> frozenset[str]:
    """Return the codes to look for: all or those selected, less those ignored. `W3` is every code that begins so.

    Raises UsageError for what is not a code. What can't be read is reported all the same.

    >>> sorted(chosen_codes(["E1"], ["E102"]))
    ['E101', 'E103', 'E104', 'E105', 'E106', 'E107', 'E108']
    """
    selected = frozenset(code for word in select for code in _codes(word)) or frozenset(RULES)
    return selected - {code for word in ignore for code in _codes(word)}


def _codes(word: str) -> list[str]:
    codes = [code for code in RULES if code.startswith(word.upper())]
    if not word or not codes:
        raise no_code(word)
    return codes


class Asked(NamedTuple):
    """What is held against every file."""

    codes: frozenset[str]
    """What is looked for."""
    lock: Lock | None = None
    settings: Mapping[str, Number | str] = MappingProxyType({})
    variant: str | None = None
    budgets: tuple[Budget, ...] = ()
    opening: Opening = AS_IT_IS


def check(target: Target, asked: Asked) -> Report:
    """Return what was found in one file: in what it expects, against the lock file, by every rule, over budgets.

    At settings or in a variant, what it expects at its defaults is left out: the rows of that very setting apply.
    """
    codes, lock = asked.codes, asked.lock
    try:
        description = target.read(asked.opening)
        settings, at = description.at(asked.settings)
        subject = Subject(description, settings, asked.variant)
    except ConvcostError as error:
        return Report(target.shown, None, 0, tuple(map(_unreadable, error.problems)))
    network = subject.network
    if settings or asked.variant:
        network = network._replace(expect=rows_at(description, (settings, asked.variant)))
    analysis = Analysis(network, at)
    found = unmet(analysis, description, (settings, asked.variant)) if codes & _EXPECTED else []
    found += _in_part(network, whole_file(subject.source.name))
    found += over_budget(analysis, asked.budgets, whole_file(subject.source.name))
    if lock is not None:
        found += unlocked(subject, lock, target.path, asked.opening)
    else:
        codes -= _LOCKED
    found += by_rules(subject, codes)
    remaining, suppressed = suppress(subject.source, [one for one in found if one.code in codes], codes)
    findings = sorted((one for one in remaining if one.code in codes), key=_place)
    return Report(target.shown, network.name, len(network.layers), tuple(findings), suppressed)


def by_rules(subject: Subject, codes: Container[str] = RULES) -> list[Finding]:
    """Return what rules find in a network, one finding for each line of its spec."""
    rules = [(rule, rule.find) for rule in RULES.values() if rule.code in codes and rule.find is not None]
    return [finding for rule, find in rules for finding in _together(rule, find(subject), subject)]


def check_lock(lock: Lock, words: Sequence[str], codes: frozenset[str]) -> list[Report]:
    """Return a report of the lock file itself if anything is found: specs that are gone from `words`, old totals."""
    findings = tuple(finding for finding in [*gone(lock, words), *not_kept(lock)] if finding.code in codes)
    return [Report(lock.source.name.replace(os.sep, "/"), "", 0, findings)] if findings else []


_EXPECTED = frozenset(code for code in RULES if code.startswith("E1"))
_LOCKED = frozenset(code for code in RULES if code[1] == "2")


def _unreadable(problem: Problem) -> Finding:
    code = "E301" if problem.reason == ROUNDING else "E001"
    return Finding(code, problem.message, problem.span, problem.help, problem.trail)


def _in_part(network: Network, top: Span) -> Iterator[Finding]:
    """Yield a finding of what is not counted, at the top of the file."""
    if missing := network.not_counted:
        kinds = ", ".join(f"{count} {kind}" for kind, count in missing.items())
        help = "--outputs NAME,... stops before them"
        yield Finding("E108", f"`{network.name}` is not counted as a whole: {kinds} are in no total", top, help)


def _together(rule: Rule, found: Iterable[Found], subject: Subject) -> Iterator[Finding]:
    """The findings of a rule: one for each line of the spec, about the first of the layers that the line makes."""
    lines: dict[tuple[int, str], list[Finding]] = {}
    for one in found:
        span, trail = (one.span, one.trail) if one.layer is None else subject.place(one.layer)
        name = one.layer.name if one.layer else ""
        finding = Finding(rule.code, one.message, span, one.help, trail, name)
        lines.setdefault((id(span), "" if one.layer else one.message), []).append(finding)
    for first, *others in lines.values():
        help = [*([first.help] if first.help else []), *([f"likewise {named(others)}"] if others else [])]
        yield replace(first, help="; ".join(help) or None)


def _place(finding: Finding) -> tuple[int, int, str]:
    return (finding.span.line, finding.span.column, finding.code) if finding.span else (0, 0, finding.code)
