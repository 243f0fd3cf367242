"""`--where`: a comparison of a layer's arguments and input, in the grammar of the spec's expressions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convcost.errors import Problem, Source, Span, UsageError
from convcost.expectation import COMPARISONS
from convcost.language.expression import evaluate
from convcost.language.syntax import ExpressionError
from convcost.network import Layer


@dataclass(frozen=True, slots=True)
class Condition:
    """`left` compared with `right`; on a layer with axes it must hold on each."""

    text: str
    left: str
    comparison: str
    right: str

    def holds(self, layer: Layer) -> bool:
        """Return whether it holds of a layer's arguments and input; UsageError if they can't be compared so."""
        axes = range(max(1, layer.input_shapes[0].rank))
        return all(self._holds(_scope(layer, axis)) for axis in axes)

    def _holds(self, scope: Mapping[str, Any]) -> bool:
        left, right = self._value(self.left, 0, scope), self._value(self.right, len(self.text) - len(self.right), scope)
        numbers = all(isinstance(value, int | Fraction) and not isinstance(value, bool) for value in (left, right))
        if not numbers and (self.comparison not in ("==", "!=") or type(left) is not type(right)):
            raise self._refuse(0, len(self.text), "these can't be compared so", None)
        return COMPARISONS[self.comparison](left, right)

    def _value(self, text: str, start: int, scope: Mapping[str, Any]) -> Any:
        try:
            return evaluate(text, scope)
        except ExpressionError as error:
            raise self._refuse(start + error.start, error.length or len(text), error.message, error.help) from None

    def _refuse(self, start: int, length: int, message: str, help: str | None) -> UsageError:
        return UsageError([Problem(Span(Source("--where", self.text), 1, start + 1, length), message, help)])


def condition(text: str) -> Condition:
    """Return the condition that is typed, such as `kernel > 1`; UsageError if it is none."""
    found = re.fullmatch(r"([^<>=!]+)(==|!=|<=|>=|<|>)([^<>=!]+)", text.strip())
    if found is None:
        single = re.fullmatch(r"[^<>=!]+=[^<>=!]+", text.strip())
        help = "write `==`" if single else "for example --where 'kernel > 1'; several may be given, and all must hold"
        raise UsageError(f"--where {text}: a condition is one comparison with == != < <= > >=", help)
    return Condition(text.strip(), *found.groups())


def _scope(layer: Layer, axis: int) -> dict[str, Any]:
    """A layer's arguments by name, those with one number per axis on one axis."""
    x = layer.input_shapes[0]
    scope = {name: _on(value, axis) for name, value in vars(layer.operator).items()}
    known = {name: value for name, value in scope.items() if value is not None}
    return known | {"input.channels": x.channels, "input.size": x.size[axis] if x.size else 1}


def _on(value: Any, axis: int) -> Any:
    if isinstance(value, tuple) and value and axis < len(value):
        value = value[axis]
    if isinstance(value, tuple):  # padding before and after
        return value[0] if len(set(value)) == 1 else list(value)
    return value
