"""What a convolutional network costs, and why.

>>> import convcost
>>> convcost.analyze("resnet50").macs
4089184256
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from convcost.version import __version__ as __version__

if TYPE_CHECKING:
    from convcost.analysis.costs import Analysis
    from convcost.checks.base import Finding
    from convcost.checks.runner import Report
    from convcost.closed_form.total import ClosedForm
    from convcost.diff.changes import Diff
    from convcost.errors import ConvcostError, SpecError, UsageError
    from convcost.library import analyze, check, compare, formula, from_torch, load, sweep, verify
    from convcost.network import Layer, Network
    from convcost.sweeping.points import Sweep
    from convcost.verification import Verification

__all__ = [
    "Analysis",
    "ClosedForm",
    "ConvcostError",
    "Diff",
    "Finding",
    "Layer",
    "Network",
    "Report",
    "SpecError",
    "Sweep",
    "UsageError",
    "Verification",
    "analyze",
    "check",
    "compare",
    "formula",
    "from_torch",
    "load",
    "sweep",
    "verify",
]

_ROOMS = {
    "convcost.analysis.costs": ["Analysis"],
    "convcost.checks.base": ["Finding"],
    "convcost.checks.runner": ["Report"],
    "convcost.closed_form.total": ["ClosedForm"],
    "convcost.diff.changes": ["Diff"],
    "convcost.errors": ["ConvcostError", "SpecError", "UsageError"],
    "convcost.library": ["analyze", "check", "compare", "formula", "from_torch", "load", "sweep", "verify"],
    "convcost.network": ["Layer", "Network"],
    "convcost.sweeping.points": ["Sweep"],
    "convcost.verification": ["Verification"],
}


def __getattr__(name: str) -> object:
    """The public names, each imported when it is first asked for: a command imports this package and few of them."""
    for room, names in _ROOMS.items():
        if name in names:
            return getattr(import_module(room), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
