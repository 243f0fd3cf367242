"""One class that is written: the uses of a block (or the network) that it is for, its names and its parameters."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

from convcost.language.layers import given_to
from convcost.language.parts import Block
from convcost.language.scope import Applicable
from convcost.language.tree import Node, ScalarNode, SequenceNode
from convcost.ops.base import Shape
from convcost.writing.pytorch.activations import ACTIVATIONS
from convcost.writing.pytorch.choices import Choices
from convcost.writing.pytorch.differs import Differs, Unsaid
from convcost.writing.pytorch.expressions import Expr, alike, constant, names_in, read, replaced, value
from convcost.writing.pytorch.file import File
from convcost.writing.pytorch.inputs import names_of_inputs
from convcost.writing.pytorch.names import MODULE, identifier
from convcost.writing.pytorch.parameters import NO_VALUE, Parameter, kind_of
from convcost.writing.pytorch.python import Python
from convcost.writing.pytorch.tensors import Variable
from convcost.writing.recording import Applied, Body

ANY = "#any"
"""The channels that a repetition is given, whichever it is."""


class Place:
    """The names and values of one class; every question names things as the spec does."""

    def __init__(self, file: File, block: Block | None, uses: Sequence[Applied], bodies: Sequence[Body]) -> None:
        self.file = file
        self.block = block
        self.uses = uses
        self.bodies = bodies
        self.values = [body.scope.values for body in bodies]
        self.python = Python(self._called, self.kind, self.values)
        self.python.helpers = file.helpers
        self.python.switch = self._switch
        defaults = block.defaults if block else {}
        self.choices = Choices(self.python, lambda: {*self.names.values(), *defaults}, lambda: self.loop_names)
        self.names: dict[str, str] = {}
        self.wishes: dict[str, str] = {}
        """Arguments that are given some numbers, by these as they are written."""
        self.locals: dict[str, Expr] = {}
        """Arguments that nobody gives and whose defaults follow from others, by name."""
        self.attributes: dict[str, str] = {}
        """What the class keeps beside its modules: attribute -> expression in Python."""
        self.taken_attributes: set[str] = set(MODULE)
        self.inputs = names_of_inputs(bodies[0]) if block else ()
        """What that is called which a block is given."""
        self.env: list[dict[str, list[Variable]]] = []
        self.written = [self._written(use) for use in uses] if block else []
        self.loop_names: dict[str, str] = {}
        self.turns: set[str] = set()
        """Names in Python of what loops over tables take."""
        self.assumed: Expr | None = None
        """The condition under which what is written now is there."""
        self.fixed: dict[str, Expr] = {}
        """Arguments that nobody gives, and whose defaults are numbers."""
        for argument, default in block.defaults.items() if block else ():
            given = any(argument in one for one in self.written)
            if not given and isinstance(default, ScalarNode) and not self._default_follows(argument):
                if not isinstance(self.values[0][argument], Applicable):
                    self.fixed[argument] = read(default)
            elif not given and isinstance(default, ScalarNode) and isinstance(read(default), ast.Name):
                self.fixed[argument] = replaced(read(default), self.fixed)
        self.frozen: set[str] = set()
        """Names on which something depends that is written as it is at these values."""

    # Names and values.

    def _written(self, use: Applied) -> Mapping[str, Node]:
        assert self.block is not None
        assert isinstance(use.applicable, Applicable)
        found = given_to(f"block `{self.block.name}`", self.block.defaults, use.applicable)
        return {name: one.node for name, one in found.items() if (id(self.block), name) in self.file.varied}

    def _called(self, name: str) -> str:
        """The Python name of one of the spec's; from then on the class has it as a parameter."""
        if name in self.loop_names:
            return self.loop_names[name]
        if name not in self.names:
            word = name
            if name.startswith("input."):
                word = "channels" if name == "input.channels" else self._width_of_input(int(name.split(".")[1]))
            taken = {*self.names.values(), *self.file.classes_taken}
            self.names[name] = "channels" if word == "channels" and "channels" not in taken else identifier(word, taken)
            if self.follows(name):
                default = self.block.defaults[name]  # type: ignore[union-attr]
                assert isinstance(default, ScalarNode)
                self.locals[name] = expr = self.closed(read(default), [one[name] for one in self.values])
                self.python.text(expr)  # its own names are there before it
        return self.names[name]

    def _width_of_input(self, n: int) -> str:
        """What the channels of one of several inputs are called."""
        called = self.inputs[n]
        return f"channels{n}" if called == f"x{n}" else f"{called}_channels"

    def _switch(self, name: str) -> bool:
        """Return whether a name is that of a symbol that is 0 or 1; from then on it is a bool."""
        if name not in self.file.switches or not self._is_symbol(name):
            return False
        self.file.kinds[name] = "bool"
        return True

    def turn(self, spec: str, wish: str) -> str:
        """Return the name in Python of what a loop counts or takes; from then on it stands for a name of its own."""
        found = identifier(wish, {*self.names.values(), *self.turns, *self.file.classes_taken})
        self.turns.add(found)
        self.loop_names = self.loop_names | {spec: found}
        return found

    def follows(self, name: str) -> bool:
        """Return whether an argument follows from others, for its default names some and nobody gives it."""
        if self.block is None or name not in self.block.defaults or any(name in one for one in self.written):
            return False
        return self._default_follows(name)

    def _default_follows(self, name: str) -> bool:
        default = self.block.defaults[name]  # type: ignore[union-attr]
        if isinstance(self.values[0][name], Applicable) or not isinstance(default, ScalarNode):
            return False
        return bool(names_in(read(default)))

    def kind(self, name: str) -> str:
        """Return what an argument or a symbol is in Python."""
        if name in self.loop_names:
            return "int"
        if self.follows(name):
            default = self.block.defaults[name]  # type: ignore[union-attr]
            assert isinstance(default, ScalarNode)
            return self._kind(self.closed(read(default), [one[name] for one in self.values]))
        if (self.block is None or name not in self.block.defaults) and name in self.file.kinds:
            return self.file.kinds[name]
        return kind_of([values[name] for values in self.values])

    def _kind(self, expr: Expr) -> str:
        return Python(str, self.kind, self.values).kind(expr)

    def whole(self, expr: Expr) -> Expr:
        """Return a number of channels as it is where a module is made: rounded, if it may be a fraction."""
        return ast.Call(ast.Name("round"), [expr], []) if self._kind(expr) == "float" else expr

    def parameters(self) -> list[Parameter]:
        """Return the parameters of the class: what is given, the arguments, and the symbols that it needs."""
        for name in [*self.locals]:
            self.python.text(self.locals[name])
        names = [name for name in self.names if name not in self.locals]
        sizes = sorted(name for name in names if name.startswith("input."))
        own = [name for name in (self.block.defaults if self.block else ()) if name in names]
        symbols = [name for name in self.file.symbols if name in names and name not in own]
        found = [Parameter(name, self.names[name], "int") for name in sizes]
        for name in own:
            default = self._default(name)
            kind = self.kind(name) if default is NO_VALUE else kind_of([default, *(one[name] for one in self.values)])
            found.append(Parameter(name, self.names[name], kind, default))
        for name in symbols:
            kind, given = self.kind(name), self.file.symbols[name]
            found.append(Parameter(name, self.names[name], kind, bool(given) if kind == "bool" else given))
        return sorted(found, key=lambda one: one.default is not NO_VALUE)

    def _default(self, name: str) -> Any:
        """The default of a block's argument, if it is a value that stands for itself."""
        assert self.block is not None
        default = self.block.defaults[name]
        if default is None or self._default_follows(name):
            return NO_VALUE
        written = [name in one for one in self.written]
        unwritten = [values[name] for values, is_written in zip(self.values, written, strict=True) if not is_written]
        if unwritten:
            return unwritten[0]
        if isinstance(default, ScalarNode) and not isinstance(self.values[0][name], Applicable):
            return value(read(default), {})
        return NO_VALUE

    # Expressions.

    def closed(self, expr: Expr, wanted: Sequence[Any] | None = None) -> Expr:
        """Return an expression without sizes of what is given, which are numbers here.

        With `wanted`, its value in every use (None where it does not matter), it is that: a number if the expression
        is another. Differs where uses have different ones.
        """
        sizes = [name for name in names_in(expr) if name.startswith("input.") and not name.endswith(".channels")]
        numbers = {}
        for name in sizes:
            found = [values[name] for values in self.values]
            if any(one != found[0] for one in found):
                raise Differs(list(map(str, found)))
            numbers[name] = constant(found[0])
        frozen = {symbol: constant(self.file.symbols[symbol]) for symbol in self.file.frozen if self._is_symbol(symbol)}
        expr = replaced(expr, {**numbers, **frozen, **self.fixed})
        if wanted is None or self._has(expr, wanted):
            return expr
        known = [one for one in wanted if one is not None]
        if any(one != known[0] for one in known):
            raise Differs(list(map(str, wanted)))
        return constant(known[0])

    def _is_symbol(self, name: str) -> bool:
        return self.block is None or not (self.block.library or name in self.block.defaults)

    def freeze(self, expr: Expr) -> None:
        """Note that something is written as it is at the present values of an expression."""
        if ANY in self.loop_names:  # it may yet be written otherwise
            return
        for one in names_in(expr):
            if one in self.loop_names:
                continue
            if one in self.locals:
                self.freeze(self.locals[one])
            elif self._is_symbol(one) and one in self.file.symbols:
                self.file.freeze(one)
            else:
                self.frozen.add(one)

    def freeze_node(self, node: Node | None) -> None:
        """Note the same of what is written somewhere."""
        if isinstance(node, ScalarNode) and node.text:
            self.freeze(read(node))
        for one in node.items if isinstance(node, SequenceNode) else ():
            self.freeze_node(one)

    def under_assumption(self, expr: Expr) -> Expr:
        """Return an expression where the condition holds that is assumed."""
        if self.assumed is not None and isinstance(expr, ast.IfExp) and alike(expr.test, self.assumed):
            return expr.body
        return expr

    def _has(self, expr: Expr, wanted: Sequence[Any]) -> bool:
        pairs = [(values, one) for values, one in zip(self.values, wanted, strict=True) if one is not None]
        try:
            return all(value(expr, values) == one for values, one in pairs)
        except (KeyError, TypeError, ZeroDivisionError):
            return False

    def channels(self, expr: Expr | None, shapes: Sequence[Shape | None]) -> Expr:
        """Return the channels of a tensor as an expression that is right in all uses, if that can be the one given."""
        wanted = [shape and shape.channels for shape in shapes]
        return self.whole(self.closed(constant(NO_VALUE) if expr is None else expr, wanted))

    def stored(self, expr: Expr, kind: str = "int") -> str:
        """Return an expression for `forward`: a number, or an attribute that is kept for it."""
        text = self.python.text(expr, kind)
        if not self.is_open(text):
            return text
        known = next((name for name, one in self.attributes.items() if one == text), None)
        if known is None:
            wish = text if text.isidentifier() else "start" if isinstance(expr, ast.BinOp) else "size"
            known = self.attribute(wish)
            self.attributes[known] = text
        return f"self.{known}"

    def is_open(self, text: str) -> bool:
        """Return whether a text in Python names what is known only where the module is made."""
        own = {*self.names.values(), *self.loop_names.values(), *self.choices.names()}
        return any(isinstance(node, ast.Name) and node.id in own for node in ast.walk(ast.parse(f"f({text})")))

    def attribute(self, wish: str) -> str:
        """Return a name that no attribute of the class has yet; from then on one has."""
        found = identifier(wish, self.taken_attributes)
        self.taken_attributes.add(found)
        return found

    def helper(self, name: str) -> str:
        """Return the name of a helper; from then on it is written."""
        self.file.helpers.add(name)
        return name

    # Tensors.

    def look(self, node: ScalarNode) -> list[Variable]:
        """Return the tensors that a word of `from` names."""
        name, dot, index = node.text.partition(".")
        found = next((one[name] for one in reversed(self.env) if name in one), None)
        if found is None:
            raise Unsaid
        if not dot:
            return found
        labels = next((one[f"{name}."] for one in reversed(self.env) if f"{name}." in one), None)
        numbers = [variable.hint for variable in labels or []]
        return [found[numbers.index(index)] if index in numbers else found[int(index)]]

    def size_of(self, node: ScalarNode) -> str:
        """Return the size of a tensor in Python; what it is called there stands in its place until that is known."""
        (variable,) = self.look(node)
        variable.readers += 2  # it is not overwritten, and has a name
        self.file.sized.setdefault(id(variable), variable)
        return f"<{id(variable)}>.shape[2:]"

    def activation(self, name: str) -> bool:
        """Return whether an argument is an activation in all uses, and may be a parameter."""
        given = [values[name] for values in self.values]
        return any(name in one for one in self.written) and all(
            isinstance(one, Applicable)
            and one.kind.text in ACTIVATIONS
            and all(body is None or (isinstance(body, ScalarNode) and not body.text) for body, _ in one.bodies)
            for one in given
        )
