"""How much a spec may ask for: a few words can say a billion layers."""

from __future__ import annotations

from convcost.errors import Span
from convcost.language.scope import Scope
from convcost.ops.numbers import NeedsNumber, Number

MAX_LAYERS = 100_000


class Budget:
    """Steps taken so far. What takes longer counts for more: long names, many paths, arguments or symbols."""

    def __init__(self) -> None:
        self.steps = 0
        self.folded: Number = 0
        """What symbolic numbers of repetitions would add."""

    @property
    def spent(self) -> Number:
        """All steps, those of symbolic repetitions included."""
        return self.steps + self.folded

    def spend(self, steps: int, span: Span, scope: Scope) -> None:
        """Count steps; SpecError if there are too many."""
        self.steps += steps
        if self.steps > MAX_LAYERS:
            scope.report(span, f"more than {MAX_LAYERS:,} layers")
            raise scope.problems.error()

    def require(self) -> None:
        """Raise NeedsNumber if repetitions whose number is a symbol may be too many."""
        if self.spent > MAX_LAYERS:
            raise NeedsNumber(self.folded)
