"""Where chunks are evaluated: here, in processes, or by the workers of a dask scheduler. Always in order."""

from __future__ import annotations

import logging
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError, Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain
from multiprocessing import get_context, parent_process
from os import _exit
from typing import Any, TypeAlias

from convcost.errors import UsageError
from convcost.sweeping.chunks import Outcome, Task, run

Work: TypeAlias = tuple[Task, int]
"""A chunk, and what is wanted of it."""

AHEAD = 2
"""Chunks that are under way for each worker: so many outcomes, at most, wait to be taken."""

MOST_DEATHS = 3
"""Times that workers may die before a chunk is done, until it is given up."""

_DEATHS = "workers die, again and again", "smaller chunks take less memory: --chunk N"


def outcomes(work: Iterable[Work], jobs: int = 1, scheduler: str | None = None) -> Iterator[Outcome]:
    """Yield what chunks come to, in order; `jobs` is 1 where there is one chunk."""
    if scheduler:
        return _by_dask(work, scheduler)
    if jobs > 1:
        return _by_processes(iter(work), jobs)
    return (run(task, chunk) for task, chunk in work)


def _by_processes(work: Iterator[Work], jobs: int) -> Iterator[Outcome]:
    """A worker that dies takes the pool with it: then there is a new one for what is left."""
    under_way, deaths = deque[Work](), 0

    def noted(left: Iterator[Work]) -> Iterator[Work]:
        for one in left:
            under_way.append(one)
            yield one

    while True:
        work = chain(list(under_way), work)
        under_way.clear()
        pool = ProcessPoolExecutor(jobs, get_context("spawn"), _attend)
        try:
            for outcome in _in_order(pool, noted(work), AHEAD * jobs):
                yield outcome
                under_way.popleft()
                deaths = 0
            return
        except BrokenProcessPool:
            deaths += 1
            if deaths == MOST_DEATHS:
                raise UsageError(*_DEATHS) from None
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _attend() -> None:
    """A worker leaves interrupts to its parent, and does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def wait() -> None:
        if parent:
            parent.join()
            _exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _by_dask(work: Iterable[Work], address: str) -> Iterator[Outcome]:
    """The scheduler gives the chunks of a worker that dies to others."""
    try:
        from distributed import Client, KilledWorker
    except ImportError:
        raise UsageError("--scheduler needs dask", "pip install 'convcost[dask]'") from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what goes wrong is said below
    try:
        client: Any = Client(address, timeout=_PATIENCE)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UsageError(f"no dask scheduler at `{address}`", str(error)) from None
    with client:
        workers = sum(client.nthreads().values())
        try:
            yield from _in_order(client.get_executor(pure=False), work, AHEAD * max(1, workers))
        except KilledWorker:
            raise UsageError(*_DEATHS) from None
        except CancelledError:
            raise UsageError(f"the dask scheduler at `{address}` is gone") from None


_PATIENCE = 10
"""Seconds for which a scheduler may not answer."""


def _in_order(pool: Executor, work: Iterable[Work], ahead: int) -> Iterator[Outcome]:
    """Never more than so many chunks are under way or waiting to be taken."""
    waiting: deque[Future[Outcome]] = deque()
    for task, chunk in work:
        if len(waiting) == ahead:
            yield waiting.popleft().result()
        waiting.append(pool.submit(run, task, chunk))
    while waiting:
        yield waiting.popleft().result()
