"""How far long work is: a bar on the standard error of a terminal; nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from convcost.errors import printable


class Bar:
    """What is told of work that is done."""

    def __init__(self, update: Callable[..., object] = lambda **_: None) -> None:
        self._update = update

    def advance(self, by: int = 1) -> None:
        """So much more is done."""
        self._update(advance=by)

    def reach(self, done: int, of: int) -> None:
        """So much is done, of so much."""
        self._update(completed=done, total=of)


@contextmanager
def progress(label: str, total: int | None = None, unit: str = "", wanted: bool = True) -> Iterator[Bar]:
    """Show a bar while the work goes on, if it is wanted; with a unit, it says how many a second."""
    if not wanted or not sys.stderr.isatty():
        yield Bar()
        return
    from functools import partial

    from rich.console import Console
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class Rate(ProgressColumn):
        def render(self, task: Task) -> Text:
            from convcost.numerals import human

            return Text(f"{human(round(task.speed))} {unit}/s" if task.speed else "")

    rate = (Rate(),) if unit else ()
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), *rate, TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        yield Bar(partial(bars.update, bars.add_task(escape(printable(label)), total=total)))
