"""What the tests share: running the command line in this process, and the switch that renews expected outputs."""

from __future__ import annotations

import gc
import io
import os
import sys
from importlib.util import find_spec

import pytest
from command_line import Ran, Run
from hypothesis import HealthCheck, settings

from convcost.cli.main import main

NEEDS = {
    "kernels/onnx_twins.py": "onnx",
    "kernels/torch_twins.py": "torch",
    "references/flax_layers.py": "flax",
    "references/measured.py": "torch",
    "references/papers.py": "torch",
}
collect_ignore = [file for file, framework in NEEDS.items() if find_spec(framework) is None]

# `pytest -n` has a process for each core already: threads beside them, numpy's here, spend their time in waiting.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Tests make much that they keep and little garbage; collected as often as is usual, it takes a sixth of their time.
gc.set_threshold(20_000)

# A busy machine is slow; how slow says nothing about what is tested.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew", action="store_true", help="write the expected outputs anew")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the first case of every test that is not slow, and every doctest, as quick: a little of everything."""
    met = set()
    for item in items:
        if item.get_closest_marker("thorough"):
            continue
        test = item.nodeid.partition("[")[0]
        if test not in met and item.get_closest_marker("slow") is None:
            item.add_marker(pytest.mark.quick)
        met.add(test)


def pytest_collection_finish() -> None:
    """Take what stays to the end, thousands of tests, from what the garbage collector walks over."""
    gc.freeze()


@pytest.fixture
def renew(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--renew"))


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str, columns: int | None = 100, lines: int | None = None, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["convcost", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        for name, number in (("COLUMNS", columns), ("CONVCOST_LINES", lines)):
            if number is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, str(number))
        code = 0
        try:
            main()
        except SystemExit as exit:
            code = int(exit.code or 0)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return call
