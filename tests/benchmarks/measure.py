"""Measures commands as whole processes: start-up, imports, work and exit, as a user pays for them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import track

# Linux counts the memory of the process that starts a child into the child's peak. So a bare interpreter starts it,
# which is smaller than anything measured here.
LAUNCHER = """
import os, sys
null = os.open(os.devnull, os.O_WRONLY)
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
_, status, usage = os.wait4(pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one finished process took."""

    cpu: float
    """Seconds, user and system, of all its threads."""
    peak: float
    """Resident memory at its highest, in MiB."""


class Samples(list[Usage]):
    """The runs of one command."""

    @property
    def cpu(self) -> float:
        return median(usage.cpu for usage in self)

    @property
    def peak(self) -> float:
        return median(usage.peak for usage in self)

    def less(self, start_up: Samples) -> Samples:
        """The same less the CPU seconds of another command, pair by pair."""
        return Samples(Usage(a.cpu - b.cpu, a.peak) for a, b in zip(self, start_up, strict=True))

    def ratio(self, other: Samples) -> float:
        """CPU seconds over another command's. Neighbours in time are paired: they met the same weather."""
        return median(a.cpu / b.cpu for a, b in zip(self, other, strict=True))


def run(command: Sequence[str], environment: Mapping[str, str] = os.environ) -> Usage:
    """One run of a command, named by its full path; its output is thrown away."""
    launcher = [sys.executable, "-I", "-S", "-c", LAUNCHER, *command]
    done = subprocess.run(launcher, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError(f"can't start {command[0]}:\n{done.stderr}")
    code, cpu, peak = done.stdout.split()
    if code != "0":
        raise RuntimeError(f"{' '.join(command)} ended with {code}:\n{done.stderr}")
    # macOS counts bytes where Linux counts KiB.
    return Usage(float(cpu), int(peak) / (2**20 if sys.platform == "darwin" else 2**10))


def measure(commands: Mapping[str, Sequence[str]], runs: int) -> dict[str, Samples]:
    """Runs all commands in turn, A B C A B C ..., after one round that is not counted.

    That round leaves byte code for all, as an installation does. One thread each: a thread pool spins while it waits,
    and the more the busier the machine is.
    """
    samples = {name: Samples() for name in commands}
    rounds = [(n, name) for n in range(runs + 1) for name in commands]
    with TemporaryDirectory() as cache:
        byte_code = {"PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        environment = {**os.environ, **byte_code, "OMP_NUM_THREADS": "1"}
        for n, name in track(rounds, "measuring", console=Console(stderr=True), transient=True):
            usage = run(commands[name], environment)
            if n:
                samples[name].append(usage)
    return samples
