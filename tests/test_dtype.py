"""`--dtype` goes with figures that depend on it: what would change nothing is refused."""

from __future__ import annotations

import pytest
from command_line import Run

IDLE = [
    ("formula", "lenet5", "--of", "kept_for_backward"),
    ("formula", "lenet5", "--of", "macs"),
    ("solve", "mobilenet_v1", "--for", "alpha", "--subject-to", "macs <= 300 M"),
    ("sweep", "mobilenet_v1", "--over", "alpha=0.5,1"),
]
HALVED = [
    ("formula", "lenet5", "--of", "weight_memory"),
    ("sweep", "mobilenet_v1", "--over", "alpha=0.5,1", "--of", "macs,peak_memory"),
    (
        "solve",
        "mobilenet_v1",
        "--for",
        "alpha",
        "--subject-to",
        "macs <= 300 M",
        "--subject-to",
        "peak_memory <= 2 MiB",
    ),
]


@pytest.mark.parametrize("words", IDLE)
def test_a_type_that_changes_nothing_is_refused(run: Run, words: tuple[str, ...]) -> None:
    ran = run(*words, "--dtype", "float16")
    assert (ran.code, ran.out) == (2, "")
    assert "--dtype changes nothing in `" in ran.err
    assert "it is for weight_memory, activation_memory, peak_memory, peak_memory_fused, bytes_moved" in ran.err


@pytest.mark.parametrize("words", HALVED)
def test_a_type_that_a_figure_depends_on_is_taken(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words, "--dtype", "float16").out != run(*words).out
