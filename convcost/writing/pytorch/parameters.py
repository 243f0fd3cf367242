"""The parameters of a class, and values of the spec in Python."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from convcost.language.scope import Applicable
from convcost.writing.pytorch.activations import ACTIVATIONS

NO_VALUE = object()


class Parameter(NamedTuple):
    """A parameter of a class."""

    spec: str
    """Its name in the spec: `input.channels`, an argument or a symbol."""
    name: str
    kind: str
    default: Any = NO_VALUE


def kind_of(values: Sequence[Any]) -> str:
    """Return what some values are in Python, in an annotation."""
    kinds: dict[str, None] = {}
    for one in values:
        kinds[_kind(one)] = None
    if "float" in kinds:
        kinds.pop("int", None)
    return " | ".join(kinds)


def _kind(given: Any) -> str:
    if isinstance(given, Applicable):
        return "Callable[..., nn.Module]"
    if isinstance(given, list):
        return f"tuple[{', '.join(map(_kind, given))}]"
    return {bool: "bool", int: "int", Fraction: "float", str: "str"}[type(given)]


def literal(given: Any) -> str:
    """Return a value in Python: a number, a flag, a word, a list of them, or an activation."""
    if isinstance(given, Applicable):
        modules = ACTIVATIONS[given.kind.text].modules
        assert modules
        return modules[0].removesuffix("()")
    if isinstance(given, list):
        return f"({', '.join(map(literal, given))}{',' if len(given) == 1 else ''})"
    return repr(float(given) if isinstance(given, Fraction) else given)
