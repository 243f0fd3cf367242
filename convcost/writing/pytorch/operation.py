"""An operator of a list, wherever that list stands: its arguments in Python, and what they are in every place."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from convcost.errors import UsageError
from convcost.language.layers import argument_names, given_to
from convcost.language.scope import Applicable, Scope
from convcost.language.tree import Node, ScalarNode, SequenceNode
from convcost.network import Layer
from convcost.ops.arguments import Axes, Choice
from convcost.ops.base import Operator
from convcost.writing.pytorch.activations import Said
from convcost.writing.pytorch.differs import Differs, Unsaid
from convcost.writing.pytorch.expressions import Expr, constant, read
from convcost.writing.pytorch.place import Place
from convcost.writing.pytorch.tensors import Variable


class Operation:
    """One operator in a list; there is a layer of it for every use of the block that the list is of, or None."""

    def __init__(
        self,
        place: Place,
        kind: str,
        uses: Sequence[tuple[Layer, Applicable, Scope] | None],
        inputs: Sequence[Variable],
    ) -> None:
        self.place = place
        self.kind = kind
        self.uses = uses
        self.inputs = inputs
        there = [use for use in uses if use]
        self.layers = [layer for layer, _, _ in there]
        self.layer, applicable, self.scope = there[0]
        self.operator: Operator = self.layer.operator
        self.operators = [layer.operator for layer in self.layers]
        self.rank = self.layer.input_shapes[0].rank
        self.given = given_to(f"`{kind}`", argument_names(kind), applicable)
        if any(layer.input_shapes[0].rank != self.rank for layer in self.layers):
            raise Differs([use and use[0].input_shapes[0].rank for use in uses])

    def agreed(self, values: Sequence[Any], what: str) -> Any:
        """Return what is the same in all uses; Differs if it is not."""
        if all(value == values[0] for value in values):
            return values[0]
        left = iter(values)
        raise Differs([use and str(next(left)) for use in self.uses])

    def has(self, name: str) -> bool:
        """Return whether the operator has an argument."""
        return name in self.operator.arguments

    def value(self, name: str) -> Any:
        """Return an argument that has to be a number here, as formulas take it."""
        if not isinstance(self.operator.arguments[name].kind, Axes | Choice):  # whose words are no names
            self.place.freeze_node(self._node(name))
        return self.agreed([getattr(operator, name) for operator in self.operators], name)

    def is_given(self, name: str) -> bool:
        """Return whether an argument is not None."""
        return self.agreed([getattr(operator, name) is not None for operator in self.operators], name) is True

    def channels(self, n: int = 0) -> Expr:
        """Return the channels of an input."""
        return self.place.under_assumption(self.inputs[n].channels)

    def widest(self) -> Expr:
        """Return the channels of the input that has as many as the output."""
        for n, variable in enumerate(self.inputs):
            if all(layer.input_shapes[n].channels == layer.output_shapes[0].channels for layer in self.layers):
                return variable.channels
        raise Unsaid

    def _node(self, name: str) -> Node | None:
        """What is written of an argument in this list; None where nothing is, or it is written elsewhere."""
        written = self.given.get(name)
        return written.node if written and written.scope.values is self.scope.values else None

    def expr(self, name: str) -> Expr:
        """Return an argument that is one number or flag, as it is written."""
        node, values = self._node(name), [getattr(operator, name) for operator in self.operators]
        if isinstance(node, ScalarNode):
            whole = iter(values)
            return self.place.closed(read(node), [use and next(whole) for use in self.uses])
        return constant(self.agreed(values, name))

    def scalar(self, name: str) -> Expr:
        """Return an argument per axis that is the same along all."""
        node = self._node(name)
        if isinstance(node, ScalarNode) and node.text not in ("same", "valid"):
            return self.place.closed(read(node))
        value = self.value(name)
        while isinstance(value, tuple):
            value = value[0]
        return constant(value)

    def exprs(self, name: str) -> list[Expr]:
        """Return an argument that is a list of numbers."""
        node = self._node(name)
        if isinstance(node, SequenceNode) and all(isinstance(item, ScalarNode) for item in node.items):
            return [self.place.closed(read(item)) for item in node.items if isinstance(item, ScalarNode)]
        return [constant(number) for number in self.value(name)]

    def is_list(self, name: str) -> bool:
        """Return whether an argument is written as a list."""
        return isinstance(self._node(name), SequenceNode)

    def is_number(self, name: str) -> bool:
        """Return whether an argument is written as one number or name."""
        node = self._node(name)
        return isinstance(node, ScalarNode) and node.text not in ("same", "valid")

    def per_axis(self, name: str, kind: str = "int") -> str:
        """Return an argument that has one number for all axes, or one for each."""
        node = self._node(name)
        if isinstance(node, ScalarNode) and node.text not in ("same", "valid"):
            expr = self.place.closed(read(node))
            if not (isinstance(expr, ast.Constant) and isinstance(expr.value, list)):
                return self.say(expr, kind)
            texts = [self.say(constant(n), kind) for n in expr.value]
        elif isinstance(node, SequenceNode) and all(isinstance(item, ScalarNode) for item in node.items):
            texts = [self.say(self.place.closed(read(item)), kind) for item in node.items]  # type: ignore[arg-type]
        else:
            value = self.value(name)
            numbers = [n[0] if isinstance(n, tuple) else n for n in value]
            texts = [self.say(constant(n), kind) for n in numbers]
        return texts[0] if len(set(texts)) == 1 else f"({', '.join(texts)})"

    def pair(self, name: str) -> str:
        """Return an argument per axis of a map as a tuple of two."""
        text = self.per_axis(name)
        return text if text.startswith("(") else f"({text}, {text})"

    def keyword(self, name: str) -> str:
        """Return an argument as torch's of the same name; nothing where it is the default."""
        if not self.has(name):
            return ""
        argument = self.operator.arguments[name]
        if self._node(name) is None and self.agreed([getattr(one, name) for one in self.operators], name) is None:
            return ""
        is_scalar = type(getattr(self.operator, name)) in (bool, int)
        text = self.say(self.expr(name)) if is_scalar else self.per_axis(name)
        default = argument.default
        return "" if text == str(default) else f"{name}={text}"

    def like(self) -> str:
        """Return the spatial size of the tensor that `like` names, in Python; nothing where none is named."""
        given = self.given.get("like")
        if given is None:
            return ""
        if given.scope.values is not self.scope.values or not isinstance(given.node, ScalarNode):
            raise Unsaid
        return self.place.size_of(given.node)

    def say(self, expr: Expr, kind: str = "int") -> str:
        """Return an expression in Python."""
        return self.place.python.text(expr, kind)

    def stored(self, expr: Expr, kind: str = "int") -> str:
        """Return an expression for where the module is called: a number, or what the module keeps."""
        return self.place.stored(expr, kind)

    def is_open(self, text: str) -> bool:
        """Return whether a text has names, which are known only where the module is made."""
        return self.place.is_open(text)

    def either(self, module: str, function: str, words: str) -> Said:
        """Return a module that holds nothing, which is a function as well where nothing that is open is said of it."""
        own = Said((f"{module}({words})",))
        return own if self.is_open(words) else own._replace(function=lambda xs: f"{function}({xs[0]}, {words})")

    def helper(self, name: str) -> str:
        """Return the name of a class or function that is written before the others."""
        return self.place.helper(name)


def tuple_of(numbers: Sequence[object]) -> str:
    """Return numbers as a tuple in Python."""
    return f"({', '.join(map(str, numbers))}{',' if len(numbers) == 1 else ''})"


def refused(op: Operation, why: str) -> UsageError:
    """Return the error that PyTorch can't say an operator."""
    return UsageError(f"`{op.layer.name}`: PyTorch has no {op.kind} {why}".rstrip())
