"""What `forward` calls -> its lines, and the names of the tensors in them."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass

from convcost.writing.pytorch.helpers import HELPERS
from convcost.writing.pytorch.names import free, identifier
from convcost.writing.pytorch.tensors import Variable

_PLACE_OF_NAME = re.compile(r"<(\d+)>")
_SHORT = 80
"""Letters that a line may have when a call is written inside another."""
_MOVE = re.compile(r"(\w+|torch\.unflatten\(.*\))\.(transpose|flatten|permute)\(|torch\.unflatten\(")
"""What only moves numbers."""


@dataclass
class Statement:
    """A line of `forward`."""

    outputs: Sequence[Variable]
    inputs: Sequence[Variable]
    render: Callable[[Sequence[str]], str]
    loop: str = ""
    """The modules that are called in turn."""


class Forward:
    """Writes one `forward`; `inline` are the statements that stand where their outputs are read, by output."""

    def __init__(
        self, statements: Sequence[Statement], inline: Mapping[int, Statement], results: Sequence[Variable]
    ) -> None:
        self.inline = {**inline}
        self.results = [*results]
        self.statements: list[Statement] = []
        self.reads = reads = Counter(one for statement in statements for one in self._reads(statement))
        reads.update(one for result in results for one in self._reads_of(result))
        for statement in statements:
            while self.statements and reads[id(self.statements[-1].outputs[0])] == 1 and self._takes(statement):
                last = self.statements.pop()
                self.inline[id(last.outputs[0])] = last
            self.statements.append(statement)
        self.last_uses = self._last_uses()
        self.wishes = {
            id(given): made.hint
            for n, statement in enumerate(self.statements)
            for given, made in zip(statement.inputs, statement.outputs, strict=False)
            if statement.loop and self.last_uses[id(given)] == n
        }
        """What goes into a loop is called as it is in the loop."""

    def lines(self, given: list[Variable]) -> list[str]:
        """Return the definition."""
        called = _called(given)
        words = ", ".join(["self", *(f"{name}: Tensor" for name in called.values())])
        returns = "Tensor" if len(self.results) == 1 else f"tuple[{', '.join(['Tensor'] * len(self.results))}]"
        lines = [f"    def forward({words}) -> {returns}:"]
        parameters = typed = {*called.values()}
        for n, statement in enumerate(self.statements):
            text = self._text(statement, called)
            is_last = n == len(self.statements) - 1 and [*statement.outputs] == self.results and not statement.loop
            if is_last and not _is_untyped(text, typed):
                return [*lines, f"        return {text}"]
            if is_last and len(self.results) == 1:
                out = free("out", {*called.values()})
                return [*lines, f"        {out}: Tensor = {text}", f"        return {out}"]
            for output in statement.outputs:
                called[id(output)] = self._variable(output, n, called, statement)
            outputs = [called[id(output)] for output in statement.outputs]
            if statement.loop:
                lines += [f"        {line}" for line in _loop(statement.loop, outputs, text.split(", "))]
                continue
            lines += [f"        {line}" for line in _assigned(", ".join(outputs), text)]
            typed = typed - {*outputs} | parameters if _is_untyped(text, typed) else typed | {*outputs}
        returned = ", ".join(self._text_of(result, called) for result in self.results)
        if len(self.results) == 1 and _is_untyped(returned, typed):
            first = next(n for n, line in enumerate(lines) if line.startswith(f"        {returned} = "))
            lines[first] = lines[first].replace(" =", ": Tensor =", 1)
        return [*lines, f"        return {returned}"]

    # Calls inside others.

    def _takes(self, statement: Statement) -> bool:
        """Whether a statement reads well, and does the same, with the line before it in its place.

        That is a call of several tensors (or their sum) where the line before makes one of them of one tensor, an
        activation of what the line before makes of several, one move behind another, and a module whose input or
        output has a name, behind a function.
        """
        last = self.statements[-1]
        if statement.loop or last.loop or len(last.outputs) != 1 or last.outputs[0] not in statement.inputs:
            return False
        inner = ast.parse(self._text(last, _Hints()), mode="eval").body
        outer = statement.render([one.hint if one is not last.outputs[0] else "_" for one in statement.inputs])
        outer = _PLACE_OF_NAME.sub("size", outer)
        marks = [node for node in ast.walk(ast.parse(outer)) if isinstance(node, ast.Name) and node.id == "_"]
        if len(marks) != 1 or isinstance(inner, ast.IfExp):
            return False
        if len(statement.inputs) == 1:
            is_call = "(_" in outer and outer.startswith(("F.", "torch."))
            fits = len(last.inputs) > 1 and is_call
            if len(last.inputs) == 1:
                inside = ast.unparse(inner)
                is_plain = id(last.inputs[0]) not in self.inline and inside.startswith("F.")
                fits = bool(_MOVE.match(inside) and _MOVE.match(outer))
                fits = fits or (is_plain and outer.startswith("self.") and self._have_names(statement, last))
        else:
            is_plain = not any(id(one) in self.inline for one in last.inputs)
            is_beside = outer.startswith("torch.cat(") and {*last.inputs}.isdisjoint(statement.inputs)
            functions = "torch." if is_beside else ("F.", "torch.")
            is_module = isinstance(inner, ast.Call) and not ast.unparse(inner.func).startswith(functions)
            fits = len(last.inputs) == 1 and is_plain and is_module and self._are_alike(statement, outer)
        whole = Statement(statement.outputs, statement.inputs, statement.render)
        self.inline[id(last.outputs[0])] = last
        length = len(self._text(whole, _Hints()))
        del self.inline[id(last.outputs[0])]
        return fits and length <= _SHORT

    def _have_names(self, statement: Statement, last: Statement) -> bool:
        """Whether a tensor that goes in or comes out is read more than once, or is one of several results."""
        ends = (*last.inputs, *statement.outputs)
        return any(self.reads[id(one)] > 1 or (len(self.results) > 1 and one in self.results) for one in ends)

    def _are_alike(self, statement: Statement, outer: str) -> bool:
        """Whether a module of several tensors would have a call in place of each; a sum may have names beside calls."""
        left = [id(one) for one in statement.inputs if id(one) not in self.inline]
        above = [id(one.outputs[0]) for one in self.statements[len(self.statements) - len(left) :]]
        return not outer.startswith("self.") or {*left} == {*above}

    # Names of variables.

    def _variable(self, output: Variable, n: int, called: dict[int, str], statement: Statement) -> str:
        """A name for a tensor: x, where x is not needed any more and this one only by the next line."""
        live = {name for one, name in called.items() if self.last_uses.get(one, -1) > n}
        last = self.last_uses.get(id(output), -1)
        has_name = id(output) in self.wishes or (len(self.results) > 1 and output in self.results)
        if len(statement.outputs) == 1 and last <= n + 1 and not has_name:
            for name in ("x", "y"):
                if name not in live:
                    return name
        taken = live | HELPERS.keys() | {called[id(one)] for one in statement.outputs if id(one) in called}
        return free(identifier(self.wishes.get(id(output), output.hint).lower()), taken)

    def _last_uses(self) -> dict[int, int]:
        """The last line that reads each tensor."""
        uses = {one: n for n, statement in enumerate(self.statements) for one in self._reads(statement)}
        return uses | {one: len(self.statements) for result in self.results for one in self._reads_of(result)}

    def _reads(self, statement: Statement) -> Iterator[int]:
        for variable in statement.inputs:
            yield from self._reads_of(variable)
        text = statement.render(["x"] * len(statement.inputs))
        yield from map(int, _PLACE_OF_NAME.findall(text))

    def _reads_of(self, variable: Variable) -> Iterator[int]:
        if id(variable) in self.inline:
            yield from self._reads(self.inline[id(variable)])
        else:
            yield id(variable)

    def _text(self, statement: Statement, called: Mapping[int, str]) -> str:
        text = statement.render([self._text_of(one, called) for one in statement.inputs])
        return _PLACE_OF_NAME.sub(lambda found: called[int(found[1])], text)

    def _text_of(self, variable: Variable, called: Mapping[int, str]) -> str:
        if id(variable) in self.inline:
            return self._text(self.inline[id(variable)], called)
        return called[id(variable)]


class _Hints(dict[int, str]):
    """Some name for every tensor, before they have their own."""

    def __missing__(self, key: int) -> str:
        return "stage"


def _assigned(name: str, text: str) -> list[str]:
    """Lines that give a name a value, or leave it where it has this already."""
    match ast.parse(text, mode="eval").body:
        case ast.IfExp(test=test, body=body, orelse=ast.Name(id=other)) if other == name:
            value, condition = (ast.get_source_segment(text, part) for part in (body, test))
            return [f"if {condition}:", f"    {name} = {value}"]
    return [f"{name} = {text}"]


def _is_untyped(text: str, typed: Container[str]) -> bool:
    """Whether type checkers can't tell that an expression is a tensor, as what a module returns."""
    return _is_any(ast.parse(text, mode="eval").body, typed)


def _is_any(node: ast.expr, typed: Container[str]) -> bool:
    match node:
        case ast.Name(id=name):
            return name not in typed
        case ast.Call(func=ast.Attribute(value=ast.Name(id="self")) | ast.Attribute(attr="vector_norm")):
            return True
        case ast.Call(func=ast.Attribute(value=ast.Name(id="F" | "torch"))) | ast.Call(func=ast.Name()):
            return False
        case ast.Call(func=ast.Attribute(value=inner)) | ast.Subscript(value=inner):
            return _is_any(inner, typed)
        case ast.BinOp(left=one, right=other) | ast.IfExp(body=one, orelse=other):
            return _is_any(one, typed) or _is_any(other, typed)
    return False


def _called(given: list[Variable]) -> dict[int, str]:
    if len(given) == 1:
        return {id(given[0]): "x"}
    found: dict[int, str] = {}
    for variable in given:
        found[id(variable)] = identifier(variable.hint, {*found.values(), *HELPERS})
    return found


def _loop(modules: str, outputs: list[str], inputs: list[str]) -> Iterator[str]:
    """Lines that call modules in turn."""
    moved = [(one, other) for one, other in zip(outputs, inputs, strict=True) if one != other]
    if moved:
        into, of = (", ".join(side) for side in zip(*moved, strict=True))
        yield f"{into} = {of}"
    yield f"for part in self.{modules}:"
    yield f"    {', '.join(outputs)} = part({', '.join(outputs)})"
