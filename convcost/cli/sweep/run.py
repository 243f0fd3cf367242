"""A sweep while it runs: its chunks, their files, the progress bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from convcost.cli.output import warn, write
from convcost.cli.progress import progress
from convcost.sweeping.chunks import Outcome, Task, Total
from convcost.sweeping.encodings import header
from convcost.sweeping.engines import Work, outcomes
from convcost.sweeping.parts import Parts


@dataclass(frozen=True, slots=True)
class Run:
    """Where the rows go, and who works."""

    output: Path | None
    shard: tuple[int, int]
    """Which part of how many, counted from 0."""
    jobs: int
    scheduler: str | None

    def all(self, task: Task) -> Total:
        """All chunks, or those of the shard; the file is there in the end."""
        if self.output:
            return self._kept(task, self.output)
        total = Total(task)
        with progress("", task.plan.points, "points") as bar:
            for outcome in self._outcomes(task, _work(task)):
                total.add(outcome)
                bar.advance(outcome.points)
        return total

    def streamed(self, task: Task) -> None:
        """All rows as CSV, to standard output."""
        total, first = Total(task), header(task.plan)
        for outcome in self._outcomes(task, _work(replace(task, encoding=".csv"))):
            total.add(outcome)
            write(first + (outcome.data or b"").decode())
            first = ""
        warn_of_refused(total)

    def _kept(self, task: Task, output: Path) -> Total:
        total, plan, parts = Total(task), task.plan, Parts(output, task.plan)
        part, of = self.shard
        chunks, encoded = range(part, plan.chunks, of), replace(task, encoding=output.suffix.lower())

        def work() -> Iterator[Work]:
            for chunk in chunks:
                if not parts.is_done(chunk):
                    yield encoded, chunk
                elif task.objectives or task.picture:
                    yield task, chunk
                else:
                    total.points += plan.points_of(chunk)
                    total.rows += parts.rows(chunk)
                    bar.advance(plan.points_of(chunk))

        with parts.held(shared=of > 1):
            try:
                with progress("", sum(map(plan.points_of, chunks)), "points") as bar:
                    for outcome in self._outcomes(task, work()):
                        if outcome.data is not None:
                            parts.keep(outcome.chunk, outcome.data)
                        total.add(outcome)
                        bar.advance(outcome.points)
                if of == 1:
                    parts.join()
            except BaseException:
                if parts.leave():
                    done = f"{parts.done:,} of {plan.chunks:,} chunks"
                    warn(f"{done} are kept in `{parts.folder}`: the same command goes on from there")
                raise
        if of > 1:
            left = plan.chunks - parts.done
            then = f"{left:,} chunks are left for other parts" if left else "run without --shard to join all"
            write(f"part {part + 1} of {of} is kept in `{parts.folder}`; {then}\n")
        return total

    def _outcomes(self, task: Task, work: Iterable[Work]) -> Iterator[Outcome]:
        return outcomes(work, min(self.jobs, task.plan.chunks), self.scheduler)


def warn_of_refused(total: Total) -> None:
    """Beside rows as data, what is not among them."""
    refused = total.points - total.rows
    if refused:
        warn(f"{refused:,} of {total.points:,} points are left out: the network refuses them")


def _work(task: Task) -> Iterator[Work]:
    return ((task, chunk) for chunk in range(task.plan.chunks))
