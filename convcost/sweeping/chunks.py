"""A chunk of a sweep: what a worker does, wherever it runs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from convcost.sweeping.blocks import Block, evaluated
from convcost.sweeping.dots import Dots
from convcost.sweeping.encodings import ENCODINGS
from convcost.sweeping.front import Front, Objective
from convcost.sweeping.plan import Plan


@dataclass(frozen=True)
class Task:
    """A plan, and what is wanted of its points."""

    plan: Plan
    encoding: str | None = None
    """How rows are encoded; None if they are not wanted."""
    objectives: tuple[Objective, ...] = ()
    picture: tuple[str, str] | None = None

    def front(self) -> Front | None:
        """Return a front without points, if one is wanted."""
        return Front(self.objectives, [*self.plan.names, *self.plan.totals]) if self.objectives else None

    def dots(self) -> Dots | None:
        """Return a picture without points, if one is wanted."""
        return Dots(*self.picture) if self.picture else None


SweepRow: TypeAlias = tuple[int, ...]
"""The numerators of the symbols' values, and the totals."""


def rows_of(plan: Plan) -> list[SweepRow]:
    """Return all points that the network takes."""
    rows: list[SweepRow] = []
    for block in (evaluated(plan, number) for number in range(plan.blocks)):
        rows += zip(*(block.taken(array).tolist() for array in (*block.above, *block.totals)), strict=True)
    return rows


@dataclass(frozen=True)
class Outcome:
    """The outcome of one chunk."""

    chunk: int
    points: int
    rows: int
    """Points that the network takes."""
    data: bytes | None
    """The rows, encoded."""
    front: Front | None
    dots: Dots | None


def run(task: Task, chunk: int) -> Outcome:
    """Evaluates a chunk: nothing is written, and nothing but the arguments is read."""
    front, dots = task.front(), task.dots()
    rows = 0

    def blocks() -> Iterator[Block]:
        nonlocal rows
        for number in task.plan.blocks_of(chunk):
            block = evaluated(task.plan, number)
            rows += block.rows
            for collection in (front, dots):
                if collection is not None:
                    collection.add(block)
            yield block

    data = None
    if task.encoding:
        data = ENCODINGS[task.encoding]().encode(task.plan, blocks())
    else:
        for _ in blocks():
            pass
    return Outcome(chunk, task.plan.points_of(chunk), rows, data, front, dots)


class Total:
    """The outcome of all chunks together."""

    def __init__(self, task: Task) -> None:
        self.points = 0
        self.rows = 0
        self.front = task.front()
        self.dots = task.dots()

    def add(self, outcome: Outcome) -> None:
        """Take in the outcome of one more chunk."""
        self.points += outcome.points
        self.rows += outcome.rows
        if self.front is not None and outcome.front is not None:
            self.front.merge(outcome.front)
        if self.dots is not None and outcome.dots is not None:
            self.dots.merge(outcome.dots)
