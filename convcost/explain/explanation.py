"""One member of the family explained: its text, its formulas, and an example worked through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from convcost.analysis.costs import Analysis, analyze
from convcost.explain.prose import Prose, prose
from convcost.explain.worked import Worked, work_through
from convcost.family import LETTERS, Member, all_sizes, layer_of, network_of, symbolic_network_of
from convcost.language.expression import evaluate
from convcost.language.syntax import ExpressionError
from convcost.ops.base import Shape


@dataclass(frozen=True, slots=True)
class Explanation:
    """All there is to say about a member, on one input with certain sizes."""

    member: Member
    prose: Prose
    given: Shape
    layer: str
    """As a spec would have it."""
    analysis: Analysis
    worked: Worked


def explain(member: Member, given: Shape, sizes: Mapping[str, object]) -> Explanation:
    """Return a member explained on an input; SpecError, as of any spec, for sizes that do not go together."""
    numeric = network_of(member, given, sizes)
    arguments, literals = _letters(member, given, sizes)
    symbolic = symbolic_network_of(member, given.rank, literals)
    # A letter may be missing because the number of layers depends on its value.
    literals |= {size: sizes[size] for size in sizes if LETTERS.get(size, "C") not in symbolic.symbols}
    return Explanation(
        member,
        prose(member.name),
        given,
        layer_of(member, given.channels, sizes),
        analyze(numeric),
        work_through(symbolic_network_of(member, given.rank, literals), numeric, arguments),
    )


def _letters(
    member: Member, given: Shape, sizes: Mapping[str, object]
) -> tuple[dict[str, int | Fraction], dict[str, object]]:
    """The values of the letters, and the sizes that are not a single number: those stay as they are."""
    arguments: dict[str, int | Fraction] = {}
    literals: dict[str, object] = {}
    for size, value in all_sizes(member, given.channels, sizes).items():
        number = _number(value) if size in LETTERS else None
        if number is not None:
            arguments[LETTERS[size]] = number
        elif size in sizes:
            literals[size] = value
    return arguments, literals


def _number(value: object) -> int | Fraction | None:
    try:
        found = evaluate(str(value), {})
    except ExpressionError:
        return None
    return found if isinstance(found, int | Fraction) and not isinstance(found, bool) else None
