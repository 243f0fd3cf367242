"""Totals under other conventions of counting, side by side or item by item, and the conventions themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from convcost import numerals
from convcost.analysis.components import COMPONENTS
from convcost.analysis.convention_rules import Convention, Rule
from convcost.analysis.conventions import Calls, Count, Item
from convcost.errors import printable
from convcost.network import Note
from convcost.render.columns import Column
from convcost.render.summary import Line, listed


class RuleRow(NamedTuple):
    """One coefficient of a convention's linear form."""

    convention: Convention
    kind: str
    component: str
    coefficient: int
    rule: Rule


def rule_rows(convention: Convention) -> list[RuleRow]:
    """Return a convention as a table, for layers as modules."""
    return [
        RuleRow(convention, kind, component, coefficient, rule)
        for kind, rule in convention.modules.items()
        for component, coefficient in rule.coefficients.items()
    ]


def convention_lines(conventions: Sequence[Convention]) -> list[Line]:
    """Return the conventions in words."""
    return [(versioned(convention), f"{convention.unit}, {convention.remark}") for convention in conventions]


def rule_lines(convention: Convention) -> list[Line]:
    """Return a convention's rules in words."""
    why = _reasons((kind, rule.why) for kind, rule in convention.modules.items() if rule.known)
    lines = convention_lines([convention])
    return [*lines, ("because", why)] if why else lines


def versioned(convention: Convention) -> str:
    """Return its name, with the version if it is a tool's."""
    return f"{convention.name}@{convention.version}" if convention.version else convention.name


CONVENTION_COLUMNS: list[Column[Convention]] = [
    Column("convention", versioned, right=False),
    Column("unit", lambda convention: convention.unit, right=False),
    Column("N samples", lambda convention: convention.batch, right=False, rank=2),
    Column("what it counts", lambda convention: convention.remark, right=False, rank=1),
]

RULE_COLUMNS: list[Column[RuleRow]] = [
    Column("operator", lambda row: row.kind, right=False),
    Column("counts", lambda row: _times(row.coefficient), rank=0),
    Column("of", lambda row: COMPONENTS[row.component][0], right=False),
]

TOTAL_COLUMNS: list[Column[Count]] = [
    Column("convention", lambda count: count.convention.name, right=False),
    Column("version", lambda count: count.convention.version, right=False, rank=3),
    Column("total", lambda count: _total(count), rank=-1),
    Column("unit", lambda count: count.convention.unit, right=False),
    Column("difference\nto our MACs", lambda count: numerals.signed(count.total - count.macs), rank=1),
    Column("because of", lambda count: because(count), right=False, rank=2),
]


def item_columns(count: Count) -> list[Column[Item]]:
    """Return the columns of one convention's items; the last two add up to its total and to its difference."""
    return [
        Column("operator", lambda item: item.kind, "total", right=False, rank=-1),
        Column("component", lambda item: COMPONENTS[item.component][0], right=False, rank=2),
        Column("amount", lambda item: numerals.exact(item.amount), rank=1),
        Column("counts", lambda item: _times(item.coefficient)),
        Column(
            f"adds\n{count.convention.unit}", lambda item: numerals.exact(item.contribution), _total(count), rank=-1
        ),
        Column(
            "difference\nto our MACs",
            lambda item: numerals.signed(item.difference),
            numerals.signed(count.total - count.macs),
            rank=3,
        ),
    ]


def item_lines(count: Count) -> list[Line]:
    """Return what a convention makes of a network in words: its total, the reasons, and what is left out."""
    convention = count.convention
    known = f"{numerals.exact(count.total)} ({numerals.human(count.total)}) {convention.unit}"
    lines = [
        (versioned(convention), convention.remark),
        ("total", f"{known} per sample; ours {numerals.exact(count.macs)} MACs"),
    ]
    why = _reasons((item.kind, item.why) for item in count.items if item.kind not in count.unknown)
    if why:
        lines.append(("because", why))
    if count.uncounted:
        lines.append(("not counted", ", ".join(count.uncounted)))
    lines += [("not known", f"{kind}: {why}; it is not in the total") for kind, why in count.unknown.items()]
    if count.called:
        changes = (f"{kind} as a {call} {numerals.signed(change)}" for (kind, call), change in count.called.items())
        lines.append(("otherwise called", f"{', '.join(changes)} (--call NAME=HOW)"))
    return [*lines, ("N samples", convention.batch)]


def total_lines(name: str, counts: Sequence[Count], calls: Calls) -> list[Line]:
    """Return what all totals of a network have in common."""
    lines = [
        (
            "network",
            f"{printable(name)}: {numerals.exact(counts[0].macs)} ({numerals.human(counts[0].macs)}) MACs per sample",
        )
    ]
    unknown = {f"{kind} ({why})": None for count in counts for kind, why in count.unknown.items()}
    if unknown:
        lines.append(("?", f"without {'; '.join(unknown)}"))
    taken: dict[str, dict[str, None]] = {}
    for kind in (kind for count in counts for kind, _ in count.called):
        taken.setdefault(calls.get(kind, "module"), {})[kind] = None
    for call, kinds in taken.items():
        lines.append((f"as {call}s", ", ".join(kinds)))
    if "module" in taken:
        example = next(iter(taken["module"]))
        lines.append(("", f"Tools that hook modules count functions otherwise: --call {example}=function"))
    return lines


def note_lines(notes: Iterable[Note]) -> list[Line]:
    """Return what is to be said of a network, and what can't be told because of it."""
    lines = [("note", printable(note.text)) for note in notes]
    lost = [note.hides for note in notes if note.hides]
    if lost:
        lines.append(("", f"What tools print for the module can't be told: the file has not {listed(lost)}."))
    return lines


def count_object(count: Count) -> dict[str, Any]:
    """Return a total and its items; the total is null where some of it can't be known."""
    convention = count.convention
    return {
        "convention": convention.name,
        "version": convention.version or None,
        "unit": convention.unit,
        "total": None if count.unknown else count.total,
        "total_known": count.total,
        "difference": count.total - count.macs,
        "items": [
            {
                "operator": item.kind,
                "component": item.component,
                "amount": item.amount,
                "coefficient": item.coefficient,
                "adds": item.contribution,
                "difference": item.difference,
                "why": item.why,
            }
            for item in count.items
        ],
        "not_counted": list(count.uncounted),
        "not_known": dict(count.unknown),
        "otherwise_called": [
            {"operator": kind, "call": call, "difference": change} for (kind, call), change in count.called.items()
        ],
    }


def convention_object(convention: Convention) -> dict[str, Any]:
    """Return a convention and its rules."""
    return {
        "convention": convention.name,
        "version": convention.version or None,
        "unit": convention.unit,
        "batch": convention.batch,
        "remark": convention.remark,
        "rules": [
            {"operator": row.kind, "component": row.component, "coefficient": row.coefficient, "why": row.rule.why}
            for row in rule_rows(convention)
        ],
    }


TOTAL_HEADER = ("convention", "version", "unit", "total", "difference", "not_known")


def total_fields(count: Count) -> list[object]:
    """Return a total as a row of values, under TOTAL_HEADER."""
    convention = count.convention
    total = None if count.unknown else count.total
    unknown = "; ".join(count.unknown)
    return [convention.name, convention.version, convention.unit, total, count.total - count.macs, unknown]


ITEM_HEADER = ("convention", "version", "unit", "operator", "component", "amount", "coefficient", "adds", "difference")


def item_fields(count: Count) -> Iterator[list[object]]:
    """Yield the items as rows of values, under ITEM_HEADER."""
    convention = count.convention
    for item in count.items:
        sizes = [item.amount, item.coefficient, item.contribution, item.difference]
        yield [convention.name, convention.version, convention.unit, item.kind, item.component, *sizes]


def because(count: Count) -> str:
    """Return the operators that make most of the difference to our MACs, and how much each."""
    by_kind: dict[str, int] = {}
    for item in count.items:
        by_kind[item.kind] = by_kind.get(item.kind, 0) + item.difference
    largest = sorted((kind for kind in by_kind if by_kind[kind]), key=lambda kind: -abs(by_kind[kind]))
    reasons = [f"{kind} {numerals.signed_human(by_kind[kind])}" for kind in largest]
    shown = reasons[:1]
    while len(shown) < len(reasons) and len(", ".join(reasons[: len(shown) + 1])) <= _LONGEST_REASONS:
        shown = reasons[: len(shown) + 1]
    return ", ".join(shown) + (", ..." if len(shown) < len(reasons) else "")


def _total(count: Count) -> str:
    return numerals.exact(count.total) + ("?" if count.unknown else "")


def _reasons(pairs: Iterable[tuple[str, str]]) -> str:
    """Why, with all the operators that it holds for."""
    kinds: dict[str, dict[str, None]] = {}
    for kind, why in pairs:
        if why:
            kinds.setdefault(why, {})[kind] = None
    return "; ".join(f"{_joined(operators)}: {why}" for why, operators in kinds.items())


def _joined(operators: Iterable[str]) -> str:
    return ", ".join(operator.replace(", ", " with ") for operator in operators)


def _times(coefficient: int) -> str:
    return f"x {coefficient}"


_LONGEST_REASONS = 36
