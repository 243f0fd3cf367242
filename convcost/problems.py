"""What is wrong with a description, gathered while it is read, so that one run tells everything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convcost.errors import Problem, Reason, Span, SpecError

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
